//go:build matrix

package e2e

import (
	"encoding/json"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/e2e/foreign"
	"lotse/e2e/friend"
	"lotse/e2e/homeserver"
)

// A client is the Matrix client of somebody: a friend's, or one that nobody here wrote.
// Both see the same.
type client interface {
	DM(other id.UserID) id.RoomID
	Team(bot id.UserID) id.RoomID
	Say(room id.RoomID, words string) id.EventID
	Reply(to friend.Message, words string) id.EventID
	InThread(root friend.Message, words string) id.EventID
	React(to friend.Message, key string) id.EventID
	Edit(room id.RoomID, of id.EventID, words string) id.EventID
	Redact(room id.RoomID, which id.EventID) id.EventID
	// Put sends any content of a message; Sealed is an encrypted file for one.
	Put(room id.RoomID, content map[string]any) id.EventID
	Sealed(data []byte) any
	Open(m friend.Message) []byte
	Messages(room id.RoomID) []friend.Message
	Until(room id.RoomID, what string, is func(friend.Message) bool) friend.Message
	Hears(room id.RoomID, words string) friend.Message
	Sees(room id.RoomID, of id.EventID, key string) friend.Message
}

// withFriend and withForeign log somebody in.
func withFriend(t *testing.T, s *homeserver.Server, name string) client {
	t.Helper()
	return friendly{login(t, s, name), t}
}

func withForeign(t *testing.T, s *homeserver.Server, name string) client {
	t.Helper()
	a := s.Register(name)
	c := foreign.New(t, s.URL, a.User, a.Password)
	c.Own()
	c.Strict() // as careful as a client can be
	return strange{c, t}
}

type friendly struct {
	*friend.Friend
	t *testing.T
}

func (f friendly) Team(bot id.UserID) id.RoomID {
	f.t.Helper()
	room := f.Room(true, "Team", bot)
	mayRedact(f.t, f.Friend, room, bot)
	return room
}

func (f friendly) Put(room id.RoomID, content map[string]any) id.EventID {
	f.t.Helper()
	return f.Send(room, event.EventMessage, content)
}

func (f friendly) Sealed(data []byte) any { f.t.Helper(); return f.Friend.Sealed(data) }

// strange is a foreign client that tells what it sees as the friend does.
type strange struct {
	*foreign.Client
	t *testing.T
}

func (s strange) Team(bot id.UserID) id.RoomID { s.t.Helper(); return s.Room("Team", bot) }

func (s strange) Put(room id.RoomID, content map[string]any) id.EventID {
	s.t.Helper()
	return s.Send(room, event.EventMessage.Type, content)
}

func (s strange) Sealed(data []byte) any { s.t.Helper(); return s.Client.Sealed(data) }

func (s strange) Reply(to friend.Message, words string) id.EventID {
	s.t.Helper()
	return s.Client.Reply(foreign.Message{Room: to.RoomID, ID: to.ID}, words)
}

func (s strange) InThread(root friend.Message, words string) id.EventID {
	s.t.Helper()
	return s.Client.InThread(foreign.Message{Room: root.RoomID, ID: root.ID}, words)
}

func (s strange) React(to friend.Message, key string) id.EventID {
	s.t.Helper()
	return s.Client.React(foreign.Message{Room: to.RoomID, ID: to.ID}, key)
}

func (s strange) Open(m friend.Message) []byte {
	s.t.Helper()
	return s.Client.Open(foreign.Message{ID: m.ID, Content: m.Content.Raw})
}

func (s strange) Messages(room id.RoomID) (all []friend.Message) {
	for _, m := range s.Client.Messages(room) {
		all = append(all, s.seen(m))
	}
	return all
}

func (s strange) Until(room id.RoomID, what string, is func(friend.Message) bool) friend.Message {
	s.t.Helper()
	return s.seen(s.Client.Until(room, what, func(m foreign.Message) bool { return is(s.seen(m)) }))
}

func (s strange) Hears(room id.RoomID, words string) friend.Message {
	s.t.Helper()
	return s.seen(s.Client.Hears(room, words))
}

func (s strange) Sees(room id.RoomID, of id.EventID, key string) friend.Message {
	s.t.Helper()
	return s.seen(s.Client.Sees(room, of, key))
}

// seen is what the client saw, in the friend's words.
func (s strange) seen(m foreign.Message) friend.Message {
	s.t.Helper()
	kind := func(name string) event.Type {
		is := event.NewEventType(name)
		if is.Class == event.UnknownEventType {
			is.Class = event.MessageEventType
		}
		return is
	}
	evt := &event.Event{RoomID: m.Room, ID: m.ID, Sender: m.Sender, Type: kind(m.Type), Redacts: m.Redacts}
	if m.StateKey != "" {
		evt.StateKey = &m.StateKey
	}
	raw, err := json.Marshal(m.Content)
	if err == nil {
		err = json.Unmarshal(raw, &evt.Content)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	_ = evt.Content.ParseRaw(evt.Type) // what has no meaning to the friend has none here
	seen := friend.Message{Event: evt, Wire: kind(m.Wire)}
	if m.Error != "" {
		seen.Err = unreadable(m.Error)
	}
	return seen
}

type unreadable string

func (u unreadable) Error() string { return string(u) }
