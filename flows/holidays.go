package flows

import "time"

// Holiday reports whether a day is a public holiday in Leipzig, by § 1 of the Saxon
// law on Sundays and holidays (SächsSFG): those of all Germany, the day of the
// Reformation, and the day of repentance. Corpus Christi is one in a few Catholic
// parishes only.
func Holiday(year int, month time.Month, day int) bool {
	at := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	switch [2]int{int(at.Month()), at.Day()} {
	case [2]int{1, 1}, [2]int{5, 1}, [2]int{10, 3}, [2]int{10, 31}, [2]int{12, 25}, [2]int{12, 26}:
		return true
	}
	if at == repentance(at.Year()) {
		return true
	}
	switch at.Sub(easter(at.Year())) / (24 * time.Hour) {
	case -2, 1, 39, 50: // Good Friday, Easter Monday, Ascension, Whit Monday
		return true
	}
	return false
}

// repentance is the Wednesday before the last Sunday of the church's year, the one
// before Advent: the last Wednesday before 23 November.
func repentance(year int) time.Time {
	last := time.Date(year, time.November, 22, 0, 0, 0, 0, time.UTC)
	return last.AddDate(0, 0, -int(last.Weekday()-time.Wednesday+7)%7)
}

// easter is Easter Sunday in the Gregorian calendar (the rule of Meeus, Jones and
// Butcher: Astronomical Algorithms, chapter 8).
func easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (b - (b+8)/25 + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC)
}
