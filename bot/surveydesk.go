package bot

import (
	"lotse/flows"
	"lotse/store"
)

// showSurveys lists the campaigns in the room where it was asked for.
func (t *turn) showSurveys() error {
	all := t.b.lists.surveys
	if len(all) == 0 {
		return t.tellHere(flows.Text{Key: "desk.survey.none"})
	}
	for _, s := range all {
		if err := t.showSurvey(s); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) showSurvey(s flows.Survey) error {
	c, err := campaign(t.tx, s.ID)
	if err != nil {
		return err
	}
	return t.offerHere(flows.SurveyTell(s, c, t.now))
}

// surveyPress is a button "survey/CAMPAIGN/ACTION" of the desk.
func (t *turn) surveyPress(parts []string) error {
	s, known := t.b.lists.survey(parts[1])
	if !known {
		return t.tellHere(flows.Text{Key: "desk.old"})
	}
	switch parts[2] {
	case flows.SurveyOpen, flows.SurveyClose:
		return t.openSurvey(s, parts[2] == flows.SurveyOpen)
	case flows.SurveyInvite:
		return t.invite(s)
	case flows.SurveyResults:
		return t.askResults(s, false)
	case flows.SurveyTable:
		return t.askResults(s, true)
	}
	return t.tellHere(flows.Text{Key: "desk.old"})
}

// openSurvey lets people answer a campaign, within its days, or not any more. Every room
// hears of it.
func (t *turn) openSurvey(s flows.Survey, open bool) error {
	c, err := campaign(t.tx, s.ID)
	if err != nil {
		return err
	}
	if c.Open == open || !s.Until.After(t.now) {
		return t.showSurvey(s)
	}
	c.Open = open
	if open && !c.Watched {
		c.Watched = true
		t.watchSurvey(s)
	}
	save(t.tx, keyOf("survey", s.ID), c)
	key := "desk.survey.closed"
	if open {
		key = "desk.survey.opened"
	}
	title := flows.Arg{Name: "title", Kind: flows.Word, Text: s.Title}
	if err := t.tellDesk(flows.Text{Key: key, Args: []flows.Arg{title}}); err != nil {
		return err
	}
	return t.showSurvey(s)
}

// invite asks the desk whether people are to be invited to a campaign, and lets a worker
// count whom it would reach.
func (t *turn) invite(s flows.Survey) error {
	c, err := campaign(t.tx, s.ID)
	if err != nil {
		return err
	}
	if !c.Open || !s.Open(t.now) {
		return t.showSurvey(s)
	}
	cast := flows.Cast{
		ID: t.timed(), Survey: s.ID, Title: s.Title, News: flows.NewsSurvey, Stage: flows.CastCounting, Room: t.ev.In.Platform, Others: true,
	}
	t.at(t.now.Add(castFor), "castover", cast.ID)
	save(t.tx, keyOf("job", t.timed()), castJob{Kind: castKind, Cast: cast.ID})
	t.job = true
	return t.keepCast(cast)
}

// invitePress is a button below an invitation: what is pressed there publishes nothing.
func (t *turn) invitePress(c flows.Cast, action string) error {
	after, goes := c.Press(action, t.b.lists.calendar, t.now)
	if goes {
		t.castAt(after.When, after)
	}
	if after.Stage == c.Stage {
		return nil
	}
	return t.keepCast(after)
}

// needlessInvite reports whether nobody needs an invitation any more: they have answered,
// or want to hear of nothing, or the campaign is closed. Night says that its time is over
// for today.
func (b *Bot) needlessInvite(r store.Reader, it item) (needless, night bool, err error) {
	now, lists := b.cfg.Now(), b.edition().lists
	cast, stopped, err := b.castOf(r, it.Ref.Cast)
	if stopped || err != nil {
		return true, false, err
	}
	s, known := lists.survey(cast.Survey)
	c, err := campaign(r, cast.Survey)
	if !known || !c.Open || !s.Open(now) || err != nil {
		return true, false, err
	}
	g, err := guestOf(r, it.Ref.PID)
	if err != nil || !g.Hears(flows.Meeting{}, flows.NewsSurvey) {
		return true, false, err
	}
	reply, _, err := load[flows.Reply](r, replyKey(it.Ref.PID, s.ID))
	return reply.Done, lists.calendar.Waking(now).After(now), err
}
