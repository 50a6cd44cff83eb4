package flows

import (
	"slices"
	"strings"
	"time"

	"lotse/bot/chat"
)

// PlanInput is everything that the desk's work on meetings can see. The event is about one
// meeting, or about none.
type PlanInput struct {
	Event chat.Event
	Now   time.Time
	// Action is what was pressed, with what followed it in the button, or PlanReply.
	Action string
	Args   []string
	// Field is what a reply is for, as it was at Base (Planning.Version); 0 is not known.
	Field string
	Base  int
	NewID string // of a meeting, or of a change that is held, which this event makes

	All       []Planning // meetings, but not when inquiries or topics are chosen from
	Seats     Seats      // of this one
	Approved  []Inquiry  // whose askers agreed to a text for the meeting: only to be chosen from
	Themes    []Theme    // that people vote on: only to be chosen from
	Venues    []SavedVenue
	Seasons   Seasons
	Calendar  Calendar
	Languages []Language
	DeskLang  string
	Command   string // what coordinators type to see all meetings
	Number    int    // that was typed, or -1
	// Read reads what was typed for a slot of a kind: its value, or what is wrong.
	Read func(kind, typed string) (value, wrong string)
}

// PlanReply is the action of who replied to a question about a field.
const PlanReply = "reply"

// A SavedVenue is a place where meetings come again.
type SavedVenue struct {
	Venue
	Source    string `toml:"source"`
	Checked   string `toml:"checked"`
	Confirmed bool   `toml:"confirmed"`
}

// Planned is what became of a meeting, and what is to be done.
type Planned struct {
	Planning Planning
	Also     []Planning // others that were changed
	Drop     bool       // the meeting is to be forgotten
	Redraw   bool       // its card is to be shown anew where it stands
	Announce bool       // it is to be published
	Says     []PlanSay
}

// A PlanSay is something to say in the room.
type PlanSay struct {
	Tell
	Meeting string // that it is about, "" is none
	Field   string // that a reply to it is for
	Base    int
	Card    bool // it is the meeting's card
	InPlace bool // it may take the place of the message whose button was pressed
}

// Plan is the desk's work on meetings: one of them and what happened, in; what became of it
// and what to say, out. It is pure. Nothing of it is seen by people until it is published.
func Plan(p Planning, in PlanInput) Planned {
	d := &planDesk{p: p, in: in}
	if act := planActions[in.Action]; act != nil && (p.Work.ID != "" || aboutNone[in.Action]) {
		act(d)
	} else {
		d.tell(say("desk.meet.old"))
	}
	d.out.Planning = d.p
	return d.out
}

type planDesk struct {
	p   Planning
	in  PlanInput
	out Planned
}

// aboutNone are the actions that need no meeting.
var aboutNone = map[string]bool{"list": true, "past": true, "new": true, "make": true}

var planActions = map[string]func(*planDesk){
	"list": (*planDesk).list, "past": (*planDesk).past, "new": (*planDesk).askKind, "make": (*planDesk).begin,
	"show": (*planDesk).show, "more": (*planDesk).more, "languages": (*planDesk).languages, "edit": (*planDesk).edit, PlanReply: (*planDesk).reply,
	"set": (*planDesk).choose, "empty": (*planDesk).empty, "cut": (*planDesk).cut, "flip": (*planDesk).flip,
	"cases": (*planDesk).cases, "take": (*planDesk).take, "themes": (*planDesk).themes, "theme": (*planDesk).takeTheme, "skip": (*planDesk).skip, "rest": (*planDesk).rest,
	"undo": (*planDesk).undo, "anyway": (*planDesk).anyway, "leave": (*planDesk).leave,
	"preview": (*planDesk).preview, "publish": (*planDesk).publish, "announce": (*planDesk).announce,
	"cancel": (*planDesk).cancel, "why": (*planDesk).why, "instead": (*planDesk).instead, "revive": (*planDesk).revive,
	"drop": (*planDesk).drop, "dropped": (*planDesk).dropped,
}

func (d *planDesk) me() Touch { return Touch{By: d.in.Event.Name, Who: d.in.Event.From} }

func (d *planDesk) arg(i int) string {
	if i < len(d.in.Args) {
		return d.in.Args[i]
	}
	return ""
}

func (d *planDesk) tell(body ...Text) { d.offer(nil, body...) }

func (d *planDesk) offer(options []Option, body ...Text) {
	d.say(PlanSay{Tell: Tell{Body: body, Options: options, Columns: 2}})
}

func (d *planDesk) say(s PlanSay) {
	if s.Meeting == "" {
		s.Meeting = d.p.Work.ID
	}
	if s.Base == 0 {
		s.Base = d.p.Version
	}
	s.Where = Here
	d.out.Says = append(d.out.Says, s)
}

