//go:build goolm

package cryptostore

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/store"
	"lotse/store/storetest"
)

// A counted store knows how often it committed, and fails when it is told to.
type counted struct {
	store.DB
	commits int
	fail    string // before one of storetest's moments
}

func newCounted() *counted {
	c := &counted{}
	c.DB = storetest.Flaky(store.NewMem(), func(op string) error {
		if op == c.fail {
			return errFlaky
		}
		return nil
	})
	return c
}

func (c *counted) Update(ctx context.Context, f func(store.Tx) error) error {
	c.commits++
	return c.DB.Update(ctx, f)
}

// keyMail gives the bot a room key in a to-device event that is not received yet.
func keyMail(t *testing.T, db store.DB) (alice, bot *peer, mail *event.Event, message *event.EncryptedEventContent) {
	t.Helper()
	h := newHomeserver()
	alice, bot = newPeer(t, h, "@alice:x", config(store.NewMem(), "")), newPeer(t, h, "@bot:x", config(db, ""))
	if _, err := bot.sync(); err != nil { // knows alice
		t.Fatal(err)
	}
	must(t, bot.PutDevices(t.Context(), "@alice:x", map[id.DeviceID]*id.Device{"DEV": alice.mach.OwnIdentity()}))
	message, err := alice.encrypt(testRoomID, "hello", bot.user)
	must(t, err)
	since, err := bot.LoadNextBatch(t.Context(), bot.user)
	must(t, err)
	return alice, bot, h.sync(t, bot.user, since).ToDevice.Events[0], message
}

// hashOf is what the machine remembers of a to-device event (crypto/decryptolm.go).
func hashOf(t testing.TB, mail *event.Event, key id.Curve25519) [32]byte {
	t.Helper()
	raw, err := base64.RawStdEncoding.DecodeString(mail.Content.AsEncrypted().OlmCiphertext[key].Body)
	must(t, err)
	return sha256.Sum256(raw)
}

// effects are what is stored of an event: 1 for each, if all is well.
func effects(t *testing.T, p *peer, mail *event.Event, session id.SessionID) string {
	t.Helper()
	ctx := t.Context()
	at, err := p.GetOlmHash(ctx, hashOf(t, mail, p.mach.OwnIdentity().IdentityKey))
	must(t, err)
	sessions, err := p.GetSessions(ctx, mail.Content.AsEncrypted().SenderKey)
	must(t, err)
	key, err := p.GetGroupSession(ctx, testRoomID, session)
	must(t, err)
	return fmt.Sprintf("consumed %v, sessions %d, key %v", !at.IsZero(), len(sessions), key != nil)
}

const (
	allOfIt = "consumed true, sessions 1, key true"
	nothing = "consumed false, sessions 0, key false"
)

func TestOneEventOneCommit(t *testing.T) {
	db := newCounted()
	_, bot, mail, message := keyMail(t, db)
	var heard []string
	bot.mach.SessionReceived = func(ctx context.Context, room id.RoomID, session id.SessionID, _ uint32) {
		bot.later(ctx, func() { heard = append(heard, effects(t, bot, mail, session)) })
	}
	before := db.commits
	must(t, bot.HandleToDevice(t.Context(), bot.mach, mail))
	if n := db.commits - before; n != 1 {
		t.Errorf("%d commits", n)
	}
	if got := strings.Join(heard, "; "); got != allOfIt {
		t.Errorf("whoever heard of the key found: %s", got)
	}
	before = db.commits
	must(t, bot.HandleToDevice(t.Context(), bot.mach, mail)) // told again
	if n := db.commits - before; n != 0 {
		t.Errorf("%d commits for nothing", n)
	}
	bot.restart()
	if got := effects(t, bot, mail, message.SessionID); got != allOfIt {
		t.Error(got)
	}
}

