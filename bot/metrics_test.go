package bot

import (
	"net/http/httptest"
	"strings"
	"testing"

	"lotse/bot/chat"
)

// What is wrong with a room of the desk is a number, too, and no number is about anybody.
func TestMetrics(t *testing.T) {
	p := newFaulty(t)
	p.bot.running.Store(true)
	scrape := func() string {
		t.Helper()
		w := httptest.NewRecorder()
		p.bot.Metrics().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		if w.Code != 200 {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
		return w.Body.String()
	}
	says := func(lines ...string) {
		t.Helper()
		got := scrape()
		for _, line := range lines {
			if !strings.Contains(got, "\n"+line+"\n") {
				t.Errorf("there is no %q in\n%s", line, got)
			}
		}
	}
	p.finds("1", false)
	says(`lotse_store_up 1`, `lotse_network_up{network="web"} 1`, `lotse_desk_room_up{network="web"} 1`, `lotse_desk_room_mute_seconds{network="web"} 0`, `lotse_stuck_chats 0`)
	p.finds("1", false, chat.LackReading, chat.LackDeleting)
	says(`lotse_desk_room_up{network="web"} 0`, `lotse_desk_room_lacks{lack="reading",network="web"} 1`, `lotse_desk_room_lacks{lack="deleting",network="web"} 1`)
	p.finds("1", false)
	p.play("fail desk 1h")
	p.ask("ann", "My question.")
	p.play("wait 20m")
	says(`lotse_desk_room_up{network="web"} 0`, `lotse_desk_room_mute_seconds{network="web"} 1200`, `lotse_stuck_chats 1`, `lotse_oldest_stuck_seconds 1200`)
	got := scrape()
	for name := range p.askers {
		if strings.Contains(got, `"`+name+`"`) {
			t.Errorf("%q is in\n%s", name, got)
		}
	}
	if len(p.askers) == 0 || strings.Contains(got, "My question") || strings.Contains(got, `"`+theDesk.Room+`"`) {
		t.Errorf("it tells too much: %s", got)
	}
}
