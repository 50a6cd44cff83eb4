package flows

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"lotse/bot/chat"
)

// A Page is what people can read about one subject, in the reader's language (package
// locales). It has at least one part.
type Page struct {
	ID, Topic, Parent string // Topic is what a question about it is about, Parent the page that it belongs to
	Title             string // key of what it is called, fit for a button
	Parts             []string
	Roles             []string // whom it is for; empty: everybody
	Level             string   // whose rules it tells: "germany", "saxony", "leipzig", or ""
	Source            string   // where its facts were read and when, in German
	// Checked is when somebody stood for these words, the zero time while nobody does; German
	// the same of the German words, which may be these.
	Checked, German time.Time
	Next            time.Time // when somebody should check it again
	// Lang is the language of its words. Of stands for what it says in it, OfGerman for what
	// it says in German: where that changed, they are others.
	Lang, Of, OfGerman string
	Helps              []string // IDs of contacts
	Links              []string
	// Phrases says that each part is something to copy and to send to parents.
	Phrases bool
}

// overdueFor is how long after the day of its next check a page goes without a word
// about it (domain T-11a).
const overdueFor = 60 * 24 * time.Hour

// pageButton is how the IDs of all buttons to a page begin: "page/ID", "page/ID/PART",
// of phrases also "page/ID/say/PART" and "page/ID/in/LANGUAGE", "page/-/PART" of the
// directory. They mean the same wherever they stand.
const pageButton = "page/"

// infoFlow shows pages. Whatever they say is read again when it is asked for, and none of
// it is about the person.
var infoFlow = Flow{
	ID: "info", Aside: true,
	Steps: []Step{
		{
			ID: "list", Kind: Choose, Columns: 2, Page: true, Discreet: true,
			Body: listPagesBody, Keys: []string{"info.list", "info.list.button"},
			More: topPages, Pick: (*Ctx).page, MoreTo: []string{"page", "found"}, Take: findWords,
			Options: []Option{
				{ID: "places", Emoji: "📍", Key: "info.places", Do: firstPlaces, To: "places"},
				{ID: "search", Emoji: "🔎", Key: "info.look", To: "search"},
				{ID: "ok", Emoji: "👍", Key: "info.ok", To: Done},
			},
		},
		pageStep("page", "sub", "phrases"),
		pageStep("sub"),
		{
			ID: "phrases", Kind: Choose, Columns: 3, Page: true, Discreet: true,
			Body: phrasesBody, Keys: []string{"info.gone", "info.phrases", "info.phrases.in", "info.phrase"},
			More: phraseNumbers, Pick: (*Ctx).page, MoreTo: []string{Stay}, Take: findWords,
			Options: []Option{
				{ID: "in", Emoji: "🗣", Key: "info.other", To: "in"},
				{ID: "ask", Emoji: "❓", Key: "info.ask", Do: askAboutPage, To: "ask/role"},
				{ID: "list", Emoji: "📚", Key: "info.all", To: "list"},
				{ID: "ok", Emoji: "👍", Key: "info.ok", To: Done},
			},
		},
		{
			ID: "in", Kind: Choose, Columns: 2, Page: true,
			More: phraseLanguages, Pick: (*Ctx).page, MoreTo: []string{"phrases"},
		},
		{
			ID: "places", Kind: Choose, Columns: 2, Page: true, Discreet: true,
			Body: placesBody, Keys: []string{"info.places.head", "help.places.none", "info.part"},
			More: placesWays, Pick: (*Ctx).page, MoreTo: []string{Stay, "found"}, Take: findWords,
			Options: []Option{
				{ID: "ask", Emoji: "❓", Key: "info.ask", To: "ask/role"},
				{ID: "list", Emoji: "📚", Key: "info.all", To: "list"},
				{ID: "ok", Emoji: "👍", Key: "info.ok", To: Done},
			},
		},
		{ID: "search", Kind: AskText, Accept: acceptQuery, Next: "found"},
		{
			ID: "found", Kind: Choose, Page: true, Discreet: true,
			Body: foundBody, Keys: []string{"info.found", "info.none"},
			More: foundPages, Pick: (*Ctx).page, MoreTo: []string{"page", "sub", "phrases"}, Take: findWords,
			Options: []Option{
				{ID: "search", Emoji: "🔎", Key: "info.look", To: "search"},
				{ID: "ask", Emoji: "❓", Key: "info.ask", To: "ask/role"},
				{ID: "list", Emoji: "📚", Key: "info.all", To: "list"},
				{ID: "ok", Emoji: "👍", Key: "info.ok", To: Done},
			},
		},
	},
}

