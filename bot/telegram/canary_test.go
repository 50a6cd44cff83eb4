package telegram

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"lotse/bot/chat"
)

// failures are servers that fail in every way, and say the token where they can.
func failures(t *testing.T) map[string]string {
	t.Helper()
	// Nobody listens there, and no connection is ever given it as its own port: one that
	// was would be answered by itself.
	nobody := "http://127.0.0.1:1"
	all := map[string]string{"nobody there": nobody, "no TLS": strings.Replace(nobody, "http", "https", 1)}
	for name, f := range map[string]http.HandlerFunc{
		"hangs up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, nobody+r.URL.Path, http.StatusTemporaryRedirect)
		},
		"busy": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "9")
			w.WriteHeader(429)
			fmt.Fprint(w, "<html>", r.URL.Path)
		},
		"page": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(502); fmt.Fprint(w, "<html>", r.URL.Path) },
		"refusal": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(400)
			fmt.Fprintf(w, `{"ok":false,"error_code":400,"description":"Bad Request: %s"}`, r.URL.Path)
		},
		"unknown token": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(401)
			fmt.Fprintf(w, `{"ok":false,"error_code":401,"description":"%s"}`, r.URL.Path)
		},
		"cut off":      func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `{"ok":true,"result":{"`+r.URL.Path) },
		"other result": func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, `{"ok":true,"result":"%s"}`, r.URL.Path) },
		"too deep": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `{"ok":true,"result":`, strings.Repeat("[", 1<<20), `"`, r.URL.Path)
		},
		"broken header": func(w http.ResponseWriter, r *http.Request) { hijack(w, "HTTP/1.1 "+r.URL.Path+"\r\n\r\n") },
		"short": func(w http.ResponseWriter, r *http.Request) {
			hijack(w, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"+r.URL.Path)
		},
		"file missing": func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/getFile") {
				fmt.Fprint(w, `{"ok":true,"result":{"file_path":"voice/x y%z"}}`)
				return
			}
			hijack(w, "HTTP/1.1 "+r.URL.Path+"\r\n\r\n")
		},
	} {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // whatever fails, it fails behind the request
			f(w, r)
		}))
		s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
		s.Start()
		t.Cleanup(s.Close)
		all[name] = s.URL
	}
	return all
}

func hijack(w http.ResponseWriter, answer string) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		fmt.Fprint(conn, answer)
		conn.Close()
	}
}

// A book is a log that can be read while it is written.
type book struct {
	mu      sync.Mutex
	written func() // called when something is
	bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.written != nil {
		b.written()
	}
	return b.Buffer.Write(p)
}

func (b *book) watch(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.written = f
}

func (b *book) read() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.String()
}

// No error and no line of the log holds the token, however a call fails.
func TestTokenIsNotSaid(t *testing.T) {
	servers := failures(t)
	log := &book{}
	for name, url := range servers {
		webhook := &WebhookOptions{URL: "https://lotse.invalid/telegram"}
		for _, o := range []Options{{}, {Webhook: webhook}, {HTTP: newHTTP()}} {
			o.Files = func(context.Context, chat.File) (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader("x")), nil
			}
			o.Token, o.API, o.Desks = testToken, url, []string{"-1001234"}
			o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			tg, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			for call, f := range calls(tg) {
				if err := f(t.Context()); leaks(err, tg) {
					t.Errorf("%s, %s: the error holds a secret: %v", name, call, err)
				} else if name == "nobody there" && unsure(err) {
					t.Errorf("%s: nothing was sent, but it is unsure: %v", call, err)
				} else if err == nil && call != "leave" && name != "other result" {
					t.Errorf("%s, %s: no error", name, call)
				}
			}
			if o.Webhook != nil && name == "other result" {
				continue // nothing fails
			}
			ctx, cancel := context.WithCancel(t.Context())
			log.watch(cancel)
			if err := tg.Run(ctx, nowhere{}); leaks(err, tg) {
				t.Errorf("%s: Run says a secret: %v", name, err)
			}
			cancel()
		}
	}
	for _, o := range []Options{{Token: testSecret}, {Token: testToken + "\n"}, {Token: testToken, API: "ftp://" + testSecret}, {Token: testToken, API: "http://%zz" + testSecret}} {
		if _, err := New(o); err == nil || strings.Contains(err.Error(), testSecret) {
			t.Errorf("New says %v", err)
		}
	}
	if said := log.read(); said == "" || strings.Contains(said, testSecret) {
		t.Errorf("the log is empty or holds the token: %s", said)
	}
}

