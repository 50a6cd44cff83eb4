// Package store remembers. It is a flat, ordered, transactional map from short
// string keys to bytes, with limits so small that a single file and a cluster
// can both honour them.
//
// Key space, by convention: segments joined by "/", the first one being the name
// of a declared Kind (see Table). Nothing here knows what the rows mean.
package store

import (
	"context"
	"errors"
)

// Limits. Every store enforces all of them, so that code which passes on one
// store passes on every other.
const (
	MaxKey    = 512       // bytes of a key; keys are not empty
	MaxValue  = 256 << 10 // bytes of a value
	MaxWrites = 100       // Puts and Deletes of distinct keys per Update
	MaxReads  = 100       // rows per Update: Gets, plus rows returned by Scans
	MaxBytes  = 1 << 20   // keys and values written per Update
	MaxScan   = 100       // rows per Scan
)

// Errors that callers tell apart, with errors.Is.
var (
	ErrLimit  = errors.New("store: limit exceeded")
	ErrClosed = errors.New("store: closed")
)

// A Pair is one row. The Value belongs to the caller.
type Pair struct {
	Key   string
	Value []byte
}

// A Reader sees one consistent state of the store.
type Reader interface {
	// Get returns nil, nil when the key is absent.
	Get(key string) ([]byte, error)
	// Scan returns up to limit rows whose key begins with prefix and is greater
	// than after, in byte order. A limit outside 1…MaxScan is ErrLimit.
	Scan(prefix, after string, limit int) ([]Pair, error)
}

// A Tx is a Reader that sees its own writes. A write that breaks a limit makes
// Update fail; Put and Delete themselves never do. An empty value is a value.
type Tx interface {
	Reader
	Put(key string, value []byte)
	Delete(key string)
}

// A DB is a store. All methods are safe for concurrent use.
type DB interface {
	View(ctx context.Context, f func(Reader) error) error
	// Update runs f and commits its writes if it returns nil; on an error
	// nothing is written and that error is returned. Updates are serialisable.
	// f may run more than once, so it must do nothing but read and write tx.
	// nil means durable: the writes survive the death of the machine.
	Update(ctx context.Context, f func(Tx) error) error
	// Changed receives after a commit under prefix. It is a hint: it may be
	// spurious, and several commits may give one.
	Changed(ctx context.Context, prefix string) <-chan struct{}
	Close() error
}
