package bot

import (
	"fmt"
	"regexp"
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
	// … and goes on, until all that were looked at are named
	shown := map[string]bool{}
	for page, want := range []int{10, 10, 5} {
		names := regexp.MustCompile(`number="(\d{5})"`).FindAllStringSubmatch(w.net.said[len(w.net.said)-1], -1)
		for _, name := range names {
			shown[name[1]] = true
		}
		if last := w.net.said[len(w.net.said)-1]; len(shown) != page*10+want || strings.Contains(last, "desk.open.more") != (page == 2) {
			t.Errorf("page %d names %d in all: %s", page, len(shown), last)
		}
		if page < 2 {
			w.do("cora @desk ! next")
		}
	}
	answer := fmt.Sprint(len(w.net.room("desk").messages))
	w.do("cora @desk ! #1 claim", "cora @desk re 1 > Come on Monday.", "cora @desk ! send", "wait 20s")
	if rows := w.rowsOf("open"); len(rows) != openAtOnce+6 {
		t.Errorf("%d rows for %d questions, after %s", len(rows), openAtOnce+6, answer)
	}
}
