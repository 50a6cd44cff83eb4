//go:build goolm

package matrix

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"lotse/bot/chat"
)

// With a message goes every event that changed it: each has the words of its time (P-18).
func TestDeleteTakesEveryEdit(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	m := f.open(Options{})
	room := chat.Address{Platform: Platform, Room: talk}
	sent, err := m.Send(t.Context(), "row", room, chat.Message{Text: "secret 0"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Send(t.Context(), "other", room, chat.Message{Text: "stays", ReplyTo: sent.Message}); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := m.Edit(t.Context(), fmt.Sprint("edit", i), room, sent.Message, chat.Message{Text: fmt.Sprint("secret ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // a repeated request is no error
		if err := m.Delete(t.Context(), "delete", room, sent.Message); err != nil {
			t.Fatal(err)
		}
	}
	stays := false
	for _, h := range f.log {
		content := fmt.Sprint(h.evt["content"])
		if strings.Contains(content, "secret") {
			t.Errorf("left: %s", content)
		}
		stays = stays || strings.Contains(content, "stays")
	}
	if !stays {
		t.Error("another message is gone")
	}
}

// What the bot may not delete it leaves: nobody waits for a right to do so.
func TestDeleteWithoutTheRight(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	m := f.open(Options{})
	room := chat.Address{Platform: Platform, Room: talk}
	sent, err := m.Send(t.Context(), "row", room, chat.Message{Text: "x"})
	if err != nil {
		t.Fatal(err)
	}
	f.refuse("/redact/", 403, "M_FORBIDDEN")
	var no *chat.SendError
	if err := m.Delete(t.Context(), "delete", room, sent.Message); !errors.As(err, &no) || !no.Bad || no.Gone {
		t.Errorf("%v", err)
	}
}
