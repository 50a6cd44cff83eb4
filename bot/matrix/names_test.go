//go:build goolm

package matrix

import (
	"testing"

	"lotse/bot/chat"
)

// Colleagues know who has taken an inquiry; of nobody else the name is asked for (P-07).
func TestNames(t *testing.T) {
	const team, cora = "!team:fake", "@cora:fake"
	f := newFake(t)
	f.chatOfTwo()
	f.room(team, nil, cora, bot)
	called := func(name string) {
		f.mu.Lock()
		defer f.mu.Unlock()
		content := object{"membership": "join"}
		if name != "" {
			content["displayname"] = name
		}
		f.set(team, cora, "m.room.member", cora, content)
	}
	in := newInbox(t)
	run(t, f.open(Options{Desks: []string{team}}), in)
	for _, c := range []struct{ room, who, name, want string }{
		{team, cora, "", "cora"},
		{team, cora, "Frau Berger", "Frau Berger"},
		{team, cora, "Eva Berger", "Eva Berger"},
		{talk, rima, "", ""},
	} {
		if c.name != "" {
			called(c.name)
		}
		f.text(c.room, c.who, "Guten Tag")
		f.text(c.room, c.who, "Noch etwas")
		for range 2 {
			ev := in.next()
			for ev.Kind == chat.Setup { // what was found out about the room
				ev = in.next()
			}
			if ev.Name != c.want {
				t.Errorf("%s is %q, want %q", c.who, ev.Name, c.want)
			}
		}
	}
	if asked := f.made("GET v3/rooms/" + team + "/state/m.room.member/" + cora); len(asked) != 3 {
		t.Errorf("asked for: %v", asked)
	}
	if asked := f.made("GET v3/rooms/" + talk + "/state/m.room.member/"); len(asked) != 0 {
		t.Errorf("asked for: %v", asked)
	}
}
