package flows

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

func cells(ids ...string) (out []Cell) {
	for _, id := range ids {
		out = append(out, Cell{ID: id, Label: Text{Key: "campaign.all." + id}})
	}
	return out
}

// testSurvey has every kind of question and a way past some.
var testSurvey = Survey{
	ID: "all", Version: 3, From: noon.AddDate(0, 0, -10), Until: noon.AddDate(0, 0, 10), Title: "campaign.all.label", Need: "want", Offer: "have",
	Questions: []Question{
		{ID: "who", Kind: QuestionOne, Cells: cells("kita", "other"), Skips: []SurveySkip{{If: []string{"other", surveyNone}, To: "kids"}}},
		{ID: "want", Kind: QuestionMany, Cells: cells("rooms", "help")},
		{ID: "have", Kind: QuestionMany, Cells: cells("rooms", "time")},
		{ID: "kids", Kind: QuestionNumber, Max: 30, Cells: []Cell{Group("0", 0, 1), Group("1", 1, 10), Group("10", 10, 0)}},
		{ID: "good", Kind: QuestionScale, Min: 1, Max: 3, Cells: []Cell{Point("1"), Point("2"), Point("3")}},
		{ID: "talk", Kind: QuestionText},
		{ID: "when", Kind: QuestionGrid, Cells: []Cell{Crossing("am.mo", "am", "mo"), Crossing("pm.mo", "pm", "mo")}},
	},
}

