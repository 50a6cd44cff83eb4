//go:build goolm

package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
)

var megolm = map[string]object{"m.room.encryption": {"algorithm": "m.megolm.v1.aes-sha2"}}

// TestSecrets: both read each other, whether the key comes before the message or long
// after it, also when the process was gone in between.
func TestSecrets(t *testing.T) {
	f := newFake(t)
	f.room(talk, megolm, rima, bot)
	m, in := f.open(Options{}), newInbox(t)
	if _, err := begin(m); err != nil {
		t.Fatal(err)
	}
	stop := run(t, m, in)
	p := newPerson(t, f)
	early, send := p.secret("mit Schlüssel")
	send()
	f.say(talk, rima, "m.room.encrypted", early)
	if ev := in.next(); ev.Text != "mit Schlüssel" {
		t.Fatalf("told: %+v", ev)
	}
	if _, err := m.Send(t.Context(), "row", here, chat.Message{Text: "Gelesen"}); err != nil {
		t.Fatal(err)
	}
	if got := p.reads(); got != "Gelesen" {
		t.Errorf("she reads %q", got)
	}
	late, send := p.secret("ohne Schlüssel")
	id := f.say(talk, rima, "m.room.encrypted", late)
	f.text(talk, "@kora:fake", "danach") // she is not of the room: a server may tell anything
	if ev := in.next(); ev.Kind != chat.Doubtful {
		t.Errorf("told: %+v", ev)
	}
	stop()
	run(t, f.open(Options{}), in)
	send()
	if ev := in.next(); ev.Text != "ohne Schlüssel" || ev.Message != id {
		t.Errorf("told: %+v", ev)
	}
}

// TestNothingInClear: whatever the server says or does not say of a room.
func TestNothingInClear(t *testing.T) {
	for name, wrong := range map[string]func(f *fake){
		"its state is not to be had": func(f *fake) {
			f.refuse("/state", 500, "M_UNKNOWN")
		},
		"nobody's keys are to be had": func(f *fake) {
			f.refuse("/keys/query", 500, "M_UNKNOWN")
		},
		"the encryption is gone after a restart": func(f *fake) {
			f.mu.Lock()
			defer f.mu.Unlock()
			delete(f.state[talk], "m.room.encryption/")
		},
		"the encryption is another one": func(f *fake) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.set(talk, rima, "m.room.encryption", "", object{"algorithm": "m.none"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.room(talk, megolm, rima, bot)
			newPerson(t, f)
			if strings.Contains(name, "restart") {
				if _, err := f.open(Options{}).Send(t.Context(), "row", here, chat.Message{Text: "geheim"}); err != nil {
					t.Fatal(err)
				}
			}
			m := f.open(Options{})
			if !strings.Contains(name, "restart") { // it is at work when that happens
				if err := m.use(t.Context(), func(context.Context, *session) error { return nil }); err != nil {
					t.Fatal(err)
				}
			}
			wrong(f)
			_, err := m.Send(t.Context(), "row2", here, chat.Message{Text: "geheim"})
			var no *chat.SendError
			if errors.As(err, &no) && (no.Bad || no.Gone) {
				t.Errorf("it is given up: %v", err)
			}
			for _, call := range f.made("PUT v3/rooms/!talk:fake/send/") {
				if !strings.Contains(call, "/m.room.encrypted/") {
					t.Errorf("in the clear: %s", call)
				}
			}
		})
	}
}

// TestClear: what is in the clear in an encrypted room is from nobody.
func TestClear(t *testing.T) {
	f := newFake(t)
	f.room(talk, megolm, rima, bot)
	m, in := f.open(Options{}), newInbox(t)
	run(t, m, in)
	id := f.text(talk, rima, "offen")
	if ev := in.next(); ev.Kind != chat.Doubtful || ev.Text != string(chat.DoubtClear) || ev.From != rima || ev.Message != id || ev.In != here {
		t.Errorf("told: %+v", ev)
	}
}

