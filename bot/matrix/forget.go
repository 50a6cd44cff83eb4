//go:build goolm

package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
	"lotse/store"
)

// Forget makes unreadable what was said in a talk of two so far, as far as that hangs on
// the keys here (docs/adr/0025).
func (m *Matrix) Forget(ctx context.Context, at chat.Address) error {
	return outcome(m.use(ctx, func(ctx context.Context, s *session) error {
		room := m.rooms.room(at.Room)
		if room == "" || m.rooms.isDesk(room) {
			return nil
		}
		if err := m.dropPending(ctx, s, room); err != nil {
			return err
		}
		return s.store.ForgetPast(ctx, room)
	}))
}

// left forgets a room that the bot is not in any more. Whoever looks at it just now waits,
// and looks again.
func (m *Matrix) left(ctx context.Context, s *session, room id.RoomID) error {
	one := s.looking(room)
	one.Lock()
	defer one.Unlock()
	s.mu.Lock()
	delete(s.fetched, room)
	s.mu.Unlock()
	if err := m.dropPending(ctx, s, room); err != nil {
		return err
	}
	if !m.rooms.isDesk(room) { // that will be entered again
		if err := m.forget(ctx, m.moveRow(room)); err != nil {
			return err
		}
	}
	return s.store.ForgetRoom(ctx, room)
}

// forgetStrangers forgets those who left the last room that they shared with the bot.
func (s *session) forgetStrangers(ctx context.Context, answer *mautrix.RespSync) error {
	var events []*event.Event
	for _, joined := range answer.Rooms.Join {
		events = append(append(events, joined.State.Events...), joined.Timeline.Events...)
	}
	for _, left := range answer.Rooms.Leave {
		events = append(append(events, left.State.Events...), left.Timeline.Events...)
	}
	for _, evt := range events {
		if !isMembership(evt) || evt.Content.AsMember().Membership == event.MembershipJoin {
			continue
		}
		user := id.UserID(evt.GetStateKey())
		gone, err := s.store.ForgetStranger(ctx, user)
		if err != nil {
			return err
		}
		if gone {
			s.mu.Lock()
			delete(s.outdated, user)
			s.mu.Unlock()
		}
	}
	return nil
}

// looking is held by whoever looks at a room.
func (s *session) looking(room id.RoomID) *sync.Mutex {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.looked[room]
	if one == nil {
		one = &sync.Mutex{}
		s.looked[room] = one
	}
	return one
}

// tidy forgets rooms that the bot left without noticing, before anybody uses the session.
func (m *Matrix) tidy(ctx context.Context, s *session) error {
	rooms, err := s.client.JoinedRooms(ctx)
	if err != nil {
		return fault("rooms", err)
	}
	err = m.eachPending(ctx, s.row("mxpending", ""), func(row store.Pair) (over bool, err error) {
		var p pending
		return json.Unmarshal(row.Value, &p) != nil || !slices.Contains(rooms.JoinedRooms, p.Room), nil
	})
	if err != nil {
		return err
	}
	return s.store.Keep(ctx, rooms.JoinedRooms)
}

// errBehind: what came while nobody asked was not read yet.
var errBehind = errors.New("matrix: nothing was received yet")

// sweep forgets what is over: events that nobody can read, keys that nobody uses, and
// devices that were before. What those keys are for must have been read.
func (r receiver) sweep(ctx context.Context, now time.Time) error {
	if !r.echoes.isHeard() {
		return errBehind
	}
	if err := r.sweepPending(ctx, now); err != nil {
		return err
	}
	return r.use(ctx, func(ctx context.Context, s *session) error {
		if err := s.store.ForgetOthers(ctx, "mxlast", "mxpending"); err != nil {
			return err
		}
		return s.store.Expire(ctx)
	})
}

func (m *Matrix) moveRow(to id.RoomID) string {
	return "mxmoved/" + m.o.Index("matrix room", string(to))
}
