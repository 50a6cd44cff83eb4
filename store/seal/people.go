package seal

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"

	"lotse/store"
)

func keyRow(id string) string { return keyKind + "/" + id }

// NewPerson makes the key with which everything of a person is sealed; nothing
// when there is one. tx is one of d's. An ID that was forgotten must not be used
// again: rows left from before would no longer count as gone, but as ErrTampered.
func (d *DB) NewPerson(tx store.Tx, id string) error {
	if id == "" || id == store.Nobody || strings.Contains(id, "/") {
		return errors.New("seal: not the ID of a person")
	}
	if known, err := d.Known(tx, id); err != nil || known {
		return err
	}
	key := make([]byte, keySize)
	rand.Read(key)
	row := keyRow(id)
	tx.Put(row, sealValue(d.master, nil, row, key))
	return nil
}

// Forget deletes a person's key: from the commit on, nothing of theirs can be read
// or written, nor read in copies of the rows (but see the package comment on
// copies of the key). The rows remain to be deleted. tx is one of d's.
func (d *DB) Forget(tx store.Tx, id string) { tx.Delete(keyRow(id)) }

// Known tells whether a person has a key.
func (d *DB) Known(tx store.Reader, id string) (bool, error) {
	wrapped, err := tx.Get(keyRow(id))
	return wrapped != nil, err
}

// cacheSize bounds the unwrapped keys in memory (about 300 bytes each): far more
// people than write in one hour, far less than matters.
const cacheSize = 4096

// A keyCache unwraps people's keys, and remembers them by the wrapped bytes, so
// that it never knows a key which the transaction at hand has not read.
type keyCache struct {
	master cipher.AEAD
	mu     sync.RWMutex
	keys   map[string]cached // by ID
}

type cached struct {
	wrapped string
	key     cipher.AEAD
}

func newKeyCache(master cipher.AEAD) *keyCache {
	return &keyCache{master: master, keys: map[string]cached{}}
}

func (c *keyCache) unwrap(id, row string, wrapped []byte) (cipher.AEAD, error) {
	c.mu.RLock()
	hit, ok := c.keys[id]
	c.mu.RUnlock()
	if ok && hit.wrapped == string(wrapped) {
		return hit.key, nil
	}
	raw, ok := openValue(c.master, row, wrapped)
	if !ok {
		return nil, tampered(keyKind)
	}
	key, err := chacha20poly1305.NewX(raw)
	clear(raw)
	if err != nil {
		return nil, fmt.Errorf("key of a person: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.keys) >= cacheSize {
		for other := range c.keys { // any will do: a miss costs a microsecond
			delete(c.keys, other)
			break
		}
	}
	c.keys[strings.Clone(id)] = cached{wrapped: string(wrapped), key: key}
	return key, nil
}

// drop forgets a key once it is erased. A transaction that began before may
// still put it back; that only ever opens what this transaction could read.
func (c *keyCache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.keys, id)
}
