//go:build botapi

package telegram

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
)

// These tests run against an emulator of the Bot API that checks every request:
//
//	LOTSE_BOTAPI=path/to/emulator go test -tags 'goolm botapi' ./bot/telegram
//
// Without the variable it is looked for beside the repository.

// An emulator is one that runs, with a bot that talks to it.
type emulator struct {
	t     *testing.T
	url   string
	token string
	tg    *Telegram
	told  chan chat.Event
}

func startEmulator(t *testing.T, desks ...string) *emulator {
	t.Helper()
	dir := os.Getenv("LOTSE_BOTAPI")
	if dir == "" {
		dir = "../../../shared/botapi/emulator"
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "botapi")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	run := exec.Command(program, "-addr", "127.0.0.1:0", "-spec", filepath.Join(dir, "..", "api.json"), "-strict", "-selfcheck")
	out, err := run.StdoutPipe()
	if err == nil {
		err = run.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Process.Kill(); _ = run.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(line)
	e := &emulator{t: t, told: make(chan chat.Event, 100), token: words[len(words)-1]}
	e.url = strings.TrimSuffix(words[len(words)-3], ",")
	e.tg, err = New(Options{Token: e.token, API: e.url, Desks: desks, Files: elsewhere, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// elsewhere is another network, on which everything is 3000 bytes long.
func elsewhere(context.Context, chat.File) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(strings.Repeat("x", 3000))), nil
}

func (e *emulator) Resume(context.Context, string) (string, error) { return "", nil }
func (e *emulator) Advance(context.Context, string, string) error  { return nil }
func (e *emulator) Receive(_ context.Context, ev chat.Event) error {
	if ev.Kind != chat.Setup { // when the desk is looked at is nobody's turn
		e.told <- ev
	}
	return nil
}

// run lets the bot receive until the test is over, and then looks at what the
// emulator found wrong.
func (e *emulator) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.tg.Run(ctx, e) }()
	e.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			e.t.Error(err)
		}
		var wrong struct{ Errors, Warnings int }
		raw := e.look("violations")
		if err := json.Unmarshal(raw, &wrong); err != nil || wrong.Errors != 0 || wrong.Warnings != 0 {
			e.t.Errorf("violations: %s", raw)
		}
	})
}

func (e *emulator) control(path, body string) json.RawMessage {
	e.t.Helper()
	return e.ask(http.Post(e.url+"/control/"+path, "application/json", strings.NewReader(body)))
}

func (e *emulator) look(path string) json.RawMessage {
	e.t.Helper()
	return e.ask(http.Get(e.url + "/control/" + path))
}

func (e *emulator) ask(r *http.Response, err error) json.RawMessage {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		e.t.Fatalf("%s: %s %v", r.Request.URL, raw, err)
	}
	return bytes.TrimSpace(raw)
}

// next is what the bot is told next.
func (e *emulator) next() chat.Event {
	e.t.Helper()
	select {
	case ev := <-e.told:
		return ev
	case <-time.After(20 * time.Second):
		e.t.Fatal("nothing is told")
	}
	return chat.Event{}
}

func (e *emulator) want(ok func(chat.Event) bool, what string) chat.Event {
	e.t.Helper()
	ev := e.next()
	if !ok(ev) {
		e.t.Errorf("%s is told as %+v", what, ev)
	}
	return ev
}

func (e *emulator) send(to chat.Address, m chat.Message) string {
	e.t.Helper()
	r, err := e.tg.Send(e.t.Context(), "", to, m)
	if err != nil {
		e.t.Fatal(err)
	}
	return r.Message
}

func (e *emulator) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Error(err)
	}
}

