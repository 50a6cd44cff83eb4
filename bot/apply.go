package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"lotse/flows"
)

// applyAll grants the wishes of the person's side, in order. This is the only
// place where they become writes.
func (t *turn) applyAll(sp *speaker, effects []flows.Effect) error {
	for _, e := range effects {
		if err := t.apply(sp, e); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) apply(sp *speaker, e flows.Effect) error {
	switch e := e.(type) {
	case flows.Say:
		return t.sayTo(sp, e)
	case flows.Submit:
		return t.submit(sp, e)
	case flows.Add:
		return t.add(sp, e)
	case flows.Unsay:
		return t.unsay(sp, e)
	case flows.Rate:
		return t.rate(sp, e)
	case flows.Reword:
		return t.reword(sp, e)
	case flows.Settle:
		return t.settleAgenda(sp, e)
	case flows.Fetch:
		return t.fetch(sp, e.Inquiry)
	case flows.Withdraw:
		return t.withdraw(sp, e.Inquiry)
	case flows.Come:
		return t.come(sp.PID, e.Guest)
	case flows.Enrol:
		return t.enrol(sp, e)
	case flows.Quit:
		return t.quit(sp)
	case flows.Meet:
		return t.meet(sp, e)
	case flows.Decide:
		return t.decide(sp, e)
	case flows.Hand:
		return t.hand(sp, e)
	case flows.CalendarFile:
		return t.sendCalendar(sp, e.Meeting)
	case flows.MemberFile:
		return t.sendMember(sp)
	case flows.KeepReply:
		return t.keepReply(sp.PID, e)
	case flows.SendReply:
		return t.sendReply(sp, e)
	case flows.Give:
		return t.give(sp, e)
	case flows.Respond:
		return t.respond(sp, e)
	case flows.Suggest:
		return t.suggest(sp, e)
	case flows.Unsuggest:
		return t.unsuggest(sp.PID)
	case flows.Vote:
		return t.vote(sp.PID, e)
	case flows.Agree:
		t.agree(sp, e)
		return nil
	case flows.Revoke:
		t.revoke(sp)
		return nil
	case flows.Erase:
		return t.erase(sp)
	}
	panic(fmt.Sprintf("bot: effect %T is not granted anywhere", e)) // unreachable: the list is closed, and a test feeds one of each
}

// sayTo renders a message in the person's language and queues it.
func (t *turn) sayTo(sp *speaker, s flows.Say) error {
	it := t.saying(sp, s)
	if s.Page {
		return t.show(sp, it)
	}
	return t.write(sp, it)
}

// saying is a message to a person that lets them choose. Where there are no buttons,
// they are told how.
func (t *turn) saying(sp *speaker, s flows.Say) item {
	counted := slices.ContainsFunc(s.Options, func(o flows.Option) bool { return !o.Word })
	if counted && sp.State.Lang != "" && t.b.listsButtons(sp.Person.Address.Platform) {
		s.Body = append(s.Body[:len(s.Body):len(s.Body)], flows.Text{Key: "choose.number"})
	}
	return item{Message: t.b.render(t.lang(sp), s), Ref: ref{PID: sp.PID}, Offers: true, Taps: !s.Discreet}
}

// write queues a message to a person. Whatever they had is not the newest then.
func (t *turn) write(sp *speaker, it item) error {
	sp.Person.Said++
	it.To = sp.Person.Address
	return t.enqueue(it, talk)
}

// submit makes an inquiry and shows its card in the desk.
func (t *turn) submit(sp *speaker, s flows.Submit) error {
	q := flows.Inquiry{
		ID: t.timed(), Lang: sp.State.Lang, Role: s.Role, Topic: s.Topic,
		Deadline: s.Deadline, Phone: s.Phone, Body: s.Body, Files: s.Files, Parts: s.Parts,
	}
	q = flows.Asked(q, t.now)
	if q.Role == "" {
		q.Role = "private"
	}
	var err error
	if q.Number, err = t.number(ref{PID: sp.PID, IID: q.ID}); err != nil {
		return err
	}
	promise, err := t.promise(sp.PID, &q)
	if err != nil {
		return err
	}
	t.saveInquiry(sp.PID, q)
	t.waits(sp.PID, flows.Inquiry{Status: flows.Closed}, q)
	t.wrote(sp, q.ID, "", s.Parts)
	sp.Inquiries, sp.Person.Asked = append(sp.Inquiries, q), true
	t.at(t.now.Add(silentFor), "silent", sp.PID, q.ID)
	t.watchAbsence(sp.PID, q, t.now)
	for _, d := range t.b.desks {
		if err := t.openThread(d, sp.PID, q); err != nil {
			return err
		}
	}
	if err := t.tell(sp.PID, q, flows.Card(q), ""); err != nil {
		return err
	}
	if err := t.tellFiles(sp.PID, q, q.Files, questionFiles); err != nil {
		return err
	}
	s.Confirm.Body = slices.Concat([]flows.Text{sayNumber(s.Confirm.Body[0].Key, q)}, promise, s.Confirm.Body[1:])
	it := t.saying(sp, s.Confirm)
	it.Ref.IID = q.ID
	return t.write(sp, it)
}

// number takes a free number of five digits, derived from the event so that it
// tells nothing about how many there are, and writes whose it is.
func (t *turn) number(about ref) (string, error) {
	const tries = 20 // with 10,000 inquiries kept, all of them taken has a chance of 10^-20
	for i := range tries {
		hash := t.b.cfg.DB.Index("number", t.seed, fmt.Sprint(i))
		var n uint32
		for _, c := range []byte(hash) {
			n = n*31 + uint32(c)
		}
		number := fmt.Sprintf("%05d", 10000+n%90000)
		taken, err := t.tx.Get(keyOf("number", number))
		if err != nil {
			return "", err
		}
		if taken == nil {
			save(t.tx, keyOf("number", number), about)
			return number, nil
		}
	}
	return "", fmt.Errorf("no free number in %d tries", tries)
}

// add keeps what the asker added and shows it in the desk.
func (t *turn) add(sp *speaker, e flows.Add) error {
	q := find(sp.Inquiries, e.Inquiry)
	if q == nil {
		return fmt.Errorf("added to an inquiry that is not the person's")
	}
	said := t.timed()
	save(t.tx, keyOf("said", sp.PID, q.ID, said), entry{At: t.now, Text: e.Body, Files: e.Files, Parts: e.Parts})
	t.wrote(sp, q.ID, said, e.Parts)
	if err := t.asks(sp, q, flows.Added(*q, t.now)); err != nil {
		return err
	}
	added := flows.FollowUp(*q, e.Body, nil)
	added.Post = addition + said
	if err := t.tell(sp.PID, *q, added, ""); err != nil {
		return err
	}
	return t.tellFiles(sp.PID, *q, e.Files, addition+said+"-f")
}

// asks writes down what became of an inquiry by something its asker said.
func (t *turn) asks(sp *speaker, q *flows.Inquiry, after flows.Inquiry) error {
	before := *q
	*q = after
	t.saveInquiry(sp.PID, after)
	t.watchOwner(sp.PID, before, after)
	t.waits(sp.PID, before, after)
	if before.Status == after.Status && before.Helped == after.Helped {
		return nil
	}
	if err := t.followThread(sp.PID, before, after); err != nil {
		return err
	}
	return t.redraw(sp.PID, after)
}

// rate keeps whether an inquiry helped.
func (t *turn) rate(sp *speaker, e flows.Rate) error {
	q := find(sp.Inquiries, e.Inquiry)
	if q == nil || q.Helped == e.Helped {
		return nil
	}
	if err := t.asks(sp, q, flows.Rated(*q, e.Helped, t.now)); err != nil || e.Helped != flows.HelpedNo {
		return err
	}
	return t.tell(sp.PID, *q, flows.NotHelped(*q), "")
}

// settleAgenda keeps what the asker wants of the meeting, and tells the desk.
func (t *turn) settleAgenda(sp *speaker, e flows.Settle) error {
	q := find(sp.Inquiries, e.Inquiry)
	if q == nil {
		return nil
	}
	before := q.Agenda
	*q = flows.Settled(*q, e.Agenda, t.now)
	t.saveInquiry(sp.PID, *q)
	if err := t.redraw(sp.PID, *q); err != nil {
		return err
	}
	return t.tell(sp.PID, *q, flows.ToldSettled(*q, before), "")
}

// fetchAtOnce is how many answers are delivered for one press: a transaction is
// bounded (store.MaxWrites). The button stays for the others.
const fetchAtOnce = 3

// fetch delivers the answers about an inquiry that could not arrive.
func (t *turn) fetch(sp *speaker, id string) error {
	q := find(sp.Inquiries, id)
	if q == nil {
		return nil
	}
	for _, draft := range q.Missed[:min(len(q.Missed), fetchAtOnce)] {
		if err := t.deskEvent(ref{PID: sp.PID, IID: q.ID, Draft: draft}, flows.DeskInput{Action: flows.ActFetch}); err != nil {
			return err
		}
	}
	return nil
}

func find(all []flows.Inquiry, id string) *flows.Inquiry {
	for i := range all {
		if all[i].ID == id {
			return &all[i]
		}
	}
	return nil
}

// withdraw forgets an inquiry's words at once; a job takes all about it out of the desk.
func (t *turn) withdraw(sp *speaker, id string) error {
	q := find(sp.Inquiries, id)
	if q == nil || q.Status == flows.Withdrawn {
		return nil
	}
	*q = flows.TakenBack(*q, t.now)
	t.saveInquiry(sp.PID, *q)
	if err := t.tellDesk(sayNumber("desk.erased", *q)); err != nil {
		return err
	}
	t.at(t.now.Add(inquiryFor), "inquiry", sp.PID, q.ID)
	t.newJob(purge{PID: sp.PID, IID: q.ID, Tell: true})
	return nil
}

func (t *turn) agree(sp *speaker, e flows.Agree) {
	lang := t.lang(sp)
	sum := sha256.Sum256([]byte(t.b.text(lang, e.Shown).Text))
	t.recordConsent(sp, consentRecord{Version: e.Version, For: e.For, Given: true, Lang: lang, Hash: hex.EncodeToString(sum[:])})
}

func (t *turn) recordConsent(sp *speaker, r consentRecord) {
	r.At, r.Channel = t.now, sp.Person.Address.Platform
	save(t.tx, keyOf("consent", sp.PID, t.timed()), r)
}

// revoke records that consent is withdrawn; a job ends and forgets every
// inquiry, for there is no ground left to keep them.
func (t *turn) revoke(sp *speaker) {
	t.recordConsent(sp, consentRecord{Version: sp.State.Consent.Version, Lang: t.lang(sp)})
	t.at(t.now.Add(idleAfter), "idle", sp.PID)
	before := t.now
	for _, q := range sp.Inquiries {
		if q.Created.After(before) { // the clock was set back since
			before = q.Created
		}
	}
	t.newJob(purge{PID: sp.PID, Before: before})
}

// erase blocks every further write about the person and starts the job that
// destroys the rest (jobs.go).
func (t *turn) erase(sp *speaker) error {
	sp.erased, sp.Person.Erasing = true, true
	t.remember(sp)
	t.newJob(purge{PID: sp.PID, To: sp.Person.Address, Chat: sp.Person.Address, Lang: t.lang(sp), Index: sp.Person.Index})
	return t.erasing(sp)
}

// erasing says that it is being done. It is about nobody, so that it can be read
// when the person's key is gone.
func (t *turn) erasing(sp *speaker) error {
	if flows.Silent(t.ev.Kind) {
		return nil
	}
	if err := t.openLane(sp.Person.Address); err != nil {
		return err
	}
	m := t.b.render(t.lang(sp), flows.Say{Body: []flows.Text{{Key: "privacy.erasing"}}, Bare: true})
	return t.enqueue(item{To: sp.Person.Address, Message: m}, talk)
}

func sayNumber(key string, q flows.Inquiry) flows.Text {
	return flows.Text{Key: key, Args: []flows.Arg{{Name: "number", Kind: flows.Code, Text: q.Number}}}
}
