package flows

import (
	"slices"
	"strings"
	"time"
)

// registerFlow registers somebody in five taps: take part, register, as what, consent,
// save. What else one can say has an answer already that can be left as it is
// (docs/adr/0070-registering.md). Who is registered changes single answers here.
var registerFlow = Flow{
	ID: "register",
	Steps: []Step{
		{
			ID: "who", Kind: Choose, Discreet: true, Enter: beginRegister, MoreTo: []string{"sum"},
			Body: whoBody, Keys: []string{"register.who", "register.without", "contact.place", "contact.phone", "contact.checked"},
			Options: []Option{
				{ID: "person", Emoji: "👤", Do: asPerson, To: "consent"},
				{ID: "org", Emoji: "🏢", Do: asOrg, To: "consent"},
				{ID: "no", Emoji: "❌", Key: "register.not", Do: (*Ctx).leave, To: Menu},
			},
		},
		{
			ID: "consent", Kind: Choose, Discreet: true, Skip: agreedToJoin, Next: "org",
			Body: joinBody, Keys: []string{"register.consent"},
			Options: []Option{
				{ID: "yes", Emoji: "✅", Key: "ask.consent.yes", Do: agreeToJoin, To: "org"},
				{ID: "no", Emoji: "❌", Key: "ask.consent.no", Do: refuse, To: "ask/refused"},
				{ID: "young", Emoji: "🧒", Key: "ask.consent.young", Do: tooYoung, To: Menu},
				{ID: "more", Emoji: "📄", Key: "ask.consent.more", To: "privacy/notice"},
			},
		},
		{ID: "org", Kind: AskText, Skip: namesNobody, Accept: acceptOrg, Next: "sum"},
		{
			ID: "sum", Kind: Choose, Columns: 2, Page: true, Discreet: true, MoreTo: []string{"consent", Stay},
			Body: sumBody, Keys: []string{
				"register.sum", "register.sum.change", "register.as.person", "register.as.org", "register.reach.chat", "register.reach.phone",
				"register.reach.mail", "register.topics", "register.topics.none", "register.item", "register.languages.are",
				"register.languages.are.none", "register.sum.hint",
			},
			More: interested, Pick: pickInterest,
			Options: []Option{
				{ID: "save", Emoji: "💾", Do: register, To: Stay},
				{ID: "languages", Emoji: "🌍", To: "languages"},
				{ID: "way", Emoji: "📞", To: "way"},
				{ID: "name", Emoji: "✏️", To: "name", Hide: namesNobody},
				{ID: "org", Emoji: "🏢", Key: "register.who.org", Do: asOrg, To: "name", Hide: speaksForOrg},
				{ID: "person", Emoji: "👤", Key: "register.who.person", Do: asPerson, To: Stay, Hide: namesNobody},
				{ID: "no", Emoji: "❌", Key: "register.not", Do: (*Ctx).leave, To: Menu},
			},
		},
		{
			ID: "languages", Kind: Choose, Columns: 2, Page: true, Discreet: true,
			More: speaks, Pick: pickTongue, MoreTo: []string{Stay},
			Options: []Option{{ID: "ok", Emoji: "👍", Key: "info.ok", To: "sum"}},
		},
		{
			ID: "way", Kind: Choose, Discreet: true,
			Options: []Option{
				{ID: "chat", Emoji: "💬", Do: byChat, To: "sum"},
				{ID: "phone", Emoji: "📞", To: "phone"},
				{ID: "mail", Emoji: "✉️", To: "mail"},
			},
		},
		{ID: "phone", Kind: AskText, Accept: acceptJoinPhone, Next: "sum"},
		{ID: "mail", Kind: AskText, Accept: acceptJoinMail, Next: "sum"},
		{ID: "name", Kind: AskText, Accept: acceptName, Next: "sum"},
	},
}

// beginRegister gives those who are registered what they said, to be changed.
func beginRegister(c *Ctx) {
	m := c.joined().Member
	if !m.Registered() {
		return
	}
	if c.Answer("register.as") == "" {
		c.remindOf(m)
	}
	c.go_("sum")
}

// remindOf makes answers of a registration.
func (c *Ctx) remindOf(m Member) {
	c.set("register.as", "person")
	if m.Org != "" {
		c.set("register.as", "org")
	}
	c.set("register.org", m.Org)
	c.set("register.way", string(m.Reach.Way))
	c.set("register.at", m.Reach.At)
	c.set("register.topics", strings.Join(m.Interests, ","))
	c.set("register.languages", strings.Join(m.Languages, ","))
	c.set("register.yes", m.Consent.Version)
}

// whoBody says first how one can register without the bot.
func whoBody(c *Ctx) []Text {
	out := []Text{say("register.without")}
	for _, p := range c.places() {
		if p.ID == quarter {
			out = append(out, contacts([]Contact{p}, false)...)
		}
	}
	return append(out, say("register.who"))
}

