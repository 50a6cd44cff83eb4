//go:build botapi

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// A fault is one way in which a request goes wrong.
type fault struct {
	name, settings string
	unsure         bool // the bot cannot know whether the request was carried out
	done           bool // it was
	after          time.Duration
}

// faultKinds are all of them. Each happens to two requests, one after the other.
var faultKinds = []fault{
	{name: "429", settings: `"kind":"error","code":429,"retry_after":2`, after: 2 * time.Second},
	{name: "500", settings: `"kind":"error","code":500`, unsure: true},
	{name: "502 HTML", settings: `"kind":"bad_gateway"`, unsure: true},
	{name: "malformed JSON", settings: `"kind":"malformed"`, unsure: true, done: true},
	{name: "dropped before", settings: `"kind":"drop_before"`, unsure: true},
	{name: "dropped after", settings: `"kind":"drop_after"`, unsure: true, done: true},
}

// happen lets a fault happen to the next requests of a method, in a chat unless that
// is 0.
func (b *botAPI) happen(f fault, method string, chat, count int) {
	b.t.Helper()
	b.do("faults", fmt.Sprintf(`{%s,"method":%q,"chat":%d,"count":%d}`, f.settings, method, chat, count), nil)
}

// happened waits until all faults did, and reports whether the bot waited as long as
// it was told.
func (b *botAPI) happened(f fault, since int, method string) {
	b.t.Helper()
	for deadline := time.Now().Add(2 * patience); ; time.Sleep(20 * time.Millisecond) {
		var left []json.RawMessage
		if b.do("faults", "", &left); len(left) == 0 {
			break
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("%s: %s never happened: %s", f.name, method, left)
		}
	}
	b.quiet(f.after + 4*time.Second) // what went wrong a second time waits up to two seconds, on a busy machine a little more
	told := map[string]time.Time{}   // by what was asked where
	for _, r := range b.requests(since) {
		asked := r.Method + " in " + r.Params["chat_id"]
		if at, was := told[asked]; was && r.At.Sub(at) < f.after {
			b.t.Errorf("%s: %s again after %v", f.name, asked, r.At.Sub(at))
		}
		if delete(told, asked); r.Code == 429 {
			told[asked] = r.At
		}
	}
}

// now is the number of the last request.
func (b *botAPI) now() int {
	b.t.Helper()
	all := b.requests(0)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].Seq
}

const (
	chatOfOmar  = 4712
	chatOfOlena = 4713
)

// asks leads somebody through asking: from the first greeting to the card, which is
// returned.
func (b *botAPI) asks(chat int, question string) message {
	b.t.Helper()
	c := newCrowd(b, chat, 1)
	ask := slices.Concat(toMenu, fiveSteps[:2], []turn{
		{write: question, hears: question}, {press: "ask/preview/send", hears: "Ihre Frage ist gesendet"},
	})
	c.begin(func(int) []turn { return ask })
	c.listen(patience, func() {})
	c.isUnderstood()
	return b.hears(b.desk, question)
}

// faults lets every fault happen to every kind of request: what somebody is told, an
// answer of the coordinators, their card, the tick on their message, and asking for
// updates. Nothing is lost; what comes twice the bot could not know of; and of an
// answer that may have been lost the coordinators hear, and decide.
func faults(t *testing.T, p programs) {
	b := startBotAPI(t, p, plain)
	b.do("config", `{"rate_limits":false}`, nil) // what is tried here would take an hour with them
	b.lotse.env = []string{"LOTSE_TELEGRAM_RATE=0"}
	b.lotse.start()
	card := b.asks(chatOfOmar, "Omar fragt nach dem Brief.")
	c := newCrowd(b, chatOfOlena, 1)
	c.begin(func(int) []turn { return slices.Concat(toMenu, fiveSteps) })
	c.listen(patience, func() {})
	for i, f := range faultKinds {
		b.acknowledged(f, fmt.Sprintf("Olena drückt zum %d. Mal.", i+1))
		b.prompted(f, fmt.Sprintf("Olena schreibt zum %d. Mal.", i+1))
		b.answered(f, card, fmt.Sprintf("Das ist die %d. Antwort.", i+1))
		b.edited(f)
		b.polled(f, fmt.Sprintf("Olena hört das %d. Mal zu.", i+1))
	}
	b.repeated()
	b.quiet(2 * time.Second)
	b.lotse.stop()
	b.isContent()
}

