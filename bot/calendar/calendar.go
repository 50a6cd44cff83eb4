// Package calendar writes and reads dates as iCalendar (RFC 5545, RFC 7986), for the
// calendars of phones and offices. It knows dates, and nothing of who comes to them: an
// Entry has no place for a person, so none can get out or in.
package calendar

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
)

// A Feed is a calendar: what others show under one name.
type Feed struct {
	Name    string
	Lang    string // language of Name and of what its entries say, BCP 47
	Link    string // where people read the same, "" for nowhere
	Entries []Entry
}

// An Entry is one date.
type Entry struct {
	UID string // for ever the same
	// Sequence counts changes of date, place and status: a calendar takes the entry with
	// the highest (RFC 5545, 3.8.7.4).
	Sequence    int
	Cancelled   bool
	Start, End  time.Time
	Summary     string
	SummaryLang string // "" is the feed's
	Description string
	Location    string
	Geo         string // "51.316700;12.281900", degrees north and east; "" when unknown
	Link        string
	Kind        string    // a category
	Created     time.Time // when it was first told
	Changed     time.Time // when something of it last changed
	// Instead is the UID of another entry: of the one that this takes the place of.
	Instead string
}

// product names who wrote it (RFC 5545, 3.7.3).
const product = "-//Lotse//Termine//DE"

// refresh is how often a calendar should ask again (RFC 7986, 5.7). Some do.
const refresh = "PT1H"

// Bytes is the feed as a file. The same feed is the same bytes.
func (f Feed) Bytes() ([]byte, error) {
	c := &ics.Calendar{}
	c.SetVersion("2.0")
	c.SetProductId(product)
	c.SetCalscale("GREGORIAN")
	c.SetMethod(ics.MethodPublish)
	c.SetName(plain(f.Name), language(f.Lang))
	c.SetXWRCalName(plain(f.Name)) // the name before RFC 7986, without parameters
	c.SetRefreshInterval(refresh)
	c.SetXPublishedTTL(refresh)
	c.SetXWRTimezone(zone)
	if f.Link != "" {
		c.SetUrl(f.Link)
	}
	c.AddVTimezone(berlin())
	at, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	for _, e := range f.Entries {
		event, err := e.event(f.Lang, at)
		if err != nil {
			return nil, fmt.Errorf("calendar: %s: %w", e.UID, err)
		}
		c.AddVEvent(event)
	}
	var b bytes.Buffer
	// Left alone the library ends lines as the operating system does; RFC 5545, 3.1, does not.
	if err := c.SerializeTo(&b, ics.WithNewLine("\r\n")); err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	return b.Bytes(), nil
}

func (e Entry) event(lang string, at *time.Location) (*ics.VEvent, error) {
	if e.Start.IsZero() || !e.End.After(e.Start) {
		return nil, fmt.Errorf("it lasts from %v to %v", e.Start, e.End)
	}
	v := ics.NewEvent(e.UID)
	v.SetDtStampTime(e.Changed) // not now: the same entry is the same bytes
	v.SetCreatedTime(e.Created)
	v.SetLastModifiedAt(e.Changed)
	v.SetSequence(e.Sequence)
	v.SetProperty(ics.ComponentPropertyDtStart, e.Start.In(at).Format(local), ics.WithTZID(zone))
	v.SetProperty(ics.ComponentPropertyDtEnd, e.End.In(at).Format(local), ics.WithTZID(zone))
	summaryLang := e.SummaryLang
	if summaryLang == "" {
		summaryLang = lang
	}
	v.SetSummary(plain(e.Summary), language(summaryLang))
	if e.Description != "" {
		v.SetDescription(text(e.Description), language(lang))
	}
	if e.Location != "" {
		v.SetLocation(plain(e.Location))
	}
	if e.Geo != "" {
		v.SetProperty(ics.ComponentPropertyGeo, e.Geo)
	}
	if e.Link != "" {
		v.SetURL(e.Link)
	}
	if e.Kind != "" {
		v.AddCategory(plain(e.Kind), language(lang))
	}
	if e.Instead != "" {
		v.SetProperty(ics.ComponentPropertyRelatedTo, e.Instead, &ics.KeyValues{Key: "RELTYPE", Value: []string{"SIBLING"}})
	}
	v.SetStatus(ics.ObjectStatusConfirmed)
	if e.Cancelled {
		v.SetStatus(ics.ObjectStatusCancelled)
		v.SetTimeTransparency(ics.TransparencyTransparent)
	}
	v.SetClass(ics.ClassificationPublic)
	return v, nil
}

// zone is where all dates are, and local a time on its clock.
const (
	zone  = "Europe/Berlin"
	local = "20060102T150405"
)

// berlin is the zone's clock, for calendars that do not know it: the rule of the European
// Union since 1996 (directive 2000/84/EC), which holds until it is repealed.
func berlin() *ics.VTimezone {
	z := ics.NewTimezone(zone)
	add := func(c *ics.ComponentBase, from, to, name, since, rule string) {
		for _, p := range [][2]string{{"TZOFFSETFROM", from}, {"TZOFFSETTO", to}, {"TZNAME", name}, {"DTSTART", since}, {"RRULE", rule}} {
			c.AddProperty(ics.ComponentProperty(p[0]), p[1])
		}
	}
	summer, winter := &ics.Daylight{}, ics.NewStandard()
	add(&summer.ComponentBase, "+0100", "+0200", "CEST", "19960331T020000", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU")
	add(&winter.ComponentBase, "+0200", "+0100", "CET", "19961027T030000", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU")
	z.Components = append(z.Components, summer, winter)
	return z
}

func language(tag string) ics.PropertyParameter {
	return &ics.KeyValues{Key: "LANGUAGE", Value: []string{tag}}
}

// text is a text as it may stand in a file. The library writes control characters and
// broken UTF-8 as they are, which RFC 5545 forbids (3.1).
func text(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	s = strings.NewReplacer("\r\n", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}

// plain is a text on one line, without signs of direction: old calendars show those as
// boxes, or let them reach over the rest of the page.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r == '\u200e' || r == '\u200f' || r == '\u061c' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, text(s))), " ")
}
