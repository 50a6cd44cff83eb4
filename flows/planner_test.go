package flows

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
)

// planWorld is what the planner knows in tests: the team's hours do not matter to it.
func planWorld(t testing.TB, now string) PlanInput {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", now, berlin)
	if err != nil {
		t.Fatal(err)
	}
	return PlanInput{
		Now: at, Calendar: Calendar{zone: berlin}, DeskLang: "de", Number: -1, NewID: "id",
		Event:     chat.Event{From: "cora", Name: "Cora"},
		Languages: []Language{{Tag: "de"}, {Tag: "uk"}},
		Read: func(kind, typed string) (string, string) {
			layout := map[string]string{"date": "02.01.2006", "time": "15:04"}[kind]
			if kind == "time" && !strings.Contains(typed, ":") {
				typed += ":00"
			}
			at, err := time.Parse(layout, typed)
			if err != nil {
				return "", kind
			}
			return at.Format(map[string]string{"date": time.DateOnly, "time": "15:04"}[kind]), ""
		},
		Seasons: Seasons{
			Schools: Season{Days: []NamedDays{{"winter", "2027-02-08", "2027-02-19"}, {"easter", "2027-03-26", "2027-04-02"}, {"summer", "2027-07-10", "2027-08-20"}}},
			Feasts:  Season{Days: []NamedDays{{"ramadan", "2027-02-08", "2027-03-09"}, {"fitr", "2027-03-09", "2027-03-11"}}},
		},
	}
}

// held is a meeting that people know, of two hours.
func held(in PlanInput, id, start string) Planning {
	at, err := time.ParseInLocation("2006-01-02 15:04", start, in.Calendar.zone)
	if err != nil {
		panic(err)
	}
	m := Meeting{ID: id, Kind: NetworkMeeting, Start: at.UTC(), End: at.Add(2 * time.Hour).UTC(), Words: map[string]MeetingWords{"de": {Title: id}}}
	return Planning{Work: m}.Publish(at)
}

func localTimes(in PlanInput, all []Meeting) (out []string) {
	for _, m := range all {
		out = append(out, m.Start.In(in.Calendar.zone).Format("2006-01-02 15:04"))
	}
	return out
}

// The example of domain §7.2, step by step.
func TestPropose(t *testing.T) {
	for last, want := range map[string][]string{
		"2027-01-14 16:00": {"2027-03-11 16:00", "2027-03-18 16:00", "2027-03-25 16:00"},
		"2027-03-11 16:00": {"2027-04-29 16:00", "2027-05-13 16:00", "2027-05-20 16:00"}, // 06.05. is Ascension
		"2027-05-13 16:00": {"2027-06-24 16:00", "2027-07-01 16:00", "2027-07-08 16:00"}, // then it is summer
	} {
		in := planWorld(t, last)
		in.All = []Planning{held(in, "a", last)}
		if got := localTimes(in, propose(in, Meeting{ID: "new"})); !slices.Equal(got, want) {
			t.Errorf("after %s: %v, want %v", last, got, want)
		}
	}
	in := planWorld(t, "2027-01-01 12:00")
	if got := propose(in, Meeting{ID: "new"}); len(got) != 0 {
		t.Errorf("nobody knows what is usual, but %v is proposed", got)
	}
	// the usual weekday is that of most of the last three, not of the last
	in.All = []Planning{held(in, "a", "2026-05-14 16:00"), held(in, "b", "2026-08-27 16:00"), held(in, "c", "2026-11-10 18:00")}
	for _, at := range localTimes(in, propose(in, Meeting{ID: "new"})) {
		if day, _ := time.Parse("2006-01-02 15:04", at); day.Weekday() != time.Thursday || day.Hour() != 16 {
			t.Errorf("%s is proposed", at)
		}
	}
	// one that people know is moved by as little as can be
	in.All = []Planning{held(in, "a", "2027-01-14 16:00")}
	if got := localTimes(in, propose(in, in.All[0].Work)); got[0] != "2027-01-21 16:00" {
		t.Errorf("moved to %v", got)
	}
}

