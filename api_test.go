package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"
)

const (
	canary   = "CanaryTokenThatNobodyMaySee_12345"
	botToken = "700000001:" + canary
	asker    = 4711004711 // longer than any part of a time in a log
	team     = -1001234
	patient  = 20 * time.Second
)

// A posted message as it stands in a chat of Telegram now.
type posted struct {
	id, chat int64
	text     string
	buttons  []string
}

// An api is a Bot API server, as much of one as a conversation takes. What is set
// it tells when it is asked.
type api struct {
	t       *testing.T
	url     string
	mu      sync.Mutex
	changed chan struct{} // closed and replaced whenever something is
	told    []json.RawMessage
	posts   []posted
	set     map[string]json.RawMessage
	calls   []string
	hook    url.Values // what setWebhook said
	next    int64
	deaf    bool // it knows no token
	rival   bool // another bot asks for updates
	member  bool // the bot is no administrator of the team's group
	// moved is the supergroup that -55 became, 0 while it is a basic group.
	moved int64
}

func newAPI(t *testing.T) *api {
	a := &api{t: t, changed: make(chan struct{}), set: map[string]json.RawMessage{}, next: 100}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.url = server.URL
	return a
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var method string
	n, _ := fmt.Sscanf(r.URL.Path, "/bot"+botToken+"/%s", &method)
	if code, reason := a.refusal(method); n != 1 || r.ParseForm() != nil || code != 0 {
		w.WriteHeader(code)
		fmt.Fprintf(w, `{"ok":false,"error_code":%d,"description":%q}`, code, reason)
		return
	}
	if method == "getUpdates" {
		fmt.Fprintf(w, `{"ok":true,"result":[%s]}`, a.updates(r))
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if method == "createForumTopic" {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"ok":false,"error_code":400,"description":"Bad Request: the chat is not a forum"}`)
		return
	}
	if a.moved != 0 && r.Form.Get("chat_id") == "-55" && method != "getChat" {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":%d}}`, a.moved)
		return
	}
	fmt.Fprintf(w, `{"ok":true,"result":%s}`, a.answer(method, r.Form))
	a.calls = append(a.calls, method)
	a.stir()
}

// refusal is how a method is refused, 0 if it is not.
func (a *api) refusal(method string) (code int, reason string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.deaf:
		return http.StatusUnauthorized, "Unauthorized"
	case a.rival && method == "getUpdates":
		a.calls = append(a.calls, method)
		a.stir()
		return http.StatusConflict, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
	}
	return 0, ""
}

// stir wakes who waits; a.mu is held.
func (a *api) stir() {
	close(a.changed)
	a.changed = make(chan struct{})
}

// updates are those from the offset on, as soon as there are any. Their numbers
// are 1 and following.
func (a *api) updates(r *http.Request) string {
	offset, _ := strconv.Atoi(r.Form.Get("offset"))
	for {
		a.mu.Lock()
		var found []string
		for _, u := range a.told[min(max(offset-1, 0), len(a.told)):] {
			found = append(found, string(u))
		}
		changed := a.changed
		a.mu.Unlock()
		if len(found) > 0 {
			return strings.Join(found, ",")
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return ""
		}
	}
}

