package bot

import (
	"strings"
	"time"
	"unicode"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
	"lotse/store"
)

// Where a network has no buttons people choose by a number, a word or an emoji. What
// a number means depends on the message it was written below, so that is remembered
// of each message (docs/adr/0014-choosing-without-buttons.md).

// An offer is what a message lets people choose: the first button is number 1.
type offer struct {
	Message string        `json:"m,omitempty"`
	Buttons []chat.Button `json:"b,omitempty"`
	Since   time.Time     `json:"at,omitzero"`
	// Was is what it offered before it was changed, and since when.
	Was      []chat.Button `json:"w,omitempty"`
	WasSince time.Time     `json:"was_at,omitzero"`
	Taps     int           `json:"t,omitempty"` // keycaps put below it so far
}

// A sent is what a message on a network is about, and what it offers in the desk.
type sent struct {
	ref
	Offer offer `json:"o,omitzero"`
}

// offersKept is how many messages with something to choose are remembered of a person.
const offersKept = 8

// unnoticed is how long people go on choosing from what a message offered before it
// was changed.
const unnoticed = 2 * time.Second

// change puts other buttons into an offer.
func (o *offer) change(buttons []chat.Button, now time.Time) {
	o.Was, o.WasSince = o.Buttons, o.Since
	o.Buttons, o.Since = buttons, now
}

// at are the buttons that somebody saw who chose then; ok is false when they were
// others, which nobody knows any more.
func (o offer) at(then time.Time) (buttons []chat.Button, ok bool) {
	switch {
	case o.WasSince.IsZero() || !then.Before(o.Since.Add(unnoticed)):
		return o.Buttons, true
	case !then.Before(o.WasSince.Add(-clocksDiffer)):
		return o.Was, true
	}
	return nil, false
}

// clocksDiffer is how much a network's clock may differ from ours.
const clocksDiffer = time.Minute

// listsButtons reports whether a network has no buttons.
func (b *Bot) listsButtons(platform string) bool {
	l, ok := b.platforms[platform].(chat.Lister)
	return ok && l.ListsButtons()
}

