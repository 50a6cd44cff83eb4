package flows

import (
	"testing"

	"lotse/bot/chat"
)

// TestReturn: who opens the chat again is not spoken to before they say something;
// Start welcomes them, with what could not be delivered.
func TestReturn(t *testing.T) {
	missed := inquiry("10002", Answered)
	missed.Missed = []string{"draft"}
	p := newPerson(t, testFacts(inquiry("10001", Waiting), missed))
	p.state = agreed()
	p.presses("menu/menu/language")
	if p.does(chat.Event{Kind: chat.Back}); len(p.last) != 0 {
		t.Errorf("spoke to somebody who said nothing: %v", said(p.last))
	}
	p.does(command("start")).says("back.waiting").at("back/welcome").presses("back/welcome/10002")
	if f, ok := one[Fetch](p.last); !ok || f.Inquiry != missed.ID {
		t.Errorf("fetched %+v", p.last)
	}
	p.facts = testFacts(inquiry("10001", Waiting), inquiry("10002", Answered))
	p.presses("back/welcome/10002").says("old", "back.welcome").presses("back/welcome/delete").at("privacy/delete")
	p.does(command("start")).says("start.again", "menu.menu")

	p.facts.Returned = true
	p.does(command("start")).says("back.welcome").presses("back/welcome/ok").says("menu.menu")
	p.does(started("help")).at("help/about")
	p = newPerson(t, p.facts)
	p.does(command("start")).at("language/pick")

	p = newPerson(t, testFacts(missed))
	p.state = agreed()
	p.presses("menu/menu/mine", "mine/list/10002", "mine/one/answer")
	if f, ok := one[Fetch](p.last); !ok || f.Inquiry != missed.ID {
		t.Errorf("fetched %+v", p.last)
	}
}
