package locales

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
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

// A pageHead is what stands between the lines "+++" of a file. In files of other
// languages than German that is title, words and checked only.
type pageHead struct {
	Topic, Level, Parent string
	Order                int
	Roles                []string
	Source, Next         string
	Helps, Links         []string
	Phrases              bool

	Title, Words, Checked string
}

var translated = []string{"title", "words", "checked"}

// A pageFile is one file of pages/.
type pageFile struct {
	name, id, tag string
	raw           string
	head          pageHead
	check         Check
	begin         int      // the line on which the body begins, from 0
	messages      []string // in the markup of compile
}

var (
	pageName   = regexp.MustCompile(`^([a-z]{1,16})(?:\.([a-z]+(?:-[a-z]+)?))?\.md$`) // a button holds the ID
	pageLevels = []string{"", "germany", "saxony", "leipzig"}
	// pageLanguages are those that no page may lack; every other one may.
	pageLanguages = []string{"en", "ar", "uk"}
)

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
		titles := map[string]string{}
		for _, f := range all.files[tag] {
			title := Fold(f.head.Title)
			if other := titles[title]; other != "" {
				return all, f.wrong("title", "%s has the title %q already", other, f.head.Title)
			}
			titles[title] = f.name
		}
	}
	return all, nil
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
	switch {
	case h.Topic == "":
		return p, f.wrong("topic", "there is no topic")
	case strings.TrimSpace(h.Source) == "":
		return p, f.wrong("source", "there is no source: where were the facts read, and when?")
	case !slices.Contains(pageLevels, h.Level):
		return p, f.wrong("level", "level %q: one of %q", h.Level, pageLevels)
	}
	for _, link := range h.Links {
		if u, err := url.Parse(link); err != nil || u.Scheme != "https" || u.Host == "" {
			return p, f.wrong("links", "link %q: an address that begins with https://", link)
		}
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

const dateForm = "02.01.2006"

// readHead reads the name of a file and what stands between its lines "+++".
func readHead(name, raw string, berlin *time.Location) (pageFile, error) {
	f := pageFile{name: name, raw: strings.ReplaceAll(strings.TrimPrefix(raw, "\ufeff"), "\r\n", "\n")}
	parts := pageName.FindStringSubmatch(path.Base(name))
	if parts == nil || parts[2] == "de" {
		return f, fmt.Errorf("%s: a name is ID.md (German) or ID.xx.md, the ID at most 16 letters a to z", name)
	}
	if f.id, f.tag = parts[1], parts[2]; f.tag == "" {
		f.tag = "de"
	}
	lines := strings.Split(f.raw, "\n")
	if lines[0] != "+++" {
		return f, f.at(1, "the first line is not +++")
	}
	end := slices.Index(lines[1:], "+++") + 1
	if end == 0 {
		return f, f.at(1, "no second line +++ ends what begins here")
	}
	f.begin = end + 1
	// An empty line in place of the first one: the errors of TOML count it.
	meta, err := toml.Decode("\n"+strings.Join(lines[1:end], "\n"), &f.head)
	if err != nil {
		return f, fmt.Errorf("%s: %w", f.name, err)
	}
	return f, f.checkHead(meta, berlin)
}

// checkHead checks what every language has.
func (f *pageFile) checkHead(meta toml.MetaData, berlin *time.Location) (err error) {
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return f.wrong(unknown[0][0], "unknown key %q", unknown[0])
	}
	for _, key := range meta.Keys() {
		if f.tag != "de" && !slices.Contains(translated, key[0]) {
			return f.wrong(key[0], "%s stands in the German file only, here stand %q", key, translated)
		}
	}
	if f.head.Title = strings.TrimSpace(f.head.Title); f.head.Title == "" || strings.ContainsAny(f.head.Title, "{}*_\\\n") {
		return f.wrong("title", "a title is one line without markup")
	}
	if n := characters(f.head.Title); n > MaxPageTitle {
		return f.wrong("title", "%d characters are too long for a title: at most %d", n, MaxPageTitle)
	}
	if f.check, err = readCheck(f.head.Checked, berlin); err != nil {
		return f.wrong("checked", "%v", err)
	}
	return nil
}

