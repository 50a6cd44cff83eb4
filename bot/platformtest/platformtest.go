// Package platformtest is what every adapter must pass: that it keeps the
// promises of chat.Platform, both ways. An adapter's test opens it on a network
// that runs inside the test and describes the people's end of it (Network). The
// tests refuse traffic that would leave the machine.
package platformtest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"lotse/bot/chat"
)

// A Network is an adapter with its network and the people's end of it. What is
// nil or zero in the second part the network does not have.
type Network struct {
	Platform chat.Platform
	Room     chat.Address       // of a person who talks with the bot
	Speak    func(text string)  // the person says it; Run is at work
	Shown    func() []Shown     // the bot's messages as the person sees them now, oldest first
	Press    func(on, b string) // the person presses button b under message on

	Block   func()               // the person blocks the bot
	Break   func()               // from now on nothing can be sent
	Restart func() chat.Platform // the adapter anew, on the same network: the bot was killed
	Units   int                  // most UTF-16 units of a text
	Once    bool                 // a repeated id is the same message
}

// Shown is one message as a person sees it.
type Shown struct {
	ID        string
	Text      string
	Reply     string
	Buttons   [][]chat.Button
	Reactions []string
}

// Run tests an adapter. open makes a new network with nothing said yet, and
// cleans up with t.
func Run(t *testing.T, open func(*testing.T) Network) {
	Loopback(t)
	for name, test := range map[string]func(*testing.T, Network){
		"text": text, "buttons": buttons, "reply": reply, "change": change, "once": once,
		"parts": parts, "gone": gone, "broken": broken, "cancelled": cancelled, "nowhere": nowhere,
		"end": end, "again": again, "order": order, "restart": restart,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// Loopback makes http.DefaultTransport refuse to leave the machine until the
// test is over. Tests that use it must not run in parallel.
func Loopback(t testing.TB) {
	open := http.DefaultTransport
	t.Cleanup(func() { http.DefaultTransport = open })
	http.DefaultTransport = &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		if ip := net.ParseIP(host); host != "localhost" && !ip.IsLoopback() {
			return nil, errors.New("a test wants to leave the machine")
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}
}

// patience bounds what a broken adapter can make a test wait.
const patience = 20 * time.Second

// An inbox is a bot's memory: it keeps what it took, and refuses when told to.
type inbox struct {
	t       *testing.T
	cursor  string
	refuse  int // so many events are refused before the first is taken
	told    chan chat.Event
	taken   chan chat.Event
	cursors chan string
	took    atomic.Bool
}

func newInbox(t *testing.T) *inbox {
	return &inbox{t: t, told: make(chan chat.Event, 100), taken: make(chan chat.Event, 100), cursors: make(chan string, 100)}
}

func (in *inbox) Resume(context.Context, string) (string, error) { return in.cursor, nil }

func (in *inbox) Receive(_ context.Context, ev chat.Event) error {
	in.told <- ev
	if in.refuse > 0 {
		in.refuse--
		return errors.New("the store is full")
	}
	in.took.Store(true)
	in.taken <- ev
	return nil
}

func (in *inbox) Advance(_ context.Context, _, cursor string) error {
	if !in.took.Load() {
		in.t.Error("the cursor moved before anything was taken")
	}
	in.cursors <- cursor
	return nil
}

// run feeds in until the test is over or the returned stop is called.
func run(t *testing.T, p chat.Platform, in *inbox) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx, in) }()
	stopped := false
	stop = func() {
		t.Helper()
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := await(t, ended); err != nil {
			t.Errorf("Run ended with its context, and says: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

func await[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatal("nothing happens")
	}
	return v
}

func mustSend(t *testing.T, n Network, id string, m chat.Message) string {
	t.Helper()
	r, err := n.Platform.Send(t.Context(), id, n.Room, m)
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	if r.Message == "" {
		t.Fatal("the receipt has no ID")
	}
	return r.Message
}

func shown(t *testing.T, n Network, want int) []Shown {
	t.Helper()
	all := n.Shown()
	if len(all) != want {
		t.Fatalf("%d messages are shown, want %d: %+v", len(all), want, all)
	}
	return all
}

func same(a, b [][]chat.Button) bool {
	return slices.Equal(slices.Concat(a...), slices.Concat(b...))
}
