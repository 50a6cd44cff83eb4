package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

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
		if err := t.publish(p, t.ev.Name); err != nil {
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
	if c.Survey != "" {
		return t.invitePress(c, parts[2])
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
	if err := t.publish(p, t.ev.Name); err != nil {
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
	pid, id := it.Ref.home()
	return keyOf("post", pid, id, it.Post)
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
