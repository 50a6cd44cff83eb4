package telegram

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lotse/bot/chat"
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
	r := receiver{t, in}
	var beside sync.WaitGroup
	defer beside.Wait()
	defer r.settleSpot()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
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
	p := &poller{receiver: r, next: next, parts: map[albumKey]int{}, done: map[int64]bool{}}
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

// settleSpot waits for what is under way; it ends soon, as its context did.
func (r receiver) settleSpot() {
	for range cap(r.spot) {
		r.spot <- struct{}{}
	}
	for range cap(r.spot) {
		<-r.spot
	}
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
	next  int64     // the first update to ask for
	asked time.Time // when it was last asked
	fails int

	// Albums that may go on, with as many parts as they had, and the updates
	// behind their beginning that are received already.
	parts map[albumKey]int
	done  map[int64]bool
}

// ask waits for the next batch, or not at all when an album is waited for.
func (p *poller) ask(ctx context.Context) ([]json.RawMessage, error) {
	wait := pollWait
	if len(p.parts) > 0 {
		wait = 0
	}
	p.asked = time.Now()
	var batch []json.RawMessage
	err := p.callFor(ctx, wait+pollSlack, "getUpdates", tgbotapi.Params{
		"offset": strconv.FormatInt(p.next, 10), "limit": strconv.Itoa(pollLimit),
		"timeout": strconv.Itoa(int(wait / time.Second)), "allowed_updates": wanted,
	}, &batch)
	return batch, err
}

// failed is a question that failed: it says so once, and waits. Its error is one
// that only the operator can put right.
func (p *poller) failed(ctx context.Context, err error) error {
	var e *apiError
	errors.As(err, &e)
	after := min(time.Second<<min(p.fails, 10), pollMost)
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
	sleep(ctx, after)
	return nil
}

// say complains about the first of several failures.
func (p *poller) say(what string, err error) {
	if p.trouble.is(what) {
		p.log.Error(what, "err", err)
	}
}

type albumKey struct {
	room int64
	id   string
}

// batch receives all of a batch, rooms beside each other and each in order, and
// moves on to what comes after it. False when ctx ended before.
func (p *poller) batch(ctx context.Context, raws []json.RawMessage) bool {
	if len(raws) == 0 && len(p.parts) == 0 {
		return true
	}
	var items []item
	last := int64(0)
	for _, raw := range raws {
		it := p.read(raw)
		if last = cmp.Or(it.id, last); !p.done[it.id] {
			items = append(items, it)
		}
	}
	items, open := p.albums(items)
	if !p.together(ctx, items) {
		return false
	}
	if len(open) == 0 {
		clear(p.parts)
		clear(p.done)
		if last == 0 { // nothing came, or nothing that has a number
			return len(raws) == 0 || sleep(ctx, pollMost)
		}
		return p.advance(ctx, last+1)
	}
	for _, it := range items {
		for _, id := range append(it.more, it.id) {
			p.done[id] = true
		}
	}
	// Everything before the first album that may go on is received.
	return (open[0] == p.next || p.advance(ctx, open[0])) && sleep(ctx, max(albumPause, samePause-time.Since(p.asked)))
}

func (p *poller) advance(ctx context.Context, next int64) bool {
	p.next = next
	return retry(ctx, func() error { return p.in.Advance(ctx, Platform, p.moves.cursor(next)) })
}

// How long to wait for more of an album: its parts are sent together. Asked for the
// same updates within half a second, the server would tell only one of them.
const (
	albumPause = 300 * time.Millisecond
	samePause  = 600 * time.Millisecond
	albumMost  = 10 // parts (Bot API, sendMediaGroup)
)

// albums makes one item of the parts of each album. An album that nothing follows
// in its room may go on: unless nothing came since it was last asked for, it is not
// received yet, and the number of its first update is in open.
func (p *poller) albums(items []item) (ready []item, open []int64) {
	last := map[int64]int{} // room → its last item in ready
	for _, it := range items {
		at, before := last[it.told.room]
		if before && it.told.album != "" && ready[at].told.album == it.told.album && len(ready[at].more)+1 < albumMost {
			ready[at].told.events[0] = joined(ready[at].told.events[0], it.told.events[0])
			ready[at].more = append(ready[at].more, it.id)
			continue
		}
		if it.told.room != 0 {
			last[it.told.room] = len(ready)
		}
		ready = append(ready, it)
	}
	waiting := map[albumKey]int{}
	kept := ready[:0]
	for i, it := range ready {
		key, parts := albumKey{it.told.room, it.told.album}, len(it.more)+1
		if key.id != "" && last[key.room] == i && parts < albumMost && parts > p.parts[key] {
			waiting[key] = parts
			open = append(open, it.id)
			continue
		}
		kept = append(kept, it)
	}
	p.parts = waiting
	return kept, open
}

// joined is an album with one more part. Its caption stands at any of them.
func joined(album, part chat.Event) chat.Event {
	album.Files = append(album.Files, part.Files...)
	album.Text = strings.TrimSpace(album.Text + "\n" + part.Text)
	return album
}

// together receives items; false when ctx ended before.
func (p *poller) together(ctx context.Context, items []item) bool {
	rooms := map[int64][]item{}
	var order []int64
	for _, it := range items {
		room := it.told.room
		if rooms[room] == nil {
			order = append(order, room)
		}
		rooms[room] = append(rooms[room], it)
	}
	var wg sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for _, room := range order {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			for _, it := range rooms[room] {
				if !p.insist(ctx, it) {
					return
				}
			}
		})
	}
	wg.Wait()
	return ctx.Err() == nil
}
