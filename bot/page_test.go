package bot

import (
	"strings"
	"testing"
)

// Who presses quickly, or while the network is away, finds the newest page: one
// edit waits, not one for each press.
func TestQuickPressesAreOneEdit(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	p.play("ann /menu", "wait 1s", "fail ann 1m")
	for range 5 {
		p.play("ann ! mydata", "ann ! mine", "ann ! language")
	}
	if n := len(p.rowsOf("out")); n != 1 {
		t.Errorf("%d rows wait, want 1", n)
	}
	before := len(p.net.messages("ann"))
	p.play("wait 1h")
	got := p.net.messages("ann")
	if last := got[len(got)-1]; len(got) != before || !strings.Contains(last.Text, "language.pick") {
		t.Errorf("%d messages instead of %d, the last is %q", len(got), before, last.Text)
	}
	p.nothingLeft("out", "edit")

	p.play("fail ann 2h", "ann ! de")
	if len(p.rowsOf("edit")) == 0 {
		t.Fatal("no edit waits")
	}
	pid := strings.TrimPrefix(p.rowsOf("person")[0], "person/")
	err := p.bot.transact(t.Context(), "test", func(t *turn) error {
		sp, err := t.known(pid)
		t.eraseQuietly(sp)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.play("wait 1h", "wait 2h")
	p.nothingLeft(ofPeople...)
}