func (a *api) answer(method string, form url.Values) string {
	scope := form.Get("language_code") + form.Get("scope")
	thing, isSet := strings.CutPrefix(method, "setMy")
	switch {
	case isSet:
		value := json.RawMessage(form.Get("commands"))
		if len(value) == 0 {
			text := map[string]string{}
			for name := range form {
				text[name] = form.Get(name)
			}
			value = mustJSON(a.t, text)
		}
		a.set[thing+scope] = value
	case method == "getMyCommands":
		if now := a.set["Commands"+scope]; now != nil {
			return string(now)
		}
		return "[]"
	case strings.HasPrefix(method, "getMy"):
		if now := a.set[strings.TrimPrefix(method, "getMy")+scope]; now != nil {
			return string(now)
		}
		return "{}"
	case method == "getMe":
		return `{"id":700000001,"is_bot":true,"username":"lotse_bot","can_join_groups":true,"can_read_all_group_messages":false}`
	case method == "getChat" && form.Get("chat_id") == "-55":
		return `{"id":-55,"type":"group","permissions":{"can_send_messages":true}}`
	case method == "getChat":
		return `{"id":-1001234,"type":"supergroup","permissions":{"can_send_messages":true}}`
	case method == "getChatMemberCount":
		return "3"
	case method == "getChatMember":
		if a.member {
			return `{"status":"member"}`
		}
		return `{"status":"administrator","can_manage_topics":true,"can_delete_messages":true}`
	case method == "getWebhookInfo":
		return `{"url":"","pending_update_count":0}`
	case method == "setWebhook":
		a.hook = form
	case strings.HasPrefix(method, "send") && method != "sendChatAction":
		a.next++
		p := posted{id: a.next}
		p.chat, _ = strconv.ParseInt(form.Get("chat_id"), 10, 64)
		a.posts = append(a.posts, p.with(form))
		return fmt.Sprintf(`{"message_id":%d,"chat":{"id":%d}}`, p.id, p.chat)
	case strings.HasPrefix(method, "editMessage"):
		i := slices.IndexFunc(a.posts, func(p posted) bool { return strconv.FormatInt(p.id, 10) == form.Get("message_id") })
		a.posts[i] = a.posts[i].with(form)
	}
	return "true"
}

func mustJSON(t *testing.T, v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		t.Error(err)
	}
	return raw
}

func (p posted) with(form url.Values) posted {
	p.text, p.buttons = form.Get("text"), nil
	for _, found := range regexp.MustCompile(`"callback_data":"([^"]*)"`).FindAllStringSubmatch(form.Get("reply_markup"), -1) {
		p.buttons = append(p.buttons, found[1])
	}
	return p
}

// tell queues an update, and returns it.
func (a *api) tell(format string, args ...any) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	update := fmt.Sprintf(`{"update_id":%d,%s}`, len(a.told)+1, fmt.Sprintf(format, args...))
	a.told = append(a.told, json.RawMessage(update))
	a.stir()
	return update
}

// in is a chat with who speaks there.
func in(chat int64) string {
	if chat == asker {
		return `"chat":{"id":4711004711,"type":"private"},"from":{"id":4711004711,"first_name":"Rima","language_code":"ar"}`
	}
	return fmt.Sprintf(`"chat":{"id":%d,"type":"supergroup"},"from":{"id":99,"first_name":"Eva"}`, chat)
}

// say lets somebody write, perhaps in reply.
func (a *api) say(chat int64, text string, replyTo int64) string {
	a.mu.Lock()
	a.next++
	id := a.next
	a.mu.Unlock()
	more := ""
	if replyTo != 0 {
		more = fmt.Sprintf(`,"reply_to_message":{"message_id":%d,"date":1790000000,"chat":{"id":%d,"type":"supergroup"},"from":{"id":700000001,"is_bot":true}}`, replyTo, chat)
	}
	if strings.HasPrefix(text, "/") {
		more += fmt.Sprintf(`,"entities":[{"type":"bot_command","offset":0,"length":%d}]`, len(utf16.Encode([]rune(text))))
	}
	return a.tell(`"message":{"message_id":%d,"date":%d,%s,"text":%q%s}`, id, time.Now().Unix(), in(chat), text, more)
}

// until waits for the newest message of a chat that is as f wants it.
func (a *api) until(chat int64, what string, f func(posted) bool) posted {
	a.t.Helper()
	var found posted
	a.wait(what, func() bool {
		for _, p := range slices.Backward(a.posts) {
			if p.chat == chat && f(p) {
				found = p
				return true
			}
		}
		return false
	})
	return found
}

func (a *api) wait(what string, f func() bool) {
	a.t.Helper()
	limit := time.After(patient)
	for {
		a.mu.Lock()
		ok, changed := f(), a.changed
		a.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-limit:
			a.t.Fatalf("never: %s; there is %+v", what, a.posts)
		}
	}
}

