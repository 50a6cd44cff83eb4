//go:build goolm

package matrix

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"lotse/bot/chat"
)

// TestSentBefore: the answer to a request was lost and the process died, so long ago
// that the server has forgotten the request.
func TestSentBefore(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	in := newInbox(t)
	m := f.open(Options{})
	stop := run(t, m, in)
	sent, err := m.Send(t.Context(), "row", here, chat.Message{Text: "eins"})
	if err != nil {
		t.Fatal(err)
	}
	stop()
	f.mu.Lock()
	clear(f.once)
	f.mu.Unlock()
	m = f.open(Options{})
	run(t, m, in)
	again, err := m.Send(t.Context(), "row", here, chat.Message{Text: "eins"})
	if err != nil || again.Message != sent.Message || len(f.shown()) != 1 {
		t.Errorf("%+v, then %+v, %v; it stands there %d times", sent, again, err, len(f.shown()))
	}
}

// TestForbidden: a room that the bot was put out of is gone; where it lacks a right, it
// waits.
func TestForbidden(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	m := f.open(Options{})
	f.refuse("/send/", 403, "M_FORBIDDEN")
	_, err := m.Send(t.Context(), "row", here, chat.Message{Text: "eins"})
	var no *chat.SendError
	if !errors.As(err, &no) || no.Gone || no.Bad {
		t.Errorf("without the right: %v", err)
	}
	f.mu.Lock()
	f.set(talk, rima, "m.room.member", bot, object{"membership": "leave"})
	f.mu.Unlock()
	if _, err = m.Send(t.Context(), "row", here, chat.Message{Text: "eins"}); !errors.As(err, &no) || !no.Gone {
		t.Errorf("put out: %v", err)
	}
}

// TestReactions: they are not encrypted, so they must not tell anything.
func TestReactions(t *testing.T) {
	f := newFake(t)
	f.room(talk, megolm, rima, bot)
	m := f.open(Options{})
	msg := f.text(talk, rima, "eins")
	for emoji, want := range map[string]bool{"👍": true, "3️⃣": true, "🔟": true, "❤️": false, "⚖️ Asyl": false} {
		if err := m.React(t.Context(), "row"+emoji, here, msg, emoji); (err == nil) != want {
			t.Errorf("%s: %v", emoji, err)
		}
	}
	if n := len(f.made("PUT v3/rooms/!talk:fake/send/m.reaction/")); n != 3 {
		t.Errorf("%d reactions", n)
	}
}

// TestSlowDown: a server that wants to be left alone is not asked again at once.
func TestSlowDown(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	m := f.open(Options{})
	f.failing(func(r *http.Request) (int, object) {
		if strings.Contains(r.URL.Path, "/send/") {
			return 429, object{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 500, "Retry-After": "2"}
		}
		return 0, nil
	})
	_, err := m.Send(t.Context(), "row", here, chat.Message{Text: "eins"})
	var no *chat.SendError
	if !errors.As(err, &no) || no.After.Seconds() != 2 || no.Bad || no.Gone {
		t.Errorf("%v", err)
	}
	if n := len(f.made("PUT v3/rooms/!talk:fake/send/")); n != 1 {
		t.Errorf("it asked %d times", n)
	}
}
