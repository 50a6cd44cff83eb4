package flows

import (
	"maps"
	"slices"
	"strings"

	"lotse/bot/chat"
)

// surveyButton is how the IDs of all buttons about a campaign begin: "survey/CAMPAIGN" opens
// it, "survey/CAMPAIGN/QUESTION/CELL" chooses, "…/-CELL" takes it back and "…/_WORD" is one
// of the ways on. They mean the same wherever they stand, and never another question than
// the one they stood below.
const surveyButton = "survey/"

// Ways on from a question.
const (
	wayBegin = "_begin"
	wayNext  = "_next" // without an answer it passes the question over
	wayBack  = "_back"
	waySend  = "_send"
)

// SurveyConsent is raised when what people agree to before the first question means
// something else.
const SurveyConsent = "survey-1"

// questionsFlow asks the questions of a campaign. Every answer is kept at once, so that
// people can go on days later where they were; when they send it off, nothing leads from
// the answers to them any more (docs/adr/0073-anonymous-answers.md).
var questionsFlow = Flow{
	ID: "questions", Aside: true,
	Steps: []Step{
		{
			ID: "list", Kind: Choose, Page: true, Discreet: true, Enter: onlySurvey,
			Body: surveysBody, Keys: []string{"survey.list", "survey.none"},
			More: openSurveys, Pick: (*Ctx).surveyPress, MoreTo: []string{"go"},
			Options: []Option{{ID: "ok", Emoji: "👍", Key: "info.ok", To: Done}},
		},
		{
			// Nobody stands here: it leads to where somebody is in the campaign.
			ID: "go", Kind: Show, Enter: placeQuestion, MoreTo: []string{"about", "question", "write", "send"},
			Body: surveyBody, Keys: []string{"survey.closed"}, Options: []Option{{ID: "ok", Emoji: "👍", Key: "info.ok", To: Done}},
		},
		{
			ID: "about", Kind: Choose, Page: true, Discreet: true,
			Body: surveyBody, Keys: []string{"survey.head", "survey.promise", "survey.until", "survey.begin.age", "survey.already", "survey.closed", "survey.draft", "info.checked"},
			More: surveyBegin, Pick: (*Ctx).surveyPress, MoreTo: []string{"go"},
			Options: []Option{
				{ID: "young", Emoji: "🧒", Do: tooYoungToAnswer, To: Done, Hide: cannotBegin},
				{ID: "notice", Emoji: "📄", Key: "privacy.data.notice", To: "privacy/notice", Hide: cannotBegin},
				{ID: "later", Emoji: "👋", Key: "survey.later", To: Done, Hide: cannotBegin},
				{ID: "ok", Emoji: "👍", Key: "info.ok", To: Done, Hide: canBegin},
			},
		},
		{
			ID: "question", Kind: Choose, Columns: 2, Page: true, Discreet: true,
			Body: askedBody, Keys: askedKeys, More: askedWays, Pick: (*Ctx).surveyPress, MoreTo: []string{"go"}, Take: onlyChoices,
			Options: []Option{pauseSurvey},
		},
		{
			ID: "write", Kind: AskText, Discreet: true,
			Body: askedBody, Keys: askedKeys, More: askedWays, Pick: (*Ctx).surveyPress, Accept: acceptOpinion, Next: "go", MoreTo: []string{"go"},
			Options: []Option{pauseSurvey},
		},
		{
			ID: "send", Kind: Confirm, Page: true,
			Body: sendBody, Keys: []string{"survey.send", "survey.send.none", "survey.closed"}, More: sendWays, Pick: (*Ctx).surveyPress, MoreTo: []string{"go", "thanks"},
			Options: []Option{pauseSurvey},
		},
		{
			ID: "thanks", Kind: Choose,
			Body: thanksBody, Keys: []string{"survey.thanks", "survey.contact"},
			Options: []Option{
				{ID: "no", Emoji: "👍", To: Done},
				{ID: "chat", Emoji: "💬", Do: wantContact, To: "ask/role", Hide: begun},
				{ID: "other", Emoji: "☎️", To: "contact"},
			},
		},
		{
			ID: "contact", Kind: Show,
			Body: surveyContact, Keys: []string{"survey.contact.other", "help.places", "help.places.none", "contact.place", "contact.phone"},
			Options: []Option{
				{ID: "chat", Emoji: "💬", Key: "questions.thanks.chat", Do: wantContact, To: "ask/role", Hide: begun},
				{ID: "ok", Emoji: "👍", Key: "info.ok", To: Done},
			},
		},
		{
			ID: "discard", Kind: Confirm,
			Options: []Option{{ID: "yes", Emoji: "🗑", Do: discardReplies, To: Done}, {ID: "no", Emoji: "❌", To: "privacy/data"}},
		},
	},
}

