//go:build matrix

package echo

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/e2e/friend"
	"lotse/e2e/homeserver"
)

// TestLateKey: a key that comes long after its message, also while the bot was away in
// between, and in another order than the messages.
func TestLateKey(t *testing.T) {
	s := homeserver.Start(t)
	p := begin(t, s)
	rima, room := talk(t, s)
	once(t, rima, room, sayAll(rima, room, "vorher", 1))
	var late []string
	var gives []func()
	for i := range 3 {
		rima.NewKey(room)
		gives = append(gives, rima.WithoutKeys(func() {
			late = append(late, sayAll(rima, room, fmt.Sprintf("ohne Schlüssel %d,", i), 2)...)
		}))
	}
	rima.NewKey(room)
	once(t, rima, room, sayAll(rima, room, "danach", 1))
	gives[2]()
	once(t, rima, room, late[4:])
	p.kill()
	gives[0]()
	p.start()
	once(t, rima, room, late[:2])
	gives[1]()
	once(t, rima, room, late)
}

// TestSenderAway: the key is lost and nobody is there who could give it again. When its
// sender is back, the bot has asked for it, and reads.
func TestSenderAway(t *testing.T) {
	s := homeserver.Start(t)
	p := begin(t, s)
	rima, room := talk(t, s)
	phone, asked := another(t, s), make(chan struct{})
	told := sync.OnceFunc(func() { close(asked) })
	phone.Machine.AllowKeyShare = func(context.Context, *id.Device, event.RequestedKeyInfo) *crypto.KeyShareRejection {
		told()
		return &crypto.KeyShareRejectNoResponse // it has not got the key either
	}
	once(t, rima, room, sayAll(rima, room, "vorher", 1))
	rima.NewKey(room)
	var lost []string
	rima.WithoutKeys(func() { lost = sayAll(rima, room, "der Schlüssel ging verloren", 2) })
	rima.Offline()
	select {
	case <-asked:
	case <-time.After(30 * time.Second):
		t.Fatal("nobody is asked for the key")
	}
	p.kill()
	p.start()
	rima.Online()
	once(t, rima, room, lost)
}

// TestRotations: 150 keys in one absence, each before its message.
func TestRotations(t *testing.T) {
	s := homeserver.Start(t)
	p := begin(t, s)
	rima, room := talk(t, s)
	once(t, rima, room, sayAll(rima, room, "vorher", 1))
	p.kill()
	var said []string
	for i := range 150 {
		rima.NewKey(room)
		said = append(said, sayAll(rima, room, fmt.Sprintf("Schlüssel %d,", i), 1)...)
	}
	p.start()
	once(t, rima, room, said)
	inOrder(t, rima, room, said)
}

// TestUsedUp: while the bot is away all its one-time keys are used up. Whoever writes
// from a new phone then cannot give it a key; after its start they can.
func TestUsedUp(t *testing.T) {
	s := homeserver.Start(t)
	p := begin(t, s)
	rima, room := talk(t, s)
	once(t, rima, room, sayAll(rima, room, "vorher", 1))
	p.kill()
	used := 0
	for claim(t, rima) {
		used++
	}
	if used < 40 {
		t.Errorf("there were only %d", used)
	}
	phone := another(t, s)
	phone.Say(room, "von einem neuen Telefon")
	p.start()
	offers(t, rima)
	phone.NewKey(room)
	once(t, phone, room, sayAll(phone, room, "von dem neuen Telefon noch einmal", 1))
	once(t, rima, room, sayAll(rima, room, "von dem alten", 1))
}

// TestForgotten: parts of what the bot remembers are lost. It encrypts all the same,
// for the right devices, and answers nothing twice.
func TestForgotten(t *testing.T) {
	for name, test := range map[string]struct {
		lost  []string
		phone bool // there is a new one since
	}{
		"what it knows of rooms": {lost: []string{"mxroom", "mxmember", "mxjoined"}},
		"how far it has read":    {lost: []string{"cursor"}, phone: true},
		"both":                   {lost: []string{"cursor", "mxlast", "mxroom", "mxmember", "mxjoined"}, phone: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := homeserver.Start(t)
			p := begin(t, s)
			rima, room := talk(t, s)
			said := sayAll(rima, room, "vorher", 3)
			once(t, rima, room, said)
			p.kill()
			phone := rima
			if test.phone {
				phone = another(t, s)
			}
			p.order.Forget = test.lost
			p.start()
			said = append(said, sayAll(rima, room, "nachher", 2)...)
			once(t, rima, room, said)
			rest := sayAll(phone, room, "vom neuen Telefon", 1)
			once(t, phone, room, rest)
			once(t, rima, room, append(said, rest...))
		})
	}
}

// TestLoggedOut: somebody ends all sessions of the bot's account. It goes on as a new
// device that its account confirms, and whoever was not read is told.
func TestLoggedOut(t *testing.T) {
	s := homeserver.Start(t)
	p := begin(t, s)
	rima, room := talk(t, s)
	once(t, rima, room, sayAll(rima, room, "vorher", 1))
	owner := friend.New(t, s.URL, p.order.User, p.order.Password)
	owner.Offline()
	if _, err := owner.Client.LogoutAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	rima.Say(room, "dazwischen")
	rima.Until(room, "an answer, or that there will be none", func(m friend.Message) bool {
		return echoes("dazwischen")(m) || m.Sender == bot && m.Text() == "? lost"
	})
	offers(t, rima)
	rima.NewKey(room)
	once(t, rima, room, sayAll(rima, room, "danach", 2))
	confirmed(t, rima, 1)
}

// TestStrangeKeys: the token belongs to a device whose keys somebody else has. Nothing
// is sent, and the operator is told.
func TestStrangeKeys(t *testing.T) {
	s := homeserver.Start(t)
	p := newProcess(t, s)
	other := friend.New(t, s.URL, p.order.User, p.order.Password)
	p.order.Token, p.order.Password = other.Client.AccessToken, ""
	p.start()
	p.says("another program has used this Matrix device")
}

// another is one more phone of hers.
func another(t *testing.T, s *homeserver.Server) *friend.Friend {
	t.Helper()
	a := homeserver.Named("rima")
	return friend.New(t, s.URL, a.User, a.Password)
}
