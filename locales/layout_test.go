package locales

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestLayout(t *testing.T) {
	for _, c := range []struct {
		name, raw string
		rtl       bool
		want      string
		marks     []Mark
	}{
		{"nothing to do", "a\nb", false, "a\nb", nil},
		{"marks at the mark", "\u200fأ\n\nب", true, "\u200fأ\n\n\u200fب", nil},
		{"bold behind the mark", "\ue000أ\ue001", true, "\u200fأ", []Mark{{"b", 3, 5}}},
		{"isolate left open", "a \u2066b\nc", false, "a \u2066b\u2069\nc", nil},
		{"isolate over a line", "a \u2066b\nc\u2069 d", false, "a \u2066b\u2069\nc d", nil},
		{"isolate that did not begin", "a\u2069 b", false, "a b", nil},
		{"nested isolates", "\u2067a \u2066b\u2069\u2069", false, "\u2067a \u2066b\u2069\u2069", nil},
		{"quotation amid text", "a: \ue004q\ue005 b", false, "a:\nq\nb", []Mark{{"q", 3, 4}}},
		{"quotation on its line", "a:\n\ue004q\ue005\nb", false, "a:\nq\nb", []Mark{{"q", 3, 4}}},
		{"two quotations", "\ue004q\ue005\ue004r\ue005", false, "q\nr", []Mark{{"q", 0, 1}, {"q", 2, 3}}},
		{"bold quotation", "a  \ue000\ue004q\ue005\ue001", false, "a\nq", []Mark{{"b", 1, 3}, {"q", 2, 3}}},
		{"empty mark", "a\ue000\ue001", false, "a", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := layout(c.raw, c.rtl)
			if got.Text != c.want || !slices.Equal(got.Marks, c.marks) {
				t.Errorf("got %q %v, want %q %v", got.Text, got.Marks, c.want, c.marks)
			}
		})
	}
}

func TestCheckRTL(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"\u200fالهاتف: \u2066+49 341\u2069\n\n\u200f1️⃣ \u2068Jobcenter\u2069 ـ", ""},
		{"الهاتف", "line 1 does not begin"},
		{"\u200fأ\n💬 ب", "line 2 does not begin"},
		{"\u200fالرقم 3", `'3' at byte 14 stands outside`},
		{"\u200fالرقم ٣", "outside an isolate"},
		{"\u200fمركز Jobcenter", `'J'`},
		{"\u200fأ \u2066b", "do not end"},
		{"\u200fأ \u2069", "did not begin"},
		{"\u200fأ \u2066b\u202e\u2069", "U+202E"},
	} {
		err := CheckRTL(c.text)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
	}
}

// every is an argument of each kind for the placeholders of source.
func every(source Source) []Arg {
	kinds := []Arg{{Kind: Count, N: 3}, {Kind: Number, N: 17}, {Kind: Code, Text: "+49 341 4129731"}, {Kind: Name, Text: "Frau Weber"},
		{Kind: Quote, Text: "Ist das gut?\n\nنعم 3"}, {Kind: Day, At: afternoon}, {Kind: When, At: afternoon}, {Kind: Clock, At: afternoon}, {Kind: Word, Text: Oops}}
	var args []Arg
	for i, name := range source.Placeholders {
		arg := kinds[i%len(kinds)]
		arg.Name = name
		args = append(args, arg)
	}
	return args
}

