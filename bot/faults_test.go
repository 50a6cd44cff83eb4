package bot

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
	"lotse/store"
)

// newFaulty is a world in which "fail" works and lines can be played.
func newFaulty(t *testing.T) *player {
	t.Helper()
	p := &player{world: newWorld(t, locales.Pseudo), failing: map[string]time.Time{}}
	p.net.fail = func(room string) error {
		if p.now.Before(p.failing[room]) {
			return &chat.SendError{Err: errors.New("out of reach")}
		}
		return nil
	}
	return p
}

func (p *player) play(lines ...string) {
	p.t.Helper()
	for _, line := range lines {
		if err := p.do(line); err != nil {
			p.t.Fatalf("%s: %v", line, err)
		}
	}
}

// rowsOf are the keys of rows of a kind, up to store.MaxScan.
func (w *world) rowsOf(kind string) (keys []string) {
	w.t.Helper()
	err := w.mem.View(w.t.Context(), func(r store.Reader) error {
		rows, err := r.Scan(kind+"/", "", store.MaxScan)
		for _, row := range rows {
			keys = append(keys, row.Key)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return keys
}

// nothingLeft fails when rows of these kinds are left.
func (w *world) nothingLeft(kinds ...string) {
	w.t.Helper()
	for _, kind := range kinds {
		if keys := w.rowsOf(kind); len(keys) > 0 {
			w.t.Errorf("left: %v", keys)
		}
	}
}

// desk presses a button about an inquiry in the desk.
func (w *world) desk(number, action string) {
	w.t.Helper()
	w.receive(chat.Event{Kind: chat.Press, Press: "desk/" + number + "/" + action, From: "berger", Name: "Berger", In: theDesk, On: "1"})
}

// heavy is somebody with many inquiries, all closed but for the first, each with
// all its files and a conversation.
func heavy(t *testing.T, inquiries, additions int) *player {
	t.Helper()
	p := newFaulty(t)
	p.ask("ann", "Question 0.")
	first := p.onlyNumber()
	files := make([]chat.File, flows.MaxFiles)
	for i := range files {
		files[i] = chat.File{Kind: chat.Photo, Platform: "web", Ref: fmt.Sprint("file-", i), Size: 10}
	}
	send := func(ev chat.Event) {
		ev.From, ev.In = "ann", p.net.at("ann")
		p.receive(ev)
	}
	closed := map[string]bool{first: true}
	for i := 1; i < inquiries; i++ {
		p.now = p.now.Add(time.Minute)
		for _, press := range []string{"nav/ask", "ask/topic/housing"} {
			send(chat.Event{Kind: chat.Press, Press: press})
		}
		send(chat.Event{Kind: chat.Media, Text: fmt.Sprintf("Question %d.", i), Files: files})
		send(chat.Event{Kind: chat.Press, Press: "ask/preview/send"})
		card := ""
		for n, m := range p.net.room("desk").messages {
			if strings.Contains(m.Text, fmt.Sprintf("Question %d.", i)) {
				card = fmt.Sprint(n + 1)
			}
		}
		for j := range additions {
			send(chat.Event{Kind: chat.Media, Text: fmt.Sprintf("Addition %d.", j), Files: files, On: lastOf(p, "ann")})
			p.play(fmt.Sprintf("berger @desk re %s > // note %d", card, j))
		}
		for _, key := range p.rowsOf("number") {
			if number := strings.TrimPrefix(key, "number/"); !closed[number] {
				closed[number] = true
				p.desk(number, flows.ActClose)
			}
		}
	}
	if n := len(p.rowsOf("inquiry")); n != inquiries {
		t.Fatalf("%d inquiries, want %d", n, inquiries)
	}
	return p
}

// lastOf is the ID of the last message in a room.
func lastOf(p *player, room string) string { return fmt.Sprint(len(p.net.room(room).messages)) }

// ofPeople is everything about a person, but for alarms, which hold nothing.
var ofPeople = []string{"key", "who", "person", "held", "consent", "inquiry", "draft", "said", "note", "post", "number", "sent", "out", "edit", "lane", "job"}

// However much somebody has said, all of it can be erased: no page of the job may
// exceed what one transaction may read and write.
func TestErasingMuch(t *testing.T) {
	for _, size := range []struct{ inquiries, additions int }{{flows.MaxKept, 0}, {14, 0}, {15, 0}, {16, 0}, {17, 0}, {flows.MaxKept, 2}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			p := heavy(t, size.inquiries, size.additions)
			p.play("ann /mydata", "ann ! data/delete", "ann ! delete/yes")
			p.nothingLeft(ofPeople...)
		})
	}
}

// Withdrawn consent ends every inquiry, also when the clock was set back since.
func TestRevokingMuch(t *testing.T) {
	p := heavy(t, flows.MaxKept, 2)
	p.now = p.now.Add(-time.Hour)
	p.play("ann /mydata", "ann ! data/revoke", "ann ! revoke/yes")
	p.nothingLeft("said", "note", "draft", "job")
	p.play("wait 750h", "wait 1h", "wait 1h")
	p.nothingLeft(ofPeople...)
}

// Somebody with many open inquiries can leave, come back and be out of reach
// while an answer is on its way.
func TestLeavingMuch(t *testing.T) {
	p := heavy(t, flows.MaxKept, 0)
	for _, key := range p.rowsOf("number") {
		p.desk(strings.TrimPrefix(key, "number/"), flows.ActReopen)
	}
	p.play("fail desk 1h")
	for _, key := range p.rowsOf("number") {
		p.desk(strings.TrimPrefix(key, "number/"), flows.ActClaim)
	}
	p.play("ann leaves", "ann returns", "wait 2h", "berger @desk re 1 > Answer.", "berger @desk ! send", "ann blocks", "fail desk 1h", "wait 20s", "wait 2h")
	if n := p.heard("(desk.undelivered"); n != 1 {
		t.Errorf("the desk was told %d times that the answer did not arrive", n)
	}
}

// When the first of two answers is given up after a day, the second is still
// tried, and given up in its turn: the lane does not fall asleep.
func TestLaneAfterGivingUp(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	p.play("fail ann 90h", "berger @desk re 1 > One.", "berger @desk ! send", "wait 20s",
		"wait 10h", "berger @desk re 1 > Two.", "berger @desk ! send", "wait 20s")
	for range 50 {
		p.play("wait 1h")
	}
	if n := p.heard("(desk.undelivered"); n != 2 {
		t.Errorf("the desk was told of %d answers that did not arrive, want 2", n)
	}
	p.nothingLeft("out", "lane")
}

// A clock that is set back between the alarm and the sender does not put a lane
// to sleep.
func TestLaneAndClockSetBack(t *testing.T) {
	p := newFaulty(t)
	p.play("ann /start", "ann ! de", "fail ann 1s", "ann /help")
	p.now = p.now.Add(2 * time.Second)
	if _, err := p.bot.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.failing["ann"] = time.Time{}
	p.now = p.now.Add(-time.Minute)
	p.settle()
	p.nothingLeft("out", "lane")
}

// What is queued after any number of restarts goes behind what was queued before.
func TestOrderAfterRestarts(t *testing.T) {
	p := newFaulty(t)
	p.play("ann /start", "ann ! de", "fail ann 1h")
	for _, command := range []string{"help", "language", "privacy", "mydata"} {
		p.play("ann /"+command, "crash")
	}
	before := len(p.net.said)
	p.play("wait 2h")
	heard := strings.Join(p.net.said[before:], "\n")
	at := 0
	for _, key := range []string{"(help.about", "(language.pick", "(privacy.notice", "(privacy.data"} {
		i := strings.Index(heard[at:], key)
		if i < 0 {
			t.Fatalf("%s is missing or out of order in\n%s", key, heard)
		}
		at += i
	}
}

// The alarm of answers given before consent leaves those alone that came after.
func TestAlarmOfEarlierAnswers(t *testing.T) {
	p := newFaulty(t)
	p.play("ann /start", "ann ! de", "ann ! ask", "ann ! private", "wait 45m", "ann ! housing", "ann ! yes",
		"ann > My question.", "wait 20m", "ann ! send")
	if p.heard("(forgotten") > 0 || p.heard("(ask.sent number") != 1 {
		t.Error("the question was lost")
	}
	p.play("ann /ask", "ann ! housing", "wait 24h", "ann /again")
	p.nothingLeft("held")
}

// What was taken back before the desk saw it is not shown there, nor is what was
// on its way just then.
func TestWithdrawnBeforeShown(t *testing.T) {
	p := newFaulty(t)
	p.play("ann /start", "ann ! de", "ann ! ask", "ann ! private", "ann ! housing", "ann ! yes", "ann + photo secret", "fail desk 2h", "ann ! send",
		"ann > secret addition", "wait 1s", "ann /mine")
	p.play("ann ! "+p.onlyNumber(), "ann ! withdraw", "ann ! yes")
	before := len(p.net.said)
	p.play("wait 1h", "wait 2h")
	if heard := strings.Join(p.net.said[before:], "\n"); strings.Contains(heard, "secret") || strings.Contains(heard, "{photo") {
		t.Errorf("shown after it was taken back:\n%s", heard)
	}
	p.nothingLeft("out", "edit", "lane", "job")
}

// during makes something happen while the first request to a room is under way.
func (p *player) during(room string, happens func()) {
	p.net.fail = func(to string) error {
		if to == room && happens != nil {
			now := happens
			happens = nil
			now()
		}
		return nil
	}
}

// pressNow receives a button press and does the jobs that come of it, but sends nothing.
func (p *player) pressNow(who, button string) {
	p.t.Helper()
	p.n++
	err := p.bot.Receive(p.t.Context(), chat.Event{ID: fmt.Sprint("event-", p.n), Kind: chat.Press, At: p.now, Press: button, From: who, In: p.net.at(who)})
	for job := "-"; job != "" && err == nil; {
		job, err = p.bot.workOnce(p.t.Context(), "")
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// A message that is under way while its person is erased, or its inquiry is taken
// back, is taken out of the desk again.
func TestGoneWhileSending(t *testing.T) {
	for name, how := range map[string][]string{
		"erased":    {"ann /mydata", "ann ! data/delete", "privacy/delete/yes"},
		"withdrawn": {"ann /mine", "ann ! 11111", "ann ! withdraw", "mine/sure/yes"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newFaulty(t)
			p.ask("ann", "My question.")
			p.onlyNumber()
			p.play("fail desk 1m", "ann > secret addition", "wait 1s")
			p.play(how[:len(how)-1]...)
			p.during("desk", func() { p.pressNow("ann", how[len(how)-1]) })
			p.play("wait 2m", "wait 1h")
			shown := 0
			for i, m := range p.net.room("desk").messages {
				if strings.Contains(m.Text, "secret") && !p.net.room("desk").gone[i] {
					shown++
				}
			}
			if shown > 0 || p.heard("secret") == 0 {
				t.Errorf("%d messages are left in the desk; heard %d", shown, p.heard("secret"))
			}
			p.nothingLeft("out", "edit", "lane", "job")
			if name == "erased" {
				p.nothingLeft(ofPeople...)
			}
		})
	}
}

// An edit that was waiting when its person was erased leaves no row.
func TestErasedWithEditWaiting(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	p.play("fail desk 2h", "berger @desk ! claim", "ann /mydata", "ann ! data/delete", "ann ! delete/yes", "wait 1h", "wait 2h")
	p.nothingLeft(ofPeople...)
}

// Who comes back while a second job about them is still to be done is somebody
// new, and stays.
func TestErasedTwice(t *testing.T) {
	p := newFaulty(t)
	p.play("ann /start", "ann ! de")
	pid := strings.TrimPrefix(p.rowsOf("person")[0], "person/")
	err := p.bot.transact(t.Context(), "test", func(t *turn) error {
		sp, err := t.known(pid)
		t.newJob(purge{PID: pid, Index: sp.Person.Index})
		t.newJob(purge{PID: pid, Index: sp.Person.Index})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for len(p.rowsOf("job")) == 2 {
		if _, err := p.bot.workOnce(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	p.play("ann /start")
	if n := len(p.rowsOf("who")); n != 1 {
		t.Errorf("%d ways lead to somebody who came back, want 1", n)
	}
}

// What somebody hears of their inquiry stays in order.
func TestCloseAndReopenInOrder(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	p.play("fail ann 1h", "berger @desk ! close", "berger @desk ! reopen", "wait 2h")
	heard := strings.Join(p.net.said, "\n")
	if closed, reopened := strings.Index(heard, "(inquiry.closed"), strings.Index(heard, "(inquiry.reopened"); closed < 0 || reopened < closed {
		t.Errorf("closed at %d, reopened at %d", closed, reopened)
	}
}

// Between the withdrawal of consent and the job that ends the inquiries nothing
// is stored or passed on.
func TestRevokedBeforeTheJob(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	confirmed := lastOf(p, "ann")
	p.play("ann /mydata", "ann ! revoke")
	for i, ev := range []chat.Event{
		{Kind: chat.Press, Press: "privacy/revoke/yes"}, {Kind: chat.Text, Text: "Words without consent."}, {Kind: chat.Text, Text: "A reply without consent.", On: confirmed},
	} {
		ev.ID, ev.At, ev.In, ev.From = fmt.Sprint("revoked-", i), p.now, p.net.at("ann"), "ann"
		if err := p.bot.Receive(t.Context(), ev); err != nil {
			t.Fatal(err)
		}
	}
	p.nothingLeft("said")
	p.settle()
	if p.heard("without consent") > 0 {
		t.Error("the desk heard it")
	}
}

// Who writes from a new chat has not left when the old one is closed.
func TestOldChatClosed(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	p.receive(chat.Event{Kind: chat.Command, Text: "menu", From: "ann", In: p.net.at("ann-new")})
	p.receive(chat.Event{Kind: chat.Left, From: "ann", In: p.net.at("ann")})
	if p.heard("(desk.left") > 0 {
		t.Error("the desk was told that she left")
	}
	p.play("berger @desk re 1 > Answer.", "berger @desk ! send", "wait 20s")
	if n := len(p.net.room("ann-new").messages); n != 2 {
		t.Errorf("%d messages in the new chat, want 2", n)
	}
}

// That an answer must be given again is said, whatever comes first.
func TestForgottenIsSaid(t *testing.T) {
	for _, ev := range []chat.Event{{Kind: chat.Reaction, Text: "👍"}, {Kind: chat.Delete, On: "1"}, {Kind: chat.Text, Text: "Ich will nicht mehr leben"}} {
		t.Run(string(ev.Kind), func(t *testing.T) {
			p := newFaulty(t)
			p.play("ann /start", "ann ! de", "ann ! ask", "ann ! private", "ann ! housing", "ann > This is a long question about my flat.", "crash")
			ev.From, ev.In = "ann", p.net.at("ann")
			p.receive(ev)
			p.play("ann ! consent/yes")
			if n := p.heard("(forgotten"); n != 1 {
				t.Errorf("said %d times", n)
			}
		})
	}
}

// One damaged row keeps neither the other alarms nor the other jobs.
func TestDamagedRows(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	p.play("berger @desk re 1 > Answer.", "berger @desk ! send")
	err := p.bot.transact(t.Context(), "test", func(t *turn) error {
		t.tx.Put("inquiry/"+strings.TrimPrefix(p.rowsOf("person")[0], "person/")+"/broken", []byte("{"))
		t.at(t.now.Add(time.Second), "silent", strings.TrimPrefix(p.rowsOf("person")[0], "person/"), "broken")
		t.tx.Put("job/0", []byte("{"))
		t.newJob(purge{PID: "nobody", IID: "none"})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(20 * time.Second)
	next, err := p.bot.Tick(t.Context())
	if err != nil || next.Sub(p.now) != postponedFor {
		t.Errorf("the alarm clock goes on in %v, %v", next.Sub(p.now), err)
	}
	failed, err := p.bot.workOnce(t.Context(), "")
	if failed != "job/0" || err == nil {
		t.Errorf("%q, %v", failed, err)
	}
	for job := failed; job != ""; {
		if job, err = p.bot.workOnce(t.Context(), failed); err != nil {
			t.Fatal(err)
		}
	}
	if jobs := p.rowsOf("job"); len(jobs) != 1 {
		t.Errorf("jobs left: %v", jobs)
	}
}

// An event that is too large to be kept gets an answer: one that failed would be
// told again for ever.
func TestHugeEvents(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	huge := strings.Repeat("ü", 200_000)
	files := make([]chat.File, flows.MaxFiles)
	for i := range files {
		files[i] = chat.File{Kind: chat.Document, Platform: "web", Ref: "r", Name: huge, Type: huge}
	}
	p.receive(chat.Event{Kind: chat.Media, Files: files, From: "ann", In: p.net.at("ann")})
	for _, ev := range []chat.Event{
		{Kind: chat.Text, Text: "// " + huge, On: "1"}, {Kind: chat.Media, Files: append(files, files...), On: "1"},
		{Kind: chat.Press, Press: "desk/" + huge + "/claim", On: "1"}, {Kind: chat.Text, Text: "Answer.", Name: huge, On: "1"},
	} {
		ev.From, ev.In = "berger", theDesk
		p.receive(ev)
	}
	if p.heard("(wrong.long") != 1 || p.heard("(wrong.files") != 1 || p.heard("(desk.preview") != 1 {
		t.Error("not everything was answered")
	}
}

// When the desk moves to another room, inquiries get a card there: a message of
// the old room is never edited or answered in the new one.
func TestDeskMoved(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	p.bot.desks[0].Room = "new-desk"
	p.net.add("new-desk", chat.Message{Text: "Good morning!"})
	p.play("ann leaves", "ann returns")
	if m := p.net.room("new-desk").messages; len(m) < 2 || m[0].Text != "Good morning!" || !strings.Contains(m[1].Text, "My question.") {
		t.Errorf("the new desk reads %v", m)
	}
	p.play("ann /mydata", "ann ! data/delete", "ann ! delete/yes")
	p.nothingLeft("post", "sent", "number", "inquiry")
	if !p.net.room("desk").gone[0] || !p.net.room("new-desk").gone[1] {
		t.Error("a card is left")
	}
}

// An event that was written ten days ago is handled once, however often and late
// it is told.
func TestLateEventsAreHandledOnce(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	ev := chat.Event{ID: "old", Kind: chat.Command, Text: "start", At: w.now.Add(-10 * 24 * time.Hour), From: "ann", In: chat.Address{Platform: "web", Room: "ann"}}
	for range 3 {
		if err := w.bot.Receive(t.Context(), ev); err != nil {
			t.Fatal(err)
		}
		w.settle()
		w.now = w.now.Add(2 * 24 * time.Hour)
		w.settle()
	}
	if n := len(w.net.room("ann").messages); n != 1 {
		t.Errorf("%d answers to one event", n)
	}
	before := w.keyCount()["seen"]
	w.now = w.now.Add(8 * 24 * time.Hour)
	w.settle()
	if left := w.keyCount()["seen"]; left >= before {
		t.Errorf("%d marks are left of %d", left, before)
	}
}
