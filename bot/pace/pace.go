// Package pace keeps requests within what a network allows: so many a second
// overall, in one room, and in one group. It knows no network and no clock of its
// own.
//
// The server counts a request when it arrives, not when it leaves. So a place frees
// not one second after the request that took it left, but later by as much as one
// request can be slower than another: by the spread of the round trips of late.
// Requests leave at even gaps, so that conversation never waits for a bunch. A
// broadcast gets what conversation leaves.
package pace

import (
	"slices"
	"sync"
	"time"
)

// Limits are what the network allows. A zero is no limit.
type Limits struct {
	Rate     int           // requests a second overall
	Burst    int           // requests to one room at once; then one each RoomGap
	RoomGap  time.Duration // 0: rooms have no limit of their own
	Group    int           // requests to one group in any GroupSpan, beside Burst
	GroupFor time.Duration
}

// Telegram is what the Bot API's FAQ says (core.telegram.org/bots/faq): 30 messages
// a second or rate, one a second to a chat, in short bursts more, 20 a minute to a
// group. Edits count. A rate of 0 is no pacing at all, for servers of one's own.
func Telegram(rate int) Limits {
	if rate <= 0 {
		return Limits{}
	}
	return Limits{Rate: rate, Burst: 3, RoomGap: time.Second, Group: 20, GroupFor: time.Minute}
}

// A Room is where a request goes.
type Room struct {
	ID    string
	Group bool
	// More is how many messages beside the first a request counts as: the files of
	// an album.
	More int
}

// A Place is a place in the line, kept by who waits. The zero Place is none yet.
type Place struct {
	at    time.Duration // by the line's own time
	taken bool
}

// A Pacer says when to send. It is safe for concurrent use.
type Pacer struct {
	limits Limits
	now    func() time.Time

	mu      sync.Mutex
	start   time.Time
	last    time.Duration   // the latest request; times are since start
	recent  []time.Duration // the last Rate requests, a ring
	next    int             // the oldest of them
	blocked time.Duration   // the network told everybody to wait until then
	told    string          // the room that was told to slow down last
	toldAt  time.Duration
	trips   trips
	lines   [2]line // talk, push
	rooms   map[string]*room
	swept   int // rooms that were left by the last sweep
}

// A line is who waits for an overall place: those of one class, in order. Their
// places are by a time that stands still whenever somebody's turn comes late, so
// that everybody behind is late by as much, in the same order.
type line struct {
	tail    time.Duration // the last place given
	late    time.Duration // how much its time is behind
	waiting int
}

// A room is what was sent to one.
type room struct {
	free    time.Duration   // when a room with Burst unused places would be empty again
	recent  []time.Duration // of a group: the requests in GroupFor
	blocked time.Duration
}

// New makes a pacer. Its clock need not be exact but must not go back.
func New(l Limits, now func() time.Time) *Pacer {
	p := &Pacer{limits: l, now: now, start: now(), rooms: map[string]*room{}}
	never := -time.Hour
	p.last, p.toldAt, p.trips.spread = never, never, unknown
	for range l.Rate {
		p.recent = append(p.recent, never)
	}
	return p
}

// Reserve asks to make one request now. When it returns 0 the request is counted
// and must be made at once; Done tells how long it took. Otherwise the caller asks
// again after so long, with the same place; it may as well never come back.
//
// Push is what is not part of a conversation.
func (p *Pacer) Reserve(r Room, push bool, place *Place) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now().Sub(p.start)
	of := p.room(r.ID, now)
	if at := p.roomFree(of, r, now); at > now {
		return at - now
	}
	if p.limits.Rate > 0 {
		if at := p.turn(now, r.More, push, place); at > now {
			return at - now
		}
		for range 1 + r.More {
			p.recent[p.next] = now
			p.next = (p.next + 1) % len(p.recent)
		}
		p.last = now
	}
	for range 1 + r.More {
		p.count(of, r.Group, now)
	}
	return 0
}

// Spare asks to make one request now that nobody would miss and that is no message to
// r. If so it is counted and must be made at once. It is not while somebody waits, while
// the room was told to slow down or has used its burst, and while half of what is allowed
// overall was used in the last second: so a message waits for it by at most one gap.
func (p *Pacer) Spare(r Room) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now().Sub(p.start)
	if p.roomFree(p.room(r.ID, now), r, now) > now {
		return false
	}
	if p.limits.Rate == 0 {
		return true
	}
	half := p.recent[(p.next+len(p.recent)/2)%len(p.recent)]
	if p.lines[0].busy(now) || p.lines[1].busy(now) || p.free(0) > now || half+time.Second+p.trips.spread > now {
		return false
	}
	p.recent[p.next] = now
	p.next = (p.next + 1) % len(p.recent)
	return true
}

