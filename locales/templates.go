package locales

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// A Template is an answer that was written and translated beforehand (a
// Baustein): one file answers/ID.toml. What it says is the key TemplateKey(ID),
// what it is called TemplateTitle(ID); the values of its slots are arguments.
type Template struct {
	ID    string
	Topic string // of flows/data/topics.toml
	Slots []Slot // in the order in which the German text has them
	// Checked has every language of the template: who read it there and when
	// ("Name, 01.12.2026"), "" while nobody has (Entwurf).
	Checked map[string]string
	words   []string // folded: the ID, all titles, and what else it is found by
	file    string
	raw     []byte
}

// A Slot is a place in a template for a value of a kind.
type Slot struct {
	Name string
	Kind SlotKind
}

// TemplateKey is the key of a template's text. Every slot is a placeholder.
func TemplateKey(id string) string { return templatePrefix + id }

// TemplateTitle is the key of what a template is called on a button.
func TemplateTitle(id string) string { return templatePrefix + id + ".label" }

const templatePrefix = "template."

// FromFile tells that key is the text of a template, a page or a campaign, not one
// that the program itself says.
func FromFile(key string) bool {
	return strings.HasPrefix(key, templatePrefix) || strings.HasPrefix(key, pagePrefix) || strings.HasPrefix(key, surveyPrefix)
}

// Templates are all of them, by their ID.
func (w *Words) Templates() []Template { return slices.Clone(w.templates) }

// FindTemplates are the templates with words that begin with the words of query,
// all of them, after Fold: in their ID, in a title in any language, or among
// what their file lists as words.
func (w *Words) FindTemplates(query string) []Template {
	asked := strings.Fields(Fold(query))
	var found []Template
	for _, t := range w.templates {
		missing := func(word string) bool {
			return !slices.ContainsFunc(t.words, func(has string) bool { return strings.HasPrefix(has, word) })
		}
		if len(asked) > 0 && !slices.ContainsFunc(asked, missing) {
			found = append(found, t)
		}
	}
	return found
}

// A templateFile is a file of answers/.
type templateFile struct {
	Topic string
	Words string
	Slots map[string]SlotKind
	Lang  map[string]struct{ Title, Text, Checked string }
}

// A loadedTemplate is a template with what it says, by language.
type loadedTemplate struct {
	Template
	messages map[string][]*i18n.Message
}

// loadTemplates reads every answers/*.toml in fsys. The errors name file and line.
func loadTemplates(fsys fs.FS) ([]loadedTemplate, error) {
	files, err := fs.Glob(fsys, "answers/*.toml")
	if err != nil {
		return nil, fmt.Errorf("locales: %w", err)
	}
	var all []loadedTemplate
	for _, file := range files {
		raw, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("locales: %w", err)
		}
		t, err := readTemplate(file, raw)
		if err != nil {
			return nil, fmt.Errorf("locales: %w", err)
		}
		all = append(all, t)
	}
	return all, nil
}

var (
	templateID = regexp.MustCompile(`^[a-z]{1,16}$`) // a button holds it, with much else (chat.MaxButtonID)
	slotName   = regexp.MustCompile(`^[a-z]+$`)
	slotMark   = regexp.MustCompile(`\{([a-z]+)\}`)
	checkedBy  = regexp.MustCompile(`^\S.*, \d{2}\.\d{2}\.\d{4}$`)
)

