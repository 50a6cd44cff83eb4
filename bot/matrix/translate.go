//go:build goolm

package matrix

import (
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
	"time"
)

type reader struct {
	me     id.UserID
	isDesk func(id.RoomID) bool
}

func (r reader) read(e *event.Event) (chat.Event, bool) {
	ev := chat.Event{
		ID: "matrix/" + string(e.ID), At: time.UnixMilli(e.Timestamp).UTC(), From: string(e.Sender),
		In: chat.Address{Platform: Platform, Room: string(e.RoomID)}, Message: string(e.ID),
	}
	switch {
	case e.Type == event.EventMessage:
		ev.Kind, ev.Text = chat.Text, e.Content.AsMessage().Body
		return ev, true
	case e.Type == event.StateMember && e.Content.AsMember().Membership == event.MembershipLeave:
		ev.Kind, ev.Message = chat.Left, ""
		return ev, !r.isDesk(e.RoomID)
	}
	return ev, false
}

func content(to chat.Address, m chat.Message, _ *event.EncryptedFileInfo) *event.MessageEventContent {
	c := &event.MessageEventContent{MsgType: event.MsgText, Body: m.Text}
	if m.ReplyTo != "" {
		c.RelatesTo = (&event.RelatesTo{}).SetReplyTo(id.EventID(m.ReplyTo))
	}
	return c
}

func edited(msg string, m chat.Message, _ *event.EncryptedFileInfo) *event.MessageEventContent {
	c := content(chat.Address{}, m, nil)
	c.SetEdit(id.EventID(msg))
	return c
}

func reaction(msg, emoji string) *event.ReactionEventContent {
	return &event.ReactionEventContent{RelatesTo: event.RelatesTo{Type: event.RelAnnotation, EventID: id.EventID(msg), Key: emoji}}
}
