package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/bot/picture"
	"lotse/flows"
)

// settle is the transaction after a request: the row is gone and what came of it
// is remembered, or the lane waits, or the item is dead and somebody is told.
func (b *Bot) settle(ctx context.Context, lane string, q *queued, receipt chat.Receipt, sendErr error) error {
	return b.transact(ctx, q.key, func(t *turn) error {
		raw, err := t.tx.Get(q.key)
		if err != nil {
			return err
		}
		var e *chat.SendError
		errors.As(sendErr, &e)
		gone := e != nil && e.Gone && !b.isDesk(q.item.To)
		if q.waited && (sendErr == nil || e != nil && e.Bad) { // there was an answer: the lane is in no trouble
			if err := t.calm(lane); err != nil {
				return err
			}
		}
		if q.raw == nil || raw == nil { // unreadable since its person was erased, perhaps just now
			t.tx.Delete(q.key)
			return t.takeOut(q.item, receipt) // what was under way nobody else knows of
		}
		switch {
		case q.night:
			t.tomorrow(q)
			return nil
		case q.item.Tap > 0: // what only adorns a list is tried once, and holds up nobody
			t.forget(q, raw)
			return nil
		case isThreadOp(q.item.Op) && (sendErr == nil || e != nil && (e.Bad || e.NoThread)):
			return t.threadSettled(q, raw, receipt, sendErr != nil)
		case e != nil && e.NoThread && !q.item.Op.erases():
			return t.threadGone(q)
		case sendErr == nil, e != nil && e.NoThread:
			return t.arrived(q, raw, receipt)
		case gone:
			return t.unreachable(q, raw)
		case e != nil && e.Bad && q.item.Op == opEdit && q.item.Page > 0:
			t.sendAnew(q)
			return nil
		case e != nil && e.Bad && q.item.Op == opSend && len(q.item.Message.Files) > 1:
			t.apart(q)
			return nil
		case e != nil && e.Bad && picture.Refused(sendErr):
			return t.pictureLost(q, raw)
		case e != nil && e.Bad:
			return t.dead(q, raw, "why.bad")
		case e != nil && e.Unsure && q.item.Op == opSend && q.item.Ref.Draft != "" && !t.b.isDesk(q.item.To):
			if err := t.unsure(q, raw); err != nil {
				return err
			}
		case !b.isDesk(q.item.To) && t.now.Sub(q.item.At) > deadAfter:
			if err := t.dead(q, raw, "why.time"); err != nil {
				return err
			}
		}
		return t.wait(lane, q, e, sendErr)
	})
}

// arrived forgets the row and remembers what the network called the message.
func (t *turn) arrived(q *queued, raw []byte, receipt chat.Receipt) error {
	it := q.item
	t.forget(q, raw)
	if it.Op.erases() {
		return t.erased(it, false)
	}
	late, err := t.b.withdrawn(t.tx, it)
	if err != nil {
		return err
	}
	if late {
		return t.takeOut(it, receipt)
	}
	if it.Ref.IID != "" || it.Ref.Member != "" {
		pid, id := it.Ref.home()
		name := it.Post
		if name == "" || it.Op == opEdit {
			name = "m-" + it.ID
		}
		for i, message := range receipt.Messages() {
			save(t.tx, t.b.sentKey(it.To, message), sent{ref: it.Ref})
			if i > 0 {
				name = fmt.Sprintf("m-%s-%d", it.ID, i)
			}
			save(t.tx, keyOf("post", pid, id, name), post{
				To: it.To, Message: message, At: t.now, File: len(it.Message.Files) > 0, Desk: t.b.isDesk(it.To),
			})
		}
	}
	if it.Ref.Cast != "" && (it.Last || t.b.isDesk(it.To)) {
		if err := t.castArrived(q, receipt.Message); err != nil {
			return err
		}
	}
	if it.Ref.Given != "" && t.b.isDesk(it.To) {
		t.givenSaid(it, receipt)
	} else if it.Ref.Meeting != "" && t.b.isDesk(it.To) {
		if err := t.meetingSaid(q, receipt); err != nil {
			return err
		}
	} else if it.Ref.IID == "" && it.Ref.Member == "" && it.Offers && t.b.isDesk(it.To) { // a list that belongs to no inquiry
		save(t.tx, t.b.sentKey(it.To, receipt.Message), sent{})
	}
	if it.Page > 0 && it.Op == opSend && receipt.Message != "" {
		save(t.tx, keyOf("page", it.Ref.PID), page{post{To: it.To, Message: receipt.Message}, it.Page})
	}
	if err := t.offered(q, receipt); err != nil {
		return err
	}
	if it.Last && it.Ref.Draft != "" {
		return t.deskEvent(it.Ref, flows.DeskInput{Action: flows.ActDelivered})
	}
	return nil
}

// takeOut deletes a message that was under way when what it is about was deleted.
func (t *turn) takeOut(it item, receipt chat.Receipt) error {
	if it.Ref.IID == "" && it.Ref.Given == "" && it.Ref.Member == "" || isThreadOp(it.Op) { // a thread is no message
		return nil
	}
	for _, message := range receipt.Messages() {
		taken := item{Op: opDelete, To: it.To, On: message, Trace: trace{Own: true, File: len(it.Message.Files) > 0}}
		if err := t.enqueue(taken, push); err != nil {
			return err
		}
	}
	return nil
}

