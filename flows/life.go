package flows

import (
	"slices"
	"time"
)

// A Status is where an inquiry stands.
type Status string

// The statuses of an inquiry. What precedes them, a question that is not sent, is in
// the person's Answers; what comes last is that there is none.
const (
	Waiting     Status = "waiting"     // nobody has it yet
	Claimed     Status = "claimed"     // somebody works on it
	Answered    Status = "answered"    // an answer was sent
	Undelivered Status = "undelivered" // an answer was sent and could not arrive
	Closed      Status = "closed"      // the desk is done with it
	Withdrawn   Status = "withdrawn"   // the asker took it back; its words are gone
)

// next are the statuses that may follow each.
var next = map[Status][]Status{
	Waiting:     {Claimed, Answered, Undelivered, Closed, Withdrawn},
	Claimed:     {Waiting, Answered, Undelivered, Closed, Withdrawn},
	Answered:    {Waiting, Claimed, Undelivered, Closed, Withdrawn},
	Undelivered: {Waiting, Claimed, Answered, Closed, Withdrawn},
	Closed:      {Waiting, Claimed, Withdrawn},
	Withdrawn:   nil,
}

// Open reports whether more can be asked and answered.
func (s Status) Open() bool { return s != Closed && s != Withdrawn }

// Waits reports whether it is the desk's turn.
func (s Status) Waits() bool { return s == Waiting || s == Claimed }

// Actors that are no coordinators.
const (
	ByAsker = "asker"
	ByClock = "clock"
)

// A Passage is one change of status: the how many-th, to what, by whom and when.
type Passage struct {
	Version int       `json:"v"`
	To      Status    `json:"to"`
	By      string    `json:"by"` // a coordinator's ID, ByAsker or ByClock
	At      time.Time `json:"at"`
}

// passagesKept is how many changes of status are remembered.
const passagesKept = 30

// move changes the status, unless it may not follow, and writes down who did it.
// Moving to the status it has changes nothing.
func (q *Inquiry) move(to Status, by string, at time.Time) bool {
	if to == q.Status {
		return true
	}
	if !slices.Contains(next[q.Status], to) {
		return false
	}
	q.Version++
	q.Status, q.Changed = to, at
	past := append(slices.Clone(q.Past), Passage{q.Version, to, by, at})
	q.Past = past[max(0, len(past)-passagesKept):]
	if to == Claimed {
		q.Active = at
	}
	return true
}

// unanswered is the status of what waits for an answer.
func (q *Inquiry) unanswered() Status {
	if q.Owner == "" {
		return Waiting
	}
	return Claimed
}

// own gives the inquiry to a coordinator, or with "" to nobody.
func (q *Inquiry) own(id, name string, at time.Time) {
	q.Owner, q.OwnerName, q.OwnedAt, q.Active = id, name, at, at
	q.Wants, q.WantsName = "", ""
	if id == "" {
		q.OwnedAt, q.Active = time.Time{}, time.Time{}
	}
}

// Asked is an inquiry that was just submitted.
func Asked(q Inquiry, now time.Time) Inquiry {
	q.Status, q.Version, q.Created, q.Changed = Waiting, 1, now, now
	q.Past = []Passage{{1, Waiting, ByAsker, now}}
	return q
}

// reopenFor is how long after its end writing about an inquiry opens it again.
const reopenFor = 14 * 24 * time.Hour

// Reopens reports whether its asker can still open a closed inquiry by writing.
func (q Inquiry) Reopens(now time.Time) bool {
	return q.Status == Closed && now.Before(q.Changed.Add(reopenFor))
}

// Added is an inquiry after its asker wrote more: what was answered is not
// answered any more, and must not fall silent; what was closed is open again.
func Added(q Inquiry, now time.Time) Inquiry {
	if q.Status == Closed { // what they said then is over
		q.Helped = ""
	}
	if !q.Status.Waits() {
		q.move(q.unanswered(), ByAsker, now)
	}
	q.Changed = now
	return q
}

// TakenBack is an inquiry that its asker withdrew: without a word of theirs.
func TakenBack(q Inquiry, now time.Time) Inquiry {
	q.move(Withdrawn, ByAsker, now)
	q.Body, q.Files, q.Parts, q.Phone, q.Missed, q.Changed = "", nil, nil, "", nil, now
	q.Agenda, q.AgendaText, q.AgendaDraft = NoAgenda, "", ""
	return q
}
