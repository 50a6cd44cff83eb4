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
	"time"

	"lotse/e2e/friend"
	"lotse/e2e/homeserver"
)

// TestTwoRooms: the coordinators sit in a Telegram group and in a Matrix room (domain D6).
// Both show the same; each goes on while the other's network is away, and has caught up
// when it is back.
func TestTwoRooms(t *testing.T) {
	r := inTwoRooms(t)
	b, team, s, line := r.botAPI, r.team, r.server, r.line
	b.do("config", `{"rate_limits":false}`, nil) // the pace of a group is the other test's
	b.lotse.env = append(b.lotse.env, "LOTSE_TELEGRAM_RATE=0")
	card, there := r.begin()

	d6(r, card, there)

	// Ten seconds without the room's network: the group goes on, and so does she.
	over := outage(s.Kill, s.Resume)
	b.says(chatOfRima, "Und am Montag?")
	b.hears(chatOfDesk, "Und am Montag?")
	b.deskSays("Am Montag auch.", card.Thread, card.ID)
	b.hears(chatOfDesk, "Am Montag auch.")
	b.press(chatOfDesk, berger, "label", "Senden")
	b.hears(chatOfRima, "Am Montag auch.")
	back := over()
	for _, words := range []string{"Und am Montag?", "zugestellt"} {
		if took := time.UnixMilli(team.hears(words).Timestamp).Sub(back); took > soon {
			t.Errorf("the room shows %q %v after its network came back", words, took)
		}
	}

	// … and without the group's: what happened in either meanwhile is seen in both.
	over = outage(line.cut, line.mend)
	team.Reply(there, "// Frau Berger ist im Urlaub")
	team.hears("gespeichert")
	team.Reply(there, "Am Dienstag nicht.")
	draft := team.hears("Am Dienstag nicht.")
	b.deskSays("// doch nicht", card.Thread, card.ID)
	back = over()
	b.hears(chatOfDesk, "Frau Berger ist im Urlaub")
	b.hears(chatOfDesk, "Am Dienstag nicht.")
	if took := time.Since(back); took > soon {
		t.Errorf("the group shows what it missed %v after its network came back", took)
	}
	if took := time.UnixMilli(team.hears("doch nicht").Timestamp).Sub(back); took > soon {
		t.Errorf("the room shows what was said in the group %v after its network came back", took)
	}
	team.Reply(draft, "1")
	b.hears(chatOfRima, "Am Dienstag nicht.")
	team.hears("zugestellt")

	team.isEncrypted()
	b.lotse.stop()
	for _, said := range team.told() {
		if whose.MatchString(said) {
			t.Errorf("the room reads who it is in %q", said)
		}
	}
	b.isDiscreet()
}

// d6 is two coordinators at once: one owner, one answer; the other's becomes an addition.
func d6(r roomy, card message, there friend.Message) {
	r.t.Helper()
	b, team := r.botAPI, r.team
	b.press(chatOfDesk, berger, "label", "Ich übernehme")
	team.Reply(there, "1") // on the card that he saw
	team.hears("in Arbeit, bei Eva")
	team.hears("ist schon bei Eva Berger")
	team.Reply(there, "Am Freitag um zehn.")
	draft := team.hears("Am Freitag um zehn.")
	b.hears(chatOfDesk, "Am Freitag um zehn.")
	b.deskSays(bergersAnswer, card.Thread, card.ID)
	team.hears(bergersAnswer)
	b.hears(chatOfDesk, bergersAnswer)
	b.press(chatOfDesk, berger, "label", "Senden")
	b.hears(chatOfRima, bergersAnswer)
	team.hears("zugestellt")
	team.Reply(draft, "1")
	team.hears("Nicht gesendet. Eva Berger hat um")
	b.hears(chatOfDesk, "Nicht gesendet. Eva Berger hat um")
	if n := b.count(chatOfRima, "Am Freitag um zehn."); n != 0 {
		r.t.Errorf("she got a second answer")
	}
	<-time.After(unnoticed)
	team.Reply(draft, "1")
	b.hears(chatOfRima, "Am Freitag um zehn.")
	team.hears("zugestellt")
	if answers, additions := b.count(chatOfRima, "💬"), b.count(chatOfRima, "➕"); answers != 1 || additions != 1 {
		r.t.Errorf("she got %d answers and %d additions", answers, additions)
	}
}

