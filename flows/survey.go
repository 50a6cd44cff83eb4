package flows

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// A Survey is a campaign in which people say what they need and what they have (package
// locales, surveys/). What it and its questions are called are keys.
type Survey struct {
	ID          string
	Version     int
	From, Until time.Time // people can answer from the one to before the other
	Title       string    // fit for a button
	About       string
	Need, Offer string // two questions that are drawn against each other, or ""
	Questions   []Question
	Checked     map[string]time.Time // when somebody read it, by language; zero: nobody has
}

// A Question is part of a Survey.
type Question struct {
	ID        string
	Kind      QuestionKind
	Ask       string // key
	Cells     []Cell // what can be chosen and counted; none of AskWords
	Min, Max  int    // of a number or a scale
	Low, High string // keys: what the ends of a scale mean
	Skips     []SurveySkip
}

// A QuestionKind says how a question is answered.
type QuestionKind string

// The kinds of question.
const (
	QuestionOne    QuestionKind = "one"
	QuestionMany   QuestionKind = "many"
	QuestionNumber QuestionKind = "number" // a typed number, of which only the group is kept
	QuestionScale  QuestionKind = "scale"
	QuestionGrid   QuestionKind = "grid"
	QuestionText   QuestionKind = "text"
)

// A Cell is something that can be chosen. From is the smallest number of a group.
type Cell struct {
	ID    string
	Label Text
	From  int
}

// A SurveySkip leads on to another question when one of these cells was chosen; surveyNone
// is none of all.
type SurveySkip struct {
	If []string
	To string
}

// surveyEnd is where the questions end, and surveyNone stands for no answer.
const surveyEnd, surveyNone = "end", "-"

// maxOpinion is the longest answer in words, in UTF-16 units (domain §9).
const maxOpinion = 200

// A Reply is what somebody said in a campaign, until it is sent off. Then nothing is left
// of it but that they did.
type Reply struct {
	At    string              `json:"at,omitempty"` // the question that they are asked, surveyEnd after the last
	Past  []string            `json:"p,omitempty"`  // those that are behind them, answered or not
	Said  map[string][]string `json:"s,omitempty"`  // cells, by question
	Words map[string]string   `json:"w,omitempty"`  // of questions of kind QuestionText
	Done  bool                `json:"d,omitempty"`  // sent off
}

// Unfinished reports whether there are answers, or could be, that were not sent off.
func (r Reply) Unfinished() bool { return !r.Done && r.At != "" }

// Surveys are the campaigns that people can answer now, and what this person said.
type Surveys struct {
	Open    []Survey
	Replies map[string]Reply
}

// Open reports whether people can answer at the time, once the desk has opened it.
func (s Survey) Open(now time.Time) bool { return !now.Before(s.From) && now.Before(s.Until) }

func (s Survey) question(id string) (Question, bool) {
	i := s.index(id)
	if i < 0 {
		return Question{}, false
	}
	return s.Questions[i], true
}

func (s Survey) index(id string) int {
	return slices.IndexFunc(s.Questions, func(q Question) bool { return q.ID == id })
}

// typed reports whether a question is answered by writing.
func (q Question) typed() bool { return q.Kind == QuestionText || q.Kind == QuestionNumber }

// several reports whether more than one cell can be chosen.
func (q Question) several() bool { return q.Kind == QuestionMany || q.Kind == QuestionGrid }

func (q Question) cell(id string) (Cell, bool) {
	i := slices.IndexFunc(q.Cells, func(c Cell) bool { return c.ID == id })
	if i < 0 {
		return Cell{}, false
	}
	return q.Cells[i], true
}

// group is the cell that a number is counted in.
func (q Question) group(n int) (Cell, bool) {
	if n < q.Min || n > q.Max {
		return Cell{}, false
	}
	var in Cell
	for _, c := range q.Cells {
		if c.From <= n {
			in = c
		}
	}
	return in, in.ID != ""
}

