package flows

import (
	"slices"
	"strings"
	"time"

	"lotse/bot/chat"
)

// DeskInput is everything the desk's side can see. The event is about one
// inquiry; Draft is the answer it is about, or zero.
type DeskInput struct {
	Event chat.Event
	Now   time.Time
	Undo  time.Duration // how long a released answer can be taken back; 0 is not at all
	// Action is what was pressed, or one of the things that happen by themselves.
	Action string
	Draft  Draft
	// NewDraft is the ID a draft made by this event gets.
	NewDraft string
	// DeskLang and AskerLang are the languages of the two sides.
	DeskLang, AskerLang string
	Why                 string // key: why an answer will not arrive
	Templating
}

// What can happen to an inquiry in the desk.
const (
	ActClaim     = "claim"
	ActRelease   = "release"
	ActAnswer    = "answer"
	ActClose     = "close"
	ActReopen    = "reopen"
	ActSend      = "send"
	ActUndo      = "undo"
	ActChange    = "change"
	ActDiscard   = "discard"
	ActBrowse    = "browse"    // look through the templates
	ActUse       = "use"       // … and choose one
	ActReply     = "reply"     // a coordinator replied to a message about it
	ActDue       = "due"       // a released draft can no longer be taken back
	ActDelivered = "delivered" // the asker has it
	ActFailed    = "failed"    // the asker will not get it
	ActSilent    = "silent"    // nothing was said for a while
	ActUnsure    = "unsure"    // the network broke off: nobody knows whether the asker has it
	ActResend    = "resend"    // … and the coordinator sends it once more
	ActFetch     = "fetch"     // the asker wants to see what did not arrive
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
	} else {
		d.tell(say("desk.old", code("number", q.Number)))
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
	ActClaim: (*desk).claim, ActRelease: (*desk).release, ActAnswer: (*desk).answer,
	ActClose: (*desk).shut, ActReopen: (*desk).reopen, ActReply: (*desk).reply,
	ActSend: (*desk).send, ActUndo: (*desk).undo, ActChange: (*desk).change, ActDiscard: (*desk).discard,
	ActDue: (*desk).due, ActDelivered: (*desk).delivered, ActFailed: (*desk).failed, ActSilent: (*desk).silent,
	ActUnsure: (*desk).unsure, ActResend: (*desk).resend, ActFetch: (*desk).fetch,
	ActBrowse: (*desk).browse, ActUse: (*desk).use,
}

func (d *desk) do(e Effect) { d.effects = append(d.effects, e) }

// tell answers the coordinator where they did it.
func (d *desk) tell(t ...Text) { d.do(Tell{Where: Here, Body: t}) }
func (d *desk) me() string     { return d.in.Event.From }

// set changes the status and shows it on the card.
func (d *desk) set(s Status) {
	d.Inquiry.Status, d.Inquiry.Changed = s, d.in.Now
	d.do(Redraw{})
}

func (d *desk) number() Arg { return code("number", d.Inquiry.Number) }

// claim makes the coordinator the only owner.
func (d *desk) claim() {
	q := &d.Inquiry
	switch {
	case !q.Status.Open():
		d.tell(say("desk.closed", d.number()))
	case q.Owner == d.me():
		d.tell(say("desk.claim.yours", d.number()))
	case q.Owner != "":
		d.tell(say("desk.claim.taken", d.number(), named("name", q.OwnerName), when("at", q.OwnedAt)))
	default:
		q.Owner, q.OwnerName, q.OwnedAt = d.me(), d.in.Event.Name, d.in.Now
		if q.Status != Waiting {
			d.set(q.Status)
			return
		}
		if !q.Told {
			q.Told = true
			d.do(Notify{Body: []Text{say("inquiry.claimed", d.number())}})
		}
		d.set(Claimed)
	}
}

func (d *desk) release() {
	q := &d.Inquiry
	if q.Owner != d.me() {
		d.tell(say("desk.release.notyours", d.number()))
		return
	}
	q.Owner, q.OwnerName, q.OwnedAt = "", "", time.Time{}
	if q.Status == Claimed {
		d.set(Waiting)
		return
	}
	d.set(q.Status)
}

// answer opens a reply: what is written as a reply to it becomes a draft.
func (d *desk) answer() {
	if !d.Inquiry.Status.Open() {
		d.tell(say("desk.closed", d.number()))
		return
	}
	d.do(Tell{Where: Here, Body: []Text{say("desk.write", d.number())}, ForceReply: true})
}

