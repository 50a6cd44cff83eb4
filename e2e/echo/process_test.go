//go:build matrix

package echo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/e2e/friend"
	"lotse/e2e/homeserver"
)

const bot = id.UserID("@lotse:localhost")

// A process is the bot at work.
type process struct {
	t     *testing.T
	order order
	cmd   *exec.Cmd
	gone  chan struct{} // closed when it ended
	log   logbook
}

// newProcess is a bot that does not run yet.
func newProcess(t *testing.T, s *homeserver.Server) *process {
	t.Helper()
	a := s.Register("lotse")
	p := &process{t: t, order: order{Dir: t.TempDir(), URL: s.URL, User: a.User, Password: a.Password}, log: logbook{news: make(chan struct{})}}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Log(p.log.String())
		}
	})
	return p
}

// begin is a bot at work.
func begin(t *testing.T, s *homeserver.Server) *process {
	t.Helper()
	p := newProcess(t, s)
	p.start()
	return p
}

func (p *process) start() {
	p.t.Helper()
	raw, err := json.Marshal(p.order)
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), orderEnv+"="+string(raw))
	cmd.Stderr = &p.log
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended says its state
		close(gone)
	}()
	p.cmd, p.gone = cmd, gone
}

// kill is kill -9.
func (p *process) kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.gone
	p.cmd = nil
}

// through runs the bot until somebody hears something, and starts it again each time
// that it dies at a step.
func (p *process) through(f *friend.Friend, what string, is func(friend.Message) bool) friend.Message {
	p.t.Helper()
	for {
		if p.cmd == nil {
			p.start()
		}
		if m, ok := f.Before(p.gone, what, is); ok {
			return m
		}
		step, err := os.ReadFile(filepath.Join(p.order.Dir, "step"))
		if code := p.cmd.ProcessState.ExitCode(); err != nil || code != -1 {
			p.t.Fatalf("the bot ended with %d, %v", code, err)
		}
		p.order.Died = append(p.order.Died, string(step))
		p.cmd = nil
	}
}

// offers waits until the bot has one-time keys at the server: else nobody can give it a
// key.
func offers(t *testing.T, f *friend.Friend) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !claim(t, f) {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatal("the bot has no one-time keys")
		}
	}
}

// claim takes a one-time key of the bot's device, if there is one.
func claim(t *testing.T, f *friend.Friend) bool {
	t.Helper()
	known, err := f.Client.QueryKeys(t.Context(), &mautrix.ReqQueryKeys{DeviceKeys: mautrix.DeviceKeysRequest{bot: nil}})
	if err != nil {
		t.Fatal(err)
	}
	ask := map[id.DeviceID]id.KeyAlgorithm{}
	for device := range known.DeviceKeys[bot] {
		ask[device] = id.KeyAlgorithmSignedCurve25519
	}
	got, err := f.Client.ClaimKeys(t.Context(), &mautrix.ReqClaimKeys{OneTimeKeys: mautrix.OneTimeKeysRequest{bot: ask}})
	if err != nil {
		t.Fatal(err)
	}
	for _, keys := range got.OneTimeKeys[bot] {
		if len(keys) > 0 {
			return true
		}
	}
	return false
}

// A logbook is what the bot says to the operator.
type logbook struct {
	mu   sync.Mutex
	said bytes.Buffer
	news chan struct{} // closed when something was said, and made anew
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.news)
	l.news = make(chan struct{})
	return l.said.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.String()
}

// says waits until the bot has said something to the operator.
func (p *process) says(words string) {
	p.t.Helper()
	late := time.After(30 * time.Second)
	for {
		p.log.mu.Lock()
		said, news := strings.Contains(p.log.said.String(), words), p.log.news
		p.log.mu.Unlock()
		if said {
			return
		}
		select {
		case <-news:
		case <-late:
			p.t.Fatalf("the operator is not told: %s", words)
		}
	}
}

// talk is a chat of two.
func talk(t *testing.T, s *homeserver.Server) (*friend.Friend, id.RoomID) {
	t.Helper()
	a := s.Register("rima")
	rima := friend.New(t, s.URL, a.User, a.Password)
	return rima, dm(rima)
}

func dm(rima *friend.Friend) id.RoomID {
	room := rima.DM(bot)
	rima.Until(room, "the bot", comes)
	return room
}

func comes(m friend.Message) bool {
	return m.Type == event.StateMember && m.GetStateKey() == string(bot) && m.Content.AsMember().Membership == event.MembershipJoin
}

// echoes is the answer to what was said.
func echoes(words string) func(friend.Message) bool {
	return func(m friend.Message) bool { return m.Sender == bot && m.Text() == "= "+words }
}

// once checks that each of what was said is answered once.
func once(t *testing.T, rima *friend.Friend, room id.RoomID, said []string) {
	t.Helper()
	for _, words := range said {
		rima.Until(room, words, echoes(words))
	}
	for _, words := range said {
		if n := rima.Count(room, "= "+words); n != 1 {
			t.Errorf("%q was answered %d times", words, n)
		}
	}
}

func sayAll(rima *friend.Friend, room id.RoomID, what string, n int) (said []string) {
	for i := range n {
		said = append(said, fmt.Sprintf("%s %d.", what, i))
		rima.Say(room, said[i])
	}
	return said
}
