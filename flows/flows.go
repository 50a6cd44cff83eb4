package flows

// A Table holds every flow, and what works everywhere. It never changes.
type Table struct {
	flows      map[string]*Flow
	steps      map[Place]*Step
	navigation []nav
}

// menuPlace is where the zero Place is.
var menuPlace = Place{"menu", "menu"}

// Flows are all there are.
func Flows() []Flow {
	return []Flow{menuFlow, askFlow, heldFlow, backFlow, mineFlow, meetingsFlow, calendarFlow, infoFlow, joinFlow, registerFlow, memberFlow, exchangeFlow, questionsFlow, offerFlow, topicsFlow, projectFlow, languageFlow, privacyFlow, helpFlow}
}

var table = newTable(Flows())

func newTable(flows []Flow) Table {
	t := Table{flows: map[string]*Flow{}, steps: map[Place]*Step{}, navigation: []nav{
		{"sos", "nav.sos", (*Ctx).emergency},
		{"start", "", (*Ctx).start},
		{"hello", "nav.hello", (*Ctx).again},
		{"menu", "nav.menu", (*Ctx).toMenu},
		{"back", "nav.back", (*Ctx).goBack},
		{"cancel", "nav.cancel", (*Ctx).cancel},
		{"stop", "nav.stop", (*Ctx).stopReminders},
		{"again", "sos.on", (*Ctx).again},
		{"resume", "", (*Ctx).end},
		{"ask", "menu.menu.ask", func(c *Ctx) { c.open(Place{Flow: "ask"}) }},
		{"mine", "menu.menu.mine", func(c *Ctx) { c.aside(Place{Flow: "mine"}) }},
		{"meetings", "menu.menu.meetings", func(c *Ctx) { c.aside(Place{Flow: "meetings"}) }},
		{"info", "menu.menu.info", func(c *Ctx) { c.aside(Place{Flow: "info"}) }},
		{"join", "menu.menu.join", func(c *Ctx) { c.aside(Place{Flow: "join"}) }},
		{"survey", "survey.nav", func(c *Ctx) { c.aside(Place{Flow: "questions"}) }},
		{"fragebogen", "", func(c *Ctx) { c.aside(Place{Flow: "questions"}) }},
		{"offer", "offer.title", func(c *Ctx) { c.aside(Place{Flow: "offer"}) }},
		{"angebot", "", func(c *Ctx) { c.aside(Place{Flow: "offer"}) }},
		{"topics", "topics.title", func(c *Ctx) { c.aside(Place{Flow: "topics"}) }},
		{"thema", "", func(c *Ctx) { c.aside(Place{Flow: "topics"}) }},
		{"ideas", "project.title", func(c *Ctx) { c.aside(Place{Flow: "project"}) }},
		{"idee", "", func(c *Ctx) { c.aside(Place{Flow: "project"}) }},
		{"calendar", "feed.title", func(c *Ctx) { c.aside(Place{Flow: "calendar"}) }},
		{"language", "menu.menu.language", func(c *Ctx) { c.aside(Place{Flow: "language"}) }},
		{"privacy", "privacy.data.notice", func(c *Ctx) { c.aside(Place{"privacy", "notice"}) }},
		{"mydata", "menu.menu.mydata", func(c *Ctx) { c.aside(Place{Flow: "privacy"}) }},
		{"help", "menu.menu.help", func(c *Ctx) { c.aside(Place{Flow: "help"}) }},
	}}
	for i := range flows {
		f := &flows[i]
		t.flows[f.ID] = f
		for j := range f.Steps {
			t.steps[Place{f.ID, f.Steps[j].ID}] = &f.Steps[j]
		}
	}
	return t
}

// A nav is something that works everywhere: as a command, as a button
// "nav/NAME", and as the words of its key, if it has one.
type nav struct {
	name string
	key  string
	do   func(*Ctx)
}

func (t *Table) flow(id string) *Flow {
	if id == "" {
		id = menuPlace.Flow
	}
	return t.flows[id]
}

func (t *Table) step(p Place) *Step { return t.steps[p] }

// first is the step where a visit to p begins; its flow must be known.
func (t *Table) first(p Place) string {
	if p.Step != "" {
		return p.Step
	}
	return t.flow(p.Flow).Steps[0].ID
}
