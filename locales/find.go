package locales

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How much it counts where a word of the query stands.
const titleWeight, wordsWeight, bodyWeight = 8, 5, 1

// Of a query, more words and longer ones are not looked at.
const maxQueryWords, maxQueryWord = 12, 40

// maxTypos is how many letters of a long word may be wrong.
const maxTypos = 2

// An index finds pages by the words of one language.
type index []indexed

// An indexed is a word with the pages that have it.
type indexed struct {
	word []rune
	at   []place
}

// A place is a page, by its number in Words.pages, and what the word counts there.
type place struct {
	page   int
	weight float64
}

// newIndex indexes the pages of one language; files are in their order, some pages
// may be without one.
func newIndex(pages []Page, files []pageFile) index {
	number := map[string]int{} // of a word in all
	folded := map[string][]string{}
	var all index
	add := func(page int, text string, weight float64) {
		for _, raw := range rawWords(text) {
			words, ok := folded[raw]
			if !ok {
				words = foldWord(raw)
				folded[raw] = words
			}
			for _, word := range words {
				n, ok := number[word]
				if !ok {
					n = len(all)
					number[word] = n
					all = append(all, indexed{word: []rune(word)})
				}
				all[n].put(place{page, weight})
			}
		}
	}
	for page, p := range pages {
		i := slices.IndexFunc(files, func(f pageFile) bool { return f.id == p.ID })
		if i < 0 {
			continue
		}
		f := files[i]
		add(page, f.head.Title, titleWeight)
		add(page, f.id+" "+f.head.Words, wordsWeight)
		for _, text := range f.messages {
			add(page, text, bodyWeight)
		}
	}
	return all
}

// put adds a place, unless the word has the page already: what counts most is put
// first.
func (x *indexed) put(at place) {
	if n := len(x.at); n == 0 || x.at[n-1].page != at.page {
		x.at = append(x.at, at)
	}
}

// FindPages are the IDs of the pages that query, typed by a person whose language
// is lang, most likely asks for, the best first; none when no word of it is known.
// It looks for the words in that language and in German, in titles, search words
// and texts; accents, ways to write Arabic and Cyrillic letters, the Arabic
// article and small typing errors (one letter in words of at least 4, two of at
// least 8) make no difference, and parts of compounds are found.
func (w *Words) FindPages(lang, query string) []string {
	var indexes []index
	for _, tag := range slices.Compact([]string{"de", lang}) {
		if of := w.indexes[tag]; of != nil {
			indexes = append(indexes, of())
		}
	}
	total := make([]float64, len(w.pages))
	for _, word := range queryWords(query) {
		found := make([]match, len(w.pages))
		for _, x := range indexes {
			x.find([]rune(word), found)
		}
		sure, many := 0.0, 0
		for _, m := range found {
			sure = max(sure, m.sure)
		}
		for _, m := range found {
			if m.sure > 0 && m.sure >= sure/2 {
				many++
			}
		}
		for page, m := range found { // a word that many pages have says little
			if m.score > 0 {
				total[page] += m.score * math.Log(1+float64(len(w.pages))/float64(many))
			}
		}
	}
	best := slices.Max(append(total, 0))
	var pages []int
	for page, score := range total {
		if score > 0 && score >= best/5 {
			pages = append(pages, page)
		}
	}
	slices.SortStableFunc(pages, func(a, b int) int { return cmp.Compare(total[b], total[a]) })
	ids := make([]string, len(pages))
	for i, page := range pages {
		ids[i] = w.pages[page].ID
	}
	return ids
}

// queryWords are the words of query to look for: without those of one or two
// letters, unless they are all there is or have a digit, as B1.
func queryWords(query string) []string {
	asked := slices.DeleteFunc(searchWords(query), func(word string) bool { return utf8.RuneCountInString(word) > maxQueryWord })
	long := slices.DeleteFunc(slices.Clone(asked), func(word string) bool {
		return utf8.RuneCountInString(word) < 3 && !strings.ContainsFunc(word, unicode.IsDigit)
	})
	if len(long) == 0 {
		long = asked
	}
	return long[:min(len(long), maxQueryWords)]
}

// A match is how well a page fits a word.
type match struct {
	sure  float64 // how sure it is that one of its words is meant, from 0 to 1
	score float64 // with what counts where the word stands
}

