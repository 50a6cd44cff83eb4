//go:build botapi

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// storm is faults at random, of all kinds, while many talk within Telegram's limits.
func storm(t *testing.T, p programs) {
	const people, sends = 60, 10
	b := startBotAPI(t, p, plain)
	b.lotse.start()
	c := newCrowd(b, 1_000_001, people)
	for _, f := range faultKinds {
		for _, method := range []string{"send*", "edit*", "getUpdates"} {
			b.do("faults", fmt.Sprintf(`{%s,"method":%q,"prob":0.02}`, f.settings, method), nil)
		}
	}
	b.do("faults", `{"kind":"duplicate_updates","prob":0.1}`, nil)
	c.begin(func(i int) []turn {
		if i%sends == 0 {
			return append(toMenu[:len(toMenu):len(toMenu)], fiveStepsSent...)
		}
		return append(toMenu[:len(toMenu):len(toMenu)], fiveSteps...)
	})
	c.listen(6*patience, func() {})
	var happened []struct {
		Method, Kind string
		Hits         int
	}
	b.do("faults", "", &happened)
	unsure := 0 // messages that the server took without saying so
	for _, f := range happened {
		if f.Method == "send*" && (f.Kind == "drop_after" || f.Kind == "malformed") {
			unsure += f.Hits
		}
	}
	b.do("faults/clear", "{}", nil)
	b.do(fmt.Sprintf("wait?chat=%d&contains=Person&count=%d&timeout=90s", b.desk, people/sends), "", nil)
	b.quiet(3 * time.Second)
	c.look()
	b.lotse.stop()

	c.isUnderstood()
	for i, p := range c.order {
		n := b.count(b.desk, p.me)
		if (n > 0) != (i%sends == 0) {
			t.Errorf("the coordinators see the question of %s %d times", p.me, n)
		}
		c.doubled += max(0, n-1)
	}
	s := b.isContent()
	if c.doubled > unsure {
		t.Errorf("%d messages came twice, %d were taken by the server without saying so", c.doubled, unsure)
	}
	t.Logf("%d messages twice, at most %d, faults %v, %d updates told again", c.doubled, unsure, s.Hits, s.Updates.Redelivered)
}

// migration is a group that becomes a supergroup, with another ID and new numbers for
// its messages, while a question is open: once while the program runs, which is told, and
// once while it does not and the server says so when it writes.
func migration(t *testing.T, p programs) {
	for _, running := range []bool{true, false} {
		b := startBotAPI(t, p, basic)
		b.lotse.start()
		b.asks(chatOfOmar, "Omar fragt nach dem Brief.")
		b.quiet(time.Second)
		if !running {
			b.lotse.stop()
		}
		var moved struct{ ID int }
		b.do("migrate", fmt.Sprintf(`{"chat":%d,"by":%d}`, b.desk, berger), &moved)
		if !running {
			b.says(chatOfOmar, "Es ist eilig.")
			b.lotse.start()
		} else {
			b.quiet(time.Second)
			b.says(chatOfOmar, "Es ist eilig.")
		}
		old := b.desk
		b.desk = moved.ID
		added := b.hears(b.desk, "Es ist eilig.")
		b.deskSays("Kommen Sie vorbei.", 0, added.ID)
		b.hears(b.desk, "Kommen Sie vorbei.")
		b.press(b.desk, berger, "label", "Senden")
		b.hears(chatOfOmar, "Kommen Sie vorbei.")
		b.hears(b.desk, "zugestellt")
		b.asks(chatOfOlena, "Olena fragt danach.")
		b.quiet(2 * time.Second)
		b.lotse.stop()
		b.lotse.start() // it is known for good
		b.says(chatOfOmar, "Danke schön dafür.")
		b.hears(b.desk, "Danke schön dafür.")
		b.quiet(2 * time.Second)
		b.lotse.stop()
		// What stands in the old group nobody can change: the new one gets the card.
		for _, words := range []string{"Omar fragt", "Es ist eilig.", "Kommen Sie", "Olena fragt", "Danke schön"} {
			if n := b.count(b.desk, words); n != 1 {
				t.Errorf("%q stands in the supergroup %d times", words, n)
			}
		}
		if n := b.count(old, "Omar fragt"); n != 1 {
			t.Errorf("the first card stands in the old group %d times", n)
		}
		b.isContent()
	}
}

// lostTopics is a forum in which somebody deletes topics: the inquiry gets another, with
// its card, and nothing that was said about it is lost.
func lostTopics(t *testing.T, p programs) {
	b := startBotAPI(t, p, forum)
	b.lotse.start()
	card := b.asks(chatOfOmar, "Omar fragt nach dem Brief.")
	b.quiet(time.Second)
	remove := func(thread int64) {
		b.do("topics", fmt.Sprintf(`{"chat":%d,"by":%d,"thread":%d,"action":"delete"}`, b.desk, berger, thread), nil)
	}
	remove(card.Thread)
	b.says(chatOfOmar, "Es ist eilig.")
	added := b.hears(b.desk, "Es ist eilig.")
	b.quiet(2 * time.Second) // it comes before the card
	again := b.hears(b.desk, "Omar fragt nach dem Brief.")
	if added.Thread == card.Thread || again.Thread != added.Thread {
		t.Errorf("the card was in topic %d and is in %d, what was added in %d", card.Thread, again.Thread, added.Thread)
	}
	b.deskSays("Kommen Sie vorbei.", again.Thread, again.ID)
	b.hears(b.desk, "Kommen Sie vorbei.")
	remove(again.Thread) // with the draft
	b.says(chatOfOmar, "Bitte antworten Sie.")
	last := b.hears(b.desk, "Bitte antworten Sie.")
	if last.Thread == again.Thread {
		t.Errorf("it stands in topic %d, which is deleted", last.Thread)
	}
	b.deskSays("Wir rufen Sie an.", last.Thread, last.ID)
	b.hears(b.desk, "Wir rufen Sie an.")
	b.press(b.desk, berger, "label", "Senden")
	b.hears(chatOfOmar, "Wir rufen Sie an.")
	b.hears(b.desk, "zugestellt")
	b.quiet(2 * time.Second)
	b.lotse.stop()

	var group struct {
		Topics []struct {
			ID              int64 `json:"message_thread_id"`
			Name            string
			Deleted, Closed bool
		}
	}
	b.do(fmt.Sprintf("chat?chat=%d", b.desk), "", &group)
	live := 0
	for _, topic := range group.Topics {
		if strings.Contains(topic.Name, "Wohnen") && !topic.Deleted && !topic.Closed {
			live++
		}
	}
	if live != 1 {
		t.Errorf("the inquiry has %d topics: %+v", live, group.Topics)
	}
	cards := 0
	for _, s := range b.said(b.desk) {
		if strings.Contains(s.Message.Text, "Omar fragt nach dem Brief.") && s.Message.Thread == last.Thread {
			cards++
		}
	}
	if cards != 1 {
		t.Errorf("the last topic has %d cards", cards)
	}
	if n := b.count(chatOfOmar, "Wir rufen Sie an."); n != 1 {
		t.Errorf("the answer came %d times", n)
	}
	b.isContent()
}
