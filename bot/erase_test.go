package bot

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
	"lotse/locales"
	"lotse/store"
	"lotse/store/bolt"
	"lotse/store/storetest"
)

// theirWords are what people say in aCase: the asker in the question and later, a
// coordinator in an answer and a note, and colleagues among themselves.
var theirWords = []string{"mould", "heating", "landlord", "lawyer", "cellar"}

// aCase plays an inquiry in which all of theirWords are said, in a desk with a forum and
// a room without buttons, up to the button that deletes it.
func aCase(t *testing.T, db store.DB, everything bool) *player {
	t.Helper()
	p := &player{world: newWorld(t, locales.Pseudo), failing: map[string]time.Time{}}
	p.mem, p.forum = db, &forum{network: p.net}
	p.openSecond()
	p.net.fail = func(room string) error {
		if p.now.Before(p.failing[room]) {
			return &chat.SendError{Err: errors.New("out of reach")}
		}
		return nil
	}
	p.play("ann /start", "ann ! de", "ann ! ask", "ann ! private", "ann ! housing", "ann ! yes", "ann + photo What about the mould?", "ann ! send")
	p.play("klein @raum in 1 > The cellar was wet, too.", "berger @desk re 1 in 1 > // there is a lawyer", "cora @desk in 1 > The cellar?",
		"berger @desk re 1 in 1 > Write to the landlord.", "berger @desk ! send", "wait 20s", "ann > And the heating?", "klein @raum re 1 > The cellar.")
	for _, word := range theirWords {
		if p.shown(word) == 0 {
			t.Fatalf("nobody reads %q", word)
		}
	}
	if everything {
		p.play("ann /mydata", "ann ! data/delete")
	} else {
		p.play("ann /mine", "ann ! "+p.onlyNumber(), "ann ! withdraw")
	}
	return p
}

// shown counts the messages of the desk that show a word, or showed it before they were
// changed, where networks keep that.
func (p *player) shown(word string) (n int) {
	for _, net := range []*network{p.net, p.second} {
		for _, name := range []string{theDesk.Room, secondRoom} {
			r := net.room(name)
			for i, m := range r.messages {
				stood := []chat.Message{m}
				if net.plain {
					stood = append(stood, r.old[i]...)
				}
				for _, m := range stood {
					if !r.gone[i] && (strings.Contains(m.Text, word) || len(m.Files) > 0) {
						n++
					}
				}
			}
		}
	}
	return n
}

// nothingIsLeft searches for theirWords in the rooms, in the database as the bot reads
// it, in the log, and in files.
func (p *player) nothingIsLeft(files ...string) {
	p.t.Helper()
	places := map[string]string{"log": p.log.String()}
	for _, file := range append(files, p.journal) {
		if raw, err := os.ReadFile(file); err == nil {
			places[filepath.Base(file)] = string(raw)
		}
	}
	err := p.bot.cfg.DB.View(context.Background(), func(r store.Reader) error {
		for after := ""; ; {
			rows, err := r.Scan("", after, store.MaxScan)
			for _, row := range rows {
				places["database"] += row.Key + string(row.Value)
				after = row.Key
			}
			if err != nil || len(rows) < store.MaxScan {
				return err
			}
		}
	})
	if err != nil {
		p.t.Error(err)
	}
	for _, word := range theirWords {
		if n := p.shown(word); n > 0 {
			p.t.Errorf("%d messages in the desk still show %q", n, word)
		}
		for place, text := range places {
			if strings.Contains(text, word) {
				p.t.Errorf("%s still holds %q", place, word)
			}
		}
	}
	p.nothingLeft("draft", "said", "note", "wrote", "out", "edit", "lane", "job", "erasure")
}

// Nothing of a case is found anywhere after it was deleted, in files neither.
func TestNothingOfACaseIsFound(t *testing.T) {
	for name, everything := range map[string]bool{"everything": true, "one inquiry": false} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "lotse.db")
			db, err := bolt.Open(t.Context(), file, bolt.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			p := aCase(t, db, everything)
			p.play("ann ! yes")
			p.nothingIsLeft(file)
			if everything {
				p.nothingLeft(ofPeople...)
			}
		})
	}
}

// The process may die before and after every commit of a deletion: it is finished by the
// next one, everybody is told once, and nothing that is not theirs is deleted.
func TestErasingSurvivesEveryCrash(t *testing.T) {
	for name, everything := range map[string]bool{"everything": true, "one inquiry": false} {
		t.Run(name, func(t *testing.T) {
			step := 0
			for crashAt(t, step, everything) {
				step++
			}
			if step < 20 {
				t.Errorf("it has %d steps", step)
			}
		})
	}
}

