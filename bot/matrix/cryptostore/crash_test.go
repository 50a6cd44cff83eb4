//go:build goolm

package cryptostore

import (
	"bufio"
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
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/store"
	"lotse/store/bolt"
	"lotse/store/seal"
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
	kills   = 12
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashEnv); dir != "" {
		fmt.Fprintln(os.Stderr, victim(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// openDir is the memory of the bot in a folder.
func openDir(ctx context.Context, dir string) (store.DB, *Store, error) {
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
	return d, New(Config{DB: d, Index: d.Index, User: "@bot:x", Device: "DEV", Now: time.Now}), nil
}

// victim handles the events its first argument names and all that follow, until it
// is killed, and says of each of them on stdout that it is handled.
func victim(dir string) error {
	ctx := context.Background()
	_, s, err := openDir(ctx, dir)
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
	first, err := strconv.Atoi(os.Args[1])
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
	fmt.Println("done")
	select {} // until it is killed
}

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
	db, s, err := openDir(t.Context(), dir)
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
	for range kills {
		from := max(0, next-random.IntN(4)) // the token was not saved
		acked := kill(t, dir, from, random.IntN(2*len(all)/kills))
		next = max(next, acked+1)
		next = max(next, verify(t, dir, own, mail, all, next))
	}
	if next == len(all) {
		t.Errorf("nothing was left to be interrupted")
	}
	kill(t, dir, max(0, next-3), len(all))
	verify(t, dir, own, mail, all, len(all))
}

// kill runs victim, kills it after so many acknowledged events, and gives the last.
func kill(t *testing.T, dir string, from, after int) (last int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], strconv.Itoa(from))
	cmd.Env = append(os.Environ(), crashEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	var once sync.Once
	stop := func() { once.Do(func() { cmd.Process.Kill() }) }
	defer func() { stop(); cmd.Wait() }() // Wait reports the kill
	last = -1
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if lines.Text() == "done" {
			return last
		}
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
		if n == after {
			stop() // what it said until it died is read to the end
		}
	}
	return last
}

// verify looks at what is stored: of each event everything or nothing, and
// everything of the first so many. It says how many are whole.
func verify(t *testing.T, dir string, own id.IdentityKey, mail []*event.Event, all []letter, acked int) (whole int) {
	t.Helper()
	db, s, err := openDir(t.Context(), dir)
	must(t, err)
	defer func() { must(t, db.Close()) }()
	bot := &peer{T: t, server: newHomeserver(), user: "@bot:x", config: s.cfg}
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
