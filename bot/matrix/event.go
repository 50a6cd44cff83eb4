package matrix

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
)

// A reader says what events tell. It is pure.
type reader struct {
	me     id.UserID
	isDesk func(id.RoomID) bool
}

// Types of events that the library does not name, or names as of old.
const (
	pollStart    = "m.poll.start" // MSC3381
	oldPollStart = "org.matrix.msc3381.poll.start"
	serverNotice = event.MessageType("m.server_notice")
)

// read is what an event tells, decrypted where it was encrypted; false when it is
// nothing to us: our own, another program's, a vote, a call, something redacted.
func (r reader) read(e *event.Event) (chat.Event, bool) {
	if e.Type.Type == event.StateMember.Type {
		return r.member(e)
	}
	if e.Sender == r.me || e.Sender == "" || e.ID == "" || e.StateKey != nil || e.Unsigned.RedactedBecause != nil {
		return chat.Event{}, false
	}
	ev := r.by(e, e.Sender)
	switch e.Type.Type {
	case event.EventMessage.Type, event.EventSticker.Type:
		return r.message(ev, e)
	case event.EventReaction.Type:
		return r.reaction(ev, e)
	case event.EventRedaction.Type:
		return r.redaction(ev, e)
	case pollStart, oldPollStart: // somebody waits for an answer
		ev.Kind, ev.Message = chat.Text, string(e.ID)
		return ev, !r.isDesk(e.RoomID)
	}
	return chat.Event{}, false
}

// by is an event of somebody.
func (r reader) by(e *event.Event, who id.UserID) chat.Event {
	return chat.Event{
		ID: "matrix/" + string(e.ID), At: time.UnixMilli(e.Timestamp).UTC(), From: string(who),
		In: chat.Address{Platform: Platform, Room: string(e.RoomID)},
	}
}

// message is something that was said, sent or changed.
func (r reader) message(ev chat.Event, e *event.Event) (chat.Event, bool) {
	var c event.MessageEventContent
	if json.Unmarshal(e.Content.VeryRaw, &c) != nil { // it is answered, as a person waits, but says nothing
		c = event.MessageEventContent{MsgType: event.MsgText}
	}
	if outside, ok := e.Content.Parsed.(event.Relatable); ok && c.RelatesTo == nil { // of an encrypted event it stands beside what is encrypted
		c.RelatesTo = outside.OptionalGetRelatesTo()
	}
	isDesk := r.isDesk(e.RoomID)
	if e.Type.Type == event.EventSticker.Type {
		ev.Kind, ev.Text, ev.Message = chat.Text, c.Body, string(e.ID)
		return ev, !isDesk
	}
	switch c.MsgType {
	case event.MsgNotice, serverNotice: // programs talk so
		return chat.Event{}, false
	case event.MsgVerificationRequest:
		ev.Kind, ev.Text, ev.Message = chat.Doubtful, string(chat.DoubtVerify), string(e.ID)
		return ev, c.To == r.me && !isDesk
	}
	if of := c.RelatesTo.GetReplaceID(); of != "" {
		if c.NewContent == nil {
			return chat.Event{}, false
		}
		ev.Kind, ev.On, ev.Text = chat.Edit, string(of), wordsOf(c.NewContent)
		r.calls(&ev, c.NewContent, isDesk)
		return ev, true
	}
	ev.Message = string(e.ID)
	relate(&ev, c.RelatesTo, isDesk)
	r.calls(&ev, &c, isDesk)
	ev.Kind, ev.Text = chat.Text, withoutFallback(&c)
	if f, ok := attached(&c); ok && c.MsgType.IsMedia() {
		ev.Kind, ev.Text, ev.Files = chat.Media, c.GetCaption(), []chat.File{f}
		if f.Kind == chat.Voice { // clients write there that it is one
			ev.Text = ""
		}
		return ev, true
	}
	if c.MsgType == event.MsgLocation {
		if f, ok := place(&c); ok {
			ev.Kind, ev.Text, ev.Files = chat.Media, "", []chat.File{f}
		}
		return ev, true
	}
	if isDesk && strings.HasPrefix(ev.Text, "/") && ev.On != "" {
		ev.Text = note(ev.Text)
		return ev, true
	}
	if word, args, is := command(ev.Text); is {
		ev.Kind, ev.Text, ev.Args = chat.Command, word, args
	}
	return ev, ev.Text != "" || !isDesk
}

// relate notes what a message answers and where it stands. In the desk a thread is a
// place; with a person it is nothing but another way to reply.
func relate(ev *chat.Event, to *event.RelatesTo, isDesk bool) {
	root := string(to.GetThreadParent())
	ev.On = string(to.GetNonFallbackReplyTo())
	switch {
	case isDesk:
		ev.In.Thread = root
		if ev.On == "" && root != "" {
			ev.Below = string(to.GetReplyTo())
		}
	case ev.On == "":
		ev.On = root
	}
}

