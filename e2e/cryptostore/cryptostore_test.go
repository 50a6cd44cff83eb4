//go:build matrix

// Package cryptostore_test lets a device that keeps its keys in the program's store
// talk through a real homeserver, while it is killed again and again.
package cryptostore_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"maunium.net/go/mautrix"

	"lotse/e2e/friend"
	"lotse/e2e/homeserver"
)

// A device is one that lives only while it does a step.
type device struct {
	t     *testing.T
	order order
	kills int
}

// login gives somebody a device without keys.
func login(t *testing.T, s *homeserver.Server, name string) *device {
	t.Helper()
	a := s.Register(name)
	client, err := mautrix.NewClient(s.URL, "", "")
	if err != nil {
		t.Fatal(err)
	}
	as, err := client.Login(t.Context(), &mautrix.ReqLogin{
		Type: mautrix.AuthTypePassword, Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: a.User}, Password: a.Password,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &device{t: t, order: order{Dir: t.TempDir(), URL: s.URL, Token: as.AccessToken, User: as.UserID, Device: as.DeviceID}}
}

// never is after the last commit of any step.
const never = 1 << 30

// do does a step in a process of its own, until it is killed at a moment. It says what
// was read, and whether the step was done.
func (d *device) do(step string, moment int) (read []string, done bool) {
	d.t.Helper()
	d.order.Step, d.order.Moment = step, moment
	raw, err := json.Marshal(d.order)
	if err != nil {
		d.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), orderEnv+"="+string(raw))
	out, err := cmd.Output()
	exit := new(exec.ExitError)
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == -1:
		d.kills++
	case errors.As(err, &exit) && step == "read": // a message may come before its key: it reads again
		d.t.Logf("%s: %s", step, exit.Stderr)
	case err != nil:
		d.t.Fatalf("%s: %v %s", step, err, exit.Stderr)
	}
	return strings.Fields(string(out)), err == nil
}

// TestKilled: a device is killed before and after every commit while it reads and while
// it writes. It can read everything in the end, and says everything once.
func TestKilled(t *testing.T) {
	const questions, most = 4, 300
	s := homeserver.Start(t)
	account := s.Register("alex")
	alex := friend.New(t, s.URL, account.User, account.Password)
	bot := login(t, s, "bot")
	bot.do("begin", never)
	bot.do("read", never)
	room := alex.DM(bot.order.User)
	bot.order.Room = room
	bot.do("join", never)
	alex.Until(room, "the bot comes", func(m friend.Message) bool {
		return m.Sender == bot.order.User && m.GetStateKey() == string(bot.order.User)
	})

	for i := range questions {
		alex.NewKey(room)
		alex.Say(room, fmt.Sprint("Frage", i))
	}
	heard := map[string]bool{}
	for moment := 0; ; moment++ {
		read, done := bot.do("read", moment)
		for _, text := range read {
			heard[text] = true
		}
		if done && len(heard) == questions {
			break
		}
		if moment == most {
			t.Fatalf("it has read only %v", heard)
		}
	}
	t.Logf("killed %d times while it read", bot.kills)

	answers := []string{"zuerst", "danach", "zuletzt"} // the first shares a key, the others do not
	for _, text := range answers {
		bot.order.Text, bot.order.Transaction = text, "row of "+text
		before := bot.kills
		for moment := 0; ; moment++ {
			if _, done := bot.do("say", moment); done {
				break
			}
			if moment == most {
				t.Fatalf("it has not said %s", text)
			}
		}
		t.Logf("killed %d times while it wrote", bot.kills-before)
		alex.Hears(room, text)
		bot.do("say", never) // as if it had been killed before it noted that
	}
	bot.order.Text, bot.order.Transaction = "Ende", "row of Ende"
	bot.do("say", never)
	alex.Hears(room, "Ende")
	for _, text := range answers {
		if n := alex.Count(room, text); n != 1 {
			t.Errorf("%s came %d times", text, n)
		}
	}
	if bot.kills < 2*questions {
		t.Errorf("it was killed only %d times", bot.kills)
	}
}