var pauseSurvey = Option{ID: "pause", Emoji: "⏸", Key: "survey.pause", Do: sayPaused, To: Done, Word: true}

var askedKeys = []string{"survey.progress", "survey.many", "survey.hint", "survey.range", "survey.scale", "survey.chosen", "survey.closed", "quote"}

// surveys are the campaigns with what the person has just said.
func (c *Ctx) surveys() Surveys {
	if c.In.Facts.Surveys == nil {
		return Surveys{}
	}
	all := c.In.Facts.Surveys()
	if c.said != nil {
		replies := map[string]Reply{c.State.Survey: *c.said}
		for id, r := range all.Replies {
			if id != c.State.Survey {
				replies[id] = r
			}
		}
		all.Replies = replies
	}
	return all
}

// survey is the campaign that is answered, with what was said so far; ok is false when it
// is not open any more.
func (c *Ctx) survey() (s Survey, r Reply, ok bool) {
	all := c.surveys()
	i := slices.IndexFunc(all.Open, func(s Survey) bool { return s.ID == c.State.Survey })
	if i < 0 {
		return Survey{}, Reply{}, false
	}
	s = all.Open[i]
	return s, s.placed(all.Replies[s.ID]), true
}

// asks is the question that the person is asked.
func (c *Ctx) asks() (s Survey, r Reply, q Question, ok bool) {
	if s, r, ok = c.survey(); !ok || r.Done {
		return s, r, q, false
	}
	q, ok = s.question(r.At)
	return s, r, q, ok
}

// reply keeps what was said in the campaign that is answered.
func (c *Ctx) reply(r Reply) {
	c.effects = slices.DeleteFunc(c.effects, func(e Effect) bool { _, is := e.(KeepReply); return is }) // one event, one wish
	c.said = &r
	c.Do(KeepReply{Survey: c.State.Survey, Reply: r})
}

func noSurvey(c *Ctx) bool { return len(c.surveys().Open) == 0 }

// onlySurvey does not ask which when there is one.
func onlySurvey(c *Ctx) {
	c.State.Back = nil
	if open := c.surveys().Open; len(open) == 1 {
		c.State.Survey = open[0].ID
		c.resumes()
	}
}

// resumes goes on where somebody left off.
func (c *Ctx) resumes() {
	if _, r, ok := c.survey(); ok && r.Unfinished() && len(r.Past) > 0 {
		c.Say(say("survey.resumed"))
	}
	c.questionStep("go")
}

func surveysBody(c *Ctx) []Text {
	if noSurvey(c) {
		return []Text{say("survey.none")}
	}
	return []Text{say("survey.list")}
}

func openSurveys(c *Ctx) []Option {
	var out []Option
	for _, s := range c.surveys().Open {
		out = append(out, Option{ID: surveyButton + s.ID, Emoji: "📝", Key: s.Title})
	}
	return out
}

func surveyBody(c *Ctx) []Text {
	s, r, ok := c.survey()
	switch {
	case !ok:
		return []Text{say("survey.closed")}
	case r.Done:
		return []Text{say("survey.already")}
	}
	state := say("survey.draft")
	if checked := s.Checked[c.State.Lang]; !checked.IsZero() {
		state = say("info.checked", date("date", checked))
	}
	return []Text{say("survey.head", word("title", s.Title)), say(s.About), promise(), say("survey.until", day("day", s.Until.AddDate(0, 0, -1))), say("survey.begin.age"), state}
}

// promise is what people agree to.
func promise() Text { return say("survey.promise") }

func cannotBegin(c *Ctx) bool {
	_, r, ok := c.survey()
	return !ok || r.Done
}

func canBegin(c *Ctx) bool { return !cannotBegin(c) }

func surveyBegin(c *Ctx) []Option {
	s, r, ok := c.survey()
	if !ok || r.Done {
		return nil
	}
	return []Option{{ID: surveyButton + s.ID + "/-/" + wayBegin, Emoji: "✅", Key: "survey.begin"}}
}

func tooYoungToAnswer(c *Ctx) { c.Say(say("survey.young")) }

func sayPaused(c *Ctx) {
	if _, r, ok := c.survey(); ok && r.Unfinished() {
		c.Say(say("survey.paused"))
	}
}

