package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
	"lotse/store"
)

// aCampaign is a file with every kind of question. It is open when the tests' clock begins.
func aCampaign() string {
	text := `version = 1
from = "01.11.2026"
until = "31.12.2026"
need = "want"
offer = "have"

[[question]]
id = "who"
kind = "one"
options = ["kita", "school", "private"]
skip = [{ if = ["private", "-"], to = "have" }]

[[question]]
id = "want"
kind = "many"
options = ["rooms", "help", "law"]

[[question]]
id = "have"
kind = "many"
options = ["rooms", "time"]

[[question]]
id = "kids"
kind = "number"
min = 0
max = 30
groups = [0, 1, 10]

[[question]]
id = "good"
kind = "scale"
min = 1
max = 5

[[question]]
id = "talk"
kind = "text"

[[question]]
id = "when"
kind = "grid"
rows = ["am", "pm"]
columns = ["mo", "tu", "we"]
`
	for _, tag := range []string{"de", "en", "ar", "uk"} {
		text += fmt.Sprintf(`
[lang.%[1]s]
title = "Alles %[1]s"
about = "Worum es geht."
[lang.%[1]s.question]
who = "Wer sind Sie?"
want = "Was brauchen Sie?"
have = "Was bieten Sie?"
kids = "Wie viele Kinder?"
good = "Wie gut?"
talk = "Was noch?"
when = "Wann?"
[lang.%[1]s.option]
who = { kita = "Kita", school = "Schule", private = "Privat" }
want = { rooms = "Raum", help = "Hilfe dabei", law = "Recht" }
have = { rooms = "Raum", time = "Zeit" }
good = { low = "schlecht", high = "gut" }
when = { am = "früh", pm = "spät", mo = "Mo", tu = "Di", we = "Mi" }
`, tag)
	}
	return text
}

