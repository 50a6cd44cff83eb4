package bot

import (
	"errors"
	"fmt"
	"image/png"
	"io"
	"strings"
	"testing"

	"lotse/flows"
	"lotse/locales"
)

// countedIn writes rows of the statistics, as questions of a month.
func (w *world) countedIn(month string, c flows.Counted, n int) {
	w.t.Helper()
	for i := range n {
		err := w.bot.transact(w.t.Context(), fmt.Sprint(month, c, i), func(turn *turn) error {
			save(turn.tx, keyOf("count", month, turn.id()), c)
			return nil
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// Twelve months are counted, however many pages they fill, and shown in words and in a
// picture that every network can read.
func TestStatisticsOfAYear(t *testing.T) {
	w := newWorld(t, "de")
	w.countedIn("2025-11", flows.Counted{Topic: "money", Lang: "de"}, 50) // too long ago
	w.countedIn("2025-12", flows.Counted{Topic: "housing", Lang: "ar", Hours: 4}, 120)
	w.countedIn("2026-06", flows.Counted{Topic: "letter", Lang: "uk", Hours: 9, Late: true}, 30)
	w.countedIn("2026-11", flows.Counted{Topic: "other", Lang: "en"}, 4)
	w.do("cora @desk /statistik")
	want := `📊 Fragen seit Montag, 01.12.2025
Arbeitsstunden bis zur ersten Antwort (Median): 4
Bis zum angekündigten Tag beantwortet: 80 %
Nach Thema
Wohnen: 120
Brief vom Amt: 30
andere: weniger als 5
Nach Sprache
Arabisch: 120
Ukrainisch: 30
andere: weniger als 5
Einzeln steht nur, was mindestens 5-mal vorkam. So ist niemand zu erkennen.`
	m := w.net.rooms["desk"].messages
	last := m[len(m)-1]
	if last.Text != want {
		t.Errorf("%s\nwant\n%s", last.Text, want)
	}
	if len(last.Files) != 1 {
		t.Fatalf("%d files", len(last.Files))
	}
	f := last.Files[0]
	picture, err := w.bot.Open(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	config, err := png.DecodeConfig(picture)
	if err := errors.Join(err, picture.Close()); err != nil || config.Width < 500 {
		t.Errorf("%+v, %v", config, err)
	}
	if f.Type != "image/png" || f.Size == 0 || f.Size > maxPicture || strings.HasPrefix(f.Platform, uncleaned) {
		t.Errorf("%s, %d bytes, on %s", f.Type, f.Size, f.Platform)
	}
	if rows := w.rowsOf("job"); len(rows) != 0 {
		t.Errorf("left: %v", rows)
	}
}

// Where the letters run from right to left the words do, and the picture is in English.
func TestStatisticsInArabic(t *testing.T) {
	w := newWorld(t, "ar")
	w.countedIn("2026-11", flows.Counted{Topic: "housing", Lang: "ar"}, 7)
	w.do("cora @desk /stats")
	m := w.net.rooms["desk"].messages
	if last := m[len(m)-1]; len(last.Files) != 1 || !strings.Contains(last.Text, "حسب اللغة") {
		t.Errorf("%+v", last)
	}
}

// The numbers are for coordinators.
func TestStatisticsAreForTheDesk(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.do("ann /start", "ann ! de", "ann /statistik", "ann /stats")
	if n := w.heard("(desk.stats"); n != 0 {
		t.Errorf("told a person %d times", n)
	}
}

// A picture of all topics and languages there are fits into a row of the outbox.
func TestLargestPicture(t *testing.T) {
	w := newWorld(t, "de")
	for i, topic := range w.bot.edition().lists.topics {
		for j, lang := range w.bot.edition().lists.languages {
			w.countedIn("2026-11", flows.Counted{Topic: topic.ID, Lang: lang.Tag}, 5+i+j)
		}
	}
	s, err := w.bot.edition().statistics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := w.bot.edition().draw("de", s)
	if err != nil || len(raw) > maxPicture*3/4 { // room for topics to come
		t.Errorf("%d bytes, %v", len(raw), err)
	}
	back, err := w.bot.Open(t.Context(), ownPicture("x", raw))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(back)
	if err := errors.Join(err, back.Close()); err != nil || string(b) != string(raw) {
		t.Errorf("%d bytes came back, %v", len(b), err)
	}
}
