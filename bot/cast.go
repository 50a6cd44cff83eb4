package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/store"
)

// announce asks the desk whether a meeting that it has worked on is to be published, and
// whom to tell. Only what is pressed then publishes (castPress). A change that nobody is
// told of by itself is published at once; the next reminder mentions it.
func (t *turn) announce(mid string) error {
	p, found, err := planning(t.tx, mid)
	if err != nil || !found {
		return err
	}
	if p.NewsOf() == flows.NewsNone {
		if err := t.goLive(p); err != nil {
			return err
		}
		return t.tellHere(flows.Text{Key: "desk.cast.noted"})
	}
	c := flows.Cast{ID: t.timed(), Meeting: mid, Room: t.ev.In.Platform}
	t.at(t.now.Add(castFor), "castover", c.ID)
	return t.count(c, p)
}

// count shows what is to be published, and lets a worker count whom it concerns.
func (t *turn) count(c flows.Cast, p flows.Planning) error {
	c.News, c.Version, c.Plan, c.Was, c.Stage = p.NewsOf(), p.Version, p.Work, p.Live, flows.CastCounting
	last, _, err := t.lastCast(p)
	if err != nil {
		return err
	}
	if last.Unheard() {
		if last.News == flows.NewsNew && c.News == flows.NewsMoved {
			c.News = flows.NewsNew
		}
		if last.Was != nil {
			c.Was = last.Was
		}
	}
	if c.Plan.ReplacedBy != "" {
		instead, found, err := planning(t.tx, c.Plan.ReplacedBy)
		if err != nil {
			return err
		}
		if found && !instead.Work.Start.IsZero() {
			c.Instead = &instead.Work
		}
	}
	save(t.tx, keyOf("job", t.timed()), castJob{Kind: castKind, Cast: c.ID})
	t.job = true
	return t.keepCast(c)
}

// lastCast is the announcement of a meeting that was made last; going says that somebody
// may still be told by it.
func (t *turn) lastCast(p flows.Planning) (c flows.Cast, going bool, err error) {
	if p.Cast == "" {
		return c, false, nil
	}
	c, found, err := load[flows.Cast](t.tx, keyOf("cast", p.Cast))
	return c, found && c.Stage.Going(), err
}

// A castJob counts whom an announcement would reach.
type castJob struct {
	Kind string `json:"k"` // castKind: other jobs have none, or another
	Cast string `json:"c"`
}

const castKind = "cast"

// makeCount does the outside part of a job if it is one that counts, and hands the result
// in as an event.
func (b *Bot) makeCount(ctx context.Context, row store.Pair) (done bool, err error) {
	var j castJob
	if err := unpack(row.Key, row.Value, &j); err != nil || j.Kind != castKind {
		return false, err
	}
	r, err := b.reach(ctx, j.Cast)
	if err != nil {
		return false, err
	}
	said, err := json.Marshal(r)
	if err != nil {
		return false, err
	}
	id := strings.TrimPrefix(row.Key, "job/")
	return true, b.Receive(ctx, chat.Event{ID: "job/" + id + "/0", Kind: chat.Job, At: b.cfg.Now(), Text: id, Args: string(said)})
}

