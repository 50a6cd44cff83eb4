package split

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"lotse/bot/chat"
)

// The limits of Telegram.
const (
	maxText    = 4096
	maxCaption = 1024
)

func TestParts(t *testing.T) {
	a, b, place := chat.File{Ref: "a"}, chat.File{Ref: "b"}, chat.NewPlace(1, 2, "")
	buttons := [][]chat.Button{{{ID: "x", Label: "X"}}}
	long := strings.Repeat("x", maxCaption+1)
	for name, c := range map[string]struct {
		m    chat.Message
		want []chat.Message
	}{
		"empty":   {chat.Message{}, []chat.Message{{}}},
		"short":   {chat.Message{Text: "x", RTL: true, Buttons: buttons}, []chat.Message{{Text: "x", RTL: true, Buttons: buttons}}},
		"caption": {chat.Message{Text: "x", Files: []chat.File{a}}, []chat.Message{{Text: "x", Files: []chat.File{a}}}},
		"picture": {chat.Message{Files: []chat.File{a}, Buttons: buttons}, []chat.Message{{Files: []chat.File{a}, Buttons: buttons}}},
		"long caption": {chat.Message{Text: long, Files: []chat.File{a}, ReplyTo: "m1", ForceReply: true, Protect: true},
			[]chat.Message{{Files: []chat.File{a}, ReplyTo: "m1", Protect: true}, {Text: long, ForceReply: true, Protect: true}}},
		"album": {chat.Message{Text: "x", Files: []chat.File{a, b}, Buttons: buttons},
			[]chat.Message{{Files: []chat.File{a}}, {Files: []chat.File{b}}, {Text: "x", Buttons: buttons}}},
		"bare album": {chat.Message{Files: []chat.File{a, b}, Buttons: buttons},
			[]chat.Message{{Files: []chat.File{a}}, {Files: []chat.File{b}, Buttons: buttons}}},
		"place": {chat.Message{Text: "x", Files: []chat.File{place}, ReplyTo: "m1"}, []chat.Message{{Files: []chat.File{place}, ReplyTo: "m1"}, {Text: "x"}}},
		"places and a picture": {chat.Message{Text: "x", Files: []chat.File{place, place, a, place, b}},
			[]chat.Message{{Files: []chat.File{place}}, {Files: []chat.File{place}}, {Text: "x", Files: []chat.File{a}}, {Files: []chat.File{place}}, {Files: []chat.File{b}}}},
		"files with a caption": {chat.Message{Text: "x", Files: []chat.File{a, b}, Marks: []chat.Mark{{Style: chat.Bold, From: 0, To: 9}}, ReplyTo: "m1"},
			[]chat.Message{{Text: "x", Files: []chat.File{a}, Marks: []chat.Mark{{Style: chat.Bold, From: 0, To: 1}}, ReplyTo: "m1"}, {Files: []chat.File{b}}}},
	} {
		got := Parts(c.m, maxText, maxCaption)
		if !slices.EqualFunc(got, c.want, same) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, c.want)
		}
	}
}

func TestAlbums(t *testing.T) {
	files := func(refs string) (all []chat.File) {
		for _, r := range refs {
			all = append(all, chat.File{Ref: string(r)})
		}
		return all
	}
	group := func(f chat.File) string { // v is alone
		return map[string]string{"p": "pictures", "m": "pictures", "d": "documents"}[f.Ref]
	}
	buttons := [][]chat.Button{{{ID: "x", Label: "X"}}}
	long := strings.Repeat("x", maxCaption+1)
	for name, c := range map[string]struct {
		m    chat.Message
		want []chat.Message
	}{
		"caption":        {chat.Message{Text: "x", Files: files("ppm"), ReplyTo: "1"}, []chat.Message{{Text: "x", Files: files("ppm"), ReplyTo: "1"}}},
		"no text":        {chat.Message{Files: files("pp")}, []chat.Message{{Files: files("pp")}}},
		"buttons":        {chat.Message{Text: "x", Files: files("pp"), Buttons: buttons}, []chat.Message{{Files: files("pp")}, {Text: "x", Buttons: buttons}}},
		"long caption":   {chat.Message{Text: long, Files: files("pp")}, []chat.Message{{Files: files("pp")}, {Text: long}}},
		"mixed":          {chat.Message{Text: "x", Files: files("pdpvdv")}, []chat.Message{{Text: "x", Files: files("pp")}, {Files: files("dd")}, {Files: files("v")}, {Files: files("v")}}},
		"more than ten":  {chat.Message{Files: files("pppppppppppp")}, []chat.Message{{Files: files("pppppppppp")}, {Files: files("pp")}}},
		"one of a group": {chat.Message{Text: "x", Files: files("d"), Buttons: buttons}, []chat.Message{{Text: "x", Files: files("d"), Buttons: buttons}}},
		"nothing":        {chat.Message{}, []chat.Message{{}}},
	} {
		if got := Albums(c.m, maxText, maxCaption, group); !slices.EqualFunc(got, c.want, same) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, c.want)
		}
	}
}

