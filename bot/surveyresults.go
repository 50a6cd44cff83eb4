package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"lotse/bot/chart"
	"lotse/bot/chat"
	"lotse/bot/table"
	"lotse/flows"
	"lotse/store"
)

// A surveyJob shows the desk what can be shown of a campaign: page by page a question with
// its picture, or tables.
type surveyJob struct {
	Kind   string       `json:"k"` // surveyKind: other jobs have none, or another
	To     chat.Address `json:"to"`
	Survey string       `json:"s"`
	Table  bool         `json:"t,omitempty"`
	Page   int          `json:"n,omitempty"`
	After  string       `json:"a,omitempty"` // the last opinion that is in a table
}

const surveyKind = "survey"

// A surveyPage is the result of one step of the job.
type surveyPage struct {
	Poll  flows.Poll `json:"p"`
	After string     `json:"a,omitempty"` // where the next table goes on, "" when this is the last
}

// askResults says how many answered, and lets a worker make the rest.
func (t *turn) askResults(s flows.Survey, inTable bool) error {
	p, err := pollOf(t.tx, s.ID)
	if err != nil {
		return err
	}
	if !s.Until.After(t.now) { // perhaps sooner than its alarm was set for
		p = p.Ended()
		save(t.tx, keyOf("tally", s.ID), p)
	}
	if err := t.tellHere(flows.SurveyHead(s, p)...); err != nil || p.Shown.N == 0 {
		return err
	}
	save(t.tx, keyOf("job", t.timed()), surveyJob{Kind: surveyKind, To: t.here()[0].Address, Survey: s.ID, Table: inTable})
	t.job = true
	return nil
}

// makeSurvey does the outside part of a job if it is one about a campaign, and hands the
// page in as an event.
func (b edition) makeSurvey(ctx context.Context, row store.Pair) (done bool, err error) {
	var j surveyJob
	if err := unpack(row.Key, row.Value, &j); err != nil || j.Kind != surveyKind {
		return false, err
	}
	s, known := b.lists.survey(j.Survey)
	var page surveyPage
	err = b.cfg.DB.View(ctx, func(r store.Reader) (err error) {
		page.Poll, err = pollOf(r, j.Survey)
		return err
	})
	if err != nil {
		return false, err
	}
	id := strings.TrimPrefix(row.Key, "job/")
	ev := chat.Event{ID: fmt.Sprintf("job/%s/%d", id, j.Page), Kind: chat.Job, At: b.cfg.Now(), Text: id}
	switch {
	case !known:
	case j.Table:
		if ev.Files, page.After, err = b.surveyTables(ctx, s, page.Poll, j); err != nil {
			return false, err
		}
	default:
		png, err := b.drawSurvey(s, page.Poll, j.Page)
		if err != nil { // the words say the same
			b.cfg.Log.Error("a question has no picture", "err", err)
		}
		if png != nil {
			ev.Files = []chat.File{ownPicture(fmt.Sprintf("%s-%d.png", s.ID, j.Page+1), png)}
		}
	}
	said, err := json.Marshal(page)
	if err != nil {
		return false, err
	}
	ev.Args = string(said)
	return true, b.Receive(ctx, ev)
}

// tellSurvey shows a page in the room that asked, and lets the next one be made.
func (t *turn) tellSurvey(key string) (done bool, err error) {
	j, found, err := load[surveyJob](t.tx, key)
	if !found || err != nil || j.Kind != surveyKind {
		return false, err
	}
	t.job = true // there may be more
	var page surveyPage
	if err := json.Unmarshal([]byte(t.ev.Args), &page); err != nil {
		return true, fmt.Errorf("survey: %w", err)
	}
	s, known := t.b.lists.survey(j.Survey)
	if !known {
		t.tx.Delete(key)
		return true, nil
	}
	m := chat.Message{Files: t.ev.Files}
	more := page.After != ""
	if j.Table {
		m = t.b.body(t.b.deskLang(), []flows.Text{{Key: "desk.survey.table"}})
	} else {
		m = t.b.body(t.b.deskLang(), t.b.surveyWords(t.b.deskLang(), s, page.Poll, j.Page))
		more = j.Page+1 < surveyPages(s, page.Poll)
	}
	m.Files = t.ev.Files
	if err := t.enqueue(item{To: j.To, Message: m}, talk); err != nil {
		return true, err
	}
	if j.Page, j.After = j.Page+1, page.After; more {
		save(t.tx, key, j)
	} else {
		t.tx.Delete(key)
	}
	return true, nil
}

