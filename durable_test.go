package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lotse/locales"
)

// kills is how often the demo is killed while people talk.
const kills = 32

// newcomers join one by one: before consent there is the most to forget.
const newcomers = 20

// TestNothingIsLostOrSaidTwice kills the program again and again, at any moment,
// while people ask and a coordinator answers. Who got no answer from the server
// repeats the request with the same ID, as the page does.
func TestNothingIsLostOrSaidTwice(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	words, err := locales.Load(locales.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{
		sorry:  say(t, words, "forgotten"),
		closed: strings.SplitAfter(say(t, words, "inquiry.closed", locales.Arg{Name: "number", Kind: locales.Code, Text: "00000"}), "00000")[1],
		t:      t, binary: build(t), dir: filepath.Join(t.TempDir(), "data"), page: newPage(), asked: map[string]int{},
		up: make(chan struct{}), down: make(chan struct{}), enough: make(chan struct{}),
	}
	var people, desk sync.WaitGroup
	for _, p := range demoPeople {
		people.Go(func() { c.person(ctx, p.ID) })
	}
	working, goHome := context.WithCancel(ctx)
	defer goHome()
	desk.Go(func() { c.coordinate(working) })
	for i := range kills {
		p := c.start(ctx)
		if i < newcomers {
			people.Go(func() { c.newcomer(ctx, i) })
		}
		c.killSoon(ctx, p, i)
	}
	close(c.enough)
	p := c.start(ctx)
	people.Wait()
	goHome()
	desk.Wait()
	if got := lotse(t, "", []string{"LOTSE_DATA=" + c.dir}, "healthy"); got.code != 0 {
		t.Errorf("healthy: %+v", got)
	}
	c.settled(ctx)
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("at the end: %v: %s", err, &p.stderr)
	}
	c.check()
	questions := 0
	for _, n := range c.asked {
		questions += n
	}
	t.Logf("%d people had %d questions answered over %d kills; %d times they were asked again", len(c.asked), questions, kills, c.forgotten)
}

func say(t *testing.T, words *locales.Words, key string, args ...locales.Arg) string {
	t.Helper()
	text, err := words.Text("de", key, args...)
	if err != nil {
		t.Fatal(err)
	}
	return text.Text
}

func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "lotse")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "goolm", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, out)
	}
	return binary
}

// A crowd is everybody who talks, and the program they talk to.
type crowd struct {
	t           *testing.T
	binary, dir string
	// What says that something must be asked again, and what ends the news that a
	// question is closed.
	sorry, closed string
	page          *page

	mu        sync.Mutex
	base      string
	up, down  chan struct{} // closed when the program is, up or down; replaced by the next
	asked     map[string]int
	forgotten int
	enough    chan struct{} // closed: begin no further question
}

// A process is the program, once.
type process struct {
	*exec.Cmd
	stderr bytes.Buffer
}

// start starts the program on the data that are there and returns when it serves.
func (c *crowd) start(ctx context.Context) *process {
	c.t.Helper()
	p := c.launch(ctx)
	out, err := p.StdoutPipe()
	if err == nil {
		err = p.Start()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { p.Process.Kill() }) // long gone, or the test failed
	base, err := firstURL(out)
	if err != nil {
		p.Wait()
		c.t.Fatalf("it does not start: %v: %s", err, &p.stderr)
	}
	c.mu.Lock()
	c.base, c.down = base, make(chan struct{})
	close(c.up)
	c.mu.Unlock()
	go c.page.follow(ctx, base)
	return p
}

func (c *crowd) launch(ctx context.Context) *process {
	p := &process{Cmd: exec.CommandContext(ctx, c.binary, "demo", "-data", c.dir)}
	p.Env = []string{"LOTSE_LISTEN=127.0.0.1:0", "LOTSE_DESK_UNDO=30ms", "LOTSE_LOG=error"}
	p.Dir, p.Stderr = filepath.Dir(c.dir), &p.stderr
	return p
}

// killSoon kills the program after a few things have happened, which is any
// moment; every fourth time also the next one, while it is starting.
func (c *crowd) killSoon(ctx context.Context, p *process, i int) {
	c.t.Helper()
	most := 20 // sometimes they get hardly anywhere
	if i%2 == 0 {
		most = 150
	}
	c.page.mu.Lock()
	until := c.page.count + 1 + rand.IntN(most)
	c.page.mu.Unlock()
	if err := c.page.look(ctx, func(map[string][]shown) bool { return c.page.count >= until }); err != nil {
		c.t.Fatalf("after %d kills nothing happens any more; %s", i, &p.stderr)
	}
	c.mu.Lock()
	c.up = make(chan struct{})
	c.mu.Unlock()
	c.kill(p)
	c.mu.Lock()
	close(c.down)
	c.mu.Unlock()
	if i%4 != 0 {
		return
	}
	p = c.launch(ctx)
	if err := p.Start(); err != nil {
		c.t.Fatal(err)
	}
	<-time.After(time.Duration(rand.IntN(40)) * time.Millisecond)
	c.kill(p)
}

