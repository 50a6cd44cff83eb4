//go:build matrix

package echo

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/e2e/friend"
	"lotse/e2e/homeserver"
)

// TestAbsence: 130 messages while the bot is down, of which the server tells 50; then
// from a phone that is new.
func TestAbsence(t *testing.T) {
	s := homeserver.Start(t)
	p := begin(t, s)
	rima, room := talk(t, s)
	once(t, rima, room, sayAll(rima, room, "vorher", 1))
	p.kill()
	said := sayAll(rima, room, "weg", 130)
	p.start()
	once(t, rima, room, said)
	p.kill()
	phone := another(t, s)
	said = sayAll(phone, room, "vom neuen Telefon", 3)
	s.Restart()
	p.start()
	once(t, phone, room, said)
	once(t, rima, room, said)
	s.Kill()
	s.Resume()
	once(t, rima, room, sayAll(rima, room, "nach dem Stromausfall", 3))
}

// TestLost: the data are lost, but the recovery key is not. The conversation goes on,
// and the bot is trusted.
func TestLost(t *testing.T) {
	s := homeserver.Start(t)
	p := begin(t, s)
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
	confirmed(t, rima, 2)
}

// confirmed checks how many devices the bot has, and that its account confirms each.
func confirmed(t *testing.T, rima *friend.Friend, want int) {
	t.Helper()
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
	if vouched != want || len(devices.Devices) != want {
		t.Errorf("%d of %d devices of the bot are confirmed by its account, want %d", vouched, len(devices.Devices), want)
	}
}

// TestNoKey: who does not give the key, or does not encrypt, is told so once.
func TestNoKey(t *testing.T) {
	s := homeserver.Start(t)
	p := begin(t, s)
	rima, room := talk(t, s)
	once(t, rima, room, sayAll(rima, room, "vorher", 1))
	rima.Machine.SendKeysMinTrust = id.TrustStateVerified
	rima.NewKey(room)
	rima.Say(room, "nur für Bestätigte")
	rima.Hears(room, "? device")
	s.InClear(string(rima.SendInClear(room, event.EventMessage, map[string]string{"msgtype": "m.text", "body": "offen"})))
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
	begin(t, s)
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
}
