package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"lotse/store"
)

func testContext(t *testing.T, db store.DB) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := db.Update(ctx, func(tx store.Tx) error {
		tx.Put("a", nil)
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update: got %v, want %v", err, context.Canceled)
	}
	if err := db.View(ctx, func(store.Reader) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("View: got %v, want %v", err, context.Canceled)
	}
	expect(t, db, "")
}

func testChanged(t *testing.T, db store.DB) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	a, all := db.Changed(ctx, "a/"), db.Changed(ctx, "")
	put(t, db, "b/1", "")
	<-all
	put(t, db, "a/1", "")
	put(t, db, "a/2", "")
	<-a
	<-all
	update(t, db, func(tx store.Tx) error {
		tx.Delete("a/1")
		return nil
	})
	<-a
	<-all
}

func testClosed(t *testing.T, db store.DB) {
	put(t, db, "a", "1")
	for range 2 {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	err := db.Update(t.Context(), func(tx store.Tx) error {
		tx.Put("a", nil)
		return nil
	})
	if !errors.Is(err, store.ErrClosed) {
		t.Errorf("Update: got %v, want %v", err, store.ErrClosed)
	}
	if err := db.View(t.Context(), func(store.Reader) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("View: got %v, want %v", err, store.ErrClosed)
	}
}

// testMany writes more rows than fit a page of any store, in an order that is
// not theirs, and takes every third away.
func testMany(t *testing.T, db store.DB) {
	const n, step = 2000, 977 // step and n have no common divisor
	value := bytes.Repeat([]byte("v"), 300)
	for i := 0; i < n; i += 50 {
		update(t, db, func(tx store.Tx) error {
			for j := i; j < i+50; j++ {
				tx.Put(fmt.Sprintf("k/%05d", j*step%n), value)
			}
			return nil
		})
	}
	for i := 0; i < n; i += 150 {
		update(t, db, func(tx store.Tx) error {
			for j := i; j < min(i+150, n); j += 3 {
				tx.Delete(fmt.Sprintf("k/%05d", j))
			}
			return nil
		})
	}
	var want, got []string
	for i := range n {
		if i%3 != 0 {
			want = append(want, fmt.Sprintf("k/%05d", i))
		}
	}
	for _, row := range all(t, db, "k/") {
		got = append(got, row.Key)
		if !bytes.Equal(row.Value, value) {
			t.Fatalf("%s: got a value of %d bytes, want %d", row.Key, len(row.Value), len(value))
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %d keys, want %d, or another order", len(got), len(want))
	}
}

func testLasts(t *testing.T, s Subject) {
	dir := t.TempDir()
	db := s.open(t, dir)
	put(t, db, "a", "1", "b", "")
	for i := range 3 {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = s.open(t, dir)
		expect(t, db, "", "a", strings.Repeat("1", i+1), "b", "")
		put(t, db, "a", strings.Repeat("1", i+2))
	}
}
