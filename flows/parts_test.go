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

func TestReworded(t *testing.T) {
	text, files := "eins\nzwei\ndrei", []chat.File{{Ref: "a"}, {Ref: "b"}, {Ref: "c"}}
	parts := Parts{{"1", 4, 0}, {"2", 0, 1}, {"3", 4, 2}, {"4", 4, 0}}
	for _, tt := range []struct{ message, by, want string }{
		{"1", "1", "1\nzwei\ndrei"}, {"1", "", "zwei\ndrei"}, {"2", "darunter", "eins\ndarunter\nzwei\ndrei"},
		{"3", "a\nb", "eins\na\nb\ndrei"}, {"4", "", "eins\nzwei"}, {"4", "drei", text}, {"5", "x", ""}, {"", "x", ""},
	} {
		now, got, found := parts.Reworded(tt.message, text, files, tt.by)
		if found != (tt.want != "") || found && got != tt.want {
			t.Errorf("%s says %q: %q, %v", tt.message, tt.by, got, found)
		}
		if !found {
			continue
		}
		back := map[string]string{"1": "eins", "2": "", "3": "zwei", "4": "drei"}[tt.message]
		if now, got, found := now.Reworded(tt.message, got, files, back); !found || got != text || !reflect.DeepEqual(now, parts) {
			t.Errorf("%s says %q again: %v, %q, %v", tt.message, back, now, got, found)
		}
	}
	if _, got, found := parts.Reworded("1", "eins", files, "x"); found || got != "eins" {
		t.Errorf("in another text: %q, %v", got, found)
	}
}
