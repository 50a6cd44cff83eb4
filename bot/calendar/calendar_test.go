package calendar

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
	"unicode/utf8"

	foreign "github.com/emersion/go-ical"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	berlin, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", s, berlin)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// meeting is an entry with everything that is hard to write.
func meeting(t *testing.T) Entry {
	return Entry{
		UID: "0006481e15bd40001a2b3c@lotse", Sequence: 2,
		Start: at(t, "2027-03-28 16:00"), End: at(t, "2027-03-28 18:00"), // summer time has begun at 2:00
		Summary: "Netzwerktreffen: Wohnen; Kita, Schule \\ Amt", SummaryLang: "de",
		Description: "اجتماع الشبكة: السكن في \u2068Grünau\u2069، الساعة \u206616:00\u2069. سنتحدث عن عقد الإيجار والتكاليف والجيران وعن كل ما يهمكم\nبدون درجات: نعم; \\n ist kein Umbruch, ein 🏠 schon.",
		Location:    "Beispielhaus, Musterstraße 1, 04209 Leipzig", Geo: "51.316700;12.281900",
		Link: "https://lotse.example/termine?lang=ar#m", Kind: "Netzwerktreffen",
		Created: at(t, "2026-12-01 10:00"), Changed: at(t, "2026-12-02 10:00"), Instead: "other@lotse",
	}
}

func written(t *testing.T, f Feed) string {
	t.Helper()
	raw, err := f.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.Bytes()
	if err != nil || !bytes.Equal(raw, again) {
		t.Errorf("the same feed is other bytes: %v", err)
	}
	return string(raw)
}

// A reader that others wrote finds everything as it was.
func TestForeignReader(t *testing.T) {
	e := meeting(t)
	gone := e
	gone.UID, gone.Cancelled, gone.Instead = "other@lotse", true, ""
	raw := written(t, Feed{Name: "مواعيد", Lang: "ar", Link: "https://lotse.example/termine", Entries: []Entry{e, gone}})
	c, err := foreign.NewDecoder(strings.NewReader(raw)).Decode()
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	for name, want := range map[string]string{
		"NAME": "مواعيد", "X-WR-CALNAME": "مواعيد", "METHOD": "PUBLISH", "VERSION": "2.0", "REFRESH-INTERVAL": "PT1H", "X-PUBLISHED-TTL": "PT1H",
	} {
		if p := c.Props.Get(name); p == nil || p.Value != want {
			t.Errorf("%s is %+v, want %s", name, p, want)
		}
	}
	events := c.Events()
	if len(events) != 2 {
		t.Fatalf("%d events", len(events))
	}
	for name, want := range map[string]string{
		"UID": e.UID, "SUMMARY": e.Summary, "DESCRIPTION": e.Description, "LOCATION": e.Location, "STATUS": "CONFIRMED", "CATEGORIES": e.Kind, "RELATED-TO": "other@lotse",
	} {
		if got, err := events[0].Props.Text(name); err != nil || got != want {
			t.Errorf("%s is %q, %v\nwant %q", name, got, err, want)
		}
	}
	for name, want := range map[string]string{"SEQUENCE": "2", "GEO": e.Geo, "URL": e.Link, "DTSTART": "20270328T160000", "DTSTAMP": "20261202T090000Z"} {
		if p := events[0].Props.Get(name); p == nil || p.Value != want {
			t.Errorf("%s is %+v, want %s", name, p, want)
		}
	}
	start, err := events[0].DateTimeStart(time.UTC)
	if err != nil || !start.Equal(e.Start) {
		t.Errorf("it begins at %v, %v", start, err)
	}
	if got, _ := events[1].Props.Text("STATUS"); got != "CANCELLED" {
		t.Errorf("a cancelled one is %q", got)
	}
	for _, person := range []string{"ATTENDEE", "ORGANIZER", "CONTACT", "mailto:"} {
		if strings.Contains(raw, person) {
			t.Errorf("%s stands in it", person)
		}
	}
	z := c.Children[0]
	if z.Name != "VTIMEZONE" || z.Props.Get("TZID").Value != zone || len(z.Children) != 2 {
		t.Errorf("the first component is %+v", z)
	}
}

