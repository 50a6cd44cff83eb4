package storetest

import (
	"errors"
	"strings"
	"testing"

	"lotse/store"
)

// A Subject is a store to be tested.
type Subject struct {
	// Open gives the store whose data lie in dir, a folder that is empty at first.
	Open func(t *testing.T, dir string) store.DB
	// Lasts: what was committed is there when dir is opened again after Close.
	Lasts bool
	// Optimistic: a closure of Update may wait for another Update of the store.
	Optimistic bool
}

// Run checks that a store keeps every promise of package store.
func Run(t *testing.T, s Subject) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, store.DB)
	}{
		{"rows", testRows},
		{"scan", testScan},
		{"own writes", testOwnWrites},
		{"own writes in scan", testOwnWritesInScan},
		{"error leaves nothing", testError},
		{"panic leaves nothing", testPanic},
		{"end of goroutine leaves nothing", testGoexit},
		{"limits of an update", testLimits},
		{"limits of a view", testViewLimits},
		{"broken limit is not forgotten", testLimitSticks},
		{"values are nobody else's", testAliases},
		{"a view sees one state", testSnapshot},
		{"context", testContext},
		{"changed", testChanged},
		{"closed", testClosed},
		{"many rows", testMany},
		{"counter", testCounter},
		{"write skew", testSkew},
		{"numbering", testNumbering},
		{"transfers", testTransfers},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, s.open(t, t.TempDir())) })
	}
	if s.Optimistic {
		t.Run("conflicts", func(t *testing.T) { testConflicts(t, s) })
		t.Run("panic at the second run", func(t *testing.T) { testPanicAgain(t, s.open(t, t.TempDir())) })
	}
	if s.Lasts {
		t.Run("opened again", func(t *testing.T) { testLasts(t, s) })
	}
}

func (s Subject) open(t *testing.T, dir string) store.DB {
	t.Helper()
	db := s.Open(t, dir)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return db
}

func testRows(t *testing.T, db store.DB) {
	expect(t, db, "")
	put(t, db, "b", "2", "a", "1", "c", "")
	expect(t, db, "", "a", "1", "b", "2", "c", "")
	update(t, db, func(tx store.Tx) error {
		tx.Delete("b")
		tx.Delete("never")
		tx.Put("c", []byte("3"))
		return nil
	})
	expect(t, db, "", "a", "1", "c", "3")
	view(t, db, func(r store.Reader) error {
		if v := get(t, r, "b"); v != nil {
			t.Errorf("deleted row: got %q, want nil", v)
		}
		if v := get(t, r, "c"); string(v) != "3" {
			t.Errorf("got %q, want 3", v)
		}
		return nil
	})
	update(t, db, func(tx store.Tx) error {
		tx.Put("c", nil)
		return nil
	})
	view(t, db, func(r store.Reader) error {
		if v := get(t, r, "c"); v == nil || len(v) != 0 {
			t.Errorf("empty value: got %#v, want one that is empty but not nil", v)
		}
		return nil
	})
}

func testScan(t *testing.T, db store.DB) {
	put(t, db, "a", "", "a/1", "", "a/2", "", "a/3", "", "a0", "", "b", "", "a/\xff", "")
	for _, test := range []struct {
		prefix, after string
		limit         int
		want          string
	}{
		{"", "", 100, "a a/1 a/2 a/3 a/\xff a0 b"},
		{"", "a", 2, "a/1 a/2"},
		{"a", "", 100, "a a/1 a/2 a/3 a/\xff a0"},
		{"a/", "", 100, "a/1 a/2 a/3 a/\xff"},
		{"a/", "", 1, "a/1"},
		{"a/", "a/1", 1, "a/2"},
		{"a/", "a/11", 100, "a/2 a/3 a/\xff"},
		{"a/", "a/", 1, "a/1"},
		{"a", "a", 1, "a/1"},
		{"a/", "0", 1, "a/1"},
		{"a/", "a/\xff", 100, ""},
		{"a/", "b", 100, ""},
		{"b", "", 100, "b"},
		{"c", "", 100, ""},
		{strings.Repeat("z", store.MaxKey+1), "", 100, ""},
	} {
		check := func(r store.Reader) error {
			rows, err := r.Scan(test.prefix, test.after, test.limit)
			if got := keys(rows); got != test.want || err != nil {
				t.Errorf("Scan(%q, %q, %d) = %q, %v, want %q", test.prefix, test.after, test.limit, got, err, test.want)
			}
			return nil
		}
		view(t, db, check)
		update(t, db, func(tx store.Tx) error { return check(tx) })
	}
}

