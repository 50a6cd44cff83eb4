package locales

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "Darf ich arbeiten?", "Darf ich arbeiten?"},
		{"spaces", "  a \t\n b  ", "a\n b"},
		{"line ends", "a\r\nb\rc\u2028d\u2029e\u0085f", "a\nb\nc\nd\ne\nf"},
		{"empty lines", "\n\na\n \n\t\n\n\nb\n\nc\n", "a\n\n\nb\n\nc"},
		{"control", "a\x00b\x1b[31mc\x7f\u009fd\te", "ab[31mcd e"},
		{"bad bytes and surrogates", "a\xffb\xed\xa0\x80c\ufffdd", "abcd"},
		{"bidi", "a\u202eb\u202c\u2066c\u2069\u200e\u200f\u061cd", "abcd"},
		{"zero width", "a\u200b\u2060\ufeff\u00ad\u034f\u3164\u180eb", "ab"},
		{"joiners stay", "می\u200cخواهم 👩\u200d👧", "می\u200cخواهم 👩\u200d👧"},
		{"only joiners", "\u200d \u200c", ""},
		{"private use", "a\ue000\uf8ff\U000f0000b", "ab"},
		{"noncharacter", "a\uffff\ufdd0b", "ab"},
		{"NFC", "a\u0308", "ä"},
		{"towers", "a" + strings.Repeat("\u0301", 100) + "b", "á" + strings.Repeat("\u0301", 7) + "b"},
		{"tashkeel stays", "أُرسلَ", "أُرسلَ"},
		{"keycap stays", "3\ufe0f\u20e3", "3\ufe0f\u20e3"},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", " a ", "\xff", "a\u0308\u200d\n\n\n\n\u0301b", strings.Repeat("\u0344", 40), "\u1100\u200b\u1161", "\u202e\ue000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if again := Clean(got); again != got {
			t.Fatalf("%q, and cleaned again %q", got, again)
		}
		if !utf8.ValidString(got) || !norm.NFC.IsNormalString(got) {
			t.Fatalf("%q is not valid or not NFC", got)
		}
		for _, r := range got {
			if unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Co, r) || unicode.IsControl(r) && r != '\n' {
				t.Fatalf("%U in %q", r, got)
			}
		}
		if strings.TrimSpace(got) != got || strings.Contains(got, "\n\n\n\n") {
			t.Fatalf("%q is not trimmed", got)
		}
		ParseNumber(s)
	})
}

func TestFold(t *testing.T) {
	for _, pair := range [][2]string{
		{"  JA! ", "ja"}, {"Straße", "strasse"}, {"Năm", "nam"}, {"Đường", "duong"}, {"İstanbul ışık", "istanbul isik"},
		{"Łódź", "lodz"}, {"Română", "romana"}, {"pêncşem", "pencsem"}, {"ﬁ ２", "fi 2"}, {"Ærø", "aero"}, {"cœur", "coeur"}, {"ٱلله", "الله"},
		{"أهلا", "اهلا"}, {"إلى", "الي"}, {"آسف", "اسف"}, {"مدرسة", "مدرسه"}, {"نَعَمْ", "نعم"}, {"نعـــم", "نعم"},
		{"می\u200cخواهم", "ميخواهم"}, {"کتاب", "كتاب"}, {"٣ ۴", "3 4"},
		{"п'ять", "пять"}, {"п’ять", "пять"}, {"пʼять", "пять"}, {"Ёлка", "елка"}, {"Йод", "йод"}, {"Її", "її"}, {"і\u0301", "і"},
		{"✅ Ja, gern", "ja, gern"}, {"✅\ufe0f", "✅"}, {"👍🏽", "👍"}, {"?", "?"}, {"a \n  b", "a b"}, {"\u200f\u2066a\u2069", "a"},
		{"ሓሙስ።", "ሓሙስ"}, {"हिन्दी", "हिन्दी"}, {"\xff", ""}, {"\xf4\x9a\x9a\xf4\xf4ǐ", "i"}, {"", ""},
	} {
		if got := Fold(pair[0]); got != pair[1] {
			t.Errorf("%q: %q, want %q", pair[0], got, pair[1])
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Straße", "✅ a", "\u0301", "İ", "٣", "ﷺ", "क्\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := Fold(s); Fold(got) != got {
			t.Fatalf("%q, and folded again %q", got, Fold(got))
		}
	})
}

func TestParseNumber(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
		ok   bool
	}{
		{"3", 3, true}, {" 3. ", 3, true}, {"(3)", 3, true}, {"#3", 3, true}, {"٣", 3, true}, {"۳", 3, true}, {"１２", 12, true},
		{"3\ufe0f\u20e3", 3, true}, {"1\ufe0f\u20e32\ufe0f\u20e3", 12, true}, {"🔟", 10, true}, {"\u200f\u20663\u2069", 3, true}, {"007", 7, true},
		{"999999999", 999999999, true}, {"1000000000", 0, false}, {"", 0, false}, {"-3", 0, false}, {"3,5", 0, false},
		{"3a", 0, false}, {"drei", 0, false}, {"\u20e3", 0, false}, {"1 2", 0, false}, {"²", 0, false},
	} {
		n, ok := ParseNumber(c.text)
		if ok != c.ok || ok && n != c.want {
			t.Errorf("%q: %d %v, want %d %v", c.text, n, ok, c.want, c.ok)
		}
	}
}