func TestGroups(t *testing.T) {
	q, _ := testSurvey.question("kids")
	for n, want := range map[int]string{-1: "", 0: "0", 1: "1", 9: "1", 10: "10", 30: "10", 31: ""} {
		if c, ok := q.group(n); c.ID != want || ok != (want != "") {
			t.Errorf("%d is in %q", n, c.ID)
		}
	}
	for i, want := range []string{"0", "1–9", "10+"} {
		if got := q.Cells[i].Label.Args[0].Text; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Whoever goes back and answers otherwise is led elsewhere; what they said on the way that
// they left is not counted.
func TestWayThroughQuestions(t *testing.T) {
	s := testSurvey
	who, want := s.Questions[0], s.Questions[1]
	r := s.begun()
	r = s.onward(r.choose(who, "kita", true), who)
	if r.At != "want" {
		t.Fatalf("at %q", r.At)
	}
	r = s.onward(r.choose(want, "rooms", true), want)
	for range 2 {
		r, _ = s.backward(r)
	}
	if _, ok := s.backward(r); ok || r.At != "who" {
		t.Errorf("behind the first question, at %q", r.At)
	}
	if skipped := s.onward(r.without(who), who); skipped.At != "kids" {
		t.Errorf("without an answer at %q", skipped.At)
	}
	r = s.onward(r.choose(who, "other", true), who)
	if r.At != "kids" || len(r.Said["want"]) != 1 {
		t.Errorf("at %q, said %v", r.At, r.Said)
	}
	sums := Poll{}.Add(s, r).Live
	if sums.N != 1 || sums.Cells["who"]["other"] != 1 || sums.Cells["want"] != nil {
		t.Errorf("%+v", sums)
	}
}

// A file that changes in the middle loses nothing that was said.
func TestFileChangesInTheMiddle(t *testing.T) {
	r := Reply{At: "kids", Past: []string{"who", "want", "have"}, Said: map[string][]string{"who": {"kita"}, "want": {"rooms"}}}
	without := func(gone ...string) Survey {
		s := testSurvey
		s.Questions = slices.DeleteFunc(slices.Clone(s.Questions), func(q Question) bool { return slices.Contains(gone, q.ID) })
		return s
	}
	for name, c := range map[string]struct {
		s    Survey
		want string
	}{
		"the same": {testSurvey, "kids"}, "the question is gone": {without("kids"), "good"}, "and the one before": {without("kids", "have"), "have"},
		"all are gone": {without("who", "want", "have", "kids"), "good"}, "only what is behind is left": {without("kids", "good", "talk", "when"), surveyEnd},
	} {
		want := c.want
		if name == "and the one before" {
			want = "good"
		}
		got := c.s.placed(r)
		if got.At != want || !reflect.DeepEqual(got.Said, r.Said) {
			t.Errorf("%s: at %q, want %q; %v", name, got.At, want, got.Said)
		}
		if sums := (Poll{}).Add(c.s, got).Live; sums.Cells["want"]["rooms"] != 1 {
			t.Errorf("%s: %v is counted", name, sums)
		}
	}
}

// The reply of before is never changed: transactions run twice.
func TestRepliesAreValues(t *testing.T) {
	q, text := testSurvey.Questions[1], testSurvey.Questions[5]
	r := Reply{At: "want"}.choose(q, "rooms", true).write(text, "words")
	before := fmt.Sprint(r)
	r.choose(q, "help", true)
	r.choose(q, "rooms", false)
	r.write(text, "others")
	r.without(text)
	testSurvey.onward(r, q)
	if fmt.Sprint(r) != before {
		t.Errorf("%v was %s", r, before)
	}
	p := Poll{}.Add(testSurvey, Reply{Past: []string{"want"}, Said: r.Said})
	was := fmt.Sprint(p)
	p.Add(testSurvey, Reply{Past: []string{"want"}, Said: r.Said})
	if fmt.Sprint(p) != was {
		t.Errorf("%v was %s", p, was)
	}
}

// What the desk can look at never differs by fewer than five people from what it could
// look at before, and at the end it is everybody.
func TestPollGrowsByGroups(t *testing.T) {
	for n := range 40 {
		p, seen := Poll{}, 0
		grow := func(to int) {
			if to != seen && to-seen < fewest {
				t.Errorf("of %d people: from %d to %d", n, seen, to)
			}
			seen = to
		}
		for range n {
			p = p.Add(testSurvey, Reply{Past: []string{"who"}, Said: map[string][]string{"who": {"kita"}}})
			grow(p.Shown.N)
			if p.Live.N-p.Shown.N >= 2*fewest {
				t.Errorf("%d of %d are shown", p.Shown.N, p.Live.N)
			}
			if p.Shown.Cells["who"]["kita"] != p.Shown.N {
				t.Errorf("%v", p.Shown)
			}
		}
		p = p.Ended()
		grow(p.Shown.N)
		if n >= fewest && p.Shown.N != n {
			t.Errorf("at the end %d of %d", p.Shown.N, n)
		}
		more := p.Add(testSurvey, Reply{}).Ended() // it was prolonged, and one more came
		grow(more.Shown.N)
	}
}

// consistent are all numbers of a cell that agree with what is shown of a question where
// everybody chooses at most one cell, for somebody who knows how Finding works.
func consistent(people int, shown Finding, cells int) []map[int]bool {
	out := make([]map[int]bool, cells)
	for i := range out {
		out[i] = map[int]bool{}
	}
	var q Question
	q.ID, q.Kind = "q", QuestionOne
	for i := range cells {
		q.Cells = append(q.Cells, Cell{ID: fmt.Sprint(i)})
	}
	counts := make([]int, cells)
	var try func(i, left int)
	try = func(i, left int) {
		if i == cells {
			s := Sums{N: people, Cells: map[string]map[string]int{"q": {}}}
			for j, n := range counts {
				s.Cells["q"][fmt.Sprint(j)] = n
			}
			if got := s.finding(q, false); got.Few == shown.Few && slices.EqualFunc(got.Shares, shown.Shares, func(a, b Share) bool { return a.N == b.N && a.Held == b.Held }) {
				for j, n := range counts {
					out[j][n] = true
				}
			}
			return
		}
		for counts[i] = 0; counts[i] <= left; counts[i]++ {
			try(i+1, left-counts[i])
		}
		counts[i] = 0
	}
	try(0, people)
	return out
}

// Nobody can compute a number that is too small to be shown, not even from the number of
// all people and from knowing how the program decides: every number below five remains
// possible; where nothing is shown, so do numbers on both sides of five.
func TestSmallNumbersCannotBeComputed(t *testing.T) {
	q := Question{ID: "q", Kind: QuestionOne, Cells: []Cell{{ID: "0"}, {ID: "1"}, {ID: "2"}}}
	tried := 0
	for people := fewest; people <= 20; people += 3 {
		seen := map[string]bool{}
		for a := 0; a <= people; a++ {
			for b := 0; a+b <= people; b++ {
				for c := 0; a+b+c <= people; c++ {
					s := Sums{N: people, Cells: map[string]map[string]int{"q": {"0": a, "1": b, "2": c}}}
					f := s.finding(q, false)
					if key := fmt.Sprint(f.Few, f.Shares); seen[key] {
						continue
					} else {
						seen[key] = true
					}
					tried++
					for i, possible := range consistent(people, f, 3) {
						switch {
						case f.Few && (!possible[0] || !possible[1] || len(possible) < 4):
							t.Errorf("of %d people nothing is shown, and cell %d is one of %v", people, i, slices.Sorted(maps.Keys(possible)))
						case f.Few || f.Shares[i].N > 0 || f.Shares[i].Held: // five or more, which may be known
							continue
						}
						for n := range min(fewest, people+1) {
							if !possible[n] {
								t.Errorf("of %d people %v: cell %d is not %d; possible %v", people, f.Shares, i, n, slices.Sorted(maps.Keys(possible)))
							}
						}
					}
				}
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d tried", tried)
	}
}

// What is shown is what was counted, and nothing below five.
func TestFindings(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	always := testSurvey // in which nobody is led past anything
	always.Questions = slices.Clone(always.Questions)
	always.Questions[0].Skips = nil
	for range 200 {
		p, n := Poll{}, rnd.IntN(60)
		counts := map[string]int{}
		for range n {
			r := Reply{Past: []string{"want", "talk"}}
			for _, c := range testSurvey.Questions[1].Cells {
				if rnd.IntN(3) == 0 {
					r = r.choose(testSurvey.Questions[1], c.ID, true)
					counts[c.ID]++
				}
			}
			if rnd.IntN(8) == 0 {
				r = r.write(testSurvey.Questions[5], "x")
				counts["talk"]++
			}
			p = p.Add(testSurvey, r)
		}
		p = p.Ended()
		f := p.Finding(always, always.Questions[1])
		if f.Few != (n < fewest) {
			t.Fatalf("%d people: few is %v", n, f.Few)
		}
		for _, share := range f.Shares {
			if want := enough(counts[share.Cell.ID]); share.N != want {
				t.Errorf("%s: %d, want %d", share.Cell.ID, share.N, want)
			}
		}
		if p.OpinionsShown(always, always.Questions[5]) != (n >= fewest && counts["talk"] >= fewest) {
			t.Errorf("opinions of %d are shown: %v", counts["talk"], p.OpinionsShown(always, always.Questions[5]))
		}
	}
}

// Where an answer leads past a question, the numbers of that one do not tell how many gave
// the answer.
func TestQuestionsThatSomePass(t *testing.T) {
	for id, want := range map[string]bool{"who": false, "want": true, "have": true, "kids": false, "when": false} {
		if testSurvey.passes(id) != want {
			t.Errorf("some pass %s: %v", id, !want)
		}
	}
	for n, want := range map[int]int{4: 0, 5: 5, 20: 20, 21: 0, 30: 0} {
		p := Poll{Shown: Sums{N: 30, Cells: map[string]map[string]int{"who": {"kita": 29, "other": 1}, "want": {"rooms": n}}}}
		if got := p.Finding(testSurvey, testSurvey.Questions[1]).Shares[0]; got.N != want || got.Held != (n > 20) {
			t.Errorf("%d of 30 is shown as %+v", n, got)
		}
	}
}

func TestPairs(t *testing.T) {
	p := Poll{Shown: Sums{N: 30, Cells: map[string]map[string]int{"want": {"rooms": 9, "help": 4}, "have": {"rooms": 5, "time": 6}}}}
	var got []string
	for _, pair := range p.Pairs(testSurvey) {
		line := pair.Label.Key
		for _, side := range []*Share{pair.Need, pair.Offer} {
			if side == nil {
				line += " none"
			} else {
				line += fmt.Sprint(" ", side.N)
			}
		}
		got = append(got, line)
	}
	if want := []string{"campaign.all.rooms 9 5", "campaign.all.help 0 none", "campaign.all.time none 6"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if (Poll{Shown: Sums{N: 4}}).Pairs(testSurvey) != nil || p.Pairs(Survey{}) != nil {
		t.Error("something is compared")
	}
}

func TestCampaignWith(t *testing.T) {
	c, changed := Campaign{}.With(Reply{Said: map[string][]string{"want": {"rooms"}}, Words: map[string]string{"talk": "x"}})
	if _, known := c.Answered["talk"]; !changed || !known || !slices.Equal(c.Answered["want"], []string{"rooms"}) {
		t.Errorf("%+v", c)
	}
	if _, changed := c.With(Reply{Said: map[string][]string{"want": {"rooms"}}, Words: map[string]string{"talk": "y"}}); changed {
		t.Error("what others said before changes something")
	}
	if more, changed := c.With(Reply{Said: map[string][]string{"want": {"help"}}}); !changed || len(more.Answered["want"]) != 2 || len(c.Answered["want"]) != 1 {
		t.Errorf("%+v", more)
	}
}

func TestInvitationIsTappedTwice(t *testing.T) {
	c := Cast{Survey: "all", Title: "campaign.all.label", News: NewsSurvey, Stage: CastAsked, Reach: Reach{People: 1}}
	after, goes := c.Press(CastNow, Calendar{zone: time.UTC}, noon)
	if goes || after.Stage != CastSure {
		t.Errorf("%v %v", goes, after.Stage)
	}
	if after, goes = after.Press(CastSureOf, Calendar{zone: time.UTC}, noon); !goes || after.Stage != CastPlanned {
		t.Errorf("%v %v", goes, after.Stage)
	}
	if _, goes := c.Press(CastMute, Calendar{zone: time.UTC}, noon); goes {
		t.Error("it is published without a word")
	}
}
