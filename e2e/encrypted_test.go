//go:build matrix

package e2e

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/e2e/friend"
	"lotse/e2e/homeserver"
)

const theBot = id.UserID("@lotse:localhost")

// TestEncrypted is everything that people and coordinators do on Matrix, with each of
// two clients on either side.
func TestEncrypted(t *testing.T) {
	type login func(*testing.T, *homeserver.Server, string) someone
	for _, c := range []struct {
		name        string
		asker, desk login
	}{
		{"a foreign client and a foreign client", withForeign, withForeign},
		{"a foreign client and a friend's", withForeign, withFriend},
		{"a friend's and a foreign client", withFriend, withForeign},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := homeserver.Start(t)
			lotse := s.Register("lotse")
			team := newTalk(t, c.desk(t, s, "cora"))
			team.room = team.Team(theBot)
			gate := newGate(t, s.URL)
			runMatrix(t, gate.url, lotse, team.room)
			team.Until(team.room, "the bot", joins(theBot))
			nina, rima := newTalk(t, c.asker(t, s, "nina")), newTalk(t, c.asker(t, s, "rima"))
			defer func() {
				for _, talk := range []*talk{nina, rima, team} {
					t.Log(strings.Join(talk.told(), "\n---\n"))
				}
			}()
			kita(t, nina, team, gate)
			letter(t, inMatrix{rima}, team)
			for _, talk := range []*talk{nina, rima, team} {
				talk.isEncrypted()
			}
			names := append(team.told(), nina.told()...)
			if all := strings.Join(names, "\n"); strings.Contains(all, "@nina") || strings.Contains(all, "@rima") || strings.Contains(all, "@cora") {
				t.Errorf("somebody is named: %s", all)
			}
		})
	}
}

// kita is D2 of the domain study, without the guard, the meetings and their agenda: a
// teacher asks, the team asks back, she answers by simply writing.
func kita(t *testing.T, nina, team *talk, gate *gate) {
	nina.room = nina.DM(theBot)
	nina.Until(nina.room, "the bot", joins(theBot))
	first := nina.says("Hallo", "1️⃣ Deutsch")
	gate.close()
	chosen := nina.Say(nina.room, "1")
	nina.Until(nina.room, "typing", func(m friend.Message) bool {
		return m.Type == event.EphemeralEventTyping && slices.Contains(m.Content.AsTyping().UserIDs, theBot)
	})
	gate.open()
	menu := nina.hears("Zum Auswählen")
	nina.Until(nina.room, "a receipt", func(m friend.Message) bool {
		receipts := *m.Content.AsReceipt()
		_, read := receipts[chosen][event.ReceiptTypeRead][theBot]
		return m.Type == event.EphemeralEventReceipt && read
	})
	nina.Sees(nina.room, menu.ID, "4️⃣")
	if nina.tapped(first) {
		t.Error("everybody sees that a language is chosen")
	}
	nina.says("1", "1️⃣ 🧸 Kita")
	nina.says("1", "Eltern")
	nina.says("4", "116 111") // a child in danger is none of the chat's business
	nina.says("👍", "Was möchten Sie tun")
	nina.says("❓", "1️⃣ 🧸 Kita")
	nina.says("Kita / Hort", "Eltern")
	consent := nina.says("1", "befugt")
	nina.React(consent, "1️⃣")
	nina.hears("Kind A")
	nina.says("Die Mutter von Kind A kommt nie zum Entwicklungsgespräch. Wir finden keinen Dolmetscher.", "Noch ist sie an niemanden gesendet")
	nina.says("1", "Ihre Frage ist gesendet")

	card := team.hears("Dolmetscher")
	if !strings.Contains(card.Text(), "Kita") || !strings.Contains(card.Content.AsMessage().FormattedBody, "<blockquote>") || strings.Contains(card.Content.AsMessage().Body, "<") {
		t.Errorf("the card reads %q, formatted %q", card.Text(), card.Content.AsMessage().FormattedBody)
	}
	team.Reply(card, "Welche Sprache spricht die Familie?")
	draft := team.hears("So kommt die Antwort an")
	team.isBelow(card, draft)
	team.Reply(draft, "Senden")
	nina.hears("Welche Sprache")
	team.hears("zugestellt")
	nina.says("Vietnamesisch.", "Das Netzwerk-Team kann sie lesen")
	team.isBelow(card, team.hears("Vietnamesisch."))

	nina.says("❓", "Worum geht es") // who has asked before is known as a teacher
	nina.says("Dolmetschen", "Bitte beschreiben Sie")
	nina.says("Was kostet ein Dolmetscher?", "Noch ist sie an niemanden gesendet")
	nina.says("📤", "Ihre Frage ist gesendet")
	second := team.hears("Was kostet ein Dolmetscher?")
	nina.says("Es geht auch nachmittags.", "Wozu gehört sie")
	nina.says("2", "Das Netzwerk-Team kann sie lesen")
	team.isBelow(second, team.hears("Es geht auch nachmittags."))
}

