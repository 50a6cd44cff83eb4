package bot

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"lotse/bot/links"
	"lotse/flows"
	"lotse/locales"
)

// linkedWorld is one in which addresses answer what web says of them, and the others well.
func linkedWorld(t *testing.T, web map[string]links.Result) (w *world, looked *[]string) {
	looked = new([]string)
	w = newWorld(t, locales.Pseudo)
	w.look = func(_ context.Context, address string) links.Result {
		*looked = append(*looked, address)
		for part, r := range web {
			if strings.Contains(address, part) {
				return r
			}
		}
		return links.Result{}
	}
	w.start()
	return w, looked
}

// pass lets time pass, and everything be done that it brings.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	for end := w.now.Add(d); ; {
		w.settle()
		next, err := w.bot.Tick(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if next.IsZero() || next.After(end) {
			w.now = end
			return
		}
		w.now = next
	}
}

const week, day = 7 * 24 * time.Hour, 24 * time.Hour

// TestLinksOnceAWeek: every address is looked at once a week, by day, one after the other;
// as long as all is well nobody is told.
func TestLinksOnceAWeek(t *testing.T) {
	w, looked := linkedWorld(t, nil)
	w.now = w.now.Add(12 * time.Hour) // it is night when the first round is due
	w.pass(6 * time.Hour)
	if len(*looked) != 0 {
		t.Errorf("%d addresses were looked at during the night", len(*looked))
	}
	w.pass(day)
	all := map[string]bool{}
	for _, p := range w.bot.edition().lists.read("de") {
		for _, address := range p.Links {
			all[address] = true
		}
	}
	if len(*looked) != len(all) || len(all) < 20 {
		t.Errorf("%d addresses were looked at, there are %d", len(*looked), len(all))
	}
	w.pass(week)
	if len(*looked) != 2*len(all) {
		t.Errorf("after another week it was %d", len(*looked))
	}
	if n := w.heard("desk.links"); n != 0 {
		t.Errorf("the desk was told %d times that nothing is wrong", n)
	}
}

// TestBrokenLinks: what fails on two days is told once, with the page that it stands on,
// and again only when that changes.
func TestBrokenLinks(t *testing.T) {
	web := map[string]links.Result{"revosax": {Why: links.Gone}, "sgb_8/__24": {Moved: "https://new.example/24"}}
	w, looked := linkedWorld(t, web)
	w.pass(12 * time.Hour)
	if w.heard("desk.links") != 0 {
		t.Error("one failure is told")
	}
	before := len(*looked)
	w.pass(2 * day)
	if n := len(*looked) - before; n != 2 {
		t.Errorf("%d addresses were looked at once more: the one that failed, and one that worked", n)
	}
	if w.heard("desk.links.moved") != 1 || w.heard("https://new.example/24") != 1 || w.heard("page.kita.label") != 1 {
		t.Errorf("what moved is told %d times: %q", w.heard("desk.links.moved"), w.net.said)
	}
	told := func() int { return w.heard("desk.links.broken") }
	if told() != 1 || w.heard("desk.links.why.gone") != 1 || w.heard("page.saxony.label") != 1 {
		t.Errorf("told %d times: %q", told(), w.net.said)
	}
	w.pass(2 * week)
	if told() != 1 {
		t.Errorf("without news it is told %d times", told())
	}
	web["revosax"] = links.Result{Why: links.Silent} // not news: it cannot be reached
	w.pass(week)
	if told() != 1 {
		t.Errorf("… for another reason %d times", told())
	}
	clear(web)
	w.pass(week)
	if w.heard("desk.links.fine") != 1 {
		t.Error("nobody is told that all is well again")
	}
	w.pass(2 * week)
	if w.heard("desk.links.fine") != 1 {
		t.Error("… or every week")
	}
}