// chosen is the ID of the one button that a text means: by its number, its label or
// the emoji its label begins with.
func chosen(buttons []chat.Button, text string) (id string, ok bool) {
	if len(text) > wordsAtMost {
		return "", false
	}
	if n, is := locales.ParseNumber(text); is {
		if n < 1 || n > len(buttons) {
			return "", false
		}
		return buttons[n-1].ID, true
	}
	said := locales.Fold(text)
	for _, b := range buttons {
		sign, _, _ := strings.Cut(b.Label, " ")
		isSign := !strings.ContainsFunc(sign, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
		if said == "" || said != locales.Fold(b.Label) && (!isSign || said != locales.Fold(sign)) {
			continue
		}
		if ok { // two of them say the same
			return "", false
		}
		id, ok = b.ID, true
	}
	return id, ok
}

// press makes this turn's event the press of a button.
func (t *turn) press(id, on string) {
	t.ev.Kind, t.ev.Press, t.ev.On, t.ev.Text = chat.Press, id, on, ""
}

// chooses makes a press of what a person writes or puts on a message, if it means one
// of the choices there. What is not about one message is about the newest that was
// there when it was written. Danger is no choice.
func (t *turn) chooses(sp *speaker) error {
	if !t.mayChoose() || t.b.lists.danger(t.ev.Text) != "" {
		return nil
	}
	all, _, err := load[[]offer](t.tx, keyOf("choice", sp.PID))
	if err != nil {
		return err
	}
	for i := len(all) - 1; i >= 0; i-- {
		o := all[i]
		if t.ev.On == "" && t.ev.At.Before(o.Since.Add(-clocksDiffer)) || t.ev.On != "" && t.ev.On != o.Message {
			continue
		}
		if id, ok := chosen(o.Buttons, t.ev.Text); ok {
			t.press(id, o.Message)
		}
		t.unlisted = len(o.Buttons) == 0
		return nil
	}
	if _, tap := locales.ParseNumber(t.ev.Text); tap && t.ev.Kind == chat.Reaction { // on one long ago
		t.press("old", t.ev.On)
	}
	return nil
}

func (t *turn) mayChoose() bool {
	return (t.ev.Kind == chat.Text || t.ev.Kind == chat.Reaction && t.ev.On != "") && t.b.listsButtons(t.ev.In.Platform)
}

// deskChooses is chooses for a coordinator. There people also talk with each other: a
// choice is a reaction, a reply, or a bare number right below the message in its thread.
func (t *turn) deskChooses() (done bool, err error) {
	on := t.ev.On
	if _, number := locales.ParseNumber(t.ev.Text); on == "" && number {
		on = t.ev.Below
	}
	if on == "" || !t.mayChoose() {
		return false, nil
	}
	about, _, err := load[sent](t.tx, t.b.sentKey(t.ev.In, on))
	if err != nil {
		return false, err
	}
	buttons, known := about.Offer.at(t.ev.At)
	_, was := chosen(about.Offer.Was, t.ev.Text)
	id, ok := chosen(buttons, t.ev.Text)
	if !known && was || !ok && t.ev.Kind == chat.Text && len(about.Offer.Buttons) > 0 && bare(t.ev.Text) {
		if about.Meeting != "" {
			return true, t.tellHere(flows.Text{Key: "desk.meet.old"})
		}
		if about.Given != "" {
			return true, t.tellHere(flows.Text{Key: "desk.offer.old"})
		}
		return true, t.deskEvent(about.ref, flows.DeskInput{Action: "late"}) // which says that it is too old
	}
	if !ok {
		return false, nil
	}
	if t.ev.Kind == chat.Reaction { // taken off, so that it can be tapped again
		if err := t.enqueue(item{Op: opDelete, To: t.here()[0].Address, On: t.ev.Message}, push); err != nil {
			return false, err
		}
	}
	t.press(id, on)
	return false, nil
}

// bare reports whether a text is a number or signs only: below a message that lets
// people choose it is meant as a choice, never as words for the asker.
func bare(text string) bool {
	_, number := locales.ParseNumber(text)
	return number || text != "" && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// offered remembers what a message that arrived offers, and puts the keycaps below it.
func (t *turn) offered(q *queued, receipt chat.Receipt) error {
	it, message := q.item, receipt.Message
	if it.Op == opEdit {
		message = q.target
	}
	if !it.Offers || message == "" {
		return nil
	}
	o, err := t.saveOffer(it, message)
	if err != nil || !it.Taps {
		return err
	}
	to := it.To
	to.Thread = "" // relations need none, and the lane is the room's
	for n := o.Taps + 1; n <= min(len(o.Buttons), mostTaps); n++ {
		tap := item{Op: opReact, To: to, On: message, Emoji: chat.Keycap(n), Tap: n, Ref: ref{PID: it.Ref.PID, IID: it.Ref.IID}}
		if err := t.enqueue(tap, push); err != nil {
			return err
		}
	}
	return nil
}

// mostTaps is the highest number that is one emoji.
const mostTaps = 10

// saveOffer writes down what a message offers now; the offer it returns counts the
// keycaps from before.
func (t *turn) saveOffer(it item, message string) (offer, error) {
	buttons := it.Message.Numbered()
	if !t.b.isDesk(it.To) {
		key := keyOf("choice", it.Ref.PID)
		all, _, err := load[[]offer](t.tx, key)
		o := offer{Message: message, Buttons: buttons, Since: t.now}
		all = append(all, o)
		save(t.tx, key, all[max(0, len(all)-offersKept):])
		return o, err
	}
	key := t.b.sentKey(it.To, message)
	about, found, err := load[sent](t.tx, key)
	if err != nil || !found {
		return offer{}, err
	}
	about.Offer.change(buttons, t.now)
	before := about.Offer
	if it.Taps {
		about.Offer.Taps = max(before.Taps, min(len(buttons), mostTaps))
	}
	save(t.tx, key, about)
	return before, nil
}

// staleTap reports whether a keycap that was queued leads to nothing any more: the
// person has a newer message, or the desk's offers less.
func (b *Bot) staleTap(r store.Reader, it item) (bool, error) {
	if it.Tap == 0 {
		return false, nil
	}
	if !b.isDesk(it.To) {
		all, _, err := load[[]offer](r, keyOf("choice", it.Ref.PID))
		return len(all) > 0 && all[len(all)-1].Message != it.On, err
	}
	about, _, err := load[sent](r, b.sentKey(it.To, it.On))
	return it.Tap > len(about.Offer.Buttons), err
}