func (c *crowd) kill(p *process) {
	c.t.Helper()
	if err := p.Process.Kill(); err != nil {
		c.t.Fatalf("it ended before it was killed: %v: %s", err, &p.stderr)
	}
	p.Wait()
	if p.stderr.Len() > 0 {
		c.t.Errorf("it complains: %s", &p.stderr)
	}
}

// post does something, as often as it takes.
func (c *crowd) post(ctx context.Context, path, id string, body map[string]any) answer {
	body["id"] = id
	for {
		c.mu.Lock()
		up := c.up
		c.mu.Unlock()
		select {
		case <-up:
		case <-ctx.Done():
			return answer{}
		}
		c.mu.Lock()
		base, down := c.base, c.down
		c.mu.Unlock()
		a, err := post(ctx, base, path, body)
		if err == nil {
			return a
		}
		var no refused
		if errors.As(err, &no) {
			c.t.Error(no)
			return answer{}
		}
		select {
		case <-down: // it was killed before it answered
		case <-ctx.Done():
			return answer{}
		}
	}
}

func (c *crowd) newcomer(ctx context.Context, i int) {
	name := fmt.Sprintf("Neue %d", i)
	a := c.post(ctx, "people", "join-"+name, map[string]any{"name": name, "lang": "de"})
	if a.Room != "" {
		c.person(ctx, a.Room)
	}
}

// maxQuestions of one person are fewer than are kept of one (flows.MaxKept).
const maxQuestions = 20

// person asks, waits for the answer, and asks again.
func (c *crowd) person(ctx context.Context, id string) {
	s := &speaker{crowd: c, id: id}
	for k := 1; k <= maxQuestions; k++ {
		s.say(ctx, "/start")
		if !s.ask(ctx, marker(id, k)) {
			c.t.Errorf("%s is stuck with question %d; the desk sees %+v", id, k, c.about(marker(id, k)))
			return
		}
		c.mu.Lock()
		c.asked[id] = k
		c.mu.Unlock()
		select {
		case <-c.enough:
			return
		default:
		}
	}
}

func marker(id string, k int) string { return fmt.Sprintf("Frage %s:%d, bitte", id, k) }

var markers = regexp.MustCompile(`Frage ([a-z0-9-]+):[0-9]+, bitte`)

// A speaker is a person who does what the newest message suggests.
type speaker struct {
	*crowd
	id   string
	n    int   // things done so far
	done int64 // number of the last of them in the history
}

func (s *speaker) act(ctx context.Context, path string, body map[string]any) {
	s.n++
	body["room"], body["from"] = s.id, s.id
	a := s.post(ctx, path, fmt.Sprintf("%s-%d", s.id, s.n), body)
	s.done = number(a.Event)
}

// number is the place in the history of a message or an event; 0 when it is neither.
func number(id string) int64 {
	n, _ := strconv.ParseInt(strings.TrimPrefix(strings.TrimPrefix(id, "web/"), "m"), 10, 64)
	return n
}

func (s *speaker) say(ctx context.Context, text string) {
	s.act(ctx, "say", map[string]any{"text": text})
}

// ask brings one question to the desk and waits for its answer; false is stuck.
func (s *speaker) ask(ctx context.Context, text string) bool {
	for {
		var answer shown
		err := s.page.look(ctx, func(rooms map[string][]shown) bool {
			i := slices.IndexFunc(rooms[s.id], func(m shown) bool { return m.From == "" && number(m.ID) > s.done && !s.isNews(m) })
			if i >= 0 {
				answer = rooms[s.id][i]
			}
			return i >= 0
		})
		if err != nil {
			return false
		}
		if _, sent := answer.has("nav/mine"); sent {
			break
		}
		s.follow(ctx, answer, text)
	}
	return s.page.look(ctx, func(rooms map[string][]shown) bool {
		return slices.ContainsFunc(rooms[s.id], func(m shown) bool { return m.From == "" && strings.Contains(m.Text, "Antwort auf "+text) })
	}) == nil
}

// follow does what leads on from a message towards a question that is sent.
func (s *speaker) follow(ctx context.Context, m shown, text string) {
	for _, id := range []string{"language/pick/de", "ask/role/private", "ask/topic/housing", "ask/consent/yes",
		"ask/preview/send", "held/what/ask", "menu/menu/resume", "menu/menu/ask"} {
		if button, ok := m.has(id); ok {
			s.act(ctx, "press", map[string]any{"message": m.ID, "button": button})
			return
		}
	}
	s.say(ctx, text) // the one step with no ways on of its own
}

