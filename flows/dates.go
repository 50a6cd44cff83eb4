package flows

import (
	"slices"
	"strconv"
	"strings"
)

// dateButton is how the IDs of all buttons about a meeting begin, "date/MEETING/ACTION" or
// "…/ACTION/ARG". They mean the same on a page of today and below a reminder of last week,
// and never another meeting than the one they stood below. "-" is no meeting.
const dateButton = "date/"

// meetingsFlow shows meetings and takes what people want of them. No consent is asked for:
// what is stored is what they asked for, and it is said with it (domain §5.2).
var meetingsFlow = Flow{
	ID: "meetings", Aside: true,
	Steps: []Step{
		{
			ID: "list", Kind: Choose, Page: true,
			Body: listBody, Keys: []string{"meetings.list", "meetings.none", "meetings.none.tell", "meetings.none.kind", "meetings.line", "meetings.line.off", "meetings.more", "meetings.yours.all"},
			More: aheadListed, Pick: (*Ctx).date, MoreTo: []string{"one"},
			Options: []Option{
				{ID: "all", Emoji: "🔔", Do: followAll, To: "leads", Hide: followsAll},
				{ID: "leads", Emoji: "⏰", To: "leads", Hide: notReminded},
				{ID: "kinds", Emoji: "🏷", To: "kinds", Hide: oneKind},
				{ID: "past", Emoji: "🗂", To: "past", Hide: nonePast},
				{ID: "speaker", Emoji: "🎤", Do: suggestSpeaker, To: "ask/role", Hide: begun},
				{ID: "calendar", Emoji: "📆", Key: "feed.title", To: "calendar/about"},
				{ID: "ok", Emoji: "👍", To: Done},
			},
		},
		{
			ID: "kinds", Kind: Choose, Page: true,
			More: kinds, Pick: pickKind, MoreTo: []string{"list"},
		},
		{
			ID: "past", Kind: Choose, Page: true,
			Body: pastBody, Keys: []string{"meetings.past", "meetings.past.none"},
			More: pastListed, Pick: (*Ctx).date, MoreTo: []string{"one"},
			Options: []Option{{ID: "ok", Emoji: "👍", To: Done}},
		},
		{
			ID: "one", Kind: Choose, Columns: 2, Page: true,
			Body: oneBody, Keys: []string{"meetings.gone", "meetings.over", "meetings.online", "meetings.replaces"},
			More: dateOptions, Pick: (*Ctx).date, MoreTo: []string{"people", "needs", "leads", Stay},
			Options: []Option{{ID: "list", Emoji: "🗓", To: "list"}, {ID: "ok", Emoji: "👍", To: Done}},
		},
		{
			ID: "people", Kind: Choose, Columns: 3, Page: true,
			Body: peopleBody, Keys: []string{"meetings.people"},
			More: parties, Pick: (*Ctx).date, MoreTo: []string{"needs"},
			Options: []Option{{ID: "no", Emoji: "❌", Key: "meetings.do.no", Do: declines, To: "one"}},
		},
		{
			ID: "needs", Kind: Choose, Page: true,
			Body: needsBody, Keys: []string{"meetings.needs", "meetings.needs.none"},
			More: needs, Pick: (*Ctx).date, MoreTo: []string{"lang", "kids", Stay},
			Options: []Option{{ID: "ok", Emoji: "👍", To: "leads"}},
		},
		{
			ID: "lang", Kind: Choose, Columns: 2, Page: true, Discreet: true,
			More: interpreted, Pick: (*Ctx).date, MoreTo: []string{"needs"},
		},
		{
			ID: "kids", Kind: Choose, Columns: 3, Page: true,
			Body: kidsBody, Keys: []string{"meetings.kids", "meetings.kids.ages"},
			More: children, Pick: (*Ctx).date, MoreTo: []string{"needs"},
		},
		{
			ID: "leads", Kind: Choose, Page: true,
			Body: leadsBody, Keys: []string{"meetings.yours.all", "meetings.yours.none", "meetings.stored", "meetings.leads"},
			More: leadOptions, Pick: (*Ctx).date, MoreTo: []string{Stay},
			Options: []Option{
				{ID: "list", Emoji: "🗓", Key: "meetings.one.list", To: "list"},
				{ID: "off", Emoji: "🔕", Do: (*Ctx).stopReminders, To: Stay, Hide: notReminded},
				{ID: "ok", Emoji: "👍", To: Done},
			},
		},
	},
}

