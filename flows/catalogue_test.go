package flows

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
)

// A fakeCatalogue is words in memory, by language and key.
type fakeCatalogue map[string]map[string]string

// fullCatalogue has a short word of its own for every key.
func fullCatalogue(keys []string) fakeCatalogue {
	c := fakeCatalogue{"de": {}, "ar": {}}
	for tag := range c {
		for _, key := range keys {
			h := fnv.New64a()
			h.Write([]byte(tag + key))
			c[tag][key] = fmt.Sprintf("%x", h.Sum64())
		}
	}
	return c
}

func (c fakeCatalogue) Tags() []string           { return slices.Sorted(maps.Keys(c)) }
func (c fakeCatalogue) Keys(tag string) []string { return slices.Sorted(maps.Keys(c[tag])) }

func (c fakeCatalogue) Label(tag string, t Text) string {
	label := c[tag][t.Key]
	for _, a := range t.Args {
		switch a.Kind {
		case Code:
			label += a.Text
		case Date:
			label += a.At.Format("020106")
		}
	}
	return label
}

func (c fakeCatalogue) Means(tag, key, typed string) bool {
	typed = strings.ToLower(strings.TrimSpace(typed))
	for _, word := range append(strings.Split(c[tag][key+".words"], ","), c[tag][key]) {
		if word := strings.ToLower(strings.TrimSpace(word)); word != "" && word == typed {
			return true
		}
	}
	return false
}
