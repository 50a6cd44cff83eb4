package flows

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"lotse/bot/chat"
)

// date does what a button about a meeting says.
func (c *Ctx) date(button string) {
	parts := strings.SplitN(strings.TrimPrefix(button, dateButton), "/", 3)
	if len(parts) < 2 {
		c.ask(say("old"))
		return
	}
	arg := ""
	if len(parts) == 3 {
		arg = parts[2]
	}
	if do, ok := anyDateActions[parts[1]]; ok && parts[0] == "-" {
		do(c, arg)
		return
	}
	m, found := c.meeting(parts[0])
	do, known := dateActions[parts[1]]
	switch {
	case !known:
		c.ask(say("old"))
	case !found, !m.Coming(c.In.Now) && !lasting[parts[1]]:
		c.lookAt(m)
	default:
		do(c, m, arg)
	}
}

// dateActions are what the buttons about a meeting do. Those that are lasting do it also
// when the meeting is over or cancelled.
var dateActions = map[string]func(c *Ctx, m Meeting, arg string){
	"show":   func(c *Ctx, m Meeting, _ string) { c.lookAt(m) },
	"yes":    func(c *Ctx, m Meeting, _ string) { c.accepts(m) },
	"maybe":  func(c *Ctx, m Meeting, _ string) { c.settles(m, AttendMaybe) },
	"no":     func(c *Ctx, m Meeting, _ string) { c.settles(m, AttendNo) },
	"change": func(c *Ctx, m Meeting, _ string) { c.dateStep(m, "people") },
	"n":      (*Ctx).bring,
	"lang":   (*Ctx).wantInterpreter,
	"kids":   (*Ctx).wantChildcare,
	"step":   func(c *Ctx, m Meeting, _ string) { c.need(m, func(a *Attend) { a.StepFree = !a.StepFree }) },
	"follow": func(c *Ctx, m Meeting, _ string) { c.followOne(m) },
	"off":    func(c *Ctx, m Meeting, _ string) { c.muteOne(m) },
	"map":    func(c *Ctx, m Meeting, _ string) { c.showPlace(m) },
	"papers": func(c *Ctx, m Meeting, _ string) { c.givePapers(m) },
	"ics":    func(c *Ctx, m Meeting, _ string) { c.Do(CalendarFile{Meeting: m.ID}) },
}

var lasting = map[string]bool{"show": true, "papers": true, "off": true}

// anyDateActions are those that are about no meeting in particular.
var anyDateActions = map[string]func(c *Ctx, arg string){
	"lead":  (*Ctx).toggleLead,
	"stop":  func(c *Ctx, _ string) { c.stopReminders() },
	"again": func(c *Ctx, _ string) { c.remindAgain() },
	"keep":  func(c *Ctx, _ string) { c.keepReminders() },
	"list":  func(c *Ctx, _ string) { c.aside(Place{Flow: "meetings"}) },
}

// dateStep leads to a step about a meeting.
func (c *Ctx) dateStep(m Meeting, step string) {
	c.State.Meeting = m.ID
	if c.State.At.Flow == "meetings" {
		c.go_(step)
		return
	}
	c.aside(Place{"meetings", step})
}

// lookAt shows a meeting; one that is not there any more, its page says so.
func (c *Ctx) lookAt(m Meeting) { c.dateStep(m, "one") }

// answers keeps an answer to an invitation. It reports whether that was possible.
func (c *Ctx) answers(m Meeting, how Coming, people int) bool {
	g := c.dates().Guest
	if !g.room(m.ID) {
		c.ask(say("meetings.many", number("max", MaxAttend)))
		return false
	}
	next, ok := g.Said(m, c.seats(m), how, people, c.In.Now)
	if !ok {
		c.Say(say("meetings.people.free", number("n", min(m.free(c.seats(m), g.At[m.ID]), MaxParty))))
		c.dateStep(m, "people")
		return false
	}
	c.come(next)
	return true
}

