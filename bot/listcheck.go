package bot

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
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

// hotlineNumber is what somebody can call.
var hotlineNumber = regexp.MustCompile(`^\+?[0-9][0-9 ]{1,20}$`)

// hotlines finds what is wrong with the emergency card: it has numbers, and says in every
// language what each is for.
func (c *listChecker) hotlines(all []flows.Hotline) {
	const name = "emergency.toml"
	if len(all) == 0 {
		c.bad(name, 0, "", "there is no number: somebody in danger would be shown an empty card")
	}
	seen := map[string]bool{}
	for i, h := range all {
		switch {
		case !listID.MatchString(h.ID):
			c.bad(name, i, "id", "id %q: at most 16 letters a to z and digits", h.ID)
			continue
		case seen[h.ID]:
			c.bad(name, i, "id", "id %q is there twice", h.ID)
		}
		seen[h.ID] = true
		if !hotlineNumber.MatchString(h.Number) {
			c.bad(name, i, "number", "number %q: digits and spaces", h.Number)
		}
		for _, lang := range c.words.Languages() {
			if !c.words.Has(lang.Tag, "sos.for."+h.ID) {
				c.bad(name, i, "id", "there is no [\"sos.for.%s\"] in active.%s.toml", h.ID, lang.Tag)
			}
		}
	}
}

// crisis finds words of somebody in danger that stand in every text, or in none.
func (c *listChecker) crisis(words map[string][]string) {
	for _, tag := range slices.Sorted(maps.Keys(words)) {
		if !slices.ContainsFunc(c.words.Languages(), func(l locales.Language) bool { return l.Tag == tag }) {
			c.badLine("crisis.toml", tag, "there is no language %q: nobody looks for these words", tag)
		}
		for _, phrase := range words[tag] {
			if len([]rune(locales.Fold(phrase))) < shortestCrisis {
				c.badLine("crisis.toml", `"`+phrase+`"`, "%q in %q is too short: it stands in words that mean something else", phrase, tag)
			}
		}
	}
}

// shortestCrisis is how many characters words of somebody in danger have at least.
const shortestCrisis = 3

// badLine notes what is wrong with the first line that holds text.
func (c *listChecker) badLine(name, text, format string, args ...any) {
	raw, err := fs.ReadFile(c.files, name)
	if err != nil {
		c.wrong = append(c.wrong, err)
		return
	}
	line := 1
	if before, _, found := strings.Cut(string(raw), text); found && text != "" {
		line += strings.Count(before, "\n")
	}
	c.wrong = append(c.wrong, fmt.Errorf("%s:%d: %s", name, line, fmt.Sprintf(format, args...)))
}

// said notes an error that quotes what it is about.
func (c *listChecker) said(name string, err error) {
	if err != nil {
		quoted := regexp.MustCompile(`"[^"]*"`).FindString(err.Error())
		c.badLine(name, strings.Trim(quoted, `"`), "%v", err)
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
