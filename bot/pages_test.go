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
		if _, err := newContent(words, nil); err == nil || !strings.Contains(err.Error(), "pages/kita.md:") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

// TestListsInPlace: a list of the folder takes the place of the one that is built in, and
// the others stay.
func TestListsInPlace(t *testing.T) {
	words, err := testWords()
	if err != nil {
		t.Fatal(err)
	}
	three := ""
	for _, id := range []string{"qm", "drk", "kjn"} {
		three += "[[contact]]\nid = \"" + id + "\"\nname = \"Haus " + id + "\"\nstreet = \"Weg 1\"\nconfirmed = true\n"
	}
	l, err := loadLists(words, fstest.MapFS{"contacts.toml": {Data: []byte(three)}})
	if err != nil || l.contacts[0].Name != "Haus qm" || !l.contacts[0].Confirmed || len(l.topics) == 0 {
		t.Errorf("%v: %+v", err, l.contacts)
	}
}
