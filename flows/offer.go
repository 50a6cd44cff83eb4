package flows

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// OfferVersion is raised when the meaning of offer.consent changes.
const OfferVersion = "offer-1.0"

// An Offer is what somebody would do for others when the team asks them. There is one of
// a person at most, and it is known by a number.
type Offer struct {
	Number string   `json:"number"`
	Kinds  []string `json:"kinds,omitempty"` // of OfferKinds
	Langs  []string `json:"langs,omitempty"` // of OfferLangs, when they interpret
	Times  []string `json:"times,omitempty"` // of OfferTimes; none is when it suits both
	Words  string   `json:"words,omitempty"` // what exactly, on one line
	// Phone and Mail are where the team may reach them as well, once they said yes to a
	// request. Without either it is this chat alone.
	Phone   string    `json:"phone,omitempty"`
	Mail    string    `json:"mail,omitempty"`
	Version string    `json:"version"` // of the consent
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until"`           // when it is forgotten
	Paused  time.Time `json:"paused,omitzero"` // until when the team does not see it
	Asked   time.Time `json:"asked,omitzero"`  // when they were asked whether it still holds
}

// What can be offered (domain D12), in which languages and when. The order is that of the
// buttons.
var (
	OfferKinds = []string{"interpreting", "repair", "homework", "childcare", "office", "room", "things", "knowledge", "other"}
	OfferLangs = append([]string{"de"}, Interpreted...)
	OfferTimes = []string{"weekday", "evening", "weekend"}
)

var kindSigns = map[string]string{
	"interpreting": "🗣", "repair": "🔧", "homework": "📝", "childcare": "🧸", "office": "🏛",
	"room": "🏠", "things": "📦", "knowledge": "💡", "other": "💬",
}

// withChildren are the kinds for which an extended certificate of conduct is needed (§ 72a
// SGB VIII); wordKinds are those that say little without words.
var (
	withChildren = []string{"childcare", "homework"}
	wordKinds    = []string{"room", "things", "knowledge", "other"}
)

// Limits of an offer.
const (
	MaxOfferWords = 120 // UTF-16 units
	PauseWeeks    = 4
	offerMonths   = 12 // that it holds
	askedMonths   = 11 // after which they are asked
	AnswerDays    = 30 // that they have to answer then
)

// Nothing reports whether nothing is offered.
func (o Offer) Nothing() bool { return len(o.Kinds) == 0 }

// Has reports whether it has one of the kinds.
func (o Offer) Has(kinds ...string) bool {
	return slices.ContainsFunc(o.Kinds, func(k string) bool { return slices.Contains(kinds, k) })
}

// Holds is the offer from now on for as long as offers do.
func (o Offer) Holds(now time.Time) Offer {
	if o.Since.IsZero() {
		o.Since = now
	}
	o.Until, o.Asked = now.AddDate(0, offerMonths, 0).Truncate(time.Microsecond), time.Time{} // as exact as the alarm clock
	return o
}

// AskAt is when somebody is to be asked whether the offer still holds.
func (o Offer) AskAt() time.Time { return o.Until.AddDate(0, askedMonths-offerMonths, 0) }

// IsAsked is the offer when that was done: who does not answer in time offers it no more.
func (o Offer) IsAsked(now time.Time) Offer {
	o.Asked = now
	if end := now.AddDate(0, 0, AnswerDays).Truncate(time.Microsecond); end.After(o.Until) {
		o.Until = end
	}
	return o
}

// Rests is the offer when its person wants not to be asked for some weeks.
func (o Offer) Rests(now time.Time) Offer {
	o.Paused = now.AddDate(0, 0, 7*PauseWeeks)
	return o
}

// Lines are an offer as its person and the team read it: what, in which languages, when.
// How they can be reached is not in it.
func (o Offer) Lines() []Text {
	var out []Text
	for _, k := range o.Kinds {
		out = append(out, say("offer.line.kind", word("kind", "offer.kind."+k)))
	}
	for _, l := range o.Langs {
		out = append(out, say("offer.line.lang", word("language", "language.name."+l)))
	}
	if o.Words != "" {
		out = append(out, say("offer.line.detail", named("text", o.Words)))
	}
	for _, t := range o.Times {
		out = append(out, say("offer.line.time", word("time", "offer.time."+t)))
	}
	if len(o.Times) == 0 {
		out = append(out, say("offer.line.anytime"))
	}
	return out
}

