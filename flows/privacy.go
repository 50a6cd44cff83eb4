package flows

import (
	"maps"
	"slices"
)

// privacyFlow is everybody's rights in at most three taps: read, see, withdraw,
// delete (Art. 7(3), 13, 15, 17 GDPR).
var privacyFlow = Flow{
	ID: "privacy", Aside: true,
	Steps: []Step{
		{
			ID: "data", Kind: Choose, Page: true,
			Options: []Option{
				{ID: "stored", Emoji: "📥", To: "stored"},
				{ID: "notice", Emoji: "📄", To: "notice"},
				{ID: "revoke", Emoji: "🚫", To: "revoke", Hide: noConsent},
				{ID: "delete", Emoji: "🗑", To: "delete"},
				{ID: "ok", Emoji: "👍", To: Done},
			},
		},
		{
			ID: "stored", Kind: Show,
			Body: storedBody, Keys: append([]string{"privacy.stored.offer", "privacy.stored.idea", "privacy.stored", "privacy.stored.consent", "privacy.stored.noconsent",
				"privacy.stored.role", "privacy.stored.inquiries", "privacy.stored.question", "quote",
				"privacy.stored.member", "privacy.stored.meetings.none", "privacy.stored.meetings.all", "privacy.stored.meetings.one", "privacy.stored.replies", "privacy.stored.replies.done"}, offerLineKeys...),
			Options: []Option{{ID: "dates", Emoji: "📅", To: "dates", Hide: noDates},
				{ID: "survey", Emoji: "📝", To: "questions/discard", Hide: noReplies},
				{ID: "member", Emoji: "🪪", Key: "join.list.mine", To: "member/one", Hide: notMember},
				{ID: "offer", Emoji: "🎁", Key: "offer.title.mine", To: "offer/mine", Hide: hasNoOffer},
				{ID: "ideas", Emoji: "💡", To: "ideas", Hide: suggestedNothing},
				{ID: "delete", Emoji: "🗑", Key: "privacy.data.delete", To: "delete"}, {ID: "ok", Emoji: "👍", To: Done}},
		},
		{
			ID: "notice", Kind: Show, Page: true,
			Body: noticeBody, Keys: []string{"privacy.notice", "privacy.who.open", "privacy.who.controller", "privacy.who.contact",
				"privacy.who.dpo", "privacy.who.hoster", "privacy.who.organisations", "privacy.why"},
			Options: []Option{{ID: "more", Emoji: "📄", To: "times"}, {ID: "ok", Emoji: "👍", To: Done}},
		},
		{
			ID: "times", Kind: Show, Page: true,
			Options: []Option{{ID: "more", Emoji: "📄", To: "part"}, {ID: "ok", Emoji: "👍", To: Done}},
		},
		{
			ID: "part", Kind: Show, Page: true,
			Options: []Option{{ID: "more", Emoji: "📄", Key: "privacy.times.more", To: "rights"}, {ID: "ok", Emoji: "👍", Key: "privacy.times.ok", To: Done}},
		},
		{
			ID: "rights", Kind: Show, Page: true,
			Options: []Option{{ID: "data", Emoji: "🔒", To: "data"}, {ID: "ok", Emoji: "👍", To: Done}},
		},
		{
			ID: "revoke", Kind: Confirm,
			Options: []Option{{ID: "yes", Emoji: "🚫", Do: revoke, To: Menu}, {ID: "no", Emoji: "❌", To: "data"}},
		},
		{
			ID: "dates", Kind: Confirm,
			Options: []Option{{ID: "yes", Emoji: "🗑", Do: forgetDates, To: Done}, {ID: "no", Emoji: "❌", To: "data"}},
		},
		{
			ID: "ideas", Kind: Confirm,
			Options: []Option{{ID: "yes", Emoji: "🗑", Do: forgetIdeas, To: Done}, {ID: "no", Emoji: "❌", To: "data"}},
		},
		{
			ID: "delete", Kind: Confirm,
			Options: []Option{{ID: "yes", Emoji: "🗑", Do: erase, To: Stay}, {ID: "no", Emoji: "❌", To: "data"}},
		},
	},
}

