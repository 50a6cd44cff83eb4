package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
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

	"lotse/bot/platformtest"
	"lotse/locales"
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
		"LOTSE_LISTEN=127.0.0.1:0", "LOTSE_TEST=1", "LOTSE_LOG=debug", "LOTSE_DESK_UNDO=0", "LOTSE_TELEGRAM_RATE=0"}
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
func TestRun(t *testing.T) {
	platformtest.Loopback(t)
	inFolder(t, nil)
	a := newAPI(t)
	_, stop := a.start(a.settings())
	a.say(asker, "/start", 0)
	a.until(asker, "the choice of languages or the menu", func(p posted) bool { return len(p.buttons) > 2 })
	for _, id := range []string{"language/pick/ar", "menu/menu/ask", "ask/role/private", "ask/topic/housing"} {
		a.press(asker, id)
	}
	a.until(asker, "what Telegram means for consent", hasText("تيليجرام"))
	a.press(asker, "ask/consent/yes")
	a.until(asker, "the question", func(p posted) bool { return slices.Contains(p.buttons, "nav/back") && len(p.buttons) == 3 })
	a.say(asker, question, 0)
	a.press(asker, "ask/preview/send")
	card := a.until(team, "the card", hasText(question))
	if strings.Contains(card.text, "Rima") || strings.Contains(card.text, "4711004711") {
		t.Errorf("the card tells who asks: %q", card.text)
	}
	a.say(team, reply, card.id)
	a.press(team, "send")
	last := a.until(asker, "the answer", hasText(reply))
	a.wait("the profile", func() bool { return a.set["Commands"+`{"chat_id":-1001234,"type":"chat"}`] != nil })
	if got := stop(); strings.Contains(got, canary) || strings.Contains(got, question) || strings.Contains(got, "4711004711") {
		t.Errorf("the log tells what nobody may know: %s", got)
	}

	// The next start finds the profile as it is, and goes on where it was.
	set := len(a.made("setMy"))
	if set < 3*5+5+1 {
		t.Errorf("the profile took only %d requests", set)
	}
	asked := len(a.made("getMyCommands"))
	_, stop = a.start(a.settings(), "run")
	a.wait("the profile again", func() bool { return len(a.begins("getMyCommands")) == 2*asked })
	a.say(asker, "/mine", 0)
	a.until(asker, "another answer", func(p posted) bool { return p.id > last.id })
	stop()
	if now := len(a.made("setMy")); now != set {
		t.Errorf("the same profile is set again: %d times", now-set)
	}
}

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
func TestWebhook(t *testing.T) {
	platformtest.Loopback(t)
	inFolder(t, nil)
	a := newAPI(t)
	out, stop := a.start(a.settings("LOTSE_TELEGRAM_WEBHOOK=on", "LOTSE_PUBLIC_URL=https://lotse.example/"), "run")
	a.wait("the webhook", func() bool { return a.hook != nil })
	if got := a.hook.Get("url"); got != "https://lotse.example/telegram" {
		t.Errorf("the webhook is at %q", got)
	}
	base := "http://" + regexp.MustCompile(`"listen":"([^"]*)"`).FindStringSubmatch(out.text())[1]
	deliver := func(secret string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+webhookPath, strings.NewReader(a.say(asker, "/start", 0)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
		r, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		return r.StatusCode
	}
	if code := deliver("wrong"); code != http.StatusForbidden {
		t.Errorf("a stranger is answered with %d", code)
	}
	if code := deliver(a.hook.Get("secret_token")); code != http.StatusOK {
		t.Errorf("Telegram is answered with %d", code)
	}
	a.until(asker, "an answer", func(p posted) bool { return len(p.buttons) > 0 })
	r, err := http.Get(base + "/healthz")
	if err != nil || r.StatusCode != http.StatusOK {
		t.Errorf("health: %v %v", r, err)
	}
	r.Body.Close()
	if got := stop(); strings.Contains(got, a.hook.Get("secret_token")) {
		t.Error("the log tells the webhook's secret")
	}
	if n := len(a.made("getUpdates")); n != 0 {
		t.Errorf("it asks all the same, %d times", n)
	}
}

// TestTroubleIsSaid runs beside a second bot, and with a token that nobody knows: the
// operator hears it once, /healthz tells it, and it works again by itself.
func TestTroubleIsSaid(t *testing.T) {
	platformtest.Loopback(t)
	for name, c := range map[string]struct {
		begins, ends func(*api)
		says         string
	}{
		"a second bot":     {func(a *api) { a.rival = true }, func(a *api) { a.rival = false }, "a second bot runs with the same token: stop one of them"},
		"an unknown token": {func(a *api) { a.deaf = true }, func(a *api) { a.deaf = false }, "get the valid one from @BotFather and set LOTSE_TELEGRAM_TOKEN"},
	} {
		t.Run(name, func(t *testing.T) {
			inFolder(t, nil)
			a := newAPI(t)
			c.begins(a)
			out, stop := a.start(a.settings(), "run")
			out.until(t, c.says)
			health := func() (int, string) {
				r, err := http.Get("http://" + regexp.MustCompile(`"listen":"([^"]*)"`).FindStringSubmatch(out.until(t, `"listen"`))[1] + "/healthz")
				if err != nil {
					t.Fatal(err)
				}
				defer r.Body.Close()
				said, err := io.ReadAll(r.Body)
				if err != nil {
					t.Fatal(err)
				}
				return r.StatusCode, string(said)
			}
			if code, said := health(); code != http.StatusServiceUnavailable || !strings.Contains(said, c.says) {
				t.Errorf("/healthz says %d %s", code, said)
			}
			a.mu.Lock()
			c.ends(a)
			a.mu.Unlock()
			a.say(asker, "/start", 0)
			a.until(asker, "an answer", func(p posted) bool { return len(p.buttons) > 0 })
			if got := stop(); strings.Count(got, c.says) != 1 || strings.Contains(got, canary) {
				t.Errorf("the log says %s", got)
			}
		})
	}
}

// TestRightsAreExplained begins in a group where the bot is only a member: there it
// says what is missing, and thanks when it is made an administrator.
func TestRightsAreExplained(t *testing.T) {
	platformtest.Loopback(t)
	inFolder(t, nil)
	a := newAPI(t)
	a.member = true
	_, stop := a.start(a.settings(), "run")
	said := a.until(team, "what is missing", hasText("In dieser Gruppe fehlt Lotse etwas."))
	for _, words := range []string{"auf seine Nachrichten antwortet", "darf nichts löschen", "„Administratoren“", "wer die Gruppe verwaltet"} {
		if !strings.Contains(said.text, words) {
			t.Errorf("it does not say %q: %s", words, said.text)
		}
	}
	stop()
	_, stop = a.start(a.settings(), "run") // does not say it again
	a.mu.Lock()
	a.member = false
	a.mu.Unlock()
	a.tell(`"my_chat_member":{"chat":{"id":-1001234,"type":"supergroup"},"from":{"id":99},"date":%d,"old_chat_member":{"status":"member"},"new_chat_member":{"status":"administrator"}}`, time.Now().Unix())
	a.until(team, "thanks", hasText("Jetzt fehlt Lotse hier nichts mehr."))
	stop()
	if len(a.posts) != 2 {
		t.Errorf("it says %+v", a.posts)
	}
}

func TestDoctor(t *testing.T) {
	platformtest.Loopback(t)
	inFolder(t, nil)
	a := newAPI(t)
	check := func(code int, environ []string, says ...string) {
		t.Helper()
		got := lotse(t, "", environ, "doctor")
		if got.code != code || strings.Contains(got.out+got.err, canary) || (strings.Contains("\n"+got.out, "\nerror ") != (code == 1)) {
			t.Errorf("%+v", got)
		}
		for _, words := range says {
			if !strings.Contains(got.out, words) {
				t.Errorf("it does not say %q: %s", words, got.out)
			}
		}
	}
	check(0, a.settings(), "warn   Es gibt noch keine Daten", "warn   Nur zum Ausprobieren", "ok     Telegram kennt den Bot @lotse_bot.", "ok     Gruppe -1001234: in Ordnung")
	check(1, nil, "error  Es ist kein Netz eingerichtet")
	check(1, a.settings("LOTSE_TEST=0"), "LOTSE_CONTROLLER, LOTSE_CONTACT, LOTSE_DPO, LOTSE_HOSTER, LOTSE_ORGANISATIONS")
	check(1, a.settings("LOTSE_DESKS="), "error  Es gibt keinen Raum für das Team", "ok     Telegram kennt")
	check(1, a.settings("LOTSE_TELEGRAM_WEBHOOK=on"), "error  LOTSE_TELEGRAM_WEBHOOK ist on")
	check(1, a.settings("LOTSE_TELEGRAM_API=http://127.0.0.1:1"), "error  Der Server http://127.0.0.1:1 antwortet nicht")
	a.deaf = true
	check(1, a.settings(), "error  Telegram kennt dieses Token nicht")
	if n := len(a.made("getUpdates")) + len(a.made("set")); n != 0 {
		t.Errorf("it is not only looked: %v", a.calls)
	}
}

func TestRunRefuses(t *testing.T) {
	platformtest.Loopback(t)
	inFolder(t, nil)
	a := newAPI(t)
	for _, test := range []struct {
		environ []string
		says    string
	}{
		{a.settings("LOTSE_TEST=0", "LOTSE_DPO=Frau Weber"), "set LOTSE_CONTROLLER, LOTSE_CONTACT, LOTSE_HOSTER, LOTSE_ORGANISATIONS, or LOTSE_TEST=1"},
		{a.settings("LOTSE_DESKS="), "LOTSE_DESKS"},
		{a.settings("LOTSE_TELEGRAM_WEBHOOK=on"), "LOTSE_PUBLIC_URL"},
	} {
		got := lotse(t, "", test.environ, "run")
		if got.code != 1 || !strings.Contains(got.err, test.says) || strings.Count(got.err, "\n") != 1 || strings.Contains(got.err, canary) {
			t.Errorf("%+v, want %q", got, test.says)
		}
	}
	if got := lotse(t, "", a.settings(), "config"); !strings.Contains(got.out, "LOTSE_TELEGRAM_TOKEN    (hidden)") || strings.Contains(got.out, canary) {
		t.Errorf("%+v", got)
	}
	if len(a.calls) != 0 {
		t.Errorf("it asks Telegram all the same: %v", a.calls)
	}
}

// TestProfile holds what the catalogues say of the bot against the limits of the
// Bot API (setMyName, setMyShortDescription, setMyDescription, BotCommand).
func TestProfile(t *testing.T) {
	words, err := locales.Load(locales.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	p := profileOf(words, "de")
	for limit, texts := range map[int]map[string]string{64: p.Name, 120: p.Short, 512: p.About} {
		if len(texts) != 1+len(tags) {
			t.Errorf("languages: %v", texts)
		}
		for lang, text := range texts {
			if n := len(utf16.Encode([]rune(text))); n == 0 || n > limit {
				t.Errorf("%q has %d, at most %d: %s", lang, n, limit, text)
			}
		}
	}
	for _, m := range p.Menus {
		for _, c := range m.Commands {
			if c.About == "" || len([]rune(c.About)) > 60 {
				t.Errorf("%q /%s: %q", m.Lang, c.Word, c.About)
			}
		}
	}
	if p.About[""] != p.About["en"] || p.About["ar"] == p.About["en"] || len(p.Menus) != 2+len(tags) {
		t.Errorf("%+v", p)
	}
}
