package flows

import (
	"slices"
	"time"
)

// From work to what people see: the preview, what speaks against it, publishing,
// cancelling and putting another date in the place.

// preview shows the meeting as people will see it: in German, then in one more language.
func (d *planDesk) preview() {
	lang := d.arg(0)
	if lang == "" {
		lang = "de"
	}
	var options []Option
	for _, l := range d.in.Languages {
		if l.Tag != lang {
			options = append(options, labelled(d.option("preview", "👁", l.Tag), say("language.name."+l.Tag)))
		}
	}
	body := []Text{say("desk.meet.preview", word("language", "language.name."+lang))}
	for _, t := range MeetingBody(d.p.Work, d.in.Seats, lang, d.in.Now) {
		t.Lang = lang
		body = append(body, t)
	}
	d.offer(append(options, d.option("publish", "📣"), d.option("show", "📋")), body...)
}

// lacks are what has to be there before people can see it.
func lacks(p Planning, now time.Time) (out []Text) {
	m := p.Work
	if titleOf(m) == "" {
		out = append(out, say("desk.meet.lacks.title"))
	}
	switch {
	case m.Start.IsZero():
		out = append(out, say("desk.meet.lacks.when"))
	case !m.Cancelled && !m.Start.After(now) && (p.Live == nil || !p.Live.Start.Equal(m.Start)):
		out = append(out, say("desk.meet.lacks.future"))
	}
	return out
}

// publish shows what would change for people, and what speaks against it.
func (d *planDesk) publish() {
	if old := d.replaces(); old != nil { // both at once: one message tells that it is moved
		d.p, d.out.Planning = *old, Planning{}
		d.publish()
		return
	}
	p := d.p
	next := d.other(p.Work.ReplacedBy)
	lacking := lacks(p, d.in.Now)
	if next != nil && next.Live == nil {
		lacking = append(lacking, lacks(*next, d.in.Now)...)
	}
	if len(lacking) > 0 {
		d.offer([]Option{d.option("show", "📋")}, append([]Text{say("desk.meet.lacks", d.title())}, lacking...)...)
		return
	}
	body := []Text{say("desk.meet.diff", d.title())}
	if p.Live != nil {
		changed := different(*p.Live, p.Work)
		if len(changed) == 0 {
			d.offer([]Option{d.option("show", "📋")}, say("desk.meet.diff.none", d.title()))
			return
		}
		for _, f := range changed {
			body = append(append(body, say("desk.meet.diff.field", f.name()), say("desk.meet.diff.old")), f.show(*p.Live)...)
			body = append(append(body, say("desk.meet.diff.new")), f.show(p.Work)...)
		}
	} else {
		body = append([]Text{say("desk.meet.diff.first", d.title())}, whenText(p.Work))
		body = append(body, MeetingPlace(p.Work)...)
	}
	if next != nil && next.Live == nil {
		body = append(body, say("desk.meet.instead.is"), whenText(next.Work))
		body = append(body, MeetingPlace(next.Work)...)
		body = append(body, warnings(PlanInput{Now: d.in.Now, All: d.in.All, Seasons: d.in.Seasons, Calendar: d.in.Calendar, Languages: d.in.Languages}, *next)...)
	}
	body = append(body, warnings(d.in, p)...)
	if p.NewsOf() == NewsNone {
		body = append(body, say("desk.meet.quiet"))
	}
	d.say(PlanSay{Base: d.shown(), Tell: Tell{
		Body: body, Columns: 2, Options: []Option{d.option("announce", "📣"), d.option("preview", "👁"), d.option("show", "📋")},
	}})
}

// shown is the version of what is published together.
func (d *planDesk) shown() int {
	if next := d.other(d.p.Work.ReplacedBy); next != nil {
		return d.p.Version + next.Version
	}
	return d.p.Version
}

// announce lets it be published, as it was shown above the button and not otherwise.
func (d *planDesk) announce() {
	same := d.p.Live != nil && len(different(*d.p.Live, d.p.Work)) == 0
	if d.replaces() != nil || len(lacks(d.p, d.in.Now)) > 0 || d.in.Base != d.shown() || same {
		d.publish()
		return
	}
	d.out.Announce = true
}

// cancel asks why a meeting that people know does not take place.
func (d *planDesk) cancel() {
	if d.p.Live == nil || d.p.Work.Cancelled {
		d.tell(say("desk.meet.old"))
		return
	}
	var options []Option
	for _, r := range reasons {
		options = append(options, labelled(d.option("why", r.emoji, string(r.reason)), Text{Key: r.key}))
	}
	d.offer(append(options, d.option("show", "↩️")), say("desk.meet.why", d.title()))
}

