// Package bolt keeps a store in one file, with bbolt.
//
// An Update runs its closure in the caller's goroutine, on a snapshot, and notes
// what it read. One goroutine, the writer, takes all change sets that wait,
// checks that nothing they read has changed since, and makes them durable with
// one commit. A closure whose reads did change runs again at its turn, when
// nobody else can write, so it cannot starve.
package bolt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"lotse/store"
)

// A DB is an open data file. Close it, or the next Open takes longer.
//
// A View holds the pages of its snapshot: while it runs, the file can only grow.
type DB struct {
	bolt    *bbolt.DB
	hints   store.Hints
	durable atomic.Int64 // bbolt's number of the last commit the disk confirmed
	// deciding is how many Updates run their function now.
	deciding atomic.Int64

	mu     sync.Mutex
	queue  []*call
	closed bool

	wake    chan struct{}
	stopped chan struct{} // closed when the writer has ended
	close   func() error
}

var _ store.DB = (*DB)(nil)

// View implements store.DB.
func (db *DB) View(ctx context.Context, f func(store.Reader) error) error {
	tx, err := db.begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback() // fails only when ended already
	return f(store.Checked(&snapshot{rows: tx.Bucket(bucket).Cursor()}))
}

// Update implements store.DB. When ctx ends before it is this Update's turn,
// nothing is written; afterwards what happened is reported.
func (db *DB) Update(ctx context.Context, f func(store.Tx) error) error {
	c := &call{}
	if err := db.run(ctx, c, f); err != nil {
		return err
	}
	// bbolt shows a commit before the disk has confirmed it. Who only read must
	// not take such rows for durable ("seen before"), and waits with the others.
	if len(c.writes) == 0 && int64(c.reads.txid) <= db.durable.Load() {
		return nil
	}
	c.answer = make(chan answer, 1)
	if err := db.enqueue(c); err != nil {
		return err
	}
	a, err := c.wait(ctx)
	if err != nil {
		return err
	}
	if a.turn != nil {
		if err := rerun(a.turn, f); err != nil {
			return err
		}
		a = <-c.answer
	}
	return a.err
}

// Changed implements store.DB.
func (db *DB) Changed(ctx context.Context, prefix string) <-chan struct{} {
	return db.hints.Changed(ctx, prefix)
}

// Close waits for the Updates and Views that are running, and writes the list of
// free pages so that the next Open is quick.
func (db *DB) Close() error { return db.close() }

func (db *DB) shut() error {
	db.mu.Lock()
	db.closed = true
	db.mu.Unlock()
	db.signal()
	<-db.stopped

	err := db.writeFreelist()
	if e := db.bolt.Close(); e != nil {
		err = errors.Join(err, e)
	}
	if err != nil {
		return fmt.Errorf("store/bolt: close: %w", err)
	}
	return nil
}

// writeFreelist saves the next Open reading every page. See Open.
func (db *DB) writeFreelist() error {
	db.bolt.NoFreelistSync = false // only a commit reads it, and the writer has ended
	tx, err := db.bolt.Begin(true)
	if err != nil {
		return err
	}
	return tx.Commit()
}

func (db *DB) begin(ctx context.Context) (*bbolt.Tx, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	tx, err := db.bolt.Begin(false)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return nil, store.ErrClosed
	}
	if err != nil {
		return nil, fmt.Errorf("store/bolt: read: %w", err)
	}
	return tx, nil
}

// run lets f fill c, on the newest snapshot.
func (db *DB) run(ctx context.Context, c *call, f func(store.Tx) error) error {
	tx, err := db.begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback() // fails only when ended already
	c.reads.txid = tx.ID()
	db.deciding.Add(1)
	defer db.deciding.Add(-1)
	over := store.Over(&snapshot{rows: tx.Bucket(bucket).Cursor(), reads: &c.reads})
	if err := f(over); err != nil {
		return err
	}
	c.writes, err = over.Changes()
	return err
}

func (db *DB) enqueue(c *call) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return store.ErrClosed
	}
	db.queue = append(db.queue, c)
	db.signal()
	return nil
}

func (db *DB) signal() {
	select {
	case db.wake <- struct{}{}:
	default:
	}
}
