package bolt

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"lotse/store"
)

// used are the bytes of a data file with rows and free pages, closed cleanly, up
// to the last page it speaks of: bbolt makes files longer than it needs.
func used(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	db := openIn(t, dir)
	for i := range 40 {
		write(t, db, string(rune('a'+i)), strings.Repeat("v", 4000))
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	file := content(t, filepath.Join(dir, "data"))
	m, err := newestMeta(bytes.NewReader(file))
	if err != nil || m == nil {
		t.Fatalf("no meta page: %v", err)
	}
	return file[:int(m.pages)*int(m.pageSize)]
}

func write(t *testing.T, db store.DB, key, value string) {
	t.Helper()
	err := db.Update(t.Context(), func(tx store.Tx) error {
		tx.Put(key, []byte(value))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, db store.DB, key string) (value string) {
	t.Helper()
	err := db.View(t.Context(), func(r store.Reader) error {
		v, err := r.Get(key)
		value = string(v)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// refused opens a file of these bytes, which must fail and leave them alone.
func refused(t *testing.T, content []byte) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), path, Options{})
	if err == nil {
		db.Close()
		t.Fatalf("a file of %d bytes: opened, want an error", len(content))
	}
	after, readErr := os.ReadFile(path)
	if readErr != nil || !bytes.Equal(after, content) {
		t.Errorf("a file of %d bytes: it has changed (%v)", len(content), readErr)
	}
	return err
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOpenTruncated(t *testing.T) {
	file := used(t)
	end := len(file)
	page := os.Getpagesize()
	sizes := []int{
		20, metaAt + metaSize - 1, metaAt + metaSize, metaAt + metaSize + 1, 1024, page - 1, page, page + 1,
		page + metaAt + metaSize - 1, page + metaAt + metaSize, 2*page - 1, 2 * page, 2*page + 1, 4 * page, end - page, end - 1,
	}
	for size := 3 * page; size < end; size += 5*page + 123 {
		sizes = append(sizes, size)
	}
	for _, size := range sizes {
		if err := refused(t, file[:size]); !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrDamaged) {
			t.Errorf("%d of %d bytes: got %v", size, end, err)
		}
	}
	for size := 1; size < 20; size++ { // too short to tell
		if err := refused(t, file[:size]); !errors.Is(err, ErrForeign) {
			t.Errorf("%d of %d bytes: got %v", size, end, err)
		}
	}
	if err := refused(t, file[:end-1]); !errors.Is(err, ErrTruncated) {
		t.Errorf("the last byte is missing: got %v", err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "data"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	db := openIn(t, dir) // what is missing now was never used
	defer db.Close()
	if got := read(t, db, "a"); len(got) != 4000 {
		t.Errorf("got %d bytes, want 4000", len(got))
	}
}

func TestOpenForeign(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other")
	b, err := bbolt.Open(other, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = b.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("theirs"))
		return err
	})
	if err = errors.Join(err, b.Close()); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"text":                     []byte("a shopping list"),
		"long text":                bytes.Repeat([]byte("a shopping list\n"), 10_000),
		"zeros":                    make([]byte, 1<<16),
		"bbolt of another program": content(t, other),
	} {
		if err := refused(t, file); !errors.Is(err, ErrForeign) {
			t.Errorf("%s: got %v, want %v", name, err, ErrForeign)
		}
	}
	if _, err := Open(t.Context(), t.TempDir(), Options{}); !errors.Is(err, ErrForeign) {
		t.Errorf("folder: got %v, want %v", err, ErrForeign)
	}
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "no", "data"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a folder that is not there: got %v, want %v", err, fs.ErrNotExist)
	}
}

func TestOpenDamaged(t *testing.T) {
	file := used(t)
	page := os.Getpagesize()
	damage := func(at ...int) []byte {
		file := bytes.Clone(file)
		for _, i := range at {
			file[i] ^= 0xff
		}
		return file
	}
	m, err := newestMeta(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string][]int{
		"both checksums":       {metaAt + metaSum, page + metaAt + metaSum},
		"both versions":        {metaAt + 4, page + metaAt + 4},
		"one mark, one number": {metaAt, page + metaAt + 40},
		"list of free pages":   {int(m.freelist)*page + 8}, // page flags
	} {
		if err := refused(t, damage(at...)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got %v, want %v", name, err, ErrDamaged)
		}
	}
	// One meta page is enough: with the newer one gone, the last commit is.
	for _, at := range []int{metaAt + metaSum, page + metaAt + metaSum, metaAt, page + metaAt} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "data"), damage(at), 0o600); err != nil {
			t.Fatal(err)
		}
		db := openIn(t, dir)
		if got := read(t, db, "a"); len(got) != 4000 {
			t.Errorf("damage at %d: got %d bytes, want 4000", at, len(got))
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenLocked(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir)
	path := filepath.Join(dir, "data")
	for _, timeout := range []time.Duration{0, time.Millisecond} {
		_, err := Open(t.Context(), path, Options{Timeout: timeout})
		if !errors.Is(err, ErrLocked) || strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("got %v, want %v", err, ErrLocked)
		}
	}
	write(t, db, "a", "1")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openIn(t, dir)
	defer db.Close()
	if got := read(t, db, "a"); got != "1" {
		t.Errorf("got %q, want 1", got)
	}
}

func TestOpenNew(t *testing.T) {
	for _, name := range []string{"absent", "empty"} {
		path := filepath.Join(t.TempDir(), "data")
		if name == "empty" {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		db, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		defer db.Close()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
			t.Errorf("%s: mode is %o, want 600", name, mode)
		}
	}
}

// A crash is a copy of the file, taken while it is open.
func TestCleanStop(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir)
	path := filepath.Join(dir, "data")
	for _, value := range []string{"1", "2", "3"} {
		write(t, db, "a", value)
	}
	crashed := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(crashed, content(t, path), 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := inspect(crashed); err != nil || f.clean || f.fresh {
		t.Errorf("after a crash: got %+v, %v", f, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, crashed, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("context ended before the file was read: got %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if f, err := inspect(path); err != nil || !f.clean {
		t.Errorf("after Close: got %+v, %v", f, err)
	}
	db = openIn(t, filepath.Dir(crashed))
	defer db.Close()
	if got := read(t, db, "a"); got != "3" {
		t.Errorf("after a crash: got %q, want 3", got)
	}
	write(t, db, "a", "4")
}
