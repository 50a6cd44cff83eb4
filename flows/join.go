package flows

import "strings"

// joinFlow is where all ways of taking part begin. None of them is needed to read, to ask
// or to come to a meeting. A further way is one line among the options.
var joinFlow = Flow{
	ID: "join", Aside: true,
	Steps: []Step{{
		ID: "list", Kind: Choose, Page: true, Discreet: true, Take: freeText,
		MoreTo: []string{"info/page", "register/who", "exchange/topics"},
		Options: []Option{
			{ID: "register", Emoji: "🪪", Do: (*Ctx).toRegister, To: Stay, Hide: isMember},
			{ID: "mine", Emoji: "🪪", To: "member/one", Hide: notMember},
			{ID: "exchange", Emoji: "🔁", Do: (*Ctx).toExchange, To: Stay},
			{ID: "survey", Emoji: "📝", Key: "survey.nav", To: "questions/list", Hide: noSurvey},
			{ID: "offer", Emoji: "🎁", Key: "offer.title", To: "offer/mine"},
			{ID: "topic", Emoji: "💡", Key: "topics.title", To: "topics/list"},
			{ID: "idea", Emoji: "🌱", Key: "project.title", To: "project/list"},
			{ID: "network", Emoji: "🏘", Do: aboutNetwork, To: Stay, Hide: noNetworkPage},
			{ID: "ok", Emoji: "👍", Key: "info.ok", To: Done},
		},
	}},
}

func (c *Ctx) toRegister() { c.begins("register/who") }
func (c *Ctx) toExchange() { c.begins("exchange/topics") }

// begins leads to a flow that keeps answers, unless others were begun before: those would
// be lost.
func (c *Ctx) begins(to string) {
	flow, _, _ := strings.Cut(to, "/")
	if under := c.State.Under; under != nil && under.Flow != flow && !c.State.Answers.Empty() {
		c.ask(say("join.first"))
		return
	}
	c.go_(to)
}

// registering reports whether answers were given to register, or for an exchange, and not
// saved: another flow that keeps answers drops them.
func (c *Ctx) registering() bool {
	at := c.State.At.Flow
	if c.State.Under != nil {
		at = c.State.Under.Flow
	}
	return (at == "register" || at == "exchange") && len(c.State.Answers.Data) > 0
}

// networkPage is the page about the network itself (locales/pages).
const networkPage = "network"

func aboutNetwork(c *Ctx) { c.page(pageButton + networkPage) }

func noNetworkPage(c *Ctx) bool {
	_, ok := c.In.Facts.sheet(networkPage)
	return !ok
}
