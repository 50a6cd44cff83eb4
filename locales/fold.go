package locales

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Means tells whether text, typed by a person, is a way to say key in lang: the
// label of key, the emoji the label begins with, or one of the words that the
// key "<key>.words" lists between commas. All are compared after Fold. In Pseudo
// the key itself is the way to say it.
func (w *Words) Means(lang, key, text string) bool {
	folded := Fold(text)
	if folded == "" {
		return false
	}
	if lang == Pseudo {
		return folded == Fold(key)
	}
	t := w.tongues[lang]
	return t != nil && t.entries[key] != nil && slices.Contains(t.ways(key), folded)
}

// wordsSuffix ends the keys that list what people may type for another key.
const wordsSuffix = ".words"

func isWords(key string) bool { return strings.HasSuffix(key, wordsSuffix) }

// ways are what Means accepts for key.
func (t *tongue) ways(key string) []string {
	e := t.entries[key]
	if known := e.ways.Load(); known != nil {
		return *known
	}
	var said []string
	if e.fixed() && !isPageMessage(key) {
		p := t.said(e)
		said = append(said, p.label)
		if first, _, more := strings.Cut(p.bare, " "); more && !strings.ContainsFunc(first, isWord) {
			said = append(said, first)
		}
	}
	if words := t.entries[key+wordsSuffix]; words != nil {
		said = append(said, strings.FieldsFunc(words.other, func(r rune) bool { return r == ',' || r == '،' })...)
	}
	var ways []string
	for _, s := range said {
		if folded := Fold(s); folded != "" && !slices.Contains(ways, folded) {
			ways = append(ways, folded)
		}
	}
	e.ways.Store(&ways)
	return ways
}

// Fold makes ways to write the same word equal: lower case, compatibility forms
// (NFKC), no accents on Latin, Cyrillic (й and ї keep theirs) and Arabic
// letters, one form for the variants of Arabic alef, yeh, kaf and teh marbuta,
// no tatweel, no apostrophes, digits 0–9, single spaces, and neither punctuation
// nor emoji at the ends. A text of nothing else, such as "✅", keeps them,
// without skin colour.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	base, gap := ' ', false
	s = strings.ToValidUTF8(s, "")      // package norm passes over letters near bad bytes
	s = strings.ReplaceAll(s, "´", "'") // which NFKD makes a space and an accent
	s = norm.NFKD.String(s)
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'z': // nearly all: no table
			base = r
		case isMark(r):
			if !keepsMark(base, r) {
				continue
			}
		case unicode.IsSpace(r):
			gap, base = true, ' '
			continue
		case unwanted(r) || r == '\u200c' || r == '\u200d' || r == 'ـ' || isApostrophe(r) || isSkin(r):
			continue
		default:
			r = unicode.ToLower(r)
			base = r
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteString(foldRune(r))
	}
	folded := norm.NFC.String(b.String())
	if trimmed := strings.TrimFunc(folded, func(r rune) bool { return !isWord(r) && !unicode.IsMark(r) }); trimmed != "" {
		return trimmed
	}
	return folded
}

func isApostrophe(r rune) bool { return strings.ContainsRune("'`‘’‛ʹʻʼʽ′", r) }

// isSkin is true for the colours of emoji, which mean the same.
func isSkin(r rune) bool { return r >= 0x1F3FB && r <= 0x1F3FF }

// keepsMark tells whether mark makes another letter of base.
func keepsMark(base, mark rune) bool {
	if base == 'и' && mark == '\u0306' || base == 'і' && mark == '\u0308' {
		return true
	}
	return unicode.IsLetter(base) && !unicode.In(base, unicode.Latin, unicode.Cyrillic, unicode.Arabic)
}

// foldRune is r without what Unicode does not count as an accent.
func foldRune(r rune) string {
	if r < 'ß' {
		return string(r)
	}
	switch r {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'đ', 'ð':
		return "d"
	case 'ł':
		return "l"
	case 'ı':
		return "i"
	case 'ٱ':
		return "ا"
	case 'ى', 'ی':
		return "ي"
	case 'ک':
		return "ك"
	case 'ة', 'ە':
		return "ه"
	}
	if d, ok := digit(r); ok {
		return string(rune('0' + d))
	}
	return string(r)
}

// digit is the value of an ASCII, Arabic or Persian digit.
func digit(r rune) (int, bool) {
	for _, zero := range []rune{'0', '٠', '۰', '０'} {
		if r >= zero && r <= zero+9 {
			return int(r - zero), true
		}
	}
	return 0, false
}

// maxDigits keeps ParseNumber within an int of 32 bits.
const maxDigits = 9

// ParseNumber reads a whole number as people answer a numbered list: "3", "٣",
// "۳", "3️⃣", "3.", "(3)". Nothing else is a number, a sign or a fraction
// neither.
func ParseNumber(s string) (int, bool) {
	s = strings.Trim(Clean(s), " #().,:;،")
	if s == "🔟" {
		return 10, true
	}
	n, digits := 0, 0
	for _, r := range s {
		if r == '\ufe0f' || r == '\u20e3' {
			continue // the key around a digit
		}
		d, ok := digit(r)
		if !ok {
			return 0, false
		}
		n, digits = n*10+d, digits+1
	}
	return n, digits > 0 && digits <= maxDigits
}
