//go:build botapi

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// programs are what is started: lotse, and the emulator with its specification.
type programs struct{ lotse, emulator, spec string }

func buildPrograms(t *testing.T) programs {
	t.Helper()
	dir := os.Getenv("LOTSE_BOTAPI")
	if dir == "" {
		dir = "../../shared/botapi/emulator"
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := programs{build(t), filepath.Join(t.TempDir(), "botapi"), filepath.Join(dir, "..", "api.json")}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", p.emulator, ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the emulator: %v\n%s", err, out)
	}
	return p
}

// A botAPI is the emulator while it runs, and lotse beside it.
type botAPI struct {
	t          *testing.T
	url, token string
	control    *http.Client
	lotse      *lotse
	desk       int
	pressed    int // buttons that were not there any more
}

// A kind is what the coordinators' group is.
type kind string

const (
	plain kind = "supergroup"
	forum kind = "forum"
	basic kind = "group" // which can become a supergroup
)

// startBotAPI starts the emulator with a group for the coordinators, of whom one is
// Frau Berger. Its limits are Telegram's.
func startBotAPI(t *testing.T, p programs, desk kind) *botAPI {
	t.Helper()
	cmd := exec.Command(p.emulator, "-addr", "127.0.0.1:0", "-spec", p.spec, "-limits", "-strict", "-selfcheck")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n') // botapi: VERSION, URL, token TOKEN
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(line)
	b := &botAPI{t: t, url: strings.TrimSuffix(words[len(words)-3], ","), token: words[len(words)-1], control: &http.Client{}, desk: chatOfDesk}
	b.do("users", fmt.Sprintf(`{"id":%d,"first_name":"Eva","last_name":"Berger"}`, berger), nil)
	is := desk
	if desk == forum {
		is = plain
	}
	if desk == basic {
		b.desk = chatOfDesk + 1_000_000_000_000
	}
	b.do("groups", fmt.Sprintf(`{"id":%d,"title":"Lotse","owner":%d,"type":%q,"is_forum":%v}`, b.desk, berger, is, desk == forum), nil)
	b.lotse = &lotse{b: b, binary: p.lotse, dir: t.TempDir(), desk: b.desk}
	t.Cleanup(func() {
		if b.lotse.cmd != nil {
			b.lotse.kill()
		}
		if t.Failed() {
			t.Logf("what lotse logged:\n%s", b.lotse.said.String())
		}
	})
	return b
}

// do makes something happen, or looks when body is empty.
func (b *botAPI) do(path, body string, into any) {
	b.t.Helper()
	ask := func() (*http.Response, error) {
		if body == "" {
			return b.control.Get(b.url + "/control/" + path)
		}
		return b.control.Post(b.url+"/control/"+path, "application/json", strings.NewReader(body))
	}
	r, err := ask()
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		b.t.Fatalf("%s %s: %d %s %v", path, body, r.StatusCode, raw, err)
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			b.t.Fatalf("%s: %v: %s", path, err, raw)
		}
	}
}

// A message is one of the bot's.
type message struct {
	ID      int64 `json:"message_id"`
	Thread  int64 `json:"message_thread_id"`
	Text    string
	Caption string
}

// hears waits for words from the bot, and returns the newest message with them.
func query(words string) string { return url.QueryEscape(words) }

func (b *botAPI) hears(chat int, words string) message {
	b.t.Helper()
	var found []struct{ Message message }
	b.do(fmt.Sprintf("wait?chat=%d&timeout=30s&contains=%s", chat, query(words)), "", &found)
	return found[len(found)-1].Message
}

// press presses a button of what the bot said last, by its label or its data.
func (b *botAPI) press(chat, from int, by, name string) {
	b.t.Helper()
	b.do("press", fmt.Sprintf(`{"chat":%d,"from":%d,%q:%q,"wait_answer":"10s"}`, chat, from, by, name), nil)
}

// says lets somebody write in a private chat.
func (b *botAPI) says(chat int, text string) {
	b.t.Helper()
	b.do("send", fmt.Sprintf(`{"from":%d,"text":%q}`, chat, text), nil)
}

// deskSays lets Frau Berger write in the coordinators' group: a reply, unless replyTo
// is 0.
func (b *botAPI) deskSays(text string, thread, replyTo int64) {
	b.t.Helper()
	in, err := json.Marshal(map[string]any{"from": berger, "chat": b.desk, "thread": thread, "reply_to": replyTo, "text": text})
	if err != nil {
		b.t.Fatal(err)
	}
	b.do("send", string(in), nil)
}

// A saying is a message of the bot with what it was before.
type saying struct {
	Message   message
	Deleted   bool
	Revisions []struct{ Text, Caption string }
}

// said is everything the bot wrote in a chat.
func (b *botAPI) said(chat int) []saying {
	b.t.Helper()
	var all []saying
	b.do(fmt.Sprintf("transcript?chat=%d&by=bot", chat), "", &all)
	return all
}

