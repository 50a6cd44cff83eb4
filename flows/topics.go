package flows

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// SuggestVersion is raised when the meaning of suggest.consent changes.
const SuggestVersion = "suggest-1.0"

// A Suggestion is what somebody suggests to the network: a topic to talk about, or a project.
type Suggestion struct {
	ID     string        `json:"id"`
	Kind   SuggestKind   `json:"kind"`
	Text   string        `json:"text"`
	Status SuggestStatus `json:"status"`
	Theme  string        `json:"theme,omitempty"` // of a topic: which it became, or was the same as
	Shown  bool          `json:"shown,omitempty"` // of a project: everybody may read it
	At     time.Time     `json:"at"`
}

// A SuggestKind says what is suggested.
type SuggestKind string

// The kinds.
const (
	SuggestTopic   SuggestKind = "topic"
	SuggestProject SuggestKind = "project"
)

// A SuggestStatus is what became of a suggestion.
type SuggestStatus string

// What can become of one: of a topic that it is open for votes, that it was open already,
// or not; of a project how far it is.
const (
	SuggestNew  SuggestStatus = "new"
	TopicOpen   SuggestStatus = "open"
	TopicMerged SuggestStatus = "merged"
	ProjectSeen SuggestStatus = "seen"
	ProjectWork SuggestStatus = "work"
	ProjectDone SuggestStatus = "done"
	SuggestNo   SuggestStatus = "no"
)

// projectSteps are how far a project can be, in their order.
var projectSteps = []SuggestStatus{ProjectSeen, ProjectWork, ProjectDone, SuggestNo}

// A Theme is a topic that people vote on. It is about nobody.
type Theme struct {
	ID    string    `json:"id"`
	Text  string    `json:"text"`
	Votes int       `json:"votes"`
	Since time.Time `json:"since"`
	Mine  bool      `json:"-"` // whoever looks has voted for it
}

// A Project is an idea that everybody may read. It is about nobody.
type Project struct {
	ID     string        `json:"id"`
	Text   string        `json:"text"`
	Status SuggestStatus `json:"status"`
}

// Limits of suggestions.
const (
	MaxTopicText   = 200 // UTF-16 units
	MaxProjectText = 400 // UTF-16 units
	MaxThemes      = 20  // topics that are open at once: all are read together, with the votes (store.MaxReads)
	MaxProjects    = 20  // ideas that everybody may read
	MaxSuggestions = 10  // of one person that are kept at once
	SuggestMonths  = 12  // that a suggestion, or an open topic, is kept
	themesOnPage   = 6
)

// Shares is what a handler may know of what people share: their own offer, and what can be
// read and voted on. Each part is read when it is first asked for, and is the same every
// time within one event; nil says that there is nothing.
type Shares struct {
	Offer    func() Offer
	Request  func(id string) (Request, bool)
	Themes   func() []Theme      // open, the newest first
	Own      func() []Suggestion // the person's, oldest first
	Projects func() []Project    // that everybody may read
}

// topicsFlow shows the topics that people vote on, and takes new ones. Nobody sees who voted,
// so no consent is asked for; what somebody writes is sent when they agree.
var topicsFlow = Flow{
	ID: "topics", Aside: true,
	Steps: []Step{
		{
			ID: "list", Kind: Choose, Columns: 3, Page: true, Enter: firstThemes,
			Body: themesBody, Keys: []string{"topics.list", "topics.none", "topics.line", "topics.line.mine", "topics.page"},
			More: themeButtons, Pick: pickTheme, MoreTo: []string{Stay},
			Options: []Option{
				{ID: "write", Emoji: "💡", Key: "topics.title", Do: newTopic, To: "write"},
				{ID: "ok", Emoji: "👍", Key: "info.ok", To: Done},
			},
		},
		{ID: "write", Kind: AskText, Accept: acceptTopic, Next: "send"},
		{
			ID: "send", Kind: Choose, Enter: wroteNoTopic, MoreTo: []string{"list"},
			Body: suggestConsentBody, Keys: suggestConsentKeys,
			Options: []Option{
				{ID: "yes", Emoji: "📤", Key: "suggest.send", Do: sendTopic, To: "list"},
				{ID: "again", Emoji: "✏️", Key: "suggest.again", To: "write"},
				{ID: "no", Emoji: "🗑", Key: "ask.preview.discard", Do: newTopic, To: "list"},
			},
		},
	},
}

// suggestConsentKeys are what is said above sending.
var suggestConsentKeys = []string{"suggest.consent", "ask.consent.channel.web", "ask.consent.channel.telegram", "ask.consent.channel.matrix", "ask.consent.channel.matrix.open", "ask.consent.channel.terminal"}

// themes are those that are open, with the vote that was just given.
func (c *Ctx) themes() []Theme {
	if c.In.Facts.Shares.Themes == nil {
		return nil
	}
	all := c.In.Facts.Shares.Themes()
	if c.voted == nil {
		return all
	}
	all = slices.Clone(all)
	for i, t := range all {
		if t.ID == c.voted.Theme {
			all[i] = t.Voted(c.voted.For)
		}
	}
	return all
}

