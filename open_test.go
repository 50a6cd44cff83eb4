package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lotse/bot"
	"lotse/bot/matrix/cryptostore"
	"lotse/store"
	"lotse/store/seal"
)

// TestEveryRecordIsDeclared: what any package keeps can be written to the data
// file, sealed, and is named in the dump.
func TestEveryRecordIsDeclared(t *testing.T) {
	key, err := seal.MasterFile(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	mem := store.NewMem()
	db, err := seal.Open(t.Context(), mem, records(), key, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(tx store.Tx) error {
		for _, k := range cryptostore.Table {
			tx.Put(k.Name+"/x", []byte("plain text"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var dump bytes.Buffer
	if err := bot.Dump(t.Context(), mem, db.Table(), "", &dump); err != nil {
		t.Fatal(err)
	}
	for _, k := range cryptostore.Table {
		if want := k.Name + "/x\t" + k.Name + "\t"; !strings.Contains(dump.String(), want) {
			t.Errorf("%q is not in the dump", want)
		}
		if k.About == "" {
			t.Errorf("%s: what is it?", k.Name)
		}
	}
	if strings.Contains(dump.String(), "plain") {
		t.Error("it is not sealed")
	}
}
