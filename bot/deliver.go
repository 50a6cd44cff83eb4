package bot

import (
	"bytes"
	"context"
	"errors"
	"hash/fnv"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/store"
)

// sendLanes serves lanes until ctx ends. Requests and settling run under
// sending, which ends a little later, so that a request under way is settled.
func (b *Bot) sendLanes(ctx, sending context.Context) {
	for {
		lane, ok := b.lanes.next(ctx)
		if !ok {
			return
		}
		for b.lanes.serve(lane) {
			if err := b.empty(ctx, sending, lane); err != nil && ctx.Err() == nil {
				b.cfg.Log.Error("lane cannot be served", "err", err)
				b.pause(ctx, backoff(lane, 0))
				b.lanes.wake(lane)
			}
		}
	}
}

// empty sends a lane's items in order until none is left or one has to wait.
func (b *Bot) empty(ctx, sending context.Context, lane string) error {
	for ctx.Err() == nil {
		var q *queued
		err := b.cfg.DB.View(ctx, func(r store.Reader) (err error) {
			q, err = b.next(r, lane)
			return err
		})
		if err != nil || q == nil {
			return err // a lane in trouble is woken by the alarm clock
		}
		receipt, sendErr := b.deliver(sending, q)
		if err := b.settle(sending, lane, q, receipt, sendErr); err != nil {
			return err
		}
		if sendErr != nil && !final(sendErr) {
			return nil
		}
	}
	return nil
}

// deliver makes one request. An item that cannot be carried out, because its
// person was erased or what it refers to never appeared, is done.
func (b *Bot) deliver(ctx context.Context, q *queued) (chat.Receipt, error) {
	it := q.item
	p := b.platforms[it.To.Platform]
	switch {
	case q.raw == nil:
		return chat.Receipt{}, nil
	case p == nil:
		return chat.Receipt{}, &chat.SendError{Bad: true, Err: errors.New("network is not turned on")}
	case it.Op == opSend:
		it.Message.ReplyTo = q.reply
		return p.Send(ctx, it.ID, it.To, it.Message)
	case !q.resolved:
		return chat.Receipt{}, nil
	}
	if e, ok := p.(chat.Editor); ok && it.Op == opEdit {
		return chat.Receipt{}, e.Edit(ctx, it.ID, it.To, q.target, it.Message)
	}
	if it.Op == opEdit { // where nothing can be edited, the new state is a new message
		return p.Send(ctx, it.ID, it.To, it.Message)
	}
	return chat.Receipt{}, change(ctx, p, q)
}

// change deletes or reacts, where the network can.
func change(ctx context.Context, p chat.Platform, q *queued) error {
	it := q.item
	switch it.Op {
	case opDelete:
		if d, ok := p.(chat.Deleter); ok {
			return d.Delete(ctx, it.ID, it.To, q.target)
		}
	case opReact:
		if r, ok := p.(chat.Reacter); ok {
			return r.React(ctx, it.ID, it.To, q.target, it.Emoji)
		}
	}
	return nil
}

func final(err error) bool {
	var e *chat.SendError
	return errors.As(err, &e) && (e.Gone || e.Bad)
}

// settle is the transaction after a request: the row is gone and what came of it
// is remembered, or the lane waits, or the item is dead and somebody is told.
func (b *Bot) settle(ctx context.Context, lane string, q *queued, receipt chat.Receipt, sendErr error) error {
	return b.transact(ctx, q.key, func(t *turn) error {
		raw, err := t.tx.Get(q.key)
		if err != nil {
			return err
		}
		if q.raw == nil || raw == nil { // unreadable since its person was erased, perhaps just now
			t.tx.Delete(q.key)
			return nil
		}
		var e *chat.SendError
		errors.As(sendErr, &e)
		switch {
		case sendErr == nil:
			return t.arrived(lane, q, raw, receipt)
		case e != nil && e.Gone && !b.isDesk(q.item.To):
			return t.unreachable(q)
		case e != nil && e.Bad:
			return t.dead(q, "why.bad")
		case !b.isDesk(q.item.To) && t.now.Sub(q.item.At) > deadAfter:
			return t.dead(q, "why.time")
		}
		return t.wait(lane, q, e, sendErr)
	})
}

