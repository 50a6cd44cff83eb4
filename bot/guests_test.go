package bot

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
	"lotse/store"
	"lotse/store/bolt"
)

// guests are what everybody wants of the meetings, by person.
func (w *world) guests() map[string]flows.Guest {
	w.t.Helper()
	out := map[string]flows.Guest{}
	w.view(func(r store.Reader) error {
		rows, err := r.Scan("guest/", "", store.MaxScan)
		for _, row := range rows {
			var g flows.Guest
			if err := unpack(row.Key, row.Value, &g); err != nil {
				return err
			}
			out[strings.TrimPrefix(row.Key, "guest/")] = g
		}
		return err
	})
	return out
}

func (w *world) view(f func(store.Reader) error) {
	w.t.Helper()
	if err := w.bot.cfg.DB.View(context.Background(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) seats(mid string) (s flows.Seats) {
	w.t.Helper()
	w.view(func(r store.Reader) (err error) { s, err = seatsOf(r, mid); return err })
	return s
}

// waiting are the people on a waiting list, in its order.
func (w *world) waiting(mid string) (pids []string) {
	w.t.Helper()
	w.view(func(r store.Reader) error {
		rows, err := r.Scan(keyOf("wait", mid)+"/", "", store.MaxScan)
		for _, row := range rows {
			pids = append(pids, strings.Split(row.Key, "/")[3])
		}
		return err
	})
	return pids
}

func (w *world) plan(mid string, capacity int, in time.Duration) flows.Meeting {
	w.t.Helper()
	m := flows.Meeting{
		ID: mid, Kind: flows.NetworkMeeting, Start: w.now.Add(in), End: w.now.Add(in + time.Hour), Capacity: capacity,
		Words: map[string]flows.MeetingWords{"de": {Title: mid}}, Help: flows.Help{OnRequest: true, Childcare: flows.ItIs},
	}
	if err := w.bot.Plan(context.Background(), m); err != nil {
		w.t.Fatal(err)
	}
	return m
}

// answerers is a crowd that answers invitations, and what is known of it.
type answerers struct {
	*world
	meetings []flows.Meeting
	gone     map[string]bool   // who closed the chat
	pids     map[string]string // name → PID
}

// TestRandomAnswers: after each of 1,000 changes, the sums are those of the answers, no
// capacity is exceeded, the waiting list is who waits in the order in which they came,
// somebody moves up only when everybody before them did or cannot be told, and nobody's
// answer changes but by themselves.
func TestRandomAnswers(t *testing.T) {
	w := &answerers{world: newWorld(t, locales.Pseudo), gone: map[string]bool{}, pids: map[string]string{}}
	for i, capacity := range []int{4, 12, 0} {
		w.meetings = append(w.meetings, w.plan(fmt.Sprint("m", i), capacity, 2000*time.Hour))
	}
	r := rand.New(rand.NewPCG(6, 1))
	for n := range 1000 {
		who := fmt.Sprint("p", r.IntN(16))
		before := w.guests()
		w.now = w.now.Add(time.Duration(r.IntN(90)+1) * time.Minute)
		actor := w.pids[who]
		what := w.act(r, who)
		if wrong := w.wrong(before, actor); wrong != "" {
			t.Fatalf("change %d, %s: %s: %s", n, who, what, wrong)
		}
	}
	if n := w.heard("(meetings.movedup"); n < 20 {
		t.Errorf("only %d people moved up", n)
	}
}

// act lets somebody do something.
func (w *answerers) act(r *rand.Rand, who string) string {
	if w.pids[who] == "" {
		w.receive(chat.Event{Kind: chat.Command, Text: "start", Args: "de_meetings", From: who, In: w.net.at(who)})
		w.pids[who] = w.pid(who)
		return "start"
	}
	m := w.meetings[r.IntN(len(w.meetings))].ID
	press := "date/" + m + "/"
	switch n := r.IntN(40); {
	case n < 8:
		press += "yes"
	case n < 20:
		press += fmt.Sprint("n/", r.IntN(5)+1)
	case n < 27:
		press += "no"
	case n < 29:
		press += "maybe"
	case n < 31:
		press += fmt.Sprint("kids/", r.IntN(4))
	case n < 33:
		press += "lang/" + []string{"ar", "uk", "none"}[r.IntN(3)]
	case n < 34:
		press += "step"
	case n < 35:
		press += "off"
	case n < 36:
		press = "date/-/stop"
	case n < 37:
		press = "date/-/again"
	case n < 38:
		press = "privacy/dates/yes"
		w.receive(chat.Event{Kind: chat.Press, Press: "nav/mydata", From: who, In: w.net.at(who)})
		w.receive(chat.Event{Kind: chat.Press, Press: "privacy/data/stored", From: who, In: w.net.at(who)})
		w.receive(chat.Event{Kind: chat.Press, Press: "privacy/stored/dates", From: who, In: w.net.at(who)})
	case n < 39:
		kind := chat.Left
		if w.gone[w.pids[who]] {
			kind = chat.Back
		}
		w.gone[w.pids[who]] = kind == chat.Left
		w.receive(chat.Event{Kind: kind, From: who, In: w.net.at(who)})
		return string(kind)
	default:
		w.receive(chat.Event{Kind: chat.Command, Text: "mydata", From: who, In: w.net.at(who)})
		w.receive(chat.Event{Kind: chat.Press, Press: "privacy/data/delete", From: who, In: w.net.at(who)})
		w.receive(chat.Event{Kind: chat.Press, Press: "privacy/delete/yes", From: who, In: w.net.at(who)})
		defer delete(w.pids, who) // who writes again is somebody new
		return "delete"
	}
	w.gone[w.pids[who]] = false // who writes is there
	w.receive(chat.Event{Kind: chat.Press, Press: press, From: who, In: w.net.at(who)})
	return press
}

// pid is somebody's, "" when nobody knows them.
func (w *world) pid(who string) (pid string) {
	w.t.Helper()
	w.view(func(r store.Reader) error {
		raw, err := r.Get(keyOf("who", w.bot.cfg.DB.Index("who", "web", who)))
		pid = string(raw)
		return err
	})
	return pid
}

// wrong says which promise does not hold any more.
func (w *answerers) wrong(before map[string]flows.Guest, actor string) string {
	after := w.guests()
	for _, m := range w.meetings {
		sums := flows.Seats{}
		var waits []string
		for _, pid := range slices.Sorted(maps.Keys(after)) {
			a := after[pid].At[m.ID]
			sums = sums.Changed(flows.Attend{}, a)
			if a.Answer == flows.AttendWaiting {
				waits = append(waits, pid)
			}
		}
		slices.SortStableFunc(waits, func(a, b string) int { return after[a].At[m.ID].At.Compare(after[b].At[m.ID].At) })
		got := w.seats(m.ID)
		if len(got.Interpreters) == 0 && len(sums.Interpreters) == 0 {
			got.Interpreters, sums.Interpreters = nil, nil
		}
		switch {
		case !reflect.DeepEqual(got, sums):
			return fmt.Sprintf("%s: sums %+v, of the answers %+v", m.ID, got, sums)
		case m.Capacity > 0 && got.People > m.Capacity:
			return fmt.Sprintf("%s: %d people for %d seats", m.ID, got.People, m.Capacity)
		case !slices.Equal(w.waiting(m.ID), waits):
			return fmt.Sprintf("%s: waiting list %v, who waits %v", m.ID, w.waiting(m.ID), waits)
		}
		if wrong := w.unfair(m, before, after, actor); wrong != "" {
			return wrong
		}
	}
	var follows []string
	w.view(func(r store.Reader) error {
		rows, err := r.Scan("follow/", "", store.MaxScan)
		for _, row := range rows {
			follows = append(follows, strings.TrimPrefix(row.Key, "follow/"))
		}
		return err
	})
	if !slices.Equal(follows, slices.Sorted(maps.Keys(after))) {
		return "the index of followers is not that of the guests"
	}
	return ""
}

// unfair says whose answer changed though they did nothing, or who passed by another.
func (w *answerers) unfair(m flows.Meeting, before, after map[string]flows.Guest, actor string) string {
	for pid, g := range before {
		was, is := g.At[m.ID], after[pid].At[m.ID]
		if pid == actor || was.Counts() == is.Counts() {
			continue
		}
		if !g.Stopped.IsZero() && after[pid].Stopped.IsZero() && is.Answer == "" {
			continue // the end of their reminders was carried out
		}
		if was.Answer != flows.AttendWaiting || is.Answer != flows.AttendYes || is.People != was.People {
			return fmt.Sprintf("%s: %s had said %+v and now %+v", m.ID, pid, was, is)
		}
		for other, o := range before {
			first := o.At[m.ID]
			if first.Answer != flows.AttendWaiting || !first.At.Before(was.At) || other == actor {
				continue
			}
			if after[other].At[m.ID].Answer == flows.AttendWaiting && !w.gone[other] && o.Stopped.IsZero() {
				return fmt.Sprintf("%s: %s passed by %s", m.ID, pid, other)
			}
		}
	}
	return ""
}

// What somebody said about a meeting is forgotten 14 days after it, also when many did;
// the sums stay. A meeting that was moved takes that day with it.
func TestAnswersAreForgotten(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.plan("m1", 0, 48*time.Hour)
	w.plan("m2", 0, 5000*time.Hour)
	for i := range 30 {
		who := fmt.Sprint("p", i)
		w.do(who+" /start de_meetings", who+" ! date/m1/show", who+" ! date/m1/yes")
		if i%2 == 0 {
			w.do(who+" ! date/m1/n/2", who+" ! needs/ok", who+" ! leads/list", who+" ! date/m2/show", who+" ! date/m2/maybe")
		}
	}
	w.do("wait 380h") // a day short of it
	if n := len(w.guests()); n != 30 {
		t.Fatalf("%d guests", n)
	}
	w.do("wait 30h")
	for pid, g := range w.guests() {
		if _, said := g.At["m1"]; said || len(g.At) != 1 {
			t.Errorf("of %s is kept %+v", pid, g.At)
		}
	}
	if n := len(w.guests()); n != 15 {
		t.Errorf("%d guests are left, 15 said something about another meeting", n)
	}
	if s := w.seats("m1"); s.Yes != 30 || s.People != 45 {
		t.Errorf("sums %+v", s)
	}
}

// Somebody who follows meetings and is silent is not forgotten after a month. After a year
// they are asked once, by day; without an answer everything about them goes.
func TestSilentGuest(t *testing.T) {
	for _, answers := range []bool{false, true} {
		w := newWorld(t, locales.Pseudo)
		w.do("ann /start de_meetings", "ann ! list/all", "wait 8000h", "wait 700h")
		if len(w.guests()) != 1 || w.heard("(meetings.still") != 0 {
			t.Fatal("asked or forgotten within the year")
		}
		w.do("wait 84h")
		if n := w.heard("(meetings.still"); n != 1 {
			t.Fatalf("asked %d times", n)
		}
		if answers {
			w.do("ann ! date/-/keep")
		}
		w.do("wait 719h")
		if len(w.guests()) != 1 {
			t.Fatal("forgotten within the month")
		}
		w.do("wait 2h", "wait 1h")
		if n := len(w.guests()); (n == 1) != answers {
			t.Errorf("answers: %v, %d guests", answers, n)
		}
		if known := w.pid("ann") != ""; known != answers {
			t.Errorf("answers: %v, and the person is known: %v", answers, known)
		}
		if n := w.heard("(meetings.still"); n != 1 {
			t.Errorf("asked %d times", n)
		}
	}
}

// Words about meetings are understood in many ways in each language, and the end of
// reminders in any.
func TestWordsAboutMeetings(t *testing.T) {
	words, err := testWords()
	if err != nil {
		t.Fatal(err)
	}
	for lang, phrases := range map[string][]string{
		"de": {"Wann ist das nächste Treffen?", "wann nächstes treffen", "📅", "Wann ist das nächste Netzwerktreffen?"},
		"en": {"When is the next meeting?", "meetings", "next meeting"},
		"uk": {"Коли зустріч?", "коли наступна зустріч", "Когда следующая встреча?"},
		"ar": {"متى اللقاء القادم؟", "متى الاجتماع", "ايمتى اللقاء"},
	} {
		for _, p := range phrases {
			if !words.Means(lang, "menu.menu.meetings", p) {
				t.Errorf("%s: %q is not understood", lang, p)
			}
		}
		source, _ := words.Source(lang, "menu.menu.meetings.words")
		if n := len(strings.FieldsFunc(source.Forms["other"], func(r rune) bool { return r == ',' })); n < 15 {
			t.Errorf("%s: only %d ways", lang, n)
		}
		for _, stop := range []string{"Stop!", "stopp", "СТОП", "توقف", "dur", "dừng lại", "ደው"} {
			if !words.Means(lang, "nav.stop", stop) {
				t.Errorf("%s: %q does not end reminders", lang, stop)
			}
		}
	}
}

// Many who want the last seats at one moment: as many get them as there are, the others
// wait, and each seat that is given back is somebody's.
func TestLastSeats(t *testing.T) {
	file, err := bolt.Open(t.Context(), filepath.Join(t.TempDir(), "lotse.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := &answerers{world: newWorld(t, locales.Pseudo), pids: map[string]string{}}
	w.mem = file
	w.start()
	m := w.plan("m0", 20, 2000*time.Hour)
	w.meetings = []flows.Meeting{m}
	const people, each = 30, 2
	for i := range people {
		who := fmt.Sprint("p", i)
		w.receive(chat.Event{Kind: chat.Command, Text: "start", Args: "de_meetings", From: who, In: w.net.at(who)})
	}
	press := func(who int, what string) {
		name := fmt.Sprint("p", who)
		e := chat.Event{ID: name + what, Kind: chat.Press, At: w.now, Press: "date/" + m.ID + "/" + what, From: name, In: w.net.at(name)}
		if err := w.bot.Receive(t.Context(), e); err != nil {
			t.Error(err)
		}
	}
	check := func(when string, yes, waiting int) {
		t.Helper()
		w.settle()
		if wrong := w.wrong(nil, ""); wrong != "" {
			t.Errorf("%s: %s", when, wrong)
		}
		if s := w.seats(m.ID); s.Yes != yes || s.Waiting != waiting {
			t.Errorf("%s: %+v, want %d who come and %d who wait", when, s, yes, waiting)
		}
	}
	var all sync.WaitGroup
	for i := range people {
		all.Go(func() { press(i, fmt.Sprint("n/", each)) })
	}
	all.Wait()
	check("all at once", m.Capacity/each, people*each-m.Capacity)
	for i := range people / 2 { // some of them come, some wait
		all.Go(func() { press(i, "no") })
	}
	all.Wait()
	check("half of them do not come", m.Capacity/each, (people/2)*each-m.Capacity)
}
