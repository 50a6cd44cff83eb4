package flows

import (
	"slices"
	"strings"
	"time"

	"lotse/bot/chat"
)

// lateAfter is how much older than the current question an event must be to be
// no answer to it. Networks date in whole seconds and clocks differ; what this
// is about is a message that arrives minutes or days after it was written.
const lateAfter = time.Minute

// Handle is the whole of the person's side: what was remembered and what
// happened, in; what to remember and what to do, out. It is pure.
//
// Somebody in danger comes first, then what works everywhere (commands and the
// words of the navigation), then buttons, then the answer to the question that
// stands open, and last: text that answers nothing.
func Handle(s State, in Input) (State, []Effect) {
	c := &Ctx{State: s, In: in, table: &table}
	c.State.Seen = in.Now
	silent := Silent(in.Event.Kind)
	if in.Forgotten && in.Crisis == "" && !silent {
		c.forgotten()
	}
	switch {
	case in.Crisis != "":
		c.emergency()
	case silent:
		// Nothing to answer, but what was deleted goes. bot notes who left and who is back.
		if in.Event.Kind == chat.Delete {
			c.unsay()
		}
	case in.Event.Kind == chat.Doubtful:
		c.doubtful()
	case in.Event.Kind == chat.Edit && c.reword():
	case c.everywhere():
	case c.State.Lang == "":
		c.beforeLanguage()
	case in.Forgotten:
		c.begin()
	case in.Event.Kind == chat.Press:
		c.press(in.Event.Press)
	case c.late():
		if !c.replied() {
			c.hold(true)
		}
	default:
		c.answer()
	}
	c.finish()
	return c.State, c.effects
}

// Silent reports whether an event of this kind is not answered: nobody asked. Who
// opens the chat again is welcomed when they press Start or say something.
func Silent(k chat.Kind) bool {
	switch k {
	case chat.Left, chat.Back, chat.Reaction, chat.Delete:
		return true
	}
	return false
}

// doubts say what is wrong with a message that could not be read or trusted, and how
// its sender can mend it.
var doubts = map[chat.Doubt]string{
	chat.DoubtKey: "doubt.key", chat.DoubtDevice: "doubt.device", chat.DoubtClear: "doubt.clear", chat.DoubtOpen: "doubt.open",
	chat.DoubtLost: "doubt.lost", chat.DoubtVerify: "doubt.verify",
}

// doubtful says so above the question that stands open: nothing has answered it.
func (c *Ctx) doubtful() {
	if c.State.Lang == "" {
		c.State.At = Place{"language", "pick"}
	}
	if key := doubts[chat.Doubt(c.In.Event.Text)]; key != "" {
		c.ask(say(key))
	}
}

// everywhere does what is understood in every state: commands and navigation.
func (c *Ctx) everywhere() bool {
	name := ""
	switch c.In.Event.Kind {
	case chat.Command:
		name = c.In.Event.Text
	case chat.Press:
		if rest, ok := strings.CutPrefix(c.In.Event.Press, "nav/"); ok {
			name = rest
		}
	case chat.Text:
		name = c.navWord()
	}
	if name == "" {
		return false
	}
	if c.navigate(name) {
		return true
	}
	if c.In.Event.Kind == chat.Command && c.State.Lang != "" {
		c.missed()
		return true
	}
	return false
}

// navigate does what works everywhere, if there is something of that name.
func (c *Ctx) navigate(name string) bool {
	for _, n := range c.table.navigation {
		if n.name == name {
			n.do(c)
			return true
		}
	}
	return false
}

// navWord is the navigation that the text names, in any of its words.
func (c *Ctx) navWord() string {
	if st := c.step(); st != nil && c.at().Flow == "questions" {
		if _, ok := c.named(st); ok { // what a campaign asks can be called like a part of the menu
			return ""
		}
	}
	for _, n := range c.table.navigation {
		if n.name == "hello" && len(c.addable()) > 0 {
			continue // "Hallo?" asks whether anybody is there: the desk hears it
		}
		if n.name == "meetings" && c.writing() {
			continue // it is part of what is asked
		}
		if c.opining() && !leads[n.name] {
			continue // it is an answer
		}
		if n.key != "" && c.In.Means(n.key) {
			return n.name
		}
	}
	return ""
}

// leads are the words that lead away from an answer in words all the same.
var leads = map[string]bool{"sos": true, "menu": true, "back": true, "cancel": true, "stop": true}

// writing reports whether what is written now is meant for the desk.
func (c *Ctx) writing() bool {
	at := c.at()
	return at.Flow == "ask" && (at.Step == "question" || at.Step == "preview") || c.In.Facts.Inquiry != ""
}

