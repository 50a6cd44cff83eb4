package store

import (
	"bytes"
	"context"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Mem is a store in memory and the reference for all others: it runs one Update
// after the other. It lasts as long as the process, so durable means nothing
// here. Close does not wait for a View or Update that is running.
type Mem struct {
	hints  Hints
	update sync.Mutex // held while an Update runs

	mu     sync.Mutex // guards what follows
	rows   pages
	closed bool
}

var _ DB = (*Mem)(nil)

// NewMem returns an empty store.
func NewMem() *Mem { return &Mem{} }

// View implements DB.
func (m *Mem) View(ctx context.Context, f func(Reader) error) error {
	rows, err := m.state(ctx)
	if err != nil {
		return err
	}
	return f(Checked(rows))
}

// Update implements DB.
func (m *Mem) Update(ctx context.Context, f func(Tx) error) error {
	m.update.Lock()
	defer m.update.Unlock()
	rows, err := m.state(ctx)
	if err != nil {
		return err
	}
	tx := Over(rows)
	if err := f(tx); err != nil {
		return err
	}
	writes, err := tx.Changes()
	if err != nil {
		return err
	}
	return m.commit(rows.with(writes), writes)
}

// Changed implements DB.
func (m *Mem) Changed(ctx context.Context, prefix string) <-chan struct{} {
	return m.hints.Changed(ctx, prefix)
}

// Close implements DB.
func (m *Mem) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows, m.closed = nil, true
	return nil
}

func (m *Mem) state(ctx context.Context) (pages, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	return m.rows, nil
}

func (m *Mem) commit(rows pages, writes []Write) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	m.rows = rows
	m.hints.Tell(writes)
	return nil
}

// pages hold all rows in order, at most maxPage in each, none empty. Nothing
// reachable from them is ever changed: a commit copies the pages it touches.
type pages [][]Pair

const maxPage = 256

func (r pages) Get(key string) ([]byte, error) {
	p := r.page(key)
	if p == len(r) {
		return nil, nil
	}
	i, ok := find(r[p], key)
	if !ok {
		return nil, nil
	}
	return bytes.Clone(r[p][i].Value), nil
}

func (r pages) Scan(prefix, after string, limit int) ([]Pair, error) {
	var out []Pair
	start := max(prefix, after)
	for p := r.page(start); p < len(r); p++ {
		i, _ := find(r[p], start)
		for _, row := range r[p][i:] {
			if !strings.HasPrefix(row.Key, prefix) || len(out) == limit {
				return out, nil
			}
			if row.Key > after {
				out = append(out, Pair{row.Key, bytes.Clone(row.Value)})
			}
		}
	}
	return out, nil
}

// page is the first page whose last key is not less than key.
func (r pages) page(key string) int {
	return sort.Search(len(r), func(p int) bool { return r[p][len(r[p])-1].Key >= key })
}

func (r pages) with(writes []Write) pages {
	r = slices.Clone(r)
	for _, w := range writes {
		r = r.write(w)
	}
	return r
}

// write changes r, but not the pages in it.
func (r pages) write(w Write) pages {
	if len(r) == 0 {
		if w.Value == nil {
			return nil
		}
		return pages{{Pair(w)}}
	}
	p := min(r.page(w.Key), len(r)-1)
	page := slices.Clone(r[p])
	i, ok := find(page, w.Key)
	switch {
	case ok && w.Value == nil:
		page = slices.Delete(page, i, i+1)
	case ok:
		page[i].Value = w.Value
	case w.Value != nil:
		page = slices.Insert(page, i, Pair(w))
	}
	switch {
	case len(page) == 0:
		return slices.Delete(r, p, p+1)
	case len(page) > maxPage:
		r[p] = page[: maxPage/2 : maxPage/2]
		return slices.Insert(r, p+1, page[maxPage/2:])
	}
	r[p] = page
	return r
}

func find(page []Pair, key string) (int, bool) {
	return slices.BinarySearchFunc(page, key, func(row Pair, key string) int { return strings.Compare(row.Key, key) })
}
