package bot

import (
	"fmt"
	"strings"
	"testing"

	"lotse/locales"
)

// However many questions there are, the list begins with who has only days left, and
// shows each once wherever it stands by now.
func TestTheMostUrgentIsListed(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	for i := range openAtOnce + 5 {
		w.ask(fmt.Sprint("p", i), "My question.")
	}
	w.do("ann /start", "ann ! de", "ann ! ask", "ann ! private", "ann ! letter", "ann ! yes", "ann > A letter.", "ann ! soon")
	list := func() string {
		w.do("cora @desk /offen")
		return w.net.said[len(w.net.said)-1]
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(list()[strings.Index(list(), "(desk.open)"):], "(desk.open)\n\t\t"), "\n")
	if !strings.HasPrefix(first, "(desk.open.soon ") {
		t.Errorf("the list begins with %s", first)
	}
	answer := fmt.Sprint(len(w.net.room("desk").messages))
	w.do("cora @desk ! #1 claim", "cora @desk re 1 > Come on Monday.", "cora @desk ! send", "wait 20s")
	if rows := w.rowsOf("open"); len(rows) != openAtOnce+6 {
		t.Errorf("%d rows for %d questions, after %s", len(rows), openAtOnce+6, answer)
	}
}
