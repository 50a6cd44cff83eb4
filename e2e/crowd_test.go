//go:build botapi

package e2e

import (
	"fmt"
	"strings"
	"time"
)

// A turn is what somebody does next, if anything, and what the answer to it says. {me}
// is a word that only this person uses.
type turn struct{ press, write, hears string }

// toMenu leads somebody new to the menu, with consent given.
var toMenu = []turn{
	{write: "/start", hears: "Bitte wählen Sie Ihre Sprache"},
	{press: "language/pick/de", hears: "Ab jetzt auf Deutsch"},
	{press: "menu/menu/ask", hears: "Für wen fragen Sie"},
	{press: "ask/role/private", hears: "Worum geht es"},
	{press: "ask/topic/housing", hears: "Wir brauchen Ihr Ja"},
	{press: "ask/consent/yes", hears: "Bitte schreiben Sie Ihre Frage"},
	{write: "/cancel", hears: "Abgebrochen"},
}

// fiveSteps are a question that is written anew and left standing.
var fiveSteps = []turn{
	{press: "menu/menu/ask", hears: "Worum geht es"},
	{press: "ask/topic/housing", hears: "Bitte schreiben Sie Ihre Frage"},
	{write: "Zuerst wollte {me} dies fragen.", hears: "Zuerst wollte {me} dies fragen."},
	{press: "ask/preview/change", hears: "Bitte schreiben Sie Ihre Frage"},
	{write: "Dann fragt {me} doch das.", hears: "Dann fragt {me} doch das."},
}

// fiveStepsSent are a question that the coordinators get.
var fiveStepsSent = []turn{
	{press: "menu/menu/ask", hears: "Worum geht es"},
	{press: "ask/topic/housing", hears: "Bitte schreiben Sie Ihre Frage"},
	{write: "Zuerst wollte {me} dies fragen.", hears: "Zuerst wollte {me} dies fragen."},
	{write: "Dann fragt {me} noch das.", hears: "Dann fragt {me} noch das."},
	{press: "ask/preview/send", hears: "Ihre Frage ist gesendet"},
}

// A crowd is people who talk to the bot at once. Each looks at their own chat, does
// the next thing only when the bot has given the answer to the last one, and notes
// what is no answer.
type crowd struct {
	b       *botAPI
	people  map[string]*someone // by chat
	order   []*someone
	seq     int // the last request looked at
	waiting int // people who wait for an answer
	doubled int // answers that came once more
	wrong   []string
	patient bool       // who was answered waits with the next thing
	held    []*someone // who does
}

// someone is one of the crowd.
type someone struct {
	id     int
	me     string
	turns  []turn // of which the first waits for its answer
	seen   map[int64]int
	latest string // the answer that was heard last
	acted  time.Time
	waited []span // for each answer
}

// A span is from what somebody did to the answer.
type span struct{ from, to time.Time }

// newCrowd makes people with the chats first, first+1 and so on.
func newCrowd(b *botAPI, first, n int) *crowd {
	b.t.Helper()
	c := &crowd{b: b, people: map[string]*someone{}}
	for i := range n {
		p := &someone{id: first + i, me: fmt.Sprintf("Person-%d", first+i), seen: map[int64]int{}}
		c.people[fmt.Sprint(p.id)] = p
		c.order = append(c.order, p)
		b.do("users", fmt.Sprintf(`{"id":%d,"first_name":"P","language_code":"de"}`, p.id), nil)
	}
	return c
}

// begin lets everybody do the first of some turns.
func (c *crowd) begin(turns func(i int) []turn) {
	c.b.t.Helper()
	for i, p := range c.order {
		p.turns = turns(i)
		c.waiting++
		c.act(p)
	}
}

func (p *someone) own(words string) string { return strings.ReplaceAll(words, "{me}", p.me) }

// act does what stands first.
func (c *crowd) act(p *someone) {
	c.b.t.Helper()
	p.acted = time.Now()
	switch do := p.turns[0]; {
	case do.press != "":
		c.b.do("press", fmt.Sprintf(`{"chat":%d,"data":%q}`, p.id, do.press), nil)
	case do.write != "":
		c.b.says(p.id, p.own(do.write))
	}
}

// listen looks at the chats in which something was said since it last did, until
// nobody waits; each time it calls meanwhile. It gives up when nobody got an answer
// for long.
func (c *crowd) listen(long time.Duration, meanwhile func()) {
	c.b.t.Helper()
	const glance = 20 * time.Millisecond
	for moved := time.Now(); c.waiting > 0; meanwhile() {
		before := c.waiting
		if c.look() {
			moved = time.Now()
		}
		if time.Since(moved) > long {
			c.stuck()
			return
		}
		if before == c.waiting {
			time.Sleep(glance) // the emulator cannot tell when something happens somewhere
		}
	}
}

// look reports whether somebody was answered.
func (c *crowd) look() (any bool) {
	c.b.t.Helper()
	chats := map[string]bool{}
	for _, r := range c.b.requests(c.seq) {
		chats[r.Params["chat_id"]], c.seq = true, r.Seq
	}
	for chat := range chats {
		if p := c.people[chat]; p != nil && c.hear(p) {
			any = true
		}
	}
	return any
}

// hear looks at what is new in a chat, and goes on if the answer is among it.
func (c *crowd) hear(p *someone) (answered bool) {
	c.b.t.Helper()
	heard := time.Now()
	for _, s := range c.b.said(p.id) {
		all := append(s.Revisions, struct{ Text, Caption string }{s.Message.Text, s.Message.Caption})
		for _, now := range all[p.seen[s.Message.ID]:] {
			switch {
			case len(p.turns) > 0 && strings.Contains(now.Text, p.own(p.turns[0].hears)):
				p.latest, p.turns, answered = now.Text, p.turns[1:], true
				p.waited = append(p.waited, span{p.acted, heard})
			case now.Text == p.latest:
				c.doubled++
			default:
				c.wrong = append(c.wrong, fmt.Sprintf("%s heard %q", p.me, now.Text))
			}
		}
		p.seen[s.Message.ID] = len(all)
	}
	switch {
	case answered && len(p.turns) == 0:
		c.waiting--
	case answered && c.patient:
		c.held = append(c.held, p)
	case answered:
		c.act(p)
	}
	return answered
}

// release lets all act at once who waited with it.
func (c *crowd) release() {
	c.b.t.Helper()
	for _, p := range c.held {
		c.act(p)
	}
	c.held, c.patient = nil, false
}

// stuck says what those wait for who wait.
func (c *crowd) stuck() {
	c.b.t.Helper()
	said := 0
	for _, p := range c.order {
		if len(p.turns) == 0 {
			continue
		}
		if said++; said <= 5 {
			c.b.t.Errorf("%s waits for %q, and heard last %q", p.me, p.own(p.turns[0].hears), p.latest)
		}
	}
	c.b.t.Errorf("%d people are stuck", said)
}

// isUnderstood says what was wrong.
func (c *crowd) isUnderstood() {
	c.b.t.Helper()
	for i, w := range c.wrong {
		if i < 5 {
			c.b.t.Error(w)
		}
	}
	if len(c.wrong) > 0 {
		c.b.t.Errorf("%d times something was said that is no answer", len(c.wrong))
	}
}
