package bot

import (
	"errors"
	"testing"

	"lotse/bot/chat"
	"lotse/locales"
	"lotse/store"
)

// A network shows a card before the bot has noted that it does; when the process
// dies in between the moment is long. A reply in it is not talk among colleagues.
func TestAReplyBeforeItsMessageIsNoted(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.do("ann /start", "ann ! de", "ann ! ask", "ann ! private", "ann ! housing", "ann ! yes", "ann > May I work?")
	send, err := (&player{world: w}).event("ann ! send")
	send.ID, send.At = "send", w.now
	if err = errors.Join(err, w.bot.Receive(t.Context(), send)); err != nil {
		t.Fatal(err)
	}
	var card *queued
	err = w.bot.cfg.DB.View(t.Context(), func(r store.Reader) (err error) {
		card, err = w.bot.next(r, w.bot.lane(theDesk))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := w.bot.deliver(t.Context(), card)
	if err != nil {
		t.Fatal(err)
	}
	w.start()

	reply := chat.Event{ID: "reply", Kind: chat.Text, At: w.now, In: theDesk, From: "cora", Name: "Cora", Text: "Yes.", On: shown.Message}
	reply.Message = w.net.add(theDesk.Room, chat.Message{Text: reply.Text})
	if err := w.bot.Receive(t.Context(), reply); !errors.Is(err, chat.ErrNotYet) {
		t.Fatalf("the reply was taken: %v", err)
	}
	w.settle()
	if err := w.bot.Receive(t.Context(), reply); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if n := w.heard("(desk.preview "); n != 1 {
		t.Errorf("the reply became %d drafts", n)
	}
	// To reply to a colleague is talk.
	talk := reply
	talk.ID, talk.On = "talk", reply.Message
	if err := w.bot.Receive(t.Context(), talk); err != nil {
		t.Error(err)
	}
}
