package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lotse/bot/platformtest"
)

// TestHangup: SIGHUP, and lotse reload, read the folder again. What is wrong is said with
// file and line in the log, at the desk and to whoever asked, and changes nothing.
func TestHangup(t *testing.T) {
	platformtest.Loopback(t)
	page, err := os.ReadFile("locales/pages/kita.md")
	if err != nil {
		t.Fatal(err)
	}
	inFolder(t, nil)
	put := func(from, to string) {
		t.Helper()
		if err := os.MkdirAll("content/pages", 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join("content", "pages", "kita.md"), []byte(strings.ReplaceAll(string(page), from, to)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("Kita", "Kita")
	a := newAPI(t)
	environ := a.settings("LOTSE_CONTENT=content")
	out, stop := a.start(environ, "run")
	a.say(asker, "/start", 0)
	a.until(asker, "the choice of languages or the menu", func(p posted) bool { return len(p.buttons) > 2 })

	put(`topic = "education"`, `topic = "weather"`)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	out.until(t, "pages/kita.md:2: topic")
	a.until(team, "what is wrong", hasText("pages/kita.md:2: topic"))
	if got := lotse(t, "", environ, "reload"); got.code != exitFailed || !strings.Contains(got.err, "nothing changed: pages/kita.md:2: topic") {
		t.Errorf("lotse reload: %+v", got)
	}

	put("Hat mein Kind einen Anspruch?", "Hat mein Kind heute einen Anspruch?")
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	a.until(team, "that it is read", hasText("neu geladen"))
	for _, id := range []string{"language/pick/de", "menu/menu/info", "page/kita", "page/kita/2"} {
		a.press(asker, id)
	}
	a.until(asker, "the new words", hasText("heute einen Anspruch"))
	if got := lotse(t, "", environ, "reload"); got.code != exitDone || got.out != "The content was read again.\n" {
		t.Errorf("lotse reload: %+v", got)
	}
	stop()
	if got := lotse(t, "", environ, "reload"); got.code != exitFailed || !strings.Contains(got.err, "no Lotse is running on this data folder") {
		t.Errorf("lotse reload: %+v", got)
	}
}
