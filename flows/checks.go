package flows

import (
	"slices"
	"strconv"
	"time"
)

// A Mark is that somebody of the team read a page in one language and stands for it. Of is
// what it said then: of a page that says something else nobody has said anything.
type Mark struct {
	At time.Time `json:"at"`
	By string    `json:"by,omitempty"` // what colleagues call them
	Of string    `json:"of"`
}

// Checks are the marks of all pages, by page and language.
type Checks map[string]map[string]Mark

// checkEarly is how long before the day of its next check a page can be checked for it;
// checkAgain is how long it is good after that.
const checkEarly, checkAgain = 30 * 24 * time.Hour, 182 * 24 * time.Hour

// By is the page with what the team said of it.
func (p Page) By(all Checks) Page {
	marks := all[p.ID]
	if m, ok := marks[p.Lang]; ok && m.Of == p.Of && m.At.After(p.Checked) {
		p.Checked = m.At
	}
	m, ok := marks["de"]
	if !ok || m.Of != p.OfGerman {
		return p
	}
	if m.At.After(p.German) {
		p.German = m.At
	}
	if p.Next.Sub(m.At) < checkEarly { // the facts were looked at, whatever the language
		p.Next = m.At.Add(checkAgain)
	}
	return p
}

// checks are what the team said about pages.
func (c *Ctx) checks() Checks {
	if c.In.Facts.Checks == nil {
		return nil
	}
	return c.In.Facts.Checks()
}

// What coordinators do with pages: buttons "page/ID/show/LANG", "page/ID/ok/LANG/OF",
// "page/ID/undo/LANG", and "page/-/list/N" for the list from its page N.
const (
	PageShow = "show"
	PageOK   = "ok"
	PageUndo = "undo"
	PageList = "list"
)

// mostPages is how many pages are listed in one message, and mostOverdue how many the desk
// is told of by itself.
const mostPages, mostOverdue = 25, 20

// overdue are the pages that should have been checked, the longest first, and the others
// in the order of their day.
func overdue(all []Page, now time.Time) (late, others []Page) {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Page) int { return a.Next.Compare(b.Next) })
	n := slices.IndexFunc(all, func(p Page) bool { return !now.After(p.Next) })
	if n < 0 {
		n = len(all)
	}
	return all[:n], all[n:]
}

// OverduePages tells the desk which pages somebody should check again, nil when there is
// none. Command is what to type to do so.
func OverduePages(all []Page, command string, now time.Time) []Text {
	late, _ := overdue(all, now)
	if len(late) == 0 {
		return nil
	}
	out := []Text{say("desk.info.overdue", number("n", len(late)))}
	for _, p := range late[:min(len(late), mostOverdue)] {
		out = append(out, say("desk.info.page", word("title", p.Title), date("date", p.Next)))
	}
	return append(out, say("desk.info.overdue.how", code("command", command)))
}

// ListPages shows the desk all pages as somebody of it has to look at them: what is overdue
// first. It goes on after so many.
func ListPages(all []Page, from int, now time.Time) Tell {
	late, others := overdue(all, now)
	sorted := slices.Concat(late, others)
	if from < 0 || from >= len(sorted) {
		from = 0
	}
	to := min(len(sorted), from+mostPages)
	t := Tell{Where: Here, Columns: 2, Body: []Text{say("desk.pages.list", number("n", len(sorted)), number("late", len(late)))}}
	for i, p := range sorted[from:to] {
		line := say("desk.pages.draft", word("title", p.Title), date("next", p.Next))
		if !p.Checked.IsZero() {
			line = say("desk.pages.checked", append(line.Args, date("checked", p.Checked))...)
		}
		if from+i < len(late) {
			line.Key += ".late"
		}
		t.Body = append(t.Body, line)
		t.Options = append(t.Options, Option{ID: pageButton + p.ID + "/" + PageShow + "/de", Key: p.Title})
	}
	t.Body = append(t.Body, say("desk.pages.how"))
	if to < len(sorted) {
		t.Options = append(t.Options, Option{ID: pageButton + "-/" + PageList + "/" + strconv.Itoa(to), Emoji: "▶️", Key: "desk.pages.more"})
	}
	return t
}

// ShowPage shows the desk a page whole, as its reader in that language sees it, to be
// confirmed. By is who did so last, "" when that is not known.
func ShowPage(p Page, lang Language, by string, languages []Language) Tell {
	in := func(t Text) Text { t.Lang = lang.Tag; return t }
	t := Tell{Where: Here, Columns: 2, Body: []Text{say("desk.pages.head", word("title", p.Title), named("language", lang.Name))}}
	for _, key := range p.Parts {
		t.Body = append(t.Body, in(say(key)))
	}
	for _, link := range p.Links {
		t.Body = append(t.Body, say("info.link", code("link", link)))
	}
	t.Body = append(t.Body, say("info.source", named("source", p.Source)), pageState(p, by), say("desk.pages.ask"))
	t.Options = []Option{{ID: pageButton + p.ID + "/" + PageOK + "/" + lang.Tag + "/" + p.Of, Emoji: "✅", Key: "desk.pages.ok"}}
	for _, other := range languages {
		if other.Tag != lang.Tag {
			t.Options = append(t.Options, Option{ID: pageButton + p.ID + "/" + PageShow + "/" + other.Tag, Label: other.Name})
		}
	}
	return t
}

func pageState(p Page, by string) Text {
	switch {
	case p.Checked.IsZero():
		return say("desk.pages.nobody", day("next", p.Next))
	case by == "":
		return say("desk.pages.when", date("checked", p.Checked), day("next", p.Next))
	}
	return say("desk.pages.who", date("checked", p.Checked), named("who", by), day("next", p.Next))
}

// PageChecked tells the desk that somebody stands for a page, which can be taken back.
func PageChecked(p Page, lang Language, by string) Tell {
	return Tell{Body: []Text{say("desk.pages.done", word("title", p.Title), named("language", lang.Name), named("who", by)), pageState(p, by)},
		Options: []Option{{ID: pageButton + p.ID + "/" + PageUndo + "/" + lang.Tag, Emoji: "↩️", Key: "desk.pages.undo"}}}
}

// PageUnchecked tells the desk that nobody stands for a page any more.
func PageUnchecked(p Page, lang Language) []Text {
	return []Text{say("desk.pages.undone", word("title", p.Title), named("language", lang.Name))}
}

// PageChanged tells the desk that a page says something else than what was read.
func PageChanged() []Text { return []Text{say("desk.pages.changed")} }
