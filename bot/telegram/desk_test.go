package telegram

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"lotse/bot/chat"
)

// A group is the desk as the server shows it.
type group struct {
	mu     sync.Mutex
	forum  bool
	status string
	rights map[string]bool
}

func (g *group) at(f *fake) {
	f.results["getChat"] = func(url.Values) any {
		return map[string]any{"type": "supergroup", "is_forum": g.forum, "permissions": map[string]bool{"can_send_messages": true}}
	}
	f.results["getChatMember"] = func(url.Values) any {
		g.mu.Lock()
		defer g.mu.Unlock()
		bot := map[string]any{"status": g.status}
		for name, is := range g.rights {
			bot[name] = is
		}
		return bot
	}
}

// is makes the bot something else there.
func (g *group) is(status string, rights ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.status, g.rights = status, map[string]bool{}
	for _, r := range rights {
		g.rights[r] = true
	}
}

// found are the looks that were handed in, in words.
func (m *memory) found() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []string
	for _, ev := range m.taken {
		if ev.Kind == chat.Setup {
			words := []string{ev.Standing.Place}
			for _, l := range ev.Standing.Lacks {
				words = append(words, string(l))
			}
			if ev.Standing.Threads {
				words = append(words, "and has threads")
			}
			all = append(all, strings.Join(words, " "))
		}
	}
	return all
}

// The desk is looked at when the bot starts, when it is made an administrator, when
// a request lacks a right, when it moves, and every hour; a look that fails is made
// again.
func TestTheDeskIsLookedAt(t *testing.T) {
	const promoted = `"my_chat_member":{"chat":{"id":-1001234,"type":"supergroup"},"from":{"id":9},"date":1,"old_chat_member":{"status":"member"},"new_chat_member":{"status":"administrator"}}`
	g := &group{forum: true, status: "member"}
	var full atomic.Bool
	o := Options{Desks: []string{"-1001234"}}
	err := bubble(t, o, func(f *fake, in *memory) {
		g.at(f)
		in.refuse = func(chat.Event) error {
			if full.Load() {
				return errors.New("the store is full")
			}
			return nil
		}
	}, func(t *testing.T, f *fake, in *memory, tg *Telegram) {
		want := []string{"-1001234 reading threads deleting"}
		now := func(after string) {
			t.Helper()
			if got := in.found(); !slices.Equal(got, want) {
				t.Errorf("%s: found %q, want %q", after, got, want)
			}
		}
		now("the start")
		g.is("administrator", "can_manage_topics", "can_delete_messages")
		f.tell("%s", promoted)
		f.tell("%s", promoted)
		pass(2 * lookPause)
		want = append(want, "-1001234 and has threads")
		now("a right is given")

		g.is("administrator", "can_delete_messages")
		f.answers("createForumTopic", func(url.Values) any {
			return refusal{400, "Bad Request: not enough rights to create a topic"}
		})
		var no *chat.SendError
		if _, err := tg.OpenThread(context.Background(), atDesk(), "x"); !errors.As(err, &no) || !no.Bad {
			t.Errorf("a topic without the right: %v", err)
		}
		pass(2 * lookPause)
		want = append(want, "-1001234 threads")
		now("a right was missing")

		full.Store(true)
		pass(lookAgain)
		now("while the store is full")
		full.Store(false)
		pass(lookSoon)
		want = append(want, "-1001234 threads")
		now("an hour")
		g.is("left")
		pass(lookAgain)
		want = append(want, " entry")
		now("it is not there any more")
		f.answers("getChat", func(url.Values) any { return refusal{403, "Forbidden: bot was kicked from the supergroup chat"} })
		pass(lookAgain)
		want = append(want, " entry")
		now("it was put out")
		f.answers("getChat", func(url.Values) any { return refusal{401, "Unauthorized"} })
		pass(lookAgain)
		now("the token is not valid")
	})
	if err != nil {
		t.Error(err)
	}
}

// A desk that moves is another place. The setting may follow: then nothing of the
// move is left.
func TestAMovedDeskIsAnotherPlace(t *testing.T) {
	g := &group{status: "administrator", rights: map[string]bool{"can_delete_messages": true}}
	moved := `"message":{"message_id":1,"date":1,"chat":{"id":-55,"type":"group"},"migrate_to_chat_id":-1005555}`
	o := Options{Desks: []string{"-55"}}
	cursor := ""
	err := bubble(t, o, func(f *fake, _ *memory) { g.at(f) }, func(t *testing.T, f *fake, in *memory, _ *Telegram) {
		f.tell("%s", moved)
		pass(2 * lookPause)
		if got := in.found(); !slices.Equal(got, []string{"-55", "-1005555"}) || in.taken[1].In.Room != "-55" {
			t.Errorf("found %q", got)
		}
		cursor = strings.Replace(in.last(), "1001", "0", 1)
	})
	if err != nil {
		t.Error(err)
	}
	for desk, room := range map[string]string{"-55": "-55", "-1005555": "-1005555"} {
		o := Options{Desks: []string{desk}}
		err := bubble(t, o, func(f *fake, in *memory) { g.at(f); in.cursor = cursor }, func(t *testing.T, f *fake, in *memory, _ *Telegram) {
			f.tell(`"message":{"message_id":5,"date":1,"chat":{"id":-1005555,"type":"supergroup"},"from":{"id":9},"text":"da"}`)
			synctest.Wait()
			if got := in.found(); !slices.Equal(got, []string{"-1005555"}) || in.taken[0].In.Room != room || in.taken[1].In.Room != room || in.taken[1].Text != "da" {
				t.Errorf("set to %s: %+v", desk, in.taken)
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
}
