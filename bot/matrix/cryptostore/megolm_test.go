//go:build goolm

package cryptostore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/olm"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/store"
	"lotse/store/storetest"
)

// newKey is a key of a room, as alice makes it and as the bot gets it.
func newKey(t testing.TB, room id.RoomID, sender id.SenderKey) (*crypto.OutboundGroupSession, *crypto.InboundGroupSession) {
	t.Helper()
	out, err := crypto.NewOutboundGroupSession(room, nil)
	must(t, err)
	in, err := crypto.NewInboundGroupSession(sender, "signing", room, out.Internal.Key(), time.Hour, 100, false)
	must(t, err)
	in.ReceivedAt = here
	out.CreationTime, out.LastEncryptedTime = here, here
	return out, in
}

func testInbound(b bench) {
	ctx := b.Context()
	get := func(room id.RoomID, session id.SessionID) *crypto.InboundGroupSession {
		b.Helper()
		return ask(b, func(m memory) (*crypto.InboundGroupSession, error) { return m.GetGroupSession(ctx, room, session) })
	}
	out, in := newKey(b, "!a:x", "alice")
	same(b, "before", get("!a:x", in.ID()), nil)
	in.ForwardingChains = []string{"x", "y,z"}
	in.RatchetSafety = crypto.RatchetSafety{NextIndex: 3, MissedIndices: []uint{1}, LostIndices: []uint{0}}
	in.IsScheduled, in.KeyBackupVersion, in.KeySource = true, "2", id.KeySourceForward
	b.do(func(m memory) error { return m.PutGroupSession(ctx, in) })
	out.Shared = true
	must(b, openMessage(get("!a:x", in.ID()), out))
	same(b, "other room", get("!b:x", in.ID()), nil)
	same(b, "record", describe(b, get("!a:x", in.ID())), describe(b, in))

	must(b, in.RatchetTo(5))
	b.do(func(m memory) error { return m.PutGroupSession(ctx, in) })
	same(b, "first index", get("!a:x", in.ID()).Internal.FirstKnownIndex(), 5)

	_, second := newKey(b, "!a:x", "alice")
	_, third := newKey(b, "!b:x", "alice")
	second.ForwardingChains, third.KeyBackupVersion = nil, "2"
	b.do(func(m memory) error { return m.PutGroupSession(ctx, second) })
	b.do(func(m memory) error { return m.PutGroupSession(ctx, third) })
	b.do(func(m memory) error {
		return m.PutWithheldGroupSession(ctx, event.RoomKeyWithheldEventContent{RoomID: "!a:x", SessionID: "w", Code: "c"})
	})
	expect := func(what string, want []*crypto.InboundGroupSession, f func(memory) ([]*crypto.InboundGroupSession, error)) {
		b.Helper()
		same(b, what, describeAll(b, ask(b, f)), describeAll(b, want))
	}
	expect("room", []*crypto.InboundGroupSession{in, second}, func(m memory) ([]*crypto.InboundGroupSession, error) {
		return m.GetGroupSessionsForRoom(ctx, "!a:x").AsList()
	})
	expect("all", []*crypto.InboundGroupSession{in, second, third}, func(m memory) ([]*crypto.InboundGroupSession, error) {
		return m.GetAllGroupSessions(ctx).AsList()
	})
	expect("other backup", []*crypto.InboundGroupSession{second}, func(m memory) ([]*crypto.InboundGroupSession, error) {
		return m.GetGroupSessionsWithoutKeyBackupVersion(ctx, "2").AsList()
	})
}

// openMessage decrypts one that was encrypted now.
func openMessage(in *crypto.InboundGroupSession, out *crypto.OutboundGroupSession) error {
	text, err := out.Internal.Encrypt([]byte("hello"))
	if err != nil {
		return err
	}
	plain, _, err := in.Internal.Decrypt(text)
	if err == nil && string(plain) != "hello" {
		return fmt.Errorf("decrypted %q", plain)
	}
	return err
}

