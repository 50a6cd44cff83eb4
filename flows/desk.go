package flows

import (
	"time"

	"lotse/bot/chat"
)

// DeskInput is everything the desk's side can see. The event is about one
// inquiry; Draft is the answer it is about, or zero.
type DeskInput struct {
	Event chat.Event
	Now   time.Time
	Undo  time.Duration // how long a released answer can be taken back; 0 is not at all
	Idle  time.Duration // how long an owner can do nothing before the inquiry is free; 0 is for ever
	// Action is what was pressed, or one of the things that happen by themselves.
	Action string
	Draft  Draft
	// NewDraft is the ID a draft made by this event gets.
	NewDraft string
	// Above is the sign of the words that stood above the button that was pressed.
	Above string
	// Last is the newest answer that left; Others are the numbers of other inquiries
	// that the draft names. Both are only known when somebody releases a draft.
	Last   Draft
	Others []string
	// Story is what was said about it, oldest first; only known when it is shown.
	Story []Told
	// DeskLang and AskerLang are the languages of the two sides.
	DeskLang, AskerLang string
	Why                 string // key: why an answer will not arrive
	Templating
}

// What can happen to an inquiry in the desk.
const (
	ActClaim    = "claim"
	ActRelease  = "release"
	ActTakeover = "takeover" // ask the owner to hand it over
	ActHandover = "handover" // … which the owner does
	ActAnswer   = "answer"
	ActClose    = "close"
	ActReopen   = "reopen"
	ActSend     = "send"
	ActSure     = "sure"     // send it although something in it looks odd
	ActAddition = "addition" // send it although a colleague has answered
	ActUndo     = "undo"
	ActChange   = "change"
	ActDiscard  = "discard"
	ActShow     = "show"    // show it again, with what was said
	ActNext     = "next"    // go on with a list; it is about no inquiry
	ActResend   = "resend"  // what may have arrived or not, once more
	ActPropose  = "propose" // write the text for the meeting
	ActResult   = "result"  // … and what came of it
	ActCorrect  = "correct" // write what takes the place of an answer
	ActRecall   = "recall"  // take back an answer that left: asks first
	ActRecalled = "gone"    // … and does it
	ActBrowse   = "browse"  // look through the templates
	ActUse      = "use"     // … and choose one

	ActReply     = "reply"     // a coordinator replied to a message about it
	ActEdited    = "edited"    // a coordinator changed the message that became a draft
	ActUnsaid    = "unsaid"    // … or deleted it
	ActDue       = "due"       // a released draft can no longer be taken back
	ActDelivered = "delivered" // the asker has it
	ActFailed    = "failed"    // the asker will not get it
	ActUnsure    = "unsure"    // the network broke off: nobody knows whether the asker has it
	ActSilent    = "silent"    // nothing was said for a while
	ActIdle      = "idle"      // its owner did nothing for a while
	ActNudge     = "nudge"     // a working day has begun, and somebody waits
	ActFetch     = "fetch"     // the asker wants to see what did not arrive
	ActAgain     = "again"     // another room took the place of the one where the draft was shown
)

// Desk is the coordinators' side: an inquiry and what happened to it, in; the
// inquiry, its draft and what to do, out. It is pure.
//
// Nothing leaves the room by accident: only a reply to a message about the
// inquiry becomes a draft, and only "send" under its preview releases it.
func Desk(q Inquiry, in DeskInput) (Inquiry, Draft, []Effect) {
	d := &desk{Inquiry: q, Draft: in.Draft, in: in}
	if q.Status == Withdrawn && in.Action != ActDelivered && in.Action != ActFailed {
		d.tell(say("desk.withdrawn", code("number", q.Number)))
		return d.Inquiry, d.Draft, d.effects
	}
	if act := deskActions[in.Action]; act != nil {
		act(d)
		d.stir()
	} else {
		d.old()
	}
	return d.Inquiry, d.Draft, d.effects
}

type desk struct {
	Inquiry Inquiry
	Draft   Draft
	in      DeskInput
	effects []Effect
}

