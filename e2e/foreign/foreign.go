package foreign

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

// patience is how long a command or an event may take.
const patience = 30 * time.Second

// A Client ends with its test. Its methods end the test when they fail, and are for
// the test's goroutine.
type Client struct {
	User id.UserID

	t        testing.TB
	password string
	in       io.Writer
	last     int // number of a command

	mu      sync.Mutex
	heard   []Message
	answers map[int]answer
	ended   error
	news    chan struct{} // closed when something came, and made anew
}

// A Message is an event of somebody else, as the client sees it. Typing notices and
// receipts, also one's own, are messages as well.
type Message struct {
	Room     id.RoomID
	ID       id.EventID
	Sender   id.UserID
	Type     string
	Wire     string // what the homeserver took it for
	StateKey string `json:"state_key"`
	Content  map[string]any
	Redacts  id.EventID
	Error    string // why it cannot be read
	Shield   string // the colour beside an encrypted event: NONE, GREY or RED
	Reason   string // of the colour, if it is not NONE
}

// Text is what it says; of an edit, the new text.
func (m Message) Text() string {
	content := m.Content
	if edited, ok := content["m.new_content"].(map[string]any); ok {
		content = edited
	}
	words, _ := content["body"].(string)
	return words
}

// Relation is what it says about another event.
func (m Message) Relation() map[string]any {
	relation, _ := m.Content["m.relates_to"].(map[string]any)
	return relation
}

type answer struct {
	ID     int
	Answer json.RawMessage
	Error  string
	Event  *Message
}

// New logs somebody in on a new device, which reads from now on.
func New(t testing.TB, url, user, password string) *Client {
	t.Helper()
	c := &Client{User: id.UserID(user), t: t, password: password, answers: map[int]answer{}, news: make(chan struct{})}
	node := exec.Command("node", "client.mjs")
	node.Dir = install(t)
	complaints, err := os.Create(filepath.Join(node.Dir, "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	node.Stderr = complaints
	in, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err == nil {
		err = node.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	c.in = in
	read := make(chan struct{})
	go func() { defer close(read); c.read(out) }()
	t.Cleanup(func() {
		_ = node.Process.Kill()
		<-read
		_ = node.Wait()
		_ = complaints.Close()
		if t.Failed() {
			t.Log(c.story(complaints.Name()))
		}
	})
	c.do("login", map[string]any{"url": url, "user": user, "password": password}, nil)
	return c
}

// read takes in what the client says, until it ends.
func (c *Client) read(out io.Reader) {
	lines := json.NewDecoder(bufio.NewReader(out))
	for {
		var a answer
		err := lines.Decode(&a)
		c.mu.Lock()
		switch {
		case err != nil:
			c.ended = err
		case a.Event != nil:
			c.hear(*a.Event)
		default:
			c.answers[a.ID] = a
		}
		close(c.news)
		c.news = make(chan struct{})
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// hear notes an event, or that one can be read now; c.mu is held.
func (c *Client) hear(m Message) {
	for i, known := range c.heard {
		if known.ID == m.ID && known.Error != "" {
			c.heard[i] = m
			return
		}
	}
	c.heard = append(c.heard, m)
}

// until waits until is, which is called with c.mu held.
func (c *Client) until(what string, is func() bool) {
	c.t.Helper()
	late := time.After(patience)
	for {
		c.mu.Lock()
		news, ended, done := c.news, c.ended, is()
		c.mu.Unlock()
		if done {
			return
		}
		if ended != nil {
			c.t.Fatalf("the client of %s has ended before %s: %v", c.User, what, ended)
		}
		select {
		case <-news:
		case <-late:
			c.t.Fatalf("%s waits in vain: %s", c.User, what)
		}
	}
}

// do has a command carried out.
func (c *Client) do(name string, arguments map[string]any, into any) {
	c.t.Helper()
	c.last++
	command := maps.Clone(arguments)
	command["id"], command["do"] = c.last, name
	line, err := json.Marshal(command)
	if err == nil {
		_, err = c.in.Write(append(line, '\n'))
	}
	if err != nil {
		c.t.Fatalf("%s: %v", name, err)
	}
	var a answer
	c.until(name, func() (done bool) { a, done = c.answers[c.last]; return done })
	if a.Error != "" {
		c.t.Fatalf("%s of %s: %s", name, c.User, a.Error)
	}
	if into != nil {
		if err := json.Unmarshal(a.Answer, into); err != nil {
			c.t.Fatalf("%s: %v: %s", name, err, a.Answer)
		}
	}
}

// story tells what was heard and complained of, for tests that failed.
func (c *Client) story(complaints string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "what %s has heard:", c.User)
	for _, m := range c.heard {
		fmt.Fprintf(&b, "\n%s %s %s %s %q %s %s", m.Room, m.Sender, m.ID, m.Type, m.Text(), m.Shield, m.Error)
	}
	said, err := os.ReadFile(complaints)
	const most = 16 << 10
	fmt.Fprintf(&b, "\nits complaints: %s %v", said[max(0, len(said)-most):], err)
	return b.String()
}
