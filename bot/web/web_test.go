package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lotse/bot/chat"
)

func TestConversation(t *testing.T) {
	w := open(t, options(t.TempDir()))
	c, in := browse(t, w), newInbox()
	defer run(t, w, in)()

	said, _ := c.post("say", 200, fields{"room": "rima", "from": "rima", "text": "/Start plakat"})
	ev := <-in.arrived
	want := chat.Event{ID: said.Event, Kind: chat.Command, At: start, In: at("rima"), From: "rima", Name: "Rima",
		Lang: "ar", Text: "start", Args: "plakat", Message: said.Message}
	if !equal(ev, want) {
		t.Errorf("got  %+v\nwant %+v", ev, want)
	}

	hello := mustSend(t, w, "1", "rima", chat.Message{Text: "😀 ab", Lang: "ar", RTL: true,
		Marks:   []chat.Mark{{Style: chat.Bold, From: 5, To: 7}},
		Buttons: [][]chat.Button{{{ID: "ask", Label: "طرح سؤال"}}}})
	pressed, _ := c.post("press", 200, fields{"room": "rima", "from": "rima", "message": hello, "button": "ask"})
	if ev = <-in.arrived; ev.Kind != chat.Press || ev.Press != "ask" || ev.On != hello || ev.ID != pressed.Event {
		t.Errorf("the press came as %+v", ev)
	}

	answer, _ := c.post("say", 200, fields{"room": "desk", "from": "klein", "text": "// schon gesehen", "reply": ""})
	if ev = <-in.arrived; ev.Kind != chat.Text || ev.From != "klein" || ev.Text != "// schon gesehen" {
		t.Errorf("the note came as %+v", ev)
	}
	c.post("say", 200, fields{"room": "rima", "text": "danke", "reply": hello})
	if ev = <-in.arrived; ev.Kind != chat.Text || ev.On != hello || ev.From != "rima" {
		t.Errorf("the reply came as %+v", ev)
	}
	if err := w.React(t.Context(), "r", at("desk"), answer.Message, "👍"); err != nil {
		t.Error(err)
	}

	rima := c.room("rima").Messages
	if len(rima) != 3 || rima[0].Text != "/Start plakat" || rima[0].From != "rima" || rima[2].Reply != hello {
		t.Fatalf("the room shows %+v", rima)
	}
	m := rima[1]
	if m.From != "" || !m.RTL || m.Lang != "ar" || m.Pressed != "ask" || m.Marks[0] != (chat.Mark{Style: chat.Bold, From: 3, To: 5}) {
		t.Errorf("the bot's message is shown as %+v", m)
	}
	if got := c.room("desk").Messages[0].Reactions; !slices.Equal(got, []string{"👍"}) {
		t.Errorf("reactions are %q", got)
	}
}

// equal compares through JSON, as an event is stored.
func equal(a, b chat.Event) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}

func TestCommand(t *testing.T) {
	for text, want := range map[string][2]string{
		"/start":            {"start", ""},
		"/Start  a b ":      {"start", "a b"},
		"/ПОМОЩЬ\nбыстро":   {"помощь", "быстро"},
		"/fall 4821":        {"fall", "4821"},
		"//note":            {},
		"/":                 {},
		"/ start":           {},
		"a /start":          {},
		"/start/now":        {},
		"/start\x00":        {},
		"/\u202estart":      {},
		"/العربية القائمة":  {"العربية", "القائمة"},
		"/" + "x\u0301y z":  {"x\u0301y", "z"},
		"/start@lotse_bot1": {},
	} {
		word, args, ok := command(text)
		if ok != (want[0] != "") || word != want[0] || args != want[1] {
			t.Errorf("%q: %q %q %v, want %q", text, word, args, ok, want)
		}
	}
}

