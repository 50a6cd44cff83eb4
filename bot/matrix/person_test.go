//go:build goolm

package matrix

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
)

// A person has a device with keys of its own. What the fake would send to it, it reads
// when it is asked to.
type person struct {
	t      *testing.T
	f      *fake
	client *mautrix.Client
	mach   *crypto.OlmMachine
}

// newPerson gives Rima a device.
func newPerson(t *testing.T, f *fake) *person {
	t.Helper()
	f.mu.Lock()
	f.tokens["rima's token"] = device{rima, "PHONE"}
	f.mu.Unlock()
	client, err := mautrix.NewClient("http://fake", rima, "rima's token")
	if err != nil {
		t.Fatal(err)
	}
	client.DeviceID, client.Client, client.Log = "PHONE", &http.Client{Transport: f}, zerolog.Nop()
	states := mautrix.NewMemoryStateStore()
	client.StateStore = states
	p := &person{t: t, f: f, client: client, mach: crypto.NewOlmMachine(client, nil, crypto.NewMemoryStore(nil), states.(crypto.StateStore))}
	p.must(p.mach.Load(t.Context()))
	p.must(p.mach.ShareKeys(t.Context(), -1))
	return p
}

func (p *person) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// secret is what she says, encrypted with a new key. The key is on its way when send is
// called, before or after what it belongs to.
func (p *person) secret(words string) (content object, send func()) {
	p.t.Helper()
	return p.secretly(&event.MessageEventContent{MsgType: event.MsgText, Body: words})
}

func (p *person) secretly(what any) (content object, send func()) {
	p.t.Helper()
	ctx := p.t.Context()
	p.f.hold()
	_ = p.mach.CryptoStore.RemoveOutboundGroupSession(ctx, talk)
	_, err := p.client.State(ctx, talk)
	p.must(err)
	p.must(p.mach.ShareGroupSession(ctx, talk, []id.UserID{bot, rima}))
	secret, err := p.mach.EncryptMegolmEvent(ctx, talk, event.EventMessage, what)
	p.must(err)
	raw, err := json.Marshal(secret)
	p.must(err)
	p.must(json.Unmarshal(raw, &content))
	return content, p.f.release
}

// reads is what the bot's newest message says to her.
func (p *person) reads() string {
	p.t.Helper()
	ctx := p.t.Context()
	p.f.mu.Lock()
	log := append([]happened(nil), p.f.log...)
	p.f.mu.Unlock()
	words := ""
	for _, h := range log {
		evt := &event.Event{}
		raw, err := json.Marshal(h.evt)
		p.must(err)
		p.must(json.Unmarshal(raw, evt))
		switch {
		case h.to == device{rima, "PHONE"}:
			evt.Type.Class = event.ToDeviceEventType
			p.must(evt.Content.ParseRaw(evt.Type))
			p.mach.HandleToDeviceEvent(ctx, evt)
		case h.evt["sender"] == bot && h.evt["type"] == "m.room.encrypted":
			evt.RoomID, evt.Type.Class = id.RoomID(h.room), event.MessageEventType
			p.must(evt.Content.ParseRaw(evt.Type))
			clear, err := p.mach.DecryptMegolmEvent(ctx, evt)
			p.must(err)
			words = clear.Content.AsMessage().Body
		}
	}
	return words
}

// An inbox keeps what it took, each event once.
type inbox struct {
	t     *testing.T
	mu    sync.Mutex
	seen  map[string]bool
	taken chan chat.Event
	hook  func(chat.Event) error
	from  string // the cursor
}

func newInbox(t *testing.T) *inbox {
	return &inbox{t: t, seen: map[string]bool{}, taken: make(chan chat.Event, 1000)}
}

func (in *inbox) Resume(context.Context, string) (string, error) { return in.from, nil }

func (in *inbox) Advance(_ context.Context, _, cursor string) error {
	in.from = cursor
	return nil
}

func (in *inbox) Receive(_ context.Context, ev chat.Event) error {
	if in.hook != nil {
		if err := in.hook(ev); err != nil {
			return err
		}
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.seen[ev.ID] {
		in.seen[ev.ID] = true
		in.taken <- ev
	}
	return nil
}

// next is the next event that is no membership.
func (in *inbox) next() chat.Event {
	in.t.Helper()
	for {
		select {
		case ev := <-in.taken:
			if ev.Kind != chat.Back {
				return ev
			}
		case <-time.After(20 * time.Second):
			in.t.Fatal("nothing is told")
		}
	}
}

// run receives until the test is over or stop is called.
func run(t *testing.T, m *Matrix, in *inbox) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx, in) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run says: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

var here = chat.Address{Platform: Platform, Room: talk}
