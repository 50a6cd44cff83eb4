//go:build matrix

package e2e

import (
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/e2e/friend"
	"lotse/e2e/homeserver"
)

const theBot = id.UserID("@lotse:localhost")

// TestEncrypted is everything that people and coordinators do on Matrix, with each of
// two clients on either side.
func TestEncrypted(t *testing.T) {
	type login func(*testing.T, *homeserver.Server, string) client
	for _, c := range []struct {
		name        string
		asker, desk login
	}{
		{"a foreign client and a foreign client", withForeign, withForeign},
		{"a foreign client and a friend's", withForeign, withFriend},
		{"a friend's and a foreign client", withFriend, withForeign},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := homeserver.Start(t)
			lotse := s.Register("lotse")
			team := newTalk(t, c.desk(t, s, "cora"))
			team.room = team.Team(theBot)
			gate := newGate(t, s.URL)
			runMatrix(t, gate.url, lotse, team.room)
			team.Until(team.room, "the bot", joins(theBot))
			nina, rima := newTalk(t, c.asker(t, s, "nina")), newTalk(t, c.asker(t, s, "rima"))
			defer func() {
				for _, talk := range []*talk{nina, rima, team} {
					t.Log(strings.Join(talk.told(), "\n---\n"))
				}
			}()
			kita(t, nina, team, gate)
			letter(t, inMatrix{rima}, team)
			for _, talk := range []*talk{nina, rima, team} {
				talk.isEncrypted()
			}
			rima.looksArabic()
			for _, m := range append(team.Messages(team.room), rima.Messages(rima.room)...) {
				if at := m.Content.AsMessage().GetFile(); m.Sender == theBot && at != nil && slices.Contains(append(rima.files, team.files...), string(at.URL)) {
					t.Error("the address of a file tells whose server it lies on")
				}
			}
			names := append(team.told(), nina.told()...)
			if all := strings.Join(names, "\n"); strings.Contains(all, "@nina") || strings.Contains(all, "@rima") || strings.Contains(all, "@cora") {
				t.Errorf("somebody is named: %s", all)
			}
		})
	}
}

// kita is D2 of the domain study, without the guard, the meetings and their agenda: a
// teacher asks, the team asks back, she answers by simply writing.
func kita(t *testing.T, nina, team *talk, gate *gate) {
	nina.room = nina.DM(theBot)
	nina.Until(nina.room, "the bot", joins(theBot))
	first := nina.says("Hallo", "1️⃣ Deutsch")
	gate.close()
	chosen := nina.Say(nina.room, "1")
	nina.Until(nina.room, "typing", func(m friend.Message) bool {
		return m.Type == event.EphemeralEventTyping && slices.Contains(m.Content.AsTyping().UserIDs, theBot)
	})
	gate.open()
	menu := nina.hears("Zum Auswählen")
	nina.Until(nina.room, "a receipt", func(m friend.Message) bool {
		receipts := *m.Content.AsReceipt()
		_, read := receipts[chosen][event.ReceiptTypeRead][theBot]
		return m.Type == event.EphemeralEventReceipt && read
	})
	nina.Sees(nina.room, menu.ID, "4️⃣")
	if nina.tapped(first) {
		t.Error("everybody sees that a language is chosen")
	}
	nina.says("1", "1️⃣ 🧸 Kita")
	nina.says("1", "Eltern")
	nina.says("4", "116 111") // a child in danger is none of the chat's business
	nina.says("👍", "Was möchten Sie tun")
	nina.says("❓", "1️⃣ 🧸 Kita")
	nina.says("Kita / Hort", "Eltern")
	consent := nina.says("1", "befugt")
	nina.React(consent, "1️⃣")
	nina.hears("Kind A")
	nina.says("Die Mutter von Kind A kommt nie zum Entwicklungsgespräch. Wir finden keinen Dolmetscher.", "Noch ist sie an niemanden gesendet")
	nina.says("1", "Ihre Frage ist gesendet")

	card := team.hears("Dolmetscher")
	if !strings.Contains(card.Text(), "Kita") || !strings.Contains(card.Content.AsMessage().FormattedBody, "<blockquote>") || strings.Contains(card.Content.AsMessage().Body, "<") {
		t.Errorf("the card reads %q, formatted %q", card.Text(), card.Content.AsMessage().FormattedBody)
	}
	team.Reply(card, "Welche Sprache spricht die Familie?")
	draft := team.hears("So kommt die Antwort an")
	team.isBelow(card, draft)
	team.Reply(draft, "Senden")
	answer := nina.hears("Welche Sprache")
	team.hears("zugestellt")
	nina.says("Vietnamesisch.", "Das Netzwerk-Team kann sie lesen")
	team.isBelow(card, team.hears("Vietnamesisch."))

	nina.says("❓", "Worum geht es") // who has asked before is known as a teacher
	nina.says("Dolmetschen", "Bitte beschreiben Sie")
	nina.says("Was kostet ein Dolmetscher?", "Noch ist sie an niemanden gesendet")
	nina.says("📤", "Ihre Frage ist gesendet")
	second := team.hears("Was kostet ein Dolmetscher?")
	nina.Reply(answer, "Die Mutter liest auch Englisch.") // about the first, and so is what stands in its thread
	nina.hears("Das Netzwerk-Team kann sie lesen")
	team.isBelow(card, team.hears("auch Englisch"))
	nina.InThread(answer, "Der Vater spricht Deutsch.")
	nina.hears("Das Netzwerk-Team kann sie lesen")
	team.isBelow(card, team.hears("spricht Deutsch"))
	added := nina.Say(nina.room, "Es geht auch nachmittags.")
	nina.hears("Wozu gehört sie")
	nina.says("2", "Das Netzwerk-Team kann sie lesen")
	copied := team.hears("Es geht auch nachmittags.")
	team.isBelow(second, copied)

	nina.Edit(nina.room, added, "Es geht auch vormittags.")
	nina.hears("sieht jetzt den neuen Text")
	if changed := team.hears("Es geht auch vormittags."); changed.ID != copied.ID {
		t.Error("what she changed stands beside what she wrote")
	}
	nina.Redact(nina.room, added)
	nina.hears("wird auch beim Team gelöscht")
	team.Until(team.room, "her words deleted", redacts(copied.ID, theBot))
}
