package terminal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
	"lotse/bot/platformtest"
)

// screen is where a terminal writes, until it breaks.
type screen struct {
	text   bytes.Buffer
	broken bool
}

func (s *screen) Write(b []byte) (int, error) {
	if s.broken {
		return 0, io.ErrClosedPipe
	}
	return s.text.Write(b)
}

func (s *screen) String() string { return s.text.String() }

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func TestPlatform(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) platformtest.Network {
		in, keyboard := io.Pipe()
		t.Cleanup(func() { keyboard.Close() })
		out := &screen{}
		term := New(Options{In: in, Out: out, Now: func() time.Time { return start }, Quit: func() {}})
		press := func(on, button string) {
			m := term.rooms[PersonRoom].find(on)
			i := slices.IndexFunc(slices.Concat(m.Buttons...), func(b chat.Button) bool { return b.ID == button })
			io.WriteString(keyboard, "re "+on+" !"+strconv.Itoa(i+1)+"\n")
		}
		return platformtest.Network{
			Platform: term, Room: chat.Address{Platform: Platform, Room: PersonRoom}, Once: true,
			Speak: func(text string) { io.WriteString(keyboard, text+"\n") },
			Press: press,
			Break: func() { out.broken = true },
			Shown: func() []platformtest.Shown { return shownIn(term, out.String()) },
		}
	})
}

// shownIn is what the person's room holds; reactions are only ever printed.
func shownIn(term *Terminal, printed string) []platformtest.Shown {
	term.mu.Lock()
	defer term.mu.Unlock()
	var all []platformtest.Shown
	for i, m := range term.rooms[PersonRoom].messages {
		if !m.bot || m.deleted {
			continue
		}
		s := platformtest.Shown{ID: strconv.Itoa(i + 1), Text: m.Text, Reply: m.ReplyTo, Buttons: m.Buttons}
		for line := range strings.Lines(printed) {
			if emoji, ok := strings.CutPrefix(line, PersonRoom+" ^ #"+s.ID+" "); ok {
				s.Reactions = append(s.Reactions, strings.TrimSpace(emoji))
			}
		}
		all = append(all, s)
	}
	return all
}

func TestParse(t *testing.T) {
	text := func(s string) line { return line{verb: say, kind: chat.Text, text: s} }
	for in, want := range map[string]line{
		"":                      {},
		"  \n":                  {},
		"Hallo":                 text("Hallo"),
		"مرحبا\r\n":             text("مرحبا"),
		`eins\nzwei`:            text("eins\nzwei"),
		"3":                     text("3"),
		"> /start":              text("/start"),
		"> wait 20s":            text("wait 20s"),
		"wait for me":           text("wait for me"),
		"wait -3s":              text("wait -3s"),
		"re you sure":           text("re you sure"),
		"!":                     text("!"),
		"!!":                    text("!!"),
		"//note":                text("//note"),
		"/":                     text("/"),
		"/Start poster now":     {verb: say, kind: chat.Command, text: "start", args: "poster now"},
		"!2":                    {verb: press, button: 2},
		"re 3 !2":               {verb: press, button: 2, on: "3"},
		"re 3 ja":               {verb: say, kind: chat.Text, text: "ja", on: "3"},
		"desk: re 3 // schnell": {verb: say, kind: chat.Text, text: "// schnell", on: "3", desk: true},
		"desk:!1":               {verb: press, button: 1, desk: true},
		"desk:":                 {desk: true},
		"+ photo Mein Brief":    {verb: say, kind: chat.Media, file: chat.Photo, text: "Mein Brief"},
		"+ voice":               {verb: say, kind: chat.Media, file: chat.Voice},
		"wait 1h30m":            {verb: wait, time: 90 * time.Minute},
		"/quit":                 {verb: quit},
	} {
		if got, err := parse(in); err != nil || got != want {
			t.Errorf("%q: %+v, %v\nwant %+v", in, got, err, want)
		}
	}
	if _, err := parse("+ parrot"); err == nil {
		t.Error("a parrot was sent")
	}
}

// echo answers every event in both rooms, as a bot does when it settles.
type echo struct {
	t       *testing.T
	term    *Terminal
	events  []chat.Event
	settled int
}

func (e *echo) Resume(context.Context, string) (string, error) { return "", nil }

func (e *echo) Advance(context.Context, string, string) error { return nil }

func (e *echo) Receive(_ context.Context, ev chat.Event) error {
	e.events = append(e.events, ev)
	return nil
}

func (e *echo) Settle(ctx context.Context) error {
	for ; e.settled < len(e.events); e.settled++ {
		ev := e.events[e.settled]
		card := chat.Message{Text: "Fall 48213", Buttons: [][]chat.Button{{{ID: "desk/48213/claim", Label: "nehmen"}, {ID: "desk/48213/send/f00", Label: "senden"}}}}
		desk := chat.Address{Platform: Platform, Room: DeskRoom}
		_, err := e.term.Send(ctx, ev.ID+"/1", desk, card)
		_, err2 := e.term.Send(ctx, ev.ID+"/2", ev.In, chat.Message{Text: "ja\nnein", ReplyTo: ev.Message})
		if err := errors.Join(err, err2); err != nil {
			return err
		}
	}
	return nil
}

func TestConversation(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	now := start
	var out screen
	term := New(Options{
		In:  strings.NewReader("/start poster\nwait 20s\n+ photo Brief\n!1\ndesk: !2\ndesk: re 1 gut\nre 99 x\n+ parrot\nHallo"),
		Out: &out, Lang: "ar", Quit: cancel,
		Now: func() time.Time { return now }, Advance: func(d time.Duration) { now = now.Add(d) },
	})
	e := &echo{t: t, term: term}
	if err := term.Run(ctx, e); err != nil {
		t.Fatal(err)
	}
	if len(e.events) != 5 {
		t.Fatalf("%d events: %+v", len(e.events), e.events)
	}
	if first, last := e.events[0], e.events[4]; !first.At.Equal(start) || first.Lang != "ar" || !last.At.Equal(start.Add(20*time.Second)) || last.Text != "Hallo" {
		t.Errorf("first %+v, last %+v", first, last)
	}
	for _, slip := range []string{"? there is no such button\n", "? there is no message 99\n", "? there is no file of kind \"parrot\""} {
		if !strings.Contains(out.String(), slip) {
			t.Errorf("%q is not said in\n%s", slip, out.String())
		}
	}
	if want := "ann < #2 re #1\n  ja\n  nein\n"; !strings.Contains(out.String(), want) {
		t.Errorf("%q is not in\n%s", want, out.String())
	}
	const repro = `# in the terminal
# real words
phone ann ar
ann /start poster
	desk < #1
		Fall 11111
		[nehmen] [senden]
	ann < #2 re #1
		ja
		nein
wait 20s
ann + photo Brief
`
	if got := term.Repro(true); !strings.HasPrefix(got, repro) || !strings.Contains(got, "\ncora @desk ! #2 send\n") ||
		!strings.Contains(got, "\ncora @desk re 1 > gut\n") || strings.Contains(got, "48213") {
		t.Errorf("the transcript is\n%s", got)
	}
}

func TestQuit(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	term := New(Options{In: strings.NewReader("/quit\nHallo\n"), Out: io.Discard, Now: time.Now, Quit: cancel})
	e := &echo{t: t, term: term}
	if err := term.Run(ctx, e); err != nil || len(e.events) != 0 {
		t.Errorf("after /quit: %v, %+v", err, e.events)
	}
}