// press takes a button "flow/step/option".
func (c *Ctx) press(id string) {
	if button, ok := strings.CutPrefix(id, helpedButton); ok {
		c.helped(button)
		return
	}
	if button, ok := strings.CutPrefix(id, agendaButton); ok {
		c.agenda(button)
		return
	}
	if button, ok := strings.CutPrefix(id, dateButton); ok {
		c.date(button)
		return
	}
	if strings.HasPrefix(id, surveyButton) {
		c.surveyPress(id)
		return
	}
	if strings.HasPrefix(id, pageButton) {
		c.page(id)
		return
	}
	if button, ok := strings.CutPrefix(id, requestButton); ok {
		c.answerRequest(button)
		return
	}
	if button, ok := strings.CutPrefix(id, stillButton); ok {
		c.stillOffer(button)
		return
	}
	if strings.HasPrefix(id, regButton) {
		c.reg(id)
		return
	}
	parts := strings.SplitN(id, "/", 3)
	if len(parts) == 3 && c.at() == (Place{parts[0], parts[1]}) {
		if st := c.step(); st != nil && c.take(st, parts[2]) {
			return
		}
	}
	if len(parts) == 3 && parts[0] == menuPlace.Flow && c.navigate(parts[2]) {
		return
	}
	if len(parts) == 3 && c.pressedTwice(Place{parts[0], parts[1]}, parts[2]) {
		c.ask()
		return
	}
	c.ask(say("old"))
}

// pressedTwice reports whether a button of a page led to the page where the person
// is. On other steps it could be an answer that is not the one that was given.
func (c *Ctx) pressedTwice(from Place, id string) bool {
	was, is := c.table.step(from), c.step()
	return was != nil && is != nil && was.Page && is.Page && slices.ContainsFunc(was.Options, func(o Option) bool {
		return o.ID == id && (o.To == c.at().String() || from.Flow+"/"+o.To == c.at().String())
	})
}

// take follows an option of the step, if it has it.
func (c *Ctx) take(st *Step, id string) bool {
	for _, o := range c.options(st) {
		if o.ID != id {
			continue
		}
		c.State.Misses = 0
		if o.Do != nil {
			o.Do(c)
		}
		if o.To == "" {
			st.Pick(c, id)
		} else {
			c.go_(o.To)
		}
		return true
	}
	return false
}

// answer gives a text or files to the step that stands open.
func (c *Ctx) answer() {
	st := c.step()
	if st == nil {
		c.missed()
		return
	}
	if id, ok := c.named(st); ok {
		c.take(st, id)
		return
	}
	if c.replied() {
		return
	}
	if n := c.In.Number; n >= 0 && n <= maxOption && st.Kind != AskText && st.Kind != AskMedia { // meant an option that there is not
		c.missed()
		return
	}
	if st.Kind == AskText && c.In.Event.Kind != chat.Media {
		c.acceptText(st)
		return
	}
	take := st.Take
	if take == nil && c.inAside() { // a visit waits for nothing: what is written is meant for somebody
		take = freeText
	}
	if take != nil && take(c) {
		c.State.Misses = 0
		return
	}
	c.missed()
}

// maxOption is the highest number that can have been meant as an option; a higher one
// may be that of a letter.
const maxOption = 99

// named finds the option that a typed number, emoji or word means.
func (c *Ctx) named(st *Step) (string, bool) {
	if c.In.Event.Kind != chat.Text && c.In.Event.Kind != chat.Edit {
		return "", false
	}
	options := c.options(st)
	// A number that was changed was the answer to a question before this one.
	if n := c.In.Number; n >= 1 && n <= len(options) && st.Kind != AskText && c.In.Event.Kind != chat.Edit {
		return options[n-1].ID, true
	}
	text := strings.TrimSpace(c.In.Event.Text)
	for _, o := range options {
		switch {
		case o.Emoji != "" && plainEmoji(text) == plainEmoji(o.Emoji):
			return o.ID, true
		case o.Label != "" && strings.EqualFold(text, o.Label):
			return o.ID, true
		case o.Key != "" && c.In.Means(o.Key):
			return o.ID, true
		}
	}
	return "", false
}

// plainEmoji drops the selector that tells clients to draw a sign in colour:
// some send it and some do not.
func plainEmoji(s string) string { return strings.ReplaceAll(s, "\ufe0f", "") }

func (c *Ctx) acceptText(st *Step) {
	answer, wrong := st.Accept(c, c.In.Event.Text)
	if wrong != "" {
		c.ask(say(wrong))
		return
	}
	c.State.Misses = 0
	c.set(c.key(st), answer)
	c.go_(st.Next)
}

// missed says kindly that a text was not understood, differently each time, and
// after two of them offers a person.
func (c *Ctx) missed() {
	c.State.Misses++
	switch {
	case c.State.Misses == 1:
		c.ask(say("miss.first"))
	case c.State.Misses%2 == 0:
		c.ask(say("miss.human"))
	default:
		c.ask(say("miss.again"))
	}
}

// forgotten says that an answer must be asked again: it was held only in
// memory, and the hour or the process is over. The flow begins anew.
func (c *Ctx) forgotten() {
	c.Say(say("forgotten"))
	c.State.Answers, c.State.Under, c.State.Back = Answers{}, nil, nil
	switch {
	case c.inMain():
		c.State.At.Step = c.table.first(Place{Flow: c.State.At.Flow})
	case c.State.Lang != "":
		c.State.At = Place{}
	}
}

// begin asks the first question of the current flow that is to be asked.
func (c *Ctx) begin() {
	if c.inMain() {
		c.enter(c.State.At.Step)
		return
	}
	c.ask()
}

// late reports whether the event was written before the question that stands
// open was asked, so that it cannot be meant as its answer.
func (c *Ctx) late() bool {
	e := c.In.Event
	return e.Kind != chat.Command && !c.State.Asked.IsZero() && e.At.Before(c.State.Asked.Add(-lateAfter))
}
