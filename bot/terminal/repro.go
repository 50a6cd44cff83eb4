package terminal

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"lotse/bot/chat"
)

// A script writes down a conversation in the form of the transcripts in
// bot/testdata, which bot/transcript_test.go explains and plays.
type script struct {
	lang    string
	lines   []string
	numbers []string // of inquiries, as they appeared
}

// Repro is the conversation so far as a transcript. Numbers of inquiries, which
// differ in every run, are written as transcripts know them: 11111, 22222, …
// realWords says that it was not held in the pseudo language.
func (t *Terminal) Repro(realWords bool) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	head := "# in the terminal\n"
	if realWords {
		head += "# real words\n"
	}
	if t.opt.Lang != "" {
		head += "phone " + PersonRoom + " " + t.opt.Lang + "\n"
	}
	all := strings.Join(t.script.lines, "\n") + "\n"
	for i, number := range t.script.numbers {
		all = strings.ReplaceAll(all, number, strings.Repeat(strconv.Itoa(i+1), 5))
	}
	return head + all
}

func (s *script) waited(d time.Duration) { s.lines = append(s.lines, "wait "+d.String()) }

// did notes what a person or a coordinator does.
func (s *script) did(ev chat.Event, file chat.FileKind) {
	who := ev.From
	if ev.In.Room == DeskRoom {
		who += " @desk"
	}
	if ev.Kind == chat.Press {
		s.lines = append(s.lines, fmt.Sprintf("%s ! #%s %s", who, ev.On, lasting(ev.Press)))
		return
	}
	if ev.On != "" {
		who += " re " + ev.On
	}
	text := strings.ReplaceAll(ev.Text, "\n", `\n`)
	switch ev.Kind {
	case chat.Command:
		s.lines = append(s.lines, strings.TrimRight(who+" /"+text+" "+ev.Args, " "))
	case chat.Media:
		s.lines = append(s.lines, strings.TrimRight(fmt.Sprintf("%s + %s %s", who, file, text), " "))
	default:
		s.lines = append(s.lines, who+" > "+text)
	}
}

// lasting is the part of a button's ID that is the same in every run: in
// "desk/NUMBER/ACTION/DRAFT" the action.
func lasting(id string) string {
	if parts := strings.Split(id, "/"); parts[0] == "desk" && len(parts) > 2 {
		return parts[2]
	}
	return id
}

// heard notes a message of the bot.
func (s *script) heard(room, how, number string, m chat.Message) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s #%s", room, how, number)
	if m.ReplyTo != "" {
		fmt.Fprintf(&b, " re #%s", m.ReplyTo)
	}
	for _, f := range m.Files {
		fmt.Fprintf(&b, " {%s %s}", f.Kind, cmp.Or(f.Name, f.Ref))
	}
	for text := range strings.Lines(m.Text) {
		b.WriteString("\n\t\t" + strings.TrimRight(text, "\n"))
	}
	for _, row := range m.Buttons {
		var labels []string
		for _, button := range row {
			labels = append(labels, "["+button.Label+"]")
			s.count(button.ID)
		}
		b.WriteString("\n\t\t" + strings.Join(labels, " "))
	}
	if m.ForceReply {
		b.WriteString("\n\t\t(reply)")
	}
	s.noted(b.String())
}

func (s *script) noted(what string) { s.lines = append(s.lines, "\t"+what) }

// count remembers the number of an inquiry when it appears first, in a button
// "desk/NUMBER/…".
func (s *script) count(id string) {
	parts := strings.Split(id, "/")
	if parts[0] != "desk" || len(parts) < 3 {
		return
	}
	for _, number := range s.numbers {
		if number == parts[1] {
			return
		}
	}
	s.numbers = append(s.numbers, parts[1])
}
