package flows

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// inWords shows texts with their values.
func inWords(texts []Text) string {
	var b strings.Builder
	for _, t := range texts {
		b.WriteString(t.Key)
		for _, a := range t.Args {
			switch {
			case !a.At.IsZero():
				fmt.Fprintf(&b, " %s=%s", a.Name, a.At.Format(dateLayout))
			case a.Text != "":
				fmt.Fprintf(&b, " %s=%s", a.Name, a.Text)
			default:
				fmt.Fprintf(&b, " %s=%d", a.Name, a.N)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// tally counts so many questions of each kind.
func tally(t *testing.T, counts map[Counted]int) Statistics {
	t.Helper()
	var y Tally
	for c, n := range counts {
		for range n {
			y.Add(c)
		}
	}
	return y.Statistics(StatisticsFrom(workdays(t), local(t, "2026-11-23 10:00")))
}

func TestStatistics(t *testing.T) {
	for name, x := range map[string]struct {
		counts map[Counted]int
		want   string
	}{
		"nothing": {nil, "desk.stats.few min=5\n"},
		"four":    {map[Counted]int{{Topic: "housing", Lang: "de"}: 4}, "desk.stats.few min=5\n"},
		"five": {map[Counted]int{{Topic: "housing", Lang: "de"}: 5}, `desk.stats from=2025-12-01
desk.stats.topics
desk.stats.row what=topic.housing n=5
desk.stats.languages
desk.stats.row what=language.name.de n=5
`},
		"a few of each": {map[Counted]int{{Topic: "housing", Lang: "de"}: 3, {Topic: "money", Lang: "ar"}: 3}, `desk.stats from=2025-12-01
desk.stats.topics
desk.stats.row what=desk.stats.other n=6
desk.stats.languages
desk.stats.row what=desk.stats.other n=6
desk.stats.hidden min=5
`},
		"a year": {map[Counted]int{
			{Topic: "letter", Lang: "ar", Hours: 3}: 12, {Topic: "letter", Lang: "uk", Hours: 8}: 7, {Topic: "housing", Lang: "ar", Hours: 20, Late: true}: 5,
			{Topic: "money", Lang: "de", Late: true}: 4, {Topic: "other", Lang: "en"}: 2, {Topic: "rules", Lang: "de"}: 1,
		}, `desk.stats from=2025-12-01
desk.stats.median n=8
desk.stats.intime n=68
desk.stats.topics
desk.stats.row what=topic.letter n=19
desk.stats.row what=topic.housing n=5
desk.stats.row what=desk.stats.other n=7
desk.stats.languages
desk.stats.row what=language.name.ar n=17
desk.stats.row what=language.name.uk n=7
desk.stats.row what=language.name.de n=5
desk.stats.less what=desk.stats.other min=5
desk.stats.hidden min=5
`},
		"four answers tell nothing": {map[Counted]int{{Topic: "letter", Lang: "ar", Hours: 3}: 4, {Topic: "letter", Lang: "ar"}: 4}, `desk.stats from=2025-12-01
desk.stats.topics
desk.stats.row what=topic.letter n=8
desk.stats.languages
desk.stats.row what=language.name.ar n=8
`},
	} {
		if got := inWords(tally(t, x.counts).Body()); got != x.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, x.want)
		}
	}
}

// Whatever is counted, no number below five is said, neither as such nor as a median of
// fewer.
func TestNoSmallNumbers(t *testing.T) {
	for seed := range uint64(500) {
		counts := map[Counted]int{}
		for i := range seed % 7 {
			counts[Counted{Topic: fmt.Sprint(i * seed % 5), Lang: fmt.Sprint(i % 3), Hours: int(i * seed % 9), Late: i%2 == 0}] = int(seed*(i+3)) % 9
		}
		s := tally(t, counts)
		for _, b := range slices.Concat(s.Topics, s.Langs) {
			if b.N != 0 && b.N < fewest || b.N == 0 && b.What != "" {
				t.Fatalf("%v says %+v", counts, b)
			}
		}
		answered := 0
		for c, n := range counts {
			if c.Hours > 0 {
				answered += n
			}
		}
		if s.HasTime != (answered >= fewest) {
			t.Fatalf("%d answers, and a median: %v", answered, s.HasTime)
		}
	}
}