func TestEmulatorPerson(t *testing.T) {
	e := startEmulator(t)
	e.control("users", `{"id":4711,"first_name":"Rima","language_code":"ar"}`)
	e.run()
	e.control("send", `{"from":4711,"start":"poster_ar"}`)
	ev := e.want(func(ev chat.Event) bool {
		return ev.Kind == chat.Command && ev.Text == "start" && ev.Args == "poster_ar" && ev.Lang == "ar" && ev.Name == "" && ev.In == person()
	}, "/start")
	id := e.send(person(), chat.Message{Text: "😀 Welche?", Marks: []chat.Mark{{Style: chat.Bold, From: 5, To: 9}}, ReplyTo: ev.Message, Buttons: [][]chat.Button{{{ID: "ask/kita", Label: "🧸 Kita"}}}})
	e.control("press", `{"chat":4711,"from":4711,"label":"Kita"}`)
	e.want(func(ev chat.Event) bool { return ev.Kind == chat.Press && ev.Press == "ask/kita" && ev.On == id }, "a press")
	for range 2 {
		e.must(e.tg.Edit(t.Context(), "", person(), id, chat.Message{Text: "Kita."}))
	}
	for _, kind := range []string{"photo", "voice", "video", "document", "audio", "animation", "video_note"} {
		e.control("send", fmt.Sprintf(`{"from":4711,"media":{"type":%q,"size":2000,"file_name":"a.pdf"}}`, kind))
		ev := e.want(func(ev chat.Event) bool { return ev.Kind == chat.Media && len(ev.Files) == 1 }, kind)
		m := chat.Message{Files: ev.Files, Protect: true}
		if kind != "video_note" {
			m.Text = "zurück"
		}
		back := e.send(person(), m)
		if kind == "photo" {
			e.must(e.tg.Edit(t.Context(), "", person(), back, chat.Message{Text: "anders"}))
		}
		e.must(e.tg.Delete(t.Context(), "", person(), back))
		e.must(e.tg.Delete(t.Context(), "", person(), back))
		r, err := e.tg.Open(t.Context(), ev.Files[0])
		if err != nil {
			t.Fatal(err)
		}
		if raw, err := io.ReadAll(r); err != nil || len(raw) != 2000 {
			t.Errorf("%s has %d bytes, %v", kind, len(raw), err)
		}
		e.must(r.Close())
	}
	for i := range 3 {
		e.control("send", fmt.Sprintf(`{"from":4711,"media_group_id":"9","media":{"type":"photo","size":%d}}`, 100+i))
	}
	for kind, is := range map[chat.FileKind]string{chat.Photo: "image/jpeg", chat.Voice: "audio/ogg", chat.Video: "video/mp4", chat.Document: "application/pdf"} {
		e.send(person(), chat.Message{Text: "von dort", Protect: true, Files: []chat.File{{Kind: kind, Platform: "matrix", Type: is, Size: 3000, Length: 2e9}}})
	}
	var files []chat.File
	for range 3 {
		part := e.want(func(ev chat.Event) bool { return ev.Kind == chat.Media && ev.Album == "9" }, "a part of an album")
		files = append(files, part.Files...)
	}
	album := e.tg.Parts(chat.Message{Text: "zurück", Marks: []chat.Mark{{Style: chat.Bold, From: 0, To: 2}}, Files: files, Protect: true})
	r, err := e.tg.Send(t.Context(), "", person(), album[0])
	if err != nil || len(album) != 1 || len(r.Messages()) != 3 {
		t.Errorf("an album of %d requests was sent as %v, %v", len(album), r, err)
	}
	e.control("send", `{"from":4711,"location":{"latitude":51.3,"longitude":12.3}}`)
	e.want(func(ev chat.Event) bool { return ev.Kind == chat.Text && ev.Text == "📍 51.300000, 12.300000" }, "a place")
	e.control("send", `{"from":4711,"contact":{}}`)
	e.want(func(ev chat.Event) bool { return ev.Kind == chat.Text && strings.HasPrefix(ev.Text, "👤 Rima\n") }, "a contact")
	e.control("send", `{"from":4711,"text":"Hallo"}`)
	ev = e.want(func(ev chat.Event) bool { return ev.Kind == chat.Text }, "a text")
	e.control("edit", fmt.Sprintf(`{"chat":4711,"message_id":%s,"text":"Hallo!"}`, ev.Message))
	e.want(func(now chat.Event) bool {
		return now.Kind == chat.Edit && now.On == ev.Message && now.Text == "Hallo!"
	}, "an edit")
	e.must(e.tg.React(t.Context(), "", person(), ev.Message, "👍"))
	e.control("react", fmt.Sprintf(`{"chat":4711,"from":4711,"message_id":%s,"emoji":["❤"]}`, id))
	e.want(func(ev chat.Event) bool { return ev.Kind == chat.Reaction && ev.On == id && ev.Text == "❤" }, "a reaction")
	e.control("block", `{"user":4711}`)
	e.want(func(ev chat.Event) bool { return ev.Kind == chat.Left && ev.In == person() }, "a block")
	var no *chat.SendError
	if _, err := e.tg.Send(t.Context(), "", person(), chat.Message{Text: "x"}); !errors.As(err, &no) || !no.Gone {
		t.Errorf("sent to who blocked: %v", err)
	}
	e.control("block", `{"user":4711,"blocked":false}`)
	e.want(func(ev chat.Event) bool { return ev.Kind == chat.Back }, "a return")
	e.look("idle")
	if raw := e.look("callbacks?unanswered=1"); string(raw) != "[]" {
		t.Errorf("presses without an answer: %s", raw)
	}
}

