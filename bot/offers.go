package bot

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lotse/flows"
	"lotse/store"
)

// What people offer. An offer is a row of its person; beside it stands a line in one of a
// few rows that are read together by whoever searches (docs/adr/0079-offers.md).

// offerID is how messages of the desk name the offer of a person (ref.Given): there is one.
const offerID = "offer"

// offerShards is how many rows all lines are spread over: one search reads them all, and
// what it shows beside (store.MaxReads).
const offerShards = 32

// A listing is an offer as a search sees it: of whom it is, it does not know. It is a line of
// words with a space behind each, so that thousands can be looked through without taking
// them apart:
//
//	NUMBER PAUSED ASKED KIND … LANGUAGE …
type listing struct {
	Number string
	// Until when it rests, and when it was last asked for, in seconds of Unix time.
	Paused, Asked int64
}

func (l listing) line(has []string) string {
	return fmt.Sprintf("%s %d %d %s \n", l.Number, l.Paused, l.Asked, strings.Join(has, " "))
}

// readListing reads a line. One that is damaged is none.
func readListing(line string) (l listing) {
	number, rest, _ := strings.Cut(line, " ")
	paused, rest, _ := strings.Cut(rest, " ")
	asked, _, _ := strings.Cut(rest, " ")
	l.Number = number
	l.Paused, _ = strconv.ParseInt(paused, 10, 64)
	l.Asked, _ = strconv.ParseInt(asked, 10, 64)
	return l
}

// listedWith reports whether a line has all kinds and languages.
func listedWith(line string, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(w string) bool { return !strings.Contains(line, " "+w+" ") })
}

func shardKey(number string) string {
	n, _ := strconv.Atoi(number)
	return keyOf("offers", fmt.Sprintf("%02d", n%offerShards))
}

func offerOf(r store.Reader, pid string) (flows.Offer, error) {
	o, _, err := load[flows.Offer](r, keyOf("offer", pid))
	return o, err
}

// list puts an offer where it is searched, or takes it out when nothing is offered.
func (t *turn) list(o flows.Offer, asked bool) error {
	key := shardKey(o.Number)
	all, _, err := load[string](t.tx, key)
	if err != nil {
		return err
	}
	l := listing{Number: o.Number}
	var lines strings.Builder
	for line := range strings.Lines(all) {
		if old := readListing(line); old.Number == o.Number {
			l.Asked = old.Asked
			continue
		}
		lines.WriteString(line)
	}
	if !o.Paused.IsZero() {
		l.Paused = o.Paused.Unix()
	}
	if asked {
		l.Asked = t.now.Unix()
	}
	if !o.Nothing() {
		lines.WriteString(l.line(slices.Concat(o.Kinds, o.Langs)))
	}
	if lines.Len() == 0 {
		t.tx.Delete(key)
		return nil
	}
	save(t.tx, key, lines.String())
	return nil
}

// eachListing calls f with every line that has all that is wanted.
func eachListing(r store.Reader, wanted []string, f func(line string)) error {
	rows, err := r.Scan("offers/", "", offerShards)
	if err != nil {
		return err
	}
	for _, row := range rows {
		var all string
		if err := unpack(row.Key, row.Value, &all); err != nil {
			return err
		}
		for line := range strings.Lines(all) {
			if listedWith(line, wanted) {
				f(line)
			}
		}
	}
	return nil
}

// shares are what flows may know of what people share. Each part is read when it is first
// asked for; what went wrong then, failed says.
func (t *turn) shares(pid string) (s flows.Shares, failed func() error) {
	var err error
	s.Offer = once(&err, func() (flows.Offer, error) { return offerOf(t.tx, pid) })
	s.Themes = once(&err, func() ([]flows.Theme, error) { return t.themesFor(pid) })
	s.Own = once(&err, func() ([]flows.Suggestion, error) { return suggestions(t.tx, pid) })
	s.Projects = once(&err, func() ([]flows.Project, error) { return projects(t.tx) })
	s.Request = func(id string) (flows.Request, bool) {
		r, found, e := load[flows.Request](t.tx, keyOf("asked", pid, id))
		err = cmp.Or(err, e)
		return r, found
	}
	return s, func() error { return err }
}

// once reads something when it is first asked for, and keeps it.
func once[T any](failed *error, read func() (T, error)) func() T {
	var v T
	done := false
	return func() T {
		if !done {
			done = true
			var err error
			v, err = read()
			*failed = cmp.Or(*failed, err)
		}
		return v
	}
}

