package flows

import (
	"regexp"
	"slices"
)

var (
	mentions = regexp.MustCompile(`(?:^|[^\p{L}\p{M}\p{N}_.@+-])(@[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]*)`)
	fiveOnly = regexp.MustCompile(`(?:^|\D)(\d{5})(?:\D|$)`)
)

// mention is the first colleague whom a text calls, "@Klein", or "". An address with
// an @ inside is none.
func mention(text string) string {
	if m := mentions.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// numbersLookedAt is how many numbers in a text are looked up.
const numbersLookedAt = 5

// NumbersIn are the first numbers in a text that could be those of inquiries.
func NumbersIn(text string) (numbers []string) {
	for len(numbers) < numbersLookedAt {
		m := fiveOnly.FindStringSubmatchIndex(text)
		if m == nil {
			break
		}
		if n := text[m[2]:m[3]]; !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
		text = text[m[3]:]
	}
	return numbers
}
