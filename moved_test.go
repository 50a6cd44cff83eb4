package main

import (
	"strings"
	"testing"

	"lotse/bot/platformtest"
)

// TestTheGroupMoves makes a supergroup of the team's group, which gives it another
// number. The bot hears of it, or is told when it sends: either way the questions stand
// in the new group, answers to them leave, after a restart as well, and when the
// setting follows.
func TestTheGroupMoves(t *testing.T) {
	platformtest.Loopback(t)
	const old, now = -55, -1005555
	for name, told := range map[string]bool{"and says so": true, "and a request says so": false} {
		t.Run(name, func(t *testing.T) {
			inFolder(t, nil)
			a := newAPI(t)
			settings := a.settings("LOTSE_DESKS=telegram:-55")
			_, stop := a.start(settings, "run")
			a.say(asker, "/start", 0)
			for _, id := range []string{"language/pick/ar", "menu/menu/ask", "ask/role/private", "ask/topic/housing", "ask/consent/yes"} {
				a.press(asker, id)
			}
			a.asks(question)
			a.until(old, "the card", hasText(question))
			a.mu.Lock()
			a.moved = now
			a.mu.Unlock()
			if told {
				a.tell(`"message":{"message_id":9000,"date":1790000000,"chat":{"id":-55,"type":"group"},"migrate_to_chat_id":-1005555}`)
			} else {
				a.press(asker, "menu/menu/ask")
				a.press(asker, "ask/topic/housing")
				a.asks("Noch etwas")
				a.until(now, "the second card", hasText("Noch etwas"))
			}
			card := a.until(now, "the card in the new group", hasText(question))
			a.answers(now, card.id, reply)
			if got := stop(); strings.Count(got, "the bot follows, LOTSE_DESKS should") != 1 {
				t.Errorf("the log says %s", got)
			}

			_, stop = a.start(settings, "run")
			a.answers(now, card.id, "Nach dem Neustart")
			stop()

			_, stop = a.start(a.settings("LOTSE_DESKS=telegram:-1005555"), "run")
			again := a.until(now, "the card once more", func(p posted) bool { return p.id > card.id && strings.Contains(p.text, question) && p.buttons != nil })
			a.answers(now, again.id, "Nach der Einstellung")
			stop()
		})
	}
}

// asks writes a question and sends it.
func (a *api) asks(text string) {
	a.t.Helper()
	a.say(asker, text, 0)
	a.until(asker, "the preview", hasText(text))
	a.press(asker, "ask/preview/send")
}

// answers replies to a card, and waits until that has arrived.
func (a *api) answers(in, card int64, text string) {
	a.t.Helper()
	a.say(in, text, card)
	a.until(in, "the draft", hasText(text))
	a.press(in, "send")
	a.until(asker, "the answer", hasText(text))
}