var deskActions = map[string]func(*desk){
	ActClaim: (*desk).claim, ActRelease: (*desk).release, ActTakeover: (*desk).takeover, ActHandover: (*desk).handover,
	ActAnswer: (*desk).answer, ActClose: (*desk).shut, ActReopen: (*desk).reopen, ActReply: (*desk).reply,
	ActSend: (*desk).send, ActSure: (*desk).sure, ActAddition: (*desk).addition, ActUndo: (*desk).undo,
	ActChange: (*desk).change, ActDiscard: (*desk).discard, ActResend: (*desk).resend,
	ActPropose: (*desk).propose, ActResult: (*desk).result,
	ActCorrect: (*desk).correct, ActRecall: (*desk).askRecall, ActRecalled: (*desk).recall,
	ActEdited: (*desk).edited, ActUnsaid: (*desk).unsaid,
	ActDue: (*desk).due, ActDelivered: (*desk).delivered, ActFailed: (*desk).failed, ActUnsure: (*desk).unsure,
	ActSilent: (*desk).silent, ActIdle: (*desk).idle, ActFetch: (*desk).fetch, ActAgain: (*desk).again,
	ActShow: (*desk).show, ActNudge: (*desk).nudge, ActBrowse: (*desk).browse, ActUse: (*desk).use,
}

func (d *desk) do(e Effect) { d.effects = append(d.effects, e) }

// tell answers the coordinator where they did it.
func (d *desk) tell(t ...Text) { d.do(Tell{Where: Here, Body: t}) }

// tellAll tells every room.
func (d *desk) tellAll(options []Option, t ...Text) { d.do(Tell{Body: t, Options: options}) }

func (d *desk) me() string   { return d.in.Event.From }
func (d *desk) number() Arg  { return code("number", d.Inquiry.Number) }
func (d *desk) old()         { d.tell(say("desk.old", d.number())) }
func (d *desk) closed() bool { return !d.Inquiry.Status.Open() }

// by is who does it.
func (d *desk) by() string {
	if d.me() == "" {
		return ByClock
	}
	return d.me()
}

// stir notes that the owner is at work.
func (d *desk) stir() {
	if d.me() != "" && d.me() == d.Inquiry.Owner && d.Inquiry.Status.Open() {
		d.Inquiry.Active = d.in.Now
	}
}

// set changes the status and shows it on the card.
func (d *desk) set(s Status) {
	d.Inquiry.move(s, d.by(), d.in.Now)
	d.Inquiry.Changed = d.in.Now
	d.do(Redraw{})
}

// shut closes the inquiry and asks the asker whether it helped.
func (d *desk) shut() {
	if d.closed() {
		d.tell(say("desk.closed", d.number()))
		return
	}
	d.set(Closed)
	d.do(Notify{Body: []Text{say("inquiry.closed", d.number())}, Options: helpedOptions(d.Inquiry)})
}

// silent closes what was answered and not taken up again; a question without an
// answer stays open however long it waits.
func (d *desk) silent() {
	if d.Inquiry.Status == Answered {
		d.shut()
	}
}

func (d *desk) reopen() {
	if d.Inquiry.Status != Closed {
		d.old()
		return
	}
	d.set(d.Inquiry.unanswered())
	d.do(Notify{Body: []Text{say("inquiry.reopened", d.number())}})
}

func (d *desk) option(act, emoji string) Option { return DeskOption(d.Inquiry, act, emoji) }

// DeskOption is a button about an inquiry: "desk/NUMBER/ACTION".
func DeskOption(q Inquiry, act, emoji string) Option {
	return Option{ID: "desk/" + q.Number + "/" + act, Emoji: emoji, Key: "desk.do." + act}
}

// draftOption is a button about a draft: "desk/NUMBER/ACTION/DRAFT".
func (d *desk) draftOption(act, emoji string) Option {
	o := d.option(act, emoji)
	o.ID += "/" + d.Draft.ID
	return o
}

// sendOption is a button that releases the draft: it knows the words above it.
func (d *desk) sendOption(act, emoji string) Option {
	o := d.draftOption(act, emoji)
	o.ID += "/" + d.Draft.sign()
	return o
}