// Reach says how they can be reached, as far as they allowed.
func (o Offer) Reach() Text {
	switch {
	case o.Phone != "":
		return say("offer.line.phone", code("phone", o.Phone))
	case o.Mail != "":
		return say("offer.line.mail", code("mail", o.Mail))
	}
	return say("offer.line.chat")
}

// offerButton begins the buttons of messages that come by themselves: "offer/re/REQUEST/yes",
// "…/no", "…/pause" below a request, "offer/still/yes" and "…/no" below the question
// whether it still holds. No step is called so.
const (
	requestButton = "offer/re/"
	stillButton   = "offer/still/"
)

// offerFlow takes what somebody offers. What they say is kept in memory, or for a day,
// until it is saved.
var offerFlow = Flow{
	ID: "offer", Aside: true,
	Steps: []Step{
		{
			ID: "mine", Kind: Choose, Enter: offersNothing, MoreTo: []string{"consent"},
			Body: mineOfferBody, Keys: append([]string{"offer.mine", "offer.mine.none", "offer.mine.paused", "offer.mine.until"}, offerLineKeys...),
			Options: []Option{
				{ID: "change", Emoji: "✏️", Do: changeOffer, To: "kinds", Hide: hasNoOffer},
				{ID: "pause", Emoji: "⏸", Do: pauseOffer, To: Stay, Hide: pausesOffer},
				{ID: "resume", Emoji: "▶️", Do: resumeOffer, To: Stay, Hide: pausesNoOffer},
				{ID: "delete", Emoji: "🗑", To: "sure", Hide: hasNoOffer},
				{ID: "new", Emoji: "🎁", Key: "offer.title", To: "consent", Hide: hasOffer},
				{ID: "ok", Emoji: "👍", Key: "info.ok", To: Done},
			},
		},
		{
			ID: "sure", Kind: Confirm,
			Options: []Option{{ID: "yes", Emoji: "🗑", Do: dropOffer, To: Done}, {ID: "no", Emoji: "❌", To: "mine"}},
		},
		{
			ID: "consent", Kind: Choose, Body: offerConsentBody,
			Keys: []string{"offer.consent", "ask.consent.channel.web", "ask.consent.channel.telegram", "ask.consent.channel.matrix", "ask.consent.channel.matrix.open", "ask.consent.channel.terminal"},
			Options: []Option{
				{ID: "yes", Emoji: "✅", Key: "ask.consent.yes", Do: agreeToOffer, To: "kinds"},
				{ID: "no", Emoji: "❌", Key: "ask.consent.no", To: Done},
				{ID: "young", Emoji: "🧒", Key: "ask.consent.young", To: "young"},
			},
		},
		{
			ID: "young", Kind: Show, Discreet: true,
			Body: offerYoungBody, Keys: []string{"offer.young", "sos.line", "contact.place", "contact.phone"},
			Options: []Option{{ID: "ok", Emoji: "👍", Key: "info.ok", To: Done}},
		},
		{
			ID: "kinds", Kind: Choose, Columns: 2, Page: true,
			More: kindToggles, Pick: toggleKind, MoreTo: []string{Stay},
			Options: []Option{{ID: "next", Emoji: "👍", Key: "offer.next", To: "langs", Hide: noKinds}},
		},
		{
			ID: "langs", Kind: Choose, Columns: 2, Page: true, Discreet: true, Skip: interpretsNot, Next: "detail",
			More: langToggles, Pick: toggleLang, MoreTo: []string{Stay},
			Options: []Option{{ID: "next", Emoji: "👍", Key: "offer.next", To: "detail", Hide: noLangs}},
		},
		{
			ID: "detail", Kind: AskText, Skip: needsNoWords, Accept: acceptOfferWords, Next: "times",
			Options: []Option{{ID: "skip", Emoji: "⏭️", Key: "offer.skip", Do: dropWords, To: "times"}},
		},
		{
			ID: "times", Kind: Choose, Page: true,
			More: timeToggles, Pick: toggleTime, MoreTo: []string{Stay},
			Options: []Option{{ID: "next", Emoji: "👍", Key: "offer.next", To: "contact"}},
		},
		{
			ID: "contact", Kind: Choose,
			Options: []Option{
				{ID: "chat", Emoji: "💬", Do: reachByChat, To: "check"},
				{ID: "phone", Emoji: "📞", To: "phone"},
				{ID: "mail", Emoji: "✉️", To: "mail"},
			},
		},
		{ID: "phone", Kind: AskText, Accept: acceptOfferPhone, Next: "check"},
		{ID: "mail", Kind: AskText, Accept: acceptMail, Next: "check"},
		{
			ID: "check", Kind: Choose, Enter: notAgreed, MoreTo: []string{"mine"},
			Body: checkOfferBody, Keys: append([]string{"offer.check", "offer.children"}, offerLineKeys...),
			Options: []Option{
				{ID: "save", Emoji: "✅", Do: saveOffer, To: Stay},
				{ID: "change", Emoji: "✏️", Key: "offer.mine.change", To: "kinds"},
				{ID: "drop", Emoji: "🗑", Key: "ask.preview.discard", Do: forgetOfferAnswers, To: Done},
			},
		},
	},
}

