//go:build matrix

package echo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/e2e/friend"
	"lotse/e2e/homeserver"
)

// batch are the steps there must be from a question to its answer. A commit is named by
// the kinds of rows it writes, and deletes.
var batch = []string{
	"GET sync",
	"GET rooms/messages",                                               // a gap is filled
	"commit of mxhash mxinbound mxolm",                                 // a key has come
	"commit of mxaccount mxhash mxinbound mxolm",                       // and has used up a one-time key
	"commit of mxuser", "POST keys/query", "commit of mxdevice mxuser", // devices changed
	"commit of mxroom", "commit of mxjoined mxmember", // rooms changed
	"commit of mxindex",                           // a message is decrypted
	"commit of mxpending", "commit of -mxpending", // or waits for its key, until that comes
	"commit of out seen",                   // it is received
	"commit of mxlast", "commit of cursor", // all of the answer is
	"commit of mxshared", "PUT sendToDevice", "commit of mxoutbound", // a key goes out
	"PUT rooms/send", "commit of -out", // the answer does, and that is noted
}

// TestKilled: from its first login on, the bot dies before and after each commit and
// each request that it makes. In the end it has answered everything once and in order;
// nobody gave it a key twice.
func TestKilled(t *testing.T) {
	s := homeserver.Start(t)
	p := newProcess(t, s)
	p.order.Mortal = true
	a := s.Register("rima")
	rima := friend.New(t, s.URL, a.User, a.Password)
	rima.Machine.AllowKeyShare = func(context.Context, *id.Device, event.RequestedKeyInfo) *crypto.KeyShareRejection {
		return &crypto.KeyShareRejectNoResponse
	}
	room := rima.DM(bot)
	p.through(rima, "the bot", comes)

	var said, late []string
	quiet := 0 // rounds in which it did not die
	for round := 0; quiet < 2; round++ {
		died := len(p.order.Died)
		p.kill()
		absence := 2
		if round < 3 {
			absence = 52 // the server tells 50
		}
		if err := rima.Client.SetDeviceInfo(t.Context(), rima.Client.DeviceID, &mautrix.ReqDeviceInfo{DisplayName: fmt.Sprint("Telefon ", round)}); err != nil {
			t.Fatal(err)
		}
		rima.NewKey(room)
		said = append(said, sayAll(rima, room, fmt.Sprintf("Runde %d, Lücke", round), absence)...)
		rima.NewKey(room)
		give := rima.WithoutKeys(func() {
			late = append(late, sayAll(rima, room, fmt.Sprintf("Runde %d, ohne Schlüssel", round), 2)...)
		})
		rima.NewKey(room)
		said = append(said, sayAll(rima, room, fmt.Sprintf("Runde %d, danach", round), 2)...)
		p.through(rima, "the answers", echoes(said[len(said)-1]))
		give()
		p.through(rima, "the late answers", echoes(late[len(late)-1]))
		rima.NewKey(room)
		said = append(said, sayAll(rima, room, fmt.Sprintf("Runde %d, Ende", round), 1)...)
		p.through(rima, "the last answer", echoes(said[len(said)-1]))
		if quiet++; len(p.order.Died) > died {
			quiet = 0
		}
	}
	t.Logf("it died %d times", len(p.order.Died))
	for _, step := range batch {
		for _, when := range []string{"before ", "after "} {
			if !slices.Contains(p.order.Died, when+step+" #1") {
				t.Errorf("it did not die %s%s, but at %q", when, step, p.order.Died)
			}
		}
	}
	p.kill()
	p.order.Mortal = false
	p.start()
	once(t, rima, room, slices.Concat(said, late))
	inOrder(t, rima, room, said)
	inOrder(t, rima, room, late)
	confirmed(t, rima, 1)
}

// inOrder checks that the answers stand in the order of what was said.
func inOrder(t *testing.T, rima *friend.Friend, room id.RoomID, said []string) {
	t.Helper()
	last := 0
	for _, m := range rima.Messages(room) {
		words, is := strings.CutPrefix(m.Text(), "= ")
		at := slices.Index(said, words)
		if !is || m.Sender != bot || at < 0 {
			continue
		}
		if at < last {
			t.Errorf("%q was answered after %q", words, said[last])
		}
		last = at
	}
}
