package web

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"lotse/bot/chat"
)

func TestTornHistory(t *testing.T) {
	dir := t.TempDir()
	w := open(t, options(dir))
	c := browse(t, w)
	c.post("say", 200, fields{"room": "rima", "text": "eins"})
	c.post("say", 200, fields{"room": "rima", "text": "zwei 👋"})
	w.Close()
	path := filepath.Join(dir, "history.jsonl")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	second := bytes.IndexByte(whole, '\n') + 1
	for cut := second; cut < len(whole); cut++ {
		for _, tail := range []string{"", "\x00\x00\x00", "\n"} {
			if err := os.WriteFile(path, append(whole[:cut:cut], tail...), 0o600); err != nil {
				t.Fatal(err)
			}
			w, err := New(options(dir))
			if err != nil {
				t.Fatalf("cut at %d, then %q: %v", cut, tail, err)
			}
			if n := len(w.state.room("rima").messages); n != 1 && !(n == 2 && cut == len(whole)-1 && tail == "\n") {
				t.Fatalf("cut at %d: %d messages", cut, n)
			}
			mustSend(t, w, fmt.Sprint(cut, tail), "rima", chat.Message{Text: "drei"})
			w.Close()
			if w, err = New(options(dir)); err != nil {
				t.Fatalf("cut at %d, mended and read again: %v", cut, err)
			}
			if m := w.state.room("rima").messages; m[len(m)-1].said.Text != "drei" {
				t.Fatalf("cut at %d: what came after is lost", cut)
			}
			w.Close()
		}
	}
	for name, damaged := range map[string]string{
		"a damaged line": "{\n" + string(whole[second:]),
		"a turned order": string(whole[second:]) + string(whole[:second]),
	} {
		if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := New(options(dir)); err == nil {
			t.Errorf("%s was read over", name)
		}
		if after, _ := os.ReadFile(path); string(after) != damaged {
			t.Errorf("%s was changed", name)
		}
	}
}
