package locales

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf16"
)

const someHead = `+++
topic = "education"
level = "leipzig"
parent = ""
order = 3
roles = ["kita"]
source = "Amt, 2026"
next = "01.06.2027"
helps = ["qm"]
links = ["https://example.org/"]
title = "Kita"
words = "Krippe, Hort"
checked = "Fatma Öz, 01.12.2026"
+++
`

const someBody = `Ein **Platz** in der _Kita_:
- früh fragen
* viel *fragen*

Gut.
---

Zwei \* drei
---
`

const someUkrainian = `+++
title = "Садок"
words = "ясла"
checked = ""
+++
Один
---
Два
`

// withPage is a catalogue with the page kita in German and Ukrainian, and what
// else pairs of name and text add or replace.
func withPage(pairs ...string) fstest.MapFS {
	f := files("uk", "").(fstest.MapFS)
	for i, all := 0, append([]string{"kita.md", someHead + someBody, "kita.uk.md", someUkrainian}, pairs...); i < len(all); i += 2 {
		f["pages/"+all[i]] = &fstest.MapFile{Data: []byte(all[i+1])}
	}
	return f
}

func TestPage(t *testing.T) {
	w, err := Load(withPage())
	if err != nil {
		t.Fatal(err)
	}
	p, ok := w.Page("kita")
	if !ok || p.Topic != "education" || p.Level != "leipzig" || p.Order != 3 || !slices.Equal(p.Roles, []string{"kita"}) || p.Phrases ||
		p.Source != "Amt, 2026" || !slices.Equal(p.Helps, []string{"qm"}) || !slices.Equal(p.Links, []string{"https://example.org/"}) {
		t.Errorf("got %+v", p)
	}
	if want := time.Date(2027, 6, 1, 0, 0, 0, 0, w.berlin); !p.Next.Equal(want) {
		t.Errorf("next check %v, want %v", p.Next, want)
	}
	want := map[string]Check{"de": {"Fatma Öz", time.Date(2026, 12, 1, 0, 0, 0, 0, w.berlin)}, "uk": {}}
	if !maps.Equal(p.Checked, want) {
		t.Errorf("checked %v, want %v", p.Checked, want)
	}
	if p.Messages != 2 {
		t.Fatalf("%d messages, want 2", p.Messages)
	}
	first, err := w.Text("de", PageMessage("kita", 1))
	if want := "Ein Platz in der Kita:\n• früh fragen\n• viel fragen\n\nGut."; first.Text != want || err != nil {
		t.Errorf("%q (%v), want %q", first.Text, err, want)
	}
	if want := []Mark{{"b", 4, 9}, {"i", 17, 21}, {"i", 49, 55}}; !slices.Equal(first.Marks, want) {
		t.Errorf("marks %v, want %v", first.Marks, want)
	}
	if second, err := w.Text("de", PageMessage("kita", 2)); second.Text != "Zwei * drei" || err != nil {
		t.Errorf("%q (%v)", second.Text, err)
	}
	if title, err := w.Label("uk", PageTitle("kita")); title != "Садок" || err != nil {
		t.Errorf("title %q (%v)", title, err)
	}
	if where := p.Line("links"); where != "pages/kita.md:10" {
		t.Errorf("line %s", where)
	}
	if !w.Means("uk", PageTitle("kita"), "садок") || w.Means("uk", PageMessage("kita", 1), "Один") {
		t.Error("a title is a way to say it, a message is none")
	}
}

func TestPhrasesAreMessages(t *testing.T) {
	phrases := "phrases = true\n"
	w, err := Load(withPage(
		"kita.md", strings.Replace(someHead, "order", phrases+"order", 1)+"\nBitte\nkommen Sie.\n\n\nDanke.\n---\nGut.",
		"kita.uk.md", strings.Replace(someUkrainian, "Один\n", "Один\n\nТри\n", 1)))
	if err != nil {
		t.Fatal(err)
	}
	p, _ := w.Page("kita")
	first, _ := w.Text("de", PageMessage("kita", 1))
	if !p.Phrases || p.Messages != 3 || first.Text != "Bitte\nkommen Sie." {
		t.Errorf("%d messages, the first is %q", p.Messages, first.Text)
	}
}

