package bot

import (
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
	PID  string       `json:"p,omitempty"`
	// Queued says that nothing more is added.
	Queued  bool             `json:"queued,omitempty"`
	Places  map[string]tally `json:"places,omitempty"`
	Threads map[string]bool  `json:"threads,omitempty"` // by their lanes, true once deleted
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
	Own     bool      `json:"own,omitempty"`  // the bot wrote it
	File    bool      `json:"file,omitempty"` // it is more than words
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
	if p.Tell {
		e.PID = p.PID
	}
	all, err := inquiries(t.tx, p.PID)
	for _, q := range all {
		if p.IID == "" || p.IID == q.ID {
			e.Numbers = append(e.Numbers, q.Number)
		}
	}
	if e.To != (chat.Address{}) || e.PID != "" {
		t.at(t.now.Add(receiptAfter), "receipt", e.ID)
	}
	return &e, err
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
	lane := t.b.lane(at.To)
	if _, asked := e.Threads[lane]; asked {
		return nil
	}
	e.Threads[lane] = false
	return t.erasePart(e, item{Op: opDrop, To: at.To, Trace: trace{Place: t.place(at)}})
}

// eraseMessage has a message deleted. In a thread it stands behind the request that
// deletes the whole thread, and is needed only if that is refused.
func (t *turn) eraseMessage(e *erasure, at post, own bool) error {
	return t.erasePart(e, item{Op: opDelete, To: at.To, On: at.Message, Trace: trace{Place: t.place(at), Own: own, File: at.File, At: at.At}})
}

func (t *turn) erasePart(e *erasure, it item) error {
	it.Trace.Erasure = e.ID
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
	if it.Trace.Erasure == "" || it.Op == opDrop || it.To.Thread == "" {
		return false, nil
	}
	e, _, err := load[erasure](r, erasureKey(it.Trace.Erasure))
	return e.Threads[b.lane(it.To)], err
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
		e.Threads[t.b.lane(it.To)] = true
	case it.Op == opDrop: // the messages in it are deleted one by one
		err = t.enqueue(item{Op: opClose, To: it.To}, push)
	case refused, it.Op == opBlank && it.Trace.File:
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
	return it.Trace.Own && it.Trace.Place != askersChat && edits && !t.b.keepsEdits(it.To.Platform)
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
		{Name: "number", Kind: flows.Code, Text: strings.Join(e.Numbers, ", ")}, {Name: "n", Kind: flows.Number, N: at.Left},
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
	e.To, e.Lang, e.PID = chat.Address{}, "", ""
	save(t.tx, erasureKey(id), e)
	return nil
}

// receipt tells the asker what is deleted and what is not. Of somebody about whom
// nothing is kept any more it is the last message. Who took back one inquiry was told
// that already, and hears only what could not be done.
func (t *turn) receipt(e *erasure) error {
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