func same(a, b chat.Message) bool {
	return a.Text == b.Text && a.RTL == b.RTL && a.ReplyTo == b.ReplyTo && a.ForceReply == b.ForceReply &&
		a.Protect == b.Protect && slices.Equal(a.Files, b.Files) && len(a.Buttons) == len(b.Buttons) && slices.Equal(a.Marks, b.Marks)
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name, text string
		limit      int
		want       []string
	}{
		{"paragraph before line", "aaa bbb\n\nccc\nddd eee", 15, []string{"aaa bbb", "ccc\nddd eee"}},
		{"line before word", "aaa bbb\nccc ddd eee", 14, []string{"aaa bbb", "ccc ddd eee"}},
		{"word before sign", "aaaa bbbb cccc", 10, []string{"aaaa bbbb", "cccc"}},
		{"not too early", "a\nbbbb bbbb bbbb", 12, []string{"a\nbbbb bbbb", "bbbb"}},
		{"one long word", "aaaaaaaaaa", 4, []string{"aaaa", "aaaa", "aa"}},
		{"pairs of surrogates", "😀😀😀", 3, []string{"😀", "😀", "😀"}},
		{"a family", "👩‍👩‍👧👩‍👩‍👧", 9, []string{"👩‍👩‍👧", "👩‍👩‍👧"}},
		{"skin", "👍🏽👍🏽", 5, []string{"👍🏽", "👍🏽"}},
		{"flags", "🇺🇦🇩🇪", 6, []string{"🇺🇦", "🇩🇪"}},
		{"an accent", "aae\u0301", 3, []string{"aa", "e\u0301"}},
		{"one endless sign", "e" + strings.Repeat("\u0301", 7), 4, []string{"e" + strings.Repeat("\u0301", 3), strings.Repeat("\u0301", 4)}},
		{"an isolate stays whole", "aaa \u2068b b b\u2069 ccc", 8, []string{"aaa", "\u2068b b b\u2069", "ccc"}},
		{"an isolate too long", "\u2067aaaa bbbb cccc\u2069", 8, []string{"\u2067aaaa\u2069", "\u2067bbbb\u2069", "\u2067cccc\u2069"}},
		{"isolates in isolates", "\u2067aa\u2068bbbbb\u2069cc\u2069", 9, []string{"\u2067aa\u2069", "\u2067\u2068bbbbb\u2069\u2069", "\u2067cc\u2069"}},
		{"a stray closer", "aaaa\u2069 bbbb", 6, []string{"aaaa\u2069", "bbbb"}},
		{"an opener that the line ends", "\u2068aaa\nbbb", 5, []string{"\u2068aaa", "bbb"}},
		{"white space only", "\n\n\n\n", 3, []string{"\n"}},
		{"a blank line in Arabic", "\u200fab\n\u200f\n\u200fcd\n\u200fef", 10, []string{"\u200fab\n\u200f", "\u200fcd\n\u200fef"}},
	} {
		var got []string
		for _, p := range split(c.text, c.limit) {
			got = append(got, p.text)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMarksFollow(t *testing.T) {
	text := strings.Repeat("a", 4000) + " \u2068" + strings.Repeat("ö", 5000) + "\u2069"
	parts := Parts(chat.Message{Text: text, Marks: []chat.Mark{
		{Style: chat.Bold, From: 3998, To: 4004 + 6}, // over the cut, three ö deep
		{Style: chat.Quote, From: -5, To: 2},
		{Style: chat.Italic, From: len(text) - 5, To: len(text) + 9},
		{Style: chat.Italic, From: 7, To: 7},
	}}, maxText, maxCaption)
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	var got []string
	for i, p := range parts {
		for _, m := range p.Marks {
			got = append(got, string(rune('0'+i))+string(m.Style)+p.Text[m.From:m.To])
		}
	}
	want := []string{"0baa", "0qaa", "1b\u2068ööö", "2iö\u2069"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// checkSplit holds for any text and limit.
func checkSplit(t *testing.T, text string, limit int) {
	t.Helper()
	pieces := split(text, limit)
	if len(pieces) == 0 {
		t.Fatalf("%q: no piece", text)
	}
	bare := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || r >= 0x2066 && r <= 0x2069 {
				return -1
			}
			return r
		}, s)
	}
	whole := ""
	depthOf := deepest(text)
	for _, p := range pieces {
		if n := len(utf16.Encode([]rune(p.text))); n > limit {
			t.Fatalf("%q, limit %d: a piece of %d units", text, limit, n)
		}
		if p.text == "" && text != "" {
			t.Fatalf("%q, limit %d: an empty piece", text, limit)
		}
		if text[p.from:p.to] != p.text[p.skip:p.skip+p.to-p.from] {
			t.Fatalf("%q, limit %d: the piece %q is not where it says", text, limit, p.text)
		}
		if strings.ToValidUTF8(text, "") == text && strings.ToValidUTF8(p.text, "") != p.text {
			t.Fatalf("%q, limit %d: a rune was cut", text, limit)
		}
		whole += bare(p.text)
	}
	if whole != bare(text) {
		t.Fatalf("%q, limit %d: became %q", text, limit, whole)
	}
	if depthOf > maxDepth {
		return
	}
	// What was balanced is balanced in every piece; what was stray stays so.
	open, shut := stray(text)
	for _, p := range pieces {
		o, s := stray(p.text)
		open, shut = open-o, shut-s
	}
	if len(pieces) > 1 && (open != 0 || shut != 0) {
		t.Fatalf("%q, limit %d: isolates are cut: %d, %d", text, limit, open, shut)
	}
}

// stray counts openers and closers without a partner in their paragraph.
func stray(text string) (open, shut int) {
	for _, line := range strings.FieldsFunc(text, func(r rune) bool {
		return strings.ContainsRune("\n\r\u0085\u2029\x1c\x1d\x1e", r)
	}) {
		depth := 0
		for _, r := range line {
			switch {
			case r >= 0x2066 && r <= 0x2068:
				depth++
			case r == 0x2069 && depth > 0:
				depth--
			case r == 0x2069:
				shut++
			}
		}
		open += depth
	}
	return open, shut
}

func deepest(text string) int {
	depth, most := 0, 0
	for _, r := range text {
		switch {
		case r >= 0x2066 && r <= 0x2068:
			depth++
		case r == 0x2069 && depth > 0:
			depth--
		}
		most = max(most, depth)
	}
	return most
}

func TestSplitHoldsForRandomTexts(t *testing.T) {
	bits := []string{"a", "wort ", "ö", "ж", "العربية ", "😀", "👩‍👩‍👧", "👍🏽", "🇺🇦", "e\u0301", "\u200d", "\ufe0f", "\n", "\n\n", "\r\n",
		"\u2066", "\u2067", "\u2068", "\u2069", "\u2069", "\u2069", " ", "\u200f", "\u2029", "\x00", "\xff"}
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		var text strings.Builder
		for range r.IntN(300) {
			text.WriteString(bits[r.IntN(len(bits))])
		}
		checkSplit(t, text.String(), least(text.String())+r.IntN(60))
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("a\u2068b\u2069\n\nc", 4)
	f.Add("👩‍👩‍👧🇺🇦e\u0301", 3)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		checkSplit(t, text, least(text)+max(0, limit)%1000)
	})
}

// least is room for the deepest isolates, opened and closed, and a rune.
func least(text string) int { return 2*min(deepest(text), maxDepth) + 2 }