// groupLabel is what a group of numbers is called, which ends before the next one.
func groupLabel(from, before int) string {
	switch {
	case before == 0:
		return strconv.Itoa(from) + "+"
	case before == from+1:
		return strconv.Itoa(from)
	}
	return strconv.Itoa(from) + "–" + strconv.Itoa(before-1)
}

// Group is a cell for the numbers from one to before another; before 0 is without an end.
func Group(id string, from, before int) Cell {
	return Cell{ID: id, From: from, Label: say("survey.cell.number", code("n", groupLabel(from, before)))}
}

// Point is the cell of a number on a scale.
func Point(id string) Cell { return Cell{ID: id, Label: say("survey.cell.number", code("n", id))} }

// Crossing is the cell of a row and a column, both keys.
func Crossing(id, row, column string) Cell {
	return Cell{ID: id, Label: say("survey.cell", word("row", row), word("column", column))}
}

// choose is the reply with a cell chosen, or not any more.
func (r Reply) choose(q Question, cell string, on bool) Reply {
	var said []string
	if q.several() {
		for _, c := range q.Cells { // in the order of the file, whatever was tapped first
			if c.ID == cell && on || c.ID != cell && slices.Contains(r.Said[q.ID], c.ID) {
				said = append(said, c.ID)
			}
		}
	} else if on {
		said = []string{cell}
	}
	r = r.without(q)
	if said == nil {
		return r
	}
	if r.Said == nil {
		r.Said = map[string][]string{}
	}
	r.Said[q.ID] = said
	return r
}

// write is the reply with an answer in words.
func (r Reply) write(q Question, text string) Reply {
	r = r.without(q)
	if r.Words == nil {
		r.Words = map[string]string{}
	}
	r.Words[q.ID] = text
	return r
}

// without is the reply with no answer to a question.
func (r Reply) without(q Question) Reply {
	r.Said, r.Words = maps.Clone(r.Said), maps.Clone(r.Words)
	delete(r.Said, q.ID)
	delete(r.Words, q.ID)
	return r
}

// answers reports whether a question has an answer.
func (r Reply) answers(id string) bool { return len(r.Said[id]) > 0 || r.Words[id] != "" }

// onward is the reply with a question behind it, at the one that follows from the answer.
func (s Survey) onward(r Reply, q Question) Reply {
	r.Past = append(r.Past[:len(r.Past):len(r.Past)], q.ID)
	r.At = s.after(q.ID)
	for _, skip := range q.Skips {
		said := func(cell string) bool {
			return slices.Contains(r.Said[q.ID], cell) || cell == surveyNone && !r.answers(q.ID)
		}
		if slices.ContainsFunc(skip.If, said) {
			r.At = skip.To
			break
		}
	}
	return r
}

// after is the question after another, surveyEnd after the last.
func (s Survey) after(id string) string {
	if i := s.index(id); i+1 < len(s.Questions) {
		return s.Questions[i+1].ID
	}
	return surveyEnd
}

// backward is the reply at the question before; ok is false at the first.
func (s Survey) backward(r Reply) (before Reply, ok bool) {
	for len(r.Past) > 0 {
		r.At, r.Past = r.Past[len(r.Past)-1], r.Past[:len(r.Past)-1:len(r.Past)-1]
		if s.index(r.At) >= 0 {
			return r, true
		}
	}
	return r, false
}

// placed is the reply at a question that the campaign has: the file may be another one
// since. Then it goes on behind the last question that is behind the person; what was said
// stays.
func (s Survey) placed(r Reply) Reply {
	if r.At == "" || r.At == surveyEnd || s.index(r.At) >= 0 {
		return r
	}
	r.At = s.after("") // the first
	for _, id := range r.Past {
		if s.index(id) >= 0 {
			r.At = s.after(id)
		}
	}
	return r
}

// begun is a reply at the first question.
func (s Survey) begun() Reply { return Reply{At: s.after("")} }
