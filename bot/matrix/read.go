//go:build goolm

package matrix

import (
	"context"
	"sync"

	"maunium.net/go/mautrix/id"
)

// reads are the newest messages of people that are taken, by room, until their authors
// are shown that. It is no message: it is said once, and may be lost.
type reads struct {
	mu     sync.Mutex
	newest map[id.RoomID]id.EventID
	any    chan struct{}
}

func newReads() *reads {
	return &reads{newest: map[id.RoomID]id.EventID{}, any: make(chan struct{}, 1)}
}

// note takes a message that is durable.
func (r *reads) note(room id.RoomID, evt id.EventID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.newest[room] = evt
	select {
	case r.any <- struct{}{}:
	default:
	}
}

// taken are those noted since the last call.
func (r *reads) taken() map[id.RoomID]id.EventID {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.newest
	r.newest = map[id.RoomID]id.EventID{}
	return all
}

// showRead puts read receipts below what people wrote, until ctx ends.
func (m *Matrix) showRead(ctx context.Context) {
	for {
		select {
		case <-m.reads.any:
		case <-ctx.Done():
			return
		}
		for room, evt := range m.reads.taken() {
			_ = m.use(ctx, func(ctx context.Context, s *session) error {
				return fault("receipt", s.client.MarkRead(ctx, room, evt))
			})
		}
	}
}
