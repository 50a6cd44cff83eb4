package telegram

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lotse/bot/chat"
)

// A memory is what a bot remembers: events it took, and the cursor.
type memory struct {
	mu      sync.Mutex
	taken   []chat.Event
	cursors []string
	cursor  string
	refuse  func(chat.Event) error
	advance func() // before the cursor is kept
}

func (m *memory) Resume(context.Context, string) (string, error) { return m.cursor, nil }

func (m *memory) Receive(_ context.Context, ev chat.Event) error {
	if m.refuse != nil {
		if err := m.refuse(ev); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken = append(m.taken, ev)
	return nil
}

func (m *memory) Advance(_ context.Context, _, cursor string) error {
	if m.advance != nil {
		m.advance()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cursors = append(m.cursors, cursor)
	return nil
}

// texts are what was taken, in order.
func (m *memory) texts() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []string
	for _, ev := range m.taken {
		words := ev.Text
		for _, f := range ev.Files {
			words += "{" + f.Ref + "}"
		}
		all = append(all, words)
	}
	return strings.Join(all, " ")
}

func (m *memory) last() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.cursors) == 0 {
		return ""
	}
	return m.cursors[len(m.cursors)-1]
}

// bubble runs test in virtual time with a bot at work on a fake.
func bubble(t *testing.T, o Options, before func(*fake, *memory), test func(*testing.T, *fake, *memory, *Telegram)) (run error) {
	synctest.Test(t, func(t *testing.T) {
		f, in := newFake(t), &memory{}
		if before != nil {
			before(f, in)
		}
		o.HTTP = &http.Client{Transport: f}
		tg := f.open(o)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- tg.Run(ctx, in) }()
		synctest.Wait()
		test(t, f, in, tg)
		cancel()
		run = <-ended
	})
	return run
}