func readTemplate(file string, raw []byte) (loadedTemplate, error) {
	id := strings.TrimSuffix(path.Base(file), ".toml")
	t := loadedTemplate{
		Template: Template{ID: id, Checked: map[string]string{}, file: file, raw: raw},
		messages: map[string][]*i18n.Message{},
	}
	if !templateID.MatchString(id) {
		return t, fmt.Errorf("%s: the name of the file is the ID: at most 16 letters a to z", file)
	}
	var f templateFile
	meta, err := toml.Decode(string(raw), &f)
	if err != nil {
		return t, fmt.Errorf("%s: %w", file, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return t, t.wrong("", unknown[0][len(unknown[0])-1], "unknown key %q", unknown[0])
	}
	for _, name := range slices.Sorted(maps.Keys(f.Slots)) {
		if kind := f.Slots[name]; !slices.Contains(slotKinds, kind) || !slotName.MatchString(name) {
			return t, t.wrong("[slots]", name, "slot %q of kind %q: a name is letters a to z, a kind one of %q", name, kind, slotKinds)
		}
	}
	t.Topic = f.Topic
	t.words = append(t.words, words(id)...)
	t.words = append(t.words, words(f.Words)...)
	for _, tag := range slices.Sorted(maps.Keys(f.Lang)) {
		if err := t.read(tag, f); err != nil {
			return t, err
		}
	}
	if _, ok := f.Lang["de"]; !ok {
		return t, t.wrong("", "", "no [lang.de]")
	}
	for _, mark := range slotMark.FindAllStringSubmatch(f.Lang["de"].Text, -1) {
		if slot := (Slot{mark[1], f.Slots[mark[1]]}); !slices.Contains(t.Slots, slot) {
			t.Slots = append(t.Slots, slot)
		}
	}
	return t, nil
}

// read takes over what the file says in one language.
func (t *loadedTemplate) read(tag string, f templateFile) error {
	said, section := f.Lang[tag], "[lang."+tag+"]"
	title, text := strings.TrimSpace(said.Title), strings.TrimSpace(said.Text)
	used := map[string]bool{}
	for _, mark := range slotMark.FindAllStringSubmatch(text, -1) {
		if used[mark[1]] = true; f.Slots[mark[1]] == "" {
			return t.wrong(section, mark[0], "%s is no slot of [slots]", mark[0])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Slots)) {
		if !used[name] {
			return t.wrong(section, "text", "the text lacks {%s}", name)
		}
	}
	switch {
	case title == "" || strings.ContainsAny(title, "{}\n"):
		return t.wrong(section, "title", "a title is one line without slots")
	case text == "":
		return t.wrong(section, "text", "there is no text")
	case strings.ContainsAny(slotMark.ReplaceAllString(text, ""), "{}"):
		return t.wrong(section, "text", "a brace that belongs to no {slot}")
	case said.Checked != "" && !checkedBy.MatchString(said.Checked):
		return t.wrong(section, "checked", "checked is who read it and when, as \"Name, 01.12.2026\", or empty")
	}
	text = slotMark.ReplaceAllString(text, "{{.$1}}")
	if _, err := compile(text); err != nil {
		return t.wrong(section, "text", "%v", err)
	}
	if _, err := compile(title); err != nil {
		return t.wrong(section, "title", "%v", err)
	}
	about := "Template " + t.file
	t.messages[tag] = []*i18n.Message{
		{ID: TemplateKey(t.ID), Other: text, Description: about},
		{ID: TemplateTitle(t.ID), Other: title, Description: about + ": what it is called, at most 24 letters"},
	}
	t.Checked[tag] = said.Checked
	t.words = append(t.words, words(title)...)
	return nil
}

func words(s string) []string {
	var folded []string
	for _, field := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '-' || r == ':' }) {
		folded = append(folded, Fold(field))
	}
	return folded
}

// wrong is an error that names the line: that of what, behind the head of section.
func (t Template) wrong(section, what, format string, args ...any) error {
	return fmt.Errorf("%s: %s", t.Line(section, what), fmt.Sprintf(format, args...))
}

// Line is file and line of what stands below the head of a section of a
// template's file, best at the beginning of a line, for whoever looks for something
// wrong with it.
func (t Template) Line(section, what string) string {
	at := max(0, bytes.Index(t.raw, []byte(section)))
	if begin := bytes.Index(t.raw[at:], []byte("\n"+what)); begin >= 0 && what != "" {
		at += begin + 1
	} else {
		at += max(0, bytes.Index(t.raw[at:], []byte(what)))
	}
	return fmt.Sprintf("%s:%d", t.file, bytes.Count(t.raw[:at], []byte("\n"))+1)
}
