//go:build botapi

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// burst changes one card far more often than the group may be written to, while people
// go on asking: the group's budget is kept, what people said is all there, and the card
// shows the newest state.
func burst(t *testing.T, p programs, desk kind) {
	const (
		changes = 120
		every   = 250 * time.Millisecond // so that they last longer than the budget
		budget  = 20                     // a minute
	)
	b := startBotAPI(t, p, desk)
	b.lotse.start()
	card := b.asks(chatOfOmar, "Omar fragt nach dem Brief.")
	others := newCrowd(b, 1_000_001, 3)
	others.begin(func(i int) []turn {
		return append(toMenu[:len(toMenu):len(toMenu)], fiveStepsSent...)
	})
	number := strings.Fields(card.Text)[1] // Fall NUMBER
	added := 0
	for i := range changes {
		act := "claim"
		if i%2 == 1 {
			act = "release"
		}
		// The button may not be there any more: it is pressed on a screen that is late.
		b.pressOld(card.ID, "Berger", "desk/"+number+"/"+act)
		if i%40 == 20 {
			added++
			b.says(chatOfOmar, fmt.Sprintf("Das kommt als %d. dazu.", added))
		}
		others.look()
		time.Sleep(every) // this is the load
	}
	b.pressOld(card.ID, "Neumann", "desk/"+number+"/claim")
	others.listen(6*patience, func() {})
	for words, n := range map[string]int{"in Arbeit, bei Eva Neumann": 1, "Das kommt als": added, "noch das.": len(others.order)} {
		b.do(fmt.Sprintf("wait?chat=%d&contains=%s&count=%d&timeout=90s", b.desk, query(words), n), "", nil)
	}
	b.quiet(4 * time.Second) // longer than the gap between two messages to a group
	b.lotse.stop()

	others.isUnderstood()
	var last saying
	for _, s := range b.said(b.desk) {
		if s.Message.ID == card.ID {
			last = s
		}
	}
	if !strings.Contains(last.Message.Text, "in Arbeit, bei Eva Neumann") {
		t.Errorf("in the end the card says %q", last.Message.Text)
	}
	for i := range added {
		if n := b.count(b.desk, fmt.Sprintf("Das kommt als %d. dazu.", i+1)); n != 1 {
			t.Errorf("what was added as number %d is shown %d times", i+1, n)
		}
	}
	if edits := len(last.Revisions); edits < 2 || edits >= changes/2 {
		t.Errorf("%d changes were %d edits", changes, edits)
	}
	if s := b.isContent(); s.Limited.Total != 0 {
		t.Errorf("%d times it was told to slow down", s.Limited.Total)
	}
	var written []time.Time
	for _, r := range b.requests(0) {
		if r.to(b.desk) && (strings.HasPrefix(r.Method, "send") || strings.HasPrefix(r.Method, "edit")) {
			written = append(written, r.At)
		}
	}
	if len(written) <= budget {
		t.Errorf("the group got %d messages, which is within its budget", len(written))
	}
	t.Logf("%d changes and %d messages of people were %d edits of the card and %d messages, in %v", changes, added+4, len(last.Revisions),
		len(written)-len(last.Revisions), written[len(written)-1].Sub(written[0]).Round(time.Second))
}

// pressOld presses a button of a message as it was, whether it has it still or not.
func (b *botAPI) pressOld(message int64, by, data string) {
	b.t.Helper()
	b.pressed++
	b.do("raw", fmt.Sprintf(`{"update":{"callback_query":{"id":"%d","from":{"id":%d,"is_bot":false,"first_name":"Eva","last_name":%q},"chat_instance":"1","data":%q,
		"message":{"message_id":%d,"date":%d,"chat":{"id":%d,"type":"supergroup","title":"Lotse"},"text":"Fall"}}}}`,
		b.pressed, berger+len(by), by, data, message, time.Now().Unix(), b.desk), nil)
}
