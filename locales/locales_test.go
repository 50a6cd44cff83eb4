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
	"unicode"
)

// TestCatalogues checks the files the program is built with, whatever keys they
// hold, by the rules below.
func TestCatalogues(t *testing.T) {
	w, err := Load(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"de", "en", "ar", "uk"} {
		for _, key := range []string{Oops, "date.day", "date.when"} {
			if !w.Has(tag, key) {
				t.Errorf("%s: no %q, which the code of this package needs", tag, key)
			}
		}
	}
	for _, problem := range lint(t, w) {
		t.Error(problem)
	}
}

// A rule looks at one key in one language. It sees the German source too.
type rule func(c check) []string

type check struct {
	lang    Language
	cldr    cldr
	key     string
	own, de Source
	form    string // of own.Forms
	text    string // the template of form
}

// lint is everything that is wrong with the catalogues of w.
func lint(t *testing.T, w *Words) []string {
	known, err := loadCLDR()
	if err != nil {
		t.Fatal(err)
	}
	var problems []string
	for _, lang := range w.Languages() {
		problems = append(problems, lintKeys(w, lang.Tag)...)
		c := check{lang: lang, cldr: known[slices.IndexFunc(known, func(k cldr) bool { return k.Tag == lang.Tag })]}
		for _, c.key = range w.Keys(lang.Tag) {
			c.own, _ = w.Source(lang.Tag, c.key)
			c.de, _ = w.Source("de", c.key)
			found := lintSource(c)
			for _, c.form = range slices.Sorted(maps.Keys(c.own.Forms)) {
				c.text = c.own.Forms[c.form]
				for _, rule := range []rule{lintLength, lintCharacters, lintScript, lintGerman, lintArabic} {
					found = append(found, rule(c)...)
				}
			}
			for _, problem := range found {
				problems = append(problems, fmt.Sprintf("%s: %s: %s", lang.Tag, c.key, problem))
			}
		}
	}
	return append(problems, lintSentences(w)...)
}

func lintKeys(w *Words, tag string) (problems []string) {
	for _, key := range w.Keys("de") {
		if !w.Has(tag, key) {
			problems = append(problems, fmt.Sprintf("%s: %s: missing or empty", tag, key))
		}
	}
	for _, key := range w.Keys(tag) {
		if _, ok := w.Source("de", key); !ok {
			problems = append(problems, fmt.Sprintf("%s: %s: not in German", tag, key))
		}
	}
	return problems
}

// personal are placeholders the program must never have: screens are shared in
// families (domain study, P-07).
var personal = regexp.MustCompile(`(?i)(first|last|user|full|nick)_?name|vorname|nachname`)

func lintSource(c check) (problems []string) {
	if described := c.lang.Tag == "de" || c.lang.Tag == "en"; described && c.own.Description == "" && !isWords(c.key) {
		problems = append(problems, "no description for translators")
	}
	want := []string{"other"}
	if len(c.de.Forms) > 1 {
		want = c.cldr.Plural
	}
	if forms := c.own.Forms; len(forms) != len(want) || slices.ContainsFunc(want, func(f string) bool { return forms[f] == "" }) {
		problems = append(problems, fmt.Sprintf("plural forms %v, want %v", slices.Sorted(maps.Keys(forms)), want))
	}
	theirs := c.de.Placeholders
	if strings.HasPrefix(c.key, "date.") && c.lang.Tag != "de" && c.lang.Tag != "de-simple" {
		theirs = slices.Sorted(slices.Values(append([]string{"german"}, theirs...)))
	}
	if !slices.Equal(c.own.Placeholders, theirs) {
		problems = append(problems, fmt.Sprintf("placeholders %v, want %v", c.own.Placeholders, theirs))
	}
	for _, name := range c.own.Placeholders {
		if personal.MatchString(name) {
			problems = append(problems, "placeholder "+name+" names a person")
		}
	}
	return problems
}

// isButton is the convention for keys of buttons: "btn.yes", "ask.btn.back",
// "menu.ask.label".
func isButton(key string) bool {
	return strings.HasPrefix(key, "btn.") || strings.Contains(key, ".btn.") || strings.HasSuffix(key, ".label")
}

