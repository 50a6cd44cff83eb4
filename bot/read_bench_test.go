package bot

import (
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"lotse/bot/chat"
	"lotse/store/bolt"
	"lotse/store/seal"
)

// BenchmarkRead is what one of 10,000 people waits for who reads: the whole transaction on
// disk, with 50 pages and 50 places that are confirmed. Issue 7 allows 20 ms.
func BenchmarkRead(b *testing.B) {
	defer Tune()()
	e := newReaders(b, 10_000)
	for _, c := range []struct {
		name string
		ev   chat.Event
	}{
		{"the list", chat.Event{Kind: chat.Press, Press: "nav/info"}},
		{"a search", chat.Event{Kind: chat.Text, Text: "Wohnugn Kündigung"}},
		{"a page", chat.Event{Kind: chat.Press, Press: "page/housing"}},
		{"the directory", chat.Event{Kind: chat.Press, Press: "page/-/2"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if err := e.receive(n*7919%len(e.next), c.ev); err != nil {
					b.Fatal(err)
				}
				if n%50 == 49 {
					b.StopTimer()
					e.emptyOutbox(b)
					b.StartTimer()
				}
			}
		})
	}
	b.Run("the desk's list", func(b *testing.B) {
		for n := 0; b.Loop(); n++ {
			ev := chat.Event{ID: fmt.Sprintf("desk/%d", n), Kind: chat.Command, Text: "seiten", At: time.Now(), From: "cora", In: theDesk}
			if err := e.bot.Receive(b.Context(), ev); err != nil {
				b.Fatal(err)
			}
			if n%50 == 49 {
				b.StopTimer()
				e.emptyOutbox(b)
				b.StartTimer()
			}
		}
	})
}

// newReaders are people who have looked at the list of pages.
func newReaders(b *testing.B, people int) *engine {
	w := &world{t: b, folder: fstest.MapFS{}}
	words, err := testWords()
	if err != nil {
		b.Fatal(err)
	}
	for i := range 50 - len(words.Pages()) {
		w.ownPage("own"+strings.Repeat("x", i/5)+string(rune('a'+i%5)), "Ein Absatz über etwas, das hier niemand sucht.")
	}
	var places strings.Builder
	for _, id := range []string{"qm", "drk", "kjn", "laden", "willkommen"} {
		fmt.Fprintf(&places, "[[contact]]\nid = %q\nname = \"Haus\"\nstreet = \"Weg 1\"\nconfirmed = true\n", id)
	}
	for i := range maxContacts - 5 {
		fmt.Fprintf(&places, "[[contact]]\nid = \"c%d\"\nname = \"Haus %d\"\nstreet = \"Weg 1\"\ntopics = [\"letter\"]\nlanguages = [\"uk\"]\nconfirmed = true\n", i, i)
	}
	w.folder["contacts.toml"] = &fstest.MapFile{Data: []byte(places.String())}
	content, err := ReadContent(w.folder)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	file, err := bolt.Open(b.Context(), filepath.Join(dir, "engine.db"), bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := file.Close(); err != nil {
			b.Error(err)
		}
	})
	master, err := seal.MasterFile(filepath.Join(dir, "master.key"))
	if err != nil {
		b.Fatal(err)
	}
	db, err := seal.Open(b.Context(), file, Table, master, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	bot, err := New(Config{
		DB: db, Content: content, Platforms: []chat.Platform{newNetwork()}, Desks: []chat.Address{theDesk}, DeskLang: "de",
		Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		b.Fatal(err)
	}
	e := &engine{bot: bot, next: make([]int, people)}
	inParallel(b, people, func(c int) error {
		for _, press := range []string{"nav/start", "language/pick/de", "nav/info"} {
			if err := e.receive(c, chat.Event{Kind: chat.Press, Press: press}); err != nil {
				return err
			}
		}
		return nil
	})
	e.emptyOutbox(b)
	return e
}
