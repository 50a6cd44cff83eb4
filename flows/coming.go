package flows

import (
	"slices"
	"strconv"
)

// One meeting: what it is, whether somebody comes, with how many, and what they need.

func oneBody(c *Ctx) []Text {
	m, a, ok := c.looked()
	if !ok {
		return []Text{say("meetings.gone")}
	}
	out := MeetingBody(m, c.seats(m), c.State.Lang, c.In.Now)
	if next, ok := c.meeting(m.ReplacedBy); ok && m.Cancelled {
		out = append(out, say("meetings.replaces", when("when", next.Start)))
	}
	if m.Over(c.In.Now) {
		out = append(out, say("meetings.over"))
	}
	if m.Coming(c.In.Now) {
		out = append(out, answerLines(a)...)
		if m.Online != "" && a.Answer == AttendYes {
			out = append(out, say("meetings.online", code("link", m.Online)))
		}
	}
	return out
}

// answerLines say what somebody said about a meeting.
func answerLines(a Attend) []Text {
	var out []Text
	switch a.Answer {
	case AttendYes, AttendWaiting:
		out = append(out, say("meetings.answer."+string(a.Answer), number("n", a.People)))
	case AttendMaybe, AttendNo:
		out = append(out, say("meetings.answer."+string(a.Answer)))
	}
	out = append(out, needLines(a)...)
	switch {
	case a.Mute:
		out = append(out, say("meetings.answer.mute"))
	case a.Follow:
		out = append(out, say("meetings.answer.follow"))
	}
	return out
}

func needLines(a Attend) []Text {
	var out []Text
	if a.Interpreter != "" {
		out = append(out, say("meetings.need.lang", word("language", "language.name."+a.Interpreter)))
	}
	if a.Children > 0 {
		out = append(out, say("meetings.need.kids", number("n", a.Children)))
	}
	if a.StepFree {
		out = append(out, say("meetings.need.step"))
	}
	return out
}

// dateOptions are what can be done about the meeting that is looked at.
func dateOptions(c *Ctx) []Option {
	m, a, ok := c.looked()
	if !ok {
		return nil
	}
	var out []Option
	add := func(wanted bool, action, emoji, key string) {
		if wanted {
			out = append(out, Option{ID: dateButton + m.ID + "/" + action, Emoji: emoji, Key: "meetings.do." + key})
		}
	}
	if coming := m.Coming(c.In.Now); coming {
		comes := a.Answer == AttendYes || a.Answer == AttendWaiting
		add(!comes, "yes", "✅", "yes")
		add(comes, "change", "✏️", "change")
		add(a.Answer != AttendMaybe && !comes, "maybe", "🤔", "maybe")
		add(a.Answer != AttendNo, "no", "❌", "no")
		follows := c.dates().Guest.Follows(m.ID)
		add(!follows && a.Answer != AttendNo, "follow", "🔔", "follow")
		add(follows, "off", "🔕", "off")
		add(m.Venue.Geo != "" || m.Venue.Street != "", "map", "🗺", "map")
		add(true, "ics", "📆", "ics")
	}
	add(len(m.Papers) > 0, "papers", "📄", "papers")
	if next, ok := c.meeting(m.ReplacedBy); ok && m.Cancelled {
		out = append(out, Option{ID: dateButton + next.ID + "/show", Emoji: "📅", Key: "meetings.do.next"})
	}
	return out
}

func peopleBody(c *Ctx) []Text {
	m, a, ok := c.looked()
	if !ok {
		return []Text{say("meetings.gone")}
	}
	return append([]Text{say("meetings.people", when("when", m.Start))}, answerLines(a)...)
}

// parties are how many people can come with somebody, in their order, so that the number
// itself is an answer as well.
func parties(c *Ctx) []Option {
	m, _, ok := c.looked()
	if !ok {
		return nil
	}
	return numbers(m, "n", MaxParty)
}

func numbers(m Meeting, action string, most int) []Option {
	var out []Option
	for n := 1; n <= most; n++ {
		digit := strconv.Itoa(n)
		out = append(out, Option{ID: dateButton + m.ID + "/" + action + "/" + digit, Label: digit})
	}
	return out
}

func declines(c *Ctx) {
	if m, _, ok := c.looked(); ok {
		c.answers(m, AttendNo, 0)
	}
}

func needsBody(c *Ctx) []Text {
	_, a, _ := c.looked()
	if lines := needLines(a); len(lines) > 0 {
		return append([]Text{say("meetings.needs")}, lines...)
	}
	return []Text{say("meetings.needs"), say("meetings.needs.none")}
}

// needs are those that can still be asked for.
func needs(c *Ctx) []Option {
	m, a, ok := c.looked()
	if !ok {
		return nil
	}
	var out []Option
	add := func(action, emoji, key string) {
		out = append(out, Option{ID: dateButton + m.ID + "/" + action, Emoji: emoji, Key: "meetings.needs." + key})
	}
	if len(interpretable(c, m)) > 0 {
		add("lang", "🗣", "lang")
	}
	if m.Help.Childcare == ItIs && c.stillAsked(m) {
		add("kids", "🧸", "kids")
	}
	if a.StepFree {
		add("step", "♿", "step.off")
	} else {
		add("step", "♿", "step")
	}
	return out
}

// stillAsked reports whether help can still be asked for.
func (c *Ctx) stillAsked(m Meeting) bool {
	return m.Help.Until.IsZero() || m.Help.Until.After(c.In.Now)
}

// interpretable are the languages that can be wanted: those that are interpreted for
// certain and, where one can ask, all others; the person's own comes first.
func interpretable(c *Ctx, m Meeting) []string {
	tags := m.Help.Interpreters
	if m.Help.OnRequest && c.stillAsked(m) {
		tags = Interpreted
	}
	if own := c.State.Lang; slices.Contains(tags, own) {
		rest := slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return tag == own })
		tags = append([]string{own}, rest...)
	}
	return tags
}

func interpreted(c *Ctx) []Option {
	m, _, ok := c.looked()
	if !ok {
		return nil
	}
	var out []Option
	for _, tag := range interpretable(c, m) {
		out = append(out, Option{ID: dateButton + m.ID + "/lang/" + tag, Key: "language.name." + tag})
	}
	return append(out, Option{ID: dateButton + m.ID + "/lang/none", Emoji: "❌", Key: "meetings.lang.none"})
}

// mostChildren is for how many one person asks childcare.
const mostChildren = 6

func kidsBody(c *Ctx) []Text {
	m, _, _ := c.looked()
	if m.Help.Ages != "" {
		return []Text{say("meetings.kids.ages", code("ages", m.Help.Ages))}
	}
	return []Text{say("meetings.kids")}
}

func children(c *Ctx) []Option {
	m, _, ok := c.looked()
	if !ok {
		return nil
	}
	return append(numbers(m, "kids", mostChildren), Option{ID: dateButton + m.ID + "/kids/0", Emoji: "❌", Key: "meetings.kids.none"})
}
