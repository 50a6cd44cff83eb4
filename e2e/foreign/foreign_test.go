//go:build matrix

package foreign_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"maunium.net/go/mautrix/event"

	"lotse/e2e/foreign"
	"lotse/e2e/friend"
	"lotse/e2e/homeserver"
)

// TestConversation does everything that people do in an encrypted room, in both
// directions, with a client of ours and one that nobody here wrote.
func TestConversation(t *testing.T) {
	s := homeserver.Start(t)
	hers, his := s.Register("rima"), s.Register("alex")
	rima := foreign.New(t, s.URL, hers.User, hers.Password)
	alex := friend.New(t, s.URL, his.User, his.Password)
	room := rima.DM(alex.User)
	if invited := alex.Invited(rima.User); invited != room {
		t.Fatalf("invited to %s, not to %s", invited, room)
	}
	alex.Join(room)

	asked := rima.Say(room, "Guten Tag")
	if m := alex.Hears(room, "Guten Tag"); m.Wire != event.EventEncrypted {
		t.Errorf("her text was %v on its way", m.Wire)
	}
	alex.Say(room, "Willkommen")
	heard := rima.Hears(room, "Willkommen")
	if heard.Wire != "m.room.encrypted" || heard.Type != "m.room.message" {
		t.Errorf("his text was %s on its way, and became %s", heard.Wire, heard.Type)
	}

	rima.React(heard, "1️⃣")
	alex.Sees(room, heard.ID, "1️⃣")
	alex.React(alex.Hears(room, "Guten Tag"), "👍")
	rima.Sees(room, asked, "👍")

	rima.Reply(heard, "Wann?")
	if m := alex.Hears(room, "Wann?"); m.Content.AsMessage().RelatesTo.GetNonFallbackReplyTo() != heard.ID {
		t.Errorf("her reply relates to %+v", m.Content.AsMessage().RelatesTo)
	}
	rima.InThread(heard, "Im Thread")
	if m := alex.Hears(room, "Im Thread"); m.Content.AsMessage().RelatesTo.GetThreadParent() != heard.ID {
		t.Errorf("what she wrote in the thread relates to %+v", m.Content.AsMessage().RelatesTo)
	}
	alex.InThread(alex.Hears(room, "Guten Tag"), "Auch im Thread")
	if r := rima.Hears(room, "Auch im Thread").Relation(); r["rel_type"] != "m.thread" || r["event_id"] != string(asked) {
		t.Errorf("what he wrote in the thread relates to %v", r)
	}
	rima.Edit(room, asked, "Guten Abend")
	if m := alex.Hears(room, "Guten Abend"); m.Content.AsMessage().RelatesTo.GetReplaceID() != asked {
		t.Errorf("her edit relates to %+v", m.Content.AsMessage().RelatesTo)
	}
	alex.Edit(room, heard.ID, "Herzlich willkommen")
	if r := rima.Hears(room, "Herzlich willkommen").Relation(); r["rel_type"] != "m.replace" || r["event_id"] != string(heard.ID) {
		t.Errorf("his edit relates to %v", r)
	}

	gone := rima.Redact(room, asked)
	alex.Until(room, "a redaction", func(m friend.Message) bool { return m.ID == gone && m.Redacts == asked })
	taken := alex.Redact(room, heard.ID)
	rima.Until(room, "a redaction", func(m foreign.Message) bool { return m.ID == taken && m.Redacts == heard.ID })

	photo := make([]byte, 2_000_000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(photo) // never fails
	rima.File(room, "m.image", "hin.jpg", "image/jpeg", photo)
	if !bytes.Equal(alex.Open(alex.Hears(room, "hin.jpg")), photo) {
		t.Error("her photo has changed on its way")
	}
	alex.File(room, event.MsgImage, "zurück.jpg", "image/jpeg", photo)
	if !bytes.Equal(rima.Open(rima.Hears(room, "zurück.jpg")), photo) {
		t.Error("his photo has changed on its way")
	}

	s.Restart()
	rima.Say(room, "Noch da?")
	alex.Hears(room, "Noch da?")
	alex.Say(room, "Ja")
	rima.Hears(room, "Ja")
}

// TestShield: what people are shown beside a message depends on whether its sender has
// signed the device; so does whether a strict client lets it read.
func TestShield(t *testing.T) {
	s := homeserver.Start(t)
	hers, his := s.Register("rima"), s.Register("alex")
	rima := foreign.New(t, s.URL, hers.User, hers.Password)
	rima.Own()
	alex := friend.New(t, s.URL, his.User, his.Password)
	room := alex.DM(rima.User)
	rima.Join(rima.Invited(alex.User))

	alex.Say(room, "von irgendeinem Gerät")
	if m := rima.Hears(room, "irgendeinem"); m.Shield != "RED" || m.Reason != "UNSIGNED_DEVICE" {
		t.Errorf("a device nobody has signed has the shield %s, %s", m.Shield, m.Reason)
	}
	rima.Strict()
	rima.Say(room, "nur für sichere Geräte")
	alex.Until(room, "what cannot be read", func(m friend.Message) bool { return m.Err != nil && m.Sender == rima.User })

	alex.Own(his.Password)
	rima.Trusted(alex.User)
	alex.NewKey(room)
	alex.Say(room, "von seinem Gerät")
	if m := rima.Hears(room, "von seinem"); m.Shield != "NONE" {
		t.Errorf("a device its owner has signed has the shield %s, %s", m.Shield, m.Reason)
	}
	rima.Say(room, "jetzt auch für ihn")
	alex.Hears(room, "jetzt auch für ihn")
}