func TestEventsAreToldAgainAfterARestart(t *testing.T) {
	opt, now := options(t.TempDir()), start
	opt.Now = func() time.Time { now = now.Add(time.Minute); return now }
	w := open(t, opt)
	c := browse(t, w)
	c.post("say", 200, fields{"room": "rima", "text": "eins"})
	c.post("lang", 200, fields{"room": "rima", "lang": "de"})
	c.post("say", 200, fields{"room": "lehmann", "text": "zwei"})
	c.upload(200, fields{"room": "rima", "from": "rima", "caption": "Brief"}, file{"a.png", "image/png", png})
	in := newInbox()
	stop := run(t, w, in)
	var first []chat.Event
	for range 3 {
		first = append(first, <-in.arrived)
	}
	stop()
	w.Close()

	// The bot received everything but was killed before it could note how far.
	again := newInbox()
	w = open(t, opt)
	stop = run(t, w, again)
	var second []chat.Event
	for range 3 {
		second = append(second, <-again.arrived)
	}
	stop()
	byID := func(a, b chat.Event) int { return strings.Compare(a.ID, b.ID) }
	slices.SortFunc(first, byID)
	slices.SortFunc(second, byID)
	if !slices.EqualFunc(first, second, equal) {
		t.Errorf("told first %+v\nthen       %+v", first, second)
	}
	if first[0].Lang != "ar" || first[2].Lang != "de" || first[2].Kind != chat.Media || first[2].Text != "Brief" {
		t.Errorf("told %+v", first)
	}
	w.Close()

	// What is noted is not told again.
	w = open(t, opt)
	c = browse(t, w)
	in.cursor = strings.TrimPrefix(first[2].ID, "web/")
	stop = run(t, w, in)
	c.post("say", 200, fields{"room": "rima", "text": "drei"})
	if ev := <-in.arrived; ev.Text != "drei" || ev.ID <= first[2].ID {
		t.Errorf("after the restart came %+v", ev)
	}
	stop()
}

func TestAnotherHistoryIsRefused(t *testing.T) {
	w := open(t, options(""))
	for _, cursor := range []string{"x", "9999999999999"} {
		if err := w.Run(t.Context(), &inbox{cursor: cursor}); err == nil {
			t.Errorf("a history that does not reach %q was told", cursor)
		}
	}
}

func TestARefusingInboxIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, options(""))
		in := newInbox()
		refusals := 0
		in.refuse = func(ev chat.Event) error {
			if refusals < 20 && ev.In.Room == "rima" {
				refusals++
				return errors.New("full")
			}
			return nil
		}
		say := func(room, text string) answer {
			a, err := w.do(record{Act: say, Room: room, Text: text}, w.maySay)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		say("rima", "eins")
		say("rima", "zwei")
		other := say("lehmann", "drei")
		stop := run(t, w, in)
		synctest.Wait()
		// The other room does not wait, and the cursor does not pass what is missing.
		if ev := <-in.arrived; ev.ID != other.Event {
			t.Errorf("first came %+v", ev)
		}
		if got := in.place(); got != "" {
			t.Errorf("the cursor is at %q before anything older was received", got)
		}
		if a, b := <-in.arrived, <-in.arrived; a.Text != "eins" || b.Text != "zwei" {
			t.Errorf("then came %q, %q", a.Text, b.Text)
		}
		synctest.Wait()
		if got := in.place(); "web/"+got != other.Event {
			t.Errorf("the cursor is at %q, want the end", got)
		}
		if waited := time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)); waited < 30*time.Second || waited > 2*time.Minute {
			t.Errorf("20 refusals took %v", waited)
		}
		stop()
	})
}

func TestRunEndsWhileTheInboxRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, options(""))
		in := newInbox()
		in.refuse = func(chat.Event) error { return errors.New("full") }
		if _, err := w.do(record{Act: say, Room: "rima", Text: "eins"}, w.maySay); err != nil {
			t.Fatal(err)
		}
		stop := run(t, w, in)
		synctest.Wait()
		stop()
	})
}

