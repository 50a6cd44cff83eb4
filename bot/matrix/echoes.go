//go:build goolm

package matrix

import (
	"context"
	"sync"
	"time"

	"maunium.net/go/mautrix/id"
)

// echoes are messages of the bot as the server tells them back. After a crash they say
// which were sent, though the answer to the request was lost; the server itself knows a
// repeated request only for a while.
type echoes struct {
	mu    sync.Mutex
	sent  map[echo]string // → event ID
	order []echo
	began chan struct{} // closed when somebody begins to listen
	first chan struct{} // closed when the first answer after that was received
}

type echo struct {
	room id.RoomID
	mark string // of the transaction
}

// markKey is where a message bears the mark of its transaction, among what is encrypted.
const markKey = "lotse.transaction"

// mark is an HMAC of a transaction ID: who is in the room sees it.
func (m *Matrix) mark(id string) string { return m.o.Index("matrix transaction", id) }

const (
	maxEchoes = 10_000
	// Who sends waits so long for somebody to listen, which begins at the same time,
	// and for the first answer, which comes at once.
	beginWait  = 200 * time.Millisecond
	answerWait = 10 * time.Second
)

func newEchoes() *echoes {
	return &echoes{sent: map[echo]string{}, began: make(chan struct{}), first: make(chan struct{})}
}

// begin is called when somebody begins to listen.
func (e *echoes) begin() { e.once(e.began) }

// heard says that an answer was received.
func (e *echoes) heard() { e.once(e.first) }

func (e *echoes) isHeard() bool {
	select {
	case <-e.first:
		return true
	default:
		return false
	}
}

func (e *echoes) once(c chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	select {
	case <-c:
	default:
		close(c)
	}
}

// note takes an event of the bot.
func (e *echoes) note(room id.RoomID, mark string, evt id.EventID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	key := echo{room, mark}
	if _, known := e.sent[key]; !known {
		e.order = append(e.order, key)
	}
	e.sent[key] = string(evt)
	if len(e.order) > maxEchoes {
		delete(e.sent, e.order[0])
		e.order = e.order[1:]
	}
}

// find is the message of a transaction, if it was told back.
func (e *echoes) find(ctx context.Context, room id.RoomID, mark string) (string, bool) {
	if waits(ctx, e.began, beginWait) {
		waits(ctx, e.first, answerWait)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	evt, ok := e.sent[echo{room, mark}]
	return evt, ok
}

// waits reports whether c was closed in time.
func waits(ctx context.Context, c <-chan struct{}, patience time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-c:
		return true
	case <-ctx.Done():
		return false
	}
}