// Voted is the topic when somebody votes for it, or takes that back.
func (t Theme) Voted(vote bool) Theme {
	switch {
	case vote && !t.Mine:
		t.Votes++
	case !vote && t.Mine:
		t.Votes--
	}
	t.Mine = vote
	return t
}

func firstThemes(c *Ctx) { c.State.Themes = 0 }

// themePage are the topics of the page that is looked at, with the number of the first.
func (c *Ctx) themePage() (page []Theme, from int) {
	all := c.themes()
	from = min(max(c.State.Themes, 0), len(all))
	return all[from:min(from+themesOnPage, len(all))], from
}

func themesBody(c *Ctx) []Text {
	page, from := c.themePage()
	if len(page) == 0 {
		return []Text{say("topics.none")}
	}
	out := []Text{say("topics.list")}
	for i, t := range page {
		key := "topics.line"
		if t.Mine {
			key = "topics.line.mine"
		}
		out = append(out, say(key, number("i", from+i+1), named("text", t.Text), Arg{Name: "n", Kind: Count, N: t.Votes}))
	}
	if n := len(c.themes()); n > themesOnPage {
		out = append(out, say("topics.page", number("from", from+1), number("to", from+len(page)), number("of", n)))
	}
	return out
}

// themeButtons are a button to vote for each topic of the page, and the ways to the others.
// They name the topic, not its place: that may be another one's by then.
func themeButtons(c *Ctx) []Option {
	page, from := c.themePage()
	var out []Option
	for i, t := range page {
		o := Option{ID: t.ID, Emoji: "🗳", Label: strconv.Itoa(from + i + 1)}
		if t.Mine {
			o.Emoji = "✅"
		}
		out = append(out, o)
	}
	if from > 0 {
		out = append(out, Option{ID: "prev", Emoji: "◀️", Key: "info.prev"})
	}
	if from+len(page) < len(c.themes()) {
		out = append(out, Option{ID: "more", Emoji: "▶️", Key: "info.next"})
	}
	return out
}

func pickTheme(c *Ctx, id string) {
	switch id {
	case "prev":
		c.State.Themes = max(c.State.Themes-themesOnPage, 0)
	case "more":
		c.State.Themes += themesOnPage
	default:
		i := slices.IndexFunc(c.themes(), func(t Theme) bool { return t.ID == id })
		c.voted = &Vote{Theme: id, For: !c.themes()[i].Mine}
		c.Do(*c.voted)
	}
	c.ask()
}

func newTopic(c *Ctx) { c.set("topics.write", "") }

// acceptTopic takes a topic on one line. Names and addresses do not belong there.
func acceptTopic(c *Ctx, text string) (answer, wrong string) {
	return acceptSuggestion(text, MaxTopicText, "topics.long")
}

func acceptSuggestion(text string, most int, long string) (answer, wrong string) {
	answer = strings.Join(strings.Fields(text), " ")
	switch {
	case answer == "":
		return "", "wrong.empty"
	case units(answer) > most:
		return "", long
	case reaches(answer):
		return "", "suggest.contact"
	}
	return answer, ""
}

func wroteNoTopic(c *Ctx) {
	if c.Answer("topics.write") == "" {
		c.go_("list")
	}
}

// suggestConsent is what is agreed to by sending, also what the record of consent hashes.
func (c *Ctx) suggestConsent() Text {
	return say("suggest.consent", code("version", SuggestVersion), word("channel", c.channel()))
}

func suggestConsentBody(c *Ctx) []Text { return []Text{c.suggestConsent()} }

func sendTopic(c *Ctx) { c.suggest(SuggestTopic, "topics.write", "topics.sent") }

// suggest sends what was written to the team. The words are not said again: those who have
// not agreed to anything else are told nothing that they wrote.
func (c *Ctx) suggest(kind SuggestKind, key, sent string) {
	text := c.Answer(key)
	c.set(key, "")
	c.State.At.Step, c.State.Back = "", nil // nobody goes back to what is sent
	switch {
	case text == "": // a state of another release
	case len(c.own()) >= MaxSuggestions:
		c.Say(say("suggest.many", number("max", MaxSuggestions)))
	default:
		c.Do(Agree{Version: SuggestVersion, For: ForSuggesting, Shown: c.suggestConsent()})
		c.Do(Suggest{Kind: kind, Text: text})
		c.suggested = append(c.suggested, Suggestion{Kind: kind, Text: text, Status: SuggestNew, At: c.In.Now})
		c.Say(say(sent))
	}
}

// own are the person's suggestions, with the one that was just sent.
func (c *Ctx) own() []Suggestion {
	if c.In.Facts.Shares.Own == nil {
		return c.suggested
	}
	return slices.Concat(c.In.Facts.Shares.Own(), c.suggested)
}

// SuggestSay tells somebody what became of what they suggested.
func SuggestSay(s Suggestion) Say {
	key := "suggest.topic."
	if s.Kind == SuggestProject {
		key = "suggest.project."
	}
	out := Say{
		Body:    []Text{say(key+string(s.Status), named("text", Shorten(s.Text, toldBytes)))},
		Options: []Option{{ID: "nav/topics", Emoji: "🗳", Key: "topics.list.title"}},
	}
	if s.Kind == SuggestProject {
		out.Options = []Option{{ID: "nav/ideas", Emoji: "🌱", Key: "project.list.title"}}
	}
	return out
}
