package bot

import (
	"slices"
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
	"lotse/store"
)

// Registrations: a row of the person's (member/), and for each of its facets a row of the
// index by which the desk finds it (joined/FACET/ID). All about it in the desk is noted as
// with an inquiry, so that it goes with it.

// memberOf is somebody's registration; the zero Member is none.
func memberOf(r store.Reader, pid string) (flows.Member, error) {
	m, _, err := load[flows.Member](r, keyOf("member", pid))
	return m, err
}

// An indexed is what the index tells of a registration.
type indexed struct {
	PID    string        `json:"p"`
	Number string        `json:"n"`
	Facets []flows.Facet `json:"f"`
}

func (x indexed) listed(id string) flows.Listed {
	return flows.Listed{ID: id, Number: x.Number, Facets: x.Facets}
}

// byID finds a registration by its ID.
func (t *turn) byID(id string) (pid string, m flows.Member, err error) {
	x, found, err := load[indexed](t.tx, keyOf("joined", flows.FacetAll, id))
	if err != nil || !found {
		return "", m, err
	}
	m, err = memberOf(t.tx, x.PID)
	return x.PID, m, err
}

// joined is what flows may know about somebody's registration. It reads when it is first
// asked; what went wrong then, failed says.
func (t *turn) joined(pid string) (get func() flows.Joined, failed func() error) {
	var j flows.Joined
	var err error
	read := false
	get = func() flows.Joined {
		if !read {
			read = true
			j, err = t.readJoined(pid)
		}
		return j
	}
	return get, func() error { return err }
}

func (t *turn) readJoined(pid string) (j flows.Joined, err error) {
	if j.Member, err = memberOf(t.tx, pid); err != nil {
		return j, err
	}
	for _, id := range j.Member.Pairs() {
		p, found, err := load[flows.Pair](t.tx, keyOf("pair", id))
		if err != nil {
			return j, err
		}
		if i := p.Side(j.Member.ID); found && i >= 0 {
			j.Pairs = append(j.Pairs, p.Seen(i))
		}
	}
	return j, nil
}

// rightFor is how long a registration is taken to be right; answerFor how long its person
// is waited for after that (domain §5.2).
const (
	rightFor  = 365 * 24 * time.Hour
	answerFor = 30 * 24 * time.Hour
)

// enrol keeps a registration, new or changed, and shows it to the desk.
func (t *turn) enrol(sp *speaker, e flows.Enrol) error {
	before, err := memberOf(t.tx, sp.PID)
	if err != nil {
		return err
	}
	m := e.Member
	if !before.Registered() {
		m.ID = t.timed()
		if m.Number, err = t.number(ref{PID: sp.PID, Member: m.ID}); err != nil {
			return err
		}
		t.at(t.now.Add(rightFor), "member", sp.PID)
	}
	again := before.Welcome == flows.NotReached && m.Reach != before.Reach
	if again {
		m.Welcome, m.Told = flows.WelcomeOpen, flows.WelcomeOpen
	}
	if err := t.saveMember(sp.PID, before, m); err != nil {
		return err
	}
	if err := t.showMember(sp.PID, m); err != nil {
		return err
	}
	if again {
		if err := t.tellDesk(memberNumber("desk.member.again", m)); err != nil {
			return err
		}
	}
	if m.Org == "" || len(m.Exchange.Topics) == 0 {
		if err := t.endPairs(m); err != nil {
			return err
		}
	}
	if e.Confirm == nil {
		return nil
	}
	if !before.Registered() {
		e.Confirm.Body[0] = memberNumber(e.Confirm.Body[0].Key, m)
	}
	return t.sayTo(sp, *e.Confirm)
}

func memberNumber(key string, m flows.Member) flows.Text {
	return flows.Text{Key: key, Args: []flows.Arg{{Name: "number", Kind: flows.Code, Text: m.Number}}}
}

// saveMember writes a registration with its index; the zero after deletes both.
func (t *turn) saveMember(pid string, before, after flows.Member) error {
	old, now := t.facets(before), t.facets(after)
	for _, f := range old {
		if !slices.Contains(now, f) {
			t.tx.Delete(keyOf("joined", f, before.ID))
		}
	}
	for _, f := range now {
		save(t.tx, keyOf("joined", f, after.ID), indexed{pid, after.Number, now})
	}
	if after.Registered() {
		save(t.tx, keyOf("member", pid), after)
	} else {
		t.tx.Delete(keyOf("member", pid))
	}
	r, err := t.roster()
	if err != nil {
		return err
	}
	if now := r.Changed(before, after); now != r {
		save(t.tx, rosterKey, now)
	}
	return nil
}

const rosterKey = "joined/count"

func (t *turn) roster() (flows.Roster, error) {
	r, _, err := load[flows.Roster](t.tx, rosterKey)
	return r, err
}

// facets are those of a registration, with the words of its name.
func (t *turn) facets(m flows.Member) []flows.Facet {
	if !m.Registered() {
		return nil
	}
	out := m.Facets()
	for _, word := range strings.Fields(locales.Fold(m.Org)) {
		if f := t.b.wordFacet(word); !slices.Contains(out, f) && len(out) < maxFacets {
			out = append(out, f)
		}
	}
	return out
}

// maxFacets bounds what one registration writes (store.MaxWrites): a change can write as
// many rows of the index, delete as many, and end flows.MaxPairs pairs.
const maxFacets = 30

// wordFacet stands for a word of a name: no name stands in a key.
func (b *Bot) wordFacet(word string) flows.Facet {
	return flows.FacetWord + b.cfg.DB.Index("orgword", word)[:8]
}