// count is in how many messages of the bot words stand now.
func (b *botAPI) count(chat int, words string) int {
	b.t.Helper()
	n := 0
	for _, s := range b.said(chat) {
		if strings.Contains(s.Message.Text+s.Message.Caption, words) && !s.Deleted {
			n++
		}
	}
	return n
}

// A request is one the bot made.
type request struct {
	Seq    int
	At     time.Time
	Method string
	Params map[string]string
	Code   int
	Error  string
}

// to reports whether the request says something in a chat.
func (r request) to(chat int) bool {
	return r.Params["chat_id"] == fmt.Sprint(chat)
}

// requests are those after a number; the emulator keeps the last 4096.
func (b *botAPI) requests(after int) []request {
	b.t.Helper()
	var all []request
	b.do(fmt.Sprintf("requests?after=%d", after), "", &all)
	return all
}

// quiet waits until nothing is under way and nothing was asked for a while.
func (b *botAPI) quiet(d time.Duration) {
	b.t.Helper()
	b.do(fmt.Sprintf("idle?quiet=%v&timeout=90s", d), "", nil)
}

type stats struct {
	Callbacks map[string]int
	Limited   struct {
		Total int
		Early int `json:"early_retries"`
	} `json:"rate_limited"`
	Updates struct{ Pending, Conflicts, Redelivered int }
	Hits    map[string]int `json:"fault_hits"`
	Waiting int            `json:"unreplied"`
}

// whose is the name of who asks, or the ID of their chat (P-07).
var whose = regexp.MustCompile(`(?i)\brima\b|\b4711\b`)

// isDiscreet fails the test if the group was ever told who asks.
func (b *botAPI) isDiscreet() {
	b.t.Helper()
	for _, s := range b.said(b.desk) {
		for _, was := range append(s.Revisions, struct{ Text, Caption string }{s.Message.Text, s.Message.Caption}) {
			if whose.MatchString(was.Text + " " + was.Caption) {
				b.t.Errorf("the group reads who it is in %q", was)
			}
		}
	}
}

// isContent looks at what the emulator found wrong.
func (b *botAPI) isContent() stats {
	b.t.Helper()
	b.isDiscreet()
	var wrong struct {
		Errors, Warnings int
		List             json.RawMessage
	}
	if b.do("violations", "", &wrong); wrong.Errors != 0 {
		b.t.Errorf("violations: %s", wrong.List)
	}
	var s stats
	b.do("stats", "", &s)
	if s.Callbacks["unanswered"] != 0 || s.Limited.Early != 0 || s.Updates.Pending != 0 || s.Updates.Conflicts != 0 {
		b.t.Errorf("in the end: %+v", s)
	}
	if wrong.Warnings > 0 {
		b.t.Logf("warnings: %s", wrong.List)
	}
	b.t.Logf("%d warnings, %d presses, %d times told to slow down", wrong.Warnings, s.Callbacks["pressed"], s.Limited.Total)
	return s
}

// A lotse is the program on a data folder of its own, started once or again and again.
type lotse struct {
	b           *botAPI
	binary, dir string
	desk        int      // as it is set
	env         []string // beside what it needs
	cmd         *exec.Cmd
	said        output
}

// output is what a process printed; it may print on while one reads.
type output struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

// command is the program with what it needs to talk to the emulator.
func (l *lotse) command(args ...string) *exec.Cmd {
	cmd := exec.Command(l.binary, args...)
	cmd.Dir = l.dir
	ours := func(pair string) bool { return strings.HasPrefix(pair, "LOTSE_") }
	cmd.Env = append(slices.DeleteFunc(os.Environ(), ours), "LOTSE_TELEGRAM_TOKEN="+l.b.token, "LOTSE_TELEGRAM_API="+l.b.url, fmt.Sprintf("LOTSE_DESKS=telegram:%d", l.desk),
		"LOTSE_LISTEN=127.0.0.1:0", "LOTSE_TEST=1", "LOTSE_DESK_UNDO=0", "LOTSE_LOG=debug")
	cmd.Env = append(cmd.Env, l.env...)
	return cmd
}

func (l *lotse) start() {
	l.b.t.Helper()
	l.cmd = l.command()
	l.cmd.Stdout, l.cmd.Stderr = &l.said, &l.said
	if err := l.cmd.Start(); err != nil {
		l.b.t.Fatal(err)
	}
}

// stop ends it as an operator does, which must take less than five seconds.
func (l *lotse) stop() {
	l.b.t.Helper()
	began := time.Now()
	err := l.cmd.Process.Signal(os.Interrupt)
	if err = errors.Join(err, l.cmd.Wait()); err != nil || time.Since(began) > 5*time.Second {
		l.b.t.Errorf("it stopped after %v: %v", time.Since(began), err)
	}
	l.cmd = nil
}

// kill ends it as a loss of power would.
func (l *lotse) kill() {
	_ = l.cmd.Process.Kill() // it may have ended
	_ = l.cmd.Wait()
	l.cmd = nil
}
