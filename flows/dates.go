package flows

import "slices"

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
			Options: []Option{toList},
		},
		{
			ID: "kids", Kind: Choose, Columns: 3, Page: true,
			Body: kidsBody, Keys: []string{"meetings.kids", "meetings.kids.ages"},
			More: children, Pick: (*Ctx).date, MoreTo: []string{"needs"},
			Options: []Option{toList},
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

// toList is the way on when the meeting that was looked at is there no more.
var toList = Option{ID: "list", Emoji: "🗓", Key: "meetings.one.list", To: "list", Hide: isLooked}

func isLooked(c *Ctx) bool {
	_, _, ok := c.looked()
	return ok
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
