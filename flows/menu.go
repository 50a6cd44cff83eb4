package flows

import (
	"strings"

	"lotse/bot/chat"
)

// menuFlow is the place between all flows.
var menuFlow = Flow{
	ID: "menu",
	Steps: []Step{{
		ID: "menu", Kind: Choose, Columns: 2, Page: true,
		Options: []Option{
			{ID: "ask", Emoji: "❓", To: "ask/role", Hide: begun},
			{ID: "resume", Emoji: "✍️", To: Done, Hide: notBegun},
			{ID: "goon", Emoji: "✍️", To: Done, Hide: notGoing},
			{ID: "mine", Emoji: "🔎", To: "mine/list", Hide: noInquiry},
			{ID: "meetings", Emoji: "📅", To: "meetings/list"},
			{ID: "info", Emoji: "📚", To: "info/list"},
			{ID: "join", Emoji: "🤝", To: "join/list"},
			{ID: "language", Emoji: "🌐", To: "language/pick"},
			{ID: "mydata", Emoji: "🔒", To: "privacy/data"},
			{ID: "help", Emoji: "ℹ️", To: "help/about"},
		},
		Take: freeText,
	}},
}

// A question that was begun, or something else that keeps answers.
func begun(c *Ctx) bool    { return c.State.Under != nil && c.State.Under.Flow == "ask" }
func notBegun(c *Ctx) bool { return !begun(c) }
func notGoing(c *Ctx) bool { return c.State.Under == nil || begun(c) }

func noInquiry(c *Ctx) bool { return len(c.In.Facts.Inquiries) == 0 }

// start greets. Whoever comes back finds the menu, and what was begun; who followed
// a link finds what it leads to.
func (c *Ctx) start() {
	l := readLink(c.In.Event.Args, c.In.Facts)
	switch {
	case c.State.Lang == "":
		c.follow(l)
	case l.To != "":
		c.topicOfLink = l.Topic
		if l.Page != "" {
			c.page(pageButton + l.Page)
			return
		}
		c.navigate(l.To)
	case c.In.Facts.Returned || len(missed(c)) > 0:
		c.aside(Place{Flow: "back"})
	default:
		c.Say(say("start.again"))
		c.toMenu()
	}
}

// beforeLanguage greets in every language and asks for one. What else is said
// meanwhile is held until it can be answered in a language.
func (c *Ctx) beforeLanguage() {
	e := c.In.Event
	c.State.At = Place{"language", "pick"}
	st := c.step()
	// Only a language: any other button leads back here.
	if id, ok := strings.CutPrefix(e.Press, "language/pick/"); ok && e.Kind == chat.Press && c.take(st, id) {
		return
	}
	if id, ok := c.named(st); ok {
		c.take(st, id)
		return
	}
	question := e.Kind == chat.Media || (e.Kind == chat.Text || e.Kind == chat.Edit) && units(e.Text) > maxGreeting
	if question && !c.keep(false) {
		return
	}
	c.ask()
}

// maxGreeting is how long, in UTF-16 units, a first message may be to be taken
// for a greeting and not for a question worth keeping.
const maxGreeting = 24

// replied gives the desk what is a reply to a message about an open inquiry,
// whatever question stands open: nothing could say more clearly what it is about.
func (c *Ctx) replied() bool {
	q, ok := c.In.Facts.inquiry(c.In.Facts.Inquiry)
	if !ok || !q.Status.Open() && !q.Reopens(c.In.Now) || noConsent(c) {
		return false
	}
	c.addTo(q)
	return true
}

// freeText decides who hears a text that answers no question: exactly one
// place, and the bot says which. A reply to an inquiry that is closed is not
// about another one. Where none is open, the one that was closed lately is meant.
func freeText(c *Ctx) bool {
	open := c.addable()
	if len(open) == 0 {
		open = c.reopenable()
	}
	if len(open) == 1 && c.State.Under == nil && c.In.Facts.Inquiry == "" {
		c.addTo(open[0])
		return true
	}
	c.hold(false)
	return true
}

// addable are the inquiries that more can be added to: none without consent, when
// a job is about to withdraw them.
func (c *Ctx) addable() []Inquiry {
	if noConsent(c) {
		return nil
	}
	return c.In.Facts.open()
}

// reopenable are the inquiries that writing opens again.
func (c *Ctx) reopenable() []Inquiry {
	var out []Inquiry
	for _, q := range c.In.Facts.Inquiries {
		if q.Reopens(c.In.Now) && !noConsent(c) {
			out = append(out, q)
		}
	}
	return out
}

// addTo gives the event's words to the desk, as more about q.
func (c *Ctx) addTo(q Inquiry) {
	if wrong := c.wrong(c.In.Event.Text, c.In.Event.Files, nil); wrong != nil {
		c.ask(*wrong)
		return
	}
	c.Do(Add{Inquiry: q.ID, Body: c.In.Event.Text, Files: c.In.Event.Files, Parts: partsOf(c.In.Event)})
	c.heard(q)
}

// heard says that the desk has it now, and where else one could go.
func (c *Ctx) heard(q Inquiry) {
	c.Do(Say{
		Body: []Text{say("heard.inquiry", code("number", q.Number))},
		Options: []Option{
			{ID: "nav/ask", Emoji: "❓", Key: "heard.new"},
			{ID: "nav/mine", Emoji: "🔎", Key: "menu.menu.mine"},
		},
	})
}

// emergency shows the card with the numbers. The conversation stays where it is.
func (c *Ctx) emergency() {
	card := Emergency(c.In.Facts.Hotlines)
	if c.In.Crisis != "" { // what was written does not go on, and that must be said
		card.Body = append([]Text{say("sos.unsent")}, card.Body...)
	}
	if c.State.Lang == "" { // in the language of the words that were found
		for i := range card.Body {
			card.Body[i].Lang = c.In.Crisis
		}
	}
	c.Do(card)
}

// Emergency is the card with the numbers, each on a line of its own so that
// phones make it a link.
func Emergency(hotlines []Hotline) Say {
	body := []Text{say("sos.card")}
	for _, h := range hotlines {
		body = append(body, hotline(h))
	}
	return Say{
		Body:    append(body, say("sos.say")),
		Options: []Option{{ID: "nav/again", Emoji: "↩️", Key: "sos.on"}}, Discreet: true,
	}
}

func hotline(h Hotline) Text {
	return say("sos.line", code("number", h.Number), word("what", "sos.for."+h.ID))
}
