package bot

import (
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
	"lotse/locales"
)

// A press is as old as what it stood under, and a network tells it again for a day. It
// is answered, however old that is, and never twice: not even when old marks are swept
// in between.
func TestOldPressesAreAnsweredOnce(t *testing.T) {
	const day = 24 * time.Hour
	for name, age := range map[string]time.Duration{
		"new": 0, "half a week": 84 * time.Hour, "more than that": 84*time.Hour + time.Minute, "nearly a week": 7*day - time.Minute,
		"a week": 7 * day, "more than a week": 8 * day, "of an unknown age": -1,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, locales.Pseudo)
			w.ask("ann", "My question.")
			number := strings.TrimPrefix(w.rowsOf("number")[0], "number/")
			w.now = w.now.Add(9 * day)
			w.settle()
			at := w.now.Add(-age)
			if age < 0 {
				at = time.Unix(0, 0).UTC()
			}
			presses := []chat.Event{
				{ID: "person", Kind: chat.Press, At: at, In: w.net.at("ann"), From: "ann", Press: "menu/menu/ask", On: "2"},
				{ID: "desk", Kind: chat.Press, At: at, In: theDesk, From: "cora", Name: "Cora", Press: "desk/" + number + "/answer", On: "1"},
			}
			requests := 0
			w.net.fail = func(string) error { requests++; return nil }
			for _, ev := range presses {
				w.net.said, requests = nil, 0
				for hour := range 30 {
					if err := w.bot.Receive(t.Context(), ev); err != nil {
						t.Fatal(err)
					}
					w.settle()
					w.now = w.now.Add(time.Hour)
					if hour == 0 && requests > 0 {
						requests = 0
					} else if requests > 0 || hour == 0 {
						t.Fatalf("%s: %d requests after %d hours", ev.ID, requests, hour)
					}
				}
				if said := strings.Join(w.net.said, "\n"); strings.Contains(said, "(oops") || ev.ID == "desk" && !strings.Contains(said, "(desk.write ") {
					t.Errorf("%s: it says %q", ev.ID, said)
				}
			}
		})
	}
}
