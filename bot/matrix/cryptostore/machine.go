//go:build goolm

package cryptostore

import (
	"context"
	"fmt"
	"net/http"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// NewMachine makes the machine of this Store, and loads it. It is the only one, and
// its client sends through Transport. received is told of every room key when it is
// durable; it may use the Store, not the machine, and must not panic.
func (s *Store) NewMachine(ctx context.Context, client *mautrix.Client, log *zerolog.Logger, received func(id.RoomID, id.SessionID)) (*crypto.OlmMachine, error) {
	mach := crypto.NewOlmMachine(client, log, s, s)
	// While a batch is open nobody may wait for the server: HandleToDevice asks for
	// unknown devices before.
	mach.DisableDecryptKeyFetching = true
	mach.SessionReceived = func(ctx context.Context, room id.RoomID, session id.SessionID, _ uint32) {
		s.later(ctx, func() { received(room, session) })
	}
	if err := mach.Load(ctx); err != nil {
		return nil, fmt.Errorf("loading the encryption: %w", err)
	}
	mach.GetAccount().Keys() // mautrix would work them out later, in several goroutines without a lock
	return mach, nil
}

// Transport lets no request through once the Store has stopped: mautrix encrypts,
// cannot write how far the ratchet moved, and sends all the same; after a restart
// the same key would encrypt something else.
func (s *Store) Transport(next http.RoundTripper) http.RoundTripper { return transport{s, next} }

type transport struct {
	s    *Store
	next http.RoundTripper
}

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := t.s.Err(); err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	return t.next.RoundTrip(r)
}

// HandleToDevice lets the machine of this Store handle one to-device event whose
// content is parsed. If it is encrypted, everything that it does lands in one
// commit before HandleToDevice returns nil, or nothing: then the sync token must
// not be saved, so that the server tells it again. An event the machine cannot
// decrypt is handled as well: it would not be decrypted the next time either. One
// at which the machine panics is ErrPoison: a machine made anew must not get it again.
func (s *Store) HandleToDevice(ctx context.Context, mach *crypto.OlmMachine, evt *event.Event) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = s.stop(fmt.Errorf("%w (%T)", ErrPoison, v)) // what v says could be anybody's
		}
	}()
	content, ok := evt.Content.Parsed.(*event.EncryptedEventContent)
	if !ok {
		mach.HandleToDeviceEvent(ctx, evt)
		return s.Err()
	}
	if err := s.learnDevice(ctx, mach, evt.Sender, content.SenderKey); err != nil {
		return fmt.Errorf("device of an encrypted event: %w", err)
	}
	err = s.together(context.WithValue(ctx, giverKey{}, evt.Sender), func(ctx context.Context) { mach.HandleToDeviceEvent(ctx, evt) })
	if err != nil {
		return fmt.Errorf("encrypted to-device event: %w", err)
	}
	return nil
}

// maxAsked bounds what is remembered of unknown devices, which strangers can make up.
const maxAsked = 1000

// learnDevice asks the server for a device that is not known, once.
func (s *Store) learnDevice(ctx context.Context, mach *crypto.OlmMachine, user id.UserID, key id.SenderKey) error {
	known, err := s.FindDeviceByKey(ctx, user, key)
	if err != nil || known != nil {
		return err
	}
	name := s.cfg.Index("matrix device of user", string(user), string(key))
	if !s.ask(name) {
		return nil
	}
	if _, err := mach.FetchKeys(ctx, []id.UserID{user}, true); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.asked, name) // the device stays unknown, for this time
		return s.stopped
	}
	return s.Err()
}

// ask is whether to ask for a device: once.
func (s *Store) ask(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked[name] {
		return false
	}
	if len(s.asked) >= maxAsked {
		clear(s.asked)
	}
	s.asked[name] = true
	return true
}
