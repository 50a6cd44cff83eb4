package flows

import "strconv"

// places are where people help, as far as is known.
func (c *Ctx) places() []Contact {
	if c.In.Facts.Contacts == nil {
		return nil
	}
	return c.In.Facts.Contacts()
}

// mostPlaces is how many places are named beside something else; the directory has all.
const mostPlaces = 4

// contacts lists where people help: the first of those for children, or of the others. What
// the network has not confirmed is not shown: a wrong address does harm.
func contacts(all []Contact, child bool) []Text {
	var out []Text
	n := 0
	for _, p := range all {
		if p.Child == child && p.Confirmed && n < mostPlaces {
			n++
			out = append(append(out, contactText(p)...), contactChecked(p)...)
		}
	}
	return out
}

func contactChecked(p Contact) []Text {
	if p.Said.IsZero() {
		return nil
	}
	return []Text{say("contact.checked", date("date", p.Said))}
}

// entry is everything about a place: as the directory has it.
func entry(p Contact) []Text {
	out := contactText(p)
	if p.Mail != "" {
		out = append(out, say("contact.mail", code("mail", p.Mail)))
	}
	if p.Web != "" {
		out = append(out, say("contact.web", code("web", p.Web)))
	}
	for _, topic := range p.Topics {
		out = append(out, say("contact.topic", word("topic", "topic."+topic)))
	}
	for _, tag := range p.Languages {
		out = append(out, say("contact.language", word("language", "language.name."+tag)))
	}
	return out
}

func contactText(p Contact) []Text {
	out := []Text{say("contact.place", named("name", p.Name), named("street", p.Street))}
	if p.Street == "" {
		out = []Text{say("contact.name", named("name", p.Name))}
	}
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
	body := append(entry(c), say("info.source", named("source", c.Source)))
	return Tell{Where: Here, Body: append(body, ContactSaid(c)), Columns: 2, Options: []Option{
		{ID: "contact/" + c.ID + "/yes", Emoji: "✅", Key: "desk.info.right"},
		{ID: "contact/" + c.ID + "/no", Emoji: "❌", Key: "desk.info.wrong"},
	}}
}

// MoreContacts leads on in the list of contacts, after so many; left is how many follow.
func MoreContacts(after, left int) Tell {
	return Tell{Where: Here, Body: []Text{say("desk.info.left", number("n", left))}, Options: []Option{
		{ID: "contact/-/more/" + strconv.Itoa(after), Emoji: "▶️", Key: "desk.info.more"},
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
