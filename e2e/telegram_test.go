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
	"slices"
	"strings"
	"testing"
	"time"
)

// The program against an emulator of the Bot API that checks every request and
// keeps Telegram's limits:
//
//	LOTSE_BOTAPI=path/to/emulator go test -tags botapi -run Telegram .
//
// Without the variable it is looked for beside the repository.

const (
	chatOfRima = 4711
	chatOfDesk = -1009001
	berger     = 99
)

// A botAPI is the emulator while it runs.
type botAPI struct {
	t          *testing.T
	url, token string
}

func startBotAPI(t *testing.T) *botAPI {
	t.Helper()
	dir := os.Getenv("LOTSE_BOTAPI")
	if dir == "" {
		dir = "../../shared/botapi/emulator"
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "botapi")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the emulator: %v\n%s", err, out)
	}
	cmd := exec.Command(program, "-addr", "127.0.0.1:0", "-spec", filepath.Join(dir, "..", "api.json"), "-limits", "-strict", "-selfcheck")
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
	return &botAPI{t: t, url: strings.TrimSuffix(words[len(words)-3], ","), token: words[len(words)-1]}
}

// do makes something happen, or looks when body is empty.
func (b *botAPI) do(path, body string, into any) {
	b.t.Helper()
	r, err := http.Get(b.url + "/control/" + path)
	if body != "" {
		r, err = http.Post(b.url+"/control/"+path, "application/json", strings.NewReader(body))
	}
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %d %s %v", path, r.StatusCode, raw, err)
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			b.t.Fatalf("%s: %v: %s", path, err, raw)
		}
	}
}

// A message is one of the bot's.
type message struct {
	ID     int64 `json:"message_id"`
	Thread int64 `json:"message_thread_id"`
	Text   string
}

// hears waits for words from the bot, and returns the newest message with them.
func (b *botAPI) hears(chat int, words string) message {
	b.t.Helper()
	var found []struct{ Message message }
	b.do(fmt.Sprintf("wait?chat=%d&timeout=30s&contains=%s", chat, url.QueryEscape(words)), "", &found)
	return found[len(found)-1].Message
}

// press presses a button of what the bot said last, by its label or its data.
func (b *botAPI) press(chat, from int, by, name string) {
	b.t.Helper()
	b.do("press", fmt.Sprintf(`{"chat":%d,"from":%d,%q:%q,"wait_answer":"10s"}`, chat, from, by, name), nil)
}

// lotse is the program with what it needs to talk to the emulator.
func (b *botAPI) lotse(binary, dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Dir = dir
	ours := func(pair string) bool { return strings.HasPrefix(pair, "LOTSE_") }
	cmd.Env = append(slices.DeleteFunc(os.Environ(), ours), "LOTSE_TELEGRAM_TOKEN="+b.token, "LOTSE_TELEGRAM_API="+b.url, fmt.Sprintf("LOTSE_DESKS=telegram:%d", chatOfDesk),
		"LOTSE_LISTEN=127.0.0.1:0", "LOTSE_TEST=1", "LOTSE_DESK_UNDO=0", "LOTSE_LOG=debug")
	return cmd
}

// TestTelegram is one walk: a letter with a photo, asked in Arabic, claimed and
// answered in German, and an answer to somebody who has blocked the bot.
func TestTelegram(t *testing.T) {
	binary := build(t)
	for name, forum := range map[string]bool{"a plain group": false, "a forum": true} {
		t.Run(name, func(t *testing.T) {
			b := startBotAPI(t)
			b.do("users", fmt.Sprintf(`{"id":%d,"first_name":"Rima","language_code":"ar"}`, chatOfRima), nil)
			b.do("users", fmt.Sprintf(`{"id":%d,"first_name":"Eva","last_name":"Berger"}`, berger), nil)
			b.do("groups", fmt.Sprintf(`{"id":%d,"title":"Lotse","owner":%d,"is_forum":%v}`, chatOfDesk, berger, forum), nil)
			dir := t.TempDir()
			cmd := b.lotse(binary, dir)
			var log bytes.Buffer
			cmd.Stdout, cmd.Stderr = &log, &log
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			stopped := false
			stop := func() {
				if stopped {
					return
				}
				stopped = true
				began := time.Now()
				err := cmd.Process.Signal(os.Interrupt)
				if err = errors.Join(err, cmd.Wait()); err != nil || time.Since(began) > 5*time.Second {
					t.Errorf("it stopped after %v: %v", time.Since(began), err)
				}
				if t.Failed() {
					t.Logf("what it logged:\n%s", &log)
				}
			}
			t.Cleanup(stop)

			b.asksWithPhoto()
			card := b.hears(chatOfDesk, rimasQuestion)
			if (card.Thread != 0) != forum {
				t.Errorf("the card is in topic %d", card.Thread)
			}
			b.answers(card)
			b.hears(chatOfRima, bergersAnswer)
			b.do("block", fmt.Sprintf(`{"user":%d}`, chatOfRima), nil)
			b.hears(chatOfDesk, "Die Person hat den Chat geschlossen")

			doctor, err := b.lotse(binary, dir, "doctor").CombinedOutput()
			if err != nil {
				t.Errorf("the doctor: %v: %s", err, doctor)
			}
			b.do("idle?quiet=2s&timeout=30s", "", nil)
			stop()
			for _, said := range []string{log.String(), string(doctor)} {
				if _, secret, _ := strings.Cut(b.token, ":"); strings.Contains(said, secret) || strings.Contains(said, rimasQuestion) {
					t.Errorf("it tells what nobody may know: %s", said)
				}
			}
			b.isContent()
		})
	}
}

