package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	_ "image/png"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"lotse/bot/calendar"
)

// noticeOf finds the first notice that the page of dates leads to.
var noticeOf = regexp.MustCompile(`href="(/termine/[^/"]+/aushang)\?`)

// TestDatesPage looks at the dates and at a notice as they are read, in a script of either
// direction, by day and by night, and has axe-core look at them.
func TestDatesPage(t *testing.T) {
	axe := fetchAxe(t)
	d := startDemo(t)
	browser := openBrowser(t)
	found := noticeOf.FindStringSubmatch(fetch(t, d.url+"/termine?lang=de"))
	if found == nil {
		t.Fatal("the page of dates leads to no notice")
	}
	for _, lang := range []string{"de", "ar"} {
		for _, s := range []screen{desktop(), mobile()} {
			p := openPublic(browser, t, d, "/termine?lang="+lang, s)
			p.readsFrom(lang)
			p.shoot("30-dates-" + lang)
			for _, scheme := range []string{"light", "dark"} {
				p.scheme(scheme)
				p.noBarriers(axe, "dates, "+lang+", "+scheme)
			}
		}
	}
	for _, langs := range []string{"de", "de,ar", "de,ar,uk,en"} {
		p := openPublic(browser, t, d, found[1]+"?lang="+langs, desktop())
		p.resize(900, 1400)
		p.noBarriers(axe, "notice, "+langs)
		p.shoot("31-notice-" + strings.ReplaceAll(langs, ",", "-"))
		if n := p.sheets(); n != 1 {
			t.Errorf("the notice in %s is printed on %d sheets", langs, n)
		}
		p.codes(d.url, strings.Split(langs, ","))
	}
}

// readsFrom holds that a page is in a language and reads from where that begins, without
// anything that stands out at its sides.
func (p *page) readsFrom(lang string) {
	p.t.Helper()
	want := map[string]string{"de": "ltr", "ar": "rtl"}[lang]
	got := ask[[]string](p, `() => [document.documentElement.lang, getComputedStyle(document.querySelector('article')).direction,
	  String(document.documentElement.scrollWidth <= document.documentElement.clientWidth)]`)
	if strings.Join(got, " ") != lang+" "+want+" true" {
		p.t.Errorf("%s: %v", p.screen.name, got)
	}
}

// sheets prints the page, and counts.
func (p *page) sheets() int {
	p.t.Helper()
	var printed []byte
	p.call("print", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		answer, err := cdp.Call(ctx, target, cdppage.PrintToPDF, cdppage.PrintToPDFParams{PreferCSSPageSize: new(true)})
		printed = answer.Data
		return err
	}))
	if err := os.WriteFile(filepath.Join("shots", "notice.pdf"), printed, 0o644); err != nil {
		p.t.Error(err)
	}
	return len(regexp.MustCompile(`/Type\s*/Page\b[^s]`).FindAll(printed, -1))
}

// codes reads the QR codes from the screen, with a reader that others wrote.
func (p *page) codes(origin string, langs []string) {
	p.t.Helper()
	for i, lang := range langs {
		box := ask[[]float64](p, fmt.Sprintf(`() => { const b = document.querySelectorAll('svg')[%d].getBoundingClientRect(); return [b.x, b.y + scrollY, b.width, b.height]; }`, i))
		var shot []byte
		p.call("photograph the code", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			answer, err := cdp.Call(ctx, target, cdppage.CaptureScreenshot, cdppage.CaptureScreenshotParams{
				CaptureBeyondViewport: new(true), Clip: &cdppage.Viewport{X: box[0], Y: box[1], Width: box[2], Height: box[3], Scale: 4},
			})
			shot = answer.Data
			return err
		}))
		drawn, _, err := image.Decode(bytes.NewReader(shot))
		if err != nil {
			p.t.Fatal(err)
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(drawn)
		if err != nil {
			p.t.Fatal(err)
		}
		// The reader takes parts of some codes for marks of another size when it looks for one
		// that may lie askew; this one lies straight.
		var read *gozxing.Result
		for _, hint := range []gozxing.DecodeHintType{gozxing.DecodeHintType_TRY_HARDER, gozxing.DecodeHintType_PURE_BARCODE} {
			if read, err = qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{hint: true}); err == nil {
				break
			}
		}
		if err != nil {
			p.t.Errorf("the code in %s cannot be read: %v", lang, err)
			continue
		}
		if want := origin + "/termine?lang=" + lang; read.GetText() != want {
			p.t.Errorf("the code in %s leads to %s, want %s", lang, read.GetText(), want)
		}
	}
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, answer.Status, err)
	}
	return string(raw)
}