// about is everything in the desk that holds a text.
func (c *crowd) about(text string) (all []shown) {
	c.page.mu.Lock()
	defer c.page.mu.Unlock()
	for _, m := range c.page.rooms["desk"] {
		if strings.Contains(m.Text, text) {
			all = append(all, m)
		}
	}
	return all
}

// coordinate answers every card, sends every draft and closes what was answered,
// each once.
func (c *crowd) coordinate(ctx context.Context) {
	done := map[string]bool{}
	for {
		var id, path string
		var body map[string]any
		err := c.page.look(ctx, func(rooms map[string][]shown) bool {
			id, path, body = nextDeskAct(rooms, done)
			return id != ""
		})
		if err != nil {
			return
		}
		body["room"], body["from"] = "desk", "berger"
		c.post(ctx, path, id, body)
		done[id] = true
	}
}

func nextDeskAct(rooms map[string][]shown, done map[string]bool) (id, path string, body map[string]any) {
	for _, m := range rooms["desk"] {
		if m.From != "" {
			continue
		}
		if button, ok := m.has("send"); ok && !done[button] {
			return button, "press", map[string]any{"message": m.ID, "button": button}
		}
		_, open := m.has("answer")
		asked := markers.FindStringSubmatch(m.Text)
		if !open || asked == nil {
			continue
		}
		if id := "answer-" + m.ID; !done[id] {
			return id, "say", map[string]any{"text": "Antwort auf " + asked[0], "reply": m.ID}
		}
		arrived := slices.ContainsFunc(rooms[asked[1]], holds("Antwort auf "+asked[0]))
		if button, ok := m.has("close"); ok && arrived && !done["close-"+m.ID] {
			return "close-" + m.ID, "press", map[string]any{"message": m.ID, "button": button}
		}
	}
	return "", "", nil
}

// settled waits until nothing is on its way any more.
func (c *crowd) settled(ctx context.Context) {
	c.t.Helper()
	here := []string{"LOTSE_DATA=" + c.dir}
	for ctx.Err() == nil {
		out, due := lotse(c.t, "", here, "dump", "out/"), lotse(c.t, "", here, "dump", "due/")
		if out.code+due.code != 0 {
			c.t.Fatalf("dump: %+v, %+v", out, due)
		}
		if out.out == "" && !strings.Contains(due.out, "/leave/") {
			return
		}
	}
	c.t.Fatal("something is on its way for ever")
}

// check reads the history of the network: what everybody really was shown.
func (c *crowd) check() {
	c.t.Helper()
	rooms := c.history()
	for id, n := range c.asked {
		forgot := count(rooms[id], holds(c.sorry))
		c.forgotten += forgot
		for k := 1; k <= n; k++ {
			asked := marker(id, k)
			cards := count(rooms["desk"], func(m shown) bool {
				_, new := m.has("claim")
				return new && strings.Contains(m.Text, asked)
			})
			answers := count(rooms[id], holds("Antwort auf "+asked))
			if cards != 1 || answers != 1 {
				c.t.Errorf("%q has %d cards and %d answers", asked, cards, answers)
			}
		}
		consents := count(rooms[id], func(m shown) bool { _, ok := m.has("ask/consent/yes"); return ok })
		if consents > 1+forgot {
			c.t.Errorf("%s was asked %d times for consent, and %d times it was forgotten", id, consents, forgot)
		}
	}
}

func count(all []shown, f func(shown) bool) (n int) {
	for _, m := range all {
		if f(m) {
			n++
		}
	}
	return n
}

// history is what the bot sent to each room. Whatever somebody does gets one
// answer: never a second one, and in the end none is missing.
func (c *crowd) history() map[string][]shown {
	c.t.Helper()
	raw, err := os.ReadFile(filepath.Join(c.dir, "web", "history.jsonl"))
	if err != nil {
		c.t.Fatal(err)
	}
	rooms, open := map[string][]shown{}, map[string]int{}
	for line := range bytes.Lines(raw) {
		var r struct {
			Act, Room string
			Message   shown
		}
		if err := json.Unmarshal(line, &r); err != nil {
			c.t.Fatal(err)
		}
		switch r.Act {
		case "say", "press":
			open[r.Room]++
		case "send":
			rooms[r.Room] = append(rooms[r.Room], r.Message)
			if c.isNews(r.Message) || r.Room == "desk" {
				continue
			}
			if open[r.Room]--; open[r.Room] < 0 {
				c.t.Errorf("%s is told without having done anything: %q", r.Room, r.Message.Text)
			}
		}
	}
	for id := range c.asked {
		if open[id] != 0 {
			c.t.Errorf("%s did %d things that were not answered", id, open[id])
		}
	}
	return rooms
}

// isNews reports whether a message answers nothing its reader did.
func (c *crowd) isNews(m shown) bool {
	return strings.Contains(m.Text, "Antwort auf Frage") || strings.Contains(m.Text, c.closed)
}
