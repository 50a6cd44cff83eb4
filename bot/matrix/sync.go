//go:build goolm

package matrix

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
	"lotse/bot/matrix/cryptostore"
	"lotse/bot/retry"
)

// How long to wait before the server is asked again.
const (
	askMost = 30 * time.Second
	askSoon = 5 * time.Second
)

// replayed is how far back events are handed in when it is not known which were: as
// long as whoever receives them knows those it has seen.
const replayed = 6 * 24 * time.Hour

// Run receives until ctx ends. What only the operator can put right it says, and
// tries again now and then.
func (m *Matrix) Run(ctx context.Context, in chat.Inbox) error {
	p := &poller{receiver: receiver{m, in, new(atomic.Int64)}, invited: map[id.RoomID]*invited{}, foreign: map[id.RoomID]time.Time{}}
	var err error
	if p.cursor, err = in.Resume(ctx, Platform); err != nil {
		return ended(ctx, err)
	}
	var beside sync.WaitGroup
	defer beside.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	m.echoes.begin()
	beside.Go(func() { p.watch(ctx) })
	beside.Go(func() { m.showRead(ctx) })
	beside.Go(func() { p.watchDesks(ctx) })
	for ctx.Err() == nil {
		if err := m.use(ctx, p.once); err != nil && ctx.Err() == nil {
			p.failed(ctx, err)
			continue
		}
		m.trouble.passed()
		p.fails = 0
	}
	return nil
}

// ended is err, unless it is only that ctx ended.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// A poller asks for what happened. The token of an answer is kept only after all of
// the answer is durable.
type poller struct {
	receiver
	cursor  string   // of the device, and where it was
	with    *session // that has been brought up to date
	fails   int
	invited map[id.RoomID]*invited  // what was not answered yet
	foreign map[id.RoomID]time.Time // rooms that perhaps are to be left, and when that is tried
}

// failed says what is wrong, once, and waits.
func (p *poller) failed(ctx context.Context, err error) {
	var only setting
	switch {
	case errors.As(err, &only):
		p.trouble.is(string(only), err)
	case errors.Is(err, cryptostore.ErrStopped):
		p.trouble.is(notWritten, err)
	default:
		p.trouble.is(noAnswer, err)
	}
	after := max(retry.Pause(p.fails, askMost), afterOf(err))
	p.fails++
	retry.Sleep(ctx, after)
}

// once asks once, and receives the answer.
func (p *poller) once(ctx context.Context, s *session) error {
	since, known := strings.CutPrefix(p.cursor, string(s.client.DeviceID)+" ")
	if !known {
		since = ""
	}
	wait := syncWait
	if p.with != s {
		if err := p.resume(ctx, s); err != nil {
			return err
		}
		wait = 0
	}
	if s.hasOutdated() || len(p.invited) > 0 || len(p.foreign) > 0 { // somebody could not be asked for, or answered
		wait = min(wait, askSoon)
	}
	answer, err := s.client.FullSyncRequest(ctx, mautrix.ReqSync{
		Timeout: int(wait / time.Millisecond), Since: since, FilterID: filter, SetPresence: event.PresenceOffline, Client: s.slow,
	})
	if err != nil {
		return fault("sync", err)
	}
	before := p.taken.Load()
	p.with = nil // a batch that fails may have lost sight of keys that came
	if err := p.batch(ctx, s, answer, since); err != nil {
		return err
	}
	p.with = s
	p.cursor = string(s.client.DeviceID) + " " + answer.NextBatch
	p.echoes.heard()
	if p.taken.Load() == before { // what told nothing may be told again
		return nil
	}
	if err := p.noteLast(ctx, s, answer); err != nil {
		return err
	}
	retry.Until(ctx, func() error { return p.in.Advance(ctx, Platform, p.cursor) })
	return ctx.Err()
}

// resume brings a session up to date that did not sync yet. A desk that is not to be
// found is looked for later, too.
func (p *poller) resume(ctx context.Context, s *session) error {
	for _, desk := range p.rooms.desks {
		if p.rooms.room(desk) != "" {
			continue
		}
		if _, err := p.findDesk(ctx, s, desk); err != nil && s.store.Err() != nil {
			return err
		}
	}
	return p.loadPending(ctx, s)
}

// filter is what the server is asked for (Client-Server API, filtering): messages and
// what rooms are, at most 50 events of each. Whole member lists come at once:
// keys are made for their members.
const filter = `{"account_data":{"not_types":["*"]},"presence":{"not_types":["*"]},` +
	`"room":{"account_data":{"not_types":["*"]},"ephemeral":{"not_types":["*"]},"timeline":{"limit":50}}}`

// batch receives one answer: first the keys, then the rooms beside each other and
// each in order. Nil when all of it is durable.
func (p *poller) batch(ctx context.Context, s *session, answer *mautrix.RespSync, since string) error {
	gaps, err := p.gaps(ctx, s, answer, since)
	if err != nil {
		return err
	}
	if err := p.takeKeys(ctx, s, answer, since); err != nil {
		return err
	}
	if err := p.retryPending(ctx, s, s.newKeys()); err != nil {
		return err
	}
	if err := p.takeStates(ctx, s, answer); err != nil {
		return err
	}
	if since == "" {
		if err := p.missed(ctx, s, answer); err != nil {
			return err
		}
	}
	if !p.together(ctx, s, answer, gaps, p.horizon(s, since)) {
		return ctx.Err()
	}
	if err := s.store.Err(); err != nil {
		return err
	}
	return p.moveRooms(ctx, s, answer)
}

// horizon is the time before which events are none of ours: zero when the answer
// begins where the last one ended.
func (p *poller) horizon(s *session, since string) time.Time {
	if since != "" {
		return time.Time{}
	}
	if from := p.o.Now().Add(-replayed); from.After(s.login.Since) {
		return from
	}
	return s.login.Since
}

// together receives the events of rooms; false when ctx ended before.
func (p *poller) together(ctx context.Context, s *session, answer *mautrix.RespSync, gaps map[id.RoomID][]*event.Event, horizon time.Time) bool {
	var wg sync.WaitGroup
	free := make(chan struct{}, atOnce)
	room := func(id id.RoomID, events ...[]*event.Event) {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			for _, some := range events {
				for _, evt := range some {
					if !p.insist(ctx, s, id, evt, horizon) {
						return
					}
				}
			}
		})
	}
	for id, joined := range answer.Rooms.Join {
		room(id, gaps[id], joined.Timeline.Events)
	}
	for id, left := range answer.Rooms.Leave {
		room(id, left.Timeline.Events)
	}
	wg.Wait()
	return ctx.Err() == nil
}