// crashAt deletes a case in a process that dies at a step, and says whether it came to
// that.
func crashAt(t *testing.T, step int, everything bool) (died bool) {
	t.Helper()
	memory := store.NewMem()
	p := aCase(t, memory, everything)
	p.play("berger @desk > Good morning!")
	talk, at := len(p.net.room(theDesk.Room).messages)-1, step
	killed, running, updates := errors.New("killed"), false, 0
	p.mem = storetest.Flaky(memory, func(op string) error {
		switch {
		case died:
			return killed
		case !running || op == storetest.OpView:
			return nil
		case op == storetest.OpUpdate:
			if updates++; updates%2 == 1 { // the one for nothing, see storetest.Twice
				return nil
			}
		}
		if step--; step < 0 {
			died = true
			return killed
		}
		return nil
	})
	p.start()
	yes, err := p.event("ann ! yes")
	if err != nil {
		t.Fatal(err)
	}
	yes.ID, yes.At = "yes", p.now
	running = true
	deleting := func() error {
		return errors.Join(p.bot.Receive(t.Context(), yes), p.bot.Settle(t.Context()))
	}
	if err := deleting(); died != (err != nil) {
		t.Fatalf("died %v, with %v", died, err)
	}
	p.mem = memory
	p.start()
	if err := deleting(); err != nil { // the network tells again what was not taken
		t.Fatal(err)
	}
	p.play("wait 10m")
	p.nothingIsLeft()
	want := map[string]int{"(desk.erased ": 2, "(desk.erased.left": 0, "(privacy.erased ": 0, "(privacy.erased.": 0, "(mine.withdrawn.limits": 0}
	if everything {
		want["(privacy.erased "] = 1
	}
	for words, n := range want {
		if got := p.heard(words); got != n {
			t.Errorf("step %d: %s is said %d times, want %d", at, words, got, n)
		}
	}
	if r := p.net.room(theDesk.Room); r.gone[talk] {
		t.Errorf("step %d: what colleagues say about nothing is deleted", at)
	}
	return died
}

// What stands in a room that the desk left is listed where the desk is now; a reaction
// that stays is not worth a word.
func TestWhatIsLeftInAFormerRoom(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	p.play("cora @desk re 1 > Come on Monday.")
	p.receive(chat.Event{Kind: chat.Reaction, In: theDesk, From: "cora", Text: "👀", On: "1", Message: p.net.add(theDesk.Room, chat.Message{Text: "👀"})})
	p.net.stays = func(bool, time.Time) bool { return true }
	p.bot.desks[0].Room = "new-desk"
	p.play("ann /mydata", "ann ! data/delete", "ann ! delete/yes")
	for words, want := range map[string]int{"new-desk < #2\n\t\t(desk.erased.former": 1, " n=1 ": 1, "(desk.erased.left": 0, "(privacy.erased.left n=1)": 1, "(desk.blank)": 2} {
		if n := p.heard(words); n != want {
			t.Errorf("%q is said %d times, want %d: %s", words, n, want, strings.Join(p.net.said, "\n"))
		}
	}
	p.nothingLeft(append(ofPeople, "erasure")...)
}

// Who took back one question while the desk is out of reach hears that it is still to
// come, and the desk is cleared when it is back, however late and after a restart.
func TestTakenBackOutOfReach(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	p.play("fail desk 90h", "ann /mine", "ann ! "+p.onlyNumber(), "ann ! withdraw", "ann ! yes", "wait 9m")
	if n := p.heard("(mine.withdrawn.limits"); n != 0 {
		t.Fatal("it is said too early")
	}
	p.play("wait 1m")
	if n := p.heard("(privacy.erased.waits)"); n != 1 {
		t.Errorf("said %d times", n)
	}
	p.play("crash", "wait 91h")
	if !p.net.room("desk").gone[0] || p.heard("(mine.withdrawn.limits") != 1 {
		t.Error("the card is left, or it was said again")
	}
	p.nothingLeft("out", "lane", "job", "erasure")
}

// A row of another question that is damaged does not keep one from being deleted.
func TestErasingBesideADamagedRow(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	pid := strings.TrimPrefix(p.rowsOf("person")[0], "person/")
	whole := p.rowsOf("inquiry")[0]
	err := p.bot.transact(t.Context(), "test", func(t *turn) error {
		t.tx.Put(keyOf("inquiry", pid, "broken"), []byte("{"))
		t.newJob(purge{PID: pid, IID: strings.Split(whole, "/")[2], Number: p.onlyNumber()})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p.settle()
	if left := p.rowsOf("inquiry"); len(left) != 1 || left[0] == whole || !p.net.room("desk").gone[0] {
		t.Errorf("left: %v", left)
	}
}
