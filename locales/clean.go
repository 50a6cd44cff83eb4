package locales

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxMarks is how many marks one letter keeps. No language here needs more
// than three; towers of them paint over the lines of others. It also keeps
// package norm from inserting U+034F (UAX #15, stream-safe text).
const maxMarks = 8

// maxBlank is how many empty lines in a row Clean keeps.
const maxBlank = 2

// Clean makes text from outside fit to be kept and shown: valid UTF-8 in NFC;
// without control characters (a tab becomes a space), bidi controls, private
// use (our signs for marks among it), noncharacters, U+FFFD and characters that
// cannot be seen. U+200C and U+200D stay, Persian and emoji need them. All line
// ends are "\n", with at most two empty lines in a row; spaces around lines'
// ends and the whole are cut. Cleaning twice changes nothing.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	s = strings.Map(cleanRune, strings.ReplaceAll(s, "\r\n", "\n"))
	// Cut twice: NFC counts to 30 before it inserts, and makes two of some marks.
	return trimLines(cutTowers(norm.NFC.String(cutTowers(s))))
}

func cleanRune(r rune) rune {
	switch r {
	case '\r', '\u0085', '\u2028', '\u2029':
		return '\n'
	case '\t':
		return ' '
	}
	if unwanted(r) {
		return -1
	}
	return r
}

// cutTowers drops the marks of a letter beyond maxMarks.
func cutTowers(s string) string {
	marks := 0
	return strings.Map(func(r rune) rune {
		if !isMark(r) {
			marks = 0
			return r
		}
		if marks++; marks > maxMarks {
			return -1
		}
		return r
	}, s)
}

// isMark tells that r stands on the letter before it. Most letters are below the
// first such mark, and need no table.
func isMark(r rune) bool {
	return r >= '\u0300' && unicode.In(r, unicode.Mn, unicode.Me)
}

// plain tells that s is one line of ASCII that Clean would not change.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return s == "" || s[0] != ' ' && s[len(s)-1] != ' '
}

func unwanted(r rune) bool {
	switch {
	case ' ' <= r && r <= '~' || 'À' <= r && r <= 'ʯ': // no table for most letters
		return false
	case r == '\n' || r == '\u200c' || r == '\u200d':
		return false
	case r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Co, unicode.Noncharacter_Code_Point):
		return true
	case unicode.Is(unicode.Cf, r):
		return !unicode.Is(unicode.Prepended_Concatenation_Mark, r) // Arabic signs that can be seen
	}
	return unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || r == '\u2800' // blank Braille
}

// trimLines cuts the ends of lines, empty lines around the whole and those in a
// row beyond maxBlank.
func trimLines(s string) string {
	var kept []string
	empty := 0
	for _, line := range strings.Split(s, "\n") {
		line = strings.TrimRightFunc(line, invisible)
		if line == "" {
			empty++
			continue
		}
		if len(kept) > 0 {
			kept = append(kept, make([]string, min(empty, maxBlank))...)
		}
		kept = append(kept, line)
		empty = 0
	}
	return strings.TrimLeftFunc(strings.Join(kept, "\n"), invisible)
}

func invisible(r rune) bool { return unicode.IsSpace(r) || r == '\u200c' || r == '\u200d' }
