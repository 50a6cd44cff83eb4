//go:build goolm

package cryptostore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/store"
	"lotse/store/bolt"
	"lotse/store/seal"
	"lotse/store/storetest"
)

// crashEnv is the folder of the process that is going to be killed: a data file, a
// master key, and to-device events, one a line.
const crashEnv = "LOTSE_TEST_CRASH"

const (
	dataName = "data"
	keyName  = "key"
	mailName = "mail"

	senders = 3
	letters = 60 // of each sender
	kills   = 16
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashEnv); dir != "" {
		fmt.Fprintln(os.Stderr, victim(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// openDir is the memory of the bot in a folder; moment is called before and after
// every commit.
func openDir(ctx context.Context, dir string, moment func()) (store.DB, *Store, error) {
	db, err := bolt.Open(ctx, filepath.Join(dir, dataName), bolt.Options{})
	if err != nil {
		return nil, nil, err
	}
	key, err := seal.MasterFile(filepath.Join(dir, keyName))
	if err != nil {
		return nil, nil, err
	}
	d, err := seal.Open(ctx, db, testTable, key, time.Now)
	if err != nil {
		return nil, nil, err
	}
	watched := storetest.Flaky(d, func(op string) error {
		if op != storetest.OpView {
			moment()
		}
		return nil
	})
	return d, New(Config{DB: watched, Index: d.Index, User: "@bot:x", Device: "DEV", Now: time.Now}), nil
}

// victim handles the event its first argument names and all that follow, and says
// of each of them on stdout that it is handled. At the moment that its second
// argument names it is killed.
func victim(dir string) error {
	ctx := context.Background()
	first, err := strconv.Atoi(os.Args[1])
	if err != nil {
		return err
	}
	left, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	_, s, err := openDir(ctx, dir, func() {
		if left--; left < 0 {
			self, err := os.FindProcess(os.Getpid())
			if err != nil {
				panic(err)
			}
			self.Kill()
			select {}
		}
	})
	if err != nil {
		return err
	}
	client, err := mautrix.NewClient("http://homeserver.invalid", "@bot:x", "token")
	if err != nil {
		return err
	}
	client.DeviceID = "DEV"
	client.Client = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return nil, errors.New("there is no server")
	})}
	mach, err := s.NewMachine(ctx, client, nil, func(id.RoomID, id.SessionID) {})
	if err != nil {
		return err
	}
	mail, err := readMail(filepath.Join(dir, mailName))
	if err != nil {
		return err
	}
	for i := first; i < len(mail); i++ {
		if err := s.HandleToDevice(ctx, mach, mail[i]); err != nil {
			return err
		}
		if _, err := fmt.Println(i); err != nil {
			return err
		}
	}
	fmt.Println(done)
	return errors.New("nobody killed it")
}

const done = "done"

func readMail(path string) (mail []*event.Event, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(raw)) {
		evt := &event.Event{}
		if err := json.Unmarshal([]byte(line), evt); err != nil {
			return nil, err
		}
		evt.Type.Class = event.ToDeviceEventType
		if err := evt.Content.ParseRaw(evt.Type); err != nil {
			return nil, err
		}
		mail = append(mail, evt)
	}
	return mail, nil
}

// A letter is a message whose key comes in the to-device event of the same number.
type letter struct {
	from    id.UserID
	room    id.RoomID
	message *event.EncryptedEventContent
}

