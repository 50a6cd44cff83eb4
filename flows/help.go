package flows

// helpFlow says what the bot can do, and where people help without it.
var helpFlow = Flow{
	ID: "help", Aside: true,
	Steps: []Step{{
		ID: "about", Kind: Show,
		Body: helpBody, Keys: []string{"help.about", "help.places", "help.places.none", "contact.place", "contact.phone"},
		Options: []Option{{ID: "ok", Emoji: "👍", To: Done}},
	}},
}

func helpBody(c *Ctx) []Text {
	return append([]Text{say("help.about")}, elsewhere(c)...)
}
