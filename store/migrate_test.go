package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"lotse/store"
	"lotse/store/storetest"
)

// upper is a step that writes the rows of a prefix in capitals, three a page.
func upper(prefix string) store.Migration {
	return store.Migration{Name: "upper " + prefix, Page: func(tx store.Tx, after string) (string, error) {
		rows, err := tx.Scan(prefix, after, 3)
		if err != nil {
			return "", err
		}
		for _, row := range rows {
			// Appending shows when a row is done twice.
			tx.Put(row.Key, []byte(strings.ToUpper(string(row.Value))+"!"))
		}
		if len(rows) < 3 {
			return "", nil
		}
		return rows[2].Key, nil
	}}
}

// old is a store of schema 1 with some rows.
func old(t *testing.T) *store.Mem {
	t.Helper()
	db := store.NewMem()
	err := db.Update(t.Context(), func(tx store.Tx) error {
		tx.Put("meta/schema", []byte("1"))
		for i := range 7 {
			tx.Put(fmt.Sprintf("a/%d", i), []byte("x"))
			tx.Put(fmt.Sprintf("b/%d", i), []byte("y"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// dump is all there is.
func dump(t *testing.T, db store.DB) string {
	t.Helper()
	var b strings.Builder
	err := db.View(t.Context(), func(r store.Reader) error {
		rows, err := r.Scan("", "", store.MaxScan)
		for _, row := range rows {
			fmt.Fprintf(&b, "%s=%s ", row.Key, row.Value)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const migrated = "a/0=X! a/1=X! a/2=X! a/3=X! a/4=X! a/5=X! a/6=X! " +
	"b/0=Y! b/1=Y! b/2=Y! b/3=Y! b/4=Y! b/5=Y! b/6=Y! meta/schema=3 "

func TestMigrate(t *testing.T) {
	steps := []store.Migration{upper("a/"), upper("b/")}
	for name, wrap := range map[string]func(store.DB) store.DB{
		"once":  func(db store.DB) store.DB { return db },
		"twice": storetest.Twice,
	} {
		t.Run(name, func(t *testing.T) {
			db := wrap(old(t))
			for range 2 { // the second time there is nothing to do
				if err := store.Migrate(t.Context(), db, steps); err != nil {
					t.Fatal(err)
				}
				if got := dump(t, db); got != migrated {
					t.Errorf("got %s\nwant %s", got, migrated)
				}
			}
		})
	}
}

// The program dies before or after each commit in turn, and starts again.
func TestMigrateInterrupted(t *testing.T) {
	steps := []store.Migration{upper("a/"), upper("b/")}
	errDied := errors.New("died")
	for _, op := range []string{storetest.OpUpdate, storetest.OpCommit} {
		for n := 0; ; n++ {
			mem := old(t)
			left := n
			err := store.Migrate(t.Context(), storetest.Flaky(mem, func(now string) error {
				if now == op {
					left--
				}
				if left < 0 {
					return errDied
				}
				return nil
			}), steps)
			if err == nil {
				if n < 6 {
					t.Errorf("%s: done after %d pages, want at least 6", op, n)
				}
				break
			}
			if !errors.Is(err, errDied) {
				t.Fatal(err)
			}
			if err := store.Migrate(t.Context(), mem, steps); err != nil {
				t.Fatal(err)
			}
			if got := dump(t, mem); got != migrated {
				t.Errorf("%s, died at %d: got %s\nwant %s", op, n, got, migrated)
			}
		}
	}
}

func TestMigrateRefuses(t *testing.T) {
	broken := func(next string, err error) []store.Migration {
		return []store.Migration{{Name: "broken", Page: func(tx store.Tx, _ string) (string, error) {
			tx.Put("trace", nil)
			return next, err
		}}}
	}
	errMine := errors.New("mine")
	for _, test := range []struct {
		name, schema string
		steps        []store.Migration
		is           error
		says         string
	}{
		{"newer", "3", broken("", nil), store.ErrNewer, "schema 3, known are up to 2"},
		{"no number", "x", nil, nil, "not a schema number"},
		{"zero", "0", nil, nil, "not a schema number"},
		{"step fails", "1", broken("", errMine), errMine, "to schema 2 (broken)"},
		{"rows without number", "", broken("", nil), nil, "no schema number"},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := store.NewMem()
			err := db.Update(t.Context(), func(tx store.Tx) error {
				tx.Put("a", nil)
				if test.schema != "" {
					tx.Put("meta/schema", []byte(test.schema))
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			before := dump(t, db)
			err = store.Migrate(t.Context(), db, test.steps)
			if err == nil || !strings.Contains(err.Error(), test.says) || (test.is != nil && !errors.Is(err, test.is)) {
				t.Errorf("got %v, want one that says %q", err, test.says)
			}
			if got := dump(t, db); got != before {
				t.Errorf("got %s, want it as it was: %s", got, before)
			}
		})
	}
}

// A step that returns the place it was given would go on for ever.
func TestMigrateStuck(t *testing.T) {
	steps := []store.Migration{{Name: "stuck", Page: func(store.Tx, string) (string, error) { return "here", nil }}}
	err := store.Migrate(t.Context(), old(t), steps)
	if err == nil || !strings.Contains(err.Error(), "does not get on") {
		t.Errorf("got %v", err)
	}
}

func TestMigrateFresh(t *testing.T) {
	never := store.Migration{Name: "never", Page: func(store.Tx, string) (string, error) {
		return "", errors.New("called on a fresh store")
	}}
	db := store.NewMem()
	if err := store.Migrate(context.Background(), db, []store.Migration{never, never}); err != nil {
		t.Fatal(err)
	}
	if got, want := dump(t, db), "meta/schema=3 "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMigrateAfterSealing(t *testing.T) {
	db := store.NewMem()
	err := db.Update(t.Context(), func(tx store.Tx) error {
		tx.Put("meta/check", []byte("x")) // what sealing keeps is there before the number
		tx.Put("meta/house", []byte("x"))
		return nil
	})
	if err := errors.Join(err, store.Migrate(t.Context(), db, nil)); err != nil {
		t.Fatal(err)
	}
	err = db.View(t.Context(), func(r store.Reader) error {
		if got, err := r.Get("meta/schema"); string(got) != "1" || err != nil {
			t.Errorf("schema is %q, %v", got, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
