//go:build goolm

package cryptostore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/store"
	"lotse/store/storetest"
)

func testMember(b bench) {
	ctx := b.Context()
	const room, user = id.RoomID("!a:x"), id.UserID("@a:x")
	is := func(want event.Membership) {
		b.Helper()
		got := ask(b, func(m memory) (*event.MemberEventContent, error) { return m.GetMember(ctx, room, user) })
		same(b, "membership", got.Membership, want)
		known := ask(b, func(m memory) (*event.MemberEventContent, error) { return m.TryGetMember(ctx, room, user) })
		if known == nil && want != event.MembershipLeave || known != nil && known.Membership != want {
			b.Errorf("known as %+v, want %v", known, want)
		}
		b.yes(want == event.MembershipJoin, func(m memory) bool { return m.IsInRoom(ctx, room, user) })
		b.yes(want == event.MembershipJoin || want == event.MembershipInvite, func(m memory) bool { return m.IsInvited(ctx, room, user) })
		b.yes(want == event.MembershipBan, func(m memory) bool { return m.IsMembership(ctx, room, user, "ban", "knock") })
		b.yes(false, func(m memory) bool { return m.IsMembership(ctx, room, user) })
	}
	is(event.MembershipLeave)
	for _, membership := range []event.Membership{event.MembershipInvite, event.MembershipJoin, event.MembershipLeave, event.MembershipBan, event.MembershipJoin} {
		b.do(func(m memory) error { return m.SetMembership(ctx, room, user, membership) })
		is(membership)
		b.do(func(m memory) error {
			return m.SetMember(ctx, room, user, &event.MemberEventContent{Membership: membership, Displayname: "Rima"})
		})
		is(membership)
	}
	b.yes(false, func(m memory) bool { return m.IsInRoom(ctx, "!b:x", user) })
	b.yes(false, func(m memory) bool { return m.IsInRoom(ctx, room, "@b:x") })
	if !b.isRef { // keeps names, which nobody needs
		got := ask(b, func(m memory) (*event.MemberEventContent, error) { return m.GetMember(ctx, room, user) })
		same(b, "content", got, &event.MemberEventContent{Membership: event.MembershipJoin})
	}
	names := ask(b, func(m memory) ([]id.UserID, error) { return m.IsConfusableName(ctx, room, "@b:x", "Rima") })
	same(b, "who is called alike", len(names), 0)
}

// memberEvents tell of n members, and of some who are not.
func memberEvents(t testing.TB, from, to int) (evts []*event.Event) {
	t.Helper()
	for i := from; i < to; i++ {
		membership := []string{"join", "invite", "join", "leave", "ban"}[i%5]
		evt := &event.Event{}
		must(t, json.Unmarshal(fmt.Appendf(nil, `{"type":"m.room.member","room_id":"!a:x","state_key":"@%03d:x","content":{"membership":"%s"}}`, i, membership), evt))
		evt.Type.Class = event.StateEventType
		must(t, evt.Content.ParseRaw(evt.Type))
		evts = append(evts, evt)
	}
	return evts
}