var reasons = []struct {
	reason     Reason
	emoji, key string
}{
	{ReasonIllness, "🤒", "meeting.reason.illness"}, {ReasonRoom, "🚪", "meeting.reason.room"},
	{ReasonWeather, "🌧", "meeting.reason.weather"}, {ReasonOther, "❔", "desk.meet.reason.other"},
}

// why cancels it, in the desk alone, and asks for another date.
func (d *planDesk) why() {
	reason := Reason(d.arg(0))
	known := slices.ContainsFunc(reasons, func(r struct {
		reason     Reason
		emoji, key string
	}) bool {
		return r.reason == reason
	})
	if !known || d.p.Live == nil {
		d.tell(say("desk.meet.old"))
		return
	}
	f, _ := fieldOf(cancelField)
	to := d.p.Work.Clone()
	to.Cancelled, to.Reason = true, reason
	d.p = d.p.change(f, to, d.me())
	d.out.Redraw = true
	d.offer([]Option{
		d.option("instead", "🗓"), labelled(d.option("publish", "⏭️"), say("desk.meet.do.open")), d.option("undo", "↩️"),
	}, say("desk.meet.instead", d.title()))
}

// instead makes the meeting that takes the place of a cancelled one.
func (d *planDesk) instead() {
	if old := d.other(d.p.Work.ReplacedBy); old != nil { // pressed twice
		d.askWhen(*old)
		return
	}
	switch {
	case !d.p.Work.Cancelled:
		d.tell(say("desk.meet.old"))
		return
	case len(d.in.All) >= MaxMeetings:
		d.tell(say("desk.meet.many", number("max", MaxMeetings)))
		return
	}
	m := d.p.Work.Clone()
	next := Planning{Version: 1, Work: Meeting{
		ID: d.in.NewID, Kind: m.Kind, Words: m.Words, Venue: m.Venue, Online: m.Online, StepFree: m.StepFree, Help: m.Help,
		Speaker: m.Speaker, Tables: m.Tables, Agenda: m.Agenda, Capacity: m.Capacity, Replaces: m.ID,
	}}
	next.Work.Help.Until = time.Time{}
	f, _ := fieldOf(cancelField)
	to := d.p.Work.Clone()
	to.ReplacedBy = next.Work.ID
	d.p = d.p.change(f, to, d.me())
	d.out.Also = append(d.out.Also, next)
	d.askWhen(next)
}

// askWhen asks for the date of a meeting that takes another one's place.
func (d *planDesk) askWhen(next Planning) {
	f, _ := fieldOf("when")
	o := &planDesk{p: next, in: d.in}
	o.ask(f, say("desk.meet.instead.when", d.title()))
	d.out.Says = append(d.out.Says, o.out.Says...)
}

// revive lets a meeting that was cancelled take place after all.
func (d *planDesk) revive() {
	if !d.p.Work.Cancelled {
		d.tell(say("desk.meet.old"))
		return
	}
	f, _ := fieldOf(cancelField)
	if next := d.other(d.p.Work.ReplacedBy); next != nil && next.Live != nil {
		d.tell(say("desk.meet.revive.not"))
		return
	}
	d.alone(d.p.Work.ReplacedBy)
	to := d.p.Work.Clone()
	f.copy(&to, Meeting{})
	d.p = d.p.change(f, to, d.me())
	d.out.Redraw = true
	d.isSet(f)
}

// drop asks whether a draft is to be forgotten.
func (d *planDesk) drop() {
	if d.p.Live != nil {
		d.tell(say("desk.meet.old"))
		return
	}
	d.offer([]Option{d.option("dropped", "🗑"), d.option("show", "↩️")}, say("desk.meet.drop", d.title()))
}

func (d *planDesk) dropped() {
	if d.p.Live != nil {
		d.tell(say("desk.meet.old"))
		return
	}
	if old := d.replaces(); old != nil {
		old.Work.ReplacedBy = ""
		d.out.Also = append(d.out.Also, *old)
	}
	d.out.Drop = true
	d.tell(say("desk.meet.dropped", d.title()))
}

// PublishedTell is what the rooms read when people can see it.
func PublishedTell(p Planning, by string) Tell {
	m := p.Work
	key := "desk.meet.published"
	if m.Cancelled {
		key = "desk.meet.published.cancelled"
	}
	return Tell{
		Body:    []Text{{Key: key, Args: []Arg{called(m), when("when", m.Start), named("name", by)}}},
		Options: []Option{planOption(m.ID, "show", "📋")},
	}
}

// NoDateTell reminds the rooms that no meeting has a date.
func NoDateTell(last Meeting) Tell {
	return Tell{Body: []Text{say("desk.meet.nodate", day("day", last.Start))}, Options: []Option{planOption("-", "new", "➕")}}
}