// characters counts without signs that only steer direction.
func characters(s string) (n int) {
	for _, r := range s {
		if !unicode.In(r, unicode.Cf, unicode.Mn) {
			n++
		}
	}
	return n
}

func readCheck(s string, berlin *time.Location) (Check, error) {
	if s == "" {
		return Check{}, nil
	}
	by, on := "", s
	if i := strings.LastIndex(s, ", "); i >= 0 {
		by, on = s[:i], s[i+len(", "):]
	}
	day, err := time.ParseInLocation(dateForm, on, berlin)
	if err != nil {
		return Check{}, errors.New("checked is who read it and when, as \"Name, 01.12.2026\" or \"01.12.2026\", or empty")
	}
	return Check{By: by, On: day}, nil
}

// readBody reads the messages. A line "---" ends a message, and so does an empty
// line in a page of phrases.
func (f *pageFile) readBody(phrases, rtl bool) error {
	var message, compiled []string
	for i, line := range append(strings.Split(f.raw, "\n"), "---") {
		line = strings.TrimRightFunc(line, unicode.IsSpace)
		switch {
		case i < f.begin, line == "" && len(message) == 0:
		case line == "---" || phrases && line == "":
			shown := layout(strings.TrimSpace(strings.Join(compiled, "\n")), rtl).Text
			if n := utf16Len(shown); n > MaxPageMessage {
				return f.at(i-len(message)+1, "the message that begins here has %d characters, at most %d", n, MaxPageMessage)
			}
			if len(message) > 0 {
				f.messages = append(f.messages, strings.TrimSpace(strings.Join(message, "\n")))
			}
			message, compiled = nil, nil
		default:
			line, err := fromMarkdown(line)
			signs, wrong := compile(line)
			if err = cmp.Or(err, wrong); err != nil {
				return f.at(i+1, "%v", err)
			}
			message, compiled = append(message, line), append(compiled, signs)
		}
	}
	if len(f.messages) == 0 {
		return f.at(f.begin, "the page says nothing")
	}
	return nil
}

func utf16Len(s string) (n int) {
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

var markup = strings.NewReplacer(`\\`, `\\`, `\*`, `\*`, `\_`, `\_`, "**", "*", "*", "_")

// fromMarkdown turns a line of Markdown into our markup. Bold, italics and lists
// are all there is of it; a line stays a line.
func fromMarkdown(line string) (string, error) {
	switch {
	case strings.Contains(line, "{{"):
		return "", errors.New("{{ is not allowed")
	case strings.HasPrefix(line, "#"):
		return "", errors.New("no headings: write **bold**")
	case strings.Contains(line, "]("):
		return "", errors.New("no links here: they stand in links")
	}
	for _, bullet := range []string{"- ", "* "} {
		if item, ok := strings.CutPrefix(line, bullet); ok {
			line = "• " + item
			break
		}
	}
	return markup.Replace(line), nil
}

// entries are the page in the file's language, as entries of the catalogue.
func (f pageFile) entries() []*i18n.Message {
	about := "Page " + f.name
	said := []*i18n.Message{{ID: PageTitle(f.id), Other: f.head.Title, Description: about + ": what it is called"}}
	for i, text := range f.messages {
		said = append(said, &i18n.Message{ID: PageMessage(f.id, i+1), Other: text, Description: about})
	}
	return said
}

// wrong is an error that names the line of what in the head.
func (f pageFile) wrong(what, format string, args ...any) error {
	return fmt.Errorf("%s: %s", f.line(what), fmt.Sprintf(format, args...))
}

func (f pageFile) line(what string) string {
	n := 1
	if at := strings.Index(f.raw, "\n"+what); at >= 0 && what != "" {
		n += strings.Count(f.raw[:at+1], "\n")
	}
	return f.name + ":" + strconv.Itoa(n)
}

func (f pageFile) at(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", f.name, line, fmt.Sprintf(format, args...))
}
