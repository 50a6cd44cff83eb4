//go:build matrix

package e2e

import (
	"encoding/json"
	"io"
	"log"
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
)

// A talk is a room as one of its people sees it. Each message is heard once.
type talk struct {
	client
	room id.RoomID

	t     *testing.T
	by    map[id.EventID]bool
	files []string // what was sent, by its address
}

func newTalk(t *testing.T, who client) *talk {
	return &talk{client: who, t: t, by: map[id.EventID]bool{}}
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

// gets waits for a message of a kind that was not seen before.
func (c *talk) gets(kind event.MessageType) friend.Message {
	c.t.Helper()
	return c.next(string(kind), func(m friend.Message) bool {
		return m.Type == event.EventMessage && m.Content.AsMessage().MsgType == kind
	})
}

// photo sends one, as a reply if to is not "".
func (c *talk) photo(data []byte, to id.EventID) {
	c.t.Helper()
	file := c.Sealed(data)
	c.files = append(c.files, address(c.t, file))
	c.Put(c.room, map[string]any{
		"msgtype": event.MsgImage, "body": "brief.jpg", "file": file, "info": map[string]any{"mimetype": "image/jpeg", "size": len(data)},
		"m.relates_to": answers(to),
	})
}

// address is where an encrypted file lies.
func address(t *testing.T, file any) string {
	t.Helper()
	var at struct{ URL string }
	raw, err := json.Marshal(file)
	if err == nil {
		err = json.Unmarshal(raw, &at)
	}
	if err != nil || at.URL == "" {
		t.Fatalf("a file without an address: %s, %v", raw, err)
	}
	return at.URL
}

// place sends one on the map (Client-Server API, m.location; RFC 5870).
func (c *talk) place(name string, to id.EventID) {
	c.t.Helper()
	c.Put(c.room, map[string]any{"msgtype": event.MsgLocation, "body": name, "geo_uri": somewhere + ";u=12", "m.relates_to": answers(to)})
}

// somewhere is a place on the map.
const somewhere = "geo:51.310000,12.280000"

func answers(to id.EventID) map[string]any {
	if to == "" {
		return map[string]any{}
	}
	return map[string]any{"m.in_reply_to": map[string]any{"event_id": to}}
}

// isPin fails the test unless a message is a pin on the map, there.
func (c *talk) isPin(m friend.Message) {
	c.t.Helper()
	asset, _ := m.Content.Raw["org.matrix.msc3488.asset"].(map[string]any)
	if got := m.Content.AsMessage().GeoURI; got != somewhere || asset["type"] != "m.pin" {
		c.t.Errorf("the place is %s, shown as %v", got, asset)
	}
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
	js, ok := c.client.(strange)
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

// looksArabic fails the test unless each line that an Arabic reader gets begins from
// the right, also one that begins with an emoji or a number, and what is isolated in a
// line ends there.
func (c *talk) looksArabic() {
	c.t.Helper()
	greeted := false
	for _, text := range c.told() {
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if greeted && line != "" && !strings.HasPrefix(line, "\u200f") {
				c.t.Errorf("it begins from the left: %q", line)
			}
			if opened := strings.Count(line, "\u2066") + strings.Count(line, "\u2067") + strings.Count(line, "\u2068"); opened != strings.Count(line, "\u2069") {
				c.t.Errorf("it is not closed: %q", line)
			}
		}
		greeted = true // in all languages
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
