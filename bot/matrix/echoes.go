//go:build goolm

package matrix

import (
	"context"
	"sync"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// echoes are messages of the bot as the server tells them back. After a crash they say
// which were sent, though the answer to the request was lost; the server itself knows a
// repeated request only for a while.
type echoes struct {
	mu    sync.Mutex
	sent  map[echo]string // → event ID
	order []echo
	first chan struct{} // closed when the first answer of a run was received, nil before a run
}

type echo struct {
	room id.RoomID
	id   string // of the transaction
}

const (
	maxEchoes = 10_000
	echoWait  = 5 * time.Second // for the first answer, which comes at once
)

func newEchoes() *echoes { return &echoes{sent: map[echo]string{}} }

// begin is called when somebody begins to listen; what it gives, when they end.
func (e *echoes) begin() (end func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.first = make(chan struct{})
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.first = nil
	}
}

// heard says that an answer was received.
func (e *echoes) heard() {
	e.mu.Lock()
	defer e.mu.Unlock()
	select {
	case <-e.first:
	default:
		close(e.first)
	}
}

// note takes an event of the bot.
func (e *echoes) note(evt *event.Event) {
	if evt.Unsigned.TransactionID == "" {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	key := echo{evt.RoomID, evt.Unsigned.TransactionID}
	if _, known := e.sent[key]; !known {
		e.order = append(e.order, key)
	}
	e.sent[key] = string(evt.ID)
	if len(e.order) > maxEchoes {
		delete(e.sent, e.order[0])
		e.order = e.order[1:]
	}
}

// find is the message of a transaction, if it was told back. It waits for the first
// answer when somebody listens.
func (e *echoes) find(ctx context.Context, room id.RoomID, id string) (string, bool) {
	e.mu.Lock()
	first := e.first
	e.mu.Unlock()
	if first != nil {
		patience, cancel := context.WithTimeout(ctx, echoWait)
		defer cancel()
		select {
		case <-first:
		case <-patience.Done():
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	evt, ok := e.sent[echo{room, id}]
	return evt, ok
}
