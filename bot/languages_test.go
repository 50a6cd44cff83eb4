package bot

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
)

// Every transcript is also played in every language. What is said must have the
// same shape as in the pseudo language, and obey the rules of the language.
func TestTranscriptsInEveryLanguage(t *testing.T) {
	words, err := testWords()
	if err != nil {
		t.Fatal(err)
	}
	keys := spokenKeys(t, words)
	for _, file := range transcripts(t) {
		src := read(t, file)
		want := play(t, src, locales.Pseudo)
		for _, lang := range words.Languages() {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt")+"/"+lang.Tag, func(t *testing.T) {
				got := play(t, src, lang.Tag)
				sameShape(t, want, got)
				for _, m := range got.out {
					for _, wrong := range wrongIn(m, lang, keys) {
						t.Errorf("%s in\n%s", wrong, m.Text)
					}
				}
			})
		}
	}
}

func spokenKeys(t *testing.T, words *locales.Words) *regexp.Regexp {
	l, err := loadLists(words, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, k := range flows.Keys(flows.Flows(), []string{"de"}, l.topics, l.hotlines) {
		if strings.Contains(k, ".") {
			all = append(all, regexp.QuoteMeta(k))
		}
	}
	return regexp.MustCompile(`(^|[^a-z])(` + strings.Join(all, "|") + `)($|[^a-z])`)
}

// sameShape compares what happened message by message: where, which, how many
// buttons, which files.
func sameShape(t *testing.T, want, got played) {
	t.Helper()
	if len(want.said) != len(got.said) {
		t.Fatalf("%d messages, %d in the pseudo language", len(got.said), len(want.said))
	}
	for i := range want.said {
		a, _, _ := strings.Cut(strings.TrimPrefix(want.said[i], "\t"), "\n")
		b, _, _ := strings.Cut(strings.TrimPrefix(got.said[i], "\t"), "\n")
		if a != b {
			t.Errorf("message %d is %q, in the pseudo language %q", i, b, a)
		}
	}
	for i := range want.out {
		if a, b := ids(want.out[i]), ids(got.out[i]); a != b {
			t.Errorf("buttons %s, in the pseudo language %s", b, a)
		}
	}
}

var inquiryNumber = regexp.MustCompile(`\b\d{5}\b|[0-9a-f]{8}`)

func ids(m chat.Message) string {
	var b strings.Builder
	for _, row := range m.Buttons {
		for _, button := range row {
			fmt.Fprintf(&b, "[%s]", inquiryNumber.ReplaceAllString(button.ID, "N"))
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// wrongIn lists the rules that a message breaks.
func wrongIn(m chat.Message, lang locales.Language, keys *regexp.Regexp) (wrong []string) {
	if hit := keys.FindString(own(m)); hit != "" {
		wrong = append(wrong, "a key: "+hit)
	}
	if strings.Contains(own(m), "{{") || strings.Contains(own(m), "<no value>") {
		wrong = append(wrong, "a placeholder")
	}
	if n := len(utf16.Encode([]rune(m.Text))); n > 4096 {
		wrong = append(wrong, fmt.Sprintf("%d UTF-16 units", n))
	}
	if m.Text == "" {
		wrong = append(wrong, "no text")
	}
	for line := range strings.Lines(m.Text) {
		if strings.Count(line, "\u2066")+strings.Count(line, "\u2068") != strings.Count(line, "\u2069") {
			wrong = append(wrong, "isolates that do not close on their line")
		}
	}
	if lang.RTL {
		if err := locales.CheckRTL(m.Text); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	for _, row := range m.Buttons {
		for _, b := range row {
			if len(b.ID) > chat.MaxButtonID {
				wrong = append(wrong, "button ID too long: "+b.ID)
			}
			if n := visible(b.Label); n > 24 {
				wrong = append(wrong, fmt.Sprintf("label of %d characters: %s", n, b.Label))
			}
		}
	}
	return wrong
}

// own is what the bot says itself: without the words of people.
func own(m chat.Message) string {
	text := m.Text
	for i := len(m.Marks) - 1; i >= 0; i-- {
		if k := m.Marks[i]; k.Style == chat.Quote {
			text = text[:k.From] + text[k.To:]
		}
	}
	return text
}

func visible(s string) (n int) {
	for _, r := range s {
		if !unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Mn, r) {
			n++
		}
	}
	return n
}
