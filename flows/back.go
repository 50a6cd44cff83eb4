package flows

// backFlow welcomes somebody who had closed the chat (domain D10).
var backFlow = Flow{
	ID: "back", Aside: true,
	Steps: []Step{{
		ID: "welcome", Kind: Show,
		Body: backBody, Keys: []string{"back.welcome", "back.waiting"},
		More: missed, Pick: fetch, MoreTo: []string{Stay},
		Options: []Option{
			{ID: "delete", Emoji: "🗑", Key: "privacy.data.delete", To: "privacy/delete"},
			{ID: "ok", Emoji: "👍", To: Done},
		},
	}},
}

func backBody(c *Ctx) []Text {
	if len(missed(c)) > 0 {
		return []Text{say("back.waiting")}
	}
	return []Text{say("back.welcome")}
}

// missed are the inquiries with an answer that could not be delivered.
func missed(c *Ctx) []Option {
	var out []Option
	for _, q := range c.In.Facts.Inquiries {
		if len(q.Missed) > 0 {
			label := say("back.answer", code("number", q.Number))
			out = append(out, Option{ID: q.Number, Emoji: "📬", Text: &label})
		}
	}
	return out
}

func fetch(c *Ctx, number string) {
	for _, q := range c.In.Facts.Inquiries {
		if q.Number == number {
			c.Do(Fetch{Inquiry: q.ID})
		}
	}
}
