//go:build matrix

package friend

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// patience is how long somebody waits for something to arrive.
const patience = 30 * time.Second

// A Message is an event as its reader sees it. State, typing notices and receipts are
// messages as well.
type Message struct {
	*event.Event            // decrypted, unless Err says why not
	Wire         event.Type // what the homeserver took it for
	Err          error
}

// Text is what it says; of an edit, the new text.
func (m Message) Text() string {
	content, ok := m.Content.Parsed.(*event.MessageEventContent)
	switch {
	case !ok:
		return ""
	case content.NewContent != nil:
		return content.NewContent.Body
	}
	return content.Body
}

// Key is the emoji of a reaction to an event, or "".
func (m Message) Key(of id.EventID) string {
	content, ok := m.Content.Parsed.(*event.ReactionEventContent)
	if !ok || content.RelatesTo.GetAnnotationID() != of {
		return ""
	}
	return content.RelatesTo.GetAnnotationKey()
}

func (f *Friend) hear(ctx context.Context, evt *event.Event) {
	if evt.RoomID == "" || evt.Type.Class == event.AccountDataEventType {
		return
	}
	m := f.read(ctx, Message{Event: evt, Wire: evt.Type})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.heard = append(f.heard, m)
	f.tell()
}

// tell wakes whoever waits; f.mu is held.
func (f *Friend) tell() {
	close(f.news)
	f.news = make(chan struct{})
}

// read decrypts m if it can and has to.
func (f *Friend) read(ctx context.Context, m Message) Message {
	if m.Type != event.EventEncrypted {
		return m
	}
	clear, err := f.Machine.DecryptMegolmEvent(ctx, m.Event)
	if m.Err = err; err == nil {
		m.Event = clear
	}
	return m
}

// readAgain tries what had no key, in the only goroutine that hears.
func (f *Friend) readAgain(ctx context.Context) {
	for i, m := range f.all() {
		if !errors.Is(m.Err, crypto.ErrNoSessionFound) {
			continue
		}
		m = f.read(ctx, m)
		f.mu.Lock()
		f.heard[i] = m
		f.tell()
		f.mu.Unlock()
	}
}

func (f *Friend) all() []Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Message(nil), f.heard...)
}

// Messages are all that was heard in a room, in the order in which it came.
func (f *Friend) Messages(room id.RoomID) []Message {
	var all []Message
	for _, m := range f.all() {
		if m.RoomID == room {
			all = append(all, m)
		}
	}
	return all
}

// Count is how many messages of others in a room had words in them when they were
// sent.
func (f *Friend) Count(room id.RoomID, words string) int {
	n := 0
	for _, m := range f.Messages(room) {
		content, ok := m.Content.Parsed.(*event.MessageEventContent)
		if ok && m.Sender != f.User && content.NewContent == nil && strings.Contains(content.Body, words) {
			n++
		}
	}
	return n
}

// Until waits for something in a room, and returns the newest that it is.
func (f *Friend) Until(room id.RoomID, what string, is func(Message) bool) Message {
	f.t.Helper()
	return f.wait(what, func(m Message) bool { return m.RoomID == room && is(m) })
}

// Hears waits for words of somebody else.
func (f *Friend) Hears(room id.RoomID, words string) Message {
	f.t.Helper()
	return f.Until(room, words, func(m Message) bool { return m.Sender != f.User && strings.Contains(m.Text(), words) })
}

// Sees waits for a reaction of somebody else to an event.
func (f *Friend) Sees(room id.RoomID, of id.EventID, key string) Message {
	f.t.Helper()
	return f.Until(room, key, func(m Message) bool { return m.Sender != f.User && m.Key(of) == key })
}

// Invited waits for an invitation by somebody.
func (f *Friend) Invited(by id.UserID) id.RoomID {
	f.t.Helper()
	return f.wait("an invitation by "+string(by), func(m Message) bool {
		return m.Mautrix.EventSource&event.SourceInvite != 0 && m.Sender == by && m.Type == event.StateMember && m.GetStateKey() == string(f.User)
	}).RoomID
}

func (f *Friend) wait(what string, is func(Message) bool) Message {
	f.t.Helper()
	m, _ := f.Before(nil, what, is)
	return m
}

// Before waits for something as Until does, in any room; false when over is closed
// before.
func (f *Friend) Before(over <-chan struct{}, what string, is func(Message) bool) (Message, bool) {
	f.t.Helper()
	late := time.After(patience)
	for {
		f.mu.Lock()
		news := f.news
		for i := len(f.heard) - 1; i >= 0; i-- {
			if m := f.heard[i]; is(m) {
				f.mu.Unlock()
				return m, true
			}
		}
		f.mu.Unlock()
		select {
		case <-news:
		case <-over:
			return Message{}, false
		case <-late:
			f.t.Fatalf("%s waits for %q in vain", f.User, what)
		}
	}
}

// story tells what was heard, for tests that failed.
func (f *Friend) story() string {
	var b strings.Builder
	fmt.Fprintf(&b, "what %s has heard:", f.User)
	for _, m := range f.all() {
		fmt.Fprintf(&b, "\n%s %s %s %s %q", m.RoomID, m.Sender, m.ID, m.Type.Type, m.Text())
		if m.Err != nil {
			fmt.Fprintf(&b, " %v", m.Err)
		}
	}
	return b.String()
}
