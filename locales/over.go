package locales

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// Over is base with the files of over in place of those of the same name, and with
// those that base does not have.
func Over(base, over fs.FS) fs.FS { return overlay{base, over} }

type overlay struct{ base, over fs.FS }

func (o overlay) Open(name string) (fs.File, error) {
	f, err := o.over.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return o.base.Open(name)
	}
	return f, err
}

// ReadDir is what fs.Glob reads.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	over, err := fs.ReadDir(o.over, name)
	if errors.Is(err, fs.ErrNotExist) {
		return fs.ReadDir(o.base, name)
	}
	if err != nil {
		return nil, err
	}
	base, err := fs.ReadDir(o.base, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, entry := range base {
		if !slices.ContainsFunc(over, func(e fs.DirEntry) bool { return e.Name() == entry.Name() }) {
			over = append(over, entry)
		}
	}
	slices.SortFunc(over, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return over, nil
}
