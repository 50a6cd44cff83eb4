//go:build goolm

package matrix

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"lotse/bot/chat"
)

// TestSentBefore: the answer to a request was lost and the process died, so long ago
// that the server has forgotten the request. It is not made again, of whatever kind it is.
func TestSentBefore(t *testing.T) {
	photo := chat.File{Kind: chat.Photo, Platform: "elsewhere", Ref: "photo", Type: "image/jpeg"}
	files := func(context.Context, chat.File) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("photo")), nil
	}
	for name, request := range map[string]func(m *Matrix, msg string) (string, error){
		"send": func(m *Matrix, _ string) (string, error) {
			sent, err := m.Send(t.Context(), "row", here, chat.Message{Text: "eins"})
			return sent.Message, err
		},
		"media": func(m *Matrix, _ string) (string, error) {
			sent, err := m.Send(t.Context(), "row", here, chat.Message{Text: "eins", Files: []chat.File{photo}})
			return sent.Message, err
		},
		"edit": func(m *Matrix, msg string) (string, error) {
			return "", m.Edit(t.Context(), "row", here, msg, chat.Message{Text: "zwei"})
		},
		"react":  func(m *Matrix, msg string) (string, error) { return "", m.React(t.Context(), "row", here, msg, "👍") },
		"delete": func(m *Matrix, msg string) (string, error) { return "", m.Delete(t.Context(), "row", here, msg) },
	} {
		for _, state := range []map[string]object{{"m.room.power_levels": {}}, megolm} {
			f := newFake(t)
			f.room(talk, state, rima, bot)
			in, o := newInbox(t), Options{Files: files}
			m := f.open(o)
			stop := run(t, m, in)
			about, err := m.Send(t.Context(), "before", here, chat.Message{Text: "davor"})
			if err != nil {
				t.Fatal(err)
			}
			first, err := request(m, about.Message)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			stop()
			f.mu.Lock()
			clear(f.once)
			stands := len(f.log)
			f.calls = nil
			f.mu.Unlock()
			m = f.open(o)
			run(t, m, in)
			again, err := request(m, about.Message)
			if err != nil || again != first {
				t.Errorf("%s: %q, then %q, %v", name, first, again, err)
			}
			f.mu.Lock()
			for _, h := range f.log[stands:] {
				t.Errorf("%s: once more: %v", name, h.evt)
			}
			f.mu.Unlock()
			if n := len(f.made("POST /_matrix/media/")); n != 0 {
				t.Errorf("%s: %d files were uploaded again", name, n)
			}
		}
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
