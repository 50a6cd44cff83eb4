package matrix

import (
	"encoding/json"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
	"lotse/bot/split"
)

// Platform is the Platform of every address here.
const Platform = "matrix"

// An event may have 65,536 bytes (client-server API, "Size limits"). Encrypted, what
// it says becomes a third longer, and servers were seen to take 48,000: that is
// maxContent before. A text of maxUnits fits however its characters are written down.
const (
	maxUnits   = 5000
	maxContent = 35000
)

// parts splits a message into events: each file is one, with the words of the first
// below it.
func parts(m chat.Message) []chat.Message { return split.Parts(m, maxUnits, maxUnits) }

// content is one part as the content of an m.room.message in the room or thread to. at
// is where the bytes of its file lie; nil when it has none.
func content(to chat.Address, m chat.Message, at *event.EncryptedFileInfo) *event.MessageEventContent {
	c := said(m, at)
	switch {
	case to.Thread != "" && m.ReplyTo != "":
		c.RelatesTo = (&event.RelatesTo{}).SetThread(id.EventID(to.Thread), "").SetReplyTo(id.EventID(m.ReplyTo))
	case to.Thread != "": // who sees no threads sees a reply to what the thread is about
		c.RelatesTo = (&event.RelatesTo{}).SetThread(id.EventID(to.Thread), id.EventID(to.Thread))
	case m.ReplyTo != "":
		c.RelatesTo = (&event.RelatesTo{}).SetReplyTo(id.EventID(m.ReplyTo))
	}
	return c
}

// said is what a message says, without what it relates to. Nobody is mentioned in it:
// names in a text that happen to be somebody's ring no bell.
func said(m chat.Message, at *event.EncryptedFileInfo) *event.MessageEventContent {
	c := &event.MessageEventContent{MsgType: event.MsgText, Body: whole(m), Mentions: &event.Mentions{}}
	if html := formatted(c.Body, m.Marks); html != "" {
		c.Format, c.FormattedBody = event.FormatHTML, html
	}
	switch {
	case len(m.Files) == 0:
	case m.Files[0].Kind == chat.Place:
		pin(c, m)
	case at != nil:
		attach(c, m.Files[0], at)
	}
	if size(c) > maxContent { // without its marks it says the same
		c.Format, c.FormattedBody = "", ""
	}
	return c
}

// pin makes c the place of a message, below what c said. Its body is for clients that
// show no maps.
func pin(c *event.MessageEventContent, m chat.Message) {
	place := m.Files[0]
	north, east, ok := place.Where()
	if !ok {
		return
	}
	c.MsgType, c.GeoURI = event.MsgLocation, place.Ref
	name, where := place.Name, "📍 "+north+", "+east
	if m.RTL { // a name is whatever it is, numbers read from left to right
		name, where = rlm+"\u2068"+name+"\u2069", rlm+"📍 \u2066"+north+", "+east+"\u2069"
	}
	if place.Name != "" {
		where = name + "\n" + where
	}
	c.Body = strings.TrimPrefix(c.Body+"\n"+where, "\n")
}

// besides is what a content says that the library has no names for. Clients take a place
// for where its sender is, who is a program, unless it says that it is a pin (MSC3488).
func besides(c *event.MessageEventContent) map[string]any {
	all := map[string]any{}
	if c.MsgType == event.MsgLocation {
		all["org.matrix.msc3488.location"] = map[string]any{"uri": c.GeoURI, "description": c.Body}
		all["org.matrix.msc3488.asset"] = map[string]any{"type": "m.pin"}
	}
	return all
}

// edited makes the message msg look like m. Clients that know no edits see a new one.
func edited(msg string, m chat.Message, at *event.EncryptedFileInfo) *event.MessageEventContent {
	now := said(m, at)
	c := *now
	c.Format, c.FormattedBody = "", ""
	c.NewContent, c.RelatesTo = now, (&event.RelatesTo{}).SetReplace(id.EventID(msg))
	c.Body = "* " + c.Body
	if size(&c) > maxContent {
		c.Body = "* …"
	}
	if size(&c) > maxContent {
		now.Format, now.FormattedBody = "", ""
	}
	return &c
}

// reaction is an emoji on the message msg.
func reaction(msg, emoji string) *event.ReactionEventContent {
	return &event.ReactionEventContent{RelatesTo: event.RelatesTo{Type: event.RelAnnotation, EventID: id.EventID(msg), Key: emoji}}
}

// size is how many bytes a content has before it is encrypted.
func size(c *event.MessageEventContent) int {
	raw, err := json.Marshal(c)
	if err != nil {
		panic("matrix: a content has no form in JSON") // unreachable: it holds nothing but text and numbers
	}
	return len(raw)
}
