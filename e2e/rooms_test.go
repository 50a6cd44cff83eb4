//go:build matrix && botapi

package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"lotse/e2e/homeserver"
)

// TestTwoRooms: the coordinators sit in a Telegram group and in a Matrix room (domain D6).
// Both show the same; each goes on while the other's network is away, and has caught up
// when it is back.
func TestTwoRooms(t *testing.T) {
	p := buildPrograms(t)
	s := homeserver.Start(t)
	a := s.Register("lotse")
	b := startBotAPI(t, p, plain)
	b.do("config", `{"rate_limits":false}`, nil) // the pace of a group is tried elsewhere
	team := newTalk(t, withFriend(t, s, "klein"))
	team.room = team.Team(theBot)
	line := newLine(t, b.url)
	b.lotse.env = append(b.lotse.env, "LOTSE_MATRIX_HOMESERVER="+s.URL, "LOTSE_MATRIX_USER="+a.User, "LOTSE_MATRIX_PASSWORD="+a.Password,
		"LOTSE_TELEGRAM_RATE=0", "LOTSE_TELEGRAM_API="+line.url, fmt.Sprintf("LOTSE_DESKS=telegram:%d matrix:%s", b.desk, team.room))
	b.do("users", `{"id":4711,"first_name":"Rima","language_code":"ar"}`, nil)
	b.lotse.start()
	team.Until(team.room, "the bot", joins(theBot))

	b.asksWithPhoto(`{"type":"photo","size":2000}`)
	card, there := b.hears(chatOfDesk, rimasQuestion), team.hears(rimasQuestion)
	b.press(chatOfDesk, berger, "label", "Ich übernehme")
	team.hears("in Arbeit, bei Eva")
	team.Reply(there, bergersAnswer)
	team.hears("So kommt die Antwort an")
	b.hears(chatOfDesk, "Geschrieben von")
	b.press(chatOfDesk, berger, "label", "Senden")
	b.hears(chatOfRima, bergersAnswer)
	b.hears(chatOfDesk, "zugestellt")
	team.hears("zugestellt")

	s.Kill()
	b.says(chatOfRima, "Und am Montag?")
	b.hears(chatOfDesk, "Und am Montag?")
	b.deskSays("Am Montag auch.", card.Thread, card.ID)
	b.hears(chatOfDesk, "Am Montag auch.")
	b.press(chatOfDesk, berger, "label", "Senden")
	b.hears(chatOfRima, "Am Montag auch.")
	s.Resume()
	team.hears("Und am Montag?")
	team.hears("zugestellt")

	line.down.Store(true)
	team.Reply(there, "// Frau Berger ist im Urlaub")
	team.hears("gespeichert")
	team.Reply(there, "Am Dienstag nicht.")
	team.hears("So kommt die Antwort an")
	line.down.Store(false)
	b.hears(chatOfDesk, "Frau Berger ist im Urlaub")
	b.hears(chatOfDesk, "Am Dienstag nicht.")
	b.press(chatOfDesk, berger, "label", "Senden")
	b.hears(chatOfRima, "Am Dienstag nicht.")
	team.hears("zugestellt")

	team.isEncrypted()
	b.lotse.stop()
	for _, words := range []string{"Rima", "4711", "rima"} {
		for _, said := range team.told() {
			if strings.Contains(said, words) {
				t.Errorf("the room reads %q in %q", words, said)
			}
		}
		if n := b.count(chatOfDesk, words); n > 0 {
			t.Errorf("the group reads %q %d times", words, n)
		}
	}
}

// A line leads to a server. While it is down, nobody gets through.
type line struct {
	url  string
	down atomic.Bool
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	server, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	l := &line{}
	proxy := httputil.NewSingleHostReverseProxy(server)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.down.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	l.url = front.URL
	t.Cleanup(front.CloseClientConnections)
	return l
}
