package flows

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"lotse/bot/chat"
)

// What a coordinator replies becomes a field of a meeting, or they read what is wrong.

// Limits of what is written into a meeting, beside those of Meeting.
const (
	maxLine      = 120 // UTF-16 units of a line: a place, a speaker, a point of the agenda
	maxPeople    = 999
	maxPaperSize = 10 << 20  // bytes of a document (domain §7.1)
	longest      = 12        // hours of a meeting
	usual        = 2         // hours of a meeting whose end is not said
	farthest     = 24        // months ahead
	leaveEmpty   = "-"       // what is replied to leave a field empty
	internal     = "intern:" // begins a point of the agenda that people do not see
)

func wrong(key string, args ...Arg) *Text { return &Text{Key: key, Args: args} }

func tooLong(n int) *Text { return wrong("desk.meet.wrong.long", number("max", n)) }

// typed is what was replied, on one line; "" when the field is to be empty.
func (in PlanInput) typed() string {
	if text := strings.TrimSpace(in.Event.Text); text != leaveEmpty {
		return strings.Join(strings.Fields(text), " ")
	}
	return ""
}

// typedLines are the lines of what was replied that are not empty.
func (in PlanInput) typedLines() (out []string) {
	for line := range strings.Lines(in.Event.Text) {
		if line = strings.Join(strings.Fields(line), " "); line != "" && line != leaveEmpty {
			out = append(out, line)
		}
	}
	return out
}

func readWords(lang string, title bool) func(PlanInput, *Meeting) *Text {
	return func(in PlanInput, m *Meeting) *Text {
		w := m.Words[lang]
		if title {
			w.Title = in.typed()
			if w.Title == "" {
				return wrong("desk.meet.wrong.empty")
			}
		} else {
			w.About = strings.TrimSpace(in.Event.Text)
			if w.About == leaveEmpty {
				w.About = ""
			}
		}
		putWords(m, lang, w)
		return wordsFit(w)
	}
}

func wordsFit(w MeetingWords) *Text {
	switch {
	case units(w.Title) > MaxTitle:
		return tooLong(MaxTitle)
	case units(w.About) > MaxAbout:
		return tooLong(MaxAbout)
	}
	return nil
}

func readTranslation(lang string) func(PlanInput, *Meeting) *Text {
	return func(in PlanInput, m *Meeting) *Text {
		text := strings.TrimSpace(in.Event.Text)
		if text == leaveEmpty {
			text = ""
		}
		title, about, _ := strings.Cut(text, "\n")
		w := MeetingWords{Title: strings.TrimSpace(title), About: strings.TrimSpace(about)}
		putWords(m, lang, w)
		return wordsFit(w)
	}
}

// timesAtEnd are a time, or two, at the end of a line: "16 Uhr", "um 16:00 bis 18:00 Uhr",
// "16-18".
var timesAtEnd = regexp.MustCompile(`(?i)[, ]\s*(?:um )?(\d{1,2}(?:[:.]\d{2})?)(?: ?uhr| ?h)?(?:\s*(?:-|–|bis)\s*(\d{1,2}(?:[:.]\d{2})?)(?: ?uhr| ?h)?)?$`)

// readWhen reads a date, and a time or two. What is not said of the time stays as it was.
func readWhen(in PlanInput, m *Meeting) *Text {
	date, from, to := in.typed(), "", ""
	if at := timesAtEnd.FindStringSubmatchIndex(date); at != nil {
		from = date[at[2]:at[3]]
		if at[4] >= 0 {
			to = date[at[4]:at[5]]
		}
		date = strings.TrimRight(date[:at[0]], ", ")
	}
	day, bad := in.Read("date", date)
	if bad != "" {
		return wrong("desk.slot.wrong." + bad)
	}
	if from == "" {
		if m.Start.IsZero() {
			return wrong("desk.meet.wrong.time")
		}
		from = in.Calendar.clockOf(m.Start)
	}
	start, bad := in.instant(day, from)
	if bad != "" {
		return wrong("desk.meet.wrong.time")
	}
	end := start.Add(usual * time.Hour)
	if old := m.End.Sub(m.Start); old > 0 {
		end = start.Add(old)
	}
	if to != "" {
		if end, bad = in.instant(day, to); bad != "" {
			return wrong("desk.meet.wrong.time")
		}
	}
	return putWhen(in, m, start, end)
}

