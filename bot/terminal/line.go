package terminal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lotse/bot/chat"
)

// Help is how to talk here.
const Help = `You are a person who writes to the bot; begin with /start.
  text            say it (\n is a new line); > text when it looks like one of these
  !2              press button 2 of the newest message that has buttons
  re 3 text       reply to message 3; re 3 !2 presses a button under it
  + photo words   send a photo, voice, video or document, with a caption
  desk: …         do any of this as a coordinator
  wait 20s        let time pass
  /quit           end
`

// A verb says what a line wants.
type verb int

const (
	nothing verb = iota
	say          // text, a command or a file: see event
	press
	wait
	quit
)

// A line is one line of input, understood.
type line struct {
	verb   verb
	desk   bool
	on     string // the message replied to, or the one with the button; "" is none
	button int    // counted from 1
	kind   chat.Kind
	text   string
	args   string
	file   chat.FileKind
	time   time.Duration
}

// parse reads a line. Its error is a sentence for who typed it.
func parse(text string) (line, error) {
	var l line
	text = strings.TrimRight(text, "\r\n")
	if rest, ok := strings.CutPrefix(text, "desk:"); ok {
		l.desk, text = true, strings.TrimLeft(rest, " ")
	}
	if rest, ok := strings.CutPrefix(text, "re "); ok {
		number, rest, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
		if _, err := strconv.Atoi(number); err == nil {
			l.on, text = number, rest
		}
	}
	word, rest, _ := strings.Cut(text, " ")
	switch {
	case strings.TrimSpace(text) == "":
		return l, nil
	case text == "/quit":
		l.verb = quit
		return l, nil
	case word == ">":
		return l.says(rest), nil
	case word == "+":
		return l.sends(rest)
	case strings.HasPrefix(word, "/") && len(word) > 1 && word[1] != '/':
		l.verb, l.kind = say, chat.Command
		l.text, l.args = strings.ToLower(word[1:]), strings.TrimSpace(rest)
		return l, nil
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(text, "!")); err == nil && text[0] == '!' {
		l.verb, l.button = press, n
		return l, nil
	}
	if d, err := time.ParseDuration(rest); err == nil && word == "wait" && d >= 0 {
		l.verb, l.time = wait, d
		return l, nil
	}
	return l.says(text), nil
}

func (l line) says(text string) line {
	l.verb, l.kind, l.text = say, chat.Text, strings.ReplaceAll(text, `\n`, "\n")
	return l
}

func (l line) sends(text string) (line, error) {
	kind, caption, _ := strings.Cut(text, " ")
	l = l.says(caption)
	l.kind, l.file = chat.Media, chat.FileKind(kind)
	if !slices.Contains([]chat.FileKind{chat.Photo, chat.Voice, chat.Video, chat.Document}, l.file) {
		return line{}, fmt.Errorf("there is no file of kind %q: photo, voice, video or document", kind)
	}
	return l, nil
}