// shut closes the inquiry and tells the asker.
func (d *desk) shut() {
	if !d.Inquiry.Status.Open() {
		d.tell(say("desk.closed", d.number()))
		return
	}
	d.set(Closed)
	d.do(Notify{Body: []Text{say("inquiry.closed", d.number())}})
}

// silent closes what was answered and not taken up again; a question without an
// answer stays open however long it waits.
func (d *desk) silent() {
	if d.Inquiry.Status == Answered {
		d.shut()
	}
}

// unanswered is the status of what waits for an answer.
func (d *desk) unanswered() Status {
	if d.Inquiry.Owner == "" {
		return Waiting
	}
	return Claimed
}

func (d *desk) reopen() {
	if d.Inquiry.Status != Closed {
		d.tell(say("desk.old", d.number()))
		return
	}
	d.set(d.unanswered())
	d.do(Notify{Body: []Text{say("inquiry.reopened", d.number())}})
}

// reply is a note when it begins with "//", else a draft, or new words for the
// draft it replies to.
func (d *desk) reply() {
	e := d.in.Event
	if most := d.Draft.mostOwn(); units(e.Text) > most {
		d.tell(say("wrong.long", number("max", most)))
		return
	}
	if note, ok := strings.CutPrefix(e.Text, "//"); ok {
		note = strings.TrimSpace(note)
		d.do(Keep{Note: note, By: e.From})
		d.tell(say("desk.noted", d.number()))
		d.do(Tell{Where: Elsewhere, Body: append([]Text{say("desk.note", d.number(), named("name", e.Name))}, quoted(note)...)})
		return
	}
	if !d.Inquiry.Status.Open() {
		d.do(Tell{Where: Here, Body: []Text{say("desk.closed", d.number())}, Options: []Option{d.option(ActReopen, "🔓")}})
		return
	}
	if d.Draft.Status == Filling {
		d.fill()
		return
	}
	if len(e.Files) > MaxFiles {
		d.tell(say("wrong.files", number("max", MaxFiles)))
		return
	}
	if wrong := wrongFile(e.Files); wrong != nil {
		d.tell(*wrong)
		return
	}
	if e.Text == "" && len(e.Files) == 0 {
		d.tell(say("wrong.empty"))
		return
	}
	if d.Draft.Status != Shown {
		d.Draft = Draft{ID: d.in.NewDraft}
	}
	d.Draft.Status, d.Draft.Files = Shown, e.Files
	d.words(e.Text)
	d.Draft.By, d.Draft.ByName, d.Draft.Message, d.Draft.On, d.Draft.Changed = e.From, e.Name, e.Message, e.In.Platform, d.in.Now
	d.preview()
}

// preview shows the draft as the asker will see it.
func (d *desk) preview() {
	body := []Text{say("desk.preview", d.number(), word("language", "language.name."+d.in.AskerLang)), say("desk.by", named("name", d.Draft.ByName))}
	body = append(body, d.templateNote()...)
	body = append(body, AnswerBody(d.Inquiry, d.Draft, d.in.DeskLang, d.in.AskerLang)...)
	body = append(body, d.templateBelow()...)
	d.draftPost(body, d.draftOption(ActSend, "✅"), d.draftOption(ActChange, "✍️"), d.draftOption(ActDiscard, "🗑"), d.draftOption(ActBrowse, "🧩"))
}

// draftPost replaces the message that shows the draft.
func (d *desk) draftPost(body []Text, options ...Option) {
	d.do(Tell{Body: body, Options: options, Columns: 3, Post: "draft/" + d.Draft.ID})
}

// send releases the draft; for a while it can be taken back.
func (d *desk) send() {
	if d.Draft.Status != Shown {
		d.tell(say("desk.old", d.number()))
		return
	}
	if !d.Inquiry.Status.Open() {
		d.tell(say("desk.closed", d.number()))
		return
	}
	if d.in.Undo <= 0 || d.Inquiry.Away { // nothing leaves that could be taken back
		d.leave()
		return
	}
	// Whole microseconds, so that a clock that counts in them never rings too early for due.
	d.Draft.Status, d.Draft.Leaves, d.Draft.Changed = Leaving, d.in.Now.Add(d.in.Undo).Truncate(time.Microsecond), d.in.Now
	d.do(Later{Draft: d.Draft.ID})
	body := append([]Text{say("desk.leaving", d.number(), number("seconds", int(d.in.Undo/time.Second)))}, quoted(d.Draft.Text)...)
	d.draftPost(append(body, fileLines(d.Draft.Files)...),
		d.draftOption(ActUndo, "↩️"))
}

