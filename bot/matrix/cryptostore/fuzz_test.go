//go:build goolm

package cryptostore

import (
	"encoding/base64"
	"errors"
	"reflect"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/store"
)

// FuzzRows puts anything into every row: whoever reads it gets a value or an error
// that tells nothing of it, and no panic.
func FuzzRows(f *testing.F) {
	full := store.NewMem()
	s := New(config(full, "@bot:x"))
	fill(f, s)
	var rows []store.Pair
	must(f, full.View(f.Context(), func(r store.Reader) error {
		return each(r, "mx", func(row store.Pair) error {
			rows = append(rows, row)
			f.Add(row.Value)
			return nil
		})
	}))
	for _, text := range []string{"", "null", "{}", "[]", "[null]", `"x"`, "1", `{"p":""}`, `{"p":"AAAA"}`, `{"withheld":{}}`, "\xff"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > store.MaxValue/4 {
			return
		}
		for _, row := range rows {
			db := store.NewMem()
			must(t, db.Update(t.Context(), func(tx store.Tx) error {
				tx.Put(row.Key, raw)
				return nil
			}))
			readAll(t, config(db, "@bot:x"), raw)
		}
	})
}

const (
	fuzzRoom    = id.RoomID("!a:x")
	fuzzUser    = id.UserID("@a:x")
	fuzzSession = id.SessionID("session")
)

// fill writes one row of most kinds.
func fill(t testing.TB, s *Store) {
	t.Helper()
	ctx := t.Context()
	pair := newPair(t, here)
	out, in := newKey(t, fuzzRoom, "alice")
	_, err := s.ValidateMessageIndex(ctx, fuzzSession, "$e", 0, 1)
	must(t, errors.Join(err,
		s.PutAccount(ctx, pair.bot), s.PutSecret(ctx, "name", "value"),
		s.AddSession(ctx, "alice", pair.in), s.PutOlmHash(ctx, [32]byte{}, here), s.PutGroupSession(ctx, in),
		s.AddOutboundGroupSession(ctx, out), s.MarkOutboundGroupSessionShared(ctx, fuzzUser, "k", fuzzSession),
		s.PutDevices(ctx, fuzzUser, newDevices(fuzzUser, 2)), s.PutCrossSigningKey(ctx, fuzzUser, "master", "k"),
		s.PutSignature(ctx, fuzzUser, "k", fuzzUser, "k", "text"), s.SetEncryptionEvent(ctx, fuzzRoom, rotating),
		s.SetMembership(ctx, fuzzRoom, fuzzUser, "join"), s.MarkMembersFetched(ctx, fuzzRoom),
		s.SetPowerLevels(ctx, fuzzRoom, nil), s.SetJoinRules(ctx, fuzzRoom, nil),
	))
	s.put(ctx, s.roomRow(fuzzRoom, createPart), nil)
}

// readAll makes every call that reads, each with a Store of its own because a row
// that cannot be read stops it.
func readAll(t *testing.T, c Config, raw []byte) {
	ctx := t.Context()
	each := func(f func(s *Store) error) {
		t.Helper()
		err := f(New(c))
		if err == nil {
			return
		}
		if len(raw) > 8 && strings.Contains(err.Error(), string(raw)) {
			t.Errorf("the error quotes the row: %v", err)
		}
	}
	each(func(s *Store) error { _, err := s.GetAccount(ctx); return err })
	each(func(s *Store) error { _, err := s.GetSecret(ctx, "name"); return err })
	each(func(s *Store) error { _, err := s.GetSessions(ctx, "alice"); return err })
	each(func(s *Store) error { _, err := s.GetOlmHash(ctx, [32]byte{}); return err })
	each(func(s *Store) error { return s.DeleteOldOlmHashes(ctx, here) })
	each(func(s *Store) error { _, err := s.GetAllGroupSessions(ctx).AsList(); return err })
	each(func(s *Store) error { _, err := s.GetOutboundGroupSession(ctx, fuzzRoom); return err })
	each(func(s *Store) error {
		_, err := s.IsOutboundGroupSessionShared(ctx, fuzzUser, "k", fuzzSession)
		return err
	})
	each(func(s *Store) error { _, err := s.ValidateMessageIndex(ctx, fuzzSession, "$e", 0, 1); return err })
	each(func(s *Store) error { _, err := s.GetDevices(ctx, fuzzUser); return err })
	each(func(s *Store) error { _, err := s.FindDeviceByKey(ctx, fuzzUser, "k"); return err })
	each(func(s *Store) error { return s.PutDevice(ctx, fuzzUser, &id.Device{DeviceID: "X"}) })
	each(func(s *Store) error { _, err := s.GetOutdatedTrackedUsers(ctx); return err })
	each(func(s *Store) error { _, err := s.GetCrossSigningKeys(ctx, fuzzUser); return err })
	each(func(s *Store) error { _, err := s.GetSignaturesForKeyBy(ctx, fuzzUser, "k", fuzzUser); return err })
	each(func(s *Store) error { _, err := s.GetAllMembers(ctx, fuzzRoom); return err })
	each(func(s *Store) error { _, err := s.HasFetchedMembers(ctx, fuzzRoom); return err })
	each(func(s *Store) error { _, err := s.FindSharedRooms(ctx, fuzzUser); return err })
	each(func(s *Store) error { _, err := s.GetPowerLevels(ctx, fuzzRoom); return err })
	each(func(s *Store) error { _, err := s.GetJoinRules(ctx, fuzzRoom); return err })
	each(func(s *Store) error { _, err := s.GetCreate(ctx, fuzzRoom); return err })
	each(func(s *Store) error {
		s.StateFetched(fuzzRoom)
		encrypted, err := s.IsEncrypted(ctx, fuzzRoom)
		known := s.cfg.DB.View(ctx, func(r store.Reader) error {
			row, err := r.Get(s.roomRow(fuzzRoom, encryptionPart))
			if err == nil && row != nil {
				return errKnown
			}
			return err
		})
		if errors.Is(known, errKnown) && err == nil && !encrypted {
			t.Errorf("a row that says %q makes a room look unencrypted", raw)
		}
		return err
	})
}

