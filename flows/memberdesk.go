package flows

import (
	"slices"
	"time"
)

// What the desk sees of those who registered. Buttons are "member/ID/ACTION",
// "member/ID/OTHER/pair", and "member/-/next/CURSOR/FACET…" below a list.

const memberButton = "member/"

// MemberCard stands for a registration in the desk.
func MemberCard(m Member) Tell {
	head := say("desk.member.card.person", code("number", m.Number))
	if m.Org != "" {
		head = say("desk.member.card.org", code("number", m.Number), named("name", m.Org))
	}
	body := []Text{head, say("desk.member.since", when("when", m.Since), word("language", languageKey(m.Lang))), reachText(m.Reach)}
	body = append(body, itemized("register.topics", "register.topics.none", m.Interests, topicKey)...)
	body = append(body, itemized("register.languages.are", "register.languages.are.none", m.Languages, languageKey)...)
	if m.Org != "" && len(m.Exchange.Topics) > 0 {
		body = append(body, itemized("desk.member.exchange", "", m.Exchange.Topics, topicKey)...)
	}
	if m.Paused {
		body = append(body, say("desk.member.paused"))
	}
	if m.Changed.Sub(m.Since) >= time.Hour {
		body = append(body, say("desk.member.changed", when("when", m.Changed)))
	}
	return Tell{Body: append(body, welcomeText(m)), Options: memberOptions(m), Columns: 2, Post: "card"}
}

func welcomeText(m Member) Text {
	if m.Welcome == WelcomeOpen {
		return say("desk.member.is.open")
	}
	return say("desk.member.is."+string(m.Welcome), when("when", m.Welcomed))
}

func memberOptions(m Member) []Option {
	var out []Option
	if m.Welcome != Welcomed {
		out = append(out, memberOption(m, string(Welcomed), "👋", "desk.member.do.greeted"))
	}
	if m.Welcome == WelcomeOpen {
		out = append(out, memberOption(m, string(NotReached), "📵", "desk.member.do.unreached"))
	}
	if m.Wants() {
		out = append(out, memberOption(m, "partners", "🔁", "desk.member.do.partners"))
	}
	return out
}

func memberOption(m Member, action, emoji, key string) Option {
	return Option{ID: memberButton + m.ID + "/" + action, Emoji: emoji, Key: key}
}

// A Roster counts registrations.
type Roster struct {
	N      int `json:"n"`
	Open   int `json:"open,omitempty"` // not greeted yet
	Paused int `json:"paused,omitempty"`
}

// Changed are the counts after one registration took the place of another; the zero Member
// is none.
func (r Roster) Changed(from, to Member) Roster {
	r.count(from, -1)
	r.count(to, 1)
	return r
}

func (r *Roster) count(m Member, n int) {
	if !m.Registered() {
		return
	}
	r.N += n
	if m.Welcome == WelcomeOpen {
		r.Open += n
	}
	if m.Paused {
		r.Paused += n
	}
}

// A Listed is what a list tells of a registration: no name and no way to reach them, since
// nobody finds a list again when one of those on it is deleted.
type Listed struct {
	ID     string
	Number string
	Facets []Facet
}

// Listed is what lists tell of the member.
func (m Member) Listed() Listed { return Listed{m.ID, m.Number, m.Facets()} }

// Has reports whether the member has all of the facets.
func (l Listed) Has(facets ...Facet) bool {
	return !slices.ContainsFunc(facets, func(f Facet) bool { return !slices.Contains(l.Facets, f) })
}

// MemberList is a page of those who registered; next is the button that goes on, "" when
// there are no more. Searched says that it is not all of them.
func MemberList(r Roster, all []Listed, searched bool, next, command string) Tell {
	t := Tell{Where: Here, Columns: 4, Body: []Text{say("desk.member.list", number("n", r.N), number("open", r.Open), number("paused", r.Paused))}}
	switch {
	case len(all) == 0 && searched:
		t.Body = append(t.Body, say("desk.member.found.none"))
	case searched:
		t.Body = append(t.Body, say("desk.member.found"))
	}
	for _, l := range all {
		t.Body = append(t.Body, say("desk.member.line", code("number", l.Number), word("as", l.as()), word("state", l.state())))
		t.Options = append(t.Options, Option{ID: memberButton + l.ID + "/show", Label: l.Number})
	}
	if next != "" {
		t.Options = append(t.Options, Option{ID: next, Emoji: "▶️", Key: "desk.member.do.next"})
	}
	t.Body = append(t.Body, say("desk.member.how", code("command", command)))
	return t
}

func (l Listed) as() string {
	if l.Has(FacetOrg) {
		return "desk.member.as.org"
	}
	return "desk.member.as.person"
}

func (l Listed) state() string {
	for _, w := range []Welcome{Welcomed, NotReached} {
		if l.Has(FacetWelcome+w.name()) && !l.Has(FacetPaused) {
			return welcomeKeys[w]
		}
	}
	if l.Has(FacetPaused) {
		return "desk.member.state.paused"
	}
	return welcomeKeys[WelcomeOpen]
}

var welcomeKeys = map[Welcome]string{WelcomeOpen: "desk.member.state.open", Welcomed: "desk.member.state.greeted", NotReached: "desk.member.state.unreached"}

// MemberWords are the words by which the desk finds members, beside topics, languages and
// names: the key of each, and what it stands for.
func MemberWords() map[string]Facet {
	words := map[string]Facet{"desk.member.as.org": FacetOrg, "desk.member.as.person": FacetPerson, "desk.member.state.paused": FacetPaused}
	for w, key := range welcomeKeys {
		words[key] = FacetWelcome + w.name()
	}
	return words
}

// PartnersTell lists organisations that could exchange with one.
func PartnersTell(m Member, all []Listed) Tell {
	if len(all) == 0 {
		return Tell{Where: Here, Body: []Text{say("desk.member.partners.none", code("number", m.Number))}}
	}
	t := Tell{Where: Here, Columns: 3, Body: []Text{say("desk.member.partners", code("number", m.Number))}}
	for _, l := range all {
		t.Options = append(t.Options, Option{ID: memberButton + m.ID + "/" + l.ID + "/pair", Emoji: "🔁", Label: l.Number})
	}
	t.Body = append(t.Body, say("desk.member.partners.how"))
	return t
}
