package bot

import (
	"context"
	"sync"
)

// lanes says which lanes have something to send. Which lane has what is in the
// store; this is only the bell. A lane is served by one sender at a time.
type lanes struct {
	mu     sync.Mutex
	queue  []string
	state  map[string]laneState
	change chan struct{} // capacity 1: there may be something in the queue
}

type laneState int

const (
	idle    laneState = iota
	waiting           // in the queue
	serving           // a sender has it
	again             // a sender has it, and something was added meanwhile
)

func newLanes() *lanes {
	return &lanes{state: map[string]laneState{}, change: make(chan struct{}, 1)}
}

// wake rings for a lane. It must be called after the commit that put something
// into it.
func (l *lanes) wake(lane string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.state[lane] {
	case idle:
		l.state[lane] = waiting
		l.queue = append(l.queue, lane)
		signal(l.change)
	case serving:
		l.state[lane] = again
	}
}

// next waits for a lane to serve; false when ctx ended.
func (l *lanes) next(ctx context.Context) (string, bool) {
	for {
		l.mu.Lock()
		if len(l.queue) > 0 {
			lane := l.queue[0]
			l.queue = l.queue[1:]
			l.state[lane] = again
			if len(l.queue) > 0 {
				signal(l.change) // for the next sender
			}
			l.mu.Unlock()
			return lane, ctx.Err() == nil
		}
		l.mu.Unlock()
		select {
		case <-ctx.Done():
			return "", false
		case <-l.change:
		}
	}
}

// length is how many lanes rang that nobody serves yet.
func (l *lanes) length() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

// waiting reports whether a lane rang that nobody serves yet.
func (l *lanes) waiting() bool { return l.length() > 0 }

// serve reports whether the lane must be looked at (once more). When it says no
// the lane is idle: whoever adds something from then on rings again. Looking
// before saying so is what keeps an item from being left behind.
func (l *lanes) serve(lane string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state[lane] == again {
		l.state[lane] = serving
		return true
	}
	delete(l.state, lane)
	return false
}
