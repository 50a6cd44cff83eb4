package flows

import (
	"maps"
	"slices"
	"time"
)

// with is the guest with another word about one meeting. A word that says nothing is
// not remembered.
func (g Guest) with(meeting string, a Attend) Guest {
	g.At = maps.Clone(g.At)
	a.Told = g.At[meeting].Told // whoever changes their answer is not told again
	if a == (Attend{At: a.At, Sequence: a.Sequence, Told: a.Told}) {
		delete(g.At, meeting)
		return g
	}
	if g.At == nil {
		g.At = map[string]Attend{}
	}
	g.At[meeting] = a
	return g
}

// room reports whether an answer to one more meeting can be kept.
func (g Guest) room(meeting string) bool {
	answered := 0
	for id, a := range g.At {
		if id != meeting && a.Answer != "" {
			answered++
		}
	}
	return answered < MaxAttend
}

// Counts is what the sums and the waiting list are made of: who is only reminded, or not,
// is in none.
func (a Attend) Counts() Attend {
	a.Follow, a.Mute, a.Sequence, a.Told = false, false, 0, ""
	if a.Answer == "" {
		return Attend{}
	}
	return a
}

// Reminds reports whether the guest wants to be reminded so long before a meeting.
func (g Guest) Reminds(l Lead) bool {
	if g.Leads == nil {
		return slices.Contains(DefaultLeads, l)
	}
	return slices.Contains(g.Leads, l)
}

// toggled is the guest with a lead more or less; ok is false for the last one, which
// would be another way to end the reminders.
func (g Guest) toggled(lead Lead) (next Guest, ok bool) {
	var leads []Lead
	for _, l := range Leads {
		if g.Reminds(l) != (l == lead) {
			leads = append(leads, l)
		}
	}
	if len(leads) == 0 {
		return g, false
	}
	g.Leads = leads
	return g, true
}

// Reminded reports whether the guest is told anything about any meeting.
func (g Guest) Reminded() bool {
	if !g.Stopped.IsZero() {
		return false
	}
	for meeting := range g.At {
		if g.Follows(meeting) {
			return true
		}
	}
	return g.All
}

// Ended is the guest when no reminders are wanted any more. What they said about coming
// stays: the seats are still theirs.
func (g Guest) Ended() Guest {
	at := g.At
	g.All, g.Stopped, g.Asked = false, time.Time{}, time.Time{}
	for meeting, a := range at {
		g = g.with(meeting, a.silenced(false))
	}
	if len(g.At) == 0 {
		return Guest{}
	}
	return g
}

// silenced is an answer of somebody who is told nothing more of a meeting, though perhaps
// of all others. Who cannot be told that they have seats does not wait for any.
func (a Attend) silenced(all bool) Attend {
	if a.Answer == AttendWaiting {
		a = Attend{At: a.At, Sequence: a.Sequence}
	}
	a.Follow, a.Mute = false, all || a.Answer == AttendYes || a.Answer == AttendMaybe
	return a
}

// wanting is the guest at the moment when they want something new: what they ended is
// ended for good first.
func (g Guest) wanting(now time.Time) Guest {
	if !g.Stopped.IsZero() {
		g = g.Ended()
	}
	if g.Since.IsZero() {
		g.Since = now
	}
	return g
}

// Over is the guest when nothing about a meeting is to be known any more.
func (g Guest) Over(meeting string) Guest { return g.with(meeting, Attend{}) }

// party is how many seats the answer takes.
func (a Attend) party() int {
	if a.Answer == AttendYes {
		return a.People
	}
	return 0
}

// queued is for how many the answer waits.
func (a Attend) queued() int {
	if a.Answer == AttendWaiting {
		return a.People
	}
	return 0
}

// free is how many people can come with the answer a, among the others of s: nobody
// passes by those who wait.
func (m Meeting) free(s Seats, a Attend) int {
	left := max(m.Capacity-s.People, 0) + a.party()
	switch {
	case m.Capacity == 0:
		return MaxParty
	case s.Waiting > a.queued():
		return a.party()
	}
	return left
}

// Said is a guest after they answered whether they come, with so many people. Who does
// not fit in any more waits for a seat; who has seats and asks for more than there are
// keeps those, and so does who asks for more than there ever can be: then ok is false.
func (g Guest) Said(m Meeting, s Seats, how Coming, people int, now time.Time) (next Guest, ok bool) {
	g = g.wanting(now)
	a := g.At[m.ID]
	before := a.Answer
	switch {
	case how == AttendNo:
		a = Attend{Answer: AttendNo}
	case how != AttendYes:
		a = Attend{Answer: how, Follow: a.Follow}
	case people <= m.free(s, a):
		a.Answer, a.People, a.Mute = AttendYes, people, false
	case before == AttendYes, people > m.Capacity:
		return g, false
	default:
		a.Answer, a.People, a.Mute = AttendWaiting, people, false
	}
	if a.Answer != before || a.At.IsZero() { // since when: the order of the waiting list
		a.At = now
	}
	a.Sequence = m.Sequence
	return g.with(m.ID, a), true
}

// MovesUp reports whether who waits first can have seats now.
func (a Attend) MovesUp(m Meeting, s Seats) bool {
	return a.Answer == AttendWaiting && (m.Capacity == 0 || s.People+a.People <= m.Capacity)
}

// MovedUp is the guest with the seats that they waited for.
func (g Guest) MovedUp(meeting string, now time.Time) Guest {
	a := g.At[meeting]
	a.Answer, a.At = AttendYes, now
	return g.with(meeting, a)
}

// Changed are the sums after one answer took the place of another. What is needed counts
// for those who come.
func (s Seats) Changed(from, to Attend) Seats {
	s.Interpreters = maps.Clone(s.Interpreters)
	s.count(from, -1)
	s.count(to, 1)
	return s
}

func (s *Seats) count(a Attend, n int) {
	switch a.Answer {
	case AttendYes:
		s.Yes, s.People, s.Children = s.Yes+n, s.People+n*a.People, s.Children+n*a.Children
		if a.StepFree {
			s.StepFree += n
		}
		s.interpreter(a.Interpreter, n)
	case AttendMaybe:
		s.Maybe += n
	case AttendNo:
		s.No += n
	case AttendWaiting:
		s.Waiting += n * a.People
	}
}

func (s *Seats) interpreter(tag string, n int) {
	if tag == "" {
		return
	}
	if s.Interpreters == nil {
		s.Interpreters = map[string]int{}
	}
	if s.Interpreters[tag] += n; s.Interpreters[tag] == 0 {
		delete(s.Interpreters, tag)
	}
}
