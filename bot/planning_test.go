package bot

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
)

// TestHolidaysAreCovered looks at the real date: it fails when whoever keeps the list has
// to add another year (flows/data/holidays.toml).
func TestHolidaysAreCovered(t *testing.T) {
	words, err := testWords()
	if err != nil {
		t.Fatal(err)
	}
	l, err := loadLists(words, nil)
	if err != nil {
		t.Fatal(err)
	}
	ahead := time.Now().AddDate(1, 0, 0).Format(time.DateOnly)
	names := func(s flows.Season, year int) (out []string) {
		for _, d := range s.Days {
			if strings.HasPrefix(d.First, fmt.Sprint(year)) {
				out = append(out, d.Name)
			}
		}
		return out
	}
	for _, tt := range []struct {
		season flows.Season
		prefix string
		yearly []string
		first  int
	}{
		{l.seasons.Schools, "desk.meet.school.", []string{"winter", "easter", "summer", "autumn", "christmas"}, 2026},
		{l.seasons.Feasts, "desk.meet.feast.", []string{"ramadan", "fitr", "adha", "nowruz", "tet", "orthodox.easter", "orthodox.christmas"}, 2027},
	} {
		s := tt.season
		if s.Covered < ahead {
			t.Errorf("%s… are known until %s only; they have to be until %s", tt.prefix, s.Covered, ahead)
		}
		until, err := time.Parse(time.DateOnly, s.Covered)
		if err != nil {
			t.Fatal(err)
		}
		for year := tt.first; year < until.Year(); year++ {
			for _, name := range tt.yearly {
				if !slices.Contains(names(s, year), name) {
					t.Errorf("%d has no %s", year, name)
				}
			}
		}
		for _, d := range s.Days {
			if d.Name != "ramadan" && !words.Has("de", tt.prefix+d.Name) {
				t.Errorf("%s has no name", d.Name)
			}
		}
		if s.Source == "" || s.Checked == "" {
			t.Errorf("nobody says where %s… come from", tt.prefix)
		}
	}
}

