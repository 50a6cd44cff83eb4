//go:build goolm

package cryptostore

import (
	"errors"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/id"

	"lotse/store"
	"lotse/store/bolt"
	"lotse/store/seal"
	"lotse/store/storetest"
)

// memory is everything that is tested.
type memory interface {
	crypto.Store
	crypto.StateStore
	mautrix.StateStore
}

// reference is what mautrix itself keeps in memory.
type reference struct {
	*crypto.MemoryStore
	*mautrix.MemoryStateStore
}

func newReference() reference {
	return reference{crypto.NewMemoryStore(nil), mautrix.NewMemoryStateStore().(*mautrix.MemoryStateStore)}
}

// A subject gives the memory of one device, and again after a restart.
type subject struct {
	name    string
	isRef   bool // mautrix's own: it does not restart
	isFlaky bool // calls fail, and are made again after a restart
	open    func(t *testing.T) (again func() memory)
}

// here is the time of all tests.
var here = time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)

var testTable = append(store.Table{{Name: "meta", Owner: store.Open}, {Name: "key", Owner: store.Open}, {Name: "cursor", Owner: store.House}}, Table...)

// sealed is a store as the program uses it.
func sealed(t testing.TB, db store.DB) *seal.DB {
	t.Helper()
	return sealedWith(t, db, filepath.Join(t.TempDir(), "key"))
}

func sealedWith(t testing.TB, db store.DB, path string) *seal.DB {
	t.Helper()
	key, err := seal.MasterFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := seal.Open(t.Context(), db, testTable, key, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func openBolt(t testing.TB, path string) store.DB {
	t.Helper()
	db, err := bolt.Open(t.Context(), path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// plain stands for seal.DB.Index where nothing is sealed.
func plain(label string, parts ...string) string {
	for _, p := range parts {
		label += "." + url.PathEscape(p)
	}
	return label
}

func config(db store.DB, user id.UserID) Config {
	return Config{DB: db, Index: plain, User: user, Device: "DEV", Now: func() time.Time { return here }}
}

// indexedBy a sealed store, under whatever wraps it.
func indexedBy(c Config, d *seal.DB) Config {
	c.Index = d.Index
	return c
}

func subjects() []subject {
	restarts := func(c func(t *testing.T) Config) func(*testing.T) func() memory {
		return func(t *testing.T) func() memory {
			c := c(t)
			return func() memory { return New(c) }
		}
	}
	return []subject{
		{name: "reference", isRef: true, open: func(*testing.T) func() memory {
			m := newReference()
			return func() memory { return m }
		}},
		{name: "mem", open: restarts(func(*testing.T) Config { return config(store.NewMem(), "@bot:x") })},
		{name: "mem twice", open: restarts(func(*testing.T) Config { return config(storetest.Twice(store.NewMem()), "@bot:x") })},
		{name: "mem sealed twice", open: restarts(func(t *testing.T) Config {
			d := sealed(t, store.NewMem())
			return indexedBy(config(storetest.Twice(d), "@bot:x"), d)
		})},
		{name: "mem one process", open: func(t *testing.T) func() memory {
			s := New(config(storetest.Twice(store.NewMem()), "@bot:x"))
			return func() memory { return s }
		}},
		{name: "mem flaky", isFlaky: true, open: restarts(func(*testing.T) Config {
			return config(storetest.Twice(storetest.Flaky(store.NewMem(), sometimes(4))), "@bot:x")
		})},
		{name: "bolt", open: restarts(func(t *testing.T) Config {
			return config(openBolt(t, filepath.Join(t.TempDir(), "data")), "@bot:x")
		})},
		{name: "bolt sealed twice", open: restarts(func(t *testing.T) Config {
			d := sealed(t, openBolt(t, filepath.Join(t.TempDir(), "data")))
			return indexedBy(config(storetest.Twice(d), "@bot:x"), d)
		})},
		{name: "bolt sealed flaky", isFlaky: true, open: restarts(func(t *testing.T) Config {
			d := sealed(t, openBolt(t, filepath.Join(t.TempDir(), "data")))
			return indexedBy(config(storetest.Flaky(d, sometimes(4)), "@bot:x"), d)
		})},
	}
}

var errFlaky = errors.New("flaky")

// sometimes fails once in n times, the same each time the test runs.
func sometimes(n int) func(string) error {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(1, 2))
	return func(string) error {
		mu.Lock()
		defer mu.Unlock()
		if random.IntN(n) == 0 {
			return errFlaky
		}
		return nil
	}
}

// A bench is one subject in one test.
type bench struct {
	*testing.T
	subject
	again func() memory
}

// do makes a call, as often as it takes; every time after a restart.
func (b bench) do(f func(memory) error) {
	b.Helper()
	for {
		err := f(b.again())
		if err == nil {
			return
		}
		if !b.isFlaky || !errors.Is(err, errFlaky) {
			b.Fatal(err)
		}
	}
}

// ask makes a call that gives something.
func ask[T any](b bench, f func(memory) (T, error)) (v T) {
	b.Helper()
	b.do(func(m memory) (err error) {
		v, err = f(m)
		return err
	})
	return v
}

// yes makes a call that answers no when it fails.
func (b bench) yes(want bool, f func(memory) bool) {
	b.Helper()
	got := f(b.again())
	for range 100 { // a flaky store says no too often
		if got == want || !b.isFlaky {
			break
		}
		got = f(b.again())
	}
	if got != want {
		b.Errorf("got %v, want %v", got, want)
	}
}

// same compares with what is expected.
func same[T any](b bench, what string, got, want T) {
	b.Helper()
	if !reflect.DeepEqual(got, want) {
		b.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}