func TestRepetitionHappensOnce(t *testing.T) {
	opt := options(t.TempDir())
	w := open(t, opt)
	c := browse(t, w)
	hello := mustSend(t, w, "row1", "rima", chat.Message{Text: "Hallo"})
	once := func(c client) []answer {
		var all []answer
		for _, p := range []struct {
			path string
			f    fields
		}{
			{"say", fields{"room": "rima", "text": "Hallo", "id": "a"}},
			{"press", fields{"room": "rima", "message": hello, "button": "x", "id": "a"}},
			{"people", fields{"name": "Sima", "lang": "ar", "id": "a"}},
			{"block", fields{"room": "rima", "blocked": true, "id": "a"}},
		} {
			a, _ := c.post(p.path, 200, p.f)
			all = append(all, a)
		}
		a, _ := c.upload(200, fields{"room": "lehmann", "id": "b"}, file{"a.txt", "text/plain", "a"})
		return append(all, a)
	}
	first, last := once(c), c.state().Last
	if again := once(c); !slices.Equal(again, first) || c.state().Last != last {
		t.Errorf("repeated: %+v, at first %+v", again, first)
	}
	w.Close()
	w = open(t, opt)
	c = browse(t, w)
	if again := once(c); !slices.Equal(again, first) || c.state().Last != last {
		t.Errorf("repeated after a restart: %+v, at first %+v", again, first)
	}
	if got := mustSend(t, w, "row1", "rima", chat.Message{Text: "Hallo"}); got != hello {
		t.Errorf("the outbox row became %s, at first %s", got, hello)
	}
	if n := len(c.room("rima").Messages); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
	files, err := os.ReadDir(filepath.Join(opt.Dir, "media"))
	if err != nil || len(files) != 1 {
		t.Errorf("%d files are kept (%v), want 1", len(files), err)
	}
}

func TestEditDelete(t *testing.T) {
	opt := options(t.TempDir())
	w := open(t, opt)
	c := browse(t, w)
	said, _ := c.post("say", 200, fields{"room": "desk", "from": "berger", "text": "Hallo"})
	m := mustSend(t, w, "1", "desk", chat.Message{Text: "offen", ReplyTo: said.Message, Buttons: [][]chat.Button{{{ID: "a", Label: "A"}}}})
	gone := mustSend(t, w, "2", "desk", chat.Message{Text: "geheim"})
	do := func(w *Web) {
		for range 2 {
			if err := errors.Join(
				w.Edit(t.Context(), "e1", at("desk"), m, chat.Message{Text: "geschlossen"}),
				w.Delete(t.Context(), "d1", at("desk"), gone),
				w.Delete(t.Context(), "d2", at("desk"), gone),
			); err != nil {
				t.Error(err)
			}
		}
		got := browse(t, w).room("desk").Messages
		if len(got) != 2 || got[1].Text != "geschlossen" || !got[1].Edited || got[1].Buttons != nil || got[1].Reply != said.Message {
			t.Errorf("the room shows %+v", got)
		}
	}
	do(w)
	w.Close()
	w = open(t, opt)
	do(w)

	bad := func(err error) {
		t.Helper()
		var no *chat.SendError
		if !errors.As(err, &no) || !no.Bad {
			t.Errorf("got %v, want an error for ever", err)
		}
	}
	bad(w.Edit(t.Context(), "e2", at("desk"), gone, chat.Message{Text: "x"}))
	bad(w.Edit(t.Context(), "e3", at("desk"), said.Message, chat.Message{Text: "x"}))
	bad(w.Edit(t.Context(), "e4", at("rima"), m, chat.Message{Text: "x"}))
	bad(w.Delete(t.Context(), "d3", at("rima"), m))
	bad(w.React(t.Context(), "r1", at("desk"), "m1", "👍"))
	c = browse(t, w)
	c.post("press", 404, fields{"room": "desk", "from": "klein", "message": gone, "button": "a"})
	c.post("press", 404, fields{"room": "desk", "from": "klein", "message": said.Message, "button": "a"})
}

