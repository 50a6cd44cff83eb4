package storetest

import (
	"errors"
	"testing"

	"lotse/store"
)

func TestTwice(t *testing.T) {
	db := Twice(store.NewMem())
	runs := 0
	update(t, db, func(tx store.Tx) error {
		if runs++; runs == 1 {
			tx.Put("first", nil)
			return errors.New("forgotten")
		}
		if v := get(t, tx, "first"); v != nil {
			t.Errorf("the second run sees what the first wrote: %q", v)
		}
		tx.Put("second", nil)
		return nil
	})
	if runs != 2 {
		t.Errorf("%d runs, want 2", runs)
	}
	expect(t, db, "", "second", "")
}

func TestFlaky(t *testing.T) {
	errMine := errors.New("mine")
	for failing, want := range map[string]struct {
		view, update bool
		rows         []string
	}{
		"none":   {rows: []string{"a", "1"}},
		OpView:   {view: true, rows: []string{"a", "1"}},
		OpUpdate: {update: true},
		OpCommit: {update: true, rows: []string{"a", "1"}},
	} {
		mem := store.NewMem()
		db := Flaky(mem, func(op string) error {
			if op == failing {
				return errMine
			}
			return nil
		})
		err := db.Update(t.Context(), func(tx store.Tx) error { tx.Put("a", []byte("1")); return nil })
		if errors.Is(err, errMine) != want.update {
			t.Errorf("%s: Update: %v", failing, err)
		}
		err = db.View(t.Context(), func(store.Reader) error { return nil })
		if errors.Is(err, errMine) != want.view {
			t.Errorf("%s: View: %v", failing, err)
		}
		expect(t, mem, "", want.rows...)
	}
}
