package bot

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"unicode/utf8"

	"lotse/flows"
	"lotse/locales"
)

// Lint finds what is wrong with the flows, their words and the lists they are filled from.
func (c *Content) Lint() []flows.Problem {
	silent := slog.New(slog.NewTextHandler(io.Discard, nil)) // what is missing is among the problems
	words := catalogue{edition{&Bot{cfg: Config{Log: silent}}, c}}
	found := flows.Lint(flows.Flows(), words, c.lists.topics, c.lists.hotlines, flows.Shipped())
	return append(found, lintTemplates(c.words, c.lists.topics)...)
}

// Of a template, in characters: a message to a person, and a button of half a
// phone's width with a sign in front.
const longestTemplate, longestTitle = 600, flows.MaxLabel - 2

// lintTemplates finds what is wrong with answers and does not stop the start: a
// language that lacks one, a topic that is not there, and what is too long.
func lintTemplates(words *locales.Words, topics []flows.Topic) (found []flows.Problem) {
	for _, t := range words.Templates() {
		problem := func(section, what, format string, args ...any) {
			found = append(found, flows.Problem{Where: "locales/" + t.Line(section, what), What: fmt.Sprintf(format, args...)})
		}
		if !slices.ContainsFunc(topics, func(topic flows.Topic) bool { return topic.ID == t.Topic }) {
			problem("", "topic", "there is no topic %q", t.Topic)
		}
		for _, lang := range words.Languages() {
			if _, ok := t.Checked[lang.Tag]; !ok {
				problem("", "", "missing in %q", lang.Tag)
				continue
			}
			section := "[lang." + lang.Tag + "]"
			text, _ := words.Source(lang.Tag, locales.TemplateKey(t.ID))
			if n := utf8.RuneCountInString(text.Forms["other"]); n > longestTemplate {
				problem(section, "text", "%d characters are too long: at most %d", n, longestTemplate)
			}
			title, _ := words.Source(lang.Tag, locales.TemplateTitle(t.ID))
			if n := utf8.RuneCountInString(title.Forms["other"]); n > longestTitle {
				problem(section, "title", "%d characters are too long: at most %d", n, longestTitle)
			}
		}
	}
	return found
}

// A catalogue shows flows the words of locales: the two packages do not know
// each other.
type catalogue struct{ edition }

func (c catalogue) Tags() []string {
	var tags []string
	for _, l := range c.words.Languages() {
		tags = append(tags, l.Tag)
	}
	return tags
}

// Keys leaves out those of templates and pages: flows name none of them.
func (c catalogue) Keys(tag string) []string {
	return slices.DeleteFunc(c.words.Keys(tag), locales.FromFile)
}

func (c catalogue) Label(tag string, t flows.Text) string { return c.label(tag, t) }

func (c catalogue) Means(tag, key, typed string) bool { return c.words.Means(tag, key, typed) }
