package bot

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	ical "github.com/emersion/go-ical"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/store"
)

// secrets are what nobody outside may ever see of a meeting.
var secrets = []string{"geheim.example", "Interner Punkt", "Entwurf", "Erika Beispiel"}

// planned is a meeting with everything that can be said of one, and with what must not be.
func planned(mid string, start time.Time) flows.Planning {
	return flows.Planning{Work: flows.Meeting{
		ID: mid, Kind: flows.NetworkMeeting, Start: start, End: start.Add(2 * time.Hour),
		Words: map[string]flows.MeetingWords{
			"de": {Title: "Wohnen, Miete & <Nachbarn>", About: "Wie finde ich eine Wohnung?\nWir reden; Sie fragen."},
			"ar": {Title: "السكن والإيجار", About: "كيف أجد شقة؟"},
		},
		Venue:  flows.Venue{Name: "Beispielhaus", Street: "Musterstraße 1, 04209 Leipzig", Hint: "Tür links", Stop: "Beispielhaltestelle", Geo: "geo:51.316700,12.281900"},
		Online: "https://geheim.example/raum", StepFree: flows.ItIs, Speaker: "Erika Beispiel, Beratungsstelle",
		Help:     flows.Help{Interpreters: []string{"ar", "uk"}, OnRequest: true, Childcare: flows.ItIs, Ages: "3-10", Food: flows.FoodVegetarian},
		Agenda:   []flows.Item{{Text: "Begrüßung", Public: true}, {Text: "Interner Punkt"}},
		Capacity: 20,
	}}
}

// plans writes a meeting, and publishes it.
func (w *world) plans(p flows.Planning) flows.Planning {
	w.t.Helper()
	p = p.Publish(w.now)
	w.keeps(p)
	return p
}