// The reader of Thunderbird's makers (MPL-2.0), fetched and not kept.
const (
	icalPackage = "ical.js@2.2.1"
	icalSum     = "yK/UlPbEs316igb/tjRgbFA8ZV75rCsBJp/hWOatpyaPNlgw0dGDmU+FoicOcwX4xXkeXOkYiOmCqNPFpNPkQg=="
)

// An icalEvent is what the reader found.
type icalEvent struct {
	UID, Summary, Status, Start, Zone string
	Sequence                          int
	Description                       string
}

// readICal lets ical.js read a calendar, write it, and read that again.
func readICal(t *testing.T, library, raw string) map[string]icalEvent {
	t.Helper()
	const script = `
import ICAL from './ical.mjs';
import { readFileSync } from 'node:fs';
const events = (raw) => {
  const top = new ICAL.Component(ICAL.parse(raw));
  for (const z of top.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(z);
  return [top, top.getAllSubcomponents('vevent').map((c) => {
    const e = new ICAL.Event(c, { strictExceptions: true });
    return { UID: e.uid, Summary: e.summary, Description: e.description, Sequence: e.sequence, Status: c.getFirstPropertyValue('status'),
      Start: e.startDate.toJSDate().toISOString(), Zone: e.startDate.zone.tzid };
  })];
};
const [top, first] = events(readFileSync(0, 'utf8'));
const [, again] = events(top.toString());
if (JSON.stringify(first) !== JSON.stringify(again)) throw new Error('the round trip changes it');
console.log(JSON.stringify(first));`
	dir := t.TempDir()
	for name, text := range map[string]string{"ical.mjs": library, "read.mjs": script} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "node", "read.mjs")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(raw)
	var said, wrong bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &wrong
	cmd.Env = append(os.Environ(), "TZ=Asia/Tokyo") // the reader's own clock must not matter
	if err := cmd.Run(); err != nil {
		t.Fatalf("ical.js: %v\n%s\n%s", err, wrong.String(), raw)
	}
	var all []icalEvent
	if err := json.Unmarshal(said.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	out := map[string]icalEvent{}
	for _, e := range all {
		out[e.UID] = e
	}
	if len(out) != len(all) {
		t.Errorf("%d entries have %d UIDs", len(all), len(out))
	}
	return out
}

// TestCalendar has the reader of a calendar program read what the demo serves, and follow
// a date that is moved and one that is cancelled, over both changes of the clock.
func TestCalendar(t *testing.T) {
	library := fetchPackage(t, icalPackage, icalSum, "package/dist/ical.js")
	d := startDemo(t)
	for _, lang := range []string{"de", "ar"} {
		all := readICal(t, library, fetch(t, d.url+"/termine/netzwerk.ics?lang="+lang))
		if len(all) < 3 {
			t.Errorf("%s: %d dates", lang, len(all))
		}
		for uid, e := range all {
			if e.Zone != "Europe/Berlin" || e.Status != "CONFIRMED" || e.Summary == "" || e.Description == "" {
				t.Errorf("%s: %s is %+v", lang, uid, e)
			}
		}
		// The day after each change of the clock, moved by a day and cancelled.
		for _, day := range []time.Time{time.Date(2027, 3, 28, 14, 0, 0, 0, time.UTC), time.Date(2027, 10, 31, 15, 0, 0, 0, time.UTC)} {
			entry := calendar.Entry{
				UID: "one@lotse", Start: day, End: day.Add(2 * time.Hour), Summary: "Treffen; Wohnen, Kita", Description: "اجتماع الشبكة \u2068Grünau\u2069\n" + strings.Repeat("السكن ", 40),
				Created: day.AddDate(0, 0, -9), Changed: day.AddDate(0, 0, -9),
			}
			moved, gone := entry, entry
			moved.Sequence, moved.Start, moved.End = 1, day.AddDate(0, 0, 1), day.AddDate(0, 0, 1).Add(2*time.Hour)
			gone.Sequence, gone.Cancelled = 2, true
			for n, e := range []calendar.Entry{entry, moved, gone} {
				raw, err := calendar.Feed{Name: "x", Lang: lang, Entries: []calendar.Entry{e}}.Bytes()
				if err != nil {
					t.Fatal(err)
				}
				got := readICal(t, library, string(raw))["one@lotse"]
				status := map[bool]string{false: "CONFIRMED", true: "CANCELLED"}[e.Cancelled]
				if got.Sequence != n || got.Status != status || got.Start != e.Start.Format("2006-01-02T15:04:05.000Z") || got.Summary != e.Summary || got.Description != e.Description {
					t.Errorf("%s: %+v\nwas %+v", lang, got, e)
				}
			}
		}
	}
}
