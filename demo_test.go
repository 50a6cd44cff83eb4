package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lotse/bot/chat"
	"lotse/bot/platformtest"
)

// patience bounds what a mistake can make a test wait.
const patience = time.Minute

// A shown is a message as the page shows it.
type shown struct {
	ID, Room, From, Text string
	RTL, Deleted         bool
	Buttons              [][]chat.Button
	Reactions            []string
}

// has reports whether the message has a button whose ID is id or holds it as a
// segment, as "send" in "desk/48213/send/1f2e".
func (m shown) has(id string) (string, bool) {
	for _, b := range slices.Concat(m.Buttons...) {
		if b.ID == id || strings.Contains("/"+b.ID+"/", "/"+id+"/") {
			return b.ID, true
		}
	}
	return "", false
}

// A page is a browser that shows every room, kept up to date by the server.
type page struct {
	mu      sync.Mutex
	rooms   map[string][]shown
	last    string        // the newest change that was seen
	changed chan struct{} // closed and replaced whenever something is
	count   int           // changes so far
}

func newPage() *page {
	return &page{rooms: map[string][]shown{}, changed: make(chan struct{}), last: "0"}
}

// follow shows what changes at base until the server hangs up.
func (p *page) follow(ctx context.Context, base string) error {
	p.mu.Lock()
	last := p.last
	p.mu.Unlock()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/api/events?last="+last, nil)
	if err != nil {
		return err
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	lines := bufio.NewScanner(r.Body)
	lines.Buffer(nil, 1<<20)
	id := ""
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			id = rest
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			if err := p.change(id, data); err != nil {
				return err
			}
			id = ""
		}
	}
	return lines.Err()
}

func (p *page) change(id, data string) error {
	var c struct{ Message *shown }
	if err := json.Unmarshal([]byte(data), &c); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if id != "" {
		p.last = id
	}
	if m := c.Message; m != nil {
		room := p.rooms[m.Room]
		i := slices.IndexFunc(room, func(old shown) bool { return old.ID == m.ID })
		if i >= 0 {
			room[i] = *m
		} else {
			p.rooms[m.Room] = append(room, *m)
		}
	}
	p.count++
	close(p.changed)
	p.changed = make(chan struct{})
	return nil
}

