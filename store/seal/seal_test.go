package seal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lotse/store"
	"lotse/store/storetest"
)

var testTable = store.Table{
	{Name: "meta", Owner: store.Open},
	{Name: "key", Owner: store.Open},
	{Name: "open", Owner: store.Open},
	{Name: "meeting", Owner: store.House},
	{Name: "inquiry", Owner: store.Person, At: 1},
	{Name: "due", Owner: store.Person, At: 2},
	{Name: "wait", Owner: store.Memory},
	{Name: "draft", Owner: store.Memory, At: 1},
}

// sealedRows are one row of every way to seal; ada has a key.
var sealedRows = []string{
	"meeting/1", "inquiry/ada/1", "inquiry/-/1", "due/2026/ada", "due/2026/-", "wait/1", "draft/ada/1",
}

func newMaster(t testing.TB) Master {
	t.Helper()
	m, err := MasterFile(filepath.Join(t.TempDir(), "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func openDB(t testing.TB, inner store.DB, m Master) *DB {
	t.Helper()
	d, err := Open(t.Context(), inner, testTable, m, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// newDB is a sealed store in which ada has a key.
func newDB(t testing.TB) *DB {
	t.Helper()
	d := openDB(t, store.NewMem(), newMaster(t))
	update(t, d, func(tx store.Tx) error { return d.NewPerson(tx, "ada") })
	return d
}

func update(t testing.TB, db store.DB, f func(store.Tx) error) {
	t.Helper()
	if err := storetest.Twice(db).Update(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, db store.DB, key, value string) {
	t.Helper()
	update(t, db, func(tx store.Tx) error { tx.Put(key, []byte(value)); return nil })
}

func get(t testing.TB, db store.DB, key string) (value []byte, err error) {
	t.Helper()
	err = db.View(t.Context(), func(r store.Reader) (err error) {
		value, err = r.Get(key)
		return err
	})
	return value, err
}

func mustGet(t testing.TB, db store.DB, key string) []byte {
	t.Helper()
	value, err := get(t, db, key)
	if err != nil {
		t.Fatalf("Get(%s): %v", key, err)
	}
	return value
}

func forget(t testing.TB, d *DB, id string) {
	t.Helper()
	update(t, d, func(tx store.Tx) error { d.Forget(tx, id); return nil })
}

func TestRoundTrip(t *testing.T) {
	d := newDB(t)
	for _, row := range append(sealedRows, "open/1") {
		for _, value := range []string{"", "x", "Frau Canary, Stuttgarter Allee", strings.Repeat("ж", 5000)} {
			t.Run(fmt.Sprintf("%s of %d", row, len(value)), func(t *testing.T) {
				update(t, d, func(tx store.Tx) error {
					tx.Put(row, []byte(value))
					if got, err := tx.Get(row); err != nil || got == nil || string(got) != value {
						t.Errorf("own write: %q, %v", got, err)
					}
					return nil
				})
				if got := mustGet(t, d, row); got == nil || string(got) != value {
					t.Errorf("Get: %q", got)
				}
				raw := mustGet(t, d.Raw(), row)
				if more := len(raw) - len(value); more < 0 || more > Overhead {
					t.Errorf("stored with %d bytes more, at most %d", more, Overhead)
				}
			})
		}
	}
}

func TestStoredRowsShowNothing(t *testing.T) {
	const canary = "Canary0123456789"
	d := newDB(t)
	for _, row := range sealedRows {
		put(t, d, row, canary)
	}
	pairs := rawRows(t, d)
	if len(pairs) != len(sealedRows)+3 {
		t.Fatalf("%d rows stored", len(pairs))
	}
	for _, p := range pairs {
		for i := range len(canary) - 3 {
			if bytes.Contains(p.Value, []byte(canary[i:i+4])) {
				t.Errorf("%s shows %q", p.Key, canary[i:i+4])
			}
		}
	}
	put(t, d, "meeting/2", canary)
	first := mustGet(t, d.Raw(), "meeting/2")
	put(t, d, "meeting/2", canary)
	if bytes.Equal(first, mustGet(t, d.Raw(), "meeting/2")) {
		t.Error("one value sealed twice looks the same")
	}
}

func rawRows(t testing.TB, d *DB) (pairs []store.Pair) {
	t.Helper()
	err := d.Raw().View(t.Context(), func(r store.Reader) (err error) {
		pairs, err = r.Scan("", "", store.MaxScan)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pairs
}

func TestTampered(t *testing.T) {
	const canary = "Canary"
	another := strings.NewReplacer("/1", "/2", "2026", "2027")
	d := newDB(t)
	update(t, d, func(tx store.Tx) error { return d.NewPerson(tx, "bob") })
	for _, row := range sealedRows {
		put(t, d, row, canary)
		sealed := mustGet(t, d.Raw(), row)
		check := func(what, row string, value []byte) {
			t.Helper()
			put(t, d.Raw(), row, string(value))
			got, err := get(t, d, row)
			if !errors.Is(err, ErrTampered) || got != nil {
				t.Errorf("%s, %s: %q, %v", row, what, got, err)
			} else if strings.Contains(err.Error(), "ada") || strings.Contains(err.Error(), "/") {
				t.Errorf("the error tells the row: %v", err)
			}
		}
		kind, _ := testTable.Kind(row)
		for i := range sealed {
			if kind.Owner == store.Memory && i < slotIDSize {
				continue // names a slot that is gone: see TestMemoryOfAnotherProcess
			}
			flipped := bytes.Clone(sealed)
			flipped[i] ^= 1
			check(fmt.Sprintf("byte %d flipped", i), row, flipped)
		}
		check("cut", row, sealed[:len(sealed)-1])
		check("empty", row, nil)
		check("moved to another row of its owner", another.Replace(row), sealed)
	}
	put(t, d, "inquiry/ada/1", canary)
	sealed := mustGet(t, d.Raw(), "inquiry/ada/1")
	for _, row := range []string{"inquiry/bob/1", "inquiry/-/1", "due/1/ada", "meeting/1"} {
		put(t, d.Raw(), row, string(sealed))
		if got, err := get(t, d, row); !errors.Is(err, ErrTampered) {
			t.Errorf("moved to %s: %q, %v", row, got, err)
		}
	}
	put(t, d.Raw(), "key/ada", string(mustGet(t, d.Raw(), "key/bob")))
	if got, err := get(t, d, "inquiry/ada/1"); !errors.Is(err, ErrTampered) {
		t.Errorf("with the key of another: %q, %v", got, err)
	}
}

func TestPutRefused(t *testing.T) {
	for row, want := range map[string]error{
		"nothing/1":     ErrUndeclared,
		"inquiry":       ErrUndeclared,
		"inquiry/":      ErrUndeclared,
		"inquiry//1":    ErrUndeclared,
		"due/2026":      ErrUndeclared,
		"draft":         ErrUndeclared,
		"inquiry/eve/1": ErrNoKey,
		"due/2026/eve":  ErrNoKey,
	} {
		d := newDB(t)
		before := rawRows(t, d)
		err := d.Update(t.Context(), func(tx store.Tx) error {
			tx.Put("meeting/1", nil)
			tx.Put(row, []byte("x"))
			tx.Put("meeting/2", nil)
			return nil
		})
		if !errors.Is(err, want) || strings.Contains(err.Error(), "eve") {
			t.Errorf("Put(%s): %v, want %v", row, err, want)
		}
		if after := rawRows(t, d); len(after) != len(before) {
			t.Errorf("Put(%s) failed, but something was written", row)
		}
	}
	d := newDB(t)
	stop := errors.New("stop")
	err := d.Update(t.Context(), func(tx store.Tx) error { tx.Put("nothing/1", nil); return stop })
	if err != stop {
		t.Errorf("the error of f: %v", err)
	}
	if _, err := get(t, d, "493411234567"); !errors.Is(err, ErrUndeclared) || strings.Contains(err.Error(), "4934") {
		t.Errorf("Get of an undeclared row: %v", err)
	}
}

func TestScanRefuses(t *testing.T) {
	for row, want := range map[string]error{
		"nothing/1":     ErrUndeclared, // left by an older release
		"meeting/moved": ErrTampered,
		"draft/short":   ErrTampered,
		"inquiry":       ErrUndeclared,
	} {
		d := newDB(t)
		put(t, d.Raw(), row, "x")
		err := d.View(t.Context(), func(r store.Reader) error {
			pairs, err := r.Scan(row, "", 1)
			if pairs != nil {
				t.Errorf("Scan(%s) gave %q", row, pairs)
			}
			return err
		})
		if !errors.Is(err, want) {
			t.Errorf("Scan(%s): %v, want %v", row, err, want)
		}
		if _, err := get(t, d, row); !errors.Is(err, want) {
			t.Errorf("Get(%s): %v, want %v", row, err, want)
		}
		if err := d.Update(t.Context(), func(tx store.Tx) error { tx.Delete(row); return nil }); err != nil {
			t.Errorf("Delete(%s): %v", row, err)
		}
	}
	d := newDB(t)
	err := d.View(t.Context(), func(r store.Reader) error { _, err := r.Scan("", "", 0); return err })
	if !errors.Is(err, store.ErrLimit) {
		t.Errorf("Scan of no rows: %v", err)
	}
}

func TestRestart(t *testing.T) {
	m := newMaster(t)
	mem := store.NewMem()
	d := openDB(t, mem, m)
	update(t, d, func(tx store.Tx) error { return d.NewPerson(tx, "ada") })
	for _, row := range sealedRows {
		put(t, d, row, "x")
	}
	index := d.Index("telegram", "1")

	d = openDB(t, mem, m)
	for _, row := range sealedRows {
		kind, _ := testTable.Kind(row)
		want := "x"
		if kind.Owner == store.Memory {
			want = ""
		}
		if got := mustGet(t, d, row); string(got) != want {
			t.Errorf("%s after a restart: %q", row, got)
		}
	}
	if d.Index("telegram", "1") != index {
		t.Error("another index after a restart")
	}
}

func TestOpenRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(store.Tx)
		want   error
	}{
		"another key":          {func(store.Tx) {}, ErrWrongKey},
		"no key-check row":     {func(tx store.Tx) { tx.Delete(checkRow) }, ErrUnsealed},
		"damaged key-check":    {func(tx store.Tx) { tx.Put(checkRow, []byte("x")) }, ErrWrongKey},
		"no house key":         {func(tx store.Tx) { tx.Delete(houseRow) }, ErrTampered},
		"damaged house key":    {func(tx store.Tx) { tx.Put(houseRow, []byte("x")) }, ErrTampered},
		"rows, but never ours": {func(tx store.Tx) { tx.Delete(checkRow); tx.Delete(houseRow) }, ErrUnsealed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := newMaster(t)
			d := openDB(t, store.NewMem(), m)
			put(t, d, "meeting/1", "x")
			update(t, d.Raw(), func(tx store.Tx) error { test.change(tx); return nil })
			before := rawRows(t, d)
			if name == "another key" {
				m = newMaster(t)
			}
			if _, err := Open(t.Context(), d.Raw(), testTable, m, time.Now); !errors.Is(err, test.want) {
				t.Errorf("Open: %v, want %v", err, test.want)
			}
			if after := rawRows(t, d); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Error("Open changed the store it refused")
			}
		})
	}
	if _, err := Open(t.Context(), store.NewMem(), testTable, Master{}, time.Now); err == nil {
		t.Error("opened without a master key")
	}
	for name, table := range map[string]store.Table{
		"no meta":        testTable[1:],
		"sealed meta":    append(store.Table{{Name: "meta", Owner: store.House}}, testTable[1:]...),
		"no person":      append(store.Table{{Name: "x", Owner: store.Person}}, testTable...),
		"no owner":       append(store.Table{{Name: "x"}}, testTable...),
		"declared twice": append(store.Table{{Name: "due", Owner: store.House}}, testTable...),
	} {
		if _, err := Open(t.Context(), store.NewMem(), table, newMaster(t), time.Now); err == nil {
			t.Errorf("opened with a table with %s", name)
		}
	}
}

func TestIndex(t *testing.T) {
	d, other := newDB(t), newDB(t)
	seen := map[string]string{}
	for _, parts := range [][]string{
		{"a"}, {"a", ""}, {"", "a"}, {"a", "b"}, {"ab"}, {"", "ab"}, {"a", "\x01b"}, {"a\x01b"}, {"b", "a"},
		{strings.Repeat("a", 300)}, {strings.Repeat("a", 299), "a"},
	} {
		got := d.Index(parts[0], parts[1:]...)
		name := fmt.Sprintf("%q", parts)
		if len(got) != 26 || strings.Trim(got, "0123456789abcdefghijklmnopqrstuv") != "" {
			t.Errorf("Index%s = %q", name, got)
		}
		if got != d.Index(parts[0], parts[1:]...) {
			t.Errorf("Index%s differs from itself", name)
		}
		if seen[got] != "" {
			t.Errorf("Index%s = Index%s", name, seen[got])
		}
		if got == other.Index(parts[0], parts[1:]...) {
			t.Errorf("Index%s is the same in another store", name)
		}
		seen[got] = name
	}
}

// A sealed store gives what a plain one gives, write by write.
func TestAsPlain(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	plain, sealed := store.NewMem(), newDB(t)
	kinds := []string{"meeting", "inquiry/ada", "inquiry/-", "draft/ada"}
	for round := range 300 {
		seed := rnd.Uint64()
		var results [2]string
		var errs [2]error
		for i, db := range []store.DB{plain, sealed} {
			errs[i] = storetest.Twice(db).Update(t.Context(), func(tx store.Tx) error {
				rnd := rand.New(rand.NewPCG(seed, 0))
				results[i] = ""
				for range rnd.IntN(12) {
					key := fmt.Sprintf("%s/%d", kinds[rnd.IntN(len(kinds))], rnd.IntN(20))
					switch rnd.IntN(5) {
					case 0, 1:
						tx.Put(key, []byte(fmt.Sprint(rnd.IntN(1000))))
					case 2:
						tx.Delete(key)
					case 3:
						value, err := tx.Get(key)
						results[i] += fmt.Sprintf("%s=%q %v\n", key, value, err)
					case 4:
						pairs, err := tx.Scan(kinds[rnd.IntN(len(kinds))]+"/", key, 1+rnd.IntN(5))
						results[i] += fmt.Sprintf("%q %v\n", pairs, err)
					}
				}
				if rnd.IntN(4) == 0 {
					return context.Canceled
				}
				return nil
			})
		}
		if results[0] != results[1] || errs[0] != errs[1] {
			t.Fatalf("round %d: plain\n%s%v\nsealed\n%s%v", round, results[0], errs[0], results[1], errs[1])
		}
	}
}

func TestLimitCountsSealed(t *testing.T) {
	d := newDB(t)
	for _, row := range sealedRows {
		put(t, d, row, strings.Repeat("x", store.MaxValue-Overhead))
	}
	err := d.Update(t.Context(), func(tx store.Tx) error {
		tx.Put("meeting/1", make([]byte, store.MaxValue))
		return nil
	})
	if !errors.Is(err, store.ErrLimit) {
		t.Errorf("a value that is too long once sealed: %v", err)
	}
	err = d.Update(t.Context(), func(tx store.Tx) error {
		for range store.MaxReads - 1 {
			if _, err := tx.Get("inquiry/ada/0"); err != nil {
				return err
			}
		}
		tx.Put("inquiry/ada/1", nil) // reads the key, the last row that may be read
		tx.Put("due/1/ada", nil)     // does not read it again
		return nil
	})
	if err != nil {
		t.Errorf("one key read: %v", err)
	}
}

func TestChangedAndClose(t *testing.T) {
	d := newDB(t)
	changed := d.Changed(t.Context(), "draft/")
	put(t, d, "draft/ada/1", "x")
	<-changed
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if n := d.memory.held(); n != 0 {
		t.Errorf("%d memory keys after Close", n)
	}
	if _, err := get(t, d, "meeting/1"); !errors.Is(err, store.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	d := newDB(f)
	for _, row := range sealedRows {
		put(f, d, row, "value")
		f.Add(mustGet(f, d.Raw(), row))
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, foreign []byte) {
		for _, row := range []string{"meeting/foreign", "inquiry/ada/foreign", "draft/ada/foreign"} {
			put(t, d.Raw(), row, string(foreign))
			if got, err := get(t, d, row); got != nil || err != nil && !errors.Is(err, ErrTampered) {
				t.Errorf("%s opened %q: %q, %v", row, foreign, got, err)
			}
		}
		put(t, d.Raw(), "key/foreign", string(foreign))
		put(t, d.Raw(), "inquiry/foreign/1", "x")
		if got, err := get(t, d, "inquiry/foreign/1"); got != nil || !errors.Is(err, ErrTampered) {
			t.Errorf("key opened from %q: %q, %v", foreign, got, err)
		}
	})
}

// What one row costs beyond the store: a person's row of 400 bytes, the key cached.
func BenchmarkRow(b *testing.B) {
	d := newDB(b)
	kind, _ := testTable.Kind("inquiry/ada/1")
	value := make([]byte, 400)
	err := d.Update(b.Context(), func(in store.Tx) error {
		t := in.(*tx)
		sealed, err := t.seal("inquiry/ada/1", value)
		if err != nil {
			return err
		}
		b.Run("seal", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				t.seal("inquiry/ada/1", value)
			}
		})
		b.Run("open", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				t.open(kind, "inquiry/ada/1", sealed)
			}
		})
		b.Run("memory", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				t.seal("draft/ada/1", value)
			}
		})
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

func BenchmarkIndex(b *testing.B) {
	d := newDB(b)
	b.ReportAllocs()
	for b.Loop() {
		d.Index("telegram", "123456789")
	}
}
