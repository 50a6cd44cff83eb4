package flows

import "strings"

// Reloaded is what became of reading the content again.
type Reloaded struct {
	Pages    int `json:"p,omitempty"`
	Contacts int `json:"c,omitempty"`
	// Wrong is what is wrong with it, each with file and line as far as can be; then nothing
	// changed. More is how many there are beyond those.
	Wrong    []string `json:"w,omitempty"`
	More     int      `json:"m,omitempty"`
	NoFolder bool     `json:"n,omitempty"` // there is none that could have changed
}

// Of what is wrong the desk is shown so many lines, each of so many bytes.
const mostWrong, longestWrong = 10, 300

// Refused is content that was refused because of an error, one line for each thing.
func Refused(err string) Reloaded {
	all := strings.Split(strings.TrimSpace(err), "\n")
	shown := min(len(all), mostWrong)
	r := Reloaded{More: len(all) - shown}
	for _, line := range all[:shown] {
		r.Wrong = append(r.Wrong, Shorten(line, longestWrong))
	}
	return r
}

// Body tells the desk.
func (r Reloaded) Body() []Text {
	switch {
	case r.NoFolder:
		return []Text{say("desk.reload.none")}
	case len(r.Wrong) == 0:
		return []Text{say("desk.reload.done", number("pages", r.Pages), number("contacts", r.Contacts))}
	}
	out := []Text{say("desk.reload.wrong")}
	for _, line := range r.Wrong {
		out = append(out, say("desk.reload.line", code("line", line)))
	}
	if r.More > 0 {
		out = append(out, say("desk.reload.more", number("n", r.More)))
	}
	return append(out, say("desk.reload.stays"))
}
