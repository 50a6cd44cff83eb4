package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"lotse/flows"
	"lotse/locales"
)

// sheets are the pages to read as flows know them, for a reader of that language.
func sheets(words *locales.Words, lang string) []flows.Page {
	all := words.Pages()
	out := make([]flows.Page, len(all))
	for i, p := range all {
		own := spokenIn(p, lang)
		out[i] = flows.Page{
			ID: p.ID, Topic: p.Topic, Parent: p.Parent, Title: locales.PageTitle(p.ID), Roles: p.Roles, Level: p.Level, Source: p.Source,
			Checked: p.Checked[own].On, German: p.Checked["de"].On, Next: p.Next, Helps: p.Helps, Links: p.Links, Phrases: p.Phrases,
			Lang: own, Of: digest(words, p, own), OfGerman: digest(words, p, "de"),
		}
		for n := range p.Messages {
			out[i].Parts = append(out[i].Parts, locales.PageMessage(p.ID, n+1))
		}
	}
	return out
}

// spokenIn is the language in which somebody reads a page who reads lang.
func spokenIn(p locales.Page, lang string) string {
	base, _, _ := strings.Cut(lang, "-")
	for _, tag := range []string{lang, base, "en"} {
		if _, ok := p.Checked[tag]; ok {
			return tag
		}
	}
	return "de"
}

// digest stands for what a page says in a language: its words, and what is beside them.
func digest(words *locales.Words, p locales.Page, lang string) string {
	said := []string{p.Level, p.Source, strings.Join(p.Links, " "), strings.Join(p.Helps, " ")}
	keys := []string{locales.PageTitle(p.ID)}
	for n := range p.Messages {
		keys = append(keys, locales.PageMessage(p.ID, n+1))
	}
	for _, key := range keys {
		text, _ := words.Source(lang, key)
		said = append(said, text.Forms["other"])
	}
	sum := sha256.Sum256([]byte(strings.Join(said, "\x00")))
	return hex.EncodeToString(sum[:6])
}

// read are the pages for a reader of that language.
func (l lists) read(lang string) []flows.Page {
	if pages, ok := l.sheets[lang]; ok {
		return pages
	}
	return l.sheets["de"]
}

// finder finds pages for a person, in their language.
func (t *turn) finder(sp *speaker) func(string) []string {
	lang := t.lang(sp)
	return func(query string) []string { return t.b.words.FindPages(lang, query) }
}