// surveyPress does what a button about a campaign says.
func (c *Ctx) surveyPress(button string) {
	parts := strings.SplitN(strings.TrimPrefix(button, surveyButton), "/", 3)
	c.State.Misses = 0
	c.State.Survey = parts[0]
	s, r, ok := c.survey()
	switch {
	case !ok:
		c.State.Survey = ""
		c.questionStep("about")
	case len(parts) < 3 || r.Done:
		c.resumes()
	case parts[2] == wayBegin:
		c.agreeAndBegin(s, r)
	case parts[1] != r.At:
		c.pressedPast(r, parts[1], parts[2])
	case r.At == surveyEnd:
		c.sends(s, r, parts[2])
	default:
		q, _ := s.question(r.At)
		c.chooses(s, r, q, parts[2])
	}
}

// questionStep leads to a step of this flow, from wherever the button stood.
func (c *Ctx) questionStep(step string) {
	if c.State.At.Flow == "questions" {
		c.go_(step)
		return
	}
	c.aside(Place{"questions", step})
}

// agreeAndBegin is the consent to keep what is said until it is sent off.
func (c *Ctx) agreeAndBegin(s Survey, r Reply) {
	if !r.Unfinished() {
		c.Do(Agree{Version: SurveyConsent, For: ForAnswering, Shown: promise()})
		c.reply(s.begun())
	}
	c.questionStep("go")
}

// pressedPast is a button of a question that is behind the person, or before them. Who
// pressed twice is only asked on; what was answered otherwise needs a word.
func (c *Ctx) pressedPast(r Reply, question, cell string) {
	twice := cell == wayNext || slices.Contains(r.Said[question], cell)
	if !twice || !slices.Contains(r.Past, question) {
		c.Say(say("survey.old"))
	}
	c.questionStep("go")
}

// chooses takes a choice below the question that is asked, or a way on.
func (c *Ctx) chooses(s Survey, r Reply, q Question, what string) {
	cell, off := strings.CutPrefix(what, "-")
	switch _, known := q.cell(cell); {
	case what == wayBack:
		if before, ok := s.backward(r); ok {
			r = before
		}
	case what == wayNext:
		if !q.several() {
			r = r.without(q)
		}
		r = s.onward(r, q)
	case !known || q.typed():
		c.Say(say("old"))
	case q.several():
		r = r.choose(q, cell, !off)
	default:
		r = s.onward(r.choose(q, cell, true), q)
	}
	c.reply(r)
	c.questionStep("go")
}

// sends is what is pressed after the last question.
func (c *Ctx) sends(s Survey, r Reply, what string) {
	switch what {
	case wayBack:
		if before, ok := s.backward(r); ok {
			c.reply(before)
		}
		c.questionStep("go")
	case waySend:
		c.said = &Reply{Done: true}
		c.Do(SendReply{Survey: s.ID, Reply: r})
		c.State.At.Step = "" // nothing leads back
		c.questionStep("thanks")
	default:
		c.ask(say("old"))
	}
}

// placeQuestion leads to the step that asks the question of now.
func placeQuestion(c *Ctx) {
	_, r, q, asked := c.asks()
	step := "about"
	switch {
	case asked && q.typed():
		step = "write"
	case asked:
		step = "question"
	case !r.Done && r.At == surveyEnd:
		step = "send"
	}
	c.State.Back, c.State.At.Step = nil, "" // "back" is the question before (backQuestion)
	c.go_(step)
}

// askedBody is the question with how far one is, and what was said to it before.
func askedBody(c *Ctx) []Text {
	s, r, q, ok := c.asks()
	if !ok {
		return []Text{say("survey.closed")}
	}
	out := []Text{say("survey.progress", number("n", s.index(q.ID)+1), number("of", len(s.Questions))), say(q.Ask)}
	switch q.Kind {
	case QuestionText:
		out = append(out, say("survey.hint", number("max", maxOpinion)))
		if words := r.Words[q.ID]; words != "" {
			out = append(append(out, say("survey.chosen")), quoted(words)...)
		}
	case QuestionNumber:
		out = append(out, say("survey.range", number("min", q.Min), number("max", q.Max)))
	case QuestionScale:
		out = append(out, say("survey.scale", number("min", q.Min), word("low", q.Low), number("max", q.Max), word("high", q.High)))
	case QuestionMany, QuestionGrid:
		out = append(out, say("survey.many"))
	}
	return out
}

