package flows

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestBy: what the team said of a page holds for these words in this language only, and for
// the day of the next check when it was looked at in time for it.
func TestBy(t *testing.T) {
	file := Page{ID: "a", Lang: "ar", Of: "ar1", OfGerman: "de1", Next: noon.AddDate(0, 0, 20)}
	later := noon.Add(checkAgain)
	for name, c := range map[string]struct {
		marks                 map[string]Mark
		checked, german, next time.Time
	}{
		"nothing said":        {nil, time.Time{}, time.Time{}, file.Next},
		"the German words":    {map[string]Mark{"de": {At: noon, Of: "de1"}}, time.Time{}, noon, later},
		"the translation":     {map[string]Mark{"ar": {At: noon, Of: "ar1"}}, noon, time.Time{}, file.Next},
		"both":                {map[string]Mark{"de": {At: noon, Of: "de1"}, "ar": {At: noon, Of: "ar1"}}, noon, noon, later},
		"words of before":     {map[string]Mark{"de": {At: noon, Of: "de0"}, "ar": {At: noon, Of: "ar0"}}, time.Time{}, time.Time{}, file.Next},
		"another language":    {map[string]Mark{"uk": {At: noon, Of: "uk1"}}, time.Time{}, time.Time{}, file.Next},
		"long before its day": {map[string]Mark{"de": {At: noon.AddDate(0, -1, 0), Of: "de1"}}, time.Time{}, noon.AddDate(0, -1, 0), file.Next},
	} {
		got := file.By(Checks{"a": c.marks})
		if !got.Checked.Equal(c.checked) || !got.German.Equal(c.german) || !got.Next.Equal(c.next) {
			t.Errorf("%s: %v, %v, next %v", name, got.Checked, got.German, got.Next)
		}
	}
	file.Checked = noon.AddDate(0, 0, 1)
	if got := file.By(Checks{"a": {"ar": {At: noon, Of: "ar1"}}}); !got.Checked.Equal(file.Checked) {
		t.Error("the day in the file is later, and is forgotten")
	}
}

// TestListPages: what is overdue stands first and is marked, every page is on some list, and
// a button that nobody made shows the first.
func TestListPages(t *testing.T) {
	var all []Page
	for i := range 2*mostPages + 1 {
		id := strings.Repeat("a", 1+i%16) + string(rune('a'+i/16))
		all = append(all, Page{ID: id, Title: "page." + id + ".label", Next: noon.AddDate(0, 0, 3-i)})
	}
	var listed []string
	late := 0
	for from := 0; ; from += mostPages {
		tell := ListPages(all, from, noon)
		more := false
		for _, o := range tell.Options {
			if strings.HasPrefix(o.ID, "page/-/") {
				more = true
				continue
			}
			listed = append(listed, o.ID)
		}
		for i, line := range tell.Body[1 : len(tell.Body)-1] {
			is := strings.HasSuffix(line.Key, ".late")
			if is && late < from+i {
				t.Errorf("line %d is overdue, and one before it is not", from+i)
			}
			if is {
				late++
			}
		}
		if !more {
			break
		}
	}
	slices.Sort(listed)
	if len(slices.Compact(listed)) != len(all) || late != len(all)-4 {
		t.Errorf("%d pages are listed, %d overdue", len(listed), late)
	}
	if tell := ListPages(all, 10_000, noon); len(tell.Options) != mostPages+1 {
		t.Errorf("a button that nobody made lists %d", len(tell.Options))
	}
}
