package locales

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// aSurvey is a campaign with every kind of question, in German and English.
const aSurvey = `version = 2
from = "01.03.2027"
until = "30.04.2027"
need = "want"
offer = "have"

[[question]]
id = "who"
kind = "one"
options = ["kita", "other"]
skip = [{ if = ["other", "-"], to = "words" }]

[[question]]
id = "want"
kind = "many"
options = ["rooms"]

[[question]]
id = "have"
kind = "many"
options = ["rooms", "time"]

[[question]]
id = "kids"
kind = "number"
min = 0
max = 30
groups = [0, 1, 10]

[[question]]
id = "good"
kind = "scale"
min = 1
max = 5

[[question]]
id = "words"
kind = "text"

[[question]]
id = "when"
kind = "grid"
rows = ["am", "pm"]
columns = ["mo", "tu"]

[lang.de]
title = "Umfrage"
about = "Worum es geht."
checked = "Frau Weber, 01.12.2026"
[lang.de.question]
who = "Wer?"
want = "Was fehlt?"
have = "Was haben Sie?"
kids = "Wie viele?"
good = "Wie gut?"
words = "Was noch?"
when = "Wann?"
[lang.de.option]
who = { kita = "Kita", other = "andere" }
want = { rooms = "Räume" }
have = { rooms = "Räume", time = "Zeit" }
good = { low = "schlecht", high = "gut" }
when = { am = "früh", pm = "spät", mo = "Mo", tu = "Di" }
[lang.en]
title = "Survey"
about = "What it is about."
[lang.en.question]
who = "Who?"
want = "What do you lack?"
have = "What do you have?"
kids = "How many?"
good = "How good?"
words = "What else?"
when = "When?"
[lang.en.option]
who = { kita = "Kita", other = "others" }
want = { rooms = "Rooms" }
have = { rooms = "Rooms", time = "Time" }
good = { low = "bad", high = "good" }
when = { am = "early", pm = "late", mo = "Mo", tu = "Tu" }
`

func surveyFiles(name, text string) fs.FS {
	oops := &fstest.MapFile{Data: []byte(`"oops" = "Hoppla."`)}
	return fstest.MapFS{"active.de.toml": oops, "active.en.toml": oops, "surveys/" + name: {Data: []byte(text)}}
}

func TestSurvey(t *testing.T) {
	w, err := Load(surveyFiles("all.toml", aSurvey))
	if err != nil {
		t.Fatal(err)
	}
	s := w.Surveys()[0]
	if s.ID != "all" || s.Version != 2 || s.Checked["de"].By != "Frau Weber" || !s.Checked["en"].On.IsZero() {
		t.Errorf("%+v", s)
	}
	if got := s.From.String() + " " + s.Until.String(); got != "2027-03-01 00:00:00 +0100 CET 2027-05-01 00:00:00 +0200 CEST" {
		t.Error(got)
	}
	for question, want := range map[string]string{
		"who": "kita other", "kids": "0 1 10", "good": "1 2 3 4 5", "words": "", "when": "am.mo am.tu pm.mo pm.tu",
	} {
		if q, _ := s.Question(question); strings.Join(q.Cells, " ") != want {
			t.Errorf("%s: %q, want %q", question, q.Cells, want)
		}
	}
	for key, want := range map[string]string{
		SurveyTitle("all"): "Survey", SurveyAbout("all"): "What it is about.", SurveyAsks("all", "words"): "What else?",
		SurveyOption("all", "when", "pm"): "late", SurveyOption("all", "good", "low"): "bad",
	} {
		if got, err := w.Label("en", key); got != want || err != nil || !FromFile(key) {
			t.Errorf("%s: %q, %v, want %q", key, got, err, want)
		}
	}
	if !w.Means("en", SurveyOption("all", "who", "other"), "OTHERS") {
		t.Error("an option is not heard")
	}
}

