// Package retry waits and tries again. Every adapter hands in what a network told until
// that is taken.
package retry

import (
	"context"
	"math/rand/v2"
	"time"
)

// How long to wait before something that failed is tried again: longer each time.
const (
	first = 50 * time.Millisecond
	most  = 5 * time.Second
)

// Until calls f until it returns nil, which it says, or ctx ends. Two that fail together
// do not try again together.
func Until(ctx context.Context, f func() error) bool {
	for wait := first; ctx.Err() == nil; wait = min(2*wait, most) {
		if f() == nil {
			return true
		}
		if !Sleep(ctx, wait/2+rand.N(wait/2)) {
			return false
		}
	}
	return false
}

// Sleep waits for d, and reports whether ctx let it.
func Sleep(ctx context.Context, d time.Duration) bool {
	alarm := time.NewTimer(d)
	defer alarm.Stop()
	select {
	case <-alarm.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// quick is how often whoever is out of reach is asked again at short intervals.
const quick = 12

// Pause is how long to wait before a server that has failed so many times is asked again:
// a second at first, as most outages are short and people wait, then longer each time.
func Pause(fails int, most time.Duration) time.Duration {
	return min(time.Second<<min(max(fails-quick, 0), 10), most)
}
