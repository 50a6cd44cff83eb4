package bot

import (
	"strconv"
	"time"

	"lotse/flows"
	"lotse/store"
)

// Nothing is scheduled for a person: a meeting has one alarm for each lead, which walks
// through everybody who follows meetings, page by page, one transaction each
// (docs/adr/0056-nobody-is-scheduled.md).

// A notice says what a message that comes by itself is for. It is looked up when it is
// sent whether its person still wants it and whether it is still true.
type notice struct {
	Lead flows.Lead `json:"l,omitempty"` // of a reminder
	News flows.News `json:"n,omitempty"` // of an announcement
	Seq  int        `json:"q,omitempty"` // of the meeting, as the message says it
}

// followersAtOnce is how many people a page tells. Of each, four rows are read (index,
// key, guest, person) and three written (store.MaxReads, store.MaxWrites).
const followersAtOnce = 20

// crowdedAt is how many lanes may wait at once when a page adds to them: everybody else
// stays where they are, in the index. So neither the outbox nor what is unsent at night
// grows with the number of people.
const crowdedAt = 256

// uncrowdedIn is when a page looks again: the line is never empty by then.
const uncrowdedIn = time.Second

func (b *Bot) crowded() bool {
	b.parked.mu.Lock()
	n := len(b.parked.lanes)
	b.parked.mu.Unlock()
	return n+b.lanes.length() >= crowdedAt
}

// remindersOf sets the alarms of a meeting that was published. Those of an earlier state
// of it ring in vain.
func (t *turn) remindersOf(p flows.Planning) {
	m := p.Live
	if m == nil || m.Cancelled {
		return
	}
	for _, lead := range flows.Leads {
		at := t.b.lists.calendar.RemindAt(m.Start, lead)
		if at.After(t.now) && at.Before(m.Start) {
			t.at(at, "remind", m.ID, strconv.Itoa(m.Sequence), string(lead))
		}
	}
}

// A reminding is a reminder of a meeting as it was when its alarm was set.
type reminding struct {
	meeting, seq string
	lead         flows.Lead
}

// remind reminds the next page of people: refs are meeting, sequence, lead and the last
// person who was looked at.
func (t *turn) remind(refs []string) error {
	r := reminding{refs[0], refs[1], flows.Lead(refs[2])}
	m, err := t.reminded(r)
	if m == nil || err != nil {
		return err
	}
	again := t.b.lists.calendar.Waking(t.now)
	if !again.After(t.now) && t.b.crowded() {
		again = t.now.Add(uncrowdedIn)
	}
	if again.After(t.now) {
		t.at(again, "remind", refs...)
		return nil
	}
	after := ""
	if len(refs) > 3 {
		after = refs[3]
	}
	last, more, err := t.followers(after, func(pid string) error { return t.reminder(*m, r.lead, pid) })
	if more {
		t.at(t.now, "remind", r.meeting, r.seq, string(r.lead), last)
	}
	return err
}

// remindOne reminds somebody whose turn came at night.
func (t *turn) remindOne(refs []string) error {
	r := reminding{refs[0], refs[1], flows.Lead(refs[2])}
	m, err := t.reminded(r)
	if m == nil || err != nil {
		return err
	}
	return t.reminder(*m, r.lead, refs[3])
}

// reminded is the meeting if people are still to be reminded of it, else nil.
func (t *turn) reminded(r reminding) (*flows.Meeting, error) {
	p, _, err := planning(t.tx, r.meeting)
	m := p.Live
	if err != nil || m == nil || m.Cancelled || strconv.Itoa(m.Sequence) != r.seq || !r.lead.Useful(m.Start, t.now) {
		return nil, err
	}
	return m, nil
}

// followers does something for a page of those who may be told something about meetings,
// and says who was the last of them and whether there are more.
func (t *turn) followers(after string, do func(pid string) error) (last string, more bool, err error) {
	if after != "" {
		after = keyOf("follow", after)
	}
	rows, err := t.tx.Scan("follow/", after, followersAtOnce)
	if err != nil {
		return "", false, err
	}
	for _, row := range rows {
		last = row.Key[len("follow/"):]
		if err := do(last); err != nil {
			return "", false, err
		}
	}
	return last, len(rows) == followersAtOnce, nil
}

// reminder reminds somebody, if they want it.
func (t *turn) reminder(m flows.Meeting, lead flows.Lead, pid string) error {
	g, err := guestOf(t.tx, pid)
	if err != nil || !g.Wants(m, lead, t.b.lists.calendar, t.now) {
		return err
	}
	sp, why, err := t.reachable(pid)
	if why != "" || err != nil {
		return err
	}
	it := t.saying(sp, flows.Reminder(m, lead, g.At[m.ID], t.b.lists.calendar, t.lang(sp)))
	it.Ref.Meeting, it.Notice = m.ID, notice{Lead: lead, Seq: m.Sequence}
	return t.push(sp, it)
}

// reachable is somebody to whom something may be sent that they did not ask for now; why
// says why it may not.
func (t *turn) reachable(pid string) (sp *speaker, why flows.Why, err error) {
	sp, err = t.asker(pid)
	switch {
	case err != nil:
		return nil, "", err
	case sp.Person.Index == "" || sp.Person.Erasing:
		return nil, flows.WhyUnknown, nil
	case sp.Person.Gone:
		return nil, flows.WhyGone, nil
	case t.b.platforms[sp.Person.Address.Platform] == nil:
		return nil, flows.WhyOff, nil
	}
	return sp, "", nil
}

// push queues a message that comes by itself, behind all that is talked about.
func (t *turn) push(sp *speaker, it item) error {
	sp.Person.Said++
	t.remember(sp)
	it.To, it.Taps, it.Last = sp.Person.Address, false, true
	return t.enqueue(it, push)
}

// needless reports whether a message that comes by itself is not wanted any more, or not
// true. Night says that its time is over for today.
func (b *Bot) needless(r store.Reader, it item) (needless, night bool, err error) {
	if it.Notice == (notice{}) {
		return false, false, nil
	}
	if it.Notice.News == flows.NewsSurvey {
		return b.needlessInvite(r, it)
	}
	now := b.cfg.Now()
	p, _, err := planning(r, it.Ref.Meeting)
	if err != nil || p.Live == nil || p.Live.Sequence != it.Notice.Seq {
		return true, false, err
	}
	g, err := guestOf(r, it.Ref.PID)
	if err != nil {
		return true, false, err
	}
	m, n := *p.Live, it.Notice
	if n.Lead != "" {
		wanted := g.Follows(m.ID) && (n.Lead != flows.LeadHours || g.At[m.ID].Answer == flows.AttendYes)
		if m.Cancelled || !wanted || !n.Lead.Useful(m.Start, now) {
			return true, false, nil
		}
	} else if !g.Hears(m, n.News) {
		return true, false, nil
	}
	c, stopped, err := b.castOf(r, it.Ref.Cast)
	if stopped || err != nil {
		return true, false, err
	}
	return false, b.edition().lists.calendar.Waking(now).After(now) && !c.Urgent(now), nil
}

// tomorrow puts off a message that would arrive at night: it is made anew in the morning,
// if it is of use then.
func (t *turn) tomorrow(q *queued) {
	t.tx.Delete(q.key)
	n, at := q.item.Notice, t.b.lists.calendar.Waking(t.now)
	if n.Lead != "" {
		t.at(at, "reminder", q.item.Ref.Meeting, strconv.Itoa(n.Seq), string(n.Lead), q.item.Ref.PID)
		return
	}
	t.at(at, "news", q.item.Ref.Cast, q.item.Ref.PID)
}
