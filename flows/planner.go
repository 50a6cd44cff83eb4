package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Seasons are the days that the planner of meetings knows beside public holidays
// (flows/data/holidays.toml).
type Seasons struct {
	Schools Season `toml:"schools"`
	Feasts  Season `toml:"feasts"`
}

// A Season is a list of named days.
type Season struct {
	Source    string      `toml:"source"`
	Checked   string      `toml:"checked"`
	Confirmed bool        `toml:"confirmed"`
	Covered   string      `toml:"covered"` // until when the list is complete, "2006-01-02"
	Days      []NamedDays `toml:"days"`
}

// NamedDays are from one day to another, both included, as "2006-01-02".
type NamedDays struct {
	Name  string `toml:"name"`
	First string `toml:"first"`
	Last  string `toml:"last"`
}

// Check finds what is wrong with the days.
func (s Seasons) Check() error {
	for _, d := range slices.Concat(s.Schools.Days, s.Feasts.Days) {
		for _, day := range []string{d.First, d.Last} {
			if _, err := time.Parse(dateLayout, day); err != nil {
				return fmt.Errorf("%s: %q is no day like 2027-02-08", d.Name, day)
			}
		}
		if d.Last < d.First {
			return fmt.Errorf("%s: %q ends before it begins", d.Name, d.First)
		}
	}
	return nil
}

func (s Season) on(date string) []NamedDays {
	return slices.DeleteFunc(slices.Clone(s.Days), func(d NamedDays) bool { return date < d.First || d.Last < date })
}

// clockOf is the time of the day in Leipzig.
func (c Calendar) clockOf(t time.Time) string { return t.In(c.zone).Format("15:04") }

// on is a time on a day in Leipzig; bad says that there is none, as on the morning when
// the clock is put forward.
func (c Calendar) on(date, clock string) (t time.Time, bad string) {
	t, err := time.ParseInLocation(dateLayout+" 15:04", date+" "+clock, c.zone)
	if err != nil || t.In(c.zone).Format("15:04") != clock {
		return time.Time{}, "time"
	}
	return t, ""
}

// When the planner proposes dates (domain §7.2).
const (
	soonestWeeks = 8
	latestWeeks  = 10
	proposals    = 3
	rhythmOf     = 3 // meetings whose weekday and time count
	notice       = 14 * 24 * time.Hour
)

// rhythm is the start and length of a meeting as they usually are, told by the last ones
// there were beside this one. ok is false when there was none.
func rhythm(all []Planning, without string, c Calendar) (last Meeting, ok bool) {
	var held []Meeting
	for _, p := range all {
		if p.Live != nil && !p.Live.Cancelled && p.Live.ID != without {
			held = append(held, *p.Live)
		}
	}
	if len(held) == 0 {
		return Meeting{}, false
	}
	slices.SortStableFunc(held, func(a, b Meeting) int { return b.Start.Compare(a.Start) })
	last = held[0]
	held = held[:min(len(held), rhythmOf)]
	often := func(f func(Meeting) string) string {
		best, most := "", 0
		for _, m := range held { // the newest first: it decides where two are as frequent
			n := 0
			for _, other := range held {
				if f(other) == f(m) {
					n++
				}
			}
			if n > most {
				best, most = f(m), n
			}
		}
		return best
	}
	weekday := often(func(m Meeting) string { return m.Start.In(c.zone).Weekday().String() })
	clock := often(func(m Meeting) string { return c.clockOf(m.Start) })
	at := last.Start.In(c.zone)
	for range 7 {
		if at.Weekday().String() == weekday {
			break
		}
		at = at.AddDate(0, 0, -1)
	}
	length := last.End.Sub(last.Start)
	if start, bad := c.on(at.Format(dateLayout), clock); bad == "" {
		last.Start, last.End = start, start.Add(length)
	}
	return last, true
}

// propose are dates for a meeting. A new one is on the usual weekday and time, eight to ten
// weeks after the last; one that people know, or that takes the place of such a one, is moved
// by as few weeks as can be. All are on no holiday. There are none when no meeting tells what
// is usual.
func propose(in PlanInput, m Meeting) (out []Meeting) {
	try := func(base Meeting, weeks int, ahead time.Duration) {
		at := base.Start.In(in.Calendar.zone)
		start := time.Date(at.Year(), at.Month(), at.Day()+7*weeks, at.Hour(), at.Minute(), 0, 0, in.Calendar.zone)
		one := m
		one.Start, one.End = start.UTC(), start.Add(base.End.Sub(base.Start)).UTC()
		if start.After(in.Now.Add(ahead)) && len(freeDays(in, one)) == 0 && clashOf(in, one) == nil {
			out = append(out, one)
		}
	}
	if old := knownDate(in, m); old != nil {
		for weeks := 1; len(out) < proposals && weeks < furthest/7; weeks++ {
			try(*old, weeks, 24*time.Hour)
		}
		return out
	}
	usual, ok := rhythm(in.All, m.ID, in.Calendar)
	if !ok {
		return nil
	}
	for weeks := soonestWeeks; weeks <= latestWeeks; weeks++ {
		try(usual, weeks, notice)
	}
	for beside := 1; len(out) < proposals && beside < 2*furthest/7; beside++ { // a gap may be long
		if beside < soonestWeeks-3 { // never less than a month after the last
			try(usual, soonestWeeks-beside, notice)
		}
		try(usual, latestWeeks+beside, notice)
	}
	out = out[:min(len(out), proposals)]
	slices.SortFunc(out, func(a, b Meeting) int { return a.Start.Compare(b.Start) })
	return out
}