// press presses the newest button of a chat whose ID has a segment.
func (a *api) press(chat int64, id string) {
	a.t.Helper()
	var data string
	p := a.until(chat, "the button "+id, func(p posted) bool {
		i := slices.IndexFunc(p.buttons, func(b string) bool { return strings.Contains("/"+b+"/", "/"+id+"/") })
		if i >= 0 {
			data = p.buttons[i]
		}
		return i >= 0
	})
	_, from, _ := strings.Cut(in(chat), `,"from"`)
	place, _, _ := strings.Cut(in(chat), `,"from"`)
	a.tell(`"callback_query":{"id":"%d","from"%s,"chat_instance":"1","data":%q,"message":{"message_id":%d,"date":1790000000,%s}}`, len(data)+len(a.told)*1000, from, data, p.id, place)
}

// A printer is written to and read from at the same time.
type printer struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced with every write
	bytes.Buffer
}

func (p *printer) Write(raw []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.changed)
	p.changed = make(chan struct{})
	return p.Buffer.Write(raw)
}

// until waits for words, and returns everything that was printed.
func (p *printer) until(t *testing.T, words string) string {
	t.Helper()
	limit := time.After(patient)
	for {
		p.mu.Lock()
		text, changed := p.Buffer.String(), p.changed
		p.mu.Unlock()
		if strings.Contains(text, words) {
			return text
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("it never prints %q: %s", words, text)
		}
	}
}

func (p *printer) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Buffer.String()
}

// settings are those that lotse run needs to talk to a, with changes: a NAME=
// leaves one out.
func (a *api) settings(changes ...string) []string {
	all := []string{"LOTSE_TELEGRAM_TOKEN=" + botToken, "LOTSE_TELEGRAM_API=" + a.url, "LOTSE_DESKS=telegram:-1001234",
		"LOTSE_LISTEN=127.0.0.1:0", "LOTSE_TEST=1", "LOTSE_LOG=debug", "LOTSE_DESK_UNDO=0", "LOTSE_TELEGRAM_RATE=0", "LOTSE_LINKS=off"}
	for _, change := range changes {
		name, _, _ := strings.Cut(change, "=")
		all = slices.DeleteFunc(all, func(s string) bool { return strings.HasPrefix(s, name+"=") })
		all = append(all, change)
	}
	return all
}

// start runs lotse; stop ends it and returns what it printed.
func (a *api) start(environ []string, args ...string) (out *printer, stop func() string) {
	a.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out = &printer{changed: make(chan struct{})}
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, args, environ, nil, out, out) }()
	a.t.Cleanup(cancel)
	return out, func() string {
		a.t.Helper()
		began := time.Now()
		cancel()
		if code := <-ended; code != exitDone || time.Since(began) > 5*time.Second {
			a.t.Errorf("it ended after %v with %d: %s", time.Since(began), code, out.text())
		}
		return out.text()
	}
}

func hasText(text string) func(posted) bool {
	return func(p posted) bool { return strings.Contains(p.text, text) }
}

// TestRun is one question over Telegram and its answer; lotse alone is lotse run.
// made are the requests of a method, or of those that begin so.
func (a *api) made(method string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.begins(method)
}

// begins is made for who holds a.mu.
func (a *api) begins(method string) (found []string) {
	for _, m := range a.calls {
		if strings.HasPrefix(m, method) {
			found = append(found, m)
		}
	}
	return found
}

// TestWebhook lets Telegram deliver, to the address that also says how it is.
// TestTroubleIsSaid runs beside a second bot, and with a token that nobody knows: the
// operator hears it once, /healthz tells it, and it works again by itself.
// TestRightsAreExplained begins in a group where the bot is only a member: there it
// says what is missing, and thanks when it is made an administrator.
// TestProfile holds what the catalogues say of the bot against the limits of the
// Bot API (setMyName, setMyShortDescription, setMyDescription, BotCommand).
