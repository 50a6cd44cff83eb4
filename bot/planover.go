package bot

import (
	"time"

	"lotse/flows"
	"lotse/store"
)

// What happens to meetings by themselves: the desk is reminded that there is no date, and
// what is long over is forgotten.

// dropMeeting forgets a draft, and takes its cards out of the rooms.
func (t *turn) dropMeeting(mid string) error {
	t.tx.Delete(keyOf("meeting", mid))
	for _, d := range t.b.desks {
		old, found, err := load[post](t.tx, meetingCard(d, mid))
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		if err := t.dropPost(meetingCard(d, mid), old); err != nil {
			return err
		}
	}
	return nil
}

// noDateFor is how long there may be no date before the desk is reminded.
const noDateFor = 10 * 7 * 24 * time.Hour

// noDate reminds the desk that the last meeting is long ago and no other is planned. Only
// the latest meeting's alarm does, so that it happens once.
func (t *turn) noDate(mid string) error {
	p, found, err := planning(t.tx, mid)
	if err != nil || !found || p.Live == nil || p.Live.End.Add(noDateFor).After(t.now) {
		return err
	}
	if decent := t.b.lists.calendar.Decent(t.now); decent.After(t.now) { // the bot was not there in time
		t.at(decent, "nodate", mid)
		return nil
	}
	all, err := plannings(t.tx)
	if err != nil {
		return err
	}
	last := *p.Live
	for _, m := range published(all) {
		if m.Start.After(p.Live.Start) {
			return nil
		}
		if !m.Cancelled {
			last = m
		}
	}
	return t.tellMeeting(flows.NoDateTell(last), "")
}

// meetingOver forgets a meeting that is long over, or a draft that nobody published.
func (t *turn) meetingOver(mid string) error {
	p, found, err := planning(t.tx, mid)
	if err != nil || !found {
		return err
	}
	end := p.Work.End
	if p.Live != nil && p.Live.End.After(end) {
		end = p.Live.End
	}
	if over := end.Add(meetingFor); over.After(t.now) {
		t.at(over, "meeting", mid)
		return nil
	}
	t.tx.Delete(keyOf("meeting", mid))
	t.tx.Delete(keyOf("seats", mid))
	_, err = t.deletePage(keyOf("post", store.Nobody, mid))
	return err
}
