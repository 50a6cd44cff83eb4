//go:build goolm

package cryptostore

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"lotse/store"
)

// A batch is many calls that land in one commit. The calls are made one after the
// other, with the context that together gave.
type batch struct {
	s *Store

	mu     sync.Mutex // guards what follows
	over   bool
	dirty  bool // the gate is held
	rows   *store.Overlay
	failed error // the first call that failed: what follows was computed without it
	after  []func()
}

type batchKey struct{ s *Store }

// batchOf is the batch ctx belongs to, nil when there is none.
func (s *Store) batchOf(ctx context.Context) *batch {
	b, _ := ctx.Value(batchKey{s}).(*batch)
	return b
}

// together runs f, and commits with one Update what all calls with the context
// that f gets have written. From the first write on everybody else waits; so f
// must not wait for anybody who could wait for the Store: no lock of the machine
// may be taken after the first write that somebody else holds during a call. When
// together fails or f panics, the Store is stopped: nothing was written or nobody
// knows, and memory may be ahead.
func (s *Store) together(ctx context.Context, f func(context.Context)) error {
	if err := cmp.Or(ctx.Err(), s.Err()); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	b := &batch{s: s, rows: store.Over(committed{ctx, s.cfg.DB})}
	if err := b.run(ctx, f); err != nil {
		return err
	}
	for _, f := range b.after {
		f()
	}
	return nil
}

func (b *batch) run(ctx context.Context, f func(context.Context)) (err error) {
	err = ErrPoison // unless f returns
	defer func() { err = b.end(err) }()
	f(context.WithValue(ctx, batchKey{b.s}, b))
	return b.commit(ctx)
}

// end stops the Store if there is an error, before anybody who waits goes on.
func (b *batch) end(err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		err = b.s.stop(err)
	}
	if b.dirty {
		b.s.gate.Unlock()
	}
	b.over = true
	return err
}

// commit writes everything, unless something failed.
func (b *batch) commit(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	writes, err := b.rows.Changes()
	if err := errors.Join(b.failed, err); err != nil || len(writes) == 0 {
		return err
	}
	return b.s.cfg.DB.Update(ctx, func(tx store.Tx) error {
		for _, w := range writes {
			if w.Value == nil {
				tx.Delete(w.Key)
			} else {
				tx.Put(w.Key, w.Value)
			}
		}
		return nil
	})
}

// read is done when the batch, which may be nil, is not over.
func (b *batch) read(f func(store.Reader) error) (done bool, err error) {
	if b == nil {
		return false, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return false, nil
	}
	if err = f(b.rows); err != nil && b.failed == nil {
		b.failed = err
	}
	return true, err
}

// write is done when the batch, which may be nil, is not over.
func (b *batch) write(f func(store.Tx) error) (done bool, err error) {
	if b == nil {
		return false, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return false, nil
	}
	if !b.dirty {
		b.s.gate.Lock()
		b.dirty = true
	}
	if err = f(b.rows); err != nil && !errors.Is(err, ErrTooLarge) && b.failed == nil {
		b.failed = err
	}
	return true, err
}

// later runs f once the batch is committed; at once when there is no batch.
func (s *Store) later(ctx context.Context, f func()) {
	b := s.batchOf(ctx)
	if b == nil {
		f()
		return
	}
	b.mu.Lock()
	over := b.over
	if !over {
		b.after = append(b.after, f)
	}
	b.mu.Unlock()
	if over {
		f()
	}
}

// committed reads what is stored at the moment of each call. Not one state for
// the whole batch: it waits for the machine's locks, and reads then what their
// last holder has written.
type committed struct {
	ctx context.Context
	db  store.DB
}

func (c committed) Get(key string) (value []byte, err error) {
	err = c.db.View(c.ctx, func(r store.Reader) error {
		value, err = r.Get(key)
		return err
	})
	return value, err
}

// Scan may be asked for more rows than a View gives at once.
func (c committed) Scan(prefix, after string, limit int) (all []store.Pair, err error) {
	err = c.db.View(c.ctx, func(r store.Reader) error {
		all = nil
		for len(all) < limit {
			want := min(limit-len(all), store.MaxScan)
			rows, err := r.Scan(prefix, after, want)
			if err != nil {
				return err
			}
			all = append(all, rows...)
			if len(rows) < want {
				return nil
			}
			after = rows[want-1].Key
		}
		return nil
	})
	return all, err
}
