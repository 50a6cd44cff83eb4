package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
	"lotse/store"
)

// surveysOf are the campaigns as flows knows them: the two packages do not know each other.
func surveysOf(from []locales.Survey) []flows.Survey {
	var out []flows.Survey
	for _, s := range from {
		one := flows.Survey{
			ID: s.ID, Version: s.Version, From: s.From, Until: s.Until, Title: locales.SurveyTitle(s.ID), About: locales.SurveyAbout(s.ID),
			Need: s.Need, Offer: s.Offer, Checked: map[string]time.Time{},
		}
		for tag, check := range s.Checked {
			one.Checked[tag] = check.On
		}
		for _, q := range s.Questions {
			one.Questions = append(one.Questions, questionOf(s.ID, q))
		}
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b flows.Survey) int { return a.From.Compare(b.From) })
	return out
}

func questionOf(survey string, from locales.SurveyQuestion) flows.Question {
	q := flows.Question{ID: from.ID, Kind: flows.QuestionKind(from.Kind), Ask: locales.SurveyAsks(survey, from.ID), Min: from.Min, Max: from.Max}
	for _, skip := range from.Skip {
		q.Skips = append(q.Skips, flows.SurveySkip(skip))
	}
	label := func(option string) string { return locales.SurveyOption(survey, from.ID, option) }
	for i, id := range from.Cells {
		switch from.Kind {
		case locales.SurveyGrid:
			row, column, _ := strings.Cut(id, ".")
			q.Cells = append(q.Cells, flows.Crossing(id, label(row), label(column)))
		case locales.SurveyScale:
			q.Cells = append(q.Cells, flows.Point(id))
		case locales.SurveyNumber:
			q.Cells = append(q.Cells, flows.Group(id, firstOf(id), firstOf(slices.Concat(from.Cells, []string{"0"})[i+1])))
		default:
			q.Cells = append(q.Cells, flows.Cell{ID: id, Label: flows.Text{Key: label(id)}})
		}
	}
	if from.Kind == locales.SurveyScale {
		q.Low, q.High = label("low"), label("high")
	}
	return q
}

