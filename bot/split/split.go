// Package split cuts a message into what one request of a network can carry. It
// is pure, and shared by the adapters whose network counts UTF-16 units.
package split

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lotse/bot/chat"
)

// Parts splits m into messages of at most text UTF-16 units, or caption units
// with a file: files first, each a part of its own, then the text, cut where it
// hurts least. The text is the caption of the first file if it fits, unless there
// are buttons under several files; a place has no caption. What m answers is said by the
// first part; buttons and ForceReply belong to the last. It never returns an empty slice.
func Parts(m chat.Message, text, caption int) []chat.Message {
	return Albums(m, text, caption, func(chat.File) string { return "" })
}

// Albums is Parts for a network that shows up to maxAlbum files of one group as one
// message; files whose group is "" stay alone.
func Albums(m chat.Message, text, caption int, group func(chat.File) string) []chat.Message {
	common := chat.Message{Lang: m.Lang, RTL: m.RTL, Protect: m.Protect}
	first := slices.IndexFunc(m.Files, func(f chat.File) bool { return f.Kind != chat.Place })
	captioned := first >= 0 && Units(m.Text) <= caption && (len(m.Files) == 1 || len(m.Buttons) == 0 && !m.ForceReply)
	var parts []chat.Message
	for i, files := range gather(m.Files, group) {
		part := common
		part.Files = files
		if captioned && i == first { // what is before it are places, each by itself
			part.Text, part.Marks = m.Text, piece{to: len(m.Text)}.marks(m.Marks)
		}
		parts = append(parts, part)
	}
	if !captioned && m.Text != "" || len(parts) == 0 {
		for _, p := range split(m.Text, text) {
			part := common
			part.Text, part.Marks = p.text, p.marks(m.Marks)
			parts = append(parts, part)
		}
	}
	parts[0].ReplyTo = m.ReplyTo
	last := &parts[len(parts)-1]
	last.Buttons, last.ForceReply = m.Buttons, m.ForceReply
	return parts
}

// maxAlbum is how many files one message can show (Bot API, sendMediaGroup).
const maxAlbum = 10

// gather puts files of one group together, in the order in which groups begin.
func gather(files []chat.File, group func(chat.File) string) [][]chat.File {
	var albums [][]chat.File
	open := map[string]int{} // group → its album that is not full
	for _, f := range files {
		g := group(f)
		if i, ok := open[g]; ok && g != "" && len(albums[i]) < maxAlbum {
			albums[i] = append(albums[i], f)
			continue
		}
		open[g] = len(albums)
		albums = append(albums, []chat.File{f})
	}
	return albums
}

// Units counts UTF-16 code units, as Telegram and JavaScript do.
func Units(s string) int {
	n := 0
	for _, r := range s {
		n += runeUnits(r)
	}
	return n
}