// Whatever meetings there were: what is proposed is on the usual weekday and time of the
// clock, on no holiday, not too soon, and at another time than any other meeting.
func TestProposeAlways(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for n := range 1000 {
		in := planWorld(t, "2027-01-01 12:00")
		in.Now = in.Now.AddDate(0, 0, rnd.IntN(700))
		for i := range 1 + rnd.IntN(4) {
			day := in.Now.AddDate(0, 0, -rnd.IntN(200)).Format("2006-01-02")
			in.All = append(in.All, held(in, fmt.Sprint(i), fmt.Sprintf("%s %02d:30", day, 8+rnd.IntN(12))))
		}
		got := propose(in, Meeting{ID: "new"})
		if len(got) != proposals {
			t.Fatalf("%d: %d proposals", n, len(got))
		}
		usual, _ := rhythm(in.All, "new", in.Calendar)
		for i, m := range got {
			local, want := m.Start.In(in.Calendar.zone), usual.Start.In(in.Calendar.zone)
			switch {
			case local.Weekday() != want.Weekday() || local.Format("15:04") != want.Format("15:04"):
				t.Fatalf("%d: %v is not as usual: %v", n, local, want)
			case Holiday(local.Date()) || len(in.Seasons.Schools.on(local.Format(time.DateOnly))) > 0:
				t.Fatalf("%d: %v is a holiday", n, local)
			case m.Start.Before(in.Now.Add(notice)) || clashOf(in, m) != nil || m.End.Sub(m.Start) <= 0:
				t.Fatalf("%d: %v cannot be", n, m)
			case i > 0 && !got[i-1].Start.Before(m.Start):
				t.Fatalf("%d: not in order", n)
			}
		}
	}
}

func TestDateNotes(t *testing.T) {
	in := planWorld(t, "2027-01-01 12:00")
	in.All = []Planning{held(in, "other", "2027-04-08 16:00")}
	for start, want := range map[string]string{
		"2027-01-21 16:00": "desk.meet.fine",
		"2027-05-06 16:00": "desk.meet.warn.holiday",
		"2027-11-17 16:00": "desk.meet.warn.holiday", // the day of repentance, in Saxony only
		"2027-02-11 10:00": "desk.meet.warn.school",
		"2027-02-24 15:30": "desk.meet.warn.ramadan", // ends after 17:00
		"2027-02-24 10:00": "desk.meet.fine",
		"2027-03-10 10:00": "desk.meet.warn.feast",
		"2027-04-09 12:30": "desk.meet.warn.friday",
		"2027-04-09 14:00": "desk.meet.fine",
		"2027-01-10 16:00": "desk.meet.warn.soon",
		"2027-04-08 17:00": "desk.meet.warn.clash",
		"2027-04-08 18:00": "desk.meet.fine",
	} {
		var got []string
		for _, note := range dateNotes(in, held(in, "new", start).Work) {
			got = append(got, note.Key)
		}
		if !slices.Contains(got, want) || want == "desk.meet.fine" && len(got) > 1 {
			t.Errorf("%s: %v, want %s", start, got, want)
		}
	}
}

func TestReadWhen(t *testing.T) {
	in := planWorld(t, "2027-01-01 12:00")
	old := held(in, "a", "2027-02-04 15:00").Work
	for typed, want := range map[string]string{
		"21.01.2027, 16:00 bis 18:00": "16:00-18:00", "21.01.2027 16 Uhr": "16:00-18:00", "21.01.2027, um 16 bis 19 Uhr": "16:00-19:00",
		"21.01.2027 16:15-17:45": "16:15-17:45", "21.01.2027": "15:00-17:00", "21.01.2027 16:00 – 18:30 Uhr": "16:00-18:30",
		"21.01.2026 16 Uhr": "desk.slot.wrong.date.past", "21.01.2030, 16 Uhr": "desk.slot.wrong.date.far", "morgen": "desk.slot.wrong.date",
		"21.01.2027 18-16 Uhr": "desk.meet.wrong.end", "21.01.2027 6:00-23:00": "desk.meet.wrong.hours", "21.01.2027 25:00": "desk.meet.wrong.time",
		"28.03.2027 02:30": "desk.meet.wrong.time", // that night the clock is put forward
	} {
		m := old
		in.Event.Text = typed
		got := ""
		if bad := readWhen(in, &m); bad != nil {
			got = bad.Key
		} else {
			got = in.Calendar.clockOf(m.Start) + "-" + in.Calendar.clockOf(m.End)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", typed, got, want)
		}
	}
}