// planOption is a button "meet/MEETING/ACTION/ARGUMENT…".
func planOption(mid, act, emoji string, args ...string) Option {
	return Option{ID: strings.Join(append([]string{"meet", mid, act}, args...), "/"), Emoji: emoji, Key: "desk.meet.do." + act}
}

func (d *planDesk) option(act, emoji string, args ...string) Option {
	return planOption(d.p.Work.ID, act, emoji, args...)
}

// labelled is a button that says something else than what it does.
func labelled(o Option, t Text) Option {
	o.Key, o.Text = "", &t
	return o
}

// askKind asks what kind of meeting it is to be.
func (d *planDesk) askKind() {
	if len(d.in.All) >= MaxMeetings {
		d.tell(say("desk.meet.many", number("max", MaxMeetings)))
		return
	}
	var options []Option
	for _, c := range kindChoices() {
		options = append(options, labelled(planOption("-", "make", c.emoji, c.id), Text{Key: c.key}))
	}
	d.offer(options, say("desk.meet.new"))
}

// begin begins a meeting.
func (d *planDesk) begin() {
	kind := MeetingKind(d.arg(0))
	switch {
	case !slices.Contains(MeetingKinds, kind):
		d.tell(say("desk.meet.old"))
	case len(d.in.All) >= MaxMeetings:
		d.tell(say("desk.meet.many", number("max", MaxMeetings)))
	default:
		d.p = Planning{Work: Meeting{ID: d.in.NewID, Kind: kind}, Version: 1, Guide: true}
		f, _ := fieldOf(guide[0])
		d.ask(f, say("desk.meet.begun", word("kind", kindKey(kind))))
	}
}

// show shows the card, where it was asked for.
func (d *planDesk) show() {
	d.p.Guide = false
	d.say(PlanSay{Tell: PlanCard(d.p, d.in), Card: true})
}

// title is what the meeting is called, for messages about it.
func (d *planDesk) title() Arg { return called(d.p.Work) }

// reply reads what was written for a field.
func (d *planDesk) reply() {
	f, ok := fieldOf(d.in.Field)
	if !ok || f.read == nil || !d.mayHave(f) {
		d.tell(say("desk.meet.noreply"))
		return
	}
	to := d.p.Work.Clone()
	bad := f.read(d.in, &to)
	if bad == nil && d.in.Event.Text == "" && len(d.in.Event.Files) == 0 {
		bad = wrong("desk.meet.wrong.empty")
	}
	if bad == nil && len(d.in.Event.Files) > 0 && f.id != "papers" && f.id != "venue" {
		bad = wrong("desk.meet.wrong.text")
	}
	if bad != nil {
		d.ask(f, *bad)
		return
	}
	d.put(f, to)
}

// choose takes what a button stands for.
func (d *planDesk) choose() {
	f, ok := fieldOf(d.arg(0))
	if !ok {
		d.tell(say("desk.meet.old"))
		return
	}
	to := d.p.Work.Clone()
	if i := slices.IndexFunc(f.choices, func(c choice) bool { return c.id == d.arg(1) }); i >= 0 {
		f.choices[i].put(&to)
	} else if bad := d.chosen(f, &to); bad != nil {
		d.ask(f, *bad)
		return
	}
	if f.id != "interpreters" {
		d.put(f, to)
		return
	}
	// turning languages on and off goes together, whoever does it
	d.p = d.p.change(f, to, d.me())
	d.out.Redraw = true
	d.askAs(f, true)
}

// chosen takes one of the dates or places that were offered.
func (d *planDesk) chosen(f field, to *Meeting) *Text {
	switch f.id {
	case "when":
		start, err := time.Parse("200601021504", d.arg(1))
		if err != nil {
			return wrong("desk.meet.old")
		}
		length := to.End.Sub(to.Start)
		if old := knownDate(d.in, *to); old != nil && length <= 0 {
			length = old.End.Sub(old.Start)
		} else if last, ok := rhythm(d.in.All, to.ID, d.in.Calendar); ok && length <= 0 {
			length = last.End.Sub(last.Start)
		}
		if length <= 0 {
			length = usual * time.Hour
		}
		return putWhen(d.in, to, start, start.Add(length))
	case "venue":
		for _, v := range d.in.Venues {
			if v.id() == d.arg(1) {
				to.Venue = v.Venue
				return nil
			}
		}
	}
	return wrong("desk.meet.old")
}

