//go:build goolm

package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/olm"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
	"lotse/bot/retry"
	"lotse/store"
)

// A pending event waits for the key it was encrypted with.
type pending struct {
	Room id.RoomID       `json:"room"`
	Raw  json.RawMessage `json:"raw"`
	At   time.Time       `json:"at"` // when it came
}

// What is done about a key that does not come, counted from the first event that
// needs it.
const (
	askAfter  = 3 * time.Second  // its sender's devices are asked for it
	sayAfter  = 30 * time.Second // its sender is told how to mend it
	sweepEach = 24 * time.Hour   // what waited too long is forgotten
)

// A wait is a key that somebody waits for.
type wait struct {
	first event.Event // the first that needs it
	since time.Time
	asked bool
}

// waiting are all keys somebody waits for.
type waiting struct {
	mu   sync.Mutex
	keys map[roomKey]*wait
	news chan struct{} // capacity 1
}

func newWaiting() *waiting { return &waiting{keys: map[roomKey]*wait{}, news: make(chan struct{}, 1)} }

// add notes an event that waits.
func (w *waiting) add(key roomKey, evt *event.Event, since time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.keys[key] == nil {
		w.keys[key] = &wait{first: *evt, since: since}
	}
	select {
	case w.news <- struct{}{}:
	default: // it is going to be looked at
	}
}

func (w *waiting) done(key roomKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.keys, key)
}

// An overdue is a key that did not come, and what is to be done about it.
type overdue struct {
	key  roomKey
	evt  *event.Event
	tell bool // its sender; else devices are asked
}

// due is what is to be done now, and when there is more.
func (w *waiting) due(now time.Time) (all []overdue, next time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	next = sweepEach
	for key, k := range w.keys {
		age := now.Sub(k.since)
		switch {
		case age >= sayAfter:
			all = append(all, overdue{key, &k.first, true})
		case age >= askAfter && !k.asked:
			all = append(all, overdue{key, &k.first, false})
			next = min(next, sayAfter-age)
		case k.asked:
			next = min(next, sayAfter-age)
		default:
			next = min(next, askAfter-age)
		}
	}
	return all, next
}

// settled is what was done.
func (w *waiting) settled(o overdue) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o.tell {
		delete(w.keys, o.key) // the event waits on, nobody is told again
	} else if k := w.keys[o.key]; k != nil {
		k.asked = true
	}
}

// watch sees to keys that do not come, until ctx ends.
func (r receiver) watch(ctx context.Context) {
	for swept := (time.Time{}); ctx.Err() == nil; {
		all, next := r.waiting.due(r.o.Now())
		if now := r.o.Now(); now.Sub(swept) >= sweepEach {
			if err := r.sweep(ctx, now); err != nil {
				next = min(next, askSoon)
			} else {
				swept = now
			}
		}
		for _, o := range all {
			if err := r.see(ctx, o); err != nil {
				next = min(next, askSoon)
				continue
			}
			r.waiting.settled(o)
		}
		alarm := time.NewTimer(next)
		select {
		case <-ctx.Done():
		case <-alarm.C:
		case <-r.waiting.news:
		}
		alarm.Stop()
	}
}

// see asks for a key, or tells its sender.
func (r receiver) see(ctx context.Context, o overdue) error {
	if o.tell {
		return r.doubt(ctx, o.evt, o.evt.Sender, chat.DoubtKey, string(o.key.id))
	}
	content := o.evt.Content.AsEncrypted()
	return r.use(ctx, func(ctx context.Context, s *session) error {
		err := s.mach.SendRoomKeyRequest(ctx, o.key.room, content.SenderKey, o.key.id, "", map[id.UserID][]id.DeviceID{o.evt.Sender: {"*"}})
		return fault("asking for a key", err)
	})
}

// isTooEarly is a message from before the key that its sender gave.
func isTooEarly(err error) bool { return errors.Is(err, olm.ErrUnknownMessageIndex) }

// maxPending is how long a row may be. No event of an honest server is as long.
const maxPending = store.MaxValue / 2 // bytes

// pend keeps an event until its key comes. Who gives it to nobody unverified never
// will, and is told at once.
func (r receiver) pend(ctx context.Context, s *session, evt *event.Event, raw []byte, withheld bool) error {
	key := roomKey{evt.RoomID, evt.Content.AsEncrypted().SessionID}
	row, err := json.Marshal(pending{evt.RoomID, raw, r.o.Now()})
	if err != nil {
		return fmt.Errorf("matrix: pending event: %w", err)
	}
	prefix := s.pendingRows(key)
	name := prefix + fmt.Sprintf("%016x-", evt.Timestamp) + r.o.Index("matrix event", string(evt.ID))
	if err := r.o.DB.Update(ctx, func(tx store.Tx) error {
		if old, err := tx.Get(name); err != nil || old != nil || len(row) > maxPending {
			return err
		}
		tx.Put(name, row)
		return nil
	}); err != nil {
		return err
	}
	if withheld {
		return r.withheld(ctx, s, evt)
	}
	r.waiting.add(key, evt, r.o.Now())
	return nil
}

