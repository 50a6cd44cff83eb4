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
