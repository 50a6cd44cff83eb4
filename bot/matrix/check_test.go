//go:build goolm

package matrix

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lotse/bot/chat"
	"lotse/store"
)

// found are the codes of what Check finds, "!" before what does not work and "?" before
// what does not work well.
func found(m *Matrix, t *testing.T) string {
	t.Helper()
	signs := map[chat.Level]string{chat.Fine: "", chat.Warning: "?", chat.Broken: "!"}
	var codes []string
	for _, f := range m.Check(t.Context()) {
		codes = append(codes, signs[f.Level]+f.Code)
	}
	return strings.Join(codes, " ")
}

// goodDesk is how a room for the team is set up.
var goodDesk = map[string]object{
	"m.room.encryption":         {"algorithm": "m.megolm.v1.aes-sha2"},
	"m.room.history_visibility": {"history_visibility": "joined"},
	"m.room.join_rules":         {"join_rule": "invite"},
	"m.room.power_levels":       {"users": object{bot: 50}},
}

// TestCheckDesk: who can read along and what the bot may do (P-18, P-26).
func TestCheckDesk(t *testing.T) {
	for name, test := range map[string]struct {
		change map[string]object // nil takes away
		people []string
		want   string
	}{
		"in order":             {want: "desk"},
		"not encrypted":        {change: map[string]object{"m.room.encryption": nil}, want: "!desk.open"},
		"the world":            {change: map[string]object{"m.room.history_visibility": {"history_visibility": "world_readable"}}, want: "!desk.world"},
		"the past":             {change: map[string]object{"m.room.history_visibility": {"history_visibility": "shared"}}, want: "?desk.history"},
		"nothing of the past":  {change: map[string]object{"m.room.history_visibility": nil}, want: "?desk.history"},
		"anybody":              {change: map[string]object{"m.room.join_rules": {"join_rule": "public"}}, want: "!desk.public"},
		"guests":               {change: map[string]object{"m.room.join_rules": {"join_rule": "knock"}, "m.room.guest_access": {"guest_access": "can_join"}}, want: "?desk.guests"},
		"no right to write":    {change: map[string]object{"m.room.power_levels": {"users": object{bot: 50}, "events": object{"m.room.encrypted": 60}}}, want: "!desk.writing"},
		"no right to delete":   {change: map[string]object{"m.room.power_levels": {"users": object{bot: 10}}}, want: "?desk.deleting"},
		"nobody else":          {people: []string{bot}, want: "?desk.empty"},
		"the bot is not in it": {people: []string{eva, ali}, want: "!desk.out"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			state := maps.Clone(goodDesk)
			for kind, is := range test.change {
				if state[kind] = is; is == nil {
					delete(state, kind)
				}
			}
			if test.people == nil {
				test.people = []string{eva, ali, bot}
			}
			f.room(team, state, test.people...)
			m := f.open(Options{Desks: []string{team}})
			if _, err := begin(m); err != nil {
				t.Fatal(err)
			}
			if got, want := found(m, t), "login vouch "+test.want; got != want {
				t.Errorf("found %q, want %q", got, want)
			}
		})
	}
}

// TestCheckLogin: what doctor says of the account, from before the first start until
// after everything was lost. It never logs in.
func TestCheckLogin(t *testing.T) {
	f := newFake(t)
	recovery := filepath.Join(f.dir, "recovery.key")
	expect := func(when string, o Options, want string) {
		t.Helper()
		before := len(f.logins)
		if got := found(f.open(o), t); got != want {
			t.Errorf("%s: found %q, want %q", when, got, want)
		}
		if len(f.logins) != before {
			t.Errorf("%s: it logs in", when)
		}
	}
	start := func() {
		t.Helper()
		if _, err := begin(f.open(Options{})); err != nil {
			t.Fatal(err)
		}
	}
	expect("before the first start", Options{}, "?login.none ?recovery.none")
	expect("with a token that nobody knows", Options{User: bot, Token: "unknown"}, "!token")
	start()
	expect("after it", Options{}, "login vouch")
	expect("as somebody else", Options{User: rima, Password: password}, "!login.other")
	key, err := os.ReadFile(recovery)
	if err == nil {
		err = os.Remove(recovery)
	}
	if err != nil {
		t.Fatal(err)
	}
	expect("without the recovery key", Options{}, "login vouch ?recovery")

	f.db = store.NewMem()
	expect("everything is lost", Options{}, "?login.none ?recovery.none")
	start()
	expect("on a new device without the recovery key", Options{}, "login ?vouch ?device.old ?recovery")
	if err := os.WriteFile(recovery, key, 0o600); err != nil {
		t.Fatal(err)
	}
	start()
	expect("with it", Options{}, "login vouch ?device.old")

	f.mu.Lock()
	clear(f.tokens)
	f.mu.Unlock()
	expect("the server has ended the session", Options{}, "!login.ended")
	f.refuse("/versions", 502, "")
	expect("nobody answers", Options{}, "!server")
}
