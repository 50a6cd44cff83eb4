package flows

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// A Cast is an announcement of a meeting, or of a campaign, to everybody whom it concerns. The desk sees
// whom it would reach and what it would say, and only then decides.
type Cast struct {
	ID       string    `json:"id"`
	Meeting  string    `json:"m,omitempty"`
	Survey   string    `json:"sv,omitempty"` // the campaign to which it invites; then there is no meeting
	Title    string    `json:"ti,omitempty"` // key of what that is called
	News     News      `json:"n"`
	Stage    Stage     `json:"s"`
	Version  int       `json:"v"`             // of the plan that the desk was shown (Planning.Version)
	Sequence int       `json:"q,omitempty"`   // of the meeting as it was published
	Plan     Meeting   `json:"p"`             // as it was shown, or published
	Was      *Meeting  `json:"w,omitempty"`   // as people knew it
	Instead  *Meeting  `json:"i,omitempty"`   // what takes its place
	Reach    Reach     `json:"r,omitzero"`    // counted before
	Wants    string    `json:"a,omitempty"`   // what has to be tapped twice
	Room     string    `json:"room"`          // network of the room in which it was asked for
	When     time.Time `json:"t,omitzero"`    // when it begins
	Others   bool      `json:"o,omitempty"`   // those with needs are told
	Page     int       `json:"g,omitempty"`   // how many pages of people were looked at
	After    string    `json:"f,omitempty"`   // the last who was looked at
	Sent     Outcome   `json:"sent,omitzero"` // queued, and those who were not even tried
	Seen     int       `json:"d,omitempty"`   // how many are settled, as the desk knows
	Pause    int       `json:"z,omitempty"`   // seconds until it is looked at again
}

// A Stage is how far an announcement is.
type Stage string

// The stages.
const (
	CastCounting   Stage = "counting"
	CastAsked      Stage = "asked"
	CastSure       Stage = "sure" // the second tap is missing
	CastPlanned    Stage = "planned"
	CastSending    Stage = "sending"
	CastQueued     Stage = "queued" // everybody's turn has come
	CastDone       Stage = "done"
	CastSilent     Stage = "silent"
	CastDropped    Stage = "dropped"
	CastStopped    Stage = "stopped"
	CastSuperseded Stage = "superseded"
)

// Open reports whether it waits for the desk.
func (s Stage) Open() bool { return s == CastAsked || s == CastSure || s == CastCounting }

// Going reports whether somebody may still be told.
func (s Stage) Going() bool { return s == CastPlanned || s == CastSending || s == CastQueued }

// A Reach is whom an announcement would reach, by language.
type Reach struct {
	People int            `json:"n,omitempty"`
	Langs  map[string]int `json:"l,omitempty"`
	Away   int            `json:"a,omitempty"` // who closed the chat
}

// Count adds one of the language.
func (r *Reach) Count(lang string) {
	if r.Langs == nil {
		r.Langs = map[string]int{}
	}
	r.People++
	r.Langs[lang]++
}

// An Outcome counts what became of messages: how many there are, or arrived, and why others
// did not. Not more than a reason is known of those.
type Outcome struct {
	N    int         `json:"n,omitempty"`
	Lost map[Why]int `json:"l,omitempty"`
}

// Lose counts one that does not arrive.
func (t *Outcome) Lose(why Why) {
	if t.Lost == nil {
		t.Lost = map[Why]int{}
	}
	t.Lost[why]++
}

// Add adds another outcome.
func (t *Outcome) Add(o Outcome) {
	t.N += o.N
	for why, n := range o.Lost {
		for range n {
			t.Lose(why)
		}
	}
}

// lost is how many did not arrive.
func (t Outcome) lost() (n int) {
	for _, m := range t.Lost {
		n += m
	}
	return n
}

// A Why is a reason why somebody was not reached.
type Why string

// The reasons.
const (
	WhyGone     Why = "gone"     // closed the chat
	WhyBad      Why = "bad"      // the network refused it
	WhyTime     Why = "time"     // out of reach for a day
	WhyOff      Why = "off"      // the network is not turned on
	WhyNeedless Why = "needless" // ended it meanwhile, or it is out of date
	WhyUnknown  Why = "unknown"  // deleted their data meanwhile, or the row is damaged
)

var whys = []Why{WhyGone, WhyBad, WhyTime, WhyOff, WhyUnknown, WhyNeedless}

const (
	manyPeople  = 100                 // an announcement to so many is tapped twice (domain E-12)
	shortNotice = 14 * 24 * time.Hour // below which the desk is warned (domain §7.1)
	urgentFor   = 24 * time.Hour      // a cancellation so late is told at night as well (domain §7.1)
)

