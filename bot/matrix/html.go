package matrix

import (
	"cmp"
	"html"
	"slices"
	"strings"

	"lotse/bot/chat"
)

// tags are those that clients let through (Matrix, m.room.message, "org.matrix.custom.html").
var tags = map[chat.Style]string{chat.Bold: "strong", chat.Italic: "em", chat.Quote: "blockquote"}

// formatted is a text with its marks as HTML, "" when nothing in it is marked. A mark
// of an unknown style is left out, one that crosses another ends with it.
func formatted(text string, marks []chat.Mark) string {
	marks = fitting(text, marks)
	if len(marks) == 0 {
		return ""
	}
	var b strings.Builder
	var open []chat.Mark
	at := 0
	until := func(to int) {
		b.WriteString(lines(text[at:to]))
		at = to
	}
	closeTo := func(pos int) {
		for n := len(open); n > 0 && open[n-1].To <= pos; n = len(open) {
			until(open[n-1].To)
			b.WriteString("</" + tags[open[n-1].Style] + ">")
			open = open[:n-1]
		}
	}
	for _, m := range marks {
		closeTo(m.From)
		until(m.From)
		if n := len(open); n > 0 {
			m.To = min(m.To, open[n-1].To)
		}
		b.WriteString("<" + tags[m.Style] + ">")
		open = append(open, m)
	}
	closeTo(len(text))
	until(len(text))
	return block.Replace(b.String())
}

// block takes away the new line that a quotation makes by itself.
var block = strings.NewReplacer("<br><blockquote>", "<blockquote>", "</blockquote><br>", "</blockquote>")

func lines(text string) string { return strings.ReplaceAll(html.EscapeString(text), "\n", "<br>") }

// fitting are the marks that style something, outermost first.
func fitting(text string, marks []chat.Mark) []chat.Mark {
	var all []chat.Mark
	for _, m := range marks {
		m.From, m.To = min(max(m.From, 0), len(text)), min(m.To, len(text))
		if tags[m.Style] != "" && m.From < m.To {
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(a, b chat.Mark) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(b.To, a.To))
	})
	return all
}