// fullMeeting has something in every field.
func fullMeeting(in PlanInput) Meeting {
	m := held(in, "full", "2027-03-04 16:00").Work
	m.Kind, m.Venue, m.Online, m.StepFree = CafeMeeting, Venue{Name: "N", Street: "S", Hint: "H", Stop: "O", Geo: "geo:51.3,12.3"}, "https://example.org/x", ItIs
	m.Help = Help{Interpreters: []string{"ar"}, OnRequest: true, Childcare: ItIs, Ages: "3-10", Until: m.Start.Add(-time.Hour), Food: FoodHalal}
	m.Speaker, m.Tables, m.Agenda = "X", []string{"1"}, []Item{{Text: "t", Source: "s", Public: true}, {Text: "v", Theme: "a", Votes: 3, Public: true}}
	m.Papers, m.Capacity, m.Attended = []Paper{{Title: "p", Link: "https://example.org"}}, 30, 20
	m.Cancelled, m.Reason, m.ReplacedBy = true, ReasonWeather, "other"
	m.Words = map[string]MeetingWords{"de": {"Titel", "Worum"}, "uk": {"Т", "П"}}
	return m
}

// Each field is set, compared, undone and stored by itself; all of them together are all
// that the desk decides of a meeting.
func TestFields(t *testing.T) {
	in := planWorld(t, "2027-01-01 12:00")
	full, empty := fullMeeting(in), Meeting{ID: "full"}
	p := Planning{Work: empty}
	for i, id := range fieldsOf(full, empty) {
		f, ok := fieldOf(id)
		if !ok {
			t.Fatalf("no field %s", id)
		}
		before := p
		if p = p.change(f, full, Touch{By: "Cora"}); p.Version != i+1 || p.Touched[id].Version != i+1 {
			t.Errorf("%s: version %d, touched %v", id, p.Version, p.Touched[id])
		}
		if got := different(before.Work, p.Work); len(got) != 1 || got[0].id != id {
			t.Errorf("%s changes %v", id, got)
		}
		if len(f.show(p.Work)) == 0 || len(f.show(empty)) == 0 {
			t.Errorf("%s shows nothing", id)
		}
		raw, err := json.Marshal(p)
		var again Planning
		if err == nil {
			err = json.Unmarshal(raw, &again)
		}
		if err != nil || len(different(again.Work, p.Work)) > 0 {
			t.Errorf("%s is not the same when it was stored: %v", id, err)
		}
		if same := p.change(f, full, Touch{}); same.Version != p.Version {
			t.Errorf("%s: nothing changed and the version did", id)
		}
	}
	want := full
	want.Sequence, want.Published, want.Changed = 0, time.Time{}, time.Time{}
	if !reflect.DeepEqual(p.Work, want) {
		t.Errorf("all fields together are\n%+v, want\n%+v", p.Work, want)
	}
	for len(p.Was) > 0 {
		var ok bool
		if p, _, ok = p.undo(Touch{}); !ok {
			t.Fatal("cannot be undone")
		}
	}
	if got := different(p.Work, empty); len(got) > 0 {
		t.Errorf("after undoing everything %v is left", got)
	}
}

// What only the desk sees is there at once and taken back at once: nothing waits to be
// published for it.
func TestDeskOnlyNeedsNoPublishing(t *testing.T) {
	in := planWorld(t, "2027-01-01 12:00")
	full := fullMeeting(in)
	before := held(in, "a", "2027-02-04 16:00")
	for _, f := range planFields {
		p := before.change(f, full, Touch{})
		if waits := len(different(*p.Live, p.Work)) > 0; waits == f.desk {
			t.Errorf("%s waits to be published: %t", f.id, waits)
		}
		if p, _, _ = p.undo(Touch{}); len(different(*p.Live, p.Work)) > 0 || !reflect.DeepEqual(*p.Live, *before.Live) {
			t.Errorf("%s was not taken back", f.id)
		}
	}
}

