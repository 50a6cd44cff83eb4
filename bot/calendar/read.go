package calendar

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// MaxFile is how large a file may be that Read reads, in bytes.
const MaxFile = 256 << 10

// maxEntries is how many entries of a file are looked at.
const maxEntries = 500

// Of a text in a foreign file, in bytes: longer ones are cut.
const maxText = 4000

// Errors of Read.
var (
	ErrTooLarge = errors.New("calendar: the file is too large")
	ErrNoFile   = errors.New("calendar: this is no calendar")
)

// A Lack is why an entry of a foreign file is no date of ours.
type Lack string

// The lacks.
const (
	LackStart  Lack = "start"  // it has no time of day: it is for whole days, or has no date
	LackEnd    Lack = "end"    // it does not say when it ends
	LackZone   Lack = "zone"   // its clock is not known
	LackSeries Lack = "series" // it comes again and again: each of our dates is decided
	LackName   Lack = "name"   // it has no name, or nothing by which it is known again
)

// A Found is an entry of a foreign file. With a Lack, only Summary and UID are sure.
type Found struct {
	Entry
	Lack Lack
}

// Read reads a foreign file. Of each entry it takes when, where, what and whether it is
// cancelled. Who organises it and who comes is left there.
func Read(from io.Reader) ([]Found, error) {
	raw, err := io.ReadAll(io.LimitReader(from, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > MaxFile {
		return nil, ErrTooLarge
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	c, err := ics.ParseCalendar(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoFile, err)
	}
	events := c.Events()
	if len(events) > maxEntries {
		return nil, ErrTooLarge
	}
	found := make([]Found, len(events))
	for i, v := range events {
		found[i] = read(v)
	}
	return found, nil
}

func read(v *ics.VEvent) (f Found) {
	f.UID = cut(plain(value(v, ics.ComponentPropertyUniqueId)), maxID)
	f.Summary = cut(plain(value(v, ics.ComponentPropertySummary)), maxText)
	f.Description = cut(strings.TrimSpace(text(value(v, ics.ComponentPropertyDescription))), maxText)
	f.Location = cut(plain(value(v, ics.ComponentPropertyLocation)), maxText)
	f.Cancelled = strings.EqualFold(value(v, ics.ComponentPropertyStatus), string(ics.ObjectStatusCancelled))
	if n, err := strconv.Atoi(value(v, ics.ComponentPropertySequence)); err == nil && n > 0 {
		f.Sequence = n
	}
	if f.UID == "" || f.Summary == "" {
		f.Lack = LackName
		return f
	}
	for _, again := range []ics.ComponentProperty{ics.ComponentPropertyRrule, ics.ComponentPropertyRdate, ics.ComponentPropertyRecurrenceId} {
		if v.HasProperty(again) {
			f.Lack = LackSeries
			return f
		}
	}
	if f.Start, f.Lack = when(v, ics.ComponentPropertyDtStart, LackStart); f.Lack != "" {
		return f
	}
	if f.End, f.Lack = end(v, f.Start); f.Lack != "" {
		return f
	}
	if !f.End.After(f.Start) {
		f.Lack = LackEnd
	}
	return f
}

// maxID is how long a UID may be: the rest of a longer one is dropped.
const maxID = 255

func end(v *ics.VEvent, start time.Time) (time.Time, Lack) {
	if v.HasProperty(ics.ComponentPropertyDtEnd) {
		return when(v, ics.ComponentPropertyDtEnd, LackEnd)
	}
	d, ok := duration(value(v, ics.ComponentPropertyDuration))
	if !ok {
		return time.Time{}, LackEnd
	}
	return start.Add(d), ""
}

// duration reads hours and minutes, like PT2H30M: what a meeting lasts.
func duration(s string) (time.Duration, bool) {
	s, ok := strings.CutPrefix(strings.ToUpper(s), "PT")
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(strings.ToLower(s))
	return d, err == nil && d > 0 && d <= 24*time.Hour
}

// when reads a date with its time of day; without one it is a lack.
func when(v *ics.VEvent, name ics.ComponentProperty, without Lack) (time.Time, Lack) {
	p := v.GetProperty(name)
	if p == nil {
		return time.Time{}, without
	}
	if t, err := time.Parse(local+"Z", p.Value); err == nil {
		return inReach(t, without)
	}
	at, err := location(p.ICalParameters["TZID"])
	if err != nil {
		return time.Time{}, LackZone
	}
	t, err := time.ParseInLocation(local, p.Value, at)
	if err != nil {
		return time.Time{}, without
	}
	return inReach(t, without)
}

// inReach refuses years that no store and no page can hold.
func inReach(t time.Time, without Lack) (time.Time, Lack) {
	if t.Year() < 1990 || t.Year() > 2200 {
		return time.Time{}, without
	}
	return t, ""
}

// location is the clock of a time: by its name in the IANA's list or in Windows'. A time
// without a name is on the clock of whoever reads (RFC 5545, 3.3.5), here Berlin.
func location(tzid []string) (*time.Location, error) {
	name := zone
	if len(tzid) > 0 {
		name = tzid[0]
	}
	switch name {
	case "W. Europe Standard Time", "Central Europe Standard Time", "Romance Standard Time", "Central European Standard Time",
		"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna":
		name = zone // Outlook's (CLDR, windowsZones.xml): all keep Berlin's time
	}
	if name == "" || name == "Local" {
		return nil, errors.New("no such clock")
	}
	return time.LoadLocation(name)
}

func value(v *ics.VEvent, name ics.ComponentProperty) string {
	if p := v.GetProperty(name); p != nil {
		return strings.TrimSpace(p.Value)
	}
	return ""
}

// cut is the beginning of s that has at most n bytes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
