package seal

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"lotse/store"
)

func TestNewPerson(t *testing.T) {
	d := newDB(t)
	key := mustGet(t, d, "key/ada")
	update(t, d, func(tx store.Tx) error {
		tx.Put("inquiry/ada/1", []byte("x"))
		return d.NewPerson(tx, "ada")
	})
	if !bytes.Equal(mustGet(t, d, "key/ada"), key) {
		t.Error("a second key for the same person")
	}
	update(t, d, func(tx store.Tx) error {
		for id, want := range map[string]bool{"ada": true, "bob": false} {
			if known, err := d.Known(tx, id); err != nil || known != want {
				t.Errorf("Known(%s) = %v, %v", id, known, err)
			}
		}
		if err := d.NewPerson(tx, "bob"); err != nil {
			return err
		}
		tx.Put("inquiry/bob/1", []byte("x")) // in the transaction that makes the key
		return nil
	})
	if got := mustGet(t, d, "inquiry/bob/1"); string(got) != "x" {
		t.Errorf("written with a new key: %q", got)
	}
	for _, id := range []string{"", "-", "a/b"} {
		err := d.Update(t.Context(), func(tx store.Tx) error { return d.NewPerson(tx, id) })
		if err == nil || id == "a/b" && strings.Contains(err.Error(), id) {
			t.Errorf("NewPerson(%q): %v", id, err)
		}
	}
}

func TestForget(t *testing.T) {
	d := newDB(t)
	update(t, d, func(tx store.Tx) error { return d.NewPerson(tx, "bob") })
	rows := []string{"due/1/ada", "due/1/bob", "inquiry/ada/1", "inquiry/bob/1", "inquiry/-/1"}
	for _, row := range rows {
		put(t, d, row, "x")
	}
	copied := rawRows(t, d)
	forget(t, d, "ada")

	check := func(when string) {
		t.Helper()
		for _, row := range rows {
			gone := strings.Contains(row, "ada")
			if got := mustGet(t, d, row); (got == nil) != gone {
				t.Errorf("%s: %s is %q", when, row, got)
			}
		}
		err := d.View(t.Context(), func(r store.Reader) error {
			pairs, err := r.Scan("inquiry/", "", 10)
			if len(pairs) != 3 || pairs[1].Key != "inquiry/ada/1" || pairs[1].Value != nil || pairs[2].Value == nil {
				t.Errorf("%s: Scan gave %q", when, pairs)
			}
			return err
		})
		if err != nil {
			t.Errorf("%s: Scan: %v", when, err)
		}
	}
	check("forgotten")

	update(t, d.Raw(), func(tx store.Tx) error { // a backup comes back, without its keys
		for _, p := range copied {
			if !strings.HasPrefix(p.Key, "key/") {
				tx.Put(p.Key, p.Value)
			}
		}
		return nil
	})
	check("restored from a copy")

	err := d.Update(t.Context(), func(tx store.Tx) error { tx.Put("inquiry/ada/2", nil); return nil })
	if !errors.Is(err, ErrNoKey) {
		t.Errorf("Put after Forget: %v", err)
	}
	update(t, d, func(tx store.Tx) error { tx.Delete("inquiry/ada/1"); return nil })
	if mustGet(t, d.Raw(), "inquiry/ada/1") != nil {
		t.Error("a row without key was not deleted")
	}
	if _, held := d.people.keys["ada"]; held {
		t.Error("the key is still in memory")
	}
}

func TestForgetInItsTransaction(t *testing.T) {
	d := newDB(t)
	put(t, d, "inquiry/ada/1", "x")
	update(t, d, func(tx store.Tx) error {
		if got, err := tx.Get("inquiry/ada/1"); err != nil || got == nil {
			t.Errorf("before: %q, %v", got, err)
		}
		d.Forget(tx, "ada")
		if got, err := tx.Get("inquiry/ada/1"); err != nil || got != nil {
			t.Errorf("after: %q, %v", got, err)
		}
		return nil
	})
	update(t, d, func(tx store.Tx) error { return d.NewPerson(tx, "bob") })
	put(t, d, "inquiry/bob/1", "x")
	err := d.Update(t.Context(), func(tx store.Tx) error {
		d.Forget(tx, "bob")
		tx.Put("inquiry/bob/1", nil)
		return nil
	})
	if !errors.Is(err, ErrNoKey) {
		t.Errorf("Put after Forget in one transaction: %v", err)
	}
	if got := mustGet(t, d, "inquiry/bob/1"); got == nil {
		t.Error("a failed transaction forgot a person")
	}
}

// Whatever the order of an erasure and of writes at the same time, nothing of the
// person can be read afterwards.
func TestForgetWhileWriting(t *testing.T) {
	const writers = 8
	d := newDB(t)
	for round := range 50 {
		id := fmt.Sprint("p", round)
		update(t, d, func(tx store.Tx) error { return d.NewPerson(tx, id) })
		var all sync.WaitGroup
		start := make(chan struct{})
		for w := range writers {
			all.Go(func() {
				<-start
				row := fmt.Sprintf("inquiry/%s/%d", id, w)
				err := d.Update(t.Context(), func(tx store.Tx) error { tx.Put(row, []byte("x")); return nil })
				if err != nil && !errors.Is(err, ErrNoKey) {
					t.Errorf("write: %v", err)
				}
				written := mustGet(t, d.Raw(), row) != nil
				if written != (err == nil) {
					t.Errorf("write said %v, row is there: %v", err, written)
				}
			})
		}
		all.Go(func() {
			<-start
			forget(t, d, id)
		})
		close(start)
		all.Wait()
		for w := range writers {
			if got := mustGet(t, d, fmt.Sprintf("inquiry/%s/%d", id, w)); got != nil {
				t.Errorf("round %d: a row outlives its person: %q", round, got)
			}
		}
	}
}

func TestKeyCacheIsBounded(t *testing.T) {
	d := newDB(t)
	put(t, d, "inquiry/ada/1", "x")
	key := mustGet(t, d, "key/ada")
	for i := range cacheSize + 10 {
		id := fmt.Sprint(i)
		if _, err := d.people.unwrap(id, "key/ada", key); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(d.people.keys); n != cacheSize {
		t.Errorf("%d keys cached, at most %d", n, cacheSize)
	}
	if got := mustGet(t, d, "inquiry/ada/1"); string(got) != "x" {
		t.Errorf("after eviction: %q", got)
	}
}

// The cache follows the stored bytes: a key that changed is not taken from it.
func TestKeyCacheFollowsTheStore(t *testing.T) {
	d := newDB(t)
	put(t, d, "inquiry/ada/1", "x")
	old := mustGet(t, d, "key/ada")
	update(t, d, func(tx store.Tx) error { d.Forget(tx, "ada"); return d.NewPerson(tx, "ada") })
	if _, err := get(t, d, "inquiry/ada/1"); !errors.Is(err, ErrTampered) {
		t.Errorf("opened with another key: %v", err)
	}
	put(t, d.Raw(), "key/ada", string(old))
	if got := mustGet(t, d, "inquiry/ada/1"); string(got) != "x" {
		t.Errorf("with the old key again: %q", got)
	}
}