// How many were there can be said when they were there.
func TestAttendedAfterTheEnd(t *testing.T) {
	in := planWorld(t, "2027-01-01 12:00")
	f, _ := fieldOf("attended")
	for id, want := range map[string]bool{"2027-02-04 16:00": false, "2026-12-03 16:00": true} {
		d := &planDesk{p: held(in, "a", id), in: in}
		if got := d.mayHave(f); got != want {
			t.Errorf("%s: %t", id, got)
		}
	}
	if (&planDesk{p: Planning{}, in: in}).mayHave(f) {
		t.Error("a meeting without a date")
	}
}

// Publishing ends what could be undone, and only date, place and status raise the sequence.
func TestPublishRaisesTheSequence(t *testing.T) {
	in := planWorld(t, "2027-01-01 12:00")
	full := fullMeeting(in)
	for id, want := range map[string]int{"when": 1, "venue": 1, cancelField: 1, "title": 0, "food": 0, "papers": 0, "agenda": 0, "lang.uk": 0} {
		p := held(in, "a", "2027-02-04 16:00")
		f, _ := fieldOf(id)
		p = p.change(f, full, Touch{}).Publish(in.Now)
		if p.Live.Sequence != want || len(p.Was) > 0 {
			t.Errorf("%s: sequence %d, %d changes to be undone", id, p.Live.Sequence, len(p.Was))
		}
	}
}

// Whatever is written and pressed, in whatever order: nothing breaks, no limit is passed,
// and nothing is published that lacks what people need.
func FuzzPlan(f *testing.F) {
	f.Add("reply", "title", "x", 0, uint8(0))
	f.Add("reply", "when", "21.01.2027 16 bis 18 Uhr", 1, uint8(1))
	f.Add("set", "venue/00000000", "", 3, uint8(1))
	f.Add("cut", "papers/99999999999999999999", "", 1, uint8(1))
	f.Add("flip", "agenda/-1", "", 1, uint8(1))
	f.Add("announce", "", "", 0, uint8(0))
	f.Add("flip", "/0", "", 1, uint8(0))
	f.Add("why", "illness", "", 0, uint8(1))
	f.Add("edit", "lang.", "", 0, uint8(1))
	f.Add("themes", "", "", 0, uint8(1))
	f.Add("theme", strings.Repeat("b", 22), "", 0, uint8(0))
	f.Add("theme", "a", "", 0, uint8(1))
	f.Fuzz(func(t *testing.T, action, rest, text string, base int, from uint8) {
		in := planWorld(t, "2027-01-01 12:00")
		in.Action, in.Args, in.Field, in.Event.Text, in.Base = action, strings.Split(rest, "/"), rest, text, base
		p := Planning{Work: Meeting{ID: "full", Kind: NetworkMeeting}, Version: 5}
		switch from % 3 {
		case 1:
			p = Planning{Work: fullMeeting(in)}.Publish(in.Now)
		case 2:
			p = held(in, "full", "2027-02-04 16:00")
		}
		in.All, in.Themes = []Planning{p, held(in, "other", "2027-02-11 16:00")}, testShares().Themes()
		out := Plan(p, in)
		m := out.Planning.Work
		switch {
		case units(m.Words["de"].Title) > MaxTitle || units(m.Words["de"].About) > MaxAbout:
			t.Error("too long")
		case len(m.Tables) > MaxTables || len(m.Agenda) > MaxAgenda || len(m.Papers) > MaxPapers || m.Capacity > maxPeople:
			t.Error("too many")
		case !m.Start.IsZero() && !m.End.After(m.Start):
			t.Error("ends before it begins")
		case out.Announce && (titleOf(m) == "" || m.Start.IsZero()):
			t.Error("published without title or date")
		case len(out.Says) == 0 && !out.Announce:
			t.Error("no answer")
		}
		for _, s := range out.Says {
			for _, o := range s.Options {
				if len(o.ID)-len(s.Meeting)+22 > chat.MaxButtonID && len(rest) < 20 {
					t.Errorf("button %s is too long", o.ID)
				}
			}
		}
	})
}