// arrived forgets the row and remembers what the network called the message. A
// row that was replaced by a newer edit while the older was sent stays.
func (t *turn) arrived(lane string, q *queued, raw []byte, receipt chat.Receipt) error {
	it := q.item
	if bytes.Equal(raw, q.raw) {
		t.forget(q)
	}
	if trouble, err := t.tx.Get(keyOf("lane", lane)); err != nil {
		return err
	} else if trouble != nil {
		t.tx.Delete(keyOf("lane", lane))
	}
	if it.Ref.IID != "" && receipt.Message != "" {
		save(t.tx, t.b.sentKey(it.To, receipt.Message), it.Ref)
		name := it.Post
		if name == "" || it.Op == opEdit {
			name = "m-" + it.ID
		}
		save(t.tx, keyOf("post", it.Ref.PID, it.Ref.IID, name), post{To: it.To, Message: receipt.Message})
	}
	if it.Last && it.Ref.Draft != "" {
		return t.deskEvent(it.Ref, flows.DeskInput{Action: flows.ActDelivered})
	}
	return nil
}

func (t *turn) forget(q *queued) {
	t.tx.Delete(q.key)
	if q.item.Op == opEdit {
		t.tx.Delete(t.b.editKey(q.item))
	}
}

// unreachable is somebody who closed the chat: nothing more is tried, and the
// desk is told at once.
func (t *turn) unreachable(q *queued) error {
	if q.pid != "" && q.item.Ref.PID != "" {
		sp, err := t.known(q.item.Ref.PID)
		if err != nil {
			return err
		}
		if !sp.Person.Gone && sp.Person.Address != (chat.Address{}) {
			if err := t.setGone(sp, true); err != nil {
				return err
			}
		}
	}
	return t.dead(q, "why.gone")
}

// dead gives an item up and tells whom it concerns.
func (t *turn) dead(q *queued, why string) error {
	t.forget(q)
	it := q.item
	t.b.cfg.Log.Warn("message given up", "op", it.Op, "platform", it.To.Platform, "why", why)
	switch {
	case it.Op != opSend || it.Ref.IID == "":
		return nil
	case t.b.isDesk(it.To):
		return t.unshown(it)
	case it.Ref.Draft != "":
		return t.deskEvent(it.Ref, flows.DeskInput{Action: flows.ActFailed, Why: why})
	}
	return nil
}

// unshown tells the desk that a message about an inquiry could not be shown
// there; if not even that can be, the log has it.
func (t *turn) unshown(it item) error {
	q, found, err := load[flows.Inquiry](t.tx, keyOf("inquiry", it.Ref.PID, it.Ref.IID))
	if !found || err != nil || it.Emoji == unshownMark {
		return err
	}
	m := t.b.body(t.b.deskLang(), []flows.Text{sayNumber("desk.unshown", q)})
	return t.enqueue(item{To: t.b.cfg.Desk, Message: m, Ref: it.Ref, Emoji: unshownMark}, talk)
}

// unshownMark keeps a notice about an unshown message from causing another.
const unshownMark = "unshown"

// wait lets the lane rest: as long as the network says, or longer each time.
func (t *turn) wait(lane string, q *queued, e *chat.SendError, cause error) error {
	key := keyOf("lane", lane)
	trouble, _, err := load[laneTrouble](t.tx, key)
	if err != nil {
		return err
	}
	if trouble.Fails == 0 {
		trouble.Since = t.now
		t.b.cfg.Log.Warn("sending waits", "platform", q.item.To.Platform, "err", cause)
	}
	d := backoff(lane, trouble.Fails)
	if e != nil {
		d = max(d, e.After)
	}
	trouble.Fails++
	trouble.Until = t.now.Add(d).Truncate(time.Microsecond) // as exact as the alarm clock, which must not ring before it
	save(t.tx, key, trouble)
	t.at(trouble.Until, "lane", lane)
	return nil
}

// Back-off after failures: it doubles from the first to the longest pause.
const (
	firstPause   = time.Second
	longestPause = 10 * time.Minute
)

// backoff is the pause after so many failures, spread by up to a half so that
// not all try again at the same moment. The spread derives from who waits, so
// that a transaction that runs again comes to the same time.
func backoff(who string, fails int) time.Duration {
	d := longestPause
	if fails < 10 {
		d = min(firstPause<<fails, longestPause)
	}
	h := fnv.New32a()
	h.Write([]byte(who))
	h.Write([]byte{byte(fails)})
	return d/2 + time.Duration(uint64(d/2)*uint64(h.Sum32())>>32)
}
