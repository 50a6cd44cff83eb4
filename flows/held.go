package flows

import "lotse/bot/chat"

// heldFlow asks what a text or a photo belongs to that answered no question.
// Until that is clear it goes to nobody.
var heldFlow = Flow{
	ID: "held", Aside: true,
	Steps: []Step{{
		ID: "what", Kind: Choose,
		Body: heldBody, Keys: []string{"held.what", "held.file", "held.late"},
		More: heldInquiries, Pick: heldToInquiry, MoreTo: []string{Done, "ask/role"},
		Options: []Option{
			{ID: "ask", Emoji: "📤", Do: askHeld, To: Stay},
			{ID: "drop", Emoji: "🗑", Do: dropHeld, To: Done},
		},
		Take: holdMore,
	}},
}

// hold keeps what was sent and asks what it belongs to.
func (c *Ctx) hold(late bool) {
	if c.keep(late) {
		c.aside(Place{Flow: "held"})
	}
}

// keep adds the event to what is held; it reports whether that was possible.
func (c *Ctx) keep(late bool) bool {
	e := c.In.Event
	held := Held{At: e.At}
	if h := c.State.Answers.Held; h != nil {
		held = *h
	}
	held.Late = held.Late || late
	if wrong := c.wrong(join(held.Text, e.Text), e.Files, held.Files); wrong != nil {
		c.ask(*wrong)
		return false
	}
	held.Text = join(held.Text, e.Text)
	held.Files = append(held.Files[:len(held.Files):len(held.Files)], e.Files...)
	held.Parts = held.Parts.with(partsOf(e)...)
	c.State.Answers.Held = &held
	return true
}

func holdMore(c *Ctx) bool {
	if c.keep(false) {
		c.ask(say("held.more"))
	}
	return true
}

func heldBody(c *Ctx) []Text {
	h := c.State.Answers.Held
	switch {
	case h == nil: // an old button of this step: there is nothing left to ask about
		return []Text{say("old")}
	case h.Late:
		return []Text{say("held.late", when("when", h.At))}
	case len(h.Files) > 0:
		return []Text{say("held.file")}
	}
	return []Text{say("held.what")}
}

func heldInquiries(c *Ctx) []Option {
	var out []Option
	for _, q := range append(c.addable(), c.reopenable()...) {
		label := say("held.add", code("number", q.Number))
		out = append(out, Option{ID: q.Number, Emoji: "➕", Text: &label})
	}
	return out
}

func heldToInquiry(c *Ctx, number string) {
	h := c.State.Answers.Held
	for _, q := range append(c.addable(), c.reopenable()...) {
		if q.Number == number && h != nil {
			c.Do(Add{Inquiry: q.ID, Body: h.Text, Files: h.Files, Parts: h.Parts})
			c.State.Answers.Held = nil
			c.Say(say("heard.inquiry", code("number", q.Number)))
		}
	}
	c.end()
}

// askHeld begins a question with what is held, or adds it to the one begun.
func askHeld(c *Ctx) { c.open(Place{Flow: "ask"}) }

func dropHeld(c *Ctx) {
	c.State.Answers.Held = nil
	c.Say(say("held.dropped"))
}

// placeHeld makes what is held part of the question that is gone on with. Any other flow
// has no place for it, and says so.
func (c *Ctx) placeHeld(flow string) {
	switch {
	case flow == "ask":
		c.takeHeld()
	case c.State.Answers.Held != nil:
		dropHeld(c)
	}
}

// takeHeld makes what is held part of the question.
func (c *Ctx) takeHeld() {
	h := c.State.Answers.Held
	if h == nil {
		return
	}
	c.State.Answers.Held = nil
	body := join(c.Answer("ask.question"), h.Text)
	if wrong := c.wrong(body, h.Files, c.State.Answers.Files); wrong != nil {
		c.Say(*wrong)
		return
	}
	c.set("ask.question", body)
	c.addFiles(h.Files)
	c.State.Answers.Parts = c.State.Answers.Parts.with(h.Parts...)
}

func (c *Ctx) addFiles(files []chat.File) {
	have := c.State.Answers.Files
	c.State.Answers.Files = append(have[:len(have):len(have)], files...)
}