func testMembers(b bench) {
	ctx := b.Context()
	const room = id.RoomID("!a:x")
	members := func() map[id.UserID]event.Membership {
		b.Helper()
		got := ask(b, func(m memory) (map[id.UserID]*event.MemberEventContent, error) { return m.GetAllMembers(ctx, room) })
		all := map[id.UserID]event.Membership{}
		for user, content := range got {
			if content.Membership != event.MembershipLeave { // the reference remembers who has left
				all[user] = content.Membership
			}
		}
		return all
	}
	expect := func(want map[id.UserID]event.Membership, fetched bool) {
		b.Helper()
		same(b, "members", members(), want)
		same(b, "fetched", ask(b, func(m memory) (bool, error) { return m.HasFetchedMembers(ctx, room) }), fetched)
		if b.isRef { // counts those who have left or are banned
			return
		}
		here := ask(b, func(m memory) ([]id.UserID, error) { return m.GetRoomJoinedOrInvitedMembers(ctx, room) })
		want = maps.Clone(want)
		maps.DeleteFunc(want, func(_ id.UserID, m event.Membership) bool { return m == event.MembershipBan })
		same(b, "here", here, append([]id.UserID(nil), slices.Sorted(maps.Keys(want))...))
	}
	of := func(evts []*event.Event) map[id.UserID]event.Membership {
		all := map[id.UserID]event.Membership{}
		for _, evt := range evts {
			if m := evt.Content.AsMember().Membership; m != event.MembershipLeave {
				all[id.UserID(evt.GetStateKey())] = m
			}
		}
		return all
	}
	expect(map[id.UserID]event.Membership{}, false)
	first := memberEvents(b, 0, 130)
	b.do(func(m memory) error { return m.SetMembership(ctx, "!other:x", "@o:x", event.MembershipJoin) })
	if b.isRef { // clears nothing when everything is to be cleared
		for _, evt := range first {
			b.do(func(m memory) error {
				return m.SetMember(ctx, room, id.UserID(evt.GetStateKey()), evt.Content.AsMember())
			})
		}
		b.do(func(m memory) error { return m.MarkMembersFetched(ctx, room) })
		expect(of(first), true)
		return
	}
	b.do(func(m memory) error { return m.ReplaceCachedMembers(ctx, room, first) })
	expect(of(first), true)
	second := memberEvents(b, 50, 60)
	b.do(func(m memory) error { return m.ReplaceCachedMembers(ctx, room, second) })
	expect(of(second), true)

	invited := memberEvents(b, 61, 62)
	b.do(func(m memory) error { return m.ReplaceCachedMembers(ctx, room, invited, event.MembershipInvite) })
	want := of(second)
	maps.DeleteFunc(want, func(_ id.UserID, m event.Membership) bool { return m == event.MembershipInvite })
	maps.Copy(want, of(invited))
	expect(want, false)
	b.do(func(m memory) error { return m.MarkMembersFetched(ctx, room) })
	expect(want, true)
	b.do(func(m memory) error {
		return m.ClearCachedMembers(ctx, room, event.MembershipBan, event.MembershipInvite)
	})
	maps.DeleteFunc(want, func(_ id.UserID, m event.Membership) bool { return m != event.MembershipJoin })
	expect(want, false)
	b.do(func(m memory) error { return m.ClearCachedMembers(ctx, room) })
	expect(map[id.UserID]event.Membership{}, false)
	b.yes(true, func(m memory) bool { return m.IsInRoom(ctx, "!other:x", "@o:x") })
}

func testRoom(b bench) {
	ctx := b.Context()
	const room = id.RoomID("!a:x")
	levels := func() *event.PowerLevelsEventContent {
		b.Helper()
		return ask(b, func(m memory) (*event.PowerLevelsEventContent, error) { return m.GetPowerLevels(ctx, room) })
	}
	same(b, "levels before", levels(), nil)
	same(b, "create before", ask(b, func(m memory) (*event.Event, error) { return m.GetCreate(ctx, room) }), nil)
	same(b, "rules before", ask(b, func(m memory) (*event.JoinRulesEventContent, error) { return m.GetJoinRules(ctx, room) }), nil)

	kick := 30
	b.do(func(m memory) error {
		return m.SetPowerLevels(ctx, room, &event.PowerLevelsEventContent{Users: map[id.UserID]int{"@a:x": 100}, UsersDefault: 5, Events: map[string]int{"m.room.name": 40}, KickPtr: &kick})
	})
	got := levels()
	if got.GetUserLevel("@a:x") != 100 || got.GetUserLevel("@b:x") != 5 || got.GetEventLevel(event.StateRoomName) != 40 || got.Kick() != 30 || got.Ban() != 50 {
		b.Errorf("levels: %+v", got.Users)
	}
	create := &event.Event{}
	must(b, json.Unmarshal([]byte(`{"type":"m.room.create","room_id":"!a:x","sender":"@c:x","event_id":"$c","state_key":"","content":{"room_version":"12","creator":"@c:x"}}`), create))
	create.Type.Class = event.StateEventType
	must(b, create.Content.ParseRaw(create.Type))
	b.do(func(m memory) error { return m.SetCreate(ctx, create) })
	made := ask(b, func(m memory) (*event.Event, error) { return m.GetCreate(ctx, room) })
	if made.Sender != "@c:x" || made.ID != "$c" || made.Type != event.StateCreate || made.Content.AsCreate().RoomVersion != "12" {
		b.Errorf("create: %+v", made)
	}
	got = levels()
	if got.CreateEvent == nil || got.GetUserLevel("@c:x") <= 100 {
		b.Errorf("in this version of rooms the creator stands above all: %d", got.GetUserLevel("@c:x"))
	}
	rules := &event.JoinRulesEventContent{JoinRule: event.JoinRuleRestricted, Allow: []event.JoinRuleAllow{{RoomID: "!b:x", Type: "m.room_membership"}}}
	b.do(func(m memory) error { return m.SetJoinRules(ctx, room, rules) })
	same(b, "rules", ask(b, func(m memory) (*event.JoinRulesEventContent, error) { return m.GetJoinRules(ctx, room) }), rules)
	same(b, "other room", ask(b, func(m memory) (*event.PowerLevelsEventContent, error) { return m.GetPowerLevels(ctx, "!b:x") }), nil)
}