func campaignWords(t testing.TB, file string) *locales.Words {
	t.Helper()
	words, err := locales.Load(locales.Over(locales.Embedded(), fstest.MapFS{"surveys/all.toml": {Data: []byte(file)}}))
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// surveyWorld is a world with a campaign that the desk has opened.
func surveyWorld(t testing.TB, lang string) *world {
	t.Helper()
	w := newWorld(t, lang)
	w.words = campaignWords(t, aCampaign())
	w.start()
	w.deskPresses("survey/all/open")
	return w
}

func (w *world) deskPresses(button string) {
	w.t.Helper()
	w.receive(chat.Event{Kind: chat.Press, Press: button, From: "berger", Name: "Berger", In: theDesk, On: "1"})
}

// poll is what was counted.
func (w *world) poll() (p flows.Poll) {
	w.t.Helper()
	err := w.bot.cfg.DB.View(w.t.Context(), func(r store.Reader) (err error) {
		p, err = pollOf(r, "all")
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// plain are all rows, opened: keys and values.
func (w *world) plain() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	after := ""
	for {
		n := 0
		err := w.bot.cfg.DB.View(context.Background(), func(r store.Reader) error {
			rows, err := r.Scan("", after, store.MaxScan)
			for _, row := range rows {
				all[row.Key], after = string(row.Value), row.Key
			}
			n = len(rows)
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
		if n < store.MaxScan {
			return all
		}
	}
}

// A respondent answers by what stands below the newest message to them.
type respondent struct {
	w    *world
	name string
	dice *rand.Rand
	// model is what they said, kept by the test alone: cells by question, or words.
	cells map[string]map[string]bool
	words map[string]string
	done  bool
}

func (r *respondent) does(ev chat.Event) {
	ev.From, ev.In = r.name, r.w.net.at(r.name)
	r.w.n++
	ev.ID, ev.At = fmt.Sprint("e", r.w.n), r.w.now
	times := 1
	if r.dice.IntN(5) == 0 { // told again, also after the process died
		times = 2
	}
	for i := range times {
		if i > 0 && r.dice.IntN(20) == 0 {
			r.w.start()
		}
		if err := r.w.bot.Receive(context.Background(), ev); err != nil {
			r.w.t.Fatal(err)
		}
		r.w.settle()
	}
}

func (r *respondent) says(text string)  { r.does(chat.Event{Kind: chat.Text, Text: text}) }
func (r *respondent) types(name string) { r.does(chat.Event{Kind: chat.Command, Text: name}) }
func (r *respondent) press(id, on string) {
	r.does(chat.Event{Kind: chat.Press, Press: id, On: on})
}

// buttons are those below the newest message.
func (r *respondent) buttons() (ids []string, on string) {
	all := r.w.net.room(r.name).messages
	for _, b := range slices.Concat(all[len(all)-1].Buttons...) {
		ids = append(ids, b.ID)
	}
	return ids, fmt.Sprint(len(all))
}

// step does something: mostly answers, sometimes goes back, leaves, changes the language.
func (r *respondent) step() {
	ids, on := r.buttons()
	survey := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !strings.HasPrefix(id, "survey/all/") })
	switch chance := r.dice.IntN(40); {
	case chance == 0:
		r.types("menu")
		r.w.now = r.w.now.Add(time.Duration(r.dice.IntN(50)) * time.Hour / 100)
		return
	case chance == 1:
		r.types("language")
		r.press("language/pick/"+[]string{"de", "en", "ar", "uk"}[r.dice.IntN(4)], "")
		return
	case len(survey) == 0:
		r.types("survey")
		return
	}
	id := survey[r.dice.IntN(len(survey))]
	parts := strings.Split(id, "/")
	question, cell := parts[2], parts[3]
	if question == "kids" || question == "talk" {
		if r.dice.IntN(3) > 0 {
			r.writes(question)
			return
		}
	}
	if cell == "_back" && r.dice.IntN(3) > 0 {
		return
	}
	r.press(id, on)
	switch {
	case cell == "_send":
		r.done = true
	case cell == "_next" && question != "want" && question != "have" && question != "when":
		delete(r.cells, question)
		delete(r.words, question)
	case strings.HasPrefix(cell, "_"):
	case strings.HasPrefix(cell, "-"):
		delete(r.cells[question], cell[1:])
	default:
		r.chose(question, cell)
	}
}

func (r *respondent) chose(question, cell string) {
	if question == "who" || question == "good" || question == "kids" || r.cells[question] == nil {
		if r.cells == nil {
			r.cells = map[string]map[string]bool{}
		}
		r.cells[question] = map[string]bool{}
	}
	r.cells[question][cell] = true
}

func (r *respondent) writes(question string) {
	if question == "talk" {
		text := fmt.Sprintf("Wunsch %d von niemand", r.dice.IntN(1000000))
		r.words = map[string]string{"talk": text}
		r.says(text)
		return
	}
	n := r.dice.IntN(31)
	group := "0"
	if n >= 10 {
		group = "10"
	} else if n >= 1 {
		group = "1"
	}
	r.says(fmt.Sprint(n))
	r.chose(question, group)
}

// counted are the sums and the words of those who sent it off, as the test knows them.
func counted(all []*respondent) (n int, sums map[string]map[string]int, words []string) {
	sums = map[string]map[string]int{}
	for _, r := range all {
		if !r.done {
			continue
		}
		n++
		for question, cells := range r.cells {
			led := r.cells["who"]["kita"] || r.cells["who"]["school"]
			if question == "want" && !led { // the way led past it
				continue
			}
			for cell := range cells {
				if sums[question] == nil {
					sums[question] = map[string]int{}
				}
				sums[question][cell]++
			}
		}
		if r.words["talk"] != "" {
			words = append(words, r.words["talk"])
		}
	}
	slices.Sort(words)
	return n, sums, words
}

// Five hundred people answer, leave, come back days later, change their language, go back,
// are told twice, while the process dies again and again: every sum is exact, every word is
// there once, and what the desk was shown on the way never grew by fewer than five people.
func TestCampaignOfMany(t *testing.T) {
	people := 500
	if testing.Short() {
		people = 50
	}
	w := surveyWorld(t, locales.Pseudo)
	dice := rand.New(rand.NewPCG(7, 42))
	var all []*respondent
	for i := range people {
		r := &respondent{w: w, name: fmt.Sprintf("person-%d", i), dice: dice}
		all = append(all, r)
		r.types("start")
		r.press("language/pick/de", "")
		r.types("survey")
	}
	gaveUp := all[:people/20] // begun, never sent
	seen := 0
	for round := 0; round < 400; round++ {
		active := 0
		for i, r := range all {
			if r.done || i < len(gaveUp) && round > 5 || dice.IntN(4) == 0 {
				continue
			}
			active++
			r.step()
		}
		p := w.poll()
		if grown := p.Shown.N - seen; grown > 0 && grown < 5 {
			t.Errorf("from %d to %d", seen, p.Shown.N)
		}
		seen = p.Shown.N
		w.now = w.now.Add(time.Hour)
		if active == 0 && round > 5 {
			break
		}
	}
	w.now = time.Date(2027, 1, 1, 0, 0, 1, 0, time.UTC)
	w.settle()
	n, sums, words := counted(all)
	if n < people-len(gaveUp) {
		t.Errorf("%d of %d sent it off", n, people)
	}
	p := w.poll()
	if p.Live.N != n || p.Shown.N != n || !maps.EqualFunc(without(p.Shown.Cells, "talk"), sums, maps.Equal[map[string]int, map[string]int]) {
		t.Errorf("counted %d: %v\nwant %d: %v", p.Shown.N, p.Shown.Cells, n, sums)
	}
	var got []string
	for key, value := range w.plain() {
		if strings.HasPrefix(key, "opinion/") {
			var o opinion
			if err := unpack(key, []byte(value), &o); err != nil {
				t.Fatal(err)
			}
			got = append(got, o.Text)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, words) {
		t.Errorf("%d in words, want %d", len(got), len(words))
	}
	if p.Shown.Cells["talk"]["*"] != len(words) {
		t.Errorf("%v answers in words are counted, %d there", p.Shown.Cells["talk"], len(words))
	}
	w.nothingLeft("reply")
	t.Logf("%d people, %d events", people, w.n)
}

func without(sums map[string]map[string]int, question string) map[string]map[string]int {
	out := maps.Clone(sums)
	delete(out, question)
	return out
}

// answersAll answers the campaign to its end, with words that can be found again.
func (w *world) answersAll(who, words string) {
	w.t.Helper()
	p := &player{world: w}
	for _, line := range []string{"/start", "! de", "/survey", "! _begin", "! who/kita", "! want/rooms", "! want/law", "! _next", "! have/time", "! _next", "> 7", "! good/4", "> " + words, "! when/pm.tu", "! _next", "! _send", "! thanks/no"} {
		if err := p.do(who + " " + line); err != nil {
			w.t.Fatalf("%s: %v", line, err)
		}
	}
}

var (
	stampShape = regexp.MustCompile(`[0-9a-f]{14}`)
	timeShape  = regexp.MustCompile(`20\d\d-\d\d-\d\dT`)
)

// No row of the store links a person to what they answered, however it is read: opened,
// keys and values, what is still to be sent and what their last messages offer included.
// Deleting the person changes no sum.
func TestAnswersAreAnonymous(t *testing.T) {
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprint("without buttons: ", plain), func(t *testing.T) {
			w := surveyWorld(t, "")
			w.net.plain = plain
			for i := range 4 {
				w.answersAll(fmt.Sprint("other-", i), fmt.Sprint("canary-other-", i))
			}
			down := false
			w.net.fail = func(room string) error { // what she is asked does not arrive at first
				if down && room == "rima" {
					return &chat.SendError{After: time.Hour, Err: io.EOF}
				}
				return nil
			}
			p := &player{world: w, failing: map[string]time.Time{}}
			for _, line := range []string{"/start", "! de", "/survey", "! _begin", "! who/kita", "! want/rooms", "! want/law"} {
				if err := p.do("rima " + line); err != nil {
					t.Fatal(err)
				}
			}
			if got := w.linked("rima"); len(got) == 0 {
				t.Fatal("the test does not see what is kept before it is sent off")
			}
			down = true
			for _, id := range []string{"want/_next", "have/time", "have/_next"} {
				w.receive(chat.Event{Kind: chat.Press, Press: "survey/all/" + id, From: "rima", In: w.net.at("rima")})
			}
			for _, text := range []string{"7"} {
				w.receive(chat.Event{Kind: chat.Text, Text: text, From: "rima", In: w.net.at("rima")})
			}
			w.receive(chat.Event{Kind: chat.Press, Press: "survey/all/good/4", From: "rima", In: w.net.at("rima")})
			w.receive(chat.Event{Kind: chat.Text, Text: "canary-4711", From: "rima", In: w.net.at("rima")})
			for _, id := range []string{"when/pm.tu", "when/_next", "end/_send"} {
				w.receive(chat.Event{Kind: chat.Press, Press: "survey/all/" + id, From: "rima", In: w.net.at("rima")})
			}
			if w.poll().Live.N != 5 {
				t.Fatalf("%d are counted", w.poll().Live.N)
			}
			for _, row := range w.linked("rima") {
				t.Errorf("linked: %s", row)
			}
			w.house(t)
			before, pid := fmt.Sprint(w.poll()), w.pidOf("rima")
			down = false
			w.now = w.now.Add(2 * time.Hour)
			w.settle()
			w.do("rima /mydata", "rima ! data/delete", "rima ! delete/yes")
			if after := fmt.Sprint(w.poll()); after != before || len(w.rowsOf("opinion")) != 5 {
				t.Errorf("the sums were %s, are %s", before, after)
			}
			w.nothingLeft("reply/"+pid, "person/"+pid)
		})
	}
}

// pidOf is our ID of who writes in a chat of that name, "-" when there is none.
func (w *world) pidOf(name string) string {
	pid := w.plain()["who/"+w.bot.cfg.DB.Index("who", w.net.name, name)]
	if pid == "" {
		return "-"
	}
	return pid
}

// linked are the rows that name the person, their chat, their key or their ID, and also
// something of what they answered.
func (w *world) linked(name string) (rows []string) {
	w.t.Helper()
	pid := w.pidOf(name)
	names := []string{pid, name, w.bot.cfg.DB.Index("who", w.net.name, name), w.bot.lane(w.net.at(name))}
	said := []string{"canary", "kita", "law", "rooms", "pm.tu", "Kita", "Raum", "Recht", "Zeit", "✅ ", "all/good/4", "time"}
	for key, value := range w.plain() {
		row := key + " " + value
		if strings.HasPrefix(key, "seen/") || !slices.ContainsFunc(names, func(n string) bool { return strings.Contains(row, n) }) {
			continue
		}
		row = strings.ReplaceAll(row, "✅ Vielen Dank!", "") // what they are told when they have sent it off
		for _, s := range said {
			if strings.Contains(row, s) {
				rows = append(rows, fmt.Sprintf("%q in %s", s, key))
			}
		}
	}
	return rows
}

// house fails when a row about nobody holds a person's ID, an event's or a time.
func (w *world) house(t *testing.T) {
	t.Helper()
	n := 0
	for key, value := range w.plain() {
		kind, _, _ := strings.Cut(key, "/")
		if kind != "opinion" && kind != "tally" && kind != "survey" {
			continue
		}
		n++
		row := key + " " + value
		if timeShape.MatchString(row) || kind != "opinion" && stampShape.MatchString(row) || strings.Contains(row, "event-") {
			t.Errorf("%s holds a time or an event: %q", key, value)
		}
		for _, pid := range w.pids() {
			if strings.Contains(row, pid) || strings.Contains(row, pid[:stampLength]) {
				t.Errorf("%s names a person", key)
			}
		}
		if value == "" {
			t.Errorf("%s is empty", key)
		}
	}
	if n < 7 {
		t.Errorf("%d rows were looked at", n)
	}
}

func (w *world) pids() (all []string) {
	for key, pid := range w.plain() {
		if strings.HasPrefix(key, "who/") {
			all = append(all, pid)
		}
	}
	return all
}

// The key of what was said in words derives from nothing: told once more, in a world that
// is the same to the last event, it is another.
func TestKeysOfWordsAreDrawnByChance(t *testing.T) {
	var keys []string
	for range 2 {
		w := surveyWorld(t, "")
		w.answersAll("ann", "words")
		keys = append(keys, w.rowsOf("opinion")...)
	}
	if len(keys) != 2 || keys[0] == keys[1] {
		t.Errorf("%q", keys)
	}
}

// The wish for contact is a question of its own: it knows nothing of the answers.
func TestContactIsNotLinked(t *testing.T) {
	w := surveyWorld(t, "")
	w.answersAll("ann", "canary-ann")
	for i := range 5 {
		w.answersAll(fmt.Sprint("other-", i), "x")
	}
	p := &player{world: w}
	before := len(w.net.room("desk").messages)
	for _, line := range []string{"/start", "! de", "/survey", "! _begin", "! who/kita", "! want/rooms", "! _next", "! have/_next", "! kids/_next", "! good/_next", "> canary-4711", "! when/_next", "! _send", "! thanks/chat", "! private", "! consent/yes", "> Bitte melden Sie sich.", "! send"} {
		if err := p.do("bea " + line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	desk := w.net.room("desk").messages[before:]
	if len(desk) != 1 || !strings.Contains(desk[0].Text, "Bitte melden") || !strings.Contains(desk[0].Text, "Kontaktwunsch") || strings.Contains(desk[0].Text, "canary") {
		t.Errorf("%+v", desk)
	}
	for _, row := range w.linked("bea") {
		if !strings.Contains(row, "in inquiry/") && !strings.Contains(row, "in choice/") {
			t.Errorf("linked: %s", row)
		}
	}
}

// Who presses twice, or an old button, changes nothing that they do not see.
func TestOldButtonsOfQuestions(t *testing.T) {
	w := surveyWorld(t, locales.Pseudo)
	w.do("ann /start", "ann ! de", "ann /survey", "ann ! _begin")
	press := func(id string) {
		w.receive(chat.Event{Kind: chat.Press, Press: "survey/all/" + id, From: "ann", In: w.net.at("ann"), On: "3"})
	}
	press("who/kita")
	press("who/kita") // once more: no word about it
	if n := w.heard("(survey.old)"); n != 0 {
		t.Errorf("told %d times that the question is over", n)
	}
	press("who/school") // another answer to a question that is behind them
	if n := w.heard("(survey.old)"); n != 1 {
		t.Errorf("told %d times that the question is over", n)
	}
	press("want/rooms")
	press("want/rooms") // what is chosen stays chosen
	press("want/_next")
	press("want/_next")
	press("have/nothing")
	press("have/-time")
	press("kids/7")
	press("gone")
	w.receive(chat.Event{Kind: chat.Press, Press: "survey/gone/x/y", From: "ann", In: w.net.at("ann")})
	if n := w.heard("(survey.closed)"); n != 1 {
		t.Errorf("of a campaign that is not there told %d times", n)
	}
	var reply flows.Reply
	raw := w.plain()[replyKey(w.pidOf("id-of-ann"), "all")]
	if raw == "" {
		raw = w.plain()[replyKey(w.pidOf("ann"), "all")]
	}
	if err := unpack("reply", []byte(raw), &reply); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprint(map[string][]string{"who": {"kita"}, "want": {"rooms"}}); fmt.Sprint(reply.Said) != want || reply.At != "have" {
		t.Errorf("%+v", reply)
	}
	for _, id := range []string{"have/_next", "kids/_next", "good/_next", "talk/_next", "when/_next", "end/_send", "end/_send", "who/kita"} {
		press(id)
	}
	if p := w.poll(); p.Live.N != 1 {
		t.Errorf("%d are counted", p.Live.N)
	}
}

// What is typed: numbers in any script, too large, no number, too long, a changed answer.
func TestTypedAnswers(t *testing.T) {
	for _, plain := range []bool{false, true} {
		w := surveyWorld(t, locales.Pseudo)
		w.net.plain = plain
		w.do("ann /start", "ann ! de", "ann /survey", "ann ! _begin", "ann ! who/private", "ann ! have/_next")
		w.do("ann > 31", "ann > viele", "ann > -1")
		if n := w.heard("(survey.number.wrong)"); n != 3 {
			t.Errorf("plain %v: told %d times that it is no number", plain, n)
		}
		w.do("ann > ١٢", "ann ! good/5", "ann > "+strings.Repeat("x", 201))
		if n := w.heard("(survey.long)"); n != 1 {
			t.Errorf("plain %v: told %d times that it is too long", plain, n)
		}
		w.do("ann > Hilfe", "ann ! _back")
		if n := w.heard(`(quote text="Hilfe")`); n != 1 {
			t.Errorf("plain %v: its answer is shown %d times", plain, n)
		}
		m := w.net.room("ann").messages
		w.do(fmt.Sprintf("ann ~ %d Anderes", len(m)-1))
		if n := w.heard("(survey.edited)"); n != 1 {
			t.Errorf("plain %v: told %d times how to change an answer", plain, n)
		}
		w.do("ann ! _next", "ann ! _next", "ann ! _send")
		if got := w.poll().Live; got.Cells["kids"]["10"] != 1 || got.Cells["good"]["5"] != 1 || got.Cells["talk"] != nil {
			t.Errorf("plain %v: %v", plain, got)
		}
	}
}

// A file that changes in the middle loses nothing; one that lacks what people answered is
// refused at the start.
func TestCampaignFileChanges(t *testing.T) {
	w := surveyWorld(t, locales.Pseudo)
	w.do("ann /start", "ann ! de", "ann /survey", "ann ! _begin", "ann ! who/kita", "ann ! want/law", "ann ! _next", "ann ! have/time")
	begin, end := strings.Index(aCampaign(), "[[question]]\nid = \"good\""), strings.Index(aCampaign(), "[[question]]\nid = \"talk\"")
	changed := aCampaign()[:begin] + aCampaign()[end:]
	changed = strings.NewReplacer("good = \"Wie gut?\"\n", "", "good = { low = \"schlecht\", high = \"gut\" }\n", "", "\"Was bieten Sie?\"", "\"Was haben Sie?\"", `["rooms", "time"]`, `["time", "rooms", "money"]`, `time = "Zeit" }`, `time = "Zeit", money = "Geld" }`).Replace(changed)
	w.words = campaignWords(t, changed)
	w.start()
	w.do("ann /survey", "ann ! have/money", "ann ! _next", "ann > 3", "ann > Worte", "ann ! when/_next", "ann ! _send")
	want := map[string]map[string]int{"who": {"kita": 1}, "want": {"law": 1}, "have": {"time": 1, "money": 1}, "kids": {"1": 1}, "talk": {"*": 1}}
	if got := w.poll().Live.Cells; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
	for gone, with := range map[string]*strings.Replacer{
		"an option":  strings.NewReplacer(`"law"]`, `"laws"]`, `law = "Recht"`, `laws = "Recht"`),
		"a question": strings.NewReplacer(`id = "talk"`, `id = "talks"`, `talk = "Was`, `talks = "Was`),
		"a group":    strings.NewReplacer(`groups = [0, 1, 10]`, `groups = [0, 5, 10]`),
	} {
		c, err := newContent(campaignWords(t, with.Replace(changed)), nil)
		if err != nil {
			t.Fatal(err)
		}
		w.bot.content.Store(c)
		if err := w.bot.begin(t.Context()); err == nil || !strings.Contains(err.Error(), "surveys/all.toml:") || !strings.Contains(err.Error(), "is gone, but people have") {
			t.Errorf("without %s: %v", gone, err)
		}
	}
}

// After the campaign everybody is counted; half a year later what was said in words is
// gone, and the sums stay. Then the file may go.
func TestWordsAreForgotten(t *testing.T) {
	w := surveyWorld(t, "")
	w.now = time.Date(2026, 12, 15, 9, 0, 0, 0, time.UTC)
	for i := range 6 {
		w.answersAll(fmt.Sprint("person-", i), fmt.Sprint("Wunsch ", i))
	}
	w.do("tim /start", "tim ! de", "tim /survey", "tim ! _begin", "tim ! who/kita")
	if p := w.poll(); p.Shown.N != 0 {
		t.Errorf("%d are shown already", p.Shown.N)
	}
	end := time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)
	w.now = end.Add(-time.Minute)
	w.settle()
	if p := w.poll(); p.Shown.N != 0 || len(w.rowsOf("reply")) == 0 {
		t.Errorf("%d are shown before the end, %d replies", p.Shown.N, len(w.rowsOf("reply")))
	}
	w.now = end
	w.settle()
	if p := w.poll(); p.Shown.N != 6 {
		t.Errorf("%d are shown", p.Shown.N)
	}
	w.nothingLeft("reply")
	w.now = end.Add(opinionsFor - time.Minute)
	w.settle()
	if n := len(w.rowsOf("opinion")); n != 6 {
		t.Errorf("%d answers in words", n)
	}
	w.now = end.Add(opinionsFor)
	w.settle()
	w.nothingLeft("opinion", "survey")
	if p := w.poll(); p.Shown.N != 6 || !p.Over || p.Shown.Cells["who"]["kita"] != 6 {
		t.Errorf("%+v", p)
	}
	w.words = nil
	w.start() // without the file
}

// The desk sees the results as words and pictures, and gets them as files. Nothing below
// five leaves the store, and what was said in words only after the end.
func TestResultsInTheDesk(t *testing.T) {
	w := surveyWorld(t, "de")
	for i := range 14 {
		words := fmt.Sprint("=Wunsch ", i)
		w.answersAll(fmt.Sprint("person-", i), words)
	}
	for i := range 12 {
		for _, line := range []string{"/start", "! de", "/survey", "! _begin", "! who/private", "! have/rooms", "! _next", "> 0", "! good/1", "> Mehr Bänke", "! when/_next", "! _send"} {
			w.do(fmt.Sprintf("guest-%d %s", i, line))
		}
	}
	w.deskPresses("survey/all/table")
	if files := w.deskFiles(); len(files) != 2 {
		t.Errorf("%d files before the end", len(files))
	}
	w.now = time.Date(2027, 1, 1, 9, 0, 0, 0, time.UTC)
	w.settle()
	before := len(w.net.room("desk").messages)
	w.deskPresses("survey/all/results")
	desk := w.net.room("desk").messages[before:]
	if len(desk) != 1+8 {
		t.Fatalf("%d messages", len(desk))
	}
	said, pictures := "", 0
	for _, m := range desk {
		said += m.Text + "\n"
		for _, f := range m.Files {
			raw := w.bytesOf(f)
			if _, err := png.Decode(bytes.NewReader(raw)); err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
			pictures++
			if dir := os.Getenv("LOTSE_SHOW_SURVEY"); dir != "" { // to look at them
				if err := os.WriteFile(filepath.Join(dir, f.Name), raw, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	// All people are in two cells; so that nobody knows that the third is empty, the smaller of them is held.
	for _, want := range []string{"Gezählte Antworten: 26", "• Kita: 14", "• Privat: –", "• Schule: < 5", "• Recht: 14", "• Raum: 12", "• 1–9: 14", "• 0: –", "• Eigene Worte: 26", "• spät, Di: 14", "Bedarf\n"} {
		if !strings.Contains(said, want) {
			t.Errorf("the desk does not read %q in\n%s", want, said)
		}
	}
	if pictures != 7 { // six questions and what is needed against what is offered
		t.Errorf("%d pictures", pictures)
	}
	w.deskPresses("survey/all/table")
	files := w.deskFiles()
	if len(files) != 6 {
		t.Fatalf("%d files", len(files))
	}
	numbers, words := string(w.bytesOf(files[2])), w.bytesOf(files[5])
	for _, want := range []string{"\ufeffID;Frage;ID;Antwort;Anzahl\r\n", ";Alle Antworten;;;26\r\n", "who;Wer sind Sie?;school;Schule;< 5\r\n", "want;Was brauchen Sie?;law;Recht;14\r\n"} {
		if !strings.Contains(numbers, want) {
			t.Errorf("no %q in\n%s", want, numbers)
		}
	}
	if csv := string(w.bytesOf(files[4])); !strings.Contains(csv, "Was noch?;'=Wunsch 3\r\n") || strings.Contains(csv, ";=") {
		t.Errorf("%s", csv)
	}
	var opinions []surveyOpinion
	if err := json.Unmarshal(words, &opinions); err != nil || len(opinions) != 26 {
		t.Errorf("%d in words, %v", len(opinions), err)
	}
	if dir := os.Getenv("LOTSE_SHOW_SURVEY"); dir != "" {
		for _, f := range files[2:] {
			if err := os.WriteFile(filepath.Join(dir, f.Name), w.bytesOf(f), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// deskFiles are all documents that the desk was sent.
func (w *world) deskFiles() (all []chat.File) {
	for _, m := range w.net.room("desk").messages {
		for _, f := range m.Files {
			if f.Kind == chat.Document {
				all = append(all, f)
			}
		}
	}
	return all
}

func (w *world) bytesOf(f chat.File) []byte {
	w.t.Helper()
	r, err := w.bot.Open(w.t.Context(), f)
	if err != nil {
		w.t.Fatal(err)
	}
	raw, err := io.ReadAll(r)
	if err != nil || r.Close() != nil {
		w.t.Fatal(err)
	}
	return raw
}

// As much as people can say in words fits into files, and every file into its row.
func TestManyWordsFitIntoFiles(t *testing.T) {
	w := surveyWorld(t, "de")
	const people = 700
	p := flows.Poll{}
	s, _ := w.bot.edition().lists.survey("all")
	for i := range people {
		words := fmt.Sprint(i, " ", strings.Repeat("\"Ж", 95))
		r := flows.Reply{Past: []string{"talk"}, Words: map[string]string{"talk": words}}
		p = p.Add(s, r)
		err := w.bot.transact(t.Context(), fmt.Sprint(i), func(turn *turn) error {
			save(turn.tx, keyOf("opinion", "all", "talk", turn.chance("talk")), opinion{words})
			save(turn.tx, keyOf("tally", "all"), p.Ended())
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.now = time.Date(2027, 1, 1, 9, 0, 0, 0, time.UTC)
	w.settle()
	w.deskPresses("survey/all/table")
	got := map[string]bool{}
	for _, f := range w.deskFiles() {
		if !strings.HasSuffix(f.Name, ".json") || !strings.Contains(f.Name, "worte") {
			continue
		}
		var part []surveyOpinion
		if err := json.Unmarshal(w.bytesOf(f), &part); err != nil {
			t.Fatal(err)
		}
		for _, o := range part {
			got[o.Text] = true
		}
	}
	if len(got) != people {
		t.Errorf("%d of %d are in files", len(got), people)
	}
}

// People who want to hear of everything are invited, in their language, after a second tap;
// who has answered meanwhile, or wants nothing more, hears nothing.
func TestInvitation(t *testing.T) {
	w := surveyWorld(t, "")
	for _, who := range []string{"ann", "bob", "cat", "dan"} {
		w.do(who+" /start", who+" ! de", who+" /meetings")
	}
	w.do("ann ! list/all", "bob ! list/all", "cat ! list/all", "ann /language", "ann ! pick/ar")
	w.answersAll("cat", "x")
	w.do("bob /stop")
	before := len(w.net.said)
	w.deskPresses("survey/all/invite")
	w.do("cora @desk ! now")
	if n := w.heard("📝 *Fragebogen: Alles de*"); n > 0 {
		t.Error("invited before the second tap")
	}
	w.do("cora @desk ! sure", "wait 1m")
	var invited []string
	for _, s := range w.net.said[before:] {
		room, _, _ := strings.Cut(strings.TrimPrefix(s, "\t"), " ")
		if room != "desk" && (strings.Contains(s, "استبيان: Alles ar") || strings.Contains(s, "Fragebogen: Alles")) {
			invited = append(invited, room)
		}
	}
	if !slices.Equal(invited, []string{"ann"}) {
		t.Errorf("invited: %q", invited)
	}
	w.do("wait 2h")
	desk := w.net.room("desk").messages
	if last := desk[len(desk)-1].Text; !strings.Contains(last, "Fertig gesendet") {
		t.Errorf("the desk reads %s", last)
	}
	r := &respondent{w: w, name: "ann", dice: rand.New(rand.NewPCG(1, 1))}
	r.press("survey/all", "")
	if m := w.net.room("ann").messages; !strings.Contains(m[len(m)-1].Text, "Alles ar") {
		t.Errorf("the invitation leads to %s", m[len(m)-1].Text)
	}
}

// The pictures of the shipped campaigns fit into their rows. To look at them:
// LOTSE_SHOW_SURVEY=DIR go test -tags goolm ./bot -run TestPicturesOfShippedCampaigns
func TestPicturesOfShippedCampaigns(t *testing.T) {
	w := newWorld(t, "de")
	dice := rand.New(rand.NewPCG(20, 27))
	for _, s := range w.bot.edition().lists.surveys {
		p := flows.Poll{}
		for range 120 {
			r := flows.Reply{Said: map[string][]string{}, Words: map[string]string{}}
			for _, q := range s.Questions {
				r.Past = append(r.Past, q.ID)
				for i, c := range q.Cells {
					if dice.IntN(len(q.Cells)+2) > i+1 && (len(r.Said[q.ID]) == 0 || q.Kind != flows.QuestionOne) {
						r.Said[q.ID] = append(r.Said[q.ID], c.ID)
					}
				}
			}
			p = p.Add(s, r)
		}
		p = p.Ended()
		for page := range surveyPages(s, p) {
			raw, err := w.bot.edition().drawSurvey(s, p, page)
			if err != nil || len(raw) > maxPicture*3/4 {
				t.Errorf("%s, page %d: %d bytes, %v", s.ID, page, len(raw), err)
			}
			if dir := os.Getenv("LOTSE_SHOW_SURVEY"); dir != "" && raw != nil {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", s.ID, page+1)), raw, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
