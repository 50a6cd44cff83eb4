package bot

import (
	"errors"
	"io/fs"

	"lotse/locales"
)

// Content is one version of everything that is read from files and can be read again
// while the bot runs: words, pages, answers and lists. It never changes; another version
// is another Content.
type Content struct {
	words *locales.Words
	rtl   map[string]bool // languages written from right to left
	lists lists
}

// ReadContent reads everything, with the files of the folder over in place of those that
// are built in; nil is no folder. The error says all that is wrong, as far as can be with
// file and line, and what lint finds in the folder is wrong.
func ReadContent(over fs.FS) (*Content, error) {
	files := locales.Embedded()
	if over != nil {
		files = locales.Over(files, over)
	}
	words, err := locales.Load(files)
	if err != nil {
		return nil, err
	}
	c, err := newContent(words, over)
	if err != nil || over == nil { // what is built in was looked at before it was shipped
		return c, err
	}
	var wrong []error
	for _, p := range c.Lint() {
		wrong = append(wrong, errors.New(p.String()))
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return c, nil
}

// newContent is the words with the lists, those of the folder over in place of those
// built in.
func newContent(words *locales.Words, over fs.FS) (*Content, error) {
	l, err := loadLists(words, over)
	if err != nil {
		return nil, err
	}
	c := &Content{words: words, lists: l, rtl: map[string]bool{}}
	for _, lang := range words.Languages() {
		c.rtl[lang.Tag] = lang.RTL
	}
	return c, nil
}

// Words are what is said.
func (c *Content) Words() *locales.Words { return c.words }

// An edition is the bot with one version of its content. Whatever answers something has
// one and keeps it until the answer is whole: a turn to its end, a public page to its last
// line. Only editions can speak, so nothing mixes two versions.
type edition struct {
	*Bot
	*Content
}

// edition is the bot with the content of now.
func (b *Bot) edition() edition { return edition{b, b.content.Load()} }
