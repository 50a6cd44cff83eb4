package web

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"lotse/bot/chat"
	"lotse/bot/retry"
)

// Run tells in what people did after the cursor: every room in order, rooms
// beside each other (there are at most MaxPeople and the desk). An event is told
// until Receive returns nil; the cursor moves over what is received without a gap.
// When Run ends, the pages' streams are hung up, so that a server can stop.
func (w *Web) Run(ctx context.Context, in chat.Inbox) error {
	defer w.end()
	after, err := w.resume(ctx, in)
	if err != nil || ctx.Err() != nil {
		return err
	}
	t := &teller{w: w, in: in, pending: map[int64]bool{}, after: after}
	var rooms sync.WaitGroup
	defer rooms.Wait()
	started := map[string]bool{}
	for {
		w.mu.Lock()
		changed := w.changed
		for id := range w.state.rooms {
			if !started[id] {
				started[id] = true
				rooms.Go(func() { t.tell(ctx, id) })
			}
		}
		w.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

func (w *Web) resume(ctx context.Context, in chat.Inbox) (int64, error) {
	var cursor string
	retry.Until(ctx, func() (err error) {
		cursor, err = in.Resume(ctx, Platform)
		return err
	})
	if cursor == "" {
		return 0, nil
	}
	after, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("web: %q is not a place in the history", cursor)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if after > w.last {
		return 0, fmt.Errorf("web: the bot has read the history up to %d, but it ends at %d: they do not belong together", after, w.last)
	}
	return after, nil
}

// A teller is one Run.
type teller struct {
	w     *Web
	in    chat.Inbox
	after int64 // where it began

	mu      sync.Mutex
	pending map[int64]bool // received, but something before is not
	scanned int            // events at the start of the history that are received
}

// tell tells what happens in one room until ctx ends.
func (t *teller) tell(ctx context.Context, room string) {
	after, from := t.after, 0
	for {
		h, next, changed := t.next(room, after, from)
		from = next
		if h == nil {
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				return
			}
		}
		if !retry.Until(ctx, func() error { return t.in.Receive(ctx, h.ev) }) || !t.received(ctx, h.n) {
			return
		}
		after = h.n
	}
}

// next finds the room's first event after the number after, looking from index
// from. Without one it returns what to wait for.
func (t *teller) next(room string, after int64, from int) (*happening, int, <-chan struct{}) {
	t.w.mu.Lock()
	defer t.w.mu.Unlock()
	events := t.w.state.events
	for i := from; i < len(events); i++ {
		if events[i].n > after && events[i].ev.In.Room == room {
			return &events[i], i + 1, nil
		}
	}
	return nil, len(events), t.w.changed
}

// received moves the cursor over everything that is received without a gap. It
// is false when ctx ended before.
func (t *teller) received(ctx context.Context, n int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pending[n] = true
	var cursor int64
	t.w.mu.Lock()
	events := t.w.state.events
	for ; t.scanned < len(events); t.scanned++ {
		n := events[t.scanned].n
		if n > t.after && !t.pending[n] {
			break
		}
		delete(t.pending, n)
		cursor = n
	}
	t.w.mu.Unlock()
	if cursor <= t.after {
		return true
	}
	return retry.Until(ctx, func() error {
		return t.in.Advance(ctx, Platform, strconv.FormatInt(cursor, 10))
	})
}
