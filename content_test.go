package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestContent: a folder overrides what is built in, file by file, and what is wrong with
// it stops the start with file and line.
func TestContent(t *testing.T) {
	page, err := os.ReadFile("locales/pages/kita.md")
	if err != nil {
		t.Fatal(err)
	}
	contacts, err := os.ReadFile("flows/data/contacts.toml")
	if err != nil {
		t.Fatal(err)
	}
	topics, err := os.ReadFile("flows/data/topics.toml")
	if err != nil {
		t.Fatal(err)
	}
	holidays, err := os.ReadFile("flows/data/holidays.toml")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ file, text, want string }{
		"as built in":      {"pages/kita.md", string(page), ""},
		"another list":     {"contacts.toml", string(contacts), ""},
		"a wrong date":     {"pages/kita.md", strings.Replace(string(page), `next = "01.03.2027"`, `next = "soon"`, 1), "pages/kita.md:"},
		"an unknown topic": {"pages/kita.md", strings.Replace(string(page), `topic = "education"`, `topic = "x"`, 1), "pages/kita.md:"},
		"broken TOML":      {"contacts.toml", "[[contact]]\nid = ", "contacts.toml: toml: line 2"},
		"an unknown key":   {"contacts.toml", "[[contact]]\nid = \"qm\"\nfax = \"1\"\n", `contacts.toml:3: unknown key "contact.fax"`},
		"twice the same":   {"contacts.toml", string(contacts) + "[[contact]]\nid = \"qm\"\nname = \"A\"\nstreet = \"B\"\n", `: id "qm" is there twice`},
		"an unknown help":  {"contacts.toml", strings.Replace(string(contacts), "child = true", "child = true\ntopics = [\"moon\"]", 1), `: topics: there is no "moon"`},
		"a wrong day":      {"contacts.toml", strings.Replace(string(contacts), `checked = ""`, `checked = "2026"`, 1), "contacts.toml:16: checked"},
		"no way to it":     {"contacts.toml", "[[contact]]\nid = \"qm\"\nname = \"A\"\n", "contacts.toml:3: \"A\" has no street"},
		"a nameless topic": {"topics.toml", string(topics) + "\n[[topic]]\nid = \"moon\"\nemoji = \"🌙\"\n", `there is no ["topic.moon"] in active.uk.toml`},
		"no such weekday":  {"hours.toml", "[week]\nmondey = \"10:00-15:00\"\n", `hours.toml:2: there is no day "mondey"`},
		"no such holiday":  {"holidays.toml", strings.Replace(string(holidays), `first = "2026-02-09"`, `first = "2026-99-09"`, 1), `holidays.toml:15: winter: "2026-99-09" is no day`},
		"an empty card":    {"emergency.toml", "", "emergency.toml:1: there is no number"},
		"no such number":   {"emergency.toml", "[[hotline]]\nid = \"police\"\nnumber = \"\"\n", `emergency.toml:3: number ""`},
		"always in danger": {"crisis.toml", "[words]\nde = [\"ich\", \"\"]\n", `crisis.toml:2: "" in "de" is too short`},
		"beside it":        {"pages/.kita.md.swp", "x", ""},
		"in a repository":  {".git/config", "x", ""},
		"a copy":           {"contacts.toml~", "x", ""},
		"a misspelt name":  {"page/kita.md", string(page), "page/kita.md: there is no such content"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			file := filepath.Join(folder, c.file)
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			p := &program{stdout: &out, stderr: &out, environ: []string{"LOTSE_CONTENT=" + folder}}
			err := p.lint(t.Context(), nil)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v %s, want %q", err, out.String(), c.want)
			}
		})
	}
	p := &program{environ: []string{"LOTSE_CONTENT=" + filepath.Join(t.TempDir(), "gone")}}
	if err := p.lint(t.Context(), nil); err == nil {
		t.Error("a folder that is not there is no mistake")
	}
}
