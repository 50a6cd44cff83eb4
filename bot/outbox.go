package bot

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/store"
	"lotse/store/seal"
)

// An item is one row of the outbox: one request to a network.
type item struct {
	// ID is the same for the same cause, for ever: networks that know it send
	// the message once however often they are asked.
	ID      string       `json:"id"`
	Op      op           `json:"op"`
	To      chat.Address `json:"to"`
	Message chat.Message `json:"m,omitzero"`
	Ref     ref          `json:"ref,omitzero"`
	// Post names the message about an inquiry that is sent, edited or deleted.
	Post string `json:"post,omitempty"`
	// ReplyTo names the post that is replied to. It is looked up when the item
	// is sent: before, the network may not have given it an ID.
	ReplyTo string `json:"re,omitempty"`
	On      string `json:"on,omitempty"`    // message to react to, delete or put a page in the place of, by the network's ID
	Page    int    `json:"page,omitempty"`  // of a page: how many messages the person had then
	Emoji   string `json:"emoji,omitempty"` // of a reaction
	Last    bool   `json:"last,omitempty"`  // with it the draft in Ref has arrived, or the announcement
	// Where there are no buttons: Offers says that a number means what this message
	// lists, Taps that keycaps to tap are put below it. Tap is the number of one.
	Offers bool      `json:"offers,omitempty"`
	Taps   bool      `json:"taps,omitempty"`
	Tap    int       `json:"tap,omitempty"`
	Trace  trace     `json:"trace,omitzero"` // of what is deleted
	Notice notice    `json:"not,omitzero"`   // of what comes by itself
	At     time.Time `json:"at"`
}

// An op is what an item asks of a network.
type op string

const (
	opSend   op = "send"
	opEdit   op = "edit"
	opDelete op = "delete"
	opBlank  op = "blank" // what may not be deleted: Message takes its place
	opDrop   op = "drop"  // a thread, with everything in it
	opReact  op = "react"
	opOpen   op = "open"   // a thread for the inquiry, named Message.Text
	opClose  op = "close"  // … that nobody writes in any more
	opReopen op = "reopen" // … that is written in again
	opForget op = "forget" // what the network's adapter remembers of the room
)

// A class orders the items of one room: what is talked about goes before what
// is pushed.
type class string

const (
	talk class = "a"
	push class = "b"
)

// enqueue puts a message into its room's lane, one row for each request.
func (t *turn) enqueue(it item, c class) error {
	if it.Op == "" {
		it.Op = opSend
	}
	it.At, it.Message.Files = t.now, passedOn(it.Message.Files)
	parts := []chat.Message{it.Message}
	if p := t.b.platforms[it.To.Platform]; p != nil && (it.Op == opSend || it.Op == opEdit) {
		parts = p.Parts(it.Message)
	}
	if it.Op == opEdit && len(parts) > 1 {
		parts = parts[:1] // unreachable: what is edited is bounded so that it fits (flows.MaxBody)
	}
	lane, last, post := t.b.lane(it.To), it.Last, it.Post
	offers := it.Offers && t.b.listsButtons(it.To.Platform)
	for i, m := range parts {
		end := i == len(parts)-1
		it.ID, it.Message, it.Last, it.Offers, it.Taps = t.id(), m, last && end, offers && end, it.Taps && offers
		if it.Op == opEdit {
			done, err := t.replaceEdit(it)
			if done { // which may be under way, with nothing behind it
				t.wake = append(t.wake, lane)
			}
			if done || err != nil {
				return err
			}
		}
		key := t.outKey(lane, it, c)
		save(t.tx, key, it)
		if it.Op == opEdit {
			t.tx.Put(t.b.editKey(it), []byte(key))
		}
		if post != "" { // only the first part stands for the message
			it.Post = fmt.Sprintf("%s.%d", post, i+1)
		}
	}
	t.wake = append(t.wake, lane)
	return nil
}

// outKey is the next place in the lane; where t.ahead says so, before a row that is
// there already.
func (t *turn) outKey(lane string, it item, c class) string {
	t.rows++
	place := t.stamp
	if t.ahead != "" {
		place = t.ahead
	}
	return keyOf("out", lane, string(c), fmt.Sprintf("%s%03d", place, t.rows), owner(it.Ref.PID))
}

func owner(pid string) string {
	if pid == "" {
		return store.Nobody
	}
	return pid
}

// lane is the queue of one place: no network's ID stands in it.
func (b *Bot) lane(a chat.Address) string {
	return b.cfg.DB.Index("lane", a.Platform, a.Room, a.Thread)
}

