//go:build goolm

package matrix

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lotse/bot/chat"
)

// TestInvitations: where the bot goes, and where it does not stay.
func TestInvitations(t *testing.T) {
	for name, test := range map[string]struct {
		o       Options
		room    string
		by      string
		direct  bool
		crowd   bool // there is somebody else in the room
		members string
	}{
		"a chat of two":            {room: "!new:fake", by: rima, direct: true, members: "join"},
		"of an allowed server":     {o: Options{Servers: []string{"fake"}}, room: "!new:fake", by: rima, direct: true, members: "join"},
		"of another server":        {o: Options{Servers: []string{"other"}}, room: "!new:fake", by: rima, direct: true},
		"a group":                  {room: "!new:fake", by: rima},
		"a crowd that calls it so": {room: "!new:fake", by: rima, direct: true, crowd: true},
		"the desk":                 {o: Options{Desks: []string{"!new:fake"}, Servers: []string{"other"}}, room: "!new:fake", by: rima, crowd: true, members: "join"},
		"the desk by its alias":    {o: Options{Desks: []string{"#team:fake"}}, room: "!team:fake", by: rima, crowd: true, members: "join"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			people := []string{rima}
			if test.crowd {
				people = append(people, "@eva:fake", "@ali:fake")
			}
			f.room(test.room, nil, people...)
			f.chatOfTwo()
			in := newInbox(t)
			run(t, f.open(test.o), in)
			f.mu.Lock()
			f.set(test.room, test.by, "m.room.member", bot, object{"membership": "invite", "is_direct": test.direct})
			f.mu.Unlock()
			f.awaits(t, func() bool {
				is := f.member(test.room, bot)
				return is == test.members && (is != "join" || test.crowd || f.state[test.room]["m.room.encryption/"] != nil)
			})
		})
	}
}

// TestOpen: who can be read along with is told, once.
func TestOpen(t *testing.T) {
	f := newFake(t)
	f.room(talk, map[string]object{"m.room.power_levels": {}}, rima)
	in := newInbox(t)
	run(t, f.open(Options{}), in)
	f.mu.Lock()
	f.set(talk, rima, "m.room.member", bot, object{"membership": "invite", "is_direct": true})
	f.mu.Unlock()
	if ev := in.next(); ev.Kind != chat.Doubtful || ev.Text != string(chat.DoubtOpen) || ev.From != rima {
		t.Errorf("told: %+v", ev)
	}
	f.text(talk, rima, "trotzdem")
	if ev := in.next(); ev.Text != "trotzdem" {
		t.Errorf("told: %+v", ev)
	}
}

// TestUpgrade: a room keeps its name in addresses wherever it goes, also after a
// restart.
func TestUpgrade(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	m, in := f.open(Options{}), newInbox(t)
	stop := run(t, m, in)
	f.room("!later:fake", map[string]object{"m.room.power_levels": {}, "m.room.create": {"predecessor": object{"room_id": talk}}}, rima)
	f.mu.Lock()
	f.set("!later:fake", rima, "m.room.member", bot, object{"membership": "invite"})
	f.set(talk, rima, "m.room.tombstone", "", object{"body": "", "replacement_room": "!later:fake"})
	f.mu.Unlock()
	f.awaits(t, func() bool { return f.member("!later:fake", bot) == "join" })
	for range 2 {
		f.text("!later:fake", rima, "dort")
		for ev := in.next(); ev.Text != "dort" || ev.In != here; ev = in.next() {
			if ev.Kind != chat.Doubtful {
				t.Errorf("told: %+v", ev)
			}
		}
		if _, err := m.Send(t.Context(), "row", here, chat.Message{Text: "auch hier"}); err != nil {
			t.Error(err)
		}
		stop()
		m = f.open(Options{})
		stop = run(t, m, in)
	}
	if n := len(f.made("PUT v3/rooms/!talk:fake/send")); n != 0 {
		t.Errorf("%d messages went to the old room", n)
	}
}