// quarter is the contact where one can register without the bot (flows/data/contacts.toml;
// domain T-14).
const quarter = "qm"

func asPerson(c *Ctx) {
	c.set("register.as", "person")
	if c.at().Step == "sum" {
		c.ask()
	}
}

func asOrg(c *Ctx) { c.set("register.as", "org") }

func agreedToJoin(c *Ctx) bool { return c.Answer("register.yes") == JoinVersion }

// joinConsent is what is agreed to.
func (c *Ctx) joinConsent() Text {
	return say("register.consent", code("version", JoinVersion), word("channel", c.channel()))
}

func joinBody(c *Ctx) []Text { return []Text{c.joinConsent()} }

func agreeToJoin(c *Ctx) {
	c.set("register.yes", JoinVersion)
	if c.Answer("register.languages") == "" {
		c.set("register.languages", c.State.Lang)
	}
	c.Do(Agree{Version: JoinVersion, For: ForJoining, Shown: c.joinConsent()})
	c.State.At.Step = "" // "back" does not come here: a later "no" would withdraw nothing
}

// tooYoung says where children and young people are heard. Nothing is kept.
func tooYoung(c *Ctx) {
	c.leave()
	c.Say(append([]Text{say("register.young")}, childHelp(c)...)...)
}

func speaksForOrg(c *Ctx) bool { return !namesNobody(c) }
func namesNobody(c *Ctx) bool  { return c.Answer("register.as") != "org" }

// answered is the registration that the answers make.
func (c *Ctx) answered() Member {
	m := c.joined().Member
	m.Lang, m.Org = c.State.Lang, ""
	if c.Answer("register.as") == "org" {
		m.Org = c.Answer("register.org")
	}
	m.Reach = Route{Way(c.Answer("register.way")), c.Answer("register.at")}
	if m.Reach.Way == "" {
		m.Reach.Way = ByChat
	}
	m.Interests, m.Languages = chosen(c.Answer("register.topics")), chosen(c.Answer("register.languages"))
	if m.Consent.Version != JoinVersion {
		m.Consent = Consent{Version: JoinVersion, At: c.In.Now}
	}
	return m
}

func sumBody(c *Ctx) []Text {
	if !agreedToJoin(c) { // a state of another release: nothing is repeated, and saving asks for consent
		return []Text{say("register.sum.hint")}
	}
	head := "register.sum"
	if isMember(c) {
		head = "register.sum.change"
	}
	return append(append([]Text{say(head)}, memberLines(c.answered())...), say("register.sum.hint"))
}

func interested(c *Ctx) []Option { return interests(c, "register.topics") }

func pickInterest(c *Ctx, id string) {
	c.flip("register.topics", id, maxInterests)
	c.ask()
}

func speaks(c *Ctx) []Option {
	var out []Option
	on := chosen(c.Answer("register.languages"))
	for _, tag := range tongues(c.State.Lang) {
		out = append(out, choosable(tag, "", languageKey(tag), slices.Contains(on, tag)))
	}
	return out
}

func pickTongue(c *Ctx, tag string) {
	c.flip("register.languages", tag, maxSpoken)
	c.ask()
}

func byChat(c *Ctx) {
	c.set("register.way", "")
	c.set("register.at", "")
}

func acceptJoinPhone(c *Ctx, text string) (answer, wrong string) {
	number, wrong := acceptPhone(c, text)
	if wrong != "" {
		return "", wrong
	}
	c.set("register.way", string(ByPhone))
	c.set("register.at", number)
	return "", ""
}

func acceptJoinMail(c *Ctx, text string) (answer, wrong string) {
	address, ok := readMail(text)
	if !ok {
		return "", "register.mail.wrong"
	}
	c.set("register.way", string(ByMail))
	c.set("register.at", address)
	return "", ""
}

// register sends the registration to the desk, or what changed of it.
func register(c *Ctx) {
	m := c.answered()
	if !agreedToJoin(c) || c.Answer("register.as") == "org" && m.Org == "" { // a state of another release
		c.go_("consent")
		return
	}
	done := Say{
		Body:    []Text{say("register.done"), say("register.done.hint")},
		Options: []Option{{ID: regButton + "mine", Emoji: "🪪", Key: "join.list.mine"}},
	}
	if m.Registered() {
		done.Body = []Text{say("register.changed")}
		if m.Org == "" { // who speaks for nobody exchanges with nobody
			m.Exchange = Exchange{}
		}
		m.Checked = c.In.Now
	} else {
		m.Since, m.Checked = c.In.Now, c.In.Now
	}
	m.Changed, m.Asked = c.In.Now, time.Time{}
	c.leave()
	c.member = &m
	c.Do(Enrol{Member: m, Confirm: &done})
}
