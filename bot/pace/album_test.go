package pace

import (
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
