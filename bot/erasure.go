package bot

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/store"
)

// An erasure is what becomes of deleting what stands in rooms, until the networks have
// confirmed or refused every message. It holds no content. What cannot be deleted is
// listed to the desk, and the asker's receipt says so (domain D7).
type erasure struct {
	ID      string   `json:"id"`
	Numbers []string `json:"n"` // of the inquiries
	// To and Lang are for the receipt of somebody about whom nothing is kept; PID is who
	// took back one inquiry.
	To   chat.Address `json:"to,omitzero"`
	Lang string       `json:"lang,omitempty"`
	// Chat is where an adapter forgets what it kept of the person, behind the receipt.
	Chat chat.Address `json:"chat,omitzero"`
	PID  string       `json:"p,omitempty"`
	// Queued says that nothing more is added.
	Queued  bool             `json:"queued,omitempty"`
	Places  map[string]tally `json:"places,omitempty"`
	Threads map[string]bool  `json:"threads,omitempty"` // by their keys, true once deleted
}

// A tally counts the messages of a place.
type tally struct {
	Open int  `json:"open,omitempty"` // not confirmed yet
	Left int  `json:"left,omitempty"` // refused
	Said bool `json:"said,omitempty"` // what is left was listed
	// From and To are when the first and the last that is left were written.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// Places beside the desk's rooms, which are named by their networks.
const (
	askersChat = "-asker"
	formerDesk = "-former" // a room that is none of the desk's any more
)

// A trace is what is known of a message that is to be deleted.
type trace struct {
	Erasure string    `json:"e,omitempty"` // whose part it is, "" is of none
	Place   string    `json:"p,omitempty"`
	Thread  string    `json:"t,omitempty"`    // key of the thread it stands in
	Own     bool      `json:"own,omitempty"`  // the bot wrote it
	File    bool      `json:"file,omitempty"` // it is more than words
	Sign    bool      `json:"sign,omitempty"` // it is a reaction, which says nothing alone
	At      time.Time `json:"at,omitzero"`    // when it was written
}

func (o op) erases() bool { return o == opDelete || o == opBlank || o == opDrop }

func erasureKey(id string) string { return keyOf("erasure", id) }

// erasureOf is the erasure of a job, begun with its first page.
func (t *turn) erasureOf(p *purge) (*erasure, error) {
	e, found, err := load[erasure](t.tx, erasureKey(p.ID))
	if err != nil {
		return nil, err
	}
	if e.Places == nil {
		e.Places, e.Threads = map[string]tally{}, map[string]bool{}
	}
	if found {
		return &e, nil
	}
	e.ID, e.To, e.Lang = p.ID, p.To, p.Lang
	if !p.Away {
		e.Chat = p.Chat
	}
	if p.Tell {
		e.PID = p.PID
	}
	all, err := t.ofPurge(p)
	for _, q := range all {
		e.Numbers = append(e.Numbers, q.Number)
	}
	if p.Named != "" {
		e.Numbers = append(e.Numbers, p.Named)
	}
	if p.Number != "" && len(all) == 0 { // of a registration
		e.Numbers = []string{p.Number}
	}
	if p.IID == "" {
		m, err := memberOf(t.tx, p.PID)
		if err != nil && !damage(err) {
			return nil, err
		}
		if m.Registered() {
			e.Numbers = append(e.Numbers, m.Number)
		}
	}
	if e.To != (chat.Address{}) || e.PID != "" {
		t.at(t.now.Add(receiptAfter), "receipt", e.ID)
	}
	return &e, err
}

// ofPurge are the inquiries that a job is about. What is damaged goes without a number.
func (t *turn) ofPurge(p *purge) ([]flows.Inquiry, error) {
	if p.IID == "" {
		return inquiries(t.tx, p.PID)
	}
	q, found, err := load[flows.Inquiry](t.tx, keyOf("inquiry", p.PID, p.IID))
	if damage(err) || err == nil && !found {
		return nil, nil
	}
	return []flows.Inquiry{q}, err
}

// receiptAfter is how long a receipt waits for rooms out of reach.
const receiptAfter = 10 * time.Minute

// eraseThread has an inquiry's thread deleted, with everything in it: that costs one
// request, and takes what nobody noted.
func (t *turn) eraseThread(e *erasure, d deskRoom, pid, iid string) error {
	at, _, err := load[post](t.tx, keyOf("post", pid, iid, d.in(threadPost)))
	if _, can := t.b.platforms[at.To.Platform].(chat.ThreadDeleter); err != nil || !can || at.To.Thread == "" {
		return err
	}
	thread := t.b.threadKey(at.To)
	if _, asked := e.Threads[thread]; asked {
		return nil
	}
	e.Threads[thread] = false
	return t.erasePart(e, item{Op: opDrop, To: at.To, On: at.To.Thread, Trace: trace{Place: t.place(at), Thread: thread}})
}

// eraseMessage has a message deleted. In a thread it stands behind the request that
// deletes the whole thread, and is needed only if that is refused.
func (t *turn) eraseMessage(e *erasure, at post, own bool) error {
	tr := trace{Place: t.place(at), Own: own, File: at.File, Sign: at.Sign, At: at.At}
	if tr.At.IsZero() { // noted by an earlier release
		tr.At = t.now
	}
	if at.To.Thread != "" {
		tr.Thread = t.b.threadKey(at.To)
	}
	return t.erasePart(e, item{Op: opDelete, To: at.To, On: at.Message, Trace: tr})
}

func (t *turn) erasePart(e *erasure, it item) error {
	it.Trace.Erasure, it.To.Thread = e.ID, "" // the lane is the room's: one after the other
	at := e.Places[it.Trace.Place]
	at.Open++
	e.Places[it.Trace.Place] = at
	return t.enqueue(it, push) // nobody's: it must be readable when the person's key is gone
}

func (t *turn) place(at post) string {
	switch {
	case t.b.isDesk(at.To):
		return at.To.Platform
	case at.Desk:
		return formerDesk
	}
	return askersChat
}

// gone reports whether a message went with its thread.
func (b *Bot) gone(r store.Reader, it item) (bool, error) {
	if it.Trace.Thread == "" || it.Op == opDrop {
		return false, nil
	}
	e, _, err := load[erasure](r, erasureKey(it.Trace.Erasure))
	return e.Threads[it.Trace.Thread], err
}

// erased is what came of a request that deletes.
func (t *turn) erased(it item, refused bool) error {
	if refused && it.Op == opDelete && t.canBlank(it) {
		blank := item{Op: opBlank, To: it.To, On: it.On, Message: t.b.body(t.b.deskLang(), []flows.Text{{Key: "desk.blank"}}), Trace: it.Trace}
		return t.enqueue(blank, push)
	}
	if it.Trace.Erasure == "" {
		return nil
	}
	e, found, err := load[erasure](t.tx, erasureKey(it.Trace.Erasure))
	if !found || err != nil {
		return err
	}
	at := e.Places[it.Trace.Place]
	at.Open--
	switch {
	case it.Op == opDrop && !refused:
		e.Threads[it.Trace.Thread] = true
	case it.Op == opDrop: // the messages in it are deleted one by one
		it.To.Thread = it.On
		err = t.enqueue(item{Op: opClose, To: it.To}, push)
	case refused && !it.Trace.Sign, it.Op == opBlank && it.Trace.File:
		at.left(it.Trace.At)
	}
	e.Places[it.Trace.Place] = at
	if err != nil {
		return err
	}
	return t.settleErasure(&e)
}

// left counts a message that stays.
func (c *tally) left(at time.Time) {
	c.Left++
	if c.From.IsZero() || at.Before(c.From) {
		c.From = at
	}
	if at.After(c.To) {
		c.To = at
	}
}

// canBlank reports whether the words of a message that may not be deleted can be
// replaced: those of the bot's own in the desk, on networks that then forget them.
func (t *turn) canBlank(it item) bool {
	_, edits := t.b.platforms[it.To.Platform].(chat.Editor)
	inDesk := t.b.isDesk(it.To) || it.Trace.Place == formerDesk
	return it.Trace.Own && inDesk && edits && !t.b.keepsEdits(it.To.Platform)
}

// settleErasure lists what is left in each place of which everything is known, and ends
// with the receipt when that is so of all of them.
func (t *turn) settleErasure(e *erasure) error {
	open := 0
	for _, place := range slices.Sorted(maps.Keys(e.Places)) {
		at := e.Places[place]
		open += at.Open
		if !e.Queued || at.Open > 0 || at.Left == 0 || at.Said || place == askersChat {
			continue
		}
		at.Said = true
		e.Places[place] = at
		if err := t.listLeft(e, place, at); err != nil {
			return err
		}
	}
	if !e.Queued || open > 0 {
		save(t.tx, erasureKey(e.ID), e)
		return nil
	}
	t.tx.Delete(erasureKey(e.ID))
	return t.receipt(e)
}

// listLeft tells the desk what it must delete by hand: how much and from when, and
// nothing of what it says.
func (t *turn) listLeft(e *erasure, place string, at tally) error {
	text := flows.Text{Key: "desk.erased.left", Args: []flows.Arg{
		{Name: "number", Kind: flows.Code, Text: cmp.Or(strings.Join(e.Numbers, ", "), "–")}, {Name: "n", Kind: flows.Number, N: at.Left},
		{Name: "from", Kind: flows.Day, At: at.From}, {Name: "to", Kind: flows.Day, At: at.To},
	}}
	if d, ok := t.b.deskOn(place); ok {
		return t.tellRooms([]deskRoom{d}, []flows.Text{text})
	}
	text.Key = "desk.erased.former"
	return t.tellDesk(text)
}

// receiptDue is the end of waiting for rooms out of reach: the receipt says that these
// are still to come, and then nothing is kept for it.
func (t *turn) receiptDue(id string) error {
	e, found, err := load[erasure](t.tx, erasureKey(id))
	if !found || err != nil {
		return err
	}
	if !e.Queued { // a job that waits
		t.at(t.now.Add(receiptAfter), "receipt", id)
		return nil
	}
	if err := t.receipt(&e); err != nil {
		return err
	}
	e.To, e.Chat, e.Lang, e.PID = chat.Address{}, chat.Address{}, "", ""
	save(t.tx, erasureKey(id), e)
	return nil
}

// receipt is the end of it for the asker: they are told, and behind that the adapter
// forgets, too.
func (t *turn) receipt(e *erasure) error {
	if err := t.sendReceipt(e); err != nil {
		return err
	}
	if _, forgets := t.b.platforms[e.Chat.Platform].(chat.Forgetter); !forgets {
		return nil
	}
	return t.enqueue(item{Op: opForget, To: e.Chat}, push)
}

// sendReceipt tells the asker what is deleted and what is not. Of somebody about whom
// nothing is kept any more it is the last message. Who took back one inquiry was told
// that already, and hears only what could not be done.
func (t *turn) sendReceipt(e *erasure) error {
	left, waits := 0, false
	for place, at := range e.Places {
		if place != askersChat {
			left, waits = left+at.Left, waits || at.Open > 0
		}
	}
	var limits []flows.Text
	if left > 0 {
		limits = append(limits, flows.Text{Key: "privacy.erased.left", Args: []flows.Arg{{Name: "n", Kind: flows.Number, N: left}}})
	}
	if waits {
		limits = append(limits, flows.Text{Key: "privacy.erased.waits"})
	}
	switch {
	case e.To != (chat.Address{}):
		head := flows.Text{Key: "privacy.erased", Args: []flows.Arg{{Name: "at", Kind: flows.When, At: t.now}}}
		return t.enqueue(item{To: e.To, Message: t.b.body(e.Lang, append([]flows.Text{head}, limits...))}, push)
	case e.PID != "" && len(limits) > 0:
		return t.tellLimits(e, limits)
	}
	return nil
}

func (t *turn) tellLimits(e *erasure, limits []flows.Text) error {
	asker, err := t.asker(e.PID)
	if err != nil || asker.Person.Index == "" || asker.Person.Erasing || asker.Person.Gone {
		return err
	}
	head := flows.Text{Key: "mine.withdrawn.limits", Args: []flows.Arg{{Name: "number", Kind: flows.Code, Text: strings.Join(e.Numbers, ", ")}}}
	err = t.write(asker, item{Message: t.b.render(t.lang(asker), flows.Say{Body: append([]flows.Text{head}, limits...)}), Ref: ref{PID: e.PID}})
	t.remember(asker)
	return err
}