func TestSurveyRefused(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"bad TOML", `id = "who"`, `id = who`, "all.toml: toml: line 8"},
		{"an unknown key", `kind = "text"`, "kind = \"text\"\nlenght = 3", `:39: unknown key "question.lenght"`},
		{"no version", "version = 2", "", "version is 1 or more"},
		{"a wrong day", `from = "01.03.2027"`, `from = "2027-03-01"`, "all.toml:2: from is the first day"},
		{"an end before the beginning", `until = "30.04.2027"`, `until = "28.02.2027"`, "all.toml:3: until is the last day"},
		{"an ID twice", `id = "words"`, `id = "want"`, `all.toml:37: the question ID "want" is used twice`},
		{"an ID that is an end", `id = "words"`, `id = "end"`, `question "end"`},
		{"an unknown kind", `kind = "scale"`, `kind = "stars"`, `all.toml:32: question "good": unknown kind "stars"`},
		{"a skip to nowhere", `to = "words"`, `to = "word"`, `all.toml:11: question "who": skips to "word"`},
		{"a skip back", `to = "words"`, `to = "who"`, "which is no later question"},
		{"a skip if never", `if = ["other", "-"]`, `if = ["others"]`, `skips if "others", which cannot be answered`},
		{"a skip without an if", `if = ["other", "-"]`, `if = []`, "skips without an if"},
		{"no options", `options = ["kita", "other"]`, ``, `a question of kind "one" has ["options"]`},
		{"options of words", `kind = "text"`, "kind = \"text\"\noptions = [\"a\"]", `all.toml:39: question "words": a question of kind "text" has []`},
		{"an option twice", `["rooms", "time"]`, `["rooms", "rooms"]`, `all.toml:21: question "have": an ID is used twice`},
		{"a bad option", `["rooms", "time"]`, `["rooms", "my time"]`, `"my time": an ID is`},
		{"groups above max", "[0, 1, 10]", "[0, 1, 31]", `all.toml:28: question "kids": groups are`},
		{"groups not ascending", "[0, 1, 10]", "[0, 10, 1]", "groups are"},
		{"a scale too long", "max = 5", "max = 50", "a scale goes from min to max"},
		{"too many cells", `columns = ["mo", "tu"]`, `columns = ["a","b","c","d","e","f","g","h","i","j","k"]`, "22 choices, at most 20"},
		{"need of another kind", `need = "want"`, `need = "who"`, `all.toml:4: need: there is no question "who" of kind "many"`},
		{"offer that is not there", `offer = "have"`, `offer = "gone"`, `offer: there is no question "gone"`},
		{"a language missing", "[lang.en]", "[lang.uk]", "no [lang.en]"},
		{"a text missing", `words = "What else?"`, ``, `en: there is no text for "words"`},
		{"an option's text missing", `have = { rooms = "Rooms", time = "Time" }`, `have = { rooms = "Rooms" }`, `en: there is no text for "have.time"`},
		{"a question that is not there", `words = "What else?"`, "words = \"What else?\"\nmore = \"More?\"", `all.toml:74: there is no question "more"`},
		{"an option that is not there", `want = { rooms = "Rooms" }`, `want = { rooms = "Rooms", b = "B" }`, `question "want" has no option "b"`},
		{"two that are called the same", `time = "Time" }`, `time = "rooms" }`, `two options of "have" are called "rooms"`},
		{"a label too long", `title = "Survey"`, `title = "A survey about everything"`, "has 25 characters, at most 22"},
		{"a label with markup", `title = "Survey"`, `title = "*Survey*"`, "is not one line without markup"},
		{"a placeholder", `about = "What it is about."`, `about = "{{.n}}"`, "or it holds {{"},
		{"a check without a day", `checked = "Frau Weber, 01.12.2026"`, `checked = "Frau Weber"`, "all.toml:49: checked is who read it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(aSurvey, c.from, c.to, 1)
			if c.name == "a language missing" {
				text = strings.ReplaceAll(aSurvey, c.from[:len(c.from)-1], c.to[:len(c.to)-1])
			}
			if _, err := Load(surveyFiles("all.toml", text)); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "surveys/all.toml") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := Load(surveyFiles("All-Of-It.toml", aSurvey)); err == nil || !strings.Contains(err.Error(), "the name of the file is the ID") {
		t.Errorf("a bad name: %v", err)
	}
	if _, err := Load(surveyFiles("all.toml", aSurvey+"[lang.uk]\ntitle = \"A\"\n")); err == nil {
		t.Error("a language that is not loaded is accepted")
	}
}

// What people have answered must not vanish from the file.
func TestCheckSurveys(t *testing.T) {
	w, err := Load(surveyFiles("all.toml", aSurvey))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.CheckSurveys(Answered{"all": {"who": {"kita"}, "words": nil, "when": {"am.mo"}}}); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		answered Answered
		want     string
	}{
		{Answered{"gone": {"who": nil}}, "surveys/gone.toml: the campaign is gone"},
		{Answered{"all": {"old": {"a"}}}, `surveys/all.toml:1: question "old" is gone, but people have answered it`},
		{Answered{"all": {"who": {"kita", "school"}}}, `surveys/all.toml:10: question "who": "school" is gone`},
	} {
		if err := w.CheckSurveys(c.answered); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

// The campaigns that are shipped have all languages, and nobody is said to have checked them.
func TestShippedSurveys(t *testing.T) {
	w, err := Load(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range w.Surveys() {
		for _, tag := range []string{"de", "en", "ar", "uk"} {
			if check, ok := s.Checked[tag]; !ok || !check.On.IsZero() {
				t.Errorf("%s in %s: %v, %v", s.ID, tag, check, ok)
			}
		}
	}
}
