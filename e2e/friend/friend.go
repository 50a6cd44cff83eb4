//go:build matrix

// Package friend is a person with a phone: a Matrix client with a device and keys of
// its own, which a test lets write, press and read in encrypted rooms.
//
// It is made of mautrix, as the program is; what only mautrix would understand shows
// in package foreign. It needs the tags matrix and goolm.
package friend

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// A Friend ends with its test. Its methods end the test when they fail, and are for
// the test's goroutine.
type Friend struct {
	User    id.UserID
	Client  *mautrix.Client
	Machine *crypto.OlmMachine // for unusual wishes, such as SendKeysMinTrust

	t          testing.TB
	post       *post
	offline    func() // nil: it is already
	firstBatch func() // called after every batch

	turn sync.Mutex // for reading a batch or changing what mautrix remembers, whose own locks have gaps

	mu    sync.Mutex
	heard []Message
	news  chan struct{} // closed when something was heard, and made anew
}

// New logs somebody in on a new device, and is online. Somebody may have several.
func New(t testing.TB, url, user, password string) *Friend {
	t.Helper()
	client, err := mautrix.NewClient(url, "", "")
	if err != nil {
		t.Fatal(err)
	}
	keys := &post{}
	client.Client.Transport = keys
	_, err = client.Login(t.Context(), &mautrix.ReqLogin{
		Type:             mautrix.AuthTypePassword,
		Identifier:       mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: user},
		Password:         password,
		StoreCredentials: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	states := mautrix.NewMemoryStateStore()
	silence := zerolog.Nop()
	f := &Friend{
		User: client.UserID, Client: client, t: t, post: keys, news: make(chan struct{}),
		Machine: crypto.NewOlmMachine(client, &silence, crypto.NewMemoryStore(nil), states.(crypto.StateStore)),
	}
	client.StateStore, client.SyncPresence = states, event.PresenceOffline
	client.Syncer = f.syncer()
	if err := f.Machine.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := f.Machine.ShareKeys(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	f.Online()
	t.Cleanup(func() {
		if f.offline != nil {
			f.Offline()
		}
		f.Machine.Destroy()
		if t.Failed() {
			t.Log(f.story())
		}
	})
	return f
}

// Online reads what came in the meantime, and from then on what comes.
func (f *Friend) Online() {
	f.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended, read := make(chan error, 1), make(chan struct{})
	f.firstBatch = sync.OnceFunc(func() { close(read) })
	go func() { ended <- f.Client.SyncWithContext(ctx) }()
	f.offline = func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			f.t.Errorf("%s could not read on: %v", f.User, err)
		}
	}
	select {
	case <-read:
	case <-time.After(patience):
		f.t.Fatalf("%s cannot read what came in the meantime", f.User)
	}
}

// Offline reads nothing any more, and answers no device that asks for keys; writing
// still works.
func (f *Friend) Offline() {
	f.offline()
	f.offline = nil
}

// A syncer is mautrix's, in a hurry, and looks after each batch whether what could not
// be read before can be read now.
type syncer struct {
	*mautrix.DefaultSyncer
	f *Friend
}

func (f *Friend) syncer() syncer {
	s := syncer{mautrix.NewDefaultSyncer(), f}
	s.FilterJSON = &mautrix.Filter{Room: &mautrix.RoomFilter{Timeline: &mautrix.FilterPart{Limit: 1000}}}
	s.ParseErrorHandler = func(*event.Event, error) bool { return true } // what makes no sense was sent as well
	s.OnSync(f.Machine.ProcessSyncResponse)
	s.OnEvent(f.Client.StateStoreSyncHandler)
	s.OnEventType(event.StateMember, f.Machine.HandleMemberEvent)
	s.OnEvent(f.hear)
	return s
}

func (s syncer) ProcessResponse(ctx context.Context, r *mautrix.RespSync, since string) error {
	s.f.turn.Lock()
	defer s.f.turn.Unlock()
	err := s.DefaultSyncer.ProcessResponse(ctx, r, since)
	s.f.readAgain(ctx)
	s.f.firstBatch()
	return err
}

// OnFailedSync is called while the homeserver is away.
func (s syncer) OnFailedSync(*mautrix.RespSync, error) (time.Duration, error) {
	return 100 * time.Millisecond, nil
}

// Own signs this device as its owner's, which makes others trust it, and gives the
// recovery key.
func (f *Friend) Own(password string) (recovery string) {
	f.t.Helper()
	f.turn.Lock()
	defer f.turn.Unlock()
	ctx := f.t.Context()
	recovery, _, err := f.Machine.GenerateAndUploadCrossSigningKeysWithPassword(ctx, password, "")
	if err == nil {
		err = errors.Join(f.Machine.SignOwnDevice(ctx, f.Machine.OwnIdentity()), f.Machine.SignOwnMasterKey(ctx))
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return recovery
}
