//go:build goolm

package cryptostore

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"runtime"
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
	since, err := bot.since()
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
	if _, err := s.GetSecret(t.Context(), "a"); !errors.Is(err, ErrStopped) || !errors.Is(err, ErrPoison) {
		t.Errorf("got %v", err)
	}
	if got, err := New(config(db, "@bot:x")).GetSecret(t.Context(), "a"); got != "" || err != nil {
		t.Errorf("half of it was written: %q, %v", got, err)
	}
}

// TestPoison: an event at which the machine panics is told from all others, and
// leaves nothing.
func TestPoison(t *testing.T) {
	_, bot, mail, message := keyMail(t, store.NewMem())
	bot.mach.SessionReceived = func(context.Context, id.RoomID, id.SessionID, uint32) { panic("somebody's name") }
	err := bot.HandleToDevice(t.Context(), bot.mach, mail)
	if !errors.Is(err, ErrPoison) || !errors.Is(bot.Err(), ErrStopped) || strings.Contains(err.Error(), "name") {
		t.Errorf("got %v, and then %v", err, bot.Err())
	}
	bot.restart()
	if got := effects(t, bot, mail, message.SessionID); got != nothing {
		t.Error(got)
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

// TestNobodyReadsHalf: what a batch has written is not seen before its commit, nor
// is what it was before: one waits.
func TestNobodyReadsHalf(t *testing.T) {
	s := New(config(store.NewMem(), "@bot:x"))
	read := make(chan string, 2)
	must(t, s.together(t.Context(), func(ctx context.Context) {
		must(t, s.PutSecret(ctx, "a", "1"))
		go func() {
			got, err := s.GetSecret(context.Background(), "a")
			if err != nil {
				got = err.Error()
			}
			read <- got
		}()
		for range 1000 {
			runtime.Gosched() // it has every chance to be too early
		}
	}))
	if got := <-read; got != "1" {
		t.Errorf("got %q", got)
	}
}

// TestOnePointer: there is one copy of a ratchet, even if it moved and its row was
// not written yet.
func TestOnePointer(t *testing.T) {
	ctx := t.Context()
	s := New(config(store.NewMem(), "@bot:x"))
	p := newPair(t, here)
	must(t, s.AddSession(ctx, "alice", p.in))
	for name, s := range map[string]*Store{"added": s, "read": New(s.cfg)} {
		one, err := s.GetLatestSession(ctx, "alice")
		must(t, err)
		all, err := s.GetSessions(ctx, "alice")
		must(t, err)
		if len(all) != 1 || all[0] != one || (one == p.in) != (name == "added") {
			t.Errorf("%s: another copy", name)
		}
	}
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
