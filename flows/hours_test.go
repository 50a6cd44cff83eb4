package flows

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"
)

// The table of domain §7.2, with the fixed days of § 1 SächsSFG.
func TestHolidays(t *testing.T) {
	fixed := []string{"01-01", "05-01", "10-03", "10-31", "12-25", "12-26"}
	moving := map[int][]string{ // Good Friday, Easter Monday, Ascension, Whit Monday, day of repentance
		2026: {"04-03", "04-06", "05-14", "05-25", "11-18"},
		2027: {"03-26", "03-29", "05-06", "05-17", "11-17"},
		2028: {"04-14", "04-17", "05-25", "06-05", "11-22"},
		2029: {"03-30", "04-02", "05-10", "05-21", "11-21"},
		2030: {"04-19", "04-22", "05-30", "06-10", "11-20"},
	}
	for year, days := range moving {
		want := slices.Concat(fixed, days)
		slices.Sort(want)
		var got []string
		for day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == year; day = day.AddDate(0, 0, 1) {
			if Holiday(day.Date()) {
				got = append(got, day.Format("01-02"))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d: %v, want %v", year, got, want)
		}
	}
}

// The earliest and the latest Easter of the calendar, and days that are well known.
func TestEaster(t *testing.T) {
	for year, want := range map[int]string{1818: "03-22", 1943: "04-25", 2000: "04-23", 2024: "03-31", 2025: "04-20", 2038: "04-25"} {
		if got := easter(year).Format("01-02"); got != want {
			t.Errorf("%d: %s, want %s", year, got, want)
		}
	}
}

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// workdays is a calendar of Monday to Friday, 10 to 15.
func workdays(t testing.TB, closed ...string) Calendar {
	t.Helper()
	h := Hours{Week: map[string]string{}, Closed: closed}
	for _, day := range []string{"monday", "tuesday", "wednesday", "thursday", "friday"} {
		h.Week[day] = "10:00-15:00"
	}
	c, err := h.Calendar(berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func local(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestBadHours(t *testing.T) {
	monday := map[string]string{"monday": "10:00-15:00"}
	for name, h := range map[string]Hours{
		"none":            {},
		"no such day":     {Week: map[string]string{"montag": "10:00-15:00"}},
		"no time":         {Week: map[string]string{"monday": "10-15"}},
		"no end":          {Week: map[string]string{"monday": "10:00"}},
		"ends too early":  {Week: map[string]string{"monday": "15:00-10:00"}},
		"no day":          {Week: monday, Closed: []string{"Weihnachten"}},
		"no such date":    {Week: monday, Closed: []string{"2027-02-30"}},
		"backwards":       {Week: monday, Closed: []string{"2027-07-30/2027-07-19"}},
		"half of a range": {Week: monday, Closed: []string{"2027-07-30/"}},
	} {
		if _, err := h.Calendar(berlin(t)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestDaysAfter(t *testing.T) {
	c := workdays(t, "12-24", "2027-07-19/2027-07-30")
	for _, x := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-11-23 10:00", 3, "2026-11-26 15:00"}, // Monday
		{"2026-11-23 15:00", 3, "2026-11-27 15:00"}, // … when nobody works any more
		{"2026-11-21 12:00", 1, "2026-11-24 15:00"}, // Saturday
		{"2026-11-17 12:00", 1, "2026-11-19 15:00"}, // before the day of repentance
		{"2026-11-18 12:00", 0, "2026-11-19 15:00"}, // on it
		{"2026-12-23 12:00", 1, "2026-12-28 15:00"}, // before Christmas
		{"2027-03-25 12:00", 1, "2027-03-30 15:00"}, // before Easter, and the change of clocks on the 28th
		{"2026-10-23 14:00", 1, "2026-10-26 15:00"}, // the change back on the 25th
		{"2026-10-30 14:00", 1, "2026-11-02 15:00"}, // the day of the Reformation is a Saturday
		{"2027-07-16 12:00", 1, "2027-08-02 15:00"}, // two weeks closed
	} {
		if got, ok := c.DaysAfter(local(t, x.from), x.n); !ok || !got.Equal(local(t, x.want)) {
			t.Errorf("%d after %s: %s, want %s", x.n, x.from, got, x.want)
		}
	}
	if at, ok := workdays(t, "2026-11-23/2030-01-01").DaysAfter(local(t, "2026-11-23 10:00"), 1); ok {
		t.Errorf("closed for years, and works on %s", at)
	}
	if _, ok := (Calendar{}).DaysAfter(local(t, "2026-11-23 10:00"), 1); ok {
		t.Error("the zero calendar works")
	}
}

func TestBetween(t *testing.T) {
	c := workdays(t)
	for _, x := range []struct {
		from, to string
		want     time.Duration
	}{
		{"2026-11-23 11:00", "2026-11-23 12:30", 90 * time.Minute},
		{"2026-11-23 09:00", "2026-11-23 10:00", 0},
		{"2026-11-23 08:00", "2026-11-23 20:00", 5 * time.Hour},
		{"2026-11-20 14:00", "2026-11-23 11:00", 2 * time.Hour},    // a weekend
		{"2026-11-17 14:00", "2026-11-19 11:00", 2 * time.Hour},    // a holiday
		{"2027-03-26 10:00", "2027-03-29 15:00", 0},                // Easter, with a change of clocks
		{"2026-10-23 14:30", "2026-10-26 10:30", 60 * time.Minute}, // a change of clocks
		{"2026-11-23 12:00", "2026-11-23 11:00", 0},
	} {
		if got := c.Between(local(t, x.from), local(t, x.to)); got != x.want {
			t.Errorf("%s to %s: %s, want %s", x.from, x.to, got, x.want)
		}
	}
	night, err := Hours{Week: map[string]string{"sunday": "01:00-04:00"}}.Calendar(berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]time.Duration{"2027-03-28": 2 * time.Hour, "2026-10-25": 4 * time.Hour, "2026-11-01": 3 * time.Hour} {
		if got := night.Between(local(t, day+" 00:00"), local(t, day+" 12:00")); got != want {
			t.Errorf("the night of %s has %s, want %s", day, got, want)
		}
	}
}

func TestDecent(t *testing.T) {
	c := workdays(t)
	for from, want := range map[string]string{
		"2026-11-23 07:59": "2026-11-23 10:00", "2026-11-23 08:00": "2026-11-23 08:00", "2026-11-23 19:59": "2026-11-23 19:59",
		"2026-11-23 20:00": "2026-11-24 10:00", "2026-11-30 23:00": "2026-12-01 10:00", "2027-03-27 23:00": "2027-03-28 10:00",
	} {
		if got := c.Decent(local(t, from)); !got.Equal(local(t, want)) {
			t.Errorf("%s: %s, want %s", from, got, want)
		}
	}
}

func TestPromised(t *testing.T) {
	c := workdays(t)
	took := func(n, hours int) []int { return slices.Repeat([]int{hours}, n) }
	for _, x := range []struct {
		name  string
		took  []int
		now   string
		want  string
		usual bool
	}{
		{"nothing known", nil, "2026-11-23 10:00", "2026-11-26", false},
		{"too little known", took(9, 1), "2026-11-23 10:00", "2026-11-26", false},
		{"an hour is a day", took(10, 1), "2026-11-23 10:00", "2026-11-24", true},
		{"a day", took(10, 5), "2026-11-23 10:00", "2026-11-24", true},
		{"more than a day", took(10, 6), "2026-11-23 10:00", "2026-11-25", true},
		{"over a weekend", took(10, 6), "2026-11-20 10:00", "2026-11-24", true},
		{"the upper of two", append(took(5, 1), took(5, 11)...), "2026-11-23 10:00", "2026-11-26", true},
		{"order means nothing", append(took(5, 11), took(6, 1)...), "2026-11-23 10:00", "2026-11-24", true},
	} {
		p, ok := Promised(c, x.took, local(t, x.now))
		if got := p.By.Format(dateLayout); !ok || got != x.want || p.Usual != x.usual {
			t.Errorf("%s: %s, %v, %v", x.name, got, p.Usual, ok)
		}
	}
	if _, ok := Promised(Calendar{}, took(50, 1), local(t, "2026-11-23 10:00")); ok {
		t.Error("a team that never works promises something")
	}
}

// A year of questions at all hours, to teams of different pace: what is called usual is
// kept more often than not, and is on a day of work.
func TestPromisesOfAYear(t *testing.T) {
	c := workdays(t, "12-24", "12-31")
	for _, pace := range []float64{1, 4, 10, 25} { // median, in working hours
		t.Run(fmt.Sprint(pace), func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(pace)))
			var took []int
			kept, usual := 0, 0
			now := local(t, "2026-09-01 00:00")
			for now.Before(local(t, "2027-11-30 00:00")) {
				now = now.Add(time.Duration(random.IntN(16*60)) * time.Minute)
				p, ok := Promised(c, took, now)
				if !ok || c.Between(p.By.Add(-time.Minute), p.By) != time.Minute || !p.By.After(now) {
					t.Fatalf("asked on %s, promised by %s", now, p.By)
				}
				left := time.Duration(pace * (0.2 + 1.6*random.Float64()) * float64(time.Hour)) // of work
				answered := now
				for missing := left; missing > 0; missing = left - c.Between(now, answered) {
					answered = answered.Add(max(missing, 15*time.Minute))
				}
				if p.Usual {
					usual++
					if c.Until(answered, p.By) {
						kept++
					}
				}
				took = append(took, WorkingHours(c, now, answered))
				took = took[max(0, len(took)-LastAnswers):]
			}
			if usual < 500 || kept*2 < usual {
				t.Errorf("of %d that were called usual, %d were kept", usual, kept)
			}
			t.Logf("median %v working hours: %d of %d kept", pace, kept, usual)
		})
	}
}
