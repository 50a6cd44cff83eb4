package flows

import (
	"slices"
	"strings"
)

// exchangeFlow notes that an organisation wants to exchange with others, about what, and
// what another one is told of it once both want to (docs/adr/0071-exchange.md).
var exchangeFlow = Flow{
	ID: "exchange",
	Steps: []Step{
		{
			ID: "topics", Kind: Choose, Columns: 2, Page: true, Discreet: true, Enter: beginExchange, MoreTo: []string{"need", Stay},
			More: exchangeTopics, Pick: pickExchangeTopic,
			Options: []Option{
				{ID: "next", Emoji: "▶️", To: "reach", Hide: noExchangeTopic},
				{ID: "end", Emoji: "🔚", Do: endExchange, To: Menu, Hide: exchangesNothing},
				{ID: "no", Emoji: "❌", Key: "register.not", Do: (*Ctx).leave, To: Menu},
			},
		},
		{
			ID: "need", Kind: Show,
			Options: []Option{{ID: "register", Emoji: "🪪", Key: "join.list.register", To: "register/who"}, {ID: "ok", Emoji: "👍", Key: "info.ok", Do: (*Ctx).leave, To: Menu}},
		},
		{
			ID: "reach", Kind: Choose, Discreet: true,
			More: sameReach, Pick: pickSameReach, MoreTo: []string{"sum"},
			Options: []Option{
				{ID: "phone", Emoji: "📞", Key: "register.way.phone", To: "phone"},
				{ID: "mail", Emoji: "✉️", Key: "register.way.mail", To: "mail"},
			},
		},
		{ID: "phone", Kind: AskText, Body: askPhone, Keys: []string{"register.phone"}, Accept: acceptExchangePhone, Next: "sum"},
		{ID: "mail", Kind: AskText, Body: askMail, Keys: []string{"register.mail"}, Accept: acceptExchangeMail, Next: "sum"},
		{
			ID: "sum", Kind: Choose, Discreet: true, MoreTo: []string{"topics"},
			Body: exchangeSumBody, Keys: []string{"exchange.sum", "exchange.shown", "exchange.sum.hint", "exchange.topics"},
			Options: []Option{
				{ID: "yes", Emoji: "✅", Key: "ask.consent.yes", Do: saveExchange, To: Stay},
				{ID: "reach", Emoji: "📞", Key: "register.sum.way", To: "reach"},
				{ID: "no", Emoji: "❌", Key: "register.not", Do: (*Ctx).leave, To: Menu},
			},
		},
	},
}

// beginExchange gives an organisation what it said, to be changed; whoever is none learns
// what is needed first.
func beginExchange(c *Ctx) {
	m := c.joined().Member
	if m.Org == "" {
		c.go_("need")
		return
	}
	if c.Answer("exchange.topics") == "" {
		topics := m.Exchange.Topics
		if len(topics) == 0 {
			topics = m.Interests
		}
		c.set("exchange.topics", strings.Join(topics, ","))
		c.set("exchange.way", string(m.Exchange.Reach.Way))
		c.set("exchange.at", m.Exchange.Reach.At)
	}
}

func askPhone(*Ctx) []Text { return []Text{say("register.phone")} }
func askMail(*Ctx) []Text  { return []Text{say("register.mail")} }

func exchangeTopics(c *Ctx) []Option { return interests(c, "exchange.topics") }

func pickExchangeTopic(c *Ctx, id string) {
	c.flip("exchange.topics", id, maxInterests)
	c.ask()
}

func noExchangeTopic(c *Ctx) bool  { return c.Answer("exchange.topics") == "" }
func exchangesNothing(c *Ctx) bool { return len(c.joined().Member.Exchange.Topics) == 0 }

// sameReach offers what the desk was given: that another one sees it needs a word, too.
func sameReach(c *Ctx) []Option {
	r := c.joined().Member.Reach
	if r.Way != ByPhone && r.Way != ByMail {
		return nil
	}
	return []Option{{ID: "same", Emoji: "🪪", Key: "exchange.reach.same"}}
}

func pickSameReach(c *Ctx, _ string) {
	r := c.joined().Member.Reach
	c.shownBy(r.Way, r.At)
	c.go_("sum")
}

func (c *Ctx) shownBy(way Way, at string) {
	c.set("exchange.way", string(way))
	c.set("exchange.at", at)
}

func acceptExchangePhone(c *Ctx, text string) (answer, wrong string) {
	number, wrong := acceptPhone(c, text)
	if wrong == "" {
		c.shownBy(ByPhone, number)
	}
	return "", wrong
}

func acceptExchangeMail(c *Ctx, text string) (answer, wrong string) {
	address, ok := readMail(text)
	if !ok {
		return "", "register.mail.wrong"
	}
	c.shownBy(ByMail, address)
	return "", ""
}

// exchanging is what the answers say.
func (c *Ctx) exchanging() Member {
	m := c.joined().Member
	m.Exchange = Exchange{chosen(c.Answer("exchange.topics")), Route{Way(c.Answer("exchange.way")), c.Answer("exchange.at")}}
	return m
}

// exchangeReady reports whether the answers are complete; they may be of another release.
func (c *Ctx) exchangeReady() bool {
	m := c.exchanging()
	return m.Org != "" && len(m.Exchange.Topics) > 0 && slices.Contains([]Way{ByPhone, ByMail}, m.Exchange.Reach.Way)
}

func exchangeSumBody(c *Ctx) []Text {
	if !c.exchangeReady() {
		return []Text{say("exchange.topics")}
	}
	return []Text{say("exchange.sum"), c.exchanging().shown(), say("exchange.sum.hint")}
}

// shown is all that another organisation ever sees of this one.
func (m Member) shown() Text {
	return say("exchange.shown", named("name", m.Org), code("at", m.Exchange.Reach.At))
}

func saveExchange(c *Ctx) {
	if !c.exchangeReady() {
		c.go_("topics")
		return
	}
	m := c.exchanging()
	m.Changed = c.In.Now
	c.leave()
	c.Do(Agree{Version: JoinVersion, For: ForMeeting, Shown: say("exchange.sum")})
	c.enrol(m)
	c.Do(Say{Body: []Text{say("exchange.saved")}, Options: mineOption})
}

// endExchange ends it with everybody, also what was proposed and not answered.
func endExchange(c *Ctx) {
	m := c.joined().Member
	m.Exchange, m.Changed = Exchange{}, c.In.Now
	c.leave()
	c.enrol(m)
	c.Say(say("exchange.off"))
}

// seek asks for a pair.
func seek(c *Ctx) {
	c.Do(Meet{
		Found: Say{Body: []Text{say("exchange.sought")}, Options: mineOption},
		None:  Say{Body: []Text{say("exchange.nobody")}, Options: mineOption},
	})
}
