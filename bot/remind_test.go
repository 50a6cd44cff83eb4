package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
	"lotse/store"
	"lotse/store/seal"
	"lotse/store/storetest"
)

// A follower is somebody in a test who follows meetings.
type follower struct {
	name  string
	lang  string
	guest func(mid string) flows.Guest // what they want, once the meeting is published
	leads []flows.Lead                 // which reminders are for them
}

var followersOfAll = []follower{
	{"all", "de", func(string) flows.Guest { return flows.Guest{All: true} }, flows.DefaultLeads},
	{"yes", "uk", func(mid string) flows.Guest { return guestAt(mid, flows.AttendYes, flows.Leads...) }, flows.Leads},
	{"day", "ar", func(string) flows.Guest { return flows.Guest{All: true, Leads: []flows.Lead{flows.LeadDay}} }, []flows.Lead{flows.LeadDay}},
	{"hours", "en", func(mid string) flows.Guest { return guestAt(mid, flows.AttendYes, flows.LeadHours) }, []flows.Lead{flows.LeadHours}},
	{"maybe", "de", func(mid string) flows.Guest { return guestAt(mid, flows.AttendMaybe, flows.Leads...) }, flows.DefaultLeads},
	{"no", "de", func(mid string) flows.Guest { g := guestAt(mid, flows.AttendNo); g.All = true; return g }, nil},
	{"nothing", "de", func(string) flows.Guest { return flows.Guest{} }, nil},
}

func guestAt(mid string, a flows.Coming, leads ...flows.Lead) flows.Guest {
	return flows.Guest{Leads: leads, At: map[string]flows.Attend{mid: {Answer: a}}}
}

// addFollower writes somebody down who follows meetings.
func (t *turn) addFollower(pid string, to chat.Address, lang string, g flows.Guest) error {
	if err := t.b.cfg.DB.NewPerson(t.tx, pid); err != nil {
		return err
	}
	sp := &speaker{PID: pid, Person: person{Address: to, Index: "i" + pid}}
	sp.State.Lang = lang
	t.remember(sp)
	save(t.tx, keyOf("guest", pid), g)
	t.tx.Put(keyOf("follow", pid), []byte{})
	return nil
}

// reminded is what somebody heard, and when.
type heardAt struct {
	who, title string
	at         time.Time
}

