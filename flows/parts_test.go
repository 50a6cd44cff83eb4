package flows

import (
	"reflect"
	"testing"

	"lotse/bot/chat"
)

func TestWithout(t *testing.T) {
	a, b, c := chat.File{Ref: "a"}, chat.File{Ref: "b"}, chat.File{Ref: "c"}
	text, files := "eins\nzwei\ndrei", []chat.File{a, b, c}
	parts := Parts{{"1", 4, 0}, {"2", 0, 1}, {"3", 4, 2}, {"4", 4, 0}}
	for _, tt := range []struct {
		message, text string
		files         []chat.File
		left          int
	}{
		{"1", "zwei\ndrei", files, 3}, {"2", text, []chat.File{b, c}, 3}, {"3", "eins\ndrei", []chat.File{a}, 3}, {"4", "eins\nzwei", files, 3},
	} {
		left, leftText, leftFiles, found := parts.Without(tt.message, text, files)
		if !found || leftText != tt.text || !reflect.DeepEqual(leftFiles, tt.files) || len(left) != tt.left {
			t.Errorf("without %s are left %v, %q, %v, %v", tt.message, left, leftText, leftFiles, found)
		}
		for _, p := range left { // and so on, until nothing is left
			left, leftText, leftFiles, found = left.Without(p.Message, leftText, leftFiles)
			if !found {
				t.Errorf("after %s, %s is not found", tt.message, p.Message)
			}
		}
		if len(left) > 0 || leftText != "" || len(leftFiles) > 0 {
			t.Errorf("in the end are left %v, %q, %v", left, leftText, leftFiles)
		}
	}
	for name, tt := range map[string]struct {
		parts   Parts
		message string
	}{
		"no part": {parts, "5"}, "of no message": {Parts{{"", 14, 3}}, ""}, "another text": {Parts{{"1", 4, 0}}, "1"}, "a longer text": {Parts{{"1", 40, 3}}, "1"},
	} {
		if left, leftText, leftFiles, found := tt.parts.Without(tt.message, text, files); found || leftText != text || len(leftFiles) != 3 || len(left) != len(tt.parts) {
			t.Errorf("%s: are left %v, %q, %v, %v", name, left, leftText, leftFiles, found)
		}
	}
}
