package matrix

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
)

var rewrite = flag.Bool("update", false, "write the golden files anew")

const deskRoom = id.RoomID("!desk:localhost")

func testReader() reader {
	return reader{me: "@lotse:localhost", isDesk: func(r id.RoomID) bool { return r == deskRoom }}
}

// told is an event as a server sends it and a client decrypts it, and what it is told
// as; nil is nothing.
type told struct {
	Event json.RawMessage
	Told  *chat.Event
}

func TestGoldenEvents(t *testing.T) {
	const file = "testdata/events.json"
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]told{}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	for name, c := range cases {
		var e event.Event
		if err := json.Unmarshal(c.Event, &e); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c.Told = nil
		if ev, ok := testReader().read(&e); ok {
			c.Told = &ev
		}
		cases[name] = c
	}
	compare(t, file, raw, cases)
}

// compare holds a golden file against what is now.
func compare(t *testing.T, file string, raw []byte, now any) {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(now); err != nil {
		t.Fatal(err)
	}
	if *rewrite {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(b.Bytes(), raw) {
		t.Errorf("%s: got\n%s", file, b.Bytes())
	}
}

// FuzzRead: whatever a server or a stranger's client sends, nothing panics, and what is
// told names its event, its room and its author.
func FuzzRead(f *testing.F) {
	raw, err := os.ReadFile("testdata/events.json")
	if err != nil {
		f.Fatal(err)
	}
	cases := map[string]told{}
	if err := json.Unmarshal(raw, &cases); err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		f.Add([]byte(c.Event))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var e event.Event
		if json.Unmarshal(raw, &e) != nil {
			return
		}
		ev, ok := testReader().read(&e)
		if !ok {
			return
		}
		if ev.ID == "" || ev.Kind == "" || ev.From == "@lotse:localhost" || ev.In.Platform != Platform || ev.In.Room != string(e.RoomID) {
			t.Errorf("told as %+v", ev)
		}
		for _, file := range ev.Files {
			_, err := fileAt(file)
			if _, _, place := file.Where(); err != nil && !place {
				t.Error(err)
			}
		}
	})
}

func TestCommand(t *testing.T) {
	for _, c := range []struct{ text, word, args string }{
		{"!hilfe", "hilfe", ""}, {"!Fall 4821", "fall", "4821"}, {"/start poster", "start", "poster"},
		{"!مساعدة", "مساعدة", ""}, {"!menu\nund mehr", "menu", "und mehr"},
		{"!", "", ""}, {"!!", "", ""}, {"! so", "", ""}, {"//note", "", ""}, {"a !b", "", ""}, {"!:)", "", ""}, {"", "", ""},
	} {
		word, args, ok := command(c.text)
		if word != c.word || args != c.args || ok != (c.word != "") {
			t.Errorf("%q is command %q with %q", c.text, word, args)
		}
	}
}

func TestPlace(t *testing.T) {
	for _, c := range []struct{ uri, body, ref, name string }{
		{"geo:51.3125,12.2825;u=35", "Location: geo:51.3125,12.2825", "geo:51.312500,12.282500", ""},
		{"geo:51.3,12.2,117", " Stadtteilladen", "geo:51.300000,12.200000", "Stadtteilladen"},
		{"geo:51.3,12.2", "https://map.example/?lat=51.3", "geo:51.300000,12.200000", ""},
		{"geo:91,0", "Nordpol", "", ""}, {"", "da", "", ""},
	} {
		f, ok := place(&event.MessageEventContent{GeoURI: c.uri, Body: c.body})
		if ok != (c.ref != "") || f.Ref != c.ref || f.Name != c.name {
			t.Errorf("%q is %+v, want %q, %q", c.uri, f, c.ref, c.name)
		}
	}
}
