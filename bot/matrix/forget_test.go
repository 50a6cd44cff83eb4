//go:build goolm

package matrix

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
	"lotse/store"
)

// about are the rows that name a room or somebody.
func (f *fake) about(t *testing.T, names ...string) (all []string) {
	t.Helper()
	err := f.db.View(t.Context(), func(r store.Reader) error {
		all = nil
		for after := ""; ; {
			rows, err := r.Scan("mx", after, store.MaxScan)
			for _, row := range rows {
				for _, name := range names {
					if strings.Contains(row.Key, name) || strings.Contains(string(row.Value), name) {
						all = append(all, row.Key)
					}
				}
				after = row.Key
			}
			if err != nil || len(rows) < store.MaxScan {
				return err
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestLeft: of a talk that is over nothing is left, nor of the person, whether the bot was
// there to see it or not.
func TestLeft(t *testing.T) {
	for name, away := range map[string]bool{"while it watches": false, "while it is away": true} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.room(talk, megolm, rima, bot)
			f.room("!other:fake", megolm, eva, bot)
			m, in := f.open(Options{}), newInbox(t)
			stop := run(t, m, in)
			f.text("!other:fake", eva, "bin da")
			in.said()
			p := newPerson(t, f)
			said, send := p.secret("eins")
			send()
			f.say(talk, rima, "m.room.encrypted", said)
			in.said()
			if _, err := m.Send(t.Context(), "row", here, chat.Message{Text: "Antwort"}); err != nil {
				t.Fatal(err)
			}
			said["session_id"] = strings.Repeat("A", 43)
			f.say(talk, rima, "m.room.encrypted", said)
			f.text("!other:fake", eva, "noch da")
			in.said()
			if n := len(f.about(t, rima, talk)); n < 8 {
				t.Errorf("only %d rows are about her", n)
			}
			if away {
				stop()
			}
			f.mu.Lock()
			f.set(talk, rima, "m.room.member", rima, object{"membership": "leave"})
			if away {
				f.state[talk]["m.room.member/"+bot] = object{"type": "m.room.member", "state_key": bot, "sender": rima, "content": object{"membership": "leave"}}
			}
			f.mu.Unlock()
			if away {
				in2 := newInbox(t)
				in2.from = in.from
				stop = run(t, f.open(Options{}), in2)
				in = in2
			}
			f.awaits(t, func() bool { return f.member(talk, bot) == "" })
			for range 2 { // when the second is told, everything is done that came with the first
				for id := f.text("!other:fake", eva, "immer noch"); in.said().Message != id; {
				}
			}
			stop()
			left := f.about(t, rima, talk)
			for _, row := range left {
				if !strings.HasPrefix(row, "mxroom/") || !strings.HasSuffix(row, "/encryption") {
					t.Errorf("left: %s", row)
				}
			}
			if n := len(f.about(t, eva, "!other:fake")); n < 4 {
				t.Errorf("%d rows are about somebody else", n)
			}
		})
	}
}

// TestForget: what was said cannot be read with what is kept, and the talk goes on.
func TestForget(t *testing.T) {
	f := newFake(t)
	f.room(talk, megolm, rima, bot)
	m, in := f.open(Options{}), newInbox(t)
	run(t, m, in)
	f.text(talk, rima, "da")
	in.said()
	p := newPerson(t, f)
	said, send := p.secret("eins")
	send()
	f.say(talk, rima, "m.room.encrypted", said)
	in.said()
	said["session_id"] = strings.Repeat("A", 43)
	f.say(talk, rima, "m.room.encrypted", said)
	f.text(talk, rima, "noch da")
	in.said()
	for range 2 {
		if err := m.Forget(t.Context(), here); err != nil {
			t.Fatal(err)
		}
	}
	if rows := f.about(t, "mxpending", "mxindex", "mxoutbound"); len(rows) > 0 {
		t.Errorf("left: %q", rows)
	}
	if _, err := m.Send(t.Context(), "row", here, chat.Message{Text: "Antwort"}); err != nil {
		t.Fatal(err)
	}
	if got := p.reads(); got != "Antwort" {
		t.Errorf("she reads %q", got)
	}
	f.say(talk, rima, "m.room.encrypted", p.again("zwei"))
	if ev := in.said(); ev.Text != "zwei" {
		t.Errorf("told: %+v", ev)
	}
}

// TestSweepLast: what dead devices left is swept, but nothing before what is to be read
// was read.
func TestSweepLast(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	m := f.open(Options{})
	if _, err := begin(m); err != nil {
		t.Fatal(err)
	}
	err := f.db.Update(t.Context(), func(tx store.Tx) error {
		for _, row := range []string{"mxlast/dead/room", "mxpending/dead/session/event", "mxinbound/dead/room/session", "mxuser/zombie/user"} {
			tx.Put(row, []byte("{}"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r := receiver{Matrix: m}
	if err := r.sweep(t.Context(), time.Now()); !errors.Is(err, errBehind) || len(f.about(t, "/dead/", "/zombie/")) != 4 {
		t.Errorf("before: %v", err)
	}
	m.echoes.heard()
	if err := r.sweep(t.Context(), time.Now()); err != nil {
		t.Error(err)
	}
	if left := f.about(t, "/dead/", "/zombie/"); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	if _, err := m.Send(t.Context(), "row", here, chat.Message{Text: "geht noch"}); err != nil {
		t.Error(err)
	}
}
