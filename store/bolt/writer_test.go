package bolt

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"lotse/store"
)

func opened(t *testing.T) *DB {
	t.Helper()
	db := openIn(t, t.TempDir()).(*DB)
	t.Cleanup(func() { db.Close() })
	return db
}

// busy keeps the writer waiting for a closure that runs again, until release.
func busy(t *testing.T, db *DB) (release func()) {
	t.Helper()
	again, ended, held := make(chan struct{}), make(chan error, 1), make(chan struct{})
	go func() {
		first := true
		ended <- db.Update(context.Background(), func(tx store.Tx) error {
			if _, err := tx.Get("busy"); err != nil {
				return err
			}
			tx.Put("busy", []byte("mine"))
			if !first {
				close(again)
				<-held
				return nil
			}
			first = false
			return db.Update(context.Background(), func(tx store.Tx) error {
				tx.Put("busy", nil)
				return nil
			})
		})
	}()
	<-again
	return func() {
		close(held)
		if err := <-ended; err != nil {
			t.Errorf("Update: %v", err)
		}
	}
}

// queued waits until n Updates wait for the writer.
func queued(db *DB, n int) {
	for {
		db.mu.Lock()
		waiting := len(db.queue)
		db.mu.Unlock()
		if waiting == n {
			return
		}
		runtime.Gosched()
	}
}

// inBackground starts an Update that writes key and gives its outcome.
func inBackground(ctx context.Context, db *DB, key string) <-chan error {
	outcome := make(chan error, 1)
	go func() {
		outcome <- db.Update(ctx, func(tx store.Tx) error {
			tx.Put(key, []byte("written"))
			return nil
		})
	}()
	return outcome
}