// offerLineKeys are what Lines and Reach say.
var offerLineKeys = slices.Concat([]string{
	"offer.line.kind", "offer.line.lang", "offer.line.detail", "offer.line.time", "offer.line.anytime", "offer.line.phone", "offer.line.mail", "offer.line.chat",
}, keysBelow("offer.kind.", OfferKinds), keysBelow("offer.time.", OfferTimes))

// keysBelow are keys that begin alike.
func keysBelow(prefix string, ends []string) (keys []string) {
	for _, end := range ends {
		keys = append(keys, prefix+end)
	}
	return keys
}

// offer is what the person offers, with what they have just changed.
func (c *Ctx) offer() Offer {
	switch {
	case c.given != nil:
		return *c.given
	case c.In.Facts.Shares.Offer == nil:
		return Offer{}
	}
	return c.In.Facts.Shares.Offer()
}

// give wishes that this is what the person offers; confirm is said with its number.
func (c *Ctx) give(o Offer, confirm Say) {
	c.given = &o
	c.Do(Give{Offer: o, Confirm: confirm})
}

func hasOffer(c *Ctx) bool      { return !c.offer().Nothing() }
func hasNoOffer(c *Ctx) bool    { return c.offer().Nothing() }
func pausesOffer(c *Ctx) bool   { return hasNoOffer(c) || c.offer().Paused.After(c.In.Now) }
func pausesNoOffer(c *Ctx) bool { return hasNoOffer(c) || !c.offer().Paused.After(c.In.Now) }

// offersNothing leads who offers nothing yet to the consent.
func offersNothing(c *Ctx) {
	forgetOfferAnswers(c)
	if hasNoOffer(c) && c.given == nil {
		c.State.At.Step = "" // there is nothing to go back to
		c.go_("consent")
	}
}

func mineOfferBody(c *Ctx) []Text {
	o := c.offer()
	if o.Nothing() {
		return []Text{say("offer.mine.none")}
	}
	out := append([]Text{say("offer.mine", code("number", o.Number))}, o.Lines()...)
	out = append(out, o.Reach())
	if o.Paused.After(c.In.Now) {
		out = append(out, say("offer.mine.paused", day("day", o.Paused)))
	}
	return append(out, say("offer.mine.until", day("day", o.Until)))
}

// changeOffer begins with what is there.
func changeOffer(c *Ctx) {
	o := c.offer()
	c.set("offer.agreed", o.Version)
	c.set("offer.kinds", strings.Join(o.Kinds, ","))
	c.set("offer.langs", strings.Join(o.Langs, ","))
	c.set("offer.times", strings.Join(o.Times, ","))
	c.set("offer.detail", o.Words)
	c.set("offer.phone", o.Phone)
	c.set("offer.mail", o.Mail)
}

func pauseOffer(c *Ctx) {
	c.give(c.offer().Rests(c.In.Now), Say{})
	c.ask()
}

func resumeOffer(c *Ctx) {
	o := c.offer()
	o.Paused = time.Time{}
	c.give(o, Say{})
	c.ask()
}

func dropOffer(c *Ctx) {
	if hasOffer(c) {
		c.give(Offer{}, Say{})
	}
	c.Say(say("offer.deleted"))
}

func forgetOfferAnswers(c *Ctx) {
	for _, key := range []string{"agreed", "kinds", "langs", "times", "detail", "phone", "mail"} {
		c.set("offer."+key, "")
	}
}

// offerConsent is what is agreed to, also what the record of consent hashes.
func (c *Ctx) offerConsent() Text {
	return say("offer.consent", code("version", OfferVersion), word("channel", c.channel()))
}

