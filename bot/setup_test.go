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

// finds is a look at the desk's room.
func (w *world) finds(place string, threads bool, lacks ...chat.Lack) {
	w.t.Helper()
	w.receive(chat.Event{Kind: chat.Setup, In: theDesk, Standing: &chat.Standing{Place: place, Threads: threads, Lacks: lacks}})
}

// What is missing in the room is said there once, again when something else is
// missing or after a week, and not while it cannot be said.
func TestWhatTheRoomLacks(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	const head, end = "(desk.room.lacks)\n\t\t", "\n\t\t(desk.room.who)"
	for i, c := range []struct {
		after time.Duration
		lacks []chat.Lack
		said  string // "" is nothing
	}{
		{0, nil, ""},
		{0, []chat.Lack{chat.LackWriting, chat.LackReading}, ""},
		{0, []chat.Lack{chat.LackReading, chat.LackThreads, chat.LackDeleting}, head + "(desk.room.reading)\n\t\t(desk.room.threads)\n\t\t(desk.room.deleting)\n\t\t(desk.room.admin)" + end},
		{time.Hour, []chat.Lack{chat.LackReading, chat.LackThreads, chat.LackDeleting}, ""},
		{time.Hour, []chat.Lack{chat.LackThreads}, head + "(desk.room.threads)\n\t\t(desk.room.admin)" + end},
		{lackedFor - time.Hour, []chat.Lack{chat.LackThreads}, ""},
		{time.Hour, []chat.Lack{chat.LackThreads}, head + "(desk.room.threads)\n\t\t(desk.room.admin)" + end},
		{time.Hour, []chat.Lack{chat.LackRoom}, head + "(desk.room.simple)\n\t\t(desk.room.upgrade)" + end},
		{time.Hour, []chat.Lack{chat.LackWriting}, ""},
		{time.Hour, nil, "(desk.room.fine)"},
		{2 * lackedFor, nil, ""},
		{0, []chat.Lack{chat.LackEntry}, ""}, // nor can it be said there
		{0, []chat.Lack{chat.LackSecrecy, chat.LackPast, chat.LackRank}, head + "(desk.room.secrecy)\n\t\t(desk.room.past)\n\t\t(desk.room.rank)\n\t\t(desk.room.settings)" + end},
		{0, []chat.Lack{chat.LackDoor}, head + "(desk.room.door)\n\t\t(desk.room.settings)" + end},
		{0, []chat.Lack{"of a later release"}, head + "(desk.room.admin)" + end},
	} {
		w.now, w.net.said = w.now.Add(c.after), nil
		w.finds("1", false, c.lacks...)
		var said string
		if len(w.net.said) > 0 {
			_, said, _ = strings.Cut(w.net.said[0], "\n\t\t")
		}
		if said != c.said || len(w.net.said) > 1 {
			t.Errorf("%d: %v is said as %q, want %q", i, c.lacks, w.net.said, c.said)
		}
		w.start()
	}
	// What was said about it is nobody's business in another room.
	w.receive(chat.Event{Kind: chat.Setup, In: w.net.at("another"), Standing: &chat.Standing{}})
	if n := len(w.rowsOf("person")); n != 0 {
		t.Errorf("%d people out of nothing", n)
	}
}

