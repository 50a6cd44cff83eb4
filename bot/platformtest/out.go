package platformtest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"lotse/bot/chat"
)

func text(t *testing.T, n Network) {
	said := []string{"Guten Tag", "<b>&amp; *_`[](x)~", "\u2067مرحبا 12\u2069 👋🏽", "a\nb"}
	seen := map[string]bool{}
	for i, s := range said {
		id := mustSend(t, n, "row"+s, chat.Message{Text: s})
		if seen[id] {
			t.Errorf("message %q has the ID of another", s)
		}
		seen[id] = true
		if got := shown(t, n, i+1)[i]; got.Text != s || got.ID != id {
			t.Errorf("shown as %+v, want %q with ID %s", got, s, id)
		}
	}
}

func buttons(t *testing.T, n Network) {
	in := newInbox(t)
	run(t, n.Platform, in)
	rows := [][]chat.Button{
		{{ID: "ask/role/kita", Label: "🧸 Kita"}, {ID: "x", Label: "\u200fمساعدة"}},
		{{ID: strings.Repeat("i", chat.MaxButtonID), Label: "long"}},
	}
	m := chat.Message{Text: "Welche?", Buttons: rows}
	id := mustSend(t, n, "row", m)
	if lists(n) { // the bot knows what a number means
		for i, b := range m.Numbered() {
			if line := chat.Keycap(i+1) + " " + b.Label; !strings.Contains(shown(t, n, 1)[0].Text, line) {
				t.Errorf("nothing says %q", line)
			}
		}
		return
	}
	if got := shown(t, n, 1)[0].Buttons; !same(got, rows) {
		t.Errorf("buttons are shown as %v", got)
	}
	for _, b := range slices.Concat(rows...) {
		n.Press(id, b.ID)
		ev := await(t, in.taken)
		if ev.Kind != chat.Press || ev.Press != b.ID || ev.On != id || ev.In != n.Room || ev.From == "" {
			t.Errorf("button %s was told as %+v", b.ID, ev)
		}
	}
}

// lists reports whether buttons are lines below the text.
func lists(n Network) bool {
	l, ok := n.Platform.(chat.Lister)
	return ok && l.ListsButtons()
}

func reply(t *testing.T, n Network) {
	in := newInbox(t)
	run(t, n.Platform, in)
	n.Speak("Hallo")
	ev := await(t, in.taken)
	if ev.Kind != chat.Text || ev.Text != "Hallo" || ev.In != n.Room || ev.From == "" || ev.Message == "" || ev.At.IsZero() {
		t.Errorf("a text was told as %+v", ev)
	}
	mustSend(t, n, "row", chat.Message{Text: "Ja?", ReplyTo: ev.Message})
	if got := shown(t, n, 1)[0]; got.Reply != ev.Message {
		t.Errorf("the reply is shown as %+v", got)
	}
}

func change(t *testing.T, n Network) {
	id := mustSend(t, n, "row", chat.Message{Text: "offen", Buttons: [][]chat.Button{{{ID: "a", Label: "A"}}}})
	other := mustSend(t, n, "row2", chat.Message{Text: "bleibt"})
	if e, ok := n.Platform.(chat.Editor); ok {
		for range 2 { // a repeated request is no error
			if err := e.Edit(t.Context(), "edit", n.Room, id, chat.Message{Text: "zu"}); err != nil {
				t.Errorf("edit: %v", err)
			}
		}
		if got := shown(t, n, 2); got[0].Text != "zu" || len(got[0].Buttons) != 0 || got[1].Text != "bleibt" {
			t.Errorf("after the edit: %+v", got)
		}
		wantBad(t, e.Edit(t.Context(), "edit2", n.Room, "no such message", chat.Message{Text: "x"}))
	}
	if r, ok := n.Platform.(chat.Reacter); ok {
		if err := r.React(t.Context(), "react", n.Room, id, "👍"); err != nil {
			t.Errorf("react: %v", err)
		}
		if got := shown(t, n, 2)[0].Reactions; !slices.Equal(got, []string{"👍"}) {
			t.Errorf("reactions are %q", got)
		}
	}
	if d, ok := n.Platform.(chat.Deleter); ok {
		if err := d.Delete(t.Context(), "delete", n.Room, id); err != nil {
			t.Errorf("delete: %v", err)
		}
		if got := shown(t, n, 1)[0]; got.ID != other {
			t.Errorf("after the deletion: %+v", got)
		}
		if e, ok := n.Platform.(chat.Editor); ok { // so that the bot says it anew
			wantBad(t, e.Edit(t.Context(), "edit3", n.Room, id, chat.Message{Text: "zu spät"}))
		}
	}
}

