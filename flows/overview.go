package flows

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// mostListed is how many inquiries a list lets people choose from.
const mostListed = 10

// urgency orders what waits: who named a deadline of days, whose promised date is over,
// who waits for anything at all, and last what the desk has done its part of.
func urgency(q Inquiry, now time.Time) int {
	switch {
	case !q.Status.Waits():
		return 3
	case q.Deadline == "soon":
		return 0
	case !q.Promised.IsZero() && q.Promised.Before(now):
		return 1
	}
	return 2
}

// Overview lists open inquiries, the most urgent first and within the same urgency the
// oldest, each with a button that shows it; from is how many were shown before. More says
// that there are others, which nobody looked at.
func Overview(open []Inquiry, from int, more bool, now time.Time) Tell {
	if len(open) == 0 {
		return Tell{Where: Here, Body: []Text{say("desk.open.none")}}
	}
	open = slices.SortedFunc(slices.Values(open), func(a, b Inquiry) int {
		return cmp.Or(cmp.Compare(urgency(a, now), urgency(b, now)), a.Created.Compare(b.Created), cmp.Compare(a.Number, b.Number))
	})
	body := []Text{say("desk.open")}
	var options []Option
	from = min(max(from, 0), len(open)-1)
	to := min(from+mostListed, len(open))
	for _, q := range open[from:to] {
		body = append(body, listed(q, now))
		label := code("number", q.Number)
		options = append(options, Option{ID: "desk/" + q.Number + "/" + ActShow, Emoji: "🔎", Text: &Text{Key: "desk.open.show", Args: []Arg{label}}})
	}
	if to < len(open) {
		options = append(options, Option{ID: "desk/-/" + ActNext + "//" + strconv.Itoa(to), Emoji: "➡️", Key: "desk.do." + ActNext})
	} else if more {
		body = append(body, say("desk.open.more"))
	}
	return Tell{Where: Here, Body: body, Options: options, Columns: 2}
}

// listed is a line about an inquiry: how urgent, what, where it stands, since when.
func listed(q Inquiry, now time.Time) Text {
	name := q.OwnerName
	if q.Owner == "" {
		name = "–"
	}
	what := []Arg{
		code("number", q.Number), word("language", "language.name."+q.Lang), word("topic", topicKey(q.Topic)),
		word("status", "desk.status."+string(q.Status)), named("name", name), when("when", q.Created),
	}
	switch urgency(q, now) {
	case 0:
		return say("desk.open.soon", what...)
	case 1:
		return say("desk.open.late", what...)
	}
	return say("desk.open.line", what...)
}

// A Told is something that was said about an inquiry: by its asker, to them, or noted.
type Told struct {
	At    time.Time
	Kind  ToldKind
	Name  string // of the coordinator
	Text  string
	Files int
}

// A ToldKind is who told whom.
type ToldKind string

// The kinds of Told.
const (
	ToldAdded  ToldKind = "added"  // the asker, to the desk
	ToldAnswer ToldKind = "answer" // the desk, to the asker
	ToldNote   ToldKind = "note"   // a coordinator, to colleagues
)

// toldBytes is how much of each is shown.
const toldBytes = 400

// show shows the card again where it was asked for, and what was said since.
func (d *desk) show() {
	card := Card(d.Inquiry)
	body := card.Body
	for _, told := range d.in.Story {
		head := say("desk.story."+string(told.Kind), when("when", told.At), named("name", told.Name))
		if told.Kind == ToldAdded {
			head = say("desk.story.added", when("when", told.At))
		}
		body = append(body, head)
		body = append(body, quoted(Shorten(told.Text, toldBytes))...)
		if told.Files > 0 {
			body = append(body, say("desk.story.files", number("n", told.Files)))
		}
	}
	d.do(Tell{Where: Here, Body: body, Options: card.Options, Columns: card.Columns})
}

// nudge reminds every room of somebody who waits.
func (d *desk) nudge() {
	q := d.Inquiry
	if !q.Status.Waits() {
		return
	}
	body := []Text{say("desk.nudge", d.number(), when("when", q.Created))}
	if q.Deadline == "soon" {
		body = append(body, say("desk.card.deadline.soon"))
	}
	if q.Owner != "" {
		body = append(body, say("desk.nudge.owner", named("name", q.OwnerName)))
	}
	options := []Option{d.option(ActAnswer, "✉️")}
	if q.Owner == "" {
		options = append([]Option{d.option(ActClaim, "✋")}, options...)
	}
	d.tellAll(options, body...)
}
