package bot

import (
	"fmt"
	"math/rand/v2"
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
}

func newTwo(t *testing.T, seed uint64) *two {
	p := &two{world: newWorld(t, locales.Pseudo), dice: rand.New(rand.NewPCG(seed, 7)), outages: map[string]time.Time{}}
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

// act is something that a coordinator, an asker or the network does.
func (p *two) act() {
	room := []string{theDesk.Room, secondRoom}[p.dice.IntN(2)]
	net := p.roomsOf()[room]
	who := fmt.Sprint("c", p.dice.IntN(5))
	messages := net.room(room).messages
	switch p.dice.IntN(8) {
	case 0:
		p.outages[room] = p.now.Add(time.Duration(p.dice.IntN(30)) * time.Minute)
	case 1:
		p.do(fmt.Sprintf("%s > More %d", []string{"ann", "eva", "ida"}[p.dice.IntN(3)], p.n))
	case 2, 3:
		p.now = p.now.Add(time.Duration(p.dice.IntN(90)) * time.Second)
	case 4, 5:
		on := fmt.Sprint(p.dice.IntN(len(messages)) + 1)
		ev := chat.Event{Kind: chat.Text, From: who, Name: who, In: net.at(room), Text: fmt.Sprint("Answer ", p.n), On: on}
		ev.Message = net.add(room, chat.Message{Text: ev.Text})
		p.receive(ev)
	default:
		i := p.dice.IntN(len(messages))
		if buttons := slices.Concat(messages[i].Buttons...); len(buttons) > 0 && !net.room(room).gone[i] {
			press := buttons[p.dice.IntN(len(buttons))].ID
			p.receive(chat.Event{Kind: chat.Press, From: who, Name: who, In: net.at(room), On: fmt.Sprint(i + 1), Press: press})
		}
	}
	p.settle()
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

// Whatever happens in two rooms, and whichever of their networks is away meanwhile, in
// the end both show the same, and nothing of the asker's network.
func TestTwoRoomsConverge(t *testing.T) {
	for seed := range uint64(60) {
		p := newTwo(t, seed)
		for _, who := range []string{"ann", "eva", "ida"} {
			p.ask(who, "Question of "+who)
		}
		for range 40 {
			p.act()
		}
		clear(p.outages)
		for range 30 {
			p.now = p.now.Add(time.Minute)
			p.settle()
		}
		here, there := p.shown(theDesk.Room), p.shown(secondRoom)
		if !slices.Equal(here, there) || len(here) < 3 {
			t.Fatalf("seed %d: in one room\n%s\n\nin the other\n%s", seed, strings.Join(here, "\n"), strings.Join(there, "\n"))
		}
	}
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
