package storetest

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"lotse/store"
)

const (
	workers = 8
	rounds  = 30
)

// together runs f in several goroutines and waits for them.
func together(f func(worker int)) {
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

// number reads a decimal row; an absent one is 0.
func number(r store.Reader, key string) (int, error) {
	v, err := r.Get(key)
	if err != nil || v == nil {
		return 0, err
	}
	return strconv.Atoi(string(v))
}

// try is update for goroutines other than the test's own.
func try(t *testing.T, db store.DB, f func(store.Tx) error) {
	if err := db.Update(t.Context(), f); err != nil {
		t.Errorf("Update: %v", err)
	}
}

// testCounter loses no update, even where the new value is made in the memory of
// the old one.
func testCounter(t *testing.T, db store.DB) {
	put(t, db, "n", "\x00\x00")
	together(func(int) {
		for range rounds {
			try(t, db, func(tx store.Tx) error {
				v, err := tx.Get("n")
				if err != nil {
					return err
				}
				if v[1]++; v[1] == 0 {
					v[0]++
				}
				tx.Put("n", v)
				return nil
			})
		}
	})
	n := workers * rounds
	expect(t, db, "n", "n", string([]byte{byte(n >> 8), byte(n)}))
}

// testSkew: of two doctors, one stays. Each pair may only be left by one, and
// both read both rows and write one, so nothing but serialisability keeps them.
func testSkew(t *testing.T, db store.DB) {
	for pair := range rounds {
		put(t, db, fmt.Sprintf("duty/%02d/0", pair), "yes", fmt.Sprintf("duty/%02d/1", pair), "yes")
	}
	together(func(worker int) {
		for pair := range rounds {
			try(t, db, func(tx store.Tx) error {
				rows, err := tx.Scan(fmt.Sprintf("duty/%02d/", pair), "", 2)
				if err != nil {
					return err
				}
				if string(rows[0].Value) == "yes" && string(rows[1].Value) == "yes" {
					tx.Put(rows[worker%2].Key, []byte("no"))
				}
				return nil
			})
		}
	})
	for pair := range rounds {
		rows := all(t, db, fmt.Sprintf("duty/%02d/", pair))
		if string(rows[0].Value) == string(rows[1].Value) {
			t.Errorf("pair %d: both say %q", pair, rows[0].Value)
		}
	}
}

// testNumbering gives out numbers by looking for the last one. A phantom would
// give one twice; and a row that disappears from the scan must count too.
func testNumbering(t *testing.T, db store.DB) {
	together(func(worker int) {
		for range rounds {
			try(t, db, func(tx store.Tx) error {
				rows, err := tx.Scan("last/", "", 2)
				if err != nil {
					return err
				}
				if len(rows) > 1 {
					return fmt.Errorf("two last numbers: %s", keys(rows))
				}
				n := 0
				if len(rows) == 1 {
					if n, err = strconv.Atoi(rows[0].Key[len("last/"):]); err != nil {
						return err
					}
					tx.Delete(rows[0].Key)
				}
				tx.Put(fmt.Sprintf("last/%04d", n+1), nil)
				tx.Put(fmt.Sprintf("given/%04d/%d", n+1, worker), nil)
				return nil
			})
		}
	})
	for i, row := range all(t, db, "given/") {
		if want := fmt.Sprintf("given/%04d/", i+1); row.Key[:len(want)] != want {
			t.Fatalf("got %s, want %s…", row.Key, want)
		}
	}
	expect(t, db, "last/", fmt.Sprintf("last/%04d", workers*rounds), "")
}

// testTransfers moves money; whoever looks, the sum is the same.
func testTransfers(t *testing.T, db store.DB) {
	const accounts, each = 5, 100
	for i := range accounts {
		put(t, db, fmt.Sprintf("account/%d", i), strconv.Itoa(each))
	}
	sum := func(r store.Reader) error {
		total := 0
		for i := range accounts {
			n, err := number(r, fmt.Sprintf("account/%d", i))
			if err != nil {
				return err
			}
			total += n
		}
		if total != accounts*each {
			return fmt.Errorf("the sum is %d", total)
		}
		return nil
	}
	together(func(worker int) {
		for round := range rounds {
			from := fmt.Sprintf("account/%d", (worker+round)%accounts)
			to := fmt.Sprintf("account/%d", (worker*3+round*2+1)%accounts)
			try(t, db, func(tx store.Tx) error {
				if err := sum(tx); err != nil {
					return err
				}
				for _, move := range []struct {
					key string
					by  int
				}{{from, -1}, {to, 1}} {
					n, err := number(tx, move.key)
					if err != nil {
						return err
					}
					tx.Put(move.key, []byte(strconv.Itoa(n+move.by)))
				}
				return sum(tx)
			})
			if err := db.View(t.Context(), sum); err != nil {
				t.Errorf("View: %v", err)
			}
		}
	})
}

// testConflicts lets something happen between what a closure reads and what it
// writes. The outcome must be as if it had happened before or after.
func testConflicts(t *testing.T, s Subject) {
	scan := func(prefix, after string, limit int) func(store.Reader) (string, error) {
		return func(r store.Reader) (string, error) {
			rows, err := r.Scan(prefix, after, limit)
			text := ""
			for _, row := range rows {
				text += row.Key + "=" + string(row.Value) + " "
			}
			return text, err
		}
	}
	value := func(key string) func(store.Reader) (string, error) {
		return func(r store.Reader) (string, error) {
			v, err := r.Get(key)
			return string(v), err
		}
	}
	write := func(key, value string) func(store.Tx) { return func(tx store.Tx) { tx.Put(key, []byte(value)) } }
	remove := func(key string) func(store.Tx) { return func(tx store.Tx) { tx.Delete(key) } }
	for _, test := range []struct {
		name   string
		read   func(store.Reader) (string, error)
		happen func(store.Tx)
	}{
		{"row overwritten", value("a/2"), write("a/2", "x")},
		{"row deleted", value("a/2"), remove("a/2")},
		{"row inserted", value("a/3"), write("a/3", "x")},
		{"phantom inserted", scan("a/", "", 10), write("a/3", "x")},
		{"phantom inserted first", scan("a/", "", 10), write("a/0", "x")},
		{"phantom inserted into a page", scan("a/", "", 2), write("a/1x", "x")},
		{"phantom inserted into an empty range", scan("b/", "", 10), write("b/1", "x")},
		{"phantom deleted", scan("a/", "", 10), remove("a/4")},
		{"phantom deleted from a page", scan("a/", "", 2), remove("a/1")},
		{"scanned row overwritten", scan("a/", "a/1", 2), write("a/2", "x")},
		{"scan elsewhere", scan("a/", "", 2), write("a/9", "x")},
		{"scan of another prefix", scan("a/", "", 10), write("b/1", "x")},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := s.open(t, t.TempDir())
			put(t, db, "a/1", "1", "a/2", "2", "a/4", "4")
			var once sync.Once
			update(t, db, func(tx store.Tx) error {
				saw, err := test.read(tx)
				if err != nil {
					return err
				}
				once.Do(func() {
					update(t, db, func(tx store.Tx) error { test.happen(tx); return nil })
				})
				// The snapshot holds: the closure sees the same again.
				if again, err := test.read(tx); again != saw || err != nil {
					t.Errorf("read again: got %q, %v, want %q", again, err, saw)
				}
				tx.Put("out", []byte(saw))
				return nil
			})
			view(t, db, func(r store.Reader) error {
				want, err := test.read(r)
				if err != nil {
					return err
				}
				if got := get(t, r, "out"); string(got) != want {
					t.Errorf("the closure acted on %q, but it was %q", got, want)
				}
				return nil
			})
		})
	}
}

// testPanicAgain ends a closure when it runs for the second time, which may be in
// the middle of the store.
func testPanicAgain(t *testing.T, db store.DB) {
	put(t, db, "a", "1")
	for name, end := range map[string]func(){"panic": func() { panic("mine") }, "end of goroutine": exit} {
		var got any
		done := make(chan struct{})
		go func() {
			defer close(done)
			got = "end of goroutine"
			first := true
			got = recovered(func() {
				db.Update(t.Context(), func(tx store.Tx) error {
					if _, err := tx.Get("a"); err != nil {
						return err
					}
					tx.Put("a", []byte("2"))
					if !first {
						end()
					}
					first = false
					return db.Update(t.Context(), func(tx store.Tx) error {
						tx.Put("a", []byte("1"))
						return nil
					})
				})
			})
		}()
		<-done
		if want := map[string]any{"panic": "mine", "end of goroutine": "end of goroutine"}[name]; got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
		expect(t, db, "", "a", "1")
	}
	put(t, db, "b", "1")
	expect(t, db, "", "a", "1", "b", "1")
}
