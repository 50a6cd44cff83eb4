package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"lotse/bot"
)

// readContent reads what is said and listed, with the files of the folder c.Content in
// place of those that are built in. It refuses what would be read by nobody: a file whose
// name is misspelt would else change nothing, without a word.
func (c config) readContent() (*bot.Content, error) {
	if c.Content == "" {
		return bot.ReadContent(nil)
	}
	folder := os.DirFS(c.Content)
	var wrong []error
	err := fs.WalkDir(folder, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case isBeside(name) && e.IsDir():
			return fs.SkipDir
		case e.IsDir(), isBeside(name):
			return nil
		case !isContent(name):
			wrong = append(wrong, fmt.Errorf("%s: there is no such content: active.TAG.toml, answers/ID.toml, pages/ID.md, surveys/ID.toml, or a list such as contacts.toml", name))
		}
		return nil
	})
	if err = errors.Join(append(wrong, err)...); err != nil {
		return nil, err
	}
	return bot.ReadContent(folder)
}

// isBeside tells what editors and version control leave beside files while somebody works
// on them.
func isBeside(name string) bool {
	base := path.Base(name)
	return base != "." && strings.HasPrefix(base, ".") || strings.HasSuffix(base, "~")
}

func isContent(name string) bool {
	for _, pattern := range []string{"active.*.toml", "answers/*.toml", "pages/*.md", "surveys/*.toml"} {
		if is, _ := path.Match(pattern, name); is { // the patterns are well formed
			return true
		}
	}
	return bot.IsList(name)
}
