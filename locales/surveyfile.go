package locales

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// A surveyFile is a file of surveys/.
type surveyFile struct {
	name, raw string
	head      surveyHead
}

type surveyHead struct {
	Version     int
	From, Until string
	Need, Offer string
	Question    []surveyAsked
	Lang        map[string]surveyWords
}

type surveyAsked struct {
	ID, Kind               string
	Options, Rows, Columns []string
	Min, Max               int
	Groups                 []int
	Skip                   []struct {
		If []string
		To string
	}
}

type surveyWords struct {
	Title, About, Checked string
	Question              map[string]string
	Option                map[string]map[string]string
}

// Limits of a campaign. A button holds the IDs of the campaign, the question and the cell
// (chat.MaxButtonID), so these are short: at most 12, 12 and, of a row, a column or an
// option, 10 letters. The lengths of texts are in characters.
const (
	MaxSurveyLabel  = 22 // what a button has room for behind a sign
	maxSurveyAbout  = 500
	maxSurveyAsk    = 300
	maxSurveyCells  = 20
	maxSurveyAsked  = 40
	maxSurveyScale  = 10 // from Min to Max
	maxSurveyNumber = 100000
)

var (
	surveyID = regexp.MustCompile(`^[a-z][a-z0-9]{0,11}$`)
	cellID   = regexp.MustCompile(`^[a-z][a-z0-9]{0,9}$`)
)

