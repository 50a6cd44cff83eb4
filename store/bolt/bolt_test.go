package bolt

import (
	"path/filepath"
	"testing"

	"lotse/store"
	"lotse/store/storetest"
)

func openIn(t *testing.T, dir string) store.DB {
	t.Helper()
	db, err := Open(t.Context(), filepath.Join(dir, "data"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Subject{Open: openIn, Lasts: true, Optimistic: true})
}

func TestStoreTwice(t *testing.T) {
	storetest.Run(t, storetest.Subject{
		Open:       func(t *testing.T, dir string) store.DB { return storetest.Twice(openIn(t, dir)) },
		Lasts:      true,
		Optimistic: true,
	})
}
