package bolt

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"lotse/store"
)

// FuzzModel does the same to Mem and to a data file and compares all they say.
// A byte of the input is an operation, the next ones are its arguments.
func FuzzModel(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x00\x03\x04\x04\x01\x01\x02\x05\x05\x03\x00\x00\x09"))
	f.Add([]byte{0, 1, 200, 0, 2, 201, 4, 2, 0, 9, 4, 1, 1, 4, 2, 5, 0, 3, 7, 6, 0, 4, 7, 5, 3, 0, 0, 9})
	f.Add([]byte{0, 250, 255, 0, 251, 255, 0, 252, 255, 4, 0, 253, 255, 0, 254, 255, 4, 1, 250, 7, 6, 3, 0, 0, 255, 7})
	f.Fuzz(func(t *testing.T, ops []byte) {
		if len(ops) > 500 {
			return
		}
		dir := t.TempDir()
		mem, file := store.DB(store.NewMem()), openIn(t, dir)
		for len(ops) > 0 {
			var want, got string
			rest := transact(t, mem, ops, &want)
			transact(t, file, ops, &got)
			if got != want {
				t.Fatalf("bolt: %s\nMem: %s", got, want)
			}
			if ops = rest; len(ops) > 0 && ops[0]%4 == 0 {
				if err := file.Close(); err != nil {
					t.Fatal(err)
				}
				file = openIn(t, dir)
			}
		}
		if got, want := rows(t, file), rows(t, mem); !reflect.DeepEqual(got, want) {
			t.Errorf("bolt: %v\nMem: %v", got, want)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
}

var errUndo = errors.New("undo")

// transact does one Update with what stands at the beginning of ops and writes
// down what it saw.
func transact(t *testing.T, db store.DB, ops []byte, saw *string) (rest []byte) {
	err := db.Update(t.Context(), func(tx store.Tx) error {
		*saw, rest = "", ops
		next := func() int {
			if len(rest) == 0 {
				return 0
			}
			b := rest[0]
			rest = rest[1:]
			return int(b)
		}
		for len(rest) > 0 {
			switch next() % 7 {
			case 0:
				tx.Put(key(next()), make([]byte, next()*17))
			case 1:
				tx.Delete(key(next()))
			case 2:
				v, err := tx.Get(key(next()))
				*saw += fmt.Sprintf("get %d %t %v\n", len(v), v == nil, err)
			case 3, 4:
				rows, err := tx.Scan(prefix(next()), key(next()), next()%102)
				*saw += fmt.Sprintf("scan %v %v\n", rows, err)
			case 5:
				return nil
			case 6:
				return errUndo
			}
		}
		return nil
	})
	*saw += fmt.Sprintf("update %v", err)
	return rest
}

// key is one of few, so that operations meet; 0 is no key.
func key(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%c/%d", 'a'+n%3, n/3%20)
}

func prefix(n int) string {
	return []string{"", "a", "a/", "a/1", "b/", "c/", "d"}[n%7]
}

func rows(t *testing.T, db store.DB) (all []store.Pair) {
	t.Helper()
	err := db.View(t.Context(), func(r store.Reader) (err error) {
		all, err = r.Scan("", "", store.MaxScan)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
