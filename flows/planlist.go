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
