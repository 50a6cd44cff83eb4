//go:build matrix

package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/e2e/friend"
	"lotse/e2e/homeserver"
)

// What is aimed at on a machine that does nothing else. The benchmark fails only far
// beyond: it shows speed, and other programs may be at work.
const (
	aimMedian = 150 * time.Millisecond
	aimMemory = 64 // MiB
	far       = 10
)

// BenchmarkRoundTrip is how long somebody waits for an answer in an encrypted room, from
// the moment she writes until she has read it, through the whole program, on loopback.
// MiB is the most memory the program ever had (VmHWM).
//
//	go test -tags 'matrix goolm' -run '^$' -bench '^BenchmarkRoundTrip$' -benchtime 200x .
func BenchmarkRoundTrip(b *testing.B) {
	const bot = id.UserID("@lotse:localhost")
	server := homeserver.Start(b)
	lotse := server.Register("lotse")
	rima, cora := login(b, server, "rima"), login(b, server, "cora")
	desk := cora.Room(true, "Team", bot)
	program := runMatrix(b, server.URL, lotse, desk)
	room := rima.DM(bot)
	rima.Until(room, "the bot", joins(bot))
	read := map[id.EventID]bool{}
	greet := func() {
		rima.Say(room, "Hallo")
		answer := rima.Until(room, "a greeting", func(m friend.Message) bool {
			return m.Sender == bot && m.Type == event.EventMessage && !read[m.ID]
		})
		read[answer.ID] = true
	}
	greet() // keys are made
	var waits []time.Duration
	for b.Loop() {
		began := time.Now()
		greet()
		waits = append(waits, time.Since(began))
	}
	slices.Sort(waits)
	median, memory := waits[len(waits)/2], peak(b, program)
	b.ReportMetric(float64(median.Microseconds())/1000, "ms/median")
	b.ReportMetric(float64(waits[len(waits)*95/100].Microseconds())/1000, "ms/p95")
	b.ReportMetric(memory, "MiB")
	if median > far*aimMedian || memory > far*aimMemory {
		b.Errorf("far too slow or too large: %v, %.0f MiB", median, memory)
	}
}

// peak is the most memory a process ever had, in MiB (proc_pid_status(5), VmHWM).
func peak(t testing.TB, p *os.Process) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		var kib float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kib); err == nil {
			return kib / 1024
		}
	}
	t.Fatal("the system does not say how much memory the program had")
	return 0
}
