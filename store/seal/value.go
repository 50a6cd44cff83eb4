package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"hash"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"
)

// A sealed value is: prefix (of memory rows only), the format's number, nonce,
// ciphertext, tag. A number once used is never reused for another format.
const (
	format    = 1
	nonceSize = chacha20poly1305.NonceSizeX
	keySize   = chacha20poly1305.KeySize
	headSize  = 1 + nonceSize
	boxSize   = headSize + chacha20poly1305.Overhead
)

// Overhead is by how many bytes, at most, a sealed value is longer than the
// value: values up to store.MaxValue − Overhead can be stored in every kind.
const Overhead = memoryPrefix + boxSize

// sealValue seals value for the row. Everything lives in one allocation: the row
// key stands behind the result because an AEAD wants it as bytes.
func sealValue(a cipher.AEAD, prefix []byte, row string, value []byte) []byte {
	head := len(prefix) + headSize
	size := len(prefix) + boxSize + len(value)
	buf := make([]byte, size+len(row))
	copy(buf, prefix)
	buf[len(prefix)] = format
	nonce := buf[len(prefix)+1 : head]
	rand.Read(nonce)
	copy(buf[size:], row)
	return a.Seal(buf[:head:size], nonce, value, buf[size:])
}

// openValue opens what sealValue made, without its prefix; false when it is
// anything else. sealed is only read: it may be memory of the store.
func openValue(a cipher.AEAD, row string, sealed []byte) ([]byte, bool) {
	if len(sealed) < boxSize || sealed[0] != format {
		return nil, false
	}
	size := len(sealed) - boxSize
	buf := make([]byte, size+len(row))
	copy(buf[size:], row)
	value, err := a.Open(buf[:0:size], sealed[1:headSize], sealed[headSize:], buf[size:])
	return value, err == nil
}

// tampered says that a row of a kind does not open, and not which.
func tampered(kind string) error {
	return fmt.Errorf("%w: kind %s", ErrTampered, kind)
}

// houseKeys derives the two keys of the house from its secret (HKDF, RFC 5869),
// because one key must not serve two algorithms.
func houseKeys(secret []byte) (cipher.AEAD, *[keySize]byte, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "lotse house seal", keySize)
	if err != nil {
		return nil, nil, fmt.Errorf("deriving the house key: %w", err)
	}
	index, err := hkdf.Key(sha256.New, secret, nil, "lotse house index", keySize)
	if err != nil {
		return nil, nil, fmt.Errorf("deriving the index key: %w", err)
	}
	house, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, nil, fmt.Errorf("house key: %w", err)
	}
	return house, (*[keySize]byte)(index), nil
}

// indexSize is how much of the HMAC an index shows: 128 bits keep accidental
// equality out of reach of any number of people.
const indexSize = 16

// indexText writes an index with characters that any key may contain and that
// sort as the bytes do (RFC 4648 §7, in lower case).
var indexText = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// Index is the only form in which an ID of a platform may stand in a row key: 26
// characters that are the same for the same label and parts in this store, and
// that tell nothing to whoever lacks its house key (HMAC-SHA-256, RFC 2104). The
// label says what is indexed, so that two uses of one ID cannot be linked.
func (d *DB) Index(label string, parts ...string) string {
	mac := d.macs.Get().(hash.Hash)
	defer d.macs.Put(mac)
	mac.Reset()
	var room [256]byte // everything that is indexed fits, unless a platform has very long IDs
	text := appendPart(room[:0], label)
	for _, p := range parts {
		text = appendPart(text, p)
	}
	mac.Write(text)
	var sum [sha256.Size]byte
	return indexText.EncodeToString(mac.Sum(sum[:0])[:indexSize])
}

// appendPart puts the length in front, so that no two lists of parts are alike.
func appendPart(to []byte, s string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(s))), s...)
}

// newMACs are HMACs under the index key, ready to be reset: setting one up costs
// as much as using it.
func newMACs(key *[keySize]byte) *sync.Pool {
	return &sync.Pool{New: func() any { return hmac.New(sha256.New, key[:]) }}
}
