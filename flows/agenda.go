package flows

import (
	"strings"
	"time"
)

// An Agenda is how far an inquiry is on its way to the network's next meeting. Nothing
// of it is said there but the text that its asker has read and agreed to (P-32).
type Agenda string

// The stations of that way.
const (
	NoAgenda  Agenda = ""
	Wished    Agenda = "wished"    // the asker would like it to be talked about
	Proposed  Agenda = "proposed"  // they were shown a text
	Approved  Agenda = "approved"  // … and agreed: it stands on the internal agenda
	Discussed Agenda = "discussed" // the result was sent to them
)

// agendaButton is how the IDs of the buttons below a proposed text begin. It comes by
// itself, so they are of no step.
const agendaButton = "agenda/"

// wishMeeting tells the desk that the asker would like the meeting to talk about it.
func wishMeeting(c *Ctx) {
	if q, ok := c.picked(); ok && canWish(q) {
		c.Do(Settle{Inquiry: q.ID, Agenda: Wished})
		c.Say(say("agenda.wished", code("number", q.Number)))
	}
}

func canWish(q Inquiry) bool { return q.Status.Open() && q.Agenda == NoAgenda }

func cannotWish(c *Ctx) bool {
	q, ok := c.picked()
	return !ok || !canWish(q) || noConsent(c)
}

// agenda takes the answer to a proposed text, "NUMBER/DRAFT/yes" or "…/no". The text
// that is agreed to is the one above the button and no other.
func (c *Ctx) agenda(button string) {
	parts := strings.Split(button, "/")
	for _, q := range c.In.Facts.Inquiries {
		if len(parts) != 3 || q.Number != parts[0] || q.Agenda != Proposed || q.AgendaDraft != parts[1] || noConsent(c) {
			continue
		}
		switch parts[2] {
		case HelpedYes:
			c.Do(Settle{Inquiry: q.ID, Agenda: Approved})
			c.ask(say("agenda.approved", code("number", q.Number)))
			return
		case HelpedNo:
			c.Do(Settle{Inquiry: q.ID, Agenda: Wished})
			c.ask(say("agenda.refused", code("number", q.Number)))
			return
		}
	}
	c.ask(say("old"))
}

// agendaOptions are below a proposed text.
func agendaOptions(q Inquiry, d Draft) []Option {
	id := agendaButton + q.Number + "/" + d.ID + "/"
	return []Option{{ID: id + HelpedYes, Emoji: "✅", Key: "agenda.yes"}, {ID: id + HelpedNo, Emoji: "❌", Key: "agenda.no"}}
}

// AnswerOptions are what an answer lets its asker choose.
func AnswerOptions(q Inquiry, d Draft) []Option {
	if d.Kind == Proposal {
		return agendaOptions(q, d)
	}
	return nil
}

// Settled is an inquiry after its asker wished or decided something about the meeting.
func Settled(q Inquiry, a Agenda, now time.Time) Inquiry {
	q.Agenda = a
	if a == Wished {
		q.AgendaText, q.AgendaDraft = "", ""
	}
	if q.Status.Open() {
		q.Changed = now
	}
	return q
}

// ToldSettled is what the desk reads then.
func ToldSettled(q Inquiry, before Agenda) Tell {
	switch {
	case q.Agenda == Approved:
		return Tell{Body: append([]Text{say("desk.agenda.approved", code("number", q.Number))}, quoted(q.AgendaText)...)}
	case before == Proposed:
		return Tell{Body: []Text{say("desk.agenda.refused", code("number", q.Number))}, Options: []Option{DeskOption(q, ActPropose, "🗓")}}
	}
	return Tell{Body: []Text{say("desk.agenda.wished", code("number", q.Number))}, Options: []Option{DeskOption(q, ActPropose, "🗓")}}
}

// propose asks a coordinator for the text that would stand on the agenda.
func (d *desk) propose() {
	switch {
	case d.closed():
		d.tell(say("desk.closed", d.number()))
	case d.Inquiry.Agenda != Wished && d.Inquiry.Agenda != Proposed:
		d.old()
	default:
		d.begin(Proposal, "desk.agenda.write")
	}
}

// result asks for what came of it.
func (d *desk) result() {
	if d.Inquiry.Agenda != Approved {
		d.old()
		return
	}
	if d.closed() { // they shall be able to ask back
		d.set(d.Inquiry.unanswered())
	}
	d.begin(Result, "desk.agenda.result")
}

// begin asks for the words of a new draft.
func (d *desk) begin(kind DraftKind, key string) {
	d.Draft = Draft{ID: d.in.NewDraft, Kind: kind, Status: Writing, By: d.me(), ByName: d.in.Event.Name, Changed: d.in.Now}
	d.do(Tell{Where: Here, Body: []Text{{Key: key, Args: []Arg{d.number()}}}, ForceReply: true, Post: "rewrite/" + d.Draft.ID})
}

// proposed notes which text the asker is asked about. It is no answer.
func (d *desk) proposed() {
	q := &d.Inquiry
	q.Agenda, q.AgendaText, q.AgendaDraft = Proposed, d.Draft.Text, d.Draft.ID
	d.do(Deliver{Draft: d.Draft.ID})
	d.draftWords(say("desk.agenda.sent", d.number()))
	d.do(Redraw{})
}

// Agendas lists what stands on the internal agenda, and what waits to.
func Agendas(all []Inquiry) Tell {
	var body []Text
	var options []Option
	waiting := 0
	for _, q := range all {
		switch q.Agenda {
		case Wished, Proposed:
			waiting++
		case Approved:
			body = append(body, say("desk.agenda.item", code("number", q.Number)))
			body = append(body, quoted(Shorten(q.AgendaText, toldBytes))...)
			if len(options) < mostListed {
				options = append(options, Option{ID: "desk/" + q.Number + "/" + ActResult, Emoji: "📣", Text: &Text{Key: "desk.agenda.result.of", Args: []Arg{code("number", q.Number)}}})
			}
		}
	}
	if len(body) == 0 {
		body = []Text{say("desk.agenda.none")}
	} else {
		body = append([]Text{say("desk.agenda")}, body...)
	}
	if waiting > 0 {
		body = append(body, say("desk.agenda.waiting", number("n", waiting)))
	}
	return Tell{Where: Here, Body: body, Options: options, Columns: 2}
}
