package flows

// places are where people help, as far as is known.
func (c *Ctx) places() []Contact {
	if c.In.Facts.Contacts == nil {
		return nil
	}
	return c.In.Facts.Contacts()
}

// contacts lists where people help: those for children, or the others. What the
// network has not confirmed is not shown: a wrong address does harm.
func contacts(all []Contact, child bool) []Text {
	var out []Text
	for _, p := range all {
		if p.Child == child && p.Confirmed {
			out = append(out, contactText(p)...)
			if !p.Said.IsZero() {
				out = append(out, say("contact.checked", date("date", p.Said)))
			}
		}
	}
	return out
}

func contactText(p Contact) []Text {
	out := []Text{say("contact.place", named("name", p.Name), named("street", p.Street))}
	if p.Phone != "" {
		out = append(out, say("contact.phone", code("phone", p.Phone)))
	}
	return out
}

// elsewhere says where people help without the bot, or that no place is confirmed yet.
func elsewhere(c *Ctx) []Text {
	if known := contacts(c.places(), false); len(known) > 0 {
		return append([]Text{say("help.places")}, known...)
	}
	return []Text{say("help.places.none")}
}

// ContactTell shows the desk a contact, to be confirmed.
func ContactTell(c Contact) Tell {
	body := append(contactText(c), say("info.source", named("source", c.Source)))
	return Tell{Where: Here, Body: append(body, ContactSaid(c)), Columns: 2, Options: []Option{
		{ID: "contact/" + c.ID + "/yes", Emoji: "✅", Key: "desk.info.right"},
		{ID: "contact/" + c.ID + "/no", Emoji: "❌", Key: "desk.info.wrong"},
	}}
}

// ContactSaid says whether people see a contact, and since when.
func ContactSaid(c Contact) Text {
	switch {
	case c.Wrong:
		return say("desk.info.hidden", named("name", c.Name), day("day", c.Said))
	case c.Confirmed && !c.Said.IsZero():
		return say("desk.info.shown", named("name", c.Name), day("day", c.Said))
	case c.Confirmed:
		return say("desk.info.listed", named("name", c.Name))
	}
	return say("desk.info.open", named("name", c.Name))
}
