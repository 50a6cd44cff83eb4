package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"lotse/store"
)

// Each limit is tried on both sides of its boundary.
func testLimits(t *testing.T, db store.DB) {
	const rows = 150
	for i := 0; i < rows; i += 50 {
		update(t, db, func(tx store.Tx) error {
			for j := i; j < i+50; j++ {
				tx.Put(fmt.Sprintf("row/%03d", j), []byte("1"))
			}
			return nil
		})
	}
	long := func(n int) string { return strings.Repeat("k", n) }
	puts := func(n int) func(store.Tx) error {
		return func(tx store.Tx) error {
			for i := range n {
				tx.Put(fmt.Sprintf("new/%03d", i), nil)
				tx.Put(fmt.Sprintf("new/%03d", i), []byte("again"))
			}
			return nil
		}
	}
	// sized writes n bytes of keys and values; every key has one.
	sized := func(n int) func(store.Tx) error {
		return func(tx store.Tx) error {
			for i, left := 0, n; left > 0; i++ {
				share := min(left, store.MaxValue+1)
				tx.Put(fmt.Sprint(i), make([]byte, share-1))
				left -= share
			}
			return nil
		}
	}
	gets := func(n int) func(store.Tx) error {
		return func(tx store.Tx) error {
			for range n {
				if _, err := tx.Get("row/000"); err != nil {
					return err
				}
			}
			return nil
		}
	}
	scan := func(before int, limits ...int) func(store.Tx) error {
		return func(tx store.Tx) error {
			err := gets(before)(tx)
			for _, limit := range limits {
				if err == nil {
					_, err = tx.Scan("row/", "", limit)
				}
			}
			return err
		}
	}
	for _, test := range []struct {
		name string
		f    func(store.Tx) error
		ok   bool
	}{
		{"key", func(tx store.Tx) error { tx.Put(long(store.MaxKey), nil); return nil }, true},
		{"key too long", func(tx store.Tx) error { tx.Put(long(store.MaxKey+1), nil); return nil }, false},
		{"key empty", func(tx store.Tx) error { tx.Put("", nil); return nil }, false},
		{"key to delete", func(tx store.Tx) error { tx.Delete(long(store.MaxKey)); return nil }, true},
		{"key to delete too long", func(tx store.Tx) error { tx.Delete(long(store.MaxKey + 1)); return nil }, false},
		{"key to delete empty", func(tx store.Tx) error { tx.Delete(""); return nil }, false},
		{"key to get", func(tx store.Tx) error { _, err := tx.Get(long(store.MaxKey)); return err }, true},
		{"key to get too long", func(tx store.Tx) error { _, err := tx.Get(long(store.MaxKey + 1)); return err }, false},
		{"key to get empty", func(tx store.Tx) error { _, err := tx.Get(""); return err }, false},
		{"value", func(tx store.Tx) error { tx.Put("v", make([]byte, store.MaxValue)); return nil }, true},
		{"value too long", func(tx store.Tx) error { tx.Put("v", make([]byte, store.MaxValue+1)); return nil }, false},
		{"writes", puts(store.MaxWrites), true},
		{"writes too many", puts(store.MaxWrites + 1), false},
		{"writes too many with deletes", func(tx store.Tx) error { tx.Delete("x"); return puts(store.MaxWrites)(tx) }, false},
		{"bytes", sized(store.MaxBytes), true},
		{"bytes too many", sized(store.MaxBytes + 1), false},
		{"bytes overwritten do not count", func(tx store.Tx) error {
			for range 10 {
				tx.Put("v", make([]byte, store.MaxValue))
			}
			return nil
		}, true},
		{"gets", gets(store.MaxReads), true},
		{"gets too many", gets(store.MaxReads + 1), false},
		{"scan", scan(0, store.MaxScan), true},
		{"scan too long", scan(0, store.MaxScan+1), false},
		{"scan of none", scan(0, 0), false},
		{"scan of less", scan(0, -1), false},
		{"gets and rows", scan(40, 50, 10), true},
		{"gets and rows too many", scan(40, 50, 11), false},
		{"own rows count", func(tx store.Tx) error {
			tx.Put("row/!", nil)
			return scan(1, store.MaxScan)(tx)
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := db.Update(t.Context(), test.f)
			if test.ok && err != nil {
				t.Errorf("got %v, want no error", err)
			}
			if !test.ok && !errors.Is(err, store.ErrLimit) {
				t.Errorf("got %v, want %v", err, store.ErrLimit)
			}
		})
	}
}

// What breaks a limit fails the Update even when its closure does not mind.
func testLimitSticks(t *testing.T, db store.DB) {
	for name, breakIt := range map[string]func(store.Tx){
		"get":    func(tx store.Tx) { tx.Get("") },
		"scan":   func(tx store.Tx) { tx.Scan("", "", 0) },
		"put":    func(tx store.Tx) { tx.Put("", nil) },
		"delete": func(tx store.Tx) { tx.Delete("") },
		"value":  func(tx store.Tx) { tx.Put("v", make([]byte, store.MaxValue+1)); tx.Put("v", nil) },
	} {
		err := db.Update(t.Context(), func(tx store.Tx) error {
			tx.Put("a", nil)
			breakIt(tx)
			tx.Put("b", nil)
			return nil
		})
		if !errors.Is(err, store.ErrLimit) {
			t.Errorf("%s: got %v, want %v", name, err, store.ErrLimit)
		}
	}
	expect(t, db, "")
}

func testViewLimits(t *testing.T, db store.DB) {
	put(t, db, "a", "1")
	view(t, db, func(r store.Reader) error {
		for range store.MaxReads + 1 { // the number of rows is not limited
			if v := get(t, r, "a"); string(v) != "1" {
				t.Errorf("got %q, want 1", v)
			}
		}
		for _, key := range []string{"", strings.Repeat("k", store.MaxKey+1)} {
			if _, err := r.Get(key); !errors.Is(err, store.ErrLimit) {
				t.Errorf("Get of a key of %d bytes: got %v, want %v", len(key), err, store.ErrLimit)
			}
		}
		for _, limit := range []int{-1, 0, store.MaxScan + 1} {
			if _, err := r.Scan("", "", limit); !errors.Is(err, store.ErrLimit) {
				t.Errorf("Scan of %d rows: got %v, want %v", limit, err, store.ErrLimit)
			}
		}
		return nil
	})
}
