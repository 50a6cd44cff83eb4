package bot

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
)

// membersAtOnce is how many registrations a page lists, membersLooked how many rows of the
// index it looks at to find them (store.MaxReads).
const (
	membersAtOnce = 8
	membersLooked = 60
)

// members lists registrations for whoever asked, or those that the words behind the
// command find.
func (t *turn) members() error {
	words := strings.Fields(t.ev.Args)
	if len(words) == 1 {
		if n, ok := locales.ParseNumber(words[0]); ok {
			return t.memberNumbered(strconv.Itoa(n))
		}
	}
	return t.memberPage("", t.b.queried(words))
}

func (t *turn) memberNumbered(number string) error {
	about, _, err := load[ref](t.tx, keyOf("number", number))
	if err != nil {
		return err
	}
	return t.showHere(about)
}

// showHere shows a registration where it was asked for.
func (t *turn) showHere(about ref) error {
	m, err := memberOf(t.tx, about.PID)
	if err != nil {
		return err
	}
	if about.Member == "" || m.ID != about.Member { // perhaps it is being deleted
		return t.tellHere(flows.Text{Key: "desk.member.none"})
	}
	for _, d := range t.here() {
		it := t.memberItem(about.PID, m)
		it.To = inThreadOf(d, t.ev.In)
		if err := t.enqueue(it, talk); err != nil {
			return err
		}
	}
	return nil
}

// shortestPrefix is how many letters of a word must be typed to find it.
const shortestPrefix = 4

// A meant is what one typed word can stand for: a member must have one of these.
type meant []flows.Facet

// queried is what words stand for; what most narrows it down comes first.
func (b edition) queried(words []string) []meant {
	var out []meant
	for _, word := range words {
		out = append(out, b.facetsOf(locales.Fold(word)))
	}
	slices.SortStableFunc(out, func(a, b meant) int { return len(a) - len(b) })
	return out
}

// facetsOf is what a typed word can stand for: a word of a name, a state, a topic, a language.
func (b edition) facetsOf(word string) meant {
	out := meant{b.wordFacet(word)}
	says := func(text string) bool {
		return slices.ContainsFunc(strings.Fields(locales.Fold(text)), func(w string) bool {
			return w == word || utf8.RuneCountInString(word) >= shortestPrefix && strings.HasPrefix(w, word)
		})
	}
	label := func(key string) string { return b.label(b.deskLang(), flows.Text{Key: key}) }
	add := func(means bool, f flows.Facet) {
		if means && !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	states := flows.MemberWords()
	for _, key := range slices.Sorted(maps.Keys(states)) {
		add(locales.Fold(label(key)) == word, states[key])
	}
	for _, topic := range b.lists.topics {
		add(word == topic.ID || says(label("topic."+topic.ID)), flows.FacetTopic+topic.ID)
	}
	for _, tag := range append([]string{"de"}, flows.Interpreted...) {
		add(word == tag || says(label("language.name."+tag)), flows.FacetLang+tag)
	}
	for _, l := range b.lists.languages {
		add(says(l.Name), flows.FacetLang+l.Tag)
	}
	return out
}

// Between the facets of a word, and between words, in the ID of a button.
const (
	orSign  = "+"
	andSign = "/"
)

// memberPage lists those that have what is wanted, after the one with the ID.
func (t *turn) memberPage(after string, want []meant) error {
	r, err := t.roster()
	if err != nil {
		return err
	}
	all, last, more, err := t.found(want, after)
	if err != nil {
		return err
	}
	next := ""
	if more {
		next = "member/-/next/" + last
		for _, w := range want {
			next += andSign + strings.Join(w, orSign)
		}
		if len(next) > chat.MaxButtonID { // of so many words the first page is all there is
			next = ""
		}
	}
	return t.offerHere(flows.MemberList(r, all, len(want) > 0, next, t.b.typed(t.ev.In.Platform, "anmeldungen")))
}

// found are a page of those that have what is wanted, in the order in which they
// registered; last is the one that was looked at last, and more says that there can be
// others behind it.
func (t *turn) found(want []meant, after string) (all []flows.Listed, last string, more bool, err error) {
	first, rest := meant{flows.FacetAll}, want
	if len(want) > 0 {
		first, rest = want[0], want[1:]
	}
	rows, more, err := t.anyOf(first, after)
	if err != nil {
		return nil, "", false, err
	}
	for _, l := range rows {
		if len(all) == membersAtOnce {
			return all, last, true, nil
		}
		last = l.ID
		if !slices.ContainsFunc(rest, func(w meant) bool { return !slices.ContainsFunc(w, func(f flows.Facet) bool { return l.Has(f) }) }) {
			all = append(all, l)
		}
	}
	return all, last, more, nil
}

// anyOf are those behind the one with the ID that have any of the facets, in order.
func (t *turn) anyOf(facets meant, after string) (all []flows.Listed, more bool, err error) {
	known := "" // up to here all are known; "" is: to the end
	limit := membersLooked / len(facets)
	for _, f := range facets {
		prefix := keyOf("joined", f) + "/"
		from := ""
		if after != "" {
			from = prefix + after
		}
		rows, err := t.tx.Scan(prefix, from, limit)
		if err != nil {
			return nil, false, err
		}
		id := ""
		for _, row := range rows {
			var x indexed
			if err := unpack(row.Key, row.Value, &x); err != nil {
				return nil, false, err
			}
			id = strings.TrimPrefix(row.Key, prefix)
			all = append(all, x.listed(id))
		}
		if len(rows) == limit && (known == "" || id < known) {
			known = id
		}
	}
	slices.SortFunc(all, func(a, b flows.Listed) int { return strings.Compare(a.ID, b.ID) })
	all = slices.CompactFunc(all, func(a, b flows.Listed) bool { return a.ID == b.ID })
	if known == "" {
		return all, false, nil
	}
	return slices.DeleteFunc(all, func(l flows.Listed) bool { return l.ID > known }), true, nil
}

// memberPress is a button "member/ID/ACTION…", or "member/-/next/…" below a list.
func (t *turn) memberPress(parts []string) error {
	if parts[1] == "-" {
		if parts[2] != "next" || len(parts) < 4 {
			return nil
		}
		var want []meant
		for _, w := range parts[4:] {
			want = append(want, strings.Split(w, orSign))
		}
		return t.memberPage(parts[3], want)
	}
	pid, m, err := t.byID(parts[1])
	if err != nil {
		return err
	}
	if !m.Registered() {
		return t.tellHere(flows.Text{Key: "desk.member.none"})
	}
	switch {
	case parts[2] == "show":
		return t.showHere(ref{PID: pid, Member: m.ID})
	case parts[2] == string(flows.Welcomed), parts[2] == string(flows.NotReached):
		return t.welcome(pid, m, flows.Welcome(parts[2]))
	case parts[2] == "partners":
		all, err := t.partners(m, membersAtOnce)
		if err != nil {
			return err
		}
		return t.offerHere(flows.PartnersTell(m, all))
	case len(parts) == 4 && parts[3] == "pair":
		return t.pairPress(pid, m, parts[2])
	}
	return nil
}

// welcome notes what the desk did about a registration, and lets its person hear of it.
func (t *turn) welcome(pid string, m flows.Member, w flows.Welcome) error {
	if m.Welcome == w {
		return t.showMember(pid, m)
	}
	before := m
	m.Welcome, m.Welcomed = w, t.now
	if err := t.saveMember(pid, before, m); err != nil {
		return err
	}
	t.at(t.b.lists.calendar.Decent(t.now), "welcome", pid)
	return t.showMember(pid, m)
}