// instant is a time of a day on the clock of Leipzig.
func (in PlanInput) instant(day, typed string) (time.Time, string) {
	clock, bad := in.Read("time", typed)
	if bad != "" {
		return time.Time{}, bad
	}
	return in.Calendar.on(day, clock)
}

func putWhen(in PlanInput, m *Meeting, start, end time.Time) *Text {
	switch {
	case !start.After(in.Now):
		return wrong("desk.slot.wrong.date.past")
	case start.After(in.Now.AddDate(0, farthest, 0)):
		return wrong("desk.slot.wrong.date.far")
	case !end.After(start):
		return wrong("desk.meet.wrong.end")
	case end.Sub(start) > longest*time.Hour:
		return wrong("desk.meet.wrong.hours", number("max", longest))
	}
	m.Start, m.End = start.UTC(), end.UTC()
	return nil
}

// readVenue reads a place: the name, street, way in and stop on lines of their own, or name
// and street with a comma between. A place on the map says where it is.
func readVenue(in PlanInput, m *Meeting) *Text {
	for _, f := range in.Event.Files {
		if f.Kind == chat.Place {
			m.Venue.Geo = f.Ref
			if m.Venue.Name == "" {
				m.Venue.Name = f.Name
			}
			return venueFits(m.Venue)
		}
	}
	lines := in.typedLines()
	if len(lines) == 0 {
		m.Venue = Venue{}
		return nil
	}
	if len(lines) == 1 {
		if name, street, ok := strings.Cut(lines[0], ","); ok {
			lines = []string{strings.TrimSpace(name), strings.TrimSpace(street)}
		}
	}
	if len(lines) > 4 {
		return wrong("desk.meet.wrong.venue")
	}
	lines = append(lines, "", "", "")
	m.Venue = Venue{Name: lines[0], Street: lines[1], Hint: lines[2], Stop: lines[3]}
	return venueFits(m.Venue)
}

func venueFits(v Venue) *Text {
	for _, s := range []string{v.Name, v.Street, v.Hint, v.Stop} {
		if units(s) > maxLine {
			return tooLong(maxLine)
		}
	}
	if v.Name == "" {
		return wrong("desk.meet.wrong.venue")
	}
	return nil
}

// address reports whether a text is the address of a page.
func address(text string) bool { return addressShape.MatchString(text) }

var addressShape = regexp.MustCompile(`^(?i)https?://[^\s/?#@]+\.[^\s/?#@]+([/?#]\S*)?$`)

func readOnline(in PlanInput, m *Meeting) *Text {
	m.Online = in.typed()
	switch {
	case m.Online != "" && !address(m.Online):
		return wrong("desk.meet.wrong.link")
	case units(m.Online) > 2*MaxAbout:
		return tooLong(2 * MaxAbout)
	}
	return nil
}

var agesShape = regexp.MustCompile(`^(\d{1,2}) ?(?:-|–|bis) ?(\d{1,2})(?: jahren?)?$`)

func readAges(in PlanInput, m *Meeting) *Text {
	text := strings.ToLower(in.typed())
	if text == "" {
		m.Help.Ages = ""
		return nil
	}
	found := agesShape.FindStringSubmatch(text)
	if found == nil || len(found[1]) > len(found[2]) || len(found[1]) == len(found[2]) && found[1] > found[2] {
		return wrong("desk.meet.wrong.ages")
	}
	m.Help.Ages, m.Help.Childcare = found[1]+"-"+found[2], ItIs
	return nil
}

