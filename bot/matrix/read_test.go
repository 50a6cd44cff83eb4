//go:build goolm

package matrix

import (
	"slices"
	"strings"
	"testing"
)

// People see what was taken, at the team nobody does: there the bot reads along, but
// what colleagues say to each other is not for it.
func TestReadReceipts(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	f.room("!team:fake", nil, "@cora:fake", bot)
	m, in := f.open(Options{Desks: []string{"!team:fake"}}), newInbox(t)
	run(t, m, in)
	f.text("!team:fake", "@cora:fake", "unter uns")
	in.next()
	first := f.text(talk, rima, "Guten Tag")
	in.next()
	receipt := func() string {
		i := slices.IndexFunc(f.calls, func(call string) bool { return strings.Contains(call, "/receipt/") })
		if i < 0 {
			return ""
		}
		return f.calls[i]
	}
	f.awaits(t, func() bool { return receipt() != "" })
	f.mu.Lock()
	defer f.mu.Unlock()
	if got, want := receipt(), "POST v3/rooms/"+talk+"/receipt/m.read/"+first; got != want {
		t.Errorf("shown is %s, want %s", got, want)
	}
}
