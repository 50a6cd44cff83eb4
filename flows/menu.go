package flows

import "lotse/bot/chat"

// menuFlow is the place between all flows.
var menuFlow = Flow{
	ID: "menu",
	Steps: []Step{{
		ID: "menu", Kind: Choose, Columns: 2,
		Options: []Option{
			{ID: "ask", Emoji: "❓", To: "ask/role", Hide: begun},
			{ID: "resume", Emoji: "✍️", To: Done, Hide: notBegun},
			{ID: "mine", Emoji: "🔎", To: "mine/list", Hide: noInquiry},
			{ID: "language", Emoji: "🌐", To: "language/pick"},
			{ID: "mydata", Emoji: "🔒", To: "privacy/data"},
			{ID: "help", Emoji: "ℹ️", To: "help/about"},
		},
		Take: freeText,
	}},
}

func begun(c *Ctx) bool     { return c.State.Under != nil }
func notBegun(c *Ctx) bool  { return c.State.Under == nil }
func noInquiry(c *Ctx) bool { return len(c.In.Facts.Inquiries) == 0 }

// start greets. Whoever comes back finds the menu, and what was begun.
func (c *Ctx) start() {
	if c.State.Lang != "" {
		c.Say(say("start.again"))
	}
	c.toMenu()
}

// beforeLanguage greets in every language and asks for one. What else is said
// meanwhile is held until it can be answered in a language.
func (c *Ctx) beforeLanguage() {
	e := c.In.Event
	picking := c.State.At.Flow == "language"
	c.State.At = Place{"language", "pick"}
	st := c.step()
	if e.Kind == chat.Press && picking {
		c.press(e.Press)
		return
	}
	if id, ok := c.named(st); ok {
		c.take(st, id)
		return
	}
	if e.Kind == chat.Media || e.Kind == chat.Text && len(e.Text) > greetingBytes {
		c.keep(false)
	}
	c.ask()
}

// greetingBytes is how long a first message may be to be taken for a greeting
// and not for a question worth keeping.
const greetingBytes = 24

// freeText decides who hears a text that answers no question: exactly one
// place, and the bot says which.
func freeText(c *Ctx) bool {
	open := c.In.Facts.open()
	if q, ok := c.In.Facts.inquiry(c.In.Facts.Inquiry); ok && q.Status.Open() {
		c.addTo(q)
		return true
	}
	if len(open) == 1 && c.State.Under == nil {
		c.addTo(open[0])
		return true
	}
	c.hold(false)
	return true
}

// addTo gives the event's words to the desk, as more about q.
func (c *Ctx) addTo(q Inquiry) {
	if wrong := c.wrong(c.In.Event.Text, c.In.Event.Files, nil); wrong != nil {
		c.ask(*wrong)
		return
	}
	c.Do(Add{Inquiry: q.ID, Body: c.In.Event.Text, Files: c.In.Event.Files})
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
	lang := ""
	if c.State.Lang == "" {
		lang = c.In.Crisis
	}
	body := []Text{{Key: "sos.card", Lang: lang}}
	for _, h := range c.In.Facts.Hotlines {
		body = append(body, hotline(h, lang))
	}
	body = append(body, Text{Key: "sos.say", Lang: lang})
	c.Do(Say{Body: body, Options: []Option{{ID: "nav/again", Emoji: "↩️", Key: "sos.on"}}})
}

func hotline(h Hotline, lang string) Text {
	return Text{Key: "sos.line", Lang: lang, Args: []Arg{code("number", h.Number), word("what", "sos.for."+h.ID)}}
}
