package bolt

import (
	"fmt"
	"runtime"

	"go.etcd.io/bbolt"

	"lotse/store"
)

// One commit holds at most so many Updates, because they all wait for it, and so
// many bytes, because they are held in memory.
const (
	maxGroup = 1024
	maxBytes = 8 << 20
)

// A writer is the one goroutine that writes.
type writer struct {
	db      *DB
	history history
	ran     chan change
	broken  error // set once the state of the disk is not known
}

// run ends when the store is closed and nobody waits.
func (w *writer) run() {
	defer close(w.db.stopped)
	for range w.db.wake {
		for {
			w.db.gather()
			group, closed := w.db.take()
			if len(group) > 0 {
				w.commit(group)
			} else if closed {
				return
			} else {
				break
			}
		}
	}
}

// The writer commits when nobody was deciding and nobody came, patience times in a
// row; at the latest when it has let the others run mostYields times.
const (
	patience   = 3
	mostYields = 1000
)

// gather lets Updates that are deciding come along: larger groups are fewer commits. It
// waits for nobody: for a lone caller it costs nothing.
func (db *DB) gather() {
	for yields, missed, came := 0, 0, 0; missed < patience && yields < mostYields; yields++ {
		runtime.Gosched()
		here := db.waiting()
		if missed++; here > came || db.deciding.Load() > 0 {
			missed, came = 0, here
		}
	}
}

func (db *DB) waiting() int {
	db.mu.Lock()
	defer db.mu.Unlock()
	return len(db.queue)
}

// take removes the next group from the queue.
func (db *DB) take() (group []*call, closed bool) {
	db.mu.Lock()
	defer db.mu.Unlock()
	n, bytes := 0, 0
	for ; n < len(db.queue) && len(group) < maxGroup && bytes < maxBytes; n++ {
		c := db.queue[n]
		if !c.taken.CompareAndSwap(false, true) {
			continue // the caller gave up
		}
		for _, row := range c.writes {
			bytes += len(row.Key) + len(row.Value)
		}
		group = append(group, c)
	}
	if n == len(db.queue) {
		db.queue = nil
	} else {
		db.queue = db.queue[n:]
	}
	return group, db.closed
}

// commit makes a group durable and answers everybody in it.
func (w *writer) commit(group []*call) {
	group, err := w.write(group)
	for _, c := range group {
		if err == nil {
			w.db.hints.Tell(c.writes)
		}
		c.answer <- answer{err: err}
	}
}

// write returns those whose outcome is err; the others know theirs.
func (w *writer) write(group []*call) ([]*call, error) {
	if w.broken != nil {
		return group, w.broken
	}
	tx, err := w.db.bolt.Begin(true)
	if err != nil {
		return group, fmt.Errorf("store/bolt: write: %w", err)
	}
	defer tx.Rollback() // fails when committed
	group, dirty, err := w.apply(tx, group)
	if err != nil {
		return group, fmt.Errorf("store/bolt: write: %w", err)
	}
	if !dirty {
		return group, nil // all before is durable, or w would be broken
	}
	txid := tx.ID()
	if err := tx.Commit(); err != nil {
		return group, w.failed(txid, err)
	}
	w.db.durable.Store(int64(txid))
	return group, nil
}

// apply puts the group's rows into tx and returns those who still wait for an
// outcome.
func (w *writer) apply(tx *bbolt.Tx, group []*call) (waiting []*call, dirty bool, err error) {
	rows := tx.Bucket(bucket)
	here := &snapshot{rows: rows.Cursor()}
	waiting = group[:0]
	for i, c := range group {
		// Who only read has seen one state, and that is enough.
		if len(c.writes) > 0 && w.history.stale(&c.reads, here) {
			c.answer <- answer{turn: &turn{here, w.ran}}
			change := <-w.ran
			if !change.ok {
				continue
			}
			c.writes = change.writes
		}
		waiting = append(waiting, c)
		for _, row := range c.writes {
			if err := put(rows, here, row); err != nil {
				return append(waiting, group[i+1:]...), false, err
			}
		}
		if len(c.writes) > 0 {
			dirty = true
			w.history.add(tx.ID(), c.writes)
		}
	}
	return waiting, dirty, nil
}

// put uses the buffer of here: bbolt copies keys, and keeps values until the
// commit, which is why a change set owns them.
func put(rows *bbolt.Bucket, here *snapshot, row store.Write) error {
	here.buf = append(here.buf[:0], row.Key...)
	if row.Value == nil {
		return rows.Delete(here.buf)
	}
	return rows.Put(here.buf, row.Value)
}

// failed tells whether a commit that went wrong can be seen nevertheless. Then
// nobody can say what the disk will hold after a restart, and only that helps.
func (w *writer) failed(txid int, cause error) error {
	err := fmt.Errorf("store/bolt: commit: %w", cause)
	tx, e := w.db.bolt.Begin(false)
	if e == nil {
		defer tx.Rollback() // fails only when ended already
	}
	if e != nil || tx.ID() >= txid {
		w.broken = fmt.Errorf("store/bolt: the disk did not confirm an earlier write, restart the program: %w", cause)
	}
	return err
}
