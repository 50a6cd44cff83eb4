package bot

import (
	"context"
	"errors"
	"time"

	"lotse/bot/chat"
	"lotse/store"
	"lotse/store/seal"
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
		if errors.Is(err, seal.ErrTampered) {
			q, err = b.sealedShut(ctx, lane, err)
		}
		if err == nil && q != nil && q.damaged != nil {
			if err := b.putAway(sending, q); err != nil {
				return err
			}
			continue
		}
		if err != nil || q == nil {
			return err // a lane in trouble is woken by the alarm clock
		}
		if !b.allowed(lane, q) {
			return nil
		}
		began := time.Now()
		receipt, sendErr := b.deliver(sending, q)
		b.paced(q, time.Since(began), sendErr)
		b.answered(q.item.To)
		if err := b.settle(sending, lane, q, receipt, sendErr); err != nil {
			return err
		}
		if sendErr != nil && !final(sendErr) && q.item.Tap == 0 || sendErr == nil && q.only {
			return nil // what was added meanwhile has rung
		}
	}
	return nil
}

// deliver makes one request. An item that cannot be carried out, because its
// person was erased, its inquiry withdrawn or what it refers to never appeared, is
// done.
func (b *Bot) deliver(ctx context.Context, q *queued) (chat.Receipt, error) {
	it := q.item
	p := b.platforms[it.To.Platform]
	switch {
	case q.closed:
		return chat.Receipt{}, errClosed
	case q.raw == nil, q.withdrawn, q.night:
		return chat.Receipt{}, nil
	case p == nil:
		return chat.Receipt{}, &chat.SendError{Bad: true, Err: errors.New("network is not turned on")}
	case isThreadOp(it.Op):
		return b.thread(ctx, q)
	case it.Op == opForget:
		if f, ok := p.(chat.Forgetter); ok {
			return chat.Receipt{}, f.Forget(ctx, it.To)
		}
		return chat.Receipt{}, nil
	case it.Op == opSend:
		it.Message.ReplyTo = q.reply
		return p.Send(ctx, it.ID, it.To, it.Message)
	case !q.resolved:
		return chat.Receipt{}, nil
	}
	if e, ok := p.(chat.Editor); ok && (it.Op == opEdit || it.Op == opBlank) {
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
	case opDrop:
		if d, ok := p.(chat.ThreadDeleter); ok {
			at := it.To
			at.Thread = it.On
			return d.DeleteThread(ctx, at)
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
