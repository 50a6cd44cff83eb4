//go:build goolm

package cryptostore

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"lotse/store"
)

// maxRecord is far above what an honest device needs, and far below what a row
// can hold: what a stranger sends must not be able to stop the Store.
const maxRecord = 128 << 10 // bytes of JSON

// encode makes a record.
func encode(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("cryptostore: record cannot be written: %w", err)
	}
	if len(raw) > maxRecord {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(raw), maxRecord)
	}
	return raw, nil
}

// decode reads the record of a row. Its error names the kind only: what JSON says
// could quote a key.
func decode[T any](row string, raw []byte) (v T, err error) {
	if json.Unmarshal(raw, &v) != nil {
		return v, badRecord(row)
	}
	return v, nil
}

func badRecord(row string) error {
	kind, _, _ := strings.Cut(row, "/")
	return fmt.Errorf("cryptostore: record of kind %s cannot be read", kind)
}

// load reads a record; found is false when there is none.
func load[T any](r store.Reader, row string) (v T, found bool, err error) {
	raw, err := r.Get(row)
	if err != nil || raw == nil {
		return v, false, err
	}
	v, err = decode[T](row, raw)
	return v, err == nil, err
}

// each goes through the rows under a prefix.
func each(r store.Reader, prefix string, f func(store.Pair) error) error {
	after := ""
	for {
		rows, err := r.Scan(prefix, after, store.MaxScan)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := f(row); err != nil {
				return err
			}
			after = row.Key
		}
		if len(rows) < store.MaxScan {
			return nil
		}
	}
}

// page is how many rows one Update looks at, when all rows of a kind are gone
// through: each of them may take one more read, and two writes.
const page = 40

// put writes one record, unless that is what is there: signatures of devices are
// told again and again, and each commit is a write to the disk.
func (s *Store) put(ctx context.Context, row string, v any) error {
	raw, err := encode(v)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx store.Tx) error {
		old, err := tx.Get(row)
		if err == nil && !bytes.Equal(old, raw) {
			tx.Put(row, raw)
		}
		return err
	})
}

// remove deletes one record.
func (s *Store) remove(ctx context.Context, row string) error {
	return s.write(ctx, func(tx store.Tx) error {
		tx.Delete(row)
		return nil
	})
}

// get reads one record.
func get[T any](ctx context.Context, s *Store, row string) (v T, found bool, err error) {
	err = s.read(ctx, func(r store.Reader) error {
		v, found, err = load[T](r, row)
		return err
	})
	return v, found, err
}

// sweep deletes the rows under a prefix of which gone says so, page by page; gone
// may write and delete others, one for each of its own rows. It goes on from the
// beginning when it was interrupted.
func (s *Store) sweep(ctx context.Context, prefix string, gone func(store.Tx, store.Pair) (bool, error)) (n int, err error) {
	for after := ""; ; {
		var last string
		var deleted int
		err := s.write(ctx, func(tx store.Tx) error {
			last, deleted = "", 0
			rows, err := tx.Scan(prefix, after, page)
			if err != nil {
				return err
			}
			for _, row := range rows {
				yes, err := gone(tx, row)
				if err != nil {
					return err
				}
				if yes {
					tx.Delete(row.Key)
					deleted++
				}
			}
			if len(rows) == page {
				last = rows[page-1].Key
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		n += deleted
		if last == "" {
			return n, nil
		}
		after = last
	}
}
