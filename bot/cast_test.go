package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
	"lotse/store"
)

// meetingID is the ID of a meeting of transcripts, which call it by one letter.
func meetingID(name string) string {
	return stampOf(time.Unix(1790000000, 0)) + strings.Repeat(name, 8)
}

// inTurn does something as a coordinator in the desk's room does.
func (w *world) inTurn(f func(*turn) error) {
	w.t.Helper()
	w.n++
	err := w.bot.transact(context.Background(), fmt.Sprintf("turn-%d", w.n), func(t *turn) error {
		t.ev = chat.Event{In: w.net.at(theDesk.Room), From: "cora"}
		return f(t)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// plan changes what the desk has worked on.
func (w *world) works(name string, change func(*flows.Meeting)) {
	w.t.Helper()
	w.inTurn(func(t *turn) error {
		mid := meetingID(name)
		p, found, err := planning(t.tx, mid)
		if err != nil {
			return err
		}
		if !found {
			p.Work = flows.Meeting{
				ID: mid, Kind: flows.NetworkMeeting,
				Words: map[string]flows.MeetingWords{"de": {Title: "Wohnen in Grünau"}, "uk": {Title: "Житло в Грюнау"}},
				Venue: flows.Venue{Name: "Haus am See", Street: "Beispielweg 1, 04209 Leipzig"},
			}
		}
		change(&p.Work)
		p.Version++
		save(t.tx, keyOf("meeting", mid), p)
		return nil
	})
}

func (w *world) start2h(name string, start time.Time) {
	w.works(name, func(m *flows.Meeting) { m.Start, m.End = start, start.Add(2*time.Hour) })
}

// announceIt lets the desk announce what it has worked on.
func (w *world) announceIt(name string) {
	w.t.Helper()
	w.inTurn(func(t *turn) error { return t.announce(meetingID(name)) })
	w.settle()
}

// wants changes what somebody wants of the meetings.
func (w *world) wants(who string, change func(*flows.Guest)) {
	w.t.Helper()
	w.inTurn(func(t *turn) error {
		raw, err := t.tx.Get(keyOf("who", t.b.cfg.DB.Index("who", w.net.name, who)))
		if err != nil || raw == nil {
			return errors.Join(err, fmt.Errorf("nobody is %s", who))
		}
		g, err := guestOf(t.tx, string(raw))
		if err != nil {
			return err
		}
		if g.At == nil {
			g.At = map[string]flows.Attend{}
		}
		change(&g)
		save(t.tx, keyOf("guest", string(raw)), g)
		t.tx.Put(keyOf("follow", string(raw)), []byte{})
		return nil
	})
}

// arrange does what transcripts say of meetings:
//
//	plan a 2026-12-10T16:00   the desk lets meeting a begin then
//	plan a room Anderswo      … be in another place
//	plan a papers             … have documents
//	plan a cancelled b        … not take place, but b instead
//	announce a                … and wants it published
//	ann follows all           ann wants everything about meetings
//	ann follows yes a         … said that about meeting a; needs, off: likewise
//	ann follows leads 2h 1d   … wants to be reminded so long before
func (p *player) arrange(words []string) bool {
	switch {
	case words[0] == "announce":
		p.announceIt(words[1])
	case words[0] == "plan":
		p.works(words[1], func(m *flows.Meeting) { changePlan(m, words[2:]) })
	case len(words) > 2 && words[1] == "follows":
		p.wants("id-of-"+words[0], func(g *flows.Guest) { wanted(g, words[2:]) })
	default:
		return false
	}
	return true
}

func changePlan(m *flows.Meeting, words []string) {
	switch words[0] {
	case "room":
		m.Venue.Name = words[1]
	case "papers":
		m.Papers = append(m.Papers, flows.Paper{Title: "Protokoll", Link: "https://example.org/p"})
	case "speaker":
		m.Speaker = words[1]
	case "cancelled":
		m.Cancelled, m.Reason = true, flows.ReasonIllness
		if len(words) > 1 {
			m.ReplacedBy = meetingID(words[1])
		}
	default:
		berlin, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			panic(err)
		}
		start, err := time.ParseInLocation("2006-01-02T15:04", words[0], berlin)
		if err != nil {
			panic(err)
		}
		m.Start, m.End = start.UTC(), start.Add(2*time.Hour).UTC()
	}
}

func wanted(g *flows.Guest, words []string) {
	if words[0] == "all" {
		g.All = true
		return
	}
	if words[0] == "leads" {
		g.Leads = nil
		for _, l := range words[1:] {
			g.Leads = append(g.Leads, flows.Lead(l))
		}
		return
	}
	mid := meetingID(words[1])
	a := g.At[mid]
	switch words[0] {
	case "needs":
		a.Interpreter = "ar"
	case "off":
		a.Mute = true
	default:
		a.Answer, a.People = flows.Coming(words[0]), 1
	}
	g.At[mid] = a
}

// crowd lets so many people follow all meetings, in the languages there are, and returns
// their names. Of every hundred one has closed the chat, one blocks the bot unnoticed, and
// seven need something.
func (w *world) crowd(n int, mid string) (names []string) {
	w.t.Helper()
	// Of some there is no catalogue any more: they read the next language of the chain.
	tags := []string{"de", "en", "ar", "uk", "ru", "fa", "vi", "tr", "pl"}
	for from := 0; from < n; from += 10 {
		w.inTurn(func(t *turn) error {
			names = names[:from]
			for i := from; i < min(from+10, n); i++ {
				who := fmt.Sprintf("p%04d", i)
				names = append(names, who)
				pid := stampOf(time.Unix(1780000000+int64(i), 0)) + fmt.Sprintf("%08x", i)
				if err := t.b.cfg.DB.NewPerson(t.tx, pid); err != nil {
					return err
				}
				sp := &speaker{PID: pid, Person: person{Address: w.net.at(who), Index: "i" + who, Gone: i%100 == 7}}
				sp.State.Lang = tags[i%len(tags)]
				t.remember(sp)
				g := flows.Guest{All: true}
				if i%100 > 90 && i%100 < 98 {
					g.At = map[string]flows.Attend{mid: {Answer: flows.AttendYes, Interpreter: "ar", People: 1}}
				}
				save(t.tx, keyOf("guest", pid), g)
				t.tx.Put(keyOf("follow", pid), []byte{})
			}
			return nil
		})
	}
	for i := 3; i < n; i += 100 {
		w.net.room(names[i]).blocked = true
	}
	return names
}

// D9: a meeting is cancelled at short notice. Five hundred people are told in their
// languages, those who need something first; the process dies in the middle, and nobody
// is told twice and nobody left out.
func TestCancelledAtShortNotice(t *testing.T) {
	w := newWorld(t, "")
	w.start2h("a", w.now.Add(50*time.Hour))
	w.announceIt("a")
	w.do("cora @desk ! silent")
	w.start2h("b", w.now.Add(9*24*time.Hour))
	names := w.crowd(500, meetingID("a"))
	w.works("a", func(m *flows.Meeting) {
		m.Cancelled, m.Reason, m.ReplacedBy = true, flows.ReasonIllness, meetingID("b")
	})
	w.announceIt("a")
	asked := w.net.rooms["desk"].messages[len(w.net.rooms["desk"].messages)-1].Text
	for _, want := range []string{"495 Personen", "Sprachen: 9", "Arabisch: 55 (Titel nur auf Deutsch)", "5 Personen sind nicht erreichbar", "Krankheit"} {
		if !strings.Contains(asked, want) {
			t.Errorf("the desk is not told %q in\n%s", want, asked)
		}
	}
	w.do("cora @desk ! now")
	if n := len(w.net.room(names[0]).messages); n != 0 {
		t.Fatal("495 people are told with one tap")
	}
	// The second tap; from then on the process dies every hundred messages.
	press, err := (&player{world: w}).press(w.net, chat.Event{ID: "sure", At: w.now, From: "cora", In: theDesk}, "sure")
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	crashes := 0
	for {
		ctx, die := context.WithCancel(t.Context())
		sent := 0
		w.net.fail = func(room string) error {
			if room != theDesk.Room {
				order = append(order, room)
				if sent++; sent == 100 {
					die()
				}
			}
			return nil
		}
		err := w.bot.Receive(ctx, press)
		if err == nil {
			err = w.bot.Settle(ctx)
		}
		die()
		if err != nil {
			crashes++
			w.start()
			continue
		}
		if w.now = w.now.Add(time.Second); w.now.Sub(press.At) > 10*time.Second { // a page that was put off has rung
			break
		}
	}
	w.net.fail = nil
	if crashes < 4 {
		t.Fatalf("it died %d times only", crashes)
	}
	w.do("wait 15s", "wait 30s")
	for i, who := range names {
		want := 1
		if i%100 == 7 || i%100 == 3 {
			want = 0
		}
		said := w.net.room(who).messages
		if len(said) != want {
			t.Errorf("%s is told %d times", who, len(said))
		}
		if i%9 == 3 && want == 1 && !strings.Contains(said[0].Text, "скасовано") {
			t.Errorf("%s reads %s", who, said[0].Text)
		}
		if want == 1 && !strings.Contains(fmt.Sprint(said[0].Buttons), "date/"+meetingID("b")+"/yes") {
			t.Errorf("%s cannot answer to the new date: %v", who, said[0].Buttons)
		}
	}
	for _, who := range slices.Compact(order)[:35] {
		if i := slices.Index(names, who) % 100; i <= 90 || i >= 98 {
			t.Errorf("%s needs nothing and is among the first", who)
		}
	}
	done := ""
	for _, m := range w.net.rooms["desk"].messages {
		if strings.Contains(m.Text, "Angekommen") {
			done = m.Text
		}
	}
	for _, want := range []string{"Fertig gesendet", "Angekommen: 490 von 500", "10 Personen wurden nicht erreicht", "Chat geschlossen: 10"} {
		if !strings.Contains(done, want) {
			t.Errorf("the desk is not told %q in\n%s", want, done)
		}
	}
	err = w.bot.cfg.DB.View(t.Context(), func(r store.Reader) error {
		p, _, err := planning(r, meetingID("b"))
		if p.Live == nil {
			t.Error("the new date is not published")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	w.do("wait 48h")
	said := w.net.rooms["desk"].messages
	if last := said[len(said)-1].Text; !strings.Contains(last, "10 Personen wurden nicht erreicht") || last == done {
		t.Errorf("two hours before the desk is told\n%s", last)
	}
}

// What the desk was shown is what is published: who changed it meanwhile is told.
func TestNothingElseIsPublished(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.crowd(3, "")
	w.start2h("a", w.now.Add(40*24*time.Hour))
	w.announceIt("a")
	w.works("a", func(m *flows.Meeting) { m.Start = m.Start.Add(time.Hour) })
	w.do("cora @desk ! now")
	if w.heard("(desk.cast.changed)") != 1 || len(w.net.room("p0000").messages) > 0 {
		t.Error("what was changed since is published")
	}
	w.do("cora @desk ! now")
	if len(w.net.room("p0000").messages) != 1 {
		t.Error("it is not published when it was shown anew")
	}
}
