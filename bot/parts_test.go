package bot

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"lotse/bot/chat"
	"lotse/locales"
	"lotse/store"
)

// part is a part of an album, like "A1": the album and which part.
func (w *world) part(in chat.Address, who, name, on string) {
	w.t.Helper()
	w.receive(chat.Event{
		Kind: chat.Media, In: in, From: who, Text: "c" + name[1:], Album: name[:1], On: on,
		Files: []chat.File{{Kind: chat.Photo, Platform: w.net.name, Ref: "p" + name, Size: 1000}},
	})
}

// wait lets an album end.
func (w *world) wait() {
	w.t.Helper()
	w.now = w.now.Add(albumPause)
	w.settle()
}

func parts(album string, n int) (all []string) {
	for i := range n {
		all = append(all, album+fmt.Sprint(i))
	}
	return all
}

// What is sent as one thing is one thing, whatever comes between and behind it.
func TestAlbums(t *testing.T) {
	asked := []string{"/start", "! de", "! ask", "! private", "! housing"}
	agreed := append(asked, "! yes")
	for name, c := range map[string]struct {
		before []string
		do     []string
		want   string // the quotations and counts of photos that are shown, and what is forgotten
	}{
		"not yet over":        {agreed, parts("A", 3), ""},
		"over":                {agreed, append(parts("A", 3), "wait"), `"c0\nc1\nc2" n=3`},
		"a single part":       {agreed, []string{"A0", "wait"}, `"c0" n=1`},
		"two of them":         {agreed, []string{"A0", "A1", "B2", "wait"}, `"c0\nc1" n=2 "c0\nc1\nc2" n=3`},
		"words behind it":     {agreed, []string{"A0", "A1", "> und das", "wait"}, `"c0\nc1" n=2 "c0\nc1\nund das" n=2`},
		"a late part":         {agreed, []string{"A0", "wait", "A1", "wait"}, `"c0" n=1 "c0\nc1" n=2`},
		"a full one":          {agreed, parts("A", albumMost), `wrong.files`},
		"the process ends":    {agreed, []string{"A0", "A1", "crash", "wait"}, `"c0\nc1" n=2`},
		"without consent":     {asked, []string{"A0", "A1", "wait", "! yes"}, `"c0\nc1" n=2`},
		"consent behind it":   {asked, []string{"A0", "A1", "! yes"}, `"c0\nc1" n=2`},
		"forgotten":           {asked, []string{"A0", "A1", "crash", "wait"}, `forgotten`},
		"forgotten, and more": {asked, []string{"A0", "crash", "A1", "wait"}, `forgotten`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, locales.Pseudo)
			for _, line := range c.before {
				w.do("ann " + line)
			}
			w.net.said = nil
			for _, line := range c.do {
				switch line {
				case "wait":
					w.wait()
				case "crash":
					w.start()
				default:
					if strings.ContainsAny(line[:1], "AB") {
						w.part(w.net.at("ann"), "ann", line, "")
						continue
					}
					w.do("ann " + line)
				}
			}
			found := regexp.MustCompile(`quote text=("[^"]*")|\(file\.photo (n=\d+)\)|\((forgotten)\)|\((wrong.files) `).FindAllStringSubmatch(strings.Join(w.net.said, "\n"), -1)
			var got []string
			for _, f := range found {
				got = append(got, f[1]+f[2]+f[3]+f[4])
			}
			if got := strings.Join(got, " "); got != c.want {
				t.Errorf("shown is %s, want %s\n%s", got, c.want, strings.Join(w.net.said, "\n"))
			}
			w.wait()
			w.nothingLeft("album", "part")
		})
	}
}

// A coordinator's album is one answer, if it replies to something.
func TestAlbumsAtTheDesk(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.ask("ann", "My question.")
	for _, name := range parts("A", 3) {
		w.part(theDesk, "cora", name, "1")
		w.part(theDesk, "dora", strings.Replace(name, "A", "B", 1), "1")
		w.part(theDesk, "cora", strings.Replace(name, "A", "C", 1), "")
	}
	if n := w.heard("(desk.preview "); n != 0 {
		t.Errorf("%d drafts at once", n)
	}
	w.start()
	w.wait()
	if n, files := w.heard("(desk.preview "), w.heard("(file.photo n=3)"); n != 2 || files != 2 {
		t.Errorf("%d drafts, %d of them with all files: %s", n, files, strings.Join(w.net.said, "\n"))
	}
	w.nothingLeft("album")
	for _, name := range parts("D", albumMost) {
		w.part(theDesk, "cora", name, "1")
	}
	if n := w.heard("(wrong.files "); n > 1 || w.heard("(desk.preview ")+n != 3 {
		t.Errorf("a full album: %s", strings.Join(w.net.said, "\n"))
	}
}

// An album that cannot be read does not keep its sender from going on.
func TestADamagedAlbumIsForgotten(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	for _, line := range []string{"/start", "! de", "! ask", "! private", "! housing", "! yes"} {
		w.do("ann " + line)
	}
	w.part(w.net.at("ann"), "ann", "A0", "")
	err := w.bot.cfg.DB.Update(t.Context(), func(tx store.Tx) error {
		tx.Put(w.rowsOf("album")[0], []byte{0xff})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.do("ann > My question.")
	if w.heard("(forgotten)") != 1 || w.heard("(ask.role)") == 0 {
		t.Errorf("ann hears %s", strings.Join(w.net.said, "\n"))
	}
	w.nothingLeft("album")
}
