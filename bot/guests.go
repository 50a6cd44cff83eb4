package bot

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"lotse/flows"
)

// come keeps what somebody wants of the meetings, with everything that follows from it.
func (t *turn) come(pid string, g flows.Guest) error {
	before, err := guestOf(t.tx, pid)
	if err != nil {
		return err
	}
	meetings := maps.Clone(before.At)
	if meetings == nil {
		meetings = map[string]flows.Attend{}
	}
	maps.Copy(meetings, g.At)
	for _, mid := range slices.Sorted(maps.Keys(meetings)) {
		if from, to := before.At[mid], g.At[mid]; from != to {
			if err := t.reseat(pid, mid, from, to); err != nil {
				return err
			}
		}
	}
	if before.Nothing() && !g.Nothing() {
		t.at(t.now.Add(quietFor), "guest", pid)
	}
	if !g.Stopped.IsZero() && !g.Stopped.Equal(before.Stopped) {
		t.at(g.Stopped.Add(undoFor), "stopped", pid)
	}
	t.saveGuest(pid, g)
	return nil
}

// saveGuest writes it down, and whether they may be told something (follow/).
func (t *turn) saveGuest(pid string, g flows.Guest) {
	if g.Nothing() {
		t.tx.Delete(keyOf("guest", pid))
		t.tx.Delete(keyOf("follow", pid))
		return
	}
	save(t.tx, keyOf("guest", pid), g)
	t.tx.Put(keyOf("follow", pid), []byte{})
}

// reseat changes sums and waiting list of a meeting when one answer takes the place of
// another. Of what is over, the sums stay.
func (t *turn) reseat(pid, mid string, from, to flows.Attend) error {
	if from.Answer == flows.AttendWaiting && (to.Answer != flows.AttendWaiting || !to.At.Equal(from.At)) {
		t.tx.Delete(waitKey(mid, from.At, pid))
	}
	isNew, counts := from == (flows.Attend{}), from.Counts() != to.Counts()
	if !isNew && !counts {
		return nil
	}
	p, _, err := planning(t.tx, mid)
	if err != nil || p.Live == nil || p.Live.Over(t.now) {
		return err
	}
	if isNew {
		t.at(p.Live.End.Add(attendFor), "attend", mid)
	}
	if !counts {
		return nil
	}
	if to.Answer == flows.AttendWaiting {
		t.tx.Put(waitKey(mid, to.At, pid), []byte{})
	}
	before, err := seatsOf(t.tx, mid)
	if err != nil {
		return err
	}
	after := before.Changed(from, to)
	save(t.tx, keyOf("seats", mid), after)
	if after.People < before.People || from.Answer == flows.AttendWaiting {
		t.seatsFree(mid)
	}
	return nil
}

func waitKey(mid string, since time.Time, pid string) string {
	return keyOf("wait", mid, stampOf(since), pid)
}

// seatsFree has somebody look, at a decent hour, who of the waiting list can come now. It
// is called whenever that may be another one: seats are given back, somebody left the list,
// the desk has found a larger room. Each cause has a row of its own: what is sent for one
// (turn.seed) is never taken for what was sent for another.
func (t *turn) seatsFree(mid string, after ...string) {
	t.at(t.b.lists.calendar.Decent(t.now), "room", append([]string{mid, t.id()}, after...)...)
}

// Who is looked at in one transaction, and who moves up: it is bounded (store.MaxWrites).
const (
	waitPage = 10
	movesUp  = 5
)

// roomFree gives free seats to those who wait, in their order, and tells them. Nobody
// passes by another, but those who cannot be told keep their place and take no seat.
func (t *turn) roomFree(mid string, after []string) error {
	if t.b.lists.calendar.Decent(t.now).After(t.now) { // the clock was stopped meanwhile
		t.seatsFree(mid, after...)
		return nil
	}
	p, _, err := planning(t.tx, mid)
	if err != nil || p.Live == nil || !p.Live.Coming(t.now) {
		return err
	}
	seats, err := seatsOf(t.tx, mid)
	if err != nil {
		return err
	}
	rows, err := t.tx.Scan(keyOf("wait", mid)+"/", keyOf(append([]string{"wait", mid}, after...)...), waitPage)
	if err != nil {
		return err
	}
	moved := 0
	for _, row := range rows {
		place := strings.Split(row.Key, "/")[2:]
		next, ends, err := t.moveUp(place[1], *p.Live, seats, row.Key)
		if err != nil || ends {
			return err
		}
		if next.People != seats.People {
			moved++
		}
		if seats = next; moved == movesUp || row.Key == rows[len(rows)-1].Key && len(rows) == waitPage {
			t.seatsFree(mid, place...)
			break
		}
	}
	return nil
}