func TestBlocked(t *testing.T) {
	w := open(t, options(""))
	c, in := browse(t, w), newInbox()
	defer run(t, w, in)()
	sent := mustSend(t, w, "1", "rima", chat.Message{Text: "Hallo"})
	c.post("block", 200, fields{"room": "rima", "blocked": true})
	if ev := <-in.arrived; ev.Kind != chat.Left || ev.From != "rima" || ev.In != at("rima") {
		t.Errorf("blocking came as %+v", ev)
	}
	_, err := w.Send(t.Context(), "2", at("rima"), chat.Message{Text: "Hallo"})
	for _, err := range []error{err, w.Edit(t.Context(), "3", at("rima"), sent, chat.Message{Text: "x"}), w.Delete(t.Context(), "4", at("rima"), sent)} {
		var no *chat.SendError
		if !errors.As(err, &no) || !no.Gone {
			t.Errorf("got %v, want that the person is gone", err)
		}
	}
	if got := mustSend(t, w, "1", "rima", chat.Message{Text: "Hallo"}); got != sent {
		t.Errorf("what had arrived before is %s, was %s", got, sent)
	}
	if _, code := c.post("say", 409, fields{"room": "rima", "text": "a"}); code != "blocked" {
		t.Errorf("speaking is refused as %q", code)
	}
	c.post("block", 409, fields{"room": "rima", "blocked": true})
	c.post("block", 403, fields{"room": "desk", "blocked": true})
	c.post("block", 200, fields{"room": "rima", "blocked": false})
	if ev := <-in.arrived; ev.Kind != chat.Back {
		t.Errorf("unblocking came as %+v", ev)
	}
	mustSend(t, w, "2", "rima", chat.Message{Text: "Hallo"})
}

func TestSendRefusesWhatNoPartIs(t *testing.T) {
	w := open(t, options(""))
	known := chat.File{Kind: chat.Photo, Platform: Platform, Ref: "known"}
	w.state.files["known"] = known
	foreign := known
	foreign.Platform = "telegram"
	button := func(id, label string) [][]chat.Button { return [][]chat.Button{{{ID: id, Label: label}}} }
	for name, m := range map[string]chat.Message{
		"empty":        {},
		"long":         {Text: strings.Repeat("x", MaxMessage+1)},
		"long caption": {Text: strings.Repeat("x", MaxCaption+1), Files: []chat.File{known}},
		"two files":    {Files: []chat.File{known, known}},
		"foreign file": {Files: []chat.File{foreign}},
		"unknown file": {Files: []chat.File{{Platform: Platform, Ref: "x"}}},
		"no label":     {Text: "x", Buttons: button("x", "")},
		"no button ID": {Text: "x", Buttons: button("", "x")},
		"long ID":      {Text: "x", Buttons: button(strings.Repeat("x", 65), "x")},
	} {
		_, err := w.Send(t.Context(), name, at("rima"), m)
		var no *chat.SendError
		if !errors.As(err, &no) || !no.Bad {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, to := range []chat.Address{at("nobody"), {Platform: "telegram", Room: "rima"}, {Platform: Platform, Room: "rima", Thread: "1"}} {
		_, err := w.Send(t.Context(), "x", to, chat.Message{Text: "x"})
		var no *chat.SendError
		if !errors.As(err, &no) || !no.Gone {
			t.Errorf("%+v: %v", to, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Send(ctx, "x", at("rima"), chat.Message{Text: "x"}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

func TestOptions(t *testing.T) {
	for name, spoil := range map[string]func(*Options){
		"no clock":   func(o *Options) { o.Now = nil },
		"no staff":   func(o *Options) { o.Staff = nil },
		"foreign":    func(o *Options) { o.Desk = chat.Address{Platform: "matrix", Room: "desk"} },
		"bad ID":     func(o *Options) { o.People[0].ID = "../x" },
		"twice":      func(o *Options) { o.People[0].ID = "berger" },
		"as a room":  func(o *Options) { o.People[0].ID = "desk" },
		"a big crew": func(o *Options) { o.People = make([]Person, MaxPeople+1) },
	} {
		o := options("")
		spoil(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
