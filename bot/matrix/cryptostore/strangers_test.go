//go:build goolm

package cryptostore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/store"
)

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
	asked, down := 0, true
	bot.mach.Client.Client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/keys/query") {
			asked++
		}
		if down {
			return nil, errors.New("the server is down")
		}
		return bot.server.RoundTrip(r)
	})
	must(t, bot.learnDevice(t.Context(), bot.mach, "@alice:x", mail.Content.AsEncrypted().SenderKey))
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	asked, down = 0, false
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
	key, err := s.GetGroupSession(t.Context(), testRoomID, message.SessionID)
	must(t, err)
	if account != nil || key != nil {
		t.Errorf("account %v, key %v", account, key)
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
		bot.PutAccount(ctx, pair.bot), bot.PutSecret(ctx, "secret-name", "secret-value"),
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

// A putter counts what is written.
type putter struct {
	store.DB
	puts int
}

func (p *putter) Update(ctx context.Context, f func(store.Tx) error) error {
	return p.DB.Update(ctx, func(tx store.Tx) error { return f(puttingTx{tx, p}) })
}

type puttingTx struct {
	store.Tx
	p *putter
}

func (tx puttingTx) Put(key string, value []byte) {
	tx.p.puts++
	tx.Tx.Put(key, value)
}

// TestToldAgain: what the server tells again is not written again.
func TestToldAgain(t *testing.T) {
	db := &putter{DB: store.NewMem()}
	s := New(config(db, "@bot:x"))
	tell := func() {
		must(t, s.PutSignature(t.Context(), "@a:x", "k", "@a:x", "k", "text"))
		must(t, s.PutCrossSigningKey(t.Context(), "@a:x", id.XSUsageMaster, "k"))
		must(t, s.SetPowerLevels(t.Context(), "!a:x", &event.PowerLevelsEventContent{Users: map[id.UserID]int{"@a:x": 1, "@b:x": 2, "@c:x": 3}}))
	}
	tell()
	if db.puts != 3 {
		t.Errorf("%d rows were written", db.puts)
	}
	tell()
	if db.puts != 3 {
		t.Errorf("%d rows were written again", db.puts-3)
	}
}
