//go:build matrix

package cryptostore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/matrix/cryptostore"
	"lotse/store"
	"lotse/store/bolt"
	"lotse/store/seal"
	"lotse/store/storetest"
)

// orderEnv tells a process of this test what to do before it is killed.
const orderEnv = "LOTSE_TEST_ORDER"

// An order is one step of a device that keeps nothing but what is stored.
type order struct {
	Step              string
	Dir               string // of the data file and the master key
	URL, Token        string
	User              id.UserID
	Device            id.DeviceID
	Room              id.RoomID
	Text, Transaction string
	Moment            int // how many times a commit begins or ends before it is killed
}

func TestMain(m *testing.M) {
	raw := os.Getenv(orderEnv)
	if raw == "" {
		os.Exit(m.Run())
	}
	if err := obey(context.Background(), raw); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A victim carries out an order, and tells on stdout which messages it has read.
type victim struct {
	order
	*cryptostore.Store
	client *mautrix.Client
	mach   *crypto.OlmMachine
	db     store.DB
}

func obey(ctx context.Context, raw string) error {
	v := &victim{}
	if err := json.Unmarshal([]byte(raw), &v.order); err != nil {
		return err
	}
	if err := v.open(ctx); err != nil {
		return err
	}
	var err error
	if v.client, err = mautrix.NewClient(v.URL, v.User, v.Token); err != nil {
		return err
	}
	v.client.DeviceID, v.client.StateStore = v.Device, v.Store
	v.client.Client = &http.Client{Transport: v.Transport(http.DefaultTransport)}
	if v.mach, err = v.NewMachine(ctx, v.client, nil, func(id.RoomID, id.SessionID) {}); err != nil {
		return err
	}
	switch v.Step {
	case "begin":
		err = v.mach.ShareKeys(ctx, 0)
	case "join":
		err = v.join(ctx)
	case "read":
		err = v.read(ctx)
	case "say":
		err = v.say(ctx)
	}
	return errors.Join(err, v.Err())
}

// open opens the store as the program does, but for the hand that kills.
func (v *victim) open(ctx context.Context) error {
	file, err := bolt.Open(ctx, filepath.Join(v.Dir, "data"), bolt.Options{})
	if err != nil {
		return err
	}
	key, err := seal.MasterFile(filepath.Join(v.Dir, "key"))
	if err != nil {
		return err
	}
	table := slices.Concat(store.Table{{Name: "meta", Owner: store.Open}, {Name: "key", Owner: store.Open}, {Name: "cursor", Owner: store.House}}, cryptostore.Table)
	db, err := seal.Open(ctx, file, table, key, time.Now)
	if err != nil {
		return err
	}
	var moments atomic.Int64
	watched := storetest.Flaky(db, func(op string) error {
		if op != storetest.OpView && moments.Add(1) > int64(v.Moment) {
			return die()
		}
		return nil
	})
	v.db = watched
	v.Store = cryptostore.New(cryptostore.Config{DB: watched, Index: db.Index, User: v.User, Device: v.Device, Now: time.Now})
	return nil
}

// die is a loss of power. It returns only if it fails.
func die() error {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		return err
	}
	select {}
}

func (v *victim) join(ctx context.Context) error {
	if _, err := v.client.JoinRoomByID(ctx, v.Room); err != nil {
		return err
	}
	_, err := v.client.State(ctx, v.Room)
	return err
}

// since is how far the server was read.
func (v *victim) since(ctx context.Context) (token string, err error) {
	err = v.db.View(ctx, func(r store.Reader) error {
		raw, err := r.Get("cursor/matrix")
		token = string(raw)
		return err
	})
	return token, err
}

func (v *victim) arrive(ctx context.Context, token string) error {
	return v.db.Update(ctx, func(tx store.Tx) error {
		tx.Put("cursor/matrix", []byte(token))
		return nil
	})
}

// everything is a filter.
const everything = `{"room":{"timeline":{"limit":1000}}}`

// read takes in one batch. The token is saved last, and only when every message could
// be read.
func (v *victim) read(ctx context.Context) error {
	since, err := v.since(ctx)
	if err != nil {
		return err
	}
	batch, err := v.client.FullSyncRequest(ctx, mautrix.ReqSync{Since: since, FilterID: everything})
	if err != nil {
		return err
	}
	v.mach.HandleDeviceLists(ctx, &batch.DeviceLists, since)
	for _, evt := range batch.ToDevice.Events {
		evt.Type.Class = event.ToDeviceEventType
		if err := evt.Content.ParseRaw(evt.Type); err != nil {
			return err
		}
		if err := v.HandleToDevice(ctx, v.mach, evt); err != nil {
			return err
		}
	}
	if since != "" { // Dendrite counts no keys before; mautrix would take that for none, and throw away old ones for new
		v.mach.HandleOTKCounts(ctx, &batch.DeviceOTKCount)
	}
	v.mach.MarkOlmHashSavePoint(ctx)
	for room, joined := range batch.Rooms.Join {
		for _, evt := range slices.Concat(joined.State.Events, joined.Timeline.Events) {
			evt.RoomID = room
			if err := v.take(ctx, evt); err != nil {
				return err
			}
		}
	}
	if err := v.Err(); err != nil {
		return err
	}
	return v.arrive(ctx, batch.NextBatch)
}

func (v *victim) take(ctx context.Context, evt *event.Event) error {
	evt.Type.Class = event.MessageEventType
	if evt.StateKey != nil {
		evt.Type.Class = event.StateEventType
	}
	if err := evt.Content.ParseRaw(evt.Type); err != nil {
		return err
	}
	mautrix.UpdateStateStore(ctx, v.Store, evt)
	if evt.Type != event.EventEncrypted || evt.Sender == v.User {
		return nil
	}
	clear, err := v.mach.DecryptMegolmEvent(ctx, evt)
	if err != nil {
		return fmt.Errorf("%s: %w", evt.ID, err)
	}
	_, err = fmt.Println(clear.Content.AsMessage().Body)
	return err
}

// say sends a text under a transaction ID that stays the same however often it is
// killed.
func (v *victim) say(ctx context.Context) error {
	content := &event.MessageEventContent{MsgType: event.MsgText, Body: v.Text}
	sealed, err := v.mach.EncryptMegolmEvent(ctx, v.Room, event.EventMessage, content)
	if crypto.IsShareError(err) {
		people, members := v.GetRoomJoinedOrInvitedMembers(ctx, v.Room)
		if err = errors.Join(members, v.mach.ShareGroupSession(ctx, v.Room, people), v.Err()); err != nil {
			return err
		}
		sealed, err = v.mach.EncryptMegolmEvent(ctx, v.Room, event.EventMessage, content)
	}
	if err = errors.Join(err, v.Err()); err != nil {
		return err
	}
	_, err = v.client.SendMessageEvent(ctx, v.Room, event.EventEncrypted, sealed, mautrix.ReqSendEvent{TransactionID: v.Transaction})
	return err
}
