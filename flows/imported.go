package flows

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An Imported is a date from a calendar file that a coordinator sent. It names nobody.
type Imported struct {
	UID string `json:"u"`
	// Meeting is our own one, when the file came from us.
	Meeting   string    `json:"m,omitempty"`
	Title     string    `json:"t"`
	About     string    `json:"a,omitempty"`
	Place     string    `json:"p,omitempty"` // on one line
	Start     time.Time `json:"s,omitzero"`
	End       time.Time `json:"e,omitzero"`
	Cancelled bool      `json:"c,omitempty"`
	// Lack is why it cannot be taken over, the end of a key "desk.import.lack.…".
	Lack string `json:"l,omitempty"`
	// Version is that of the planning with which it was compared; 0 is none.
	Version int `json:"v,omitempty"`
}

// Of is the planning of an imported date, -1 when there is none.
func (i Imported) Of(all []Planning) int {
	return slices.IndexFunc(all, func(p Planning) bool {
		return i.Meeting != "" && p.Work.ID == i.Meeting || i.Meeting == "" && p.Source == i.UID
	})
}

// place is a venue on one line, as a calendar shows it.
func (v Venue) place() string { return strings.Trim(v.Name+", "+v.Street, ", ") }

// onto puts what the file says into a meeting, and returns the fields that it changed. What
// the file does not say stays.
func (i Imported) onto(m Meeting) (after Meeting, changed []string) {
	after = m.Clone()
	note := func(field string, differs bool, put func()) {
		if differs {
			put()
			changed = append(changed, field)
		}
	}
	note("when", !i.Start.Equal(m.Start) || !i.End.Equal(m.End), func() { after.Start, after.End = i.Start, i.End })
	words := m.Words["de"]
	if after.Words == nil {
		after.Words = map[string]MeetingWords{}
	}
	note("title", i.Title != words.Title, func() { words.Title = i.Title })
	note("about", i.About != "" && i.About != words.About, func() { words.About = i.About })
	after.Words["de"] = words
	note("venue", i.Place != "" && i.Place != m.Venue.place(), func() {
		name, street, _ := strings.Cut(i.Place, ",")
		after.Venue = Venue{Name: strings.TrimSpace(name), Street: strings.TrimSpace(street)}
	})
	note(cancelField, i.Cancelled != m.Cancelled, func() {
		after.Cancelled, after.Reason = i.Cancelled, ""
		if i.Cancelled {
			after.Reason = ReasonOther
		}
	})
	return after, changed
}

// Taken is a planning with what the file says, field by field, so that each can be undone.
func (i Imported) Taken(p Planning, by Touch) Planning {
	to, changed := i.onto(p.Work)
	for _, id := range changed {
		if f, ok := fieldOf(id); ok {
			p = p.change(f, to, by)
		}
	}
	return p
}

// importButton is how the IDs of buttons below an imported calendar begin.
const importButton = "ical/"

// maxImports is how many dates of one file are looked at. The others are for another time.
const maxImports = 10

// Import compares the dates of a calendar file with the meetings that there are, and shows
// the difference in the desk. It returns the dates that are shown, as they were compared.
func Import(id string, found []Imported, all []Planning, now time.Time) ([]Imported, Tell) {
	coming := slices.DeleteFunc(slices.Clone(found), func(i Imported) bool {
		return i.Lack == "" && (!i.End.After(now) || i.Cancelled && i.Of(all) < 0)
	})
	slices.SortStableFunc(coming, func(a, b Imported) int { // what cannot be taken over stands below
		return cmp.Or(cmp.Compare(min(len(a.Lack), 1), min(len(b.Lack), 1)), a.Start.Compare(b.Start))
	})
	if len(coming) == 0 {
		return nil, Tell{Body: []Text{say("desk.import.none")}}
	}
	more := max(0, len(coming)-maxImports)
	coming = coming[:len(coming)-more]
	tell := Tell{Body: []Text{say("desk.import.head", Arg{Name: "n", Kind: Count, N: len(coming)})}}
	for n := range coming {
		body, takes := coming[n].compare(n+1, all)
		tell.Body = append(tell.Body, body...)
		if takes {
			label := say("desk.import.take", number("n", n+1))
			tell.Options = append(tell.Options, Option{ID: importButton + id + "/" + strconv.Itoa(n+1), Emoji: "📥", Text: &label})
		}
	}
	if more > 0 {
		tell.Body = append(tell.Body, say("desk.import.more", Arg{Name: "n", Kind: Count, N: more}))
	}
	if len(tell.Options) > 0 {
		tell.Body = append(tell.Body, say("desk.import.how"))
	}
	return coming, tell
}

// compare says what a date of a file would change; takes says that there is something to
// take over.
func (i *Imported) compare(n int, all []Planning) (body []Text, takes bool) {
	head := []Arg{number("n", n), named("title", i.Title)}
	if i.Lack != "" {
		return []Text{say("desk.import.lacks", append(head, word("why", "desk.import.lack."+i.Lack))...)}, false
	}
	at := i.Of(all)
	if at < 0 {
		body = []Text{say("desk.import.new", append(head, when("start", i.Start), when("end", i.End))...)}
		if i.Place != "" {
			body = append(body, say("meeting.place.name", named("name", i.Place)))
		}
		return append(body, quoted(i.About)...), true
	}
	i.Version = all[at].Version
	before := all[at].Work
	_, changed := i.onto(before)
	if len(changed) == 0 {
		return []Text{say("desk.import.same", append(head, when("start", i.Start))...)}, false
	}
	body = []Text{say("desk.import.changed", head...)}
	for _, field := range changed {
		switch field {
		case "when":
			body = append(body,
				say("desk.import.was", when("start", before.Start), when("end", before.End)), say("desk.import.becomes", when("start", i.Start), when("end", i.End)))
		case "title":
			body = append(body, say("desk.import.title", named("old", before.Words["de"].Title)))
		case "venue":
			body = append(body, say("desk.import.place", named("old", before.Venue.place()), named("new", i.Place)))
		case "about":
			body = append(body, say("desk.import.about"))
			body = append(body, quoted(i.About)...)
		case cancelField:
			key := "desk.import.back"
			if i.Cancelled {
				key = "desk.import.cancelled"
			}
			body = append(body, Text{Key: key})
		}
	}
	return body, true
}