// knownDate is the date that people know of a meeting, or of the one whose place it takes.
func knownDate(in PlanInput, m Meeting) *Meeting {
	for _, p := range in.All {
		if p.Live != nil && (p.Work.ID == m.ID || p.Work.ID == m.Replaces) {
			return p.Live
		}
	}
	return nil
}

// freeDays say on which public or school holidays a meeting is.
func freeDays(in PlanInput, m Meeting) (out []Text) {
	at := m.Start.In(in.Calendar.zone)
	if Holiday(at.Date()) {
		out = append(out, say("desk.meet.warn.holiday"))
	}
	for _, d := range in.Seasons.Schools.on(at.Format(dateLayout)) {
		out = append(out, say("desk.meet.warn.school", word("name", "desk.meet.school."+d.Name)))
	}
	return out
}

// Minutes of the day between which people pray on a Friday, and from when on a fast is
// broken.
const (
	prayerFrom, prayerTo = 12 * 60, 14 * 60
	evening              = 17 * 60
)

// softDays say what else speaks against a date.
func softDays(in PlanInput, m Meeting) (out []Text) {
	start, end := m.Start.In(in.Calendar.zone), m.End.In(in.Calendar.zone)
	for _, d := range in.Seasons.Feasts.on(start.Format(dateLayout)) {
		if d.Name != "ramadan" {
			out = append(out, say("desk.meet.warn.feast", word("name", "desk.meet.feast."+d.Name)))
		} else if minutes(end) > evening {
			out = append(out, say("desk.meet.warn.ramadan"))
		}
	}
	if start.Weekday() == time.Friday && minutes(start) < prayerTo && minutes(end) > prayerFrom {
		out = append(out, say("desk.meet.warn.friday"))
	}
	if start.After(in.Now) && start.Before(in.Now.Add(notice)) {
		out = append(out, say("desk.meet.warn.soon"))
	}
	if other := clashOf(in, m); other != nil {
		out = append(out, say("desk.meet.warn.clash", called(*other), when("when", other.Start)))
	}
	return out
}

// clashOf is another meeting at the same time.
func clashOf(in PlanInput, m Meeting) *Meeting {
	for _, p := range in.All {
		o := p.Work
		if o.ID != m.ID && !o.Cancelled && !o.Start.IsZero() && o.Start.Before(m.End) && m.Start.Before(o.End) {
			return &o
		}
	}
	return nil
}

// dateNotes are what is to be known of a meeting's date, or that nothing is.
func dateNotes(in PlanInput, m Meeting) []Text {
	if m.Start.IsZero() || m.Over(in.Now) || m.Cancelled {
		return nil
	}
	if out := append(freeDays(in, m), softDays(in, m)...); len(out) > 0 {
		return out
	}
	return []Text{say("desk.meet.fine")}
}

// manyAsked is how many wishes for interpreting say that somebody should see to it
// (domain §7.1).
const manyAsked = 5

// warnings are what speaks against publishing a meeting as it is.
func warnings(in PlanInput, p Planning) (out []Text) {
	m := p.Work
	if m.Cancelled || m.Over(in.Now) && !m.Start.IsZero() {
		return nil
	}
	out = dateNotes(in, m)
	if m.Venue.Name == "" && m.Online == "" {
		out = append(out, say("desk.meet.warn.venue"))
	}
	asked := 0
	for lang, n := range in.Seats.Interpreters {
		if !slices.Contains(m.Help.Interpreters, lang) {
			asked += n
		}
	}
	if asked >= manyAsked {
		out = append(out, say("desk.meet.warn.interpreters", number("n", asked)))
	}
	if m.Capacity > 0 && in.Seats.People > m.Capacity {
		out = append(out, say("desk.meet.warn.capacity", number("n", in.Seats.People)))
	}
	return append(out, lackingLines(in, m)...)
}

// lackingLines say in which languages nobody has written what the meeting is about.
func lackingLines(in PlanInput, m Meeting) (out []Text) {
	for _, l := range in.Languages {
		if l.Tag != "de" && m.Words[l.Tag].Title == "" && !strings.HasPrefix(l.Tag, "de-") {
			out = append(out, say("desk.meet.warn.language", word("language", "language.name."+l.Tag)))
		}
	}
	return out
}
