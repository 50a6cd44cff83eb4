package store

import (
	"context"
	"strings"
	"sync"
)

// Hints is what a store needs to offer Changed. The zero value is ready.
type Hints struct {
	mu   sync.Mutex
	subs map[*hint]struct{}
}

type hint struct {
	prefix string
	c      chan struct{}
}

// Changed gives a channel that receives after Tell was called with a key under
// prefix, until ctx ends. It is never closed.
func (h *Hints) Changed(ctx context.Context, prefix string) <-chan struct{} {
	s := &hint{prefix, make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.subs == nil {
		h.subs = make(map[*hint]struct{})
	}
	h.subs[s] = struct{}{}
	context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.subs, s)
	})
	return s.c
}

// Tell wakes those who wait for one of the written keys. It never blocks.
func (h *Hints) Tell(writes []Write) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		if len(s.c) == 0 && s.covers(writes) {
			select {
			case s.c <- struct{}{}:
			default:
			}
		}
	}
}

func (s *hint) covers(writes []Write) bool {
	for _, w := range writes {
		if strings.HasPrefix(w.Key, s.prefix) {
			return true
		}
	}
	return false
}
