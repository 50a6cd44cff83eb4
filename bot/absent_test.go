package bot

import (
	"testing"
	"time"
)

// Somebody who does anything at all in the desk is there; a look at the room is nobody.
func TestSignsOfTheTeam(t *testing.T) {
	for name, c := range map[string]struct {
		sign   []string
		absent int
	}{
		"nobody":          {nil, 1},
		"talk":            {[]string{"cora @desk > Good morning!"}, 0},
		"a press":         {[]string{"cora @desk ! claim"}, 0},
		"a note":          {[]string{"cora @desk re 1 > // later"}, 0},
		"a command":       {[]string{"cora @desk /hilfe"}, 0},
		"a reaction":      {[]string{"cora @desk ^ 1 👀"}, 0},
		"a look":          {[]string{"desk lacks reading"}, 1},
		"another asker":   {[]string{"ben /start"}, 1},
		"the asker again": {[]string{"ann > Please!"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := newFaulty(t)
			p.moved = map[string]int{}
			p.ask("ann", "My question.") // Monday, 10:00
			p.play("wait 72h")           // Thursday, 10:00
			p.play(c.sign...)            // …
			p.play("wait 6h", "wait 6h") // the third day ends at 15:00
			if n := p.heard("(inquiry.absent "); n != c.absent {
				t.Errorf("said %d times, want %d", n, c.absent)
			}
			if n := p.heard("(desk.absent"); n != c.absent {
				t.Errorf("the desk is told %d times, want %d", n, c.absent)
			}
		})
	}
}

// Who has an answer is told nothing; each who waits is told once while the team is away,
// and again when it went away again.
func TestAbsentAgain(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	p.ask("ben", "His question.")
	p.play("cora @desk re 2 > Answer.", "cora @desk ! send", "wait 20s")
	days := func(n int) {
		for range n {
			p.play("wait 24h")
		}
	}
	days(13)
	if n := p.heard("(inquiry.absent "); n != 1 {
		t.Fatalf("said %d times", n)
	}
	p.play("cora @desk > We are back.")
	days(13)
	if told, desk := p.heard("(inquiry.absent "), p.heard("(desk.absent"); told != 2 || desk != 2 {
		t.Errorf("said %d times, to the desk %d times", told, desk)
	}
	if n := p.heard("(inquiry.late ") + p.heard("(inquiry.late.again"); n != 0 {
		t.Errorf("%d reminders of what was promised", n)
	}
}

// Nobody is told at night, when the bot was not there in time.
func TestAbsentAtNight(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	p.now = time.Date(2026, 11, 26, 22, 0, 0, 0, time.UTC)
	p.settle()
	if n := p.heard("(inquiry.absent "); n != 0 {
		t.Errorf("said at %s", p.now)
	}
	p.now = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	p.settle()
	if n := p.heard("(inquiry.absent "); n != 1 {
		t.Errorf("said %d times", n)
	}
}
