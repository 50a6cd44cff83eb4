package bot

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"lotse/flows"
	"lotse/flows/data"
	"lotse/locales"
)

// lists are the values of flows/data, ready for use.
type lists struct {
	topics    []flows.Topic
	hotlines  []flows.Hotline
	contacts  []flows.Contact
	templates []flows.Template
	languages []flows.Language
	crisis    map[string][]string // language → folded words
	calendar  flows.Calendar      // when the team works
	berlin    *time.Location      // whose clock all dates are on
	seasons   flows.Seasons       // school holidays and feasts
	venues    []flows.SavedVenue
	surveys   []flows.Survey          // the first to begin first
	sheets    map[string][]flows.Page // by the reader's language
}

// IsList reports whether a list of that name is built in.
func IsList(name string) bool {
	_, err := fs.Stat(data.Files, name)
	return err == nil
}

// loadLists reads the lists, with those of the folder over in place of those built in.
func loadLists(words *locales.Words, over fs.FS) (lists, error) {
	files := fs.FS(data.Files)
	if over != nil {
		files = locales.Over(files, over)
	}
	var l lists
	var topics struct{ Topic []flows.Topic }
	var hotlines struct{ Hotline []flows.Hotline }
	var contacts struct{ Contact []flows.Contact }
	var crisis struct{ Words map[string][]string }
	var hours flows.Hours
	var venues struct{ Venue []flows.SavedVenue }
	for name, into := range map[string]any{
		"topics.toml": &topics, "emergency.toml": &hotlines, "contacts.toml": &contacts, "crisis.toml": &crisis, "hours.toml": &hours,
		"holidays.toml": &l.seasons, "venues.toml": &venues,
	} {
		if err := decode(files, name, into); err != nil {
			return l, err
		}
	}
	var err error
	if l.berlin, err = time.LoadLocation("Europe/Berlin"); err != nil {
		return l, err
	}
	check := listChecker{files: files, words: words}
	l.calendar, err = hours.Calendar(l.berlin)
	check.said("hours.toml", err)
	check.said("holidays.toml", l.seasons.Check())
	l.venues = venues.Venue
	l.topics, l.hotlines, l.contacts = topics.Topic, hotlines.Hotline, contacts.Contact
	l.surveys = surveysOf(words.Surveys())
	l.sheets = map[string][]flows.Page{}
	l.templates = templatesOf(words.Templates())
	for _, lang := range words.Languages() {
		l.sheets[lang.Tag] = sheets(words, lang.Tag)
		l.languages = append(l.languages, flows.Language{Tag: lang.Tag, Name: lang.Name})
	}
	l.crisis = map[string][]string{}
	for lang, phrases := range crisis.Words {
		for _, p := range phrases {
			l.crisis[lang] = append(l.crisis[lang], locales.Fold(p))
		}
	}
	check.topics(l.topics)
	check.hotlines(l.hotlines)
	check.crisis(crisis.Words)
	check.contacts(l.contacts, l.topics, l.berlin)
	return l, errors.Join(check.err(), words.CheckPages(l.terms()))
}

// terms are what pages may name. A role is one that some topic is for.
func (l lists) terms() (t locales.Terms) {
	for _, topic := range l.topics {
		t.Topics = append(t.Topics, topic.ID)
		t.Roles = append(t.Roles, topic.Roles...)
	}
	for _, contact := range l.contacts {
		t.Contacts = append(t.Contacts, contact.ID)
	}
	slices.Sort(t.Roles)
	t.Roles = slices.Compact(t.Roles)
	return t
}

// decode reads a list strictly: a key that nothing reads is a mistake.
func decode(files fs.FS, name string, into any) error {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	meta, err := toml.Decode(string(raw), into)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return unknownKey(name, string(raw), unknown[0])
	}
	return nil
}

// danger is the language in which a text holds words of somebody in danger, ""
// when it holds none. Languages are tried in the order of the menu, so that the
// answer does not depend on chance.
func (l lists) danger(text string) string {
	if text == "" {
		return ""
	}
	folded := locales.Fold(text)
	for _, lang := range l.languages {
		for _, phrase := range l.crisis[lang.Tag] {
			if strings.Contains(folded, phrase) {
				return lang.Tag
			}
		}
	}
	return ""
}

// sorted are the languages on offer with the client's own first: a hint, never
// a choice.
func (l lists) sorted(hint string) []flows.Language {
	for i, lang := range l.languages {
		if lang.Tag == hint && i > 0 {
			out := append([]flows.Language{lang}, l.languages[:i]...)
			return append(out, l.languages[i+1:]...)
		}
	}
	return l.languages
}