// The rule of the clock says what the operating system's tables say, over ten years.
func TestClock(t *testing.T) {
	raw := written(t, Feed{Name: "x", Lang: "de"}) // a calendar without dates still has a clock
	c, err := foreign.NewDecoder(strings.NewReader(raw)).Decode()
	if err != nil {
		t.Fatal(err)
	}
	berlin, _ := time.LoadLocation(zone)
	for _, part := range c.Children[0].Children {
		rule, err := part.Props.RecurrenceRule()
		if err != nil {
			t.Fatal(err)
		}
		since, err := time.Parse(local, part.Props.Get("DTSTART").Value)
		if err != nil {
			t.Fatal(err)
		}
		rule.Dtstart = since
		from, to := part.Props.Get("TZOFFSETFROM").Value, part.Props.Get("TZOFFSETTO").Value
		n := 0
		for year := 2026; year <= 2036; year++ {
			for _, day := range days(year) {
				before, after := day.In(berlin).Format("-0700"), day.Add(time.Hour).In(berlin).Format("-0700")
				if before == after || after != to {
					continue
				}
				n++
				if before != from {
					t.Errorf("%v goes from %s", day, before)
				}
				// The wall clock just before, an hour later: when the rule must fire.
				wall := day.In(berlin).Add(time.Hour)
				if before == "+0100" {
					wall = wall.Add(-time.Hour)
				}
				if got := wall.Month(); got != time.Month(rule.Bymonth[0]) || wall.Weekday() != time.Sunday || wall.AddDate(0, 0, 7).Month() == got {
					t.Errorf("the clock changes on %v, by the rule %+v", wall, rule)
				}
			}
		}
		if n != 11 {
			t.Errorf("%s has %d changes in 11 years", part.Name, n)
		}
	}
}

// days are the hours of a year.
func days(year int) (all []time.Time) {
	for h := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); h.Year() == year; h = h.Add(time.Hour) {
		all = append(all, h)
	}
	return all
}

// rules holds what RFC 5545 says about lines (3.1).
func rules(t *testing.T, raw string) {
	t.Helper()
	if !strings.HasSuffix(raw, "\r\n") {
		t.Error("the last line is not ended")
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(raw, "\r\n"), "\r\n") {
		if len(line) > 75 {
			t.Errorf("%d octets: %q", len(line), line)
		}
		if !utf8.ValidString(line) {
			t.Errorf("a character is split: %q", line)
		}
		if strings.ContainsAny(line, "\r\n\x00\x07\x7f") || line == "" {
			t.Errorf("not a line: %q", line)
		}
	}
}

func TestLines(t *testing.T) {
	rules(t, written(t, Feed{Name: strings.Repeat("ሓሙስ", 40), Lang: "ti", Entries: []Entry{meeting(t)}}))
}

// What was written is read again: moved and cancelled entries are the same as before.
func TestRoundTrip(t *testing.T) {
	e := meeting(t)
	moved := e
	moved.Sequence, moved.Start, moved.End, moved.Cancelled = 3, e.Start.AddDate(0, 0, 1), e.End.AddDate(0, 0, 1), true
	for _, e := range []Entry{e, moved} {
		found, err := Read(strings.NewReader(written(t, Feed{Name: "x", Lang: "ar", Entries: []Entry{e}})))
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		got := found[0]
		if got.Lack != "" || got.UID != e.UID || got.Sequence != e.Sequence || got.Cancelled != e.Cancelled || !got.Start.Equal(e.Start) ||
			!got.End.Equal(e.End) || got.Summary != e.Summary || got.Description != e.Description || got.Location != e.Location {
			t.Errorf("%+v\nwas %+v", got, e)
		}
	}
}

