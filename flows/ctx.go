package flows

import (
	"maps"
	"slices"
	"strings"
)

// Ctx is what a step's functions work with: the state so far, the input, and
// the wishes made so far.
type Ctx struct {
	State   State
	In      Input
	table   *Table
	effects []Effect
	before  []Text // said above the next question, in the same message
	visits  int
	asked   bool
	nothing bool // has happened that is to be answered
	// topicOfLink is what a question that is begun now is about.
	topicOfLink string
	said        *Reply       // what the person has just said in the campaign that they answer
	guest       *Guest       // what the person wants of the meetings, once that changed
	given       *Offer       // what they offer, once that changed
	voted       *Vote        // what they voted with this event
	suggested   []Suggestion // … and what they suggested
	member      *Member      // what they have just changed of their registration
}

// Do adds a wish.
func (c *Ctx) Do(e Effect) { c.effects = append(c.effects, e) }

// Say puts texts above the next question; if none follows, they are a message.
func (c *Ctx) Say(t ...Text) { c.before = append(c.before, t...) }

// Answer is what was kept under a name in this conversation, or "".
func (c *Ctx) Answer(name string) string { return c.State.Answers.Data[name] }

func (c *Ctx) set(name, value string) {
	data := maps.Clone(c.State.Answers.Data) // the caller's map is not ours to change
	if data == nil {
		data = map[string]string{}
	}
	if data[name] = value; value == "" {
		delete(data, name)
	}
	c.State.Answers.Data = data
}

// consented reports whether the person said yes to the current text.
func (c *Ctx) consented() bool { return c.State.Consent.Version == ConsentVersion }

// at is the current place, with the menu named.
func (c *Ctx) at() Place {
	if c.State.At == (Place{}) {
		return menuPlace
	}
	return c.State.At
}

// key names the answer of a step.
func (c *Ctx) key(st *Step) string { return c.at().Flow + "." + st.ID }

// step is the current step: nil when a later release no longer knows it.
func (c *Ctx) step() *Step { return c.table.step(c.at()) }

// inAside reports whether the current flow is a visit.
func (c *Ctx) inAside() bool {
	f := c.table.flow(c.State.At.Flow)
	return f != nil && f.Aside
}

// inMain reports whether the current flow is one that visits come back to.
func (c *Ctx) inMain() bool {
	f := c.table.flow(c.State.At.Flow)
	return f != nil && !f.Aside && f.ID != menuPlace.Flow
}

// options are those offered at a step now, with their labels' keys filled in.
func (c *Ctx) options(st *Step) []Option {
	var more []Option
	if st.More != nil {
		more = st.More(c)
	}
	all := slices.DeleteFunc(slices.Concat(more, st.Options), func(o Option) bool { return o.Hide != nil && o.Hide(c) })
	for i, o := range all {
		if o.Key == "" && o.Label == "" && o.Text == nil {
			all[i].Key = c.key(st) + "." + o.ID
		}
	}
	return all
}

// open starts a flow from its first step, unless it is already going on: then
// its question is asked again, with every answer kept.
func (c *Ctx) open(p Place) {
	if c.State.Lang == "" {
		c.beforeLanguage()
		return
	}
	if c.State.At.Flow == p.Flow {
		c.again()
		return
	}
	if under := c.State.Under; under != nil && under.Flow == p.Flow {
		c.State.At, c.State.Under, c.State.Back = *under, nil, nil
		c.placeHeld(p.Flow)
		c.ask()
		return
	}
	if c.registering() {
		c.Say(say("join.dropped"))
	}
	if p.Flow != "ask" {
		c.placeHeld(p.Flow)
	}
	c.State.Under, c.State.Back = nil, nil
	c.State.Answers = Answers{Held: c.State.Answers.Held}
	c.State.At = Place{Flow: p.Flow}
	c.enter(c.table.first(p))
}

// visit leads to a step of another flow.
func (c *Ctx) visit(p Place) {
	if f := c.table.flow(p.Flow); f != nil && f.Aside {
		c.aside(p)
		return
	}
	c.open(p)
}

// aside visits a flow and remembers where it came from; who chooses a language while they
// answer an invitation or a questionnaire goes on with that.
func (c *Ctx) aside(p Place) {
	if c.State.Lang == "" {
		c.beforeLanguage()
		return
	}
	if c.inMain() || c.State.Under == nil && p.Flow == "language" && (c.State.At.Flow == "meetings" || c.State.At.Flow == "questions") {
		under := c.State.At
		c.State.Under = &under
	}
	c.State.At, c.State.Back = Place{Flow: p.Flow}, nil
	c.enter(c.table.first(p))
}

// go_ leads on to a step, a flow or an end.
func (c *Ctx) go_(to string) {
	switch to {
	case Done:
		c.end()
	case Menu:
		c.toMenu()
	case Stay:
	default:
		if flow, step, ok := strings.Cut(to, "/"); ok {
			c.visit(Place{flow, step})
			return
		}
		if at := c.State.At; at.Step != "" && at.Step != to {
			c.State.Back = append(c.State.Back[:len(c.State.Back):len(c.State.Back)], at.Step)
			if n := len(c.State.Back); n > maxBack {
				c.State.Back = c.State.Back[n-maxBack:]
			}
		}
		c.enter(to)
	}
}

