package seal

import (
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/chacha20poly1305"
)

// What precedes consent must be unreadable after an hour at most, whatever
// happens to its row; a person who reads slowly and then agrees should not be
// asked again for what they wrote, so it stays readable nearly as long. Each key
// seals for memoryFill and lives for memoryLife: a row lives for their difference
// at least.
const (
	memoryLife = 60 * time.Minute
	memoryFill = 10 * time.Minute
)

// A value of a memory row begins with the number of the slot whose key sealed
// it, random because it must mean nothing to the next process, and the salt.
const (
	slotIDSize   = 8
	saltSize     = 16 // input of HChaCha20, draft-irtf-cfrg-xchacha-03 §2.2
	memoryPrefix = slotIDSize + saltSize
)

// A ring holds the memory keys, at most memoryLife / memoryFill of them, the
// newest last. They age by the way their clock goes, backwards too, because a
// clock that was set back says nothing of how much time has passed; and they end
// after memoryLife of the process's own time even if nobody asks any more.
type ring struct {
	now   func() time.Time
	mu    sync.Mutex
	last  time.Time // the clock when it was last read
	slots []*slot
}

// A slot's key leaves it only as keys of single rows, derived with HChaCha20:
// library AEADs keep copies, which could not be zeroed.
type slot struct {
	id  [slotIDSize]byte
	key [keySize]byte
	age time.Duration
}

// sealer gives the key for one row to be sealed now, and the prefix of its value.
func (r *ring) sealer() (cipher.AEAD, *[memoryPrefix]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tick()
	s := r.newest()
	prefix := new([memoryPrefix]byte)
	copy(prefix[:], s.id[:])
	rand.Read(prefix[slotIDSize:])
	key, err := s.rowKey(prefix[slotIDSize:])
	return key, prefix, err
}

// opener gives the key of the row whose value begins with prefix; nil when it
// is gone.
func (r *ring) opener(prefix []byte) (cipher.AEAD, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tick()
	for _, s := range r.slots {
		if string(s.id[:]) == string(prefix[:slotIDSize]) {
			return s.rowKey(prefix[slotIDSize:])
		}
	}
	return nil, nil
}

// tick lets all keys age and destroys those whose time is over. The clock is
// read under the lock: readings out of order would count as jumps.
func (r *ring) tick() {
	now := r.now().Round(0) // by the wall: the monotonic clock stands still while a machine sleeps
	way := min(now.Sub(r.last).Abs(), memoryLife)
	r.last = now
	r.slots = slices.DeleteFunc(r.slots, func(s *slot) bool {
		s.age += way
		if s.age < memoryLife {
			return false
		}
		clear(s.key[:])
		return true
	})
}

// newest is the slot that seals now.
func (r *ring) newest() *slot {
	if n := len(r.slots); n > 0 && r.slots[n-1].age < memoryFill {
		return r.slots[n-1]
	}
	s := new(slot)
	rand.Read(s.id[:])
	rand.Read(s.key[:])
	r.slots = append(r.slots, s)
	time.AfterFunc(memoryLife, func() { r.drop(s) })
	return s
}

func (r *ring) drop(s *slot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(s.key[:])
	r.slots = slices.DeleteFunc(r.slots, func(other *slot) bool { return other == s })
}

// clear destroys all keys.
func (r *ring) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.slots {
		clear(s.key[:])
	}
	r.slots = nil
}

func (s *slot) rowKey(salt []byte) (cipher.AEAD, error) {
	raw, err := chacha20.HChaCha20(s.key[:], salt)
	if err != nil {
		return nil, fmt.Errorf("memory key: %w", err)
	}
	defer clear(raw)
	return chacha20poly1305.NewX(raw)
}
