package locales

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

const someAnswer = `topic = "letter"
words = "Einladung, Amt"

[slots]
day = "date"
at = "time"

[lang.de]
title = "Termin: Büro"
checked = "Fatma Öz, 01.12.2026"
text = """
{at} Uhr, {day}
Bitte kommen Sie {at}."""

[lang.uk]
title = "Прийом"
checked = ""
text = "{day} {at}"
`

func withAnswer(name, text string) fstest.MapFS {
	f := files("uk", "").(fstest.MapFS)
	f["answers/"+name] = &fstest.MapFile{Data: []byte(text)}
	return f
}

func TestTemplate(t *testing.T) {
	w, err := Load(withAnswer("visit.toml", someAnswer))
	if err != nil {
		t.Fatal(err)
	}
	got := w.Templates()
	if len(got) != 1 {
		t.Fatalf("%d templates, want 1", len(got))
	}
	one := got[0]
	if one.ID != "visit" || one.Topic != "letter" || !slices.Equal(one.Slots, []Slot{{"at", TimeSlot}, {"day", DateSlot}}) {
		t.Errorf("got %+v", one)
	}
	if want := map[string]string{"de": "Fatma Öz, 01.12.2026", "uk": ""}; !maps.Equal(one.Checked, want) {
		t.Errorf("checked %v, want %v", one.Checked, want)
	}
	args := []Arg{{Name: "at", Kind: Code, Text: "09:30"}, {Name: "day", Kind: Day, At: afternoon}}
	said, err := w.Text("de", TemplateKey("visit"), args...)
	if want := "09:30 Uhr, Donnerstag, 14.01.2027\nBitte kommen Sie 09:30."; said.Text != want || err != nil {
		t.Errorf("%q (%v), want %q", said.Text, err, want)
	}
	if title, err := w.Label("uk", TemplateTitle("visit")); title != "Прийом" || err != nil {
		t.Errorf("title %q (%v)", title, err)
	}
	if where := one.Line("[lang.uk]", "checked"); where != "answers/visit.toml:17" {
		t.Errorf("line %s", where)
	}
}

func TestFindTemplates(t *testing.T) {
	w, err := Load(withAnswer("visit.toml", someAnswer))
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{
		"termin": 1, "BURO": 1, "Büro ter": 1, "visit": 1, "einlad": 1, "прий": 1, "amt": 1,
		"": 0, "  ": 0, "ermin": 0, "termin jobcenter": 0,
	} {
		if got := w.FindTemplates(query); len(got) != want {
			t.Errorf("%q finds %d, want %d", query, len(got), want)
		}
	}
}

