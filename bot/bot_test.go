package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
	"lotse/store"
	"lotse/store/bolt"
	"lotse/store/seal"
	"lotse/store/storetest"
)

// ask walks a person to an inquiry in the desk.
func (w *world) ask(who, words string) {
	w.t.Helper()
	p := &player{world: w}
	for _, line := range []string{"/start", "! de", "! ask", "! private", "! housing", "! yes", "> " + words, "! send"} {
		if err := p.do(who + " " + line); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) do(lines ...string) {
	w.t.Helper()
	p := &player{world: w, failing: map[string]time.Time{}}
	for _, line := range lines {
		if err := p.do(line); err != nil {
			w.t.Fatalf("%s: %v", line, err)
		}
	}
}

func (w *world) heard(words string) int {
	n := 0
	for _, s := range w.net.said {
		n += strings.Count(s, words)
	}
	return n
}

// Every effect that flows can wish for is granted: an unknown one panics.
func TestEveryEffectIsGranted(t *testing.T) {
	person := []flows.Effect{
		flows.Say{Body: []flows.Text{{Key: "old"}}}, flows.Submit{Topic: "other", Body: "x", Confirm: flows.Say{Body: []flows.Text{{Key: "ask.sent"}}}},
		flows.Add{Inquiry: "i", Body: "x"}, flows.Withdraw{Inquiry: "i"}, flows.Fetch{Inquiry: "i"}, flows.Rate{Inquiry: "i", Helped: "no"}, flows.Settle{Inquiry: "i", Agenda: flows.Wished}, flows.Unsay{Inquiry: "i", Message: "1"}, flows.Reword{Inquiry: "i", Message: "1", Text: "x"},
		flows.Agree{Version: "1", Shown: flows.Text{Key: "old"}}, flows.Enrol{Member: flows.Member{Reach: flows.Route{Way: flows.ByChat}}}, flows.Meet{}, flows.Decide{}, flows.Quit{}, flows.Revoke{}, flows.Erase{}, flows.Come{Guest: flows.Guest{All: true}},
		flows.Hand{Body: []flows.Text{{Key: "old"}}, Files: []chat.File{{Kind: chat.Place, Ref: "geo:51,12"}}},
		flows.CalendarFile{}, flows.MemberFile{}, flows.KeepReply{Survey: "x", Reply: flows.Reply{At: "a"}}, flows.SendReply{Survey: "x"},
		flows.Give{Offer: flows.Offer{Kinds: []string{"other"}}, Confirm: flows.Say{Body: []flows.Text{{Key: "offer.saved"}}}},
		flows.Respond{Request: "r", Answer: flows.RequestYes}, flows.Suggest{Kind: flows.SuggestTopic, Text: "x"}, flows.Unsuggest{}, flows.Vote{Theme: "t", For: true},
	}
	desk := []flows.Effect{
		flows.Tell{Body: []flows.Text{{Key: "old"}}}, flows.Redraw{}, flows.Notify{Body: []flows.Text{{Key: "old"}}},
		flows.Later{Draft: "d"}, flows.Deliver{Draft: "d"}, flows.React{Message: "1", Emoji: "👍"}, flows.Keep{Note: "n", By: "b"}, flows.Retract{Draft: "d"},
	}
	w := newWorld(t, locales.Pseudo)
	w.do("ann /start")
	for _, e := range append(person, desk...) {
		err := w.bot.transact(t.Context(), fmt.Sprintf("%T", e), func(turn *turn) error {
			q := flows.Inquiry{ID: "i", Number: "12345", Status: flows.Waiting, Topic: "other"}
			sp := &speaker{PID: "p", Person: person_("ann"), Inquiries: []flows.Inquiry{q}}
			if err := w.bot.cfg.DB.NewPerson(turn.tx, "p"); err != nil {
				return err
			}
			if reflect.TypeOf(e).NumMethod() >= 0 && contains(desk, e) {
				return deskTurn{turn: turn, asker: sp, about: ref{PID: "p", IID: "i", Draft: "d"}, inquiry: q, draft: flows.Draft{ID: "d", Text: "x"}, askerLang: "de"}.apply(e)
			}
			return turn.apply(sp, e)
		})
		if err != nil {
			t.Errorf("%T: %v", e, err)
		}
	}
	if got, want := len(person)+len(desk), effectsInSource(t); got != want {
		t.Errorf("%d effects are tried, flows has %d", got, want)
	}
}

func person_(who string) person {
	return person{Address: chat.Address{Platform: "web", Room: who}}
}

func contains(all []flows.Effect, e flows.Effect) bool {
	for _, x := range all {
		if reflect.TypeOf(x) == reflect.TypeOf(e) {
			return true
		}
	}
	return false
}

func effectsInSource(t *testing.T) int {
	return strings.Count(read(t, "../flows/effects.go"), ") effect()")
}

// A thousand claims at once, in two rooms, make one owner.
func TestOneOwner(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.openSecond()
	w.ask("ann", "My question.")
	number := w.onlyNumber()
	var all sync.WaitGroup
	for i := range 1000 {
		all.Go(func() {
			err := w.bot.Receive(t.Context(), chat.Event{
				ID: fmt.Sprint("claim-", i), Kind: chat.Press, At: w.now, In: w.desks()[i%2], From: fmt.Sprint("coordinator-", i),
				Name: fmt.Sprint("C", i), Press: "desk/" + number + "/claim", On: "1",
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.settle()
	if got := w.heard("(desk.claim.taken"); got != 999 {
		t.Errorf("%d were told that somebody else has it, want 999", got)
	}
	if got := w.heard("(inquiry.claimed"); got != 1 {
		t.Errorf("the asker was told %d times", got)
	}
}

func (w *world) onlyNumber() string {
	w.t.Helper()
	w.alias()
	for number := range w.aliases {
		return number
	}
	w.t.Fatal("no inquiry")
	return ""
}

// Nothing that identifies an asker reaches the desk (P-08), and nothing anybody
// wrote can be read in the store, in keys or values.
func TestNothingLeaks(t *testing.T) {
	w := newWorld(t, "")
	canaries := []string{"canary-question", "canary-addition", "canary-answer", "canary-note", "rima-4711"}
	w.ask("rima-4711", "canary-question")
	w.do("rima-4711 > canary-addition", "berger @desk re 1 > // canary-note", "berger @desk re 1 > canary-answer", "berger @desk ! send", "wait 20s")
	for _, m := range w.net.rooms["desk"].messages {
		if strings.Contains(m.Text, "rima-4711") || strings.Contains(m.Text, "Rima-4711") {
			t.Errorf("the desk reads who it is: %s", m.Text)
		}
	}
	rows := w.raw()
	for _, c := range canaries {
		if bytes.Contains(rows, []byte(c)) {
			t.Errorf("the store shows %q", c)
		}
	}
}

// raw is the whole store as bytes.
func (w *world) raw() []byte {
	w.t.Helper()
	var all bytes.Buffer
	err := w.mem.View(context.Background(), func(r store.Reader) error {
		after := ""
		for {
			rows, err := r.Scan("", after, store.MaxScan)
			for _, row := range rows {
				all.WriteString(row.Key)
				all.Write(row.Value)
				after = row.Key
			}
			if err != nil || len(rows) < store.MaxScan {
				return err
			}
		}
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all.Bytes()
}

// After "delete everything" there is no row left that belongs to the person, and
// what another person has is untouched.
func TestErasureIsComplete(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	before := w.keyCount()
	w.ask("ann", "My question.")
	for i := range 40 { // more than one page of everything
		w.do(fmt.Sprintf("ann > addition %d", i))
	}
	w.do("berger @desk re 1 > Answer.", "berger @desk ! send", "wait 20s", "ann /mydata", "ann ! data/delete", "ann ! delete/yes")
	if got := w.heard("(privacy.erased"); got != 1 {
		t.Fatalf("%d receipts", got)
	}
	left := w.keyCount()
	for kind, n := range left {
		switch kind {
		case "seen", "meta", "due", "count", "took", "duty": // marks, alarms and statistics hold nothing about anybody
		default:
			if n != before[kind] {
				t.Errorf("%d rows of kind %s are left, %d before", n, kind, before[kind])
			}
		}
	}
	shown := 0
	for i, m := range w.net.rooms["desk"].messages {
		if !w.net.rooms["desk"].gone[i] && strings.Contains(m.Text, "addition") {
			shown++
		}
	}
	if shown > 0 {
		t.Errorf("%d messages with the asker's words are left in the desk", shown)
	}
}

func (w *world) keyCount() map[string]int {
	w.t.Helper()
	kinds := map[string]int{}
	err := w.mem.View(context.Background(), func(r store.Reader) error {
		after := ""
		for {
			rows, err := r.Scan("", after, store.MaxScan)
			for _, row := range rows {
				kind, _, _ := strings.Cut(row.Key, "/")
				kinds[kind]++
				after = row.Key
			}
			if err != nil || len(rows) < store.MaxScan {
				return err
			}
		}
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return kinds
}

// When the store fails, somebody in danger still gets the card; others are told
// again later, when the network repeats the event.
func TestEmergencyWithoutStore(t *testing.T) {
	w := newWorld(t, "")
	down := errors.New("disk gone")
	broken := false
	w.mem = storetest.Flaky(w.mem, func(op string) error {
		if broken && op == storetest.OpUpdate {
			return down
		}
		return nil
	})
	w.start()
	broken = true
	for i, text := range []string{"Ich will nicht mehr leben", "Ich will nicht mehr leben", "Guten Tag"} {
		clear(w.net.ids) // a network that does not know requests again
		err := w.bot.Receive(t.Context(), chat.Event{ID: fmt.Sprint(i / 2), Kind: chat.Text, At: w.now, Text: text, From: "ann", In: chat.Address{Platform: "web", Room: "ann"}})
		if !errors.Is(err, down) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if n := len(w.net.room("ann").messages); n != 1 {
		t.Errorf("%d messages, want the card alone", n)
	}
	if w.heard("112") == 0 {
		t.Error("the card has no number")
	}
}

// Run sends, waits after failures longer each time, takes the answer back in
// time, and stops within the grace it is given.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := newNetwork()
		db, err := seal.Open(t.Context(), store.NewMem(), Table, master(t), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		words, err := testWords()
		if err != nil {
			t.Fatal(err)
		}
		b, err := New(Config{
			DB: db, Content: holding(words), Platforms: []chat.Platform{net}, Desks: []chat.Address{theDesk}, DeskLang: "de", Undo: 20 * time.Second,
			Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Lang: locales.Pseudo,
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- b.Run(ctx) }()

		n := 0
		receive := func(ev chat.Event) {
			n++
			ev.ID, ev.At = fmt.Sprint(n), time.Now()
			if ev.In == (chat.Address{}) {
				ev.From, ev.In = "ann", chat.Address{Platform: "web", Room: "ann"}
			}
			if err := b.Receive(ctx, ev); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		for _, press := range []string{"nav/start", "language/pick/de", "nav/ask", "ask/role/private", "ask/topic/housing", "ask/consent/yes"} {
			receive(chat.Event{Kind: chat.Press, Press: press})
		}
		receive(chat.Event{Kind: chat.Text, Text: "What can I do?"})

		failures := 0
		net.mu.Lock()
		net.fail = func(room string) error {
			if room == "desk" && failures < 5 {
				failures++
				return &chat.SendError{After: 3 * time.Second, Err: errors.New("slow down")}
			}
			return nil
		}
		net.mu.Unlock()
		start := time.Now()
		receive(chat.Event{Kind: chat.Press, Press: "ask/preview/send"})
		for range 200 {
			time.Sleep(time.Second) // virtual
			synctest.Wait()
			if len(net.messages("desk")) > 0 {
				break
			}
		}
		if waited := time.Since(start); waited < 15*time.Second || waited > 2*time.Minute {
			t.Errorf("the card came after %v", waited)
		}
		receive(chat.Event{Kind: chat.Text, Text: "Come on Monday.", In: theDesk, From: "berger", Name: "Berger", On: "1", Message: "99"})
		draft := net.messages("desk")[1].Buttons[0][0].ID
		receive(chat.Event{Kind: chat.Press, Press: draft, In: theDesk, From: "berger", Name: "Berger", On: "2"})
		before := len(net.messages("ann"))
		time.Sleep(19 * time.Second)
		synctest.Wait()
		if len(net.messages("ann")) != before {
			t.Error("the answer left before its time")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(net.messages("ann")) != before+1 {
			t.Error("the answer did not leave")
		}
		cancel()
		stopping := time.Now()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if took := time.Since(stopping); took > grace {
			t.Errorf("stopping took %v", took)
		}
		db.Close()
	})
}

func master(t *testing.T) seal.Master {
	m, err := seal.MasterFile(filepath.Join(t.TempDir(), "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Erasing a person while they go on writing leaves no row that outlives them, on
// the store where transactions really run beside each other.
func TestErasingWhileWriting(t *testing.T) {
	file, err := bolt.Open(t.Context(), filepath.Join(t.TempDir(), "lotse.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, locales.Pseudo)
	w.mem = file
	w.start()
	w.ask("ann", "My question.")
	w.do("ann /mydata", "ann ! data/delete")
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			ev := chat.Event{ID: fmt.Sprint("w", i), Kind: chat.Text, Text: "Still here.", At: w.now, From: "ann", In: chat.Address{Platform: "web", Room: "ann"}}
			if i == 25 {
				ev.Kind, ev.Text, ev.Press = chat.Press, "", "privacy/delete/yes"
			}
			if err := w.bot.Receive(t.Context(), ev); err != nil && !errors.Is(err, seal.ErrNoKey) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.settle()
	kinds := w.keyCount()
	for _, kind := range []string{"inquiry", "draft", "said", "note", "post", "consent", "number"} {
		if kinds[kind] > 0 {
			t.Errorf("%d rows of kind %s are left", kinds[kind], kind)
		}
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
}

// Pressing "send" many times at once, on a slow phone, sends one question, and
// every press has an answer.
func TestOneQuestion(t *testing.T) {
	file, err := bolt.Open(t.Context(), filepath.Join(t.TempDir(), "lotse.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := newWorld(t, locales.Pseudo)
	w.mem = file
	w.start()
	w.do("ann /start", "ann ! de", "ann ! ask", "ann ! private", "ann ! housing", "ann ! yes", "ann > My question.")
	before := len(w.net.room("ann").messages)
	const presses = 50
	var all sync.WaitGroup
	for i := range presses {
		all.Go(func() {
			err := w.bot.Receive(t.Context(), chat.Event{
				ID: fmt.Sprint("press-", i), Kind: chat.Press, At: w.now, Press: "ask/preview/send",
				From: "ann", In: chat.Address{Platform: "web", Room: "ann"},
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.settle()
	if n := len(w.net.room("desk").messages); n != 1 {
		t.Errorf("%d cards", n)
	}
	if n := len(w.net.room("ann").messages) - before; n != presses {
		t.Errorf("%d answers to %d presses", n, presses)
	}
}

// The privacy notice names who is responsible, or says that this is open.
func TestNoticeNamesWhoIsResponsible(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.do("ann /start", "ann ! de", "ann /privacy")
	w.bot.cfg.Who = flows.Responsible{Controller: "Amt A", DPO: "Frau B"}
	w.do("ann /privacy")
	for words, want := range map[string]int{
		"(privacy.who.open)": 1, `(privacy.who.controller name="Amt A")`: 1, `(privacy.who.dpo name="Frau B")`: 1, "(privacy.who.hoster": 0, "(privacy.why)": 2,
	} {
		if got := w.heard(words); got != want {
			t.Errorf("%s is said %d times, want %d", words, got, want)
		}
	}
}
