package locales

import (
	"fmt"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// A parser takes templates apart for go-i18n, which keeps the parts. Templates hold
// nothing but {{.name}} (compile), which text/template would read by reflection: a
// text takes it twice as long (docs/adr/0085-few-texts-are-ever-said.md).
type parser struct{}

// Cacheable implements template.Parser.
func (parser) Cacheable() bool { return true }

// Parse implements template.Parser.
func (parser) Parse(src, _, _ string) (template.ParsedTemplate, error) {
	var f filling
	last := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(src, -1) {
		f = append(f, src[last:at[0]], src[at[2]:at[3]])
		last = at[1]
	}
	return append(f, src[last:]), nil
}

// A filling is a template in parts: words and names of placeholders by turns, words
// first and last.
type filling []string

// Execute implements template.ParsedTemplate. data are values by name, a
// map[string]string; a name that none has is an error.
func (f filling) Execute(data any) (string, error) {
	values, ok := data.(map[string]string)
	if !ok {
		return "", fmt.Errorf("values are %T", data)
	}
	var b strings.Builder
	for i, part := range f {
		if i%2 == 0 {
			b.WriteString(part)
			continue
		}
		value, ok := values[part]
		if !ok {
			return "", fmt.Errorf("no value for %q", part)
		}
		b.WriteString(value)
	}
	return b.String(), nil
}
