package flows

import "time"

// Interpreted are the languages that can be interpreted at a meeting, sign language
// (ISO 639-3: gsg) among them: more than those the bot speaks. Each has a name,
// "language.name.TAG".
var Interpreted = []string{"ar", "uk", "ru", "fa", "vi", "en", "tr", "ku", "pl", "ro", "es", "ti", "ps", "fr", "gsg"}

// MeetingBody is a meeting as people read it, in a language: everywhere the same, in the
// chat, in the desk's preview and on the page. What nobody knows is said to be asked for
// and never left out. The link to a meeting online is not in it.
func MeetingBody(m Meeting, seats Seats, lang string, now time.Time) []Text {
	words, foreign := m.In(lang)
	title := named("title", words.Title)
	if words.Title == "" { // only in the desk
		title = word("title", kindKey(m.Kind))
	}
	body := []Text{say("meeting.head", title, word("kind", kindKey(m.Kind)))}
	if foreign && words.Title != "" {
		body = append(body, say("meeting.foreign", word("language", "language.name.de")))
	}
	if m.Cancelled {
		body = append(body, cancelledText(m.Reason))
	}
	body = append(body, whenText(m))
	body = append(body, MeetingPlace(m)...)
	if m.Cancelled {
		return body
	}
	body = append(body, quoted(words.About)...)
	if m.Speaker != "" {
		body = append(body, say("meeting.speaker", named("name", m.Speaker)))
	}
	body = append(body, pointLines("meeting.tables", m.Tables)...)
	body = append(body, publicAgenda(m.Agenda)...)
	if m.Over(now) {
		return body
	}
	body = append(body, helpLines(m)...)
	return append(body, seatsText(m, seats)...)
}

// publicAgenda are the points that everybody reads; of a topic that people voted for it says
// where it comes from (T-09).
func publicAgenda(all []Item) (out []Text) {
	for _, item := range all {
		switch {
		case !item.Public:
			continue
		case len(out) == 0:
			out = append(out, say("meeting.agenda"))
		}
		point := say("meeting.point", named("text", item.Text))
		if item.Theme != "" {
			point = say("meeting.point.theme", named("text", item.Text), Arg{Name: "n", Kind: Count, N: item.Votes})
		}
		out = append(out, point)
	}
	return out
}

// whenText says when it is, or that nobody knows yet.
func whenText(m Meeting) Text {
	if m.Start.IsZero() {
		return say("meeting.when.open")
	}
	return say("meeting.when", when("start", m.Start), clock("end", m.End))
}

func kindKey(k MeetingKind) string { return "meeting.kind." + string(k) }

func cancelledText(r Reason) Text {
	if r == "" || r == ReasonOther {
		return say("meeting.cancelled.plain")
	}
	return say("meeting.cancelled", word("reason", "meeting.reason."+string(r)))
}

// MeetingPlace says where it is, and how to get in.
func MeetingPlace(m Meeting) []Text {
	v := m.Venue
	var out []Text
	switch {
	case v.Name != "" && v.Street != "":
		out = append(out, say("meeting.place", named("name", v.Name), named("street", v.Street)))
	case v.Name != "":
		out = append(out, say("meeting.place.name", named("name", v.Name)))
	default:
		out = append(out, say("meeting.place.open"))
	}
	if v.Hint != "" {
		out = append(out, say("meeting.hint", named("hint", v.Hint)))
	}
	if v.Stop != "" {
		out = append(out, say("meeting.stop", named("stop", v.Stop)))
	}
	if m.Online != "" {
		out = append(out, say("meeting.online"))
	}
	return out
}

func pointLines(head string, points []string) []Text {
	if len(points) == 0 {
		return nil
	}
	out := []Text{{Key: head}}
	for _, p := range points {
		out = append(out, say("meeting.point", named("text", p)))
	}
	return out
}

// helpLines say what makes it possible to come.
func helpLines(m Meeting) []Text {
	out := append([]Text{stepFreeText(m)}, interpreterLines(m.Help)...)
	out = append(out, childcareLines(m.Help)...)
	return append(out, foodText(m.Help.Food), say("meeting.free"))
}

func stepFreeText(m Meeting) Text { return say("meeting.stepfree." + known(m.StepFree)) }

func interpreterLines(h Help) (out []Text) {
	for _, tag := range h.Interpreters {
		out = append(out, say("meeting.interpreter", word("language", "language.name."+tag)))
	}
	switch {
	case h.OnRequest && !h.Until.IsZero():
		out = append(out, say("meeting.interpreter.until", day("day", h.Until)))
	case h.OnRequest:
		out = append(out, say("meeting.interpreter.request"))
	case len(h.Interpreters) == 0:
		out = append(out, say("meeting.interpreter.ask"))
	}
	return out
}

func childcareLines(h Help) (out []Text) {
	if h.Childcare == ItIs && h.Ages != "" {
		out = append(out, say("meeting.childcare.ages", code("ages", h.Ages)))
	} else {
		out = append(out, say("meeting.childcare."+known(h.Childcare)))
	}
	if h.Childcare == ItIs && !h.Until.IsZero() {
		out = append(out, say("meeting.childcare.until", day("day", h.Until)))
	}
	return out
}

func foodText(f Food) Text {
	if f == FoodUnknown {
		return say("meeting.food.ask")
	}
	return say("meeting.food." + string(f))
}

// known is the end of a key: what is not known has to be asked for.
func known(y YesNo) string {
	if y == NotKnown {
		return "ask"
	}
	return string(y)
}

// seatsText says how many places are free, where that is limited.
func seatsText(m Meeting, seats Seats) []Text {
	left := m.Capacity - seats.People
	switch {
	case m.Capacity == 0:
		return nil
	case left <= 0:
		return []Text{say("meeting.full")}
	}
	return []Text{say("meeting.left", Arg{Name: "n", Kind: Count, N: left})}
}