// TestVenuesAreMarked holds that a place which nobody confirmed says where it was found.
func TestVenuesAreMarked(t *testing.T) {
	words, err := testWords()
	if err != nil {
		t.Fatal(err)
	}
	l, err := loadLists(words, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range l.venues {
		if v.Name == "" || v.Source == "" || v.Confirmed && v.Checked == "" {
			t.Errorf("%+v", v)
		}
		if _, ok := chat.ParsePlace(v.Geo, v.Name); v.Geo != "" && !ok {
			t.Errorf("%s: %q is no place", v.Name, v.Geo)
		}
	}
}

// fullPlanning is as large as a meeting can be.
func fullPlanning(now time.Time) flows.Planning {
	line := strings.Repeat("ü", 120)
	m := flows.Meeting{
		ID: strings.Repeat("f", 22), Kind: flows.NetworkMeeting, Start: now.AddDate(0, 0, 3), End: now.AddDate(0, 0, 3).Add(2 * time.Hour),
		Words: map[string]flows.MeetingWords{"de": {Title: strings.Repeat("t", flows.MaxTitle), About: strings.Repeat("a", flows.MaxAbout)}},
		Venue: flows.Venue{Name: line, Street: line, Hint: line, Stop: line}, Online: "https://example.org", Speaker: line,
		Help:     flows.Help{Interpreters: flows.Interpreted, OnRequest: true, Childcare: flows.ItIs, Ages: "3-10", Until: now, Food: flows.FoodHalal},
		Tables:   slices.Repeat([]string{line}, flows.MaxTables),
		Agenda:   slices.Repeat([]flows.Item{{Text: line, Public: true}}, flows.MaxAgenda),
		Papers:   slices.Repeat([]flows.Paper{{Title: line, Link: "https://example.org"}}, flows.MaxPapers),
		Capacity: 5,
	}
	p := flows.Planning{Work: flows.Meeting{ID: m.ID}}.Publish(now)
	p.Work, p.Version, p.Was = m, 99, []flows.Was{{Field: "title"}}
	return p
}

// A card fits one message in every language, so that it can be changed in its place; and
// what stands on its buttons fits them.
func TestTheLargestCardFits(t *testing.T) {
	words, err := testWords()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range words.Languages() {
		w := newWorld(t, lang.Tag)
		l := w.bot.edition().lists
		seats := flows.Seats{Yes: 999, People: 999, Interpreters: map[string]int{}}
		for _, tag := range flows.Interpreted {
			seats.Interpreters[tag] = 99
		}
		p := fullPlanning(w.now)
		in := flows.PlanInput{Now: w.now, All: []flows.Planning{p}, Seats: seats, Seasons: l.seasons, Calendar: l.calendar, Languages: l.languages, DeskLang: lang.Tag, Venues: l.venues, Number: -1}
		err := w.bot.transact(t.Context(), lang.Tag, func(turn *turn) error {
			m := turn.planItem(flows.PlanCard(p, in), p.Work.ID).Message
			if n := utf16Len(m.Text); n > 4096 {
				t.Errorf("%s: the card has %d units", lang.Tag, n)
			}
			for action, args := range map[string][]string{
				"show": nil, "more": nil, "languages": nil, "preview": nil, "publish": nil, "list": nil, "new": nil, "cancel": nil, "drop": nil,
				"why": {"illness"}, "undo": nil, "edit": {"agenda"},
			} {
				in.Action, in.Args = action, args
				for _, s := range flows.Plan(p, in).Says {
					for _, row := range turn.planItem(s.Tell, "").Message.Buttons {
						for _, b := range row {
							if utf8.RuneCountInString(strings.Trim(b.Label, "\u2066\u2067\u2068\u2069\u200f")) > flows.MaxLabel+2 || len(b.ID) > chat.MaxButtonID {
								t.Errorf("%s: %s: button %q is too long", lang.Tag, b.ID, b.Label)
							}
						}
					}
				}
			}
			for _, f := range []string{"kind", "when", "venue", "stepfree", "interpreters", "food", "agenda", "tables", "papers"} {
				in.Action, in.Args = "edit", []string{f}
				for _, s := range flows.Plan(p, in).Says {
					for _, row := range turn.planItem(s.Tell, "").Message.Buttons {
						for _, b := range row {
							if len(b.ID) > chat.MaxButtonID {
								t.Errorf("%s: button %q is too long", lang.Tag, b.ID)
							}
						}
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func utf16Len(s string) (n int) {
	for _, r := range s {
		if n++; r > 0xFFFF {
			n++
		}
	}
	return n
}

// With as many meetings as can be kept, everything still fits a transaction, and no more
// can be made.
func TestAsManyMeetingsAsCanBe(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.net.fail = func(string) error { return nil }
	w.openSecond()
	for i := range flows.MaxMeetings - 1 {
		err := w.bot.transact(t.Context(), fmt.Sprint("made", i), func(turn *turn) error {
			p := fullPlanning(w.now)
			p.Work.ID = turn.timed()
			p.Work.Start, p.Work.End = w.now.AddDate(0, 0, 20+i), w.now.AddDate(0, 0, 20+i).Add(time.Hour)
			live := p.Work
			p.Live = &live
			save(turn.tx, keyOf("meeting", p.Work.ID), p)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	p := &player{world: w, failing: map[string]time.Time{}}
	for _, line := range []string{
		"cora @desk /treffen", "cora @desk ! show", "cora @raum /treffen", "cora @desk ! cancel", "cora @desk ! why/illness", "cora @desk ! instead",
		"cora @desk ! set/when", "cora @desk ! publish", "cora @desk ! announce", "cora @desk ! silent", "cora @desk /treffen", "cora @desk ! -/new",
	} {
		if err := p.do(line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	if w.heard("(desk.meet.published") != 4 { // both meetings in both rooms
		t.Errorf("published %d times", w.heard("(desk.meet.published"))
	}
	if w.heard("(desk.meet.many max=40)") != 1 {
		t.Error("more meetings can be made")
	}
}

// A year after its end a meeting is forgotten, with everything that was noted of it, and so
// is a draft a year after it was made.
func TestMeetingsAreForgotten(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	before := w.keyCount()
	w.do("cora @desk /treffen", "cora @desk ! -/new", "cora @desk ! make/network", "cora @desk re 4 > 14.01.2027, 16:00", "cora @desk re 6 > Titel",
		"cora @desk ! rest", "cora @desk ! publish", "cora @desk ! announce",
		"cora @desk ! -/new", "cora @desk ! make/network", "cora @desk ! rest")
	if got := w.keyCount()["meeting"]; got != 2 {
		t.Fatalf("%d meetings", got)
	}
	for range 3 { // alarms that are set anew while the time is skipped
		w.do("wait 5000h")
	}
	left := w.keyCount()
	for _, kind := range []string{"meeting", "post", "seats"} {
		if left[kind] != before[kind] {
			t.Errorf("%d rows of kind %s are left", left[kind], kind)
		}
	}
}
