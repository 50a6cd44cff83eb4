//go:build goolm

package matrix

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"lotse/bot/chat"
)

const (
	alias = "#team:fake"
	team  = "!team:fake" // where it leads
	eva   = "@eva:fake"
	ali   = "@ali:fake"
)

var toDesk = chat.Address{Platform: Platform, Room: alias}

// setup is the next look at the desk that is told.
func (in *inbox) setup() chat.Standing {
	in.t.Helper()
	for {
		if ev := in.next(); ev.Kind == chat.Setup {
			if ev.In != toDesk || ev.Standing == nil {
				in.t.Fatalf("told: %+v", ev)
			}
			return *ev.Standing
		}
	}
}

// said is the next thing somebody said.
func (in *inbox) said() chat.Event {
	in.t.Helper()
	for {
		if ev := in.next(); ev.Kind != chat.Setup {
			return ev
		}
	}
}

// TestDeskIsNotFound: whoever asks is served all the same, and the desk is there as soon
// as its alias leads somewhere; then it stays where it is.
func TestDeskIsNotFound(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	f.room(team, nil, eva, ali)
	f.refuse("/directory/", 404, "M_NOT_FOUND")
	m, in := f.open(Options{Desks: []string{alias}}), newInbox(t)
	stop := run(t, m, in)
	if is := in.setup(); !slices.Equal(is.Lacks, []chat.Lack{chat.LackEntry}) || is.Place != "" {
		t.Errorf("it is told to be %+v", is)
	}
	f.text(talk, rima, "eine Frage")
	if ev := in.said(); ev.Text != "eine Frage" || ev.In != here {
		t.Errorf("told: %+v", ev)
	}
	if got := m.Trouble(); got != noDesk {
		t.Errorf("the operator is told %q", got)
	}
	if _, err := m.Send(t.Context(), "row", toDesk, chat.Message{Text: "eine Karte"}); !errors.Is(err, setting(noDesk)) {
		t.Errorf("a message to the desk: %v", err)
	}
	f.mu.Lock()
	f.set(team, eva, "m.room.member", bot, object{"membership": "invite"})
	f.mu.Unlock()
	f.text(talk, rima, "noch eine Frage") // answered after the invitation was looked at
	in.said()
	f.failing(nil)
	m.lookAtDesks()
	for is := in.setup(); is.Place != team; is = in.setup() { // the invitation may ask for one more look
		if !slices.Equal(is.Lacks, []chat.Lack{chat.LackEntry}) {
			t.Errorf("it is told to be %+v", is)
		}
	}
	if got := m.Trouble(); got != "" {
		t.Errorf("the operator is told %q", got)
	}
	if _, err := m.Send(t.Context(), "row", toDesk, chat.Message{Text: "eine Karte"}); err != nil {
		t.Errorf("a message to the desk: %v", err)
	}
	stop()
	f.refuse("/directory/", 404, "M_NOT_FOUND")
	m, in2 := f.open(Options{Desks: []string{alias}}), newInbox(t)
	in2.from = in.from
	run(t, m, in2)
	f.text(team, eva, "eine Antwort")
	if ev := in2.said(); ev.In != toDesk || ev.Text != "eine Antwort" {
		t.Errorf("told: %+v", ev)
	}
	if got := m.Trouble(); got != "" {
		t.Errorf("the operator is told %q", got)
	}
}

// TestDeskIsClosed: a desk that the bot was not invited to is said, and entered as soon
// as it may be, whenever the invitation came.
func TestDeskIsClosed(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	f.room(team, nil, eva, ali)
	m, in := f.open(Options{Desks: []string{alias}}), newInbox(t)
	run(t, m, in)
	if is := in.setup(); !slices.Equal(is.Lacks, []chat.Lack{chat.LackEntry}) {
		t.Errorf("it is told to be %+v", is)
	}
	f.text(talk, rima, "eine Frage")
	in.said()
	if got := m.Trouble(); got != outOfDesk {
		t.Errorf("the operator is told %q", got)
	}
	f.mu.Lock() // the event itself is lost
	f.past = true
	f.state[team]["m.room.member/"+bot] = object{"type": "m.room.member", "state_key": bot, "sender": eva, "content": object{"membership": "invite"}}
	f.past = false
	f.mu.Unlock()
	m.lookAtDesks()
	f.awaits(t, func() bool { return f.member(team, bot) == "join" })
	if is := in.setup(); is.Place != team {
		t.Errorf("it is told to be %+v", is)
	}
	f.awaits(t, func() bool { return m.Trouble() == "" })
}

// TestDeskLacks: what is wrong with the room is told when it changes (P-18, P-26).
func TestDeskLacks(t *testing.T) {
	for name, test := range map[string]struct {
		kind string
		is   object
		want chat.Lack
	}{
		"not encrypted":         {"m.room.encryption", nil, chat.LackSecrecy},
		"encrypted as nobody":   {"m.room.encryption", object{"algorithm": "m.none"}, chat.LackSecrecy},
		"shows old messages":    {"m.room.history_visibility", object{"history_visibility": "shared"}, chat.LackPast},
		"says nothing of them":  {"m.room.history_visibility", nil, chat.LackPast},
		"the world reads along": {"m.room.history_visibility", object{"history_visibility": "world_readable"}, chat.LackDoor},
		"open to everybody":     {"m.room.join_rules", object{"join_rule": "public"}, chat.LackDoor},
		"only a member":         {"m.room.power_levels", object{"users": object{}}, chat.LackRank},
		"must not write":        {"m.room.power_levels", object{"users": object{bot: 50}, "events": object{"m.room.encrypted": 60}}, chat.LackWriting},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			state := maps.Clone(goodDesk)
			if state[test.kind] = test.is; test.is == nil {
				delete(state, test.kind)
			}
			f.room(team, state, eva, ali, bot)
			in := newInbox(t)
			run(t, f.open(Options{Desks: []string{alias}}), in)
			if is := in.setup(); !slices.Equal(is.Lacks, []chat.Lack{test.want}) || is.Place != team {
				t.Errorf("it is told to be %+v", is)
			}
			f.mu.Lock()
			f.set(team, eva, test.kind, "", goodDesk[test.kind])
			f.mu.Unlock()
			for is := in.setup(); len(is.Lacks) != 0; is = in.setup() { // the first batch may ask for a look of its own
				if !slices.Equal(is.Lacks, []chat.Lack{test.want}) {
					t.Errorf("it is told to be %+v", is)
				}
			}
		})
	}
}
