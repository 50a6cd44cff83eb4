package locales

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// An ArgKind says what an argument is, and so how it is shown.
type ArgKind string

// The kinds of Arg. Digits are 0–9 in all languages: letters, phones and clocks
// in Germany use them. Times are told in Berlin's time.
const (
	Word   ArgKind = "word"   // Text is a key without placeholders, said in the same language
	Count  ArgKind = "count"  // N things, N ≥ 0; the first one chooses the plural form
	Number ArgKind = "number" // N
	Code   ArgKind = "code"   // Text is a phone number, time, address, file name, inquiry number
	Name   ArgKind = "name"   // Text is what somebody or something German is called
	Quote  ArgKind = "quote"  // Text was written by a person: shown on lines of its own, as a quotation
	Day    ArgKind = "day"    // At as weekday and date
	When   ArgKind = "when"   // At as weekday, date and time
	Clock  ArgKind = "clock"  // At as time of the day
	Date   ArgKind = "date"   // At as date alone, where a weekday does not fit: on a button
)

// An Arg is a value for the placeholder {{.Name}} of a template. Which other
// fields count depends on Kind.
type Arg struct {
	Name string
	Kind ArgKind
	Text string
	N    int
	At   time.Time
}

// blank stands where there is nothing to show: a text is never blank.
const blank = "…"

// The isolates of Unicode (UAX #9): what stands between lri or fsi and pdi does
// not disturb the direction of its surroundings, nor they its.
const (
	lri = "\u2066" // content reads from left to right
	fsi = "\u2068" // content decides by its first letter
	pdi = "\u2069"
)

// fill puts the arguments into the template of e that the plural asks for. A
// placeholder nobody has a value for becomes blank, with an error.
func (w *Words) fill(t *tongue, key string, e *entry, args []Arg) (string, error) {
	var errs []error
	values := make(map[string]string, len(e.placeholders))
	config := i18n.LocalizeConfig{MessageID: key, TemplateData: values, TemplateParser: parser{}}
	for _, a := range args {
		if a.Kind == Count && e.forms != nil && config.PluralCount == nil {
			config.PluralCount = formCount[Plural(t.Tag, a.N)]
		}
		if !slices.Contains(e.placeholders, a.Name) {
			continue
		}
		value, err := w.value(t, a)
		if err != nil {
			errs = append(errs, fmt.Errorf("locales: %s in language %q: %w", key, t.Tag, err))
		}
		values[a.Name] = value
	}
	for _, name := range e.placeholders {
		if _, ok := values[name]; !ok {
			values[name] = blank
			errs = append(errs, fmt.Errorf("locales: %s in language %q: no argument %q", key, t.Tag, name))
		}
	}
	raw, err := t.localizer.Localize(&config)
	if err != nil { // unreachable unless compile let a wrong template pass
		raw = blank
		errs = append(errs, fmt.Errorf("locales: %s in language %q: %w", key, t.Tag, err))
	}
	return raw, errors.Join(errs...)
}

// value is what a shows in t, before layout. It is never empty.
func (w *Words) value(t *tongue, a Arg) (string, error) {
	switch a.Kind {
	case Word:
		return w.word(t, a.Text)
	case Count, Number:
		return t.isolate(lri, strconv.Itoa(a.N)), nil
	case Code:
		return t.isolate(lri, oneLine(Clean(a.Text))), nil
	case Name:
		return t.isolate(fsi, oneLine(Clean(a.Text))), nil
	case Quote:
		return quote(Clean(a.Text)), nil
	case Day, When, Clock, Date:
		return w.date(t, a)
	}
	return blank, fmt.Errorf("argument %q has the unknown kind %q", a.Name, a.Kind)
}

// isolate sets s off from right-to-left text; elsewhere s needs no help.
func (t *tongue) isolate(start, s string) string {
	if s == "" {
		return blank
	}
	if !t.RTL {
		return s
	}
	return start + s + pdi
}

// quote isolates each line in every language: nobody knows the language of s.
func quote(s string) string {
	if s == "" {
		return blank
	}
	var b strings.Builder
	b.WriteRune(quoteOn)
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		if line != "" {
			b.WriteString(fsi + line + pdi)
		}
	}
	b.WriteRune(quoteOff)
	return b.String()
}

func (w *Words) word(t *tongue, key string) (string, error) {
	found, e, err := w.find(t.Tag, key)
	if !e.fixed() {
		return blank, fmt.Errorf("%s has placeholders or plural forms, it cannot be said inside a text", key)
	}
	return t.borrowed(found, found.said(e).bare), err
}

// borrowed isolates what another language had to lend.
func (t *tongue) borrowed(from *tongue, s string) string {
	if from == t {
		return s
	}
	return t.isolate(fsi, s)
}

// date says a Day or When by the pattern date.day or date.when. German is the
// weekday posters and offices use; the pattern of a language decides whether to
// show it.
func (w *Words) date(t *tongue, a Arg) (string, error) {
	if a.At.IsZero() {
		return blank, fmt.Errorf("argument %q has no time", a.Name)
	}
	at := a.At.In(w.berlin)
	switch a.Kind {
	case Clock:
		return t.isolate(lri, at.Format("15:04")), nil
	case Date:
		return t.isolate(lri, at.Format("02.01.2006")), nil
	}
	found, e, err := w.find(t.Tag, "date."+string(a.Kind))
	weekday := (int(at.Weekday()) + 6) % 7
	values := map[string]string{
		"weekday": found.weekdays[weekday],
		"german":  found.isolate(fsi, w.tongues["de"].weekdays[weekday]),
		"date":    found.isolate(lri, at.Format("02.01.2006")),
		"time":    found.isolate(lri, at.Format("15:04")),
	}
	if e.fixed() {
		return t.borrowed(found, found.said(e).bare), errors.Join(err, fmt.Errorf("date.%s shows no date", a.Kind))
	}
	said, wrong := found.localizer.Localize(&i18n.LocalizeConfig{
		MessageID: "date." + string(a.Kind), TemplateData: values, TemplateParser: parser{}})
	if wrong != nil {
		return blank, errors.Join(err, fmt.Errorf("date.%s: %w", a.Kind, wrong))
	}
	return t.borrowed(found, oneLine(said)), err
}

func oneLine(s string) string { return strings.Join(strings.FieldsFunc(s, isNewline), " ") }

func isNewline(r rune) bool { return r == '\n' }
