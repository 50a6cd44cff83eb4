package flows

// mineFlow shows a person their questions, and takes one back.
var mineFlow = Flow{
	ID: "mine", Aside: true,
	Steps: []Step{
		{
			ID: "list", Kind: Choose, Page: true,
			Body: mineBody, Keys: []string{"mine.list", "mine.none"},
			More: mineList, Pick: minePick, MoreTo: []string{"one"},
			Options: []Option{{ID: "ok", Emoji: "👍", To: Done}},
		},
		{
			ID: "one", Kind: Choose, Page: true,
			Body: mineOne, Keys: []string{"mine.one", "mine.promised"},
			Options: []Option{
				{ID: "answer", Emoji: "📬", Do: fetchPicked, To: Stay, Hide: nothingMissed},
				{ID: "meeting", Emoji: "🗓", Do: wishMeeting, To: Done, Hide: cannotWish},
				{ID: "withdraw", Emoji: "🗑", To: "sure", Hide: minePickClosed},
				{ID: "ok", Emoji: "👍", To: Done},
			},
		},
		{
			ID: "sure", Kind: Confirm,
			Body: mineSure, Keys: []string{"mine.sure"},
			Options: []Option{
				{ID: "yes", Emoji: "🗑", Do: withdraw, To: Done},
				{ID: "no", Emoji: "❌", To: "list"},
			},
		},
	},
}

func mineBody(c *Ctx) []Text {
	if len(c.In.Facts.Inquiries) == 0 {
		return []Text{say("mine.none")}
	}
	return []Text{say("mine.list")}
}

func mineList(c *Ctx) []Option {
	var out []Option
	for _, q := range c.In.Facts.Inquiries {
		label := say("mine.item", code("number", q.Number), word("status", "status."+string(q.Status)))
		out = append(out, Option{ID: q.Number, Emoji: "❓", Text: &label})
	}
	return out
}

func minePick(c *Ctx, number string) {
	c.set("mine.pick", number)
	c.go_("one")
}

// picked is the inquiry chosen from the list.
func (c *Ctx) picked() (Inquiry, bool) {
	for _, q := range c.In.Facts.Inquiries {
		if q.Number == c.Answer("mine.pick") {
			return q, true
		}
	}
	return Inquiry{}, false
}

func minePickClosed(c *Ctx) bool {
	q, ok := c.picked()
	return !ok || q.Status == Withdrawn
}

func nothingMissed(c *Ctx) bool {
	q, _ := c.picked()
	return len(q.Missed) == 0
}

func fetchPicked(c *Ctx) { fetch(c, c.Answer("mine.pick")) }

func mineOne(c *Ctx) []Text {
	q, ok := c.picked()
	if !ok { // withdrawn in another way since
		return []Text{say("mine.none")}
	}
	out := []Text{say("mine.one", code("number", q.Number),
		word("status", "status."+string(q.Status)), word("topic", topicKey(q.Topic)), when("when", q.Created))}
	if q.Unanswered() && q.Late < Lates && !q.Promised.IsZero() {
		out = append(out, say("mine.promised", day("day", q.Promised)))
	}
	return out
}

func mineSure(c *Ctx) []Text {
	return []Text{say("mine.sure", code("number", c.Answer("mine.pick")))}
}

func withdraw(c *Ctx) {
	if q, ok := c.picked(); ok && q.Status != Withdrawn {
		c.Do(Withdraw{Inquiry: q.ID})
		c.Say(say("mine.withdrawn", code("number", q.Number)))
	}
	c.set("mine.pick", "")
}