var errKnown = errors.New("known")

// FuzzDevices: a list of devices is read as it was written, whatever they are called.
func FuzzDevices(f *testing.F) {
	f.Add("a", "b", "k", 3)
	f.Add("", "\u2028<>&\x00", "\U0001F511", 1000)
	f.Fuzz(func(t *testing.T, one, other, key string, n int) {
		one, other, key = strings.ToValidUTF8(one, "?"), strings.ToValidUTF8(other, "?"), strings.ToValidUTF8(key, "?")
		want := newDevices(fuzzUser, max(0, n%2000))
		for _, name := range []string{one, other} {
			want[id.DeviceID(name)] = &id.Device{UserID: fuzzUser, DeviceID: id.DeviceID(name), IdentityKey: id.Curve25519(key), SigningKey: id.Ed25519(key)}
		}
		s := New(config(store.NewMem(), "@bot:x"))
		if err := s.PutDevices(t.Context(), fuzzUser, want); err != nil {
			if !errors.Is(err, ErrTooLarge) {
				t.Error(err)
			}
			return
		}
		got, err := s.GetDevices(t.Context(), fuzzUser)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%d devices of %d, %v", len(got), len(want), err)
		}
	})
}

// FuzzToDevice: whatever an encrypted to-device event says, the machine goes on.
func FuzzToDevice(f *testing.F) {
	h := newHomeserver()
	bot := newPeer(f, h, "@bot:x", config(store.NewMem(), ""))
	alice := newPeer(f, h, "@alice:x", config(store.NewMem(), ""))
	if _, err := bot.sync(); err != nil {
		f.Fatal(err)
	}
	must(f, bot.PutDevices(f.Context(), "@alice:x", map[id.DeviceID]*id.Device{"DEV": alice.mach.OwnIdentity()}))
	if _, err := alice.encrypt(testRoomID, "hello", bot.user); err != nil {
		f.Fatal(err)
	}
	own, sender := bot.mach.OwnIdentity().IdentityKey, alice.mach.OwnIdentity().IdentityKey
	for _, evt := range h.sync(f, bot.user, "").ToDevice.Events {
		body := evt.Content.AsEncrypted().OlmCiphertext[own].Body
		raw, err := base64.RawStdEncoding.DecodeString(body)
		must(f, err)
		for kind := range 3 {
			f.Add(string(sender), kind, raw)
		}
		f.Add("unknown", 0, raw)
	}
	f.Add(string(sender), 0, []byte{})
	f.Fuzz(func(t *testing.T, key string, kind int, raw []byte) {
		evt := &event.Event{Sender: "@alice:x", Type: event.ToDeviceEncrypted}
		evt.Content.Parsed = &event.EncryptedEventContent{
			Algorithm: id.AlgorithmOlmV1, SenderKey: id.SenderKey(key),
			OlmCiphertext: event.OlmCiphertexts{own: {Type: id.OlmMsgType(kind), Body: base64.RawStdEncoding.EncodeToString(raw)}},
		}
		if err := bot.HandleToDevice(t.Context(), bot.mach, evt); err != nil {
			t.Fatal(err)
		}
	})
}
