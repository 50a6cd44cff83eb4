package flows

// joinFlow is where all ways of taking part begin. None of them is needed to read, to ask
// or to come to a meeting. A further way is one line among the options.
var joinFlow = Flow{
	ID: "join", Aside: true,
	Steps: []Step{{
		ID: "list", Kind: Choose, Page: true, MoreTo: []string{"info/page"}, Take: freeText,
		Options: []Option{
			{ID: "network", Emoji: "🏘", Do: aboutNetwork, To: Stay, Hide: noNetworkPage},
			{ID: "ok", Emoji: "👍", Key: "info.ok", To: Done},
		},
	}},
}

// networkPage is the page about the network itself (locales/pages).
const networkPage = "network"

func aboutNetwork(c *Ctx) { c.page(pageButton + networkPage) }

func noNetworkPage(c *Ctx) bool {
	_, ok := c.In.Facts.sheet(networkPage)
	return !ok
}
