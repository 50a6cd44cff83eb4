package flows

import (
	"slices"
	"time"
)

// How the date is found that is said with a number (peers.md §4.8).
const (
	// LastAnswers is how many first answers are looked back on, by which the team's
	// own pace is known; with fewer than enoughAnswers it is not.
	LastAnswers   = 50
	enoughAnswers = 10
	// carefulDays is after how many days of work an answer is hoped for as long as
	// nothing is known (domain §9: "no answer yet" after three working days).
	carefulDays = 3
)

// A Promise is until when an answer is to be expected. Usual says that this is how
// it was so far; otherwise it is what the team wants.
type Promise struct {
	By    time.Time // the end of work that day
	Usual bool
}

// Promised is what can be said at a time. took are the working hours, rounded up,
// that the last first answers needed. Their median is rounded up to whole days of
// work, and the day of asking is not one of them: so it is rather too late than too
// early. ok is false when the team does not work within a year.
func Promised(c Calendar, took []int, now time.Time) (p Promise, ok bool) {
	days, day := carefulDays, c.Day()
	if p.Usual = len(took) >= enoughAnswers && day > 0; p.Usual {
		days = int((time.Duration(median(took))*time.Hour + day - 1) / day)
	}
	p.By, ok = c.DaysAfter(now, max(days, 1))
	return p, ok
}

// median is the upper one of the two in the middle.
func median(of []int) int {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

// WorkingHours are those between two times, rounded up, at least one.
func WorkingHours(c Calendar, from, to time.Time) int {
	return max(1, int((c.Between(from, to)+time.Hour-1)/time.Hour))
}

// Said is the promise in words, below the number.
func (p Promise) Said() Text {
	if p.Usual {
		return say("ask.sent.usual", day("day", p.By))
	}
	return say("ask.sent.aim", day("day", p.By))
}

// Unanswered reports whether a first answer is still waited for.
func (q Inquiry) Unanswered() bool {
	return q.First.IsZero() && (q.Status == Waiting || q.Status == Claimed)
}

// Lates is how often an asker is told that there is no answer yet.
const Lates = 2

// Late is an inquiry whose promise was not kept, and what its asker is told before
// they have to ask: the first time with a new date, the last time without one.
func Late(q Inquiry, next Promise, places []Contact) (Inquiry, []Text) {
	var body []Text
	if q.Late++; q.Late < Lates && !next.By.IsZero() {
		body = []Text{say("inquiry.late", code("number", q.Number), day("day", q.Promised), day("next", next.By))}
		q.Promised = next.By
	} else {
		body = []Text{say("inquiry.late.again", code("number", q.Number))}
		q.Late = Lates
	}
	if help := contacts(places, false); len(help) > 0 {
		body = append(append(body, say("inquiry.late.help")), help...)
	}
	return q, body
}