// Over two years, both changes of the clocks among them, everybody is reminded when they
// want to be, on the minute, once; though the process dies fifty times, half of them while
// people are being reminded.
func TestTwoYearsOfReminders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
		shift := time.Until(begin)
		now := func() time.Time { return time.Now().Add(shift) }
		cal := berlin(t)
		mem, keys := store.NewMem(), master(t)
		net := newNetwork()
		var heard []heardAt
		slow := &slowly{network: net, heard: func(to chat.Address, m chat.Message) {
			_, title, _ := strings.Cut(m.Text, "title=\"")
			title, _, _ = strings.Cut(title, "\"")
			heard = append(heard, heardAt{to.Room, title, now()})
		}}
		words, err := testWords()
		if err != nil {
			t.Fatal(err)
		}
		var b *Bot
		var stop func()
		start := func() {
			dead := new(atomic.Bool)
			db, err := seal.Open(context.Background(), storetest.Flaky(mem, func(string) error {
				if dead.Load() {
					return errors.New("dead")
				}
				return nil
			}), Table, keys, now)
			if err != nil {
				t.Fatal(err)
			}
			b, err = New(Config{
				DB: db, Content: holding(words), Platforms: []chat.Platform{slow}, Desks: []chat.Address{theDesk}, DeskLang: "de", Now: now,
				Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Lang: locales.Pseudo,
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() { _ = b.Run(ctx); close(done) }()
			stop = func() { dead.Store(true); cancel(); <-done }
		}
		start()
		do := func(seed string, f func(*turn) error) {
			if err := b.transact(context.Background(), seed, f); err != nil {
				t.Fatal(err)
			}
		}
		do("people", func(t *turn) error {
			for i, f := range followersOfAll {
				if err := t.addFollower(fmt.Sprintf("%014x%08x", i, i), net.at(f.name), f.lang, flows.Guest{}); err != nil {
					return err
				}
			}
			return nil
		})

		// A meeting every seven weeks or so, at every hour of the day, and some around the
		// changes of the clocks; each is published five weeks before.
		dice := rand.New(rand.NewPCG(6, 6))
		var starts []time.Time
		for at := begin.AddDate(0, 0, 40); at.Before(begin.AddDate(2, 0, -1)); at = at.AddDate(0, 0, 49) {
			here := at.In(cal.Location())
			starts = append(starts, time.Date(here.Year(), here.Month(), here.Day(), 7+dice.IntN(16), 30*dice.IntN(2), 0, 0, cal.Location()))
		}
		for _, s := range []string{"2027-03-28 11:00", "2027-03-29 09:00", "2027-04-02 16:00", "2027-10-31 10:00", "2027-11-01 16:00", "2027-11-05 22:30"} {
			at, err := time.ParseInLocation("2006-01-02 15:04", s, cal.Location())
			if err != nil {
				t.Fatal(err)
			}
			starts = append(starts, at)
		}
		slices.SortFunc(starts, time.Time.Compare)

		// What happens when: meetings are published, and the process dies.
		type happening struct {
			at time.Time
			do func()
		}
		var plan []happening
		var want []heardAt
		for i, s := range starts {
			title, mid := fmt.Sprintf("M%02d", i), fmt.Sprintf("%014x%08x", 1000+i, i)
			m := flows.Meeting{ID: mid, Kind: flows.CafeMeeting, Start: s.UTC(), End: s.Add(time.Hour).UTC(), Words: map[string]flows.MeetingWords{"de": {Title: title}}}
			plan = append(plan, happening{s.AddDate(0, 0, -35), func() {
				do(title, func(t *turn) error {
					for i, f := range followersOfAll {
						pid := fmt.Sprintf("%014x%08x", i, i)
						g, err := guestOf(t.tx, pid)
						if err != nil {
							return err
						}
						next := f.guest(mid)
						if g.At == nil {
							g.At = map[string]flows.Attend{}
						}
						for k, v := range next.At {
							g.At[k] = v
						}
						g.All, g.Leads = next.All, next.Leads
						save(t.tx, keyOf("guest", pid), g)
					}
					return t.publish(flows.Planning{Work: m}, "")
				})
			}})
			for _, f := range followersOfAll {
				for _, lead := range f.leads {
					if at := cal.RemindAt(s, lead); at.Before(s) {
						want = append(want, heardAt{f.name, title, at})
					}
				}
			}
		}
		for i := range 50 {
			at := begin.Add(time.Duration(dice.Int64N(int64(729 * 24 * time.Hour))))
			if i%2 == 0 { // just when people are reminded
				at = want[dice.IntN(len(want))].at.Add(time.Duration(dice.IntN(3000)) * time.Millisecond)
			}
			plan = append(plan, happening{at, func() {
				stop()
				time.Sleep(time.Duration(dice.IntN(30)) * time.Second)
				start()
			}})
		}
		slices.SortStableFunc(plan, func(a, b happening) int { return a.at.Compare(b.at) })
		for _, p := range plan {
			if d := p.at.Sub(now()); d > 0 {
				time.Sleep(d)
			}
			p.do()
		}
		time.Sleep(begin.AddDate(2, 0, 0).Sub(now()))
		stop()

		for _, w := range want {
			i := slices.IndexFunc(heard, func(h heardAt) bool {
				return h.who == w.who && h.title == w.title && h.at.Sub(w.at).Abs() <= time.Minute
			})
			if i < 0 {
				t.Errorf("%s is not reminded of %s at %s", w.who, w.title, w.at.In(cal.Location()))
				continue
			}
			heard = slices.Delete(heard, i, i+1)
		}
		for _, h := range heard {
			t.Errorf("%s is reminded of %s at %s, which is once too often or at the wrong time", h.who, h.title, h.at.In(cal.Location()))
		}
		t.Logf("%d meetings, %d reminders", len(starts), len(want))
	})
}

// slowly is a network that takes its time, and says when it was told something new.
type slowly struct {
	*network
	heard func(chat.Address, chat.Message)
}

func (s *slowly) Send(ctx context.Context, id string, to chat.Address, m chat.Message) (chat.Receipt, error) {
	time.Sleep(300 * time.Millisecond)
	s.mu.Lock()
	if s.ids[id] == "" && to.Room != theDesk.Room {
		s.heard(to, m)
	}
	s.mu.Unlock()
	return s.network.Send(ctx, id, to, m)
}

func berlin(t *testing.T) flows.Calendar {
	t.Helper()
	words, err := testWords()
	if err != nil {
		t.Fatal(err)
	}
	l, err := loadLists(words, nil)
	if err != nil {
		t.Fatal(err)
	}
	return l.calendar
}

