package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
	"lotse/store"
	"lotse/store/seal"
)

// ownPage is a page that only a folder has, in all languages that a page must have.
func (w *world) ownPage(id, say string, head ...string) {
	w.folder["pages/"+id+".md"] = &fstest.MapFile{Data: []byte("+++\ntopic = \"other\"\nsource = \"Test, 01.12.2026\"\nnext = \"01.06.2027\"\nchecked = \"\"\ntitle = \"" + id + " de\"\n" + strings.Join(head, "\n") + "\n+++\n" + say + "\n---\n" + say + "\n")}
	for _, tag := range []string{"en", "ar", "uk"} {
		w.folder["pages/"+id+"."+tag+".md"] = &fstest.MapFile{Data: []byte("+++\ntitle = \"" + id + " " + tag + "\"\n+++\n" + say + "\n---\n" + say + "\n")}
	}
}

func (w *world) reload(want error) {
	w.t.Helper()
	if err := w.bot.Reload(w.t.Context()); (err == nil) != (want == nil) {
		w.t.Fatalf("reload: %v, want %v", err, want)
	}
	w.settle()
}

// TestReloadIsAllOrNothing: what is wrong with any file keeps every file as it was, and
// says where; the desk hears the same.
func TestReloadIsAllOrNothing(t *testing.T) {
	w := newWorld(t, "")
	w.folder = fstest.MapFS{}
	w.start()
	before := w.bot.content.Load()
	w.write("pages/kita.md", `next = "01.03.2027"`, `next = "01.09.2027"`)
	w.write("pages/school.md", `topic = "education"`, `topic = "weather"`)
	err := w.bot.Reload(t.Context())
	if err == nil || !strings.Contains(err.Error(), "pages/school.md:2: ") {
		t.Errorf("refused with %v", err)
	}
	w.settle()
	if w.bot.content.Load() != before {
		t.Error("something changed all the same")
	}
	if w.heard("pages/school.md:2") == 0 || !strings.Contains(w.log.String(), "pages/school.md:2") {
		t.Error("nobody was told where it is wrong")
	}
	w.write("pages/school.md", `topic = "education"`, `topic = "other"`)
	w.reload(nil)
	if p, _ := w.bot.content.Load().words.Page("kita"); p.Next.Month() != time.September {
		t.Errorf("the page is to be checked on %v", p.Next)
	}
}

// TestReloadUnderneath: who reads a page, its sentences, or what was found, loses nothing
// when it is gone or is another one.
func TestReloadUnderneath(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.folder = fstest.MapFS{}
	w.ownPage("moon", "Über den Mond.")
	w.ownPage("copied", "Guten Tag!", "phrases = true")
	w.start()
	w.reload(nil)
	at := map[string]chat.Address{}
	says := func(who string, ev chat.Event) string {
		ev.From, ev.In = who, w.net.at(who)
		at[who] = ev.In
		w.receive(ev)
		all := w.net.messages(who)
		return all[len(all)-1].Text
	}
	press := func(who, id string) string { return says(who, chat.Event{Kind: chat.Press, Press: id}) }
	for _, who := range []string{"reads", "found", "copies", "asks"} {
		press(who, "nav/start")
		press(who, "language/pick/de")
	}
	press("reads", "page/moon/2")
	press("found", "nav/info")
	if got := says("found", chat.Event{Kind: chat.Text, Text: "Mond"}); !strings.Contains(got, "info.found") {
		t.Fatalf("found %q", got)
	}
	press("copies", "page/copied")
	press("asks", "page/moon")
	press("asks", "info/page/ask")
	press("asks", "ask/role/private")
	press("asks", "ask/consent/yes")
	says("asks", chat.Event{Kind: chat.Text, Text: "Was ist mit dem Mond?"})

	for name := range w.folder { // deleted from the folder
		delete(w.folder, name)
	}
	w.ownPage("copied", "Guten Tag!")
	w.reload(nil)

	if got := press("reads", "page/moon/1"); !strings.Contains(got, "old") || !strings.Contains(got, "info.gone") {
		t.Errorf("who read a page that is gone is told %q", got)
	}
	if got := press("reads", "info/page/list"); !strings.Contains(got, "info.list") {
		t.Errorf("… and the way on is %q", got)
	}
	if got := press("found", "page/moon"); !strings.Contains(got, "old") || !strings.Contains(got, "info.none") {
		t.Errorf("who had found it is told %q", got)
	}
	if got := press("copies", "page/copied/say/2"); !strings.Contains(got, "page.copied.1") {
		t.Errorf("who copied sentences of what is an ordinary page now is shown %q", got)
	}
	if got := press("asks", "ask/preview/send"); !strings.Contains(got, "ask.sent") {
		t.Errorf("who was asking is told %q", got)
	}
	if w.heard("Was ist mit dem Mond?") == 0 {
		t.Error("the question is lost")
	}
}