func testOwnWrites(t *testing.T, db store.DB) {
	put(t, db, "old", "1", "gone", "1")
	update(t, db, func(tx store.Tx) error {
		tx.Put("new", []byte("2"))
		tx.Put("old", []byte("2"))
		tx.Delete("gone")
		tx.Put("back", []byte("1"))
		tx.Delete("back")
		tx.Put("back", []byte("2"))
		for key, want := range map[string]string{"new": "2", "old": "2", "back": "2"} {
			if v := get(t, tx, key); string(v) != want {
				t.Errorf("%s: got %q, want %q", key, v, want)
			}
		}
		if v := get(t, tx, "gone"); v != nil {
			t.Errorf("gone: got %q, want nil", v)
		}
		return nil
	})
	expect(t, db, "", "back", "2", "new", "2", "old", "2")
}

func testOwnWritesInScan(t *testing.T, db store.DB) {
	put(t, db, "p/1", "", "p/2", "", "p/3", "", "p/4", "", "q", "")
	errUndo := errors.New("undo")
	err := db.Update(t.Context(), func(tx store.Tx) error {
		tx.Delete("p/1")
		tx.Delete("p/2")
		tx.Put("p/9", nil)
		for limit, want := range map[int]string{1: "p/3", 2: "p/3 p/4", 3: "p/3 p/4 p/9", 4: "p/3 p/4 p/9"} {
			rows, err := tx.Scan("p/", "", limit) // deleted rows leave no gap
			if got := keys(rows); got != want || err != nil {
				t.Errorf("Scan of %d rows: got %q, %v, want %q", limit, got, err, want)
			}
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Errorf("got %v, want %v", err, errUndo)
	}
	update(t, db, func(tx store.Tx) error {
		tx.Put("p/0", []byte("new"))
		tx.Put("p/25", []byte("new"))
		tx.Put("p/9", []byte("new"))
		tx.Put("p/3", []byte("over"))
		tx.Delete("p/2")
		tx.Delete("p/4")
		tx.Put("o", nil)
		tx.Put("p", nil)
		tx.Put("r", nil)
		for _, test := range []struct {
			prefix, after string
			limit         int
			want          string
		}{
			{"p/", "", 9, "p/0 p/1 p/25 p/3 p/9"},
			{"p/", "", 1, "p/0"},
			{"p/", "p/0", 2, "p/1 p/25"},
			{"p/", "p/1", 1, "p/25"},
			{"p/", "p/25", 9, "p/3 p/9"},
			{"p/", "p/3", 9, "p/9"},
			{"p/", "p/9", 9, ""},
			{"", "", 9, "o p p/0 p/1 p/25 p/3 p/9 q r"},
			{"", "p/9", 1, "q"},
			{"p", "p", 2, "p/0 p/1"},
		} {
			rows, err := tx.Scan(test.prefix, test.after, test.limit)
			if got := keys(rows); got != test.want || err != nil {
				t.Errorf("Scan(%q, %q, %d) = %q, %v, want %q", test.prefix, test.after, test.limit, got, err, test.want)
			}
		}
		rows, err := tx.Scan("p/3", "", 1)
		if err != nil || len(rows) != 1 || string(rows[0].Value) != "over" {
			t.Errorf("overwritten row: got %v, %v", rows, err)
		}
		return nil
	})
}

func testError(t *testing.T, db store.DB) {
	put(t, db, "a", "1")
	errMine := errors.New("mine")
	err := db.Update(t.Context(), func(tx store.Tx) error {
		tx.Put("a", []byte("2"))
		tx.Put("b", []byte("2"))
		return errMine
	})
	if !errors.Is(err, errMine) {
		t.Errorf("Update: got %v, want the closure's error", err)
	}
	if err := db.View(t.Context(), func(store.Reader) error { return errMine }); !errors.Is(err, errMine) {
		t.Errorf("View: got %v, want the closure's error", err)
	}
	expect(t, db, "", "a", "1")
}

func testPanic(t *testing.T, db store.DB) {
	put(t, db, "a", "1")
	got := recovered(func() {
		db.Update(t.Context(), func(tx store.Tx) error {
			tx.Put("a", []byte("2"))
			panic("mine")
		})
	})
	if got != "mine" {
		t.Errorf("Update: the caller recovers %v, want the closure's panic", got)
	}
	got = recovered(func() {
		db.View(t.Context(), func(store.Reader) error { panic("mine") })
	})
	if got != "mine" {
		t.Errorf("View: the caller recovers %v, want the closure's panic", got)
	}
	put(t, db, "b", "1")
	expect(t, db, "", "a", "1", "b", "1")
}

func testGoexit(t *testing.T, db store.DB) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		db.Update(t.Context(), func(tx store.Tx) error {
			tx.Put("a", nil)
			exit()
			return nil
		})
	}()
	<-done
	put(t, db, "b", "1")
	expect(t, db, "", "b", "1")
}