func (w *world) keeps(p flows.Planning) {
	w.t.Helper()
	err := w.bot.transact(w.t.Context(), "plan "+p.Work.ID, func(t *turn) error {
		save(t.tx, keyOf("meeting", p.Work.ID), p)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// get asks for a public page, with headers in pairs.
func (w *world) get(path string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	w.bot.Public().ServeHTTP(answer, r)
	return answer
}

// entries are those of a calendar, as a reader that others wrote finds them, by UID.
func entries(t *testing.T, raw string) map[string]ical.Event {
	t.Helper()
	c, err := ical.NewDecoder(strings.NewReader(raw)).Decode()
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	out := map[string]ical.Event{}
	for _, e := range c.Events() {
		uid := e.Props.Get("UID").Value
		if _, twice := out[uid]; twice {
			t.Errorf("%s stands there twice", uid)
		}
		out[uid] = e
	}
	return out
}

// A meeting that is moved, and one that is cancelled, update their entry: the same UID, a
// higher sequence. In German and in Arabic.
func TestFeedFollowsTheMeeting(t *testing.T) {
	for _, lang := range []string{"de", "ar", "en", "uk"} {
		w := newWorld(t, "")
		w.bot.cfg.PublicURL = "https://lotse.example"
		start := time.Date(2027, 1, 14, 15, 0, 0, 0, time.UTC)
		first, second := w.plans(planned("aaaa", start)), w.plans(planned("bbbb", start.AddDate(0, 0, 60)))
		feed := func() map[string]ical.Event {
			answer := w.get("/termine/netzwerk.ics?lang=" + lang)
			if answer.Code != http.StatusOK || answer.Header().Get("Content-Type") != "text/calendar; charset=utf-8" {
				t.Fatalf("%d, %v", answer.Code, answer.Header())
			}
			return entries(t, answer.Body.String())
		}
		prop := func(e ical.Event, name string) string {
			p := e.Props.Get(name)
			if p == nil {
				return ""
			}
			return p.Value
		}
		before := feed()
		if len(before) != 2 || prop(before["aaaa@lotse"], "DTSTART") != "20270114T160000" || prop(before["aaaa@lotse"], "SEQUENCE") != "0" {
			t.Fatalf("%s: %v", lang, before)
		}

		w.now = w.now.Add(time.Hour)
		first.Work.Start, first.Work.End = start.AddDate(0, 0, 1), start.AddDate(0, 0, 1).Add(2*time.Hour)
		w.plans(first)
		second.Work.Cancelled, second.Work.Reason, second.Work.ReplacedBy = true, flows.ReasonIllness, "cccc"
		w.plans(second)
		third := planned("cccc", start.AddDate(0, 0, 70))
		third.Work.Replaces = "bbbb"
		w.plans(third)
		after := feed()
		if len(after) != 3 {
			t.Fatalf("%s: %d entries", lang, len(after))
		}
		moved, gone, instead := after["aaaa@lotse"], after["bbbb@lotse"], after["cccc@lotse"]
		if prop(moved, "DTSTART") != "20270115T160000" || prop(moved, "SEQUENCE") != "1" || prop(moved, "STATUS") != "CONFIRMED" || prop(moved, "LAST-MODIFIED") <= prop(before["aaaa@lotse"], "LAST-MODIFIED") {
			t.Errorf("%s: moved: %+v", lang, moved.Props)
		}
		if prop(gone, "STATUS") != "CANCELLED" || prop(gone, "SEQUENCE") != "1" || prop(gone, "DTSTART") != prop(before["bbbb@lotse"], "DTSTART") {
			t.Errorf("%s: cancelled: %+v", lang, gone.Props)
		}
		if prop(instead, "RELATED-TO") != "bbbb@lotse" || prop(instead, "SEQUENCE") != "0" {
			t.Errorf("%s: instead: %+v", lang, instead.Props)
		}

		// 90 days after its day a cancelled one leaves, a year after its end any.
		w.now = start.AddDate(0, 0, 60+89)
		if _, there := feed()["bbbb@lotse"]; !there {
			t.Errorf("%s: the cancelled one left too early", lang)
		}
		w.now = start.AddDate(0, 0, 60+91)
		if got := feed(); len(got) != 2 || got["bbbb@lotse"].Component != nil {
			t.Errorf("%s: after 91 days there are %d", lang, len(got))
		}
		w.now = start.AddDate(0, 0, 365)
		if got := feed(); len(got) != 2 {
			t.Errorf("%s: after a year there are %d", lang, len(got))
		}
		w.now = start.AddDate(0, 0, 369)
		if got := feed(); len(got) != 1 {
			t.Errorf("%s: after more than a year there are %d", lang, len(got))
		}
	}
}

// What a calendar shows first has one direction only, and what it says below is in the
// reader's language.
func TestFeedInArabic(t *testing.T) {
	w := newWorld(t, "")
	w.plans(planned("aaaa", w.now.AddDate(0, 0, 14)))
	e := entries(t, w.get("/termine/netzwerk.ics?lang=ar").Body.String())["aaaa@lotse"]
	summary := e.Props.Get("SUMMARY")
	if summary.Value != `Netzwerktreffen: Wohnen\, Miete & <Nachbarn>` || summary.Params.Get("LANGUAGE") != "de" {
		t.Errorf("%+v", summary)
	}
	description, err := e.Props.Text("DESCRIPTION")
	if err != nil || !strings.Contains(description, "السكن والإيجار") || !strings.Contains(description, "كيف أجد شقة؟") {
		t.Errorf("%q, %v", description, err)
	}
	if e = entries(t, w.get("/termine/aaaa.ics?lang=uk").Body.String())["aaaa@lotse"]; !strings.Contains(e.Props.Get("SUMMARY").Value, "Wohnen") || e.Props.Get("SUMMARY").Params.Get("LANGUAGE") != "uk" {
		t.Errorf("%+v", e.Props.Get("SUMMARY"))
	}
}

// Nothing that is not published, internal or about somebody is anywhere outside.
func TestNothingPrivateOutside(t *testing.T) {
	w := newWorld(t, "")
	w.bot.cfg.PublicURL = "https://lotse.example"
	live := w.plans(planned("aaaa", w.now.AddDate(0, 0, 14)))
	live.Work.Words = map[string]flows.MeetingWords{"de": {Title: "Entwurf der Änderung"}}
	live.Work.Venue.Name = "Entwurf des Orts"
	w.keeps(live)
	draft := planned("bbbb", w.now.AddDate(0, 0, 20))
	draft.Work.Words["de"] = flows.MeetingWords{Title: "Entwurf"}
	w.keeps(draft)
	for _, path := range []string{"/termine", "/termine/netzwerk.ics", "/termine/aaaa.ics", "/termine/aaaa/aushang"} {
		for _, lang := range []string{"de", "en", "ar", "uk"} {
			answer := w.get(path + "?lang=" + lang)
			if answer.Code != http.StatusOK {
				t.Fatalf("%s: %d", path, answer.Code)
			}
			for _, secret := range secrets {
				if secret == "Erika Beispiel" && !strings.HasSuffix(path, ".ics") {
					continue // agreed to be named on the page and on paper
				}
				if strings.Contains(strings.ReplaceAll(answer.Body.String(), "\r\n ", ""), secret) {
					t.Errorf("%s shows %q in %s", path, secret, lang)
				}
			}
			if strings.Contains(answer.Body.String(), "bbbb") {
				t.Errorf("%s shows the draft", path)
			}
			if len(answer.Result().Cookies()) > 0 {
				t.Errorf("%s sets a cookie", path)
			}
		}
	}
	for _, path := range []string{"/termine/bbbb.ics", "/termine/bbbb/aushang", "/termine/nothing.ics", "/termine/nothing/aushang", "/termine/x", "/termine/", "/termine/aaaa", "/termine/meeting%2Faaaa.ics", "/termine/a/b/c"} {
		if answer := w.get(path); answer.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.Code)
		}
	}
}

// No page and no calendar makes anybody's browser ask somebody else (P-30): what leads
// away are links that one presses.
func TestNoThirdParty(t *testing.T) {
	w := newWorld(t, "")
	w.bot.cfg.PublicURL = "https://lotse.example"
	w.plans(planned("aaaa", w.now.AddDate(0, 0, 14)))
	asks := regexp.MustCompile(`(?i)(src|srcset|poster|data|action|background)="?[^" >]*//|@import|url\(|<(script|iframe|object|embed|img|base|meta http-equiv)|<link[^>]*href="[^"]*//`)
	for _, path := range []string{"/termine", "/termine/aaaa/aushang?lang=de,ar,uk,en", "/termine/stil.css"} {
		answer := w.get(path)
		if found := asks.FindString(answer.Body.String()); found != "" {
			t.Errorf("%s: %s", path, found)
		}
		if got := answer.Header().Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'") || strings.Contains(got, "unsafe") {
			t.Errorf("%s: the policy is %q", path, got)
		}
	}
}

