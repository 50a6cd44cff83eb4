package bot

import (
	"context"
	"fmt"
	"strings"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/store"
)

// threadPost is the post that says which thread of the desk belongs to an inquiry.
const threadPost = "thread"

// threader is the desk's platform, if it can have a thread for each inquiry and
// its room has not said that it cannot.
func (b *Bot) threader() chat.Threader {
	th, _ := b.platforms[b.cfg.Desk.Platform].(chat.Threader)
	if th == nil || b.noThreads.Load() {
		return nil
	}
	return th
}

// openThread asks for a thread for a new inquiry, before its card.
func (t *turn) openThread(pid string, q flows.Inquiry) error {
	if t.b.threader() == nil {
		return nil
	}
	return t.enqueue(t.threadItem(opOpen, pid, q), talk)
}

func (t *turn) threadItem(o op, pid string, q flows.Inquiry) item {
	lang := t.b.deskLang()
	name := fmt.Sprintf("%s · %s · %s", q.Number,
		t.b.label(lang, flows.Text{Key: "language.name." + q.Lang}), t.b.label(lang, flows.Text{Key: "topic." + q.Topic}))
	return item{Op: o, To: t.b.cfg.Desk, Message: chat.Message{Text: name}, Ref: ref{PID: pid, IID: q.ID}, Post: threadPost}
}

// followThread closes the inquiry's thread when the inquiry is over, and opens it
// again with it.
func (t *turn) followThread(pid string, before, after flows.Inquiry) error {
	was, is := before.Status.Open(), after.Status.Open()
	if was == is || t.b.threader() == nil {
		return nil
	}
	o := opClose
	if is {
		o = opReopen
	}
	return t.enqueue(t.threadItem(o, pid, after), talk)
}

// inThread puts what is said in the desk about an inquiry into its thread.
func (b *Bot) inThread(r store.Reader, q *queued) error {
	it := q.item
	if it.Ref.IID == "" || !b.isDesk(it.To) || it.Op == opDelete || it.Op == opReact {
		return nil
	}
	if g, ok := b.platforms[it.To.Platform].(chat.Grower); ok && g.GrowsThreads() {
		return b.belowCard(r, q)
	}
	p, _, err := load[post](r, keyOf("post", it.Ref.PID, it.Ref.IID, threadPost))
	q.item.To.Thread = p.To.Thread
	return err
}

// belowCard puts it into the thread that grows below the card.
func (b *Bot) belowCard(r store.Reader, q *queued) error {
	it := q.item
	if it.Post == "card" {
		return nil
	}
	p, _, err := load[post](r, keyOf("post", it.Ref.PID, it.Ref.IID, "card"))
	if sameRoom(p.To, it.To) {
		q.item.To.Thread = p.Message
	}
	return err
}

// thread makes a request about a thread.
func (b *Bot) thread(ctx context.Context, q *queued) (chat.Receipt, error) {
	th, it := b.threader(), q.item
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
	if refused && q.item.Op == opOpen {
		t.b.noThreads.Store(true)
		t.warn("the desk's room has no threads: inquiries are kept apart by replies", "platform", q.item.To.Platform)
		return nil
	}
	if receipt.Message == "" {
		return nil
	}
	at := t.b.cfg.Desk
	at.Thread = receipt.Message
	save(t.tx, keyOf("post", q.item.Ref.PID, q.item.Ref.IID, threadPost), post{To: at})
	return nil
}

// threadGone is somebody deleting an inquiry's thread: it is opened anew and shows its
// card, in the place right before what could not be said.
func (t *turn) threadGone(q *queued) error {
	it := q.item
	t.tx.Delete(keyOf("post", it.Ref.PID, it.Ref.IID, threadPost))
	inquiry, found, err := load[flows.Inquiry](t.tx, keyOf("inquiry", it.Ref.PID, it.Ref.IID))
	if err != nil || !found {
		return err
	}
	stamp := strings.Split(q.key, "/")[3][:len(stampOf(t.now))]
	t.ahead = stamp + "000" // rows of a stamp are counted from 001
	defer func() { t.ahead = "" }()
	if err := t.enqueue(t.threadItem(opOpen, it.Ref.PID, inquiry), talk); err != nil {
		return err
	}
	if it.Post == "card" && it.Op == opSend { // it comes next, into the new thread
		return nil
	}
	t.tx.Delete(keyOf("post", it.Ref.PID, it.Ref.IID, "card")) // it went with the thread
	return t.redraw(it.Ref.PID, inquiry)
}