func TestTemplatesAreRefused(t *testing.T) {
	change := func(old, new string) string { return strings.Replace(someAnswer, old, new, 1) }
	for _, c := range []struct{ name, file, text, want string }{
		{"bad TOML", "a.toml", change(`"letter"`, `letter`), `answers/a.toml: toml: line 1`},
		{"unknown key", "a.toml", change("words", "wrds"), `answers/a.toml:2: unknown key "wrds"`},
		{"unknown kind", "a.toml", change(`at = "time"`, `at = "clock"`), `answers/a.toml:6: slot "at" of kind "clock"`},
		{"bad name", "a.toml", change(`at = "time"`, `At = "time"`), `answers/a.toml:6: slot "At"`},
		{"no slot of that name", "a.toml", change("Sie {at}", "Sie {when}"), `answers/a.toml:13: {when} is no slot`},
		{"slot not used", "a.toml", change(`"{day} {at}"`, `"{day}"`), `answers/a.toml:18: the text lacks {at}`},
		{"stray brace", "a.toml", change("Bitte", "Bitte {"), `answers/a.toml:11: a brace`},
		{"template code", "a.toml", change("Bitte", "{{.at}}"), `a brace`},
		{"markup", "a.toml", change("Bitte", "a_b_c"), `answers/a.toml:11: '_' neither begins`},
		{"no text", "a.toml", change(`"{day} {at}"`, `" "`), `answers/a.toml:18: the text lacks`},
		{"no title", "a.toml", change("Прийом", ""), `answers/a.toml:16: a title`},
		{"checked by nobody", "a.toml", change("Fatma Öz, 01.12.2026", "ja"), `answers/a.toml:10: checked`},
		{"no German", "a.toml", someAnswer[:strings.Index(someAnswer, "[lang.de]")] + someAnswer[strings.Index(someAnswer, "[lang.uk]"):], `no [lang.de]`},
		{"language that is not loaded", "a.toml", change("lang.uk", "lang.fr"), `answers/a.toml:15: there is no active.fr.toml`},
		{"bad ID", "a-1.toml", someAnswer, `answers/a-1.toml: the name`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Load(withAnswer(c.file, c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

// TestShippedTemplates renders what the program is built with, in every language.
// TestCatalogues holds it against the rules of texts.
func TestShippedTemplates(t *testing.T) {
	w, err := Load(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(w.Templates()); n < 12 {
		t.Errorf("%d templates, want at least 12", n)
	}
	kinds := map[SlotKind]Arg{
		DateSlot: {Kind: Day, At: afternoon}, TimeSlot: {Kind: Code, Text: "14:30"}, PhoneSlot: {Kind: Code, Text: "+49 341 412 9731"},
		PlaceSlot: {Kind: Name, Text: "2.114, Stuttgarter Allee 9"}, OfficeSlot: {Kind: Name, Text: "دائرة 12"}, AmountSlot: {Kind: Code, Text: "1.234,50 €"},
	}
	used := map[SlotKind]bool{}
	for _, template := range w.Templates() {
		var args []Arg
		for _, slot := range template.Slots {
			used[slot.Kind] = true
			arg := kinds[slot.Kind]
			arg.Name = slot.Name
			args = append(args, arg)
		}
		for _, lang := range w.Languages() {
			said, err := w.Text(lang.Tag, TemplateKey(template.ID), args...)
			if err != nil {
				t.Error(err)
			}
			if lang.RTL {
				if err := CheckRTL(said.Text); err != nil {
					t.Errorf("%s in %s: %v", template.ID, lang.Tag, err)
				}
			}
		}
	}
	if len(used) != len(kinds) {
		t.Errorf("the shipped templates use only the kinds %v", used)
	}
}

// now is a Sunday afternoon: 22 November 2026.
var now = time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)

func TestReadSlot(t *testing.T) {
	w := load(t, "uk", "", "ar", "")
	for _, c := range []struct {
		kind               SlotKind
		typed, want, wrong string
	}{
		{DateSlot, "3.12.", "2026-12-03", ""},
		{DateSlot, "3.12", "2026-12-03", ""},
		{DateSlot, "03. 12. 2026", "2026-12-03", ""},
		{DateSlot, "3.12.26", "2026-12-03", ""},
		{DateSlot, "Do 3.12.2026", "2026-12-03", ""},
		{DateSlot, "do., 3.12.", "2026-12-03", ""},
		{DateSlot, "Donnerstag, 03.12.2026", "2026-12-03", ""},
		{DateSlot, "четвер, 03.12.2026", "2026-12-03", ""},
		{DateSlot, "2026-12-03", "2026-12-03", ""},
		{DateSlot, "٣.١٢.", "2026-12-03", ""},
		{DateSlot, "22.11.", "2026-11-22", ""},
		{DateSlot, "4.1.", "2027-01-04", ""},
		{DateSlot, "29.2.2028", "2028-02-29", ""},
		{DateSlot, "Fr 3.12.2026", "", "date.weekday"},
		{DateSlot, "am 3.12.2026", "", "date.weekday"},
		{DateSlot, "D 3.12.2026", "", "date.weekday"},
		{DateSlot, "21.11.2026", "", "date.past"},
		{DateSlot, "21.11.", "", "date.year"},
		{DateSlot, "3.12.2126", "", "date.far"},
		{DateSlot, "31.2.", "", "date"},
		{DateSlot, "3.13.", "", "date"},
		{DateSlot, "0.1.", "", "date"},
		{DateSlot, "3.0.2027", "", "date"},
		{DateSlot, "morgen", "", "date"},
		{DateSlot, "3/12", "", "date"},
		{DateSlot, "", "", "date"},
		{TimeSlot, "14 uhr", "14:00", ""},
		{TimeSlot, "14Uhr", "14:00", ""},
		{TimeSlot, "14.30", "14:30", ""},
		{TimeSlot, "9:05 Uhr", "09:05", ""},
		{TimeSlot, "14 Uhr 30", "14:30", ""},
		{TimeSlot, "14h", "14:00", ""},
		{TimeSlot, "9", "09:00", ""},
		{TimeSlot, "٠", "00:00", ""},
		{TimeSlot, "24:00", "", "time"},
		{TimeSlot, "14:60", "", "time"},
		{TimeSlot, "3.12.", "", "time"},
		{TimeSlot, "14:3", "", "time"},
		{TimeSlot, "nachmittags", "", "time"},
		{PhoneSlot, "03414129731", "0341 412 9731", ""},
		{PhoneSlot, "+493414129731", "+49 341 412 9731", ""},
		{PhoneSlot, "0049 341 4129731", "+49 341 4129731", ""},
		{PhoneSlot, "+49 (0)341 / 41 29-731", "+49 341 41 29 731", ""},
		{PhoneSlot, "116016", "116 016", ""},
		{PhoneSlot, "110", "110", ""},
		{PhoneSlot, "٠٣٤١ ١٢٣٤٥٦", "0341 123456", ""},
		{PhoneSlot, "12", "", "phone"},
		{PhoneSlot, "1234567890123456", "", "phone"},
		{PhoneSlot, "0341 12345 Frau Weber", "", "phone"},
		{PhoneSlot, "+", "", "phone"},
		{PhoneSlot, "0341+12345", "", "phone"},
		{AmountSlot, "450", "450,00\u00a0€", ""},
		{AmountSlot, "1.234,5 €", "1.234,50\u00a0€", ""},
		{AmountSlot, "€ 1234,50", "1.234,50\u00a0€", ""},
		{AmountSlot, "12.50 Euro", "12,50\u00a0€", ""},
		{AmountSlot, "1.234", "1.234,00\u00a0€", ""},
		{AmountSlot, "1234567", "1.234.567,00\u00a0€", ""},
		{AmountSlot, "80,- EUR", "80,00\u00a0€", ""},
		{AmountSlot, "0,05", "0,05\u00a0€", ""},
		{AmountSlot, "1,234", "", "amount"},
		{AmountSlot, "1,234.50", "", "amount"},
		{AmountSlot, "12.5", "", "amount"},
		{AmountSlot, "1.23.456", "", "amount"},
		{AmountSlot, "-5", "", "amount"},
		{AmountSlot, "0", "", "amount"},
		{AmountSlot, "12345678", "", "amount"},
		{AmountSlot, "viel", "", "amount"},
		{PlaceSlot, " Raum 2.114,\nStuttgarter Allee 9 ", "Raum 2.114, Stuttgarter Allee 9", ""},
		{PlaceSlot, "\u202e…", "", "line"},
		{PlaceSlot, strings.Repeat("a", 81), "", "line"},
		{OfficeSlot, "Jobcenter Leipzig", "Jobcenter Leipzig", ""},
		{OfficeSlot, "", "", "line"},
	} {
		if got, wrong := w.ReadSlot("uk", c.kind, c.typed, now); got != c.want || wrong != c.wrong {
			t.Errorf("%s %q: %q, wrong %q; want %q, %q", c.kind, c.typed, got, wrong, c.want, c.wrong)
		}
	}
}

// FuzzReadSlot wants that what was read stays the same when it is read again, is
// one short line, and says nothing beside what is wrong.
func FuzzReadSlot(f *testing.F) {
	for _, typed := range []string{"3.12.", "Do 3.12.2026", "14 uhr", "14.30", "450", "1.234,5 €", "+49 (0)341/4129731", "Raum 2", "٣.١٢.", "80,-", "00"} {
		f.Add(typed)
	}
	w := load(f)
	f.Fuzz(func(t *testing.T, typed string) {
		for _, kind := range slotKinds {
			value, wrong := w.ReadSlot("de", kind, typed, now)
			if (value == "") != (wrong != "") {
				t.Fatalf("%s %q: %q and wrong %q", kind, typed, value, wrong)
			}
			if wrong != "" {
				continue
			}
			if again, wrong := w.ReadSlot("de", kind, value, now); again != value || wrong != "" {
				t.Errorf("%s %q: %q, and read again %q, wrong %q", kind, typed, value, again, wrong)
			}
			if strings.Contains(value, "\n") || len([]rune(value)) > MaxSlot || Clean(value) != value {
				t.Errorf("%s %q: %q is no short line", kind, typed, value)
			}
		}
	})
}

// TestAmountsAndDates reads back every amount and every day there is to say.
func TestAmountsAndDates(t *testing.T) {
	w := load(t)
	for day := now; day.Before(now.AddDate(2, 0, 0)); day = day.AddDate(0, 0, 1) {
		if got, wrong := w.ReadSlot("de", DateSlot, day.Format("2.1.2006"), now); got != day.Format(time.DateOnly) {
			t.Errorf("%s: %q, wrong %q", day, got, wrong)
		}
		if day.Before(now.AddDate(0, 9, 0)) {
			if got, wrong := w.ReadSlot("de", DateSlot, day.Format("02.01."), now); got != day.Format(time.DateOnly) {
				t.Errorf("%s without its year: %q, wrong %q", day, got, wrong)
			}
		}
	}
	for minute := range 24 * 60 {
		at := now.Truncate(24 * time.Hour).Add(time.Duration(minute) * time.Minute)
		if got, wrong := w.ReadSlot("de", TimeSlot, at.Format("15.04")+" Uhr", now); got != at.Format("15:04") {
			t.Errorf("%s: %q, wrong %q", at, got, wrong)
		}
	}
}