func readSurvey(name, raw string, loaded []string, berlin *time.Location) (Survey, error) {
	f := surveyFile{name: name, raw: strings.ReplaceAll(strings.TrimPrefix(raw, "\ufeff"), "\r\n", "\n")}
	s := Survey{ID: strings.TrimSuffix(path.Base(name), ".toml"), Checked: map[string]Check{}}
	if !surveyID.MatchString(s.ID) {
		return s, fmt.Errorf("%s: the name of the file is the ID: at most 12 letters a to z and digits, a letter first", name)
	}
	meta, err := toml.Decode(f.raw, &f.head)
	if err != nil {
		return s, fmt.Errorf("%s: %w", name, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return s, f.wrong("", unknown[0][len(unknown[0])-1], "unknown key %q", unknown[0])
	}
	h := f.head
	if s.Version = h.Version; s.Version < 1 {
		return s, f.wrong("", "version", "version is 1 or more, and raised when a question means something else")
	}
	if s.From, err = time.ParseInLocation(dateForm, h.From, berlin); err != nil {
		return s, f.wrong("", "from", "from is the first day, as \"01.03.2027\"")
	}
	last, err := time.ParseInLocation(dateForm, h.Until, berlin)
	if err != nil || last.Before(s.From) {
		return s, f.wrong("", "until", "until is the last day, as \"30.04.2027\", and not before from")
	}
	s.Until = last.AddDate(0, 0, 1)
	s.file = f
	if err := s.readQuestions(); err != nil {
		return s, err
	}
	if err := s.readCompared(); err != nil {
		return s, err
	}
	return s, s.readWords(loaded, berlin)
}

// readQuestions takes over what is asked.
func (s *Survey) readQuestions() error {
	f := s.file
	if n := len(f.head.Question); n == 0 || n > maxSurveyAsked {
		return f.wrong("", "", "%d questions, but there are 1 to %d", n, maxSurveyAsked)
	}
	for _, asked := range f.head.Question {
		if !surveyID.MatchString(asked.ID) || asked.ID == SurveyEnd {
			return f.wrong(asked.ID, "", "question %q: an ID is at most 12 letters a to z and digits, a letter first, and not %q", asked.ID, SurveyEnd)
		}
		if _, twice := s.Question(asked.ID); twice {
			return fmt.Errorf("%s:%d: the question ID %q is used twice", f.name, f.lineAt(strings.LastIndex(f.raw, idLine(asked.ID))), asked.ID)
		}
		q, err := f.question(asked)
		if err != nil {
			return err
		}
		s.Questions = append(s.Questions, q)
	}
	for i, q := range s.Questions {
		for _, skip := range q.Skip {
			later := func(o SurveyQuestion) bool { return o.ID == skip.To }
			if skip.To != SurveyEnd && !slices.ContainsFunc(s.Questions[i+1:], later) {
				return f.wrong(q.ID, "skip", "question %q: skips to %q, which is no later question and not %q", q.ID, skip.To, SurveyEnd)
			}
			for _, cell := range skip.If {
				if cell != SurveyNone && !slices.Contains(q.Cells, cell) {
					return f.wrong(q.ID, "skip", "question %q: skips if %q, which cannot be answered", q.ID, cell)
				}
			}
			if len(skip.If) == 0 {
				return f.wrong(q.ID, "skip", "question %q: skips without an if", q.ID)
			}
		}
	}
	return nil
}

// question is one as it is asked, with what can be counted of it.
func (f surveyFile) question(a surveyAsked) (SurveyQuestion, error) {
	q := SurveyQuestion{ID: a.ID, Kind: a.Kind, Rows: a.Rows, Columns: a.Columns, Min: a.Min, Max: a.Max}
	for _, skip := range a.Skip {
		q.Skip = append(q.Skip, SurveySkip(skip))
	}
	wrong := func(what, format string, args ...any) (SurveyQuestion, error) {
		return q, f.wrong(a.ID, what, "question %q: %s", a.ID, fmt.Sprintf(format, args...))
	}
	has := map[string]bool{
		"options": len(a.Options) > 0, "rows": len(a.Rows) > 0, "columns": len(a.Columns) > 0, "groups": len(a.Groups) > 0, "max": a.Max != 0 || a.Min != 0,
	}
	wants := map[string][]string{
		SurveyOne: {"options"}, SurveyMany: {"options"}, SurveyNumber: {"max", "groups"}, SurveyScale: {"max"}, SurveyGrid: {"rows", "columns"}, SurveyText: {},
	}
	needs, known := wants[a.Kind]
	if !known {
		return wrong("kind", "unknown kind %q: one of %q", a.Kind, SurveyKinds)
	}
	for _, what := range slices.Sorted(maps.Keys(has)) {
		if has[what] != slices.Contains(needs, what) {
			return wrong(what, "a question of kind %q has %q and nothing else of that sort", a.Kind, needs)
		}
	}
	switch a.Kind {
	case SurveyOne, SurveyMany:
		q.Cells = a.Options
	case SurveyGrid:
		for _, row := range a.Rows {
			for _, column := range a.Columns {
				q.Cells = append(q.Cells, row+"."+column)
			}
		}
	case SurveyScale:
		if a.Max <= a.Min || a.Max-a.Min >= maxSurveyScale || a.Min < 0 {
			return wrong("max", "a scale goes from min to max, at most %d numbers", maxSurveyScale)
		}
		for n := a.Min; n <= a.Max; n++ {
			q.Cells = append(q.Cells, strconv.Itoa(n))
		}
	case SurveyNumber:
		if a.Min < 0 || a.Max > maxSurveyNumber || a.Groups[0] != a.Min || !ascending(a.Groups) || a.Groups[len(a.Groups)-1] > a.Max {
			return wrong("groups", "groups are the numbers with which groups begin, ascending: the first is min, none is above max (at most %d)", maxSurveyNumber)
		}
		for _, n := range a.Groups {
			q.Cells = append(q.Cells, strconv.Itoa(n))
		}
	}
	for _, id := range q.labels() {
		if a.Kind != SurveyScale && !cellID.MatchString(id) {
			return wrong(needs[0], "%q: an ID is at most 10 letters a to z and digits, a letter first", id)
		}
	}
	if named := slices.Sorted(slices.Values(q.labels())); len(slices.Compact(named)) != len(q.labels()) {
		return wrong(needs[0], "an ID is used twice")
	}
	if len(q.Cells) > maxSurveyCells {
		return wrong(needs[0], "%d choices, at most %d", len(q.Cells), maxSurveyCells)
	}
	return q, nil
}

func ascending(all []int) bool {
	for i := 1; i < len(all); i++ {
		if all[i] <= all[i-1] {
			return false
		}
	}
	return true
}

// readCompared checks which questions are drawn against each other.
func (s *Survey) readCompared() error {
	s.Need, s.Offer = s.file.head.Need, s.file.head.Offer
	if s.Need == "" && s.Offer == "" {
		return nil
	}
	for what, id := range map[string]string{"need": s.Need, "offer": s.Offer} {
		if q, ok := s.Question(id); !ok || q.Kind != SurveyMany {
			return s.file.wrong("", what, "%s: there is no question %q of kind %q", what, id, SurveyMany)
		}
	}
	return nil
}

// readWords checks what is said in each language: every question and option, and no other.
func (s *Survey) readWords(loaded []string, berlin *time.Location) (err error) {
	f := s.file
	for _, tag := range append([]string{"de"}, pageLanguages...) {
		if _, ok := f.head.Lang[tag]; !ok && slices.Contains(loaded, tag) {
			return f.wrong("", "[lang", "no [lang.%s]", tag)
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(f.head.Lang)) {
		said := f.head.Lang[tag]
		if s.Checked[tag], err = readCheck(said.Checked, berlin); err != nil {
			return f.wrongIn(tag, "checked", "%v", err)
		}
		if err := f.checkText(tag, "title", said.Title, MaxSurveyLabel); err != nil {
			return err
		}
		if err := f.checkText(tag, "about", said.About, maxSurveyAbout); err != nil {
			return err
		}
		for id := range said.Question {
			if _, ok := s.Question(id); !ok {
				return f.wrongIn(tag, id, "there is no question %q", id)
			}
		}
		for id := range said.Option {
			if q, _ := s.Question(id); q.labels() == nil {
				return f.wrongIn(tag, id, "there is no question %q with options", id)
			}
		}
		for _, q := range s.Questions {
			if err := f.checkAsked(tag, said, q); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f surveyFile) checkAsked(tag string, said surveyWords, q SurveyQuestion) error {
	if err := f.checkText(tag, q.ID, said.Question[q.ID], maxSurveyAsk); err != nil {
		return err
	}
	labels := map[string]bool{}
	for _, o := range q.labels() {
		text := said.Option[q.ID][o]
		longest := MaxSurveyLabel
		if q.Kind == SurveyGrid {
			longest = (MaxSurveyLabel - 2) / 2
		}
		if err := f.checkText(tag, q.ID+"."+o, text, longest); err != nil {
			return err
		}
		if folded := Fold(text); labels[folded] {
			return f.wrongIn(tag, q.ID+"."+o, "two options of %q are called %q", q.ID, text)
		} else {
			labels[folded] = true
		}
	}
	for o := range said.Option[q.ID] {
		if !slices.Contains(q.labels(), o) {
			return f.wrongIn(tag, q.ID+"."+o, "question %q has no option %q", q.ID, o)
		}
	}
	return nil
}

func (f surveyFile) checkText(tag, what, text string, longest int) error {
	text = strings.TrimSpace(text)
	if text == "" || strings.Contains(text, "{{") {
		return f.wrongIn(tag, what, "%s: there is no text for %q, or it holds {{", tag, what)
	}
	if longest <= MaxSurveyLabel && strings.ContainsAny(text, "{}*_\\\n") {
		return f.wrongIn(tag, what, "%s: %q is not one line without markup", tag, text)
	}
	if _, err := compile(text); err != nil {
		return f.wrongIn(tag, what, "%v", err)
	}
	if n := characters(text); n > longest {
		return f.wrongIn(tag, what, "%s: %q has %d characters, at most %d", tag, text, n, longest)
	}
	return nil
}

// wrong is an error that names the line: that of what, in the question if there is one.
func (f surveyFile) wrong(question, what, format string, args ...any) error {
	from := 0
	if question != "" {
		from = strings.Index(f.raw, idLine(question))
	}
	return fmt.Errorf("%s:%d: %s", f.name, f.lineAt(f.find(from, what)), fmt.Sprintf(format, args...))
}

// wrongIn is an error about what is said in a language.
func (f surveyFile) wrongIn(tag, what, format string, args ...any) error {
	from := strings.Index(f.raw, "[lang."+tag+"]")
	return fmt.Errorf("%s:%d: %s", f.name, f.lineAt(f.find(from, what)), fmt.Sprintf(format, args...))
}

func idLine(question string) string { return "id = " + strconv.Quote(question) }

// find is where a line begins with what, at from or behind it; from when there is none.
func (f surveyFile) find(from int, what string) int {
	from = max(from, 0)
	if what == "" {
		return from
	}
	if strings.HasPrefix(f.raw[from:], what) {
		return from
	}
	if at := strings.Index(f.raw[from:], "\n"+what); at >= 0 {
		return from + at + 1
	}
	return from
}

func (f surveyFile) lineAt(at int) int { return 1 + strings.Count(f.raw[:max(at, 0)], "\n") }
