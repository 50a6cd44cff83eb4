package flows

import (
	"slices"
	"strconv"
)

// The parts of lists: taken out, shown to people or to the desk alone, taken over from
// inquiries.

// stale reports whether a list is no longer as it was shown: then a number means another
// part of it. Who pressed sees the list as it is.
func (d *planDesk) stale(f field) bool {
	if d.in.Base > 0 && d.p.Touched[f.id].Version <= d.in.Base {
		return false
	}
	d.ask(f, say("desk.meet.changed"))
	return true
}

// cut takes a part out of a list.
func (d *planDesk) cut() {
	f, ok := fieldOf(d.arg(0))
	i, err := strconv.Atoi(d.arg(1))
	if !ok || f.list == nil || err != nil {
		d.tell(say("desk.meet.old"))
		return
	}
	if d.stale(f) {
		return
	}
	to := d.p.Work.Clone()
	f.list(&to, i)
	d.put(f, to)
}

// flip shows a point of the agenda to people, or to the desk alone.
func (d *planDesk) flip() {
	f, _ := fieldOf("agenda")
	i, err := strconv.Atoi(d.arg(1))
	if err != nil || i < 0 {
		d.tell(say("desk.meet.old"))
		return
	}
	if d.stale(f) {
		return
	}
	to := d.p.Work.Clone()
	if i >= len(to.Agenda) || to.Agenda[i].Case != "" {
		d.tell(say("desk.meet.old"))
		return
	}
	to.Agenda[i].Public = !to.Agenda[i].Public
	d.put(f, to)
}

// cases offers the texts that askers agreed to.
func (d *planDesk) cases() {
	var options []Option
	for _, q := range d.in.Approved {
		if q.Agenda == Approved && !d.onAgenda(q.Number) {
			options = append(options, labelled(d.option("take", "🗓", q.Number), say("desk.open.show", code("number", q.Number))))
		}
	}
	if len(options) == 0 {
		d.tell(say("desk.agenda.none"))
		return
	}
	d.offer(options[:min(len(options), mostListed)], say("desk.meet.cases", d.title()))
}

func (d *planDesk) onAgenda(number string) bool {
	return slices.ContainsFunc(d.p.Work.Agenda, func(i Item) bool { return i.Case == number })
}

// take puts an inquiry whose asker agreed onto the internal agenda.
func (d *planDesk) take() {
	f, _ := fieldOf("agenda")
	i := slices.IndexFunc(d.in.Approved, func(q Inquiry) bool { return q.Number == d.arg(0) && q.Agenda == Approved })
	if i < 0 || d.onAgenda(d.arg(0)) {
		d.tell(say("desk.meet.old"))
		return
	}
	to := d.p.Work.Clone()
	to.Agenda = append(to.Agenda, Item{Case: d.arg(0)})
	if bad := agendaFits(to); bad != nil {
		d.ask(f, *bad)
		return
	}
	d.put(f, to)
}

// mostThemes is how many topics are offered for an agenda.
const mostThemes = 6

// themes offers the topics with the most votes that are not on the agenda yet.
func (d *planDesk) themes() {
	var body []Text
	var options []Option
	for _, t := range byVotes(d.in.Themes) {
		if len(options) == mostThemes || d.hasTheme(t.ID) {
			continue
		}
		n := number("i", len(options)+1)
		body = append(body, say("desk.idea.line", n, named("text", t.Text), Arg{Name: "n", Kind: Count, N: t.Votes}))
		options = append(options, labelled(d.option("theme", "🗳", t.ID), say("desk.meet.theme", n)))
	}
	if len(options) == 0 {
		d.tell(say("desk.idea.open.none"))
		return
	}
	d.offer(options, append([]Text{say("desk.meet.themes", d.title())}, body...)...)
}

func (d *planDesk) hasTheme(id string) bool {
	return slices.ContainsFunc(d.p.Work.Agenda, func(i Item) bool { return i.Theme == id })
}

// takeTheme puts a topic that people voted for onto the agenda, with its votes as they are
// now.
func (d *planDesk) takeTheme() {
	f, _ := fieldOf("agenda")
	i := slices.IndexFunc(d.in.Themes, func(t Theme) bool { return t.ID == d.arg(0) })
	if i < 0 || d.hasTheme(d.arg(0)) {
		d.tell(say("desk.meet.old"))
		return
	}
	t, to := d.in.Themes[i], d.p.Work.Clone()
	to.Agenda = append(to.Agenda, Item{Text: t.Text, Theme: t.ID, Votes: t.Votes, Public: true})
	if bad := agendaFits(to); bad != nil {
		d.ask(f, *bad)
		return
	}
	d.put(f, to)
}
