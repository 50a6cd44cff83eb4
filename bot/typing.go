package bot

import (
	"context"
	"sync"
	"time"

	"lotse/bot/chat"
)

// Somebody whose answer takes longer than typingAfter sees that it is being written.
// That is no message: it is not in the outbox and may be lost (DESIGN §2.9).
const (
	typingAfter    = time.Second
	typingPatience = 5 * time.Second // then it would not be shown any more
)

// typing knows who waits for an answer.
type typing struct {
	mu    sync.Mutex
	waits map[chat.Address]*time.Timer
}

// expect begins to wait for the answer to an event of a person.
func (b *Bot) expect(ev chat.Event) {
	t, ok := b.platforms[ev.In.Platform].(chat.Typer)
	if !ok || ev.Kind == chat.Left || b.isDesk(ev.In) || !b.running.Load() {
		return
	}
	b.typing.mu.Lock()
	defer b.typing.mu.Unlock()
	if b.typing.waits[ev.In] == nil {
		b.typing.waits[ev.In] = time.AfterFunc(typingAfter, func() { b.showTyping(t, ev.In) })
	}
}

// answered is the end of waiting: something left, or nothing will.
func (b *Bot) answered(to chat.Address) {
	b.typing.mu.Lock()
	defer b.typing.mu.Unlock()
	if t := b.typing.waits[to]; t != nil {
		t.Stop()
		delete(b.typing.waits, to)
	}
}

func (b *Bot) showTyping(t chat.Typer, to chat.Address) {
	b.typing.mu.Lock()
	_, waits := b.typing.waits[to]
	delete(b.typing.waits, to)
	b.typing.mu.Unlock()
	pacer := b.cfg.Pacers[to.Platform]
	if !waits || !b.running.Load() || pacer != nil && !pacer.Spare(b.paceRoom(to)) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), typingPatience)
	defer cancel()
	_ = t.Typing(ctx, to) // nobody misses it
}
