//go:build matrix

// Package echo proves the Matrix adapter on a homeserver: nothing that people say is
// lost or answered twice, whatever is killed, restarted, lost or away. What is proved is
// the adapter alone, so that what is said can be counted.
//
//	R1  messages while it was killed                        TestAbsence, TestKilled
//	R2  130 of them, of which the server tells 50           TestAbsence
//	R3  from a phone that is new                            TestAbsence
//	R4  killed between an answer and its note of that       TestKilled
//	R5  killed while a key is taken in                      TestKilled, TestKilled in ../cryptostore
//	R6  a sender who gives keys to confirmed devices only   TestNoKey
//	R7  all one-time keys used up                           TestUsedUp
//	R8  what it knows of rooms is lost                      TestForgotten
//	R9  killed at any moment of its first login             TestKilled
//	R10 its keys are lost, and others are at the server     TestStrangeKeys
//	R11 everything is lost but the recovery key             TestLost
//	R12 the homeserver is stopped and killed                TestAbsence
//	S6  a key is lost and its sender away                   TestSenderAway
//	S7  150 keys in one absence                             TestRotations
//	S8  how far it has read is lost                         TestForgotten
//
// Beyond them: TestLateKey, TestLoggedOut, and in bot/matrix TestPoisonedKey and TestGapSettles.
package echo

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lotse/bot/chat"
	"lotse/bot/matrix"
	"lotse/store"
	"lotse/store/bolt"
	"lotse/store/seal"
)

// orderEnv tells a process of this test which bot to be, until it is killed.
const orderEnv = "LOTSE_TEST_ECHO"

// An order says who the bot is, and what happens to it.
type order struct {
	Dir, URL, User, Password, Token string

	Forget []string // the kinds of rows that are lost before it starts
	Mortal bool     // whether it dies at the first step at which it never did
	Died   []string // the steps at which it did
}

func TestMain(m *testing.M) {
	raw := os.Getenv(orderEnv)
	if raw == "" {
		os.Exit(m.Run())
	}
	var o order
	err := json.Unmarshal([]byte(raw), &o)
	if err == nil {
		err = o.obey(context.Background())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// obey answers everything that is said, with the same, once.
func (o order) obey(ctx context.Context) error {
	file, err := bolt.Open(ctx, filepath.Join(o.Dir, "data"), bolt.Options{})
	if err != nil {
		return err
	}
	key, err := seal.MasterFile(filepath.Join(o.Dir, "key"))
	if err != nil {
		return err
	}
	table := slices.Concat(matrix.Table, store.Table{{Name: "meta", Owner: store.Open}, {Name: "key", Owner: store.Open},
		{Name: "cursor", Owner: store.House}, {Name: "seen", Owner: store.House}, {Name: "out", Owner: store.House}})
	sealed, err := seal.Open(ctx, file, table, key, time.Now)
	if err != nil {
		return err
	}
	steps := o.steps()
	db := watched{sealed, steps}
	for _, kind := range o.Forget {
		if err := forget(ctx, db, kind+"/"); err != nil {
			return err
		}
	}
	network, err := matrix.New(matrix.Options{
		Homeserver: o.URL, User: o.User, Password: o.Password, Token: o.Token, RecoveryFile: filepath.Join(o.Dir, "recovery"),
		DB: db, Index: sealed.Index, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), HTTP: steps,
	})
	if err != nil {
		return err
	}
	e := &echo{db, sealed.Index, network, make(chan struct{}, 1)}
	go e.send(ctx)
	return network.Run(ctx, e)
}

// forget deletes all rows under a prefix.
func forget(ctx context.Context, db store.DB, prefix string) error {
	for {
		some := 0
		err := db.Update(ctx, func(tx store.Tx) error {
			rows, err := tx.Scan(prefix, "", store.MaxScan)
			for _, row := range rows {
				tx.Delete(row.Key)
			}
			some = len(rows)
			return err
		})
		if err != nil || some < store.MaxScan {
			return err
		}
	}
}

// An echo is the bot: as little of one as remembers what it has heard and has to say.
type echo struct {
	db      store.DB
	index   func(label string, parts ...string) string
	network chat.Platform
	news    chan struct{}
}

func (e *echo) Resume(ctx context.Context, _ string) (cursor string, err error) {
	err = e.db.View(ctx, func(r store.Reader) error {
		raw, err := r.Get("cursor/matrix")
		cursor = string(raw)
		return err
	})
	return cursor, err
}

func (e *echo) Advance(ctx context.Context, _, cursor string) error {
	return e.db.Update(ctx, func(tx store.Tx) error {
		tx.Put("cursor/matrix", []byte(cursor))
		return nil
	})
}

func (e *echo) Receive(ctx context.Context, ev chat.Event) error {
	answer := chat.Message{Text: "= " + ev.Text, Files: ev.Files}
	switch ev.Kind {
	case chat.Doubtful:
		answer.Text = "? " + ev.Text
	case chat.Text, chat.Media:
	default:
		return nil
	}
	raw, err := json.Marshal(row{ev.In, answer})
	if err != nil {
		return err
	}
	index := e.index("event", ev.ID)
	err = e.db.Update(ctx, func(tx store.Tx) error {
		seen, err := tx.Get("seen/" + index)
		if err != nil || seen != nil {
			return err
		}
		tx.Put("seen/"+index, []byte{})
		tx.Put(fmt.Sprintf("out/%016x-%s", time.Now().UnixNano(), index), raw)
		return nil
	})
	select {
	case e.news <- struct{}{}:
	default: // it is going to be sent
	}
	return err
}

// A row of what is to be said.
type row struct {
	To      chat.Address
	Message chat.Message
}

// send says what there is to say, in order, each until that succeeds.
func (e *echo) send(ctx context.Context) {
	for {
		var rows []store.Pair
		err := e.db.View(ctx, func(r store.Reader) (err error) {
			rows, err = r.Scan("out/", "", store.MaxScan)
			return err
		})
		for _, r := range rows {
			if err == nil { // else the order would be lost
				err = e.settle(ctx, r)
			}
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		select {
		case <-e.news:
		case <-time.After(200 * time.Millisecond): // a request that failed is made again
		}
	}
}

func (e *echo) settle(ctx context.Context, r store.Pair) error {
	var what row
	if err := json.Unmarshal(r.Value, &what); err != nil {
		return err
	}
	if _, err := e.network.Send(ctx, e.index("row", r.Key), what.To, what.Message); err != nil {
		return err
	}
	return e.db.Update(ctx, func(tx store.Tx) error {
		tx.Delete(r.Key)
		return nil
	})
}
