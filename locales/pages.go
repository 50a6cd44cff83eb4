package locales

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Page is what people can read about one subject: pages/ID.md in German, and
// pages/ID.xx.md in every other language. Its title is the key PageTitle(ID), what
// it says are the keys PageMessage(ID, 1) to PageMessage(ID, Messages).
type Page struct {
	ID     string
	Topic  string    // of flows/data/topics.toml: what a question about the page is about
	Level  string    // whose rules it tells: "germany", "saxony", "leipzig", or ""
	Parent string    // ID of the page that it belongs to, "" for one of the first level
	Order  int       // among those of the same parent, smallest first
	Roles  []string  // whom it is for; empty: everybody
	Source string    // where its facts were read and when, in German
	Next   time.Time // the day on which somebody should check it again, in Berlin
	Helps  []string  // IDs of flows/data/contacts.toml: who helps
	Links  []string  // addresses for who wants to read more
	// Phrases tells that every message is something to copy and to send to
	// parents: nothing may be added to it.
	Phrases  bool
	Messages int // how many messages the page has, in every language
	// Checked has every language of the page: who read it there and when; the
	// zero Check while nobody has (Entwurf).
	Checked map[string]Check
	file    pageFile // the German one
}

// A Check is that somebody read a text and stands for it.
type Check struct {
	By string    // may be empty
	On time.Time // midnight in Berlin; zero: nobody has read it yet
}

// PageTitle is the key of what a page is called, fit for a button.
func PageTitle(id string) string { return pagePrefix + id + ".label" }

// PageMessage is the key of message n of a page, from 1.
func PageMessage(id string, n int) string { return pagePrefix + id + "." + strconv.Itoa(n) }

const pagePrefix = "page."

// isPageMessage tells keys of what a page says from that of its title: nobody types
// a whole message.
func isPageMessage(key string) bool {
	return strings.HasPrefix(key, pagePrefix) && !strings.HasSuffix(key, ".label")
}

// MaxPageMessage is the longest message of a page as it is shown, in UTF-16 units;
// MaxPageTitle the longest title, in characters.
const MaxPageMessage, MaxPageTitle = 600, 24

// maxLevelTitle leaves room for the sign of the level on the button.
const maxLevelTitle = MaxPageTitle - 3

// Pages are all of them: those of the first level in their order, each before
// the pages that belong to it.
func (w *Words) Pages() []Page { return slices.Clone(w.pages) }

// Page is the one with that ID.
func (w *Words) Page(id string) (Page, bool) {
	if i := slices.IndexFunc(w.pages, func(p Page) bool { return p.ID == id }); i >= 0 {
		return w.pages[i], true
	}
	return Page{}, false
}

// Terms are what pages name and others define.
type Terms struct{ Topics, Roles, Contacts []string }

// CheckPages says which pages name a topic, a role or a contact that is not among
// known, each with file and line.
func (w *Words) CheckPages(known Terms) error {
	var wrong []error
	for _, p := range w.pages {
		for _, of := range []struct {
			key          string
			named, terms []string
		}{{"topic", []string{p.Topic}, known.Topics}, {"roles", p.Roles, known.Roles}, {"helps", p.Helps, known.Contacts}} {
			for _, name := range of.named {
				if !slices.Contains(of.terms, name) {
					wrong = append(wrong, p.file.wrong(of.key, "%s: there is no %q, only %q", of.key, name, of.terms))
				}
			}
		}
	}
	return errors.Join(wrong...)
}

// Line is file and line of what begins a line of the page's German file, such as
// "links", for whoever finds something wrong with it.
func (p Page) Line(what string) string { return p.file.line(what) }

// loadedPages are all pages with what they say in each language.
type loadedPages struct {
	pages []Page
	files map[string][]pageFile // by language, in the order of pages
}

