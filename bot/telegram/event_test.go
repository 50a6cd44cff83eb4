package telegram

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lotse/bot/chat"
)

var rewrite = flag.Bool("update", false, "write the golden files anew")

// golden is what an update became, as testdata shows it.
type golden struct {
	Update  json.RawMessage
	Events  []chat.Event
	Room    int64   `json:",omitempty"`
	Bot     string  `json:",omitempty"`
	Press   string  `json:",omitempty"`
	Leave   int64   `json:",omitempty"`
	Desk    string  `json:",omitempty"`
	Moved   []int64 `json:",omitempty"`
	Unclear bool    `json:",omitempty"`
}

// Every file holds cases by name: an update as Telegram sends it, and what it is
// told as. In them the desk is -1001234.
func TestGoldenUpdates(t *testing.T) {
	files, err := filepath.Glob("testdata/updates/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden updates", err)
	}
	tg := newFake(t).open(Options{Desks: []string{"-1001234"}})
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		cases := map[string]golden{}
		if err := json.Unmarshal(raw, &cases); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for label, c := range cases {
			cases[label] = became(tg, c.Update)
		}
		got := indent(t, cases)
		if *rewrite {
			if err := os.WriteFile(name, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(got, raw) && !*rewrite {
			t.Errorf("%s: got\n%s", name, got)
		}
	}
}

func became(tg *Telegram, raw json.RawMessage) golden {
	it := tg.read(raw)
	g := golden{Update: raw, Events: it.told.events, Room: it.told.room, Bot: it.told.bot, Press: it.told.press,
		Desk: it.told.desk, Unclear: it.update == nil}
	if it.told.leave != nil {
		g.Leave = it.told.leave.ID
	}
	if m := it.told.moved; m != (move{}) {
		g.Moved = []int64{m.from, m.to}
	}
	return g
}

func indent(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// FuzzUpdate: whatever comes, reading does not panic, and an event has an ID, a
// room, and never the name of somebody in a private chat.
func FuzzUpdate(f *testing.F) {
	files, err := filepath.Glob("testdata/updates/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		cases := map[string]golden{}
		if err := json.Unmarshal(raw, &cases); err != nil {
			f.Fatal(err)
		}
		for _, c := range cases {
			f.Add([]byte(c.Update))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		tg, err := New(Options{Token: testToken, Desks: []string{"-1001234"}})
		if err != nil {
			t.Fatal(err)
		}
		it := tg.read(raw)
		if again := tg.read(raw); len(again.told.events) != len(it.told.events) {
			t.Fatal("read twice it is another thing")
		}
		if it.update == nil && (it.told.room != 0 || it.told.events != nil) {
			t.Error("what cannot be read says something")
		}
		for _, ev := range it.told.events {
			if !strings.HasPrefix(ev.ID, "telegram/") || ev.In.Platform != Platform || ev.In.Room == "" || ev.At.IsZero() || ev.From == "" {
				t.Errorf("told as %+v", ev)
			}
			if ev.Name != "" && ev.In.Room != "-1001234" {
				t.Errorf("a person's name is told: %+v", ev)
			}
		}
	})
}
