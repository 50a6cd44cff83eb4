package pace

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// An album counts as each of its files: in a group's minute and in a room's second.
func TestAlbumsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Telegram(30), time.Now)
		group := Room{ID: "desk", Group: true}
		began, sent := time.Now(), 0
		for _, more := range []int{4, 0, 9, 0, 3, 0, 9, 0} {
			r := group
			r.More = more
			var place Place
			for wait := p.Reserve(r, false, &place); wait > 0; wait = p.Reserve(r, false, &place) {
				time.Sleep(wait)
			}
			if sent += 1 + more; sent > 20 && time.Since(began) < time.Minute {
				t.Fatalf("%d messages to a group in %v", sent, time.Since(began))
			}
			p.Done(0)
		}
		if sent != 33 || time.Since(began) > 3*time.Minute {
			t.Errorf("%d messages in %v", sent, time.Since(began))
		}
		var place Place
		alone := Room{ID: "ann", More: 9}
		time.Sleep(time.Second)
		if wait := p.Reserve(alone, false, &place); wait > 0 {
			t.Errorf("an album waits %v for nothing", wait)
		}
		time.Sleep(time.Second)
		alone.More, place = 0, Place{}
		if wait := p.Reserve(alone, false, &place); wait < 5*time.Second {
			t.Errorf("after an album of ten the next waits %v", wait)
		}
	})
}

// In no second there are more messages than the network allows, albums among them, and
// albums do not wait for ever while others write.
func TestAlbumsKeepTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate = 30
		p := New(Telegram(rate), time.Now)
		var mu sync.Mutex
		var sent []time.Time
		var all sync.WaitGroup
		send := func(name string, more, times int) {
			for i := range times {
				var place Place
				r := Room{ID: fmt.Sprint(name, i), More: more}
				for wait := p.Reserve(r, false, &place); wait > 0; wait = p.Reserve(r, false, &place) {
					time.Sleep(wait)
				}
				mu.Lock()
				for range 1 + more {
					sent = append(sent, time.Now())
				}
				mu.Unlock()
				p.Done(0)
			}
		}
		began := time.Now()
		for i := range 20 {
			all.Go(func() { send(fmt.Sprint("words", i, "-"), 0, 10) })
		}
		for i := range 5 {
			all.Go(func() { send(fmt.Sprint("album", i, "-"), 9, 4) })
		}
		all.Wait()
		for i := rate; i < len(sent); i++ {
			if d := sent[i].Sub(sent[i-rate]); d < time.Second {
				t.Fatalf("%d messages in %v", rate+1, d)
			}
		}
		if took, least := time.Since(began), time.Duration(len(sent)/rate)*time.Second; len(sent) != 400 || took > 2*least {
			t.Errorf("%d messages in %v", len(sent), took)
		}
	})
}