// give keeps what a person offers now, or forgets it.
func (t *turn) give(sp *speaker, e flows.Give) error {
	before, err := offerOf(t.tx, sp.PID)
	if err != nil {
		return err
	}
	if e.Offer.Nothing() {
		if before.Nothing() {
			return nil
		}
		t.recordConsent(sp, consentRecord{Version: before.Version, Lang: t.lang(sp)})
		t.newJob(purge{PID: sp.PID, IID: offerID, Named: before.Number}) // what stands about it in the desk
		return t.forgetOffer(sp.PID)
	}
	o := e.Offer
	if o.Number == "" {
		if o.Number, err = t.number(ref{PID: sp.PID, Given: offerID}); err != nil {
			return err
		}
	}
	if err := t.keepOffer(sp.PID, before, o); err != nil {
		return err
	}
	if len(e.Confirm.Body) == 0 {
		return nil
	}
	e.Confirm.Body = slices.Clone(e.Confirm.Body)
	e.Confirm.Body[0] = offerText(e.Confirm.Body[0].Key, o)
	return t.sayTo(sp, e.Confirm)
}

// keepOffer writes an offer down, with its line and its alarm.
func (t *turn) keepOffer(pid string, before, o flows.Offer) error {
	save(t.tx, keyOf("offer", pid), o)
	if !o.Until.Equal(before.Until) {
		t.offerAlarm(pid, o)
	}
	return t.list(o, false)
}

// offerAlarm rings when somebody is to be asked whether their offer still holds, or when it
// is over. Of an offer that was changed since it rings in vain.
func (t *turn) offerAlarm(pid string, o flows.Offer) {
	at := o.AskAt()
	if !o.Asked.IsZero() {
		at = o.Until
	}
	t.at(at, "offer", pid, stampOf(o.Until))
}

// forgetOffer forgets what somebody offers and was asked for.
func (t *turn) forgetOffer(pid string) error {
	o, err := offerOf(t.tx, pid)
	if damage(err) { // its line and its number lead nowhere then
		err = nil
	}
	if err != nil || o.Nothing() {
		t.tx.Delete(keyOf("offer", pid))
		return err
	}
	t.tx.Delete(keyOf("offer", pid))
	t.tx.Delete(keyOf("number", o.Number))
	o.Kinds = nil
	if err := t.list(o, false); err != nil {
		return err
	}
	_, err = t.deletePage(keyOf("asked", pid)) // of more the alarm clock takes care (requestOver)
	return err
}

// offerDue asks somebody whether their offer still holds, and forgets it when they did not
// say so in time.
func (t *turn) offerDue(pid, until string) error {
	o, err := offerOf(t.tx, pid)
	if err != nil || o.Nothing() || stampOf(o.Until) != until {
		return err
	}
	if decent := t.b.lists.calendar.Decent(t.now); decent.After(t.now) {
		t.at(decent, "offer", pid, until)
		return nil
	}
	sp, why, err := t.reachable(pid)
	if err != nil {
		return err
	}
	if o.Asked.IsZero() {
		o = o.IsAsked(t.now)
		save(t.tx, keyOf("offer", pid), o)
		t.offerAlarm(pid, o)
		if why != "" {
			return nil
		}
		return t.push(sp, t.saying(sp, flows.StillOfferSay(o)))
	}
	t.newJob(purge{PID: pid, IID: offerID, Named: o.Number})
	if err := t.forgetOffer(pid); err != nil || why != "" {
		return err
	}
	t.recordConsent(sp, consentRecord{Version: o.Version, Lang: t.lang(sp)})
	t.at(t.now.Add(idleAfter), "idle", pid)
	return t.push(sp, t.saying(sp, flows.OfferOverSay()))
}

func offerText(key string, o flows.Offer) flows.Text {
	return flows.Text{Key: key, Args: []flows.Arg{{Name: "number", Kind: flows.Code, Text: o.Number}}}
}

// requestFor is how long a request is kept after something was said about it.
const requestFor = 30 * 24 * time.Hour

func (t *turn) saveRequest(pid string, r flows.Request) {
	r.At = t.now
	save(t.tx, keyOf("asked", pid, r.ID), r)
}

// respond keeps what a volunteer says to a request, and tells the desk.
func (t *turn) respond(sp *speaker, e flows.Respond) error {
	r, found, err := load[flows.Request](t.tx, keyOf("asked", sp.PID, e.Request))
	if err != nil || !found {
		return err
	}
	o, err := offerOf(t.tx, sp.PID)
	if err != nil {
		return err
	}
	r.Status = e.Answer
	t.saveRequest(sp.PID, r)
	return t.tellGiven(sp.PID, offerID, flows.RequestAnswered(o, r))
}

// requestOver forgets a request about which nothing was said for a while.
func (t *turn) requestOver(pid, id string) error {
	r, found, err := load[flows.Request](t.tx, keyOf("asked", pid, id))
	if err != nil || !found {
		return err
	}
	if over := r.At.Add(requestFor).Truncate(time.Microsecond); over.After(t.now) {
		t.at(over, "asked", pid, id)
		return nil
	}
	t.tx.Delete(keyOf("asked", pid, id))
	return nil
}