// apart sends the files of an album one by one, in its place: it was refused, and
// one bad file must not keep the others back.
func (t *turn) apart(q *queued) {
	t.tx.Delete(q.key)
	parts := strings.Split(q.key, "/")
	place, files, last := parts[3], q.item.Message.Files, q.item.Last
	for i := range files {
		it := q.item
		it.ID, it.Message.Files, it.Last = t.id(), files[i:i+1], last && i == len(files)-1
		if i > 0 {
			it.Message.Text, it.Message.Marks, it.Post = "", nil, ""
		}
		parts[3] = place + string(rune('a'+i)) // behind the album, before the next row
		save(t.tx, keyOf(parts...), it)
	}
}

// calm forgets that a lane was in trouble: its network has answered.
func (t *turn) calm(lane string) error {
	key := keyOf("lane", lane)
	trouble, found, err := load[laneTrouble](t.tx, key)
	if err != nil || !found || trouble.Closed {
		return err
	}
	t.tx.Delete(key)
	return t.speaksAgain(lane)
}

// forget deletes the row, unless a newer edit took its place while it was sent.
func (t *turn) forget(q *queued, raw []byte) {
	if !bytes.Equal(raw, q.raw) {
		return
	}
	t.tx.Delete(q.key)
	if q.item.Op == opEdit {
		t.tx.Delete(t.b.editKey(q.item))
	}
}

// unreachable is somebody who closed the chat: nothing more is tried, and the
// desk is told at once.
func (t *turn) unreachable(q *queued, raw []byte) error {
	if !q.closed {
		t.closeLane(q.item.To)
	}
	if q.pid != "" && q.item.Ref.PID != "" {
		sp, err := t.known(q.item.Ref.PID)
		if err != nil {
			return err
		}
		if !sp.Person.Gone && !sp.Person.Erasing && sp.Person.Address == q.item.To {
			if err := t.setGone(sp, true); err != nil {
				return err
			}
		}
	}
	return t.dead(q, raw, "why.gone")
}

// dead gives an item up and tells whom it concerns.
func (t *turn) dead(q *queued, raw []byte, why string) error {
	t.forget(q, raw)
	it := q.item
	if it.Op.erases() {
		return t.erased(it, true)
	}
	t.warn("message given up", "op", it.Op, "platform", it.To.Platform, "why", why)
	switch {
	case it.Ref.Cast != "" && it.Last:
		return t.castSettled(it.Ref.Cast, it.Ref.PID, castWhy[why])
	case it.Ref.Given != "" && it.Op == opSend && !t.b.isDesk(it.To):
		return t.givenLost(it)
	case it.Op != opSend || it.Ref.IID == "":
		return nil
	case t.b.isDesk(it.To):
		return t.unshown(it)
	case it.Ref.Draft != "":
		return t.deskEvent(it.Ref, flows.DeskInput{Action: flows.ActFailed, Why: why})
	}
	return nil
}

// unsure is an answer of which nobody knows whether it arrived. It is not sent
// again by itself: the desk decides. Everything else is: a card or a prompt that
// stands there twice does no harm, one that is missing does.
func (t *turn) unsure(q *queued, raw []byte) error {
	t.forget(q, raw)
	t.warn("nobody knows whether an answer arrived", "platform", q.item.To.Platform)
	return t.deskEvent(q.item.Ref, flows.DeskInput{Action: flows.ActUnsure})
}

// unshown tells the desk that a message about an inquiry could not be shown
// there; if not even that can be, the log has it.
func (t *turn) unshown(it item) error {
	q, found, err := load[flows.Inquiry](t.tx, keyOf("inquiry", it.Ref.PID, it.Ref.IID))
	if !found || err != nil || it.Emoji == unshownMark {
		return err
	}
	m := t.b.body(t.b.deskLang(), []flows.Text{sayNumber("desk.unshown", q)})
	return t.enqueue(item{To: chat.Address{Platform: it.To.Platform, Room: it.To.Room}, Message: m, Ref: it.Ref, Emoji: unshownMark}, talk)
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
	if trouble.Closed { // while the request was under way
		t.wake = append(t.wake, lane)
		return nil
	}
	if trouble.Since.IsZero() {
		trouble.Since = t.now
		t.watchMute(lane, t.now)
		t.warn("sending waits", "platform", q.item.To.Platform, "err", cause)
	}
	d := backoff(lane, trouble.Fails)
	if !t.b.isDesk(q.item.To) || t.now.Sub(trouble.Since) >= deskPatience {
		trouble.Fails++
	}
	if e != nil {
		d = max(d, e.After)
	}
	trouble.Until = t.now.Add(d).Truncate(time.Microsecond) // as exact as the alarm clock, which must not ring before it
	save(t.tx, key, trouble)
	t.at(trouble.Until, "lane", lane)
	return nil
}

// deskPatience is how long a room of the desk that is out of reach is tried again every
// second: coordinators in the other room must not work on what this one does not show.
// Of such lanes there are two, of others thousands.
const deskPatience = time.Minute

// rested is the end of a lane's pause. The pause is taken off the lane, so that
// who serves it need not read the same time on a clock that may be set back.
func (t *turn) rested(lane string) error {
	t.wake = append(t.wake, lane)
	key := keyOf("lane", lane)
	trouble, found, err := load[laneTrouble](t.tx, key)
	if err != nil || !found || trouble.Until.After(t.now) {
		return err
	}
	rows, err := t.tx.Scan(keyOf("out", lane)+"/", "", 1)
	if err != nil && !damage(err) { // a damaged row is one
		return err
	}
	if err == nil && len(rows) == 0 || trouble.Closed { // what waited was given up
		t.tx.Delete(key)
		return nil
	}
	trouble.Until = time.Time{}
	save(t.tx, key, trouble)
	return nil
}