func (b *Bot) editKey(it item) string {
	pid, iid := it.Ref.home()
	name := it.Post
	if it.Ref.Meeting != "" && it.On != "" { // one of many messages that no post is noted of
		name = "on-" + it.On
	}
	return keyOf("edit", b.cfg.DB.Index("edit", pid, iid, name))
}

// replaceEdit puts a newer edit in the place of an older one of the same message
// that was not sent yet.
func (t *turn) replaceEdit(it item) (bool, error) {
	raw, err := t.tx.Get(t.b.editKey(it))
	if raw == nil || err != nil {
		return false, err
	}
	old, found, err := load[item](t.tx, string(raw))
	if !found || err != nil {
		return false, err
	}
	it.At = old.At
	save(t.tx, string(raw), it)
	return true, nil
}

// tell writes into the desk about an inquiry. A Tell with the name of a message
// that is there already replaces it.
func (t *turn) tell(pid string, q flows.Inquiry, e flows.Tell, draft string) error {
	for _, d := range t.rooms(e.Where) {
		if err := t.tellIn(d, pid, q, e, draft); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) tellIn(d deskRoom, pid string, q flows.Inquiry, e flows.Tell, draft string) error {
	m := t.b.body(t.b.deskLang(), e.Body)
	m.Buttons = t.b.rows(t.b.deskLang(), e.Options, e.Columns)
	m.ForceReply, m.Protect = e.ForceReply, true
	it := item{To: d.Address, Message: m, Ref: ref{PID: pid, IID: q.ID, Draft: draft}, Offers: true, Taps: true}
	if e.Post != cardPost {
		it.ReplyTo = d.in(cardPost)
	}
	if e.Post != "" {
		it.Post = d.in(e.Post)
		key := keyOf("post", pid, q.ID, it.Post)
		old, found, err := load[post](t.tx, key)
		if err != nil {
			return err
		}
		if found && t.b.isDesk(old.To) {
			it.Op = opEdit
		} else {
			save(t.tx, key, post{To: d.Address})
		}
		if found && !t.b.isDesk(old.To) { // the desk was moved: what stands in the old room must still be deleted one day
			save(t.tx, keyOf("post", pid, q.ID, "m-"+t.id()), old)
		}
	}
	if err := t.enqueue(it, talk); err != nil {
		return err
	}
	return t.filesIn(d, pid, q, e.Files, "")
}

// tellFiles shows attachments in the desk, with the inquiry's number.
func (t *turn) tellFiles(pid string, q flows.Inquiry, files []chat.File, post string) error {
	for _, d := range t.b.desks {
		if err := t.filesIn(d, pid, q, files, post); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) filesIn(d deskRoom, pid string, q flows.Inquiry, files []chat.File, post string) error {
	if len(files) == 0 {
		return nil
	}
	if post != "" {
		post = d.in(post)
	}
	m := t.b.body(t.b.deskLang(), []flows.Text{sayNumber("desk.file", q)})
	m.Files, m.Protect = files, true
	return t.enqueue(item{To: d.Address, Message: m, Ref: ref{PID: pid, IID: q.ID}, Post: post, ReplyTo: d.in(cardPost)}, talk)
}

// redraw shows an inquiry's card anew.
func (t *turn) redraw(pid string, q flows.Inquiry) error {
	return t.tell(pid, q, flows.Card(q), "")
}

func (b *Bot) deskLang() string {
	if b.cfg.Lang != "" {
		return b.cfg.Lang
	}
	return b.cfg.DeskLang
}

// sentKey leads from a message on a network to what it is about.
func (b *Bot) sentKey(a chat.Address, message string) string {
	return keyOf("sent", b.cfg.DB.Index("sent", a.Platform, a.Room, message))
}

// about is what a message on a network is about; the zero ref is nothing we know.
func (t *turn) about(a chat.Address, message string) (ref, error) {
	r, _, err := load[ref](t.tx, t.b.sentKey(a, message))
	return r, err
}

// queued is an item with the row it stands in.
type queued struct {
	key  string
	raw  []byte
	item item
	pid  string
	// What its names stand for, looked up when it is sent.
	target, reply string
	resolved      bool
	withdrawn     bool // the asker took back what it shows, or nobody needs it any more
	night         bool // nobody is told it at this time of day
	waited        bool // its lane was in trouble
	closed        bool // its person closed the chat
	only          bool // nothing is behind it in the lane
	damaged       error
}

// next is the first item of a lane: nil when the lane is empty or has to wait.
// The alarm clock wakes a lane that waited.
func (b *Bot) next(r store.Reader, lane string) (*queued, error) {
	trouble, waited, err := load[laneTrouble](r, keyOf("lane", lane))
	if err != nil || !trouble.Closed && trouble.Until.After(b.cfg.Now()) {
		return nil, err
	}
	prefix, only := keyOf("out", lane)+"/", true
	rows, err := r.Scan(prefix, "", 2)
	if errors.Is(err, seal.ErrTampered) { // perhaps only the second one is
		rows, err = r.Scan(prefix, "", 1)
		only = false
	}
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	q := newQueued(rows[0])
	q.only = only && len(rows) == 1
	q.waited, q.closed = waited, trouble.Closed
	if q.raw == nil { // its person was erased: nothing of it can be read any more
		return q, nil
	}
	if err := unpack(q.key, q.raw, &q.item); err != nil {
		q.damaged = err
		return q, nil
	}
	err = b.inThread(r, q)
	if err == nil {
		err = b.resolve(r, q)
	}
	if damage(err) {
		q.damaged, err = err, nil
	}
	return q, err
}

func newQueued(row store.Pair) *queued {
	kind, _ := Table.Kind("out/")
	return &queued{key: row.Key, raw: row.Value, pid: kind.Whose(row.Key)}
}

// sameRoom reports whether two addresses are in one room: IDs of messages count
// in a room, not in a thread.
func sameRoom(a, b chat.Address) bool { return a.Platform == b.Platform && a.Room == b.Room }

// resolve looks up the network's IDs of the messages an item names.
func (b *Bot) resolve(r store.Reader, q *queued) error {
	it := q.item
	q.target, q.resolved = it.On, true
	var err error
	for _, needless := range []func(store.Reader, item) (bool, error){b.withdrawn, b.staleTap, b.gone} {
		if err == nil && !q.withdrawn {
			q.withdrawn, err = needless(r, it)
		}
	}
	if err == nil && !q.withdrawn {
		q.withdrawn, q.night, err = b.needless(r, it)
	}
	if err != nil {
		return err
	}
	if it.Post != "" && it.Op != opSend {
		p, found, err := load[post](r, it.place())
		if err != nil {
			return err
		}
		q.target, q.resolved = p.Message, found && p.Message != "" && sameRoom(p.To, it.To)
	}
	if it.ReplyTo != "" && it.Op == opSend {
		pid, id := it.Ref.home()
		p, _, err := load[post](r, keyOf("post", pid, id, it.ReplyTo))
		if err != nil {
			return err
		}
		if p.To == it.To { // nobody replies to what stands in another thread
			q.reply = p.Message
		}
	}
	return nil
}

// withdrawn reports whether an item would show the desk what was taken back since
// it was queued.
func (b *Bot) withdrawn(r store.Reader, it item) (bool, error) {
	if it.Ref.Member != "" && it.Op != opReact && b.isDesk(it.To) {
		return ofMember(r, it)
	}
	if it.Ref.IID == "" || it.Op == opReact || isThreadOp(it.Op) {
		return false, nil
	}
	if !b.isDesk(it.To) {
		return recalled(r, it)
	}
	if said, is := strings.CutPrefix(it.Post, addition); is {
		said = said[:strings.IndexAny(said+"@", "-@")]
		raw, err := r.Get(keyOf("said", it.Ref.PID, it.Ref.IID, said))
		return raw == nil, err
	}
	q, found, err := load[flows.Inquiry](r, keyOf("inquiry", it.Ref.PID, it.Ref.IID))
	cut := it.At.Before(q.Cut) && (isPost(it.Post, cardPost) || isPost(it.Post, questionFiles))
	return !found || q.Status == flows.Withdrawn && it.At.Before(q.Changed) || cut, err
}

// recalled reports whether an item is an answer that was taken back.
func recalled(r store.Reader, it item) (bool, error) {
	if it.Op != opSend || it.Ref.Draft == "" {
		return false, nil
	}
	draft, _, err := load[flows.Draft](r, draftKey(it.Ref))
	return draft.Status == flows.Recalled, err
}

// laneTrouble is a lane that waits after a failure, or one that its person closed.
type laneTrouble struct {
	Fails int       `json:"n"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	// Closed says that nothing may be sent there: what is queued is given up
	// without a request. Until is then when this row is of no more use.
	Closed bool `json:"closed,omitempty"`
}