func TestContextEndsWhileWaiting(t *testing.T) {
	db := opened(t)
	release := busy(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	gone := inBackground(ctx, db, "gone")
	queued(db, 1)
	stays := inBackground(t.Context(), db, "stays")
	queued(db, 2)
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	release()
	if err := <-stays; err != nil {
		t.Error(err)
	}
	if got := read(t, db, "gone"); got != "" {
		t.Errorf("Update said it did not happen, but wrote %q", got)
	}
	if got := read(t, db, "stays"); got != "written" {
		t.Errorf("got %q, want it written", got)
	}
}

// Once it is its turn, an Update tells what happened, whatever its context says.
func TestContextEndsTooLate(t *testing.T) {
	db := opened(t)
	ctx, cancel := context.WithCancel(t.Context())
	first := true
	err := db.Update(ctx, func(tx store.Tx) error {
		if _, err := tx.Get("a"); err != nil {
			return err
		}
		tx.Put("a", []byte("mine"))
		if !first {
			cancel()
			return nil
		}
		first = false
		return db.Update(t.Context(), func(tx store.Tx) error {
			tx.Put("a", nil)
			return nil
		})
	})
	if err != nil || read(t, db, "a") != "mine" {
		t.Errorf("got %v, and %q", err, read(t, db, "a"))
	}
}

// Close lets those who wait finish.
func TestCloseWhileWaiting(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir).(*DB)
	release := busy(t, db)
	waits := inBackground(t.Context(), db, "waits")
	queued(db, 1)
	closed := make(chan error, 1)
	go func() { closed <- db.Close() }()
	release()
	if err := <-waits; err != nil {
		t.Errorf("Update: %v", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
	db = openIn(t, dir).(*DB)
	defer db.Close()
	if got := read(t, db, "waits"); got != "written" {
		t.Errorf("got %q, want it written", got)
	}
}

// Who only read rows that the disk has not confirmed must wait until it has.
func TestReaderWaitsForDisk(t *testing.T) {
	db := opened(t)
	write(t, db, "a", "1")
	release := busy(t, db)
	durable := db.durable.Load()
	db.durable.Store(durable - 1) // as if the last commit were still on its way
	outcome := make(chan error, 1)
	go func() {
		outcome <- db.Update(t.Context(), func(tx store.Tx) error {
			_, err := tx.Get("a")
			return err
		})
	}()
	queued(db, 1) // it does wait
	db.durable.Store(durable)
	err := db.Update(t.Context(), func(tx store.Tx) error { // and this one need not
		_, err := tx.Get("a")
		return err
	})
	if err != nil {
		t.Error(err)
	}
	release()
	if err := <-outcome; err != nil {
		t.Error(err)
	}
}

// A member that fails at its turn does not take the others with it.
func TestGroup(t *testing.T) {
	db := opened(t)
	errMine := errors.New("mine")
	release := busy(t, db)
	var outcomes []<-chan error
	for i := range 20 {
		outcomes = append(outcomes, inBackground(t.Context(), db, fmt.Sprint("good/", i)))
		outcome, runs := make(chan error, 1), 0
		go func() {
			outcome <- db.Update(t.Context(), func(tx store.Tx) error {
				// Another one of these, or the closure that is held, comes first.
				if _, err := tx.Get("busy"); err != nil {
					return err
				}
				tx.Put("busy", []byte("bad"))
				tx.Put(fmt.Sprint("bad/", i), nil)
				if runs++; runs > 1 {
					return errMine
				}
				return nil
			})
		}()
		outcomes = append(outcomes, outcome)
	}
	queued(db, 40)
	release()
	for i, outcome := range outcomes {
		if err := <-outcome; i%2 == 0 && err != nil || i%2 == 1 && !errors.Is(err, errMine) {
			t.Errorf("member %d: got %v", i, err)
		}
	}
	err := db.View(t.Context(), func(r store.Reader) error {
		good, err := r.Scan("good/", "", store.MaxScan)
		bad, err2 := r.Scan("bad/", "", store.MaxScan)
		if len(good) != 20 || len(bad) != 0 {
			t.Errorf("got %d and %d rows, want 20 and 0", len(good), len(bad))
		}
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Error(err)
	}
}

// One group takes at most maxBytes, and what is left waits for the next.
func TestGroupIsBounded(t *testing.T) {
	db := &DB{}
	big := []store.Write{{Key: "k", Value: make([]byte, store.MaxBytes)}}
	for range 20 {
		db.queue = append(db.queue, &call{writes: big})
	}
	for range maxGroup + 1 {
		db.queue = append(db.queue, &call{})
	}
	db.queue[0].taken.Store(true) // gave up
	var sizes []int
	for len(db.queue) > 0 {
		group, _ := db.take()
		sizes = append(sizes, len(group))
	}
	if got, want := fmt.Sprint(sizes), fmt.Sprint([]int{8, 8, maxGroup, 4}); got != want {
		t.Errorf("got groups of %s, want %s", got, want)
	}
}

// A commit for which the disk has no room fails, alone.
func TestCommitFails(t *testing.T) {
	db := opened(t)
	write(t, db, "a", "1")
	db.bolt.MaxSize = 1
	err := db.Update(t.Context(), func(tx store.Tx) error {
		tx.Put("big", make([]byte, store.MaxValue))
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "commit") {
		t.Errorf("got %v, want an error of the commit", err)
	}
	db.bolt.MaxSize = 0
	write(t, db, "b", "2")
	if a, b, big := read(t, db, "a"), read(t, db, "b"), read(t, db, "big"); a != "1" || b != "2" || big != "" {
		t.Errorf("got %q, %q and %d bytes", a, b, len(big))
	}
}

// A commit that can be seen although it failed may be gone after a restart, so
// nothing may be built on it.
func TestDiskDoesNotConfirm(t *testing.T) {
	db := opened(t)
	write(t, db, "a", "1")
	w := &writer{db: db}
	errDisk := errors.New("input/output error")
	seen := int(db.durable.Load())
	if err := w.failed(seen+1, errDisk); !errors.Is(err, errDisk) || w.broken != nil {
		t.Errorf("commit that cannot be seen: got %v, broken %v", err, w.broken)
	}
	if err := w.failed(seen, errDisk); !errors.Is(err, errDisk) || w.broken == nil {
		t.Errorf("commit that can be seen: got %v, broken %v", err, w.broken)
	}
	c := &call{writes: []store.Write{{Key: "a"}}, answer: make(chan answer, 1)}
	w.commit([]*call{c})
	if a := <-c.answer; !errors.Is(a.err, errDisk) {
		t.Errorf("afterwards: got %v, want %v", a.err, errDisk)
	}
	if got := read(t, db, "a"); got != "1" {
		t.Errorf("got %q, want 1", got)
	}
}

// What a history has forgotten counts as written, and nothing else does.
func TestHistory(t *testing.T) {
	h := newHistory(10)
	stale := func(txid int, key string) bool { return h.stale(&reads{txid: txid, keys: []string{key}}, nil) }
	txid := 10
	for i := range 5 * generation / 2 {
		txid++
		h.add(txid, []store.Write{{Key: fmt.Sprint(i)}})
		if stale(txid, fmt.Sprint(i)) || !stale(txid-1, fmt.Sprint(i)) {
			t.Fatalf("commit %d: wrong about its own row", txid)
		}
		if i >= 10 && (!stale(txid-11, fmt.Sprint(i-10)) || stale(txid-10, fmt.Sprint(i-10))) {
			t.Fatalf("commit %d: wrong about a row of ten commits ago", txid)
		}
		if stale(txid-1, "other") {
			t.Fatalf("commit %d: another row counts as written", txid)
		}
		if i >= generation && stale(txid-generation, "other") {
			t.Fatalf("commit %d: forgets earlier than a generation", txid)
		}
	}
	if !stale(10, "other") {
		t.Error("the first commit is still known")
	}
	if n := len(h.now) + len(h.before); n > 2*generation {
		t.Errorf("%d keys are kept, want at most %d", n, 2*generation)
	}
}

// A closure runs again only when what it read has changed.
func TestNoNeedlessRerun(t *testing.T) {
	db := opened(t)
	write(t, db, "a/1", "")
	write(t, db, "a/2", "")
	runs := 0
	err := db.Update(t.Context(), func(tx store.Tx) error {
		if runs++; runs > 1 {
			return nil
		}
		if _, err := tx.Scan("a/", "", 2); err != nil {
			return err
		}
		if _, err := tx.Get("b"); err != nil {
			return err
		}
		tx.Put("out", nil)
		return db.Update(t.Context(), func(tx store.Tx) error {
			tx.Put("a/3", nil) // behind the page that was read
			tx.Put("c", nil)
			tx.Put("out", nil) // written, but not read
			return nil
		})
	})
	if err != nil || runs != 1 {
		t.Errorf("%d runs, %v; want 1", runs, err)
	}
}