// An asker is somebody with a question, on any network.
type asker interface {
	// asks sends a question with a photo about a letter, in Arabic.
	asks(photo []byte)
	says(words string)
	place(north, east float64)
	// hears waits for words of the bot; sees for a photo.
	hears(words string)
	sees(photo []byte)
	heard(words string) bool
}

// letter is D5 of the domain study, without templates and translation: the answer to a
// letter in German, for somebody who reads Arabic.
func letter(t *testing.T, rima asker, team *talk) {
	photo := noise(1)
	rima.asks(photo)
	card := team.hears(rimasQuestion)
	shown := team.photo()
	if !bytes.Equal(team.Open(shown), photo) {
		t.Error("the photo has changed on its way to the team")
	}
	claim := team.React(card, "1️⃣")
	rima.hears("قيد المعالجة")
	team.hears("in Arbeit, bei")
	team.Until(team.room, "the tap taken off", redacts(claim, theBot))
	team.InThread(card, "Der Brief ist eine Einladung, oder? @Klein")
	team.Reply(card, "Antworten")
	prompt := team.hears("als Antwort auf diese Nachricht")
	team.Reply(prompt, bergersAnswer)
	draft := team.hears("So kommt die Antwort an")
	if rima.heard("09:30") || rima.heard("Einladung") {
		t.Error("it left the room before it was sent")
	}
	team.React(draft, "1️⃣")
	rima.hears(bergersAnswer)
	team.hears("zugestellt")
	rima.says("لم أفهم الجملة الثانية.")
	team.hears("لم أفهم الجملة الثانية.")
}

// noise is what looks like a photo of 2 MB.
func noise(seed byte) []byte {
	data := make([]byte, 2_000_000)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(data) // never fails
	return data
}

// inMatrix is an asker on Matrix.
type inMatrix struct{ *talk }

func (m inMatrix) asks(photo []byte) {
	m.t.Helper()
	m.room = m.DM(theBot)
	m.Until(m.room, "the bot", joins(theBot))
	for _, step := range [][2]string{
		{"مرحبًا", "3️⃣ العربية"}, {"٣", "القائمة"}, {"١", "لمن هذا السؤال"}, {"٤", "ما الموضوع"}, {"۱", "Matrix"}, {"✅", "الرجاء كتابة سؤالك"},
	} {
		m.talk.says(step[0], step[1])
	}
	m.Photo(m.room, "brief.jpg", photo)
	m.talk.hears("📷")
	m.talk.says(rimasQuestion, "موعد نهائي")
	m.talk.says("١", "رقم السؤال")
}

func (m inMatrix) says(words string) { m.t.Helper(); m.Say(m.room, words) }

func (m inMatrix) place(north, east float64) {
	m.t.Helper()
	m.Place(m.room, fmt.Sprintf("geo:%f,%f;u=12", north, east), "Stadtteilladen")
}

func (m inMatrix) hears(words string) { m.t.Helper(); m.talk.hears(words) }

func (m inMatrix) sees(photo []byte) {
	m.t.Helper()
	if !bytes.Equal(m.Open(m.photo()), photo) {
		m.t.Error("the photo has changed on its way to the asker")
	}
}

func (m inMatrix) heard(words string) bool {
	return strings.Contains(strings.Join(m.told(), "\n"), words)
}

// A talk is a room as one of its people sees it. Each message is heard once.
type talk struct {
	someone
	room id.RoomID

	t  *testing.T
	by map[id.EventID]bool
}

