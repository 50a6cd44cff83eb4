//go:build botapi

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// push is 500 people who have everything about them deleted at once. The receipt of that
// is what the program sends as a broadcast is sent: after everything that is part of a
// conversation. Meanwhile others talk. The limits are kept, everybody gets what is
// theirs once and in order, and no conversation waits for the broadcast.
func push(t *testing.T, p programs, desk kind) {
	const people, talkers, sends = 500, 8, 50
	b := startBotAPI(t, p, desk)
	b.do("config", `{"rate_limits":false}`, nil) // how they come to where it begins is not the point
	b.lotse.env = []string{"LOTSE_TELEGRAM_RATE=0"}
	b.lotse.start()
	c, others := newCrowd(b, 1_000_001, people), newCrowd(b, 2_000_001, talkers)
	c.begin(func(i int) []turn {
		way := toMenu
		if i%sends == 0 {
			way = slices.Concat(toMenu, fiveStepsSent, []turn{{press: "nav/menu", hears: "Was möchten Sie tun"}})
		}
		return slices.Concat(way, []turn{
			{press: "menu/menu/mydata", hears: "Meine Daten"}, {press: "privacy/data/delete", hears: "Möchten Sie alles löschen"},
		})
	})
	c.listen(patience, func() {})
	others.begin(func(int) []turn { return toMenu })
	others.listen(patience, func() {})
	b.do(fmt.Sprintf("wait?chat=%d&contains=Person&count=%d&timeout=30s", b.desk, people/sends), "", nil)
	b.quiet(time.Second)
	b.lotse.stop()
	b.do("config", `{"rate_limits":true}`, nil)

	// What is deleted is deleted in the time in which people are told that it will be;
	// they are told slowly, so that all receipts are there when the last of them was.
	b.lotse.env = []string{"LOTSE_TELEGRAM_RATE=10"}
	b.lotse.start()
	c.begin(func(int) []turn {
		return []turn{{press: "privacy/delete/yes", hears: "werden jetzt gelöscht"}, {hears: "Ihre Daten sind gelöscht"}}
	})
	since := 0
	c.listen(3*patience, func() {
		if others.look(); since > 0 || slices.ContainsFunc(c.order, func(p *someone) bool { return len(p.turns) == 2 }) {
			return
		}
		b.lotse.stop()
		since, b.lotse.env = b.now(), nil
		b.lotse.start()
		others.begin(func(i int) []turn {
			if i%2 == 0 {
				return fiveStepsSent
			}
			return fiveSteps
		})
	})
	others.listen(3*patience, func() {})
	b.do(fmt.Sprintf("wait?chat=%d&contains=noch+das.&count=%d&timeout=90s", b.desk, talkers/2), "", nil)
	b.quiet(3 * time.Second)
	c.look()
	others.look()
	b.lotse.stop()

	c.isUnderstood()
	others.isUnderstood()
	if c.doubled+others.doubled > 0 {
		t.Errorf("%d messages came twice", c.doubled+others.doubled)
	}
	for _, p := range c.order {
		if n := b.count(p.id, "Ihre Daten sind gelöscht"); n != 1 {
			t.Errorf("%s got %d receipts", p.me, n)
		}
		if n := b.count(b.desk, p.me); n != 0 {
			t.Errorf("the coordinators still see the question of %s", p.me)
		}
	}
	if s := b.isContent(); s.Limited.Total != 0 {
		t.Errorf("%d times it was told to slow down", s.Limited.Total)
	}
	b.pace(others, since)
}

// pace looks at how the messages since a request left: the broadcast as fast as the
// limit and the conversation let it, and answers before it.
func (b *botAPI) pace(talkers *crowd, since int) {
	b.t.Helper()
	const (
		slowest = 15 // messages a second; the server allows 30
		atMost  = 10 // messages of the broadcast before an answer
		free    = 3  // answers that a chat's own limit does not hold up
	)
	all := 0
	var pushed []time.Time
	for _, r := range b.requests(since) {
		if r.Method != "sendMessage" && !strings.HasPrefix(r.Method, "edit") {
			continue
		}
		if strings.Contains(r.Params["text"], "Ihre Daten sind gelöscht") {
			pushed = append(pushed, r.At)
		}
		all++
		if len(pushed) == 0 {
			all = 0
		}
	}
	if len(pushed) < 400 {
		b.t.Fatalf("only %d receipts waited", len(pushed))
	}
	rate := float64(all) / pushed[len(pushed)-1].Sub(pushed[0]).Seconds()
	if rate < slowest {
		b.t.Errorf("%.1f messages a second", rate)
	}
	var before []int // how many receipts left while somebody waited for an answer
	for _, p := range talkers.order {
		for _, w := range p.waited[len(toMenu) : len(toMenu)+free] {
			n := 0
			for _, at := range pushed {
				if at.After(w.from) && at.Before(w.to) {
					n++
				}
			}
			before = append(before, n)
		}
	}
	slices.Sort(before)
	if most := before[len(before)-1]; most > atMost {
		b.t.Errorf("an answer waited for %d messages of the broadcast", most)
	}
	b.t.Logf("%d messages, %.1f a second, of which %d are the broadcast; %d answers waited for %d of them (median), %d at most",
		all, rate, len(pushed), len(before), before[len(before)/2], before[len(before)-1])
}