// Who has an answer is told that it is the same, however it was packed.
func TestPublicIsKept(t *testing.T) {
	w := newWorld(t, "")
	p := w.plans(planned("aaaa", w.now.AddDate(0, 0, 14)))
	for _, path := range []string{"/termine?lang=de", "/termine/netzwerk.ics?lang=de", "/termine/aaaa.ics", "/termine/aaaa/aushang", "/termine/stil.css"} {
		plain, packed := w.get(path), w.get(path, "Accept-Encoding", "br, gzip;q=0.5")
		if got := plain.Header().Get("Cache-Control"); got != "public, max-age=900" {
			t.Errorf("%s: %q", path, got)
		}
		z, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if body, err := io.ReadAll(z); err != nil || !bytes.Equal(body, plain.Body.Bytes()) || packed.Header().Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: packed it is something else: %v", path, err)
		}
		if plain.Header().Get("ETag") == packed.Header().Get("ETag") || !slices.Contains(plain.Header().Values("Vary"), "Accept-Encoding") {
			t.Errorf("%s: %v", path, packed.Header())
		}
		again := w.get(path, "If-None-Match", plain.Header().Get("ETag"))
		if again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s: %d with %d bytes", path, again.Code, again.Body.Len())
		}
		r := httptest.NewRequest(http.MethodHead, path, nil)
		head := httptest.NewRecorder()
		w.bot.Public().ServeHTTP(head, r)
		if head.Code != http.StatusOK || head.Body.Len() > 0 || head.Header().Get("ETag") != plain.Header().Get("ETag") {
			t.Errorf("HEAD %s: %d with %d bytes", path, head.Code, head.Body.Len())
		}
	}
	feed := w.get("/termine/netzwerk.ics")
	since := feed.Header().Get("Last-Modified")
	if answer := w.get("/termine/netzwerk.ics", "If-Modified-Since", since); since == "" || answer.Code != http.StatusNotModified {
		t.Errorf("%q: %d", since, answer.Code)
	}
	w.now = w.now.Add(time.Hour)
	p.Work.Venue.Name = "Anderswo"
	w.plans(p)
	if answer := w.get("/termine/netzwerk.ics", "If-Modified-Since", since); answer.Code != http.StatusOK {
		t.Errorf("changed: %d", answer.Code)
	}
	if answer := w.get("/termine/netzwerk.ics", "If-None-Match", feed.Header().Get("ETag")); answer.Code != http.StatusOK {
		t.Errorf("changed: %d", answer.Code)
	}
	if got := w.get("/termine/netzwerk.ics", "Accept-Encoding", "gzip;q=0").Header().Get("Content-Encoding"); got != "" {
		t.Errorf("packed for who cannot read it: %s", got)
	}
}

