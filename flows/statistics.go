package flows

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Counted is all that the statistics know of a question: nothing of it leads to a person,
// and it stays when they are erased.
type Counted struct {
	Topic string `json:"t"`
	Lang  string `json:"l"`
	Hours int    `json:"h,omitempty"`    // of work until the first answer, rounded up; 0 is none yet
	Late  bool   `json:"late,omitempty"` // than was said
}

// fewest is how many questions there are behind everything that is shown (P-09).
const fewest = 5

// Statistics are those of a time. A number that too few questions stand behind is 0.
type Statistics struct {
	From             time.Time
	Topics, Langs    []Bar // the longest first
	Median           int   // working hours until the first answer
	InTime           int   // per cent of what was answered, or should have been
	HasTime, HasLate bool  // Median and InTime are known
}

// A Bar is how many questions were about something. The one whose What is "" counts all
// that is not named; its N is 0 when that is too small itself.
type Bar struct {
	What string // key
	N    int
}

// A Tally counts questions, one at a time.
type Tally struct {
	topics, langs map[string]int
	hours         []int
	late, due     int
}

// Add counts a question.
func (y *Tally) Add(c Counted) {
	if y.topics == nil {
		y.topics, y.langs = map[string]int{}, map[string]int{}
	}
	y.topics[topicKey(c.Topic)]++
	y.langs["language.name."+c.Lang]++
	if c.Hours > 0 {
		y.hours = append(y.hours, c.Hours)
	}
	if c.Late {
		y.late++
	}
	if c.Hours > 0 || c.Late {
		y.due++
	}
}

// Statistics are what can be shown of all that was counted since from.
func (y *Tally) Statistics(from time.Time) Statistics {
	s := Statistics{From: from, Topics: bars(y.topics), Langs: bars(y.langs)}
	if s.HasTime = len(y.hours) >= fewest; s.HasTime {
		s.Median = median(y.hours)
	}
	if s.HasLate = y.due >= fewest; s.HasLate {
		s.InTime = (100*(y.due-y.late) + y.due/2) / y.due
	}
	return s
}

// bars are the numbers that are large enough, and one for all others together. None are
// shown when all together are too few.
func bars(counted map[string]int) []Bar {
	var all []Bar
	rest, total := 0, 0
	for what, n := range counted {
		if total += n; n >= fewest {
			all = append(all, Bar{what, n})
		} else {
			rest += n
		}
	}
	if total < fewest {
		return nil
	}
	slices.SortFunc(all, func(a, b Bar) int { return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.What, b.What)) })
	if rest >= fewest {
		all = append(all, Bar{N: rest})
	} else if rest > 0 {
		all = append(all, Bar{})
	}
	return all
}

// StatisticsFrom is the beginning of the twelve months that the statistics are about, the
// one of now included.
func StatisticsFrom(c Calendar, now time.Time) time.Time {
	year, month, _ := now.In(c.zone).Date()
	return time.Date(year, month-11, 1, 0, 0, 0, 0, c.zone)
}

// Head is what there is beside bars.
func (s Statistics) Head() []Text {
	head := []Text{say("desk.stats", day("from", s.From))}
	if s.HasTime {
		head = append(head, say("desk.stats.median", number("n", s.Median)))
	}
	if s.HasLate {
		head = append(head, say("desk.stats.intime", number("n", s.InTime)))
	}
	return head
}

// Bars are numbers of one kind.
type Bars struct {
	Title Text
	Bars  []Bar
}

// Parts are all numbers, none when there are too few questions.
func (s Statistics) Parts() []Bars {
	if len(s.Topics) == 0 {
		return nil
	}
	return []Bars{{say("desk.stats.topics"), s.Topics}, {say("desk.stats.languages"), s.Langs}}
}

// Said is what a bar counts.
func (b Bar) Said() Text {
	if b.What == "" {
		return say("desk.stats.other")
	}
	return Text{Key: b.What}
}

// Body is everything in words, for those who do not see the picture.
func (s Statistics) Body() []Text {
	parts := s.Parts()
	if parts == nil {
		return []Text{say("desk.stats.few", number("min", fewest))}
	}
	body, hidden := s.Head(), false
	for _, p := range parts {
		body = append(body, p.Title)
		for _, b := range p.Bars {
			if hidden = hidden || b.What == ""; b.N == 0 {
				body = append(body, say("desk.stats.less", word("what", b.Said().Key), number("min", fewest)))
				continue
			}
			body = append(body, say("desk.stats.row", word("what", b.Said().Key), number("n", b.N)))
		}
	}
	if hidden {
		body = append(body, say("desk.stats.hidden", number("min", fewest)))
	}
	return body
}
