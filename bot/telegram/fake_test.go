package telegram

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lotse/bot/chat"
	"lotse/bot/platformtest"
)

const (
	testToken  = "700000001:CanaryTokenThatNobodyMaySee_12345"
	testSecret = "CanaryTokenThatNobodyMaySee_12345"
	rima       = 4711
	desk       = -1001234
)

// A fake is a Bot API server with one bot. It forgets nothing: a bot that was set
// back is told again.
type fake struct {
	t       testing.TB
	atOnce  int                                                // updates in one answer
	fail    func(method string, form url.Values) (int, string) // a status that is not 0 is the answer
	results map[string]func(form url.Values) any               // of methods that are not built in
	mu      sync.Mutex
	updates []json.RawMessage
	ids     []int64
	changed chan struct{}
	posts   []*post
	next    int64
	calls   []made
	asked   []url.Values // for updates
	blocked bool
	cut     atomic.Int64 // requests that were given up before their answer; only without a connection
}

// A post is one of the bot's messages.
type post struct {
	platformtest.Shown
	chat    string
	deleted bool
	form    url.Values
}

// A made is one request.
type made struct {
	method string
	form   url.Values
}

func newFake(t testing.TB) *fake {
	return &fake{t: t, atOnce: pollLimit, changed: make(chan struct{}), next: 100, results: map[string]func(url.Values) any{}}
}

// serve is the fake on a real connection, with the adapter that talks to it.
func (f *fake) serve(o Options) *Telegram {
	f.t.Helper()
	server := httptest.NewServer(f)
	f.t.Cleanup(server.Close)
	o.API = server.URL
	return f.open(o)
}

// RoundTrip is the fake without a connection, for virtual time.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		f.cut.Add(1)
		return nil, err
	}
	return w.Result(), nil
}

func (f *fake) open(o Options) *Telegram {
	f.t.Helper()
	if o.Token == "" {
		o.Token = testToken
	}
	t, err := New(o)
	if err != nil {
		f.t.Fatal(err)
	}
	return t
}

// tell queues an update: its fields, in JSON, without the number.
func (f *fake) tell(format string, args ...any) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := int64(1000)
	if len(f.ids) > 0 {
		id = f.ids[len(f.ids)-1] + 1
	}
	f.queue(id, fmt.Sprintf(`{"update_id":%d,%s}`, id, fmt.Sprintf(format, args...)))
	return id
}

func (f *fake) queue(id int64, raw string) {
	f.ids, f.updates = append(f.ids, id), append(f.updates, json.RawMessage(raw))
	close(f.changed)
	f.changed = make(chan struct{})
}

// say lets the person write.
func (f *fake) say(text string) {
	f.next++
	f.tell(`"message":{"message_id":%d,"date":1790000000,"chat":{"id":%d,"type":"private"},"from":{"id":%d,"first_name":"Rima"},"text":%q}`, f.next, rima, rima, text)
}

// after is the place of the first update to tell for an offset.
func (f *fake) after(offset int64) int {
	if i := slices.Index(f.ids, offset); i >= 0 {
		return i
	}
	return slices.Index(f.ids, offset-1) + 1
}

func (f *fake) getUpdates(r *http.Request) any {
	offset, _ := strconv.ParseInt(r.Form.Get("offset"), 10, 64)
	wait, _ := time.ParseDuration(r.Form.Get("timeout") + "s")
	alarm := time.NewTimer(wait)
	defer alarm.Stop()
	for {
		f.mu.Lock()
		at, changed := f.after(offset), f.changed
		batch := slices.Clone(f.updates[at:min(len(f.updates), at+f.atOnce)])
		f.mu.Unlock()
		if len(batch) > 0 {
			return batch
		}
		select {
		case <-changed:
		case <-alarm.C:
			return []int{}
		case <-r.Context().Done():
			return []int{}
		}
	}
}

// made are the requests so far, those for updates left out.
func (f *fake) made(method string) []url.Values {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []url.Values
	for _, c := range f.calls {
		if c.method == method {
			all = append(all, c.form)
		}
	}
	return all
}

