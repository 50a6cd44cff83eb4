package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lotse/bot/chat"
	"lotse/bot/pace"
	"lotse/locales"
	"lotse/store"
	"lotse/store/seal"
)

// A typist is a network that shows who types, and notes when.
type typist struct {
	*network
	mu    sync.Mutex
	began time.Time
	typed []string
}

func (n *typist) Typing(_ context.Context, to chat.Address) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.typed = append(n.typed, fmt.Sprint(to.Room, " ", time.Since(n.began)))
	return &chat.SendError{Gone: true, Err: errors.New("blocked")}
}

// A slowStore takes its time.
type slowStore struct {
	store.DB
	pause time.Duration
}

func (s *slowStore) Update(ctx context.Context, f func(store.Tx) error) error {
	time.Sleep(s.pause)
	return s.DB.Update(ctx, f)
}

// Who waits for more than a second sees that an answer is being written: once, and
// only while nobody waits for the network.
func TestTyping(t *testing.T) {
	const pause = 400 * time.Millisecond
	for name, c := range map[string]struct {
		store time.Duration
		ev    chat.Event
		rooms int // that get a message first
		fails error
		want  []string
	}{
		"at once":         {ev: chat.Event{Kind: chat.Command, Text: "start"}},
		"soon":            {store: pause, ev: chat.Event{Kind: chat.Command, Text: "start"}},
		"late":            {store: 5 * pause, ev: chat.Event{Kind: chat.Command, Text: "start"}, want: []string{"ann 1s"}},
		"nothing to say":  {ev: chat.Event{Kind: chat.Reaction, Text: "x"}},
		"who leaves":      {store: 5 * pause, ev: chat.Event{Kind: chat.Left}},
		"cannot be sent":  {store: pause, ev: chat.Event{Kind: chat.Command, Text: "start"}, fails: &chat.SendError{Gone: true, Err: errors.New("blocked")}},
		"others wait":     {ev: chat.Event{Kind: chat.Command, Text: "start"}, rooms: 100},
		"the team's room": {store: 5 * pause, ev: chat.Event{Kind: chat.Command, Text: "hilfe", In: theDesk}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				net := &typist{network: newNetwork(), began: time.Now()}
				net.fail = func(string) error { return c.fails }
				slow := &slowStore{DB: store.NewMem()}
				db, err := seal.Open(t.Context(), slow, Table, master(t), time.Now)
				if err != nil {
					t.Fatal(err)
				}
				words, err := testWords()
				if err != nil {
					t.Fatal(err)
				}
				b, err := New(Config{
					DB: db, Content: holding(words), Platforms: []chat.Platform{net}, Desks: []chat.Address{theDesk}, DeskLang: "de", Now: time.Now,
					Pacers: map[string]*pace.Pacer{"web": pace.New(pace.Telegram(30), time.Now)},
					Log:    slog.New(slog.NewTextHandler(io.Discard, nil)), Lang: locales.Pseudo,
				})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error)
				go func() { done <- b.Run(ctx) }()
				synctest.Wait()
				slow.pause = c.store
				tell := func(room string, ev chat.Event) {
					ev.ID, ev.At, ev.From = room, time.Now(), room
					if ev.In.Room == "" {
						ev.In = net.at(room)
					}
					if err := b.Receive(ctx, ev); err != nil {
						t.Error(err)
					}
				}
				for i := range c.rooms {
					tell(fmt.Sprint(i), c.ev)
				}
				tell("ann", c.ev)
				time.Sleep(time.Minute)
				synctest.Wait()
				if !slices.Equal(net.typed, c.want) || len(b.typing.waits) != 0 {
					t.Errorf("typed %q, want %q; %d wait", net.typed, c.want, len(b.typing.waits))
				}
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
				db.Close()
			})
		})
	}
}
