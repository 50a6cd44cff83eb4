package flows

import (
	"fmt"
	"strings"
	"time"
)

// Hours say when the team can answer, as people write it (flows/data/hours.toml).
type Hours struct {
	Week      map[string]string `toml:"week"`   // "monday" → "10:00-15:00"
	Closed    []string          `toml:"closed"` // "12-24", "2027-02-08", "2027-07-19/2027-07-30"
	Confirmed bool              `toml:"confirmed"`
	Source    string            `toml:"source"`
	Checked   string            `toml:"checked"`
}

// A Calendar knows when the team works: in its hours, except on public holidays and
// on the days that it named. The zero Calendar has no such time.
type Calendar struct {
	zone   *time.Location
	week   [7]span
	yearly map[string]bool // "01-02"
	closed []days
}

// A span is a part of a day, in minutes of its clock.
type span struct{ from, to int }

// days are from one day to another, both included, as "2006-01-02".
type days struct{ first, last string }

// dateLayout orders days as text.
const dateLayout = time.DateOnly

// Calendar reads the hours; their clock is that of the zone.
func (h Hours) Calendar(zone *time.Location) (Calendar, error) {
	c := Calendar{zone: zone, yearly: map[string]bool{}}
	known := map[string]time.Weekday{}
	for d := range time.Weekday(7) {
		known[strings.ToLower(d.String())] = d
	}
	for name, text := range h.Week {
		day, ok := known[name]
		if !ok {
			return c, fmt.Errorf("there is no day %q", name)
		}
		from, to, _ := strings.Cut(text, "-")
		opens, err := time.Parse("15:04", from)
		if err == nil {
			var closes time.Time
			closes, err = time.Parse("15:04", to)
			c.week[day] = span{minutes(opens), minutes(closes)}
		}
		if err != nil || c.week[day].to <= c.week[day].from {
			return c, fmt.Errorf("%s: %q is no time like 10:00-15:00", name, text)
		}
	}
	if c.week == ([7]span{}) {
		return c, fmt.Errorf("no day has any")
	}
	for _, text := range h.Closed {
		if err := c.close(text); err != nil {
			return c, err
		}
	}
	return c, nil
}

func minutes(t time.Time) int { return t.Hour()*60 + t.Minute() }

// close takes days out of the calendar.
func (c *Calendar) close(text string) error {
	if _, err := time.Parse("01-02", text); err == nil {
		c.yearly[text] = true
		return nil
	}
	first, last, isRange := strings.Cut(text, "/")
	if !isRange {
		last = first
	}
	for _, day := range []string{first, last} {
		if _, err := time.Parse(dateLayout, day); err != nil {
			return fmt.Errorf("closed: %q is no day like 12-24, 2027-02-08 or 2027-07-19/2027-07-30", text)
		}
	}
	if last < first {
		return fmt.Errorf("closed: %q ends before it begins", text)
	}
	c.closed = append(c.closed, days{first, last})
	return nil
}

// open is when the team works on the day that is so many days after that of t; false
// when it does not. The clock of the day counts, also when it is changed that day.
func (c Calendar) open(t time.Time, after int) (from, to time.Time, works bool) {
	year, month, day := t.In(c.zone).Date()
	at := time.Date(year, month, day+after, 12, 0, 0, 0, c.zone)
	year, month, day = at.Date()
	hours := c.week[at.Weekday()]
	if hours.to == 0 || Holiday(year, month, day) || c.yearly[at.Format("01-02")] {
		return from, to, false
	}
	date := at.Format(dateLayout)
	for _, d := range c.closed {
		if d.first <= date && date <= d.last {
			return from, to, false
		}
	}
	clock := func(minute int) time.Time { return time.Date(year, month, day, 0, minute, 0, 0, c.zone) }
	return clock(hours.from), clock(hours.to), true
}

// furthest is how many days a calendar looks ahead and back: who is closed for longer
// gives no date.
const furthest = 366

// DaysAfter is the end of work on the nth day of work after the first one that does
// not end before t. ok is false when there is none within a year.
func (c Calendar) DaysAfter(t time.Time, n int) (end time.Time, ok bool) {
	if c.zone == nil {
		return end, false
	}
	for i := range furthest {
		if _, to, works := c.open(t, i); works && to.After(t) {
			if n--; n < 0 {
				return to, true
			}
		}
	}
	return time.Time{}, false
}

// Between is how long the team works between two times, a year at most.
func (c Calendar) Between(a, b time.Time) (d time.Duration) {
	if c.zone == nil {
		return 0
	}
	for i := range furthest {
		from, to, works := c.open(a, i)
		if works && from.After(b) {
			break
		}
		if a.After(from) {
			from = a
		}
		if b.Before(to) {
			to = b
		}
		if works && to.After(from) {
			d += to.Sub(from)
		}
	}
	return d
}

// Day is how long the team works on a day of work, on average.
func (c Calendar) Day() time.Duration {
	total, n := 0, 0
	for _, s := range c.week {
		if s.to > 0 {
			total, n = total+s.to-s.from, n+1
		}
	}
	if n == 0 {
		return 0
	}
	return time.Duration(total) * time.Minute / time.Duration(n)
}

// The hours at which somebody may be written to without having written (domain §7.3).
const (
	dayBegins = 8
	dayEnds   = 20
	morning   = 10 // when what was to happen the day before is missed
)

// Decent is the first moment from t on at which people may be written to; after a night
// it is late in the morning.
func (c Calendar) Decent(t time.Time) time.Time { return c.awake(t, morning) }

// Waking is the first moment from t on that is not at night, for what should not wait.
func (c Calendar) Waking(t time.Time) time.Time { return c.awake(t, dayBegins) }

// awake is t, or that hour after the night in which t is.
func (c Calendar) awake(t time.Time, hour int) time.Time {
	here := t.In(c.zone)
	year, month, day := here.Date()
	switch {
	case here.Hour() >= dayEnds:
		day++
	case here.Hour() >= dayBegins:
		return t
	}
	return time.Date(year, month, day, hour, 0, 0, 0, c.zone)
}

// MorningAfter is on the day after that of t.
func (c Calendar) MorningAfter(t time.Time) time.Time {
	year, month, day := t.In(c.zone).Date()
	return time.Date(year, month, day+1, morning, 0, 0, 0, c.zone)
}

// NextMorning is when the first working day after that of t begins; ok is false when
// there is none within a month.
func (c Calendar) NextMorning(t time.Time) (from time.Time, ok bool) {
	for n := 1; n <= 31; n++ {
		if from, _, works := c.open(t, n); works {
			return from, true
		}
	}
	return time.Time{}, false
}

// Until reports whether t is not after the day of by.
func (c Calendar) Until(t, by time.Time) bool {
	return t.In(c.zone).Format(dateLayout) <= by.In(c.zone).Format(dateLayout)
}

// Month is that of t, as "2006-01".
func (c Calendar) Month(t time.Time) string { return t.In(c.zone).Format("2006-01") }
