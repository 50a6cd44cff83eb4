package bot

import (
	"slices"
	"strconv"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
	"lotse/store"
)

// The desk's work on meetings: what coordinators press and reply becomes a change of one
// meeting (flows.Plan), what is to be said goes into their room. Nothing of it is seen by
// people until publish.

// meetings lists the meetings for whoever asked.
func (t *turn) meetings() error { return t.plan("", flows.PlanInput{Action: "list"}) }

// planPress is a button "meet/MEETING/ACTION/ARGUMENT…"; about no meeting it is
// "meet/-/ACTION/…".
func (t *turn) planPress(parts []string) error {
	mid := parts[1]
	if mid == "-" {
		mid = ""
	}
	in := flows.PlanInput{Action: parts[2], Args: parts[3:]}
	if in.Action == flows.PlanReply { // is no button
		return nil
	}
	about, err := t.about(t.ev.In, t.ev.On)
	if err != nil {
		return err
	}
	if about.Meeting == mid {
		in.Base = about.Base
	}
	return t.plan(mid, in)
}

// planReply is what somebody replied to a message about a meeting.
func (t *turn) planReply(about ref) error {
	return t.plan(about.Meeting, flows.PlanInput{Action: flows.PlanReply, Field: about.Field, Base: about.Base})
}

// planCopy is what a message of the bot is about that nobody noted (secondCopy), as its
// first button tells it.
func planCopy(parts []string) ref {
	about := ref{Meeting: parts[1]}
	if len(parts) > 3 && slices.Contains([]string{"set", "skip", "empty"}, parts[2]) {
		about.Field = parts[3]
	}
	return about
}

// plan lets flows decide about a meeting, "" is none, and does what it wishes.
func (t *turn) plan(mid string, in flows.PlanInput) error {
	var p flows.Planning
	if mid != "" {
		var found bool
		var err error
		if p, found, err = planning(t.tx, mid); err != nil {
			return err
		}
		if !found {
			return t.tellHere(flows.Text{Key: "desk.meet.gone"})
		}
	}
	in, err := t.planInput(mid, in)
	if err != nil {
		return err
	}
	out := flows.Plan(p, in)
	if err := t.savePlanned(mid, out); err != nil {
		return err
	}
	var drawn []deskRoom
	for _, s := range out.Says {
		if err := t.sayPlan(s); err != nil {
			return err
		}
		if s.Card {
			drawn = t.here()
		}
	}
	if out.Redraw {
		in.All = withChanges(in.All, append(out.Also, out.Planning)...)
		if err := t.redrawMeeting(out.Planning, in, drawn...); err != nil {
			return err
		}
	}
	if out.Announce {
		return t.announce(out.Planning.Work.ID)
	}
	return nil
}

// savePlanned writes down what became of meetings. One that nobody published is forgotten
// as long after it was made as others after their end.
func (t *turn) savePlanned(mid string, out flows.Planned) error {
	if out.Drop {
		if err := t.dropMeeting(mid); err != nil {
			return err
		}
		out.Planning = flows.Planning{}
	}
	for _, p := range append(out.Also, out.Planning) {
		id := p.Work.ID
		if id == "" {
			continue
		}
		save(t.tx, keyOf("meeting", id), p)
		if id != mid && p.Version == 1 { // it is new
			t.at(t.now.Add(meetingFor), "meeting", id)
		}
	}
	return nil
}

// planInput gathers what flows may know.
func (t *turn) planInput(mid string, in flows.PlanInput) (flows.PlanInput, error) {
	l := t.b.lists
	in.Event, in.Now, in.NewID = t.ev, t.now, t.timed()
	in.Seasons, in.Calendar, in.Languages, in.DeskLang = l.seasons, l.calendar, l.languages, t.b.cfg.DeskLang
	in.Command = t.b.typed(t.ev.In.Platform, "treffen")
	in.Read = func(kind, typed string) (string, string) {
		return t.b.words.ReadSlot(t.b.cfg.DeskLang, locales.SlotKind(kind), typed, t.now)
	}
	if in.Number = -1; t.ev.Kind == chat.Text {
		if n, ok := locales.ParseNumber(t.ev.Text); ok {
			in.Number = n
		}
	}
	var err error
	switch in.Action {
	case "cases": // no more can be read than these
		in.Approved, _, err = t.listed(openMeeting, openAtOnce)
		return in, err
	case "themes":
		in.Themes, err = themes(t.tx)
		return in, err
	case "theme":
		if in.Themes, err = t.theme(in.Args); err != nil {
			return in, err
		}
	case "take":
		if in.Approved, err = t.approved(in.Args); err != nil {
			return in, err
		}
	}
	if in.All, err = plannings(t.tx); err != nil {
		return in, err
	}
	in.Venues = knownVenues(l.venues, in.All)
	if mid != "" {
		in.Seats, err = seatsOf(t.tx, mid)
	}
	return in, err
}

