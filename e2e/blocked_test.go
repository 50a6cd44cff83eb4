//go:build botapi

package e2e

import (
	"fmt"
	"testing"
	"time"
)

// blocked is somebody who closes the chat while their question is open: the program
// hears of it, or only finds out when it writes. The coordinators are told at once, and
// at once again when they answer all the same; nothing is sent any more. Who comes back
// finds the answer.
func blocked(t *testing.T, p programs) {
	for _, told := range []bool{true, false} {
		b := startBotAPI(t, p, plain)
		b.lotse.start()
		card := b.asks(chatOfOmar, "Omar fragt nach dem Brief.")
		b.quiet(time.Second)
		since := b.now()
		if told {
			b.do("block", fmt.Sprintf(`{"user":%d}`, chatOfOmar), nil)
		} else {
			b.do("faults", fmt.Sprintf(`{"kind":"error","code":403,"description":"Forbidden: bot was blocked by the user","method":"sendMessage","chat":%d,"count":1}`, chatOfOmar), nil)
			b.press(b.desk, berger, "label", "Ich übernehme") // which Omar is told
		}
		b.hears(b.desk, "Die Person hat den Chat geschlossen")
		b.hears(b.desk, "🔕 Chat von der Person geschlossen.")
		b.deskSays("Kommen Sie vorbei.", 0, card.ID)
		b.hears(b.desk, "So kommt die Antwort an")
		b.press(b.desk, berger, "label", "Senden")
		b.hears(b.desk, "Die Antwort ist nicht angekommen. Grund: die Person hat den Chat geschlossen")
		b.hears(b.desk, "nicht zugestellt. Grund: die Person hat den Chat geschlossen")
		b.quiet(3 * time.Second)
		calls := 0
		for _, r := range b.requests(since) {
			if r.to(chatOfOmar) && (told || r.Code != 403) {
				calls++
				t.Errorf("after the chat was closed: %s %d", r.Method, r.Code)
			}
		}

		if told {
			b.do("block", fmt.Sprintf(`{"user":%d,"blocked":false}`, chatOfOmar), nil)
			b.quiet(time.Second)
		}
		if n := b.count(chatOfOmar, "Kommen Sie vorbei."); n != 0 {
			t.Error("it came to somebody who has said nothing since")
		}
		b.do("send", fmt.Sprintf(`{"from":%d,"start":""}`, chatOfOmar), nil)
		b.hears(chatOfOmar, "Willkommen zurück")
		b.press(chatOfOmar, chatOfOmar, "label", "Antwort")
		b.hears(chatOfOmar, "Kommen Sie vorbei.")
		b.hears(b.desk, "zugestellt, ")
		b.quiet(2 * time.Second)
		if n := b.count(b.desk, "🔕 Chat von der Person geschlossen."); n != 0 {
			t.Errorf("the card says that the chat is closed, %d times", n)
		}
		b.deskSays("Schön, dass Sie wieder da sind.", 0, card.ID)
		b.hears(b.desk, "Schön, dass Sie wieder da sind.")
		b.press(b.desk, berger, "label", "Senden")
		b.hears(chatOfOmar, "Schön, dass Sie wieder da sind.")
		b.quiet(2 * time.Second)
		for _, words := range []string{"Kommen Sie vorbei.", "Schön, dass Sie wieder da sind."} {
			if n := b.count(chatOfOmar, words); n != 1 {
				t.Errorf("%q came %d times", words, n)
			}
		}
		b.quiet(2 * time.Second)
		b.lotse.stop()
		b.isContent()
	}
}
