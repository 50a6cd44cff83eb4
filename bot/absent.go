package bot

import (
	"time"

	"lotse/flows"
)

// A duty row says when somebody of the team last did something in a room of the desk,
// and when the rooms were last told that nobody does. It does not say who.
type duty struct {
	Last time.Time `json:"last,omitzero"`
	Told time.Time `json:"told,omitzero"`
}

var dutyKey = keyOf("duty", "last")

// dutyNoted is how exact that is: not everything anybody says costs a write.
const dutyNoted = 10 * time.Minute

// onDuty notes that somebody does something in the desk, whatever it is.
func (t *turn) onDuty() error {
	if t.ev.From == "" { // a look at the room
		return nil
	}
	d, _, err := load[duty](t.tx, dutyKey)
	if err != nil || t.now.Sub(d.Last) < dutyNoted {
		return err
	}
	d.Last = t.now
	save(t.tx, dutyKey, d)
	return nil
}

// watchAbsence sets the alarm that looks whether anybody was there since an inquiry was
// made. It rings as long as the inquiry is kept: it may be opened again.
func (t *turn) watchAbsence(pid string, q flows.Inquiry, from time.Time) {
	if at, ok := t.b.lists.calendar.DaysAfter(from, flows.AbsentDays); ok {
		t.at(at, "absent", pid, q.ID)
	}
}

// absent tells an asker who waits that nobody of the team was there for three working
// days, and the desk: both once for each time that happens.
func (t *turn) absent(pid, iid string) error {
	q, found, err := load[flows.Inquiry](t.tx, keyOf("inquiry", pid, iid))
	if err != nil || !found || q.Status == flows.Withdrawn {
		return err
	}
	d, _, err := load[duty](t.tx, dutyKey)
	if err != nil {
		return err
	}
	from, ok := flows.Absent(t.b.lists.calendar, q, d.Last)
	decent := t.b.lists.calendar.Decent(t.now)
	switch {
	case !ok:
		return nil
	case !q.Status.Waits() || q.Alone.After(d.Last):
		t.watchAbsence(pid, q, t.now)
		return nil
	case from.After(t.now):
		t.at(from, "absent", pid, iid)
		return nil
	case decent.After(t.now): // the bot was not there in time
		t.at(decent, "absent", pid, iid)
		return nil
	}
	t.watchAbsence(pid, q, t.now)
	if !d.Told.After(d.Last) {
		d.Told = t.now
		save(t.tx, dutyKey, d)
		if err := t.tellDesk(flows.Text{Key: "desk.absent"}); err != nil {
			return err
		}
	}
	return t.tellAbsent(pid, q)
}

func (t *turn) tellAbsent(pid string, q flows.Inquiry) error {
	asker, err := t.asker(pid)
	if err != nil || asker.Person.Erasing {
		return err
	}
	where, err := t.b.contactsOf(t.tx)
	if err != nil {
		return err
	}
	q, body := flows.AbsentBody(q, where, t.b.lists.hotlines)
	q.Alone = t.now
	save(t.tx, keyOf("inquiry", pid, q.ID), q)
	said := asker.Person.Said
	about := deskTurn{turn: t, asker: asker, about: ref{PID: pid, IID: q.ID}, inquiry: q}
	if err := about.notify(flows.Notify{Body: body}); err != nil || asker.Person.Said == said {
		return err
	}
	t.remember(asker)
	return nil
}