// theme is the topic with an ID, if people still vote on it.
func (t *turn) theme(id []string) ([]flows.Theme, error) {
	if len(id) == 0 {
		return nil, nil
	}
	theme, found, err := load[flows.Theme](t.tx, keyOf("topic", id[0]))
	if err != nil || !found {
		return nil, err
	}
	return []flows.Theme{theme}, nil
}

// approved is the inquiry with a number, if there is one.
func (t *turn) approved(number []string) ([]flows.Inquiry, error) {
	if len(number) == 0 {
		return nil, nil
	}
	n, err := strconv.Atoi(number[0])
	if err != nil {
		return nil, nil
	}
	about, found, err := load[ref](t.tx, keyOf("number", strconv.Itoa(n)))
	if err != nil || !found {
		return nil, err
	}
	q, found, err := load[flows.Inquiry](t.tx, keyOf("inquiry", about.PID, about.IID))
	if err != nil || !found {
		return nil, err
	}
	return []flows.Inquiry{q}, nil
}

// mostVenues is how many places are offered.
const mostVenues = 8

// knownVenues are the places of the list and, before them, those that meetings had, the
// latest first.
func knownVenues(listed []flows.SavedVenue, all []flows.Planning) (out []flows.SavedVenue) {
	has := func(v flows.Venue) bool {
		return slices.ContainsFunc(out, func(s flows.SavedVenue) bool { return s.Venue == v })
	}
	for _, p := range slices.Backward(all) {
		if p.Live != nil && p.Live.Venue.Name != "" && !has(p.Live.Venue) {
			out = append(out, flows.SavedVenue{Venue: p.Live.Venue, Confirmed: true})
		}
	}
	for _, v := range listed {
		if !has(v.Venue) {
			out = append(out, v)
		}
	}
	return out[:min(len(out), mostVenues)]
}

// sayPlan says something about a meeting in the room in which this turn's event happened.
func (t *turn) sayPlan(s flows.PlanSay) error {
	for _, d := range t.here() {
		it := t.planItem(s.Tell, s.Meeting)
		it.To, it.Ref.Field, it.Ref.Base = inThreadOf(d, t.ev.In), s.Field, s.Base
		_, edits := t.b.platforms[d.Platform].(chat.Editor)
		switch {
		case s.Card:
			if err := t.moveCard(d, s.Meeting, it.To); err != nil {
				return err
			}
			it.Post = d.in(cardPost)
		case s.InPlace && edits && t.ev.Kind == chat.Press && t.ev.On != "" && !t.b.listsButtons(d.Platform):
			it.Op, it.On = opEdit, t.ev.On
		}
		if err := t.enqueue(it, talk); err != nil {
			return err
		}
	}
	return nil
}

// planItem is a message about a meeting, "" is none, to nobody yet.
func (t *turn) planItem(e flows.Tell, mid string) item {
	m := t.b.body(t.b.deskLang(), e.Body)
	m.Buttons, m.ForceReply = t.b.rows(t.b.deskLang(), e.Options, e.Columns), e.ForceReply
	return item{Message: m, Ref: ref{Meeting: mid}, Offers: len(e.Options) > 0, Taps: true}
}

// tellMeeting says something about a meeting in every room.
func (t *turn) tellMeeting(e flows.Tell, mid string) error {
	for _, d := range t.b.desks {
		it := t.planItem(e, mid)
		it.To = d.Address
		if err := t.enqueue(it, talk); err != nil {
			return err
		}
	}
	return nil
}

func meetingCard(d deskRoom, mid string) string {
	return keyOf("post", store.Nobody, mid, d.in(cardPost))
}

