package bot

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"lotse/bot/chat"
	"lotse/locales"
)

// Every transcript with buttons is also played where there are none, as on Matrix: people
// reply with the number instead of pressing. The same is said, to the same people, in the
// same order.
func TestTranscriptsByNumbers(t *testing.T) {
	for _, file := range transcripts(t) {
		src := read(t, file)
		if strings.Contains(src, "# in a plain group") || strings.Contains(src, "# in a forum") || strings.Contains(src, "# without the right") {
			continue // about what only Telegram has; of Matrix are erase-thread and erase-two-rooms
		}
		if strings.Contains(src, "# pressed in place") {
			continue // what is changed in place there is said anew here: other messages have those numbers
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			lang := locales.Pseudo
			want, got := gist(play(t, src, lang).said), gist(playBy(t, src, lang, byNumber).said)
			for i := range max(len(want), len(got)) {
				if a, b := at(want, i), at(got, i); a != b {
					t.Fatalf("message %d is %q, with buttons %q; before it %q", i, b, a, at(got, i-1))
				}
			}
		})
	}
}

// byNumber is what somebody writes instead of pressing a button. What leads on from
// everywhere has a command; a button that is not there any more has no number.
func byNumber(p *player, press chat.Event) chat.Event {
	net := p.net
	if press.In.Platform != net.name {
		net = p.second
	}
	i, _ := strconv.Atoi(press.On)
	typed := press
	if net.room(press.In.Room).gone[i-1] { // nobody can reply to it
		return press
	}
	for n, b := range net.room(press.In.Room).messages[i-1].Numbered() {
		if b.ID == press.Press {
			typed.Kind, typed.Text = chat.Text, fmt.Sprint(n+1)
		}
	}
	if name, ok := strings.CutPrefix(press.Press, "nav/"); ok && typed.Text == "" {
		typed.Kind, typed.Text, typed.On = chat.Command, name, ""
	}
	if typed.Text == "" {
		return press
	}
	p.now = p.now.Add(unnoticed)                               // what the message offered before is forgotten by then
	typed.Press, typed.Message = "", fmt.Sprint(unlisted, p.n) // the messages that transcripts number stay the same
	return typed
}

var (
	keysSaid = regexp.MustCompile(`\(([a-z]+\.[a-z0-9.]+|old|quote|forgotten)[ )]`)
	choices  = regexp.MustCompile(`\n\t\t(\[|\d+ |- ).*|\n\t\t\((choose.number|desk.help.numbers)\)`)
)

// gist is who was told what, without what differs between networks: buttons and numbers,
// threads, keycaps, and what becomes of messages that are taken back.
func gist(said []string) (all []string) {
	for _, s := range said {
		if strings.Contains(s, " ^ #") || strings.Contains(s, " x #") || strings.Contains(s, "(answer.recalled") || strings.Contains(s, "(answer.corrected") {
			continue
		}
		room, _, _ := strings.Cut(strings.TrimPrefix(s, "\t"), " ")
		room, _, _ = strings.Cut(room, "/")
		keys := []string{room}
		for _, k := range keysSaid.FindAllStringSubmatch(choices.ReplaceAllString(s, ""), -1) {
			keys = append(keys, k[1])
		}
		all = append(all, strings.Join(keys, " "))
	}
	return all
}

func at(all []string, i int) string {
	if i < 0 || i >= len(all) {
		return "nothing"
	}
	return all[i]
}
