package bot

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"lotse/bot/chat"
	"lotse/bot/links"
	"lotse/flows"
	"lotse/locales"
)

var update = flag.Bool("update", false, "write what was heard into the transcripts")

// Transcripts are the main test of the product, and the document that shows it.
// Lines without a tab are what people do:
//
//	ann > text             ann writes; "\n" stands for a new line
//	ann ! ask              ann presses the newest button whose ID ends in "ask"
//	ann ! #3 ask           … the one under message 3
//	ann + photo words      ann sends a photo, voice, video or document with a caption
//	ann /start poster      ann sends a command
//	cora @desk > text      cora writes in the coordinators' room
//	cora @desk re 3 > text … as a reply to message 3
//	cora @raum > text      cora writes in their second room ("# in two rooms")
//	cora @desk in 1 below 5 > text … in the thread of message 1, right below message 5
//	ann ^ 3 1️⃣            ann puts an emoji on message 3
//	ann x 3                ann deletes message 3
//	ann ~ 3 text           ann changes message 3
//	ann leaves, ann returns; ann blocks, ann opens (without the network telling)
//	phone ann ar           ann's client is set to Arabic
//	meeting m1 72h cap=2   a meeting is planned and published, to begin in 72 h; kind, cap
//	                       and what it has stand behind that
//	wait 20s               time passes
//	late 48h ann > text    ann wrote it so long ago
//	fail ann 30s           the network cannot reach ann for so long
//	desk lacks writing     how the bot stands in the desk's room: what it lacks there
//	desk moves             … that it took the place of another one
//	unthread 1             somebody deletes the thread of an inquiry
//	lose ann 3             message 3 is no longer on the network
//	break ann              the connection breaks while the next message to ann is sent
//	crash                  the process dies and starts again
//	web PART gone          addresses with PART in them answer so ("# with links"): fine, or why
//	                       not (links.Why), or "to ADDRESS" for good
//	file F: words => others  the folder of content ("# with a folder") has F as it is built
//	                       in, with other words
//
// Lines with a tab are what was heard, in the pseudo language: keys and values.
// go test ./bot -update rewrites them. A comment "# real words" makes everybody
// speak their own language, "# in the terminal" names the network so. The command
// lotse chat -repro prints conversations in this form.
func TestTranscripts(t *testing.T) {
	for _, file := range transcripts(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			src := read(t, file)
			lang := locales.Pseudo
			if strings.Contains(src, "# real words") {
				lang = ""
			}
			got := play(t, src, lang).text
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != src {
				t.Errorf("%s\n%s", file, firstDifference(src, got))
			}
		})
	}
}

func transcripts(t testing.TB) []string {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	return files
}

func read(t testing.TB, file string) string {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := "(end)", "(end)"
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return fmt.Sprintf("line %d:\nwant %s\ngot  %s", i+1, a, b)
		}
	}
	return "no difference"
}

// played is a transcript with what was heard.
type played struct {
	text string
	out  []chat.Message
	said []string
}

// play does what the transcript says and writes down what is heard.
func play(t testing.TB, src, lang string) played { return playBy(t, src, lang, nil) }

