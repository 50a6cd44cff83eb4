package locales

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
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

func BenchmarkFindPages(b *testing.B) {
	w := manyPages(b)
	for _, query := range []struct{ lang, words string }{
		{"de", "Kita-Platz"}, {"ar", "تسجيل الطفل في المدرسة"}, {"uk", "візнання диплому"}, {"en", strings.Repeat("translater ", 20)},
	} {
		b.Run(query.lang, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w.FindPages(query.lang, query.words)
			}
		})
	}
}

// BenchmarkLoad reads 50 pages in four languages, beside all the other texts; the
// other figure is without the pages.
func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{0, 50} {
		files := fiftyPages(b, n)
		b.Run(fmt.Sprintf("pages=%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := Load(files); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func manyPages(tb testing.TB) *Words {
	w, err := Load(fiftyPages(tb, 50))
	if err != nil {
		tb.Fatal(err)
	}
	if n := len(w.Pages()); n != 50 {
		tb.Fatalf("%d pages, want 50", n)
	}
	return w
}

// fiftyPages is what is embedded, with n pages: copies of those there are, as long
// as they are, with titles of their own.
func fiftyPages(tb testing.TB, n int) fs.FS {
	tb.Helper()
	files := fstest.MapFS{}
	var pages []string
	err := fs.WalkDir(Embedded(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(Embedded(), name)
		if strings.HasPrefix(name, "pages/") {
			if !strings.Contains(strings.TrimSuffix(name, ".md"), ".") {
				pages = append(pages, strings.TrimSuffix(name, ".md"))
			}
			return err
		}
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	for i := range n {
		for _, ending := range []string{".md", ".en.md", ".ar.md", ".uk.md"} {
			data, err := fs.ReadFile(Embedded(), pages[i%len(pages)]+ending)
			if err != nil {
				tb.Fatal(err)
			}
			text := string(data)
			if i >= len(pages) {
				text = strings.Replace(text, "title = \"", fmt.Sprintf("title = \"%c ", 'a'+i/len(pages)), 1)
				if at := strings.Index(text, "title = \"") + len("title = \"x "); true {
					end := at + strings.Index(text[at:], "\"")
					title := []rune(text[at:end])
					text = text[:at] + string(title[:min(len(title), MaxPageTitle-2)]) + text[end:]
				}
			}
			id := fmt.Sprintf("pages/%c%s%s", 'a'+i/len(pages), strings.TrimPrefix(pages[i%len(pages)], "pages/"), ending)
			if i < len(pages) {
				id = pages[i%len(pages)] + ending
			}
			files[id] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return files
}
