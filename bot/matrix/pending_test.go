//go:build goolm

package matrix

import (
	"encoding/json"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"

	"lotse/store"
)

// TestDue: who is asked for a key when, and when its sender is told.
func TestDue(t *testing.T) {
	start := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	w := newWaiting()
	key := roomKey{talk, "key"}
	w.add(key, &event.Event{}, start)
	w.add(key, &event.Event{}, start.Add(time.Hour)) // the first counts
	for _, step := range []struct {
		at   time.Duration
		due  bool
		tell bool
		next time.Duration
	}{
		{0, false, false, askAfter},
		{askAfter, true, false, sayAfter - askAfter},
		{askAfter + time.Second, false, false, sayAfter - askAfter - time.Second},
		{sayAfter, true, true, sweepEach},
		{sayAfter + time.Hour, false, false, sweepEach},
	} {
		all, next := w.due(start.Add(step.at))
		if len(all) > 0 != step.due || step.due && all[0].tell != step.tell || next != step.next {
			t.Errorf("after %v: %+v, next in %v", step.at, all, next)
		}
		for _, o := range all {
			w.settled(o)
		}
	}
}

// TestSweep: what waited a week is forgotten, of whatever device.
func TestSweep(t *testing.T) {
	f := newFake(t)
	m := f.open(Options{})
	now := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	for name, age := range map[string]time.Duration{"old": pendingFor + time.Second, "new": pendingFor} {
		raw, err := json.Marshal(pending{Room: talk, Raw: []byte("{}"), At: now.Add(-age)})
		if err != nil {
			t.Fatal(err)
		}
		for i := range pendingPage {
			err := f.db.Update(t.Context(), func(tx store.Tx) error {
				tx.Put("mxpending/device/"+name+string(rune('a'+i)), raw)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := (receiver{Matrix: m}).sweepPending(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	left := 0
	err := f.db.View(t.Context(), func(r store.Reader) error {
		rows, err := r.Scan("mxpending/", "", store.MaxScan)
		left = len(rows)
		return err
	})
	if err != nil || left != pendingPage {
		t.Errorf("%d are left, %v", left, err)
	}
}