// Unheard reports whether it was to be told and nobody heard of it: the next one has to say
// it as well.
func (c Cast) Unheard() bool {
	return c.Sent.N == 0 && (c.Stage == CastPlanned || c.Stage == CastStopped || c.Stage == CastSuperseded)
}

// Urgent reports whether it is told at night as well.
func (c Cast) Urgent(now time.Time) bool {
	return c.News == NewsCancelled && c.Was != nil && c.Was.Start.Sub(now) < urgentFor
}

// Actions of buttons below an announcement.
const (
	CastNow    = "now"
	CastLater  = "later"
	CastMute   = "silent"
	CastSureOf = "sure"
	CastBack   = "back"
	CastStop   = "stop"
)

// Press is what a button does; publish says that the meeting is to be published now, or that
// people are to be invited. Whoever
// presses what was pressed before changes nothing.
func (c Cast) Press(action string, cal Calendar, now time.Time) (after Cast, publish bool) {
	switch {
	case action == CastLater && c.tooLate(cal, now):
	case action == CastStop && c.Stage.Going():
		c.Stage = CastStopped
	case action == CastBack && c.Stage == CastSure:
		c.Stage, c.Wants = CastAsked, ""
	case action == CastBack && c.Stage.Open():
		c.Stage = CastDropped
	case action == CastMute && c.Stage == CastAsked && c.Survey == "":
		c.Stage = CastSilent
		return c, true
	case (action == CastNow || action == CastLater) && c.Stage == CastAsked && (c.Reach.People >= manyPeople || c.Survey != ""):
		c.Stage, c.Wants = CastSure, action
	case (action == CastNow || action == CastLater) && c.Stage == CastAsked:
		return c.begin(action, cal, now), true
	case action == CastSureOf && c.Stage == CastSure:
		return c.begin(c.Wants, cal, now), true
	}
	return c, false
}

func (c Cast) begin(action string, cal Calendar, now time.Time) Cast {
	c.Stage, c.When = CastPlanned, now
	switch {
	case action == CastLater:
		c.When = cal.MorningAfter(now)
	case !c.Urgent(now):
		c.When = cal.Waking(now)
	}
	return c
}

// tooLate reports whether tomorrow is too late to tell.
func (c Cast) tooLate(cal Calendar, now time.Time) bool {
	if c.Survey != "" {
		return false
	}
	start := c.Plan.Start
	if c.Was != nil && c.Was.Start.Before(start) {
		start = c.Was.Start
	}
	return c.News != NewsPapers && !start.After(cal.MorningAfter(now))
}

// Shown is how an announcement stands in a room of the desk. Settled is what became of its
// messages so far.
func (c Cast) Shown(settled Outcome, cal Calendar, lang string, now time.Time) Tell {
	body := []Text{c.head(lang)}
	switch c.Stage {
	case CastCounting:
		return Tell{Body: append(body, say("desk.cast.counting"))}
	case CastAsked:
		return Tell{Body: append(body, c.asks(cal, lang, now)...), Options: c.choices(cal, now), Columns: 2}
	case CastSure:
		body = append(body, say("desk.cast.sure", Arg{Name: "n", Kind: Count, N: c.Reach.People}))
		return Tell{Body: body, Options: []Option{c.option(CastSureOf, "📣"), c.option(CastBack, "↩️")}, Columns: 2}
	case CastPlanned:
		return Tell{Body: append(body, say(c.about("desk.cast.planned"), when("when", c.When))), Options: []Option{c.option(CastStop, "✋")}}
	case CastSending:
		body = append(body, say(c.about("desk.cast.sending"), number("n", settled.N+settled.lost()), number("all", max(c.Reach.People, c.Sent.N))))
		return Tell{Body: body, Options: []Option{c.option(CastStop, "✋")}}
	case CastQueued:
		return Tell{Body: append(body, say(c.about("desk.cast.sending"), number("n", settled.N+settled.lost()), number("all", c.Sent.N)))}
	case CastDone, CastStopped, CastSuperseded:
		return Tell{Body: append(append(body, say("desk.cast."+string(c.Stage))), c.became(settled)...)}
	}
	if c.Stage == CastDropped {
		return Tell{Body: append(body, say(c.about("desk.cast.dropped")))}
	}
	return Tell{Body: append(body, say("desk.cast."+string(c.Stage)))}
}

// head says what is announced.
func (c Cast) head(lang string) Text {
	what := word("what", "desk.cast.what."+string(c.News))
	if c.Survey != "" {
		return say("desk.cast.head", what, word("title", c.Title))
	}
	words, _ := c.Plan.In(lang)
	return say("desk.cast.head", what, named("title", words.Title))
}

