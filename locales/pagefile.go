package locales

import (
	"cmp"
	"errors"
	"fmt"
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
	if _, err := compile(f.head.Title); err != nil {
		return f.wrong("title", "%v", err)
	}
	if n := characters(f.head.Title); n > MaxPageTitle {
		return f.wrong("title", "%d characters are too long for a title: at most %d", n, MaxPageTitle)
	}
	if f.check, err = readCheck(f.head.Checked, berlin); err != nil {
		return f.wrong("checked", "%v", err)
	}
	return nil
}

// checkGerman checks what only the German file has.
func (f *pageFile) checkGerman() error {
	switch {
	case f.head.Topic == "":
		return f.wrong("topic", "there is no topic")
	case strings.TrimSpace(f.head.Source) == "":
		return f.wrong("source", "there is no source: where were the facts read, and when?")
	case !slices.Contains(pageLevels, f.head.Level):
		return f.wrong("level", "level %q: one of %q", f.head.Level, pageLevels)
	}
	for _, link := range f.head.Links {
		if u, err := url.Parse(link); err != nil || u.Scheme != "https" || u.Host == "" {
			return f.wrong("links", "link %q: an address that begins with https://", link)
		}
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
			if strings.TrimSpace(shown) != "" {
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
	lines := strings.Split(f.raw, "\n")
	at := slices.IndexFunc(lines[:f.begin], func(line string) bool { return what != "" && strings.HasPrefix(line, what) })
	return f.name + ":" + strconv.Itoa(max(at, 0)+1)
}

func (f pageFile) at(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", f.name, line, fmt.Sprintf(format, args...))
}
