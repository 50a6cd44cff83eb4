package bot

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/store"
)

// What was written is read again as it was: to the nanosecond, and whatever bytes
// a network calls text.
func TestRecordsComeBack(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 123456789, time.UTC)
	want := remembered{
		Person: person{Address: chat.Address{Platform: "web", Room: "a\xff\x00b"}, Since: at, Gone: true},
		State:  flows.State{V: 1, Lang: "ar", At: flows.Place{Flow: "ask", Step: "question"}, Back: []string{"topic"}, Asked: at},
		Answers: flows.Answers{
			Data: map[string]string{"ask.topic": "housing", "": strings.Repeat("🧒", 1000)},
		},
	}
	db := store.NewMem()
	if err := db.Update(t.Context(), func(tx store.Tx) error { save(tx, "person/x", want); return nil }); err != nil {
		t.Fatal(err)
	}
	err := db.View(t.Context(), func(r store.Reader) error {
		got, found, err := load[remembered](r, "person/x")
		if err != nil || !found || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v, %v", got, found, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A row that cannot be read is named by its kind, and by nothing of a person.
func TestDamagedRecord(t *testing.T) {
	var v remembered
	for _, raw := range []string{"", "\xff", `{"p":{}}`, "\xa1\x61p", "secret"} {
		err := unpack("person/0660edd1/secret", []byte(raw), &v)
		if err == nil || strings.Contains(err.Error(), "0660") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}