func TestDatesPage(t *testing.T) {
	w := newWorld(t, "")
	empty := w.get("/termine?lang=de").Body.String()
	if !strings.Contains(empty, "Noch kein Termin.") {
		t.Error("nobody is told that there is no date")
	}
	soon := planned("aaaa", w.now.AddDate(0, 0, 14))
	w.plans(soon)
	cafe := planned("cafe", w.now.AddDate(0, 0, 20))
	cafe.Work.Kind = flows.CafeMeeting
	w.plans(cafe)
	past := planned("past", w.now.AddDate(0, 0, -30))
	past.Work.Papers = []flows.Paper{{Title: "Protokoll", Link: "https://papers.example/1"}, {Title: "Folien", File: chat.File{Ref: "x"}}, {Title: "Böse", Link: "javascript:alert(1)"}}
	w.plans(past)
	page := w.get("/termine?lang=de").Body.String()
	for _, want := range []string{
		`<html lang="de" dir="ltr">`, "Wohnen, Miete &amp; &lt;Nachbarn&gt;", `datetime="2026-12-07T10:00:00&#43;01:00"`, "Montag, 07.12.2026, 10:00",
		`href="https://www.openstreetmap.org/?mlat=51.316700&amp;mlon=12.281900#map=18/51.316700/12.281900"`, `href="/termine/aaaa.ics?lang=de"`,
		`href="/termine/aaaa/aushang?lang=de"`, `href="https://papers.example/1"`, "Folien (im Chat)", "Böse (im Chat)", "Noch 20 Plätze frei", "Begrüßung",
		`hreflang="ar" dir="rtl"`, "kind=cafe",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("there is no %s", want)
		}
	}
	if strings.Contains(page, "javascript:") || strings.Contains(page, "webcal:") {
		t.Error("a link that leads nowhere")
	}
	if only := w.get("/termine?lang=de&kind=cafe").Body.String(); strings.Contains(only, `id="aaaa"`) || !strings.Contains(only, `id="cafe"`) {
		t.Error("the kind is not looked at")
	}
	if only := entries(t, w.get("/termine/netzwerk.ics?kind=cafe").Body.String()); len(only) != 1 {
		t.Errorf("%d entries of the kind", len(only))
	}
	foreign := w.get("/termine?lang=uk").Body.String()
	if !strings.Contains(foreign, `<h3 id="t-aaaa" lang="de" dir="ltr">Wohnen`) {
		t.Error("a German title does not say that it is German")
	}
	ar := w.get("/termine?lang=ar").Body.String()
	if !strings.Contains(ar, `<html lang="ar" dir="rtl">`) || !strings.Contains(ar, ">السكن والإيجار</h3>") {
		t.Error("Arabic is not Arabic")
	}
	for header, want := range map[string]string{"ar-SY,ar;q=0.9,en;q=0.5": "ar", "fr,en;q=0.5": "en", "": "de", "xx": "de", ";;;": "de"} {
		answer := w.get("/termine", "Accept-Language", header)
		if !strings.Contains(answer.Body.String(), `<html lang="`+want+`"`) || !slices.Contains(answer.Header().Values("Vary"), "Accept-Language") {
			t.Errorf("%q does not get %s", header, want)
		}
	}
	w.bot.cfg.PublicURL = "https://lotse.example/netz"
	outside := w.get("/termine?lang=ar&kind=cafe").Body.String()
	for _, want := range []string{`href="webcal://lotse.example/netz/termine/netzwerk.ics?lang=ar&amp;kind=cafe"`, `href="/netz/termine/stil.css"`, "https://lotse.example/netz/termine/netzwerk.ics?lang=ar&amp;kind=cafe"} {
		if !strings.Contains(outside, want) {
			t.Errorf("there is no %s", want)
		}
	}
}

// A notice has German, at most three other languages, and a code for each that leads into
// the chat in that language.
func TestNotice(t *testing.T) {
	w := newWorld(t, "")
	w.bot.cfg.PublicURL = "https://lotse.example"
	w.plans(planned("aaaa", w.now.AddDate(0, 0, 14)))
	for query, want := range map[string]string{"": "de", "?lang=ar": "de ar", "?lang=ar,uk&lang=en": "de ar uk en", "?lang=de,de,ar,xx,ar": "de ar", "?lang=de-simple,<x>": "de"} {
		page := w.get("/termine/aaaa/aushang" + query).Body.String()
		var got []string
		for _, m := range regexp.MustCompile(`<section class="part[^"]*" lang="([^"]+)"`).FindAllStringSubmatch(page, -1) {
			got = append(got, m[1])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", query, got, want)
		}
		if n := strings.Count(page, "<svg"); n != len(got) {
			t.Errorf("%q: %d codes", query, n)
		}
		if strings.Contains(page, "Plätze frei") {
			t.Error("paper says how many places are free")
		}
	}
	w.bot.cfg.PublicURL = ""
	if strings.Contains(w.get("/termine/aaaa/aushang").Body.String(), "<svg") {
		t.Error("a code that leads nowhere")
	}
}

