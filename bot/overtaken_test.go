package bot

import (
	"strings"
	"testing"

	"lotse/bot/chat"
	"lotse/locales"
)

// What changes again while its change is under way is shown as it is then, though
// nothing else is to be said in the room.
func TestChangedWhileUnderWay(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.ask("ann", "My question.")
	number := strings.TrimPrefix(w.rowsOf("number")[0], "number/")
	press := func(id, act string) chat.Event {
		return chat.Event{ID: id, Kind: chat.Press, At: w.now, In: theDesk, From: "berger", Name: "Berger", Press: "desk/" + number + "/" + act, On: "1"}
	}
	under := false
	w.net.fail = func(room string) error {
		if room != theDesk.Room || under {
			return nil
		}
		under = true
		return w.bot.Receive(t.Context(), press("release", "release"))
	}
	if err := w.bot.Receive(t.Context(), press("claim", "claim")); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if card := w.net.room(theDesk.Room).messages[0].Text; !under || !strings.Contains(card, "desk.status.waiting") {
		t.Errorf("the card says %q", card)
	}
}
