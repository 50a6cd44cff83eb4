package bot

import (
	"errors"
	"fmt"
	"io/fs"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"lotse/flows"
	"lotse/locales"
)

// listID is how the IDs in lists look: they stand in buttons.
var listID = regexp.MustCompile(`^[a-z][a-z0-9]{0,15}$`)

// A listChecker collects what is wrong with lists, with file and line.
type listChecker struct {
	files fs.FS
	words *locales.Words
	wrong []error
}

// bad notes what is wrong with the nth entry of a list, at the line that begins with key.
func (c *listChecker) bad(name string, n int, key, format string, args ...any) {
	raw, err := fs.ReadFile(c.files, name)
	if err != nil {
		c.wrong = append(c.wrong, err)
		return
	}
	c.wrong = append(c.wrong, fmt.Errorf("%s:%d: %s", name, entryLine(string(raw), n, key), fmt.Sprintf(format, args...)))
}

// entryLine is the line of key in the nth [[entry]] of a file, else that of the entry.
func entryLine(raw string, n int, key string) int {
	at := 1
	seen := -1
	for i, line := range strings.Split(raw, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "[["):
			if seen++; seen == n {
				at = i + 1
			}
		case seen == n && strings.HasPrefix(line, key):
			return i + 1
		}
	}
	return at
}

// topics finds what is wrong with the topics: each has an ID of its own and a name in
// every language.
func (c *listChecker) topics(all []flows.Topic) {
	seen := map[string]bool{}
	for i, t := range all {
		switch {
		case !listID.MatchString(t.ID):
			c.bad("topics.toml", i, "id", "id %q: at most 16 letters a to z and digits", t.ID)
			continue
		case seen[t.ID]:
			c.bad("topics.toml", i, "id", "id %q is there twice", t.ID)
		}
		seen[t.ID] = true
		for _, lang := range c.words.Languages() {
			if !c.words.Has(lang.Tag, "topic."+t.ID) {
				c.bad("topics.toml", i, "id", "there is no [\"topic.%s\"] in active.%s.toml", t.ID, lang.Tag)
			}
		}
	}
}

// maxContacts is how many places there can be: what was said about them is read at once
// (store.MaxReads).
const maxContacts = 50

// contacts finds what is wrong with the places where people help, and reads the day on
// which each was last looked at.
func (c *listChecker) contacts(all []flows.Contact, topics []flows.Topic, berlin *time.Location) {
	seen := map[string]bool{}
	if len(all) > maxContacts {
		c.bad("contacts.toml", maxContacts, "id", "%d contacts are too many: at most %d", len(all), maxContacts)
	}
	for i := range all {
		p := &all[i]
		bad := func(key, format string, args ...any) { c.bad("contacts.toml", i, key, format, args...) }
		switch {
		case !listID.MatchString(p.ID):
			bad("id", "id %q: at most 16 letters a to z and digits", p.ID)
		case seen[p.ID]:
			bad("id", "id %q is there twice", p.ID)
		}
		seen[p.ID] = true
		if strings.TrimSpace(p.Name) == "" {
			bad("name", "there is no name")
		}
		if p.Street+p.Phone+p.Mail+p.Web == "" {
			bad("name", "%q has no street, phone, mail or web: nobody finds it", p.Name)
		}
		if a, err := mail.ParseAddress(p.Mail); p.Mail != "" && (err != nil || a.Address != p.Mail) {
			bad("mail", "mail %q: an address like office@example.org", p.Mail)
		}
		if u, err := url.Parse(p.Web); p.Web != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
			bad("web", "web %q: an address that begins with https://", p.Web)
		}
		for _, topic := range p.Topics {
			if !slices.ContainsFunc(topics, func(t flows.Topic) bool { return t.ID == topic }) {
				bad("topics", "topics: there is no %q in topics.toml", topic)
			}
		}
		for _, tag := range p.Languages {
			if !c.words.Has("de", "language.name."+tag) {
				bad("languages", "languages: there is no [\"language.name.%s\"] in active.de.toml", tag)
			}
		}
		if p.Checked == "" {
			continue
		}
		day, err := time.ParseInLocation("02.01.2006", p.Checked, berlin)
		if err != nil {
			bad("checked", "checked %q: a day like 01.12.2026, or nothing", p.Checked)
		}
		if p.Confirmed {
			p.Said = day
		}
	}
}

func (c *listChecker) err() error { return errors.Join(c.wrong...) }

// unknownKey is the error about a key that nothing reads.
func unknownKey(name, raw string, key []string) error {
	line := 1
	for i, l := range strings.Split(raw, "\n") {
		word, _, is := strings.Cut(l, "=")
		if is && strings.Trim(strings.TrimSpace(word), `"`) == key[len(key)-1] || strings.Trim(strings.TrimSpace(l), "[]") == strings.Join(key, ".") {
			line = i + 1
			break
		}
	}
	return fmt.Errorf("%s:%d: unknown key %q", name, line, strings.Join(key, "."))
}