// describe writes out everything a session is.
func describe(t testing.TB, g *crypto.InboundGroupSession) string {
	t.Helper()
	pickle, err := g.Internal.Pickle([]byte("test"))
	must(t, err)
	return fmt.Sprintf("%s %s %s %s %s %q %+v %s %d %d %v %s %s", g.ID(), pickle, g.SigningKey, g.SenderKey, g.RoomID,
		append([]string{}, g.ForwardingChains...), g.RatchetSafety, g.ReceivedAt.UTC(), g.MaxAge, g.MaxMessages, g.IsScheduled, g.KeyBackupVersion, g.KeySource)
}

func describeAll(t testing.TB, all []*crypto.InboundGroupSession) []string {
	t.Helper()
	var text []string
	for _, g := range all {
		text = append(text, describe(t, g))
	}
	slices.Sort(text)
	return text
}

func testRedact(b bench) {
	ctx := b.Context()
	keys := map[string]*crypto.InboundGroupSession{}
	for name, k := range map[string]struct {
		room   id.RoomID
		sender id.SenderKey
		at     time.Time
		age    time.Duration
	}{
		"a1": {"!a:x", "alice", here, time.Hour},
		"a2": {"!a:x", "bert", here, time.Hour},
		"b1": {"!b:x", "alice", here.Add(-2 * time.Hour), time.Hour},
		"c1": {"!c:x", "carl", here.Add(-3 * time.Hour), time.Hour},
		"c2": {"!c:x", "carl", time.Time{}, time.Hour},
		"c3": {"!c:x", "carl", here.Add(-3 * time.Hour), 0},
	} {
		_, g := newKey(b, k.room, k.sender)
		g.ReceivedAt, g.MaxAge = k.at, k.age.Milliseconds()
		keys[name] = g
		b.do(func(m memory) error { return m.PutGroupSession(ctx, g) })
		b.do(func(m memory) error { _, err := m.ValidateMessageIndex(ctx, g.ID(), "$1", 1, 1); return err })
		b.do(func(m memory) error { return m.MarkOutboundGroupSessionShared(ctx, "@u:x", "k", g.ID()) })
	}
	left := func(want string) {
		b.Helper()
		var names []string
		for name, g := range keys {
			got := ask(b, func(m memory) (*crypto.InboundGroupSession, error) { return m.GetGroupSession(ctx, g.RoomID, g.ID()) })
			if got != nil {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		same(b, "left", strings.Join(names, " "), want)
	}
	gone := func(want string, f func(memory) ([]id.SessionID, error)) {
		b.Helper()
		var names []string
		for _, session := range ask(b, f) {
			for name, g := range keys {
				if g.ID() == session {
					names = append(names, name)
				}
			}
		}
		slices.Sort(names)
		if !b.isFlaky { // when it was interrupted, it told of what was gone before only
			same(b, "gone", strings.Join(names, " "), want)
		}
	}
	if err := b.again().RedactGroupSession(ctx, "!a:x", "never", ""); err != nil && !b.isFlaky {
		b.Error(err)
	}
	if _, err := b.again().RedactGroupSessions(ctx, "", "", ""); err == nil {
		b.Error("all keys of everybody were redacted")
	}
	left("a1 a2 b1 c1 c2 c3")
	b.do(func(m memory) error { return m.RedactGroupSession(ctx, "!a:x", keys["a1"].ID(), "test") })
	left("a2 b1 c1 c2 c3")
	gone("", func(m memory) ([]id.SessionID, error) { return m.RedactGroupSessions(ctx, "!a:x", "alice", "") })
	gone("a2", func(m memory) ([]id.SessionID, error) { return m.RedactGroupSessions(ctx, "!a:x", "", "") })
	left("b1 c1 c2 c3")
	gone("b1", func(m memory) ([]id.SessionID, error) { return m.RedactGroupSessions(ctx, "", "alice", "") })
	left("c1 c2 c3")
	if b.isRef { // says "not implemented"
		return
	}
	gone("c2", func(m memory) ([]id.SessionID, error) { return m.RedactOutdatedGroupSessions(ctx) })
	left("c1 c3")
	gone("c1", func(m memory) ([]id.SessionID, error) { return m.RedactExpiredGroupSessions(ctx) })
	left("c3")
	gone("c3", func(m memory) ([]id.SessionID, error) { return m.RedactGroupSessions(ctx, "!c:x", "carl", "") })
	left("")
	for name, g := range keys { // nor is anything left of how they were used
		shared := ask(b, func(m memory) (bool, error) { return m.IsOutboundGroupSessionShared(ctx, "@u:x", "k", g.ID()) })
		fresh := ask(b, func(m memory) (bool, error) { return m.ValidateMessageIndex(ctx, g.ID(), "", 1, 0) })
		if shared || !fresh {
			b.Errorf("%s: shared %v, fresh %v", name, shared, fresh)
		}
	}
}

func testWithheld(b bench) {
	ctx := b.Context()
	_, g := newKey(b, "!a:x", "alice")
	get := func() *event.RoomKeyWithheldEventContent {
		b.Helper()
		return ask(b, func(m memory) (*event.RoomKeyWithheldEventContent, error) {
			return m.GetWithheldGroupSession(ctx, "!a:x", g.ID())
		})
	}
	withhold := func(code event.RoomKeyWithheldCode) event.RoomKeyWithheldEventContent {
		w := event.RoomKeyWithheldEventContent{RoomID: "!a:x", Algorithm: id.AlgorithmMegolmV1, SessionID: g.ID(), SenderKey: "alice", Code: code, Reason: "because"}
		b.do(func(m memory) error { return m.PutWithheldGroupSession(ctx, w) })
		return w
	}
	same(b, "before", get(), nil)
	withhold(event.RoomKeyWithheldNoOlmSession)
	want := withhold(event.RoomKeyWithheldUnverified)
	same(b, "withheld", *get(), want)
	b.do(func(m memory) error {
		_, err := m.GetGroupSession(ctx, "!a:x", g.ID())
		if !errors.Is(err, crypto.ErrGroupSessionWithheld) || !strings.Contains(err.Error(), string(event.RoomKeyWithheldUnverified)) {
			if b.isFlaky && errors.Is(err, errFlaky) {
				return err
			}
			b.Errorf("the error is %v", err)
		}
		return nil
	})
	b.do(func(m memory) error { return m.PutGroupSession(ctx, g) })
	withhold(event.RoomKeyWithheldBlacklisted) // comes too late
	got := ask(b, func(m memory) (*crypto.InboundGroupSession, error) { return m.GetGroupSession(ctx, "!a:x", g.ID()) })
	same(b, "key", describe(b, got), describe(b, g))
	if !b.isRef { // remembers both, though the interface says that one replaces the other
		same(b, "withheld", get(), nil)
	}
}

func testOutbound(b bench) {
	ctx := b.Context()
	get := func(room id.RoomID) *crypto.OutboundGroupSession {
		b.Helper()
		return ask(b, func(m memory) (*crypto.OutboundGroupSession, error) { return m.GetOutboundGroupSession(ctx, room) })
	}
	same(b, "before", get("!a:x"), nil)
	out, in := newKey(b, "!a:x", "bot")
	out.Shared, out.MaxMessages, out.MaxAge = true, 7, 3*time.Hour+time.Nanosecond
	b.do(func(m memory) error { return m.AddOutboundGroupSession(ctx, out) })
	same(b, "other room", get("!b:x"), nil)
	for i := range 3 {
		g := get("!a:x")
		if g.RoomID != "!a:x" || g.ID() != out.ID() || !g.Shared || g.MaxMessages != 7 || g.MaxAge != out.MaxAge || g.MessageCount != i || !g.CreationTime.Equal(here) || g.Internal.MessageIndex() != uint(i) {
			b.Errorf("got %+v", g)
		}
		g.CreationTime = time.Now() // or it is expired
		text, err := g.Encrypt([]byte("hello"))
		must(b, err)
		g.CreationTime = here
		b.do(func(m memory) error { return m.UpdateOutboundGroupSession(ctx, g) })
		_, index, err := in.Internal.Decrypt(text)
		must(b, err)
		same(b, "index", index, uint(i))
	}
	old := get("!a:x")
	b.do(func(m memory) error { return m.RemoveOutboundGroupSession(ctx, "!a:x") })
	b.do(func(m memory) error { return m.RemoveOutboundGroupSession(ctx, "!a:x") })
	same(b, "removed", get("!a:x"), nil)
	b.do(func(m memory) error { return m.UpdateOutboundGroupSession(ctx, old) })
	same(b, "updated after it was removed", get("!a:x"), nil)

	next, _ := newKey(b, "!a:x", "bot")
	b.do(func(m memory) error { return m.AddOutboundGroupSession(ctx, next) })
	b.do(func(m memory) error { return m.UpdateOutboundGroupSession(ctx, old) })
	same(b, "updated after it was replaced", get("!a:x").ID(), next.ID())
}

func testShared(b bench) {
	ctx := b.Context()
	expect := func(user id.UserID, key id.IdentityKey, session id.SessionID, want bool) {
		b.Helper()
		same(b, "shared", ask(b, func(m memory) (bool, error) { return m.IsOutboundGroupSessionShared(ctx, user, key, session) }), want)
	}
	expect("@a:x", "k", "s", false)
	b.do(func(m memory) error { return m.MarkOutboundGroupSessionShared(ctx, "@a:x", "k", "s") })
	b.do(func(m memory) error { return m.MarkOutboundGroupSessionShared(ctx, "@a:x", "k", "s") })
	expect("@a:x", "k", "s", true)
	expect("@b:x", "k", "s", false)
	expect("@a:x", "l", "s", false)
	expect("@a:x", "k", "t", false)
}

func testIndex(b bench) {
	ctx := b.Context()
	for _, step := range []struct {
		session id.SessionID
		event   id.EventID
		index   uint
		at      int64
		want    bool
	}{
		{"s", "", 0, 0, true}, // asks only
		{"s", "$1", 0, 1000, true},
		{"s", "$1", 0, 1000, true}, // the same again
		{"s", "$1", 0, 1001, false},
		{"s", "$2", 0, 1000, false},
		{"s", "", 0, 0, false},
		{"s", "$2", 1, 1000, true},
		{"t", "$3", 0, 1000, true},
		{"s", "$4", 1 << 31, 1000, true},
		{"s", "$5", 1 << 31, 1000, false},
		{"s", "$1", 0, 1000, true},
		{"s", "", 2, 5, true},
		{"s", "$6", 2, 5, false},
	} {
		got := ask(b, func(m memory) (bool, error) {
			return m.ValidateMessageIndex(ctx, step.session, step.event, step.index, step.at)
		})
		if got != step.want {
			b.Errorf("%+v: got %v", step, got)
		}
	}
}

// TestGiver: who gave a key first, that can give more of it; nobody else can, nor take
// of it, nor of what was made here.
func TestGiver(t *testing.T) {
	s := New(config(storetest.Twice(store.NewMem()), ""))
	out, whole := newKey(t, "!a:x", "alice's")
	from := func(index uint32, sender id.SenderKey) *crypto.InboundGroupSession {
		raw, err := whole.Internal.Export(index)
		must(t, err)
		in, err := olm.InboundGroupSessionImport(raw)
		must(t, err)
		return &crypto.InboundGroupSession{Internal: in, SenderKey: sender, RoomID: "!a:x", ReceivedAt: here}
	}
	for i, step := range []struct {
		by    id.UserID // "" is mautrix itself
		first uint32
		is    uint32
	}{
		{"@alice:x", 5, 5},
		{"@eve:x", 3, 5},
		{"@alice:x", 7, 5},
		{"@alice:x", 2, 2},
		{"", 4, 4}, // it moves on
	} {
		ctx, sender := t.Context(), id.SenderKey("key of "+step.by)
		if step.by != "" {
			ctx = context.WithValue(ctx, giverKey{}, step.by)
		}
		must(t, s.PutGroupSession(ctx, from(step.first, sender)))
		hers, err := s.Gave(t.Context(), "@alice:x", "!a:x", out.ID())
		must(t, err)
		g, err := s.GetGroupSession(t.Context(), "!a:x", out.ID())
		must(t, err)
		if !hers || g.Internal.FirstKnownIndex() != step.is {
			t.Errorf("%d: given by alice: %v, from %d on", i, hers, g.Internal.FirstKnownIndex())
		}
	}
	mine, in := newKey(t, "!a:x", "mine")
	must(t, s.PutGroupSession(t.Context(), in))
	must(t, s.PutGroupSession(context.WithValue(t.Context(), giverKey{}, id.UserID("@eve:x")), in))
	eves, err := s.Gave(t.Context(), "@eve:x", "!a:x", mine.ID())
	if err != nil || eves {
		t.Errorf("what was made here is eve's, %v", err)
	}
}
