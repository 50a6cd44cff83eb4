//go:build goolm

package matrix

import (
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
	receipts := func() (all []string) {
		for _, call := range f.calls {
			if strings.Contains(call, "/receipt/") {
				all = append(all, call)
			}
		}
		return all
	}
	f.awaits(t, func() bool { return len(receipts()) > 0 })
	if got, want := receipts()[0], "POST v3/rooms/"+talk+"/receipt/m.read/"+first; got != want {
		t.Errorf("shown is %s, want %s", got, want)
	}
}