// reach counts, page by page. Who comes or goes meanwhile may be in it or not.
func (b *Bot) reach(ctx context.Context, cid string) (r flows.Reach, err error) {
	after := ""
	for {
		var rows []store.Pair
		err := b.cfg.DB.View(ctx, func(in store.Reader) (err error) {
			c, _, err := load[flows.Cast](in, keyOf("cast", cid))
			if err != nil {
				return err
			}
			if rows, err = in.Scan("follow/", after, followersAtOnce); err != nil {
				return err
			}
			for _, row := range rows {
				if err := b.reaches(in, c, row.Key[len("follow/"):], &r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(rows) < followersAtOnce {
			return r, err
		}
		after = rows[len(rows)-1].Key
	}
}

func (b *Bot) reaches(in store.Reader, c flows.Cast, pid string, r *flows.Reach) error {
	g, err := guestOf(in, pid)
	if err != nil || !g.Hears(c.Plan, c.News) {
		return err
	}
	p, found, err := load[remembered](in, keyOf("person", pid))
	switch {
	case err != nil || !found || p.Person.Erasing:
		return err
	case p.Person.Gone:
		r.Away++
		return nil
	}
	r.Count(reads(p))
	return nil
}

// reads is the language of somebody, as it is counted.
func reads(r remembered) string {
	switch {
	case r.State.Lang != "":
		return r.State.Lang
	case r.Person.Hint != "":
		return r.Person.Hint
	}
	return "de"
}

// counted shows the desk what a job has counted.
func (t *turn) counted(key string) (done bool, err error) {
	j, found, err := load[castJob](t.tx, key)
	if !found || err != nil || j.Kind != castKind {
		return false, err
	}
	t.tx.Delete(key)
	t.job = true // there may be more
	c, found, err := load[flows.Cast](t.tx, keyOf("cast", j.Cast))
	if err != nil || !found || c.Stage != flows.CastCounting {
		return true, err
	}
	c.Reach = flows.Reach{}
	if err := json.Unmarshal([]byte(t.ev.Args), &c.Reach); err != nil {
		return true, fmt.Errorf("announcement: %w", err)
	}
	c.Stage = flows.CastAsked
	return true, t.keepCast(c)
}

// castPress is a button "cast/CID/ACTION".
func (t *turn) castPress(parts []string) error {
	c, found, err := load[flows.Cast](t.tx, keyOf("cast", parts[1]))
	if err != nil {
		return err
	}
	if !found { // long ago
		return t.tellHere(flows.Text{Key: "desk.cast.gone"})
	}
	p, found, err := planning(t.tx, c.Meeting)
	if err != nil {
		return err
	}
	if !found {
		return t.tellHere(flows.Text{Key: "desk.cast.gone"})
	}
	if c.Stage.Open() && p.Version != c.Version && parts[2] != flows.CastBack { // what was shown is not what would be published
		if err := t.tellHere(flows.Text{Key: "desk.cast.changed"}); err != nil {
			return err
		}
		if p.NewsOf() != flows.NewsNone {
			return t.count(c, p)
		}
		parts[2] = flows.CastBack
	}
	after, publish := c.Press(parts[2], t.b.lists.calendar, t.now)
	if publish {
		if after, err = t.goAhead(after, p); err != nil {
			return err
		}
	}
	if after.Stage == c.Stage {
		return nil
	}
	return t.keepCast(after)
}

// goAhead publishes what the desk was shown, and sets the alarm that tells people.
func (t *turn) goAhead(c flows.Cast, p flows.Planning) (flows.Cast, error) {
	last, going, err := t.lastCast(p)
	if err != nil {
		return c, err
	}
	if going && last.ID != c.ID {
		last.Stage = flows.CastSuperseded
		if err := t.keepCast(last); err != nil {
			return c, err
		}
	}
	p.Cast = c.ID
	if err := t.goLive(p); err != nil {
		return c, err
	}
	if p, _, err = planning(t.tx, c.Meeting); err != nil {
		return c, err
	}
	c.Plan, c.Sequence = *p.Live, p.Live.Sequence
	if c.Stage != flows.CastPlanned {
		return c, nil
	}
	t.castAt(c.When, c)
	if c.News == flows.NewsCancelled && c.Was.Start.Add(-lastLook).After(c.When) {
		t.at(c.Was.Start.Add(-lastLook), "castlast", c.ID)
	}
	return c, nil
}

// goLive shows people what the desk has worked on, with what takes its place, and sets
// the alarms that remind of it. This is the only place where a meeting becomes visible.
func (t *turn) goLive(p flows.Planning) error {
	p = p.Publish(t.now)
	save(t.tx, keyOf("meeting", p.Live.ID), p)
	t.remindersOf(p)
	if !p.Live.Cancelled || p.Live.ReplacedBy == "" {
		return nil
	}
	instead, found, err := planning(t.tx, p.Live.ReplacedBy)
	if err != nil || !found || instead.Live != nil || instead.Work.Start.IsZero() {
		return err
	}
	return t.goLive(instead)
}

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
	it := t.saying(sp, c.News.Told(c.Plan, c.Was, c.Instead, t.lang(sp)))
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

// keepCast writes an announcement down and shows it as it is now: until it is decided
// only where it was asked for, then in every room.
func (t *turn) keepCast(c flows.Cast) error {
	save(t.tx, keyOf("cast", c.ID), c)
	sum, err := t.settled(c)
	if err != nil {
		return err
	}
	shown := c.Shown(sum, t.b.lists.calendar, t.b.deskLang(), t.now)
	for _, d := range t.b.desks {
		hidden := c.Stage.Open() || c.Stage == flows.CastDropped || c.Stage == flows.CastSilent
		if hidden && d.Platform != c.Room {
			continue
		}
		if err := t.showCast(d, c, shown); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) showCast(d deskRoom, c flows.Cast, shown flows.Tell) error {
	m := t.b.body(t.b.deskLang(), shown.Body)
	m.Buttons = t.b.rows(t.b.deskLang(), shown.Options, shown.Columns)
	it := item{To: d.Address, Message: m, Ref: ref{Cast: c.ID}, Post: d.in("cast-" + c.ID), Offers: true, Taps: true}
	old, found, err := load[post](t.tx, it.place())
	if err != nil {
		return err
	}
	if found && t.b.isDesk(old.To) {
		it.Op = opEdit
	} else {
		save(t.tx, it.place(), post{To: d.Address})
	}
	return t.enqueue(it, talk)
}

// place is the row that says where the message stands that an item is about.
func (it item) place() string {
	if it.Ref.Cast != "" {
		return keyOf("cast", it.Ref.Cast, "at", it.To.Platform)
	}
	return keyOf("post", it.Ref.PID, it.Ref.IID, it.Post)
}

// castLast is two hours before a meeting would have begun that does not take place: the
// desk hears who may not know it.
func (t *turn) castLast(cid string) error {
	c, found, err := load[flows.Cast](t.tx, keyOf("cast", cid))
	if err != nil || !found || c.Was == nil {
		return err
	}
	sum, err := t.settled(c)
	if err != nil {
		return err
	}
	if body := flows.StillUnaware(c, sum); body != nil {
		return t.tellDesk(body...)
	}
	return nil
}

// castOver forgets an announcement.
func (t *turn) castOver(cid string) error {
	rows, err := t.tx.Scan(keyOf("cast", cid)+"/", "", castShards+2*len(t.b.desks))
	if err != nil {
		return err
	}
	for _, row := range rows {
		t.tx.Delete(row.Key)
	}
	t.tx.Delete(keyOf("cast", cid))
	return nil
}