// look waits until f finds in the rooms what it looks for.
func (p *page) look(ctx context.Context, f func(rooms map[string][]shown) bool) error {
	for {
		p.mu.Lock()
		found, changed := f(p.rooms), p.changed
		p.mu.Unlock()
		if found {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// An answer is what the server says to somebody who did something.
type answer struct{ Message, Event, Room string }

// post does something at the page.
func post(ctx context.Context, base, path string, body map[string]any) (answer, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/api/"+path, bytes.NewReader(raw))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Close = true // no connection outlives the server it was made to
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return answer{}, err
	}
	if r.StatusCode != http.StatusOK {
		return answer{}, refused(fmt.Sprintf("%s %v: %s %s", path, body, r.Status, text))
	}
	var a answer
	return a, json.Unmarshal(text, &a)
}

// refused is what the server will not do.
type refused string

func (r refused) Error() string { return string(r) }

// A running is a demo that runs inside the test.
type running struct {
	t      *testing.T
	base   string
	page   *page
	stop   func()
	ended  chan int // the exit code
	stderr *bytes.Buffer
}

var urlLine = regexp.MustCompile(`http://[^ ]+`)

// firstURL reads what a demo prints first, and goes on reading.
func firstURL(out io.Reader) (string, error) {
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return "", err
	}
	go io.Copy(io.Discard, out)
	return urlLine.FindString(line), nil
}

func startDemo(t *testing.T, environ []string, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, stdout := io.Pipe()
	r := &running{t: t, page: newPage(), stop: cancel, ended: make(chan int, 1), stderr: &bytes.Buffer{}}
	go func() {
		r.ended <- run(ctx, append([]string{"demo"}, args...), environ, nil, stdout, r.stderr)
		stdout.Close()
	}()
	t.Cleanup(cancel)
	var err error
	if r.base, err = firstURL(out); err != nil {
		t.Fatalf("the demo ended with %d: %s", <-r.ended, r.stderr)
	}
	go r.page.follow(ctx, r.base)
	return r
}

func (r *running) post(path string, body map[string]any) answer {
	r.t.Helper()
	a, err := post(r.t.Context(), r.base, path, body)
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

// sees waits for the newest message of the bot in a room to be as f wants it.
func (r *running) sees(room, what string, f func(shown) bool) (found shown) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	err := r.page.look(ctx, func(rooms map[string][]shown) bool {
		for _, m := range slices.Backward(rooms[room]) {
			if m.From == "" && !m.Deleted && f(m) {
				found = m
				return true
			}
		}
		return false
	})
	if err != nil {
		r.t.Fatalf("%s never sees %s, but %+v", room, what, r.page.rooms[room])
	}
	return found
}

// press presses the newest button of a room, once it is there.
func (r *running) press(room, from, id string) {
	r.t.Helper()
	var button string
	m := r.sees(room, "the button "+id, func(m shown) bool {
		b, ok := m.has(id)
		button = b
		return ok
	})
	r.post("press", map[string]any{"room": room, "from": from, "message": m.ID, "button": button})
}

func holds(text string) func(shown) bool {
	return func(m shown) bool { return strings.Contains(m.Text, text) }
}

const (
	question = "Mein Vermieter will, dass ich ausziehe. Was kann ich tun?"
	reply    = "Bitte kommen Sie am Dienstag um 10 Uhr ins Büro."
)

// asks is Rima who asks in Arabic, with five taps.
func (r *running) asks() {
	r.t.Helper()
	r.post("say", map[string]any{"room": "rima", "from": "rima", "text": "/start"})
	for _, id := range []string{"language/pick/ar", "menu/menu/ask", "ask/role/private", "ask/topic/housing", "ask/consent/yes"} {
		r.press("rima", "rima", id)
	}
	r.sees("rima", "the question", func(m shown) bool {
		_, back := m.has("nav/back")
		return back && len(slices.Concat(m.Buttons...)) == 3
	})
	r.post("say", map[string]any{"room": "rima", "from": "rima", "text": question})
	r.press("rima", "rima", "ask/preview/send")
}

func TestDemo(t *testing.T) {
	platformtest.Loopback(t)
	inFolder(t, nil)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	r := startDemo(t, []string{"LOTSE_LISTEN=127.0.0.1:0", "LOTSE_DESK_UNDO=10m"})
	r.asks()
	card := r.sees("desk", "the card", holds(question))
	r.post("say", map[string]any{"room": "desk", "from": "berger", "text": "Weiß das jemand?"})
	mine := r.post("say", map[string]any{"room": "desk", "from": "berger", "text": reply, "reply": card.ID})
	r.press("desk", "berger", "send")
	r.press("desk", "berger", "undo")
	r.press("desk", "berger", "send")
	r.sees("desk", "that it can be taken back", func(m shown) bool { _, ok := m.has("undo"); return ok })
	r.post("clock", map[string]any{"advance": "10m"})

	if got := r.sees("rima", "the answer", holds(reply)); !got.RTL {
		t.Errorf("the answer is not framed in Arabic: %+v", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := r.page.look(ctx, func(rooms map[string][]shown) bool {
		i := slices.IndexFunc(rooms["desk"], func(m shown) bool { return m.ID == mine.Message })
		return i >= 0 && slices.Equal(rooms["desk"][i].Reactions, []string{"👍"})
	}); err != nil {
		t.Error("the coordinator is not told that the answer arrived")
	}
	r.page.mu.Lock()
	for _, m := range r.page.rooms["rima"] {
		if strings.Contains(m.Text, "Weiß das jemand?") {
			t.Error("talk among colleagues left the room")
		}
	}
	r.page.mu.Unlock()

	// A stream is open now. The demo stops in time, and nothing is left of it.
	told := time.Now()
	r.stop()
	select {
	case code := <-r.ended:
		if took := time.Since(told); code != 0 || took > 5*time.Second {
			t.Errorf("it ended with %d after %v: %s", code, took, r.stderr)
		}
	case <-time.After(patience):
		t.Fatal("it does not end")
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("it left %v, %v", left, err)
	}
	for _, secret := range []string{question, reply, "Rima", "rima", "Berger"} {
		if strings.Contains(r.stderr.String(), secret) {
			t.Errorf("the log says %q", secret)
		}
	}
}

func TestDemoKeepsItsData(t *testing.T) {
	platformtest.Loopback(t)
	inFolder(t, nil)
	dir := filepath.Join(t.TempDir(), "kept")
	environ := []string{"LOTSE_LISTEN=127.0.0.1:0"}
	here := []string{"LOTSE_DATA=" + dir}
	r := startDemo(t, environ, "-data", dir)
	r.post("clock", map[string]any{"advance": "48h"})
	r.asks()
	r.sees("desk", "the card", holds(question))

	if got := lotse(t, "", here, "healthy"); got.code != 0 || got.out != "It works.\n" {
		t.Errorf("healthy: %+v", got)
	}
	health, err := http.Get(r.base + "/healthz")
	if err != nil || health.StatusCode != http.StatusOK {
		t.Fatalf("/healthz: %v, %v", health, err)
	}
	health.Body.Close()
	dumped := lotse(t, "", here, "dump", "inquiry/")
	all := lotse(t, "", here, "dump")
	if got := lotse(t, "", environ, "demo", "-data", dir); got.code != 1 || !strings.Contains(got.err, "in use by another process") {
		t.Errorf("a second demo on the same folder: %+v", got)
	}
	before := time.Now()
	r.stop()
	if code := <-r.ended; code != 0 {
		t.Fatalf("it ended with %d: %s", code, r.stderr)
	}

	// The same row, asked for over the socket and read from the file.
	if got := lotse(t, "", here, "dump", "inquiry/"); got != dumped || !regexp.MustCompile(`^inquiry/[^\t]+\tinquiry\t\d+\tsealed\n$`).MatchString(got.out) {
		t.Errorf("an inquiry was dumped as %+v, from the file as %+v", dumped, got)
	}
	for _, want := range []string{"meta/schema\tmeta\t1\t\"1\"\n", "meta/house\tmeta\t73\tsealed\n", dumped.out} {
		if !strings.Contains(all.out, want) {
			t.Errorf("%q is not in the dump", want)
		}
	}
	for _, secret := range []string{"Vermieter", "rima", "Rima"} {
		if strings.Contains(all.out, secret) {
			t.Errorf("the dump says %q", secret)
		}
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v", info.Mode(), err)
	}

	// Everything is there again, and the time did not go back.
	r = startDemo(t, environ, "-data", dir)
	r.sees("desk", "the card", holds(question))
	state, err := http.Get(r.base + "/api/state")
	if err != nil {
		t.Fatal(err)
	}
	defer state.Body.Close()
	var is struct{ Now time.Time }
	if err := json.NewDecoder(state.Body).Decode(&is); err != nil || is.Now.Before(before.Add(48*time.Hour)) {
		t.Errorf("it is %v, %v", is.Now, err)
	}
	r.stop()
	<-r.ended
}

func TestDemoTakesTheNextFreePort(t *testing.T) {
	platformtest.Loopback(t)
	inFolder(t, nil)
	first := startDemo(t, nil)
	second := startDemo(t, nil)
	if first.base == second.base {
		t.Errorf("both are on %s", first.base)
	}
	// Who chose a port is told that it is taken.
	taken := "LOTSE_LISTEN=" + strings.TrimPrefix(first.base, "http://")
	if got := lotse(t, "", []string{taken}, "demo"); got.code != 1 || !strings.Contains(got.err, "LOTSE_LISTEN: ") {
		t.Errorf("on a port that is taken: %+v", got)
	}
	if got := lotse(t, "", []string{"LOTSE_LISTEN=off"}, "demo"); got.code != 1 || !strings.Contains(got.err, "LOTSE_LISTEN is off") {
		t.Errorf("off: %+v", got)
	}
	for _, r := range []*running{first, second} {
		r.stop()
		<-r.ended
	}
}