func offerConsentBody(c *Ctx) []Text { return []Text{c.offerConsent()} }

func agreeToOffer(c *Ctx) {
	c.set("offer.agreed", OfferVersion)
	c.Do(Agree{Version: OfferVersion, For: ForOffering, Shown: c.offerConsent()})
	c.State.At.Step = "" // "back" does not come here: a later "no" would withdraw nothing
}

func offerYoungBody(c *Ctx) []Text { return append([]Text{say("offer.young")}, childHelp(c)...) }

// chosenOf are those that were chosen for an answer, in their order.
func (c *Ctx) chosenOf(key string, all []string) []string {
	chosen := strings.Split(c.Answer(key), ",")
	var out []string
	for _, one := range all {
		if slices.Contains(chosen, one) {
			out = append(out, one)
		}
	}
	return out
}

// toggle puts one of all into an answer, or takes it out.
func (c *Ctx) toggle(key string, all []string, id string) {
	chosen := c.chosenOf(key, all)
	if i := slices.Index(chosen, id); i >= 0 {
		chosen = slices.Delete(chosen, i, i+1)
	} else {
		chosen = append(chosen, id)
	}
	c.set(key, strings.Join(chosen, ","))
	c.ask()
}

func toggleKind(c *Ctx, id string) { c.toggle("offer.kinds", OfferKinds, id) }
func toggleLang(c *Ctx, id string) { c.toggle("offer.langs", OfferLangs, id) }
func toggleTime(c *Ctx, id string) { c.toggle("offer.times", OfferTimes, id) }

// toggles are a button for each of all, those that are chosen with a tick.
func (c *Ctx) toggles(key, prefix string, all []string, signs map[string]string) []Option {
	chosen := c.chosenOf(key, all)
	var out []Option
	for _, one := range all {
		o := Option{ID: one, Emoji: signs[one], Key: prefix + one}
		if slices.Contains(chosen, one) {
			o = Option{ID: one, Emoji: "✅", Text: &Text{Key: prefix + one}}
		}
		out = append(out, o)
	}
	return out
}

func kindToggles(c *Ctx) []Option {
	return c.toggles("offer.kinds", "offer.kind.", OfferKinds, kindSigns)
}
func langToggles(c *Ctx) []Option {
	return c.toggles("offer.langs", "language.name.", OfferLangs, nil)
}
func timeToggles(c *Ctx) []Option {
	return c.toggles("offer.times", "offer.time.", OfferTimes, nil)
}

func noKinds(c *Ctx) bool { return len(c.chosenOf("offer.kinds", OfferKinds)) == 0 }
func noLangs(c *Ctx) bool { return len(c.chosenOf("offer.langs", OfferLangs)) == 0 }
func interpretsNot(c *Ctx) bool {
	return !slices.Contains(c.chosenOf("offer.kinds", OfferKinds), "interpreting")
}

func needsNoWords(c *Ctx) bool {
	return !Offer{Kinds: c.chosenOf("offer.kinds", OfferKinds)}.Has(wordKinds...)
}

func dropWords(c *Ctx)   { c.set("offer.detail", "") }
func reachByChat(c *Ctx) { c.set("offer.phone", ""); c.set("offer.mail", "") }

// acceptOfferWords takes a line without what reaches somebody: the team sees it before it
// asks.
func acceptOfferWords(_ *Ctx, text string) (answer, wrong string) {
	answer = strings.Join(strings.Fields(text), " ")
	switch {
	case answer == "":
		return "", "wrong.empty"
	case units(answer) > MaxOfferWords:
		return "", "offer.detail.long"
	case reaches(answer):
		return "", "offer.detail.contact"
	}
	return answer, ""
}

// reaches reports whether a text holds a telephone number or an address on the net.
func reaches(text string) bool {
	digits := 0
	for _, r := range text {
		switch {
		case unicode.IsDigit(r):
			if digits++; digits >= 6 {
				return true
			}
		case !strings.ContainsRune(" -/().+", r):
			digits = 0
		}
	}
	return strings.ContainsAny(text, "@＠") || strings.Contains(text, "://")
}

func acceptOfferPhone(c *Ctx, text string) (answer, wrong string) {
	if answer, wrong = acceptPhone(c, text); wrong == "" {
		c.set("offer.mail", "")
	}
	return answer, wrong
}

