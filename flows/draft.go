package flows

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// answer opens a reply: what is written as a reply to it becomes a draft.
func (d *desk) answer() {
	if d.closed() {
		d.tell(say("desk.closed", d.number()))
		return
	}
	d.do(Tell{Where: Here, Body: []Text{say("desk.write", d.number())}, ForceReply: true})
}

// reply is a note when it begins with "//", else a draft, or new words for the
// draft it replies to.
func (d *desk) reply() {
	e := d.in.Event
	if units(e.Text) > MaxBody {
		d.tell(say("wrong.long", number("max", MaxBody)))
		return
	}
	if note, ok := strings.CutPrefix(e.Text, "//"); ok {
		note = strings.TrimSpace(note)
		d.do(Keep{Note: note, By: e.From, Name: e.Name})
		d.tell(say("desk.noted", d.number()))
		d.do(Tell{Where: Elsewhere, Body: append([]Text{say("desk.note", d.number(), named("name", e.Name))}, quoted(note)...)})
		return
	}
	if d.closed() {
		d.do(Tell{Where: Here, Body: []Text{say("desk.closed", d.number())}, Options: []Option{d.option(ActReopen, "🔓")}})
		return
	}
	if d.Draft.Status == Filling {
		d.fill()
		return
	}
	if wrong := d.wrong(); wrong != nil {
		d.tell(*wrong)
		return
	}
	if d.Draft.Status != Shown && d.Draft.Status != Writing {
		d.Draft = Draft{ID: d.in.NewDraft}
	}
	d.write()
}

// wrong is what is wrong with a message that is to be an answer.
func (d *desk) wrong() *Text {
	e := d.in.Event
	if most := d.Draft.mostOwn(); units(e.Text) > most {
		t := say("wrong.long", number("max", most))
		return &t
	}
	if len(e.Files) > MaxFiles {
		t := say("wrong.files", number("max", MaxFiles))
		return &t
	}
	if wrong := wrongFile(e.Files); wrong != nil {
		return wrong
	}
	if e.Text == "" && len(e.Files) == 0 {
		t := say("wrong.empty")
		return &t
	}
	return nil
}

// write puts the coordinator's words into the draft, and shows it.
func (d *desk) write() {
	e, a := d.in.Event, &d.Draft
	a.Status, a.Files, a.Sure, a.Seen = Shown, e.Files, false, d.Inquiry.Sent
	d.words(e.Text)
	a.By, a.ByName, a.Message, a.On, a.Changed = e.From, e.Name, e.Message, e.In.Platform, d.in.Now
	a.Calls = e.Calls
	d.preview()
}

// preview shows the draft as the asker will see it.
func (d *desk) preview(above ...Text) {
	body := append(above, say("desk.preview", d.number(), word("language", "language.name."+d.in.AskerLang)), say("desk.by", named("name", d.Draft.ByName)))
	body = append(body, d.templateNote()...)
	body = append(body, AnswerBody(d.Inquiry, d.now(), d.in.DeskLang, d.in.AskerLang)...)
	body = append(body, d.templateBelow()...)
	d.draftPost(body, d.sendOption(ActSend, "✅"), d.draftOption(ActChange, "✍️"), d.draftOption(ActDiscard, "🗑"), d.draftOption(ActBrowse, "🧩"))
}

// now is the draft as it would arrive now: what comes after an answer adds to it.
func (d *desk) now() Draft {
	a := d.Draft
	if a.Kind == Answer && d.Inquiry.Status == Answered {
		a.Kind = Addition
	}
	return a
}

// draftPost replaces the messages that show the draft.
func (d *desk) draftPost(body []Text, options ...Option) {
	d.do(Tell{Body: body, Options: options, Columns: 3, Post: "draft/" + d.Draft.ID})
}

// draftWords shows what became of the draft, above its words.
func (d *desk) draftWords(head Text, options ...Option) {
	body := append([]Text{head}, quoted(d.Draft.Text)...)
	d.draftPost(append(body, fileLines(d.Draft.Files)...), options...)
}

// send releases the draft, unless something speaks against it; for a while it can be
// taken back.
func (d *desk) send() {
	a := &d.Draft
	switch {
	case !d.read():
	case d.closed():
		d.tell(say("desk.closed", d.number()))
	case d.overtaken():
		d.stop()
	case !a.Sure && d.odd() != nil:
		d.draftWords(*d.odd(), d.sendOption(ActSure, "✅"), d.draftOption(ActChange, "✍️"), d.draftOption(ActDiscard, "🗑"))
	case d.in.Undo <= 0 || d.Inquiry.Away: // nothing leaves that could be taken back
		d.leave()
	default:
		// Whole microseconds, so that a clock that counts in them never rings too early for due.
		a.Status, a.Leaves, a.Changed = Leaving, d.in.Now.Add(d.in.Undo).Truncate(time.Microsecond), d.in.Now
		d.do(Later{Draft: a.ID})
		d.leaving()
	}
}

// leaving shows that the draft can still be taken back.
func (d *desk) leaving() {
	d.draftWords(say("desk.leaving", d.number(), number("seconds", int(d.in.Undo/time.Second))), d.draftOption(ActUndo, "↩️"))
}

// Undecided reports whether the message that shows the draft is one to decide by.
func (a Draft) Undecided() bool {
	return a.Status == Shown || a.Status == Leaving || a.Status == Unsure
}

