package bot

import (
	"strings"
	"testing"

	"lotse/bot/chat"
	"lotse/locales"
)

// TestDoubts: whoever sends what cannot be read or trusted is told how to mend it, once
// however often the network says so, and the question that stood open stays open.
func TestDoubts(t *testing.T) {
	for _, doubt := range []chat.Doubt{chat.DoubtKey, chat.DoubtDevice, chat.DoubtClear, chat.DoubtOpen, chat.DoubtLost, chat.DoubtVerify} {
		w := newWorld(t, locales.Pseudo)
		w.ask("ann", "My question.")
		for who, room := range map[string]chat.Address{"ann": w.net.at("ann"), "eva": w.net.at("eva"), "cora": theDesk} {
			w.net.said = nil
			ev := chat.Event{ID: "doubt/" + who, Kind: chat.Doubtful, At: w.now, In: room, From: who, Text: string(doubt), Message: "7"}
			for range 2 {
				if err := w.bot.Receive(t.Context(), ev); err != nil {
					t.Fatal(err)
				}
				w.settle()
			}
			key, open := "(doubt."+string(doubt)+")", who != "cora" || doubt != chat.DoubtOpen && doubt != chat.DoubtVerify
			if who == "cora" {
				key = "(desk.doubt." + string(doubt) + ")"
			}
			said := strings.Join(w.net.said, "\n")
			if n := strings.Count(said, key); n != 1 && open || n != 0 && !open {
				t.Errorf("%s, %s: it says %q", who, doubt, said)
			}
			if who == "eva" && !strings.Contains(said, "(start.hello)") {
				t.Errorf("%s: who is new is not asked for a language: %q", doubt, said)
			}
		}
	}
}
