package bot

import (
	"io"
	"log/slog"

	"lotse/flows"
	"lotse/locales"
)

// Lint finds what is wrong with the flows, their words and the lists they are
// filled from.
func Lint(words *locales.Words) ([]flows.Problem, error) {
	lists, err := loadLists(words)
	if err != nil {
		return nil, err
	}
	silent := slog.New(slog.NewTextHandler(io.Discard, nil)) // what is missing is among the problems
	c := catalogue{Bot: &Bot{cfg: Config{Words: words, Log: silent}}, words: words}
	return flows.Lint(flows.Flows(), c, lists.topics, lists.hotlines, flows.Shipped()), nil
}

// A catalogue shows flows the words of locales: the two packages do not know
// each other.
type catalogue struct {
	*Bot
	words *locales.Words
}

func (c catalogue) Tags() []string {
	var tags []string
	for _, l := range c.words.Languages() {
		tags = append(tags, l.Tag)
	}
	return tags
}

func (c catalogue) Keys(tag string) []string { return c.words.Keys(tag) }

func (c catalogue) Label(tag string, t flows.Text) string { return c.label(tag, t) }

func (c catalogue) Means(tag, key, typed string) bool { return c.words.Means(tag, key, typed) }