// readUntil reads the day until whose end help can be asked for.
func readUntil(in PlanInput, m *Meeting) *Text {
	text := in.typed()
	if text == "" {
		m.Help.Until = time.Time{}
		return nil
	}
	day, bad := in.Read("date", text)
	if bad != "" {
		return wrong("desk.slot.wrong." + bad)
	}
	end, bad := in.Calendar.on(day, "23:59")
	if bad != "" || !m.Start.IsZero() && end.After(m.Start) {
		return wrong("desk.meet.wrong.until")
	}
	m.Help.Until = end.UTC()
	return nil
}

func readSpeaker(in PlanInput, m *Meeting) *Text {
	if m.Speaker = in.typed(); units(m.Speaker) > maxLine {
		return tooLong(maxLine)
	}
	return nil
}

func readTables(in PlanInput, m *Meeting) *Text {
	m.Tables = in.typedLines()
	if len(m.Tables) > MaxTables {
		return wrong("desk.meet.wrong.many", number("max", MaxTables))
	}
	return linesFit(m.Tables)
}

func linesFit(lines []string) *Text {
	if slices.ContainsFunc(lines, func(s string) bool { return units(s) > maxLine }) {
		return tooLong(maxLine)
	}
	return nil
}

// readAgenda adds points, one on each line. Who wants others takes the old ones out.
func readAgenda(in PlanInput, m *Meeting) *Text {
	lines := in.typedLines()
	if bad := linesFit(lines); bad != nil {
		return bad
	}
	for _, line := range lines {
		item := Item{Text: line, Source: in.Event.Name, Public: true}
		if rest := len(internal); len(line) > rest && strings.EqualFold(line[:rest], internal) {
			item.Text, item.Public = strings.TrimSpace(line[rest:]), false
		}
		m.Agenda = append(slices.Clone(m.Agenda), item)
	}
	return agendaFits(*m)
}

func agendaFits(m Meeting) *Text {
	if len(m.Agenda) > MaxAgenda {
		return wrong("desk.meet.wrong.many", number("max", MaxAgenda))
	}
	return nil
}

func readCapacity(in PlanInput, m *Meeting) *Text { return readPeople(in, &m.Capacity) }
func readAttended(in PlanInput, m *Meeting) *Text { return readPeople(in, &m.Attended) }

// readPeople reads how many people; none is 0.
func readPeople(in PlanInput, n *int) *Text {
	switch {
	case in.typed() == "":
		*n = 0
	case in.Number < 0 || in.Number > maxPeople:
		return wrong("desk.meet.wrong.number", number("max", maxPeople))
	default:
		*n = in.Number
	}
	return nil
}

// readPaper adds a document: a file with what it is called below it, or a line that ends
// with the address of a page. Pictures of people need consent that nobody can give here.
func readPaper(in PlanInput, m *Meeting) *Text {
	var more []Paper
	for _, f := range in.Event.Files {
		switch {
		case f.Kind != chat.Document || strings.HasPrefix(f.Type, "image/"):
			return wrong("desk.meet.wrong.picture")
		case f.Size > maxPaperSize:
			return wrong("desk.meet.wrong.size", number("max", maxPaperSize>>20))
		}
		title := in.typed()
		if title == "" {
			title = f.Name
		}
		more = append(more, Paper{Title: title, File: f})
	}
	if len(more) == 0 {
		words := strings.Fields(in.Event.Text)
		if len(words) == 0 || !address(words[len(words)-1]) {
			return wrong("desk.meet.wrong.paper")
		}
		link := words[len(words)-1]
		title := strings.Join(words[:len(words)-1], " ")
		if title == "" {
			title = link
		}
		if units(link) > 2*MaxAbout {
			return tooLong(2 * MaxAbout)
		}
		more = append(more, Paper{Title: title, Link: link})
	}
	for i := range more {
		more[i].Title = strings.TrimSpace(Shorten(more[i].Title, maxLine))
	}
	m.Papers = append(slices.Clone(m.Papers), more...)
	if len(m.Papers) > MaxPapers {
		return wrong("desk.meet.wrong.many", number("max", MaxPapers))
	}
	return nil
}
