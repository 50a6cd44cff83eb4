package locales

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Mark styles Text[From:To], in bytes: "b" bold, "i" italic, "q" somebody
// else's words. Marks nest, they never overlap otherwise.
type Mark struct {
	Style    string
	From, To int
}

// A Text is ready to be shown: plain, without markup of any network.
type Text struct {
	Text  string
	Marks []Mark
}

// Text says key in lang. It is never blank: where lang has no words for key, what
// it falls back to speaks (de-simple: de, en; others: en, de), last of all Oops,
// and the error names key and language. The text can be sent in spite of an
// error; the error holds nothing of the arguments' content.
func (w *Words) Text(lang, key string, args ...Arg) (Text, error) {
	if lang == Pseudo {
		return w.pseudo(key, args)
	}
	t, e, err := w.find(lang, key)
	if e.fixed() {
		text := t.said(e).text
		return Text{Text: text.Text, Marks: slices.Clone(text.Marks)}, err
	}
	raw, wrong := w.fill(t, key, e, args)
	return layout(raw, t.RTL), errors.Join(err, wrong)
}

// Label says key in lang on one line and without marks, for a button. It falls
// back as Text does.
func (w *Words) Label(lang, key string, args ...Arg) (string, error) {
	if lang != Pseudo {
		if t, e, err := w.find(lang, key); e.fixed() {
			return t.said(e).label, err
		}
	}
	text, err := w.Text(lang, key, args...)
	return oneLine(text.Text), err
}

// rlm is the right-to-left mark. Clients take the direction of a line from its
// first strong character; with rlm in front that is ours, also before an emoji,
// a number or a Latin word.
const rlm = '\u200f'

// layout applies the rules for directions to a filled template and turns the
// signs of markup.go into marks:
//
//   - each line that is not empty begins with rlm where rtl is set;
//   - isolates end on the line where they begin, and nothing ends that did not
//     begin (in Unicode an isolate does not reach beyond its paragraph);
//   - a quotation has its lines to itself.
func layout(raw string, rtl bool) Text {
	if !rtl && strings.IndexByte(raw, 0xEE) < 0 && !strings.Contains(raw, "\xe2\x81") {
		return Text{Text: raw} // no sign (U+E000…) and no isolate (U+2066…) in it
	}
	p := page{rtl: rtl, fresh: true, out: make([]byte, 0, len(raw)+16)}
	for _, r := range raw {
		p.put(r)
	}
	p.endLine()
	return Text{Text: string(p.out), Marks: p.finished()}
}

// A page is what layout has written so far.
type page struct {
	out   []byte
	marks []Mark
	open  []int // those of marks that have not ended, innermost last
	depth int   // isolates open on this line
	rtl   bool
	fresh bool // nothing on this line yet
	alone bool // a quotation ended on this line: nothing may follow
}

func (p *page) put(r rune) {
	switch r {
	case '\n':
		p.newline()
		return
	case boldOff, italicOff, quoteOff:
		p.end()
		p.alone = p.alone || r == quoteOff
		return
	}
	if p.alone && r == ' ' {
		return
	}
	if p.alone || r == quoteOn && !p.fresh {
		p.cutSpaces()
		p.newline()
	}
	if p.fresh {
		p.fresh = false
		if p.rtl {
			p.out = append(p.out, string(rlm)...)
		}
		if p.rtl && r == rlm {
			return // it was typed in the catalogue
		}
	}
	p.write(r)
}

func (p *page) write(r rune) {
	switch r {
	case boldOn:
		p.begin("b")
	case italicOn:
		p.begin("i")
	case quoteOn:
		p.begin("q")
	case '\u2066', '\u2067', '\u2068':
		p.depth++
		p.out = utf8.AppendRune(p.out, r)
	case '\u2069':
		if p.depth > 0 {
			p.depth--
			p.out = append(p.out, pdi...)
		}
	default:
		p.out = utf8.AppendRune(p.out, r)
	}
}

func (p *page) begin(style string) {
	p.open = append(p.open, len(p.marks))
	p.marks = append(p.marks, Mark{Style: style, From: len(p.out)})
}

func (p *page) end() {
	last := len(p.open) - 1
	p.marks[p.open[last]].To = len(p.out)
	p.open = p.open[:last]
}

func (p *page) endLine() {
	for ; p.depth > 0; p.depth-- {
		p.out = append(p.out, pdi...)
	}
	p.fresh, p.alone = true, false
}

func (p *page) newline() {
	p.endLine()
	p.out = append(p.out, '\n')
}

// cutSpaces cuts the end of the line, also from the marks that begin there.
func (p *page) cutSpaces() {
	p.out = bytes.TrimRight(p.out, " ")
	for _, i := range p.open {
		p.marks[i].From = min(p.marks[i].From, len(p.out))
	}
}

// finished are the marks that hold something.
func (p *page) finished() []Mark {
	return slices.DeleteFunc(p.marks, func(m Mark) bool { return m.From >= m.To })
}

// CheckRTL says what is wrong with a rendered text that reads from right to
// left: a line without U+200F in front, isolates that do not match on their
// line, a digit or a letter of another script outside an isolate (keycaps such
// as 1️⃣ may stand alone), or an embedding or override (U+202A–U+202E).
func CheckRTL(s string) error {
	for i, line := range strings.Split(s, "\n") {
		if line == "" {
			continue
		}
		if !strings.HasPrefix(line, string(rlm)) {
			return fmt.Errorf("line %d does not begin with U+200F", i+1)
		}
		if err := checkIsolates(line, strayLTR); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return nil
}

// checkIsolates tells whether isolates match on the line, and shows stray all
// characters outside of them with what follows.
func checkIsolates(line string, stray func(r rune, rest string) bool) error {
	depth := 0
	for i, r := range line {
		switch {
		case r >= '\u202a' && r <= '\u202e':
			return fmt.Errorf("%U at byte %d: use an isolate", r, i)
		case r >= '\u2066' && r <= '\u2068':
			depth++
		case r == '\u2069':
			if depth--; depth < 0 {
				return fmt.Errorf("an isolate ends at byte %d that did not begin", i)
			}
		case depth == 0 && stray(r, line[i+len(string(r)):]):
			return fmt.Errorf("%q at byte %d stands outside an isolate", r, i)
		}
	}
	if depth > 0 {
		return fmt.Errorf("%d isolates do not end", depth)
	}
	return nil
}

func strayLTR(r rune, rest string) bool {
	if unicode.IsDigit(r) {
		return !strings.HasPrefix(strings.TrimPrefix(rest, "\ufe0f"), "\u20e3")
	}
	return unicode.IsLetter(r) && !unicode.Is(unicode.Arabic, r) && r != 'ـ' // tatweel belongs to no script
}
