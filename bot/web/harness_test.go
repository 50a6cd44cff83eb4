package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"slices"
	"sync"
	"testing"
	"time"

	"lotse/bot/chat"
)

var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func options(dir string) Options {
	return Options{
		Dir:       dir,
		People:    []Person{{ID: "rima", Name: "Rima", Lang: "ar"}, {ID: "lehmann", Name: "Frau Lehmann", Lang: "de"}},
		Staff:     []Person{{ID: "berger", Name: "Frau Berger", Lang: "de"}, {ID: "klein", Name: "Herr Klein", Lang: "de"}},
		Languages: []Language{{Tag: "de", Name: "Deutsch"}, {Tag: "ar", Name: "العربية", RTL: true}},
		Now:       func() time.Time { return start },
	}
}

func open(t *testing.T, opt Options) *Web {
	t.Helper()
	w, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() }) // a second Close only fails
	return w
}

func at(room string) chat.Address { return chat.Address{Platform: Platform, Room: room} }

// An inbox is a bot's memory: it keeps what it received, and refuses what it is
// told to.
type inbox struct {
	mu      sync.Mutex
	cursor  string
	got     []chat.Event
	refuse  func(chat.Event) error // may be nil
	arrived chan chat.Event
}

func newInbox() *inbox { return &inbox{arrived: make(chan chat.Event, 100)} }

func (in *inbox) Resume(context.Context, string) (string, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.cursor, nil
}

func (in *inbox) Receive(_ context.Context, ev chat.Event) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.refuse != nil {
		if err := in.refuse(ev); err != nil {
			return err
		}
	}
	in.got = append(in.got, ev)
	in.arrived <- ev
	return nil
}

func (in *inbox) Advance(_ context.Context, _, cursor string) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if cursor <= in.cursor {
		return errors.New("the cursor went back")
	}
	in.cursor = cursor
	return nil
}

func (in *inbox) place() string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.cursor
}

// run feeds in until the returned stop is called.
func run(t *testing.T, w *Web, in chat.Inbox) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx, in) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

// A client is a person at the page.
type client struct {
	t    *testing.T
	base string
}

func browse(t *testing.T, w *Web) client {
	t.Helper()
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	return client{t, s.URL}
}

func (c client) do(req *http.Request) (int, http.Header, []byte) {
	c.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, body
}

func (c client) request(method, path, contentType string, body io.Reader) *http.Request {
	c.t.Helper()
	req, err := http.NewRequest(method, c.base+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return req
}

type fields map[string]any

// post wants status and returns the answer.
func (c client) post(path string, status int, f fields) (a answer, code string) {
	c.t.Helper()
	b, err := json.Marshal(f)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.answer(status, c.request("POST", "/api/"+path, "application/json", bytes.NewReader(b)))
}

func (c client) answer(status int, req *http.Request) (a answer, code string) {
	c.t.Helper()
	got, _, body := c.do(req)
	if got != status {
		c.t.Fatalf("POST %s: %d %s, want %d", req.URL.Path, got, body, status)
	}
	var r struct {
		answer
		Error, Text string
	}
	if err := json.Unmarshal(body, &r); err != nil {
		c.t.Fatalf("%s: %v", body, err)
	}
	if status != http.StatusOK && (r.Error == "" || r.Text == "") {
		c.t.Errorf("POST %s: %s says no reason", req.URL.Path, body)
	}
	return r.answer, r.Error
}

type file struct{ name, kind, bytes string }

func (c client) upload(status int, f fields, files ...file) (answer, string) {
	c.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for k, v := range f {
		form.WriteField(k, fmt.Sprint(v))
	}
	for _, f := range files {
		part, err := form.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename=%q`, f.name)},
			"Content-Type":        {f.kind},
		})
		if err != nil {
			c.t.Fatal(err)
		}
		io.WriteString(part, f.bytes)
	}
	form.Close()
	return c.answer(status, c.request("POST", "/api/upload", form.FormDataContentType(), &body))
}

func (c client) state() stateView {
	c.t.Helper()
	status, _, body := c.do(c.request("GET", "/api/state", "", nil))
	var s stateView
	if err := json.Unmarshal(body, &s); err != nil || status != http.StatusOK {
		c.t.Fatalf("state: %d %s %v", status, body, err)
	}
	return s
}

func (c client) room(id string) roomView {
	c.t.Helper()
	s := c.state()
	i := slices.IndexFunc(s.Rooms, func(r roomView) bool { return r.ID == id })
	if i < 0 {
		c.t.Fatalf("there is no room %q", id)
	}
	return s.Rooms[i]
}

func mustSend(t *testing.T, w *Web, id, room string, m chat.Message) string {
	t.Helper()
	r, err := w.Send(t.Context(), id, at(room), m)
	if err != nil {
		t.Fatal(err)
	}
	return r.Message
}
