package flows

import (
	"unicode/utf8"

	"lotse/bot/chat"
)

// wrong says what hinders text and files from going on, nil when nothing does.
// have are the files that were taken before.
func (c *Ctx) wrong(text string, files, have []chat.File) *Text {
	var t Text
	switch {
	case units(text) > MaxBody:
		t = say("wrong.long", number("max", MaxBody))
	case text == "" && len(files) == 0:
		t = say("wrong.empty")
	case len(files)+len(have) > MaxFiles:
		t = say("wrong.files", number("max", MaxFiles))
	default:
		return wrongFile(files)
	}
	return &t
}

// wrongFile says why a file cannot be passed on, nil when all can.
func wrongFile(files []chat.File) *Text {
	for _, f := range files {
		if f.Size > MaxFileBytes {
			t := say("wrong.size", number("max", MaxFileBytes>>20))
			return &t
		}
		if f.Kind == chat.Video {
			t := say("wrong.kind")
			return &t
		}
		if Picture(f) && !cleanable(f) {
			t := say("wrong.picture")
			return &t
		}
	}
	return nil
}

// units counts UTF-16 units, in which Telegram measures (Bot API, MessageEntity).
func units(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xFFFF {
			n++
		}
	}
	return n
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}

// quoted are somebody's words, when there are any.
func quoted(text string) []Text {
	if text == "" {
		return nil
	}
	return []Text{say("quote", quote("text", text))}
}

// fileLines says what is attached, a line per kind.
func fileLines(files []chat.File) []Text {
	var out []Text
	for _, kind := range []chat.FileKind{chat.Photo, chat.Voice, chat.Video, chat.Document, chat.Place} {
		n := 0
		for _, f := range files {
			if f.Kind == kind {
				n++
			}
		}
		if n > 0 {
			out = append(out, say("file."+string(kind), number("n", n)))
		}
	}
	return out
}

// Shorten cuts s to at most max bytes, between characters.
func Shorten(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max]
}
