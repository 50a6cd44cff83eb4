package bot

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lotse/bot/chat"
	"lotse/bot/pace"
	"lotse/flows"
	"lotse/locales"
	"lotse/store"
	"lotse/store/seal"
)

var broadcast = flag.Int("broadcast", 10000, "to how many people TestBroadcast sends a reminder")

// A strict network takes thirty requests in any second and one a second in a chat, in
// bursts of three; requests take 30 ms and up to 40 ms more to get there, answers 30 ms.
type strict struct {
	mu      sync.Mutex
	dice    *rand.Rand
	all     []time.Time
	rooms   map[string]*strictRoom
	refused int
	arrived map[string]time.Time // when the newest message came to a room
	twice   int
	first   time.Time // a push
	last    time.Time
}

type strictRoom struct {
	tokens float64
	at     time.Time
	pushed int
}

func (s *strict) Name() string                                { return "web" }
func (s *strict) Run(ctx context.Context, _ chat.Inbox) error { <-ctx.Done(); return nil }
func (s *strict) Parts(m chat.Message) []chat.Message         { return []chat.Message{m} }
func (s *strict) Send(_ context.Context, id string, to chat.Address, _ chat.Message) (chat.Receipt, error) {
	s.mu.Lock()
	late := time.Duration(s.dice.Int64N(int64(40*time.Millisecond) + 1))
	s.mu.Unlock()
	time.Sleep(30*time.Millisecond + late)
	ok := s.take(id, to.Room)
	time.Sleep(30 * time.Millisecond)
	if !ok {
		return chat.Receipt{}, &chat.SendError{After: time.Second, Err: errors.New("too many requests")}
	}
	return chat.Receipt{Message: id}, nil
}

func (s *strict) take(id, room string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for len(s.all) > 0 && now.Sub(s.all[0]) >= time.Second {
		s.all = s.all[1:]
	}
	r := s.rooms[room]
	if r == nil {
		r = &strictRoom{tokens: 3, at: now}
		s.rooms[room] = r
	}
	r.tokens, r.at = min(3, r.tokens+now.Sub(r.at).Seconds()), now
	if len(s.all) >= 30 || r.tokens < 1 {
		s.refused++
		return false
	}
	r.tokens--
	s.all = append(s.all, now)
	s.arrived[room] = now
	if strings.HasPrefix(room, "follower") {
		if r.pushed++; r.pushed > 1 {
			s.twice++
		}
		if s.first.IsZero() {
			s.first = now
		}
		s.last = now
	}
	return true
}

// A reminder to many leaves no second of the network's unused, is never refused, and lets
// those who talk meanwhile, five a second, be answered at once.
func TestBroadcast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Date(2027, 1, 14, 8, 0, 0, 0, time.UTC) // 9:00 in Leipzig
		shift := time.Until(begin)
		now := func() time.Time { return time.Now().Add(shift) }
		s := &strict{dice: rand.New(rand.NewPCG(1, 40)), rooms: map[string]*strictRoom{}, arrived: map[string]time.Time{}}
		db, err := seal.Open(t.Context(), store.NewMem(), Table, master(t), now)
		if err != nil {
			t.Fatal(err)
		}
		words, err := testWords()
		if err != nil {
			t.Fatal(err)
		}
		pacer := pace.New(pace.Telegram(30), time.Now)
		b, err := New(Config{
			DB: db, Content: holding(words), Platforms: []chat.Platform{s}, Desks: []chat.Address{theDesk}, DeskLang: "de", Now: now,
			Pacers: map[string]*pace.Pacer{"web": pacer}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Lang: locales.Pseudo,
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 512 { // as after the first minute of a day
			pacer.Done(60*time.Millisecond + time.Duration(s.dice.Int64N(int64(40*time.Millisecond)+1)))
		}
		people, mid := *broadcast, meetingID("a")
		for from := 0; from < people; from += followersAtOnce {
			err := b.transact(t.Context(), fmt.Sprint("people", from), func(turn *turn) error {
				for i := from; i < min(from+followersAtOnce, people); i++ {
					to := chat.Address{Platform: "web", Room: fmt.Sprint("follower", i)}
					if err := turn.addFollower(fmt.Sprintf("%014x%08x", i, i), to, "de", flows.Guest{All: true}); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		start := now().Add(24*time.Hour + time.Minute)
		err = b.transact(t.Context(), "meeting", func(t *turn) error {
			return t.publish(flows.Planning{Work: flows.Meeting{
				ID: mid, Kind: flows.NetworkMeeting, Start: start, End: start.Add(time.Hour), Words: map[string]flows.MeetingWords{"de": {Title: "Wohnen"}},
			}}, "")
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- b.Run(ctx) }()
		time.Sleep(time.Minute)

		// Who talks is answered while the others are reminded.
		began, expected := time.Now(), time.Duration(people)*time.Second/25
		talked, dice := map[string]time.Time{}, rand.New(rand.NewPCG(2, 40)) // the network has its own, and throws it meanwhile
		for i := 0; time.Since(began) < expected; i++ {
			time.Sleep(time.Duration(dice.ExpFloat64() * float64(200*time.Millisecond)))
			who := fmt.Sprint("talker", i)
			talked[who] = time.Now()
			err := b.Receive(ctx, chat.Event{ID: who, Kind: chat.Command, Text: "start", At: now(), From: who, In: chat.Address{Platform: "web", Room: who}})
			if err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		db.Close()

		var took []time.Duration
		during, reminded := 0, 0
		for who, at := range talked {
			if s.arrived[who].IsZero() {
				t.Errorf("%s is not answered", who)
			}
			if at.Before(s.last) {
				took = append(took, s.arrived[who].Sub(at)+30*time.Millisecond)
				during++
			}
		}
		for i := range people {
			if !s.arrived[fmt.Sprint("follower", i)].IsZero() {
				reminded++
			}
		}
		slices.Sort(took)
		rate := float64(people+during) / s.last.Sub(s.first).Seconds() / 30
		p99 := took[len(took)*99/100]
		t.Logf("%d reminders and %d talks in %v: %.1f %% of 30/s, %d refused, talk p50 %v p99 %v", people, during, s.last.Sub(s.first).Round(time.Second),
			100*rate, s.refused, took[len(took)/2], p99)
		if reminded != people || s.twice > 0 || rate < 0.95 || s.refused > 0 || p99 > 250*time.Millisecond {
			t.Errorf("%d of %d are reminded, %d twice: that is not good enough", reminded, people, s.twice)
		}
	})
}
