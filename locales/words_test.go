package locales

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct{ name, lang, text, want string }{
		{"bad TOML", "uk", "\"a\" = \"A\"\n\"b\" = ", "active.uk.toml: toml: line 2"},
		{"the same key twice", "uk", "\"a.b\" = \"A\"\n[a]\nb = \"B\"", "active.uk.toml: a.b is said twice"},
		{"template code", "uk", `"a" = "{{if .n}}x{{end}}"`, "active.uk.toml: a: only placeholders"},
		{"open placeholder", "uk", `"a" = "{{.n"`, "only placeholders"},
		{"delimiters", "uk", `"a" = {leftdelim = "<<", other = "A"}`, "only placeholders"},
		{"open mark", "uk", `"a" = "*fett"`, "opened and not closed"},
		{"mark over lines", "uk", `"a" = "*fett\nund*"`, "not closed on its line"},
		{"mark in a word", "uk", `"a" = "t.me/a_b_c"`, "neither begins nor ends"},
		{"marks crossing", "uk", `"a" = "*a _b* c_"`, "neither begins nor ends"},
		{"private use", "uk", "\"a\" = \"\ue000\"", "private-use"},
		{"unknown language", "tlh", `"a" = "A"`, `no language "tlh"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Load(files(c.lang, c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	if _, err := Load(fstest.MapFS{}); err == nil {
		t.Error("no German, no error")
	}
}

func TestLanguages(t *testing.T) {
	got := load(t, "uk", "", "ar", "", "en", "", "de-simple", "", "ps", "").Languages()
	want := []Language{{"de", "Deutsch", false}, {"de-simple", "Leichte Sprache", false}, {"en", "English", false},
		{"ar", "العربية", true}, {"uk", "Українська", false}, {"ps", "پښتو", true}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestFallback(t *testing.T) {
	w := load(t,
		"de", `"a" = "a de"`+"\n"+`"b" = "b de"`+"\n"+`"c" = "c de {{.n}}"`,
		"en", `"a" = "a en"`+"\n"+`"b" = " "`,
		"de-simple", "", "ar", `"oops" = "عفوا"`, "uk", `"a" = "а"`)
	for _, c := range []struct{ lang, key, want, err string }{
		{"uk", "a", "а", ""},
		{"ar", "a", "a en", `no "a" in language "ar"`},
		{"ar", "b", "b de", `no "b" in language "ar"`},
		{"ar", "c", "c de 3", `no "c" in language "ar"`},
		{"de-simple", "a", "a de", `no "a" in language "de-simple"`},
		{"fr", "a", "a en", `no "a" in language "fr"`},
		{"", "a", "a en", `no "a" in language ""`},
		{"uk", "secret.key", "Hoppla.", `no "secret.key" in language "uk"`},
		{"ar", "secret.key", "\u200fعفوا", `no "secret.key" in language "ar"`},
	} {
		text, err := w.Text(c.lang, c.key, Arg{Name: "n", Kind: Number, N: 3})
		label, _ := w.Label(c.lang, c.key, Arg{Name: "n", Kind: Number, N: 3})
		if text.Text != c.want || label != c.want {
			t.Errorf("%s %s: %q and label %q, want %q", c.lang, c.key, text.Text, label, c.want)
		}
		if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s %s: error %v, want %q", c.lang, c.key, err, c.err)
		}
	}
}

func TestSource(t *testing.T) {
	w := load(t, "de", `"a" = {description = "D", one = "*{{.x}}* {{ .n }}", other = "{{.n}}"}`)
	got, ok := w.Source("de", "a")
	if !ok || got.Description != "D" || got.Forms["one"] != "*{{.x}}* {{ .n }}" || !slices.Equal(got.Placeholders, []string{"n", "x"}) {
		t.Errorf("got %+v", got)
	}
	if _, ok := w.Source("en", "a"); ok || w.Has("en", "a") || w.Keys("en") != nil {
		t.Error("a language that is not loaded has texts")
	}
	if want := []string{"a", "date.day", "date.when", "oops"}; !slices.Equal(w.Keys("de"), want) || !slices.Equal(w.Keys(Pseudo), want) {
		t.Errorf("keys %v, want %v", w.Keys("de"), want)
	}
}

// afternoon is 14 January 2027, 16:00 in Berlin; evening is 1:30 of the next
// summer day there.
var (
	afternoon = time.Date(2027, 1, 14, 15, 0, 0, 0, time.UTC)
	evening   = time.Date(2026, 7, 31, 23, 30, 0, 0, time.UTC)
)

func TestArguments(t *testing.T) {
	w, err := Load(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	for lang, pairs := range map[string][]struct {
		arg  Arg
		want string
	}{
		"de": {
			{Arg{Kind: Number, N: 1000000}, "1000000"},
			{Arg{Kind: Code, Text: "+49 341\n4129731"}, "+49 341 4129731"},
			{Arg{Kind: Name, Text: " Stuttgarter Allee 9 "}, "Stuttgarter Allee 9"},
			{Arg{Kind: Name, Text: "\u202e"}, "…"},
			{Arg{Kind: Quote, Text: "Eins\r\n\r\nZwei"}, "\ue004\u2068Eins\u2069\n\n\u2068Zwei\u2069\ue005"},
			{Arg{Kind: Day, At: afternoon}, "Donnerstag, 14.01.2027"},
			{Arg{Kind: When, At: afternoon}, "Donnerstag, 14.01.2027, 16:00 Uhr"},
			{Arg{Kind: When, At: evening}, "Samstag, 01.08.2026, 01:30 Uhr"},
			{Arg{Kind: Clock, At: afternoon}, "16:00"},
		},
		"en": {{Arg{Kind: When, At: afternoon}, "Thursday (Donnerstag), 14.01.2027, 16:00"}},
		"uk": {{Arg{Kind: When, At: afternoon}, "четвер (Donnerstag), 14.01.2027, 16:00"}},
		"ar": {
			{Arg{Kind: When, At: afternoon}, "الخميس (\u2068Donnerstag\u2069)، \u206614.01.2027\u2069، الساعة \u206616:00\u2069"},
			{Arg{Kind: Day, At: afternoon}, "الخميس (\u2068Donnerstag\u2069)، \u206614.01.2027\u2069"},
			{Arg{Kind: Clock, At: afternoon}, "\u206616:00\u2069"},
			{Arg{Kind: Count, N: 3}, "\u20663\u2069"},
			{Arg{Kind: Code, Text: "#A-17"}, "\u2066#A-17\u2069"},
			{Arg{Kind: Name, Text: "Frau \u2069Weber"}, "\u2068Frau Weber\u2069"},
		},
	} {
		for _, p := range pairs {
			if got, err := w.value(w.tongues[lang], p.arg); got != p.want || err != nil {
				t.Errorf("%s %v: %q (%v), want %q", lang, p.arg, got, err, p.want)
			}
		}
	}
}

func TestDateOfALanguageWithoutPattern(t *testing.T) {
	w := load(t, "ar", `"a" = "غدا {{.d}}"`)
	text, err := w.Text("ar", "a", Arg{Name: "d", Kind: Day, At: afternoon})
	if want := "\u200fغدا \u2068Donnerstag, 14.01.2027\u2069"; text.Text != want || err == nil {
		t.Errorf("%q (%v), want %q and an error", text.Text, err, want)
	}
}

func TestText(t *testing.T) {
	w := load(t,
		"de", `"a" = {one = "{{.n}} Frage zu *{{.topic}}*", other = "{{.n}} Fragen zu *{{.topic}}*"}`+"\n"+
			`"topic" = "_Schule_\nund Kita"`+"\n"+`"said" = "Sie schreiben: {{.text}} – stimmt das?"`+"\n"+
			`"plain" = "2 \\* 3, a\\_b, C:\\\\x und _*so*_"`,
		"uk", `"a" = {one = "{{.n}} питання", few = "{{.n}} питання", other = "{{.n}} питань"}`,
		"vi", `"a" = "{{.n}} câu hỏi"`)
	n := func(n int) Arg { return Arg{Name: "n", Kind: Count, N: n} }
	topic := Arg{Name: "topic", Kind: Word, Text: "topic"}
	quoted := func(s string) Arg { return Arg{Name: "text", Kind: Quote, Text: s} }
	for _, c := range []struct {
		name, lang, key string
		args            []Arg
		want            string
		marks           []Mark
		err             string
	}{
		{"one", "de", "a", []Arg{n(1), topic}, "1 Frage zu Schule und Kita", []Mark{{"b", 11, 26}}, ""},
		{"other", "de", "a", []Arg{topic, n(0)}, "0 Fragen zu Schule und Kita", []Mark{{"b", 12, 27}}, ""},
		{"missing form", "uk", "a", []Arg{n(5)}, "5 питань", nil, ""},
		{"a form go-i18n would want", "vi", "a", []Arg{n(1)}, "1 câu hỏi", nil, ""},
		{"first count decides", "de", "a", []Arg{n(1), {Name: "topic", Kind: Count, N: 2}}, "1 Frage zu 2", []Mark{{"b", 11, 12}}, ""},
		{"no argument", "de", "a", []Arg{topic}, "… Fragen zu Schule und Kita", []Mark{{"b", 14, 29}}, `a in language "de": no argument "n"`},
		{"unknown kind", "de", "a", []Arg{n(1), {Name: "topic", Kind: "smell"}}, "1 Frage zu …", []Mark{{"b", 11, 14}}, `unknown kind "smell"`},
		{"unknown word", "de", "a", []Arg{n(1), {Name: "topic", Kind: Word, Text: "x"}}, "1 Frage zu Hoppla.", []Mark{{"b", 11, 18}}, `no "x"`},
		{"word with arguments", "de", "a", []Arg{n(1), {Name: "topic", Kind: Word, Text: "said"}}, "1 Frage zu …", []Mark{{"b", 11, 14}}, "said has placeholders"},
		{"no time", "de", "a", []Arg{n(1), {Name: "topic", Kind: When}}, "1 Frage zu …", []Mark{{"b", 11, 14}}, "has no time"},
		{"markup", "de", "plain", nil, `2 * 3, a_b, C:\x und so`, []Mark{{"i", 21, 23}, {"b", 21, 23}}, ""},
		{"template in a quotation", "de", "said", []Arg{quoted("{{.text}} *a*\ue000\u2069b")}, "Sie schreiben:\n\u2068{{.text}} *a*b\u2069\n– stimmt das?", []Mark{{"q", 15, 35}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := w.Text(c.lang, c.key, c.args...)
			if got.Text != c.want || !slices.Equal(got.Marks, c.marks) {
				t.Errorf("got %q %v, want %q %v", got.Text, got.Marks, c.want, c.marks)
			}
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
	if label, err := w.Label("de", "topic"); label != "Schule und Kita" || err != nil {
		t.Errorf("label %q (%v)", label, err)
	}
	first, _ := w.Text("de", "plain")
	first.Marks[0].Style = "x"
	if again, _ := w.Text("de", "plain"); again.Marks[0].Style != "i" {
		t.Error("the caller changed the catalogue")
	}
}

// TestManyGoroutines has something to say under -race only.
func TestManyGoroutines(t *testing.T) {
	w := load(t, "uk", benchWords)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 10 {
				text, err := w.Text("uk", "plural", Arg{Name: "n", Kind: Count, N: i + n})
				if want := strconv.Itoa(i + n); err != nil || !strings.HasPrefix(text.Text, want) {
					t.Errorf("%q (%v), want %s in front", text.Text, err, want)
				}
				if plain, err := w.Text("uk", "plain"); err != nil || len(plain.Marks) != 1 || !w.Means("uk", "plain", plain.Text) {
					t.Errorf("%+v (%v)", plain, err)
				}
			}
		})
	}
	all.Wait()
}

func TestPseudo(t *testing.T) {
	w := load(t, "de", `"ask.topic" = "{{.text}} {{.n}}"`+"\n"+`"visa" = "Visum"`+"\n"+`"all" = "{{.a}}{{.b}}{{.c}}{{.d}}{{.e}}{{.f}}{{.g}}{{.h}}{{.i}}"`)
	for _, c := range []struct {
		key  string
		args []Arg
		want string
		err  bool
	}{
		{"visa", nil, "(visa)", false},
		{"ask.topic", []Arg{{Name: "text", Kind: Quote, Text: "May I \"work\"? مرحبا\n"}, {Name: "n", Kind: Count, N: 3}},
			`(ask.topic n=3 text="May I \"work\"? مرحبا\n")`, false},
		{"all", []Arg{{Name: "a", Kind: Word, Text: "visa"}, {Name: "b", Kind: Count, N: 2}, {Name: "c", Kind: Number, N: 5},
			{Name: "d", Kind: Code, Text: "0341"}, {Name: "e", Kind: Name, Text: "Ö"}, {Name: "f", Kind: Quote, Text: "q"},
			{Name: "g", Kind: Day, At: afternoon}, {Name: "h", Kind: When, At: evening}, {Name: "i", Kind: Clock, At: evening}},
			`(all a=visa b=2 c=5 d="0341" e="Ö" f="q" g=2027-01-14 h=2026-08-01T01:30 i=01:30)`, false},
		{"ask.topic", nil, "(ask.topic)", true},
		{"nothing", nil, "(nothing)", true},
		{"visa", []Arg{{Name: "w", Kind: Word, Text: "nothing"}}, "(visa w=nothing)", true},
	} {
		got, err := w.Text(Pseudo, c.key, c.args...)
		label, _ := w.Label(Pseudo, c.key, c.args...)
		if got.Text != c.want || label != c.want || (err != nil) != c.err {
			t.Errorf("got %q, label %q (%v), want %q", got.Text, label, err, c.want)
		}
	}
	if !w.Means(Pseudo, "visa", "Visa") || !w.Means(Pseudo, "visa", "(visa)") || w.Means(Pseudo, "visa", "all") {
		t.Error("in the pseudo language the key means itself, and nothing else")
	}
}

func TestMeans(t *testing.T) {
	w := load(t, "de", `"yes" = "✅ Ja, *gern*"`+"\n"+`"yes.words" = "ja, Jawohl, ok, 👍"`+"\n"+`"count" = "{{.n}} Fragen"`,
		"ar", `"yes" = "✅ نعم، أوافق"`+"\n"+`"yes.words" = "نعم، أجل"`)
	for _, c := range []struct {
		lang, key, text string
		want            bool
	}{
		{"de", "yes", "ja gern", false},
		{"de", "yes", " JA, GERN! ", true},
		{"de", "yes", "✅", true},
		{"de", "yes", "👍🏽", true},
		{"de", "yes", "OK.", true},
		{"de", "yes", "", false},
		{"de", "yes", "👎", false},
		{"de", "count", "… Fragen", false},
		{"de", "nothing", "ja", false},
		{"ar", "yes", "نَعَم", true},
		{"ar", "yes", "اجل", true},
		{"ar", "yes", "✅️ نعم، اوافق", true},
		{"fr", "yes", "ja", false},
	} {
		if got := w.Means(c.lang, c.key, c.text); got != c.want {
			t.Errorf("%s %s %q: %v", c.lang, c.key, c.text, got)
		}
	}
}

func TestTag(t *testing.T) {
	all := load(t, "en", "", "ar", "", "uk", "", "ru", "", "fa", "", "ku", "", "ro", "", "ti", "", "de-simple", "")
	few := load(t, "en", "", "ar", "", "uk", "")
	for _, c := range []struct{ hint, all, few string }{
		{"de", "de", "de"}, {"DE_at", "de", "de"}, {"de-simple", "de-simple", "de"}, {" ar-beta", "ar", "ar"},
		{"prs", "fa", ""}, {"pes", "fa", ""}, {"fa-raw", "fa", ""}, {"kmr", "ku", ""}, {"kur", "ku", ""},
		{"ua", "uk", "uk"}, {"mo", "ro", ""}, {"iw", "", ""}, {"kk", "ru", "en"}, {"be-tarask", "ru", "en"},
		{"ckb", "ku", "ar"}, {"ur", "en", "en"}, {"am", "en", "en"}, {"zh-hant-tw", "", ""}, {"so", "", ""},
		{"", "", ""}, {"-", "", ""}, {"zxx", "", ""}, {"pt-br", "", ""},
	} {
		if a, f := all.Tag(c.hint), few.Tag(c.hint); a != c.all || f != c.few {
			t.Errorf("%q: %q and %q, want %q and %q", c.hint, a, f, c.all, c.few)
		}
	}
}

const benchWords = `"plural" = {one = "{{.n}} *Frage* offen", few = "{{.n}} *Fragen* offen", other = "{{.n}} *Fragen* offen"}
"plain" = "Das ist ein *Satz* ohne Argumente."
"rich" = "Sie schreiben:\n{{.text}}\nTermin: {{.when}}"`

func BenchmarkText(b *testing.B) {
	w := load(b, "uk", benchWords, "ar", benchWords+`
"date.when" = "{{.weekday}} ({{.german}})، {{.date}}، الساعة {{.time}}"`)
	count := Arg{Name: "n", Kind: Count, N: 3}
	rich := []Arg{{Name: "text", Kind: Quote, Text: "Darf ich arbeiten?\nDanke"}, {Name: "when", Kind: When, At: afternoon}}
	for _, c := range []struct {
		name, lang, key string
		args            []Arg
	}{
		{"plain", "uk", "plain", nil},
		{"plural", "uk", "plural", []Arg{count}},
		{"plural-rtl", "ar", "plural", []Arg{count}},
		{"quote-date-rtl", "ar", "rich", rich},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.Text(c.lang, c.key, c.args...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
