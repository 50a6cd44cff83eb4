package flows

import (
	"slices"
	"strings"
	"unicode"
)

// ConsentVersion is raised when the meaning of the consent text changes; people
// are then asked again before their next question (P-02).
const ConsentVersion = "1.0"

// askFlow brings a question to the desk in at most five taps: ask, role, topic,
// consent, send. The deadline of a letter is asked together with sending, as
// one tap (docs/adr/0004-five-taps.md).
var askFlow = Flow{
	ID: "ask",
	Steps: []Step{
		{
			ID: "role", Kind: Choose, Discreet: true, Enter: beginAsk, Skip: knowsRole, Next: "topic",
			MoreTo: []string{"mine/list", "held/what"}, Take: keepWords,
			Options: []Option{
				{ID: "kita", Emoji: "🧸", Do: roleKita, To: "topic"},
				{ID: "school", Emoji: "🏫", Do: roleSchool, To: "topic"},
				{ID: "group", Emoji: "🤝", Do: roleGroup, To: "topic"},
				{ID: "private", Emoji: "👤", Do: rolePrivate, To: "topic"},
				{ID: "skip", Emoji: "⏭️", Do: rolePrivate, To: "topic"},
			},
		},
		{
			ID: "topic", Kind: Choose, Discreet: true,
			Enter: knowsTopic, More: topics, Pick: pickTopic, MoreTo: []string{"consent", "contacts"}, Take: keepWords,
		},
		{
			ID: "contacts", Kind: Show, Discreet: true,
			Body: childBody, Keys: []string{"ask.contacts", "sos.line", "contact.place", "contact.phone"},
			Options: []Option{{ID: "ok", Emoji: "👍", Do: (*Ctx).leave, To: Done}},
		},
		{
			ID: "consent", Kind: Choose, Skip: (*Ctx).consented, Next: "question",
			Take: keepWords,
			Body: consentBody, Keys: []string{"ask.consent", "ask.consent.work", "ask.consent.channel.web", "ask.consent.channel.telegram", "ask.consent.channel.matrix", "ask.consent.channel.matrix.open", "ask.consent.channel.terminal"},
			Options: []Option{
				{ID: "yes", Emoji: "✅", Do: agree, To: "question"},
				{ID: "no", Emoji: "❌", Do: refuse, To: "refused"},
				{ID: "young", Emoji: "🧒", Do: refuse, To: "young"},
				{ID: "more", Emoji: "📄", To: "privacy/notice"},
			},
		},
		{
			ID: "refused", Kind: Show,
			Body: refusedBody, Keys: []string{"ask.refused", "help.places", "help.places.none", "contact.place", "contact.phone"},
			Options: []Option{{ID: "ok", Emoji: "👍", To: Done}},
		},
		{
			ID: "young", Kind: Show, Discreet: true,
			Body: youngBody, Keys: []string{"ask.young", "sos.line", "contact.place", "contact.phone"},
			Options: []Option{{ID: "ok", Emoji: "👍", To: Done}},
		},
		{
			ID: "question", Kind: AskMedia,
			Body: questionBody, Keys: []string{"ask.question", "ask.question.work"},
			Enter: questionKnown, Take: takeQuestion, MoreTo: []string{"preview"},
		},
		{
			ID: "preview", Kind: Choose,
			Body: previewBody, Keys: []string{"ask.preview", "ask.question", "ask.question.work", "quote", "ask.preview.phone", "ask.preview.deadline", "ask.preview.ready",
				"file.photo", "file.voice", "file.video", "file.document", "file.place"},
			Options: []Option{
				{ID: "send", Emoji: "📤", Do: submit, To: Stay, Hide: wantsDeadline},
				{ID: "soon", Emoji: "⏰", Do: submitSoon, To: Stay, Hide: noDeadline},
				{ID: "later", Emoji: "📆", Do: submitLater, To: Stay, Hide: noDeadline},
				{ID: "none", Emoji: "🤷", Do: submit, To: Stay, Hide: noDeadline},
				{ID: "callback", Emoji: "📞", To: "phone", Hide: hasPhone},
				{ID: "change", Emoji: "✍️", Do: forgetQuestion, To: "question"},
				{ID: "discard", Emoji: "🗑", Do: discard, To: Menu},
			},
			Take: addToQuestion, MoreTo: []string{"consent"},
		},
		{ID: "phone", Kind: AskText, Accept: acceptPhone, Next: "preview"},
	},
}