// noticeBody names who is responsible, or says that this is open.
func noticeBody(c *Ctx) []Text {
	out := []Text{say("privacy.notice")}
	who := c.In.Facts.Who
	for _, line := range []struct{ key, name string }{
		{"privacy.who.controller", who.Controller}, {"privacy.who.contact", who.Contact}, {"privacy.who.dpo", who.DPO},
		{"privacy.who.hoster", who.Hoster}, {"privacy.who.organisations", who.Organisations},
	} {
		if line.name != "" {
			out = append(out, say(line.key, named("name", line.name)))
		}
	}
	if who.Controller == "" {
		out = append(out, say("privacy.who.open"))
	}
	return append(out, say("privacy.why"))
}

func noConsent(c *Ctx) bool { return c.State.Consent.Version == "" }

func storedBody(c *Ctx) []Text {
	out := []Text{say("privacy.stored", word("language", "language.name"), day("since", c.In.Facts.Since))}
	if c.State.Role != "" {
		out = append(out, say("privacy.stored.role", word("role", roleKey(c.State.Role))))
	}
	if k := c.State.Consent; k.Version == "" {
		out = append(out, say("privacy.stored.noconsent"))
	} else {
		out = append(out, say("privacy.stored.consent", code("version", k.Version), when("when", k.At)))
	}
	out = append(out, say("privacy.stored.inquiries", number("n", len(c.In.Facts.Inquiries))))
	for _, q := range c.In.Facts.Inquiries {
		if q.Body != "" {
			out = append(out, say("privacy.stored.question", code("number", q.Number)))
			out = append(out, quoted(Shorten(q.Body, 400))...)
		}
	}
	if m := c.joined().Member; m.Registered() {
		out = append(append(out, say("privacy.stored.member", code("number", m.Number), day("day", m.Consent.At))), memberLines(m)...)
		if len(m.Exchange.Topics) > 0 {
			out = append(append(out, itemized("exchange.topics.are", "", m.Exchange.Topics, topicKey)...), m.shown())
		}
	}
	return slices.Concat(out, storedDates(c), storedReplies(c), storedShares(c))
}

// storedShares says what is stored of what somebody offers and suggested.
func storedShares(c *Ctx) []Text {
	var out []Text
	if o := c.offer(); !o.Nothing() {
		out = append(out, say("privacy.stored.offer", code("number", o.Number)))
		out = append(append(out, o.Lines()...), o.Reach())
	}
	for _, s := range c.own() {
		out = append(out, say("privacy.stored.idea", named("text", Shorten(s.Text, listedBytes))))
	}
	return out
}

func suggestedNothing(c *Ctx) bool { return len(c.own()) == 0 }

// forgetIdeas deletes all that somebody suggested. Topics that people vote on stay: they
// are about nobody.
func forgetIdeas(c *Ctx) {
	c.Do(Unsuggest{})
	c.Say(say("suggest.forgotten"))
}

// storedDates says what is stored about somebody and meetings.
func storedDates(c *Ctx) []Text {
	g := c.dates().Guest
	if g.Nothing() {
		return []Text{say("privacy.stored.meetings.none")}
	}
	var out []Text
	if g.All {
		out = append(out, say("privacy.stored.meetings.all"))
	}
	for _, m := range c.dates().Meetings {
		if a, said := g.At[m.ID]; said {
			out = append(append(out, say("privacy.stored.meetings.one", when("when", m.Start))), answerLines(a)...)
		}
	}
	return out
}

func noDates(c *Ctx) bool { return c.dates().Guest.Nothing() }

// forgetDates deletes reminders and answers to invitations; seats are given back.
func forgetDates(c *Ctx) {
	c.come(Guest{})
	c.Say(say("meetings.forgotten"))
}

func revoke(c *Ctx) {
	c.Do(Revoke{})
	c.dropReplies()
	c.leave()
	c.State.Consent, c.State.Role = Consent{}, ""
	c.Say(say("privacy.revoked"))
}

// erase wishes everything gone; the receipt comes when it is.
func erase(c *Ctx) { c.Do(Erase{}) }

// storedReplies says what is stored about somebody and campaigns.
func storedReplies(c *Ctx) []Text {
	var out []Text
	done := false
	all := c.surveys().Replies
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if all[id].Unfinished() {
			out = append(out, say("privacy.stored.replies", number("n", len(all[id].Said)+len(all[id].Words))))
		}
		done = done || all[id].Done
	}
	if done {
		out = append(out, say("privacy.stored.replies.done"))
	}
	return out
}
