package bot

import (
	"fmt"
	"strconv"
	"time"

	"lotse/flows"
	"lotse/store"
)

// How an announcement goes on: people are told page by page, what became of it is counted,
// and the desk sees how far it is (docs/adr/0057-announcements.md).

// castAt lets an announcement go on. The page stands in the alarm, so that none is like
// another: the IDs of what is sent derive from it.
func (t *turn) castAt(at time.Time, c flows.Cast) { t.at(at, "cast", c.ID, strconv.Itoa(c.Page)) }

// castDue goes on with an announcement: it tells the next page of people.
func (t *turn) castDue(cid string) error {
	c, found, err := load[flows.Cast](t.tx, keyOf("cast", cid))
	if err != nil || !found || c.Stage != flows.CastPlanned && c.Stage != flows.CastSending {
		return err
	}
	again := t.now
	if !c.Urgent(t.now) {
		again = t.b.lists.calendar.Waking(t.now)
	}
	if !again.After(t.now) && t.b.crowded() {
		again = t.now.Add(uncrowdedIn)
	}
	if again.After(t.now) {
		t.castAt(again, c)
		return nil
	}
	began := c.Stage == flows.CastPlanned
	if began {
		c.Stage, c.When, c.Pause = flows.CastSending, t.now, int(lookFirst/time.Second)
		t.at(t.now.Add(lookFirst), "castlook", cid)
	}
	last, more, err := t.followers(c.After, func(pid string) error { return t.castTo(&c, pid) })
	if err != nil {
		return err
	}
	c.Page++
	switch c.After = last; {
	case more:
		t.castAt(t.now, c)
	case !c.Others:
		c.Others, c.After = true, ""
		t.castAt(t.now, c)
	default:
		c.Stage = flows.CastQueued
	}
	if began {
		return t.keepCast(c)
	}
	save(t.tx, keyOf("cast", cid), c)
	return nil
}

// castTo tells somebody, if it is for them and it is their turn: first come those who have
// to prepare more. Those are noted, since what somebody needs can change in between.
func (t *turn) castTo(c *flows.Cast, pid string) error {
	g, err := guestOf(t.tx, pid)
	if err != nil || !g.Hears(c.Plan, c.News) {
		return err
	}
	a := g.At[c.Meeting]
	if !c.Others && !a.Needs() || a.Told == c.ID {
		return nil
	}
	sp, why, err := t.reachable(pid)
	if err != nil || why == flows.WhyUnknown {
		return err
	}
	if !c.Others {
		a.Told = c.ID
		g.At[c.Meeting] = a
		save(t.tx, keyOf("guest", pid), g)
	}
	c.Sent.N++
	if why != "" {
		c.Sent.Lose(why)
		return nil
	}
	return t.newsTo(*c, sp)
}

// newsTo queues what an announcement says.
func (t *turn) newsTo(c flows.Cast, sp *speaker) error {
	it := t.saying(sp, c.Told(t.lang(sp)))
	it.Ref.Meeting, it.Ref.Cast = c.Meeting, c.ID
	it.Notice = notice{News: c.News, Seq: c.Sequence}
	return t.push(sp, it)
}

// newsDue tells somebody whose turn came at night.
func (t *turn) newsDue(cid, pid string) error {
	c, stopped, err := t.b.castOf(t.tx, cid)
	if err != nil {
		return err
	}
	g, err := guestOf(t.tx, pid)
	if err != nil {
		return err
	}
	why := flows.WhyNeedless
	if !stopped && g.Hears(c.Plan, c.News) {
		var sp *speaker
		if sp, why, err = t.reachable(pid); err != nil {
			return err
		}
		if why == "" {
			return t.newsTo(c, sp)
		}
	}
	return t.castSettled(cid, pid, why)
}

// castOf is an announcement, and whether it was stopped. A reminder has none.
func (b *Bot) castOf(r store.Reader, cid string) (c flows.Cast, stopped bool, err error) {
	if cid == "" {
		return c, false, nil
	}
	c, found, err := load[flows.Cast](r, keyOf("cast", cid))
	return c, !found || !c.Stage.Going(), err
}

// castShards is how many counters an announcement has: who settles one message shall not
// wait for who settles another.
const castShards = 16

// castSettled counts a message of an announcement that arrived, or why it did not.
func (t *turn) castSettled(cid, pid string, why flows.Why) error {
	shard := 0
	for _, c := range []byte(pid) {
		shard = (shard*31 + int(c)) % castShards
	}
	key := keyOf("cast", cid, "n", fmt.Sprintf("%02d", shard))
	o, _, err := load[flows.Outcome](t.tx, key)
	if err != nil {
		return err
	}
	if why == "" {
		o.N++
	} else {
		o.Lose(why)
	}
	save(t.tx, key, o)
	return nil
}

// settled is what became of the messages of an announcement so far.
func (t *turn) settled(c flows.Cast) (sum flows.Outcome, err error) {
	rows, err := t.tx.Scan(keyOf("cast", c.ID, "n")+"/", "", castShards)
	if err != nil {
		return sum, err
	}
	for _, row := range rows {
		var o flows.Outcome
		if err := unpack(row.Key, row.Value, &o); err != nil {
			return sum, err
		}
		sum.Add(o)
	}
	sum.Add(flows.Outcome{Lost: c.Sent.Lost})
	return sum, nil
}

// castArrived counts a message of an announcement that arrived, or that nobody needs any
// more; of the desk's message about it, it remembers where it stands.
func (t *turn) castArrived(q *queued, message string) error {
	it := q.item
	if !t.b.isDesk(it.To) {
		if q.withdrawn {
			return t.castSettled(it.Ref.Cast, it.Ref.PID, flows.WhyNeedless)
		}
		return t.castSettled(it.Ref.Cast, it.Ref.PID, "")
	}
	if it.Op == opSend && message != "" {
		save(t.tx, it.place(), post{To: it.To, Message: message, At: t.now, Desk: true})
	}
	return nil
}

// castWhy are the reasons for which a message is given up.
var castWhy = map[string]flows.Why{"why.gone": flows.WhyGone, "why.bad": flows.WhyBad, "why.time": flows.WhyTime}

// How an announcement is looked at while it is sent: soon, and more seldom when nothing
// comes of it. What nobody knows anything of after castEnds never settles: its person was
// erased.
const (
	lookFirst = 15 * time.Second
	lookLast  = time.Hour
	lastLook  = 2 * time.Hour // before a meeting that was cancelled
	castEnds  = 2*deadAfter + 2*time.Hour
)

// castLook shows the desk how far an announcement is, in one message a room.
func (t *turn) castLook(cid string) error {
	c, found, err := load[flows.Cast](t.tx, keyOf("cast", cid))
	if err != nil || !found || !c.Stage.Going() {
		return err
	}
	sum, err := t.settled(c)
	if err != nil {
		return err
	}
	missing := c.Sent.N - sum.Settled()
	switch {
	case c.Stage == flows.CastQueued && (missing <= 0 || t.now.Sub(c.When) > castEnds):
		for range missing {
			c.Sent.Lose(flows.WhyUnknown)
		}
		c.Stage = flows.CastDone
		return t.keepCast(c)
	case sum.Settled() != c.Seen:
		c.Seen, c.Pause = sum.Settled(), int(lookFirst/time.Second)
		if err := t.keepCast(c); err != nil {
			return err
		}
	default:
		c.Pause = min(2*c.Pause, int(lookLast/time.Second))
		save(t.tx, keyOf("cast", cid), c)
	}
	t.at(t.now.Add(time.Duration(c.Pause)*time.Second), "castlook", cid)
	return nil
}
