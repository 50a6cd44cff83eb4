package flows

// helpFlow says what the bot can do, and where people help without it.
var helpFlow = Flow{
	ID: "help", Aside: true,
	Steps: []Step{{
		ID: "about", Kind: Show,
		Body: helpBody, Keys: []string{"help.about", "contact.place", "contact.phone", "contact.unconfirmed"},
		Options: []Option{{ID: "ok", Emoji: "👍", To: Done}},
	}},
}

func helpBody(c *Ctx) []Text {
	return append([]Text{say("help.about")}, contacts(c.In.Facts.Contacts, false)...)
}

// contacts lists where people help: those for children, or the others. What the
// network has not confirmed is marked.
func contacts(all []Contact, child bool) []Text {
	var out []Text
	for _, p := range all {
		if p.Child != child {
			continue
		}
		out = append(out, say("contact.place", named("name", p.Name), named("street", p.Street)))
		if p.Phone != "" {
			out = append(out, say("contact.phone", code("phone", p.Phone)))
		}
		if !p.Confirmed {
			out = append(out, say("contact.unconfirmed"))
		}
	}
	return out
}