func runeUnits(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// A piece is text[from:to], behind skip bytes that open again the isolates
// which the cut closed.
type piece struct {
	text           string
	skip, from, to int
}

// marks are those of the whole text that touch the piece, moved into it.
func (p piece) marks(all []chat.Mark) []chat.Mark {
	var own []chat.Mark
	for _, m := range all {
		from, to := max(m.From, p.from), min(m.To, p.to)
		if from < to {
			own = append(own, chat.Mark{Style: m.Style, From: from - p.from + p.skip, To: to - p.from + p.skip})
		}
	}
	return own
}

// A class says how good a place is for a cut.
type class int

const (
	inCluster class = iota // between runes that are seen as one sign
	inWord
	afterWord
	afterLine
	afterParagraph
)

// A place is one between two runes where text can be cut.
type place struct {
	pos   int // bytes before
	units int // UTF-16 units before
	class class
	iso   int // the innermost isolate around it, an index, or -1
}

// An isolate is a stretch that bidirectional text keeps together, U+2066…2068
// up to its U+2069 in the same paragraph (Unicode Annex 9, BD8 to BD13).
type isolate struct {
	open   string // the character that opens it
	parent int
	depth  int // 1 for an outermost
}

// maxDepth is the deepest embedding that counts (Unicode Annex 9, BD2).
const maxDepth = 125

// split cuts text into pieces of at most limit UTF-16 units: if possible outside
// of isolates, after a paragraph, a line, a word, a sign. An isolate that fits no
// piece is closed before the cut and opened again behind it. White space around a cut is
// dropped. It never returns an empty slice.
func split(text string, limit int) []piece {
	if Units(text) <= limit {
		return []piece{{text: text, to: len(text)}}
	}
	places, isolates := survey(text)
	var pieces []piece
	for at := 0; at < len(places)-1; {
		next := cut(places, isolates, at, limit)
		a, b := places[at], places[next]
		body := strings.TrimLeftFunc(text[a.pos:b.pos], unicode.IsSpace)
		from := b.pos - len(body)
		body = strings.TrimRightFunc(body, unicode.IsSpace)
		at = next
		if body == "" {
			continue
		}
		open := ""
		for i := a.iso; i >= 0; i = isolates[i].parent {
			open = isolates[i].open + open
		}
		shut := strings.Repeat("\u2069", depth(isolates, b))
		pieces = append(pieces, piece{open + body + shut, len(open), from, from + len(body)})
	}
	if len(pieces) == 0 { // nothing but white space
		return []piece{{text: text[:places[1].pos], to: places[1].pos}}
	}
	return pieces
}

func depth(isolates []isolate, p place) int {
	if p.iso < 0 {
		return 0
	}
	return isolates[p.iso].depth
}

// cut finds the best end of the piece that begins at places[at]: never inside a
// sign if that can be helped, in the fewest open isolates, then by class, as
// long as the piece is at least half full.
func cut(places []place, isolates []isolate, at, limit int) int {
	start := places[at]
	room := limit - depth(isolates, start)
	size := func(i int) int { return places[i].units - start.units }
	fits := func(i int) bool { return size(i)+depth(isolates, places[i]) <= room }
	if fits(len(places) - 1) {
		return len(places) - 1
	}
	finest, lowest := inCluster, maxDepth
	for i := at + 1; size(i) <= room; i++ {
		d, c := depth(isolates, places[i]), min(places[i].class, inWord)
		if fits(i) && (c > finest || c == finest && d < lowest) {
			finest, lowest = c, d
		}
	}
	last := at + 1
	var full [afterParagraph + 1]int // by class, the last place that leaves the piece half full
	for i := at + 1; size(i) <= room; i++ {
		if !fits(i) || places[i].class < finest || depth(isolates, places[i]) != lowest {
			continue
		}
		last = i
		if size(i) >= room/2 {
			full[places[i].class] = i
		}
	}
	for c := afterParagraph; c > inWord; c-- {
		if full[c] > 0 {
			return full[c]
		}
	}
	return last
}

// survey lists every place, the start and the end of text included, and every
// isolate.
func survey(text string) ([]place, []isolate) {
	closes, opens := pairs(text)
	places := []place{{iso: -1}}
	var isolates []isolate
	iso, sum, flags := -1, 0, 0
	var before rune
	for pos := 0; pos < len(text); {
		r, size := utf8.DecodeRuneInString(text[pos:])
		places[len(places)-1].class = classify(text[:pos], before, r, flags)
		if isFlag(r) {
			flags++
		} else {
			flags = 0
		}
		if opens[pos] {
			inner := isolate{open: text[pos : pos+size], parent: iso, depth: 1}
			if iso >= 0 {
				inner.depth += isolates[iso].depth
			}
			isolates = append(isolates, inner)
			iso = len(isolates) - 1
		} else if closes[pos] {
			iso = isolates[iso].parent
		}
		pos, sum, before = pos+size, sum+runeUnits(r), r
		places = append(places, place{pos: pos, units: sum, iso: iso})
	}
	return places, isolates
}

// pairs finds the characters that close and open isolates. One without its
// partner in the same paragraph, or too deep, is like any other character.
func pairs(text string) (closes, opens map[int]bool) {
	closes, opens = map[int]bool{}, map[int]bool{}
	var stack []int
	for pos, r := range text {
		switch r {
		case '\n', '\r', '\u0085', '\u2029', '\x1c', '\x1d', '\x1e': // paragraph separators (Bidi_Class B)
			stack = stack[:0]
		case '\u2066', '\u2067', '\u2068':
			stack = append(stack, pos)
		case '\u2069':
			if len(stack) == 0 {
				continue
			}
			if len(stack) <= maxDepth {
				closes[pos], opens[stack[len(stack)-1]] = true, true
			}
			stack = stack[:len(stack)-1]
		}
	}
	return closes, opens
}

// classify says how good it is to cut between a and b, where head is what comes
// before b and flags counts the regional indicators at its end.
func classify(head string, a, b rune, flags int) class {
	switch {
	case a == '\r' && b == '\n', isJoined(a, b), isFlag(b) && flags%2 == 1:
		return inCluster
	case a == '\n':
		// A blank line may hold the mark that every line of an Arabic text begins with.
		if strings.HasSuffix(strings.TrimRight(head[:len(head)-1], " \t\r\u200e\u200f"), "\n") {
			return afterParagraph
		}
		return afterLine
	case unicode.IsSpace(a):
		return afterWord
	}
	return inWord
}

// isJoined is a small part of Unicode Annex 29: marks, joiners, skin tones and
// emoji tags stay with what they follow.
func isJoined(a, b rune) bool {
	return a == '\u200d' || b == '\u200d' || b == '\u200c' ||
		unicode.In(b, unicode.Mn, unicode.Me, unicode.Mc) ||
		b >= 0x1F3FB && b <= 0x1F3FF ||
		b >= 0xE0020 && b <= 0xE007F
}

func isFlag(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }
