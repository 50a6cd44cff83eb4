package storetest

import (
	"reflect"
	"runtime"
	"strings"
	"testing"

	"lotse/store"
)

func update(t *testing.T, db store.DB, f func(store.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), f); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

func view(t *testing.T, db store.DB, f func(store.Reader) error) {
	t.Helper()
	if err := db.View(t.Context(), f); err != nil {
		t.Fatalf("View: %v", err)
	}
}

// put writes rows, given as key, value, key, value.
func put(t *testing.T, db store.DB, rows ...string) {
	t.Helper()
	update(t, db, func(tx store.Tx) error {
		for i := 0; i < len(rows); i += 2 {
			tx.Put(rows[i], []byte(rows[i+1]))
		}
		return nil
	})
}

func get(t *testing.T, r store.Reader, key string) []byte {
	t.Helper()
	v, err := r.Get(key)
	if err != nil {
		t.Fatalf("Get(%q): %v", key, err)
	}
	return v
}

// all are the rows under prefix, read page by page.
func all(t *testing.T, db store.DB, prefix string) (rows []store.Pair) {
	t.Helper()
	view(t, db, func(r store.Reader) error {
		rows = nil
		for after := ""; ; after = rows[len(rows)-1].Key {
			page, err := r.Scan(prefix, after, store.MaxScan)
			if err != nil || len(page) == 0 {
				return err
			}
			rows = append(rows, page...)
		}
	})
	return rows
}

// expect compares the rows under prefix with key, value, key, value.
func expect(t *testing.T, db store.DB, prefix string, want ...string) {
	t.Helper()
	var got []string
	for _, row := range all(t, db, prefix) {
		got = append(got, row.Key, string(row.Value))
	}
	if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("rows under %q: got %q, want %q", prefix, got, want)
	}
}

func keys(rows []store.Pair) string {
	var keys []string
	for _, row := range rows {
		keys = append(keys, row.Key)
	}
	return strings.Join(keys, " ")
}

// recovered is what f panics with.
func recovered(f func()) (p any) {
	defer func() { p = recover() }()
	f()
	return nil
}

// exit ends the goroutine, as t.FailNow does.
func exit() { runtime.Goexit() }
