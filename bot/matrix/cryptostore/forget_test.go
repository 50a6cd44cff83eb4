//go:build goolm

package cryptostore

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/store"
	"lotse/store/storetest"
)

// rows are all keys there are.
func rows(t testing.TB, db store.DB) (all []store.Pair) {
	t.Helper()
	must(t, db.View(t.Context(), func(r store.Reader) error {
		all = nil
		return each(r, "", func(row store.Pair) error {
			all = append(all, row)
			return nil
		})
	}))
	return all
}

// fillTalk writes rows of every kind about a talk of two.
func (s *Store) fillTalk(t testing.TB, room id.RoomID, user id.UserID) {
	t.Helper()
	ctx, key := t.Context(), "key of "+string(user)
	out, in := newKey(t, room, id.SenderKey(key))
	pair := newPair(t, here)
	devices := map[id.DeviceID]*id.Device{"PHONE": {UserID: user, DeviceID: "PHONE", IdentityKey: id.IdentityKey(key), SigningKey: "signs for " + id.SigningKey(user)}}
	_, err := s.ValidateMessageIndex(ctx, in.ID(), "$e", 0, 1)
	must(t, errors.Join(err,
		s.PutGroupSession(ctx, in), s.AddOutboundGroupSession(ctx, out), s.MarkOutboundGroupSessionShared(ctx, user, id.IdentityKey(key), out.ID()),
		s.PutWithheldGroupSession(ctx, event.RoomKeyWithheldEventContent{RoomID: room, SessionID: "withheld"}),
		s.AddSession(ctx, id.SenderKey(key), pair.in), s.PutDevices(ctx, user, devices), s.PutCrossSigningKey(ctx, user, "master", "k"),
		s.PutSignature(ctx, user, "k", user, "k", "text"), s.SetEncryptionEvent(ctx, room, rotating),
		s.SetMembership(ctx, room, user, event.MembershipJoin), s.SetMembership(ctx, room, s.cfg.User, event.MembershipJoin), s.MarkMembersFetched(ctx, room),
		s.SetPowerLevels(ctx, room, &event.PowerLevelsEventContent{Users: map[id.UserID]int{user: 100}}),
		s.SetCreate(ctx, &event.Event{Type: event.StateCreate, RoomID: room, Sender: user}), s.SetJoinRules(ctx, room, &event.JoinRulesEventContent{}),
		s.put(ctx, s.key("mxbeside", s.room(room)), "$last"),
	))
}

// fillDevice writes what belongs to the device itself.
func (s *Store) fillDevice(t testing.TB) {
	t.Helper()
	ctx := t.Context()
	must(t, errors.Join(
		s.PutAccount(ctx, newPair(t, here).bot), s.PutSecret(ctx, "name", "value"), s.PutOlmHash(ctx, [32]byte{}, here),
		s.PutDevices(ctx, s.cfg.User, newDevices(s.cfg.User, 1)), s.PutCrossSigningKey(ctx, s.cfg.User, "master", "k"),
	))
}

// TestForgetRoom: nothing is left of the room, and of those who were only there, but that
// it was encrypted. A kind that is not named here is about neither.
func TestForgetRoom(t *testing.T) {
	for name, forget := range map[string]func(*Store) error{
		"left":          func(s *Store) error { return s.ForgetRoom(t.Context(), "!talk:x") },
		"not in it":     func(s *Store) error { return s.Keep(t.Context(), []id.RoomID{"!other:x", "!desk:x"}) },
		"left, flaking": nil,
	} {
		t.Run(name, func(t *testing.T) {
			mem := store.NewMem()
			c := config(storetest.Twice(mem), "@bot:x")
			c.Beside = []string{"mxbeside"}
			s := New(c)
			s.fillDevice(t)
			s.fillTalk(t, "!other:x", "@eva:x")
			must(t, s.SetMembership(t.Context(), "!desk:x", "@eva:x", event.MembershipJoin))
			before := rows(t, mem)
			s.fillTalk(t, "!talk:x", "@alice:x")
			must(t, s.SetMembership(t.Context(), "!talk:x", "@eva:x", event.MembershipJoin))
			kinds := map[string]bool{}
			for _, row := range rows(t, mem) {
				kind, _, _ := strings.Cut(row.Key, "/")
				kinds[kind] = true
			}
			for _, k := range Table {
				if !kinds[k.Name] {
					t.Errorf("nothing of kind %s was written", k.Name)
				}
			}
			if forget != nil {
				must(t, forget(s))
			} else { // interrupted again and again
				c.DB = storetest.Flaky(mem, sometimes(5))
				for New(c).ForgetRoom(t.Context(), "!talk:x") != nil {
				}
			}
			after := rows(t, mem)
			encrypted := New(config(mem, "@bot:x")).roomRow("!talk:x", encryptionPart)
			after = slices.DeleteFunc(after, func(row store.Pair) bool { return row.Key == encrypted })
			if fmt.Sprintf("%q", after) != fmt.Sprintf("%q", before) {
				for _, row := range after {
					if !slices.ContainsFunc(before, func(old store.Pair) bool { return old.Key == row.Key }) {
						t.Errorf("left: %s", row.Key)
					}
				}
				t.Errorf("%d rows are left, want %d", len(after), len(before))
			}
			if is, err := New(config(mem, "@bot:x")).IsEncrypted(t.Context(), "!talk:x"); !is || err != nil {
				t.Errorf("encrypted: %v, %v", is, err)
			}
		})
	}
}