// acknowledged is a fault while a press is acknowledged: that is tried again, and what was
// pressed happens once.
func (b *botAPI) acknowledged(f fault, words string) {
	b.t.Helper()
	b.says(chatOfOlena, words)
	b.hears(chatOfOlena, words)
	since := b.now()
	b.happen(f, "answerCallbackQuery", 0, 2)
	b.press(chatOfOlena, chatOfOlena, "data", "ask/preview/change") // which waits until it is acknowledged
	b.happened(f, since, "answerCallbackQuery")
	shown := 0
	for _, r := range b.requests(since) {
		if r.to(chatOfOlena) && (r.Method == "sendMessage" || r.Method == "editMessageText") {
			shown++
		}
	}
	if shown != 1 {
		b.t.Errorf("%s: what was pressed is answered %d times", f.name, shown)
	}
}

// topicFaults lets every fault happen while the topic of an inquiry is made, its photo is
// shown, and the topic is closed and opened again. A topic that was made and not told stays
// empty: nobody could know of it. What belongs to the inquiry stands in one, once unless
// nobody could know that it was there.
func topicFaults(t *testing.T, p programs) {
	b := startBotAPI(t, p, forum)
	b.do("config", `{"rate_limits":false}`, nil) // what is tried here would take an hour with them
	b.lotse.env = []string{"LOTSE_TELEGRAM_RATE=0"}
	b.lotse.start()
	for i, f := range faultKinds {
		since, question := b.now(), fmt.Sprintf("Das ist Frage Nummer %d.", i+1)
		for _, method := range []string{"createForumTopic", "sendPhoto", "closeForumTopic", "reopenForumTopic"} {
			b.happen(f, method, b.desk, 1)
		}
		c := newCrowd(b, chatOfOmar+i, 1)
		c.begin(func(int) []turn { return toMenu })
		c.listen(patience, func() {})
		b.press(chatOfOmar+i, chatOfOmar+i, "data", "menu/menu/ask")
		b.hears(chatOfOmar+i, "Worum geht es")
		b.press(chatOfOmar+i, chatOfOmar+i, "data", "ask/topic/housing")
		b.hears(chatOfOmar+i, "Bitte schreiben Sie Ihre Frage")
		b.do("send", fmt.Sprintf(`{"from":%d,"media":{"type":"photo","size":2000},"caption":%q}`, chatOfOmar+i, question), nil)
		b.hears(chatOfOmar+i, "📷")
		b.press(chatOfOmar+i, chatOfOmar+i, "data", "ask/preview/send")
		card := b.hears(b.desk, question)
		b.hears(b.desk, "📎 Anhang zu Fall")
		b.quiet(time.Second)
		b.press(b.desk, berger, "label", "Abschließen")
		b.quiet(3 * time.Second)
		b.press(b.desk, berger, "label", "Wieder öffnen")
		b.happened(f, since, "*")
		b.inOneTopic(f, card, question)
	}
	b.quiet(2 * time.Second)
	b.lotse.stop()
	b.isContent()
}

// inOneTopic looks where a card stands, and at its topic.
func (b *botAPI) inOneTopic(f fault, card message, question string) {
	b.t.Helper()
	cards, photos, topics, open := 0, 0, 0, false
	for _, s := range b.said(b.desk) {
		switch {
		case strings.Contains(s.Message.Text, question):
			cards++
		case s.Message.Thread == card.Thread && strings.Contains(s.Message.Caption, "📎"):
			photos++
		}
	}
	var group struct {
		Topics []struct {
			ID              int64 `json:"message_thread_id"`
			Name            string
			Deleted, Closed bool
		}
	}
	b.do(fmt.Sprintf("chat?chat=%d", b.desk), "", &group)
	for _, topic := range group.Topics {
		if strings.HasPrefix(topic.Name, strings.Fields(card.Text)[1]) {
			topics++
		}
		open = open || topic.ID == card.Thread && !topic.Closed && !topic.Deleted
	}
	most := 1
	if f.done {
		most = 2
	}
	if card.Thread == 0 || cards != 1 || photos != most || topics != most || !open {
		b.t.Errorf("%s: the card stands in topic %d (open: %v), %d times, with %d photos (want %d), and there are %d topics (want %d)",
			f.name, card.Thread, open, cards, photos, most, topics, most)
	}
}

// prompted is a fault while somebody is told something.
func (b *botAPI) prompted(f fault, words string) {
	b.t.Helper()
	since := b.now()
	b.happen(f, "sendMessage", chatOfOlena, 2)
	b.says(chatOfOlena, words)
	n := 1
	if f.done { // each time it was there already, and nobody could know
		n = 3
	}
	b.happened(f, since, "sendMessage")
	if got := b.count(chatOfOlena, words); got != n {
		b.t.Errorf("%s: %q is said %d times, want %d", f.name, words, got, n)
	}
}