func newTalk(t *testing.T, who someone) *talk {
	return &talk{someone: who, t: t, by: map[id.EventID]bool{}}
}

// says writes something, and waits for what the bot answers.
func (c *talk) says(words, answer string) friend.Message {
	c.t.Helper()
	c.Say(c.room, words)
	return c.hears(answer)
}

// hears waits for a message of the bot, or a change of one, that was not heard before.
// What is changed keeps its ID.
func (c *talk) hears(words string) friend.Message {
	c.t.Helper()
	return c.next(words, func(m friend.Message) bool { return m.Type == event.EventMessage && strings.Contains(m.Text(), words) })
}

// photo waits for one that was not seen before.
func (c *talk) photo() friend.Message {
	c.t.Helper()
	return c.next("a photo", func(m friend.Message) bool { return m.Type == event.EventMessage && m.Content.AsMessage().MsgType == event.MsgImage })
}

func (c *talk) next(what string, is func(friend.Message) bool) friend.Message {
	c.t.Helper()
	m := c.Until(c.room, what, func(m friend.Message) bool { return m.Sender == theBot && m.Err == nil && !c.by[m.ID] && is(m) })
	c.by[m.ID] = true
	if of := m.Content.AsMessage().RelatesTo.GetReplaceID(); of != "" {
		evt := *m.Event
		evt.ID, m.Event = of, &evt
	}
	return m
}

// isBelow fails the test unless a message stands in the thread of a card, and below it
// where there are no threads.
func (c *talk) isBelow(card, m friend.Message) {
	c.t.Helper()
	to := m.Content.AsMessage().RelatesTo
	if to.GetThreadParent() != card.ID || to.GetReplyTo() != card.ID {
		c.t.Errorf("%q relates to %+v", m.Text(), to)
	}
}

// tapped reports whether a keycap stands below a message by now.
func (c *talk) tapped(below friend.Message) bool {
	return slices.ContainsFunc(c.Messages(c.room), func(m friend.Message) bool { return m.Sender == theBot && m.Key(below.ID) != "" })
}

// told is everything the bot said.
func (c *talk) told() (all []string) {
	for _, m := range c.Messages(c.room) {
		if m.Sender == theBot && m.Type == event.EventMessage {
			all = append(all, m.Text())
		}
	}
	return all
}

// isEncrypted fails the test unless everything the bot said is, from a device that it
// has signed.
func (c *talk) isEncrypted() {
	c.t.Helper()
	for _, m := range c.Messages(c.room) {
		open := m.Type == event.EventReaction || m.Type == event.EventRedaction || m.StateKey != nil || m.Type.IsEphemeral()
		if m.Sender == theBot && !open && m.Wire != event.EventEncrypted {
			c.t.Errorf("in the clear: a %s", m.Type.Type)
		}
	}
	js, ok := c.someone.(strange)
	if !ok {
		return
	}
	for _, m := range js.Client.Messages(c.room) {
		if m.Sender == theBot && m.Wire == "m.room.encrypted" && m.Shield != "NONE" {
			c.t.Errorf("%s has the shield %s: %s", m.ID, m.Shield, m.Reason)
		}
	}
	if trust := js.Trust(theBot); !trust.Owned || trust.Devices != 1 || len(trust.Unsigned) > 0 {
		c.t.Errorf("the bot's devices: %+v", trust)
	}
}

// A gate stands before the homeserver. While it is closed, no message leaves.
type gate struct {
	url string

	mu     sync.Mutex
	opened chan struct{}
}

func newGate(t *testing.T, to string) *gate {
	t.Helper()
	server, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{opened: make(chan struct{})}
	g.open()
	proxy := httputil.NewSingleHostReverseProxy(server)
	proxy.ErrorLog = log.New(io.Discard, "", 0) // who waits for news is cut off at the end
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		opened := g.opened
		g.mu.Unlock()
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/send/") {
			select {
			case <-opened:
			case <-r.Context().Done():
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	g.url = front.URL
	t.Cleanup(front.CloseClientConnections)
	return g
}

func (g *gate) open() { close(g.opened) }

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opened = make(chan struct{})
}
