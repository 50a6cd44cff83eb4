package bolt

import (
	"strings"

	"go.etcd.io/bbolt"

	"lotse/store"
)

// A snapshot reads what a bbolt transaction sees. It checks no limits.
type snapshot struct {
	rows  *bbolt.Cursor
	buf   []byte
	reads *reads // nil: nobody asks what was read
}

// reads is what a closure saw. Keys are enough: who writes a row, even with
// the value it had, has changed it.
type reads struct {
	txid  int // of the commit it saw
	keys  []string
	scans []scan
}

type scan struct {
	prefix, after string
	limit         int
	keys          []string // returned
}

// Get implements store.Reader.
func (s *snapshot) Get(key string) ([]byte, error) {
	if s.reads != nil {
		s.reads.keys = append(s.reads.keys, key)
	}
	k, v := s.seek(key)
	if string(k) != key {
		return nil, nil
	}
	return owned(v), nil
}

// Scan implements store.Reader.
func (s *snapshot) Scan(prefix, after string, limit int) ([]store.Pair, error) {
	var rows []store.Pair
	for k, v := s.first(prefix, after); len(rows) < limit && has(k, prefix); k, v = s.rows.Next() {
		rows = append(rows, store.Pair{Key: string(k), Value: owned(v)})
	}
	if s.reads != nil {
		seen := scan{prefix, after, limit, make([]string, len(rows))}
		for i, row := range rows {
			seen.keys[i] = row.Key
		}
		s.reads.scans = append(s.reads.scans, seen)
	}
	return rows, nil
}

// same reports whether the scan would return the same keys here.
func (s *snapshot) same(seen scan) bool {
	n := 0
	for k, _ := s.first(seen.prefix, seen.after); n < seen.limit && has(k, seen.prefix); k, _ = s.rows.Next() {
		if n == len(seen.keys) || string(k) != seen.keys[n] {
			return false
		}
		n++
	}
	return n == len(seen.keys)
}

// first is the first row a scan may return.
func (s *snapshot) first(prefix, after string) (k, v []byte) {
	if after == "" || after < prefix {
		return s.seek(prefix)
	}
	if k, v = s.seek(after); string(k) == after {
		return s.rows.Next()
	}
	return k, v
}

// seek finds the first row not before key.
func (s *snapshot) seek(key string) (k, v []byte) {
	s.buf = append(s.buf[:0], key...)
	return s.rows.Seek(s.buf)
}

func has(k []byte, prefix string) bool {
	return k != nil && strings.HasPrefix(string(k), prefix)
}

// owned copies what lies in bbolt's pages. It is never nil: an empty value is a value.
func owned(v []byte) []byte {
	return append(make([]byte, 0, len(v)), v...)
}
