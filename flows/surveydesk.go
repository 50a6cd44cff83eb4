package flows

import (
	"maps"
	"slices"
	"time"
)

// A Campaign is what the desk decided about a Survey, and which of its cells somebody has
// answered, sent off or not: those must not vanish from its file.
type Campaign struct {
	Open     bool                `json:"o,omitempty"`
	Answered map[string][]string `json:"a,omitempty"`
	Watched  bool                `json:"w,omitempty"` // its alarms are set
}

// Actions of the desk's buttons "survey/CAMPAIGN/ACTION".
const (
	SurveyOpen    = "open"
	SurveyClose   = "close"
	SurveyInvite  = "invite"
	SurveyResults = "results"
	SurveyTable   = "table"
)

// NewsSurvey invites people to answer a campaign.
const NewsSurvey News = "survey"

// With is the campaign when somebody answered; changed is false when others did so before.
func (c Campaign) With(r Reply) (after Campaign, changed bool) {
	answered := maps.Clone(c.Answered)
	if answered == nil {
		answered = map[string][]string{}
	}
	for question, cells := range r.Answered() {
		was, known := answered[question]
		now := slices.Clone(was)
		for _, cell := range cells {
			if !slices.Contains(now, cell) {
				now = append(now, cell)
			}
		}
		if !known || len(now) > len(was) {
			slices.Sort(now)
			answered[question], changed = now, true
		}
	}
	c.Answered = answered
	return c, changed
}

// SurveyTell shows the desk a campaign, with what can be done about it.
func SurveyTell(s Survey, c Campaign, now time.Time) Tell {
	body := []Text{
		say("desk.survey.head", word("title", s.Title)),
		say("desk.survey.days", date("from", s.From), date("until", s.Until.AddDate(0, 0, -1))),
		surveyState(s, c, now),
	}
	option := func(action, emoji string) Option {
		return Option{ID: surveyButton + s.ID + "/" + action, Emoji: emoji, Key: "desk.survey.do." + action}
	}
	var options []Option
	switch {
	case !now.Before(s.Until):
	case c.Open:
		options = append(options, option(SurveyClose, "⏸"))
	default:
		options = append(options, option(SurveyOpen, "▶️"))
	}
	if c.Open && s.Open(now) {
		options = append(options, option(SurveyInvite, "📣"))
	}
	return Tell{Where: Here, Body: body, Columns: 2, Options: append(options, option(SurveyResults, "📊"), option(SurveyTable, "📄"))}
}

func surveyState(s Survey, c Campaign, now time.Time) Text {
	switch {
	case !now.Before(s.Until):
		return say("desk.survey.over")
	case !c.Open:
		return say("desk.survey.shut")
	case now.Before(s.From):
		return say("desk.survey.waits")
	}
	return say("desk.survey.open")
}

// invitation is what people read who are invited to a campaign.
func (c Cast) invitation() Say {
	return Say{
		Body: []Text{say("survey.invite", word("title", c.Title)), say("survey.invite.how"), say("survey.invite.stop")},
		Options: []Option{
			{ID: surveyButton + c.Survey, Emoji: "📝", Key: "survey.invite.do"},
			{ID: dateButton + "-/stop", Emoji: "🔕", Key: "meetings.do.stop"},
		},
		Columns: 2, Discreet: true,
	}
}