// TestForgetPast: what was said cannot be read any more, what is said next can.
func TestForgetPast(t *testing.T) {
	h := newHomeserver()
	alice, bot := newPeer(t, h, "@alice:x", config(store.NewMem(), "")), newPeer(t, h, "@bot:x", config(store.NewMem(), ""))
	both := []id.UserID{alice.user, bot.user}
	var said []*event.EncryptedEventContent
	say := func() {
		t.Helper()
		message, err := alice.encrypt(testRoomID, fmt.Sprint("message ", len(said)), both...)
		must(t, err)
		said = append(said, message)
		bot.drain()
	}
	reads := func(n int) error {
		_, err := bot.decrypt(testRoomID, alice.user, n, said[n])
		return err
	}
	for n := range 5 { // the key changes after the third
		say()
		must(t, reads(n))
	}
	mine, err := bot.encrypt(testRoomID, "answer", both...)
	must(t, err)
	must(t, bot.ForgetPast(t.Context(), testRoomID))
	for n := range said {
		if err := reads(n); err == nil {
			t.Errorf("message %d can be read", n)
		}
	}
	if _, err := bot.decrypt(testRoomID, bot.user, 0, mine); !errors.Is(err, crypto.ErrNoSessionFound) {
		t.Errorf("the bot's own words: %v", err)
	}
	say()
	must(t, reads(5))
	must(t, bot.ForgetPast(t.Context(), testRoomID)) // also when nothing was said since
	must(t, bot.ForgetPast(t.Context(), testRoomID))
	next, err := bot.encrypt(testRoomID, "next", both...)
	must(t, err)
	if next.SessionID == mine.SessionID {
		t.Error("the bot goes on with the key that it had")
	}
}

// TestExpire: keys go after a month, and not before nobody can use them.
func TestExpire(t *testing.T) {
	const day = 24 * time.Hour
	s := New(config(store.NewMem(), "@bot:x"))
	ctx := t.Context()
	keys := map[string]*crypto.InboundGroupSession{}
	for name, k := range map[string]struct{ age, use time.Duration }{
		"new":             {0, 7 * day},
		"of a month":      {KeyFor, 7 * day},
		"older":           {KeyFor + day, 7 * day},
		"in use for long": {KeyFor + day, 100 * day},
		"no more":         {201 * day, 100 * day},
		"for ever":        {KeyFor + day, 1 << 62},
		"never":           {KeyFor + day, -1 << 62},
		"nobody knows":    {KeyFor + day, 0},
	} {
		_, g := newKey(t, "!a:x", "alice")
		g.ReceivedAt, g.MaxAge = here.Add(-k.age), k.use.Milliseconds()
		keys[name] = g
		must(t, s.PutGroupSession(ctx, g))
	}
	for session, age := range map[id.SessionID]time.Duration{"withheld": day, "withheld long ago": KeyFor + day} {
		c := config(s.cfg.DB, "@bot:x")
		c.Now = func() time.Time { return here.Add(-age) }
		must(t, New(c).PutWithheldGroupSession(ctx, event.RoomKeyWithheldEventContent{RoomID: "!a:x", SessionID: session}))
	}
	must(t, s.Expire(ctx))
	var left []string
	for name, g := range keys {
		if got, err := s.GetGroupSession(ctx, "!a:x", g.ID()); err != nil {
			t.Error(err)
		} else if got != nil {
			left = append(left, name)
		}
	}
	for _, session := range []id.SessionID{"withheld", "withheld long ago"} {
		if w, err := s.GetWithheldGroupSession(ctx, "!a:x", session); err != nil {
			t.Error(err)
		} else if w != nil {
			left = append(left, string(session))
		}
	}
	slices.Sort(left)
	if got := strings.Join(left, ", "); got != "for ever, in use for long, new, of a month, withheld" {
		t.Errorf("left: %s", got)
	}
}

// TestForgetOthers: of a device that is no more nothing is left.
func TestForgetOthers(t *testing.T) {
	mem := store.NewMem()
	c := config(storetest.Twice(mem), "@bot:x")
	c.Beside = []string{"mxbeside"}
	s := New(c)
	s.fillDevice(t)
	s.fillTalk(t, "!talk:x", "@alice:x")
	before := fmt.Sprintf("%q", rows(t, mem))
	for _, device := range []id.DeviceID{"ABEFORE", "ZAFTER"} {
		c.Device = device
		other := New(c)
		other.fillDevice(t)
		for i := range 2 * page {
			other.fillTalk(t, id.RoomID(fmt.Sprintf("!talk%d:x", i)), "@alice:x")
		}
	}
	must(t, s.ForgetOthers(t.Context(), "mxbeside"))
	if after := fmt.Sprintf("%q", rows(t, mem)); after != before {
		t.Errorf("there is %s, there was %s", after, before)
	}
}