// TestNoWayOut: when nothing is reached the machine has no way to the web. That is nobody's
// broken link, not even when one was looked at for the second time.
func TestNoWayOut(t *testing.T) {
	web := map[string]links.Result{"https://": {Why: links.Unknown}}
	w, _ := linkedWorld(t, web)
	w.pass(4 * day)
	if w.heard("desk.links") != 0 || !strings.Contains(w.log.String(), "no link could be reached") {
		t.Errorf("the desk was told, or the operator was not: %s", w.log.String())
	}
	clear(web)
	web["revosax"], web["schule.sachsen"] = links.Result{Why: links.Gone}, links.Result{Why: links.Failing}
	w.pass(day) // fails once
	web["https://"] = links.Result{Why: links.Unknown}
	w.pass(2 * day)
	if w.heard("desk.links") != 0 {
		t.Error("the desk was told while there was no way out")
	}
	delete(web, "https://")
	w.pass(2 * day)
	if w.heard("(desk.links.head)") != 1 || w.heard("revosax") != 1 || w.heard("schule.sachsen") == 0 {
		t.Errorf("said %q", w.net.said)
	}
}

// TestLinksGoOn: a crash in the middle of a round loses nothing of it; what nothing leads to
// any more is forgotten; and turned off nothing is looked at.
func TestLinksGoOn(t *testing.T) {
	web := map[string]links.Result{"revosax": {Why: links.Gone}}
	w, looked := linkedWorld(t, web)
	w.folder = fstest.MapFS{}
	w.start()
	w.pass(time.Hour + 20*time.Second)
	some := len(*looked)
	w.start()
	w.pass(12 * time.Hour)
	all := map[string]int{}
	for _, address := range *looked {
		all[address]++
	}
	if some == 0 || some == len(*looked) || len(all) != len(*looked) {
		t.Errorf("%d before the crash, %d in all, %d different ones", some, len(*looked), len(all))
	}
	w.pass(2 * day)
	if w.heard("desk.links.broken") != 1 {
		t.Fatal("the broken link is not told")
	}
	w.write("pages/saxony.md", `"https://www.revosax.sachsen.de/", `, "")
	w.reload(nil)
	w.pass(week)
	if w.heard("desk.links.fine") != 1 {
		t.Error("a link that is gone is still broken")
	}
	w.look = nil
	w.start()
	before := len(*looked)
	w.pass(2 * week)
	if len(*looked) != before {
		t.Error("turned off, it looks all the same")
	}
}

// TestPapersAreLooked: links of documents of published meetings are looked at as well.
func TestPapersAreLooked(t *testing.T) {
	w, looked := linkedWorld(t, map[string]links.Result{"papers.example": {Moved: "https://papers.example/new.pdf"}})
	m := flows.Meeting{ID: "m1", Kind: flows.NetworkMeeting, Start: w.now.Add(-day), End: w.now.Add(-day + time.Hour), Words: map[string]flows.MeetingWords{"de": {Title: "Wohnen"}},
		Papers: []flows.Paper{{Title: "Folien", Link: "https://papers.example/old.pdf"}}}
	if err := w.bot.Plan(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	w.pass(day)
	if w.heard("desk.links.paper") != 1 || w.heard(`title="Folien"`) != 1 {
		t.Errorf("looked at %v, told %d", *looked, w.heard("desk.links.paper"))
	}
}

// TestLinksOverHTTP: the whole way, with a server that answers.
func TestLinksOverHTTP(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/www.revosax.sachsen.de/", http.NotFound)
	server := httptest.NewServer(mux)
	defer server.Close()
	checker := links.New(func(at netip.AddrPort) bool { return at.Addr().IsLoopback() })
	w := newWorld(t, locales.Pseudo)
	w.look = func(ctx context.Context, address string) links.Result {
		return checker.Check(ctx, strings.Replace(address, "https://", server.URL+"/", 1))
	}
	w.start()
	w.pass(3 * day)
	if w.heard("desk.links.broken") != 1 || w.heard("revosax") != 1 {
		t.Errorf("said %q", w.net.said)
	}
}
