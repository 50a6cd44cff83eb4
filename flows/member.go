package flows

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// JoinVersion is raised when the meaning of the consent to be registered changes; who
// changes their registration is then asked again.
const JoinVersion = "1.0"

// A Member is somebody who registered: a person, or somebody who speaks for an
// organisation. Of a person there is no name.
type Member struct {
	ID        string    `json:"id"`
	Number    string    `json:"n"`
	Lang      string    `json:"lang"`          // in which they read
	Org       string    `json:"org,omitempty"` // name of the organisation; "" is a person
	Reach     Route     `json:"reach"`
	Interests []string  `json:"topics,omitempty"` // IDs of topics
	Languages []string  `json:"langs,omitempty"`  // tags of languages that they speak
	Consent   Consent   `json:"consent"`
	Since     time.Time `json:"since"`
	Changed   time.Time `json:"changed"`          // by themselves
	Asked     time.Time `json:"asked,omitzero"`   // whether it is still right; zero once that is answered
	Checked   time.Time `json:"checked"`          // when they last said that it is
	Paused    bool      `json:"paused,omitempty"` // nobody shall contact them now
	Welcome   Welcome   `json:"w,omitempty"`
	Welcomed  time.Time `json:"w_at,omitzero"`
	Told      Welcome   `json:"told,omitempty"` // what they were told of it
	// Exchange is what an organisation wants to exchange with others about; "" wants none.
	Exchange Exchange `json:"x,omitzero"`
	// Met are the organisations that they were asked about, so that no one is asked twice.
	Met []Met `json:"met,omitempty"`
}

// A Way says how somebody wants to be reached.
type Way string

// The ways. In the chat is what holds unless somebody chooses another.
const (
	ByChat  Way = "chat"
	ByPhone Way = "phone"
	ByMail  Way = "mail"
)

// A Route is how somebody can be reached; At is the telephone number or the address of mail,
// "" in this chat.
type Route struct {
	Way Way    `json:"w"`
	At  string `json:"at,omitempty"`
}

// An Exchange is what an organisation wants to exchange about, and how another one that
// wants it, too, can reach it.
type Exchange struct {
	Topics []string `json:"t,omitempty"`
	Reach  Route    `json:"r,omitzero"`
}

// Welcome is what the desk did about a registration.
type Welcome string

// The states of a welcome.
const (
	WelcomeOpen Welcome = ""
	Welcomed    Welcome = "greeted"
	NotReached  Welcome = "unreached"
)

// Met is a member with whom a pair was proposed; Pair is "" when that is over.
type Met struct {
	Pair string `json:"p,omitempty"`
	With string `json:"m"`
}

// mostMet is how many pairs are remembered of one member; MaxPairs how many of them can be open.
const mostMet = 20

// MaxPairs is how many pairs of one member can be open or introduced at once.
const MaxPairs = 5

// Limits of a registration.
const (
	maxOrg       = 60 // UTF-16 units of an organisation's name
	maxMail      = 100
	maxSpoken    = 8 // languages
	maxInterests = 12
)

// Registered reports whether there is a registration.
func (m Member) Registered() bool { return m.ID != "" }

// Wants reports whether the member would be asked about an exchange now.
func (m Member) Wants() bool { return m.Org != "" && len(m.Exchange.Topics) > 0 && !m.Paused }

// Asking is the member with one more pair, without those that are forgotten.
func (m Member) Asking(p Pair, other string) Member {
	m.Met = append(slices.Clone(m.Met), Met{p.ID, other})
	m.Met = m.Met[max(0, len(m.Met)-mostMet):]
	return m
}

// Left is the member after a pair is over.
func (m Member) Left(pair string) Member {
	m.Met = slices.Clone(m.Met)
	for i := range m.Met {
		if m.Met[i].Pair == pair {
			m.Met[i].Pair = ""
		}
	}
	return m
}

// Pairs are the IDs of the pairs that are not over.
func (m Member) Pairs() (out []string) {
	for _, k := range m.Met {
		if k.Pair != "" {
			out = append(out, k.Pair)
		}
	}
	return out
}

// Knows reports whether the member was asked about another one before.
func (m Member) Knows(id string) bool {
	return slices.ContainsFunc(m.Met, func(k Met) bool { return k.With == id })
}

// A Facet is something by which members are found: one index row each. It begins with a
// letter that says what of.
type Facet = string

// The kinds of facet. FacetWord is for words of an organisation's name, which stand in
// the index as an HMAC (package bot).
const (
	FacetAll      = "a"
	FacetOrg      = "o"
	FacetPerson   = "p"
	FacetPaused   = "z"
	FacetWelcome  = "w" // + open, greeted or unreached
	FacetTopic    = "t" // + ID
	FacetLang     = "l" // + tag
	FacetExchange = "x" // + ID of a topic; only of those who would be asked now
	FacetWord     = "n" // + HMAC
)

