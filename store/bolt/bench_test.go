package bolt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"lotse/store"
)

// BenchmarkUpdate compares Update with a bare group commit on bbolt, which runs
// every closure in its one writer and checks nothing: the most one can ask of
// bbolt. Both take turns within one run, on the same disk, because nothing else
// makes the ratio mean anything. "ratio" is bare time over our time: 1 is equal,
// more is faster than bare.
func BenchmarkUpdate(b *testing.B) {
	for _, callers := range []int{1, 64, 512} {
		b.Run(fmt.Sprint(callers, "callers"), func(b *testing.B) {
			ours, err := Open(b.Context(), filepath.Join(b.TempDir(), "data"), Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer ours.Close()
			bare := openBare(b)
			defer bare.close()
			const users = 10_000
			const slices = 10
			var tOurs, tBare time.Duration
			var next atomic.Int64
			b.ResetTimer()
			for range slices {
				n := b.N/slices + 1
				tBare += together(b, callers, n, func() error {
					return bare.update(func(rows *bbolt.Bucket) error { return bareStep(rows, int(next.Add(1)), users) })
				})
				tOurs += together(b, callers, n, func() error {
					id := int(next.Add(1))
					return ours.Update(context.Background(), func(tx store.Tx) error { return step(tx, id, users) })
				})
			}
			n := float64((b.N/slices + 1) * slices)
			b.ReportMetric(n/tOurs.Seconds(), "ours/s")
			b.ReportMetric(n/tBare.Seconds(), "bare/s")
			b.ReportMetric(tBare.Seconds()/tOurs.Seconds(), "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// step is what receiving a message costs: seen before? then state, then rows.
func step(tx store.Tx, id, users int) error {
	seen := fmt.Sprintf("seen/%08d", id)
	state := fmt.Sprintf("state/%08d", id*7919%users)
	v, err := tx.Get(seen)
	if err != nil || v != nil {
		return errors.Join(errors.New("seen before"), err)
	}
	if v, err = tx.Get(state); err != nil {
		return err
	}
	tx.Put(state, append(v[:0], value[:200]...))
	tx.Put(seen, nil)
	tx.Put(fmt.Sprintf("outbox/%08d", id), value[:])
	return nil
}

func bareStep(rows *bbolt.Bucket, id, users int) error {
	seen := fmt.Appendf(nil, "seen/%08d", id)
	state := fmt.Appendf(nil, "state/%08d", id*7919%users)
	if rows.Get(seen) != nil {
		return errors.New("seen before")
	}
	v := append([]byte(nil), rows.Get(state)...)
	return errors.Join(
		rows.Put(state, append(v[:0], value[:200]...)),
		rows.Put(seen, nil),
		rows.Put(fmt.Appendf(nil, "outbox/%08d", id), value[:]),
	)
}

var value [400]byte

// together lets callers do n operations and returns how long that took.
func together(b *testing.B, callers, n int, f func() error) time.Duration {
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	start := time.Now()
	for range callers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := f(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

type bare struct {
	db    *bbolt.DB
	queue chan bareCall
	ended chan struct{}
}

type bareCall struct {
	f    func(*bbolt.Bucket) error
	done chan error
}

func openBare(b *testing.B) *bare {
	db, err := openBolt(filepath.Join(b.TempDir(), "bare"), Options{})
	if err == nil {
		_, err = prepare(db)
	}
	if err != nil {
		b.Fatal(err)
	}
	w := &bare{db, make(chan bareCall, maxGroup), make(chan struct{})}
	go w.run()
	return w
}

func (w *bare) update(f func(*bbolt.Bucket) error) error {
	c := bareCall{f, make(chan error, 1)}
	w.queue <- c
	return <-c.done
}

func (w *bare) run() {
	defer close(w.ended)
	var group []bareCall
	for c := range w.queue {
		group = append(group[:0], c)
		for len(w.queue) > 0 && len(group) < maxGroup {
			group = append(group, <-w.queue)
		}
		err := w.db.Update(func(tx *bbolt.Tx) error {
			rows := tx.Bucket(bucket)
			for _, c := range group {
				if err := c.f(rows); err != nil {
					return err
				}
			}
			return nil
		})
		for _, c := range group {
			c.done <- err
		}
	}
}

func (w *bare) close() {
	close(w.queue)
	<-w.ended
	w.db.Close()
}