// playBy is play where pressing a button is done by numbers, unless it is nil.
func playBy(t testing.TB, src, lang string, number func(*player, chat.Event) chat.Event) played {
	t.Helper()
	network := "web"
	if strings.Contains(src, "# in the terminal") {
		network = "terminal"
	}
	p := &player{world: newWorldOn(t, network, lang), failing: map[string]time.Time{}, breaking: map[string]bool{}, phones: map[string]string{}, moved: map[string]int{}, number: number}
	p.ids = true
	p.net.fail = func(room string) error {
		if p.now.Before(p.failing[room]) {
			return &chat.SendError{Err: fmt.Errorf("out of reach")}
		}
		if p.breaking[room] {
			delete(p.breaking, room)
			return &chat.SendError{Unsure: true, Err: fmt.Errorf("connection broke")}
		}
		return nil
	}
	p.net.plain = strings.Contains(src, "# without buttons") || number != nil
	if strings.Contains(src, "# in a forum") {
		p.forum = &forum{network: p.net}
		p.start()
	}
	if strings.Contains(src, "# in two rooms") {
		p.openSecond()
	}
	if strings.Contains(src, "# with links") {
		p.web = map[string]links.Result{}
		p.look = func(_ context.Context, address string) links.Result {
			for part, r := range p.web {
				if strings.Contains(address, part) {
					return r
				}
			}
			return links.Result{}
		}
		p.start()
	}
	if strings.Contains(src, "# with a folder") {
		p.folder = fstest.MapFS{}
		p.start()
	}
	if strings.Contains(src, "# in a plain group") { // Bot API, deleteMessage
		p.net.stays = func(bots bool, at time.Time) bool { return !bots || p.now.Sub(at) > 48*time.Hour }
	}
	if strings.Contains(src, "# without the right to delete") {
		p.net.stays = func(bool, time.Time) bool { return true }
		p.forum.keeps = true
	}
	var b strings.Builder
	for n, line := range strings.Split(strings.TrimRight(src, "\n"), "\n") {
		if strings.HasPrefix(line, "\t") {
			continue
		}
		b.WriteString(line + "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		before := len(p.net.said)
		if err := p.do(line); err != nil {
			t.Fatalf("line %d: %q: %v", n+1, line, err)
		}
		p.alias()
		deletionsInOrder(p.net.said[before:])
		for _, s := range p.net.said[before:] {
			for number, alias := range p.aliases {
				s = strings.ReplaceAll(s, number, alias)
			}
			b.WriteString(s + "\n")
		}
	}
	return played{text: b.String(), out: p.net.allOut, said: p.net.said}
}

// deletionsInOrder sorts deletions that follow each other: their order means nothing,
// and is another in every run.
func deletionsInOrder(said []string) {
	deletion := func(s string) bool { return strings.Contains(s, " x #") && !strings.Contains(s, "\n") }
	for from := 0; from < len(said); from++ {
		to := from
		for to < len(said) && deletion(said[to]) {
			to++
		}
		slices.SortFunc(said[from:to], func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
		from = max(from, to-1)
	}
}

type player struct {
	*world
	failing map[string]time.Time
	// breaking are the rooms where the next request breaks off.
	breaking map[string]bool
	phones   map[string]string // language of people's clients
	moved    map[string]int    // how often a room took the place of another one
	number   func(*player, chat.Event) chat.Event
	web      map[string]links.Result // what addresses answer, by a part of them
}

func (p *player) do(line string) error {
	words := strings.Fields(line)
	if p.arrange(words) {
		return nil
	}
	switch words[0] {
	case "crash":
		p.start()
		p.settle()
		return nil
	case "file":
		name, change, _ := strings.Cut(strings.TrimPrefix(line, "file "), ": ")
		words, others, _ := strings.Cut(strings.ReplaceAll(change, `\n`, "\n"), " => ")
		p.write(name, words, others)
		return nil
	case "wait":
		d, err := time.ParseDuration(words[1])
		if p.look != nil { // one address after the other
			p.pass(d)
			return err
		}
		p.now = p.now.Add(d)
		p.settle()
		return err
	case "web":
		switch words[2] {
		case "fine":
			delete(p.web, words[1])
		case "to":
			p.web[words[1]] = links.Result{Moved: words[3]}
		default:
			p.web[words[1]] = links.Result{Why: links.Why(words[2])}
		}
		return nil
	case "fail":
		d, err := time.ParseDuration(words[2])
		p.failing[words[1]] = p.now.Add(d)
		return err
	case "unthread":
		n, err := strconv.Atoi(words[1])
		p.forum.threads[n-1] = ""
		return err
	case "lose":
		n, err := strconv.Atoi(words[2])
		p.net.room(words[1]).gone[n-1] = true
		return err
	case "break":
		p.breaking[words[1]] = true
		return nil
	case "meeting":
		return p.bot.Plan(p.t.Context(), p.meeting(words[1:]))
	case "phone":
		p.phones[words[1]] = words[2]
		return nil
	case "late":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			return err
		}
		real := p.now
		p.now = real.Add(-d)
		ev, err := p.event(strings.TrimPrefix(line, "late "+words[1]+" "))
		p.now = real
		if err != nil {
			return err
		}
		p.n++
		ev.ID, ev.At = fmt.Sprintf("event-%d", p.n), real.Add(-d)
		for range 2 {
			if err := p.bot.Receive(p.t.Context(), ev); err != nil {
				return err
			}
			p.settle()
		}
		return nil
	}
	ev, err := p.event(line)
	if err != nil || ev.Kind == "" {
		return err
	}
	p.receive(ev)
	return nil
}

// meeting is one as a line of a transcript plans it. Its place and times are the same in
// every language.
func (p *player) meeting(words []string) flows.Meeting {
	p.t.Helper()
	from, err := time.ParseDuration(words[1])
	if err != nil {
		p.t.Fatal(err)
	}
	m := flows.Meeting{
		ID: words[0], Kind: flows.NetworkMeeting, Start: p.now.Add(from), End: p.now.Add(from + 2*time.Hour),
		Words: map[string]flows.MeetingWords{"de": {Title: "Treffen " + words[0], About: "Worum es geht."}},
		Venue: flows.Venue{Name: "Haus", Street: "Weg 1"},
	}
	for _, word := range words[2:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "kind":
			m.Kind = flows.MeetingKind(value)
		case "cap":
			m.Capacity, err = strconv.Atoi(value)
		case "geo":
			m.Venue.Geo = "geo:51.316,12.285"
		case "help":
			m.Help = flows.Help{Interpreters: []string{"ar", "uk"}, Childcare: flows.ItIs, Ages: "3-10"}
		case "online":
			m.Online = "https://example.org/raum"
		case "papers":
			m.Papers = []flows.Paper{
				{Title: "Protokoll", File: chat.File{Kind: chat.Document, Platform: "web", Ref: "minutes", Size: 1000}},
				{Title: "Folien", Link: "https://example.org/folien"},
			}
		case "replaces":
			m.Replaces = value
		case "off":
			m.Cancelled, m.Reason, m.ReplacedBy = true, flows.ReasonIllness, value
		default:
			p.t.Fatalf("what does %q mean?", word)
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	return m
}

// event reads what somebody does.
func (p *player) event(line string) (chat.Event, error) {
	who, rest, _ := strings.Cut(line, " ")
	net := p.net
	ev := chat.Event{From: who, Name: strings.ToUpper(who[:1]) + who[1:], In: net.at(who), Lang: p.phones[who]}
	if after, ok := strings.CutPrefix(rest, "@desk "); ok {
		ev.In, rest = net.at(theDesk.Room), after
	}
	if after, ok := strings.CutPrefix(rest, "@"+secondRoom+" "); ok {
		net = p.second
		ev.In, rest = net.at(secondRoom), after
	}
	if ev.In.Room == who && !net.isDesk(ev.In) {
		ev = p.asker(ev, who)
	}
	if after, ok := strings.CutPrefix(rest, "re "); ok {
		ev.On, rest, _ = strings.Cut(after, " ")
	}
	if after, ok := strings.CutPrefix(rest, "in "); ok {
		ev.In.Thread, rest, _ = strings.Cut(after, " ")
		if after, ok := strings.CutPrefix(rest, "below "); ok {
			ev.Below, rest, _ = strings.Cut(after, " ")
		}
	}
	how, text, _ := strings.Cut(rest, " ")
	text = strings.ReplaceAll(text, `\n`, "\n")
	switch {
	case how == ">":
		ev.Kind, ev.Text = chat.Text, text
	case how == "^":
		ev.Kind = chat.Reaction
		ev.On, ev.Text, _ = strings.Cut(text, " ")
	case how == "~":
		ev.Kind = chat.Edit
		ev.On, ev.Text, _ = strings.Cut(text, " ")
		ev.Message = ev.On
		return ev, nil
	case how == "x":
		ev.Kind, ev.On = chat.Delete, text
		return ev, nil
	case how == "!":
		return p.press(net, ev, text)
	case how == "+":
		kind, caption, _ := strings.Cut(text, " ")
		ev.Kind, ev.Text = chat.Media, caption
		ev.Files = []chat.File{{Kind: chat.FileKind(kind), Platform: net.name, Ref: fmt.Sprintf("file-%d", p.n), Size: 1000}}
	case strings.HasPrefix(how, "/"):
		ev.Kind, ev.Text, ev.Args = chat.Command, how[1:], text
		for number, alias := range p.aliases {
			ev.Args = strings.ReplaceAll(ev.Args, alias, number)
		}
	case how == "leaves":
		ev.Kind = chat.Left
		net.room(who).blocked = true
	case how == "returns":
		ev.Kind = chat.Back
		net.room(who).blocked = false
	case how == "lacks", how == "moves":
		return p.setup(who, how, text), nil
	case how == "blocks", how == "opens":
		net.room(who).blocked = how == "blocks"
		return chat.Event{}, nil
	default:
		return ev, fmt.Errorf("what does %q mean?", how)
	}
	ev.Message = net.add(ev.In.Room, chat.Message{Text: ev.Text})
	if p.forum != nil && ev.In.Thread != "" {
		p.forum.note(ev.Message, ev.In.Thread)
	}
	return ev, nil
}

// setup is a look at one of the desk's rooms.
func (p *player) setup(room, how, lacks string) chat.Event {
	net := p.net
	if room == secondRoom {
		net = p.second
	}
	if how == "moves" {
		p.moved[room]++
	}
	is := chat.Standing{Place: fmt.Sprint(p.moved[room]), Threads: p.forum != nil}
	for _, lack := range strings.Fields(lacks) {
		is.Lacks = append(is.Lacks, chat.Lack(lack))
	}
	return chat.Event{Kind: chat.Setup, In: net.at(room), Standing: &is}
}

// press finds the newest message with the button.
func (p *player) press(net *network, ev chat.Event, id string) (chat.Event, error) {
	ev.Kind = chat.Press
	for number, alias := range p.aliases {
		id = strings.ReplaceAll(id, alias, number)
	}
	r := net.room(ev.In.Room)
	from := len(r.messages) - 1
	if after, ok := strings.CutPrefix(id, "#"); ok {
		num, rest, _ := strings.Cut(after, " ")
		if _, err := fmt.Sscanf(num, "%d", &from); err != nil {
			return ev, err
		}
		from, id = from-1, rest
		ev.On, ev.Press = num, id
	}
	for i := from; i >= 0; i-- {
		shown := []chat.Message{r.messages[i]}
		if ev.On != "" {
			shown = append(shown, r.old[i]...)
		}
		for _, m := range shown {
			for _, b := range slices.Concat(m.Buttons...) {
				if b.ID == id || strings.HasSuffix(b.ID, "/"+id) || strings.Contains(b.ID, "/"+id+"/") {
					ev.On, ev.Press = fmt.Sprint(i+1), b.ID
					if p.number != nil {
						ev = p.number(p, ev)
					}
					return ev, nil
				}
			}
		}
		if ev.On != "" {
			break
		}
	}
	if ev.Press != "" { // a button that is long gone, pressed on an old phone
		return ev, nil
	}
	return ev, fmt.Errorf("no button %q", id)
}
