package bot

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"lotse/flows"
	"lotse/locales"
)

// Coordinators fill templates for two inquiries at once, in any order, and the process
// dies in between: what each of them says stays in their own draft.
func TestFillingNeverMixes(t *testing.T) {
	for seed := range int64(20) {
		chance := rand.New(rand.NewSource(seed))
		w := newWorld(t, locales.Pseudo)
		w.ask("ann", "My question.")
		w.ask("ben", "Another.")
		newest := func() string { return fmt.Sprint(len(w.net.messages(theDesk.Room))) }
		cards := []string{"1", newest()}
		type dialogue struct {
			who, place, at string // the message to reply to
			step           int
		}
		var open []*dialogue
		for i := range 6 {
			open = append(open, &dialogue{who: fmt.Sprintf("c%d", i/2), place: fmt.Sprintf("Room-%d", i), at: cards[i%2]})
		}
		previews := map[string]string{}
		for len(open) > 0 {
			d := open[chance.Intn(len(open))]
			switch d.step {
			case 0:
				w.do(d.who + " @desk re " + d.at + " /bausteine dolmetschen")
			case 1:
				w.do(d.who + " @desk ! #" + d.at + " interpreter")
			default:
				w.do(d.who + " @desk re " + d.at + " > " + []string{"1.12.", "14.30", d.place}[d.step-2])
			}
			d.at = newest()
			if d.step++; d.step == 5 {
				previews[d.place] = d.at
				open = slices.DeleteFunc(open, func(x *dialogue) bool { return x == d })
			}
			if chance.Intn(6) == 0 {
				w.do("crash")
			}
		}
		for place, at := range previews {
			var n int
			fmt.Sscan(at, &n)
			shown := w.net.messages(theDesk.Room)[n-1].Text
			want := fmt.Sprintf(`(template.interpreter at="14:30" day=2026-12-01 place=%q)`, place)
			if !strings.Contains(shown, want) || strings.Count(shown, "Room-") != strings.Count(shown, place) {
				t.Errorf("seed %d: the preview of %s is\n%s", seed, place, shown)
			}
		}
	}
}

// What a later release does not have, or asks for in another way, is no template any
// more.
func TestKnownTemplates(t *testing.T) {
	l := lists{templates: []flows.Template{{ID: "visit", Slots: []flows.Slot{{Name: "day", Kind: "date"}}, Checked: map[string]string{"de": "now"}}}}
	filled := flows.Filled{ID: "visit", Slots: []flows.Slot{{Name: "day", Kind: "date", Value: "2026-12-01"}}, Checked: map[string]string{"de": "", "uk": ""}}
	if got := l.known(&filled); got == nil || !maps.Equal(got.Checked, l.templates[0].Checked) || got.Slots[0].Value != "2026-12-01" || filled.Checked["de"] != "" {
		t.Errorf("got %+v", got)
	}
	other := filled
	other.ID = "gone"
	renamed := filled
	renamed.Slots = []flows.Slot{{Name: "at", Kind: "date", Value: "2026-12-01"}}
	for _, f := range []*flows.Filled{nil, &other, &renamed} {
		if got := l.known(f); got != nil {
			t.Errorf("%+v is known as %+v", f, got)
		}
	}
}

// A draft whose template is gone by the time it leaves says what the coordinator saw in
// the desk's language.
func TestTemplateOfAnEarlierRelease(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.ask("ann", "My question.")
	w.do("cora @desk re 1 /bausteine mehr", "cora @desk ! details", "cora @desk ! send")
	w.bot.edition().lists.templates = nil
	w.do("wait 20s")
	if w.heard("ann < #11\n\t\t(answer.head number=") != 1 || w.heard(")\n\t\t(quote text=\"(template.details)\")\n\t\t(answer.more)") != 1 {
		t.Errorf("said\n%s", strings.Join(w.net.said, "\n"))
	}
}

func TestLintTemplates(t *testing.T) {
	files := fstest.MapFS{}
	for _, pattern := range []string{"active.*.toml", "answers/later.toml"} {
		names, err := fs.Glob(locales.Embedded(), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			raw, err := fs.ReadFile(locales.Embedded(), name)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = &fstest.MapFile{Data: raw}
		}
	}
	bad := string(files["answers/later.toml"].Data)
	bad = bad[:strings.Index(bad, "[lang.uk]")]
	bad = strings.Replace(bad, `"other"`, `"weather"`, 1)
	bad = strings.Replace(bad, `title = "We need more time"`, `title = "We need quite a lot more time"`, 1)
	bad = strings.Replace(bad, "Wir arbeiten", strings.Repeat("Wir arbeiten. ", 50), 1)
	files["answers/bad.toml"] = &fstest.MapFile{Data: []byte(bad)}
	words, err := locales.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range lintTemplates(words, []flows.Topic{{ID: "other"}}) {
		got = append(got, p.String())
	}
	for i, want := range []string{
		`locales/answers/bad.toml:1: there is no topic "weather"`,
		`locales/answers/bad.toml:10: 917 characters are too long: at most 600`,
		`locales/answers/bad.toml:16: 29 characters are too long: at most 22`,
		`locales/answers/bad.toml:1: missing in "uk"`,
	} {
		if len(got) != 4 || !strings.HasPrefix(got[i], want) {
			t.Errorf("problem %d is not %q in\n%s", i, want, strings.Join(got, "\n"))
		}
	}
}
