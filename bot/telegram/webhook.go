package telegram

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"io"
	"net/http"
	"sync"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// WebhookOptions say where the server delivers updates.
type WebhookOptions struct {
	URL string // as the server reaches Handler; https except for a server of one's own
}

// webhookPatience is how long a delivery is kept waiting for what can be received in
// a moment. A server that is sent away comes back later each time.
const webhookPatience = 5 * time.Second

// maxUpdate is the largest update taken, in bytes.
const maxUpdate = 1 << 20

// A webhook takes updates that are delivered. Its secret is a new one with every
// start: what was sent with an older one is refused, and told again.
type webhook struct {
	url, secret string

	mu  sync.RWMutex
	to  *receiver // while Run is at work
	ctx context.Context
	// turns has one place for all rooms whose number ends alike: messages and presses
	// of one room come beside each other.
	turns [256]chan struct{}
}

func newWebhook(url string) *webhook {
	w := &webhook{url: url, secret: rand.Text()}
	for i := range w.turns {
		w.turns[i] = make(chan struct{}, 1)
	}
	return w
}

// serve tells the server where to deliver, and receives until ctx ends.
func (r receiver) serve(ctx context.Context) error {
	w := r.webhook
	w.attach(ctx, &r)
	defer w.attach(ctx, nil)
	p := &poller{receiver: r} // for its patience
	for ctx.Err() == nil {
		err := r.call(ctx, "setWebhook", tgbotapi.Params{
			"url": w.url, "secret_token": w.secret, "allowed_updates": wanted, "max_connections": "64",
		}, nil)
		if err == nil {
			r.trouble.passed()
			break
		}
		if err := p.failed(ctx, err); err != nil {
			return ended(ctx, err)
		}
	}
	<-ctx.Done()
	return nil
}

// attach waits for those under way.
func (w *webhook) attach(ctx context.Context, r *receiver) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.to, w.ctx = r, ctx
}

// Handler takes the updates that the server delivers: it is served at the webhook's
// address. It answers 200 only when an update is durable; until then the server
// repeats it. Without Options.Webhook it knows nothing.
func (t *Telegram) Handler() http.Handler {
	if t.webhook == nil {
		return http.NotFoundHandler()
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		given := req.Header.Get("X-Telegram-Bot-Api-Secret-Token")
		if req.Method != http.MethodPost || subtle.ConstantTimeCompare([]byte(given), []byte(t.webhook.secret)) != 1 {
			http.Error(rw, "not Telegram", http.StatusForbidden)
			return
		}
		raw, err := io.ReadAll(http.MaxBytesReader(rw, req.Body, maxUpdate))
		if err != nil {
			http.Error(rw, "unreadable", http.StatusRequestEntityTooLarge)
			return
		}
		if t.webhook.receive(raw) != nil {
			http.Error(rw, "later", http.StatusServiceUnavailable)
		}
	})
}

// receive takes one update, one of a room at a time.
func (w *webhook) receive(raw []byte) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.to == nil {
		return context.Canceled
	}
	ctx, cancel := context.WithTimeout(w.ctx, webhookPatience)
	defer cancel()
	it := w.to.read(raw)
	turn := w.turns[uint64(it.told.room)%uint64(len(w.turns))]
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if !w.to.insist(ctx, it) {
		return context.DeadlineExceeded
	}
	if !w.to.moves.changed() {
		return nil
	}
	return w.to.in.Advance(w.ctx, Platform, w.to.moves.cursor(0))
}