// askedWays are what can be chosen, and the ways on. What was chosen has a sign, and its
// button takes it back.
func askedWays(c *Ctx) []Option {
	s, r, q, ok := c.asks()
	if !ok {
		return nil
	}
	id := surveyButton + s.ID + "/" + q.ID + "/"
	var out []Option
	for _, cell := range q.Cells {
		if q.typed() {
			break
		}
		o := Option{ID: id + cell.ID, Text: &cell.Label}
		switch {
		case q.Kind == QuestionScale:
			o.Text, o.Label = nil, cell.ID
		case len(cell.Label.Args) == 0:
			o.Text, o.Key = nil, cell.Label.Key
		}
		if slices.Contains(r.Said[q.ID], cell.ID) {
			if o.Emoji = "✅"; q.several() {
				o.ID = id + "-" + cell.ID
			}
		}
		out = append(out, o)
	}
	next := Option{ID: id + wayNext, Emoji: "⏭", Key: "survey.skip", Word: q.typed()}
	if q.several() && r.answers(q.ID) {
		next.Emoji, next.Key = "➡️", "survey.next"
	}
	out = append(out, next)
	if len(r.Past) > 0 {
		out = append(out, Option{ID: id + wayBack, Emoji: "◀️", Key: "survey.back", Word: q.typed()})
	}
	return out
}

// onlyChoices takes no words: whoever writes below a question means nobody else.
func onlyChoices(*Ctx) bool { return false }

// acceptOpinion takes an answer that was written.
func acceptOpinion(c *Ctx, text string) (answer, wrong string) {
	s, r, q, ok := c.asks()
	switch {
	case !ok || !q.typed(): // the file is another one since
		return "", "old"
	case c.In.Event.Kind == chat.Edit: // of an answer before this one
		return "", "survey.edited"
	case q.Kind == QuestionNumber:
		cell, ok := q.group(c.In.Typed)
		if !ok {
			return "", "survey.number.wrong"
		}
		r = r.choose(q, cell.ID, true)
	case units(text) > maxOpinion:
		return "", "survey.long"
	case strings.TrimSpace(text) == "":
		return "", "wrong.empty"
	default:
		r = r.write(q, text)
	}
	c.reply(s.onward(r, q))
	return "", ""
}

func sendBody(c *Ctx) []Text {
	_, r, ok := c.survey()
	switch {
	case !ok || r.At != surveyEnd:
		return []Text{say("survey.closed")}
	case len(r.Said) == 0 && len(r.Words) == 0:
		return []Text{say("survey.send.none")}
	}
	return []Text{say("survey.send")}
}

func sendWays(c *Ctx) []Option {
	s, r, ok := c.survey()
	if !ok || r.At != surveyEnd {
		return nil
	}
	id := surveyButton + s.ID + "/" + surveyEnd + "/"
	return []Option{{ID: id + waySend, Emoji: "📤", Key: "survey.send.do"}, {ID: id + wayBack, Emoji: "◀️", Key: "survey.back"}}
}

func thanksBody(*Ctx) []Text { return []Text{say("survey.thanks"), say("survey.contact")} }

// wantContact makes the wish an inquiry of its own: it knows nothing of the answers, and
// they nothing of it.
func wantContact(c *Ctx) { c.topicOfLink = "contact" }

func surveyContact(c *Ctx) []Text {
	return append([]Text{say("survey.contact.other")}, elsewhere(c)...)
}

// noReplies reports whether nothing is kept that was not sent off.
func noReplies(c *Ctx) bool {
	for _, r := range c.surveys().Replies {
		if r.Unfinished() {
			return false
		}
	}
	return true
}

// discardReplies forgets everything that was not sent off.
func discardReplies(c *Ctx) {
	c.dropReplies()
	c.Say(say("survey.discarded"))
}

func (c *Ctx) dropReplies() {
	all := c.surveys().Replies
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if all[id].Unfinished() {
			c.Do(KeepReply{Survey: id})
		}
	}
}

// opining reports whether what is written is an answer in words: "Sprache" is one there.
func (c *Ctx) opining() bool { return c.State.At == Place{"questions", "write"} }

// backQuestion goes back to the question before, if one is asked and there is one.
func (c *Ctx) backQuestion() bool {
	if c.State.At.Flow != "questions" {
		return false
	}
	s, r, ok := c.survey()
	if !ok || !r.Unfinished() {
		return false
	}
	before, ok := s.backward(r)
	if ok {
		c.reply(before)
		c.go_("go")
	}
	return ok
}