func (d *desk) undo() {
	if d.Draft.Status != Leaving {
		d.tell(say("desk.toolate", d.number()))
		return
	}
	d.Draft.Status, d.Draft.Changed = Shown, d.in.Now
	d.preview()
}

// due is the end of the time in which the draft could be taken back. One that
// was taken back and released again has its time anew.
func (d *desk) due() {
	if d.Draft.Status == Leaving && !d.in.Now.Before(d.Draft.Leaves) {
		d.leave()
	}
}

// leave hands the draft to the outbox.
func (d *desk) leave() {
	q := &d.Inquiry
	d.Draft.Status, d.Draft.Changed = Sent, d.in.Now
	if q.Away { // a closed chat is a wish, and is not knocked at
		d.in.Why = "why.gone"
		d.failed()
		return
	}
	d.do(Deliver{Draft: d.Draft.ID})
	d.draftPost(append([]Text{say("desk.sent", d.number())}, quoted(d.Draft.Text)...))
	if q.Owner == "" {
		q.Owner, q.OwnerName, q.OwnedAt = d.Draft.By, d.Draft.ByName, d.in.Now
	}
	if q.Status.Open() {
		d.set(Answered)
	}
}

func (d *desk) change() {
	if d.Draft.Status != Shown {
		d.tell(say("desk.old", d.number()))
		return
	}
	if d.Draft.Filled != nil && len(d.Draft.Filled.Slots) > 0 {
		d.refill()
		return
	}
	d.do(Tell{Where: Here, Body: []Text{say("desk.rewrite", d.number())}, ForceReply: true, Post: "rewrite/" + d.Draft.ID})
}

func (d *desk) discard() {
	if d.Draft.Status != Shown {
		d.tell(say("desk.old", d.number()))
		return
	}
	d.Draft.Status, d.Draft.Text, d.Draft.Files, d.Draft.Changed = Discarded, "", nil, d.in.Now
	d.Draft.Filled = nil
	d.draftPost([]Text{say("desk.discarded", d.number())})
}

// delivered ticks the coordinator's message.
func (d *desk) delivered() {
	if d.Draft.Status != Sent {
		return
	}
	d.Draft.Status, d.Draft.Changed = Delivered, d.in.Now
	d.draftPost(append([]Text{say("desk.delivered", d.number(), clock("at", d.in.Now))}, quoted(d.Draft.Text)...))
	if d.Draft.Message != "" {
		d.do(React{Platform: d.Draft.On, Message: d.Draft.Message, Emoji: "👍"})
	}
}

// failed says at once, and with the reason, that an answer will not arrive.
func (d *desk) failed() {
	if d.Draft.Status != Sent {
		return
	}
	d.Draft.Status, d.Draft.Why, d.Draft.Changed = Failed, d.in.Why, d.in.Now
	if d.in.Why != "why.bad" && d.Inquiry.Status != Withdrawn { // what the network refuses it would refuse again
		d.Inquiry.Missed = append(slices.Clone(d.Inquiry.Missed), d.Draft.ID)
	}
	d.draftPost(append([]Text{say("desk.failed", d.number(), word("why", d.in.Why))}, quoted(d.Draft.Text)...))
	if d.Inquiry.Status == Answered {
		d.set(d.unanswered())
	}
	d.do(Tell{Body: []Text{say("desk.undelivered", d.number(), word("why", d.in.Why))}})
}

// unsure says that nobody knows whether the answer arrived: twice may be better
// than never, and that is for people to decide.
func (d *desk) unsure() {
	if d.Draft.Status != Sent {
		return
	}
	d.Draft.Status, d.Draft.Changed = Unsure, d.in.Now
	d.draftPost(append([]Text{say("desk.unsure", d.number())}, quoted(d.Draft.Text)...), d.draftOption(ActResend, "🔁"))
}

func (d *desk) resend() {
	if d.Draft.Status != Unsure {
		d.tell(say("desk.old", d.number()))
		return
	}
	d.leave()
}

// fetch delivers what did not arrive, now that the asker is there and wants it.
func (d *desk) fetch() {
	if d.Draft.Status != Failed {
		return
	}
	d.Inquiry.Missed = slices.DeleteFunc(slices.Clone(d.Inquiry.Missed), func(id string) bool { return id == d.Draft.ID })
	d.leave()
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
