//go:build goolm

package matrix

import (
	"context"
	"errors"
	"slices"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
)

// Send sends one part. Repeated with the same id, it is the same message.
func (m *Matrix) Send(ctx context.Context, id string, to chat.Address, msg chat.Message) (chat.Receipt, error) {
	var sent chat.Receipt
	err := m.inRoom(ctx, to, func(ctx context.Context, s *session, r spot) (err error) {
		mark := m.mark(id)
		if evt, ok := m.echoes.find(ctx, r.id, mark); ok {
			sent.Message = evt
			return nil
		}
		at, err := m.attachment(ctx, s, r, &msg)
		if err != nil {
			return err
		}
		c := content(to, msg, at)
		raw := besides(c)
		raw[markKey] = mark
		sent.Message, err = s.send(ctx, r, id, event.EventMessage, &event.Content{Parsed: c, Raw: raw})
		return err
	})
	return sent, err
}

// wasSent reports whether the server has told a request back, which perhaps another
// process made.
func (m *Matrix) wasSent(ctx context.Context, r spot, id string) bool {
	_, sent := m.echoes.find(ctx, r.id, m.mark(id))
	return sent
}

// Edit replaces the bot's message msg.
func (m *Matrix) Edit(ctx context.Context, id string, to chat.Address, msg string, by chat.Message) error {
	return m.inRoom(ctx, to, func(ctx context.Context, s *session, r spot) error {
		if m.wasSent(ctx, r, id) {
			return nil
		}
		if err := s.stands(ctx, r, msg); err != nil {
			return err
		}
		at, err := m.attachment(ctx, s, r, &by)
		if err != nil {
			return err
		}
		_, err = s.send(ctx, r, id, event.EventMessage, edited(msg, by, at))
		return err
	})
}

// Delete removes message msg with everything it was changed to, the bot's or, where the
// bot may, somebody else's. One that is gone already is no error; where the bot may not,
// nobody waits for it.
func (m *Matrix) Delete(ctx context.Context, id string, to chat.Address, msg string) error {
	err := m.inRoom(ctx, to, func(ctx context.Context, s *session, r spot) error {
		if !isEventID(msg) {
			return bad("there is no such message")
		}
		if m.wasSent(ctx, r, id+msg) {
			return nil
		}
		edits, err := s.edits(ctx, r.id, eventID(msg))
		if err != nil {
			return err
		}
		for _, e := range append(edits, eventID(msg)) { // the message last: with it goes the way to its edits
			_, err := s.client.RedactEvent(ctx, r.id, e, mautrix.ReqRedact{TxnID: id + string(e)})
			if err = fault("redaction", err); err != nil && !says(err, "M_NOT_FOUND") {
				return err
			}
		}
		return nil
	})
	var no *chat.SendError
	if errors.As(err, &no) && says(err, "M_FORBIDDEN") {
		no.Bad = true
	}
	return err
}

