package retry

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

var errNotYet = errors.New("not yet")

// TestUntil: it goes on until it succeeds, with longer and longer pauses.
func TestUntil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, calls := time.Now(), 0
		if !Until(t.Context(), func() error {
			if calls++; calls < 20 {
				return errNotYet
			}
			return nil
		}) {
			t.Error("it succeeded and does not say so")
		}
		// 0.05 to 3.2 s are seven pauses, twelve are of the longest kind.
		if took := time.Since(began); calls != 20 || took < 30*time.Second || took > 70*time.Second {
			t.Errorf("%d calls in %v", calls, took)
		}
	})
}

// TestEnd: whoever is stopped does not wait.
func TestEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if Until(ctx, func() error { return errNotYet }) || Sleep(ctx, time.Hour) {
			t.Error("it says that it succeeded")
		}
		if Until(ctx, func() error {
			t.Error("it is called after the end")
			return nil
		}) {
			t.Error("it says that it succeeded after the end")
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// TestPause: who is out of reach for ten seconds is found again within one, who is for
// long is not asked all the time.
func TestPause(t *testing.T) {
	down, asked := time.Duration(0), 0
	for ; down < 5*time.Minute; asked++ {
		pause := Pause(asked, 30*time.Second)
		if down < 10*time.Second && pause > time.Second || pause > 30*time.Second {
			t.Errorf("after %v it waits for %v", down, pause)
		}
		down += pause
	}
	if asked > 30 {
		t.Errorf("%d times in five minutes", asked)
	}
}