// Every failure of every call says what can have come of it. What can be repeated is
// never unsure.
func TestFailuresAreToldApart(t *testing.T) {
	type is struct{ gone, bad, noThread, unsure, wait bool }
	servers := failures(t)
	want := map[string]is{
		"nobody there": {}, "no TLS": {}, "hangs up": {unsure: true}, "redirect": {}, "page": {unsure: true}, "busy": {wait: true}, "refusal": {bad: true},
		"unknown token": {}, "cut off": {unsure: true}, "other result": {unsure: true}, "too deep": {unsure: true}, "broken header": {unsure: true}, "short": {unsure: true}, "file missing": {unsure: true},
	}
	for name, url := range servers {
		want, known := want[name]
		if !known {
			t.Errorf("%s: what is that?", name)
		}
		for _, h := range []*http.Client{nil, newHTTP()} { // by wire, and by net/http
			tg, err := New(Options{Token: testToken, API: url, HTTP: h, Desks: []string{"-1001234"}, Files: func(context.Context, chat.File) (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader("x")), nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			all := calls(tg)
			for call, repeatable := range map[string]bool{"send": false, "photo": false, "upload": false, "open thread": false, "edit": true, "delete": true, "react": true, "close thread": true} {
				err := all[call](t.Context())
				if err == nil && repeatable && name == "other result" {
					continue
				}
				want := want
				want.unsure = want.unsure && !repeatable
				var no *chat.SendError
				if !errors.As(err, &no) || (is{no.Gone, no.Bad, no.NoThread, no.Unsure, no.After > 0}) != want {
					t.Errorf("%s, %s: %v, want %+v", name, call, err, want)
				}
			}
		}
	}
}

func unsure(err error) bool {
	var no *chat.SendError
	return errors.As(err, &no) && no.Unsure
}

// leaks looks at every error in the chain, as whoever unwraps it would print it.
func leaks(err error, tg *Telegram) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		words := fmt.Sprintf("%v %+v %#v", err, err, err)
		for _, s := range tg.secrets {
			if strings.Contains(words, s) {
				return true
			}
		}
	}
	return false
}

// calls are all that can fail.
func calls(tg *Telegram) map[string]func(context.Context) error {
	text := chat.Message{Text: "x"}
	r := receiver{Telegram: tg, in: nowhere{}, running: context.Background()}
	return map[string]func(context.Context) error{
		"send": func(ctx context.Context) error { _, err := tg.Send(ctx, "", person(), text); return err },
		"photo": func(ctx context.Context) error {
			_, err := tg.Send(ctx, "", person(), chat.Message{Files: []chat.File{{Platform: Platform, Ref: "photo:x"}}})
			return err
		},
		"upload": func(ctx context.Context) error {
			_, err := tg.Send(ctx, "", person(), chat.Message{Files: []chat.File{{Platform: "matrix", Ref: "x"}}})
			return err
		},
		"edit":   func(ctx context.Context) error { return tg.Edit(ctx, "", person(), "9", text) },
		"delete": func(ctx context.Context) error { return tg.Delete(ctx, "", person(), "9") },
		"react":  func(ctx context.Context) error { return tg.React(ctx, "", person(), "9", "👍") },
		"open": func(ctx context.Context) error {
			_, err := tg.Open(ctx, chat.File{Platform: Platform, Ref: "photo:x"})
			return err
		},
		"typing":       func(ctx context.Context) error { return tg.Typing(ctx, person()) },
		"name":         func(ctx context.Context) error { _, err := tg.username(ctx); return err },
		"open thread":  func(ctx context.Context) error { _, err := tg.OpenThread(ctx, atDesk(), "x"); return err },
		"close thread": func(ctx context.Context) error { t := atDesk(); t.Thread = "7"; return tg.CloseThread(ctx, t) },
		"drop thread":  func(ctx context.Context) error { t := atDesk(); t.Thread = "7"; return tg.DeleteThread(ctx, t) },
		"set name":     func(ctx context.Context) error { return tg.SetProfile(ctx, Profile{Name: map[string]string{"": "x"}}) },
		"set menu":     func(ctx context.Context) error { return tg.SetProfile(ctx, Profile{Menus: []Menu{{Scope: AtDesk}}}) },
		"check": func(ctx context.Context) error {
			for _, found := range tg.Check(ctx) {
				if found.Level == chat.Broken {
					return errors.New(found.Text)
				}
			}
			return nil
		},
		"leave": func(ctx context.Context) error { r.leaveGroup(ctx, room{ID: -1}); return nil },
	}
}

// nowhere takes nothing.
type nowhere struct{}

func (nowhere) Resume(context.Context, string) (string, error) { return "", nil }
func (nowhere) Receive(context.Context, chat.Event) error      { return errors.New("never") }
func (nowhere) Advance(context.Context, string, string) error  { return nil }