// pageStep shows a page of the first level, or one that belongs to another: "back" leads
// from the second to the first.
func pageStep(id string, below ...string) Step {
	return Step{
		ID: id, Kind: Choose, Columns: 2, Page: true, Discreet: true,
		Body: pageBody, Keys: []string{
			"info.gone", "info.checking", "info.level.germany", "info.level.saxony", "info.level.leipzig", "info.part",
			"info.checked", "info.checked.german", "info.draft", "info.source", "info.link", "info.helps", "contact.place", "contact.phone",
		},
		More: pageWays, Pick: (*Ctx).page, MoreTo: append(below, "found"), Take: findWords,
		Options: []Option{
			{ID: "ask", Emoji: "❓", Key: "info.ask", Do: askAboutPage, To: "ask/role"},
			{ID: "list", Emoji: "📚", Key: "info.all", To: "list"},
			{ID: "ok", Emoji: "👍", Key: "info.ok", To: Done},
		},
	}
}

// sheet is the page with the ID.
func (f Facts) sheet(id string) (Page, bool) {
	i := slices.IndexFunc(f.Pages, func(p Page) bool { return p.ID == id })
	if i < 0 {
		return Page{}, false
	}
	return f.Pages[i], true
}

// opened is the page that is looked at, with the part of it, from 1. Who goes back from a
// page that belongs to another looks at that from its beginning.
func (c *Ctx) opened() (p Page, part int, ok bool) {
	p, ok = c.In.Facts.sheet(c.State.Page)
	p = p.By(c.checks())
	part = min(max(c.State.Part, 1), max(len(p.Parts), 1))
	if top, has := c.In.Facts.sheet(p.Parent); has && c.at().Step == "page" {
		return top.By(c.checks()), 1, true
	}
	return p, part, ok
}

// listPagesBody says how to look for pages: by writing only where nobody else is meant.
func listPagesBody(c *Ctx) []Text {
	if c.writesToOthers() {
		return []Text{say("info.list.button")}
	}
	return []Text{say("info.list")}
}

// topPages are those of the first level: what is for the person's role comes first, what
// is for others last.
func topPages(c *Ctx) []Option {
	var out [3][]Option
	for _, p := range c.In.Facts.Pages {
		rank := 1
		switch {
		case p.Parent != "":
			continue
		case len(p.Roles) == 0 || c.State.Role == "":
		case slices.Contains(p.Roles, c.State.Role):
			rank = 0
		default:
			rank = 2
		}
		out[rank] = append(out[rank], pageOption(p))
	}
	return slices.Concat(out[:]...)
}

// levels are the signs of those whose rules a page tells.
var levels = map[string]string{"germany": "🏛", "saxony": "🏞", "leipzig": "🏙"}

func pageOption(p Page) Option {
	return Option{ID: pageButton + p.ID, Emoji: levels[p.Level], Key: p.Title}
}

// page does what a button about a page says.
func (c *Ctx) page(button string) {
	id, arg, _ := strings.Cut(strings.TrimPrefix(button, pageButton), "/")
	if id == directory {
		c.turnPlaces(arg)
		return
	}
	p, ok := c.In.Facts.sheet(id)
	if !ok {
		c.ask(say("old"))
		return
	}
	c.State.Misses = 0
	n, tag := 1, ""
	if of, is := strings.CutPrefix(arg, "say/"); is && p.Phrases {
		c.phrase(p, of)
		return
	}
	if tag, ok = strings.CutPrefix(arg, "in/"); ok && p.Phrases && slices.Contains(c.tags(), tag) {
		c.State.Phrases = tag
	} else if of, err := strconv.Atoi(arg); err == nil {
		n = of
	}
	c.State.Page, c.State.Part = p.ID, n
	if c.State.At.Flow == "info" {
		c.go_(p.step())
		return
	}
	c.aside(Place{"info", p.step()})
}

// step is the one that shows the page.
func (p Page) step() string {
	switch {
	case p.Phrases:
		return "phrases"
	case p.Parent != "":
		return "sub"
	}
	return "page"
}

func pageBody(c *Ctx) []Text {
	p, part, ok := c.opened()
	if !ok || len(p.Parts) == 0 {
		return []Text{say("info.gone")}
	}
	var out []Text
	if c.In.Now.After(p.Next.Add(overdueFor)) {
		out = append(out, say("info.checking"))
	}
	if p.Level != "" {
		out = append(out, say("info.level."+p.Level))
	}
	out = append(out, say(p.Parts[part-1]))
	if len(p.Parts) > 1 {
		out = append(out, say("info.part", number("n", part), number("of", len(p.Parts))))
	}
	if part == len(p.Parts) {
		for _, link := range p.Links {
			out = append(out, say("info.link", code("link", link)))
		}
		out = append(out, whoHelps(c.places(), p.Helps)...)
	}
	return append(out, sourceLines(p)...)
}

// sourceLines say where the facts are from, and who stands for them.
func sourceLines(p Page) []Text {
	state := say("info.draft")
	switch {
	case !p.Checked.IsZero():
		state = say("info.checked", date("date", p.Checked))
	case !p.German.IsZero():
		state = say("info.checked.german", date("date", p.German))
	}
	return []Text{say("info.source", named("source", p.Source)), state}
}

