package locales

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// A Survey is a campaign in which people are asked what they need and what they have: one
// file surveys/ID.toml with its questions and what they say in every language. What the
// campaign is called is the key SurveyTitle(ID), what it says of itself SurveyAbout(ID).
type Survey struct {
	ID      string
	Version int // raised when a question means something else than before
	// From is the first moment at which people can answer, Until the first at which they
	// cannot any more, both midnight in Berlin.
	From, Until time.Time
	// Need and Offer are two questions whose answers are drawn against each other: options
	// of the same ID are a pair. Both "" compares nothing.
	Need, Offer string
	Questions   []SurveyQuestion
	// Checked has every language: who read it there and when, the zero Check while nobody
	// has (Entwurf).
	Checked map[string]Check
	file    surveyFile
}

// A SurveyQuestion is asked in the order of the file. Nobody has to answer one.
type SurveyQuestion struct {
	ID   string
	Kind string // one of SurveyKinds
	// Cells are the IDs of what can be counted: the options, the numbers of a scale, the
	// beginnings of groups of numbers, or "row.column" of a grid. None for "text".
	Cells         []string
	Rows, Columns []string // of a grid
	Min, Max      int      // of a number or a scale
	Skip          []SurveySkip
}

// A SurveySkip leads from a question on to a later one, or to SurveyEnd, when one of the
// cells in If was answered. SurveyNone in If means that nothing was.
type SurveySkip struct {
	If []string
	To string
}

// SurveyEnd is where a skip leads that ends the questions, SurveyNone what stands for no
// answer.
const SurveyEnd, SurveyNone = "end", "-"

// The kinds of question.
const (
	SurveyOne    = "one"    // one of the options
	SurveyMany   = "many"   // any of the options
	SurveyNumber = "number" // a whole number from Min to Max, counted in groups
	SurveyScale  = "scale"  // a number from Min to Max to be tapped
	SurveyGrid   = "grid"   // any of the cells of rows and columns
	SurveyText   = "text"   // words
)

// SurveyKinds are all of them.
var SurveyKinds = []string{SurveyOne, SurveyMany, SurveyNumber, SurveyScale, SurveyGrid, SurveyText}

const surveyPrefix = "campaign."

// SurveyTitle is the key of what a campaign is called, fit for a button.
func SurveyTitle(id string) string { return surveyPrefix + id + ".label" }

// SurveyAbout is the key of what a campaign says before its first question.
func SurveyAbout(id string) string { return surveyPrefix + id + ".about" }

// SurveyAsks is the key of a question.
func SurveyAsks(id, question string) string { return surveyPrefix + id + ".q." + question }

// SurveyOption is the key of an option, of a row or column of a grid, or of an end of a
// scale ("low", "high"), fit for a button.
func SurveyOption(id, question, option string) string {
	return SurveyAsks(id, question) + "." + option + ".label"
}

// Surveys are all campaigns, by their ID.
func (w *Words) Surveys() []Survey { return slices.Clone(w.surveys) }

// Answered are the cells that somebody has answered already, by campaign and question; a
// question of words has none.
type Answered map[string]map[string][]string

// CheckSurveys says which questions and options are gone that people have answered, each
// with the file in which it stood: what they said would be counted by nobody.
func (w *Words) CheckSurveys(answered Answered) error {
	var wrong []error
	for _, id := range slices.Sorted(maps.Keys(answered)) {
		i := slices.IndexFunc(w.surveys, func(s Survey) bool { return s.ID == id })
		if i < 0 {
			wrong = append(wrong, errors.New("surveys/"+id+".toml: the campaign is gone, but people have answered it"))
			continue
		}
		s := w.surveys[i]
		for _, question := range slices.Sorted(maps.Keys(answered[id])) {
			q, ok := s.Question(question)
			if !ok {
				wrong = append(wrong, s.file.wrong("", "", "question %q is gone, but people have answered it", question))
				continue
			}
			for _, cell := range answered[id][question] {
				if !slices.Contains(q.Cells, cell) {
					wrong = append(wrong, s.file.wrong(question, "options", "question %q: %q is gone, but people have chosen it", question, cell))
				}
			}
		}
	}
	return errors.Join(wrong...)
}

// Question is the one with that ID.
func (s Survey) Question(id string) (SurveyQuestion, bool) {
	if i := slices.IndexFunc(s.Questions, func(q SurveyQuestion) bool { return q.ID == id }); i >= 0 {
		return s.Questions[i], true
	}
	return SurveyQuestion{}, false
}

// loadSurveys reads every surveys/*.toml in fsys. The errors name file and line.
func loadSurveys(fsys fs.FS, known []cldr, loaded []string, berlin *time.Location) ([]Survey, error) {
	files, err := fs.Glob(fsys, "surveys/*.toml")
	if err != nil {
		return nil, err
	}
	var all []Survey
	for _, name := range files {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		s, err := readSurvey(name, string(raw), loaded, berlin)
		if err != nil {
			return nil, err
		}
		for tag := range s.Checked {
			if !slices.ContainsFunc(known, func(c cldr) bool { return c.Tag == tag }) || !slices.Contains(loaded, tag) {
				return nil, s.file.wrong("", "[lang."+tag+"]", "there is no active.%s.toml", tag)
			}
		}
		all = append(all, s)
	}
	return all, nil
}

// entries are what the campaign says in a language, as entries of the catalogue.
func (s Survey) entries(tag string) []*i18n.Message {
	said, ok := s.file.head.Lang[tag]
	if !ok {
		return nil
	}
	about := "Campaign " + s.file.name
	out := []*i18n.Message{
		{ID: SurveyTitle(s.ID), Other: strings.TrimSpace(said.Title), Description: about + ": what it is called, at most " + strconv.Itoa(MaxSurveyLabel) + " letters"},
		{ID: SurveyAbout(s.ID), Other: strings.TrimSpace(said.About), Description: about},
	}
	for _, q := range s.Questions {
		out = append(out, &i18n.Message{ID: SurveyAsks(s.ID, q.ID), Other: strings.TrimSpace(said.Question[q.ID]), Description: about})
		for _, o := range q.labels() {
			out = append(out, &i18n.Message{ID: SurveyOption(s.ID, q.ID, o), Other: strings.TrimSpace(said.Option[q.ID][o]), Description: about})
		}
	}
	return out
}

// labels are the IDs of what has words of its own beside the question.
func (q SurveyQuestion) labels() []string {
	switch q.Kind {
	case SurveyOne, SurveyMany:
		return q.Cells
	case SurveyGrid:
		return slices.Concat(q.Rows, q.Columns)
	case SurveyScale:
		return []string{"low", "high"}
	}
	return nil
}
