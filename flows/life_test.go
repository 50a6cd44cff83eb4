package flows

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
)

// A team is five coordinators in two rooms and three askers, who do anything at all
// times, and everything that follows.
type team struct {
	dice      *rand.Rand
	now       time.Time
	inquiries []Inquiry
	drafts    []map[string]Draft           // of each inquiry
	released  []map[string]bool            // drafts that somebody sent and that were not taken back
	left      []map[string]int             // how often each left
	rooms     map[string]map[string]string // room → message about a draft → what it says
	n         int
	wrong     []string
}

const teamIdle = 30 * time.Minute

func newTeam(seed uint64) *team {
	w := &team{dice: rand.New(rand.NewPCG(seed, 5)), now: noon, rooms: map[string]map[string]string{"telegram": {}, "matrix": {}}}
	for i := range 3 {
		q := Asked(Inquiry{ID: fmt.Sprint("i", i), Number: fmt.Sprint(10001 + i), Topic: "other"}, w.now)
		if i == 0 { // one of them is for the meeting
			q = Settled(q, Wished, w.now)
		}
		w.inquiries = append(w.inquiries, q)
		w.drafts = append(w.drafts, map[string]Draft{})
		w.released = append(w.released, map[string]bool{})
		w.left = append(w.left, map[string]int{})
	}
	return w
}

func (w *team) broken(format string, args ...any) {
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
}

var (
	cardPresses  = []string{ActClaim, ActClaim, ActRelease, ActTakeover, ActHandover, ActAnswer, ActClose, ActReopen, ActShow, ActPropose, ActPropose, ActResult}
	draftPresses = []string{ActSend, ActSend, ActSend, ActSure, ActAddition, ActUndo, ActChange, ActDiscard, ActResend, ActCorrect, ActRecall, ActRecalled, ActEdited, ActUnsaid, ActUse, ActUse, ActBrowse}
	byItself     = []string{ActSilent, ActIdle, ActDelivered, ActFailed, ActUnsure, ActFetch, ActNudge, ActAgain}
	whatIsUp     = []string{"2027-02-01", "2027-02-01", "Montag", "Dienstag", "Mittwoch", "@Klein?", "Fall 10002", "// Notiz", ""}
	colleague    = []string{"anna", "ben", "carla", "@dora:x", "@emil:x"}
)

func anyOf[T any](w *team, from []T) T { return from[w.dice.IntN(len(from))] }

// step is something that somebody does, or that happens by itself.
func (w *team) step() {
	w.now = w.now.Add(time.Duration(w.dice.IntN(120)) * time.Second)
	w.clock()
	i := w.dice.IntN(len(w.inquiries))
	who := anyOf(w, colleague)
	room := "telegram"
	if strings.HasPrefix(who, "@") {
		room = "matrix"
	}
	w.n++
	ev := chat.Event{From: who, Name: who, In: chat.Address{Platform: room}, Text: anyOf(w, whatIsUp), Message: fmt.Sprint("m", w.n)}
	switch w.dice.IntN(10) {
	case 0:
		w.asker(i)
	case 1, 2:
		w.desk(i, ev, anyOf(w, cardPresses), "")
	case 3, 4, 5:
		w.desk(i, ev, ActReply, w.draftOf(i))
	case 6, 7:
		ev.On = "x"
		w.desk(i, ev, anyOf(w, draftPresses), w.draftOf(i))
	default:
		w.desk(i, chat.Event{}, anyOf(w, byItself), w.draftOf(i))
	}
}

// clock does what is due.
func (w *team) clock() {
	for i := range w.inquiries {
		for _, id := range slices.Sorted(maps.Keys(w.drafts[i])) {
			if d := w.drafts[i][id]; d.Status == Leaving && !w.now.Before(d.Leaves) {
				w.desk(i, chat.Event{}, ActDue, id)
			}
		}
	}
}