// empty leaves a field without anything.
func (d *planDesk) empty() {
	f, ok := fieldOf(d.arg(0))
	if !ok || f.id == cancelField || f.id == "title" || f.id == "when" {
		d.tell(say("desk.meet.old"))
		return
	}
	to := d.p.Work.Clone()
	f.copy(&to, Meeting{})
	d.put(f, to)
}

// put changes a field, unless somebody else has changed it since it was asked for: then
// who did it second sees the difference and decides (E-13). What is added to a list goes
// with whatever else is there.
func (d *planDesk) put(f field, to Meeting) {
	last := d.p.Touched[f.id]
	if f.list == nil && d.in.Base > 0 && last.Version > d.in.Base && last.Who != d.me().Who && !f.same(d.p.Work, to) {
		d.p = d.p.hold(d.in.NewID, f, to)
		d.differ(f, to, last, d.in.NewID)
		return
	}
	d.p = d.p.change(f, to, d.me())
	d.out.Redraw = true
	d.isSet(f)
}

// differ shows what somebody else made of a field.
func (d *planDesk) differ(f field, to Meeting, last Touch, held string) {
	body := []Text{say("desk.meet.conflict", f.name(), named("name", last.By)), say("desk.meet.now")}
	body = append(body, f.show(d.p.Work)...)
	body = append(append(body, say("desk.meet.yours")), f.show(to)...)
	d.offer([]Option{d.option("anyway", "✏️", held), d.option("leave", "↩️", held)}, body...)
}

// anyway carries out a change that was held.
func (d *planDesk) anyway() {
	p, h, ok := d.p.held(d.arg(0))
	f, known := fieldOf(h.Field)
	if !ok || !known {
		d.tell(say("desk.meet.old"))
		return
	}
	d.p = p
	to := d.p.Work.Clone()
	f.copy(&to, h.New)
	d.in.Base = h.Base
	d.put(f, to)
}

// leave lets what somebody else did stand.
func (d *planDesk) leave() {
	p, _, ok := d.p.held(d.arg(0))
	if !ok {
		d.tell(say("desk.meet.old"))
		return
	}
	d.p = p
	d.offer([]Option{d.option("show", "📋")}, say("desk.meet.left"))
}

// isSet goes on when a field has its value: with the next one, or with the way back.
func (d *planDesk) isSet(f field) {
	body := append([]Text{say("desk.meet.set", f.name())}, f.show(d.p.Work)...)
	if f.id == "when" {
		body = append(body, dateNotes(d.in, d.p.Work)...)
	}
	if d.p.Guide {
		d.next(f, body...)
		return
	}
	options := []Option{d.option("undo", "↩️"), d.option("show", "📋")}
	if old := d.replaces(); old != nil && f.id == "when" {
		options = append([]Option{planOption(old.Work.ID, "publish", "📣")}, options...)
	}
	d.offer(options, body...)
}

// undo takes back the last change: the one that was the last when the button was shown,
// or else it says first which it would be.
func (d *planDesk) undo() {
	if n := len(d.p.Was); n > 0 && d.in.Base != d.p.Version {
		if f, ok := fieldOf(d.p.Was[n-1].Field); ok {
			d.offer([]Option{d.option("undo", "↩️"), d.option("show", "📋")}, say("desk.meet.undone.other", f.name(), named("name", d.p.Touched[f.id].By)))
			return
		}
	}
	before := d.p.Work
	p, f, ok := d.p.undo(d.me())
	d.p = p
	if !ok {
		d.tell(say("desk.meet.undone.none", d.title()))
		return
	}
	d.out.Redraw = true
	if before.ReplacedBy != "" && d.p.Work.ReplacedBy == "" { // a draft of its own from now on
		d.alone(before.ReplacedBy)
	}
	body := append([]Text{say("desk.meet.undone", f.name())}, f.show(d.p.Work)...)
	var options []Option
	if len(d.p.Was) > 0 {
		options = append(options, d.option("undo", "↩️"))
	}
	d.offer(append(options, d.option("show", "📋")), body...)
}

// alone makes a meeting one that replaces none.
func (d *planDesk) alone(mid string) {
	if p := d.other(mid); p != nil {
		p.Work.Replaces = ""
		d.out.Also = append(d.out.Also, *p)
	}
}

// other is another meeting.
func (d *planDesk) other(mid string) *Planning {
	for _, p := range d.in.All {
		if mid != "" && p.Work.ID == mid {
			return &p
		}
	}
	return nil
}

// replaces is the cancelled meeting that this one is to take the place of, as long as that
// was not published.
func (d *planDesk) replaces() *Planning {
	old := d.other(d.p.Work.Replaces)
	if old == nil || d.p.Live != nil || old.Work.ReplacedBy != d.p.Work.ID {
		return nil
	}
	return old
}