// moveCard makes room for a meeting's card where it was asked for: the old one is deleted.
func (t *turn) moveCard(d deskRoom, mid string, to chat.Address) error {
	key := meetingCard(d, mid)
	old, found, err := load[post](t.tx, key)
	if err != nil {
		return err
	}
	if found {
		t.tx.Delete(t.b.editKey(item{Ref: ref{Meeting: mid}, Post: d.in(cardPost)}))
		if err := t.dropPost(key, old); err != nil {
			return err
		}
	}
	save(t.tx, key, post{To: to, Desk: true})
	return nil
}

// meetingSaid notes what a message about a meeting is about, and where its card stands.
func (t *turn) meetingSaid(q *queued, receipt chat.Receipt) error {
	it := q.item
	if it.Op == opEdit && q.target != "" { // it shows a later version now
		key := t.b.sentKey(it.To, q.target)
		about, found, err := load[sent](t.tx, key)
		if err != nil {
			return err
		}
		if about.ref = it.Ref; found {
			save(t.tx, key, about)
		}
	}
	for i, message := range receipt.Messages() {
		save(t.tx, t.b.sentKey(it.To, message), sent{ref: it.Ref})
		if i == 0 && it.Post != "" {
			save(t.tx, keyOf("post", store.Nobody, it.Ref.Meeting, it.Post), post{To: it.To, Message: message, At: t.now, Desk: true})
		}
	}
	return nil
}

// withChanges are all meetings as they are after a change: to read them again would be too
// much for one transaction (store.MaxReads).
func withChanges(all []flows.Planning, changed ...flows.Planning) []flows.Planning {
	out := slices.Clone(all)
	for _, p := range changed {
		i := slices.IndexFunc(out, func(o flows.Planning) bool { return o.Work.ID == p.Work.ID })
		if i < 0 {
			out = append(out, p)
		} else {
			out[i] = p
		}
	}
	return out
}

// redrawMeeting shows a meeting's card anew in every room in which it stands, except
// where it was drawn already.
func (t *turn) redrawMeeting(p flows.Planning, in flows.PlanInput, drawn ...deskRoom) error {
	mid := p.Work.ID
	for _, d := range t.b.desks {
		at, found, err := load[post](t.tx, meetingCard(d, mid))
		if err != nil {
			return err
		}
		if !found || !t.b.isDesk(at.To) || slices.Contains(drawn, d) {
			continue
		}
		in.Command = t.b.typed(d.Platform, "treffen")
		it := t.planItem(flows.PlanCard(p, in), mid)
		it.Op, it.To, it.Post, it.Ref.Base = opEdit, at.To, d.in(cardPost), p.Version
		if err := t.enqueue(it, talk); err != nil {
			return err
		}
	}
	return nil
}

// publish shows people a meeting as the desk has it, and with it the one that takes its
// place. It tells nobody but the desk; by is who decided it.
func (t *turn) publish(p flows.Planning, by string) error {
	mid := p.Work.ID
	in, err := t.planInput(mid, flows.PlanInput{})
	if err != nil {
		return err
	}
	if p.Live != nil && p.Live.Capacity != p.Work.Capacity {
		t.seatsFree(mid)
	}
	all := []flows.Planning{p.Publish(t.now)}
	for _, next := range in.All {
		if next.Work.ID == p.Work.ReplacedBy && next.Live == nil && !next.Work.Start.IsZero() {
			all = append(all, next.Publish(t.now))
		}
	}
	in.All = withChanges(in.All, all...)
	for _, p := range all {
		if err := t.appears(p, by, in); err != nil {
			return err
		}
		in.Seats = flows.Seats{} // of the next nobody could say anything
	}
	return nil
}

// keepPublished keeps a meeting that was published, with its alarms.
func (t *turn) keepPublished(p flows.Planning) {
	m := p.Work
	save(t.tx, keyOf("meeting", m.ID), p)
	t.at(m.End.Add(meetingFor), "meeting", m.ID)
	t.at(t.b.lists.calendar.Decent(m.End.Add(noDateFor)), "nodate", m.ID)
	t.remindersOf(p)
}

// appears keeps a meeting that was published, and says so in the desk.
func (t *turn) appears(p flows.Planning, by string, in flows.PlanInput) error {
	m := p.Work
	t.keepPublished(p)
	if err := t.tellMeeting(flows.PublishedTell(p, by), m.ID); err != nil {
		return err
	}
	return t.redrawMeeting(p, in)
}
