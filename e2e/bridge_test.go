//go:build matrix && botapi

package e2e

import (
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/e2e/friend"
	"lotse/e2e/homeserver"
)

// TestBridge: people ask on one network, coordinators answer on the other.
func TestBridge(t *testing.T) {
	p := buildPrograms(t)
	const bot = id.UserID("@lotse:localhost")
	start := func(t *testing.T) (*botAPI, *homeserver.Server) {
		t.Helper()
		s := homeserver.Start(t)
		a := s.Register("lotse")
		b := startBotAPI(t, p, plain)
		b.lotse.env = append(b.lotse.env, "LOTSE_MATRIX_HOMESERVER="+s.URL, "LOTSE_MATRIX_USER="+a.User, "LOTSE_MATRIX_PASSWORD="+a.Password)
		return b, s
	}

	t.Run("asked on Telegram", func(t *testing.T) {
		b, s := start(t)
		cora := login(t, s, "cora")
		desk := cora.Room(true, "Team", bot)
		b.lotse.env = append(b.lotse.env, "LOTSE_DESKS=matrix:"+string(desk))
		b.do("users", `{"id":4711,"first_name":"Rima","language_code":"ar"}`, nil)
		b.lotse.start()
		cora.Until(desk, "the bot", joins(bot))
		b.asksWithPhoto()
		card := cora.Hears(desk, rimasQuestion)
		cora.Until(desk, "the photo", func(m friend.Message) bool {
			content, ok := m.Content.Parsed.(*event.MessageEventContent)
			return ok && m.Sender == bot && content.MsgType == event.MsgImage && content.File != nil && len(cora.Open(m)) == 2000
		})
		cora.Reply(card, bergersAnswer)
		draft := cora.Hears(desk, "So kommt die Antwort an")
		cora.Send(desk, event.EventMessage, &event.MessageEventContent{
			MsgType: event.MsgText, Body: "1", RelatesTo: (&event.RelatesTo{}).SetThread(card.ID, draft.ID),
		})
		b.hears(chatOfRima, bergersAnswer)
		cora.Hears(desk, "zugestellt")
		b.lotse.stop()
	})

	t.Run("asked on Matrix", func(t *testing.T) {
		b, s := start(t)
		rima := login(t, s, "rima")
		b.lotse.start()
		room := rima.DM(bot)
		rima.Until(room, "the bot", joins(bot))
		for _, step := range [][2]string{
			{"Hallo", "1️⃣ Deutsch"}, {"1", "Zum Auswählen"}, {"1", "Kita"}, {"4", "Wohnen"}, {"Wohnen", "Matrix-Server"}, {"1", "Bitte schreiben Sie Ihre Frage"},
		} {
			rima.Say(room, step[0])
			rima.Hears(room, step[1])
		}
		rima.File(room, event.MsgImage, "brief.jpg", "image/jpeg", make([]byte, 2000))
		rima.Say(room, rimasQuestion)
		rima.Hears(room, rimasQuestion)
		rima.Say(room, "1")
		rima.Hears(room, "Ihre Frage ist gesendet")
		card := b.hears(chatOfDesk, rimasQuestion)
		b.deskSays(bergersAnswer, card.Thread, card.ID)
		b.hears(chatOfDesk, "So kommt die Antwort an")
		b.press(chatOfDesk, berger, "label", "Senden")
		rima.Hears(room, bergersAnswer)
		b.lotse.stop()
		b.isContent()
	})
}