// dates are what is known of meetings, with what the person has just changed.
func (c *Ctx) dates() Dates {
	if c.In.Facts.Dates == nil {
		return Dates{}
	}
	d := c.In.Facts.Dates()
	if c.guest != nil {
		d.Guest = *c.guest
	}
	return d
}

// seats are the sums of a meeting, with what the person has just changed.
func (c *Ctx) seats(m Meeting) Seats {
	before := c.In.Facts.Dates()
	return before.Seats[m.ID].Changed(before.Guest.At[m.ID], c.dates().Guest.At[m.ID])
}

// come wishes that this is what the person wants.
func (c *Ctx) come(g Guest) {
	if c.guest != nil { // one event, one wish
		c.effects = slices.DeleteFunc(c.effects, func(e Effect) bool { _, is := e.(Come); return is })
	}
	c.guest = &g
	c.Do(Come{Guest: g})
}

// meeting is the one with the ID.
func (c *Ctx) meeting(id string) (Meeting, bool) {
	for _, m := range c.dates().Meetings {
		if m.ID == id {
			return m, true
		}
	}
	return Meeting{}, false
}

// looked is the meeting that is looked at, with what the person said about it.
func (c *Ctx) looked() (Meeting, Attend, bool) {
	m, ok := c.meeting(c.State.Meeting)
	return m, c.dates().Guest.At[m.ID], ok
}

// mostDates is how many meetings are offered as buttons, mostSaid how many are said.
const (
	mostDates = 8
	mostSaid  = 3
)

// ahead are the meetings to come of the sort that is asked for, the cancelled among them:
// who looks for one must find that it does not take place.
func (c *Ctx) ahead() []Meeting {
	var out []Meeting
	for _, m := range c.dates().Meetings {
		if !m.Over(c.In.Now) && (c.State.Kind == "" || m.Kind == c.State.Kind) {
			out = append(out, m)
		}
	}
	return out
}

// past are those that took place, the newest first.
func (c *Ctx) past() []Meeting {
	var out []Meeting
	for _, m := range c.dates().Meetings {
		if m.Over(c.In.Now) && !m.Cancelled {
			out = append(out, m)
		}
	}
	slices.Reverse(out)
	return out
}

func listBody(c *Ctx) []Text {
	all := c.ahead()
	out := []Text{say("meetings.list")}
	switch {
	case len(all) == 0 && c.State.Kind != "":
		out = []Text{say("meetings.none.kind", word("kind", kindKey(c.State.Kind)))}
	case len(all) == 0:
		out = []Text{say("meetings.none")}
		if !followsAll(c) {
			out = append(out, say("meetings.none.tell"))
		}
	}
	for _, m := range all[:min(len(all), mostSaid)] {
		key := "meetings.line"
		if m.Cancelled {
			key = "meetings.line.off"
		}
		words, _ := m.In(c.State.Lang)
		out = append(out, say(key, when("when", m.Start), named("title", words.Title)))
	}
	if len(all) > mostSaid {
		out = append(out, say("meetings.more"))
	}
	if followsAll(c) {
		out = append(out, say("meetings.yours.all"))
	}
	return out
}

func aheadListed(c *Ctx) []Option { return dateButtons(c.ahead()) }
func pastListed(c *Ctx) []Option  { return dateButtons(c.past()) }

func dateButtons(all []Meeting) []Option {
	var out []Option
	for _, m := range all[:min(len(all), mostDates)] {
		emoji := "📅"
		if m.Cancelled {
			emoji = "❌"
		}
		label := say("meetings.item", date("date", m.Start), clock("time", m.Start))
		out = append(out, Option{ID: dateButton + m.ID + "/show", Emoji: emoji, Text: &label})
	}
	return out
}

func pastBody(c *Ctx) []Text {
	if nonePast(c) {
		return []Text{say("meetings.past.none")}
	}
	return []Text{say("meetings.past")}
}

func nonePast(c *Ctx) bool { return len(c.past()) == 0 }

// oneKind reports whether there is nothing to choose among.
func oneKind(c *Ctx) bool {
	seen := map[MeetingKind]bool{}
	for _, m := range c.dates().Meetings {
		if !m.Over(c.In.Now) {
			seen[m.Kind] = true
		}
	}
	return len(seen) < 2 && c.State.Kind == ""
}

func kinds(*Ctx) []Option {
	out := []Option{{ID: "any", Emoji: "📅", Key: "meetings.kinds.any"}}
	for _, k := range MeetingKinds {
		out = append(out, Option{ID: string(k), Key: kindKey(k)})
	}
	return out
}

