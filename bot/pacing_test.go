package bot

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"lotse/bot/chat"
	"lotse/bot/pace"
	"lotse/locales"
	"lotse/store"
	"lotse/store/seal"
)

// A burst is spread over time, in order, and nothing of it is lost; what a network
// asks to wait is waited.
func TestPacing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := newNetwork()
		db, err := seal.Open(t.Context(), store.NewMem(), Table, master(t), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		words, err := testWords()
		if err != nil {
			t.Fatal(err)
		}
		var sent []time.Time
		refused := false
		net.fail = func(string) error {
			if len(sent) == 4 && !refused {
				refused = true
				return &chat.SendError{After: 20 * time.Second, Err: fmt.Errorf("slow down")}
			}
			sent = append(sent, time.Now())
			return nil
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
		const burst = 8
		for i := range burst {
			err := b.Receive(ctx, chat.Event{
				ID: fmt.Sprint(i), Kind: chat.Command, Text: "start", At: time.Now(), From: "ann", In: chat.Address{Platform: "web", Room: "ann"},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(5 * time.Minute) // virtual
		synctest.Wait()
		if len(sent) != burst {
			t.Fatalf("%d of %d messages were sent", len(sent), burst)
		}
		for i := 3; i < burst; i++ { // three at once are allowed, then one a second
			if gap := sent[i].Sub(sent[i-3]); gap < time.Second {
				t.Errorf("message %d came %v after the third before it", i, gap)
			}
		}
		if gap := sent[4].Sub(sent[3]); gap < 20*time.Second {
			t.Errorf("the network asked for 20 s, it got %v", gap)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		db.Close()
	})
}
