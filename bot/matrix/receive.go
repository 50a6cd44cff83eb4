//go:build goolm

package matrix

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
	"lotse/bot/retry"
)

// A receiver hands in what it is told, each until it is taken.
type receiver struct {
	*Matrix
	in    chat.Inbox
	taken *atomic.Int64 // events, by in
}

// receive hands in one event.
func (r receiver) receive(ctx context.Context, ev chat.Event) error {
	err := r.in.Receive(ctx, ev)
	if err == nil {
		r.taken.Add(1)
	}
	return err
}

// insist takes an event until that succeeds; false when ctx ended before.
func (r receiver) insist(ctx context.Context, s *session, room id.RoomID, evt *event.Event, horizon time.Time) bool {
	evt.RoomID = room
	if t := evt.Unsigned.TransactionID; t != "" && evt.Sender == s.client.UserID && evt.StateKey == nil {
		r.echoes.note(room, r.mark(t), evt.ID)
		return true
	}
	if time.UnixMilli(evt.Timestamp).Before(horizon) {
		return true
	}
	raw, _ := json.Marshal(evt) // it came as JSON
	warned := false
	return retry.Until(ctx, func() error {
		err := r.safely(ctx, s, evt, raw)
		if err != nil && !errors.Is(err, chat.ErrNotYet) && !warned && ctx.Err() == nil {
			r.log.Warn("an event cannot be received yet", "err", err)
			warned = true
		}
		if broken := s.store.Err(); broken != nil { // nothing will succeed before it is made anew
			s.end()
		}
		retry.Sleep(ctx, afterOf(err))
		return err
	})
}

// safely takes an event. One that makes the bot panic would do so for ever: it is set
// aside, so that the others flow.
func (r receiver) safely(ctx context.Context, s *session, evt *event.Event, raw []byte) (err error) {
	defer func() {
		if bad := recover(); bad != nil { // its words may be somebody's
			r.log.Error("panic while receiving", "type", fmt.Sprintf("%T", bad), "stack", string(debug.Stack()))
			err = r.keep(ctx, string(evt.ID), raw)
		}
	}()
	return r.take(ctx, s, evt, raw)
}

// keep sets an event aside that has this name.
func (r receiver) keep(ctx context.Context, name string, raw []byte) error {
	if r.o.SetAside == nil {
		return nil
	}
	sum := sha256.Sum256([]byte(name))
	return r.o.SetAside(ctx, int64(binary.BigEndian.Uint64(sum[:])>>1), raw)
}

// take hands in what an event means. It returns nil when that is durable.
func (r receiver) take(ctx context.Context, s *session, evt *event.Event, raw []byte) error {
	evt.Type.Class = event.MessageEventType
	if evt.StateKey != nil {
		evt.Type.Class = event.StateEventType
	}
	if err := evt.Content.ParseRaw(evt.Type); err != nil && !errors.Is(err, event.ErrContentAlreadyParsed) && !errors.Is(err, event.ErrUnsupportedContentType) {
		return nil // not what its type says
	}
	if evt.StateKey != nil {
		s.names.forget(evt.RoomID, id.UserID(*evt.StateKey))
		return r.takeState(ctx, s, evt)
	}
	if evt.Sender == s.client.UserID {
		return r.takeOwn(ctx, s, evt)
	}
	if yes, err := r.welcome(ctx, s, evt); err != nil || !yes {
		return err
	}
	if evt.Type == event.EventEncrypted {
		clear, err := s.decrypt(ctx, evt)
		if err != nil {
			return r.unread(ctx, s, evt, raw, err)
		}
		return r.deliver(ctx, s, clear)
	}
	if tells(evt) {
		encrypted, err := s.encrypted(ctx, evt.RoomID)
		if err != nil {
			return err
		}
		if encrypted {
			return r.doubt(ctx, evt, evt.Sender, chat.DoubtClear, string(evt.ID))
		}
	}
	return r.deliver(ctx, s, evt)
}

// takeOwn takes a message of the bot of which the server does not say the transaction:
// Dendrite does not when it fills a gap.
func (r receiver) takeOwn(ctx context.Context, s *session, evt *event.Event) error {
	clear := evt
	if evt.Type == event.EventEncrypted {
		var err error
		if clear, err = s.decrypt(ctx, evt); err != nil {
			return s.store.Err() // of another device
		}
	}
	if mark, ok := clear.Content.Raw[markKey].(string); ok {
		r.echoes.note(evt.RoomID, mark, evt.ID)
	}
	return nil
}

// tells reports whether an event in clear holds what should have been encrypted. The
// protocol does not encrypt reactions and redactions, nor some clients the wish to know
// who the bot is.
func tells(evt *event.Event) bool {
	return evt.Type != event.EventReaction && evt.Type != event.EventRedaction &&
		(evt.Type != event.EventMessage || evt.Content.AsMessage().MsgType != event.MsgVerificationRequest)
}

// deliver hands in a readable event.
func (r receiver) deliver(ctx context.Context, s *session, evt *event.Event) error {
	ev, ok := reader{me: s.client.UserID, isDesk: r.rooms.isDesk}.read(evt)
	if !ok {
		return nil
	}
	ev.In.Room = r.rooms.name(evt.RoomID)
	if r.rooms.isDesk(evt.RoomID) {
		ev.Name = s.name(ctx, evt.RoomID, evt.Sender)
	}
	if evt.StateKey == nil { // who put the bot out of a room lets it see nothing there
		encrypted, err := s.encrypted(ctx, evt.RoomID)
		if err != nil {
			return err
		}
		ev.Open = !encrypted
	}
	if err := r.receive(ctx, ev); err != nil {
		return err
	}
	if evt.StateKey == nil && !r.rooms.isDesk(evt.RoomID) {
		r.reads.note(evt.RoomID, evt.ID)
	}
	return nil
}

// doubt tells somebody what is wrong with an event, once for what.
func (r receiver) doubt(ctx context.Context, evt *event.Event, from id.UserID, why chat.Doubt, what string) error {
	return r.receive(ctx, chat.Event{
		ID: "matrix/doubt/" + string(why) + "/" + what, Kind: chat.Doubtful, At: time.UnixMilli(evt.Timestamp).UTC(),
		In: r.address(evt.RoomID), From: string(from), Message: string(evt.ID), Text: string(why),
	})
}

// unread takes an event that cannot be decrypted.
func (r receiver) unread(ctx context.Context, s *session, evt *event.Event, raw []byte, why error) error {
	switch broken := s.store.Err(); {
	case broken != nil:
		return broken
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(why, crypto.ErrDuplicateMessageIndex): // somebody repeats what another has written
		return nil
	case errors.Is(why, crypto.ErrNoSessionFound), errors.Is(why, crypto.ErrGroupSessionWithheld), isTooEarly(why):
		return r.pend(ctx, s, evt, raw, errors.Is(why, crypto.ErrGroupSessionWithheld))
	}
	return r.doubt(ctx, evt, evt.Sender, chat.DoubtKey, string(evt.ID))
}
