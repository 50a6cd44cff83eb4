package flows

// languageFlow chooses a language, at any moment, and loses nothing: what was
// interrupted goes on, with its question asked again in the new language.
var languageFlow = Flow{
	ID: "language", Aside: true,
	Steps: []Step{{
		ID: "pick", Kind: Choose, Columns: 2, Page: true, Discreet: true,
		Body: greeting, Keys: []string{"start.hello", "language.pick"},
		More: languages, Pick: pickLanguage, MoreTo: []string{Done},
	}},
}

// greeting says hello in every language while none is chosen: who chose wrongly
// cannot read the menu.
func greeting(c *Ctx) []Text {
	if c.State.Lang != "" {
		return []Text{say("language.pick")}
	}
	var out []Text
	for _, l := range c.In.Facts.Languages {
		out = append(out, Text{Key: "start.hello", Lang: l.Tag})
	}
	return out
}

func languages(c *Ctx) []Option {
	var out []Option
	for _, l := range c.In.Facts.Languages {
		out = append(out, Option{ID: l.Tag, Label: l.Name})
	}
	return out
}

func pickLanguage(c *Ctx, tag string) {
	c.State.Lang = tag
	c.Say(say("language.set"))
	c.end()
}