// TestEveryMessageReadsFromTheRight renders all texts of all right-to-left
// languages and checks them.
func TestEveryMessageReadsFromTheRight(t *testing.T) {
	w, err := Load(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, lang := range w.Languages() {
		for _, key := range w.Keys(lang.Tag) {
			source, _ := w.Source(lang.Tag, key)
			text, err := w.Text(lang.Tag, key, every(source)...)
			if err != nil || text.Text == "" {
				t.Errorf("%s %s: %q, %v", lang.Tag, key, text.Text, err)
			}
			if !lang.RTL || isWords(key) {
				continue
			}
			checked++
			if err := CheckRTL(text.Text); err != nil {
				t.Errorf("%s %s: %v in %q", lang.Tag, key, err, text.Text)
			}
		}
	}
	if checked == 0 {
		t.Error("no text was checked")
	}
}

// TestVisualOrder asks fribidi what a reader sees (rules L-R1 and L-R2 of the
// domain study). The rules themselves are checked without it above.
func TestVisualOrder(t *testing.T) {
	fribidi, err := exec.LookPath("fribidi")
	if err != nil {
		t.Log("fribidi is not installed: the visual order was not checked, only the rules")
		return
	}
	w := load(t, "ar", `"phone" = "الهاتف: {{.v}}"`+"\n"+`"case" = "الرقم {{.v}}"`)
	for _, c := range []struct{ key, code, want, without string }{
		{"phone", "+49 341 4129731", "+49 341 4129731 :فتاهلا", "4129731 341 49+ :فتاهلا"},
		{"case", "#A-17", "#A-17 مقرلا", "A-17# مقرلا"},
		{"case", "14.01.2027, 16:00", "14.01.2027, 16:00 مقرلا", "16:00 ,14.01.2027 مقرلا"},
	} {
		text, err := w.Text("ar", c.key, Arg{Name: "v", Kind: Code, Text: c.code})
		if err != nil {
			t.Fatal(err)
		}
		if got := seen(t, fribidi, text.Text); got != c.want {
			t.Errorf("a reader sees %q, want %q", got, c.want)
		}
		bare := strings.NewReplacer(lri, "", pdi, "", string(rlm), "").Replace(text.Text)
		if got := seen(t, fribidi, bare); got != c.without {
			t.Errorf("without isolates a reader sees %q, want %q: is the rule still needed?", got, c.without)
		}
	}
}

func seen(t *testing.T, fribidi, line string) string {
	t.Helper()
	cmd := exec.Command(fribidi, "--nopad", "--nobreak", "--clean")
	cmd.Stdin = strings.NewReader(line + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return norm.NFKC.String(strings.Trim(string(out), "\n ")) // fribidi joins letters
}

func FuzzText(f *testing.F) {
	w := load(f,
		"de", `"a" = "*{{.name}}* {{.code}} sagt: {{.text}} _Ende_"`,
		"ar", `"a" = "*{{.name}}* {{.code}} قال: {{.text}} _نهاية_"`)
	for _, s := range []string{"", "*fett*", "{{.text}}", "\u2069\u2069 x", "a\u2028b\u2029c\r\nd", "\ue000\ue005", "\xff\xed\xa0\x80", "مرحبا 3\n\n\n\nx"} {
		f.Add(s, s, s)
	}
	f.Fuzz(func(t *testing.T, name, code, text string) {
		for _, lang := range []string{"de", "ar"} {
			got, err := w.Text(lang, "a", Arg{Name: "name", Kind: Name, Text: name},
				Arg{Name: "code", Kind: Code, Text: code}, Arg{Name: "text", Kind: Quote, Text: text})
			if err != nil {
				t.Fatal(err)
			}
			checkHostile(t, lang, got, Clean(text) != "")
		}
	})
}

// checkHostile wants the marks of the template and no others, isolates that
// match on each line, and no sign in the text.
func checkHostile(t *testing.T, lang string, got Text, quoted bool) {
	t.Helper()
	var styles string
	for _, m := range got.Marks {
		if m.From < 0 || m.From >= m.To || m.To > len(got.Text) {
			t.Fatalf("mark %v in %d bytes", m, len(got.Text))
		}
		styles += m.Style
	}
	if want := map[bool]string{true: "bqi", false: "bi"}[quoted]; styles != want {
		t.Fatalf("marks %q, want %q", styles, want)
	}
	last := got.Marks[len(got.Marks)-1]
	if said := got.Text[last.From:last.To]; said != "Ende" && said != "نهاية" {
		t.Fatalf("the last mark is on %q", said)
	}
	for line := range strings.SplitSeq(got.Text, "\n") {
		if err := checkIsolates(line, func(r rune, _ string) bool { return r >= boldOn && r <= quoteOff }); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
	}
	if lang == "ar" {
		if err := CheckRTL(got.Text); err != nil {
			t.Fatalf("%v in %q", err, got.Text)
		}
	}
}