func testEncryption(b bench) {
	ctx := b.Context()
	get := func(room id.RoomID) *event.EncryptionEventContent {
		b.Helper()
		return ask(b, func(m memory) (*event.EncryptionEventContent, error) { return m.GetEncryptionEvent(ctx, room) })
	}
	same(b, "before", get("!a:x"), nil)
	megolm := &event.EncryptionEventContent{Algorithm: id.AlgorithmMegolmV1, RotationPeriodMillis: 1000, RotationPeriodMessages: 3}
	b.do(func(m memory) error { return m.SetEncryptionEvent(ctx, "!a:x", megolm) })
	same(b, "event", get("!a:x"), megolm)
	same(b, "encrypted", ask(b, func(m memory) (bool, error) { return m.IsEncrypted(ctx, "!a:x") }), true)

	shared := func(user id.UserID) []id.RoomID {
		b.Helper()
		rooms := ask(b, func(m memory) ([]id.RoomID, error) { return m.FindSharedRooms(ctx, user) })
		slices.Sort(rooms)
		return rooms
	}
	same(b, "shared before", len(shared("@a:x")), 0)
	for _, room := range []id.RoomID{"!a:x", "!b:x"} {
		b.do(func(m memory) error { return m.SetEncryptionEvent(ctx, room, megolm) })
		b.do(func(m memory) error { return m.SetMembership(ctx, room, "@a:x", event.MembershipJoin) })
	}
	b.do(func(m memory) error { return m.SetMembership(ctx, "!b:x", "@b:x", event.MembershipInvite) })
	same(b, "shared", shared("@a:x"), []id.RoomID{"!a:x", "!b:x"})
	same(b, "shared", shared("@b:x"), []id.RoomID{"!b:x"})
	if b.isRef { // counts rooms that are not encrypted, and those who have left
		return
	}
	b.do(func(m memory) error { return m.SetMembership(ctx, "!plain:x", "@a:x", event.MembershipJoin) })
	b.do(func(m memory) error { return m.SetMembership(ctx, "!b:x", "@a:x", event.MembershipLeave) })
	same(b, "shared", shared("@a:x"), []id.RoomID{"!a:x"})
}