// find raises in best, by page, what the best match of a word counts.
func (x index) find(asked []rune, best []match) {
	for _, entry := range x {
		if q := alike(asked, entry.word); q > 0 {
			for _, at := range entry.at {
				m := &best[at.page]
				m.sure, m.score = max(m.sure, q), max(m.score, q*at.weight)
			}
		}
	}
}

// alike tells how sure it is that who typed asked means word, from 0 to 1.
func alike(asked, word []rune) float64 {
	short, long := len(asked), len(word)
	if short > long {
		short, long = long, short
	}
	share := float64(short) / float64(long)
	switch {
	case slices.Equal(asked, word):
		return 1
	case len(asked) >= 3 && begins(word, asked), len(word) >= 4 && begins(asked, word):
		return 0.5 + 0.3*share
	case len(asked) >= 4 && ends(word, asked), len(word) >= 4 && ends(asked, word):
		return 0.3 + 0.3*share
	}
	allowed := 0
	switch n := min(len(asked), len(word)); {
	case n >= 8:
		allowed = maxTypos
	case n >= 4, len(asked) >= 4 && n >= 3:
		allowed = 1
	}
	if d := distance(asked, word, allowed); d <= allowed {
		return 0.6 - 0.15*float64(d)
	}
	return 0
}

func begins(word, part []rune) bool {
	return len(part) <= len(word) && slices.Equal(word[:len(part)], part)
}

func ends(word, part []rune) bool {
	return len(part) <= len(word) && slices.Equal(word[len(word)-len(part):], part)
}

// distance is how many letters have to be typed otherwise, left out, added or
// swapped with their neighbour to make b of a (optimal string alignment), or
// more than most when it is more. a has at most maxQueryWord letters, and most is
// at most maxTypos.
func distance(a, b []rune, most int) int {
	if len(a) > len(b)+most || len(b) > len(a)+most || most == 0 {
		return most + 1
	}
	var rows [3][maxQueryWord + maxTypos + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > most {
			return most + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// sameLetters are what people type for one another.
var sameLetters = strings.NewReplacer("і", "и", "ї", "и", "ы", "и", "є", "е", "э", "е", "ґ", "г", "ь", "", "ъ", "",
	"ae", "a", "oe", "o", "ue", "u")

// articles stand in front of Arabic words, longest first.
var articles = []string{"وال", "بال", "كال", "فال", "لل", "ال"}

// searchWords are the words of text as they are compared.
func searchWords(text string) []string {
	var words []string
	for _, raw := range rawWords(text) {
		words = append(words, foldWord(raw)...)
	}
	return words
}

func rawWords(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !isWord(r) && !unicode.IsMark(r) && !isApostrophe(r) && r != 'ـ' })
}

// foldWord is a word as it is compared; a compatibility form can be several.
func foldWord(raw string) []string {
	words := strings.FieldsFunc(sameLetters.Replace(Fold(raw)), func(r rune) bool { return !isWord(r) && !unicode.IsMark(r) })
	for i, word := range words {
		for _, article := range articles {
			if rest, ok := strings.CutPrefix(word, article); ok && utf8.RuneCountInString(rest) >= 3 {
				words[i] = rest
				break
			}
		}
	}
	return words
}

// FindKey is the key that a typed word most likely says in one of the languages: keys of
// which one way to say them is the word, or is nearly so (alike). "" is none.
func (w *Words) FindKey(langs []string, keys map[string]string, typed string) string {
	best, sure := "", 0.4
	for _, asked := range searchWords(typed) {
		if utf8.RuneCountInString(asked) > maxQueryWord {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			for _, way := range w.ways(langs, key) {
				if q := alike([]rune(asked), []rune(way)); q > sure {
					best, sure = key, q
				}
			}
		}
	}
	return best
}

// ways are the words by which a key is said in the languages, as they are compared.
func (w *Words) ways(langs []string, key string) (out []string) {
	for _, lang := range langs {
		if t := w.tongues[lang]; t != nil && t.entries[key] != nil {
			for _, way := range t.ways(key) {
				out = append(out, strings.Join(foldWord(way), " "))
			}
		}
	}
	return out
}