type refusal struct {
	code   int
	reason string
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var method string
	if n, _ := fmt.Sscanf(r.URL.Path, "/bot"+testToken+"/%s", &method); n != 1 {
		http.NotFound(w, r)
		return
	}
	if parts, err := r.MultipartReader(); err == nil {
		if r.Form, err = uploaded(parts); err != nil { // it has no end
			return
		}
	} else if err := r.ParseForm(); err != nil {
		f.t.Error(err)
	}
	f.mu.Lock()
	if method == "getUpdates" {
		f.asked = append(f.asked, maps.Clone(r.Form))
	} else {
		f.calls = append(f.calls, made{method, maps.Clone(r.Form)})
	}
	fail := f.fail
	f.mu.Unlock()
	if fail != nil {
		if status, body := fail(method, r.Form); status != 0 {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
			return
		}
	}
	result := f.answer(method, r)
	if no, ok := result.(refusal); ok {
		w.WriteHeader(no.code)
		fmt.Fprintf(w, `{"ok":false,"error_code":%d,"description":%q}`, no.code, no.reason)
		return
	}
	if err := json.NewEncoder(w).Encode(map[string]any{"ok": true, "result": result}); err != nil && r.Context().Err() == nil {
		f.t.Error(err)
	}
}

// uploaded are the parameters of an upload; of a file its name and size.
func uploaded(parts *multipart.Reader) (url.Values, error) {
	form := url.Values{}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return form, nil
		}
		if err != nil {
			return nil, err
		}
		if name := part.FileName(); name != "" {
			n, err := io.Copy(io.Discard, part)
			if err != nil {
				return nil, err
			}
			form.Set(part.FormName(), fmt.Sprintf("%s(%d)", name, n))
			continue
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		form.Set(part.FormName(), string(value))
	}
}

// answers says anew what a method answers, while somebody may ask.
func (f *fake) answers(method string, result func(form url.Values) any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.results[method] = result
}

func (f *fake) answer(method string, r *http.Request) any {
	f.mu.Lock()
	special := f.results[method]
	f.mu.Unlock()
	if special != nil {
		return special(r.Form)
	}
	switch method {
	case "getUpdates":
		return f.getUpdates(r)
	case "getMe":
		return map[string]any{"id": 700000001, "is_bot": true, "username": "lotse_bot"}
	case "sendMessage", "sendPhoto", "sendVoice", "sendVideo", "sendDocument":
		return f.send(r.Form)
	case "editMessageText", "editMessageCaption", "editMessageReplyMarkup", "deleteMessage", "setMessageReaction":
		return f.change(method, r.Form)
	}
	return true
}

func (f *fake) send(form url.Values) any {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch to := form.Get("chat_id"); {
	case to != strconv.Itoa(rima) && to != strconv.Itoa(desk):
		return refusal{400, "Bad Request: chat not found"}
	case f.blocked:
		return refusal{403, "Forbidden: bot was blocked by the user"}
	}
	f.next++
	p := &post{chat: form.Get("chat_id"), form: form}
	p.ID, p.Text, p.Buttons = strconv.FormatInt(f.next, 10), form.Get("text")+form.Get("caption"), f.buttons(form)
	var reply struct {
		ID json.Number `json:"message_id"`
	}
	if raw := form.Get("reply_parameters"); raw != "" && json.Unmarshal([]byte(raw), &reply) == nil {
		p.Reply = reply.ID.String()
	}
	f.posts = append(f.posts, p)
	return json.RawMessage(`{"message_id":` + p.ID + `,"chat":{"id":` + p.chat + `}}`)
}

func (f *fake) buttons(form url.Values) (rows [][]chat.Button) {
	var k inlineKeyboard
	if raw := form.Get("reply_markup"); raw != "" {
		if err := json.Unmarshal([]byte(raw), &k); err != nil {
			f.t.Error(err)
		}
	}
	for _, row := range k.Rows {
		var line []chat.Button
		for _, b := range row {
			line = append(line, chat.Button{ID: b.Data, Label: b.Text})
		}
		rows = append(rows, line)
	}
	return rows
}

func (f *fake) change(method string, form url.Values) any {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.posts, func(p *post) bool { return p.ID == form.Get("message_id") && !p.deleted })
	if i < 0 {
		return refusal{400, "Bad Request: message to " + map[bool]string{true: "delete", false: "edit"}[method == "deleteMessage"] + " not found"}
	}
	p := f.posts[i]
	switch method {
	case "deleteMessage":
		p.deleted = true
	case "setMessageReaction":
		var all []emoji
		if err := json.Unmarshal([]byte(form.Get("reaction")), &all); err != nil {
			f.t.Error(err)
		}
		p.Reactions = []string{all[0].Emoji}
	default:
		was := p.Shown
		p.Text, p.Buttons = form.Get("text"), f.buttons(form)
		if was.Text == p.Text && len(was.Buttons) == len(p.Buttons) {
			return refusal{400, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"}
		}
	}
	return true
}
