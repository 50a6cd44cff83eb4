package locales

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// TestFindPages wants that of the queries of testdata/queries.txt, at least nine in
// ten find their page among the first three, in each language.
func TestFindPages(t *testing.T) {
	w, err := Load(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open("testdata/queries.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	asked, hits := map[string]int{}, map[string]int{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		column := strings.Split(lines.Text(), "\t")
		if len(column) != 3 {
			t.Fatalf("%q has not three columns", lines.Text())
		}
		lang, query, want := column[0], column[1], column[2]
		if _, ok := w.Page(want); !ok {
			t.Errorf("%q: there is no page %q", query, want)
		}
		found := w.FindPages(lang, query)
		asked[lang]++
		if slices.Contains(found[:min(3, len(found))], want) {
			hits[lang]++
		} else {
			t.Logf("%s %q finds %q, not %s", lang, query, found[:min(5, len(found))], want)
		}
	}
	total := 0
	for _, lang := range []string{"de", "en", "ar", "uk"} {
		total += asked[lang]
		t.Logf("%s: %d of %d", lang, hits[lang], asked[lang])
		if asked[lang] < 15 || hits[lang]*10 < asked[lang]*9 {
			t.Errorf("%s: %d of %d queries find their page, want nine in ten", lang, hits[lang], asked[lang])
		}
	}
	if total < 60 {
		t.Errorf("%d queries, want at least 60", total)
	}
}

func TestFindPagesKeepsItsPromises(t *testing.T) {
	w, err := Load(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ lang, query, first string }{
		{"de", "", ""},
		{"de", " \u202e 🙂 ", ""},
		{"de", "xqzwv", ""},
		{"de", strings.Repeat("x", 1000), ""},
		{"de", "kita", "kita"},               // itself
		{"de", "KITÀ!", "kita"},              // accents
		{"de", "Kiat", "kita"},               // two letters swapped
		{"de", "Dolmetzchn", "interpreting"}, // two wrong letters of ten
		{"de", "Kitaplatz-Suche", "kita"},    // a compound
		{"de", "Gruenau Beratung", "advice"},
		{"ar", "والحضانه", "kita"}, // with the article
		{"ar", "للحضانة", "kita"},
		{"ar", "حضـانه", "kita"}, // tatweel and teh marbuta
		{"ar", "Kita", "kita"},   // German is always found
		{"uk", "Deutschkurs", "german"},
		{"uk", "немецкий", "german"}, // letters that Russian has
		{"fa", "Kita", "kita"},       // a language without pages
		{Pseudo, "kita", "kita"},
	} {
		found := w.FindPages(c.lang, c.query)
		if first := append(found, "")[0]; first != c.first {
			t.Errorf("%s %q finds %q first, want %q", c.lang, c.query, first, c.first)
		}
		if again := w.FindPages(c.lang, c.query); !slices.Equal(again, found) {
			t.Errorf("%s %q finds %q, and then %q", c.lang, c.query, found, again)
		}
	}
}

// TestManyFindAtOnce has something to say under -race: the index is made by who
// searches first.
func TestManyFindAtOnce(t *testing.T) {
	w, err := Load(withPage())
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if found := w.FindPages("uk", "садок"); !slices.Equal(found, []string{"kita"}) {
				t.Errorf("found %q", found)
			}
		})
	}
	all.Wait()
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b       string
		most, want int
	}{
		{"kita", "kita", 1, 0}, {"kita", "kita", 0, 1}, {"kita", "kitas", 1, 1}, {"kita", "kit", 1, 1}, {"kita", "kati", 2, 2},
		{"kita", "ikta", 1, 1}, {"kita", "tiki", 2, 3}, {"miete", "meite", 1, 1}, {"школа", "шкала", 1, 1}, {"abcdefgh", "xbcdefgy", 2, 2},
	} {
		if got := distance([]rune(c.a), []rune(c.b), c.most); got != c.want {
			t.Errorf("%s %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// FuzzFindPages wants pages that there are, each once, and no panic.
func FuzzFindPages(f *testing.F) {
	w, err := Load(Embedded())
	if err != nil {
		f.Fatal(err)
	}
	for _, query := range []string{"Kita-Platz", "الحضانة", "п'ять садочків", "ﷺ", strings.Repeat("a", 41), strings.Repeat("ue", 30), "B1"} {
		f.Add("uk", query)
	}
	f.Fuzz(func(t *testing.T, lang, query string) {
		found := w.FindPages(lang, query)
		for i, id := range found {
			if _, ok := w.Page(id); !ok || slices.Contains(found[:i], id) {
				t.Fatalf("%q finds %q", query, found)
			}
		}
	})
}

func BenchmarkFindPages(b *testing.B) {
	w, err := Load(withPages(b, 50))
	if err != nil || len(w.Pages()) != 50 {
		b.Fatal(len(w.Pages()), err)
	}
	for _, c := range []struct{ name, lang, query string }{
		{"one word", "de", "Kita-Platz"}, {"a sentence", "ar", "تسجيل الطفل في المدرسة"}, {"typing errors", "uk", "візнання диплому"},
		{"as long as can be", "en", strings.Repeat("translater ", 20)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w.FindPages(c.lang, c.query)
			}
		})
	}
}

// BenchmarkLoadPages reads and checks 50 pages in four languages.
func BenchmarkLoadPages(b *testing.B) {
	w, files := load(b), withPages(b, 50)
	known, err := loadCLDR()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if all, err := loadPages(files, known, []string{"de", "en", "ar", "uk"}, w.berlin); err != nil || len(all.pages) != 50 {
			b.Fatal(len(all.pages), err)
		}
	}
}

// BenchmarkLoad reads 50 pages in four languages, beside all other texts; the other
// figure is without a page.
func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{0, 50} {
		files := withPages(b, n)
		b.Run(fmt.Sprintf("pages=%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := Load(files); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

var titleLine, parentLine = regexp.MustCompile(`(?m)^title = .*$`), regexp.MustCompile(`(?m)^parent = .*$`)

// withPages is what is embedded, but with n pages: those there are, and copies of
// them with other names.
func withPages(tb testing.TB, n int) fs.FS {
	tb.Helper()
	files := fstest.MapFS{}
	copied := func(from, to string, change func(string) string) {
		data, err := fs.ReadFile(Embedded(), from)
		if err != nil {
			tb.Fatal(err)
		}
		files[to] = &fstest.MapFile{Data: []byte(change(string(data)))}
	}
	asItIs := func(text string) string { return text }
	for _, pattern := range []string{"active.*.toml", "answers/*.toml"} {
		names, err := fs.Glob(Embedded(), pattern)
		if err != nil {
			tb.Fatal(err)
		}
		for _, name := range names {
			copied(name, name, asItIs)
		}
	}
	w, err := Load(Embedded())
	if err != nil {
		tb.Fatal(err)
	}
	pages := w.Pages()
	for i := range n {
		id := pages[i%len(pages)].ID
		for _, ending := range []string{".md", ".en.md", ".ar.md", ".uk.md"} {
			if i < len(pages) {
				copied("pages/"+id+ending, "pages/"+id+ending, asItIs)
				continue
			}
			copied("pages/"+id+ending, fmt.Sprintf("pages/%s%c%s", id, 'a'+i/len(pages), ending), func(text string) string {
				return parentLine.ReplaceAllString(titleLine.ReplaceAllString(text, fmt.Sprintf(`title = "%d"`, i)), "")
			})
		}
	}
	return files
}
