package bot

import (
	"lotse/flows"
	"lotse/locales"
)

// sheets are the pages to read as flows know them, for a reader of that language.
func sheets(words *locales.Words, lang string) []flows.Page {
	all := words.Pages()
	out := make([]flows.Page, len(all))
	for i, p := range all {
		out[i] = flows.Page{
			ID: p.ID, Topic: p.Topic, Parent: p.Parent, Title: locales.PageTitle(p.ID), Roles: p.Roles, Source: p.Source,
			Checked: p.Checked[lang].On, Next: p.Next, Helps: p.Helps, Links: p.Links, Phrases: p.Phrases,
		}
		for n := range p.Messages {
			out[i].Parts = append(out[i].Parts, locales.PageMessage(p.ID, n+1))
		}
	}
	return out
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
