//go:build goolm

package matrix

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"lotse/bot/chat"
)

// Matrix is the network. It is made by New.
type Matrix struct {
	o       Options
	log     *slog.Logger
	trouble trouble
	rooms   *rooms
	waiting *waiting
	echoes  *echoes
	reads   *reads
	cut     atomic.Int64  // gaps that were longer than maxGap, since the start
	lookNow chan struct{} // capacity 1: the desks are to be looked at
	oneFile chan struct{} // held while a file is in memory

	using  sync.RWMutex // held for reading while a session is used, for writing while it is made
	now    *session     // guarded by using
	failed error        // why there is none
	again  time.Time    // when it is tried again

	account atomic.Value // string: the bot's user, once there was a session

	mu       sync.Mutex      // held while a session is given up
	poisoned map[string]bool // HMACs of what made the machine panic; only Run
}

// atOnce is how many rooms are received at the same time.
const atOnce = 64

// New checks the options. It makes no request: the first use does.
func New(o Options) (Network, error) {
	if u, err := url.Parse(o.Homeserver); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" {
		return nil, errors.New("matrix: the address of the homeserver must look like https://matrix.example")
	}
	if o.Token == "" && (o.User == "" || o.Password == "") {
		return nil, errors.New("matrix: it takes LOTSE_MATRIX_USER and LOTSE_MATRIX_PASSWORD, or LOTSE_MATRIX_TOKEN")
	}
	for _, desk := range o.Desks {
		if !IsRoom(desk) {
			return nil, fmt.Errorf("matrix: %q is neither the ID of a room, like !abc:matrix.example, nor an alias, like #lotse:matrix.example", desk)
		}
	}
	if o.HTTP == nil {
		o.HTTP = newTransport()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Matrix{
		o: o, log: o.Log, trouble: trouble{log: o.Log}, rooms: newRooms(o.Desks), waiting: newWaiting(), echoes: newEchoes(), reads: newReads(),
		lookNow: make(chan struct{}, 1), oneFile: make(chan struct{}, 1), poisoned: map[string]bool{},
	}, nil
}

// Name is "matrix".
func (m *Matrix) Name() string { return Platform }

// Parts splits m into events; each file is one of its own. It is pure.
func (m *Matrix) Parts(msg chat.Message) []chat.Message { return parts(msg) }

// Link opens a chat with the bot (spec.matrix.org, appendices, "matrix.to navigation").
// Nothing can be said there in advance.
func (m *Matrix) Link(string) string {
	account, _ := m.account.Load().(string)
	if account == "" {
		return ""
	}
	return "https://matrix.to/#/" + url.PathEscape(account)
}

// ListsButtons: there are none on Matrix.
func (m *Matrix) ListsButtons() bool { return true }

// GrowsThreads: below every message one can begin.
func (m *Matrix) GrowsThreads() bool { return true }

// KeepsEdits: an edit is an event of its own, and what it changed stays.
func (m *Matrix) KeepsEdits() bool { return true }
