package platformtest

import (
	"reflect"
	"strings"
	"testing"

	"lotse/bot/chat"
)

// end: Run ends with its context, also when nothing ever happened.
func end(t *testing.T, n Network) {
	run(t, n.Platform, newInbox(t))()
}

// again: an event that was refused is told until it is taken, as the same event.
func again(t *testing.T, n Network) {
	in := newInbox(t)
	in.refuse = 2
	run(t, n.Platform, in)
	n.Speak("eins")
	first := await(t, in.told)
	for range 2 {
		if ev := await(t, in.told); !reflect.DeepEqual(ev, first) {
			t.Errorf("told first %+v\nthen       %+v", first, ev)
		}
	}
	if ev := await(t, in.taken); ev.ID != first.ID || ev.ID == "" {
		t.Errorf("taken was %+v", ev)
	}
	n.Speak("eins")
	if ev := await(t, in.taken); ev.ID == first.ID {
		t.Error("the same words said twice are told as one event")
	}
}

// order: what one person says is told in order, whatever is refused.
func order(t *testing.T, n Network) {
	in := newInbox(t)
	in.refuse = 1
	run(t, n.Platform, in)
	said := strings.Fields("eins zwei drei vier fünf")
	for _, s := range said {
		n.Speak(s)
	}
	for _, s := range said {
		if ev := await(t, in.taken); ev.Text != s {
			t.Fatalf("%q was told, want %q", ev.Text, s)
		}
	}
}

// restart: what was not advanced over is told again as the same events, what was
// is not.
func restart(t *testing.T, n Network) {
	if n.Restart == nil {
		return // with the process everything is gone
	}
	var told []chat.Event
	cursors := []string{""} // by how many events had been taken
	for _, from := range []int{0, 1, 2, 1, 0} {
		in := newInbox(t)
		in.cursor = cursors[from]
		stop := run(t, n.Platform, in)
		for _, want := range told[from:] {
			if ev := await(t, in.taken); !reflect.DeepEqual(ev, want) {
				t.Errorf("from %q on was told %+v\nwant %+v", in.cursor, ev, want)
			}
			await(t, in.cursors)
		}
		n.Speak("neu")
		ev := await(t, in.taken)
		for _, old := range told {
			if ev.ID == old.ID {
				t.Errorf("from %q on was told again: %+v", in.cursor, ev)
			}
		}
		told = append(told, ev)
		cursors = append(cursors, await(t, in.cursors))
		stop()
		n.Platform = n.Restart()
	}
}
