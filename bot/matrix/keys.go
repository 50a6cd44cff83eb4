//go:build goolm

package matrix

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
)

// takeKeys takes what an answer says of keys, all of it before any message.
func (p *poller) takeKeys(ctx context.Context, s *session, answer *mautrix.RespSync, since string) error {
	if err := s.markOutdated(ctx, answer.DeviceLists.Changed); err != nil {
		return err
	}
	if since == "" {
		if err := s.distrust(ctx, answer); err != nil {
			return err
		}
	}
	for _, evt := range answer.ToDevice.Events {
		if err := p.takeKey(ctx, s, evt); err != nil {
			return err
		}
	}
	s.mach.HandleOTKCounts(ctx, &answer.DeviceOTKCount) // what fails is told again
	s.mach.MarkOlmHashSavePoint(ctx)
	if err := s.refresh(ctx, slices.Collect(maps.Keys(s.outdatedUsers()))); err != nil {
		s.log.Warn("devices of people could not be asked for; it is tried again", "err", err)
	}
	return s.store.Err()
}

// takeKey takes one event to this device. One that made the machine panic is not
// shown to the next machine.
func (p *poller) takeKey(ctx context.Context, s *session, evt *event.Event) (err error) {
	evt.Type.Class = event.ToDeviceEventType
	if evt.Content.ParseRaw(evt.Type) != nil {
		return nil // nothing that has to do with keys
	}
	if asked, ok := evt.Content.Parsed.(*event.VerificationRequestEventContent); ok {
		return p.verify(ctx, s, evt.Sender, asked)
	}
	mark := p.o.Index("matrix poison", string(evt.Sender), string(evt.Content.VeryRaw))
	if p.poisoned[mark] {
		return nil
	}
	defer func() {
		if bad := recover(); bad != nil {
			p.log.Error("panic in the encryption", "type", fmt.Sprintf("%T", bad), "stack", string(debug.Stack()))
			p.poisoned[mark] = true
			err = fmt.Errorf("matrix: to-device event: %w", errPanic)
		}
	}()
	return s.store.HandleToDevice(ctx, s.mach, evt)
}

// verifyFor is how long a client waits (Client-Server API, m.key.verification.request).
const verifyFor = 10 * time.Minute

// verify answers a client that wants to make sure who the bot is, in the talk with its
// user. The bot has no eyes to compare pictures with.
func (p *poller) verify(ctx context.Context, s *session, user id.UserID, asked *event.VerificationRequestEventContent) error {
	if age := p.o.Now().Sub(asked.Timestamp.Time).Abs(); user == s.client.UserID || !p.allows(user) || age > verifyFor {
		return nil
	}
	rooms, err := s.store.FindSharedRooms(ctx, user)
	if err != nil {
		return err
	}
	for _, room := range rooms {
		foreign, err := s.isForeign(ctx, p.Matrix, room)
		if err != nil {
			return err
		}
		if !foreign && !p.rooms.isDesk(room) {
			evt := &event.Event{RoomID: room, Timestamp: asked.Timestamp.UnixMilli()}
			return p.doubt(ctx, evt, user, chat.DoubtVerify, string(user)+"/"+string(asked.TransactionID))
		}
	}
	return nil
}

// markOutdated remembers whose devices have changed, until they were asked for.
func (s *session) markOutdated(ctx context.Context, users []id.UserID) error {
	if len(users) == 0 {
		return nil
	}
	known, err := s.store.FilterTrackedUsers(ctx, users)
	if err != nil {
		return err
	}
	if err := s.store.MarkTrackedUsersOutdated(ctx, known); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, user := range known {
		s.outdated[user] = true
	}
	return nil
}

func (s *session) outdatedUsers() map[id.UserID]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.outdated)
}

func (s *session) hasOutdated() bool { return len(s.outdatedUsers()) > 0 }

// refreshAtOnce bounds one question for devices.
const refreshAtOnce = 100

// refresh asks for the devices of those users who have others now.
func (s *session) refresh(ctx context.Context, users []id.UserID) error {
	old := s.outdatedUsers()
	users = slices.DeleteFunc(slices.Clone(users), func(u id.UserID) bool { return !old[u] })
	for some := range slices.Chunk(users, refreshAtOnce) {
		if _, err := s.mach.FetchKeys(ctx, some, true); err != nil {
			return fault("devices", err)
		}
		s.mu.Lock()
		for _, user := range some {
			delete(s.outdated, user)
		}
		s.mu.Unlock()
	}
	return s.store.Err()
}

// distrust has everybody's devices asked for anew who is in a room of this answer,
// the first without a token: who has others since is not told.
func (s *session) distrust(ctx context.Context, answer *mautrix.RespSync) error {
	users := map[id.UserID]bool{}
	for _, room := range answer.Rooms.Join {
		for _, evt := range slices.Concat(room.State.Events, room.Timeline.Events) {
			if evt.StateKey != nil && evt.Type.Type == event.StateMember.Type {
				users[id.UserID(*evt.StateKey)] = true
			}
		}
	}
	return s.markOutdated(ctx, slices.Collect(maps.Keys(users)))
}
