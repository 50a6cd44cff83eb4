//go:build goolm

package cryptostore

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/store"
	"lotse/store/storetest"
)

// A peer is a user with a device that is started anew when it is told to.
type peer struct {
	testing.TB
	server *homeserver
	user   id.UserID
	config Config
	*Store
	mach *crypto.OlmMachine
}

func newPeer(t testing.TB, h *homeserver, user id.UserID, c Config) *peer {
	c.User = user
	p := &peer{TB: t, server: h, user: user, config: c}
	p.restart()
	p.do(func() error { return p.SetEncryptionEvent(t.Context(), testRoomID, rotating) })
	p.do(func() error { return p.mach.ShareKeys(t.Context(), -1) })
	return p
}

const testRoomID = id.RoomID("!room:x")

// rotating changes the key after every third message.
var rotating = &event.EncryptionEventContent{Algorithm: id.AlgorithmMegolmV1, RotationPeriodMessages: 3}

// restart forgets everything that is not stored.
func (p *peer) restart() {
	p.Helper()
	for {
		p.Store = New(p.config)
		client, err := mautrix.NewClient("http://homeserver.invalid", p.user, string(p.user))
		must(p, err)
		client.DeviceID = "DEV"
		client.Client = &http.Client{Transport: p.Transport(p.server)}
		p.mach, err = p.NewMachine(p.Context(), client, nil, func(id.RoomID, id.SessionID) {})
		if err == nil {
			return
		}
		if !errors.Is(err, errFlaky) {
			p.Fatal(err)
		}
	}
}

// do makes a step, again after a restart as long as the store fails; and restarts
// after it.
func (p *peer) do(step func() error) {
	p.Helper()
	for range 1000 {
		err := errors.Join(step(), p.Err())
		p.restart()
		if err == nil {
			return
		}
		if !errors.Is(err, errFlaky) {
			p.Fatal(err)
		}
	}
	p.Fatal("it never works")
}

// since is how far the server was read.
func (p *peer) since() (token string, err error) {
	err = p.config.DB.View(p.Context(), func(r store.Reader) error {
		raw, err := r.Get("cursor/" + string(p.user))
		token = string(raw)
		return err
	})
	return token, err
}

// arrive keeps how far the server was read, when all of that is durable.
func (p *peer) arrive(token string) error {
	return p.config.DB.Update(p.Context(), func(tx store.Tx) error {
		tx.Put("cursor/"+string(p.user), []byte(token))
		return nil
	})
}

// sync receives one batch, and says whether there was anything.
func (p *peer) sync() (some bool, err error) {
	ctx := p.Context()
	since, err := p.since()
	if err != nil {
		return false, err
	}
	resp := p.server.sync(p, p.user, since)
	p.mach.HandleDeviceLists(ctx, &resp.DeviceLists, since)
	for _, evt := range resp.ToDevice.Events {
		if err := p.HandleToDevice(ctx, p.mach, evt); err != nil {
			return false, err
		}
	}
	p.mach.HandleOTKCounts(ctx, &resp.DeviceOTKCount)
	p.mach.MarkOlmHashSavePoint(ctx)
	if err := p.Err(); err != nil {
		return false, err
	}
	return len(resp.ToDevice.Events) > 0, p.arrive(resp.NextBatch)
}

// encrypt makes a message to a room, and shares its key if nobody has it yet.
func (p *peer) encrypt(room id.RoomID, text string, with ...id.UserID) (*event.EncryptedEventContent, error) {
	ctx := p.Context()
	content := map[string]string{"body": text}
	message, err := p.mach.EncryptMegolmEvent(ctx, room, event.EventMessage, content)
	if errors.Is(err, crypto.ErrNoGroupSession) || errors.Is(err, crypto.ErrSessionExpired) {
		if err := p.mach.ShareGroupSession(ctx, room, with); err != nil {
			return nil, err
		}
		if err := p.Err(); err != nil {
			return nil, err
		}
		message, err = p.mach.EncryptMegolmEvent(ctx, room, event.EventMessage, content)
	}
	return message, err
}

// decrypt reads a message.
func (p *peer) decrypt(room id.RoomID, sender id.UserID, n int, message *event.EncryptedEventContent) (string, error) {
	evt, err := p.mach.DecryptMegolmEvent(p.Context(), &event.Event{
		Type: event.EventEncrypted, ID: id.EventID(fmt.Sprintf("$%s%d", sender, n)), Timestamp: int64(n + 1), RoomID: room, Sender: sender,
		Content: event.Content{Parsed: message},
	})
	if err != nil {
		return "", err
	}
	text, _ := evt.Content.Raw["body"].(string)
	return text, nil
}

