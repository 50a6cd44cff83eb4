package bot

import (
	"lotse/flows"
)

// lately are the hours that the last first answers needed, oldest first.
type lately struct {
	Hours []int `json:"h"`
}

var latelyKey = keyOf("took", "last")

// nextPromise is until when an answer to what is asked now can be expected.
func (t *turn) nextPromise() (flows.Promise, bool, error) {
	l, _, err := load[lately](t.tx, latelyKey)
	p, ok := flows.Promised(t.b.lists.calendar, l.Hours, t.now)
	return p, ok, err
}

// promise counts a new inquiry, notes until when its asker may expect an answer and
// says so. It says nothing when the team does not work.
func (t *turn) promise(pid string, q *flows.Inquiry) ([]flows.Text, error) {
	q.Counted = keyOf(t.b.lists.calendar.Month(t.now), t.b.cfg.DB.Index("count", t.seed))
	save(t.tx, keyOf("count", q.Counted), flows.Counted{Topic: q.Topic, Lang: q.Lang})
	p, ok, err := t.nextPromise()
	if !ok || err != nil {
		return nil, err
	}
	q.Promised = p.By
	t.at(t.b.lists.calendar.MorningAfter(p.By), "promise", pid, q.ID)
	return []flows.Text{p.Said()}, nil
}

// firstAnswer notes how long an inquiry waited for its first answer, when that was
// delivered. A text for the meeting is none.
func (t *turn) firstAnswer(in flows.DeskInput, q *flows.Inquiry) error {
	if in.Action != flows.ActDelivered || in.Draft.Kind == flows.Proposal || !q.First.IsZero() {
		return nil
	}
	q.First = t.now
	calendar := t.b.lists.calendar
	hours := flows.WorkingHours(calendar, q.Created, t.now)
	l, _, err := load[lately](t.tx, latelyKey)
	if err != nil {
		return err
	}
	l.Hours = append(l.Hours, hours)
	l.Hours = l.Hours[max(0, len(l.Hours)-flows.LastAnswers):]
	save(t.tx, latelyKey, l)
	return t.recount(q, func(c *flows.Counted) {
		c.Hours, c.Late = hours, c.Late || !q.Promised.IsZero() && !calendar.Until(t.now, q.Promised)
	})
}

// recount changes what is counted of an inquiry.
func (t *turn) recount(q *flows.Inquiry, change func(*flows.Counted)) error {
	if q.Counted == "" { // asked before there were statistics
		return nil
	}
	key := keyOf("count", q.Counted)
	c, found, err := load[flows.Counted](t.tx, key)
	if !found || err != nil {
		return err
	}
	change(&c)
	save(t.tx, key, c)
	return nil
}

// promiseOver is the morning after the day that was announced: if nobody answered, the
// asker hears it before they have to ask.
func (t *turn) promiseOver(pid, iid string) error {
	q, found, err := load[flows.Inquiry](t.tx, keyOf("inquiry", pid, iid))
	if err != nil || !found || !q.Unanswered() {
		return err
	}
	if q.Late >= flows.Lates { // they know already, and why (absent.go)
		return t.recount(&q, func(c *flows.Counted) { c.Late = true })
	}
	calendar := t.b.lists.calendar
	if decent := calendar.Decent(t.now); decent.After(t.now) { // the bot was not there in time
		t.at(decent, "promise", pid, iid)
		return nil
	}
	asker, err := t.asker(pid)
	if err != nil || asker.Person.Erasing {
		return err
	}
	next, _, err := t.nextPromise()
	if err != nil {
		return err
	}
	places, err := t.b.contactsOf(t.tx)
	if err != nil {
		return err
	}
	q, body := flows.Late(q, next, places)
	if q.Late < flows.Lates {
		t.at(calendar.MorningAfter(q.Promised), "promise", pid, iid)
	}
	save(t.tx, keyOf("inquiry", pid, iid), q)
	if err := t.recount(&q, func(c *flows.Counted) { c.Late = true }); err != nil {
		return err
	}
	return t.tellAsker(asker, pid, q, body)
}

// tellAsker tells somebody what became of their inquiry, when nobody did anything.
func (t *turn) tellAsker(asker *speaker, pid string, q flows.Inquiry, body []flows.Text) error {
	said := asker.Person.Said
	d := deskTurn{turn: t, asker: asker, about: ref{PID: pid, IID: q.ID}, inquiry: q}
	if err := d.notify(flows.Notify{Body: body}); err != nil || asker.Person.Said == said {
		return err
	}
	t.remember(asker)
	return nil
}