// pass lets virtual time pass, and what happens in it.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestNumbersThatStartAgainLower(t *testing.T) {
	err := bubble(t, Options{}, func(f *fake, in *memory) { in.cursor = "902" }, func(t *testing.T, f *fake, in *memory, _ *Telegram) {
		for _, id := range []int64{5, 6} {
			f.mu.Lock()
			f.queue(id, fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"date":1,"chat":{"id":8,"type":"private"},"from":{"id":8},"text":"%d"}}`, id, id, id))
			f.mu.Unlock()
			synctest.Wait()
		}
		if got := in.texts(); got != "5 6" || !slices.Equal(in.cursors, []string{"6", "7"}) {
			t.Errorf("told %q, cursors %q", got, in.cursors)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// One update that cannot be read, and one that makes the bot panic, are kept; the
// others flow; the log knows numbers only.
func TestSetAside(t *testing.T) {
	log := &book{}
	kept := map[int64]string{}
	full := true
	var mu sync.Mutex
	o := Options{
		Log: slog.New(slog.NewTextHandler(log, nil)),
		SetAside: func(_ context.Context, id int64, raw []byte) error {
			mu.Lock()
			defer mu.Unlock()
			if full {
				full = false
				return errors.New("the store is full")
			}
			kept[id] = string(raw)
			return nil
		},
	}
	err := bubble(t, o, func(f *fake, in *memory) {
		in.refuse = func(ev chat.Event) error {
			if ev.Text == "geheim, Panik" {
				panic(ev.Text)
			}
			return nil
		}
		f.say("eins")
		f.tell(`"message":{"message_id":"geheim"}`)
		f.say("geheim, Panik")
		f.say("zwei")
	}, func(t *testing.T, f *fake, in *memory, tg *Telegram) {
		pass(time.Minute)
		if got := in.texts(); got != "eins zwei" || tg.SetAside() != 2 || in.last() != "1004" {
			t.Errorf("told %q, %d set aside, cursor %s", got, tg.SetAside(), in.last())
		}
	})
	if err != nil || len(kept) != 2 || !strings.Contains(kept[1001], "geheim") || !strings.Contains(kept[1002], "Panik") {
		t.Errorf("kept %v, %v", kept, err)
	}
	if said := log.read(); !strings.Contains(said, "update=1001") || strings.Contains(said, "geheim") {
		t.Errorf("the log says %s", said)
	}
}

func TestPressesAreAnsweredAtOnce(t *testing.T) {
	press := func(id string) string {
		return fmt.Sprintf(`"callback_query":{"id":%q,"from":{"id":%d},"data":"a","message":{"message_id":9,"date":1,"chat":{"id":%d,"type":"private"}}}`, id, rima, rima)
	}
	var works atomic.Bool
	err := bubble(t, Options{}, func(f *fake, in *memory) {
		in.refuse = func(ev chat.Event) error {
			if works.Load() {
				return nil
			}
			return errors.New("the store is full")
		}
		f.results["answerCallbackQuery"] = func(form url.Values) any {
			return refusal{400, "Bad Request: query is too old and response timeout expired or query ID is invalid"}
		}
		f.tell("%s", press("1"))
	}, func(t *testing.T, f *fake, in *memory, tg *Telegram) {
		pass(time.Minute)
		if got := f.made("answerCallbackQuery"); len(got) != 1 || got[0].Get("callback_query_id") != "1" {
			t.Errorf("answered %v", got)
		}
		works.Store(true)
		pass(time.Minute)
		if len(in.taken) != 1 {
			t.Errorf("took %v", in.taken)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// A press is acknowledged although the first time that fails, but not for ever, and not
// before the server wants to be asked again.
func TestPressesAreAcknowledgedInTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		answer string
		fails  int // so often
		want   int // requests
		before time.Duration
	}{
		"500":              {500, refused(500, "Internal Server Error", ""), 1, 2, time.Second},
		"502":              {502, "<html>", 2, 3, 2 * time.Second},
		"429":              {429, refused(429, "Too Many Requests: retry after 2", `,"parameters":{"retry_after":2}`), 1, 2, 2*time.Second + 1},
		"for ever":         {500, refused(500, "Internal Server Error", ""), 99, 3, time.Minute},
		"it is too late":   {400, refused(400, "Bad Request: query is too old", ""), 99, 1, time.Minute},
		"the bot is stuck": {403, refused(403, "Forbidden", ""), 99, 1, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			fails := c.fails
			err := bubble(t, Options{}, func(f *fake, _ *memory) {
				f.fail = func(method string, _ url.Values) (int, string) {
					if method != "answerCallbackQuery" {
						return 0, ""
					}
					if fails--; fails < 0 {
						return 0, ""
					}
					return c.status, c.answer
				}
				f.tell(`"callback_query":{"id":"1","from":{"id":%d},"data":"a","message":{"message_id":9,"date":1,"chat":{"id":%[1]d,"type":"private"}}}`, rima)
			}, func(t *testing.T, f *fake, in *memory, _ *Telegram) {
				if len(in.taken) != 1 {
					t.Errorf("%d taken while the press is acknowledged", len(in.taken))
				}
				pass(c.before)
				if got := len(f.made("answerCallbackQuery")); got != c.want {
					t.Errorf("%d requests in %v, want %d", got, c.before, c.want)
				}
				pass(time.Minute)
				if got := len(f.made("answerCallbackQuery")); got != c.want {
					t.Errorf("%d requests in the end, want %d", got, c.want)
				}
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCommandsForOtherBots(t *testing.T) {
	command := func(text string) string {
		return fmt.Sprintf(`"message":{"message_id":9,"date":1,"chat":{"id":%d,"type":"supergroup"},"from":{"id":9},"text":%q}`, desk, text)
	}
	err := bubble(t, Options{Desks: []string{"-1001234"}}, func(f *fake, in *memory) {
		f.tell("%s", command("/fall@lotse_BOT 1"))
		f.tell("%s", command("/hilfe@another_bot"))
		f.tell("%s", command("/offen"))
	}, func(t *testing.T, f *fake, in *memory, tg *Telegram) {
		pass(time.Minute)
		if got := in.texts(); got != "fall offen" || len(f.made("getMe")) != 1 {
			t.Errorf("told %q, asked %v", got, f.calls)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// The bot leaves a foreign group, but not the desk under its new number, even when
// it hears of that before it hears of the move.
func TestForeignGroups(t *testing.T) {
	added := `"my_chat_member":{"chat":{"id":%d,"type":"supergroup"},"from":{"id":9},"date":1,"old_chat_member":{"status":"left"},"new_chat_member":{"status":"administrator"}}`
	err := bubble(t, Options{Desks: []string{"-55"}}, func(f *fake, in *memory) {
		f.fail = func(method string, form url.Values) (int, string) {
			if method == "sendChatAction" {
				return 400, refused(400, "Bad Request: group chat was upgraded to a supergroup chat", `,"parameters":{"migrate_to_chat_id":-1005555}`)
			}
			return 0, ""
		}
		f.tell(added, -1009999)
		f.tell(added, -1005555)
	}, func(t *testing.T, f *fake, in *memory, tg *Telegram) {
		pass(time.Minute)
		if got := f.made("leaveChat"); len(got) != 1 || got[0].Get("chat_id") != "-1009999" {
			t.Errorf("left %v", got)
		}
		f.say("weiter")
		synctest.Wait()
		if got := in.last(); got != "1003 -55>-1005555" {
			t.Errorf("the cursor is %q", got)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// The server is asked for more, which confirms what was told, only after that is
// durable; but while the cursor is written. A move is in the cursor only: it is waited
// for.
func TestWhatIsConfirmed(t *testing.T) {
	const slow = 10 * time.Second
	err := bubble(t, Options{Desks: []string{"-55"}}, func(f *fake, in *memory) {
		in.refuse = func(ev chat.Event) error {
			if ev.Text == "slow" {
				time.Sleep(slow)
			}
			return nil
		}
		in.advance = func() { time.Sleep(slow) }
		f.say("slow")
	}, func(t *testing.T, f *fake, in *memory, _ *Telegram) {
		asks := func(after string, want int) {
			t.Helper()
			synctest.Wait()
			f.mu.Lock()
			defer f.mu.Unlock()
			if len(f.asked) != want {
				t.Errorf("%s: it asked %d times, want %d", after, len(f.asked), want)
			}
		}
		pass(slow - 1)
		asks("before it is durable", 1)
		pass(1)
		asks("when it is durable", 2)
		if at := in.last(); at != "" {
			t.Errorf("the cursor is %s already", at)
		}
		f.say("zwei")
		synctest.Wait()
		if got := in.texts(); got != "slow zwei" {
			t.Errorf("told %q", got)
		}
		pass(slow)
		asks("when the cursor is written", 3)
		f.tell(`"message":{"message_id":1,"date":1,"chat":{"id":-55,"type":"group"},"migrate_to_chat_id":-1005555}`)
		pass(2*slow - 1)
		asks("before the move is written", 3)
		pass(1)
		asks("when it is", 4)
		if at := in.last(); at != "1003 -55>-1005555" {
			t.Errorf("the cursor is %s", at)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// Rooms are received beside each other, all of a batch.
func TestRoomsAreReceivedBesideEachOther(t *testing.T) {
	var mu sync.Mutex
	under, most := 0, 0
	err := bubble(t, Options{}, func(f *fake, in *memory) {
		in.refuse = func(chat.Event) error {
			mu.Lock()
			under++
			most = max(most, under)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			under--
			mu.Unlock()
			return nil
		}
		for i := range 100 {
			f.tell(`"message":{"message_id":9,"date":1,"chat":{"id":%d,"type":"private"},"from":{"id":9},"text":"x"}`, i+1)
		}
	}, func(t *testing.T, f *fake, in *memory, _ *Telegram) {
		pass(3 * time.Second)
		if len(in.taken) != 100 || most != atOnce {
			t.Errorf("%d taken, %d at once", len(in.taken), most)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// A second bot that takes the webhook away is said once, and the webhook taken back.
// Deliveries of different chats are received beside each other, those of one chat in
// turn. What comes a moment too early is received in a moment, and nobody is warned.
