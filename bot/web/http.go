package web

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
)

//go:embed page
var page embed.FS

// Handler serves the page under / and its interface under /api/ and /media/. It
// answers only to loopback names and Options.Hosts (against DNS rebinding), and
// changes nothing for a page of another origin.
func (w *Web) Handler() http.Handler {
	mux := http.NewServeMux()
	for path, file := range map[string]string{
		"/{$}": "index.html", "/app.js": "app.js", "/chat.js": "chat.js", "/letter.js": "letter.js",
		"/text.js": "text.js", "/words.js": "words.js", "/style.css": "style.css", "/icon.svg": "icon.svg",
	} {
		mux.HandleFunc("GET "+path, func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Cache-Control", "no-cache")
			http.ServeFileFS(rw, r, page, "page/"+file)
		})
	}
	mux.HandleFunc("GET /api/state", w.serveState)
	mux.HandleFunc("GET /api/events", w.serveEvents)
	mux.HandleFunc("GET /media/{ref}", w.serveMedia)
	for path, f := range map[string]func(*http.Request) (answer, error){
		"say": w.postSay, "press": w.postPress, "upload": w.postUpload, "block": w.postBlock,
		"lang": w.postLang, "people": w.postPeople, "clock": w.postClock,
	} {
		mux.HandleFunc("POST /api/"+path, reply(f))
	}
	return w.guard(http.NewCrossOriginProtection().Handler(mux))
}

// policy lets the page load from its own server only.
const policy = "default-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"

// guard refuses foreign names and sets the headers every answer carries.
func (w *Web) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !w.knows(r.Host) {
			http.Error(rw, "this page is not served under that name", http.StatusMisdirectedRequest)
			return
		}
		h := rw.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(rw, r)
	})
}

func (w *Web) knows(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	return slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, name) || slices.Contains(w.opt.Hosts, name)
}

// An answer to a POST: the IDs of what it made.
type answer struct {
	Message string `json:"message,omitempty"`
	Event   string `json:"event,omitempty"`
	Room    string `json:"room,omitempty"`
}

// A refusal is an error the client made.
type refusal struct {
	status int
	Code   string `json:"error"`
	Text   string `json:"text"`
}

func (r *refusal) Error() string { return r.Text }

func refuse(status int, code, text string) error { return &refusal{status, code, text} }

var tooBig = refuse(http.StatusRequestEntityTooLarge, "too_big",
	fmt.Sprintf("This is too big. A text may have %d kB, an upload %d MB.", MaxText>>10, MaxUpload>>20))

// reply turns f into a handler.
func reply(f func(*http.Request) (answer, error)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		body := r.Body
		done, err := f(r)
		var no *refusal
		var big *http.MaxBytesError
		switch {
		case err == nil:
			writeJSON(rw, http.StatusOK, done)
		case errors.As(err, &big), errors.Is(err, tooBig):
			// Many clients read no answer before they have sent everything.
			io.CopyN(io.Discard, body, 4*MaxUpload)
			writeJSON(rw, http.StatusRequestEntityTooLarge, tooBig)
		case errors.As(err, &no):
			writeJSON(rw, no.status, no)
		default:
			writeJSON(rw, http.StatusInternalServerError, &refusal{Code: "not_kept",
				Text: "This could not be kept. Please try again."})
		}
	}
}

func writeJSON(rw http.ResponseWriter, status int, v any) {
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	json.NewEncoder(rw).Encode(v) // a client that went away asks again
}

// readJSON reads a body into v. JSON may spend six bytes on one of the text's.
func readJSON(r *http.Request, v any) error {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "not_json", "The Content-Type must be application/json.")
	}
	r.Body = http.MaxBytesReader(nil, r.Body, 6*MaxText+4096)
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return tooBig
		}
		return refuse(http.StatusBadRequest, "not_json", "The body is not the JSON that is expected here.")
	}
	return nil
}