// TestGap: what came while nobody asked comes once and in its order, whatever the
// server leaves out of its answer.
func TestGap(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	in := newInbox(t)
	stop := run(t, f.open(Options{}), in)
	f.text(talk, rima, "vorher")
	in.next()
	stop()
	var want []string
	for i := range 333 {
		want = append(want, fmt.Sprint("Nr ", i))
		f.text(talk, rima, want[i])
	}
	run(t, f.open(Options{}), in)
	var got []string
	for range want {
		got = append(got, in.next().Text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("told: %q", got)
	}
	if n := len(f.made("GET v3/rooms/!talk:fake/messages")); n > 4 {
		t.Errorf("it asked %d times for pages", n)
	}
}

// TestLongGap: of more than can be in memory the newest are received, and the operator
// learns of the rest.
func TestLongGap(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	in := newInbox(t)
	stop := run(t, f.open(Options{}), in)
	f.text(talk, rima, "vorher")
	in.next()
	stop()
	const more = 2 * pageLimit
	for i := range maxGap + more {
		f.text(talk, rima, fmt.Sprint("Nr ", i))
	}
	in.taken = make(chan chat.Event, maxGap+more)
	m := f.open(Options{})
	run(t, m, in)
	first, n := in.next(), 1
	for last := first; last.Text != fmt.Sprint("Nr ", maxGap+more-1); n++ {
		last = in.next()
	}
	if n < maxGap || first.Text == "Nr 0" {
		t.Errorf("%d are told, from %q on", n, first.Text)
	}
	if !slices.ContainsFunc(m.Check(t.Context()), func(found chat.Finding) bool { return found.Code == "gap" && found.Level == chat.Warning }) {
		t.Error("the operator does not learn of it")
	}
}

// TestManyStarts: a bot that was started again and again before anybody wrote to it
// can read who does.
func TestManyStarts(t *testing.T) {
	f := newFake(t)
	f.room(talk, megolm, rima, bot)
	in := newInbox(t)
	for range 4 {
		m := f.open(Options{})
		stop := run(t, m, in)
		<-m.echoes.first
		stop()
		in.from = "" // nothing was told
	}
	run(t, f.open(Options{}), in)
	p := newPerson(t, f)
	secret, send := p.secret("endlich")
	send()
	f.say(talk, rima, "m.room.encrypted", secret)
	if ev := in.next(); ev.Text != "endlich" {
		t.Errorf("told: %+v", ev)
	}
}

// TestGapSettles: a message that was sent before much else happened is not sent again,
// though the server does not say any more which one it was.
func TestGapSettles(t *testing.T) {
	f := newFake(t)
	f.room(talk, megolm, rima, bot)
	in := newInbox(t)
	m := f.open(Options{})
	if _, err := begin(m); err != nil {
		t.Fatal(err)
	}
	stop := run(t, m, in)
	p := newPerson(t, f)
	hears := func(words string) {
		secret, send := p.secret(words)
		send()
		f.say(talk, rima, "m.room.encrypted", secret)
		if ev := in.next(); ev.Text != words {
			t.Fatalf("told: %+v", ev)
		}
	}
	hears("vorher")
	stop()
	sent, err := m.Send(t.Context(), "row", here, chat.Message{Text: "Antwort"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 * f.limit {
		f.text(talk, bot, "anderes")
	}
	f.mu.Lock()
	clear(f.once) // the server has forgotten the request
	f.mu.Unlock()
	m = f.open(Options{})
	run(t, m, in)
	again, err := m.Send(t.Context(), "row", here, chat.Message{Text: "Antwort"})
	if err != nil || again.Message != sent.Message {
		t.Errorf("it was %s, and then %s, %v", sent.Message, again.Message, err)
	}
}

// TestPoison: an event that makes the bot panic is set aside, and the next one flows.
func TestPoison(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	aside := make(chan []byte, 1)
	m, in := f.open(Options{SetAside: func(_ context.Context, _ int64, raw []byte) error {
		aside <- raw
		return nil
	}}), newInbox(t)
	in.hook = func(ev chat.Event) error {
		if ev.Text == "Gift" {
			panic(ev.Text)
		}
		return nil
	}
	run(t, m, in)
	f.text(talk, rima, "Gift")
	f.text(talk, rima, "danach")
	if ev := in.next(); ev.Text != "danach" {
		t.Errorf("told: %+v", ev)
	}
	if raw := <-aside; !strings.Contains(string(raw), "Gift") {
		t.Errorf("set aside: %s", raw)
	}
}

// TestPoisonedKey: a key that makes the encryption panic is set aside, and what came
// behind it is read.
func TestPoisonedKey(t *testing.T) {
	f := newFake(t)
	f.room(talk, megolm, rima, bot)
	aside := make(chan []byte, 10)
	m, in := f.open(Options{SetAside: func(_ context.Context, _ int64, raw []byte) error {
		aside <- raw
		return nil
	}}), newInbox(t)
	p := newPerson(t, f)
	s, err := begin(m)
	if err != nil {
		t.Fatal(err)
	}
	// This machine panics; the one that is made then would not.
	s.mach.SessionReceived = func(context.Context, id.RoomID, id.SessionID, uint32) { panic("somebody's name") }
	poison, send := p.secret("Gift")
	send()
	f.say(talk, rima, "m.room.encrypted", poison)
	good, send := p.secret("danach")
	send()
	f.say(talk, rima, "m.room.encrypted", good)
	run(t, m, in)
	if ev := in.next(); ev.Text != "danach" {
		t.Errorf("told: %+v", ev)
	}
	if raw := <-aside; !strings.Contains(string(raw), `"ciphertext"`) {
		t.Errorf("set aside: %s", raw)
	}
	if n := len(aside); n != 0 {
		t.Errorf("%d more are set aside", n)
	}
}

// TestSlowState: what the server will not say yet is not asked for again before it lets
// the bot, and then the message is taken.
func TestSlowState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.chatOfTwo()
		m, in := f.open(Options{}), newInbox(t)
		if _, err := begin(m); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		f.failing(func(r *http.Request) (int, object) {
			if strings.HasSuffix(r.URL.Path, "/state") && time.Since(began) < 9*time.Minute {
				return 429, object{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 600_000}
			}
			return 0, nil
		})
		f.text(talk, rima, "eins")
		stop := run(t, m, in)
		defer stop()
		time.Sleep(11 * time.Minute)
		select {
		case ev := <-in.taken:
			if ev.Text != "eins" {
				t.Errorf("told: %+v", ev)
			}
		default:
			t.Error("nothing is told")
		}
		if n := len(f.made("GET v3/rooms/" + talk + "/state")); n > 3 {
			t.Errorf("it asked %d times", n)
		}
	})
}