// twoEditions are contents whose pages and titles all tell which of the two they are.
var twoEditions = sync.OnceValues(func() (both [2]*Content, err error) {
	for i, sign := range []string{"ALPHA", "BETA"} {
		w := &world{folder: fstest.MapFS{}}
		for _, id := range []string{"mond", "sonne", "sterne"} {
			w.ownPage(id, sign)
			for name, f := range w.folder {
				f.Data = []byte(strings.Replace(string(f.Data), "title = \""+id, "title = \""+sign+" "+id, 1))
				w.folder[name] = f
			}
		}
		if both[i], err = ReadContent(w.folder); err != nil {
			return both, err
		}
	}
	return both, nil
})

// TestReloadWhileItWorks: with events and reloads at the same time every message is said
// from one edition, whole.
func TestReloadWhileItWorks(t *testing.T) {
	both, err := twoEditions()
	if err != nil {
		t.Fatal(err)
	}
	net := newNetwork()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	net.now = func() time.Time { return now }
	db, err := seal.Open(t.Context(), store.NewMem(), Table, master(t), net.now)
	if err != nil {
		t.Fatal(err)
	}
	var n atomic.Int64
	b, err := New(Config{
		DB: db, Content: both[0], Platforms: []chat.Platform{net}, Desks: []chat.Address{theDesk}, DeskLang: "de",
		Now: net.now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Again: func() (*Content, error) {
			if n.Add(1)%5 == 0 {
				return nil, errors.New("a file is being written")
			}
			return both[n.Load()%2], nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	const people, presses, reloads = 8, 6, 30
	var all sync.WaitGroup
	for p := range people {
		all.Go(func() {
			room := fmt.Sprint("p", p)
			for i, id := range append([]string{"nav/start", "language/pick/de"}, strings.Fields(strings.Repeat("nav/info page/mond ", presses/2))...) {
				ev := chat.Event{ID: fmt.Sprint(room, "-", i), Kind: chat.Press, Press: id, At: now, From: room, In: chat.Address{Platform: "web", Room: room}}
				if err := b.Receive(context.Background(), ev); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 2 {
		all.Go(func() {
			for range reloads / 2 {
				_ = b.Reload(context.Background()) // one of five is refused
			}
		})
	}
	all.Wait()
	if err := b.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for p := range people {
		for _, m := range net.messages(fmt.Sprint("p", p)) {
			whole := m.Text
			for _, row := range m.Buttons {
				for _, button := range row {
					whole += "\n" + button.Label
				}
			}
			a, z := strings.Count(whole, "ALPHA"), strings.Count(whole, "BETA")
			if a > 0 && z > 0 {
				t.Fatalf("two editions in one message: %s", whole)
			}
			seen += a + z
		}
	}
	if seen == 0 {
		t.Error("nobody read a page")
	}
}

// TestReloadedBody: the desk is shown the first lines of what is wrong, and how many more
// there are.
func TestReloadedBody(t *testing.T) {
	r := flows.Refused(strings.TrimSpace(strings.Repeat(strings.Repeat("ä", 400)+"\n", 12)))
	body := r.Body()
	if len(r.Wrong) != 10 || r.More != 2 || len(body) != 13 || len(r.Wrong[0]) > 300 {
		t.Errorf("%d lines of %d, %d texts", len(r.Wrong), r.More, len(body))
	}
}

// TestReadWhileItWorks: reading files and answering people at the same time disturb nobody.
func TestReadWhileItWorks(t *testing.T) {
	w := newWorld(t, "")
	w.folder = fstest.MapFS{}
	w.ownPage("mond", "Über den Mond.")
	w.start()
	ctx, done := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		defer done()
		if err := w.bot.Reload(context.Background()); err != nil {
			t.Error(err)
		}
	})
	for p := range 3 {
		all.Go(func() {
			for i, id := range strings.Fields("nav/start language/pick/ar" + strings.Repeat(" nav/info page/kita page/kita/2", 50)) {
				room := fmt.Sprint("p", p)
				ev := chat.Event{ID: fmt.Sprint(room, "-", i), Kind: chat.Press, Press: id, At: w.now, From: room, In: w.net.at(room)}
				if err := w.bot.Receive(context.Background(), ev); err != nil {
					t.Error(err)
				}
				if ctx.Err() != nil {
					return
				}
			}
		})
	}
	all.Wait()
	w.settle()
	if _, ok := w.bot.content.Load().words.Page("mond"); !ok || w.heard("neu geladen") != 1 {
		t.Error("it was not read")
	}
}
