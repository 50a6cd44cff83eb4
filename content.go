package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"lotse/bot"
	"lotse/locales"
)

// content is the folder of c.Content, whose files take the place of those that are built
// in; nil when there is none. It refuses what would be read by nobody: a file whose name
// is misspelt would else change nothing, without a word.
func (c config) content() (fs.FS, error) {
	if c.Content == "" {
		return nil, nil
	}
	folder := os.DirFS(c.Content)
	var wrong []error
	err := fs.WalkDir(folder, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if !isContent(name) {
			wrong = append(wrong, fmt.Errorf("%s: there is no such content: active.TAG.toml, answers/ID.toml, pages/ID.md, surveys/ID.toml, or a list such as contacts.toml", name))
		}
		return nil
	})
	if err := errors.Join(append(wrong, err)...); err != nil {
		return nil, fmt.Errorf("%sCONTENT: %w", envPrefix, err)
	}
	return folder, nil
}

func isContent(name string) bool {
	for _, pattern := range []string{"active.*.toml", "answers/*.toml", "pages/*.md", "surveys/*.toml"} {
		if is, _ := path.Match(pattern, name); is { // the patterns are well formed
			return true
		}
	}
	return bot.IsList(name)
}

// loadWords reads what is said, with the files of the folder in place of those built in.
func loadWords(folder fs.FS) (*locales.Words, error) {
	if folder == nil {
		return locales.Load(locales.Embedded())
	}
	words, err := locales.Load(locales.Over(locales.Embedded(), folder))
	if err != nil {
		return nil, fmt.Errorf("with %sCONTENT: %w", envPrefix, err)
	}
	return words, nil
}