// TestUpgradeStaysSecret: a room that takes the place of the desk's, which was encrypted, is
// so too, whether the bot may switch that on or not.
func TestUpgradeStaysSecret(t *testing.T) {
	desk := chat.Address{Platform: Platform, Room: team}
	for _, may := range []bool{true, false} {
		t.Run(fmt.Sprintf("it may: %v", may), func(t *testing.T) {
			f := newFake(t)
			f.room(team, megolm, eva, ali, bot)
			m, in := f.open(Options{Desks: []string{team}}), newInbox(t)
			run(t, m, in)
			f.text(team, eva, "offen")
			in.said()
			state := map[string]object{"m.room.create": {"predecessor": object{"room_id": team}}}
			if !may {
				state["m.room.power_levels"] = object{}
			}
			f.room("!later:fake", state, eva, ali)
			f.mu.Lock()
			f.set("!later:fake", eva, "m.room.member", bot, object{"membership": "invite"})
			f.set(team, eva, "m.room.tombstone", "", object{"body": "", "replacement_room": "!later:fake"})
			f.mu.Unlock()
			f.awaits(t, func() bool { return f.member("!later:fake", bot) == "join" })
			f.text("!later:fake", eva, "dort")
			if ev := in.said(); ev.Text != string(chat.DoubtClear) || ev.In != desk {
				t.Errorf("told: %+v", ev)
			}
			if _, err := m.Send(t.Context(), "row", desk, chat.Message{Text: "geheim"}); err != nil {
				t.Fatal(err)
			}
			if all := f.made("PUT v3/rooms/!later:fake/send/"); len(all) != 1 || !strings.Contains(all[0], "m.room.encrypted") {
				t.Errorf("sent: %q", all)
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			if is := f.state["!later:fake"]["m.room.encryption/"] != nil; is != may {
				t.Errorf("switched on: %v", is)
			}
		})
	}
}

// TestFalseUpgrade: a room that does not know it is the new one keeps its own name.
func TestFalseUpgrade(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	f.room("!others:fake", map[string]object{"m.room.power_levels": {}}, "@eva:fake", bot)
	in := newInbox(t)
	run(t, f.open(Options{}), in)
	f.mu.Lock()
	f.set(talk, rima, "m.room.tombstone", "", object{"body": "", "replacement_room": "!others:fake"})
	f.mu.Unlock()
	f.text(talk, rima, "eins")
	in.next()
	f.text("!others:fake", "@eva:fake", "zwei")
	if ev := in.next(); ev.In.Room != "!others:fake" {
		t.Errorf("told: %+v", ev)
	}
}

// TestSlowDoors: an invitation that cannot be taken and a room that cannot be left are
// tried again, but not before the server lets the bot.
func TestSlowDoors(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	f.room("!crowd:fake", nil, rima, bot)
	f.room("!new:fake", nil, eva)
	var later atomic.Int64
	in := newInbox(t)
	run(t, f.open(Options{Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) }}), in)
	f.text(talk, rima, "am Anfang")
	in.said()
	f.failing(func(r *http.Request) (int, object) {
		if later.Load() == 0 && (strings.HasSuffix(r.URL.Path, "/join") || strings.HasSuffix(r.URL.Path, "/leave")) {
			return 429, object{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 600_000}
		}
		return 0, nil
	})
	f.mu.Lock()
	f.set("!new:fake", eva, "m.room.member", bot, object{"membership": "invite", "is_direct": true})
	f.set("!crowd:fake", ali, "m.room.member", ali, object{"membership": "join"})
	f.mu.Unlock()
	for i := range 3 { // each is an answer of its own
		f.text(talk, rima, fmt.Sprint("währenddessen ", i))
		in.said()
	}
	if joins, leaves := f.made("POST v3/rooms/!new:fake/join"), f.made("POST v3/rooms/!crowd:fake/leave"); len(joins)+len(leaves) > 2 {
		t.Errorf("the server is not left alone: %q %q", joins, leaves)
	}
	later.Store(int64(time.Hour))
	f.text(talk, rima, "danach")
	f.awaits(t, func() bool { return f.member("!new:fake", bot) == "join" && f.member("!crowd:fake", bot) == "" })
}