func (b *botAPI) asksWithPhoto() {
	b.t.Helper()
	b.do("send", fmt.Sprintf(`{"from":%d,"start":"poster"}`, chatOfRima), nil)
	for _, step := range [][2]string{
		{"الرجاء اختيار اللغة", "language/pick/ar"}, {"القائمة", "menu/menu/ask"}, {"لمن هذا السؤال", "ask/role/private"},
		{"ما الموضوع", "ask/topic/letter"}, {"تيليجرام ليس مشفرًا", "ask/consent/yes"},
	} {
		b.hears(chatOfRima, step[0])
		b.press(chatOfRima, chatOfRima, "data", step[1])
	}
	b.hears(chatOfRima, "الرجاء كتابة سؤالك")
	b.do("send", fmt.Sprintf(`{"from":%d,"media":{"type":"photo","size":2000},"caption":%q}`, chatOfRima, rimasQuestion), nil)
	b.hears(chatOfRima, "📷")
	b.press(chatOfRima, chatOfRima, "data", "ask/preview/soon")
	b.hears(chatOfRima, "رقم السؤال")
}

// answers claims the question, talks about it, and answers.
func (b *botAPI) answers(card message) {
	b.t.Helper()
	b.hears(chatOfDesk, "📎 Anhang zu Fall")
	var photos []struct{ Params map[string]string }
	if b.do("requests?method=sendPhoto", "", &photos); len(photos) != 1 || photos[0].Params["protect_content"] != "true" {
		b.t.Errorf("the photo is shown as %+v", photos)
	}
	b.press(chatOfDesk, berger, "label", "Ich übernehme")
	say := func(text string, replyTo int64) {
		in, err := json.Marshal(map[string]any{"from": berger, "chat": chatOfDesk, "thread": card.Thread, "reply_to": replyTo, "text": text})
		if err != nil {
			b.t.Fatal(err)
		}
		b.do("send", string(in), nil)
	}
	say("Der Brief ist eine Einladung, oder?", 0)
	say(bergersAnswer, card.ID)
	b.hears(chatOfDesk, bergersAnswer)
	var said []struct{ Message message }
	b.do(fmt.Sprintf("transcript?chat=%d&by=bot", chatOfRima), "", &said)
	for _, m := range said {
		if strings.Contains(m.Message.Text, bergersAnswer) || strings.Contains(m.Message.Text, "Einladung") {
			b.t.Errorf("it left the room before it was sent: %q", m.Message.Text)
		}
	}
	b.press(chatOfDesk, berger, "label", "Senden")
}

// isContent looks at what the emulator found wrong.
func (b *botAPI) isContent() {
	b.t.Helper()
	var menus []struct{}
	if b.do("requests?method=setMyCommands", "", &menus); len(menus) != 6 {
		b.t.Errorf("%d menus are set, want those of four languages, of everybody else and of the room", len(menus))
	}
	var wrong struct {
		Errors, Warnings int
		List             json.RawMessage
	}
	if b.do("violations", "", &wrong); wrong.Errors != 0 {
		b.t.Errorf("violations: %s", wrong.List)
	}
	var stats struct {
		Callbacks map[string]int
		Limited   struct {
			Total int
			Early int `json:"early_retries"`
		} `json:"rate_limited"`
		Updates struct{ Pending, Conflicts int }
	}
	b.do("stats", "", &stats)
	if stats.Callbacks["unanswered"] != 0 || stats.Limited.Early != 0 || stats.Updates.Pending != 0 || stats.Updates.Conflicts != 0 {
		b.t.Errorf("in the end: %+v", stats)
	}
	b.t.Logf("%d warnings, %d presses, %d times told to slow down", wrong.Warnings, stats.Callbacks["pressed"], stats.Limited.Total)
}
