//go:build goolm

package cryptostore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/id"

	"lotse/store"
)

// Errors that callers tell apart, with errors.Is.
var (
	// ErrStopped: the database failed. Make the Store and the machine anew.
	ErrStopped = errors.New("cryptostore: stopped, because the database failed")
	// ErrTooLarge: what was to be written exceeds what any honest device sends.
	// Nothing was written, and the Store goes on.
	ErrTooLarge = errors.New("cryptostore: record too large")
	// ErrPoison: the machine panicked. The Store has stopped; nothing was written.
	ErrPoison = errors.New("cryptostore: the machine panicked")
	// ErrUnknownEncryption: nobody may send to the room, see Store.IsEncrypted.
	ErrUnknownEncryption = errors.New("cryptostore: whether the room is encrypted is not known")
)

// A Config says whose memory it is and where it lies.
type Config struct {
	DB store.DB // its table declares the kinds of Table
	// Index makes an HMAC of a label and parts: the form in which IDs stand in keys.
	Index  func(label string, parts ...string) string
	User   id.UserID
	Device id.DeviceID
	Now    func() time.Time
	// Beside are other kinds with keys ACCOUNT/ROOM, which are forgotten with a room.
	Beside []string
}

// A Store is the memory of one device. All methods are safe for concurrent use.
// At any time only one Store and one machine of a device may be in use, in the
// whole world: two would move the same ratchets.
type Store struct {
	cfg     Config
	account string // the segment after each kind

	// gate is held for reading by single calls, and for writing by a batch from
	// its first write to its commit: nobody sees what may yet not happen.
	gate sync.RWMutex

	mu      sync.Mutex // guards what follows
	stopped error
	// live are the Olm sessions that were used since the start, one or two kilobytes
	// for each device. mautrix finds a session before it locks anything, while
	// another goroutine moves the ratchet: two copies would use one key twice. Nor
	// may they be forgotten in between: a row that was read then may be older.
	live    map[string]*crypto.OlmSession
	fetched map[id.RoomID]bool // rooms whose whole state was fetched by this process
	asked   map[string]bool    // unknown devices the server was asked about
}

var (
	_ crypto.Store       = (*Store)(nil)
	_ crypto.StateStore  = (*Store)(nil)
	_ mautrix.StateStore = (*Store)(nil)
)

// New gives the memory of a device, which is empty if the device is new.
func New(c Config) *Store {
	return &Store{
		cfg:     c,
		account: c.Index("matrix account", string(c.User), string(c.Device)),
		live:    map[string]*crypto.OlmSession{},
		fetched: map[id.RoomID]bool{},
		asked:   map[string]bool{},
	}
}

// Err is nil as long as the Store works; then it says why not, and Is ErrStopped.
// mautrix does not hand on every error of its store: whoever sends asks here first.
func (s *Store) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

// stop refuses everything from now on. It returns what later calls will get.
func (s *Store) stop(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped == nil {
		s.stopped = fmt.Errorf("%w: %w", ErrStopped, err)
	}
	return s.stopped
}

// read runs f on what is stored, under the batch ctx belongs to if there is one.
// It stops the Store when it fails, as write does: mautrix passes over a device
// whose session it cannot read.
func (s *Store) read(ctx context.Context, f func(store.Reader) error) error {
	if done, err := s.batchOf(ctx).read(f); done {
		return err
	}
	return s.single(func() error { return s.cfg.DB.View(context.WithoutCancel(ctx), f) })
}

// write commits what f writes, or adds it to the batch ctx belongs to. It is not
// abandoned when ctx ends: what it writes has happened in memory.
func (s *Store) write(ctx context.Context, f func(store.Tx) error) error {
	if done, err := s.batchOf(ctx).write(f); done {
		return err
	}
	return s.single(func() error { return s.cfg.DB.Update(context.WithoutCancel(ctx), f) })
}

// single makes a call that stands alone.
func (s *Store) single(call func() error) error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if err := s.Err(); err != nil {
		return err
	}
	err := call()
	if err == nil || errors.Is(err, ErrTooLarge) {
		return err
	}
	return s.stop(err)
}

// key is the key of a row; parts are HMACs, numbers or words of ours.
func (s *Store) key(kind string, parts ...string) string {
	return kind + "/" + s.account + "/" + strings.Join(parts, "/")
}

// The forms of IDs in keys.
func (s *Store) room(room id.RoomID) string { return s.cfg.Index("matrix room", string(room)) }
func (s *Store) user(user id.UserID) string { return s.cfg.Index("matrix user", string(user)) }
func (s *Store) session(session id.SessionID) string {
	return s.cfg.Index("matrix session", string(session))
}
