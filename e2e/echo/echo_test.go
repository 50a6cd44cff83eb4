//go:build matrix

package echo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

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
	log   bytes.Buffer
}

func newProcess(t *testing.T, s *homeserver.Server) *process {
	t.Helper()
	a := s.Register("lotse")
	p := &process{t: t, order: order{Dir: t.TempDir(), URL: s.URL, User: a.User, Password: a.Password}}
	t.Cleanup(func() {
		if p.cmd != nil {
			p.kill()
		}
		if t.Failed() {
			t.Log(p.log.String())
		}
	})
	p.start()
	return p
}

func (p *process) start() {
	p.t.Helper()
	raw, err := json.Marshal(p.order)
	if err != nil {
		p.t.Fatal(err)
	}
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), orderEnv+"="+string(raw))
	p.cmd.Stderr = &p.log
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	_ = p.cmd.Wait()
	p.cmd = nil
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
	rima.Until(room, "the bot", func(m friend.Message) bool {
		return m.Type == event.StateMember && m.GetStateKey() == string(bot) && m.Content.AsMember().Membership == event.MembershipJoin
	})
	return room
}

// once checks that each of what was said is answered once.
func once(t *testing.T, rima *friend.Friend, room id.RoomID, said []string) {
	t.Helper()
	for _, words := range said {
		rima.Hears(room, "= "+words)
	}
	for _, words := range said {
		if n := rima.Count(room, "= "+words); n != 1 {
			t.Errorf("%q was answered %d times", words, n)
		}
	}
	rima.OnlySecrets(room)
}

func sayAll(rima *friend.Friend, room id.RoomID, what string, n int) (said []string) {
	for i := range n {
		said = append(said, fmt.Sprintf("%s %d.", what, i))
		rima.Say(room, said[i])
	}
	return said
}

// TestAbsence: 130 messages while the bot is down, of which the server tells 50; then
// from a phone that is new.
func TestAbsence(t *testing.T) {
	s := homeserver.Start(t)
	p := newProcess(t, s)
	rima, room := talk(t, s)
	once(t, rima, room, sayAll(rima, room, "vorher", 1))
	p.kill()
	said := sayAll(rima, room, "weg", 130)
	p.start()
	once(t, rima, room, said)
	p.kill()
	rima.NewKey(room)
	said = sayAll(rima, room, "mit neuem Schlüssel", 3)
	s.Restart()
	p.start()
	once(t, rima, room, said)
	s.Kill()
	s.Resume()
	once(t, rima, room, sayAll(rima, room, "nach dem Stromausfall", 3))
}

// TestKilled: the bot is killed at any moment, while somebody talks on.
func TestKilled(t *testing.T) {
	s := homeserver.Start(t)
	p := newProcess(t, s)
	rima, room := talk(t, s)
	random := rand.New(rand.NewPCG(1, 2))
	var said []string
	for i := range 20 {
		rima.NewKey(room)
		said = append(said, sayAll(rima, room, fmt.Sprintf("Runde %d", i), 3)...)
		time.Sleep(time.Duration(random.IntN(700)) * time.Millisecond) // that moment
		p.kill()
		p.start()
	}
	once(t, rima, room, said)
}

// TestLost: the data are lost, but the recovery key is not. The conversation goes on,
// and the bot is trusted.
func TestLost(t *testing.T) {
	s := homeserver.Start(t)
	p := newProcess(t, s)
	rima, room := talk(t, s)
	once(t, rima, room, sayAll(rima, room, "vorher", 1))
	p.kill()
	for _, name := range []string{"data", "key"} {
		if err := os.Remove(filepath.Join(p.order.Dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	p.start()
	again := dm(rima) // what was said before it has a device it cannot read
	once(t, rima, again, sayAll(rima, again, "von vorne", 1))
	rima.NewKey(room)
	once(t, rima, room, sayAll(rima, room, "weiter", 1))
	devices, err := rima.Machine.GetCachedDevices(t.Context(), bot)
	if err != nil {
		t.Fatal(err)
	}
	vouched := 0
	for _, d := range devices.Devices {
		if d.Trust >= id.TrustStateCrossSignedTOFU {
			vouched++
		}
	}
	if vouched != 2 {
		t.Errorf("%d of %d devices of the bot are confirmed by its account", vouched, len(devices.Devices))
	}
}

// TestNoKey: who does not give the key, or does not encrypt, is told so once.
func TestNoKey(t *testing.T) {
	s := homeserver.Start(t)
	p := newProcess(t, s)
	rima, room := talk(t, s)
	once(t, rima, room, sayAll(rima, room, "vorher", 1))
	rima.Machine.SendKeysMinTrust = id.TrustStateVerified
	rima.NewKey(room)
	rima.Say(room, "nur für Bestätigte")
	rima.Hears(room, "? device")
	rima.SendInClear(room, event.EventMessage, map[string]string{"msgtype": "m.text", "body": "offen"})
	rima.Hears(room, "? clear")
	rima.Machine.SendKeysMinTrust = id.TrustStateUnset
	rima.NewKey(room)
	p.kill()
	p.start()
	for _, words := range sayAll(rima, room, "nachher", 1) {
		rima.Hears(room, "= "+words)
	}
	if n := rima.Count(room, "? device"); n != 1 {
		t.Errorf("she is told %d times", n)
	}
}

// TestPhoto: 2 MB come back byte for byte, and the server cannot read them.
func TestPhoto(t *testing.T) {
	s := homeserver.Start(t)
	newProcess(t, s)
	rima, room := talk(t, s)
	photo := make([]byte, 2_000_000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(photo) // never fails
	rima.File(room, event.MsgImage, "brief.jpg", "image/jpeg", photo)
	back := rima.Until(room, "the photo", func(m friend.Message) bool {
		return m.Sender == bot && m.Type == event.EventMessage && m.Content.AsMessage().MsgType == event.MsgImage
	})
	if !bytes.Equal(rima.Open(back), photo) {
		t.Error("the photo has changed on its way")
	}
	rima.OnlySecrets(room)
}