// surveyPages is how many pages the results have: a question each, and what is needed
// against what is offered.
func surveyPages(s flows.Survey, p flows.Poll) int {
	if p.Pairs(s) == nil {
		return len(s.Questions)
	}
	return len(s.Questions) + 1
}

// surveyWords are a page of the results in words.
func (b edition) surveyWords(lang string, s flows.Survey, p flows.Poll, page int) []flows.Text {
	said := func(share flows.Share) flows.Text { return share.Said(b.label(lang, share.Cell.Label)) }
	if page >= len(s.Questions) {
		body := []flows.Text{{Key: "desk.survey.need"}}
		pairs := p.Pairs(s)
		for _, pair := range pairs {
			if pair.Need != nil {
				body = append(body, said(*pair.Need))
			}
		}
		body = append(body, flows.Text{Key: "desk.survey.offer"})
		for _, pair := range pairs {
			if pair.Offer != nil {
				body = append(body, said(*pair.Offer))
			}
		}
		return body
	}
	f := p.Finding(s, s.Questions[page])
	body := []flows.Text{{Key: "desk.survey.question", Args: []flows.Arg{
		{Name: "n", Kind: flows.Number, N: page + 1}, {Name: "question", Kind: flows.Word, Text: f.Question.Ask},
	}}}
	if f.Few {
		return append(body, flows.Text{Key: "desk.survey.nothing"})
	}
	for _, share := range f.Shares {
		body = append(body, said(share))
	}
	return body
}

// drawSurvey is a page of the results as a picture, nil when there is nothing to draw.
func (b edition) drawSurvey(s flows.Survey, p flows.Poll, page int) ([]byte, error) {
	lang := b.deskLang()
	if b.rtl[lang] { // whoever draws can write from left to right only
		lang = "en"
	}
	bar := func(share *flows.Share) chart.Bar {
		if share == nil {
			return chart.Bar{}
		}
		bar := chart.Bar{Label: b.label(lang, share.Cell.Label), N: share.N}
		if share.N == 0 {
			bar.Said = b.label(lang, share.Short())
		}
		return bar
	}
	if page >= len(s.Questions) {
		var all []chart.Pair
		for _, pair := range p.Pairs(s) {
			all = append(all, chart.Pair{Label: b.label(lang, pair.Label), A: bar(pair.Need), B: bar(pair.Offer)})
		}
		legend := [2]string{b.label(lang, flows.Text{Key: "desk.survey.need"}), b.label(lang, flows.Text{Key: "desk.survey.offer"})}
		return bounded(chart.DrawPairs(b.label(lang, flows.Text{Key: s.Title}), legend, all))
	}
	f := p.Finding(s, s.Questions[page])
	if f.Few || f.Question.Kind == flows.QuestionText {
		return nil, nil
	}
	var bars []chart.Bar
	for i := range f.Shares {
		bars = append(bars, bar(&f.Shares[i]))
	}
	return bounded(chart.Draw(chart.Lines(b.label(lang, flows.Text{Key: f.Question.Ask})), []chart.Bars{{Bars: bars}}))
}

// bounded is a picture that fits into its row of the outbox.
func bounded(png []byte, err error) ([]byte, error) {
	if err == nil && len(png) > maxPicture {
		return nil, fmt.Errorf("a picture has %d bytes", len(png))
	}
	return png, err
}

// A surveyNumber is a row of the numbers as a file.
type surveyNumber struct {
	Question string `json:"question"`
	Asked    string `json:"asked"`
	Answer   string `json:"answer"`
	Said     string `json:"said"`
	People   string `json:"people"` // a number, or "< 5", or a dash for what is kept back
}

// A surveyOpinion is a row of what was said in words.
type surveyOpinion struct {
	Question string `json:"question"`
	Text     string `json:"text"`
}

// tableBytes is how much of what was said in words is in one file: with its other form it
// fits into a row of the outbox (maxPicture).
const tableBytes = 30 << 10

