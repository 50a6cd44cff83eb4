package locales

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// In a compiled template these private-use characters stand where a mark begins
// and ends. Clean strips private use from everything people write, so no
// argument can hold one.
const (
	boldOn rune = 0xE000 + iota
	boldOff
	italicOn
	italicOff
	quoteOn
	quoteOff
)

var placeholder = regexp.MustCompile(`\{\{\s*\.([A-Za-z][A-Za-z0-9_]*)\s*\}\}`)

var errTemplate = errors.New("only placeholders like {{.name}} are allowed")

// newEntry checks m and compiles its forms in place.
func newEntry(m *i18n.Message) (*entry, error) {
	if m.LeftDelim != "" || m.RightDelim != "" {
		return nil, errTemplate
	}
	forms := map[string]*string{
		"zero": &m.Zero, "one": &m.One, "two": &m.Two, "few": &m.Few, "many": &m.Many, "other": &m.Other}
	e := &entry{description: m.Description}
	for name, form := range forms {
		*form = strings.TrimSpace(*form)
		switch {
		case name == "other":
			e.other = *form
		case *form == "":
			continue
		case e.forms == nil:
			e.forms = map[string]string{name: *form}
		default:
			e.forms[name] = *form
		}
		e.placeholders = append(e.placeholders, placeholders(*form)...)
		if isWords(m.ID) {
			continue
		}
		compiled, err := compile(*form)
		if err != nil {
			return nil, err
		}
		*form = compiled
	}
	slices.Sort(e.placeholders)
	e.placeholders = slices.Compact(e.placeholders)
	for _, form := range forms {
		if *form == "" && e.forms != nil {
			*form = m.Other // a form that is missing falls back to other, never to an error
		}
	}
	return e, nil
}

// said is what a fixed entry says in t.
func (t *tongue) said(e *entry) *ready {
	if p := e.ready.Load(); p != nil {
		return p
	}
	compiled, err := compile(e.other)
	if err != nil {
		compiled = e.other // words (isWords), which no template is
	}
	text := layout(compiled, t.RTL)
	p := &ready{text: text, label: oneLine(text.Text), bare: oneLine(strings.Map(dropPrivate, compiled))}
	e.ready.Store(p)
	return p
}

func dropPrivate(r rune) rune {
	if isPrivate(r) {
		return -1
	}
	return r
}

// isPrivate tells characters of private use, of which none is below U+E000.
func isPrivate(r rune) bool { return r >= 0xE000 && unicode.Is(unicode.Co, r) }

// placeholders are the names a template uses.
func placeholders(form string) []string {
	if !strings.Contains(form, "{{") {
		return nil
	}
	var names []string
	for _, found := range placeholder.FindAllStringSubmatch(form, -1) {
		names = append(names, found[1])
	}
	return names
}

// compile turns *bold* and _italic_ into marks. A backslash before * _ or \
// makes it an ordinary character. A mark begins before a word and ends behind
// one on the same line, and marks nest.
func compile(form string) (string, error) {
	if strings.ContainsFunc(form, isPrivate) {
		return "", errors.New("private-use characters are not allowed")
	}
	var b strings.Builder
	var open []byte
	var gaps [][]int
	if strings.Contains(form, "{{") {
		gaps = placeholder.FindAllStringIndex(form, -1)
	}
	last := 0
	for _, at := range gaps {
		if err := compileText(&b, &open, form, last, at[0]); err != nil {
			return "", err
		}
		b.WriteString(form[at[0]:at[1]])
		last = at[1]
	}
	if err := compileText(&b, &open, form, last, len(form)); err != nil {
		return "", err
	}
	if len(open) > 0 {
		return "", fmt.Errorf("%q is opened and not closed; write \\%[1]c for the character", open[len(open)-1])
	}
	return b.String(), nil
}

// compileText compiles form[from:to], which holds no placeholder. open are the
// marks that began before.
func compileText(b *strings.Builder, open *[]byte, form string, from, to int) error {
	if strings.Contains(form[from:to], "{{") {
		return errTemplate
	}
	for i := from; i < to; i++ {
		c := form[i]
		switch {
		case c == '\\' && i+1 < to && strings.IndexByte(`*_\`, form[i+1]) >= 0:
			i++
			b.WriteByte(form[i])
		case c == '*' || c == '_':
			sign, err := mark(open, form, i)
			if err != nil {
				return err
			}
			b.WriteRune(sign)
		case c == '\n' && len(*open) > 0:
			return fmt.Errorf("%q is not closed on its line; write \\%[1]c for the character", (*open)[len(*open)-1])
		default:
			b.WriteByte(c)
		}
	}
	return nil
}

// mark is what form[i], an asterisk or underscore, means: the end of the
// innermost open mark, or the begin of another.
func mark(open *[]byte, form string, i int) (rune, error) {
	c := form[i]
	on, off := boldOn, boldOff
	if c == '_' {
		on, off = italicOn, italicOff
	}
	before, _ := utf8.DecodeLastRuneInString(form[:i])
	after, _ := utf8.DecodeRuneInString(form[i+1:])
	depth := len(*open)
	switch {
	case depth > 0 && (*open)[depth-1] == c && !isWord(after) && !unicode.IsSpace(before):
		*open = (*open)[:depth-1]
		return off, nil
	case !slices.Contains(*open, c) && !isWord(before) && after != utf8.RuneError && !unicode.IsSpace(after):
		*open = append(*open, c)
		return on, nil
	}
	return 0, fmt.Errorf("%q neither begins nor ends a mark; write \\%[1]c for the character", c)
}

func isWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
