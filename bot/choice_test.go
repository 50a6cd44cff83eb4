package bot

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
	"lotse/locales"
)

func TestChosen(t *testing.T) {
	buttons := []chat.Button{
		{ID: "a", Label: "🧸 Kita / Hort"}, {ID: "b", Label: "✅ \u200fنعم، أوافق"}, {ID: "c", Label: "Ich übernehme"},
		{ID: "d", Label: "📬 Antwort auf 1"}, {ID: "e", Label: "📬 Antwort auf 2"}, {ID: "f", Label: "👍 Gut"},
	}
	for text, want := range map[string]string{
		"1": "a", "٢": "b", "۳": "c", "３": "c", "4️⃣": "d", "5⃣": "e", "(2)": "b", "6.": "f",
		"0": "", "7": "", "-1": "", "1 und 2": "", "": "", " ": "",
		"kita / hort": "a", "🧸": "a", "✅": "b", "✅\ufe0f": "b", "نعم، أوافق": "b", "ICH ÜBERNEHME": "c", "👍🏽": "f",
		"Ich": "", "Kita": "", "📬": "", "Antwort auf 2": "e", strings.Repeat("1", 200): "", "❌": "",
	} {
		if got, ok := chosen(buttons, text); got != want || ok != (want != "") {
			t.Errorf("%q means %q, %v; want %q", text, got, ok, want)
		}
	}
}

// What a changed message means depends on what was seen there.
func TestOfferAt(t *testing.T) {
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	one, two, three := []chat.Button{{ID: "1"}}, []chat.Button{{ID: "2"}}, []chat.Button{{ID: "3"}}
	var o offer
	o.change(one, start)
	if got, ok := o.at(start.Add(-time.Hour)); !ok || got[0].ID != "1" { // no clock is that wrong, but there was nothing else
		t.Errorf("at first it offers %v", got)
	}
	o.change(two, start.Add(time.Hour))
	o.change(three, start.Add(2*time.Hour))
	for _, c := range []struct {
		after time.Duration
		want  string
	}{
		{30 * time.Minute, ""}, {time.Hour + time.Second, "2"}, {2 * time.Hour, "2"},
		{2*time.Hour + unnoticed - 1, "2"}, {2*time.Hour + unnoticed, "3"}, {5 * time.Hour, "3"},
	} {
		got, ok := o.at(start.Add(c.after))
		if ok != (c.want != "") || ok && got[0].ID != c.want {
			t.Errorf("after %v it offers %v, %v; want %q", c.after, got, ok, c.want)
		}
	}
}

// plainWorld is a world without buttons in which ann has the menu.
func plainWorld(t *testing.T) *world {
	w := newWorld(t, locales.Pseudo)
	w.net.plain = true
	w.receive(chat.Event{Kind: chat.Text, From: "ann", In: w.net.at("ann"), Text: "Hallo"})
	w.receive(chat.Event{Kind: chat.Text, From: "ann", In: w.net.at("ann"), Text: "1"})
	return w
}

func (w *world) last(room string) string {
	all := w.net.room(room).messages
	return all[len(all)-1].Text
}

// A number that was written long before the newest list was sent means the list that
// stood there then.
func TestLateNumber(t *testing.T) {
	w := plainWorld(t)
	seen := w.now
	w.now = w.now.Add(time.Hour)
	w.receive(chat.Event{Kind: chat.Text, From: "ann", In: w.net.at("ann"), Text: "1"}) // asks for the role
	ev := chat.Event{ID: "late", Kind: chat.Text, From: "ann", In: w.net.at("ann"), Text: "2", At: seen.Add(time.Minute)}
	if err := w.bot.Receive(t.Context(), ev); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if got := w.last("ann"); !strings.Contains(got, "(meetings.none)") { // 2 of the menu, not the role of a school
		t.Errorf("answered %s", got)
	}
}

// Who answers before all keycaps are there does not wait for the rest.
func TestNoKeycapsOnWhatWasAnswered(t *testing.T) {
	w := plainWorld(t)
	before := len(w.net.said)
	for i, text := range []string{"6", "6", "6"} {
		ev := chat.Event{ID: fmt.Sprint("quick-", i), Kind: chat.Text, From: "ann", In: w.net.at("ann"), Text: text, At: w.now}
		if err := w.bot.Receive(t.Context(), ev); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	newest := fmt.Sprint(" #", len(w.net.room("ann").messages), " ")
	taps := 0
	for _, s := range w.net.said[before:] {
		if strings.Contains(s, " ^ ") {
			taps++
			if !strings.Contains(s, newest) {
				t.Errorf("a keycap on what was answered: %s", s)
			}
		}
	}
	if taps == 0 {
		t.Error("the newest list has no keycaps")
	}
}

// A network that takes no keycaps keeps nobody waiting.
func TestKeycapsHoldUpNobody(t *testing.T) {
	w := plainWorld(t)
	w.net.refuseReactions = true
	before := len(w.net.said)
	w.receive(chat.Event{Kind: chat.Text, From: "ann", In: w.net.at("ann"), Text: "7"})
	w.receive(chat.Event{Kind: chat.Text, From: "ann", In: w.net.at("ann"), Text: "1"})
	if got := w.last("ann"); !strings.Contains(got, "(menu.menu)") {
		t.Errorf("answered %s", got)
	}
	if taps := slices.IndexFunc(w.net.said[before:], func(s string) bool { return strings.Contains(s, " ^ ") }); taps >= 0 {
		t.Error("a keycap was put")
	}
	if rows := slices.Concat(w.rowsOf("out"), w.rowsOf("lane")); len(rows) > 0 {
		t.Errorf("%d rows are left", len(rows))
	}
}

// Without consent and with it, of what was offered nothing stays when a person is
// erased.
func TestOffersAreErased(t *testing.T) {
	w := plainWorld(t)
	if len(w.rowsOf("choice")) != 1 {
		t.Fatal("nothing is remembered")
	}
	for _, text := range []string{"6", "1"} {
		w.receive(chat.Event{Kind: chat.Text, From: "ann", In: w.net.at("ann"), Text: text})
	}
	for len(w.rowsOf("choice")) > 0 && strings.Contains(w.last("ann"), "privacy") {
		w.receive(chat.Event{Kind: chat.Text, From: "ann", In: w.net.at("ann"), Text: "1"})
	}
	if n := len(w.rowsOf("choice")); n != 0 {
		t.Errorf("%d rows are left; the last message is %s", n, w.last("ann"))
	}
}
