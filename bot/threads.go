package bot

import (
	"context"
	"fmt"
	"strings"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/store"
)

// threader is the network of one of the desk's rooms, if it can have a thread for each
// inquiry and the room has not said that it cannot.
func (b *Bot) threader(d deskRoom) chat.Threader {
	th, _ := b.platforms[d.Platform].(chat.Threader)
	if th == nil || d.noThreads.Load() {
		return nil
	}
	return th
}

// openThread asks a room for a thread for a new inquiry, before its card.
func (t *turn) openThread(d deskRoom, pid string, q flows.Inquiry) error {
	if t.b.threader(d) == nil {
		return nil
	}
	return t.enqueue(t.threadItem(d, opOpen, pid, q), talk)
}

func (t *turn) threadItem(d deskRoom, o op, pid string, q flows.Inquiry) item {
	lang := t.b.deskLang()
	name := fmt.Sprintf("%s · %s · %s", q.Number,
		t.b.label(lang, flows.Text{Key: "language.name." + q.Lang}), t.b.label(lang, flows.Text{Key: "topic." + q.Topic}))
	return item{Op: o, To: d.Address, Message: chat.Message{Text: name}, Ref: ref{PID: pid, IID: q.ID}, Post: d.in(threadPost)}
}

// followThread closes the inquiry's threads when the inquiry is over, and opens them
// again with it.
func (t *turn) followThread(pid string, before, after flows.Inquiry) error {
	was, is := before.Status.Open(), after.Status.Open()
	if was == is {
		return nil
	}
	o := opClose
	if is {
		o = opReopen
	}
	for _, d := range t.b.desks {
		if t.b.threader(d) == nil {
			continue
		}
		if err := t.enqueue(t.threadItem(d, o, pid, after), talk); err != nil {
			return err
		}
	}
	return nil
}

// inThread puts what is said in the desk about an inquiry into its thread.
func (b *Bot) inThread(r store.Reader, q *queued) error {
	it := q.item
	d, ok := b.deskOn(it.To.Platform)
	if it.Ref.IID == "" || !ok || !sameRoom(d.Address, it.To) || it.Op == opDelete || it.Op == opReact {
		return nil
	}
	if g, ok := b.platforms[it.To.Platform].(chat.Grower); ok && g.GrowsThreads() {
		return b.belowCard(r, q, d)
	}
	p, _, err := load[post](r, keyOf("post", it.Ref.PID, it.Ref.IID, d.in(threadPost)))
	q.item.To.Thread = p.To.Thread
	return err
}

// belowCard puts it into the thread that grows below the card.
func (b *Bot) belowCard(r store.Reader, q *queued, d deskRoom) error {
	it := q.item
	if isPost(it.Post, cardPost) {
		return nil
	}
	p, _, err := load[post](r, keyOf("post", it.Ref.PID, it.Ref.IID, d.in(cardPost)))
	if sameRoom(p.To, it.To) {
		q.item.To.Thread = p.Message
	}
	return err
}

// thread makes a request about a thread.
func (b *Bot) thread(ctx context.Context, q *queued) (chat.Receipt, error) {
	it := q.item
	d, _ := b.deskOn(it.To.Platform)
	th := b.threader(d)
	switch {
	case th == nil:
		return chat.Receipt{}, nil
	case it.Op == opOpen && it.To.Thread == "":
		at, err := th.OpenThread(ctx, it.To, it.Message.Text)
		return chat.Receipt{Message: at.Thread}, err
	case it.To.Thread == "":
		return chat.Receipt{}, nil
	case it.Op == opClose:
		return chat.Receipt{}, th.CloseThread(ctx, it.To)
	case it.Op == opReopen:
		return chat.Receipt{}, th.ReopenThread(ctx, it.To)
	}
	return chat.Receipt{}, nil
}

func isThreadOp(o op) bool { return o == opOpen || o == opClose || o == opReopen }

// threadSettled is the transaction after a request about a thread. A room that
// refuses to open one has none: replies do.
func (t *turn) threadSettled(q *queued, raw []byte, receipt chat.Receipt, refused bool) error {
	t.forget(q, raw)
	d, ok := t.b.deskOn(q.item.To.Platform)
	if !ok { // it was moved meanwhile
		return nil
	}
	if refused && q.item.Op == opOpen {
		d.noThreads.Store(true)
		t.warn("the desk's room has no threads: inquiries are kept apart by replies", "platform", q.item.To.Platform)
		return nil
	}
	if receipt.Message == "" {
		return nil
	}
	at := d.Address
	at.Thread = receipt.Message
	about := ref{PID: q.item.Ref.PID, IID: q.item.Ref.IID}
	save(t.tx, keyOf("post", about.PID, about.IID, d.in(threadPost)), post{To: at, Desk: true})
	save(t.tx, t.b.threadKey(at), about)
	return nil
}

// forgetThread forgets the thread of an inquiry in a room.
func (t *turn) forgetThread(d deskRoom, pid, iid string) error {
	key := keyOf("post", pid, iid, d.in(threadPost))
	at, _, err := load[post](t.tx, key)
	t.tx.Delete(key)
	t.tx.Delete(t.b.threadKey(at.To))
	return err
}

// threadGone is somebody deleting an inquiry's thread: it is opened anew and shows its
// card, in the place right before what could not be said.
func (t *turn) threadGone(q *queued) error {
	it := q.item
	d, ok := t.b.deskOn(it.To.Platform)
	if !ok {
		t.tx.Delete(q.key)
		return nil
	}
	if err := t.forgetThread(d, it.Ref.PID, it.Ref.IID); err != nil {
		return err
	}
	inquiry, found, err := load[flows.Inquiry](t.tx, keyOf("inquiry", it.Ref.PID, it.Ref.IID))
	if err != nil {
		return err
	}
	if !found || inquiry.Status == flows.Withdrawn { // it went with the inquiry
		t.tx.Delete(q.key)
		return nil
	}
	stamp := strings.Split(q.key, "/")[3][:len(stampOf(t.now))]
	t.ahead = stamp + "000" // rows of a stamp are counted from 001
	defer func() { t.ahead = "" }()
	if err := t.enqueue(t.threadItem(d, opOpen, it.Ref.PID, inquiry), talk); err != nil {
		return err
	}
	if isPost(it.Post, cardPost) && it.Op == opSend { // it comes next, into the new thread
		return nil
	}
	t.tx.Delete(keyOf("post", it.Ref.PID, it.Ref.IID, d.in(cardPost))) // it went with the thread
	return t.tellIn(d, it.Ref.PID, inquiry, flows.Card(inquiry), "")
}
