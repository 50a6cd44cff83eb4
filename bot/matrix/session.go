//go:build goolm

package matrix

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/id"

	"lotse/bot/matrix/cryptostore"
)

// A session is the account at work: one memory of the device and one machine that
// encrypts with it. It ends when its memory fails or the server ends it; the next
// use makes everything anew from what is stored.
type session struct {
	o      Options
	login  login
	client *mautrix.Client
	store  *cryptostore.Store
	mach   *crypto.OlmMachine
	log    *slog.Logger
	slow   *http.Client // for what takes longer than callTimeout
	ctx    context.Context
	end    context.CancelFunc

	mu       sync.Mutex
	arrived  []roomKey                 // keys that came, in their order
	outdated map[id.UserID]bool        // whose devices are to be asked for
	looked   map[id.RoomID]*sync.Mutex // rooms somebody looked at, or is looking at
	fetched  map[id.RoomID]bool        // rooms whose state this session has fetched
	dead     bool                      // guarded by Matrix.mu: the server does not know it

	names names
}

// A roomKey names a key to messages of a room.
type roomKey struct {
	room id.RoomID
	id   id.SessionID
}

// begin logs in if need be and makes a session. It is the only one.
func (m *Matrix) begin(ctx context.Context) (*session, error) {
	l, err := m.logIn(ctx)
	if err == nil {
		err = m.loadRooms(ctx)
	}
	if err != nil {
		return nil, err
	}
	memory := cryptostore.New(cryptostore.Config{DB: m.o.DB, Index: m.o.Index, User: l.User, Device: l.Device, Now: m.o.Now, Beside: []string{"mxlast"}})
	client, err := newClient(m.o.Homeserver, memory.Transport(m.o.HTTP))
	if err != nil {
		return nil, err
	}
	client.UserID, client.DeviceID, client.AccessToken = l.User, l.Device, l.Token
	client.StateStore = memory
	s := &session{
		o: m.o, login: l, client: client, store: memory, log: m.o.Log,
		slow:     newHTTP(client.Client.Transport, syncWait+syncSlack),
		outdated: map[id.UserID]bool{}, looked: map[id.RoomID]*sync.Mutex{}, fetched: map[id.RoomID]bool{},
		names: names{known: map[inRoom]string{}},
	}
	s.mach, err = memory.NewMachine(ctx, client, nil, s.keyArrived)
	if err != nil {
		return nil, err
	}
	err = s.prepare(ctx)
	if err == nil {
		err = m.tidy(ctx, s)
	}
	if err != nil {
		s.mach.Destroy()
		return nil, m.lost(ctx, s, err)
	}
	s.ctx, s.end = context.WithCancel(context.Background())
	return s, nil
}

// prepare brings up to date what the server and the memory know of each other.
func (s *session) prepare(ctx context.Context) error {
	if err := s.introduce(ctx); err != nil {
		return err
	}
	users, err := s.store.GetOutdatedTrackedUsers(ctx)
	for _, user := range users {
		s.outdated[user] = true
	}
	return err
}

// inUse is where the context of a use holds its session.
type inUse struct{}

// use lets f work with the session, which is begun if there is none. A use within
// another, to read a file that is sent on, is part of it.
func (m *Matrix) use(ctx context.Context, f func(context.Context, *session) error) error {
	if s, within := ctx.Value(inUse{}).(*session); within {
		return f(ctx, s)
	}
	s, err := m.open(ctx)
	if err != nil {
		return err
	}
	defer m.using.RUnlock()
	within, cancel := context.WithCancel(context.WithValue(ctx, inUse{}, s))
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	err = f(within, s)
	if broken := s.store.Err(); broken != nil {
		s.end()
		return errors.Join(err, broken)
	}
	return m.lost(ctx, s, err)
}

// lost ends a session that the server does not know any more. It must say so twice: a new
// device cannot read what was written to this one, and servers were seen to forget a token
// for a moment.
func (m *Matrix) lost(ctx context.Context, s *session, err error) error {
	var e *apiError
	if !errors.As(err, &e) || e.code != "M_UNKNOWN_TOKEN" {
		return err
	}
	if _, again := s.client.Whoami(ctx); !says(fault("session", again), "M_UNKNOWN_TOKEN") {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.dead {
		return err
	}
	if s.end != nil {
		s.end()
	}
	s.dead = true
	return errors.Join(err, m.ended(ctx, s.login, e.soft))
}

// open gives the session with m.using held for reading.
func (m *Matrix) open(ctx context.Context) (*session, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m.using.RLock()
		if s := m.now; s != nil && s.ctx.Err() == nil {
			return s, nil
		}
		m.using.RUnlock()
		if err := m.renew(ctx); err != nil {
			return nil, err
		}
	}
}

// How long nobody tries to begin a session after that has failed.
const (
	beginSoon = time.Second
	beginLate = time.Minute // what the operator must put right
)

// renew begins a session once nobody uses the last one any more.
func (m *Matrix) renew(ctx context.Context) error {
	m.using.Lock()
	defer m.using.Unlock()
	if m.now != nil && m.now.ctx.Err() == nil {
		return nil
	}
	if m.failed != nil && m.o.Now().Before(m.again) {
		return m.failed
	}
	if m.now != nil {
		m.now.mach.Destroy()
		m.now = nil
	}
	s, err := m.begin(ctx)
	if err != nil {
		if ctx.Err() == nil {
			m.failed, m.again = err, m.o.Now().Add(patience(err))
		}
		return err
	}
	m.now, m.failed = s, nil
	m.account.Store(string(s.client.UserID))
	return nil
}

func patience(err error) time.Duration {
	var only setting
	if errors.As(err, &only) {
		return beginLate
	}
	return beginSoon
}

// keyArrived notes a key, for the batch that brought it.
func (s *session) keyArrived(room id.RoomID, key id.SessionID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived = append(s.arrived, roomKey{room, key})
}

// newKeys are those that came since the last call.
func (s *session) newKeys() []roomKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := s.arrived
	s.arrived = nil
	return keys
}