// about is the key for what is announced: of a campaign nothing is published.
func (c Cast) about(key string) string {
	if c.Survey != "" {
		return key + ".survey"
	}
	return key
}

// Told is what people read, in their language.
func (c Cast) Told(lang string) Say {
	if c.Survey != "" {
		return c.invitation()
	}
	return c.News.Told(c.Plan, c.Was, c.Instead, lang)
}

func (c Cast) option(action, emoji string) Option {
	return Option{ID: "cast/" + c.ID + "/" + action, Emoji: emoji, Key: "desk.cast.do." + action}
}

// choices are what the desk can decide.
func (c Cast) choices(cal Calendar, now time.Time) []Option {
	mute, back := c.option(CastMute, "🤫"), c.option(CastBack, "↩️")
	switch {
	case c.Survey != "" && c.Reach.People == 0:
		return []Option{back}
	case c.Survey != "":
		return []Option{c.option(CastNow, "📣"), c.option(CastLater, "🕙"), back}
	case c.Reach.People == 0:
		return []Option{mute, back}
	case c.tooLate(cal, now):
		return []Option{c.option(CastNow, "📣"), mute, back}
	}
	return []Option{c.option(CastNow, "📣"), c.option(CastLater, "🕙"), mute, back}
}

// asks says whom an announcement would reach, what speaks against it, and what it would
// say.
func (c Cast) asks(cal Calendar, lang string, now time.Time) []Text {
	body := c.reaches()
	night := cal.Waking(now)
	switch {
	case c.Survey == "" && c.News != NewsPapers && !c.Plan.Cancelled && c.Plan.Start.Sub(now) < shortNotice:
		body = append(body, say("desk.cast.soon"))
	case c.Urgent(now) && night.After(now):
		body = append(body, say("desk.cast.urgent"))
	}
	if night.After(now) && !c.Urgent(now) {
		body = append(body, say("desk.cast.night", when("when", night)))
	}
	if c.Reach.People > 0 {
		body = append(body, say("desk.cast.says"))
		body = append(body, c.Told(lang).Body...)
	}
	return body
}

func (c Cast) reaches() []Text {
	if c.Reach.People == 0 {
		return []Text{say(c.about("desk.cast.nobody"))}
	}
	body := []Text{say("desk.cast.count", Arg{Name: "n", Kind: Count, N: c.Reach.People}, number("languages", len(c.Reach.Langs)))}
	byNumber := func(a, b string) int {
		return cmp.Or(cmp.Compare(c.Reach.Langs[b], c.Reach.Langs[a]), cmp.Compare(a, b))
	}
	shown := c.Plan
	if c.Instead != nil {
		shown = *c.Instead
	}
	for _, tag := range slices.SortedFunc(maps.Keys(c.Reach.Langs), byNumber) {
		line := say("desk.cast.language", word("language", "language.name."+tag), number("n", c.Reach.Langs[tag]))
		if _, foreign := shown.In(tag); foreign && c.Survey == "" {
			line.Key = "desk.cast.language.german"
		}
		body = append(body, line)
	}
	if c.Reach.Away > 0 {
		body = append(body, say("desk.cast.away", Arg{Name: "n", Kind: Count, N: c.Reach.Away}))
	}
	return body
}

// became says how many were reached, and why others were not.
func (c Cast) became(settled Outcome) []Text {
	body := []Text{say("desk.cast.arrived", number("n", settled.N), number("all", c.Sent.N))}
	return append(body, Unreached(settled)...)
}

// Unreached lists who was not reached, by reasons: nobody's name is known here.
func Unreached(settled Outcome) (body []Text) {
	n := settled.lost() - settled.Lost[WhyNeedless]
	if n > 0 {
		body = append(body, say("desk.cast.lost", Arg{Name: "n", Kind: Count, N: n}))
	}
	for _, why := range whys {
		if m := settled.Lost[why]; m > 0 {
			body = append(body, say("desk.cast.lost."+string(why), number("n", m)))
		}
	}
	return body
}

// Settled is how many messages something became of.
func (t Outcome) Settled() int { return t.N + t.lost() }

// StillUnaware says to the desk who may not know that a meeting does not take place; nil
// when everybody does.
func StillUnaware(c Cast, settled Outcome) []Text {
	settled.Lost = maps.Clone(settled.Lost)
	for range c.Sent.N - settled.Settled() {
		settled.Lose(WhyTime)
	}
	delete(settled.Lost, WhyNeedless)
	if settled.lost() == 0 {
		return nil
	}
	return append([]Text{say("desk.cast.last", when("start", c.Was.Start))}, Unreached(settled)...)
}