// calls notes which colleague a message mentions (Client-Server API, m.mentions): the
// words show only their name. Clients mention whoever is answered, which is the bot.
func (r reader) calls(ev *chat.Event, c *event.MessageEventContent, isDesk bool) {
	if !isDesk || c.Mentions == nil {
		return
	}
	for _, who := range c.Mentions.UserIDs {
		if who != r.me && ev.Calls == "" {
			ev.Calls = "@" + who.Localpart()
		}
	}
}

// wordsOf is the text of a message, or the words below its file.
func wordsOf(c *event.MessageEventContent) string {
	if c.MsgType.IsMedia() {
		return c.GetCaption()
	}
	return c.Body
}

// withoutFallback is the text without the lines in which older clients repeat what it
// answers: they may be somebody else's words.
func withoutFallback(c *event.MessageEventContent) string {
	if c.RelatesTo.GetReplyTo() == "" || !strings.HasPrefix(c.Body, "> <@") && !strings.HasPrefix(c.Body, "> * <@") {
		return c.Body
	}
	return event.TrimReplyFallbackText(c.Body)
}

// note is a note of a coordinator. Clients keep what begins with "/" for themselves,
// and of "//" send one.
func note(text string) string {
	if strings.HasPrefix(text, "//") {
		return text
	}
	return "/" + text
}

var commandWord = regexp.MustCompile(`^[!/]([\p{L}\p{N}][\p{L}\p{M}\p{N}_-]*)(?:[\s\p{Z}]|$)`)

// command takes "!Fall 4821" apart. "!!" and "! " are text.
func command(text string) (word, args string, ok bool) {
	m := commandWord.FindStringSubmatch(text)
	if m == nil {
		return "", "", false
	}
	return strings.ToLower(m[1]), strings.TrimSpace(text[len(m[0]):]), true
}

// place is a place on the map. Clients that do not ask what it is called write its
// coordinates there, or the address of a map.
func place(c *event.MessageEventContent) (chat.File, bool) {
	name := strings.TrimSpace(c.Body)
	if strings.Contains(name, "geo:") || strings.Contains(name, "://") {
		name = ""
	}
	return chat.ParsePlace(c.GeoURI, name)
}

// reaction is an emoji, which older clients write without the sign that makes it
// colourful.
func (r reader) reaction(ev chat.Event, e *event.Event) (chat.Event, bool) {
	var c event.ReactionEventContent
	if json.Unmarshal(e.Content.VeryRaw, &c) != nil || c.RelatesTo.GetAnnotationID() == "" || c.RelatesTo.Key == "" {
		return chat.Event{}, false
	}
	ev.Kind, ev.On, ev.Text, ev.Message = chat.Reaction, string(c.RelatesTo.EventID), c.RelatesTo.Key, string(e.ID)
	return ev, true
}

// redaction is a message that was deleted, by its author or by who may delete those of
// others: From says who.
func (r reader) redaction(ev chat.Event, e *event.Event) (chat.Event, bool) {
	var c event.RedactionEventContent
	if json.Unmarshal(e.Content.VeryRaw, &c) != nil {
		c = event.RedactionEventContent{}
	}
	ev.Kind, ev.On = chat.Delete, string(c.Redacts)
	if ev.On == "" { // room versions before 11
		ev.On = string(e.Redacts)
	}
	return ev, ev.On != ""
}

// member is somebody who left a room of the bot or came back, or who put the bot out.
func (r reader) member(e *event.Event) (chat.Event, bool) {
	if e.StateKey == nil || r.isDesk(e.RoomID) {
		return chat.Event{}, false
	}
	var is, was event.MemberEventContent
	if json.Unmarshal(e.Content.VeryRaw, &is) != nil {
		return chat.Event{}, false
	}
	if e.Unsigned.PrevContent != nil && json.Unmarshal(e.Unsigned.PrevContent.VeryRaw, &was) != nil {
		was = event.MemberEventContent{}
	}
	gone := is.Membership == event.MembershipLeave || is.Membership == event.MembershipBan
	who := id.UserID(*e.StateKey)
	if who == r.me {
		if !gone || e.Sender == r.me {
			return chat.Event{}, false
		}
		who = e.Sender
	}
	ev := r.by(e, who)
	switch {
	case is.Membership == was.Membership: // a new name or picture
		return chat.Event{}, false
	case gone:
		ev.Kind = chat.Left
	case is.Membership == event.MembershipJoin:
		ev.Kind = chat.Back
	}
	return ev, ev.Kind != ""
}
