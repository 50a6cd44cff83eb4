//go:build botapi

package e2e

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// kills ends the program twenty times as a loss of power would, while 500 people talk
// to it. Ten of them send their question to the coordinators' group.
func kills(t *testing.T, p programs) {
	const (
		people = 500
		sends  = 50 // every so many'th
		times  = 20
		atOnce = 20 // people who do something in the moment of a kill
		moment = 20 * time.Millisecond
	)
	b := startBotAPI(t, p, plain)
	c := newCrowd(b, 1_000_001, people)
	// Consent comes before, without limits: what precedes it is held in memory only,
	// and must be asked again after a crash.
	b.do("config", `{"rate_limits":false}`, nil)
	b.lotse.env = []string{"LOTSE_TELEGRAM_RATE=0"}
	b.lotse.start()
	c.begin(func(int) []turn { return toMenu })
	c.listen(patience, func() {})
	b.lotse.stop()
	c.isUnderstood()
	if c.doubled > 0 {
		t.Errorf("%d answers came twice before anything happened", c.doubled)
	}

	b.do("config", `{"rate_limits":true}`, nil)
	b.lotse.env = nil
	b.lotse.start()
	c.begin(func(i int) []turn {
		if i%sends == 0 {
			return fiveStepsSent
		}
		return fiveSteps
	})
	killed, inFlight := 0, 0
	next := time.Now().Add(time.Second)
	c.listen(3*patience, func() {
		c.patient = killed < times && time.Now().After(next)
		if !c.patient || len(c.held) < min(atOnce, c.waiting) {
			return
		}
		gone := make(chan struct{})
		time.AfterFunc(rand.N(moment), func() {
			b.lotse.kill()
			close(gone)
		})
		c.release()
		<-gone
		killed++
		inFlight += underWay(b, time.Now())
		b.lotse.start()
		next = time.Now().Add(rand.N(5 * time.Second))
	})
	if killed < times {
		t.Errorf("it was over after %d kills", killed)
	}
	b.do(fmt.Sprintf("wait?chat=%d&contains=Person&count=%d&timeout=90s", b.desk, people/sends), "", nil)
	b.quiet(2 * time.Second)
	c.look()
	b.lotse.stop()

	c.isUnderstood()
	for i, p := range c.order {
		n := b.count(b.desk, p.me)
		if (n > 0) != (i%sends == 0) {
			t.Errorf("the coordinators see the question of %s %d times", p.me, n)
		}
		c.doubled += max(0, n-1)
	}
	if c.doubled > inFlight {
		t.Errorf("%d messages came twice, with %d under way", c.doubled, inFlight)
	}
	s := b.isContent()
	t.Logf("%d kills, %d messages twice, at most %d under way, %d updates told again", killed, c.doubled, inFlight, s.Updates.Redelivered)
}

// underWay is how many messages may have been taken by the server and not be noted in
// the data file: those of the last quarter of a second.
func underWay(b *botAPI, now time.Time) (n int) {
	for _, r := range b.requests(0) {
		if (strings.HasPrefix(r.Method, "send") || strings.HasPrefix(r.Method, "edit")) && now.Sub(r.At) < 250*time.Millisecond {
			n++
		}
	}
	return n
}