// TestEventInterrupted: at every moment at which the database can fail, the event
// has all its effects or none; told again, it has all.
func TestEventInterrupted(t *testing.T) {
	for _, test := range []struct{ fail, want string }{
		{storetest.OpView, nothing},
		{storetest.OpUpdate, nothing},
		{storetest.OpCommit, allOfIt}, // it took place, but nobody knows
	} {
		t.Run(test.fail, func(t *testing.T) {
			db := newCounted()
			_, bot, mail, message := keyMail(t, db)
			db.fail = test.fail
			err := bot.HandleToDevice(t.Context(), bot.mach, mail)
			if !errors.Is(err, ErrStopped) || !errors.Is(err, errFlaky) || !errors.Is(bot.Err(), ErrStopped) {
				t.Errorf("got %v, and then %v", err, bot.Err())
			}
			db.fail = ""
			if err := bot.HandleToDevice(t.Context(), bot.mach, mail); !errors.Is(err, ErrStopped) {
				t.Errorf("it goes on: %v", err)
			}
			if _, err := bot.GetAccount(t.Context()); !errors.Is(err, ErrStopped) {
				t.Errorf("it goes on: %v", err)
			}
			bot.restart()
			if got := effects(t, bot, mail, message.SessionID); got != test.want {
				t.Errorf("afterwards: %s", got)
			}
			must(t, bot.HandleToDevice(t.Context(), bot.mach, mail))
			bot.restart()
			if got := effects(t, bot, mail, message.SessionID); got != allOfIt {
				t.Errorf("told again: %s", got)
			}
			text, err := bot.decrypt(testRoomID, "@alice:x", 1, message)
			if err != nil || text != "hello" {
				t.Errorf("got %q, %v", text, err)
			}
		})
	}
}

// TestReadsFail: a read that fails in the middle of an event fails the event.
func TestReadsFail(t *testing.T) {
	for n := 0; ; n++ {
		left := 1 << 30
		mem := store.NewMem()
		_, bot, mail, message := keyMail(t, storetest.Flaky(mem, func(op string) error {
			if left--; left < 0 && op == storetest.OpView {
				return errFlaky
			}
			return nil
		}))
		left = n
		err := bot.HandleToDevice(t.Context(), bot.mach, mail)
		left = 1 << 30
		bot.restart()
		want := nothing
		if err == nil {
			want = allOfIt
		}
		if got := effects(t, bot, mail, message.SessionID); got != want {
			t.Fatalf("read %d failed (%v): %s", n, err, got)
		}
		if err == nil {
			if n < 4 {
				t.Errorf("it works with %d reads", n)
			}
			return
		}
	}
}

func TestPanicInBatch(t *testing.T) {
	db := store.NewMem()
	s := New(config(db, "@bot:x"))
	func() {
		defer func() {
			if recover() != "mine" {
				t.Error("the panic is swallowed")
			}
		}()
		s.together(t.Context(), func(ctx context.Context) {
			must(t, s.PutSecret(ctx, "a", "1"))
			panic("mine")
		})
	}()
	if _, err := s.GetSecret(t.Context(), "a"); !errors.Is(err, ErrStopped) {
		t.Errorf("got %v", err)
	}
	if got, err := New(config(db, "@bot:x")).GetSecret(t.Context(), "a"); got != "" || err != nil {
		t.Errorf("half of it was written: %q, %v", got, err)
	}
}

