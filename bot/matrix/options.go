package matrix

import (
	"strings"

	"lotse/bot/chat"
)

// rlm begins every line that reads from right to left. Clients strip what says so in
// HTML and look at the first letter.
const rlm = "\u200f"

// listed are the lines that stand in the place of buttons: the numbered ones, then
// those that are understood by their words. Keycaps keep their place in text of both
// directions, where "1." jumps to the other end.
func listed(m chat.Message) string {
	var lines []string
	line := func(s string) {
		if m.RTL {
			s = rlm + s
		}
		lines = append(lines, s)
	}
	for i, b := range m.Numbered() {
		line(chat.Keycap(i+1) + " " + b.Label)
	}
	for _, row := range m.Buttons {
		for _, b := range row {
			if b.Always {
				line(b.Label)
			}
		}
	}
	return strings.Join(lines, "\n")
}

// whole is the text with the list of its options below.
func whole(m chat.Message) string {
	list := listed(m)
	switch {
	case list == "":
		return m.Text
	case m.Text == "":
		return list
	}
	return m.Text + "\n\n" + list
}