// beginAsk makes what is held part of the question, unless there is room for no
// more: then it may still belong to one of those that are open.
func beginAsk(c *Ctx) {
	if len(c.In.Facts.open()) < MaxOpen && len(c.In.Facts.Inquiries) < MaxKept {
		c.takeHeld()
		c.set(linkedTopic, c.topicOfLink)
		return
	}
	held := c.State.Answers.Held
	full := say("ask.toomany", number("max", MaxOpen))
	if len(c.In.Facts.open()) < MaxOpen {
		full = say("ask.toomany.month", number("max", MaxKept))
	}
	c.leave()
	c.Say(full)
	if held == nil {
		c.go_("mine/list")
		return
	}
	c.State.Answers.Held = held
	c.go_("held/what")
}

// keepWords keeps what people write or send before it is their turn to ask: it
// becomes the question when the questions before it are answered.
func keepWords(c *Ctx) bool {
	e := c.In.Event
	if len(e.Files) == 0 && units(e.Text) <= maxGreeting {
		return false
	}
	if addWords(c) {
		c.ask(say("ask.kept"))
	}
	return true
}

func knowsRole(c *Ctx) bool { return c.State.Role != "" }

func roleKita(c *Ctx)    { c.set("ask.role", "kita") }
func roleSchool(c *Ctx)  { c.set("ask.role", "school") }
func roleGroup(c *Ctx)   { c.set("ask.role", "group") }
func rolePrivate(c *Ctx) { c.set("ask.role", "private") }

// role is who the person asks as.
func (c *Ctx) role() string {
	if r := c.Answer("ask.role"); r != "" {
		return r
	}
	return c.State.Role
}

func (c *Ctx) atWork() bool { r := c.role(); return r == "kita" || r == "school" || r == "group" }

func roleKey(role string) string   { return "ask.role." + role }
func topicKey(topic string) string { return "topic." + topic }

// questionKey names how a linked topic asks for what people have to say.
func questionKey(topic string) string { return "ask.question." + topic }

func topics(c *Ctx) []Option {
	out := make([]Option, 0, len(c.In.Facts.Topics))
	for _, t := range c.In.Facts.Topics {
		if slices.Contains(t.Roles, c.role()) && !t.Linked {
			out = append(out, Option{ID: t.ID, Emoji: t.Emoji, Key: topicKey(t.ID)})
		}
	}
	return out
}

func (c *Ctx) topic() Topic {
	for _, t := range c.In.Facts.Topics {
		if t.ID == c.Answer("ask.topic") {
			return t
		}
	}
	return Topic{}
}

// linkedTopic is the answer under which the topic waits that a poster's link named,
// until it is known whether it is one for the person's role.
const linkedTopic = "ask.link"

// knowsTopic takes the topic of a link instead of asking, once.
func knowsTopic(c *Ctx) {
	linked := c.Answer(linkedTopic)
	c.set(linkedTopic, "")
	for _, t := range c.In.Facts.Topics {
		if t.ID == linked && slices.Contains(t.Roles, c.role()) {
			pickTopic(c, linked)
			return
		}
	}
}

func pickTopic(c *Ctx, id string) {
	c.set("ask.topic", id)
	if c.topic().Contacts {
		c.go_("contacts")
		return
	}
	c.go_("consent")
}

// childBody is for questions of child protection: they go to those who are
// trained and bound to secrecy, never through a chat (§ 8a SGB VIII, § 4 KKG).
func childBody(c *Ctx) []Text {
	return append([]Text{say("ask.contacts")}, childHelp(c)...)
}

func youngBody(c *Ctx) []Text { return append([]Text{say("ask.young")}, childHelp(c)...) }

func childHelp(c *Ctx) []Text {
	var out []Text
	for _, h := range c.In.Facts.Hotlines {
		if h.Child {
			out = append(out, hotline(h))
		}
	}
	return append(out, contacts(c.places(), true)...)
}

func refusedBody(c *Ctx) []Text {
	return append([]Text{say("ask.refused")}, elsewhere(c)...)
}

// consentText is what is agreed to, also what the record of consent hashes.
func (c *Ctx) consentText() Text {
	key := "ask.consent"
	if c.atWork() {
		key = "ask.consent.work"
	}
	return say(key, code("version", ConsentVersion), word("channel", c.channel()))
}

// channel is the key of who else could read on this network.
func (c *Ctx) channel() string {
	if c.In.Event.Open {
		return "ask.consent.channel." + c.In.Event.In.Platform + ".open"
	}
	return "ask.consent.channel." + c.In.Event.In.Platform
}

func consentBody(c *Ctx) []Text { return []Text{c.consentText()} }

func agree(c *Ctx) {
	c.State.Consent = Consent{Version: ConsentVersion, At: c.In.Now}
	c.State.Role = c.role()
	c.Do(Agree{Version: ConsentVersion, Shown: c.consentText()})
	c.State.At.Step = "" // "back" does not come here: a later "no" would withdraw nothing
}