// again shows a draft that is Undecided, where nobody can see it any more.
func (d *desk) again() {
	switch d.Draft.Status {
	case Shown:
		d.preview()
	case Leaving:
		d.leaving()
	case Unsure:
		d.askResend()
	}
}

// read reports whether whoever sends the draft has read it as it is: a colleague may have
// changed its words, and the room not show it yet.
func (d *desk) read() bool {
	switch {
	case d.Draft.Status != Shown:
		d.old()
		return false
	case d.in.Above != d.Draft.sign():
		d.preview(say("desk.unread", d.number()))
		return false
	}
	return true
}

// overtaken reports whether a colleague's answer left since the draft was written. Its
// author may not know of it, and the asker must not get two answers (domain D6).
func (d *desk) overtaken() bool {
	return d.Draft.Kind == Answer && d.Inquiry.Sent > d.Draft.Seen && d.in.Last.By != d.Draft.By
}

// stop shows what the colleague answered.
func (d *desk) stop() {
	last := d.in.Last
	d.Draft.Status, d.Draft.Changed = Shown, d.in.Now
	head := say("desk.overtaken", d.number(), named("name", last.ByName), clock("at", last.Changed))
	d.draftPost(append([]Text{head}, quoted(last.Text)...), d.sendOption(ActAddition, "➕"), d.draftOption(ActDiscard, "🗑"))
}

// addition sends the draft beside the colleague's answer.
func (d *desk) addition() {
	if !d.read() {
		return
	}
	d.Draft.Kind, d.Draft.Seen = Addition, d.Inquiry.Sent
	d.send()
}

// odd asks about what hardly anybody means to send: a colleague who is called, the
// number of another inquiry.
func (d *desk) odd() *Text {
	if name := cmp.Or(mention(d.Draft.Text), d.Draft.Calls); name != "" {
		t := say("desk.odd.mention", d.number(), named("name", name))
		return &t
	}
	if len(d.in.Others) > 0 {
		t := say("desk.odd.number", d.number(), code("other", d.in.Others[0]))
		return &t
	}
	return nil
}

func (d *desk) sure() {
	if !d.read() {
		return
	}
	d.Draft.Sure = true
	d.send()
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
	switch {
	case d.Draft.Status != Leaving || d.in.Now.Before(d.Draft.Leaves):
	case d.overtaken(): // both were released at the same time
		d.stop()
	default:
		d.leave()
	}
}

// leave hands the draft to the outbox.
func (d *desk) leave() {
	q := &d.Inquiry
	if d.Draft.Status == Shown || d.Draft.Status == Leaving { // for the first time
		d.Draft = d.now()
	}
	d.Draft.Status, d.Draft.Changed = Sent, d.in.Now
	if q.Away { // a closed chat is a wish, and is not knocked at
		d.in.Why = "why.gone"
		d.failed()
		return
	}
	if d.Draft.Kind == Proposal {
		d.proposed()
		return
	}
	if d.Draft.Kind == Result {
		q.Agenda = Discussed
	}
	q.Sent++
	q.Last = d.Draft.ID
	d.do(Deliver{Draft: d.Draft.ID})
	d.draftWords(say("desk.sent", d.number()))
	if q.Owner == "" {
		q.own(d.Draft.By, d.Draft.ByName, d.in.Now)
	}
	if q.Status.Open() {
		d.set(Answered)
	}
}

func (d *desk) change() {
	if d.Draft.Status != Shown {
		d.old()
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
		d.old()
		return
	}
	d.Draft.Status, d.Draft.Text, d.Draft.Filled, d.Draft.Files, d.Draft.Changed = Discarded, "", nil, nil, d.in.Now
	d.draftPost([]Text{say("desk.discarded", d.number())})
}

// delivered ticks the coordinator's message.
func (d *desk) delivered() {
	if d.Draft.Status != Sent {
		return
	}
	d.Draft.Status, d.Draft.Changed = Delivered, d.in.Now
	var options []Option
	if d.Draft.Kind != Proposal { // which another takes the place of
		options = []Option{d.draftOption(ActCorrect, "✏️"), d.draftOption(ActRecall, "↩️")}
	}
	d.draftWords(say("desk.delivered", d.number(), clock("at", d.in.Now)), options...)
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
	kept := d.in.Why != "why.bad" // what the network refuses it would refuse again
	if kept && d.Inquiry.Status != Withdrawn {
		d.Inquiry.Missed = append(slices.Clone(d.Inquiry.Missed), d.Draft.ID)
	}
	d.draftWords(say("desk.failed", d.number(), word("why", d.in.Why)))
	switch s := d.Inquiry.Status; {
	case d.Draft.Kind == Proposal: // the question waits as before
	case kept && s.Open():
		d.set(Undelivered)
	case s == Answered:
		d.set(d.Inquiry.unanswered())
	}
	d.tellAll(nil, say("desk.undelivered", d.number(), word("why", d.in.Why)))
}

// unsure says that nobody knows whether the answer arrived: twice may be better
// than never, and that is for people to decide.
func (d *desk) unsure() {
	if d.Draft.Status != Sent {
		return
	}
	d.Draft.Status, d.Draft.Changed = Unsure, d.in.Now
	d.askResend()
}

func (d *desk) askResend() {
	d.draftWords(say("desk.unsure", d.number()), d.draftOption(ActResend, "🔁"))
}

func (d *desk) resend() {
	if d.Draft.Status != Unsure {
		d.old()
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