// Facets are those of a member, but for the words of its name.
func (m Member) Facets() []Facet {
	out := []Facet{FacetAll, FacetWelcome + m.Welcome.name()}
	if m.Org == "" {
		out = append(out, FacetPerson)
	} else {
		out = append(out, FacetOrg)
	}
	if m.Paused {
		out = append(out, FacetPaused)
	}
	for _, t := range m.Interests {
		out = append(out, FacetTopic+t)
	}
	for _, l := range m.Languages {
		out = append(out, FacetLang+l)
	}
	if m.Wants() {
		for _, t := range m.Exchange.Topics {
			out = append(out, FacetExchange+t)
		}
	}
	return out
}

func (w Welcome) name() string {
	if w == WelcomeOpen {
		return "open"
	}
	return string(w)
}

// Joined is what is known of somebody's registration.
type Joined struct {
	Member Member
	Pairs  []Pairing // those that are not over
}

// joined is what is known of the person's registration, with what they have just changed.
func (c *Ctx) joined() Joined {
	if c.In.Facts.Joined == nil {
		return Joined{}
	}
	j := c.In.Facts.Joined()
	if c.member != nil {
		j.Member = *c.member
	}
	return j
}

func isMember(c *Ctx) bool  { return c.joined().Member.Registered() }
func notMember(c *Ctx) bool { return !isMember(c) }

// enrol wishes that this is the person's registration now.
func (c *Ctx) enrol(m Member) {
	c.member = &m
	c.Do(Enrol{Member: m})
}

// acceptOrg takes the name of an organisation: one line with a letter in it.
func acceptOrg(_ *Ctx, text string) (answer, wrong string) {
	name := strings.Join(strings.Fields(text), " ")
	if units(name) > maxOrg || !strings.ContainsFunc(name, unicode.IsLetter) {
		return "", "register.org.wrong"
	}
	return name, ""
}

func acceptName(c *Ctx, text string) (answer, wrong string) {
	name, wrong := acceptOrg(c, text)
	if wrong == "" {
		c.set("register.org", name)
	}
	return "", wrong
}

// readMail takes an address of mail as far as one can tell: something, an at sign, and a
// name of a host with a dot in it.
func readMail(text string) (address string, ok bool) {
	text = strings.TrimSpace(text)
	name, host, found := strings.Cut(text, "@")
	if !found || name == "" || len(text) > maxMail || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r < '!' || r > '~' }) {
		return "", false
	}
	dot := strings.LastIndexByte(host, '.')
	return text, dot > 0 && dot < len(host)-2 && !strings.ContainsAny(host, "@<>(),;:\"[]\\")
}

// chosen are the values of an answer that holds several.
func chosen(answer string) []string {
	if answer == "" {
		return nil
	}
	return strings.Split(answer, ",")
}

// flip turns one of several values of an answer on or off, up to so many.
func (c *Ctx) flip(name, value string, most int) {
	have := chosen(c.Answer(name))
	if i := slices.Index(have, value); i >= 0 {
		have = slices.Delete(have, i, i+1)
	} else if len(have) < most {
		have = append(have, value)
	}
	c.set(name, strings.Join(have, ","))
}

// choosable is an option that can be on or off.
func choosable(id, emoji, key string, on bool) Option {
	if on {
		return Option{ID: id, Emoji: "✔️", Text: &Text{Key: key}}
	}
	return Option{ID: id, Emoji: emoji, Key: key}
}

// interests are the topics that one can be interested in, turned on or off by an answer.
func interests(c *Ctx, name string) []Option {
	var out []Option
	on := chosen(c.Answer(name))
	for _, t := range c.In.Facts.Topics {
		if !t.Linked && !t.Contacts {
			out = append(out, choosable(t.ID, t.Emoji, topicKey(t.ID), slices.Contains(on, t.ID)))
		}
	}
	return out
}

// tongues are the languages that somebody may speak: their own and German first.
func tongues(lang string) []string {
	var tags []string
	if lang != "" {
		tags = append(tags, lang)
	}
	for _, tag := range append([]string{"de"}, Interpreted...) {
		if tag != lang {
			tags = append(tags, tag)
		}
	}
	return tags
}

// memberLines say what is registered.
func memberLines(m Member) []Text {
	out := []Text{say("register.as.person")}
	if m.Org != "" {
		out = []Text{say("register.as.org", named("name", m.Org))}
	}
	out = append(out, reachText(m.Reach))
	out = append(out, itemized("register.topics", "register.topics.none", m.Interests, topicKey)...)
	return append(out, itemized("register.languages.are", "register.languages.are.none", m.Languages, languageKey)...)
}

// reachText says how somebody wants to be reached.
func reachText(r Route) Text {
	switch r.Way {
	case ByPhone, ByMail:
		return say("register.reach."+string(r.Way), code("at", r.At))
	}
	return say("register.reach.chat")
}

// itemized says several things in lines of their own, or that there are none.
func itemized(head, none string, ids []string, key func(string) string) []Text {
	if len(ids) == 0 {
		return []Text{say(none)}
	}
	out := []Text{say(head)}
	for _, id := range ids {
		out = append(out, say("register.item", word("what", key(id))))
	}
	return out
}

func languageKey(tag string) string { return "language.name." + tag }
