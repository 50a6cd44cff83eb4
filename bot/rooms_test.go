package bot

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
	"lotse/locales"
)

// two are people and coordinators in two rooms, each of whose networks can be out of
// reach.
type two struct {
	*world
	dice    *rand.Rand
	outages map[string]time.Time // room → until when it cannot be reached
	// explicit are the marks of what somebody sent.
	explicit map[string]bool
}

func newTwo(t *testing.T, seed uint64) *two {
	p := &two{world: newWorld(t, locales.Pseudo), dice: rand.New(rand.NewPCG(seed, 7)), outages: map[string]time.Time{}, explicit: map[string]bool{}}
	p.openSecond()
	p.net.fail = func(room string) error {
		if p.now.Before(p.outages[room]) {
			return &chat.SendError{Err: fmt.Errorf("out of reach")}
		}
		return nil
	}
	return p
}

// roomsOf are the two rooms of the desk.
func (p *two) roomsOf() map[string]*network {
	return map[string]*network{theDesk.Room: p.net, secondRoom: p.second}
}

// act is something that a coordinator, an asker or the network does. Everything that
// coordinators write is marked, so that it is known again wherever it ends up.
func (p *two) act() {
	room := []string{theDesk.Room, secondRoom}[p.dice.IntN(2)]
	net := p.roomsOf()[room]
	who := fmt.Sprint("c", p.dice.IntN(5))
	messages := net.room(room).messages
	says := func(text, on string) {
		ev := chat.Event{Kind: chat.Text, From: who, Name: who, In: net.at(room), Text: text, On: on}
		ev.Message = net.add(room, chat.Message{Text: ev.Text})
		p.receive(ev)
	}
	on := fmt.Sprint(p.dice.IntN(len(messages)) + 1)
	switch p.dice.IntN(12) {
	case 0:
		p.outages[room] = p.now.Add(time.Duration(p.dice.IntN(30)) * time.Minute)
	case 1:
		p.do(fmt.Sprintf("%s > More %d", []string{"ann", "eva", "ida"}[p.dice.IntN(3)], p.n))
	case 2, 3:
		p.now = p.now.Add(time.Duration(p.dice.IntN(90)) * time.Second)
	case 4, 5, 6:
		says(fmt.Sprintf("answer-%d-", p.n), on)
	case 7:
		says(fmt.Sprintf("// inside-%d-", p.n), on)
	case 8:
		says(fmt.Sprintf("inside-%d-", p.n), "")
	default:
		i := len(messages) - 1 - min(p.dice.IntN(len(messages)), p.dice.IntN(len(messages)))
		shown := append(slices.Clone(net.room(room).old[i]), messages[i], messages[i], messages[i]) // now and then an old button
		if buttons := slices.Concat(shown[p.dice.IntN(len(shown))].Buttons...); len(buttons) > 0 && !net.room(room).gone[i] {
			press := buttons[p.dice.IntN(len(buttons))*p.dice.IntN(2)].ID // often the first, which sends
			p.releases(press)
			p.receive(chat.Event{Kind: chat.Press, From: who, Name: who, In: net.at(room), On: fmt.Sprint(i + 1), Press: press})
		}
	}
	p.settle()
}

// releases notes the words that somebody sends by a button: those of the newest preview
// of its draft.
func (p *two) releases(press string) {
	parts := strings.Split(press, "/")
	if len(parts) < 4 || !slices.Contains([]string{"send", "sure", "addition", "resend"}, parts[2]) {
		return
	}
	newest := ""
	for room, net := range p.roomsOf() {
		for i, m := range net.room(room).messages {
			for _, shown := range append(slices.Clone(net.room(room).old[i]), m) {
				buttons := slices.Concat(shown.Buttons...)
				if mark := markOf(shown.Text); len(buttons) > 0 && strings.Contains(buttons[0].ID, "/send/"+parts[3]+"/") && strings.HasPrefix(shown.Text, "(desk.preview ") && numberOf(mark) > numberOf(newest) {
					newest = mark
				}
			}
		}
	}
	p.explicit[newest] = true
}

var marks = regexp.MustCompile(`(?:answer|inside)-\d+-`)

func markOf(text string) string { return marks.FindString(text) }

// numberOf is when it was written.
func numberOf(mark string) (n int) {
	fmt.Sscanf(mark, "answer-%d-", &n)
	return n
}