// answered is a fault while somebody gets an answer, and while the coordinator's
// message gets its tick.
func (b *botAPI) answered(f fault, card message, words string) {
	b.t.Helper()
	since := b.now()
	b.deskSays(words, 0, card.ID)
	b.hears(b.desk, words)
	b.happen(f, "setMessageReaction", b.desk, 2)
	if !f.unsure {
		b.happen(f, "sendMessage", chatOfOmar, 2)
		b.press(b.desk, berger, "label", "Senden")
	} else {
		b.happen(f, "sendMessage", chatOfOmar, 1)
		b.press(b.desk, berger, "label", "Senden")
		unsure := b.hears(b.desk, "Verbindung brach beim Senden ab")
		if !strings.Contains(unsure.Text, words) {
			b.t.Errorf("%s: the coordinators are told %q", f.name, unsure.Text)
		}
		b.quiet(500 * time.Millisecond)
		if got := b.count(chatOfOmar, words); got > 1 || (got == 1) != f.done {
			b.t.Errorf("%s: the answer came %d times before anybody decided", f.name, got)
		}
		b.press(b.desk, berger, "label", "Noch einmal senden")
	}
	b.hears(chatOfOmar, words)
	b.happened(f, since, "s*")
	n := 1
	if f.done {
		n = 2
	}
	if got := b.count(chatOfOmar, words); got != n {
		b.t.Errorf("%s: the answer came %d times, want %d", f.name, got, n)
	}
	b.ticked(f, words)
}

// ticked looks for the tick on a message of Frau Berger, and for her draft.
func (b *botAPI) ticked(f fault, words string) {
	b.t.Helper()
	var said []struct {
		Message   message
		Reactions map[string]json.RawMessage
	}
	b.do(fmt.Sprintf("transcript?chat=%d", b.desk), "", &said)
	ticks, arrived := 0, 0
	for _, s := range said {
		if s.Message.Text == words {
			for _, by := range s.Reactions {
				ticks += strings.Count(string(by), "👍")
			}
		}
		if strings.Contains(s.Message.Text, words) && strings.Contains(s.Message.Text, "zugestellt") {
			arrived++
		}
	}
	if ticks != 1 || arrived != 1 {
		b.t.Errorf("%s: %q has %d ticks, and is called delivered %d times", f.name, words, ticks, arrived)
	}
}

// edited is a fault while a card is shown anew.
func (b *botAPI) edited(f fault) {
	b.t.Helper()
	since := b.now()
	b.happen(f, "editMessageText", b.desk, 2)
	b.press(b.desk, berger, "label", "Freigeben")
	b.happened(f, since, "editMessageText")
	b.hears(b.desk, "Stand: beantwortet\n")
	b.press(b.desk, berger, "label", "Ich übernehme")
	b.hears(b.desk, "bei Eva Berger")
}

// polled is a fault while the bot asks for updates.
func (b *botAPI) polled(f fault, words string) {
	b.t.Helper()
	since := b.now()
	b.happen(f, "getUpdates", 0, 2)
	b.says(chatOfOlena, words+" Am Anfang.") // this ends the request that waits
	b.says(chatOfOlena, words+" Am Ende.")
	b.happened(f, since, "getUpdates")
	for part, n := range map[string]int{" Am Anfang.": 2, " Am Ende.": 1} { // all of the question is shown each time
		if got := b.count(chatOfOlena, words+part); got != n {
			b.t.Errorf("%s: %q is shown %d times, want %d", f.name, words+part, got, n)
		}
	}
}

// repeated is a server that tells what it told before.
func (b *botAPI) repeated() {
	b.t.Helper()
	f := fault{name: "duplicate updates", settings: `"kind":"duplicate_updates"`}
	for _, words := range []string{"Das kommt zweimal.", "Und dann kommt das."} {
		b.says(chatOfOlena, words)
		b.hears(chatOfOlena, words)
		b.happen(f, "getUpdates", 0, 1)
	}
	b.quiet(time.Second)
	if first, second := b.count(chatOfOlena, "Das kommt zweimal."), b.count(chatOfOlena, "Und dann kommt das."); first != 2 || second != 1 {
		b.t.Errorf("what is told twice is shown %d and %d times, want 2 and 1", first, second)
	}
	var s stats
	if b.do("stats", "", &s); s.Updates.Redelivered == 0 {
		b.t.Error("nothing was told twice")
	}
}