// whoHelps are places of these IDs, as far as the network has confirmed them.
func whoHelps(all []Contact, ids []string) []Text {
	named := slices.DeleteFunc(slices.Clone(all), func(p Contact) bool { return !slices.Contains(ids, p.ID) })
	out := slices.Concat(contacts(named, false), contacts(named, true))
	if len(out) == 0 {
		return nil
	}
	return append([]Text{say("info.helps")}, out...)
}

// pageWays lead to the other parts of a page and, from its last, to those that belong to it.
func pageWays(c *Ctx) []Option {
	p, part, ok := c.opened()
	if !ok {
		return nil
	}
	var out []Option
	to := func(n int, emoji, key string) {
		out = append(out, Option{ID: pageButton + p.ID + "/" + strconv.Itoa(n), Emoji: emoji, Key: key})
	}
	if part < len(p.Parts) {
		to(part+1, "▶️", "info.next")
	}
	if part > 1 {
		to(part-1, "◀️", "info.prev")
	}
	for _, below := range c.In.Facts.Pages {
		if below.Parent == p.ID && part == len(p.Parts) {
			out = append(out, pageOption(below))
		}
	}
	return out
}

// askAboutPage begins a question about what the page is about.
func askAboutPage(c *Ctx) {
	p, _, _ := c.opened()
	c.topicOfLink = p.Topic
}

func phrasesBody(c *Ctx) []Text {
	p, _, ok := c.opened()
	if !ok || len(p.Parts) == 0 {
		return []Text{say("info.gone")}
	}
	out := []Text{say("info.phrases"), say("info.phrases.in", word("language", "language.name."+c.phrasesIn()))}
	for i, key := range p.Parts {
		out = append(out, say("info.phrase", number("n", i+1), word("text", key)))
	}
	return append(out, sourceLines(p)...)
}

// phrasesIn is the language in which phrases are sent.
func (c *Ctx) phrasesIn() string {
	if slices.Contains(c.tags(), c.State.Phrases) {
		return c.State.Phrases
	}
	return c.State.Lang
}

func (c *Ctx) tags() []string {
	var out []string
	for _, l := range c.In.Facts.Languages {
		out = append(out, l.Tag)
	}
	return out
}

// phraseNumbers are the phrases in their order, so that the number itself is an answer as
// well.
func phraseNumbers(c *Ctx) []Option {
	p, _, _ := c.opened()
	var out []Option
	for i := range p.Parts {
		digits := strconv.Itoa(i + 1)
		out = append(out, Option{ID: pageButton + p.ID + "/say/" + digits, Label: digits})
	}
	return out
}

func phraseLanguages(c *Ctx) []Option {
	p, _, _ := c.opened()
	var out []Option
	for _, l := range c.In.Facts.Languages {
		out = append(out, Option{ID: pageButton + p.ID + "/in/" + l.Tag, Label: l.Name})
	}
	return out
}

// phrase sends one phrase in a message that holds nothing else, to be copied and sent on.
func (c *Ctx) phrase(p Page, digits string) {
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > len(p.Parts) {
		c.ask(say("old"))
		return
	}
	alone := say(p.Parts[n-1])
	alone.Lang = c.phrasesIn()
	c.Do(Hand{Body: []Text{alone}})
}

// mostFound is how many pages are offered for some words.
const mostFound = 5

// find looks for pages and remembers which there are, not what was asked for.
func (c *Ctx) find(words string) bool {
	c.State.Found = nil
	if c.In.Facts.Find != nil {
		found := c.In.Facts.Find(words)
		c.State.Found = found[:min(len(found), mostFound)]
	}
	return len(c.State.Found) > 0
}

func acceptQuery(c *Ctx, text string) (answer, wrong string) {
	c.find(text)
	return "", ""
}

// maxQuery is how long, in UTF-16 units, a text may be to be taken for words to look for.
const maxQuery = 40

// findWords looks for what is typed while pages are read. What finds none may be meant for
// the desk, and so may everything of somebody who waits for an answer, or is writing.
func findWords(c *Ctx) bool {
	e := c.In.Event
	if e.Kind != chat.Text || units(e.Text) > maxQuery || c.writesToOthers() || !c.find(e.Text) {
		return freeText(c)
	}
	c.go_("found")
	return true
}

// writesToOthers reports whether what is written while pages are read may be meant for
// the desk: who waits for an answer, or is in the middle of a question.
func (c *Ctx) writesToOthers() bool { return len(c.addable()) > 0 || c.State.Under != nil }

func foundBody(c *Ctx) []Text {
	if len(foundPages(c)) == 0 {
		return []Text{say("info.none")}
	}
	return []Text{say("info.found")}
}

func foundPages(c *Ctx) []Option {
	var out []Option
	for _, id := range c.State.Found {
		if p, ok := c.In.Facts.sheet(id); ok {
			out = append(out, pageOption(p))
		}
	}
	return out
}
