package telegram

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lotse/bot/retry"
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

// webhookLook is how often it is looked whether the server still delivers here.
const webhookLook = time.Minute

// serve tells the server where to deliver, and receives until ctx ends. A second bot
// takes the webhook away, without a word to this one.
func (r receiver) serve(ctx context.Context) error {
	r.webhook.attach(ctx, &r)
	defer r.webhook.attach(ctx, nil)
	p := &poller{receiver: r} // for its patience
	for set := false; ctx.Err() == nil; {
		here, err := false, error(nil)
		if set {
			here, err = r.delivered(ctx)
		}
		if err == nil && !here {
			if set {
				p.say(secondBot, errors.New("the webhook leads elsewhere"))
			}
			err = r.setWebhook(ctx)
		}
		if err != nil {
			if err := p.failed(ctx, err); err != nil {
				return ended(ctx, err)
			}
			continue
		}
		r.trouble.passed()
		set, p.fails = true, 0
		retry.Sleep(ctx, webhookLook)
	}
	return nil
}

func (r receiver) setWebhook(ctx context.Context) error {
	return r.call(ctx, "setWebhook", tgbotapi.Params{
		"url": r.webhook.url, "secret_token": r.webhook.secret, "allowed_updates": wanted, "max_connections": "64",
	}, nil)
}

// delivered reports whether the server delivers here.
func (r receiver) delivered(ctx context.Context) (bool, error) {
	var hook struct {
		URL string `json:"url"`
	}
	err := r.call(ctx, "getWebhookInfo", nil, &hook)
	return hook.URL == r.webhook.url, err
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
