package bot

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
)

// Whoever watches over the process sees how each room is, and that alone does not make
// it unready: starting it anew would mend nothing.
func TestHealthOfRooms(t *testing.T) {
	p := newFaulty(t)
	p.bot.running.Store(true)
	healthz := func() string {
		t.Helper()
		w := httptest.NewRecorder()
		p.bot.ServeHealth(w, httptest.NewRequest("GET", "/healthz", nil))
		var answer struct {
			Ready bool
			Rooms map[string]json.RawMessage
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || !answer.Ready {
			t.Fatalf("%s, %v", w.Body, err)
		}
		return string(answer.Rooms["web"])
	}
	for _, c := range []struct {
		lacks []chat.Lack
		want  string
	}{
		{nil, `{"ok":true}`},
		{[]chat.Lack{chat.LackReading, chat.LackDeleting}, `{"ok":false,"lacks":["reading","deleting"]}`},
		{[]chat.Lack{chat.LackEntry}, `{"ok":false,"lacks":["entry"]}`},
		{nil, `{"ok":true}`},
	} {
		p.finds("1", false, c.lacks...)
		if got := healthz(); got != c.want {
			t.Errorf("%v: %s, want %s", c.lacks, got, c.want)
		}
	}
	p.play("fail desk 1h")
	p.ask("ann", "My question.")
	if got, want := healthz(), `{"ok":false,"mute_since":"2026-11-23T09:00:00Z"}`; got != want {
		t.Errorf("out of reach: %s, want %s", got, want)
	}
	p.play("wait 20m", "wait 2h")
	if got := healthz(); got != `{"ok":true}` {
		t.Errorf("back: %s", got)
	}
}

// With one room there is nobody else to tell: the log has it, once for each change.
func TestOneRoomOutOfReach(t *testing.T) {
	p := newFaulty(t)
	p.finds("1", false)
	p.ask("ann", "My question.")
	for range 3 {
		p.finds("1", false, chat.LackEntry)
	}
	p.play("fail desk 3h", "ann > More.")
	for range 8 {
		p.play("wait 30m")
	}
	for words, want := range map[string]int{"has changed": 1, "nothing arrives": 1} {
		if n := strings.Count(p.log.String(), words); n != want {
			t.Errorf("%q is logged %d times, want %d: %s", words, n, want, p.log.String())
		}
	}
	if n := p.heard("(desk.other."); n != 0 {
		t.Errorf("said %d times", n)
	}
}

// A room that is out of reach for a moment, however often, is not worth a word.
func TestShortOutagesAreNotTold(t *testing.T) {
	p := newFaulty(t)
	p.openSecond()
	p.ask("ann", "My question.")
	for range 6 {
		p.play("fail desk 10m", "ann > More.", "wait 5m", "wait 6m", "wait 10m")
	}
	if n := p.heard("(desk.other."); n != 0 {
		t.Errorf("said %d times", n)
	}
	p.play("fail desk 5h", "ann > More.")
	for range 40 {
		p.now = p.now.Add(10 * time.Minute)
		p.settle()
	}
	if mute, back := p.heard("(desk.other.mute"), p.heard("(desk.other.back"); mute != 1 || back != 1 {
		t.Errorf("said to be out of reach %d times, and back %d times", mute, back)
	}
}