// accepts takes the yes at once, for one, and asks how many come: who walks away after
// the first tap has said that they come.
func (c *Ctx) accepts(m Meeting) {
	a := c.dates().Guest.At[m.ID]
	comes := a.Answer == AttendYes || a.Answer == AttendWaiting
	if comes || c.answers(m, AttendYes, 1) {
		c.dateStep(m, "people")
	}
}

// bring says with how many people somebody comes.
func (c *Ctx) bring(m Meeting, arg string) {
	n, err := strconv.Atoi(arg)
	if err != nil || n < 1 || n > MaxParty {
		c.ask(say("old"))
		return
	}
	if c.answers(m, AttendYes, n) {
		c.dateStep(m, "needs")
	}
}

// settles takes an answer after which nothing is to be asked, and says what was understood:
// on the meeting's page, or below a message that came by itself, where nothing else goes on.
func (c *Ctx) settles(m Meeting, how Coming) {
	if !c.answers(m, how, 0) {
		return
	}
	if c.State.At.Flow == "meetings" {
		c.lookAt(m)
		return
	}
	body := append([]Text{say("meetings.receipt", when("when", m.Start))}, answerLines(c.dates().Guest.At[m.ID])...)
	c.Do(Say{Body: body, Options: []Option{{ID: dateButton + m.ID + "/show", Emoji: "📅", Key: "meetings.do.show"}}})
}

// need changes what somebody needs who comes.
func (c *Ctx) need(m Meeting, change func(*Attend)) {
	g := c.dates().Guest
	a := g.At[m.ID]
	if a.Answer != AttendYes && a.Answer != AttendWaiting { // they changed their mind since
		c.lookAt(m)
		return
	}
	change(&a)
	c.come(g.with(m.ID, a))
	c.dateStep(m, "needs")
}

func (c *Ctx) wantInterpreter(m Meeting, tag string) {
	switch {
	case tag == "":
		c.dateStep(m, "lang")
	case tag == "none":
		c.need(m, func(a *Attend) { a.Interpreter = "" })
	case !slices.Contains(interpretable(c, m), tag):
		c.ask(say("old"))
	default:
		c.need(m, func(a *Attend) { a.Interpreter = tag })
	}
}

func (c *Ctx) wantChildcare(m Meeting, arg string) {
	n, err := strconv.Atoi(arg)
	switch {
	case arg == "":
		c.dateStep(m, "kids")
	case err != nil || n < 0 || n > mostChildren || n > 0 && (m.Help.Childcare != ItIs || !c.stillAsked(m)):
		c.ask(say("old"))
	default:
		c.need(m, func(a *Attend) { a.Children = n })
	}
}

// followOne reminds of this meeting, though perhaps of no other.
func (c *Ctx) followOne(m Meeting) {
	g := c.dates().Guest
	g = g.wanting(c.In.Now)
	a := g.At[m.ID]
	a.Mute, a.Follow, a.Sequence = false, !g.All, m.Sequence
	if a.At.IsZero() {
		a.At = c.In.Now
	}
	c.come(g.with(m.ID, a))
	c.dateStep(m, "leads")
}

// muteOne ends what is told of one meeting, with one tap, and says how to end the rest.
func (c *Ctx) muteOne(m Meeting) {
	g := c.dates().Guest
	if !g.Stopped.IsZero() || m.ID == "" {
		c.ask(say("old"))
		return
	}
	waits := g.At[m.ID].Answer == AttendWaiting
	g = g.with(m.ID, g.At[m.ID].silenced(g.All))
	c.come(g)
	body := []Text{say("meetings.muted", when("when", m.Start))}
	if waits {
		body = append(body, say("meetings.muted.waiting"))
	}
	options := []Option{{ID: dateButton + m.ID + "/follow", Emoji: "🔔", Key: "meetings.do.follow"}}
	if g.Reminded() {
		options = append(options, Option{ID: dateButton + "-/stop", Emoji: "🔕", Key: "meetings.do.stop"})
	}
	c.Do(Say{Body: body, Options: options})
}