func TestEmulatorDesk(t *testing.T) {
	const group = "-1009001"
	at := chat.Address{Platform: Platform, Room: group}
	e := startEmulator(t, group)
	e.control("users", `{"id":99,"first_name":"Eva","last_name":"Berger"}`)
	e.control("groups", `{"id":-1009001,"title":"Lotse","is_forum":true,"owner":99}`)
	e.run()
	for _, f := range e.tg.Check(t.Context()) {
		if f.Level != Fine {
			t.Errorf("%+v", f)
		}
	}
	p := Profile{
		Name: map[string]string{"": "Lotse", "ar": "مرشد"}, Short: map[string]string{"": "Fragen"}, About: map[string]string{"": "Fragen Sie."},
		Menus: []Menu{{Scope: InPrivate, Commands: []MenuCommand{{"start", "Anfang"}}}, {Scope: InPrivate, Lang: "uk", Commands: []MenuCommand{{"start", "Початок"}}}, {Scope: AtDesk, Commands: []MenuCommand{{"offen", "Offene"}}}},
	}
	for range 2 {
		e.must(e.tg.SetProfile(t.Context(), p))
	}
	var sets []struct{}
	e.must(json.Unmarshal(e.look("requests?method=setMyCommands"), &sets))
	if len(sets) != len(p.Menus) {
		t.Errorf("menus are set %d times", len(sets))
	}
	topic, err := e.tg.OpenThread(t.Context(), at, strings.Repeat("1", 200))
	e.must(err)
	card := e.send(topic, chat.Message{Text: "Karte", Buttons: [][]chat.Button{{{ID: "desk/1/claim", Label: "Nehmen"}}}})
	e.control("press", `{"chat":-1009001,"from":99,"label":"Nehmen"}`)
	e.want(func(ev chat.Event) bool { return ev.Kind == chat.Press && ev.In == topic && ev.Name == "Eva Berger" }, "a press")
	e.control("send", fmt.Sprintf(`{"from":99,"chat":-1009001,"thread":%s,"text":"nur so"}`, topic.Thread))
	e.want(func(ev chat.Event) bool { return ev.Text == "nur so" && ev.On == "" && ev.In == topic }, "talk in a topic")
	e.control("send", fmt.Sprintf(`{"from":99,"chat":-1009001,"thread":%s,"reply_to":%s,"text":"Antwort"}`, topic.Thread, card))
	e.want(func(ev chat.Event) bool {
		return ev.Text == "Antwort" && ev.On == card && ev.In == topic && ev.OnButton == "desk/1/claim" && !ev.OnAt.IsZero()
	}, "a reply in a topic")
	e.control("send", `{"from":99,"chat":-1009001,"text":"/offen@another_bot"}`)
	e.control("send", `{"from":99,"chat":-1009001,"text":"allgemein"}`)
	e.want(func(ev chat.Event) bool { return ev.Text == "allgemein" && ev.In == at }, "talk in General")
	e.must(e.tg.NameThread(t.Context(), topic, "2"))
	for range 2 {
		e.must(e.tg.CloseThread(t.Context(), topic))
	}
	for range 2 {
		e.must(e.tg.ReopenThread(t.Context(), topic))
	}
	for range 2 {
		e.must(e.tg.DeleteThread(t.Context(), topic))
	}
	var no *chat.SendError
	if _, err := e.tg.Send(t.Context(), "", topic, chat.Message{Text: "x"}); !errors.As(err, &no) || !no.NoThread {
		t.Errorf("sent into a deleted topic: %v", err)
	}
	if err := e.tg.CloseThread(t.Context(), topic); !errors.As(err, &no) || !no.NoThread {
		t.Errorf("closed a deleted topic: %v", err)
	}
	e.control("groups", `{"id":-1009002,"title":"Fremd"}`)
	e.send(at, chat.Message{Text: "noch da"})
	e.look("idle")
	if raw := e.look("chat?chat=-1009002"); !strings.Contains(string(raw), `"status":"left"`) {
		t.Errorf("the bot stays in a foreign group: %s", raw)
	}
}

