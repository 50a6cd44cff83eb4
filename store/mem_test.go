package store_test

import (
	"testing"

	"lotse/store"
	"lotse/store/storetest"
)

func openMem(*testing.T, string) store.DB { return store.NewMem() }

func TestMem(t *testing.T) {
	storetest.Run(t, storetest.Subject{Open: openMem})
}

func TestMemTwice(t *testing.T) {
	storetest.Run(t, storetest.Subject{Open: func(t *testing.T, dir string) store.DB {
		return storetest.Twice(openMem(t, dir))
	}})
}