// arrived checks what coordinators wrote and askers got: only what somebody sent, each
// at most once, and everything of which the desk says that it was delivered.
func (p *two) arrived() (n int) {
	got := map[string]int{}
	for _, who := range []string{"ann", "eva", "ida"} {
		for i, m := range p.net.room(who).messages {
			if was := p.net.room(who).old[i]; len(was) > 0 { // it was corrected or taken back
				m = was[0]
			}
			if mark := markOf(m.Text); mark != "" {
				got[mark]++
			}
		}
	}
	for mark, times := range got {
		if !p.explicit[mark] || times > 1 {
			p.t.Errorf("an asker got %q %d times; sent: %v", mark, times, p.explicit[mark])
		}
	}
	for _, m := range p.net.room(theDesk.Room).messages {
		if strings.HasPrefix(m.Text, "(desk.delivered ") && got[markOf(m.Text)] == 0 {
			p.t.Errorf("delivered, and not there: %s", m.Text)
		}
		if got[markOf(m.Text)] > 0 && (strings.HasPrefix(m.Text, "(desk.preview ") || strings.HasPrefix(m.Text, "(desk.discarded ") || strings.HasPrefix(m.Text, "(desk.leaving ")) {
			p.t.Errorf("there, and not sent: %s", m.Text)
		}
	}
	return len(got)
}

// shown is what stands in a room about each inquiry in the end: the card, with its
// buttons, and every draft.
func (p *two) shown(room string) (all []string) {
	net := p.roomsOf()[room]
	for i, m := range net.room(room).messages {
		if net.room(room).gone[i] || !strings.HasPrefix(m.Text, "(desk.card ") && !strings.HasPrefix(m.Text, "(desk.preview ") &&
			!strings.HasPrefix(m.Text, "(desk.delivered ") && !strings.HasPrefix(m.Text, "(desk.discarded ") {
			continue
		}
		text := m.Text
		for _, b := range slices.Concat(m.Buttons...) {
			text += "\n" + b.ID
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

// Whatever coordinators do in two rooms, 10,000 times, and whichever of their networks is
// away meanwhile: askers get exactly what was sent, and in the end both rooms show the
// same, and nothing of the asker's network.
func TestTwoRoomsConverge(t *testing.T) {
	const parts, runs, actions = 5, 40, 50
	for part := range parts {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			arrived := 0
			for run := range runs {
				arrived += converges(t, uint64(part*runs+run), actions)
			}
			if arrived < runs/2 {
				t.Errorf("%d answers in %d runs", arrived, runs)
			}
		})
	}
}

// converges is one run. It returns how many answers arrived.
func converges(t *testing.T, seed uint64, actions int) int {
	p := newTwo(t, seed)
	for _, who := range []string{"ann", "eva", "ida"} {
		p.ask(who, "My question.")
	}
	for range actions {
		p.act()
	}
	clear(p.outages)
	for range 30 {
		p.now = p.now.Add(time.Minute)
		p.settle()
	}
	here, there := p.shown(theDesk.Room), p.shown(secondRoom)
	if !slices.Equal(here, there) || len(here) < 3 {
		t.Errorf("in one room\n%s\n\nin the other\n%s", strings.Join(here, "\n"), strings.Join(there, "\n"))
	}
	n := p.arrived()
	if t.Failed() {
		t.Fatalf("seed %d", seed)
	}
	return n
}

// A room that was out of reach for a short time shows what it missed within a second;
// one that is for long is not tried all the time.
func TestARoomIsSoonThereAgain(t *testing.T) {
	p := newTwo(t, 1)
	p.ask("ann", "My question.")
	tried := 0
	p.net.fail = func(room string) error {
		if room != secondRoom || !p.now.Before(p.outages[room]) {
			return nil
		}
		tried++
		return &chat.SendError{Err: fmt.Errorf("out of reach")}
	}
	for _, outage := range []time.Duration{10 * time.Second, 50 * time.Second} {
		p.outages[secondRoom] = p.now.Add(outage)
		p.do("ann > More.")
		for p.now.Before(p.outages[secondRoom]) {
			p.now = p.now.Add(100 * time.Millisecond)
			p.settle()
		}
		p.now = p.now.Add(time.Second)
		p.settle()
		if here, there := p.shown(theDesk.Room), p.shown(secondRoom); !slices.Equal(here, there) || p.heardIn("raum", "(desk.added") != p.heardIn("desk", "(desk.added") {
			t.Errorf("a second after %v without network it does not show everything", outage)
		}
	}
	tried, p.outages[secondRoom] = 0, p.now.Add(3*time.Hour)
	p.do("ann > More.")
	for range 3 * 60 * 10 {
		p.now = p.now.Add(6 * time.Second)
		p.settle()
	}
	if tried > 60 {
		t.Errorf("it was tried %d times in three hours", tried)
	}
}

// heardIn is how often something was said in a room.
func (w *world) heardIn(room, words string) (n int) {
	for _, said := range w.net.said {
		if strings.HasPrefix(said, "\t"+room+"/") || strings.HasPrefix(said, "\t"+room+" ") {
			n += strings.Count(said, words)
		}
	}
	return n
}
