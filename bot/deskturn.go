package bot

import (
	"fmt"
	"strings"

	"lotse/flows"
)

// A deskTurn grants the wishes of the desk's side.
type deskTurn struct {
	*turn
	asker   *speaker
	about   ref
	inquiry flows.Inquiry
	draft   flows.Draft
	// askerLang is the language the asker reads.
	askerLang string
}

func (d deskTurn) apply(e flows.Effect) error {
	switch e := e.(type) {
	case flows.Tell:
		draft := ""
		if strings.HasPrefix(e.Post, "draft/") || strings.HasPrefix(e.Post, "rewrite/") {
			draft = d.about.Draft
		}
		e.Post = strings.ReplaceAll(e.Post, "/", "-")
		return d.tell(d.about.PID, d.inquiry, e, draft)
	case flows.Redraw:
		return d.redraw(d.about.PID, d.inquiry)
	case flows.Notify:
		return d.notify(e)
	case flows.Later:
		d.at(d.draft.Leaves, "leave", d.about.PID, d.about.IID, e.Draft)
		return nil
	case flows.Deliver:
		return d.deliverDraft()
	case flows.Retract:
		return d.retract(e.Draft)
	case flows.React:
		at, ok := d.b.deskOn(e.Platform)
		if !ok {
			return nil
		}
		return d.enqueue(item{Op: opReact, To: at.Address, On: e.Message, Emoji: e.Emoji, Ref: ref{PID: d.about.PID, IID: d.about.IID}}, talk)
	case flows.Keep:
		save(d.tx, keyOf("note", d.about.PID, d.about.IID, d.timed()), entry{At: d.now, By: e.By, Text: e.Note})
		return nil
	}
	panic(fmt.Sprintf("bot: effect %T is not granted in the desk", e)) // unreachable: the list is closed, and a test feeds one of each
}

// notify tells the asker what became of the inquiry.
func (d deskTurn) notify(e flows.Notify) error {
	if d.asker.Person.Gone { // closed the chat, and finds it among their questions
		return nil
	}
	it := d.saying(d.asker, flows.Say{Body: e.Body, Options: e.Options})
	it.Ref, it.Taps = ref{PID: d.about.PID, IID: d.about.IID}, false
	return d.write(d.asker, it)
}
