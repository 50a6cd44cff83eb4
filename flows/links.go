package flows

import "time"

// A LinkPlace is where an address stands: on a page, by the key of its title, or as a
// document of a meeting.
type LinkPlace struct {
	Page    string
	Paper   string
	Meeting time.Time
}

// A WrongLink is an address that cannot be reached, or that leads elsewhere for good.
type WrongLink struct {
	Address string
	At      []LinkPlace
	// Why is "gone", "failing", "unknown", "silent", "unsafe", "circle" or "private", or "" of
	// one that leads To another address.
	Why string
	To  string
}

// mostWrongLinks is how many of them the desk is told at once.
const mostWrongLinks = 20

// LinkMarks stand for what WrongLinks says: as long as they are the same there is no news.
func LinkMarks(all []WrongLink) []string {
	var out []string
	for _, l := range all {
		mark := l.Address + " " + l.To
		for _, at := range l.At {
			mark += " " + at.Page + at.Paper
		}
		out = append(out, mark)
	}
	return out
}

// WrongLinks tells the desk which addresses to correct, and where they stand.
func WrongLinks(all []WrongLink) []Text {
	if len(all) == 0 {
		return []Text{say("desk.links.fine")}
	}
	var broken, moved []Text
	for _, l := range all[:min(len(all), mostWrongLinks)] {
		for _, at := range l.At {
			where := say("desk.links.page", word("title", at.Page))
			if at.Page == "" {
				where = say("desk.links.paper", named("title", at.Paper), date("date", at.Meeting))
			}
			if l.Why != "" {
				broken = append(broken, where, say("desk.links.broken", code("link", l.Address), word("why", "desk.links.why."+l.Why)))
			} else {
				moved = append(moved, where, say("desk.links.moved", code("link", l.Address), code("to", l.To)))
			}
		}
	}
	var out []Text
	if len(broken) > 0 {
		out = append(append(out, say("desk.links.head")), broken...)
	}
	if len(moved) > 0 {
		out = append(append(out, say("desk.links.head.moved")), moved...)
	}
	if more := len(all) - mostWrongLinks; more > 0 {
		out = append(out, say("desk.reload.more", number("n", more)))
	}
	return append(out, say("desk.links.how"))
}
