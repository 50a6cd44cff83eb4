package flows

// reword says anew what the person changed: in what is with the desk, or in what was
// not sent yet. It reports whether the message is a part of anything.
func (c *Ctx) reword() bool {
	message, by := c.In.Event.On, c.In.Event.Text
	if q, ok := c.In.Facts.inquiry(c.In.Facts.Inquiry); ok {
		return q.Status != Withdrawn && c.rewordTo(q)
	}
	a := &c.State.Answers
	if h := a.Held; h != nil {
		if parts, text, found := h.Parts.Reworded(message, h.Text, h.Files, by); found {
			held := *h
			held.Text, held.Parts = text, parts
			c.reworded(h.Text, held, func() { a.Held = &held })
			return true
		}
	}
	was := c.Answer("ask.question")
	parts, text, found := a.Parts.Reworded(message, was, a.Files, by)
	if found {
		c.reworded(was, Held{Text: text, Files: a.Files}, func() { c.set("ask.question", text); a.Parts = parts })
	}
	return found
}

// reworded takes other words for what was not sent yet, unless something hinders them.
func (c *Ctx) reworded(was string, now Held, take func()) {
	wrong := c.wrong(now.Text, now.Files, nil)
	switch {
	case now.Text == was:
		c.nothing = true
	case wrong != nil:
		c.ask(*wrong)
	default:
		take()
		c.ask(say("reworded.draft"))
	}
}

// rewordTo does it in an inquiry: in its question, or in what was added to it.
func (c *Ctx) rewordTo(q Inquiry) bool {
	was := Held{Text: q.Body, Files: q.Files, Parts: q.Parts}
	if c.In.Facts.Addition != nil {
		was = *c.In.Facts.Addition
	}
	message, by := c.In.Event.On, c.In.Event.Text
	_, text, found := was.Parts.Reworded(message, was.Text, was.Files, by)
	wrong := c.wrong(text, was.Files, nil)
	switch {
	case !found:
		return false
	case text == was.Text:
		c.nothing = true
	case wrong != nil:
		c.Do(Say{Body: []Text{*wrong}})
	default:
		c.Do(Reword{Inquiry: q.ID, Message: message, Text: by})
		told := say("reworded.desk", code("number", q.Number))
		if !q.Status.Open() {
			told.Key = "reworded.closed"
		}
		c.Do(Say{Body: []Text{told}})
	}
	return true
}