// A store that fails is said so, and no page of it is kept.
func TestPublicWithoutStore(t *testing.T) {
	w := newWorld(t, "")
	err := w.bot.cfg.DB.Update(t.Context(), func(tx store.Tx) error {
		tx.Put("meeting/aaaa", []byte("{"))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	answer := w.get("/termine?lang=de")
	if answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" || answer.Header().Get("Cache-Control") != "" {
		t.Errorf("%d, %v", answer.Code, answer.Header())
	}
}

// A calendar file in the chat is one that its reader can open; it travels in its row.
func TestCalendarFileInTheChat(t *testing.T) {
	w := newWorld(t, "")
	w.plans(planned("aaaa", w.now.AddDate(0, 0, 14)))
	w.plans(planned("bbbb", w.now.AddDate(0, 0, 80)))
	w.plans(planned("past", w.now.AddDate(0, 0, -80)))
	w.do("ann /start", "ann ! ar", "ann /calendar", "ann ! about/file")
	m := w.net.rooms["ann"].messages
	var files []chat.File
	for _, said := range m {
		files = append(files, said.Files...)
	}
	if len(files) != 1 || files[0].Name != "termine.ics" || files[0].Kind != chat.Document {
		t.Fatalf("%+v", files)
	}
	from, err := w.bot.Open(t.Context(), files[0])
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(from)
	if err != nil || int64(len(raw)) != files[0].Size {
		t.Fatalf("%d bytes, %v", len(raw), err)
	}
	if got := entries(t, string(raw)); len(got) != 2 {
		t.Errorf("%d entries", len(got))
	}
	err = w.bot.transact(t.Context(), "one", func(turn *turn) error {
		sp := &speaker{PID: "p", Person: person_("ann")}
		if err := w.bot.cfg.DB.NewPerson(turn.tx, "p"); err != nil {
			return err
		}
		return turn.apply(sp, flows.CalendarFile{Meeting: "bbbb"})
	})
	if err != nil {
		t.Fatal(err)
	}
	w.settle()
	m = w.net.rooms["ann"].messages
	if f := m[len(m)-1].Files; len(f) != 1 || f[0].Name != "termin-2027-02-11.ics" {
		t.Errorf("%+v", f)
	}
}

// As many meetings as a file holds fit into the row that it travels in, however long their
// texts are.
func TestCalendarFileOfAll(t *testing.T) {
	w := newWorld(t, "")
	w.bot.cfg.PublicURL = "https://" + strings.Repeat("x", 60) + ".example"
	var all []flows.Meeting
	for i := range maxInFile {
		p := planned(fmt.Sprintf("%022d", i), w.now.AddDate(0, 0, i+1))
		for _, l := range w.bot.edition().words.Languages() {
			p.Work.Words[l.Tag] = flows.MeetingWords{Title: strings.Repeat("ሓ", flows.MaxTitle), About: strings.Repeat("ሓ", flows.MaxAbout)}
		}
		for range flows.MaxTables {
			p.Work.Tables = append(p.Work.Tables, strings.Repeat("ሓ", 60))
		}
		all = append(all, p.Publish(w.now).Work)
	}
	for _, l := range w.bot.edition().words.Languages() {
		f, err := w.bot.edition().calendarFile(l.Tag, all, all)
		if err != nil {
			t.Errorf("%s: %v", l.Tag, err)
		}
		t.Logf("%s: %d bytes", l.Tag, f.Size)
	}
}

// BenchmarkFeed is the calendar of a year.
func BenchmarkFeed(b *testing.B) {
	w := newWorld(b, "")
	for i := range 12 {
		p := planned(fmt.Sprintf("%022d", i), w.now.AddDate(0, i, 1)).Publish(w.now)
		err := w.bot.transact(b.Context(), p.Work.ID, func(t *turn) error { save(t.tx, keyOf("meeting", p.Work.ID), p); return nil })
		if err != nil {
			b.Fatal(err)
		}
	}
	h := w.bot.Public()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, "/termine/netzwerk.ics?lang=ar", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}