// loadPages reads every pages/*.md in fsys. The errors name file and line.
func loadPages(fsys fs.FS, known []cldr, loaded []string, berlin *time.Location) (loadedPages, error) {
	var all loadedPages
	names, err := fs.Glob(fsys, "pages/*.md")
	if err != nil {
		return all, err
	}
	byID := map[string]map[string]pageFile{}
	for _, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return all, err
		}
		f, err := readHead(name, string(raw), berlin)
		if err != nil {
			return all, err
		}
		if !slices.Contains(loaded, f.tag) {
			return all, f.wrong("", "there is no active.%s.toml", f.tag)
		}
		if byID[f.id] == nil {
			byID[f.id] = map[string]pageFile{}
		}
		byID[f.id][f.tag] = f
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		p, err := newPage(byID[id], known, loaded, berlin)
		if err != nil {
			return all, err
		}
		all.pages = append(all.pages, p)
	}
	if all.pages, err = inOrder(all.pages); err != nil {
		return all, err
	}
	all.files = map[string][]pageFile{}
	for _, p := range all.pages {
		for tag, f := range byID[p.ID] {
			all.files[tag] = append(all.files[tag], f)
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(all.files)) {
		if err := differ(all.files[tag]); err != nil {
			return all, err
		}
	}
	return all, nil
}

// differ wants no title twice: whoever types one must mean one page.
func differ(files []pageFile) error {
	titles := map[string]string{}
	for _, f := range files {
		title := Fold(f.head.Title)
		if other := titles[title]; other != "" {
			return f.wrong("title", "%s has the title %q already", other, f.head.Title)
		}
		titles[title] = f.name
	}
	return nil
}

// newPage joins the files of a page.
func newPage(files map[string]pageFile, known []cldr, loaded []string, berlin *time.Location) (Page, error) {
	f, ok := files["de"]
	if !ok {
		tag := slices.Sorted(maps.Keys(files))[0]
		return Page{}, files[tag].wrong("", "there is no pages/%s.md, the German page", files[tag].id)
	}
	h := f.head
	p := Page{
		ID: f.id, Topic: h.Topic, Level: h.Level, Parent: h.Parent, Order: h.Order, Roles: h.Roles, Source: h.Source,
		Helps: h.Helps, Links: h.Links, Phrases: h.Phrases, Checked: map[string]Check{}, file: f,
	}
	var err error
	if p.Next, err = time.ParseInLocation(dateForm, h.Next, berlin); err != nil {
		return p, f.wrong("next", "next is the day of the next check, as \"01.06.2027\"")
	}
	if err := f.checkGerman(); err != nil {
		return p, err
	}
	for _, tag := range pageLanguages {
		if _, ok := files[tag]; !ok && slices.Contains(loaded, tag) {
			return p, f.wrong("", "there is no pages/%s.%s.md", f.id, tag)
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(files)) {
		f := files[tag]
		rtl := slices.ContainsFunc(known, func(c cldr) bool { return c.Tag == tag && c.Dir == "rtl" })
		if err := f.readBody(p.Phrases, rtl); err != nil {
			return p, err
		}
		if n := characters(f.head.Title); p.Level != "" && n > maxLevelTitle {
			return p, f.wrong("title", "%d characters are too long for the title of a page with a level: at most %d", n, maxLevelTitle)
		}
		p.Checked[tag], files[tag] = f.check, f
	}
	p.Messages = len(files["de"].messages)
	for _, tag := range slices.Sorted(maps.Keys(files)) {
		if n := len(files[tag].messages); n != p.Messages {
			return p, files[tag].wrong("", "%d messages, but the German page has %d", n, p.Messages)
		}
	}
	return p, nil
}

// inOrder sorts pages, each before those that belong to it.
func inOrder(pages []Page) ([]Page, error) {
	byOrder := func(a, b Page) int {
		if a.Order != b.Order {
			return a.Order - b.Order
		}
		return strings.Compare(a.ID, b.ID)
	}
	slices.SortFunc(pages, byOrder)
	below := map[string][]Page{}
	for _, p := range pages {
		below[p.Parent] = append(below[p.Parent], p)
	}
	for _, p := range pages {
		if p.Parent != "" && !slices.ContainsFunc(below[""], func(top Page) bool { return top.ID == p.Parent }) {
			return nil, p.file.wrong("parent", "parent %q: there is no such page, or it has a parent itself", p.Parent)
		}
	}
	var sorted []Page
	for _, top := range below[""] {
		sorted = append(append(sorted, top), below[top.ID]...)
	}
	return sorted, nil
}
