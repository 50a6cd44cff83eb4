package telegram

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lotse/bot/chat"
	"lotse/bot/retry"
)

const (
	pollWait  = 50 * time.Second // the server's longest (Bot API server)
	pollSlack = 10 * time.Second
	pollMost  = 30 * time.Second // pause between attempts while the server is out of reach
	pollLimit = 100
)

// Run receives until ctx ends. It fails when the token is not valid, which only
// the operator can put right.
func (t *Telegram) Run(ctx context.Context, in chat.Inbox) error {
	var beside sync.WaitGroup
	defer beside.Wait()
	spot, rooms := newCrew(), newCrew()
	defer spot.end()
	defer rooms.end()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r := receiver{Telegram: t, in: in, spot: spot, running: ctx}
	cursor, err := in.Resume(ctx, Platform)
	if err != nil {
		return ended(ctx, err)
	}
	next, err := t.moves.resume(cursor)
	if err != nil {
		return err
	}
	if len(t.desks) > 0 {
		beside.Go(func() { r.watch(ctx) })
	}
	if t.webhook != nil {
		return r.serve(ctx)
	}
	p := &poller{receiver: r, rooms: rooms, next: next}
	defer p.saving.Wait()
	for ctx.Err() == nil {
		batch, err := p.ask(ctx)
		if err != nil {
			if err := p.failed(ctx, err); err != nil {
				return ended(ctx, err)
			}
			continue
		}
		t.trouble.passed()
		p.fails = 0
		if !p.batch(ctx, batch) {
			break
		}
	}
	return nil
}

// ended is err, unless it is only that ctx ended.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// A poller asks for updates. What it asks for after a batch is confirmed, and
// forgotten by the server: so it asks only after all of it is durable.
type poller struct {
	receiver
	rooms  *crew
	next   int64 // the first update to ask for
	fails  int
	saving sync.WaitGroup // the cursor is being written
}

// ask waits for the next batch. It is read in one go; only if that fails it is asked
// for again, and each update read by itself.
func (p *poller) ask(ctx context.Context) ([]item, error) {
	var all []update
	err := p.getUpdates(ctx, &all)
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return p.askRaw(ctx)
	}
	items := make([]item, len(all))
	for i := range all {
		items[i] = p.understood(&all[i])
	}
	return items, err
}

func (p *poller) askRaw(ctx context.Context) ([]item, error) {
	var raws []json.RawMessage
	err := p.getUpdates(ctx, &raws)
	items := make([]item, len(raws))
	for i, raw := range raws {
		items[i] = p.read(raw)
	}
	return items, err
}

func (p *poller) getUpdates(ctx context.Context, batch any) error {
	return p.callFor(ctx, pollWait+pollSlack, "getUpdates", tgbotapi.Params{
		"offset": strconv.FormatInt(p.next, 10), "limit": strconv.Itoa(pollLimit),
		"timeout": strconv.Itoa(int(pollWait / time.Second)), "allowed_updates": wanted,
	}, batch)
}

// failed is a question that failed: it says so once, and waits. Its error is one
// that only the operator can put right.
func (p *poller) failed(ctx context.Context, err error) error {
	var e *apiError
	errors.As(err, &e)
	after := retry.Pause(p.fails, pollMost)
	switch {
	case ctx.Err() != nil:
		return nil
	case unknown(err):
		p.trouble.is(unknownToken)
		return fmt.Errorf("telegram: %s: %w", unknownToken, err)
	case e != nil && e.said && e.status == 409 && e.has("webhook"):
		if err = p.call(ctx, "deleteWebhook", nil, nil); err == nil {
			p.log.Warn("updates went to a webhook, which is removed: this bot asks for them itself")
			return nil
		}
	case e != nil && e.said && e.status == 409:
		p.say(secondBot, err)
	default:
		p.say(noAnswer, err)
	}
	if e != nil {
		after = max(after, e.after)
	}
	p.fails++
	retry.Sleep(ctx, after)
	return nil
}

// say complains about the first of several failures.
func (p *poller) say(what string, err error) {
	if p.trouble.is(what) {
		p.log.Error(what, "err", err)
	}
}

// batch receives all of a batch, rooms beside each other and each in order, and
// moves on to what comes after it. False when ctx ended before.
func (p *poller) batch(ctx context.Context, items []item) bool {
	if len(items) == 0 {
		return true
	}
	last := int64(0)
	for _, it := range items {
		last = cmp.Or(it.id, last)
	}
	if !p.together(ctx, items) {
		return false
	}
	if last == 0 { // nothing that has a number
		return retry.Sleep(ctx, pollMost)
	}
	p.next = last + 1
	return p.save(ctx)
}

// save writes the cursor while the server is asked for more: the events are durable,
// and who finds an old cursor is told some of them again. Only a move is not told again,
// so it is waited for.
func (p *poller) save(ctx context.Context) bool {
	p.saving.Wait()
	moved := p.moves.changed()
	cursor := p.moves.cursor(p.next)
	p.saving.Go(func() {
		retry.Until(ctx, func() error { return p.in.Advance(ctx, Platform, cursor) })
	})
	if moved {
		p.saving.Wait()
	}
	return ctx.Err() == nil
}

// together receives items; false when ctx ended before.
func (p *poller) together(ctx context.Context, items []item) bool {
	rooms := map[int64][]item{} // as many as a batch has updates
	for _, it := range items {
		rooms[it.told.room] = append(rooms[it.told.room], it)
	}
	var wg sync.WaitGroup
	for _, all := range rooms {
		wg.Add(1)
		started := p.rooms.do(ctx, func() {
			defer wg.Done()
			for _, it := range all {
				if !p.insist(ctx, it) {
					return
				}
			}
		})
		if !started {
			wg.Done()
		}
	}
	wg.Wait()
	return ctx.Err() == nil
}
