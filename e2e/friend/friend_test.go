//go:build matrix

package friend_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/e2e/friend"
	"lotse/e2e/homeserver"
)

// login gives somebody an account and a phone.
func login(t *testing.T, s *homeserver.Server, name string) *friend.Friend {
	t.Helper()
	a := s.Register(name)
	return friend.New(t, s.URL, a.User, a.Password)
}

// dm is an encrypted room of two, in which both are.
func dm(t *testing.T, from, to *friend.Friend) id.RoomID {
	t.Helper()
	room := from.DM(to.User)
	if invited := to.Invited(from.User); invited != room {
		t.Fatalf("invited to %s, not to %s", invited, room)
	}
	to.Join(room)
	return room
}

// TestConversation does everything that friends do in an encrypted room.
func TestConversation(t *testing.T) {
	s := homeserver.Start(t)
	rima, alex := login(t, s, "rima"), login(t, s, "alex")
	room := dm(t, rima, alex)
	rima.Say(room, "Guten Tag")
	heard := alex.Hears(room, "Guten Tag")
	if heard.Wire != event.EventEncrypted || heard.Type != event.EventMessage {
		t.Errorf("a text was %v on its way, and became %v", heard.Wire, heard.Type)
	}

	alex.React(heard, "👍")
	rima.Sees(room, heard.ID, "👍")

	alex.Reply(heard, "Wann?")
	if m := rima.Hears(room, "Wann?"); m.Content.AsMessage().RelatesTo.GetNonFallbackReplyTo() != heard.ID {
		t.Errorf("a reply relates to %+v", m.Content.AsMessage().RelatesTo)
	}
	alex.InThread(heard, "Im Thread")
	if m := rima.Hears(room, "Im Thread"); m.Content.AsMessage().RelatesTo.GetThreadParent() != heard.ID {
		t.Errorf("what is in a thread relates to %+v", m.Content.AsMessage().RelatesTo)
	}
	rima.Edit(room, heard.ID, "Guten Abend")
	if m := alex.Hears(room, "Guten Abend"); m.Content.AsMessage().RelatesTo.GetReplaceID() != heard.ID {
		t.Errorf("an edit relates to %+v", m.Content.AsMessage().RelatesTo)
	}
	gone := rima.Say(room, "Das nehme ich zurück")
	taken := rima.Redact(room, gone)
	alex.Until(room, "a redaction", func(m friend.Message) bool { return m.ID == taken && m.Redacts == gone })

	photo := noise(2_000_000)
	rima.File(room, event.MsgImage, "brief.jpg", "image/jpeg", photo)
	if !bytes.Equal(alex.Open(alex.Hears(room, "brief.jpg")), photo) {
		t.Error("a photo has changed on its way")
	}
	if n := alex.Count(room, "Guten"); n != 1 {
		t.Errorf("one message that was edited counts %d times", n)
	}
}

// noise is data that looks like a photo to whoever cannot decrypt it, always the same.
func noise(size int) []byte {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data) // never fails
	return data
}

// TestAbsence: nobody misses anything, whoever is away, and nothing comes twice.
func TestAbsence(t *testing.T) {
	s := homeserver.Start(t)
	rima, alex := login(t, s, "rima"), login(t, s, "alex")
	room := dm(t, rima, alex)
	rima.Say(room, "eins")
	alex.Hears(room, "eins")

	s.Restart()
	rima.Say(room, "zwei")
	alex.Hears(room, "zwei")
	s.Kill()
	s.Resume()
	rima.Say(room, "drei")
	alex.Hears(room, "drei")

	alex.Offline()
	for i := range 60 {
		rima.NewKey(room)
		rima.Say(room, fmt.Sprintf("Nachricht %d.", i))
	}
	alex.Online()
	alex.Hears(room, "Nachricht 59.")
	for i := range 60 {
		words := fmt.Sprintf("Nachricht %d.", i)
		alex.Hears(room, words)
		if n := alex.Count(room, words); n != 1 {
			t.Errorf("%q was heard %d times", words, n)
		}
	}
	if n := alex.Count(room, ""); n != 63 {
		t.Errorf("%d messages were heard", n)
	}
}

// TestNewDevice: what is said after somebody has bought a second phone, both can read.
func TestNewDevice(t *testing.T) {
	s := homeserver.Start(t)
	rima, account := login(t, s, "rima"), s.Register("alex")
	first := friend.New(t, s.URL, account.User, account.Password)
	room := dm(t, rima, first)
	rima.Say(room, "vorher")
	first.Hears(room, "vorher")

	second := friend.New(t, s.URL, account.User, account.Password)
	second.Say(room, "von dem neuen")
	rima.Hears(room, "von dem neuen")
	rima.Say(room, "nachher")
	first.Hears(room, "nachher")
	second.Hears(room, "nachher")
}

// TestInClear: who makes a room without encryption has none.
func TestInClear(t *testing.T) {
	s := homeserver.Start(t)
	rima, alex := login(t, s, "rima"), login(t, s, "alex")
	room := rima.PlainDM(alex.User)
	alex.Join(alex.Invited(rima.User))
	alex.Say(room, "offen")
	if m := rima.Hears(room, "offen"); m.Wire != event.EventMessage {
		t.Errorf("the text was %v on its way", m.Wire)
	}
	alex.Leave(room)
	rima.Until(room, "his leave", func(m friend.Message) bool {
		return m.GetStateKey() == string(alex.User) && m.Type == event.StateMember && m.Content.AsMember().Membership == event.MembershipLeave
	})
}

// TestOnlySecrets: what should not be in an encrypted room is found.
func TestOnlySecrets(t *testing.T) {
	s := homeserver.Start(t)
	rima := login(t, s, "rima")
	for name, wrong := range map[string]func(room id.RoomID) id.EventID{
		"a text in clear": func(room id.RoomID) id.EventID {
			return rima.SendInClear(room, event.EventMessage, map[string]string{"msgtype": "m.text", "body": "offen"})
		},
		"a text beside the ciphertext": func(room id.RoomID) id.EventID {
			return rima.SendInClear(room, event.EventEncrypted, map[string]string{"algorithm": "m.megolm.v1.aes-sha2", "body": "offen"})
		},
		"a telling reaction": func(room id.RoomID) id.EventID {
			return rima.SendInClear(room, event.EventReaction, map[string]any{"m.relates_to": map[string]string{"rel_type": "m.annotation", "event_id": "$x", "key": "ja, Asyl"}})
		},
		"a reason": func(room id.RoomID) id.EventID {
			taken, err := rima.Client.RedactEvent(t.Context(), room, rima.Say(room, "geheim"), mautrix.ReqRedact{Reason: "Der Name stand darin"})
			if err != nil {
				t.Fatal(err)
			}
			return taken.EventID
		},
	} {
		room := rima.Room(true, "")
		rima.Say(room, "Hallo")
		last := wrong(room)
		rima.Until(room, name, func(m friend.Message) bool { return m.ID == last })
		rima.Leave(room) // it is looked at all the same
		if told := s.Tells(); len(told) != 1 || !strings.Contains(told[0], string(last)) {
			t.Errorf("%s: found %q", name, told)
		}
		s.InClear(string(last))
	}
}