func once(t *testing.T, n Network) {
	first := mustSend(t, n, "row", chat.Message{Text: "eins"})
	if !n.Once {
		return // a repeated request would be a second message: nothing to promise
	}
	if again := mustSend(t, n, "row", chat.Message{Text: "eins"}); again != first {
		t.Errorf("repeated, it is %s, at first %s", again, first)
	}
	shown(t, n, 1)
}

// long is text far over every limit, with what is hard to cut.
func long(limit int) string {
	var b strings.Builder
	for b.Len() < 5*max(limit, 1000) {
		b.WriteString("Ein Satz für alle. \u2067جملة للجميع \u2066Zimmer 12\u2069 هنا\u2069 👩🏽‍🏫 Ще одне речення.\n\n")
		b.WriteString(strings.Repeat("\u2068ohneLeerzeichen\u2069", 7) + "\n")
	}
	return b.String() + "\u2067" + strings.Repeat("طويل ", max(limit, 1000)) + "\u2069 Ende"
}

func parts(t *testing.T, n Network) {
	p := n.Platform
	if got := p.Parts(chat.Message{}); len(got) == 0 {
		t.Error("nothing has no parts")
	}
	m := chat.Message{Text: long(n.Units), ReplyTo: "7", Buttons: [][]chat.Button{{{ID: "a", Label: "A"}}}}
	all := p.Parts(m)
	if !reflect.DeepEqual(all, p.Parts(m)) {
		t.Error("Parts is not pure")
	}
	whole := ""
	for i, part := range all {
		last := i == len(all)-1
		if n.Units > 0 && units(part.Text) > n.Units {
			t.Errorf("part %d has %d units, at most %d", i, units(part.Text), n.Units)
		}
		if strings.TrimSpace(part.Text) == "" {
			t.Errorf("part %d is empty", i)
		}
		if opens, closes := strings.Count(part.Text, "\u2066")+strings.Count(part.Text, "\u2067")+strings.Count(part.Text, "\u2068"),
			strings.Count(part.Text, "\u2069"); opens != closes {
			t.Errorf("part %d opens %d isolates and closes %d", i, opens, closes)
		}
		if (len(part.Buttons) > 0) != last || (part.ReplyTo != "") != (i == 0) {
			t.Errorf("part %d of %d: buttons %v, reply %q", i, len(all), part.Buttons, part.ReplyTo)
		}
		whole += part.Text
		part.ReplyTo = ""
		mustSend(t, n, "part"+string(rune('A'+i)), part)
	}
	if bare(whole) != bare(m.Text) {
		t.Error("something was lost, added or moved")
	}
	for i, s := range shown(t, n, len(all)) {
		if s.Text != all[i].Text && !(lists(n) && len(all[i].Buttons) > 0 && strings.HasPrefix(s.Text, all[i].Text)) {
			t.Errorf("part %d is shown as another text", i)
		}
	}
}

// bare is what must not be lost when a text is cut.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, s)
}

// units counts as Telegram does: UTF-16.
func units(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}

func gone(t *testing.T, n Network) {
	if n.Block == nil {
		return // nobody can block the bot here
	}
	in := newInbox(t)
	run(t, n.Platform, in)
	n.Speak("Hallo")
	await(t, in.taken)
	n.Block()
	if ev := await(t, in.taken); ev.Kind != chat.Left || ev.In != n.Room {
		t.Errorf("blocking was told as %+v", ev)
	}
	_, err := n.Platform.Send(t.Context(), "row", n.Room, chat.Message{Text: "Hallo"})
	var no *chat.SendError
	if !errors.As(err, &no) || !no.Gone {
		t.Errorf("sending to somebody who blocked the bot: %v", err)
	}
}

// nowhere is a room that is no more.
func nowhere(t *testing.T, n Network) {
	to := n.Room
	to.Room = "0"
	_, err := n.Platform.Send(t.Context(), "row", to, chat.Message{Text: "Hallo"})
	var no *chat.SendError
	if !errors.As(err, &no) || !no.Gone {
		t.Errorf("sending to no room: %v", err)
	}
}

func broken(t *testing.T, n Network) {
	n.Break()
	_, err := n.Platform.Send(t.Context(), "row", n.Room, chat.Message{Text: "Hallo"})
	wantTemporary(t, err)
}

func cancelled(t *testing.T, n Network) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := n.Platform.Send(ctx, "row", n.Room, chat.Message{Text: "Hallo"})
	wantTemporary(t, err)
	shown(t, n, 0)
}

func wantTemporary(t *testing.T, err error) {
	t.Helper()
	var no *chat.SendError
	if err == nil || errors.As(err, &no) && (no.Gone || no.Bad) {
		t.Errorf("got %v, want an error that passes", err)
	}
}

func wantBad(t *testing.T, err error) {
	t.Helper()
	var no *chat.SendError
	if !errors.As(err, &no) || !no.Bad {
		t.Errorf("got %v, want an error for ever", err)
	}
}