func testAliases(t *testing.T, db store.DB) {
	put(t, db, "b", strings.Repeat("b", 10_000)) // too much for a store to copy it all by chance
	value := []byte("1")
	update(t, db, func(tx store.Tx) error {
		value[0] = '1'
		tx.Put("a", value)
		value[0] = 'x'
		own := get(t, tx, "a")
		own[0] = 'y'
		rows, err := tx.Scan("a", "", 1)
		if err != nil {
			return err
		}
		rows[0].Value[0] = 'z'
		if v := get(t, tx, "a"); string(v) != "1" {
			t.Errorf("own write: got %q, want 1", v)
		}
		return nil
	})
	value[0] = 'x'
	for range 2 {
		scribble := func(r store.Reader) error {
			v := get(t, r, "a")
			if string(v) != "1" {
				t.Errorf("Get: got %q, want 1", v)
			}
			_ = append(v[:0], "xyz"...)
			rows, err := r.Scan("a", "", 1)
			if err != nil {
				return err
			}
			if string(rows[0].Value) != "1" {
				t.Errorf("Scan: got %q, want 1", rows[0].Value)
			}
			rows[0].Value[0] = 'z'
			return nil
		}
		view(t, db, scribble)
		update(t, db, func(tx store.Tx) error { return scribble(tx) })
	}
}

func testSnapshot(t *testing.T, db store.DB) {
	put(t, db, "a", "1", "b", "1")
	view(t, db, func(r store.Reader) error {
		if v := get(t, r, "a"); string(v) != "1" {
			t.Errorf("before: got %q, want 1", v)
		}
		update(t, db, func(tx store.Tx) error {
			tx.Put("a", []byte("2"))
			tx.Delete("b")
			tx.Put("c", nil)
			return nil
		})
		rows, err := r.Scan("", "", 9)
		if got := keys(rows); got != "a b" || err != nil {
			t.Errorf("after: got %q, %v, want %q", got, err, "a b")
		}
		if v := get(t, r, "a"); string(v) != "1" {
			t.Errorf("after: got %q, want 1", v)
		}
		return nil
	})
	expect(t, db, "", "a", "2", "c", "")
}