func TestEmulatorMovedDesk(t *testing.T) {
	e := startEmulator(t, "-77")
	e.control("users", `{"id":99,"first_name":"Eva"}`)
	e.control("groups", `{"id":-77,"type":"group","title":"Lotse","owner":99}`)
	e.run()
	at := chat.Address{Platform: Platform, Room: "-77"}
	e.send(at, chat.Message{Text: "vorher"})
	var now struct{ ID int64 }
	e.must(json.Unmarshal(e.control("migrate", `{"chat":-77,"by":99}`), &now))
	card := e.send(at, chat.Message{Text: "nachher"})
	_, number, _ := strings.Cut(card, "/")
	e.control("send", fmt.Sprintf(`{"from":99,"chat":%d,"reply_to":%s,"text":"Antwort"}`, now.ID, number))
	e.want(func(ev chat.Event) bool { return ev.Text == "Antwort" && ev.In == at && ev.On == card }, "a reply after the move")
}

func TestEmulatorWebhook(t *testing.T) {
	e := startEmulator(t)
	e.control("users", `{"id":4711,"first_name":"Rima"}`)
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	defer server.Close()
	var err error
	e.tg, err = New(Options{Token: e.token, API: e.url, Webhook: &WebhookOptions{URL: server.URL + "/telegram"}})
	if err != nil {
		t.Fatal(err)
	}
	handler = e.tg.Handler()
	e.run()
	for _, words := range strings.Fields("eins zwei drei") {
		e.control("send", fmt.Sprintf(`{"from":4711,"text":%q}`, words))
	}
	for _, words := range strings.Fields("eins zwei drei") {
		e.want(func(ev chat.Event) bool { return ev.Text == words }, words)
	}
	for i := range 3 {
		e.control("send", fmt.Sprintf(`{"from":4711,"media_group_id":"9","media":{"type":"photo","size":%d}}`, 100+i))
	}
	for range 3 {
		e.want(func(ev chat.Event) bool { return ev.Kind == chat.Media && ev.Album == "9" }, "a part of an album")
	}
	for _, f := range e.tg.Check(t.Context()) {
		if f.Level != Fine {
			t.Errorf("%+v", f)
		}
	}
}

// Whatever breaks: what a person says is told once it works again, and a send that
// may have arrived is known to be unsure.
func TestEmulatorFaults(t *testing.T) {
	e := startEmulator(t)
	e.control("users", `{"id":4711,"first_name":"Rima","started":true}`)
	e.run()
	for _, c := range []struct {
		fault  string
		unsure bool
	}{
		{`"kind":"drop_before"`, true}, {`"kind":"drop_after"`, true}, {`"kind":"malformed"`, true}, {`"kind":"bad_gateway"`, true},
		{`"kind":"error","code":500`, true}, {`"kind":"error","code":429,"retry_after":3`, false},
	} {
		e.control("faults", `{"method":"sendMessage","count":1,`+c.fault+`}`)
		var no *chat.SendError
		if _, err := e.tg.Send(t.Context(), "", person(), chat.Message{Text: "x"}); !errors.As(err, &no) || no.Bad || no.Gone || no.Unsure != c.unsure {
			t.Errorf("%s: %v", c.fault, err)
		}
		e.control("faults", `{"method":"getUpdates","count":1,`+c.fault+`}`)
		e.control("send", `{"from":4711,"text":"eins"}`)
		e.control("send", `{"from":4711,"text":"zwei"}`)
		for _, words := range []string{"eins", "zwei"} {
			e.want(func(ev chat.Event) bool { return ev.Text == words }, c.fault)
		}
	}
	seen := map[string]bool{}
	e.control("send", `{"from":4711,"text":"drei"}`)
	seen[e.next().ID] = true
	e.control("faults", `{"kind":"duplicate_updates","count":1}`)
	e.control("send", `{"from":4711,"text":"vier"}`)
	for range 2 {
		seen[e.next().ID] = true
	}
	if len(seen) != 2 {
		t.Errorf("told again it is another event: %v", seen)
	}
}