// moveUp gives somebody the seats that they wait for, when there are so many; ends says
// that nobody behind them may have these.
func (t *turn) moveUp(pid string, m flows.Meeting, seats flows.Seats, row string) (after flows.Seats, ends bool, err error) {
	g, err := guestOf(t.tx, pid)
	if err != nil {
		return seats, false, err
	}
	a := g.At[m.ID]
	if a.Answer != flows.AttendWaiting {
		t.tx.Delete(row)
		return seats, false, nil
	}
	asker, err := t.asker(pid)
	if err != nil {
		return seats, false, err
	}
	tooMany := m.Capacity > 0 && a.People > m.Capacity // the room became smaller since
	if tooMany || asker.Person.Gone || asker.Person.Erasing || !g.Stopped.IsZero() {
		return seats, false, nil
	}
	if !a.MovesUp(m, seats) {
		return seats, true, nil
	}
	g = g.MovedUp(m.ID, t.now)
	t.tx.Delete(row)
	t.saveGuest(pid, g)
	seats = seats.Changed(a, g.At[m.ID])
	save(t.tx, keyOf("seats", m.ID), seats)
	return seats, false, t.push(asker, t.saying(asker, flows.MovedUpSay(m, a)))
}

// attendOver forgets what was said about a meeting that is over for long; the sums stay.
func (t *turn) attendOver(mid string, after []string) error {
	p, _, err := planning(t.tx, mid)
	if err != nil {
		return err
	}
	if p.Live != nil {
		if over := p.Live.End.Add(attendFor); over.After(t.now) { // it was moved
			t.at(over, "attend", mid)
			return nil
		}
	}
	const page = 25
	rows, err := t.tx.Scan("follow/", keyOf(append([]string{"follow"}, after...)...), page)
	if err != nil {
		return err
	}
	for _, row := range rows {
		pid := strings.TrimPrefix(row.Key, "follow/")
		g, err := guestOf(t.tx, pid)
		if err != nil {
			return err
		}
		if _, said := g.At[mid]; said {
			t.saveGuest(pid, g.Over(mid))
		}
	}
	if len(rows) == page {
		t.at(t.now, "attend", mid, strings.TrimPrefix(rows[page-1].Key, "follow/"))
	}
	return nil
}

// stopped carries out the end of all reminders, once it cannot be taken back any more.
func (t *turn) stopped(pid string) error {
	g, err := guestOf(t.tx, pid)
	if err != nil || g.Stopped.IsZero() {
		return err
	}
	if at := g.Stopped.Add(undoFor).Truncate(time.Microsecond); at.After(t.now) { // they stopped again since
		t.at(at, "stopped", pid)
		return nil
	}
	return t.come(pid, g.Ended())
}

// guestQuiet asks somebody who did nothing for a year whether they still want to hear of
// meetings, once, and forgets what they wanted when they do not answer for a month.
func (t *turn) guestQuiet(pid string) error {
	g, err := guestOf(t.tx, pid)
	if err != nil || g.Nothing() {
		return err
	}
	sp, err := t.asker(pid)
	if err != nil || sp.Person.Index == "" || sp.Person.Erasing {
		return err
	}
	asked := g.Asked.After(sp.State.Seen)
	at := sp.State.Seen.Add(quietFor)
	switch {
	case asked:
		at = g.Asked.Add(goneFor)
	case !at.After(t.now):
		at = t.b.lists.calendar.Decent(t.now)
	}
	if at = at.Truncate(time.Microsecond); at.After(t.now) {
		t.at(at, "guest", pid)
		return nil
	}
	if asked {
		t.at(t.now, "idle", pid)
		return t.come(pid, flows.Guest{})
	}
	g.Asked = t.now
	t.saveGuest(pid, g)
	t.at(t.now.Add(goneFor), "guest", pid)
	return t.push(sp, t.saying(sp, flows.StillSay()))
}

// forgetGuest gives back what somebody had of the meetings, before their key is destroyed.
// What is damaged is given back by nobody: the sums are too high by it then.
func (t *turn) forgetGuest(pid string) error {
	g, err := guestOf(t.tx, pid)
	if err != nil && !damage(err) {
		return err
	}
	for _, mid := range slices.Sorted(maps.Keys(g.At)) {
		if err := t.reseat(pid, mid, g.At[mid], flows.Attend{}); err != nil {
			return err
		}
	}
	t.tx.Delete(keyOf("follow", pid))
	return nil
}

// hand sends somebody files.
func (t *turn) hand(sp *speaker, e flows.Hand) error {
	m := t.b.body(t.lang(sp), e.Body)
	m.Files = e.Files
	return t.write(sp, item{Message: m, Ref: ref{PID: sp.PID}})
}

// Plan plans meetings and shows them to people at once, without a word to anybody: the
// examples of the demo. One whose ID is there already is left as it is.
func (b *Bot) Plan(ctx context.Context, all ...flows.Meeting) error {
	return b.transact(ctx, "plan", func(t *turn) error {
		for _, m := range all {
			if _, found, err := planning(t.tx, m.ID); found || err != nil {
				if err != nil {
					return err
				}
				continue
			}
			t.keepPublished(flows.Planning{Work: m}.Publish(t.now))
		}
		return nil
	})
}
