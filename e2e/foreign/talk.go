package foreign

import (
	"strings"

	"maunium.net/go/mautrix/id"
)

// Own signs this device as its owner's, which makes others trust it.
func (c *Client) Own() {
	c.t.Helper()
	c.do("own", map[string]any{"user": c.User, "password": c.password}, nil)
}

// Strict lets it encrypt for devices that their owners have signed, and for no others.
func (c *Client) Strict() {
	c.t.Helper()
	c.do("strict", map[string]any{}, nil)
}

// DM makes an encrypted room for two and invites the other.
func (c *Client) DM(other id.UserID) (room id.RoomID) {
	c.t.Helper()
	c.do("dm", map[string]any{"user": other}, &room)
	return room
}

// Room makes an encrypted room for a team and invites others to it, who may delete what
// somebody else wrote.
func (c *Client) Room(name string, moderators ...id.UserID) (room id.RoomID) {
	c.t.Helper()
	c.do("room", map[string]any{"name": name, "moderators": moderators}, &room)
	return room
}

// A Trust is what one is shown of somebody.
type Trust struct {
	Owned    bool     // they have keys with which they sign their devices
	Devices  int      // how many they have
	Unsigned []string // those they have not signed: messages from them carry a warning
}

// Trust looks at somebody and their devices.
func (c *Client) Trust(user id.UserID) (t Trust) {
	c.t.Helper()
	c.do("trust", map[string]any{"user": user}, &t)
	return t
}

// Trusted waits until it knows that somebody has signed all of their devices. A strict
// client tries no message again that came before.
func (c *Client) Trusted(user id.UserID) {
	c.t.Helper()
	c.do("trusted", map[string]any{"user": user}, nil)
}

// Join enters a room to which one was invited.
func (c *Client) Join(room id.RoomID) {
	c.t.Helper()
	c.do("join", map[string]any{"room": room}, nil)
}

// Send sends any event.
func (c *Client) Send(room id.RoomID, kind string, content map[string]any) (sent id.EventID) {
	c.t.Helper()
	c.do("send", map[string]any{"room": room, "type": kind, "content": content}, &sent)
	return sent
}

// say sends a text that relates to another event, or to none.
func (c *Client) say(room id.RoomID, words string, relation map[string]any) id.EventID {
	c.t.Helper()
	content := map[string]any{"msgtype": "m.text", "body": words}
	if relation != nil {
		content["m.relates_to"] = relation
	}
	return c.Send(room, "m.room.message", content)
}

// Say sends a text.
func (c *Client) Say(room id.RoomID, words string) id.EventID {
	c.t.Helper()
	return c.say(room, words, nil)
}

// Reply quotes a message.
func (c *Client) Reply(to Message, words string) id.EventID {
	c.t.Helper()
	return c.say(to.Room, words, map[string]any{"m.in_reply_to": map[string]any{"event_id": to.ID}})
}

// InThread says something in the thread below a message.
func (c *Client) InThread(root Message, words string) id.EventID {
	c.t.Helper()
	return c.say(root.Room, words, map[string]any{
		"rel_type": "m.thread", "event_id": root.ID, "is_falling_back": true, "m.in_reply_to": map[string]any{"event_id": root.ID},
	})
}

// Edit says something else instead.
func (c *Client) Edit(room id.RoomID, of id.EventID, words string) id.EventID {
	c.t.Helper()
	return c.Send(room, "m.room.message", map[string]any{
		"msgtype": "m.text", "body": "* " + words,
		"m.new_content": map[string]any{"msgtype": "m.text", "body": words},
		"m.relates_to":  map[string]any{"rel_type": "m.replace", "event_id": of},
	})
}

// React taps an emoji below a message.
func (c *Client) React(to Message, key string) id.EventID {
	c.t.Helper()
	return c.Send(to.Room, "m.reaction", map[string]any{
		"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": to.ID, "key": key},
	})
}

// Redact takes an event back.
func (c *Client) Redact(room id.RoomID, which id.EventID) (sent id.EventID) {
	c.t.Helper()
	c.do("redact", map[string]any{"room": room, "event": which}, &sent)
	return sent
}

// Sealed is an encrypted file that is on the homeserver, for a message.
func (c *Client) Sealed(data []byte) (file map[string]any) {
	c.t.Helper()
	c.do("seal", map[string]any{"data": data}, &file)
	return file
}

// File sends an encrypted file; kind is m.image, m.audio, m.video or m.file.
func (c *Client) File(room id.RoomID, kind, name, mime string, data []byte) id.EventID {
	c.t.Helper()
	return c.Send(room, "m.room.message", map[string]any{
		"msgtype": kind, "body": name, "file": c.Sealed(data), "info": map[string]any{"mimetype": mime, "size": len(data)},
	})
}

// Open gives the encrypted file of a message.
func (c *Client) Open(m Message) (data []byte) {
	c.t.Helper()
	file, ok := m.Content["file"]
	if !ok {
		c.t.Fatalf("%s has no encrypted file", m.ID)
	}
	c.do("open", map[string]any{"file": file}, &data)
	return data
}

// Messages are all events of others in a room, in the order in which they came.
func (c *Client) Messages(room id.RoomID) []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []Message
	for _, m := range c.heard {
		if m.Room == room {
			all = append(all, m)
		}
	}
	return all
}

// Until waits for something of others in a room, and returns the newest that it is.
func (c *Client) Until(room id.RoomID, what string, is func(Message) bool) Message {
	c.t.Helper()
	return c.wait(what, func(m Message) bool { return m.Room == room && is(m) })
}

// Hears waits for words.
func (c *Client) Hears(room id.RoomID, words string) Message {
	c.t.Helper()
	return c.Until(room, words, func(m Message) bool { return strings.Contains(m.Text(), words) })
}

// Sees waits for a reaction to an event.
func (c *Client) Sees(room id.RoomID, of id.EventID, key string) Message {
	c.t.Helper()
	return c.Until(room, key, func(m Message) bool {
		return m.Type == "m.reaction" && m.Relation()["event_id"] == string(of) && m.Relation()["key"] == key
	})
}

// Invited waits for an invitation by somebody.
func (c *Client) Invited(by id.UserID) id.RoomID {
	c.t.Helper()
	return c.wait("an invitation by "+string(by), func(m Message) bool {
		return m.Type == "m.room.member" && m.Sender == by && m.StateKey == string(c.User) && m.Content["membership"] == "invite"
	}).Room
}

func (c *Client) wait(what string, is func(Message) bool) (found Message) {
	c.t.Helper()
	c.until(what, func() bool {
		for i := len(c.heard) - 1; i >= 0; i-- {
			if is(c.heard[i]) {
				found = c.heard[i]
				return true
			}
		}
		return false
	})
	return found
}