// A room that was replaced by another one is shown every open inquiry, once, with
// its files and, where it can have them, its threads; answers to them arrive.
func TestARoomIsReplaced(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.finds("old", false)
	const people = 2*cardsPage + 1
	for i := range people {
		w.ask(fmt.Sprintf("ann%d", i), fmt.Sprintf("Question %d.", i))
	}
	w.desk(strings.TrimPrefix(w.rowsOf("number")[0], "number/"), "close")
	old := len(w.net.messages("desk"))
	w.forum = &forum{network: w.net}
	w.start()
	w.finds("old", true)
	if n := len(w.net.messages("desk")); n != old {
		t.Fatalf("%d messages because threads were switched on", n-old)
	}
	w.finds("new", true)
	cards := 0
	for _, m := range w.net.messages("desk")[old:] {
		cards += strings.Count(m.Text, "(desk.card ")
	}
	if cards != people-1 || len(w.forum.threads) != people-1 {
		t.Fatalf("%d cards, %d threads, want %d", cards, len(w.forum.threads), people-1)
	}
	last := fmt.Sprint(len(w.net.messages("desk")))
	w.receive(chat.Event{Kind: chat.Text, In: theDesk, From: "cora", Name: "Cora", Text: "Yes.", On: last, Message: w.net.add("desk", chat.Message{Text: "Yes."})})
	if n := w.heard("(desk.preview "); n != 1 {
		t.Errorf("the answer became %d drafts", n)
	}
	w.finds("", false, chat.LackEntry) // for a while nobody knows where it is
	w.finds("new", true)
	if n := w.heard("opens thread"); n != people-1 {
		t.Errorf("%d threads in the end", n)
	}
}

// Answers of which somebody still has to decide are shown in the room that took the place
// of another, and can be decided there, each once; others are not.
func TestDraftsAreShownInTheNewRoom(t *testing.T) {
	p := newFaulty(t)
	p.finds("old", false)
	p.ask("ann", "My question.")
	for i := range draftsPage {
		p.play(fmt.Sprintf("berger @desk re 1 > Thrown away %d.", i), "berger @desk ! discard")
	}
	p.play("berger @desk re 1 > Arrived.", "berger @desk ! send", "wait 20s", "berger @desk re 1 > Waits.", "berger @desk re 1 > Leaves.", "berger @desk ! send")
	before := len(p.net.messages("desk"))
	p.finds("new", false)
	var again []string
	for _, m := range p.net.messages("desk")[before:] {
		again = append(again, m.Text)
	}
	if all := strings.Join(again, "\n"); strings.Count(all, "(desk.card ") != 1 || strings.Count(all, "Waits.") != 1 || strings.Count(all, "Leaves.") != 1 ||
		strings.Contains(all, "Thrown") || strings.Contains(all, "Arrived.") {
		t.Fatalf("shown again is %s", all)
	}
	for i, m := range p.net.messages("desk")[before:] {
		for _, row := range m.Buttons {
			for _, b := range row {
				if strings.Contains(b.ID, "/send/") {
					p.receive(chat.Event{Kind: chat.Press, From: "berger", Name: "Berger", In: theDesk, On: fmt.Sprint(before + i + 1), Press: b.ID})
				}
			}
		}
	}
	p.play("wait 20s")
	for _, words := range []string{"Waits.", "Leaves."} {
		n := 0
		for _, m := range p.net.messages("ann") {
			n += strings.Count(m.Text, words)
		}
		if n != 1 {
			t.Errorf("%q came %d times", words, n)
		}
	}
}

// The setting names another room: that shows every open inquiry.
func TestTheDeskIsSetToAnotherRoom(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.finds("old", false)
	w.ask("ann", "My question.")
	w.start()
	w.bot.desks[0].Address = w.net.at("desk2")
	w.receive(chat.Event{Kind: chat.Setup, In: w.net.at("desk2"), Standing: &chat.Standing{Place: "old"}})
	shown := w.net.messages("desk2")
	if !slices.ContainsFunc(shown, func(m chat.Message) bool { return strings.Contains(m.Text, "My question.") }) {
		t.Errorf("there is %+v", shown)
	}
}

// What waited for a right is tried again as soon as it is given.
func TestARightIsGiven(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.finds("1", false, chat.LackWriting)
	w.net.fail = func(room string) error {
		if room == "desk" {
			return &chat.SendError{Err: fmt.Errorf("no right")}
		}
		return nil
	}
	w.ask("ann", "My question.")
	w.net.fail = nil
	w.settle()
	if n := w.heard("(desk.card "); n != 0 {
		t.Fatalf("%d cards without waiting", n)
	}
	w.finds("1", false)
	if n := w.heard("(desk.card "); n != 1 {
		t.Errorf("%d cards", n)
	}
}