// surveyTables are the files of one page: first the numbers, then what was said in words,
// each as CSV and as JSON. What was said in words is shown once nobody can answer any
// more, and only when so many said something that no number is given away.
func (b edition) surveyTables(ctx context.Context, s flows.Survey, p flows.Poll, j surveyJob) (files []chat.File, next string, err error) {
	if j.Page == 0 {
		files, err = b.surveyNumbers(s, p)
		if err == nil && !s.Until.After(b.cfg.Now()) && slices.ContainsFunc(s.Questions, func(q flows.Question) bool { return p.OpinionsShown(s, q) }) {
			next = "-" // before all questions
		}
		return files, next, err
	}
	rows, next, err := b.opinions(ctx, s, p, j.After)
	if err != nil {
		return nil, "", err
	}
	files, err = bothForms(fmt.Sprintf("%s-worte-%d", s.ID, j.Page), rows, b.columns("question", "text"),
		func(o surveyOpinion) []string { return []string{o.Question, o.Text} })
	return files, next, err
}

func (b edition) surveyNumbers(s flows.Survey, p flows.Poll) ([]chat.File, error) {
	lang := b.deskLang()
	label := func(key string) string { return b.label(lang, flows.Text{Key: key}) }
	rows := []surveyNumber{{Asked: label("desk.survey.column.all"), People: fmt.Sprint(p.Shown.N)}}
	for _, q := range s.Questions {
		f := p.Finding(s, q)
		row := surveyNumber{Question: q.ID, Asked: label(q.Ask)}
		if f.Few {
			row.Said = label("desk.survey.nothing")
			rows = append(rows, row)
			continue
		}
		for _, share := range f.Shares {
			row.Answer, row.Said, row.People = share.Cell.ID, b.label(lang, share.Cell.Label), b.label(lang, share.Short())
			rows = append(rows, row)
		}
	}
	names := b.columns("question", "answer", "people")
	head := []string{"ID", names[0], "ID", names[1], names[2]}
	return bothForms(s.ID+"-zahlen", rows, head, func(n surveyNumber) []string {
		return []string{n.Question, n.Asked, n.Answer, n.Said, n.People}
	})
}

// columns are the heads of columns, in the desk's language.
func (b edition) columns(names ...string) (out []string) {
	for _, name := range names {
		out = append(out, b.label(b.deskLang(), flows.Text{Key: "desk.survey.column." + name}))
	}
	return out
}

// bothForms are rows as CSV and as JSON.
func bothForms[T any](name string, rows []T, head []string, cells func(T) []string) ([]chat.File, error) {
	lines := [][]string{head}
	for _, row := range rows {
		lines = append(lines, cells(row))
	}
	csv, err := table.CSV(lines)
	if err != nil {
		return nil, err
	}
	var js bytes.Buffer
	out := json.NewEncoder(&js)
	out.SetEscapeHTML(false) // nobody shows it as HTML, and it would be six times as long
	out.SetIndent("", " ")
	if err := out.Encode(rows); err != nil {
		return nil, err
	}
	return []chat.File{OwnFile(name+".csv", "text/csv", csv), OwnFile(name+".json", "application/json", js.Bytes())}, nil
}

// opinions are the next that was said in words, in the order of chance, and where it goes
// on.
func (b edition) opinions(ctx context.Context, s flows.Survey, p flows.Poll, after string) (out []surveyOpinion, next string, err error) {
	prefix := keyOf("opinion", s.ID) + "/"
	if after == "-" {
		after = ""
	}
	for size := 0; size < tableBytes; {
		var rows []store.Pair
		err := b.cfg.DB.View(ctx, func(r store.Reader) (err error) {
			rows, err = r.Scan(prefix, after, 20)
			return err
		})
		if err != nil {
			return nil, "", err
		}
		for _, row := range rows {
			after = row.Key
			question, _, _ := strings.Cut(strings.TrimPrefix(row.Key, prefix), "/")
			i := slices.IndexFunc(s.Questions, func(q flows.Question) bool { return q.ID == question })
			if i < 0 || !p.OpinionsShown(s, s.Questions[i]) {
				continue
			}
			var o opinion
			if err := unpack(row.Key, row.Value, &o); err != nil {
				return nil, "", err
			}
			out = append(out, surveyOpinion{b.label(b.deskLang(), flows.Text{Key: s.Questions[i].Ask}), o.Text})
			size += len(o.Text) + len(out[len(out)-1].Question) + len(question)
		}
		if len(rows) < 20 {
			return out, "", nil
		}
	}
	return out, after, nil
}