// withheld tells somebody whose device does not give the bot a key.
func (r receiver) withheld(ctx context.Context, s *session, evt *event.Event) error {
	key := evt.Content.AsEncrypted().SessionID
	said, err := s.store.GetWithheldGroupSession(ctx, evt.RoomID, key)
	if err != nil {
		return err
	}
	why := chat.DoubtKey
	if said != nil && said.Code == event.RoomKeyWithheldUnverified {
		why = chat.DoubtDevice
	}
	return r.doubt(ctx, evt, evt.Sender, why, string(key))
}

func (s *session) pendingRows(key roomKey) string {
	return s.row("mxpending", s.o.Index("matrix session", string(key.room), string(key.id)), "")
}

// retryPending reads what waited for these keys.
func (r receiver) retryPending(ctx context.Context, s *session, keys []roomKey) error {
	for _, key := range keys {
		r.waiting.done(key)
		if err := r.readPending(ctx, s, s.pendingRows(key)); err != nil {
			return err
		}
	}
	return nil
}

// loadPending looks at everything that waits: a key may have come without being told.
func (r receiver) loadPending(ctx context.Context, s *session) error {
	return r.readPending(ctx, s, s.row("mxpending", ""))
}

// readPending hands in what can be read by now of the rows under a prefix, in order.
func (r receiver) readPending(ctx context.Context, s *session, prefix string) error {
	return r.eachPending(ctx, prefix, func(row store.Pair) (over bool, err error) { return r.readOne(ctx, s, row) })
}

// sweepPending forgets what waited too long, for whatever device.
func (r receiver) sweepPending(ctx context.Context, now time.Time) error {
	return r.eachPending(ctx, "mxpending/", func(row store.Pair) (over bool, err error) {
		var p pending
		return json.Unmarshal(row.Value, &p) != nil || now.Sub(p.At) > pendingFor, nil
	})
}

// dropPending forgets what waits in a room.
func (m *Matrix) dropPending(ctx context.Context, s *session, room id.RoomID) error {
	return m.eachPending(ctx, s.row("mxpending", ""), func(row store.Pair) (over bool, err error) {
		var p pending
		return json.Unmarshal(row.Value, &p) != nil || p.Room == room, nil
	})
}

// eachPending shows f the rows under a prefix, in order, and forgets those that it says
// are over.
func (m *Matrix) eachPending(ctx context.Context, prefix string, f func(store.Pair) (over bool, err error)) error {
	for after := ""; ; {
		var rows []store.Pair
		err := m.o.DB.View(ctx, func(reader store.Reader) (err error) {
			rows, err = reader.Scan(prefix, after, pendingPage)
			return err
		})
		if err != nil {
			return err
		}
		for _, row := range rows {
			over, err := f(row)
			if err == nil && over {
				err = m.forget(ctx, row.Key)
			}
			if err != nil {
				return err
			}
			after = row.Key
		}
		if len(rows) < pendingPage {
			return nil
		}
	}
}

// pendingPage is how many rows are read at once; each may have maxPending bytes.
const pendingPage = 16

func (m *Matrix) forget(ctx context.Context, row string) error {
	return m.o.DB.Update(ctx, func(tx store.Tx) error {
		tx.Delete(row)
		return nil
	})
}

// readOne hands in a pending event if it can be read; over when it need not wait any
// more.
func (r receiver) readOne(ctx context.Context, s *session, row store.Pair) (over bool, err error) {
	var p pending
	evt := &event.Event{}
	if json.Unmarshal(row.Value, &p) != nil || json.Unmarshal(p.Raw, evt) != nil {
		return true, nil // of another release
	}
	evt.RoomID, evt.Type.Class = p.Room, event.MessageEventType
	if evt.Content.ParseRaw(evt.Type) != nil || r.o.Now().Sub(p.At) > pendingFor {
		return true, nil
	}
	defer func() {
		if bad := recover(); bad != nil {
			over, err = true, r.keep(ctx, string(evt.ID), p.Raw)
		}
	}()
	clear, err := s.decrypt(ctx, evt)
	switch {
	case err == nil:
		retry.Until(ctx, func() error { return r.deliver(ctx, s, clear) })
		return true, ctx.Err()
	case s.store.Err() != nil:
		return false, s.store.Err()
	case errors.Is(err, crypto.ErrNoSessionFound):
		r.waiting.add(roomKey{p.Room, evt.Content.AsEncrypted().SessionID}, evt, p.At)
		return false, nil
	case errors.Is(err, crypto.ErrGroupSessionWithheld):
		return false, r.withheld(ctx, s, evt)
	case isTooEarly(err):
		return false, nil
	case errors.Is(err, errNotTheirs):
		err = r.doubt(ctx, evt, evt.Sender, chat.DoubtKey, string(evt.ID))
		return err == nil, err
	case ctx.Err() != nil:
		return false, ctx.Err()
	}
	return true, nil
}
