// Package seal keeps what a store holds unreadable to whoever has only the
// store: a DB wraps another store.DB and seals every value it writes. Row keys
// stay in clear, so nothing that names a person may stand in one; Index makes
// what stands there instead.
//
// The store.Table says whose key seals a row:
//
//	master key   in a file outside the store (MasterFile); wraps the others
//	house key    row "meta/house"; seals what is about nobody
//	person's key row "key/ID"; deleting it makes every copy of that person's
//	             rows unreadable that lies apart from the key (GDPR Art. 17)
//	memory keys  never stored; seal what precedes consent, for 50 to 60 minutes
//
// What a deletion cannot reach is a copy of the key row itself: in a backup, or in
// pages that a data file has freed and not yet used again. Whoever has one of
// those and the master key reads that copy; hence the journal of erasures, and
// the end of every backup.
//
// Values are sealed with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) and a
// random nonce; the whole row key is the associated data, so that a value moved
// to another row does not open.
package seal

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"lotse/store"
)

// Names of the rows this package keeps for itself. The table must declare both
// kinds, as store.Open.
const (
	metaKind = "meta"
	keyKind  = "key"

	checkRow = metaKind + "/check" // opens with the right master key only
	houseRow = metaKind + "/house" // the house key, wrapped
)

// checkText is what the key-check row holds, sealed.
const checkText = "lotse"

// Errors that callers tell apart, with errors.Is. None names a person or a row.
var (
	ErrWrongKey   = errors.New("seal: the master key is not the one this store was sealed with")
	ErrUnsealed   = errors.New("seal: the store holds data but no key-check row, so it is damaged or was never sealed")
	ErrUndeclared = errors.New("seal: row not declared in the table of records")
	ErrNoKey      = errors.New("seal: the person has no key")
	ErrTampered   = errors.New("seal: a row does not open with its key")
)

// A DB is a store.DB whose values are sealed in the one it wraps.
//
// The limits of package store hold for what is stored: a sealed value is up to
// Overhead bytes longer than its value, and the key of each person whose rows a
// transaction reads or writes is one more row read.
type DB struct {
	db     store.DB
	table  store.Table
	kinds  map[string]store.Kind
	master cipher.AEAD
	house  cipher.AEAD
	macs   *sync.Pool // of hash.Hash, for Index
	people *keyCache
	memory *ring
}

var _ store.DB = (*DB)(nil)

// Open seals db with m. A store without rows gets its house key and key-check
// row; any other must have them, or is left as it is: ErrWrongKey, ErrUnsealed.
// Memory keys age by now, which may jump.
func Open(ctx context.Context, db store.DB, table store.Table, m Master, now func() time.Time) (*DB, error) {
	kinds, err := kindsOf(table)
	if err != nil {
		return nil, err
	}
	master, err := m.aead()
	if err != nil {
		return nil, err
	}
	secret, err := houseSecret(ctx, db, master)
	if err != nil {
		return nil, err
	}
	house, index, err := houseKeys(secret)
	if err != nil {
		return nil, err
	}
	return &DB{
		db: db, table: table, kinds: kinds, master: master, house: house, macs: newMACs(index),
		people: newKeyCache(master), memory: &ring{now: now},
	}, nil
}

// kindsOf are the kinds of a table by name: every row asks, and a search through
// the table would cost a quarter of sealing it. It refuses a table by which a row
// could end up sealed with no key or with the wrong one.
func kindsOf(table store.Table) (map[string]store.Kind, error) {
	kinds := make(map[string]store.Kind, len(table))
	for _, k := range table {
		if _, twice := kinds[k.Name]; twice {
			return nil, fmt.Errorf("seal: kind %s is declared twice", k.Name)
		}
		kinds[k.Name] = k
		switch k.Owner {
		case store.Open, store.House, store.Memory:
		case store.Person:
			if k.At < 1 {
				return nil, fmt.Errorf("seal: kind %s is a person's, but no segment names the person", k.Name)
			}
		default:
			return nil, fmt.Errorf("seal: kind %s has the unknown owner %q", k.Name, k.Owner)
		}
	}
	for _, name := range []string{metaKind, keyKind} {
		if k, ok := kinds[name]; !ok || k.Owner != store.Open {
			return nil, fmt.Errorf("seal: kind %s must be declared, as %s", name, store.Open)
		}
	}
	return kinds, nil
}

// houseSecret reads the house secret, or makes it in an empty store.
func houseSecret(ctx context.Context, db store.DB, master cipher.AEAD) ([]byte, error) {
	fresh := make([]byte, keySize)
	rand.Read(fresh)
	var secret []byte
	err := db.Update(ctx, func(tx store.Tx) error {
		check, err := tx.Get(checkRow)
		if err != nil {
			return err
		}
		if check == nil {
			rows, err := tx.Scan("", "", 1)
			if err != nil {
				return err
			}
			if len(rows) > 0 {
				return ErrUnsealed
			}
			tx.Put(checkRow, sealValue(master, nil, checkRow, []byte(checkText)))
			tx.Put(houseRow, sealValue(master, nil, houseRow, fresh))
			secret = fresh
			return nil
		}
		if text, ok := openValue(master, checkRow, check); !ok || string(text) != checkText {
			return ErrWrongKey
		}
		wrapped, err := tx.Get(houseRow)
		if err != nil {
			return err
		}
		var ok bool
		if secret, ok = openValue(master, houseRow, wrapped); !ok {
			return tampered(metaKind)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("opening the sealed store: %w", err)
	}
	return secret, nil
}

// View is that of the wrapped store; f reads values opened. A row whose key is
// gone, because the person was erased, or because a memory key went with its time
// or its process, is still there but cannot be read: Get returns nil, nil as for
// an absent row; Scan returns the pair, so that it can be deleted, with a nil
// Value. A row that does not open with the key that is there is ErrTampered. A
// row of a kind that is not declared is ErrUndeclared; it can only be deleted.
func (d *DB) View(ctx context.Context, f func(store.Reader) error) error {
	return d.db.View(ctx, func(in store.Reader) error {
		return f(&reader{d: d, in: in})
	})
}

// Update is that of the wrapped store; f reads values opened, as in View, and
// writes them sealed. It fails when f puts a row of a kind that is not declared,
// or one whose key lacks the segment of the person (ErrUndeclared), or a row of a
// person who has no key, because it was never made or was erased (ErrNoKey).
func (d *DB) Update(ctx context.Context, f func(store.Tx) error) error {
	var forgotten []string
	err := d.db.Update(ctx, func(in store.Tx) error {
		t := &tx{reader: reader{d: d, in: in}, out: in}
		if err := f(t); err != nil {
			return err
		}
		forgotten = t.forgotten
		return t.failed
	})
	if err != nil {
		return err
	}
	for _, id := range forgotten {
		d.people.drop(id)
	}
	return nil
}

// Changed is that of the wrapped store.
func (d *DB) Changed(ctx context.Context, prefix string) <-chan struct{} {
	return d.db.Changed(ctx, prefix)
}

// Close destroys the memory keys and closes the wrapped store.
func (d *DB) Close() error {
	d.memory.clear()
	return d.db.Close()
}

// Table is what Open was given: it must not be changed.
func (d *DB) Table() store.Table { return d.table }

// Raw is the wrapped store: rows as they are stored, sealed. For the operator's
// dump and for backups; what is written through it bypasses every check here.
func (d *DB) Raw() store.DB { return d.db }
