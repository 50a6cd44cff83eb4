package flows

import (
	"strings"
	"testing"
	"time"
)

// berlinCalendar is one in which nobody works.
func berlinCalendar(t *testing.T) Calendar {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return Calendar{zone: berlin}
}

// When people are reminded, by the clock on the wall and as an instant: written down by
// hand, on both sides of both changes of the clocks (28.03. and 31.10.2027).
func TestRemindAt(t *testing.T) {
	c := berlinCalendar(t)
	for _, row := range []struct{ start, week, day, hours string }{
		// Winter: Leipzig is one hour ahead of UTC.
		{"2027-01-14T15:00Z", "2027-01-07T15:00Z", "2027-01-13T15:00Z", "2027-01-14T13:00Z"},
		// A Thursday after the clocks went forward, at 16:00: the week before is at 16:00 too.
		{"2027-04-01T14:00Z", "2027-03-25T15:00Z", "2027-03-31T14:00Z", "2027-04-01T12:00Z"},
		// The Sunday itself, at 11:00.
		{"2027-03-28T09:00Z", "2027-03-21T10:00Z", "2027-03-27T10:00Z", "2027-03-28T07:00Z"},
		// The day after, at 9:00: two hours before is too early.
		{"2027-03-29T07:00Z", "2027-03-22T08:00Z", "2027-03-28T07:00Z", "2027-03-29T06:00Z"},
		// The Sunday on which the clocks go back, at 10:00, and the Monday after it at 22:30.
		{"2027-10-31T09:00Z", "2027-10-24T08:00Z", "2027-10-30T08:00Z", "2027-10-31T07:00Z"},
		{"2027-11-01T21:30Z", "2027-10-25T16:00Z", "2027-10-31T17:00Z", "2027-11-01T17:00Z"},
		// At 20:00 and at 7:30: never at night.
		{"2027-06-10T18:00Z", "2027-06-03T16:00Z", "2027-06-09T16:00Z", "2027-06-10T16:00Z"},
		{"2027-06-10T05:30Z", "2027-06-03T06:00Z", "2027-06-09T06:00Z", "2027-06-10T06:00Z"},
		// At 2:30 of the night in which that time does not exist.
		{"2027-04-04T00:30Z", "2027-03-28T06:00Z", "2027-04-03T06:00Z", "2027-04-04T06:00Z"},
	} {
		start := instant(t, row.start)
		for lead, want := range map[Lead]string{LeadWeek: row.week, LeadDay: row.day, LeadHours: row.hours} {
			if got := c.RemindAt(start, lead); !got.Equal(instant(t, want)) {
				t.Errorf("%s before %s: %s, want %s", lead, row.start, got.UTC().Format(time.RFC3339), want)
			}
		}
	}
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04Z07:00", s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Who is reminded, of what is due.
func TestReminded(t *testing.T) {
	c := berlinCalendar(t)
	m := Meeting{ID: "m", Start: instant(t, "2027-01-14T15:00Z")}
	week, day, hours := instant(t, "2027-01-07T15:00Z"), instant(t, "2027-01-13T15:00Z"), instant(t, "2027-01-14T13:00Z")
	at := func(a Coming) map[string]Attend { return map[string]Attend{"m": {Answer: a}} }
	for name, row := range map[string]struct {
		guest Guest
		lead  Lead
		now   time.Time
		want  bool
	}{
		"everything, as usual":          {Guest{All: true}, LeadWeek, week, true},
		"not two hours before":          {Guest{All: true, Leads: Leads}, LeadHours, hours, false},
		"unless they come":              {Guest{Leads: Leads, At: at(AttendYes)}, LeadHours, hours, true},
		"not by default":                {Guest{At: at(AttendYes)}, LeadHours, hours, false},
		"nobody":                        {Guest{}, LeadDay, day, false},
		"who said no":                   {Guest{All: true, At: at(AttendNo)}, LeadDay, day, false},
		"who muted it":                  {Guest{All: true, At: map[string]Attend{"m": {Mute: true}}}, LeadDay, day, false},
		"perhaps":                       {Guest{At: at(AttendMaybe)}, LeadDay, day, true},
		"on the waiting list":           {Guest{At: at(AttendWaiting)}, LeadDay, day, true},
		"late, and a shorter one rings": {Guest{All: true}, LeadWeek, day, false},
		"late, and the only one":        {Guest{All: true, Leads: []Lead{LeadWeek}}, LeadWeek, day, true},
		"other leads":                   {Guest{All: true, Leads: []Lead{LeadDay}}, LeadWeek, week, false},
	} {
		if got := row.guest.Wants(m, row.lead, c, row.now); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for lead, row := range map[Lead]struct{ last, late time.Duration }{
		LeadWeek: {3*time.Hour + 1, 3 * time.Hour}, LeadDay: {3*time.Hour + 1, 3 * time.Hour}, LeadHours: {1, 0},
	} {
		if !lead.Useful(m.Start, m.Start.Add(-row.last)) || lead.Useful(m.Start, m.Start.Add(-row.late)) {
			t.Errorf("%s is not of use as long as it should be", lead)
		}
	}
}

// The link to take part from home is for those who said that they come.
func TestOnlineLink(t *testing.T) {
	m := Meeting{ID: "m", Start: instant(t, "2027-01-14T15:00Z"), Online: "https://meet.example.org/x", Words: map[string]MeetingWords{"de": {Title: "T"}}}
	for answer, want := range map[Coming]bool{AttendYes: true, AttendMaybe: false, AttendWaiting: false, "": false} {
		said := false
		for _, p := range Reminder(m, LeadDay, Attend{Answer: answer}, berlinCalendar(t), "de").Body {
			for _, a := range p.Args {
				said = said || strings.Contains(a.Text, "meet.example.org")
			}
		}
		if said != want {
			t.Errorf("%q is told the link: %v", answer, said)
		}
	}
}

// Pressing a button that was pressed before, or that is not there, changes nothing.
func TestCastPress(t *testing.T) {
	c, now := berlinCalendar(t), instant(t, "2027-01-04T09:00Z")
	far := Meeting{Start: instant(t, "2027-02-04T15:00Z")}
	for name, row := range map[string]struct {
		cast    Cast
		action  string
		stage   Stage
		publish bool
		when    string
	}{
		"now":                      {Cast{Stage: CastAsked, Plan: far, Reach: Reach{People: 99}}, CastNow, CastPlanned, true, "2027-01-04T09:00Z"},
		"later":                    {Cast{Stage: CastAsked, Plan: far, Reach: Reach{People: 99}}, CastLater, CastPlanned, true, "2027-01-05T09:00Z"},
		"many":                     {Cast{Stage: CastAsked, Plan: far, Reach: Reach{People: 100}}, CastNow, CastSure, false, ""},
		"many, later":              {Cast{Stage: CastAsked, Plan: far, Reach: Reach{People: 100}}, CastLater, CastSure, false, ""},
		"sure":                     {Cast{Stage: CastSure, Plan: far, Wants: CastLater}, CastSureOf, CastPlanned, true, "2027-01-05T09:00Z"},
		"not sure":                 {Cast{Stage: CastSure, Plan: far, Wants: CastLater}, CastBack, CastAsked, false, ""},
		"sure of nothing":          {Cast{Stage: CastAsked, Plan: far}, CastSureOf, CastAsked, false, ""},
		"silent":                   {Cast{Stage: CastAsked, Plan: far}, CastMute, CastSilent, true, ""},
		"back":                     {Cast{Stage: CastAsked, Plan: far}, CastBack, CastDropped, false, ""},
		"twice":                    {Cast{Stage: CastPlanned, Plan: far}, CastNow, CastPlanned, false, ""},
		"now, after silent":        {Cast{Stage: CastSilent, Plan: far}, CastNow, CastSilent, false, ""},
		"now, while it counts":     {Cast{Stage: CastCounting, Plan: far}, CastNow, CastCounting, false, ""},
		"stop":                     {Cast{Stage: CastSending, Plan: far}, CastStop, CastStopped, false, ""},
		"stop when done":           {Cast{Stage: CastDone, Plan: far}, CastStop, CastDone, false, ""},
		"tomorrow is too late":     {Cast{Stage: CastAsked, Plan: Meeting{Start: now.Add(20 * time.Hour)}}, CastLater, CastAsked, false, ""},
		"nonsense":                 {Cast{Stage: CastAsked, Plan: far}, "x", CastAsked, false, ""},
		"a cancellation is urgent": {Cast{Stage: CastAsked, News: NewsCancelled, Was: &Meeting{Start: now.Add(23 * time.Hour)}, Plan: far}, CastNow, CastPlanned, true, "2027-01-04T09:00Z"},
	} {
		got, publish := row.cast.Press(row.action, c, now)
		if got.Stage != row.stage || publish != row.publish || row.when != "" && !got.When.Equal(instant(t, row.when)) {
			t.Errorf("%s: %s, publish %v, %s", name, got.Stage, publish, got.When)
		}
	}
	night := instant(t, "2027-01-04T21:00Z")
	quiet, _ := Cast{Stage: CastAsked, News: NewsMoved, Was: &far, Plan: far}.Press(CastNow, c, night)
	urgent, _ := Cast{Stage: CastAsked, News: NewsCancelled, Was: &Meeting{Start: night.Add(23 * time.Hour)}, Plan: far}.Press(CastNow, c, night)
	if !quiet.When.Equal(instant(t, "2027-01-05T07:00Z")) || !urgent.When.Equal(night) {
		t.Errorf("at night: %s, urgent %s", quiet.When, urgent.When)
	}
}
