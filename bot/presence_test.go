package bot

import (
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
)

// What is queued for a chat when it is closed is given up without a request, and
// one that is found closed is asked once (domain D10).
func TestClosedChatIsNotKnockedAt(t *testing.T) {
	for how, want := range map[string]int{"ann leaves": 0, "ann blocks": 1} {
		t.Run(how, func(t *testing.T) {
			p := newFaulty(t)
			p.ask("ann", "My question.")
			p.play("fail ann 1h", "berger @desk ! claim", "berger @desk re 1 > One.", "berger @desk ! send", "wait 20s",
				"berger @desk re 1 > Two.", "berger @desk ! send", "wait 20s", "ann /menu", "ann /ask", how)
			if n := len(p.rowsOf("out")); (n == 0) != (how == "ann leaves") {
				t.Errorf("%d rows wait", n)
			}
			p.play("wait 2h", "berger @desk ! close", "berger @desk ! reopen", "berger @desk re 1 > Three.", "berger @desk ! send", "wait 1h")
			if n := p.net.room("ann").refused; n != want {
				t.Errorf("%d requests were refused, want %d", n, want)
			}
			if n := p.heard("(desk.undelivered"); n != 3 {
				t.Errorf("the desk was told of %d answers that did not arrive, want 3", n)
			}
			p.nothingLeft("out")
			if h, err := p.bot.Health(t.Context()); err != nil || h.Stuck != 0 {
				t.Errorf("a closed chat is called stuck: %+v, %v", h, err)
			}
			p.play("crash", "wait 700h", "wait 30h")
			p.nothingLeft(ofPeople...)
			if n := p.net.room("ann").refused; n != want {
				t.Errorf("%d requests were refused in all, want %d", n, want)
			}
		})
	}
}

// A request that is under way while the chat is closed changes nothing about that,
// whatever becomes of it.
func TestClosedWhileSending(t *testing.T) {
	for name, answer := range map[string]error{
		"taken": nil, "failed": &chat.SendError{}, "refused": &chat.SendError{Bad: true}, "closed": &chat.SendError{Gone: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := newFaulty(t)
			p.ask("ann", "My question.")
			p.play("fail ann 1h", "ann /menu", "ann /help", "wait 1m")
			leave := chat.Event{ID: "leaves", Kind: chat.Left, At: p.now, From: "ann", In: p.net.at("ann")}
			under := false
			p.net.fail = func(room string) error {
				if room != "ann" || under {
					return nil
				}
				under = true
				p.net.mu.Unlock()
				defer p.net.mu.Lock()
				if err := p.bot.Receive(t.Context(), leave); err != nil {
					t.Error(err)
				}
				return answer
			}
			p.failing["ann"] = time.Time{}
			before := len(p.net.room("ann").messages)
			p.play("wait 1h", "wait 1h")
			if n := len(p.net.room("ann").messages) - before; !under || n > 1 {
				t.Errorf("%d messages came after the chat was closed", n)
			}
			p.nothingLeft("out")
		})
	}
}

// Back and away again: the thirty days begin anew, and whoever comes back while
// they are being deleted, or after it, is answered.
func TestAwayAgain(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	p.play("ann leaves", "wait 480h", "ann returns", "ann /menu", "ann leaves", "wait 480h")
	if len(p.rowsOf("inquiry")) != 1 {
		t.Error("what was asked is gone after 20 days")
	}
	p.play("wait 250h")
	p.nothingLeft(ofPeople...)
	p.play("ann opens", "ann /start")
	if m := p.net.room("ann").messages; !strings.Contains(m[len(m)-1].Text, "start.hello") {
		t.Errorf("who comes back reads %q", m[len(m)-1].Text)
	}

	p = newFaulty(t)
	p.ask("ann", "My question.")
	p.play("ann leaves")
	err := p.bot.transact(t.Context(), "erase", func(turn *turn) error {
		sp, err := turn.known(turn.b.onlyPerson(t, turn))
		turn.eraseQuietly(sp)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.net.room("ann").blocked = false
	if err := p.bot.Receive(t.Context(), chat.Event{ID: "s", Kind: chat.Command, Text: "start", At: p.now, From: "ann", In: p.net.at("ann")}); err != nil {
		t.Fatal(err)
	}
	p.settle()
	if n := p.heard("(privacy.erasing"); n != 1 {
		t.Errorf("told %d times that it is being deleted", n)
	}
}

// onlyPerson is the one there is.
func (b *Bot) onlyPerson(t *testing.T, turn *turn) string {
	t.Helper()
	rows, err := turn.tx.Scan("person/", "", 2)
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d people, %v", len(rows), err)
	}
	return strings.TrimPrefix(rows[0].Key, "person/")
}

// Many answers that could not be delivered are fetched some at a time.
func TestFetchingMuch(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	p.play("ann leaves")
	for range fetchAtOnce + 2 {
		p.play("berger @desk re 1 > Answer.", "berger @desk ! send")
	}
	p.play("ann returns", "ann /start")
	number := strings.TrimPrefix(p.rowsOf("number")[0], "number/")
	for _, want := range []int{fetchAtOnce, fetchAtOnce + 2, fetchAtOnce + 2} {
		p.receive(chat.Event{Kind: chat.Press, Press: "back/welcome/" + number, From: "ann", In: p.net.at("ann")})
		got := 0
		for _, m := range p.net.room("ann").messages {
			if strings.Contains(m.Text, "answer.head") {
				got++
			}
		}
		if got != want {
			t.Errorf("%d answers arrived, want %d", got, want)
		}
	}
	if q := p.inquiryOf(t, number); len(q.Missed) != 0 || q.Status != flows.Answered {
		t.Errorf("left: %+v", q)
	}
}

func (p *player) inquiryOf(t *testing.T, number string) (q flows.Inquiry) {
	t.Helper()
	err := p.bot.transact(t.Context(), "look", func(turn *turn) error {
		about, _, err := load[ref](turn.tx, keyOf("number", number))
		if err != nil {
			return err
		}
		q, _, err = load[flows.Inquiry](turn.tx, keyOf("inquiry", about.PID, about.IID))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return q
}