// TestEncryptionFailsClosed: nothing that a server says, forgets or never said
// makes a room look unencrypted.
func TestEncryptionFailsClosed(t *testing.T) {
	megolm := &event.EncryptionEventContent{Algorithm: id.AlgorithmMegolmV1}
	fast := &event.EncryptionEventContent{Algorithm: id.AlgorithmMegolmV1, RotationPeriodMessages: 1}
	foreign := &event.EncryptionEventContent{Algorithm: "org.example.rot13"}
	endless := &event.EncryptionEventContent{Algorithm: id.Algorithm(strings.Repeat("<", maxRecord))}
	const yes, no, unknown = "yes", "no", "unknown"
	for name, test := range map[string]struct {
		told    []*event.EncryptionEventContent
		fetched bool
		restart bool
		want    string
	}{
		"nothing known":                {want: unknown},
		"state fetched":                {fetched: true, want: no},
		"fetched by an older process":  {fetched: true, restart: true, want: unknown},
		"told":                         {told: []*event.EncryptionEventContent{megolm}, want: yes},
		"told an older process":        {told: []*event.EncryptionEventContent{megolm}, restart: true, want: yes},
		"told and fetched":             {told: []*event.EncryptionEventContent{megolm}, fetched: true, want: yes},
		"taken back":                   {told: []*event.EncryptionEventContent{megolm, {}}, fetched: true, want: yes},
		"taken back without content":   {told: []*event.EncryptionEventContent{megolm, nil}, fetched: true, want: yes},
		"another algorithm afterwards": {told: []*event.EncryptionEventContent{megolm, foreign}, fetched: true, want: yes},
		"an endless one afterwards":    {told: []*event.EncryptionEventContent{megolm, endless}, fetched: true, want: yes},
		"faster":                       {told: []*event.EncryptionEventContent{megolm, fast}, want: yes},
		"a foreign algorithm":          {told: []*event.EncryptionEventContent{foreign}, fetched: true, want: unknown},
		"no algorithm":                 {told: []*event.EncryptionEventContent{{}}, fetched: true, want: unknown},
		"an endless algorithm":         {told: []*event.EncryptionEventContent{endless}, fetched: true, want: unknown},
		"mended":                       {told: []*event.EncryptionEventContent{{}, megolm}, fetched: true, want: yes},
		"no content":                   {told: []*event.EncryptionEventContent{nil}, want: unknown},
	} {
		t.Run(name, func(t *testing.T) {
			c := config(store.NewMem(), "@bot:x")
			s := New(c)
			for _, content := range test.told {
				must(t, s.SetEncryptionEvent(t.Context(), "!a:x", content))
			}
			if test.fetched {
				s.StateFetched("!a:x")
			}
			if test.restart {
				s = New(c)
			}
			s.StateFetched("!other:x")
			got := no
			switch encrypted, err := s.IsEncrypted(t.Context(), "!a:x"); {
			case errors.Is(err, ErrUnknownEncryption):
				got = unknown
			case err != nil:
				t.Fatal(err)
			case encrypted:
				got = yes
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if content, err := s.GetEncryptionEvent(t.Context(), "!a:x"); err != nil || name == "faster" && content.RotationPeriodMessages != 1 {
				t.Errorf("got %+v, %v", content, err)
			}
		})
	}
}

// TestMembersInterrupted: wherever it is interrupted, nobody who was and is in the
// room is missing, because a key is shared with those who are there.
func TestMembersInterrupted(t *testing.T) {
	old, now := memberEvents(t, 0, 100), memberEvents(t, 50, 150)
	for n := 0; ; n++ {
		mem := store.NewMem()
		must(t, New(config(mem, "@bot:x")).ReplaceCachedMembers(t.Context(), "!a:x", old))
		left := n
		err := New(config(storetest.Flaky(mem, func(op string) error {
			if op != storetest.OpView {
				left--
			}
			if left < 0 {
				return errFlaky
			}
			return nil
		}), "@bot:x")).ReplaceCachedMembers(t.Context(), "!a:x", now)
		here, readErr := New(config(mem, "@bot:x")).GetRoomJoinedOrInvitedMembers(t.Context(), "!a:x")
		must(t, readErr)
		for _, evt := range old[50:] {
			if isHere(evt.Content.AsMember().Membership) && !slices.Contains(here, id.UserID(evt.GetStateKey())) {
				t.Errorf("interrupted after %d: %s is missing", n, evt.GetStateKey())
			}
		}
		if err == nil {
			if n < 8 || len(here) != 60 {
				t.Errorf("done after %d steps, %d are here", n, len(here))
			}
			return
		}
	}
}

// TestStateFetched: mautrix fetches the state of a room and passes over what its
// store cannot write. Wherever that fails, the room never looks unencrypted.
func TestStateFetched(t *testing.T) {
	states := map[bool]string{
		true:  `[{"type":"m.room.encryption","state_key":"","content":{"algorithm":"m.megolm.v1.aes-sha2"}},{"type":"m.room.member","state_key":"@a:x","content":{"membership":"join"}}]`,
		false: `[{"type":"m.room.power_levels","state_key":"","content":{}},{"type":"m.room.member","state_key":"@a:x","content":{"membership":"join"}}]`,
	}
	for want, state := range states {
		done := 0
		for n := range 30 {
			left := n
			s := New(config(storetest.Flaky(store.NewMem(), func(string) error {
				if left--; left < 0 {
					return errFlaky
				}
				return nil
			}), "@bot:x"))
			client, err := mautrix.NewClient("http://homeserver.invalid", "@bot:x", "token")
			must(t, err)
			client.StateStore = s
			client.Client = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(state)), Request: r}, nil
			})}
			_, err = client.State(t.Context(), testRoomID)
			must(t, err)
			s.StateFetched(testRoomID)
			left += 1000 // it is too late
			encrypted, err := s.IsEncrypted(t.Context(), testRoomID)
			switch {
			case err == nil && encrypted != want:
				t.Errorf("after %d operations: encrypted %v, want %v", n, encrypted, want)
			case err == nil && !s.IsInRoom(t.Context(), testRoomID, "@a:x"):
				t.Errorf("after %d operations: the members are missing", n)
			case err == nil:
				done++
			case !errors.Is(err, ErrStopped):
				t.Error(err)
			}
		}
		if done == 0 || done == 30 {
			t.Errorf("it worked %d times", done)
		}
	}
}
