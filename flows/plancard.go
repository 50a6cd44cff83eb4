package flows

import (
	"slices"
	"strings"
	"time"
)

// onCard are the fields that the card itself has buttons for.
var onCard = []string{"when", "venue", "title", "about"}

// titleOf is what a meeting is called in German.
func titleOf(m Meeting) string { return m.Words["de"].Title }

// called is what the desk calls a meeting: one without a title by its kind.
func called(m Meeting) Arg {
	if titleOf(m) == "" {
		return word("title", kindKey(m.Kind))
	}
	return named("title", titleOf(m))
}

// PlanCard is a meeting as the desk sees it. Lists are counted only: it has to fit one
// message, so that it can be changed in its place.
func PlanCard(p Planning, in PlanInput) Tell {
	m := p.Work
	brief := m.Clone()
	brief.Tables, brief.Agenda = nil, nil
	body := append([]Text{say("desk.meet.card", word("state", planState(p, in.Now)))}, MeetingBody(brief, in.Seats, in.DeskLang, in.Now)...)
	shown := 0
	for _, item := range m.Agenda {
		if item.Public {
			shown++
		}
	}
	body = append(body, say("desk.meet.counts", number("tables", len(m.Tables)), number("agenda", len(m.Agenda)),
		number("shown", shown), number("papers", len(m.Papers))))
	if m.Capacity > 0 {
		body = append(body, showCapacity(m)...)
	}
	if p.Live != nil {
		body = append(body, seatLines(in.Seats)...)
		if m.Attended > 0 {
			body = append(body, showAttended(m)...)
		}
		for _, f := range different(*p.Live, m) {
			body = append(body, say("desk.meet.unpublished", f.name()))
		}
	}
	body = append(body, warnings(in, p)...)
	return Tell{Body: body, Options: cardButtons(p, in), Columns: 2}
}

// planState says how far a meeting is.
func planState(p Planning, now time.Time) string {
	switch {
	case p.Live == nil:
		return "desk.meet.is.draft"
	case len(different(*p.Live, p.Work)) > 0:
		return "desk.meet.is.changed"
	case p.Live.Cancelled:
		return "desk.meet.is.cancelled"
	case p.Live.Over(now):
		return "desk.meet.is.over"
	}
	return "desk.meet.is.published"
}

func cardButtons(p Planning, in PlanInput) []Option {
	d := &planDesk{p: p, in: in}
	var out []Option
	if !p.Work.Cancelled {
		for _, id := range onCard {
			f, _ := fieldOf(id)
			out = append(out, d.editOption(f))
		}
		out = append(out, d.option("more", "➕"))
	}
	if p.Live != nil && p.Live.Over(in.Now) {
		for _, id := range []string{"papers", "attended"} {
			f, _ := fieldOf(id)
			out = append(out, d.editOption(f))
		}
	}
	out = append(out, d.option("preview", "👁"))
	if len(p.Was) > 0 {
		out = append(out, d.option("undo", "↩️"))
	}
	out = append(out, d.option("publish", "📣"))
	switch {
	case p.Live == nil:
		out = append(out, d.option("drop", "🗑"))
	case p.Work.Cancelled && p.Work.ReplacedBy == "":
		out = append(out, d.option("instead", "🗓"), d.option("revive", "🔄"))
	case p.Work.Cancelled:
		out = append(out, d.option("revive", "🔄"))
	case !p.Live.Over(in.Now):
		out = append(out, d.option("cancel", "❌"))
	}
	return out
}

// seatLines are the sums of what people said: never who they are.
func seatLines(s Seats) []Text {
	out := []Text{say("desk.meet.seats", number("yes", s.Yes), number("people", s.People), number("maybe", s.Maybe),
		number("children", s.Children), number("stepfree", s.StepFree), number("waiting", s.Waiting))}
	for _, tag := range Interpreted {
		if n := s.Interpreters[tag]; n > 0 {
			out = append(out, say("desk.meet.seats.language", word("language", "language.name."+tag), number("n", n)))
		}
	}
	return out
}

// mostOnList is how many meetings a list offers.
const mostOnList = 12

// list shows the meetings to come, and what is being worked on.
func (d *planDesk) list() {
	var all []Planning
	past := 0
	for _, p := range d.in.All {
		if isPast(p, d.in.Now) {
			past++
		} else {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b Planning) int { return inOrder(a.Work, b.Work) })
	body, options := d.lines(all)
	if len(all) == 0 {
		body = []Text{say("desk.meet.list.none")}
	} else {
		body = append([]Text{say("desk.meet.list")}, body...)
	}
	options = append(options, planOption("-", "new", "➕"))
	if past > 0 {
		options = append(options, planOption("-", "past", "📁"))
	}
	d.say(PlanSay{Tell: Tell{Body: append(body, say("desk.meet.list.how", code("command", d.in.Command))), Options: options, Columns: 1}})
}