// A reminder fits one look at a phone: at most 300 characters, in every language, with the
// longest title (domain §7.3).
func TestRemindersAreShort(t *testing.T) {
	w := newWorld(t, "")
	m := flows.Meeting{
		ID: meetingID("a"), Kind: flows.NetworkMeeting, Start: w.now, End: w.now.Add(2 * time.Hour), Noted: w.now,
		Words: map[string]flows.MeetingWords{"de": {Title: strings.Repeat("Wohnen in Grünau ", 3) + "und mehr"}},
		Venue: flows.Venue{Name: "Kultur- und Begegnungszentrum", Street: "Beispielstraße 123, 04209 Leipzig"},
	}
	for _, lang := range w.bot.edition().lists.languages {
		for _, a := range []flows.Coming{flows.AttendYes, flows.AttendWaiting, ""} {
			said := w.bot.edition().render(lang.Tag, flows.Reminder(m, flows.LeadWeek, flows.Attend{Answer: a}, w.bot.edition().lists.calendar, lang.Tag))
			if n := visible(said.Text); n > 300 {
				t.Errorf("%s: %d characters:\n%s", lang.Tag, n, said.Text)
			}
		}
	}
}

// What was queued is looked at again when it leaves: nobody is reminded who ended it, said
// no, was erased or left meanwhile, nor of what was moved; and at night nobody at all.
func TestQueuedRemindersAreLookedAtAgain(t *testing.T) {
	off := func(w *world) { w.wants("p0000", func(g *flows.Guest) { g.All = false }) }
	none := func(*world) {}
	for name, c := range map[string]struct {
		meanwhile func(*world)
		rest      time.Duration // until the network is back
		want      int
	}{
		"nothing happens": {none, time.Hour, 1},
		"ended":           {off, time.Hour, 0},
		"no": {func(w *world) {
			w.wants("p0000", func(g *flows.Guest) { g.At[meetingID("a")] = flows.Attend{Answer: flows.AttendNo} })
		}, time.Hour, 0},
		"erased": {func(w *world) {
			w.inTurn(func(t *turn) error {
				sp, err := t.known(stampOf(time.Unix(1780000000, 0)) + "00000000")
				if err == nil {
					t.eraseQuietly(sp)
				}
				return err
			})
		}, time.Hour, 0},
		"left": {func(w *world) { w.net.room("p0000").blocked = true }, time.Hour, 0},
		"moved": {func(w *world) {
			w.works("a", func(m *flows.Meeting) { m.Start = m.Start.Add(14 * 24 * time.Hour) })
			w.announceIt("a")
			w.do("cora @desk ! silent")
		}, time.Hour, 0},
		"cancelled": {func(w *world) {
			w.works("a", func(m *flows.Meeting) { m.Cancelled = true })
			w.announceIt("a")
			w.do("cora @desk ! silent")
		}, time.Hour, 0},
		"at night":               {none, 5 * time.Hour, 0},
		"the next morning":       {none, 17 * time.Hour, 1},
		"ended during the night": {func(w *world) { w.now = w.now.Add(5 * time.Hour); w.net.fail = nil; w.settle(); off(w) }, 12 * time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, locales.Pseudo)
			w.crowd(1, meetingID("a"))
			w.inTurn(func(t *turn) error { // so that they are found by their name
				t.tx.Put(keyOf("who", t.b.cfg.DB.Index("who", w.net.name, "p0000")), []byte(stampOf(time.Unix(1780000000, 0))+"00000000"))
				return nil
			})
			w.start2h("a", time.Date(2026, 12, 10, 15, 0, 0, 0, time.UTC)) // 16:00 in Leipzig
			w.announceIt("a")
			w.do("cora @desk ! silent")
			w.now = time.Date(2026, 12, 9, 15, 0, 0, 0, time.UTC)
			w.net.fail = func(room string) error {
				if room == "p0000" {
					return &chat.SendError{Err: errors.New("out of reach")}
				}
				return nil
			}
			w.settle()
			if len(w.rowsOf("out")) != 1 {
				t.Fatal("nothing waits")
			}
			c.meanwhile(w)
			w.now = w.now.Add(c.rest)
			w.net.fail = nil
			for range 3 {
				w.settle()
				w.now = w.now.Add(time.Minute)
			}
			if n := len(w.net.room("p0000").messages); n != c.want {
				t.Errorf("%d reminders, want %d", n, c.want)
			}
			if left := w.rowsOf("out"); len(left) > 0 {
				t.Errorf("%d rows are left", len(left))
			}
		})
	}
}