// showMember shows a registration in every room, in the place of what stood there.
func (t *turn) showMember(pid string, m flows.Member) error {
	for _, d := range t.b.desks {
		it := t.memberItem(pid, m)
		it.To, it.Post = d.Address, d.in(cardPost)
		old, found, err := load[post](t.tx, it.place())
		if err != nil {
			return err
		}
		switch {
		case found && t.b.isDesk(old.To):
			it.Op = opEdit
		case found: // the desk was moved: what stands in the old room must still be deleted one day
			save(t.tx, keyOf("post", pid, m.ID, "m-"+t.id()), old)
			fallthrough
		default:
			save(t.tx, it.place(), post{To: d.Address})
		}
		if err := t.enqueue(it, talk); err != nil {
			return err
		}
	}
	return nil
}

// memberItem is a registration's card, to nobody yet.
func (t *turn) memberItem(pid string, m flows.Member) item {
	card := flows.MemberCard(m)
	msg := t.b.body(t.b.deskLang(), card.Body)
	msg.Buttons, msg.Protect = t.b.rows(t.b.deskLang(), card.Options, card.Columns), true
	return item{Message: msg, Ref: ref{PID: pid, Member: m.ID}, Offers: true, Taps: true}
}

// quit ends a registration because its person wants that.
func (t *turn) quit(sp *speaker) error {
	m, err := t.forgetMember(sp.PID)
	if err != nil || !m.Registered() {
		return err
	}
	t.takesOut(sp.PID, m)
	t.recordConsent(sp, consentRecord{Version: flows.JoinVersion, For: flows.ForJoining, Lang: t.lang(sp)})
	t.at(t.now.Add(idleAfter), "idle", sp.PID)
	return nil
}

// takesOut lets a job take a registration that was forgotten out of the desk.
func (t *turn) takesOut(pid string, m flows.Member) {
	t.newJob(purge{PID: pid, IID: m.ID, Number: m.Number})
}

// forgetMember deletes somebody's registration, if there is one, with all that leads to it.
// It returns what was deleted. Its number is free once nothing about it is left in the desk.
func (t *turn) forgetMember(pid string) (flows.Member, error) {
	m, err := memberOf(t.tx, pid)
	if err != nil || !m.Registered() {
		return flows.Member{}, err
	}
	if err := t.endPairs(m); err != nil {
		return m, err
	}
	if err := t.saveMember(pid, m, flows.Member{}); err != nil {
		return m, err
	}
	return m, t.tellDesk(memberNumber("desk.member.gone", m))
}

// memberDue asks once a year whether a registration is still right, and forgets it when
// there is no answer for a month.
func (t *turn) memberDue(pid string) error {
	m, err := memberOf(t.tx, pid)
	if err != nil || !m.Registered() {
		return err
	}
	sp, why, err := t.reachable(pid)
	if err != nil || why == flows.WhyUnknown {
		return err
	}
	at := m.Checked.Add(rightFor)
	switch {
	case !m.Asked.IsZero():
		at = m.Asked.Add(answerFor)
	case why != "": // nobody can be asked now; who closed the chat for a month is forgotten
		at = t.now.Add(answerFor)
	case !at.After(t.now):
		at = t.b.lists.calendar.Decent(t.now)
	}
	if at = at.Truncate(time.Microsecond); at.After(t.now) {
		t.at(at, "member", pid)
		return nil
	}
	if m.Asked.IsZero() {
		before := m
		m.Asked = t.now
		t.at(t.now.Add(answerFor), "member", pid)
		if err := t.saveMember(pid, before, m); err != nil {
			return err
		}
		return t.push(sp, t.saying(sp, flows.RightSay(m)))
	}
	if m, err = t.forgetMember(pid); err != nil {
		return err
	}
	t.takesOut(pid, m)
	t.at(t.now.Add(idleAfter), "idle", pid)
	if why != "" {
		return nil
	}
	return t.push(sp, t.saying(sp, flows.ForgottenSay()))
}

// welcomeDue tells somebody what the desk did about their registration, once.
func (t *turn) welcomeDue(pid string) error {
	m, err := memberOf(t.tx, pid)
	if err != nil || !m.Registered() || m.Welcome == m.Told || m.Welcome == flows.WelcomeOpen {
		return err
	}
	sp, why, err := t.reachable(pid)
	if err != nil || why != "" {
		return err
	}
	before := m
	m.Told = m.Welcome
	if err := t.saveMember(pid, before, m); err != nil {
		return err
	}
	return t.push(sp, t.saying(sp, flows.WelcomeSay(m)))
}

// ofMember reports whether an item shows the desk a registration that is there no more.
func ofMember(r store.Reader, it item) (gone bool, err error) {
	m, err := memberOf(r, it.Ref.PID)
	return m.ID != it.Ref.Member, err
}

// memberCopy is a second copy of a registration's card, which nobody noted (secondCopy).
func (t *turn) memberCopy(id string) (ref, error) {
	pid, m, err := t.byID(id)
	if err != nil || !m.Registered() {
		return ref{}, err
	}
	about := ref{PID: pid, Member: id}
	save(t.tx, t.b.sentKey(t.ev.In, t.ev.On), sent{ref: about})
	save(t.tx, keyOf("post", pid, id, "m-"+t.id()), post{To: t.ev.In, Message: t.ev.On, At: t.ev.OnAt, Desk: true})
	return about, nil
}

// memberReply is what somebody replied to a registration: nothing is sent.
func (t *turn) memberReply() error {
	if t.ev.Kind != chat.Text && t.ev.Kind != chat.Media {
		return nil
	}
	return t.tellHere(flows.Text{Key: "desk.member.reply"})
}