// past shows the meetings there were, the last first.
func (d *planDesk) past() {
	var all []Planning
	for _, p := range d.in.All {
		if isPast(p, d.in.Now) {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b Planning) int { return b.Work.Start.Compare(a.Work.Start) })
	body, options := d.lines(all)
	if len(all) == 0 {
		d.tell(say("desk.meet.list.none"))
		return
	}
	d.say(PlanSay{Tell: Tell{Body: append([]Text{say("desk.meet.past")}, body...), Options: options, Columns: 1}})
}

func isPast(p Planning, now time.Time) bool { return !p.Work.Start.IsZero() && p.Work.Over(now) }

// inOrder sorts by start; what has none comes last.
func inOrder(a, b Meeting) int {
	switch {
	case a.Start.IsZero() && b.Start.IsZero():
		return 0
	case a.Start.IsZero():
		return 1
	case b.Start.IsZero():
		return -1
	}
	return a.Start.Compare(b.Start)
}

// lines are a line and a button for each meeting.
func (d *planDesk) lines(all []Planning) (body []Text, options []Option) {
	for _, p := range all[:min(len(all), mostOnList)] {
		m := p.Work
		what := []Arg{called(m), word("kind", kindKey(m.Kind)), word("state", planState(p, d.in.Now))}
		label := say("desk.meet.item.title", called(m))
		switch {
		case !m.Start.IsZero():
			label = say("desk.meet.item", code("date", m.Start.In(d.in.Calendar.zone).Format("02.01.2006")))
			body = append(body, say("desk.meet.line", append(what, when("when", m.Start))...))
		default:
			if titleOf(m) != "" {
				label.Args[0].Text = short(titleOf(m))
			}
			body = append(body, say("desk.meet.line.open", what...))
		}
		options = append(options, labelled(planOption(m.ID, "show", kindEmoji[m.Kind]), label))
	}
	return body, options
}

// short is the beginning of a text that fits a button beside an emoji.
func short(text string) string {
	const most = MaxLabel - 3
	if r := []rune(text); len(r) > most {
		return strings.TrimSpace(string(r[:most-1])) + "…"
	}
	return text
}

// value is a value that has words of its own.
func value(key string) []Text { return []Text{say("desk.meet.value", word("value", key))} }

// written is a value that somebody wrote, on one line.
func written(text string) []Text {
	if text == "" {
		return orNone(nil)
	}
	return []Text{say("desk.meet.written", named("text", text))}
}

func orNone(lines []Text) []Text {
	if len(lines) == 0 {
		return []Text{say("desk.meet.none")}
	}
	return lines
}

func showTitle(lang string) func(Meeting) []Text {
	return func(m Meeting) []Text { return written(m.Words[lang].Title) }
}

func showAbout(lang string) func(Meeting) []Text {
	return func(m Meeting) []Text { return orNone(quoted(m.Words[lang].About)) }
}

func showVenue(m Meeting) []Text {
	out := MeetingPlace(Meeting{Venue: m.Venue})
	if m.Venue.Geo != "" {
		out = append(out, say("desk.meet.geo", code("geo", m.Venue.Geo)))
	}
	return out
}

func showUntil(m Meeting) []Text {
	if m.Help.Until.IsZero() {
		return orNone(nil)
	}
	return []Text{say("desk.meet.until", day("day", m.Help.Until))}
}

func showCapacity(m Meeting) []Text {
	if m.Capacity == 0 {
		return []Text{say("desk.meet.capacity.none")}
	}
	return []Text{say("desk.meet.capacity", number("n", m.Capacity))}
}

func showAttended(m Meeting) []Text {
	if m.Attended == 0 {
		return orNone(nil)
	}
	return []Text{say("desk.meet.attended", number("n", m.Attended))}
}

func showCancelled(m Meeting) []Text {
	switch {
	case !m.Cancelled:
		return []Text{say("desk.meet.takesplace")}
	case m.ReplacedBy != "":
		return []Text{cancelledText(m.Reason), say("desk.meet.replaced")}
	}
	return []Text{cancelledText(m.Reason)}
}

// agendaLines are all points, also those that only the desk sees.
func agendaLines(all []Item) (out []Text) {
	for i, item := range all {
		n := number("n", i+1)
		switch {
		case item.Case != "":
			out = append(out, say("desk.meet.point.inquiry", n, code("number", item.Case)))
		case item.Theme != "" && item.Public:
			out = append(out, say("desk.meet.point.theme", n, named("text", item.Text), Arg{Name: "votes", Kind: Count, N: item.Votes}))
		case item.Theme != "":
			out = append(out, say("desk.meet.point.theme.internal", n, named("text", item.Text), Arg{Name: "votes", Kind: Count, N: item.Votes}))
		case item.Public:
			out = append(out, say("desk.meet.point.shown", n, named("text", item.Text), named("source", item.Source)))
		default:
			out = append(out, say("desk.meet.point.internal", n, named("text", item.Text), named("source", item.Source)))
		}
	}
	return out
}

func paperLines(all []Paper) (out []Text) {
	for i, p := range all {
		out = append(out, say("desk.meet.paper", number("n", i+1), named("text", p.Title)))
	}
	return out
}
