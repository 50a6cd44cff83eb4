package bot

import (
	"slices"
	"strconv"

	"lotse/flows"
	"lotse/store"
)

// checkedKey leads to what the desk said about all pages: one row, so that a list of them
// is one read.
var checkedKey = keyOf("checked", "pages")

func checksOf(r store.Reader) (flows.Checks, error) {
	all, _, err := load[flows.Checks](r, checkedKey)
	return all, err
}

// lazyChecks are the checks for flows, read when they are first asked for. What went wrong
// then, failed says.
func (t *turn) lazyChecks() (get func() flows.Checks, failed func() error) {
	var all flows.Checks
	var err error
	read := false
	get = func() flows.Checks {
		if !read {
			read = true
			all, err = checksOf(t.tx)
		}
		return all
	}
	return get, func() error { return err }
}

// pages are all pages as the desk reads them, with what it said about them.
func (t *turn) pages() ([]flows.Page, error) {
	checks, err := checksOf(t.tx)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(t.b.lists.read("de"))
	for i := range all {
		all[i] = all[i].By(checks)
	}
	return all, nil
}

// listPages shows the pages in the room where they were asked for.
func (t *turn) listPages() error { return t.listPagesFrom(0) }

func (t *turn) listPagesFrom(n int) error {
	all, err := t.pages()
	if err != nil {
		return err
	}
	return t.offerHere(flows.ListPages(all, n, t.now))
}

// pagePress is a button about a page (flows.PageShow and so on).
func (t *turn) pagePress(parts []string) error {
	if parts[2] == flows.PageList && len(parts) > 3 {
		n, _ := strconv.Atoi(parts[3]) // of a button that nobody made it is 0
		return t.listPagesFrom(n)
	}
	checks, err := checksOf(t.tx)
	if err != nil {
		return err
	}
	p, lang, found := t.sheet(parts)
	if !found {
		return t.tellHere(flows.Text{Key: "desk.old"})
	}
	p, mark := p.By(checks), checks[p.ID][p.Lang]
	by := ""
	if mark.Of == p.Of && mark.At.Equal(p.Checked) {
		by = mark.By
	}
	switch parts[2] {
	case flows.PageShow:
		return t.offerHere(flows.ShowPage(p, lang, by, t.b.lists.languages))
	case flows.PageOK:
		if len(parts) < 5 || parts[4] != p.Of { // what they read is not what it says
			if err := t.tellHere(flows.PageChanged()...); err != nil {
				return err
			}
			return t.offerHere(flows.ShowPage(p, lang, by, t.b.lists.languages))
		}
		t.check(checks, p, &flows.Mark{At: t.now, By: t.ev.Name, Of: p.Of})
		return t.tellChecked(p.ID, lang)
	case flows.PageUndo:
		t.check(checks, p, nil)
		return t.tellDesk(flows.PageUnchecked(p, lang)...)
	}
	return nil
}

// sheet is the page and the language that a button names.
func (t *turn) sheet(parts []string) (p flows.Page, lang flows.Language, found bool) {
	if len(parts) < 4 {
		return p, lang, false
	}
	for _, l := range t.b.lists.languages {
		if l.Tag != parts[3] {
			continue
		}
		all := t.b.lists.read(l.Tag)
		if i := slices.IndexFunc(all, func(p flows.Page) bool { return p.ID == parts[1] }); i >= 0 && all[i].Lang == l.Tag {
			return all[i], l, true
		}
	}
	return p, lang, false
}

// check keeps a mark of a page, or takes it away, and forgets those of pages that are gone.
func (t *turn) check(all flows.Checks, p flows.Page, m *flows.Mark) {
	next := flows.Checks{}
	for _, known := range t.b.lists.read("de") {
		marks := map[string]flows.Mark{}
		for tag, mark := range all[known.ID] {
			marks[tag] = mark
		}
		if known.ID == p.ID {
			delete(marks, p.Lang)
			if m != nil {
				marks[p.Lang] = *m
			}
		}
		if len(marks) > 0 {
			next[known.ID] = marks
		}
	}
	save(t.tx, checkedKey, next)
}

// tellChecked tells every room of the desk that somebody stands for a page now.
func (t *turn) tellChecked(id string, lang flows.Language) error {
	checks, err := checksOf(t.tx)
	if err != nil {
		return err
	}
	p, _, _ := t.sheet([]string{"page", id, "", lang.Tag})
	for _, d := range t.b.desks {
		if err := t.offerAt(d.Address, flows.PageChecked(p.By(checks), lang, t.ev.Name)); err != nil {
			return err
		}
	}
	return nil
}
