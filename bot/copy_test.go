package bot

import (
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
)

// twoCards is a desk in which the card of one inquiry stands twice, messages 1 and
// 2: the process died before it could note the first.
func twoCards(t *testing.T) *player {
	t.Helper()
	p := newFaulty(t)
	p.net.add("desk", chat.Message{Text: "the first copy, not noted"})
	p.ask("ann", "My question.")
	return p
}

// A reply to the copy that was not noted finds its inquiry by the copy's buttons,
// and from then on it is known.
func TestReplyToTheFirstCopy(t *testing.T) {
	p := twoCards(t)
	number := strings.TrimPrefix(p.rowsOf("number")[0], "number/")
	reply := chat.Event{Kind: chat.Text, From: "cora", Name: "Cora", In: theDesk, Text: "Yes.", On: "1", OnAt: p.now, OnButton: "desk/" + number + "/claim"}
	p.receive(reply)
	if n := p.heard("(desk.preview "); n != 1 {
		t.Fatalf("the reply became %d drafts", n)
	}
	reply.OnAt, reply.OnButton, reply.Text = time.Time{}, "", "No."
	p.receive(reply)
	if n := p.heard("(desk.preview "); n != 2 {
		t.Errorf("a second reply became %d drafts", n-1)
	}
	p.play("ann /mydata", "ann ! data/delete", "ann ! delete/yes")
	if room := p.net.room("desk"); !room.gone[0] || !room.gone[1] {
		t.Error("a copy is left after the erasure")
	}
}

// A withdrawn inquiry's copy is deleted as soon as it is found.
func TestFirstCopyOfWhatIsWithdrawn(t *testing.T) {
	p := twoCards(t)
	number := strings.TrimPrefix(p.rowsOf("number")[0], "number/")
	p.play("ann /mine", "ann ! "+number, "ann ! withdraw", "ann ! sure/yes")
	p.receive(chat.Event{Kind: chat.Text, From: "cora", In: theDesk, Text: "Yes.", On: "1", OnAt: p.now, OnButton: "desk/" + number + "/claim"})
	if !p.net.room("desk").gone[0] || p.heard("(desk.withdrawn") != 1 || p.heard("(desk.preview") != 0 {
		t.Errorf("heard %v", p.net.said)
	}
}

// What cannot be said for certain to be about an inquiry never becomes a draft; of
// the bot's own messages the coordinator is told so.
func TestReplyThatFindsNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		button  func(number string) string
		before  time.Duration // how old the message is
		bots    bool
		unknown int
	}{
		"a colleague":             {button: func(string) string { return "" }},
		"a colleague's buttons":   {button: func(n string) string { return "desk/" + n + "/claim" }},
		"no buttons":              {button: func(string) string { return "" }, bots: true, unknown: 1},
		"a number nobody has":     {button: func(string) string { return "desk/00000/claim" }, bots: true, unknown: 1},
		"a number given anew":     {button: func(n string) string { return "desk/" + n + "/claim" }, before: time.Hour, bots: true, unknown: 1},
		"a button of a person":    {button: func(n string) string { return "mine/list/" + n }, bots: true, unknown: 1},
		"a button that is no key": {button: func(n string) string { return "desk/../" + n + "/claim" }, bots: true, unknown: 1},
		"a button without end":    {button: func(n string) string { return "desk/" + n + "/" + strings.Repeat("x", 1000) }, bots: true, unknown: 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := twoCards(t)
			ev := chat.Event{Kind: chat.Text, From: "cora", In: theDesk, Text: "Yes.", On: "1"}
			ev.OnButton = tt.button(strings.TrimPrefix(p.rowsOf("number")[0], "number/"))
			if tt.bots {
				ev.OnAt = p.now.Add(-tt.before)
			}
			p.receive(ev)
			if p.heard("(desk.preview") != 0 || p.heard("(desk.unknown)") != tt.unknown {
				t.Errorf("heard %v", p.net.said)
			}
		})
	}
}