// refuse forgets all that was said, and "back" does not lead on without it.
func refuse(c *Ctx) {
	c.State.Answers, c.State.Back = Answers{}, nil
	c.State.At.Step = ""
}

func questionBody(c *Ctx) []Text {
	if t := c.topic(); t.Linked {
		return []Text{say(questionKey(t.ID))}
	}
	if c.atWork() {
		return []Text{say("ask.question.work")}
	}
	return []Text{say("ask.question")}
}

// questionKnown uses what was sent before it was asked for, instead of asking.
func questionKnown(c *Ctx) {
	if c.hasQuestion() {
		c.go_("preview")
	}
}

func (c *Ctx) hasQuestion() bool {
	return c.Answer("ask.question") != "" || len(c.State.Answers.Files) > 0
}

func takeQuestion(c *Ctx) bool {
	if addWords(c) {
		c.go_("preview")
	}
	return true
}

// addToQuestion takes what people write after they saw the preview: many send
// their question in several messages.
func addToQuestion(c *Ctx) bool {
	if addWords(c) {
		c.ask(say("ask.added"))
	}
	return true
}

func addWords(c *Ctx) bool {
	e := c.In.Event
	body := join(c.Answer("ask.question"), e.Text)
	if wrong := c.wrong(body, e.Files, c.State.Answers.Files); wrong != nil {
		c.ask(*wrong)
		return false
	}
	if e.Text == "" && len(e.Files) == 0 {
		c.ask(say("wrong.empty"))
		return false
	}
	c.set("ask.question", body)
	c.addFiles(e.Files)
	c.State.Answers.Parts = c.State.Answers.Parts.with(partsOf(e)...)
	return true
}

func previewBody(c *Ctx) []Text {
	if !c.consented() { // a state of another release: nothing is repeated, and sending asks for consent
		return questionBody(c)
	}
	out := append([]Text{say("ask.preview")}, quoted(c.Answer("ask.question"))...)
	out = append(out, fileLines(c.State.Answers.Files)...)
	if p := c.Answer("ask.phone"); p != "" {
		out = append(out, say("ask.preview.phone", code("phone", p)))
	}
	if c.topic().Deadline {
		return append(out, say("ask.preview.deadline"))
	}
	return append(out, say("ask.preview.ready"))
}

func wantsDeadline(c *Ctx) bool { return c.topic().Deadline }
func noDeadline(c *Ctx) bool    { return !c.topic().Deadline }
func hasPhone(c *Ctx) bool      { return c.Answer("ask.phone") != "" }

func forgetQuestion(c *Ctx) {
	c.set("ask.question", "")
	c.State.Answers.Files, c.State.Answers.Parts = nil, nil
}

func discard(c *Ctx) {
	c.leave()
	c.Say(say("cancelled"))
}

// acceptPhone takes a telephone number as people write it; 5 digits is the
// shortest local number, 15 the longest there is (ITU-T E.164).
func acceptPhone(_ *Ctx, text string) (answer, wrong string) {
	var b strings.Builder
	digits := 0
	digit := func(r rune) {
		digits++
		b.WriteRune(r)
	}
	for _, r := range strings.TrimSpace(text) {
		switch {
		case r >= '0' && r <= '9':
			digit(r)
		case r >= '٠' && r <= '٩':
			digit('0' + r - '٠')
		case r >= '۰' && r <= '۹':
			digit('0' + r - '۰')
		case r == '+' && digits == 0, r == '-', r == '/', r == '(', r == ')':
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			return "", "ask.phone.wrong"
		}
	}
	if digits < 5 || digits > 15 || b.Len() > maxPhone {
		return "", "ask.phone.wrong"
	}
	return b.String(), ""
}

// maxPhone is how long a number is with everything that people put between its
// digits: twice the longest, and its brackets.
const maxPhone = 32

func submitSoon(c *Ctx)  { submitBy(c, "soon") }
func submitLater(c *Ctx) { submitBy(c, "later") }
func submit(c *Ctx)      { submitBy(c, "") }

func submitBy(c *Ctx, deadline string) {
	if !c.hasQuestion() || !c.consented() { // a state of another release
		c.go_("consent")
		return
	}
	topic := c.Answer("ask.topic")
	if topic == "" {
		topic = "other"
	}
	s := Submit{
		Role: c.role(), Topic: topic, Deadline: deadline, Phone: c.Answer("ask.phone"),
		Body: c.Answer("ask.question"), Files: c.State.Answers.Files, Parts: c.State.Answers.Parts,
		Confirm: Say{
			Body:    []Text{say("ask.sent"), say("ask.sent.hint")},
			Options: []Option{{ID: "nav/mine", Emoji: "🔎", Key: "menu.menu.mine"}},
		},
	}
	c.leave()
	c.Do(s)
}
