//go:build goolm

package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
	"lotse/bot/matrix/cryptostore"
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
	s.offerKeys(ctx, &answer.DeviceOTKCount)
	s.mach.MarkOlmHashSavePoint(ctx)
	if err := s.refresh(ctx, slices.Collect(maps.Keys(s.outdatedUsers()))); err != nil {
		s.log.Warn("devices of people could not be asked for; it is tried again", "err", err)
	}
	return s.store.Err()
}

// offerKeys gives the server new one-time keys when it has few. Where an answer does not
// count them, as Dendrite's first one, the server is asked: mautrix would take that for
// none, and each time throw away old ones that are still offered. What fails is told
// again.
func (s *session) offerKeys(ctx context.Context, left *mautrix.OTKCount) {
	if left.SignedCurve25519 > 0 {
		s.mach.HandleOTKCounts(ctx, left)
	} else if err := s.mach.ShareKeys(ctx, -1); err != nil {
		s.log.Warn("one-time keys could not be offered; it is tried again", "err", fault("one-time keys", err))
	}
}

// takeKey takes one event to this device. One that makes the machine panic is set aside
// and not shown to the next machine, so that the keys behind it come.
func (p *poller) takeKey(ctx context.Context, s *session, evt *event.Event) error {
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
	err := s.store.HandleToDevice(ctx, s.mach, evt)
	if !errors.Is(err, cryptostore.ErrPoison) {
		return err
	}
	p.log.Error("panic in the encryption", "err", err)
	raw, failed := json.Marshal(toDevice{evt.Type.Type, evt.Sender, evt.Content.VeryRaw})
	if failed == nil {
		failed = p.keep(ctx, mark, raw)
	}
	p.poisoned[mark] = failed == nil
	return errors.Join(err, failed)
}

// A toDevice is an event to a device as it came.
type toDevice struct {
	Type    string          `json:"type"`
	Sender  id.UserID       `json:"sender"`
	Content json.RawMessage `json:"content"`
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
