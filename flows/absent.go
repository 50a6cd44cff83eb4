package flows

import "time"

// AbsentDays is after how many working days without any sign of the team those who wait
// are told so (domain §9).
const AbsentDays = 3

// Absent is from when on the team counts as absent for an inquiry: at the end of the
// third day of work on which nobody did anything, since somebody last did (the zero time
// when nobody ever did) and since the question was asked. ok is false when the team has
// no such day within a year.
func Absent(c Calendar, q Inquiry, last time.Time) (from time.Time, ok bool) {
	if q.Created.After(last) {
		last = q.Created
	}
	return c.DaysAfter(last, AbsentDays)
}

// AbsentBody tells an asker honestly that nobody is there, and where else to turn. No
// reminder of the promise follows: it would know less.
func AbsentBody(q Inquiry, where []Contact, hotlines []Hotline) (Inquiry, []Text) {
	q.Late = Lates
	body := []Text{say("inquiry.absent", code("number", q.Number))}
	if places := contacts(where, false); len(places) > 0 {
		body = append(append(body, say("inquiry.late.help")), places...)
	}
	if len(hotlines) > 0 { // the first is for whoever is in danger
		body = append(body, say("inquiry.absent.danger", code("phone", hotlines[0].Number)))
	}
	return q, body
}