// enter stands at a step of the current flow, or passes over it, and asks.
func (c *Ctx) enter(step string) {
	if c.visits++; c.visits > maxVisits {
		c.toMenu()
		return
	}
	c.State.At.Step = step
	st := c.step()
	if st == nil {
		c.toMenu()
		return
	}
	if st.Enter != nil {
		if st.Enter(c); c.State.At.Step != step || c.asked {
			return
		}
	}
	if st.Skip != nil && st.Skip(c) {
		c.State.At.Step = ""
		c.go_(st.Next)
		return
	}
	c.ask()
}

// ask says what was put above, and the current question with its ways on.
func (c *Ctx) ask(above ...Text) {
	st := c.step()
	if st == nil {
		st = c.moved()
		above = []Text{say("moved")}
	}
	body := append(c.before, above...)
	c.before = nil
	page := st.Page && c.State.Lang != "" && passing(body)
	if st.Body != nil {
		body = append(body, st.Body(c)...)
	} else {
		body = append(body, say(c.key(st)))
	}
	options := c.options(st)
	full := make([]Option, len(options))
	for i, o := range options {
		o.ID = o.at(c.at().String())
		full[i] = o
	}
	c.Do(Say{
		Body: body, Options: full, Columns: st.Columns,
		Bare: c.at() == menuPlace || c.State.Lang == "", Back: len(c.State.Back) > 0, Page: page, Discreet: st.Discreet,
	})
	c.State.Asked, c.asked = c.In.Now, true
}

// passing reports whether nothing of what stands above a page has to be kept. A
// receipt has.
func passing(above []Text) bool {
	return !slices.ContainsFunc(above, func(t Text) bool {
		return t.Key != "language.set" && t.Key != "old" && t.Key != "start.again"
	})
}

// moved stands elsewhere when a later release dropped the current step: at the
// beginning of its flow with every answer kept, or in the menu when the flow is
// gone too.
func (c *Ctx) moved() *Step {
	c.State.Back = nil
	if c.inMain() || c.inAside() {
		c.State.At.Step = c.table.first(Place{Flow: c.State.At.Flow})
	} else {
		c.State.At, c.State.Under, c.State.Answers = Place{}, nil, Answers{}
	}
	return c.step()
}

// finish says what is left to be said and makes sure that nobody is left
// without an answer.
func (c *Ctx) finish() {
	if Silent(c.In.Event.Kind) || c.nothing {
		return
	}
	if len(c.before) > 0 {
		c.Do(Say{Body: c.before})
		c.before = nil
	}
	if len(c.effects) == 0 {
		c.ask()
	}
	if c.In.Crisis == "" { // the card changes nothing, not even that answers were forgotten
		c.State.Holds = !c.State.Answers.Empty()
	}
}

// end closes the current flow: back to what it interrupted, or the menu. What
// is held is asked about once more; who leaves that question, too, drops it.
func (c *Ctx) end() {
	if c.State.Lang == "" { // where a link leads waits for a language
		c.beforeLanguage()
		return
	}
	if c.State.Answers.Held != nil {
		if c.State.At.Flow != "held" {
			c.aside(Place{Flow: "held"})
			return
		}
		dropHeld(c)
	}
	if under := c.State.Under; under != nil {
		c.State.At, c.State.Under, c.State.Back = *under, nil, nil
		c.ask()
		return
	}
	c.toMenu()
}

// toMenu shows the menu. A question that was begun is kept, to be gone on with.
func (c *Ctx) toMenu() {
	if c.State.Lang == "" {
		c.beforeLanguage()
		return
	}
	if c.inMain() && !c.State.Answers.Empty() {
		under := c.State.At
		c.State.Under = &under
	}
	c.State.At, c.State.Back, c.State.Misses = Place{}, nil, 0
	if under := c.State.Under; under != nil && c.table.flow(under.Flow) != nil && c.table.flow(under.Flow).Aside {
		c.State.Under = nil // a visit is not begun anew from here
	}
	if c.State.Under == nil {
		if c.State.Answers.Held != nil {
			dropHeld(c)
		}
		c.State.Answers = Answers{}
	}
	c.ask()
}

// leave forgets the current flow with its answers, and asks nothing.
func (c *Ctx) leave() {
	c.State.At, c.State.Under, c.State.Back, c.State.Answers = Place{}, nil, nil, Answers{}
	c.State.Misses = 0
}

func (c *Ctx) cancel() {
	begun := c.State.At != (Place{}) || c.State.Under != nil
	if c.State.Lang != "" && begun && c.State.At.Flow != "held" {
		c.Say(say("cancelled"))
	}
	if c.inAside() {
		c.end()
		return
	}
	c.leave()
	c.toMenu()
}

// goBack returns to the step before, with its answer kept.
func (c *Ctx) goBack() {
	n := len(c.State.Back)
	switch {
	case c.State.Lang == "":
		c.beforeLanguage()
	case c.backQuestion():
	case n > 0:
		step := c.State.Back[n-1]
		c.State.Back = c.State.Back[: n-1 : n-1]
		c.State.At.Step = step
		c.State.Misses = 0
		c.ask()
	default:
		c.end()
	}
}

// again asks the current question once more.
func (c *Ctx) again() {
	if c.State.Lang == "" {
		c.beforeLanguage()
		return
	}
	c.ask()
}
