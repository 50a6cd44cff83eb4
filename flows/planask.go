package flows

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How the desk is asked for what a meeting is.

// guide is the order in which a new meeting is asked for; its kind was chosen before.
var guide = []string{"when", "title", "about", "venue", "stepfree", "interpreters", "childcare", "food"}

// more offers the fields that are changed less often.
func (d *planDesk) more() {
	var options []Option
	for _, f := range planFields {
		if f.id != cancelField && d.mayHave(f) && !slices.Contains(onCard, f.id) {
			options = append(options, d.editOption(f))
		}
	}
	d.offer(append(options, d.option("languages", "🌍"), d.option("show", "📋")), say("desk.meet.more", d.title()))
}

// languages offers the languages in which people can write what it is about.
func (d *planDesk) languages() {
	var options []Option
	for _, l := range d.in.Languages {
		if l.Tag == "de" {
			continue
		}
		o := d.editOption(translation(l.Tag))
		if o.Emoji = "➕"; d.p.Work.Words[l.Tag].Title != "" {
			o.Emoji = "✏️"
		}
		options = append(options, o)
	}
	body := append([]Text{say("desk.meet.languages", d.title())}, lackingLines(d.in, d.p.Work)...)
	d.offer(append(options, d.option("show", "📋")), body...)
}

func (d *planDesk) editOption(f field) Option {
	name := f.name()
	return labelled(d.option("edit", f.emoji, f.id), Text{Key: name.Text})
}

// edit asks for a field.
func (d *planDesk) edit() {
	f, ok := fieldOf(d.arg(0))
	if !ok || f.id == cancelField || !d.mayHave(f) {
		d.tell(say("desk.meet.old"))
		return
	}
	d.p.Guide = false
	d.ask(f)
}

// mayHave reports whether a field is one of this program's, and of the meeting's now: that
// of a language is when the bot speaks it.
func (d *planDesk) mayHave(f field) bool {
	if f.over && !isPast(d.p, d.in.Now) {
		return false
	}
	lang, is := strings.CutPrefix(f.id, wordsField)
	return !is || slices.ContainsFunc(d.in.Languages, func(l Language) bool { return l.Tag == lang && l.Tag != "de" })
}

// ask asks for a field: with buttons where there is something to choose, and as a reply
// where it is written.
func (d *planDesk) ask(f field, above ...Text) { d.askAs(f, false, above...) }

func (d *planDesk) askAs(f field, inPlace bool, above ...Text) {
	body := append(above, say("desk.meet.ask", f.name(), d.title()))
	if !d.p.Guide || d.p.Touched[f.id].Version > 0 {
		body = append(body, say("desk.meet.now"))
		body = append(body, f.show(d.p.Work)...)
	}
	if f.read != nil {
		kind, _, _ := strings.Cut(f.id, ".") // of words there are many
		body = append(body, Text{Key: "desk.meet.how." + kind})
	}
	options, more := d.askOptions(f)
	body = append(body, more...)
	columns := 2
	if f.id == "when" || f.id == "venue" {
		columns = 1
	}
	s := PlanSay{Tell: Tell{Body: body, Options: options, Columns: columns, ForceReply: len(options) == 0}, InPlace: inPlace}
	if f.read != nil {
		s.Field = f.id
	}
	d.say(s)
}

// askOptions are the buttons below the question for a field, and what they say. A field
// that a bare number is written for has none: where there are no buttons the number would
// choose one.
func (d *planDesk) askOptions(f field) (options []Option, body []Text) {
	if f.count {
		return nil, nil
	}
	for _, c := range f.choices {
		emoji := c.emoji
		if f.id == "interpreters" {
			if emoji = "▫️"; c.has(d.p.Work) {
				emoji = "✅"
			}
		}
		options = append(options, labelled(d.option("set", emoji, f.id, c.id), Text{Key: c.key}))
	}
	switch f.id {
	case "when":
		for _, m := range propose(d.in, d.p.Work) {
			at := m.Start.In(d.in.Calendar.zone).Format("02.01.2006, 15:04")
			options = append(options, labelled(d.option("set", "🗓", f.id, stampOf(m.Start)), say("desk.meet.item", code("date", at))))
			body = append(append(body, say("desk.meet.at", when("when", m.Start))), softDays(d.in, m)...)
		}
		if len(body) > 0 {
			body = append([]Text{say("desk.meet.proposed")}, body...)
		}
	case "venue":
		for _, v := range d.in.Venues {
			options = append(options, labelled(d.option("set", "📍", f.id, v.id()), say("desk.meet.item.title", named("title", short(v.Name)))))
			if !v.Confirmed {
				body = append(body, say("desk.meet.unconfirmed", named("name", v.Name)))
			}
		}
	case "agenda":
		body = append(body, d.agendaOptions(&options)...)
	}
	if f.list != nil {
		options = append(options, d.cutOptions(f)...)
	}
	if f.list == nil && f.choices == nil && f.id != "title" && f.id != "when" && !f.same(d.p.Work, Meeting{}) {
		options = append(options, d.option("empty", "🧹", f.id))
	}
	if d.p.Guide {
		return append(options, d.option("skip", "⏭️", f.id), d.option("rest", "📋")), body
	}
	if f.id == "interpreters" || f.list != nil && len(options) > 0 {
		options = append(options, d.option("show", "📋"))
	}
	return options, body
}

// stampOf is a time in a button.
func stampOf(t time.Time) string { return t.UTC().Format("200601021504") }

// id names a place in a button.
func (v Venue) id() string {
	h := fnv.New32a()
	fmt.Fprintf(h, "%q", []string{v.Name, v.Street, v.Hint, v.Stop, v.Geo})
	return fmt.Sprintf("%08x", h.Sum32())
}

// cutOptions take parts out of a list.
func (d *planDesk) cutOptions(f field) (out []Option) {
	n := len(d.p.Work.Tables)
	switch f.id {
	case "agenda":
		n = len(d.p.Work.Agenda)
	case "papers":
		n = len(d.p.Work.Papers)
	}
	for i := range n {
		out = append(out, labelled(d.option("cut", "🗑", f.id, strconv.Itoa(i)), say("desk.meet.part", number("n", i+1))))
	}
	return out
}

// agendaOptions show a point to people or to the desk alone.
func (d *planDesk) agendaOptions(options *[]Option) (body []Text) {
	for i, item := range d.p.Work.Agenda {
		if item.Case != "" {
			continue // it was agreed to for the meeting, not for everybody to read before
		}
		emoji := "👁"
		if item.Public {
			emoji = "🔒"
		}
		*options = append(*options, labelled(d.option("flip", emoji, "agenda", strconv.Itoa(i)), say("desk.meet.part", number("n", i+1))))
	}
	if len(*options) > 0 {
		body = append(body, say("desk.meet.flip"))
	}
	*options = append(*options, d.option("cases", "🗓"), d.option("themes", "🗳"))
	return body
}

// next asks for the field that comes after one.
func (d *planDesk) next(f field, above ...Text) {
	if i := slices.Index(guide, f.id) + 1; i < len(guide) {
		g, _ := fieldOf(guide[i])
		d.ask(g, above...)
		return
	}
	d.p.Guide = false
	d.tell(above...)
	d.show()
}

func (d *planDesk) skip() {
	f, ok := fieldOf(d.arg(0))
	if !ok || !d.p.Guide {
		d.tell(say("desk.meet.old"))
		return
	}
	d.next(f)
}

func (d *planDesk) rest() { d.show() }