func TestPagesAreInOrder(t *testing.T) {
	head := func(title, parent string, order int) string {
		return strings.NewReplacer(`"Kita"`, `"`+title+`"`, `parent = ""`, `parent = "`+parent+`"`, "order = 3", fmt.Sprint("order = ", order)).Replace(someHead) + "A"
	}
	f := withPage("kita.md", head("K", "", 9), "a.md", head("A", "b", 2), "b.md", head("B", "", 1), "c.md", head("C", "b", 1), "d.md", head("D", "", 9))
	f["pages/kita.uk.md"].Data = []byte(strings.Replace(someUkrainian, "---\nДва\n", "", 1))
	for _, id := range []string{"a", "b", "c", "d"} {
		f["pages/"+id+".uk.md"] = &fstest.MapFile{Data: []byte("+++\ntitle = \"" + id + "\"\n+++\nA")}
	}
	w, err := Load(f)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range w.Pages() {
		got = append(got, p.ID)
	}
	if want := []string{"b", "c", "a", "d", "kita"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPagesAreRefused(t *testing.T) {
	de := func(old, new string) []string {
		return []string{"kita.md", strings.Replace(someHead+someBody, old, new, 1)}
	}
	uk := func(old, new string) []string {
		return []string{"kita.uk.md", strings.Replace(someUkrainian, old, new, 1)}
	}
	long := strings.Repeat("Wörter ", 86)
	for _, c := range []struct {
		name  string
		pages []string
		want  string
	}{
		{"no head", de("+++\n", ""), `pages/kita.md:1: the first line`},
		{"open head", []string{"kita.md", "+++\ntitle = \"A\"\n"}, `pages/kita.md:1: no second line`},
		{"empty file", []string{"kita.md", ""}, `pages/kita.md:1: the first line`},
		{"bad TOML", de(`"leipzig"`, `leipzig`), `pages/kita.md: toml: line 3`},
		{"wrong type", de("order = 3", `order = "3"`), `pages/kita.md: toml: line 5`},
		{"unknown key", de("helps", "help"), `pages/kita.md:9: unknown key "help"`},
		{"key of the German file", uk("words", "topic"), `pages/kita.uk.md:3: topic stands in the German file only`},
		{"no topic", de(`"education"`, `""`), `pages/kita.md:2: there is no topic`},
		{"unknown level", de(`"leipzig"`, `"berlin"`), `pages/kita.md:3: level "berlin"`},
		{"long title with a level", de(`"Kita"`, `"1234567890123456789012"`), `pages/kita.md:11: 22 characters are too long for the title of a page with a level`},
		{"unknown parent", de(`parent = ""`, `parent = "x"`), `pages/kita.md:4: parent "x"`},
		{"own parent", de(`parent = ""`, `parent = "kita"`), `pages/kita.md:4: parent "kita"`},
		{"no source", de(`"Amt, 2026"`, `" "`), `pages/kita.md:7: there is no source`},
		{"no next check", de(`"01.06.2027"`, `""`), `pages/kita.md:8: next is`},
		{"bad date", de(`"01.06.2027"`, `"31.02.2027"`), `pages/kita.md:8: next is`},
		{"bad link", de("https://example.org/", "www.example.org"), `pages/kita.md:10: link "www.example.org"`},
		{"no title", de(`"Kita"`, `" "`), `pages/kita.md:11: a title is`},
		{"title with markup", de(`"Kita"`, `"*Kita*"`), `pages/kita.md:11: a title is`},
		{"title with a sign of ours", de(`"Kita"`, `"\uE000"`), `pages/kita.md:11: private-use`},
		{"long title", de(`"Kita"`, `"1234567890123456789012345"`), `pages/kita.md:11: 25 characters`},
		{"checked by nobody", de("Fatma Öz, 01.12.2026", "ja"), `pages/kita.md:13: checked is`},
		{"markup", de("Gut.", "*Gut."), `pages/kita.md:19: '_' is opened`},
		{"markup over lines", de("- früh fragen", "- **früh\nfragen**"), `pages/kita.md:16: '*' is opened`},
		{"template code", de("Gut.", "{{.name}}"), `pages/kita.md:19: {{`},
		{"heading", de("Gut.", "# Gut"), `pages/kita.md:19: no headings`},
		{"link in the text", de("Gut.", "[Gut](https://example.org)"), `pages/kita.md:19: no links`},
		{"private use", de("Gut.", "\ue000"), `pages/kita.md:19: private-use`},
		{"long message", de("Zwei", long), `pages/kita.md:22: the message that begins here has 609 characters`},
		{"nothing to read", []string{"kita.md", someHead + "\n---\n"}, `pages/kita.md:14: the page says nothing`},
		{"other number of messages", uk("---\n", ""), `pages/kita.uk.md:1: 1 messages, but the German page has 2`},
		{"only a translation", []string{"hort.uk.md", someUkrainian}, `pages/hort.uk.md:1: there is no pages/hort.md`},
		{"language missing", []string{"hort.md", strings.Replace(someHead, `"Kita"`, `"Hort"`, 1) + someBody}, `pages/hort.md:1: there is no pages/hort.uk.md`},
		{"language not loaded", []string{"kita.fr.md", someUkrainian}, `pages/kita.fr.md:1: there is no active.fr.toml`},
		{"title twice", []string{"hort.md", someHead + someBody, "hort.uk.md", someUkrainian}, `pages/kita.md:11: pages/hort.md has the title`},
		{"German twice", []string{"kita.de.md", someHead + someBody}, `pages/kita.de.md: a name is`},
		{"bad ID", []string{"Kita-1.md", someHead + someBody}, `pages/Kita-1.md: a name is`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Load(withPage(c.pages...)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestCheckPages(t *testing.T) {
	w, err := Load(withPage())
	if err != nil {
		t.Fatal(err)
	}
	known := Terms{Topics: []string{"education"}, Roles: []string{"kita"}, Contacts: []string{"qm"}}
	if err := w.CheckPages(known); err != nil {
		t.Error(err)
	}
	for want, terms := range map[string]Terms{
		`pages/kita.md:2: topic: there is no "education"`: {Roles: known.Roles, Contacts: known.Contacts},
		`pages/kita.md:6: roles: there is no "kita"`:      {Topics: known.Topics, Contacts: known.Contacts},
		`pages/kita.md:9: helps: there is no "qm"`:        {Topics: known.Topics, Roles: known.Roles},
	} {
		if err := w.CheckPages(terms); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestOverReplacesFileByFile(t *testing.T) {
	other := fstest.MapFS{
		"pages/kita.md":  {Data: []byte(strings.Replace(someHead+someBody, "Gut.", "Anders.", 1))},
		"pages/a.md":     {Data: []byte(strings.Replace(someHead+someBody, `"Kita"`, `"A"`, 1))},
		"pages/a.uk.md":  {Data: []byte(strings.Replace(someUkrainian, "Садок", "А", 1))},
		"pages/note.txt": {Data: []byte("no page")},
	}
	w, err := Load(Over(withPage(), other))
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := w.Text("de", PageMessage("kita", 1)); !strings.Contains(text.Text, "Anders.") {
		t.Errorf("%q is not replaced", text.Text)
	}
	if text, _ := w.Text("uk", PageMessage("kita", 1)); text.Text != "Один" {
		t.Errorf("%q, want what is below", text.Text)
	}
	if _, ok := w.Page("a"); !ok {
		t.Error("a page that is only above is missing")
	}
	if w, err = Load(Over(withPage(), fstest.MapFS{})); err != nil || len(w.Pages()) != 1 {
		t.Errorf("nothing above: %d pages, %v", len(w.Pages()), err)
	}
	if err := fstest.TestFS(Over(withPage(), other), "pages/a.md", "pages/kita.md", "pages/kita.uk.md", "active.de.toml"); err != nil {
		t.Error(err)
	}
}

// FuzzPage wants that a page either is refused with its file, or can be shown: each
// message short enough, without a sign of ours, its marks within it.
func FuzzPage(f *testing.F) {
	for _, text := range []string{someHead + someBody, someHead, "+++\n+++\n", "+++", "", "\ufeff+++\r\ntitle = \"a\"\r\n+++\r\nb", "+++\ntitle = '''\n+++\n'''\n+++\n---",
		someHead + "**a** *b* _c_ \\* **d", someHead + "- - * a\n\u2067b\u2069"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := Load(fstest.MapFS{"active.de.toml": files("uk", "").(fstest.MapFS)["active.de.toml"], "pages/kita.md": {Data: []byte(text)}})
		if err != nil {
			if !strings.Contains(err.Error(), "pages/kita.md") {
				t.Fatalf("%v does not name the file", err)
			}
			return
		}
		p, _ := w.Page("kita")
		if p.Messages == 0 || p.Source == "" || p.Next.IsZero() {
			t.Fatalf("loaded %+v", p)
		}
		for n := range p.Messages {
			said, err := w.Text("de", PageMessage("kita", n+1))
			if err != nil || strings.TrimSpace(said.Text) == "" || len(utf16.Encode([]rune(said.Text))) > MaxPageMessage {
				t.Fatalf("message %d: %q, %v", n+1, said.Text, err)
			}
			for _, m := range said.Marks {
				if m.From < 0 || m.From >= m.To || m.To > len(said.Text) {
					t.Fatalf("mark %v in %d bytes", m, len(said.Text))
				}
			}
			if strings.ContainsFunc(said.Text, func(r rune) bool { return r >= boldOn && r <= quoteOff }) {
				t.Fatalf("a sign of ours in %q", said.Text)
			}
		}
		w.FindPages("de", text)
	})
}

// numbers are those that somebody can call and that the pages may name: emergency
// numbers of the domain study. All others are in the lists of contacts, where they
// are confirmed.
var numbers = []string{"110", "112", "116 111", "116 016", "116 117"}

var callable = regexp.MustCompile(`(?:^|[^\d.,\x{a0}])((?:0\d{2,}|11\d)(?:[ /-]?\d+)*)\b`)

// TestShippedPages holds what the program is built with against the rules for
// pages; TestCatalogues holds it against those for all texts.
func TestShippedPages(t *testing.T) {
	w, err := Load(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	notLegal := map[string]string{"de": "keine Rechtsberatung", "en": "not legal advice", "ar": "ليست استشارة قانونية", "uk": "не юридична консультація"}
	below, levels := map[string]int{}, map[string]bool{}
	words, count := 0, 0
	for _, p := range w.Pages() {
		below[p.Parent]++
		levels[p.Level] = true
		for _, lang := range []string{"de", "en", "ar", "uk"} {
			if _, ok := p.Checked[lang]; !ok {
				t.Errorf("%s is missing in %s", p.ID, lang)
			}
			var said []string
			for n := range p.Messages {
				text, err := w.Text(lang, PageMessage(p.ID, n+1))
				if err != nil {
					t.Error(err)
				}
				said = append(said, text.Text)
			}
			all := strings.Join(said, "\n")
			for _, found := range callable.FindAllStringSubmatch(all, -1) {
				if !slices.Contains(numbers, found[1]) {
					t.Errorf("%s in %s names the number %q", p.ID, lang, found[1])
				}
			}
			if lang == "uk" {
				all = strings.ReplaceAll(all, "не є юридичною консультацією", notLegal["uk"])
			}
			if strings.Contains(all, "§") && !strings.Contains(all, notLegal[lang]) {
				t.Errorf("%s in %s names a law and does not say that it is no legal advice", p.ID, lang)
			}
			if lang == "de" {
				for _, n := range sentences(all) {
					words, count = words+n, count+1
				}
			}
		}
	}
	if words > maxAverage*count {
		t.Errorf("sentences have %d words on average, at most %d", words/count, maxAverage)
	}
	t.Logf("%d pages, %d German sentences, %.1f words each", len(w.Pages()), count, float64(words)/float64(count))
	if below["parents"] < 8 {
		t.Errorf("Elternarbeit has %d pages, want at least 8", below["parents"])
	}
	for id, least := range map[string]int{"unsure": 8, "phrases": 10} {
		if p, _ := w.Page(id); p.Messages < least {
			t.Errorf("%s has %d messages, want at least %d", id, p.Messages, least)
		}
	}
	if p, _ := w.Page("phrases"); !p.Phrases {
		t.Error("phrases are not marked as such")
	}
	for _, level := range pageLevels {
		if !levels[level] {
			t.Errorf("no page of level %q", level)
		}
	}
}

// TestEmbeddedPagesAreAllRead notices a file that no pattern matches.
func TestEmbeddedPagesAreAllRead(t *testing.T) {
	w, err := Load(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	entries, err := fs.ReadDir(Embedded(), "pages")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, p := range w.Pages() {
		read += len(p.Checked)
	}
	if read != len(entries) {
		t.Errorf("%d of %d files are read", read, len(entries))
	}
}