func pickKind(c *Ctx, kind string) {
	if c.State.Kind = MeetingKind(kind); kind == "any" {
		c.State.Kind = ""
	}
	c.go_("list")
}

func followsAll(c *Ctx) bool  { g := c.dates().Guest; return g.All && g.Stopped.IsZero() }
func notReminded(c *Ctx) bool { return !c.dates().Guest.Reminded() }

func followAll(c *Ctx) {
	g := c.dates().Guest.wanting(c.In.Now)
	g.All = true
	c.come(g)
}

// suggestSpeaker makes what is asked next a suggestion of who could speak.
func suggestSpeaker(c *Ctx) { c.topicOfLink = "speaker" }

func oneBody(c *Ctx) []Text {
	m, a, ok := c.looked()
	if !ok {
		return []Text{say("meetings.gone")}
	}
	out := MeetingBody(m, c.seats(m), c.State.Lang, c.In.Now)
	if next, ok := c.meeting(m.ReplacedBy); ok && m.Cancelled {
		out = append(out, say("meetings.replaces", when("when", next.Start)))
	}
	if m.Over(c.In.Now) {
		out = append(out, say("meetings.over"))
	}
	if m.Coming(c.In.Now) {
		out = append(out, answerLines(a)...)
		if m.Online != "" && a.Answer == AttendYes {
			out = append(out, say("meetings.online", code("link", m.Online)))
		}
	}
	return out
}

// answerLines say what somebody said about a meeting.
func answerLines(a Attend) []Text {
	var out []Text
	switch a.Answer {
	case AttendYes, AttendWaiting:
		out = append(out, say("meetings.answer."+string(a.Answer), number("n", a.People)))
	case AttendMaybe, AttendNo:
		out = append(out, say("meetings.answer."+string(a.Answer)))
	}
	out = append(out, needLines(a)...)
	switch {
	case a.Mute:
		out = append(out, say("meetings.answer.mute"))
	case a.Follow:
		out = append(out, say("meetings.answer.follow"))
	}
	return out
}

func needLines(a Attend) []Text {
	var out []Text
	if a.Interpreter != "" {
		out = append(out, say("meetings.need.lang", word("language", "language.name."+a.Interpreter)))
	}
	if a.Children > 0 {
		out = append(out, say("meetings.need.kids", number("n", a.Children)))
	}
	if a.StepFree {
		out = append(out, say("meetings.need.step"))
	}
	return out
}

// dateOptions are what can be done about the meeting that is looked at.
func dateOptions(c *Ctx) []Option {
	m, a, ok := c.looked()
	if !ok {
		return nil
	}
	var out []Option
	add := func(wanted bool, action, emoji, key string) {
		if wanted {
			out = append(out, Option{ID: dateButton + m.ID + "/" + action, Emoji: emoji, Key: "meetings.do." + key})
		}
	}
	if coming := m.Coming(c.In.Now); coming {
		comes := a.Answer == AttendYes || a.Answer == AttendWaiting
		add(!comes, "yes", "✅", "yes")
		add(comes, "change", "✏️", "change")
		add(a.Answer != AttendMaybe && !comes, "maybe", "🤔", "maybe")
		add(a.Answer != AttendNo, "no", "❌", "no")
		follows := c.dates().Guest.Follows(m.ID)
		add(!follows && a.Answer != AttendNo, "follow", "🔔", "follow")
		add(follows, "off", "🔕", "off")
		add(m.Venue.Geo != "" || m.Venue.Street != "", "map", "🗺", "map")
		add(true, "ics", "📆", "ics")
	}
	add(len(m.Papers) > 0, "papers", "📄", "papers")
	if next, ok := c.meeting(m.ReplacedBy); ok && m.Cancelled {
		out = append(out, Option{ID: dateButton + next.ID + "/show", Emoji: "📅", Key: "meetings.do.next"})
	}
	return out
}

func peopleBody(c *Ctx) []Text {
	m, a, ok := c.looked()
	if !ok {
		return []Text{say("meetings.gone")}
	}
	return append([]Text{say("meetings.people", when("when", m.Start))}, answerLines(a)...)
}

// parties are how many people can come with somebody, in their order, so that the number
// itself is an answer as well.
func parties(c *Ctx) []Option {
	m, _, ok := c.looked()
	if !ok {
		return nil
	}
	return numbers(m, "n", MaxParty)
}

