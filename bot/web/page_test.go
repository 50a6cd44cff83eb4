package web

import (
	"io"
	"regexp"
	"strings"
	"testing"
)

func TestPage(t *testing.T) {
	c := browse(t, open(t, options("")))
	entries, err := page.ReadDir("page")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		path := "/" + e.Name()
		if path == "/index.html" {
			path = "/"
		}
		status, h, body := c.do(c.request("GET", path, "", nil))
		if status != 200 || len(body) == 0 || h.Get("Content-Security-Policy") != policy {
			t.Errorf("%s: %d, %d bytes, %v", path, status, len(body), h)
		}
		text := strings.ReplaceAll(string(body), "http://www.w3.org/2000/svg", "")
		// What the policy would stop, or what would turn data into a page.
		for _, bad := range []string{"http://", "https://", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", " style=", "onclick=", "javascript:", "<script>", "<style"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s contains %q", path, bad)
			}
		}
	}
	if status, _, _ := c.do(c.request("GET", "/doc.go", "", nil)); status != 404 {
		t.Errorf("a file outside of the page: %d", status)
	}
}

// Every language of the page has every word that German has.
func TestPageWords(t *testing.T) {
	f, err := page.Open("page/words.js")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]map[string]bool{}
	key := regexp.MustCompile(`(?:^\s+|', )(\w+): '[^']`)
	var lang string
	for _, line := range strings.Split(string(text), "\n") {
		if m := regexp.MustCompile(`^  (\w+): \{$`).FindStringSubmatch(line); m != nil {
			lang = m[1]
			keys[lang] = map[string]bool{}
		}
		if line == "  }," {
			lang = ""
		}
		if lang == "" {
			continue
		}
		for _, m := range key.FindAllStringSubmatch(line, -1) {
			keys[lang][m[1]] = true
		}
	}
	if len(keys) != 4 || len(keys["de"]) < 40 {
		t.Fatalf("found %d languages, %d German words", len(keys), len(keys["de"]))
	}
	for lang, have := range keys {
		for k := range keys["de"] {
			if !have[k] {
				t.Errorf("%s lacks %q", lang, k)
			}
		}
		if len(have) != len(keys["de"]) {
			t.Errorf("%s has %d words, German %d", lang, len(have), len(keys["de"]))
		}
	}
}