// TestBatch: calls see what the batch has written, in every kind of call; and
// with its context, after it is over, they stand alone.
func TestBatch(t *testing.T) {
	db := newCounted()
	s := New(config(db, "@bot:x"))
	for i := range 60 {
		must(t, s.PutOlmHash(t.Context(), [32]byte{byte(i)}, here))
	}
	before := db.commits
	var after context.Context
	must(t, s.together(t.Context(), func(ctx context.Context) {
		after = ctx
		must(t, s.PutSecret(ctx, "a", "1"))
		if got, err := s.GetSecret(ctx, "a"); got != "1" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		must(t, s.SetMembership(ctx, testRoomID, "@a:x", event.MembershipJoin))
		must(t, s.SetEncryptionEvent(ctx, testRoomID, rotating))
		if rooms, err := s.FindSharedRooms(ctx, "@a:x"); len(rooms) != 1 || err != nil {
			t.Errorf("got %v, %v", rooms, err)
		}
		must(t, s.DeleteSecret(ctx, "a"))
		must(t, s.PutSecret(ctx, "b", "2"))
	}))
	if n := db.commits - before; n != 1 {
		t.Errorf("%d commits", n)
	}
	must(t, s.PutSecret(after, "c", "3"))
	if n := db.commits - before; n != 2 {
		t.Errorf("%d commits", n)
	}
	again := New(config(db, "@bot:x"))
	for name, want := range map[id.Secret]string{"a": "", "b": "2", "c": "3"} {
		if got, err := again.GetSecret(t.Context(), name); got != want || err != nil {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

// TestNobodySeesHalf: who is woken by a key finds it.
func TestNobodySeesHalf(t *testing.T) {
	_, bot, mail, message := keyMail(t, store.NewMem())
	found := make(chan error)
	go func() {
		if !bot.mach.WaitForSession(t.Context(), testRoomID, "", message.SessionID, time.Minute) {
			found <- errors.New("it did not come")
			return
		}
		key, err := bot.GetGroupSession(t.Context(), testRoomID, message.SessionID)
		if err == nil && key == nil {
			err = errors.New("it came, but is not there")
		}
		found <- err
	}()
	must(t, bot.HandleToDevice(t.Context(), bot.mach, mail))
	must(t, <-found)
}

// TestContextEnds: who stops waiting does not stop what has happened.
func TestContextEnds(t *testing.T) {
	_, bot, mail, message := keyMail(t, store.NewMem())
	ctx, cancel := context.WithCancel(t.Context())
	must(t, bot.together(ctx, func(ctx context.Context) {
		cancel()
		bot.mach.HandleToDeviceEvent(ctx, mail)
	}))
	if got := effects(t, bot, mail, message.SessionID); got != allOfIt {
		t.Error(got)
	}
	if err := bot.HandleToDevice(ctx, bot.mach, mail); !errors.Is(err, context.Canceled) || bot.Err() != nil {
		t.Errorf("got %v, and then %v", err, bot.Err())
	}
}

// TestStoppedSendsNothing: a ratchet moved, its row was not written; what it
// encrypted must not go out.
func TestStoppedSendsNothing(t *testing.T) {
	db := newCounted()
	h := newHomeserver()
	alice, bot := newPeer(t, h, "@alice:x", config(store.NewMem(), "")), newPeer(t, h, "@bot:x", config(db, ""))
	_, err := bot.encrypt(testRoomID, "hello", alice.user) // there is an Olm session now
	must(t, err)
	mail := len(h.inbox[alice.user])
	must(t, bot.RemoveOutboundGroupSession(t.Context(), testRoomID))
	updates := 0
	bot.config.DB = storetest.Flaky(db, func(op string) error {
		if op == storetest.OpUpdate {
			if updates++; updates == 2 { // 1: the new key, 2: the ratchet
				return errFlaky
			}
		}
		return nil
	})
	bot.restart()
	if _, err := bot.encrypt(testRoomID, "hello", alice.user); !errors.Is(err, ErrStopped) {
		t.Errorf("got %v", err)
	}
	if n := len(h.inbox[alice.user]); n != mail || updates != 2 {
		t.Errorf("%d messages went out, after %d updates", n-mail, updates)
	}
	if _, err := bot.Transport(http.DefaultTransport).RoundTrip(&http.Request{Body: http.NoBody}); !errors.Is(err, ErrStopped) {
		t.Errorf("got %v", err)
	}
}

// TestStrangers: what anybody may send cannot stop the Store, nor make it ask the
// server without end.
func TestStrangers(t *testing.T) {
	ctx := t.Context()
	s := New(config(store.NewMem(), "@bot:x"))
	endless := strings.Repeat("<", maxRecord)
	_, key := newKey(t, "!a:x", "alice")
	key.RoomID = id.RoomID(endless)
	for name, err := range map[string]error{
		"room of a key":     s.PutGroupSession(ctx, key),
		"reason":            s.PutWithheldGroupSession(ctx, event.RoomKeyWithheldEventContent{RoomID: "!a:x", SessionID: "s", Reason: endless}),
		"device list":       s.PutDevices(ctx, "@a:x", newDevices("@a:x", 20_000)),
		"name of a device":  s.PutDevice(ctx, "@a:x", &id.Device{DeviceID: id.DeviceID(endless)}),
		"cross-signing key": s.PutCrossSigningKey(ctx, "@a:x", "master", id.Ed25519(endless)),
		"signature":         s.PutSignature(ctx, "@a:x", "k", "@a:x", "k", endless),
		"membership":        s.SetMembership(ctx, "!a:x", "@a:x", event.Membership(endless)),
		"power levels":      s.SetPowerLevels(ctx, "!a:x", &event.PowerLevelsEventContent{Events: map[string]int{endless: 1}}),
	} {
		if !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if valid, err := s.ValidateMessageIndex(ctx, "s", id.EventID(endless), 0, 1); valid || !errors.Is(err, ErrTooLarge) {
		t.Errorf("event: got %v, %v", valid, err)
	}
	must(t, s.Err())
	if devices, err := s.GetDevices(ctx, "@a:x"); len(devices) != 0 || err != nil {
		t.Errorf("%d devices, %v", len(devices), err)
	}
	must(t, s.PutDevices(ctx, "@a:x", newDevices("@a:x", 3000)))
}

// TestUnknownDevice: the server is asked once for a device that is not known, and
// what it knows is used.
func TestUnknownDevice(t *testing.T) {
	_, bot, mail, message := keyMail(t, store.NewMem())
	must(t, bot.PutDevices(t.Context(), "@alice:x", nil))
	asked := 0
	bot.mach.Client.Client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/keys/query") {
			asked++
		}
		return bot.server.RoundTrip(r)
	})
	bot.server.mu.Lock()
	device := bot.server.devices["@alice:x"]
	delete(bot.server.devices, "@alice:x")
	bot.server.mu.Unlock()
	for range 3 {
		must(t, bot.learnDevice(t.Context(), bot.mach, "@alice:x", mail.Content.AsEncrypted().SenderKey))
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	bot.server.devices["@alice:x"] = device
	clear(bot.asked)
	must(t, bot.HandleToDevice(t.Context(), bot.mach, mail))
	if got := effects(t, bot, mail, message.SessionID); got != allOfIt || asked != 2 {
		t.Errorf("%s, asked %d times", got, asked)
	}
	for i := range 2 * maxAsked {
		bot.learnDevice(t.Context(), bot.mach, "@alice:x", id.SenderKey(fmt.Sprint(i)))
	}
	if len(bot.asked) > maxAsked {
		t.Errorf("%d are remembered", len(bot.asked))
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestAnotherDevice begins with nothing, whatever lies in the same store.
func TestAnotherDevice(t *testing.T) {
	_, bot, mail, message := keyMail(t, store.NewMem())
	must(t, bot.HandleToDevice(t.Context(), bot.mach, mail))
	c := bot.config
	c.Device = "DEV2"
	s := New(c)
	account, err := s.GetAccount(t.Context())
	must(t, err)
	token, err := s.LoadNextBatch(t.Context(), bot.user)
	must(t, err)
	key, err := s.GetGroupSession(t.Context(), testRoomID, message.SessionID)
	must(t, err)
	if account != nil || token != "" || key != nil {
		t.Errorf("account %v, token %q, key %v", account, token, key)
	}
}

// TestKeysHideIDs: no ID of Matrix stands in a key of a sealed store, nor in what
// lies on the disk; and everything stands in the Table.
func TestKeysHideIDs(t *testing.T) {
	mem := store.NewMem()
	d := sealed(t, mem)
	bot := New(indexedBy(config(d, "@bot:x"), d))
	ctx := t.Context()
	_, key := newKey(t, testRoomID, "alice")
	out, _ := newKey(t, testRoomID, "alice")
	pair := newPair(t, here)
	must(t, errors.Join(
		bot.PutAccount(ctx, pair.bot), bot.PutSecret(ctx, "secret-name", "secret-value"), bot.SaveNextBatch(ctx, "@bot:x", "token"),
		bot.AddSession(ctx, "alice-device", pair.in), bot.PutOlmHash(ctx, [32]byte{}, here), bot.PutGroupSession(ctx, key),
		bot.AddOutboundGroupSession(ctx, out), bot.MarkOutboundGroupSessionShared(ctx, "@alice:x", "alice-device", out.ID()),
		bot.PutDevices(ctx, "@alice:x", newDevices("@alice:x", 2)), bot.PutCrossSigningKey(ctx, "@alice:x", "master", "alice-master"),
		bot.PutSignature(ctx, "@alice:x", "alice-master", "@alice:x", "alice-device", "text"),
		bot.SetEncryptionEvent(ctx, testRoomID, rotating), bot.SetMembership(ctx, testRoomID, "@alice:x", event.MembershipJoin),
	))
	_, err := bot.ValidateMessageIndex(ctx, key.ID(), "$event", 1, 1)
	must(t, err)
	kinds := map[string]bool{}
	must(t, mem.View(ctx, func(r store.Reader) error {
		return each(r, "mx", func(row store.Pair) error {
			kind, _, _ := strings.Cut(row.Key, "/")
			kinds[kind] = true
			for _, id := range []string{"alice", "bot", "room", ":x", "DEV", "event", "secret", "master", "token-", string(key.ID()), string(out.ID())} {
				if rest := strings.TrimPrefix(row.Key, kind); strings.Contains(rest, id) {
					t.Errorf("key %s shows %q", row.Key, id)
				}
				if len(id) > 4 && strings.Contains(string(row.Value), id) {
					t.Errorf("value of %s shows %q", row.Key, id)
				}
			}
			return nil
		})
	}))
	for _, k := range Table {
		if !kinds[k.Name] {
			t.Errorf("nothing of kind %s was written", k.Name)
		}
	}
}
