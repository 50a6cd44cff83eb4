package bot

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/store"
)

// Health is what somebody who looks after the server must know. It holds nothing
// about people.
type Health struct {
	// Stuck is how many rooms cannot be written to at the moment, up to
	// store.MaxScan, and Since when the longest of them.
	Stuck int       `json:"stuck"`
	Since time.Time `json:"since,omitzero"`
	// Deaf are the networks that hear nothing at the moment, and why.
	Deaf map[string]string `json:"deaf,omitempty"`
	// Rooms are those of the desk, by their networks.
	Rooms map[string]RoomHealth `json:"rooms"`
	// Damaged is how many messages of the last 30 days could not be read when they
	// were to be sent, up to store.MaxScan.
	Damaged int `json:"damaged"`
}

// Health looks at the store; an error means that the bot cannot work.
func (b *Bot) Health(ctx context.Context) (Health, error) {
	h := Health{Deaf: b.deaf()}
	err := b.cfg.DB.View(ctx, func(r store.Reader) error {
		rows, err := r.Scan("lane/", "", store.MaxScan)
		if err != nil {
			return err
		}
		for _, row := range rows {
			trouble, _, err := load[laneTrouble](r, row.Key)
			if err != nil {
				return err
			}
			if trouble.Closed { // by its person, who may
				continue
			}
			if h.Stuck++; h.Since.IsZero() || trouble.Since.Before(h.Since) {
				h.Since = trouble.Since
			}
		}
		if h.Rooms, err = b.rooms(r); err != nil {
			return err
		}
		rows, err = r.Scan("damaged/", "", store.MaxScan)
		h.Damaged = len(rows)
		return err
	})
	return h, err
}

func (b *Bot) deaf() map[string]string {
	deaf := map[string]string{}
	for name, p := range b.platforms {
		if t, ok := p.(chat.Troubled); ok && t.Trouble() != "" {
			deaf[name] = t.Trouble()
		}
	}
	return deaf
}

// ServeHealth answers GET /healthz for whoever watches over the process: 200 when
// it does its work, 503 and why when not. That it answers says that it lives.
func (b *Bot) ServeHealth(w http.ResponseWriter, r *http.Request) {
	answer := struct {
		Live  bool   `json:"live"`
		Ready bool   `json:"ready"`
		Why   string `json:"why,omitempty"`
		Health
	}{Live: true}
	h, err := b.Health(r.Context())
	answer.Health = h
	switch {
	case err != nil:
		answer.Why = "the store does not work: " + err.Error()
	case !b.running.Load():
		answer.Why = "it is starting or stopping"
	case len(h.Deaf) > 0:
		answer.Why = "it does not hear everybody"
	default:
		answer.Ready = true
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !answer.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	json.NewEncoder(w).Encode(answer) // who went away asks again
}

// cardWithoutStore is the one message that does not go through the outbox: when
// the store fails, somebody in danger still gets the emergency card, once however
// often the network tells the event again. It may be sent twice after a restart
// and it may be lost.
func (b edition) cardWithoutStore(ctx context.Context, ev chat.Event) {
	lang := b.lists.danger(ev.Text)
	asked := ev.Kind == chat.Command && ev.Text == "sos" || ev.Kind == chat.Press && ev.Press == "nav/sos" ||
		ev.Kind == chat.Text && b.means("", "nav.sos", ev.Text)
	p := b.platforms[ev.In.Platform]
	if lang == "" && !asked || p == nil || ctx.Err() != nil {
		return
	}
	if _, done := b.carded.LoadOrStore(ev.ID, true); done {
		return
	}
	if lang == "" {
		lang = b.words.Tag(ev.Lang)
	}
	if lang == "" {
		lang = "de"
	}
	for _, part := range p.Parts(b.render(lang, flows.Emergency(b.lists.hotlines))) {
		if _, err := p.Send(ctx, "sos/"+ev.ID, ev.In, part); err != nil {
			b.cfg.Log.Error("emergency card without store", "err", err)
			b.carded.Delete(ev.ID) // the next telling tries again
		}
	}
}
