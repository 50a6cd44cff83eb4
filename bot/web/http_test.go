package web

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
)

const png = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"

// A told is one server-sent event.
type told struct{ id, name, data string }

// listen opens the stream after a number, or the end when it is "".
func (c client) listen(after string) (next func() told, hangUp func()) {
	c.t.Helper()
	req := c.request("GET", "/api/events", "", nil)
	if after != "" {
		req.Header.Set("Last-Event-ID", after)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	lines := bufio.NewScanner(resp.Body)
	return func() (e told) {
		c.t.Helper()
		for lines.Scan() {
			key, value, _ := strings.Cut(lines.Text(), ": ")
			switch key {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				e.data = value
			case "":
				return e
			}
		}
		return told{name: "end"}
	}, func() { resp.Body.Close() }
}

func TestStream(t *testing.T) {
	w := open(t, options(""))
	c, in := browse(t, w), newInbox()
	stop := run(t, w, in)
	next, hangUp := c.listen("")
	defer hangUp()
	if e := next(); e.name != "hello" || !strings.Contains(e.data, c.state().Boot) {
		t.Fatalf("first came %+v", e)
	}
	said, _ := c.post("say", 200, fields{"room": "rima", "text": "eins"})
	e := next()
	var change changeView
	if err := json.Unmarshal([]byte(e.data), &change); err != nil || e.name != "change" || change.Message.ID != said.Message {
		t.Fatalf("then came %+v %v", e, err)
	}
	before := e.id

	m := mustSend(t, w, "1", "rima", chat.Message{Text: "zwei"})
	if err := w.Edit(t.Context(), "2", at("rima"), m, chat.Message{Text: "drei"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Delete(t.Context(), "3", at("rima"), m); err != nil {
		t.Fatal(err)
	}
	c.post("lang", 200, fields{"room": "lehmann", "lang": "ar"})

	// Who comes back is told every thing once, as it is now, and its number with the last.
	again, hangUpToo := c.listen(before)
	defer hangUpToo()
	again()
	if e := again(); e.id != "" || !strings.Contains(e.data, `"deleted":true`) || strings.Contains(e.data, "drei") {
		t.Errorf("a deleted message came as %+v", e)
	}
	if e := again(); e.id == "" || !strings.Contains(e.data, `"lang":"ar"`) || !strings.Contains(e.data, `"room":"lehmann"`) {
		t.Errorf("a change of language came as %+v", e)
	}
	// When the program stops, so does the stream.
	stop()
	if e := again(); e.name != "end" {
		t.Errorf("after the end came %+v", e)
	}
}

func TestClock(t *testing.T) {
	opt := options("")
	c := browse(t, open(t, opt))
	c.post("clock", 409, fields{"advance": "1h"})
	now := make(chan time.Time, 1)
	now <- start
	opt.Now = func() time.Time { n := <-now; now <- n; return n }
	opt.Advance = func(d time.Duration) error { now <- (<-now).Add(d); return nil }
	c = browse(t, open(t, opt))
	next, hangUp := c.listen("")
	defer hangUp()
	next()
	c.post("clock", 200, fields{"advance": "24h"})
	if e := next(); e.name != "clock" || !strings.Contains(e.data, "2026-11-23T09:00:00Z") {
		t.Errorf("the page is told %+v", e)
	}
	if s := c.state(); !s.Now.Equal(start.Add(24*time.Hour)) || !s.Movable {
		t.Errorf("the clock says %v", s.Now)
	}
	for _, step := range []string{"", "1", "-1h", "0s", "99999h", "tomorrow"} {
		c.post("clock", 400, fields{"advance": step})
	}
}

func TestPeople(t *testing.T) {
	opt := options(t.TempDir())
	w := open(t, opt)
	c := browse(t, w)
	made, _ := c.post("people", 200, fields{"name": " Sima ", "lang": "ar"})
	c.post("say", 200, fields{"room": made.Room, "text": "Hallo"})
	for _, f := range []fields{{"name": " ", "lang": "ar"}, {"name": strings.Repeat("ä", 61), "lang": "ar"}, {"name": "x", "lang": "tlh"}} {
		c.post("people", 400, f)
	}
	c.post("lang", 400, fields{"room": "rima", "lang": "tlh"})
	c.post("lang", 403, fields{"room": "desk", "lang": "ar"})
	for n := len(c.state().People); n < MaxPeople; n++ {
		c.post("people", 200, fields{"name": "x", "lang": "de"})
	}
	c.post("people", 409, fields{"name": "x", "lang": "de"})
	w.Close()
	c = browse(t, open(t, opt))
	if s := c.state(); len(s.People) != MaxPeople || s.People[2] != (Person{ID: made.Room, Name: "Sima", Lang: "ar"}) {
		t.Errorf("after a restart there are %+v", s.People)
	}
	if r := c.room(made.Room); len(r.Messages) != 1 {
		t.Errorf("what Sima said is gone")
	}
}

func TestWhoMaySpeak(t *testing.T) {
	c := browse(t, open(t, options("")))
	c.post("say", 403, fields{"room": "rima", "from": "berger", "text": "x"})
	c.post("say", 403, fields{"room": "desk", "text": "x"})
	c.post("say", 403, fields{"room": "desk", "from": "rima", "text": "x"})
	c.post("say", 404, fields{"room": "nowhere", "from": "rima", "text": "x"})
	c.post("say", 404, fields{"room": "rima", "text": "x", "reply": "m1"})
	c.post("press", 404, fields{"room": "rima", "message": "m1", "button": "x"})
}

func TestLimits(t *testing.T) {
	w := open(t, options(""))
	c := browse(t, w)
	hello := mustSend(t, w, "1", "rima", chat.Message{Text: "x"})
	c.post("say", 200, fields{"room": "rima", "text": strings.Repeat("\x00", MaxText)}) // six bytes each in JSON
	for _, text := range []string{strings.Repeat("x", MaxText+1), strings.Repeat("x", 4<<20)} {
		if _, code := c.post("say", 413, fields{"room": "rima", "text": text}); code != "too_big" {
			t.Errorf("a text too long is %q", code)
		}
	}
	c.post("say", 400, fields{"room": "rima", "text": ""})
	c.post("say", 400, fields{"room": "rima", "text": "x", "id": strings.Repeat("x", 129)})
	c.post("say", 400, fields{"room": "rima", "text": "x", "other": 1})
	c.post("press", 400, fields{"room": "rima", "message": hello, "button": ""})
	c.post("press", 400, fields{"room": "rima", "message": hello, "button": strings.Repeat("x", 65)})
	c.answer(400, c.request("POST", "/api/say", "application/json", strings.NewReader(`{"room":`)))
	c.answer(415, c.request("POST", "/api/say", "text/plain", strings.NewReader(`{"room":"rima","text":"x"}`)))
	c.answer(415, c.request("POST", "/api/upload", "application/json", strings.NewReader(`{}`)))
	c.answer(400, c.request("POST", "/api/upload", "multipart/form-data; boundary=x", strings.NewReader("--x\r\nbroken")))

	small := file{"a.txt", "text/plain", "a"}
	c.upload(200, fields{"room": "rima"}, file{"a.bin", "x/y", strings.Repeat("x", MaxUpload)})
	for _, size := range []int{MaxUpload + 1, MaxUpload + 1<<20} {
		if _, code := c.upload(413, fields{"room": "rima"}, file{"a.bin", "x/y", strings.Repeat("x", size)}); code != "too_big" {
			t.Errorf("an upload too big is %q", code)
		}
	}
	many := make([]file, MaxFiles+1)
	for i := range many {
		many[i] = small
	}
	c.upload(200, fields{"room": "rima"}, many[1:]...)
	c.upload(400, fields{"room": "rima"}, many...)
	c.upload(400, fields{"room": "rima"})
	c.upload(400, fields{"room": "rima", "seconds": "NaN"}, small)
	c.upload(400, fields{"room": "rima", "other": "x"}, small)
	c.upload(413, fields{"room": "rima", "caption": strings.Repeat("x", MaxText+1)}, small)
}

func TestRefusedUploadIsNotKept(t *testing.T) {
	dir := t.TempDir()
	c := browse(t, open(t, options(dir)))
	c.upload(403, fields{"room": "rima", "from": "berger"}, file{"a", "text/plain", "a"}, file{"b", "text/plain", "b"})
	if files, err := os.ReadDir(filepath.Join(dir, "media")); err != nil || len(files) != 0 {
		t.Errorf("%d files are kept, %v", len(files), err)
	}
}

func TestMedia(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		w := open(t, options(dir))
		c := browse(t, w)
		for _, want := range []struct {
			file
			as           chat.FileKind
			contentType  string
			disposition  string
			seconds      string
			shownSeconds float64
		}{
			{file{"brief.png", "image/png", png}, chat.Photo, "image/png", `inline; filename=brief.png`, "", 0},
			{file{"x.png", "text/html", png}, chat.Photo, "image/png", `inline; filename=x.png`, "", 0},
			{file{"x.png", "image/png", "<script>alert(1)</script>"}, chat.Document, "application/octet-stream", `attachment; filename=x.png`, "", 0},
			{file{"x.svg", "image/svg+xml", "<svg onload='alert(1)'/>"}, chat.Document, "application/octet-stream", `attachment; filename=x.svg`, "", 0},
			{file{"../../a\".html", "text/html", "<script>"}, chat.Document, "application/octet-stream", `attachment; filename="a\".html"`, "", 0},
			{file{"ton.ogg", "audio/ogg; codecs=opus", "OggS\x00"}, chat.Voice, "audio/ogg", `inline; filename=ton.ogg`, "42.5", 42.5},
			{file{"ton.ogg", "", "OggS\x00"}, chat.Voice, "application/ogg", `inline; filename=ton.ogg`, "", 0},
			{file{"a.pdf", "application/pdf", "%PDF-1.7"}, chat.Document, "application/octet-stream", `attachment; filename=a.pdf`, "1", 0},
			{file{"брев.bin", "", "\x00"}, chat.Document, "application/octet-stream", `attachment; filename*=utf-8''`, "", 0},
		} {
			f := fields{"room": "rima"}
			if want.seconds != "" {
				f["seconds"] = want.seconds
			}
			said, _ := c.upload(200, f, want.file)
			messages := c.room("rima").Messages
			got := messages[len(messages)-1]
			if got.ID != said.Message || got.Files[0].Kind != want.as || got.Files[0].Seconds != want.shownSeconds {
				t.Errorf("%+v is shown as %+v", want.file, got)
			}
			status, h, body := c.do(c.request("GET", "/media/"+got.Files[0].Ref, "", nil))
			if status != 200 || string(body) != want.bytes {
				t.Errorf("%q: %d, %d bytes", want.name, status, len(body))
			}
			if h.Get("Content-Type") != want.contentType || !strings.HasPrefix(h.Get("Content-Disposition"), want.disposition) {
				t.Errorf("%q: %s; %s", want.name, h.Get("Content-Type"), h.Get("Content-Disposition"))
			}
			if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "sandbox; default-src 'none'" || h.Get("Cross-Origin-Resource-Policy") != "same-origin" {
				t.Errorf("%q: unsafe headers %v", want.name, h)
			}
		}
		for _, path := range []string{"/media/x", "/media/..%2fhistory.jsonl", "/media/"} {
			if status, _, _ := c.do(c.request("GET", path, "", nil)); status != 404 {
				t.Errorf("%s: %d", path, status)
			}
		}
		if dir == "" {
			continue
		}
		ref := c.room("rima").Messages[0].Files[0].Ref
		info, err := os.Stat(filepath.Join(dir, "media", ref))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file is kept as %v, %v", info, err)
		}
		lost := filepath.Join(dir, "media", newRef())
		if err := os.WriteFile(lost, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.Close()
		c = browse(t, open(t, options(dir)))
		if status, _, body := c.do(c.request("GET", "/media/"+ref, "", nil)); status != 200 || string(body) != png {
			t.Errorf("after a restart: %d %q", status, body)
		}
		if _, err := os.Stat(lost); !os.IsNotExist(err) {
			t.Errorf("a file that became no message is kept: %v", err)
		}
	}
}

func TestTheBotSendsAFileOn(t *testing.T) {
	w := open(t, options(""))
	c, in := browse(t, w), newInbox()
	defer run(t, w, in)()
	c.upload(200, fields{"room": "rima", "caption": "Brief"}, file{"a.png", "image/png", png})
	ev := <-in.arrived
	if ev.Kind != chat.Media || ev.Text != "Brief" || len(ev.Files) != 1 || ev.Files[0].Size != int64(len(png)) {
		t.Fatalf("the picture came as %+v", ev)
	}
	mustSend(t, w, "1", "desk", chat.Message{Text: "Fall", Files: ev.Files})
	if got := c.room("desk").Messages[0].Files[0]; got.Ref != ev.Files[0].Ref || got.Kind != chat.Photo {
		t.Errorf("the room shows %+v", got)
	}
}

func TestForeignPagesAreRefused(t *testing.T) {
	opt := options("")
	opt.Hosts = []string{"demo.example"}
	h := open(t, opt).Handler()
	for _, c := range []struct {
		name, host string
		headers    map[string]string
		want       int
	}{
		{"no browser", "127.0.0.1:8080", nil, 200},
		{"own page", "localhost:8080", map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8080"}, 200},
		{"own page, old browser", "[::1]:8080", map[string]string{"Origin": "http://[::1]:8080"}, 200},
		{"configured name", "demo.example", map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		{"foreign page", "127.0.0.1:8080", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403},
		{"other port", "127.0.0.1:8080", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9999"}, 403},
		{"foreign page, old browser", "127.0.0.1:8080", map[string]string{"Origin": "https://evil.example"}, 403},
		{"sandboxed page", "127.0.0.1:8080", map[string]string{"Origin": "null"}, 403},
		{"rebound name", "evil.example:8080", map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example:8080"}, 421},
		{"no name", "", nil, 421},
	} {
		for _, path := range []string{"say", "press", "upload", "block", "lang", "people", "clock"} {
			body := `{"room":"rima","text":"x"}`
			req := httptest.NewRequest("POST", "/api/"+path, strings.NewReader(body))
			req.Host = c.host
			req.Header.Set("Content-Type", "application/json")
			for k, v := range c.headers {
				req.Header.Set(k, v)
			}
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, req)
			refused := rec.Code == 403 || rec.Code == 421
			if path == "say" && rec.Code != c.want || refused != (c.want != 200) {
				t.Errorf("%s, %s: %d, want %d", c.name, path, rec.Code, c.want)
			}
		}
		req := httptest.NewRequest("GET", "/api/state", nil)
		req.Host = c.host
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if (rec.Code == 421) != (c.want == 421) {
			t.Errorf("%s: reading is %d", c.name, rec.Code)
		}
	}
}
