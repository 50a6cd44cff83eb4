// Package terminal is a chat network in one terminal: a person and the
// coordinators' room, line by line (see Help). It is for trying a conversation,
// and for writing one down: Repro is a transcript that bot's tests play.
package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"lotse/bot/chat"
	"lotse/bot/retry"
)

// Platform is the Platform of every address here. The rooms and who is in them
// have the names that transcripts use.
const (
	Platform   = "terminal"
	PersonRoom = "ann"
	DeskRoom   = "desk"
	colleague  = "cora"
)

// Options are what a Terminal needs; all but Lang are required.
type Options struct {
	In  io.Reader
	Out io.Writer
	// Lang is what the person's client is set to, BCP 47; "" says nothing.
	Lang    string
	Now     func() time.Time
	Advance func(time.Duration) // moves the clock behind Now
	// Quit is called when the input ends, or says so. It should end Run's context.
	Quit func()
}

// Terminal is the network. It lasts as long as the process.
type Terminal struct {
	opt     Options
	boot    string // differs in every process: its numbers begin anew
	lines   chan string
	reading sync.Once
	failed  error // of the input; read after lines is closed

	mu     sync.Mutex
	rooms  map[string]*room
	sent   map[string]string // id of a request → message it became
	events int               // so far
	script script
}

type room struct{ messages []message }

type message struct {
	chat.Message
	bot     bool
	deleted bool
}

var (
	_ chat.Platform = (*Terminal)(nil)
	_ chat.Editor   = (*Terminal)(nil)
	_ chat.Deleter  = (*Terminal)(nil)
	_ chat.Reacter  = (*Terminal)(nil)
)

// New makes a terminal. It reads nothing before Run.
func New(opt Options) *Terminal {
	return &Terminal{
		opt: opt, boot: fmt.Sprintf("%x", time.Now().UnixNano()), lines: make(chan string),
		rooms: map[string]*room{PersonRoom: {}, DeskRoom: {}}, sent: map[string]string{},
		script: script{lang: opt.Lang},
	}
}

// Name is "terminal".
func (t *Terminal) Name() string { return Platform }

// A settler is an inbox that can let everything follow from an event before the
// next one: what one reads is then in order.
type settler interface {
	Settle(context.Context) error
}

// Run does what the lines say, one after the other. When they end it calls Quit
// and waits for the end of ctx. It remembers nothing that it could resume. A read
// from a terminal cannot be broken off: the goroutine that reads may outlive Run.
func (t *Terminal) Run(ctx context.Context, in chat.Inbox) error {
	t.reading.Do(func() { go t.read() })
	for {
		if ctx.Err() != nil { // select would choose by chance
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case text, more := <-t.lines:
			if !more {
				t.opt.Quit()
				if t.failed != nil {
					return fmt.Errorf("terminal: %w", t.failed)
				}
				<-ctx.Done()
				return nil
			}
			if err := t.obey(ctx, in, text); err != nil {
				return fmt.Errorf("terminal: %w", err)
			}
		}
	}
}

func (t *Terminal) read() {
	defer close(t.lines)
	r := bufio.NewReader(t.opt.In)
	for {
		text, err := r.ReadString('\n')
		if text != "" {
			t.lines <- text
		}
		if err != nil {
			if err != io.EOF {
				t.failed = err
			}
			return
		}
	}
}

// obey does what one line says, and lets everything follow from it.
func (t *Terminal) obey(ctx context.Context, in chat.Inbox, text string) error {
	l, err := parse(text)
	if err == nil && l.verb == quit {
		t.opt.Quit()
		<-ctx.Done()
		return nil
	}
	var ev *chat.Event
	if err == nil {
		ev, err = t.act(l)
	}
	if err != nil { // a slip of the fingers
		return t.print("? " + err.Error() + "\n")
	}
	if ev != nil && !retry.Until(ctx, func() error { return in.Receive(ctx, *ev) }) {
		return nil
	}
	if s, ok := in.(settler); ok {
		if err := s.Settle(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// act makes the event of a line; nil when it needs none.
func (t *Terminal) act(l line) (*chat.Event, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.verb == wait {
		t.opt.Advance(l.time)
		t.script.waited(l.time)
		return nil, nil
	}
	if l.verb == nothing {
		return nil, nil
	}
	ev := &chat.Event{At: t.opt.Now(), In: chat.Address{Platform: Platform, Room: PersonRoom}, From: PersonRoom, Lang: t.opt.Lang, On: l.on}
	if l.desk {
		ev.In.Room, ev.From, ev.Name, ev.Lang = DeskRoom, colleague, "Cora", ""
	}
	r := t.rooms[ev.In.Room]
	if l.on != "" && r.find(l.on) == nil {
		return nil, fmt.Errorf("there is no message %s", l.on)
	}
	if l.verb == press {
		button, on, err := r.button(l.on, l.button)
		if err != nil {
			return nil, err
		}
		ev.Kind, ev.Press, ev.On = chat.Press, button, on
	} else {
		ev.Kind, ev.Text, ev.Args = l.kind, l.text, l.args
		if l.kind == chat.Media {
			ev.Files = []chat.File{{Kind: l.file, Platform: Platform, Ref: fmt.Sprintf("file-%d", t.events), Size: 1000}}
		}
		ev.Message = r.add(message{Message: chat.Message{Text: l.text}})
	}
	t.events++
	ev.ID = fmt.Sprintf("%s/%s/%d", Platform, t.boot, t.events)
	t.script.did(*ev, l.file)
	return ev, nil
}

// print shows something to who sits here.
func (t *Terminal) print(s string) error {
	if _, err := io.WriteString(t.opt.Out, s); err != nil {
		return errors.New("nothing can be shown any more") // what could not be shown is not for an error
	}
	return nil
}