// showPlace says where a meeting is, as a place on the map when it is known.
func (c *Ctx) showPlace(m Meeting) {
	body := append([]Text{say("meetings.place", when("when", m.Start))}, MeetingPlace(m)...)
	if place, ok := chat.ParsePlace(m.Venue.Geo, m.Venue.Name); ok {
		c.Do(Hand{Body: body, Files: []chat.File{place}})
		return
	}
	c.Do(Say{Body: body, Options: []Option{{ID: dateButton + m.ID + "/show", Emoji: "📅", Key: "meetings.do.show"}}})
}

// givePapers sends the documents of a meeting: the files, and links in the text.
func (c *Ctx) givePapers(m Meeting) {
	if len(m.Papers) == 0 {
		c.lookAt(m)
		return
	}
	body := []Text{say("meetings.papers", when("when", m.Start))}
	var files []chat.File
	for _, p := range m.Papers {
		if p.Link != "" {
			body = append(body, say("meetings.paper.link", named("title", p.Title), code("link", p.Link)))
			continue
		}
		body = append(body, say("meetings.paper", named("title", p.Title)))
		files = append(files, p.File)
	}
	c.Do(Hand{Body: body, Files: files})
}

func (c *Ctx) toggleLead(arg string) {
	g := c.dates().Guest
	if !slices.Contains(Leads, Lead(arg)) || !g.Reminded() {
		c.ask(say("old"))
		return
	}
	next, ok := g.toggled(Lead(arg))
	if !ok {
		c.ask(say("meetings.leads.last"))
		return
	}
	c.come(next)
	if c.at() != (Place{"meetings", "leads"}) {
		c.aside(Place{"meetings", "leads"})
		return
	}
	c.ask()
}

// stopReminders ends all reminders, wherever somebody is and whatever they were asked:
// nothing else is lost by it, and it can be taken back. Who has none cancels what they do.
func (c *Ctx) stopReminders() {
	g := c.dates().Guest
	if c.State.Lang == "" || !g.Reminded() {
		c.cancel()
		return
	}
	g.Stopped = c.In.Now
	c.come(g)
	body := []Text{say("meetings.stopped")}
	if slices.ContainsFunc(c.dates().Meetings, func(m Meeting) bool { return m.Coming(c.In.Now) && g.At[m.ID].Answer == AttendYes }) {
		body = append(body, say("meetings.stopped.seats"))
	}
	if c.inMain() {
		body = append(body, say("meetings.stopped.question"))
	}
	c.Do(Say{Body: body, Options: []Option{{ID: dateButton + "-/again", Emoji: "🔔", Key: "meetings.do.again"}}})
}

// remindAgain takes that back, as long as it is known how it was.
func (c *Ctx) remindAgain() {
	g := c.dates().Guest
	if g.Stopped.IsZero() {
		c.aside(Place{"meetings", "list"})
		return
	}
	g.Stopped = time.Time{}
	c.come(g)
	c.keepReminders()
}

// keepReminders is the answer of somebody who was silent for a year: they want them still.
func (c *Ctx) keepReminders() {
	c.Do(Say{Body: []Text{say("meetings.on")}, Options: []Option{{ID: dateButton + "-/list", Emoji: "🗓", Key: "meetings.one.list"}}})
}

// MovedUpSay tells somebody who waited that they have seats; if they do not need them any
// more, others wait.
func MovedUpSay(m Meeting, a Attend) Say {
	return Say{
		Body: []Text{say("meetings.movedup", when("when", m.Start), number("n", a.People))},
		Options: []Option{
			{ID: dateButton + m.ID + "/show", Emoji: "📅", Key: "meetings.do.show"},
			{ID: dateButton + m.ID + "/no", Emoji: "❌", Key: "meetings.do.no"},
		},
	}
}

// StillSay asks somebody who was silent for a year whether they still want reminders.
func StillSay() Say {
	return Say{
		Body: []Text{say("meetings.still")},
		Options: []Option{
			{ID: dateButton + "-/keep", Emoji: "🔔", Key: "meetings.do.keep"},
			{ID: dateButton + "-/stop", Emoji: "🔕", Key: "meetings.do.stop"},
		},
	}
}