// draftOf is a draft of an inquiry, often the newest, or none.
func (w *team) draftOf(i int) string {
	ids := []string{""}
	for id := range w.drafts[i] {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	if w.dice.IntN(2) == 0 {
		return ids[len(ids)-1]
	}
	return anyOf(w, ids)
}

func (w *team) asker(i int) {
	q := &w.inquiries[i]
	if q.Agenda == Proposed {
		*q = Settled(*q, anyOf(w, []Agenda{Approved, Approved, Wished}), w.now)
		return
	}
	switch w.dice.IntN(5) {
	case 0:
		if q.Status.Open() || q.Reopens(w.now) {
			*q = Added(*q, w.now)
		}
	case 1:
		if q.Status.Open() || q.Reopens(w.now) {
			*q = Rated(*q, anyOf(w, []string{HelpedYes, HelpedNo}), w.now)
		}
	case 2:
		q.Away = !q.Away
	case 3:
		if w.dice.IntN(20) == 0 && q.Status != Withdrawn {
			*q = TakenBack(*q, w.now)
		}
	case 4:
		if canWish(*q) {
			*q = Settled(*q, Wished, w.now)
		}
	}
}

func (w *team) desk(i int, ev chat.Event, act, draft string) {
	before := w.inquiries[i]
	in := DeskInput{Event: ev, Now: w.now, Undo: 20 * time.Second, Idle: teamIdle, Action: act, Draft: w.drafts[i][draft], NewDraft: fmt.Sprint("d", w.n), DeskLang: "de", AskerLang: "ar", Why: "why.gone", Templating: templating()}
	in.Pick = anyOf(w, []string{"visit", "more", ""})
	if in.Above = in.Draft.sign(); w.dice.IntN(10) == 0 {
		in.Above = "other words"
	}
	in.Last = w.drafts[i][before.Last]
	if strings.Contains(in.Draft.Text, "10002") && before.Number != "10002" {
		in.Others = []string{"10002"}
	}
	q, after, effects := Desk(before, in)
	w.inquiries[i] = q
	if after.ID != "" {
		w.drafts[i][after.ID] = after
	}
	w.owners(before, q, in)
	if in.Draft.Kind == Proposal && draft != "" && (act == ActDue || act == ActDelivered || act == ActFailed || act == ActUnsure || act == ActResend || act == ActFetch) && q.Status != before.Status {
		w.broken("%s is %s by a text for the meeting (%s)", q.Number, q.Status, act)
	}
	switch { // what people wanted, told without looking at the code
	case act == ActSend || act == ActSure || act == ActAddition || act == ActResend || act == ActFetch:
		w.released[i][draft] = after.Status == Leaving || after.Status == Sent || after.Status == Failed
		if by := act == ActSend || act == ActSure || act == ActAddition; by && w.released[i][draft] && in.Above != in.Draft.sign() && in.Draft.Status == Shown {
			w.broken("%s of %s is released, and nobody read it", draft, q.Number)
		}
	case act == ActUndo || act == ActUnsaid || act == ActEdited && ev.Text != in.Draft.Own():
		delete(w.released[i], draft)
	}
	for _, e := range effects {
		if t, ok := e.(Tell); ok && strings.HasPrefix(t.Post, "draft/") {
			w.shows(ev.In.Platform, t)
		}
		if d, ok := e.(Deliver); ok {
			if w.left[i][d.Draft]++; !w.released[i][d.Draft] {
				w.broken("%s of %s left, and nobody sent it", d.Draft, q.Number)
			}
			w.alone(q, before, after, in)
		}
	}
}

// shows puts a message about a draft into the rooms it is for.
func (w *team) shows(here string, t Tell) {
	for room, posts := range w.rooms {
		if t.Where == Everywhere || here == "" || (t.Where == Here) == (room == here) {
			posts[t.Post] = t.Body[0].Key
		}
	}
}

// owners checks that nobody loses an inquiry but by giving it up.
func (w *team) owners(before, after Inquiry, in DeskInput) {
	if before.Owner != "" && before.Owner != after.Owner && !givesUp(before, in) {
		w.broken("%s took %s from %s by %s", after.Owner, after.Number, before.Owner, in.Action)
	}
	if after.Status == Claimed && after.Owner == "" {
		w.broken("%s is claimed by nobody", after.Number)
	}
}

// alone checks that the asker gets no two answers that do not know of each other.
func (w *team) alone(q, before Inquiry, d Draft, in DeskInput) {
	first := in.Draft.Status == Shown || in.Draft.Status == Leaving
	if first && d.Kind == Answer && before.Sent > d.Seen && in.Last.By != d.By {
		w.broken("%s got another answer, of somebody who did not see the first", q.Number)
	}
	if first && d.Kind == Answer && before.Status == Answered {
		w.broken("%s got two answers", q.Number)
	}
}

// settled checks in the end that what was sent left, and nothing else, and that both rooms
// show the same.
func (w *team) settled() {
	w.now = w.now.Add(time.Minute)
	w.clock()
	for i, q := range w.inquiries {
		for id, d := range w.drafts[i] {
			left := w.left[i][id] > 0
			switch {
			case d.Status == Leaving && q.Status != Withdrawn:
				w.broken("%s of %s waits for ever", id, q.Number)
			case d.Status.left() && !left:
				w.broken("%s of %s is %s, and never left", id, q.Number, d.Status)
			case left && (d.Status.here() || d.Status == Discarded):
				w.broken("%s of %s left, and is %s", id, q.Number, d.Status)
			}
		}
		if said := w.drafts[i][q.AgendaDraft]; (q.Agenda == Approved || q.Agenda == Discussed) && (said.Text != q.AgendaText || w.left[i][q.AgendaDraft] == 0) {
			w.broken("%s stands on the agenda with %q, and the asker read %q", q.Number, q.AgendaText, said.Text)
		}
	}
	if !maps.Equal(w.rooms["telegram"], w.rooms["matrix"]) {
		w.broken("one room shows %v, the other %v", w.rooms["telegram"], w.rooms["matrix"])
	}
}

// lawful checks what was written down of an inquiry's life.
func (w *team) lawful(q Inquiry) {
	for i, p := range q.Past {
		if i > 0 && (p.Version != q.Past[i-1].Version+1 || !slices.Contains(next[q.Past[i-1].To], p.To) || p.At.Before(q.Past[i-1].At)) {
			w.broken("%s: %+v after %+v", q.Number, p, q.Past[i-1])
		}
		if p.By == "" || p.At.IsZero() {
			w.broken("%s: nobody did %+v", q.Number, p)
		}
	}
	if last := q.Past[len(q.Past)-1]; last.To != q.Status || last.Version != q.Version {
		w.broken("%s is %s, version %d, and became %+v", q.Number, q.Status, q.Version, last)
	}
}

// ends checks that a coordinator can end it from here.
func (w *team) ends(q Inquiry) {
	if q.Status.Open() {
		if q, _, _ = Desk(q, DeskInput{Action: ActClose, Now: w.now, Event: chat.Event{From: "anna"}}); q.Status != Closed {
			w.broken("%s cannot be closed: %s", q.Number, q.Status)
		}
	}
}

// TestTeam: whatever five coordinators and three askers do, an inquiry has one owner,
// an answer leaves exactly when somebody sent it, the meeting hears only what its asker
// agreed to, both rooms show the same, and every inquiry comes to an end.
func TestTeam(t *testing.T) {
	const runs, few, many = 10_000, 40, 600 // the way to the meeting and back is long
	reached, agendas, sent := map[Status]int{}, map[Agenda]int{}, 0
	for seed := range uint64(runs) {
		w := newTeam(seed)
		steps := few
		if seed%25 == 0 {
			steps = many
		}
		for range steps {
			w.step()
		}
		w.settled()
		for i, q := range w.inquiries {
			w.lawful(q)
			w.ends(q)
			reached[q.Status]++
			agendas[q.Agenda]++
			sent += len(w.left[i])
		}
		if len(w.wrong) > 0 {
			t.Fatalf("seed %d: %s", seed, strings.Join(w.wrong, "\n"))
		}
	}
	for _, s := range statuses {
		if reached[s] < 50 {
			t.Errorf("%s was reached %d times", s, reached[s])
		}
	}
	for _, a := range []Agenda{NoAgenda, Wished, Proposed, Approved, Discussed} {
		if agendas[a] == 0 {
			t.Errorf("the way to the meeting was never %q", a)
		}
	}
	if sent < runs/4 {
		t.Errorf("%d answers in %d runs", sent, runs)
	}
}
