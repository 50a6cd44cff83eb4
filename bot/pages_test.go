package bot

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"lotse/locales"
)

// TestPagesNameWhatThereIs: what locales cannot know, the topics, roles and contacts
// of the lists, stops the start with file and line.
func TestPagesNameWhatThereIs(t *testing.T) {
	page, err := fs.ReadFile(locales.Embedded(), "pages/kita.md")
	if err != nil {
		t.Fatal(err)
	}
	for wrong, right := range map[string]string{
		`topic = "weather"`:  `topic = "education"`,
		`helps = ["nobody"]`: `helps = ["qm"]`,
	} {
		changed := strings.Replace(string(page), right, wrong, 1)
		words, err := locales.Load(locales.Over(locales.Embedded(), fstest.MapFS{"pages/kita.md": {Data: []byte(changed)}}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Lint(words); err == nil || !strings.Contains(err.Error(), "pages/kita.md:") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
