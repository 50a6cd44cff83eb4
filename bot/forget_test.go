package bot

import (
	"context"
	"errors"
	"slices"
	"testing"

	"lotse/bot/chat"
	"lotse/locales"
)

// A forgetter remembers something itself, and forgets it when it is told to.
type forgetter struct {
	*network
	busy   bool
	forgot []string
}

func (f *forgetter) Forget(_ context.Context, at chat.Address) error {
	if f.busy {
		return errors.New("busy")
	}
	f.forgot = append(f.forgot, at.Room)
	f.said = append(f.said, "forgets "+at.Room)
	return nil
}

// What the adapter remembers goes last, behind the receipt; of who closed the chat it has
// nothing any more.
func TestTheAdapterForgets(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	net := &forgetter{network: w.net, busy: true}
	w.bot.platforms[w.net.Name()] = net
	w.ask("ann", "My question.")
	w.do("ann /mydata", "ann ! data/delete", "ann ! delete/yes")
	if n := w.heard("(privacy.erased"); n != 1 || len(net.forgot) != 0 {
		t.Fatalf("%d receipts, forgotten %q", n, net.forgot)
	}
	net.busy = false
	w.do("wait 1h")
	if !slices.Equal(net.forgot, []string{"ann"}) || net.said[len(net.said)-1] != "forgets ann" {
		t.Errorf("forgotten %q, at last %q", net.forgot, net.said)
	}
	if n := len(w.rowsOf("out")); n != 0 {
		t.Errorf("%d rows are left in the outbox", n)
	}
}
