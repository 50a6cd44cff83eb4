package bot

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"lotse/flows"
)

// TestLinksInReadme: what volunteers are told to print is understood.
func TestLinksInReadme(t *testing.T) {
	words, err := testWords()
	if err != nil {
		t.Fatal(err)
	}
	lists, err := loadLists(words, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	valid := flows.Links(catalogue{edition{Content: holding(words)}}.Tags(), lists.topics, lists.read("de"))
	found := regexp.MustCompile(`\?start=([A-Za-z0-9_-]+)`).FindAllStringSubmatch(string(raw), -1)
	if len(found) == 0 {
		t.Error("the README shows no link")
	}
	for _, m := range found {
		if !slices.Contains(valid, m[1]) {
			t.Errorf("%s leads nowhere", m[0])
		}
	}
	for _, topic := range lists.topics {
		if !regexp.MustCompile("`" + topic.ID + "`").Match(raw) {
			t.Errorf("the README does not name the topic %s", topic.ID)
		}
	}
}
