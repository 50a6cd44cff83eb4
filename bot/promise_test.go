package bot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lotse/flows"
	"lotse/locales"
	"lotse/store"
)

// answer claims the inquiry of the newest card and sends an answer, so long after.
func (w *world) answerAfter(d time.Duration) {
	w.t.Helper()
	w.do("wait "+d.String(), "cora @desk ! answer")
	prompt := len(w.net.room("desk").messages)
	w.do(fmt.Sprintf("cora @desk re %d > Yes.", prompt), "cora @desk ! send", "wait 20s")
}

// counted are the rows of the statistics, by their keys.
func (w *world) counted() map[string]flows.Counted {
	w.t.Helper()
	out := map[string]flows.Counted{}
	err := w.bot.cfg.DB.View(w.t.Context(), func(r store.Reader) error {
		rows, err := r.Scan("count/", "", store.MaxScan)
		for _, row := range rows {
			var c flows.Counted
			if err := unpack(row.Key, row.Value, &c); err != nil {
				return err
			}
			out[row.Key] = c
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// Once enough answers were given, the date comes from their median.
func TestUsualAnswer(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	for i := range 10 {
		w.ask(fmt.Sprint("p", i), "My question.")
		w.answerAfter(2 * time.Hour)
		w.do("wait 22h")
		for w.now.Weekday() == time.Saturday || w.now.Weekday() == time.Sunday {
			w.do("wait 24h")
		}
		w.now = w.now.Truncate(time.Hour)
	}
	if n := w.heard("(ask.sent.aim"); n != 10 {
		t.Fatalf("%d of 10 were told a day that is hoped for", n)
	}
	w.ask("ann", "My question.") // Monday, 07.12.
	if w.heard("(ask.sent.usual day=2026-12-08)") != 1 {
		t.Errorf("it is %s, and was said: %s", w.now, w.net.said[len(w.net.said)-1])
	}
	for key, c := range w.counted() {
		if c.Topic != "housing" || c.Lang != "de" || c.Late || c.Hours != 3 && c.Hours != 0 { // two hours and the time of undo
			t.Errorf("%s: %+v", key, c)
		}
	}
}

// What is counted says so when the answer came later than announced, is told once, and
// stays when the person is erased.
func TestCountedLate(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.ask("ann", "My question.")
	w.do("wait 48h", "cora @desk > Good morning!") // somebody is there
	w.answerAfter(3 * 24 * time.Hour)              // from Wednesday to Saturday
	before := w.counted()
	if len(before) != 1 {
		t.Fatalf("%d rows", len(before))
	}
	for key, c := range before {
		if want := (flows.Counted{Topic: "housing", Lang: "de", Hours: 25, Late: true}); c != want || !strings.HasPrefix(key, "count/2026-11/") {
			t.Errorf("%s: %+v, want %+v", key, c, want)
		}
	}
	if w.heard("(inquiry.late ") != 1 {
		t.Error("the asker was not told that there is no answer yet")
	}
	w.do("wait 720h", "ann /mydata", "ann ! delete", "ann ! yes", "wait 1h")
	if w.heard("(privacy.erased") != 1 {
		t.Fatalf("not erased: %s", w.net.said[len(w.net.said)-1])
	}
	if after := w.counted(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("counted before the person was erased: %v, after: %v", before, after)
	}
}

// An answer on the day that was announced is in time, also in the evening.
func TestCountedInTime(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.ask("ann", "My question.")
	w.answerAfter(3*24*time.Hour + 12*time.Hour) // Thursday, 22:00
	w.do("wait 72h")
	for key, c := range w.counted() {
		if c.Late || c.Hours != 20 {
			t.Errorf("%s: %+v", key, c)
		}
	}
	if n := w.heard("(inquiry.late"); n != 0 {
		t.Errorf("an answered question was called late %d times", n)
	}
}

// Only as many answers are kept as are looked back on.
func TestLately(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	for i := range flows.LastAnswers + 5 {
		err := w.bot.transact(t.Context(), fmt.Sprint(i), func(turn *turn) error {
			q := flows.Inquiry{Created: w.now}
			return turn.firstAnswer(flows.DeskInput{Action: flows.ActDelivered}, &q)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := w.bot.cfg.DB.View(t.Context(), func(r store.Reader) error {
		l, _, err := load[lately](r, latelyKey)
		if len(l.Hours) != flows.LastAnswers {
			t.Errorf("%d are kept", len(l.Hours))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A text for the meeting is no answer: who waits for one is told when there is none, and
// nothing is counted.
func TestAProposalIsNoAnswer(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.ask("ann", "My question.")
	w.do("ann ! mine", "ann ! "+w.onlyNumber(), "ann ! meeting", "cora @desk ! propose")
	prompt := len(w.net.room("desk").messages)
	w.do(fmt.Sprintf("cora @desk re %d > Who knows of housing?", prompt), "cora @desk ! send", "wait 20s")
	if w.heard("(desk.delivered") != 1 {
		t.Fatal("there is no proposal")
	}
	for _, c := range w.counted() {
		if c.Hours != 0 {
			t.Errorf("counted as %+v", c)
		}
	}
	w.do("wait 48h", "cora @desk > Good morning!", "wait 48h") // somebody is there
	if w.heard("(inquiry.late ") != 1 {
		t.Error("the asker does not hear that there is no answer yet")
	}
}