// acceptMail takes an address as networks do (RFC 5321 allows 254 bytes); whether it is
// there nobody knows.
func acceptMail(c *Ctx, text string) (answer, wrong string) {
	answer = strings.TrimSpace(text)
	name, host, ok := strings.Cut(answer, "@")
	plain := !strings.ContainsFunc(answer, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '<' || r == '>' })
	if !ok || name == "" || len(answer) > 254 || !plain || strings.Contains(host, "@") || !strings.Contains(strings.Trim(host, "."), ".") {
		return "", "offer.mail.wrong"
	}
	c.set("offer.phone", "")
	return answer, ""
}

// notAgreed leads back who comes here without having agreed: their answers were forgotten.
func notAgreed(c *Ctx) {
	if c.Answer("offer.agreed") == "" || noKinds(c) {
		c.go_("mine")
	}
}

// saidOffer is the offer as it was answered, in the place of the one that is there.
func (c *Ctx) saidOffer() Offer {
	o := c.offer()
	o.Kinds = c.chosenOf("offer.kinds", OfferKinds)
	o.Langs, o.Times = nil, c.chosenOf("offer.times", OfferTimes)
	if !interpretsNot(c) {
		o.Langs = c.chosenOf("offer.langs", OfferLangs)
	}
	o.Words, o.Phone, o.Mail = "", c.Answer("offer.phone"), c.Answer("offer.mail")
	if !needsNoWords(c) {
		o.Words = c.Answer("offer.detail")
	}
	o.Version = c.Answer("offer.agreed")
	return o
}

func checkOfferBody(c *Ctx) []Text {
	o := c.saidOffer()
	out := append([]Text{say("offer.check")}, o.Lines()...)
	out = append(out, o.Reach())
	if o.Has(withChildren...) {
		out = append(out, say("offer.children"))
	}
	return out
}

// saveOffer keeps the offer, and goes back to what was interrupted without asking it again:
// the receipt says how.
func saveOffer(c *Ctx) {
	if c.Answer("offer.agreed") == "" || noKinds(c) { // a state of another release
		c.go_("mine")
		return
	}
	o := c.saidOffer().Holds(c.In.Now)
	confirm := Say{
		Body:    []Text{say("offer.saved"), say("offer.saved.how")},
		Options: []Option{{ID: "nav/offer", Emoji: "🎁", Key: "offer.title.mine"}, {ID: "nav/again", Emoji: "↩️", Key: "sos.on"}},
	}
	if p, ok := c.In.Facts.sheet("volunteering"); ok && o.Has(withChildren...) {
		confirm.Options = append([]Option{pageOption(p)}, confirm.Options...)
	}
	forgetOfferAnswers(c)
	c.give(o, confirm)
	c.quietly()
}

// quietly ends a visit without asking what it interrupted, unless something is held that
// must be asked about.
func (c *Ctx) quietly() {
	if c.State.Answers.Held != nil {
		c.end()
		return
	}
	c.State.At, c.State.Back = Place{}, nil
	if under := c.State.Under; under != nil {
		c.State.At, c.State.Under = *under, nil
	}
}

// StillOfferSay asks somebody whether their offer still holds.
func StillOfferSay(o Offer) Say {
	body := append([]Text{say("offer.still", code("number", o.Number))}, o.Lines()...)
	return Say{Body: append(body, say("offer.still.until", day("day", o.Until))), Options: []Option{
		{ID: stillButton + "yes", Emoji: "✅", Key: "offer.still.yes"},
		{ID: stillButton + "no", Emoji: "🗑", Key: "offer.still.no"},
	}}
}

// OfferOverSay says that nobody answered that.
func OfferOverSay() Say {
	return Say{Body: []Text{say("offer.over")}, Options: []Option{{ID: "nav/offer", Emoji: "🎁", Key: "offer.title"}}}
}

// stillOffer takes the answer, whenever it comes.
func (c *Ctx) stillOffer(answer string) {
	switch o := c.offer(); {
	case o.Nothing():
		c.ask(say("offer.mine.none"))
	case answer == "yes":
		o = o.Holds(c.In.Now)
		c.give(o, Say{})
		c.ask(say("offer.renewed", day("day", o.Until)))
	case answer == "no":
		c.give(Offer{}, Say{})
		c.ask(say("offer.deleted"))
	default:
		c.ask(say("old"))
	}
}