// firstOf is the number with which a group begins, as locales writes it.
func firstOf(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// survey is the campaign with the ID.
func (l lists) survey(id string) (flows.Survey, bool) {
	i := slices.IndexFunc(l.surveys, func(s flows.Survey) bool { return s.ID == id })
	if i < 0 {
		return flows.Survey{}, false
	}
	return l.surveys[i], true
}

func replyKey(pid, survey string) string { return keyOf("reply", pid, survey) }

// mostReplies is how many campaigns of one person are looked at.
const mostReplies = 20

// surveys is what flows may know of the campaigns. It reads when it is first asked; what
// went wrong then, failed says.
func (t *turn) surveys(pid string) (get func() flows.Surveys, failed func() error) {
	var all flows.Surveys
	var err error
	read := false
	get = func() flows.Surveys {
		if !read {
			read = true
			all, err = t.readSurveys(pid)
		}
		return all
	}
	return get, func() error { return err }
}

func (t *turn) readSurveys(pid string) (flows.Surveys, error) {
	all := flows.Surveys{Replies: map[string]flows.Reply{}}
	for _, s := range t.b.lists.surveys {
		if !s.Open(t.now) {
			continue
		}
		c, err := campaign(t.tx, s.ID)
		if err != nil {
			return all, err
		}
		if c.Open {
			all.Open = append(all.Open, s)
		}
	}
	rows, err := t.tx.Scan(keyOf("reply", pid)+"/", "", mostReplies)
	for _, row := range rows {
		var r flows.Reply
		if err := unpack(row.Key, row.Value, &r); err != nil {
			return all, err
		}
		all.Replies[row.Key[len(replyKey(pid, "")):]] = r
	}
	return all, err
}

func campaign(r store.Reader, id string) (flows.Campaign, error) {
	c, _, err := load[flows.Campaign](r, keyOf("survey", id))
	return c, err
}

func pollOf(r store.Reader, id string) (flows.Poll, error) {
	p, _, err := load[flows.Poll](r, keyOf("tally", id))
	return p, err
}

// keepReply keeps what somebody said in a campaign so far, and which questions have an
// answer by anybody.
func (t *turn) keepReply(pid string, e flows.KeepReply) error {
	key := replyKey(pid, e.Survey)
	if e.Reply.At == "" {
		t.tx.Delete(key)
		return nil
	}
	s, known := t.b.lists.survey(e.Survey)
	before, err := t.tx.Get(key)
	if err != nil {
		return err
	}
	if before == nil && known {
		t.at(s.Until, "reply", pid, e.Survey)
	}
	save(t.tx, key, e.Reply)
	c, err := campaign(t.tx, e.Survey)
	if err != nil {
		return err
	}
	if c, changed := c.With(e.Reply); changed {
		save(t.tx, keyOf("survey", e.Survey), c)
	}
	return nil
}

// An opinion is what somebody said in words; nothing says who, when, or what else they
// said. Its key is drawn by chance and derives from nothing.
type opinion struct {
	Text string `json:"t"`
}

// sendReply counts what somebody said, and forgets that they said it.
func (t *turn) sendReply(sp *speaker, e flows.SendReply) error {
	key := replyKey(sp.PID, e.Survey)
	before, _, err := load[flows.Reply](t.tx, key)
	if err != nil || before.Done {
		return err
	}
	s, known := t.b.lists.survey(e.Survey)
	if !known {
		return nil
	}
	p, err := pollOf(t.tx, e.Survey)
	if err != nil {
		return err
	}
	save(t.tx, keyOf("tally", e.Survey), p.Add(s, e.Reply))
	opinions := e.Reply.Opinions()
	for _, question := range slices.Sorted(maps.Keys(opinions)) {
		save(t.tx, keyOf("opinion", e.Survey, question, t.chance(question)), opinion{opinions[question]})
	}
	save(t.tx, key, flows.Reply{Done: true})
	return t.forgetAsked(sp)
}

// mostUnsent is how many unsent messages to a person are looked through: who answers has
// read most of them.
const mostUnsent = 30

// forgetAsked takes the questions, with the signs at what was chosen, out of what is still
// to be sent to a person and out of what their last messages offer.
func (t *turn) forgetAsked(sp *speaker) error {
	key := keyOf("choice", sp.PID)
	offers, found, err := load[[]offer](t.tx, key)
	if err != nil {
		return err
	}
	if found {
		save(t.tx, key, slices.DeleteFunc(offers, func(o offer) bool { return asksSurvey(o.Buttons) || asksSurvey(o.Was) }))
	}
	rows, err := t.tx.Scan(keyOf("out", t.b.lane(sp.Person.Address))+"/", "", mostUnsent)
	if err != nil {
		return err
	}
	for _, row := range rows {
		q := newQueued(row)
		if q.pid != sp.PID || q.raw == nil {
			continue
		}
		if err := unpack(q.key, q.raw, &q.item); err != nil {
			return err
		}
		if asksSurvey(slices.Concat(q.item.Message.Buttons...)) {
			t.forget(q, q.raw)
		}
	}
	return nil
}

// asksSurvey reports whether buttons are those of a question.
func asksSurvey(buttons []chat.Button) bool {
	return slices.ContainsFunc(buttons, func(b chat.Button) bool { return strings.HasPrefix(b.ID, "survey/") && strings.Count(b.ID, "/") == 3 })
}

// chance is an ID that derives from nothing that is kept anywhere: what is found under it
// leads back to no event and no person. It is the same when the turn runs again.
func (t *turn) chance(name string) string {
	sum := sha256.Sum256([]byte(t.secret + name))
	return hex.EncodeToString(sum[:12])
}

// replyOver forgets what was not sent off, and that somebody sent it off, when a campaign
// is over.
func (t *turn) replyOver(pid, id string) error {
	if s, known := t.b.lists.survey(id); known && s.Until.After(t.now) { // it was prolonged
		t.at(s.Until, "reply", pid, id)
		return nil
	}
	t.tx.Delete(replyKey(pid, id))
	return nil
}

// opinionsFor is how long words are kept after a campaign; its numbers stay (domain §5.2).
const opinionsFor = 183 * 24 * time.Hour

// watchSurvey sets the alarms of a campaign that the desk opens for the first time.
func (t *turn) watchSurvey(s flows.Survey) {
	t.at(s.Until, "surveyend", s.ID)
	t.at(s.Until.Add(opinionsFor), "surveyover", s.ID)
}

// surveyEnds shows everybody's answers, once nobody can answer any more.
func (t *turn) surveyEnds(id string) error {
	if s, known := t.b.lists.survey(id); known && s.Until.After(t.now) {
		t.at(s.Until, "surveyend", id)
		return nil
	}
	p, err := pollOf(t.tx, id)
	if err != nil {
		return err
	}
	save(t.tx, keyOf("tally", id), p.Ended())
	return nil
}

// surveyOver forgets what was said in words, some at a time. From then on the campaign may
// vanish from the files.
func (t *turn) surveyOver(id string) error {
	if s, known := t.b.lists.survey(id); known {
		if over := s.Until.Add(opinionsFor); over.After(t.now) {
			t.at(over, "surveyover", id)
			return nil
		}
	}
	const page = 80 // deletions, below store.MaxWrites
	rows, err := t.tx.Scan(keyOf("opinion", id)+"/", "", page)
	if err != nil {
		return err
	}
	for _, row := range rows {
		t.tx.Delete(row.Key)
	}
	if len(rows) == page {
		t.at(t.now, "surveyover", id)
		return nil
	}
	t.tx.Delete(keyOf("survey", id))
	p, err := pollOf(t.tx, id)
	if err != nil {
		return err
	}
	p.Over = true
	save(t.tx, keyOf("tally", id), p)
	return nil
}

// answered are the cells that somebody has answered, by campaign and question: no file may
// be without them (locales.CheckSurveys).
func answered(r store.Reader) (locales.Answered, error) {
	rows, err := r.Scan("survey/", "", store.MaxScan)
	if err != nil {
		return nil, err
	}
	all := locales.Answered{}
	for _, row := range rows {
		var c flows.Campaign
		if err := unpack(row.Key, row.Value, &c); err != nil {
			return nil, err
		}
		if len(c.Answered) > 0 {
			all[strings.TrimPrefix(row.Key, "survey/")] = c.Answered
		}
	}
	return all, nil
}