// TestMachines: two machines talk to each other, and after every step both know
// only what is stored.
func TestMachines(t *testing.T) {
	for name, open := range map[string]func(*testing.T) Config{
		"twice": func(t *testing.T) Config {
			d := sealed(t, store.NewMem())
			return indexedBy(config(storetest.Twice(d), ""), d)
		},
		"flaky": func(t *testing.T) Config {
			d := sealed(t, store.NewMem())
			return indexedBy(config(storetest.Flaky(storetest.Twice(d), sometimes(25)), ""), d)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHomeserver()
			peers := []*peer{newPeer(t, h, "@alice:x", open(t)), newPeer(t, h, "@bot:x", open(t)), newPeer(t, h, "@carl:x", open(t))}
			users := []id.UserID{"@alice:x", "@bot:x", "@carl:x"}
			for n := range 40 {
				from := peers[n*n%3] // each of them speaks several times running, too
				var message *event.EncryptedEventContent
				from.do(func() (err error) {
					message, err = from.encrypt(testRoomID, fmt.Sprint("message ", n), users...)
					return err
				})
				for _, to := range peers {
					if to != from {
						to.drain()
					}
					var text string
					to.do(func() (err error) {
						text, err = to.decrypt(testRoomID, from.user, n, message)
						return err
					})
					if want := fmt.Sprint("message ", n); text != want {
						t.Fatalf("%s got %q, want %q", to.user, text, want)
					}
				}
			}
		})
	}
}

// drain receives all there is.
func (p *peer) drain() {
	p.Helper()
	for some := true; some; {
		p.do(func() (err error) {
			some, err = p.sync()
			return err
		})
	}
}

// TestMachinesAtOnce: several rooms in both directions at the same time, over the
// same Olm sessions, in one process each; nothing is lost and nobody waits for ever.
func TestMachinesAtOnce(t *testing.T) {
	const rooms, messages = 4, 7
	h := newHomeserver()
	alice := newPeer(t, h, "@alice:x", config(storetest.Twice(store.NewMem()), ""))
	bot := newPeer(t, h, "@bot:x", config(storetest.Twice(store.NewMem()), ""))
	for i := range rooms {
		must(t, alice.SetEncryptionEvent(t.Context(), id.RoomID(fmt.Sprint("!", i)), rotating))
		must(t, bot.SetEncryptionEvent(t.Context(), id.RoomID(fmt.Sprint("!", i)), rotating))
	}
	type sent struct {
		from, to *peer
		room     id.RoomID
		n        int
		message  *event.EncryptedEventContent
	}
	all := make(chan sent, 2*rooms*messages)
	var senders, receivers sync.WaitGroup
	stop := make(chan struct{})
	for _, way := range [][2]*peer{{alice, bot}, {bot, alice}} {
		for i := range rooms {
			senders.Go(func() {
				for n := range messages {
					room := id.RoomID(fmt.Sprint("!", i))
					message, err := way[0].encrypt(room, fmt.Sprint(room, n), alice.user, bot.user)
					if err != nil {
						t.Error(err)
						return
					}
					all <- sent{way[0], way[1], room, i*messages + n, message}
				}
			})
		}
		receivers.Go(func() {
			for last := false; ; {
				select {
				case <-stop: // nothing more comes
					last = true
				default:
				}
				some, err := way[1].sync()
				if err != nil {
					t.Error(err)
				}
				if err != nil || last && !some {
					return
				}
			}
		})
	}
	senders.Wait()
	close(stop)
	receivers.Wait()
	close(all)
	var readers sync.WaitGroup
	for s := range all {
		readers.Go(func() {
			text, err := s.to.decrypt(s.room, s.from.user, s.n, s.message)
			if want := fmt.Sprint(s.room, s.n%messages); err != nil || text != want {
				t.Errorf("from %s: got %q, %v, want %q", s.from.user, text, err, want)
			}
		})
	}
	readers.Wait()
}

// TestKeyRequest: a key that was lost is asked for, and given by a goroutine of
// mautrix's own while the giver receives other keys.
func TestKeyRequest(t *testing.T) {
	h := newHomeserver()
	alice := newPeer(t, h, "@alice:x", config(storetest.Twice(store.NewMem()), ""))
	bot := newPeer(t, h, "@bot:x", config(storetest.Twice(store.NewMem()), ""))
	message, err := bot.encrypt(testRoomID, "hello", alice.user, bot.user)
	must(t, err)
	alice.drain()
	must(t, alice.RedactGroupSession(t.Context(), testRoomID, message.SessionID, "lost"))
	if _, err := alice.decrypt(testRoomID, bot.user, 1, message); !errors.Is(err, crypto.ErrNoSessionFound) {
		t.Fatalf("got %v", err)
	}
	must(t, alice.mach.SendRoomKeyRequest(t.Context(), testRoomID, "", message.SessionID, "", map[id.UserID][]id.DeviceID{bot.user: {"DEV"}}))
	_, err = alice.encrypt("!other:x", "a key for the bot", bot.user)
	must(t, err)

	given := make(chan struct{})
	bot.mach.Client.Client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		answer, err := h.RoundTrip(r)
		if strings.HasPrefix(r.URL.Path, "/_matrix/client/v3/sendToDevice/m.room.encrypted/") {
			close(given)
		}
		return answer, err
	})
	for some := true; some; {
		some, err = bot.sync()
		must(t, err)
	}
	<-given
	must(t, bot.Err())
	alice.drain()
	text, err := alice.decrypt(testRoomID, bot.user, 1, message)
	if err != nil || text != "hello" {
		t.Errorf("got %q, %v", text, err)
	}
}