// unnoticed is how long a number still means what the message offered before.
const unnoticed = 3 * time.Second

// soon is how soon both rooms show the same (the issue says two seconds).
const soon = 2 * time.Second

// outage takes a network away. The function it returns gives it back after ten seconds
// in all, and says when that was.
func outage(away, back func()) func() time.Time {
	away()
	enough := time.NewTimer(10 * time.Second)
	return func() time.Time {
		<-enough.C
		began := time.Now()
		back()
		return began
	}
}

// TestTwoRoomsKeepPace: within the group's budget one room shows within two seconds what
// was done in the other. Three times as much as the budget does not hold up the other
// room, and what the group shows then is the newest state.
func TestTwoRoomsKeepPace(t *testing.T) {
	const changes = 60 // the budget is 20 a minute
	r := inTwoRooms(t)
	b, team := r.botAPI, r.team
	card, there := r.begin()
	number := strings.Fields(card.Text[strings.Index(card.Text, "Fall "):])[1]
	presses := func(by, act string) time.Time {
		b.pressOld(card.ID, by, "desk/"+number+"/"+act)
		return time.Now()
	}

	began := presses("Berger", "claim")
	team.hears("in Arbeit, bei Eva Berger")
	toRoom := time.Since(began)
	began = time.Now()
	team.Reply(there, "// hat angerufen")
	b.hears(chatOfDesk, "hat angerufen")
	toGroup := time.Since(began)
	if most := 2 * time.Second; toGroup > most || toRoom > most {
		t.Errorf("the group shows it after %v, the room after %v", toGroup, toRoom)
	}

	for i := range changes {
		presses("Berger", []string{"release", "claim"}[i%2])
	}
	presses("Berger", "release")
	began = presses("Neumann", "claim")
	team.hears("in Arbeit, bei Eva Neumann")
	behind := time.Since(began)
	b.do(fmt.Sprintf("wait?chat=%d&contains=%s&timeout=120s", b.desk, query("in Arbeit, bei Eva Neumann")), "", nil)
	t.Logf("the group sees a change after %v, the room after %v; behind %d changes the room sees the newest after %v, the group after %v",
		toGroup.Round(time.Millisecond), toRoom.Round(time.Millisecond), changes, behind.Round(time.Millisecond), time.Since(began).Round(time.Second))
	b.lotse.stop()
	if s := b.isContent(); s.Limited.Total != 0 {
		t.Errorf("%d times it was told to slow down", s.Limited.Total)
	}
}

// A roomy is a team in two rooms, of which one is reached by a line.
type roomy struct {
	*botAPI
	team   *talk
	server *homeserver.Server
	line   *line
}

func inTwoRooms(t *testing.T) roomy {
	t.Helper()
	s := homeserver.Start(t)
	a := s.Register("lotse")
	r := roomy{botAPI: startBotAPI(t, buildPrograms(t), plain), team: newTalk(t, withFriend(t, s, "klein")), server: s}
	r.line = newLine(t, r.url)
	r.team.room = r.team.Team(theBot)
	r.lotse.env = append(r.lotse.env, "LOTSE_MATRIX_HOMESERVER="+s.URL, "LOTSE_MATRIX_USER="+a.User, "LOTSE_MATRIX_PASSWORD="+a.Password,
		"LOTSE_TELEGRAM_API="+r.line.url, fmt.Sprintf("LOTSE_DESKS=telegram:%d matrix:%s", r.desk, r.team.room))
	r.do("users", `{"id":4711,"first_name":"Rima","language_code":"ar"}`, nil)
	return r
}

// begin starts the program and lets Rima ask; both rooms see her question.
func (r roomy) begin() (card message, there friend.Message) {
	r.t.Helper()
	r.lotse.start()
	r.team.Until(r.team.room, "the bot", joins(theBot))
	r.asksWithPhoto(`{"type":"photo","size":2000}`)
	return r.hears(chatOfDesk, rimasQuestion), r.team.hears(rimasQuestion)
}

// A line leads to a server. While it is down, nobody gets through.
type line struct {
	url   string
	front *httptest.Server
	down  atomic.Bool
}

func (l *line) cut() { l.down.Store(true); l.front.CloseClientConnections() }

func (l *line) mend() { l.down.Store(false) }

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
	l.url, l.front = front.URL, front
	t.Cleanup(front.CloseClientConnections)
	return l
}
