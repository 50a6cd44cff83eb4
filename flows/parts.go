package flows

import "lotse/bot/chat"

// Parts are the messages from which a text with its files was put together, in order,
// so that one of them can be taken out again.
type Parts []Part

// A Part is what one message brought.
type Part struct {
	Message string `json:"m,omitempty"` // the network's ID
	Bytes   int    `json:"n,omitempty"` // of its text
	Files   int    `json:"f,omitempty"`
}

func partsOf(e chat.Event) Parts {
	message := e.Message
	if e.Kind == chat.Edit { // of a message that was not part of anything before
		message = e.On
	}
	return Parts{{Message: message, Bytes: len(e.Text), Files: len(e.Files)}}
}

func (p Parts) with(more ...Part) Parts { return append(p[:len(p):len(p)], more...) }

// A brought is a part with what it brought.
type brought struct {
	Part
	text  string
	files []chat.File
}

// apart takes a text with its files apart; ok is false when they were not put together
// from these parts.
func (p Parts) apart(text string, files []chat.File) (all []brought, ok bool) {
	at, file := 0, 0
	for _, part := range p {
		from := at
		if part.Bytes > 0 && at > 0 {
			from++ // the line break in front (join)
		}
		to, fileTo := from+part.Bytes, file+part.Files
		if part.Bytes == 0 {
			to = at
		}
		if to > len(text) || fileTo > len(files) { // of another release
			return nil, false
		}
		all = append(all, brought{part, text[min(from, to):to], files[file:fileTo]})
		at, file = to, fileTo
	}
	return all, at == len(text) && file == len(files)
}

// Without is what is left of a text and its files when the message is taken out; found
// is false when it is none of the parts.
func (p Parts) Without(message, text string, files []chat.File) (left Parts, leftText string, leftFiles []chat.File, found bool) {
	all, ok := p.apart(text, files)
	for _, b := range all {
		if b.Message == message && message != "" {
			found = true
			continue
		}
		left = append(left, b.Part)
		leftText = join(leftText, b.text)
		leftFiles = append(leftFiles, b.files...)
	}
	if !found || !ok {
		return p, text, files, false
	}
	return left, leftText, leftFiles, true
}

// Reworded is a text in which the message says by instead; found is false when it is
// none of the parts.
func (p Parts) Reworded(message, text string, files []chat.File, by string) (now Parts, nowText string, found bool) {
	all, ok := p.apart(text, files)
	for _, b := range all {
		if b.Message == message && message != "" {
			found, b.Bytes, b.text = true, len(by), by
		}
		now, nowText = append(now, b.Part), join(nowText, b.text)
	}
	if !found || !ok {
		return p, text, false
	}
	return now, nowText, true
}

// unsay takes back what the person deleted: out of what is with the desk, or out of
// what was not sent yet.
func (c *Ctx) unsay() {
	message := c.In.Event.On
	if q, ok := c.In.Facts.inquiry(c.In.Facts.Inquiry); ok {
		if q.Status != Withdrawn {
			c.unsayTo(q, message)
		}
		return
	}
	a := &c.State.Answers
	if h := a.Held; h != nil {
		if parts, text, files, found := h.Parts.Without(message, h.Text, h.Files); found {
			held := Held{Text: text, Files: files, At: h.At, Late: h.Late, Parts: parts}
			if a.Held = &held; text == "" && len(files) == 0 {
				a.Held = nil
			}
			c.unsaid()
			return
		}
	}
	parts, text, files, found := a.Parts.Without(message, c.Answer("ask.question"), a.Files)
	if !found {
		return
	}
	c.set("ask.question", text)
	a.Files, a.Parts = files, parts
	c.unsaid()
}

// unsayTo takes it out of an inquiry; one of which nothing is left is withdrawn.
func (c *Ctx) unsayTo(q Inquiry, message string) {
	_, text, files, found := q.Parts.Without(message, q.Body, q.Files)
	if found && text == "" && len(files) == 0 {
		c.Do(Withdraw{Inquiry: q.ID})
		c.Do(Say{Body: []Text{say("mine.withdrawn", code("number", q.Number))}})
		return
	}
	c.Do(Unsay{Inquiry: q.ID, Message: message})
	c.Do(Say{Body: []Text{say("unsaid.desk", code("number", q.Number))}})
}

// unsaid says that something is no longer part of what is to be sent, and goes on.
func (c *Ctx) unsaid() {
	switch at := c.at(); {
	case at == Place{"held", "what"} && c.State.Answers.Held == nil:
		c.Say(say("unsaid.draft"))
		c.end()
	case at == Place{"ask", "preview"} && !c.hasQuestion():
		c.Say(say("unsaid.draft"))
		c.go_("question")
	default:
		c.ask(say("unsaid.draft"))
	}
	c.State.Holds = !c.State.Answers.Empty()
}
