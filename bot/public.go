package bot

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"lotse/bot/board"
	"lotse/flows"
	"lotse/store"
)

// PublicPath is below which Public serves.
const PublicPath = "/termine"

// Public serves what anybody may know about meetings, without a login, cookies and
// anything about people:
//
//	GET /termine                  the page of dates        ?lang=TAG&kind=KIND
//	GET /termine/netzwerk.ics     the calendar             ?lang=TAG&kind=KIND
//	GET /termine/MID.ics          one date                 ?lang=TAG
//	GET /termine/MID/aushang      a notice to be printed   ?lang=TAG,TAG,TAG
//	GET /termine/stil.css
//
// What is not published is nowhere among it.
func (b *Bot) Public() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+PublicPath, b.shown(edition.serveDates))
	mux.HandleFunc("GET "+PublicPath+"/netzwerk.ics", b.shown(edition.serveFeed))
	mux.HandleFunc("GET "+PublicPath+"/stil.css", serveStyle)
	mux.HandleFunc("GET "+PublicPath+"/{file}", b.shown(edition.serveFile))
	mux.HandleFunc("GET "+PublicPath+"/{mid}/aushang", b.shown(edition.serveNotice))
	return mux
}

// shown is a page of the edition of the moment at which it is asked for.
func (b *Bot) shown(serve func(edition, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { serve(b.edition(), w, r) }
}

// address is where the outside finds a page of Public in a language, "" when it cannot
// reach it. After is what follows PublicPath: a path, or the name of a place on the page.
func (b *Bot) address(after, lang string) string {
	if b.cfg.PublicURL == "" {
		return ""
	}
	return b.cfg.PublicURL + local(after, lang)
}

func local(after, lang string) string {
	after, place, found := strings.Cut(after, "#")
	if found {
		place = "#" + place
	}
	return PublicPath + after + "?lang=" + url.QueryEscape(lang) + place
}

// below is the path that the address of the outside begins with: a server in front of
// this one may serve it there.
func (b *Bot) below() string {
	u, err := url.Parse(b.cfg.PublicURL)
	if err != nil {
		return "" // unreachable: the setting is checked
	}
	return u.Path
}

// A visit is one request: in which language, of which meetings.
type visit struct {
	lang  string
	kind  flows.MeetingKind
	now   time.Time
	all   []flows.Meeting // published ones, in the order of their start
	seats map[string]flows.Seats
}

// visit reads what a request is about. When it cannot be answered, it is.
func (b edition) visit(w http.ResponseWriter, r *http.Request) (v visit, ok bool) {
	v = visit{now: b.cfg.Now(), seats: map[string]flows.Seats{}}
	if kind := flows.MeetingKind(r.URL.Query().Get("kind")); slices.Contains(flows.MeetingKinds, kind) {
		v.kind = kind
	}
	if v.lang = b.words.Tag(r.URL.Query().Get("lang")); v.lang == "" {
		v.lang = "de"
	}
	if err := b.readMeetings(r.Context(), &v); err != nil {
		if r.Context().Err() == nil {
			b.cfg.Log.Error("the dates cannot be shown", "err", err)
		}
		w.Header().Set("Retry-After", "60")
		http.Error(w, b.label(v.lang, flows.Text{Key: "board.unreachable"}), http.StatusServiceUnavailable)
		return v, false
	}
	return v, true
}

func (b *Bot) readMeetings(ctx context.Context, v *visit) error {
	return b.cfg.DB.View(ctx, func(r store.Reader) error {
		all, err := plannings(r)
		if err != nil {
			return err
		}
		v.all = published(all)
		for _, m := range v.all {
			if m.Coming(v.now) && m.Capacity > 0 {
				if v.seats[m.ID], err = seatsOf(r, m.ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (b edition) serveDates(w http.ResponseWriter, r *http.Request) {
	v, ok := b.visit(w, r)
	if !ok {
		return
	}
	if !r.URL.Query().Has("lang") { // the reader's own, where the browser says which
		w.Header().Add("Vary", "Accept-Language")
		v.lang = b.preferred(r.Header.Get("Accept-Language"))
	}
	var page bytes.Buffer
	if err := b.pages.Dates(&page, b.datesPage(v)); err != nil {
		b.broken(w, err)
		return
	}
	serve(w, r, pageType, page.Bytes(), time.Time{}) // free seats change it at any time
}

// preferred is the first language of a browser's list that there is.
func (b edition) preferred(header string) string {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return "de"
	}
	for _, tag := range tags {
		if own := b.words.Tag(tag.String()); own != "" {
			return own
		}
	}
	return "de"
}

func (b edition) serveFeed(w http.ResponseWriter, r *http.Request) {
	v, ok := b.visit(w, r)
	if !ok {
		return
	}
	b.serveCalendar(w, r, v, "netzwerk.ics", public(v.all, v.kind, v.now))
}

// serveFile serves one date as a file.
func (b edition) serveFile(w http.ResponseWriter, r *http.Request) {
	mid, isCalendar := strings.CutSuffix(r.PathValue("file"), ".ics")
	if !isCalendar {
		http.NotFound(w, r)
		return
	}
	v, ok := b.visit(w, r)
	if !ok {
		return
	}
	m, found := v.find(mid)
	if !found {
		http.NotFound(w, r)
		return
	}
	b.serveCalendar(w, r, v, b.fileName(m), []flows.Meeting{m})
}

// find is a meeting that is still shown.
func (v visit) find(mid string) (flows.Meeting, bool) {
	for _, m := range public(v.all, "", v.now) {
		if m.ID == mid {
			return m, true
		}
	}
	return flows.Meeting{}, false
}

func (b edition) serveCalendar(w http.ResponseWriter, r *http.Request, v visit, name string, shown []flows.Meeting) {
	raw, err := b.feed(v.lang, shown, v.all)
	if err != nil {
		b.broken(w, err)
		return
	}
	w.Header().Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": name}))
	serve(w, r, calendarType+"; charset=utf-8", raw, changed(v.all, v.now))
}

// changed is when what calendars show last changed: a meeting did, or left them.
func changed(all []flows.Meeting, now time.Time) (last time.Time) {
	for _, m := range all {
		for _, t := range []time.Time{m.Changed, until(m)} {
			if t.After(last) && !t.After(now) {
				last = t
			}
		}
	}
	return last
}

func (b edition) serveNotice(w http.ResponseWriter, r *http.Request) {
	v, ok := b.visit(w, r)
	if !ok {
		return
	}
	m, found := v.find(r.PathValue("mid"))
	if !found {
		http.NotFound(w, r)
		return
	}
	notice, err := b.noticePage(v, m, b.chosen(r.URL.Query()["lang"]))
	if err != nil {
		b.broken(w, err)
		return
	}
	var page bytes.Buffer
	if err := b.pages.Notice(&page, notice); err != nil {
		b.broken(w, err)
		return
	}
	serve(w, r, pageType, page.Bytes(), time.Time{})
}

// maxNotice is how many languages beside German fit on a sheet.
const maxNotice = 3

// chosen are the languages of a notice: German, and those that are asked for.
func (b edition) chosen(asked []string) []string {
	tags := []string{"de"}
	for _, list := range asked {
		for tag := range strings.SplitSeq(list, ",") {
			tag = b.words.Tag(strings.TrimSpace(tag))
			if tag != "" && !slices.Contains(tags, tag) && len(tags) <= maxNotice {
				tags = append(tags, tag)
			}
		}
	}
	return tags
}

func serveStyle(w http.ResponseWriter, r *http.Request) {
	style, err := board.Style()
	if err != nil {
		http.NotFound(w, r) // unreachable: it is part of the program
		return
	}
	serve(w, r, "text/css; charset=utf-8", style, time.Time{})
}

func (b *Bot) broken(w http.ResponseWriter, err error) {
	b.cfg.Log.Error("a public page", "err", err)
	http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
}

const pageType = "text/html; charset=utf-8"

// freshFor is how long an answer may be kept without asking again, in seconds: a
// cancellation must not wait long.
const freshFor = 900

// serve answers with a body, or that it has not changed. It is the same for everybody.
func serve(w http.ResponseWriter, r *http.Request, kind string, body []byte, modified time.Time) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(freshFor))
	h.Set("Content-Security-Policy", board.Policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Add("Vary", "Accept-Encoding")
	sum := sha256.Sum256(body)
	tag := base64.RawURLEncoding.EncodeToString(sum[:12])
	if acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = zipped(body)
		tag += "-gzip"
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", modified, bytes.NewReader(body))
}

func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			weight, isWeight := strings.CutPrefix(strings.ReplaceAll(q, " ", ""), "q=")
			n, err := strconv.ParseFloat(weight, 64)
			return !isWeight || err == nil && n > 0
		}
	}
	return false
}

func zipped(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body) // a Buffer takes everything
	_ = z.Close()
	return b.Bytes()
}