func lintLength(c check) []string {
	limit := 600
	switch {
	case isWords(c.key):
		return nil
	case isButton(c.key):
		limit = 24
	case slices.Contains(strings.Split(c.key, "."), "consent"):
		limit = 700
	}
	if n := perceived(placeholder.ReplaceAllString(c.text, "0000")); n > limit {
		return []string{fmt.Sprintf("%s: %d characters, at most %d", c.form, n, limit)}
	}
	return nil
}

// perceived counts what a reader takes for characters: an emoji with its
// modifiers is one, markup and marks are none (UAX #29, as far as texts need it).
func perceived(s string) int {
	n, joined := 0, false
	for _, r := range s {
		switch {
		case r == '\u200d':
			joined = true
			continue
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf), isSkin(r), strings.ContainsRune(`*_\`, r), joined:
		default:
			n++
		}
		joined = false
	}
	return n
}

var shouting = regexp.MustCompile(`[!¡！]\s*[!¡！]`)

func lintCharacters(c check) (problems []string) {
	if strings.ContainsFunc(c.text, func(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }) {
		problems = append(problems, "a flag")
	}
	if strings.ContainsAny(c.text, "➡⬅") {
		problems = append(problems, "an arrow, which means the opposite where people read from the right")
	}
	if shouting.MatchString(c.text) {
		problems = append(problems, "exclamation marks in a row")
	}
	none := func(rune, string) bool { return false }
	for line := range strings.Lines(c.text) {
		if err := checkIsolates(line, none); err != nil {
			problems = append(problems, fmt.Sprintf("%s: %v", c.form, err))
		}
	}
	return problems
}

var scripts = map[string]*unicode.RangeTable{
	"ar": unicode.Arabic, "fa": unicode.Arabic, "ps": unicode.Arabic,
	"uk": unicode.Cyrillic, "ru": unicode.Cyrillic, "ti": unicode.Ethiopic,
}

var (
	isolated  = regexp.MustCompile("[\u2066-\u2068][^\u2069]*\u2069")
	foreign   = map[string]string{"uk": "ыэъё", "ru": "іїєґ"}
	wordsOnly = func(s string) []string { return strings.FieldsFunc(s, func(r rune) bool { return !isWord(r) }) }
)

// lintScript wants the letters of the language's own script outside isolates.
// From left to right, Latin words may stand among others where the German text
// has them too: names, addresses of pages, German terms.
func lintScript(c check) (problems []string) {
	if isWords(c.key) {
		return nil
	}
	text := placeholder.ReplaceAllString(c.text, "")
	if c.lang.RTL {
		for line := range strings.Lines(text) {
			if err := checkIsolates(line, strayLTR); err != nil {
				problems = append(problems, fmt.Sprintf("%s: %v", c.form, err))
			}
		}
		return problems
	}
	script := scripts[c.lang.Tag]
	if script == nil {
		script = unicode.Latin
	}
	for _, word := range wordsOnly(isolated.ReplaceAllString(text, " ")) {
		in := func(tables ...*unicode.RangeTable) bool {
			return !strings.ContainsFunc(word, func(r rune) bool { return unicode.IsLetter(r) && !unicode.In(r, tables...) })
		}
		latin := in(unicode.Latin) && slices.ContainsFunc(slices.Collect(maps.Values(c.de.Forms)), func(de string) bool {
			return slices.Contains(wordsOnly(de), word)
		})
		if !in(script) && !latin || strings.ContainsAny(strings.ToLower(word), foreign[c.lang.Tag]) {
			problems = append(problems, fmt.Sprintf("%q is not in the script of the language", word))
		}
	}
	return problems
}

var informal = []string{"du", "dein", "deine", "deiner", "deines", "deinem", "deinen", "dir", "dich",
	"euch", "euer", "eure", "eurer", "eures", "eurem", "euren"}

const maxWords, maxAverage = 25, 15 // words a sentence, in the domain study §2.2

func lintGerman(c check) (problems []string) {
	if c.lang.Tag != "de" && c.lang.Tag != "de-simple" || isWords(c.key) {
		return nil
	}
	for _, word := range wordsOnly(c.text) {
		if slices.Contains(informal, strings.ToLower(word)) {
			problems = append(problems, fmt.Sprintf("%q, but we say Sie", word))
		}
	}
	for _, n := range sentences(c.text) {
		if n > maxWords {
			problems = append(problems, fmt.Sprintf("a sentence of %d words, at most %d", n, maxWords))
		}
	}
	return problems
}

var sentenceEnd = regexp.MustCompile(`[.!?…:]+["“”»*_)]*(\s|$)|\n`)

// sentences are the numbers of words of the sentences of text.
func sentences(text string) (lengths []int) {
	for _, sentence := range sentenceEnd.Split(placeholder.ReplaceAllString(text, "x"), -1) {
		if n := len(wordsOnly(sentence)); n > 0 {
			lengths = append(lengths, n)
		}
	}
	return lengths
}

func lintSentences(w *Words) []string {
	words, count := 0, 0
	for _, key := range w.Keys("de") {
		if source, _ := w.Source("de", key); !isButton(key) && !isWords(key) {
			for _, n := range sentences(source.Forms["other"]) {
				words, count = words+n, count+1
			}
		}
	}
	if words > maxAverage*count {
		return []string{fmt.Sprintf("de: sentences have %d words on average, at most %d", words/count, maxAverage)}
	}
	return nil
}

// imperatives are orders to a man or a woman; we use verbal nouns instead.
var imperatives = []string{"أرسلي", "اكتبي", "اضغطي", "اختاري", "أدخلي", "انقري", "افتحي", "حاولي",
	"أرسل", "اكتب", "اضغط", "اختر", "أدخل", "انقر", "افتح", "حاول"}

func lintArabic(c check) (problems []string) {
	if c.lang.Tag != "ar" || isWords(c.key) {
		return nil
	}
	for _, word := range strings.FieldsFunc(c.text, func(r rune) bool { return !isWord(r) && !unicode.IsMark(r) }) {
		if slices.Contains(imperatives, word) || slices.Contains(imperatives, strings.TrimLeft(word, "وف")) {
			problems = append(problems, word+" has a gender")
		}
	}
	return problems
}

// files makes catalogues: pairs of language and TOML. German and English get
// what Load and the code need.
func files(pairs ...string) fs.FS {
	needed := "\"oops\" = \"Hoppla.\"\n\"date.day\" = \"{{.weekday}}, {{.date}}\"\n\"date.when\" = \"{{.weekday}}, {{.date}}, {{.time}} Uhr\"\n"
	f := fstest.MapFS{"active.de.toml": {Data: []byte(needed)}}
	for i := 0; i < len(pairs); i += 2 {
		name := "active." + pairs[i] + ".toml"
		if f[name] == nil {
			f[name] = &fstest.MapFile{}
		}
		f[name].Data = append(f[name].Data, pairs[i+1]...)
	}
	return f
}

func load(t testing.TB, pairs ...string) *Words {
	t.Helper()
	w, err := Load(files(pairs...))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestLintFinds(t *testing.T) {
	long := strings.Repeat("Wort ", 26)
	for _, c := range []struct{ name, de, lang, text, want string }{
		{"missing", `"a" = "A"`, "en", ``, "en: a: missing"},
		{"empty", `"a" = "A"`, "en", `"a" = " "`, "en: a: missing or empty"},
		{"extra", ``, "en", `"b" = "B"`, "en: b: not in German"},
		{"description", `"a" = "A"`, "en", `"a" = "A"`, "en: a: no description"},
		{"plural", `"a" = {one = "1", other = "{{.n}}"}`, "uk", `"a" = {one = "1", other = "{{.n}}"}`, "uk: a: plural forms [one other], want [one few many other]"},
		{"needless plural", `"a" = "A"`, "vi", `"a" = {one = "1", other = "2"}`, "vi: a: plural forms"},
		{"placeholder", `"a" = "{{.n}}"`, "uk", `"a" = "{{.m}}"`, "uk: a: placeholders [m], want [n]"},
		{"name", `"a" = "{{.first_name}}"`, "uk", ``, "de: a: placeholder first_name"},
		{"button", `"btn.a" = "1234567890123456789012345"`, "uk", ``, "de: btn.a: other: 25 characters"},
		{"message", `"a" = "` + strings.Repeat("é", 601) + `"`, "uk", ``, "601 characters"},
		{"consent", `"consent.a" = "` + strings.Repeat("a ", 351) + `"`, "uk", ``, "701 characters, at most 700"},
		{"du", `"a" = "Schick mir deine Frage"`, "uk", ``, `"deine"`},
		{"sentence", `"a" = "` + long + `"`, "uk", ``, "26 words"},
		{"average", `"a" = "` + strings.Repeat(long[:24*5]+". ", 5) + `"`, "uk", ``, "on average"},
		{"flag", `"a" = "🇺🇦"`, "uk", ``, "a flag"},
		{"arrow", `"a" = "➡️ Weiter"`, "uk", ``, "an arrow"},
		{"shouting", `"a" = "Ja! !"`, "uk", ``, "exclamation"},
		{"latin in ar", `"a" = "A"`, "ar", `"a" = "مركز Jobcenter"`, "outside an isolate"},
		{"digit in ar", `"a" = "A"`, "ar", `"a" = "رقم 12"`, "outside an isolate"},
		{"latin in uk", `"a" = "A"`, "uk", `"a" = "Центр Jobcenter"`, `"Jobcenter"`},
		{"homoglyph in uk", `"a" = "A"`, "uk", `"a" = "рaнок"`, `"рaнок"`},
		{"russian in uk", `"a" = "A"`, "uk", `"a" = "вы"`, `"вы"`},
		{"cyrillic in de", `"a" = "Мова"`, "uk", ``, `"Мова"`},
		{"imperative", `"a" = "A"`, "ar", `"a" = "واضغطي هنا"`, "gender"},
		{"isolate", `"a" = "A"`, "ar", `"a" = "رقم ` + lri + `12"`, "do not end"},
		{"override", "\"a\" = \"A \u202eB\"", "uk", ``, "use an isolate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			problems := lint(t, load(t, "de", c.de, c.lang, c.text))
			if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, c.want) }) {
				t.Errorf("no problem says %q in %q", c.want, problems)
			}
		})
	}
}

func TestLintAllows(t *testing.T) {
	w := load(t,
		"de", `"a" = {description = "D", other = "Das Jobcenter: {{.n}} 1️⃣"}`+"\n"+
			`"btn.a" = {description = "D", other = "👩🏽‍⚕️ 4567890123456789012345"}`+"\n"+
			`"a.words" = "Мова, Sprache"`,
		"uk", `"oops" = "Ой"`+"\n"+`"date.day" = "{{.weekday}} {{.german}} {{.date}}"`+"\n"+
			`"date.when" = "{{.weekday}} {{.german}} {{.date}} {{.time}}"`+"\n"+
			`"a" = "Центр Jobcenter: {{.n}} `+"\u2068"+`اللغة`+"\u2069"+`"`+"\n"+`"btn.a" = "Лікарка"`+"\n"+`"a.words" = "Sprache"`,
		"ar", `"oops" = "عفوًا"`+"\n"+`"date.day" = "{{.weekday}} {{.german}} {{.date}}"`+"\n"+
			`"date.when" = "{{.weekday}} {{.german}} {{.date}} {{.time}}"`+"\n"+
			`"a" = "مركز `+"\u2068"+`Jobcenter`+"\u2069"+`: {{.n}} 1️⃣"`+"\n"+`"btn.a" = "طبيبة"`+"\n"+`"a.words" = "sprache"`)
	for _, problem := range lint(t, w) {
		if !strings.HasSuffix(problem, "no description for translators") { // of files()
			t.Error(problem)
		}
	}
}
