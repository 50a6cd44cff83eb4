package bot

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"lotse/bot/calendar"
	"lotse/bot/chat"
	"lotse/flows"
)

// cancelledFor is how long a meeting that was cancelled stays in calendars (domain §7.4):
// one that vanishes stays in many as if it took place.
const cancelledFor = 90 * 24 * time.Hour

// until is when a meeting leaves the calendar and the page of dates.
func until(m flows.Meeting) time.Time {
	if !m.Cancelled {
		return m.End.Add(meetingFor)
	}
	last := m.End
	if m.Changed.After(last) {
		last = m.Changed
	}
	return last.Add(cancelledFor)
}

// public are the meetings that the calendar and the page of dates show: of one kind, or
// of all when kind is "".
func public(all []flows.Meeting, kind flows.MeetingKind, now time.Time) []flows.Meeting {
	var out []flows.Meeting
	for _, m := range all {
		if (kind == "" || m.Kind == kind) && until(m).After(now) {
			out = append(out, m)
		}
	}
	return out
}

// uid is a meeting's in every calendar, for ever: it does not depend on where the program
// is reached.
func uid(mid string) string { return mid + uidEnd }

const uidEnd = "@lotse"

// feed is a calendar of meetings in a language.
func (b edition) feed(lang string, shown, all []flows.Meeting) ([]byte, error) {
	f := calendar.Feed{Name: b.label(lang, flows.Text{Key: "feed.name"}), Lang: lang, Link: b.address("", lang)}
	for _, m := range shown {
		f.Entries = append(f.Entries, b.entry(lang, m, all))
	}
	return f.Bytes()
}

// entry is a meeting in a calendar. It names nobody, not even who speaks (P-31), and says
// nothing that changes without a change of the meeting.
func (b edition) entry(lang string, m flows.Meeting, all []flows.Meeting) calendar.Entry {
	e := calendar.Entry{
		UID: uid(m.ID), Sequence: m.Sequence, Cancelled: m.Cancelled, Start: m.Start, End: m.End, SummaryLang: b.summaryLang(lang),
		Location: strings.Trim(m.Venue.Name+", "+m.Venue.Street, ", "), Link: b.address("#"+m.ID, lang),
		Kind: b.label(lang, kindOf(m)), Created: m.Published, Changed: m.Changed,
	}
	e.Summary = b.summary(e.SummaryLang, m)
	if place, ok := chat.ParsePlace(m.Venue.Geo, ""); ok {
		if north, east, ok := place.Where(); ok {
			e.Geo = north + ";" + east
		}
	}
	if m.Replaces != "" {
		e.Instead = uid(m.Replaces)
	}
	m.Speaker, m.Capacity = "", 0
	var lines []string
	if e.SummaryLang != lang {
		lines = append(lines, b.summary(lang, m))
	}
	for _, t := range slices.Concat(flows.MeetingBody(m, flows.Seats{}, lang, time.Time{}), instead(m, all), []flows.Text{{Key: "feed.late"}}) {
		if t.Key != "meeting.head" {
			lines = append(lines, b.text(lang, t).Text)
		}
	}
	e.Description = strings.Join(lines, "\n")
	return e
}

// summaryLang is the language of an entry's first line. Where the letters run from right
// to left it is German: old calendars break lines in two directions (domain §7.4).
func (b edition) summaryLang(lang string) string {
	if b.rtl[lang] {
		return "de"
	}
	return lang
}

func (b edition) summary(lang string, m flows.Meeting) string {
	key := "feed.summary"
	if m.Cancelled {
		key = "feed.summary.cancelled"
	}
	words, _ := m.In(lang)
	return b.label(lang, flows.Text{Key: key, Args: []flows.Arg{
		{Name: "kind", Kind: flows.Word, Text: kindOf(m).Key}, {Name: "title", Kind: flows.Name, Text: words.Title},
	}})
}

func kindOf(m flows.Meeting) flows.Text { return flows.Text{Key: "meeting.kind." + string(m.Kind)} }

// instead says which date takes the place of which.
func instead(m flows.Meeting, all []flows.Meeting) (out []flows.Text) {
	for _, other := range all {
		switch other.ID {
		case m.Replaces:
			out = append(out, flows.Text{Key: "board.replaces", Args: []flows.Arg{{Name: "day", Kind: flows.Day, At: other.Start}}})
		case m.ReplacedBy:
			out = append(out, flows.Text{Key: "board.replaced", Args: []flows.Arg{{Name: "start", Kind: flows.When, At: other.Start}}})
		}
	}
	return out
}

// calendarFile is meetings as a file for a calendar, small enough to travel in its row of
// the outbox.
func (b edition) calendarFile(lang string, shown, all []flows.Meeting) (chat.File, error) {
	raw, err := b.feed(lang, shown, all)
	if err != nil {
		return chat.File{}, err
	}
	if len(raw) > maxPicture {
		return chat.File{}, fmt.Errorf("a calendar file of %d meetings has %d bytes", len(shown), len(raw))
	}
	name := "termine.ics"
	if len(shown) == 1 {
		name = b.fileName(shown[0])
	}
	return chat.File{
		Kind: chat.Document, Platform: ownFiles, Ref: base64.StdEncoding.EncodeToString(raw), Name: name,
		Type: calendarType, Size: int64(len(raw)), Bare: true,
	}, nil
}

const calendarType = "text/calendar"

// maxInFile is how many meetings are in a file at most: with every text as long as it may
// be they fit into the row (maxPicture). It is three years of the network's.
const maxInFile = 20

// sendCalendar sends somebody a meeting as a file, or the next that are to come when mid
// is "".
func (t *turn) sendCalendar(sp *speaker, mid string) error {
	all, err := plannings(t.tx)
	if err != nil {
		return err
	}
	live := published(all)
	var shown []flows.Meeting
	for _, m := range live {
		if m.ID == mid || mid == "" && m.Coming(t.now) && len(shown) < maxInFile {
			shown = append(shown, m)
		}
	}
	if len(shown) == 0 { // forgotten since
		return nil
	}
	lang := t.lang(sp)
	f, err := t.b.calendarFile(lang, shown, live)
	if err != nil {
		return err
	}
	m := t.b.body(lang, []flows.Text{{Key: "feed.file"}})
	m.Files = []chat.File{f}
	return t.write(sp, item{Message: m, Ref: ref{PID: sp.PID}})
}

func (b edition) fileName(m flows.Meeting) string {
	return "termin-" + m.Start.In(b.lists.berlin).Format(time.DateOnly) + ".ics"
}