func numbers(m Meeting, action string, most int) []Option {
	var out []Option
	for n := 1; n <= most; n++ {
		digit := strconv.Itoa(n)
		out = append(out, Option{ID: dateButton + m.ID + "/" + action + "/" + digit, Label: digit})
	}
	return out
}

func declines(c *Ctx) {
	if m, _, ok := c.looked(); ok {
		c.answers(m, AttendNo, 0)
	}
}

func needsBody(c *Ctx) []Text {
	_, a, _ := c.looked()
	if lines := needLines(a); len(lines) > 0 {
		return append([]Text{say("meetings.needs")}, lines...)
	}
	return []Text{say("meetings.needs"), say("meetings.needs.none")}
}

// needs are those that can still be asked for.
func needs(c *Ctx) []Option {
	m, a, ok := c.looked()
	if !ok {
		return nil
	}
	var out []Option
	add := func(action, emoji, key string) {
		out = append(out, Option{ID: dateButton + m.ID + "/" + action, Emoji: emoji, Key: "meetings.needs." + key})
	}
	if len(interpretable(c, m)) > 0 {
		add("lang", "🗣", "lang")
	}
	if m.Help.Childcare == ItIs && c.stillAsked(m) {
		add("kids", "🧸", "kids")
	}
	if a.StepFree {
		add("step", "♿", "step.off")
	} else {
		add("step", "♿", "step")
	}
	return out
}

// stillAsked reports whether help can still be asked for.
func (c *Ctx) stillAsked(m Meeting) bool {
	return m.Help.Until.IsZero() || m.Help.Until.After(c.In.Now)
}

// interpretable are the languages that can be wanted: those that are interpreted for
// certain and, where one can ask, all others; the person's own comes first.
func interpretable(c *Ctx, m Meeting) []string {
	tags := m.Help.Interpreters
	if m.Help.OnRequest && c.stillAsked(m) {
		tags = Interpreted
	}
	if own := c.State.Lang; slices.Contains(tags, own) {
		rest := slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return tag == own })
		tags = append([]string{own}, rest...)
	}
	return tags
}

func interpreted(c *Ctx) []Option {
	m, _, ok := c.looked()
	if !ok {
		return nil
	}
	var out []Option
	for _, tag := range interpretable(c, m) {
		out = append(out, Option{ID: dateButton + m.ID + "/lang/" + tag, Key: "language.name." + tag})
	}
	return append(out, Option{ID: dateButton + m.ID + "/lang/none", Emoji: "❌", Key: "meetings.lang.none"})
}

// mostChildren is for how many one person asks childcare.
const mostChildren = 6

func kidsBody(c *Ctx) []Text {
	m, _, _ := c.looked()
	if m.Help.Ages != "" {
		return []Text{say("meetings.kids.ages", code("ages", m.Help.Ages))}
	}
	return []Text{say("meetings.kids")}
}

func children(c *Ctx) []Option {
	m, _, ok := c.looked()
	if !ok {
		return nil
	}
	return append(numbers(m, "kids", mostChildren), Option{ID: dateButton + m.ID + "/kids/0", Emoji: "❌", Key: "meetings.kids.none"})
}

func leadsBody(c *Ctx) []Text {
	g := c.dates().Guest
	if !g.Reminded() {
		return []Text{say("meetings.yours.none")}
	}
	var out []Text
	if g.All {
		out = append(out, say("meetings.yours.all"))
	} else {
		out = append(out, followedLines(c, g)...)
	}
	return append(out, say("meetings.stored"), say("meetings.leads"))
}

// followedLines say of which meetings somebody is reminded.
func followedLines(c *Ctx, g Guest) []Text {
	var out []Text
	for _, m := range c.dates().Meetings {
		if g.Follows(m.ID) && m.Coming(c.In.Now) {
			out = append(out, say("meetings.yours.one", when("when", m.Start)))
		}
	}
	return out
}

var leadKeys = map[Lead]string{LeadWeek: "meetings.lead.week", LeadDay: "meetings.lead.day", LeadHours: "meetings.lead.hours"}

func leadOptions(c *Ctx) []Option {
	g := c.dates().Guest
	if !g.Reminded() {
		return nil
	}
	var out []Option
	for _, l := range Leads {
		key := leadKeys[l]
		if g.Reminds(l) {
			key += ".on"
		}
		out = append(out, Option{ID: dateButton + "-/lead/" + string(l), Key: key})
	}
	return out
}

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