// write makes the bot's folder, with mail from several senders.
func write(t *testing.T, dir string) (all []letter, own id.IdentityKey) {
	t.Helper()
	db, s, err := openDir(t.Context(), dir, func() {})
	must(t, err)
	h := newHomeserver()
	bot := newPeer(t, h, "@bot:x", s.cfg)
	own = bot.mach.OwnIdentity().IdentityKey
	var peers []*peer
	for i := range senders {
		p := newPeer(t, h, id.UserID(fmt.Sprintf("@%d:x", i)), config(store.NewMem(), ""))
		must(t, bot.PutDevices(t.Context(), p.user, map[id.DeviceID]*id.Device{"DEV": p.mach.OwnIdentity()}))
		peers = append(peers, p)
	}
	for n := range letters {
		for _, p := range peers {
			l := letter{from: p.user, room: id.RoomID(fmt.Sprintf("!%s%d", p.user, n))}
			must(t, p.SetEncryptionEvent(t.Context(), l.room, rotating))
			l.message, err = p.encrypt(l.room, fmt.Sprint(l.room), bot.user)
			must(t, err)
			all = append(all, l)
		}
	}
	var mail strings.Builder
	for _, raw := range h.inbox[bot.user] {
		mail.Write(raw)
		mail.WriteString("\n")
	}
	must(t, os.WriteFile(filepath.Join(dir, mailName), []byte(mail.String()), 0o600))
	must(t, db.Close())
	return all, own
}

// TestKill kills a process that receives keys, again and again. Every event it said
// it has handled is found, and no half of any; what is told again changes nothing;
// in the end every message can be read.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	all, own := write(t, dir)
	mail, err := readMail(filepath.Join(dir, mailName))
	must(t, err)
	if len(mail) != len(all) {
		t.Fatalf("%d events for %d letters", len(mail), len(all))
	}
	random := rand.New(rand.NewPCG(1, 2))
	next := 0
	for i := range kills {
		moment := i // at first every single one, then any
		if i > kills/2 {
			moment = random.IntN(len(all) / 2)
		}
		from := max(0, next-random.IntN(3)) // the token was not saved
		acked, whole := kill(t, dir, from, moment)
		if whole {
			t.Fatalf("it was not killed at moment %d after event %d", moment, from)
		}
		next = max(next, acked+1)
		next = max(next, verify(t, dir, own, mail, all, next))
	}
	if _, whole := kill(t, dir, max(0, next-3), 1<<30); !whole {
		t.Error("it was killed")
	}
	verify(t, dir, own, mail, all, len(all))
}

// kill runs victim from an event until it is killed at a moment, and gives the last
// event it said it has handled, and whether that was all.
func kill(t *testing.T, dir string, from, moment int) (last int, whole bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], strconv.Itoa(from), strconv.Itoa(moment))
	cmd.Env = append(os.Environ(), crashEnv+"="+dir)
	out, err := cmd.Output() // it always ends badly
	if exit := new(exec.ExitError); !errors.As(err, &exit) {
		t.Fatal(err)
	}
	last = -1
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line == done {
			return last, true
		}
		if last, err = strconv.Atoi(line); err != nil {
			t.Fatal(err)
		}
	}
	return last, false
}

// verify looks at what is stored: of each event everything or nothing, and
// everything of the first so many. It says how many are whole.
func verify(t *testing.T, dir string, own id.IdentityKey, mail []*event.Event, all []letter, acked int) (whole int) {
	t.Helper()
	db, s, err := openDir(t.Context(), dir, func() {})
	must(t, err)
	defer func() { must(t, db.Close()) }()
	bot := &peer{TB: t, server: newHomeserver(), user: "@bot:x", config: s.cfg}
	bot.restart()
	for i, l := range all {
		at, err := bot.GetOlmHash(t.Context(), hashOf(t, mail[i], own))
		must(t, err)
		key, err := bot.GetGroupSession(t.Context(), l.room, l.message.SessionID)
		must(t, err)
		if at.IsZero() != (key == nil) {
			t.Errorf("event %d: consumed %v, key %v", i, !at.IsZero(), key != nil)
		}
		if i < acked && key == nil {
			t.Errorf("event %d was handled and is lost", i)
		}
		if key == nil {
			continue
		}
		whole = i + 1
		text, err := bot.decrypt(l.room, l.from, i, l.message)
		if err != nil || text != fmt.Sprint(l.room) {
			t.Errorf("letter %d: %q, %v", i, text, err)
		}
	}
	return whole
}
