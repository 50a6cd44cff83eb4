package flows

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A link is where a poster leads: "/start ar_ask_housing", "/start info_kita". Its parts are joined by
// "_" and may be missing from either end: a language, where to begin, and what a
// question is about or which page it is.
type link struct{ Lang, To, Topic, Page string }

// linked are the places a link can lead to, by the name of the navigation. The
// emergency card is none: it interrupts nothing.
var linked = map[string]Place{
	"ask":      {"ask", "role"},
	"help":     {"help", "about"},
	"info":     {"info", "list"},
	"join":     {"join", "list"},
	"meetings": {"meetings", "list"},
	"privacy":  {"privacy", "notice"},
	"sos":      {},
}

// maxLink is the longest payload of a deep link (Bot API, "Deep linking"), and
// linkShape what it is made of.
const maxLink = 64

var linkShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// readLink takes a payload apart. It ends where it is not understood any more, so
// that an old poster still leads as far as it can; a hostile one leads nowhere.
func readLink(payload string, f Facts) (l link) {
	if len(payload) > maxLink {
		return l
	}
	parts := strings.Split(payload, "_")
	for _, lang := range f.Languages {
		if strings.EqualFold(parts[0], lang.Tag) {
			l.Lang, parts = lang.Tag, parts[1:]
			break
		}
	}
	if len(parts) == 0 {
		return l
	}
	to := strings.ToLower(parts[0])
	if _, ok := linked[to]; ok {
		l.To = to
	}
	if len(parts) < 2 {
		return l
	}
	if p, ok := f.sheet(strings.ToLower(parts[1])); ok && l.To == "info" {
		l.Page = p.ID
	}
	if l.To != "ask" {
		return l
	}
	for _, t := range f.Topics {
		if strings.EqualFold(parts[1], t.ID) {
			l.Topic = t.ID
		}
	}
	return l
}

// follow leads somebody who has no language yet: to the link's, unless it names
// none, and then where it leads. A language that was chosen is never changed.
func (c *Ctx) follow(l link) {
	c.State.At, c.State.Under = Place{Flow: "language", Step: "pick"}, nil
	if to := linked[l.To]; to != (Place{}) {
		c.State.Under = &to
	}
	if p, ok := c.In.Facts.sheet(l.Page); ok {
		c.State.Page, c.State.Part, c.State.Under = p.ID, 1, &Place{"info", p.step()}
	}
	c.set(linkedTopic, l.Topic)
	if l.To == "sos" {
		c.emergency()
	}
	if l.Lang == "" {
		c.beforeLanguage()
		return
	}
	c.State.Lang = l.Lang
	c.Say(say("start.link"))
	c.end()
}

// Links are all payloads that are understood, each in the form to print.
func Links(tags []string, topics []Topic, pages []Page) []string {
	to := slices.Sorted(maps.Keys(linked))
	for _, t := range topics {
		to = append(to, "ask_"+t.ID)
	}
	for _, p := range pages {
		to = append(to, "info_"+p.ID)
	}
	out := to[:len(to):len(to)]
	for _, tag := range tags {
		out = append(out, tag)
		for _, t := range to {
			out = append(out, tag+"_"+t)
		}
	}
	return out
}

// links finds payloads that no network takes or that are understood as something
// else.
func (l *linter) links() {
	f := Facts{Topics: l.topics}
	for _, tag := range l.words.Tags() {
		f.Languages = append(f.Languages, Language{tag, tag})
	}
	for _, name := range slices.Sorted(maps.Keys(linked)) {
		if at := linked[name]; at != (Place{}) && l.table.step(at) == nil {
			l.problem("link "+name, "leads to %s, which is not there", at)
		}
	}
	for _, payload := range Links(l.words.Tags(), l.topics, nil) {
		if !linkShape.MatchString(payload) {
			l.problem("link "+payload, "is not 1 to %d of A-Z a-z 0-9 _ -", maxLink)
		}
		k, parts := readLink(payload, f), []string{}
		for _, part := range []string{k.Lang, k.To, k.Topic, k.Page} {
			if part != "" {
				parts = append(parts, part)
			}
		}
		if read := strings.Join(parts, "_"); read != payload {
			l.problem("link "+payload, "is understood as %q", read)
		}
	}
}