func TestNoTime(t *testing.T) {
	e := meeting(t)
	e.End = e.Start
	if raw, err := (Feed{Name: "x", Lang: "de", Entries: []Entry{e}}).Bytes(); err == nil {
		t.Errorf("%s", raw)
	}
}

// fileOf is a file as others write it.
func fileOf(lines ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

func TestForeignFiles(t *testing.T) {
	const named = "UID:u\r\nSUMMARY:Treffen"
	for name, c := range map[string]struct {
		raw        string
		lack       Lack
		start, end string
	}{
		"utc":                     {fileOf(named, "DTSTART:20270114T150000Z", "DTEND:20270114T170000Z"), "", "2027-01-14 16:00", "2027-01-14 18:00"},
		"berlin":                  {fileOf(named, "DTSTART;TZID=Europe/Berlin:20270714T160000", "DTEND;TZID=Europe/Berlin:20270714T180000"), "", "2027-07-14 16:00", "2027-07-14 18:00"},
		"another zone":            {fileOf(named, "DTSTART;TZID=Europe/Kyiv:20270114T170000", "DTEND;TZID=Europe/Kyiv:20270114T190000"), "", "2027-01-14 16:00", "2027-01-14 18:00"},
		"Outlook":                 {fileOf(named, `DTSTART;TZID="W. Europe Standard Time":20270114T160000`, `DTEND;TZID="W. Europe Standard Time":20270114T180000`), "", "2027-01-14 16:00", "2027-01-14 18:00"},
		"on the reader's clock":   {fileOf(named, "DTSTART:20270114T160000", "DURATION:PT1H30M"), "", "2027-01-14 16:00", "2027-01-14 17:30"},
		"whole day":               {fileOf(named, "DTSTART;VALUE=DATE:20270114", "DTEND;VALUE=DATE:20270115"), LackStart, "", ""},
		"no date":                 {fileOf(named), LackStart, "", ""},
		"no end":                  {fileOf(named, "DTSTART:20270114T160000"), LackEnd, "", ""},
		"an end before it begins": {fileOf(named, "DTSTART:20270114T160000", "DTEND:20270114T150000"), LackEnd, "", ""},
		"a zone of its own":       {fileOf(named, "DTSTART;TZID=Mars:20270114T160000", "DTEND;TZID=Mars:20270114T180000"), LackZone, "", ""},
		"a way out":               {fileOf(named, "DTSTART;TZID=../../../etc/hosts:20270114T160000", "DURATION:PT1H"), LackZone, "", ""},
		"a series":                {fileOf(named, "DTSTART:20270114T160000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY"), LackSeries, "", ""},
		"nameless":                {fileOf("UID:u", "DTSTART:20270114T160000", "DURATION:PT1H"), LackName, "", ""},
		"unknown":                 {fileOf("SUMMARY:Treffen", "DTSTART:20270114T160000", "DURATION:PT1H"), LackName, "", ""},
	} {
		found, err := Read(strings.NewReader(c.raw))
		if err != nil || len(found) != 1 {
			t.Errorf("%s: %v, %v", name, found, err)
			continue
		}
		f := found[0]
		if f.Lack != c.lack {
			t.Errorf("%s: lacks %q, want %q", name, f.Lack, c.lack)
		}
		if c.lack == "" && (!f.Start.Equal(at(t, c.start)) || !f.End.Equal(at(t, c.end))) {
			t.Errorf("%s: from %v to %v", name, f.Start, f.End)
		}
	}
}

// Nobody's name comes in, whoever invited and whoever comes.
func TestNobodyComesIn(t *testing.T) {
	found, err := Read(strings.NewReader(fileOf("UID:u", "SUMMARY:Treffen", "DTSTART:20270114T160000", "DURATION:PT1H",
		"ORGANIZER;CN=Erika Muster:mailto:erika@example.org", "ATTENDEE;CN=Max Muster:mailto:max@example.org", "CONTACT:Max", "COMMENT:Max")))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	f := found[0]
	for _, s := range []string{f.UID, f.Summary, f.Description, f.Location, f.Link, f.Kind} {
		if strings.Contains(s, "Muster") || strings.Contains(s, "Max") || strings.Contains(s, "example") {
			t.Errorf("%q", s)
		}
	}
}

func TestNoFiles(t *testing.T) {
	for _, raw := range []string{"", "hello", "BEGIN:VCALENDAR\r\n", "\x00\x01", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"} {
		if found, err := Read(strings.NewReader(raw)); len(found) > 0 {
			t.Errorf("%q: %v, %v", raw, found, err)
		}
	}
	if _, err := Read(strings.NewReader("hello")); !errors.Is(err, ErrNoFile) {
		t.Error(err)
	}
	if _, err := Read(strings.NewReader(strings.Repeat("x", MaxFile+1))); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	if _, err := Read(strings.NewReader(fileOf(strings.Repeat("END:VEVENT\r\nBEGIN:VEVENT\r\n", maxEntries+1) + "UID:u"))); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

// FuzzRead: whatever a file holds, reading it ends, and what is found can be written.
func FuzzRead(f *testing.F) {
	f.Add([]byte(fileOf("UID:u", "SUMMARY:Treffen", "DTSTART;TZID=Europe/Berlin:20270114T160000", "DURATION:PT2H", "DESCRIPTION:a\\nb\\,c")))
	f.Add([]byte(fileOf("UID:u", "SUMMARY;X=\"a\\", "DTSTART;VALUE=DATE:20270114")))
	f.Add([]byte("BEGIN:VCALENDAR\nX;=:\n END:VCALENDAR"))
	f.Add([]byte("\ufeffBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		found, err := Read(bytes.NewReader(raw))
		if err != nil {
			return
		}
		for _, e := range found {
			if e.Lack != "" {
				continue
			}
			again := written(t, Feed{Name: "x", Lang: "de", Entries: []Entry{e.Entry}})
			rules(t, again)
			back, err := Read(strings.NewReader(again))
			if err != nil || len(back) != 1 || back[0].Lack != "" || back[0].UID != e.UID || back[0].Summary != e.Summary || !back[0].Start.Equal(e.Start) {
				t.Errorf("%+v\nbecame %+v, %v\n%s", e, back, err, again)
			}
		}
	})
}

// FuzzText: whatever somebody writes, it comes out as it went in and breaks no line.
func FuzzText(f *testing.F) {
	f.Add("Wohnen, Kita; Schule", "a\\nb\nc\r\n🏠\u2067ע\u2069")
	f.Add("\nEND:VEVENT", "\\\\,;:\"")
	f.Add(" \u2029", "\u2028"+strings.Repeat(" ", 200))
	f.Add("ሓሙስ\u00a0\x85", "\xff\x00")
	f.Fuzz(func(t *testing.T, summary, description string) {
		e := meeting(t)
		e.Summary, e.Description = summary, description
		raw := written(t, Feed{Name: summary, Lang: "de", Entries: []Entry{e}})
		rules(t, raw)
		c, err := foreign.NewDecoder(strings.NewReader(raw)).Decode()
		if err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		if n := len(c.Events()); n != 1 {
			t.Fatalf("%d events", n)
		}
		if got, err := c.Events()[0].Props.Text("SUMMARY"); err != nil || got != plain(summary) {
			t.Errorf("%q became %q, %v", plain(summary), got, err)
		}
		if p := c.Events()[0].Props.Get("DESCRIPTION"); p != nil {
			if got, err := p.Text(); err != nil || got != text(description) {
				t.Errorf("%q became %q, %v", text(description), got, err)
			}
		}
	})
}
