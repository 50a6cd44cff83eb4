// Package locales speaks: it turns a key and its arguments into words of one
// language. Every word a person reads stands in active.<tag>.toml, in the format
// of go-i18n; which languages there are is decided by which files there are. Go
// code holds keys only.
//
// A message goes this way: Load checks each template and compiles its markup
// (markup.go); Text finds the template (find), turns the arguments into plain
// strings (arg.go), has go-i18n put them into the plural form that Plural chose,
// and lays the result out (layout.go), the one place that applies the rules for
// right-to-left text. In the pseudo language Pseudo a text is its key and its
// arguments, so that tests survive every rewording (pseudo.go).
//
// In a catalogue a key is one quoted name, ["ask.topic"], with an optional
// description and a template per plural form. *bold* and _italic_ are the only
// markup, {{.name}} the only template code. Keys of buttons are btn.x, x.btn.y
// or x.label; x.words lists, between commas, what people may type for x. In
// right-to-left languages the translator puts isolates (U+2066 or U+2068 to
// U+2069) around digits and Latin words of the text itself; arguments have
// theirs.
//
// Answers written beforehand (answers/, templates.go), pages to read (pages/, pages.go)
// and campaigns of questions (surveys/, surveys.go) become entries like all others. FindPages finds pages (find.go).
//
// Text of people comes in through Clean and is compared through Fold.
package locales

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	_ "time/tzdata" // Berlin must be known where the system has no zone files

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed active.*.toml answers/*.toml pages/*.md surveys/*.toml
var embedded embed.FS

// Embedded holds the catalogues the program was built with.
func Embedded() fs.FS { return embedded }

// Oops is the key of the sentence that is said when there is nothing better to
// say. German must have it.
const Oops = "oops"

// A Language is one that people can choose.
type Language struct {
	Tag  string // as in active.<tag>.toml
	Name string // what its speakers call it
	RTL  bool   // it is written from right to left
}

// Words are all texts in all languages. They do not change after Load and may be
// used from many goroutines.
type Words struct {
	tongues   map[string]*tongue
	list      []Language
	lost      []*tongue // where a language that is not loaded falls back to
	templates []Template
	pages     []Page // each before those that belong to it
	surveys   []Survey
	indexes   map[string]func() index // of pages, by language; made when first asked for
	berlin    *time.Location
}

// A tongue is one loaded language.
type tongue struct {
	Language
	localizer *i18n.Localizer
	entries   map[string]*entry
	weekdays  []string  // Monday first
	chain     []*tongue // the language itself, then where it falls back to
}

// An entry is one key in one language, as the catalogue has it. There are thousands
// and few are ever said: what is made of one is made when it is first asked for.
type entry struct {
	description  string
	other        string            // template of the form "other"
	forms        map[string]string // of the other plural forms; nil when there are none
	placeholders []string          // names used in any form, sorted
	ready        atomic.Pointer[ready]
	ways         atomic.Pointer[[]string] // folded ways to say it, see Means
}

// ready is all that can be said of an entry that is fixed.
type ready struct {
	text  Text
	label string // text on one line
	bare  string // label before the layout, to stand inside another text
}

// A Source is what a catalogue says about a key, unrendered, for checks.
type Source struct {
	Description  string            // for translators
	Forms        map[string]string // template by plural form; "other" is always there
	Placeholders []string          // names used in any form, sorted
}

// Load reads every active.<tag>.toml, answers/<id>.toml, pages/<id>.md,
// pages/<id>.<tag>.md and surveys/<id>.toml in fsys. It refuses a file that is not TOML (the error names
// file and line), a key said twice, a template that holds more than {{.name}} and
// the markup of compile, a language that cldr.json does not know, a catalogue
// without German Oops, an answer whose slots are not the same in all its
// languages, a page that lacks a language, a source, or messages that another language has, and
// a campaign that lacks a language or a text, or asks something twice.
func Load(fsys fs.FS) (*Words, error) {
	known, err := loadCLDR()
	if err != nil {
		return nil, err
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return nil, fmt.Errorf("locales: %w", err)
	}
	w := &Words{tongues: map[string]*tongue{}, berlin: berlin}
	files, err := fs.Glob(fsys, "active.*.toml")
	if err != nil {
		return nil, fmt.Errorf("locales: %w", err)
	}
	templates, err := loadTemplates(fsys)
	if err != nil {
		return nil, err
	}
	var tags []string
	for _, file := range files {
		tags = append(tags, file[len("active."):len(file)-len(".toml")])
	}
	pages, err := loadPages(fsys, known, tags, berlin)
	if err != nil {
		return nil, fmt.Errorf("locales: %w", err)
	}
	if w.surveys, err = loadSurveys(fsys, known, tags, berlin); err != nil {
		return nil, fmt.Errorf("locales: %w", err)
	}
	for _, file := range files {
		tag := file[len("active.") : len(file)-len(".toml")]
		i := slices.IndexFunc(known, func(c cldr) bool { return c.Tag == tag })
		if i < 0 {
			return nil, fmt.Errorf("locales: %s: cldr.json has no language %q", file, tag)
		}
		if w.tongues[tag], err = loadTongue(fsys, file, known[i], templates, pages.files[tag], w.surveys); err != nil {
			return nil, err
		}
	}
	for _, t := range templates {
		for tag := range t.Checked {
			if w.tongues[tag] == nil {
				return nil, fmt.Errorf("locales: %w", t.wrong("", "[lang."+tag+"]", "there is no active.%s.toml", tag))
			}
		}
		w.templates = append(w.templates, t.Template)
	}
	w.pages, w.indexes = pages.pages, map[string]func() index{}
	for tag, files := range pages.files {
		w.indexes[tag] = sync.OnceValue(func() index { return newIndex(w.pages, files) })
	}
	if !w.Has("de", Oops) {
		return nil, fmt.Errorf("locales: active.de.toml is missing or has no %q", Oops)
	}
	for _, c := range known {
		if t := w.tongues[c.Tag]; t != nil {
			w.list = append(w.list, t.Language)
		}
	}
	w.lost = w.present("en", "de")
	for tag, t := range w.tongues {
		t.chain = w.present(tag, "en", "de")
		if tag == "de-simple" {
			t.chain = w.present(tag, "de", "en")
		}
	}
	return w, nil
}

// present is the loaded ones of tags, each once.
func (w *Words) present(tags ...string) []*tongue {
	var found []*tongue
	for _, tag := range tags {
		if t := w.tongues[tag]; t != nil && !slices.Contains(found, t) {
			found = append(found, t)
		}
	}
	return found
}

// host is the language every bundle is declared to be in. Each tongue has a
// bundle of its own, so go-i18n's matcher never chooses (it cannot tell
// de-simple from de), and its plural rules never decide (in v2.7.0 they want
// "one" for 0 and 1 in Vietnamese, which has no such form): of all languages
// Arabic has all six forms, and formCount picks each of them.
var host = language.Arabic

var formCount = map[string]int{"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}

func loadTongue(fsys fs.FS, file string, c cldr, templates []loadedTemplate, pages []pageFile, surveys []Survey) (*tongue, error) {
	data, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, fmt.Errorf("locales: %w", err)
	}
	parsed, err := i18n.ParseMessageFileBytes(data, file, map[string]i18n.UnmarshalFunc{"toml": toml.Unmarshal})
	if err != nil {
		return nil, fmt.Errorf("locales: %s: %w", file, err)
	}
	t := &tongue{
		Language: Language{Tag: c.Tag, Name: c.Name, RTL: c.Dir == "rtl"},
		entries:  map[string]*entry{},
		weekdays: c.Weekdays,
	}
	bundle := i18n.NewBundle(host)
	for _, template := range templates {
		parsed.Messages = append(parsed.Messages, template.messages[c.Tag]...)
	}
	for _, page := range pages {
		parsed.Messages = append(parsed.Messages, page.entries()...)
	}
	for _, s := range surveys {
		parsed.Messages = append(parsed.Messages, s.entries(c.Tag)...)
	}
	for _, m := range parsed.Messages {
		if t.entries[m.ID] != nil {
			return nil, fmt.Errorf("locales: %s: %s is said twice", file, m.ID)
		}
		e, err := newEntry(m)
		if err != nil {
			return nil, fmt.Errorf("locales: %s: %s: %w", file, m.ID, err)
		}
		t.entries[m.ID] = e
		if e.fixed() {
			continue // nothing is to be put in
		}
		if err := bundle.AddMessages(host, m); err != nil {
			return nil, fmt.Errorf("locales: %s: %s: %w", file, m.ID, err)
		}
	}
	t.localizer = i18n.NewLocalizer(bundle, host.String())
	return t, nil
}

// find is the entry of key where lang or what it falls back to has it, Oops
// otherwise. The error tells that lang itself does not have it.
func (w *Words) find(lang, key string) (*tongue, *entry, error) {
	chain := w.lost
	if t := w.tongues[lang]; t != nil {
		if e := t.entries[key]; e.filled() {
			return t, e, nil
		}
		chain = t.chain
	}
	err := fmt.Errorf("locales: no %q in language %q", key, lang)
	for _, k := range []string{key, Oops} {
		for _, t := range chain {
			if e := t.entries[k]; e.filled() {
				return t, e, err
			}
		}
	}
	panic("unreachable: Load wants German " + Oops + ", and German ends every chain")
}

func (e *entry) filled() bool { return e != nil && e.other != "" }

// fixed tells that there are neither placeholders nor plural forms.
func (e *entry) fixed() bool { return e.forms == nil && e.placeholders == nil }

// Languages are the loaded languages in the order of the picker, without Pseudo.
func (w *Words) Languages() []Language { return slices.Clone(w.list) }

// Has tells whether lang itself, not what it falls back to, has words for key.
// Pseudo has what German has.
func (w *Words) Has(lang, key string) bool {
	t := w.tongues[fileOf(lang)]
	return t != nil && t.entries[key].filled()
}

// Keys are the keys in the file of lang, sorted; none when it is not loaded.
// Pseudo has those of German.
func (w *Words) Keys(lang string) []string {
	t := w.tongues[fileOf(lang)]
	if t == nil {
		return nil
	}
	keys := make([]string, 0, len(t.entries))
	for key := range t.entries {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Source is what the file of lang says about key, without falling back.
func (w *Words) Source(lang, key string) (Source, bool) {
	t := w.tongues[fileOf(lang)]
	if t == nil || t.entries[key] == nil {
		return Source{}, false
	}
	e := t.entries[key]
	forms := map[string]string{"other": e.other}
	maps.Copy(forms, e.forms)
	return Source{Description: e.description, Forms: forms, Placeholders: e.placeholders}, true
}
