package flows

import (
	"slices"
	"time"
)

// A reminder that comes late because the bot was down is of use only with so much time
// left (domain §7.3).
const lateAtLeast = 3 * time.Hour

// reminderAtNight is when somebody is reminded whose reminder would fall into the night
// after that day (domain §7.3).
const reminderAtNight = 18

// RemindAt is when people are reminded of a meeting, on the clock on the wall: a week and
// a day before at the same time of day, whether or not the clocks are changed in between,
// two hours before it begins; never at night.
func (c Calendar) RemindAt(start time.Time, lead Lead) time.Time {
	here := start.In(c.zone)
	year, month, day := here.Date()
	back := map[Lead]int{LeadWeek: 7, LeadDay: 1}[lead]
	at := time.Date(year, month, day-back, here.Hour(), here.Minute(), 0, 0, c.zone)
	if lead == LeadHours {
		at = start.Add(-2 * time.Hour).In(c.zone)
	}
	year, month, day = at.Date()
	switch {
	case at.Hour() < dayBegins:
		return time.Date(year, month, day, dayBegins, 0, 0, 0, c.zone)
	case at.Hour() >= dayEnds:
		return time.Date(year, month, day, reminderAtNight, 0, 0, 0, c.zone)
	}
	return at
}

// Useful reports whether a reminder is still of use.
func (l Lead) Useful(start, now time.Time) bool {
	if l == LeadHours {
		return start.After(now)
	}
	return start.Sub(now) > lateAtLeast
}

// Wants reports whether somebody wants a reminder that is due. One that is late says
// nothing which a shorter one does not say that is due as well.
func (g Guest) Wants(m Meeting, lead Lead, c Calendar, now time.Time) bool {
	sure := g.At[m.ID].Answer == AttendYes
	if !g.Follows(m.ID) || !g.Reminds(lead) || lead == LeadHours && !sure {
		return false
	}
	for _, shorter := range Leads[slices.Index(Leads, lead)+1:] {
		if g.Reminds(shorter) && (shorter != LeadHours || sure) && !c.RemindAt(m.Start, shorter).After(now) {
			return false
		}
	}
	return true
}

// Reminder is what somebody is reminded with, in their language.
func Reminder(m Meeting, lead Lead, a Attend, c Calendar, lang string) Say {
	body := []Text{say("remind.head")}
	body = append(body, about(m, lang)...)
	switch a.Answer {
	case AttendYes:
		body = append(body, say("remind.yes"))
		if m.Online != "" {
			body = append(body, say("remind.online", code("link", m.Online)))
		}
	case AttendWaiting:
		body = append(body, say("remind.waiting"))
	default:
		body = append(body, say("remind.ask"))
	}
	if m.newsSince(lead, c) {
		body = append(body, say("remind.noted"))
	}
	return Say{Body: body, Options: answers(m.ID, "map"), Columns: 2}
}

// newsSince reports whether something small was changed that nobody was told of, not even
// by an earlier reminder.
func (m Meeting) newsSince(lead Lead, c Calendar) bool {
	i := slices.Index(Leads, lead)
	return !m.Noted.IsZero() && (i <= 0 || m.Noted.After(c.RemindAt(m.Start, Leads[i-1])))
}

// about says in short what, when and where a meeting is. What nobody has written in the
// reader's language is said to be in German.
func about(m Meeting, lang string) []Text {
	words, foreign := m.In(lang)
	body := []Text{say("meeting.head", named("title", words.Title), word("kind", kindKey(m.Kind)))}
	if foreign {
		body = append(body, say("news.title", word("language", "language.name.de")))
	}
	return append(body, say("meeting.when", when("start", m.Start), clock("end", m.End)), MeetingPlace(m)[0])
}

// answers are the ways on from a message that came by itself.
func answers(meeting, look string) []Option {
	id := "date/" + meeting + "/"
	show := Option{ID: id + "map", Emoji: "🗺", Key: "meetings.do.map"}
	if look == "show" {
		show = Option{ID: id + "show", Emoji: "🔎", Key: "meetings.do.show"}
	}
	return []Option{
		{ID: id + "yes", Emoji: "✅", Key: "meetings.do.yes"}, {ID: id + "no", Emoji: "❌", Key: "meetings.do.no"},
		show, {ID: id + "off", Emoji: "🔕", Key: "meetings.do.off"},
	}
}

// Hears reports whether news of a meeting are for this guest. Who cannot come then is told
// of another date all the same. To campaigns those are invited who want to hear of everything.
func (g Guest) Hears(m Meeting, n News) bool {
	if n == NewsSurvey {
		return g.All && g.Stopped.IsZero()
	}
	if g.Follows(m.ID) {
		return true
	}
	a := g.At[m.ID]
	again := n == NewsMoved || n == NewsNew || n == NewsCancelled && m.ReplacedBy != ""
	if !again || a.Answer != AttendNo {
		return false
	}
	a.Answer = "" // it was to another date
	g.At = map[string]Attend{m.ID: a}
	return g.Follows(m.ID)
}

// Needs reports whether somebody has to prepare more than others for a meeting: they are
// told first (domain D9).
func (a Attend) Needs() bool { return a.Interpreter != "" || a.Children > 0 || a.StepFree }

// Told is what people read of news about a meeting, in their language. Was is the meeting
// as they knew it, instead the one that takes its place; nil is none.
func (n News) Told(m Meeting, was, instead *Meeting, lang string) Say {
	switch n {
	case NewsCancelled:
		return cancelledNews(m, was, instead, lang)
	case NewsPapers:
		body := append([]Text{say("news.papers")}, about(m, lang)...)
		return Say{Body: body, Options: []Option{{ID: "date/" + m.ID + "/show", Emoji: "🔎", Key: "meetings.do.show"}, {ID: "date/" + m.ID + "/off", Emoji: "🔕", Key: "meetings.do.off"}}, Columns: 2}
	case NewsMoved:
		return Say{Body: movedNews(m, was, lang), Options: answers(m.ID, "show"), Columns: 2}
	}
	body := append([]Text{say("news.new")}, about(m, lang)...)
	return Say{Body: append(body, say("remind.ask")), Options: answers(m.ID, "show"), Columns: 2}
}

func movedNews(m Meeting, was *Meeting, lang string) []Text {
	body := []Text{say("news.moved")}
	if was != nil {
		body = append(body, say("news.was", when("start", was.Start)))
		if was.Venue != m.Venue {
			body = append(body, say("news.place"))
		}
	}
	return append(append(body, about(m, lang)...), say("news.again"))
}

func cancelledNews(m Meeting, was, instead *Meeting, lang string) Say {
	start := m.Start
	if was != nil {
		start = was.Start
	}
	body := []Text{say("news.cancelled", when("start", start))}
	if m.Reason != "" && m.Reason != ReasonOther {
		body = append(body, say("news.reason", word("reason", "meeting.reason."+string(m.Reason))))
	}
	if instead == nil {
		body = append(append(body, about(m, lang)[:1]...), say("news.open"))
		return Say{Body: body, Options: []Option{{ID: "date/" + m.ID + "/off", Emoji: "🔕", Key: "meetings.do.off"}}}
	}
	body = append(append(body, say("news.instead")), about(*instead, lang)...)
	return Say{Body: append(body, say("remind.ask")), Options: answers(instead.ID, "show"), Columns: 2}
}

// Location is the zone of the calendar's clock.
func (c Calendar) Location() *time.Location { return c.zone }