// turn is when it is the caller's turn overall, now when it has come. It keeps the
// caller's place.
func (p *Pacer) turn(now time.Duration, more int, push bool, place *Place) time.Duration {
	free := p.free(more)
	talk, own := &p.lines[0], &p.lines[0]
	if push {
		own = &p.lines[1]
		if talk.busy(now) { // their turn comes first
			free = max(free, talk.tail+talk.late+p.gap())
		}
	}
	if !place.taken {
		if free <= now && !own.busy(now) {
			return now
		}
		own.join(place, free, p.gap())
		return place.at + own.late
	}
	due := place.at + own.late
	switch {
	case due > now:
		return due
	case free > now: // and so is everybody behind
		own.late += free - due
		return free
	}
	own.waiting = max(0, own.waiting-1) // it may have been forgotten
	*place = Place{}
	return now
}

// lost is how long after its turn somebody who waits is believed to come back.
const lost = time.Second

// busy reports whether somebody waits. Who does not come back is forgotten.
func (l *line) busy(now time.Duration) bool {
	if l.waiting > 0 && l.tail+l.late+lost < now {
		l.waiting = 0
	}
	return l.waiting > 0
}

// join gives the place behind the last, free at the earliest.
func (l *line) join(place *Place, free, gap time.Duration) {
	if l.waiting == 0 {
		l.late = 0
		l.tail = free - gap
	}
	l.tail = max(l.tail+gap, free-l.late)
	l.waiting++
	*place = Place{l.tail, true}
}

// gap is the time between two requests.
func (p *Pacer) gap() time.Duration {
	return (time.Second + p.trips.spread) / time.Duration(p.limits.Rate)
}

// free is when the next request can be made at the earliest: when as many as it counts
// for were a second ago.
func (p *Pacer) free(more int) time.Duration {
	youngest := p.recent[(p.next+min(more, len(p.recent)-1))%len(p.recent)]
	return max(p.last+p.gap(), youngest+time.Second+p.trips.spread, p.blocked)
}

// roomFree is when a room can take the request.
func (p *Pacer) roomFree(of *room, r Room, now time.Duration) time.Duration {
	at := of.blocked
	if gap := p.roomGap(); gap > 0 {
		at = max(at, of.free-gap*time.Duration(p.limits.Burst-1))
	}
	// The youngest of those that must be a GroupFor old.
	if youngest := min(len(of.recent)+r.More-p.limits.Group, len(of.recent)-1); r.Group && p.limits.Group > 0 && youngest >= 0 {
		at = max(at, of.recent[youngest]+p.limits.GroupFor+p.trips.spread)
	}
	return at
}

func (p *Pacer) roomGap() time.Duration {
	if p.limits.RoomGap == 0 {
		return 0
	}
	return p.limits.RoomGap + p.trips.spread
}

// count notes a request to a room.
func (p *Pacer) count(of *room, group bool, now time.Duration) {
	of.free = max(of.free, now) + p.roomGap()
	if group && p.limits.Group > 0 {
		of.recent = append(of.recent, now)
		if extra := len(of.recent) - p.limits.Group; extra > 0 {
			of.recent = of.recent[extra:]
		}
	}
}

// Done tells how long a request took, from when Reserve let it go to the answer. A
// request without an answer is not told.
func (p *Pacer) Done(took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trips.add(took)
}

// SlowDown obeys a network that asked to wait (429 with retry_after): the room
// waits. If it asks so for two rooms within ten seconds it means everybody; groups
// have limits of their own and are not proof of that.
func (p *Pacer) SlowDown(r Room, after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now().Sub(p.start)
	of := p.room(r.ID, now)
	of.blocked = max(of.blocked, now+after)
	if r.Group {
		return
	}
	if p.told != r.ID && p.toldAt+10*time.Second > now {
		p.blocked = max(p.blocked, now+after)
	}
	p.told, p.toldAt = r.ID, now
}

// room finds what was sent to a room, and now and then forgets rooms for which that
// does not matter any more.
func (p *Pacer) room(id string, now time.Duration) *room {
	if of := p.rooms[id]; of != nil {
		return of
	}
	if len(p.rooms) > 1000+2*p.swept {
		for id, of := range p.rooms {
			quiet := len(of.recent) == 0 || of.recent[len(of.recent)-1]+p.limits.GroupFor+time.Minute < now
			if quiet && of.free < now && of.blocked < now {
				delete(p.rooms, id)
			}
		}
		p.swept = len(p.rooms)
	}
	of := &room{}
	p.rooms[id] = of
	return of
}

// trips are the round trips of late.
type trips struct {
	took   [512]time.Duration
	n      int
	spread time.Duration // how much slower one request can be than another
}

const (
	unknown = 250 * time.Millisecond // the spread assumed until enough trips are known
	enough  = 64
	slack   = 2 * time.Millisecond // for what the trips of late did not show, and for clocks
)

func (t *trips) add(took time.Duration) {
	t.took[t.n%len(t.took)] = took
	t.n++
	known := t.took[:min(t.n, len(t.took))]
	t.spread = slices.Max(known) - slices.Min(known) + slack
	if t.n < enough {
		t.spread = max(t.spread, unknown)
	}
}