// edits are all events that changed a message. Each holds the words as they were then.
func (s *session) edits(ctx context.Context, room id.RoomID, of id.EventID) (all []id.EventID, err error) {
	req := &mautrix.ReqGetRelations{RelationType: event.RelReplace, Limit: 100}
	for {
		page, err := s.client.GetRelations(ctx, room, of, req)
		if err = fault("relations", err); says(err, "M_NOT_FOUND") {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		for _, e := range page.Chunk {
			if e.Unsigned.RedactedBecause == nil {
				all = append(all, e.ID)
			}
		}
		if page.NextBatch == "" || page.NextBatch == req.From {
			return all, nil
		}
		req.From = page.NextBatch
	}
}

// harmless are the reactions that everybody on the server may read: reactions are not
// encrypted.
func harmless(emoji string) bool {
	for n := 1; n <= 10; n++ {
		if emoji == chat.Keycap(n) {
			return true
		}
	}
	return emoji == "👍"
}

// React puts emoji on msg.
func (m *Matrix) React(ctx context.Context, id string, to chat.Address, msg, emoji string) error {
	return m.inRoom(ctx, to, func(ctx context.Context, s *session, r spot) error {
		switch {
		case !isEventID(msg):
			return bad("there is no such message")
		case r.encrypted && !harmless(emoji):
			return bad("this reaction would tell everybody on the server something")
		case m.wasSent(ctx, r, id):
			return nil
		}
		err := s.put(ctx, r, id, event.EventReaction, reaction(msg, emoji), nil)
		if says(err, "M_DUPLICATE_ANNOTATION") { // it is there already
			return nil
		}
		return err
	})
}

// typingFor is how long "typing …" is shown.
const typingFor = 5 * time.Second

// Typing shows "typing …" for a moment.
func (m *Matrix) Typing(ctx context.Context, to chat.Address) error {
	return m.inRoom(ctx, to, func(ctx context.Context, s *session, r spot) error {
		_, err := s.client.UserTyping(ctx, r.id, true, typingFor)
		return fault("typing", err)
	})
}

// A spot is a room in which something can be said.
type spot struct {
	id        id.RoomID
	encrypted bool
	users     []id.UserID // who gets the keys, the bot among them
}

// inRoom makes a request in a room of the bot, wherever that is now.
func (m *Matrix) inRoom(ctx context.Context, to chat.Address, request func(context.Context, *session, spot) error) error {
	err := m.use(ctx, func(ctx context.Context, s *session) error {
		r, err := m.find(ctx, s, to)
		if err != nil {
			return err
		}
		err = request(ctx, s, r)
		if says(err, "M_FORBIDDEN") {
			if m.rooms.isDesk(r.id) {
				m.lookAtDesks()
			}
			return s.forbidden(ctx, r.id, err)
		}
		return err
	})
	return outcome(err)
}

// find looks at a room before anything is said there.
func (m *Matrix) find(ctx context.Context, s *session, to chat.Address) (r spot, err error) {
	if to.Platform != Platform || !isRoomID(to.Room) && !isAlias(to.Room) {
		return r, gone("there is no such room")
	}
	if r.id = m.rooms.room(to.Room); r.id == "" {
		if !slices.Contains(m.rooms.desks, to.Room) {
			return r, gone("there is no such room")
		}
		if r.id, err = m.findDesk(ctx, s, to.Room); err != nil {
			return r, err
		}
	}
	err = s.look(ctx, r.id)
	if says(err, "M_FORBIDDEN", "M_NOT_FOUND", "M_INVALID_PARAM") {
		return r, gone("the bot is not in the room")
	}
	if err != nil {
		return r, err
	}
	if r.encrypted, err = s.encrypted(ctx, r.id); err != nil {
		return r, err
	}
	if r.users, err = s.store.GetRoomJoinedOrInvitedMembers(ctx, r.id); err != nil {
		return r, err
	}
	switch foreign, err := s.isForeign(ctx, m, r.id); {
	case err != nil:
		return r, err
	case !slices.Contains(r.users, s.client.UserID):
		return r, gone("the bot is not in the room")
	case foreign:
		return r, gone("the person is not in the room, or not alone")
	}
	return r, nil
}

// forbidden tells a room that the bot is not in from one where it lacks a right, which
// can be given to it.
func (s *session) forbidden(ctx context.Context, room id.RoomID, err error) error {
	var me event.MemberEventContent
	_, asked := s.client.MakeRequest(ctx, "GET", s.client.BuildClientURL("v3", "rooms", room, "state", event.StateMember.Type, string(s.client.UserID)), nil, &me)
	if asked = fault("membership", asked); says(asked, "M_FORBIDDEN", "M_NOT_FOUND") || asked == nil && me.Membership != event.MembershipJoin {
		return gone("the bot is not in the room")
	}
	return err
}

// send sends an event and gives its ID.
func (s *session) send(ctx context.Context, r spot, id string, kind event.Type, content any) (string, error) {
	var answer mautrix.RespSendEvent
	if err := s.put(ctx, r, id, kind, content, &answer); err != nil {
		return "", err
	}
	if answer.EventID == "" {
		return "", &chat.SendError{Err: errors.New("matrix: the server does not say which message it was")}
	}
	return string(answer.EventID), nil
}

// put makes the request, encrypted where the room is.
func (s *session) put(ctx context.Context, r spot, id string, kind event.Type, content any, answer *mautrix.RespSendEvent) error {
	if r.encrypted && kind != event.EventReaction {
		secret, err := s.encrypt(ctx, r.id, r.users, kind, content)
		if err != nil {
			return err
		}
		kind, content = event.EventEncrypted, secret
	}
	if err := s.store.Err(); err != nil {
		return err
	}
	if answer == nil {
		answer = &mautrix.RespSendEvent{}
	}
	_, err := s.client.MakeRequest(ctx, "PUT", s.client.BuildClientURL("v3", "rooms", r.id, "send", kind.Type, id), content, answer)
	return fault("sending", err)
}

// stands checks that a message of the bot is there and was not deleted: the server
// does not.
func (s *session) stands(ctx context.Context, r spot, msg string) error {
	if !isEventID(msg) {
		return bad("there is no such message")
	}
	evt, err := s.client.GetEvent(ctx, r.id, eventID(msg))
	switch err = fault("message", err); {
	case says(err, "M_NOT_FOUND"):
		return bad("there is no such message")
	case err != nil:
		return err
	case evt.Unsigned.RedactedBecause != nil, evt.Sender != s.client.UserID:
		return bad("the message was deleted")
	}
	return nil
}

func isEventID(s string) bool { return len(s) > 1 && s[0] == '$' && len(s) < 256 }

func eventID(s string) id.EventID { return id.EventID(s) }
