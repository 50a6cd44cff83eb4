package store

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
)

// A Write is one row of a change set: a Put, or a Delete when Value is nil.
type Write struct {
	Key   string
	Value []byte
}

// An Overlay is the Tx of every store here: writes are kept apart and laid over
// a base that never changes under it. All limits of an Update are checked in
// this file and nowhere else.
type Overlay struct {
	base   Reader
	writes []Write // ordered by key, one per key
	reads  int
	bytes  int
	err    error // the first limit that was broken
}

// Over begins an Overlay. The base need not check limits, must accept a Scan
// limit of up to MaxScan+MaxWrites, and what it returns must belong to the
// Overlay's caller.
func Over(base Reader) *Overlay {
	return &Overlay{base: base}
}

// Changes are the writes so far, ordered by key, one per key. They must not be
// changed. When a limit was broken, by a read or a write, the error says which.
func (o *Overlay) Changes() ([]Write, error) {
	return o.writes, o.err
}

// Get implements Reader.
func (o *Overlay) Get(key string) ([]byte, error) {
	if err := checkKey(key); err != nil {
		return nil, o.broken(err)
	}
	if err := o.read(1); err != nil {
		return nil, err
	}
	if i, ok := o.find(key); ok {
		return bytes.Clone(o.writes[i].Value), nil
	}
	return o.base.Get(key)
}

// Scan implements Reader.
func (o *Overlay) Scan(prefix, after string, limit int) ([]Pair, error) {
	if err := checkScan(limit); err != nil {
		return nil, o.broken(err)
	}
	own, deletes := o.within(prefix, after)
	rows, err := o.base.Scan(prefix, after, limit+deletes)
	if err != nil {
		return nil, err
	}
	if len(own) > 0 {
		rows = merge(rows, own)
	}
	rows = rows[:min(limit, len(rows))]
	if err := o.read(len(rows)); err != nil {
		return nil, err
	}
	return rows, nil
}

// Put implements Tx.
func (o *Overlay) Put(key string, value []byte) {
	if len(value) > MaxValue {
		o.broken(fmt.Errorf("%w: value of %d bytes, at most %d", ErrLimit, len(value), MaxValue))
		return
	}
	o.write(key, append(make([]byte, 0, len(value)), value...))
}

// Delete implements Tx.
func (o *Overlay) Delete(key string) {
	o.write(key, nil)
}

func (o *Overlay) write(key string, value []byte) {
	if err := checkKey(key); err != nil {
		o.broken(err)
		return
	}
	i, ok := o.find(key)
	if ok {
		o.bytes += len(value) - len(o.writes[i].Value)
		o.writes[i].Value = value
	} else {
		o.bytes += len(key) + len(value)
		if o.writes == nil {
			o.writes = make([]Write, 0, 8)
		}
		o.writes = append(o.writes, Write{})
		copy(o.writes[i+1:], o.writes[i:])
		o.writes[i] = Write{key, value}
	}
	if len(o.writes) > MaxWrites {
		o.broken(fmt.Errorf("%w: more than %d rows written", ErrLimit, MaxWrites))
	}
	if o.bytes > MaxBytes {
		o.broken(fmt.Errorf("%w: more than %d bytes written", ErrLimit, MaxBytes))
	}
}

// find is where key stands, or would stand, among the writes.
func (o *Overlay) find(key string) (int, bool) {
	if n := len(o.writes); n == 0 || o.writes[n-1].Key < key {
		return n, false
	}
	return sort.Find(len(o.writes), func(i int) int { return strings.Compare(key, o.writes[i].Key) })
}

// within are the writes a Scan covers, and how many of them hide a row.
func (o *Overlay) within(prefix, after string) (own []Write, deletes int) {
	from, ok := o.find(max(prefix, after))
	if ok && after >= prefix {
		from++
	}
	to := from
	for ; to < len(o.writes) && strings.HasPrefix(o.writes[to].Key, prefix); to++ {
		if o.writes[to].Value == nil {
			deletes++
		}
	}
	return o.writes[from:to], deletes
}

func (o *Overlay) read(rows int) error {
	if o.reads += rows; o.reads > MaxReads {
		return o.broken(fmt.Errorf("%w: more than %d rows read", ErrLimit, MaxReads))
	}
	return nil
}

func (o *Overlay) broken(err error) error {
	if o.err == nil {
		o.err = err
	}
	return err
}

// merge lays writes over rows; both are ordered by key.
func merge(rows []Pair, own []Write) []Pair {
	out := make([]Pair, 0, len(rows)+len(own))
	for _, w := range own {
		for len(rows) > 0 && rows[0].Key < w.Key {
			out, rows = append(out, rows[0]), rows[1:]
		}
		if len(rows) > 0 && rows[0].Key == w.Key {
			rows = rows[1:]
		}
		if w.Value != nil {
			out = append(out, Pair{w.Key, bytes.Clone(w.Value)})
		}
	}
	return append(out, rows...)
}

// Checked is the Reader of a View: one call is limited, their number is not.
func Checked(base Reader) Reader { return checked{base} }

type checked struct{ base Reader }

func (c checked) Get(key string) ([]byte, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	return c.base.Get(key)
}

func (c checked) Scan(prefix, after string, limit int) ([]Pair, error) {
	if err := checkScan(limit); err != nil {
		return nil, err
	}
	return c.base.Scan(prefix, after, limit)
}

func checkKey(key string) error {
	if key == "" || len(key) > MaxKey {
		return fmt.Errorf("%w: key of %d bytes, at least 1 and at most %d", ErrLimit, len(key), MaxKey)
	}
	return nil
}

func checkScan(limit int) error {
	if limit < 1 || limit > MaxScan {
		return fmt.Errorf("%w: scan of %d rows, at least 1 and at most %d", ErrLimit, limit, MaxScan)
	}
	return nil
}
