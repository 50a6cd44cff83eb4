package locales

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Pseudo is the language of transcripts (ISO 639: no linguistic content). A text
// in it is its key and its arguments sorted by name, "(ask.topic n=3
// text="May I work?")": rewording never breaks a test.
const Pseudo = "zxx"

// fileOf is the language whose file answers for lang.
func fileOf(lang string) string {
	if lang == Pseudo {
		return "de"
	}
	return lang
}

// pseudo shows key and all arguments. The error is the one German would give.
func (w *Words) pseudo(key string, args []Arg) (Text, error) {
	_, e, err := w.find("de", key)
	if err == nil && !e.fixed() {
		_, err = w.fill(w.tongues["de"], key, e, args)
	}
	sorted := slices.SortedStableFunc(slices.Values(args), func(a, b Arg) int { return strings.Compare(a.Name, b.Name) })
	var b strings.Builder
	b.WriteString("(" + key)
	for _, a := range sorted {
		value, wrong := w.pseudoValue(a)
		err = errors.Join(err, wrong)
		fmt.Fprintf(&b, " %s=%s", a.Name, value)
	}
	b.WriteString(")")
	return Text{Text: b.String()}, err
}

func (w *Words) pseudoValue(a Arg) (string, error) {
	at := a.At.In(w.berlin)
	switch a.Kind {
	case Word:
		if !w.Has("de", a.Text) {
			return a.Text, fmt.Errorf("locales: no %q in language \"de\"", a.Text)
		}
		return a.Text, nil
	case Count, Number:
		return strconv.Itoa(a.N), nil
	case Code, Name, Quote:
		return strconv.Quote(a.Text), nil
	case Day, Date:
		return at.Format("2006-01-02"), nil
	case When:
		return at.Format("2006-01-02T15:04"), nil
	case Clock:
		return at.Format("15:04"), nil
	}
	return blank, fmt.Errorf("locales: argument %q has the unknown kind %q", a.Name, a.Kind)
}
