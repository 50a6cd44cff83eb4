package flows

import (
	"maps"
	"slices"
)

// A Poll is what all people together said in a campaign: numbers, and nobody's answers as a
// whole. What is shown grows by a handful of people at a time, so that no two looks at it
// differ by one person (docs/adr/0073-anonymous-answers.md).
type Poll struct {
	// Live counts everybody, Mid is how it was a handful of people ago at least, and Shown
	// how it was when Mid became what it is.
	Live, Mid, Shown Sums
	Version          int  `json:"v,omitempty"` // of the campaign, when somebody was counted last
	Over             bool `json:"over,omitempty"`
}

// Sums are how many people said what.
type Sums struct {
	N int `json:"n,omitempty"`
	// Cells are by question and cell; anyWords is how many answered a question in words.
	Cells map[string]map[string]int `json:"c,omitempty"`
}

// anyWords stands for any answer in words.
const anyWords = "*"

// with are the sums with one more person. The maps of before stay as they are.
func (s Sums) with(r Reply) Sums {
	s.N++
	s.Cells = maps.Clone(s.Cells)
	if s.Cells == nil {
		s.Cells = map[string]map[string]int{}
	}
	count := func(question, cell string) {
		cells := maps.Clone(s.Cells[question])
		if cells == nil {
			cells = map[string]int{}
		}
		cells[cell]++
		s.Cells[question] = cells
	}
	for _, question := range r.Past {
		for _, cell := range r.Said[question] {
			count(question, cell)
		}
		if r.Words[question] != "" {
			count(question, anyWords)
		}
	}
	return s
}

// Add counts a reply that was sent off. What was said to questions that were passed over
// since, because another answer led elsewhere, is not counted.
func (p Poll) Add(s Survey, r Reply) Poll {
	p.Live, p.Version = p.Live.with(r), s.Version
	if p.Live.N-p.Mid.N >= fewest {
		p.Shown, p.Mid = p.Mid, p.Live
	}
	return p
}

// Ended is what can be shown when nobody can answer any more: everybody, unless that is by
// a few people more than was shown before.
func (p Poll) Ended() Poll {
	if p.Live.N-p.Shown.N >= fewest {
		p.Shown, p.Mid = p.Live, p.Live
	}
	return p
}

// Opinions are what was said in words, by question.
func (r Reply) Opinions() map[string]string {
	out := map[string]string{}
	for _, question := range r.Past {
		if words := r.Words[question]; words != "" {
			out[question] = words
		}
	}
	return out
}

// Answered are the cells of a reply with their questions, those in words with none.
func (r Reply) Answered() map[string][]string {
	out := maps.Clone(r.Said)
	if out == nil {
		out = map[string][]string{}
	}
	for question := range r.Words {
		out[question] = nil
	}
	return out
}

// A Finding is what can be shown of one question.
type Finding struct {
	Question Question
	Shares   []Share // of each cell; of a question in words only how many there are
	// Few says that nothing can be shown: too few people answered, or the numbers that
	// could be shown would give away the others.
	Few bool
}

// A Share is how many people chose a cell. N is 0 when it is not shown: because it is too
// small, or, when it is Held, because one that is too small could be computed from it.
type Share struct {
	Cell Cell
	N    int
	Held bool
}

// Finding is what can be shown of one question.
func (p Poll) Finding(s Survey, q Question) Finding { return p.Shown.finding(q, s.passes(q.ID)) }

// passes reports whether the answer to an earlier question can lead past this one.
func (s Survey) passes(id string) bool {
	at := s.index(id)
	for _, q := range s.Questions[:max(at, 0)] {
		for _, skip := range q.Skips {
			if to := s.index(skip.To); to > at || skip.To == surveyEnd {
				return true
			}
		}
	}
	return false
}

// finding is what can be shown of a question. Where some people were led past it, numbers
// near to all people would tell how few those were, and with that what they had answered:
// these are held back as well.
func (s Sums) finding(q Question, passed bool) Finding {
	f := Finding{Question: q}
	cells := q.Cells
	if q.Kind == QuestionText {
		cells = []Cell{{ID: anyWords, Label: say("survey.cell.words")}}
	}
	for _, c := range cells {
		share := Share{Cell: c, N: enough(s.Cells[q.ID][c.ID])}
		if passed && share.N > s.N-2*fewest {
			share.N, share.Held = 0, share.N > 0
		}
		f.Shares = append(f.Shares, share)
	}
	switch {
	case s.N < fewest || q.Kind == QuestionText && f.Shares[0].N == 0:
		f.Few = true
	case !q.several() && q.Kind != QuestionText:
		f.hold(s.N, passed)
	}
	if f.Few {
		f.Shares = nil
	}
	return f
}

// OpinionsShown reports whether so many answered a question in words that these can be
// shown.
func (p Poll) OpinionsShown(s Survey, q Question) bool {
	return q.Kind == QuestionText && !p.Finding(s, q).Few
}

// enough is a number that can be shown, or 0.
func enough(n int) int {
	if n < fewest {
		return 0
	}
	return n
}

// hold keeps back what gives away numbers that are too small. Where everybody chooses at
// most one cell, those who are left when all that is shown is taken from all people have
// chosen one of the small cells, or none. How many chose none is shown nowhere. So a small
// number can only be guessed when few are left over: then the smallest that would be shown
// is kept back, too; and when even that hides too little, everything. Always says that
// those who are left matter even when no cell is small.
func (f *Finding) hold(people int, always bool) {
	left, smallest, hidden := people, -1, always
	for i, share := range f.Shares {
		left -= share.N
		hidden = hidden || share.N == 0
		if share.N > 0 && (smallest < 0 || share.N < f.Shares[smallest].N) {
			smallest = i
		}
	}
	if !hidden || left >= 2*fewest {
		return
	}
	if smallest < 0 || left+f.Shares[smallest].N < 2*fewest-1 {
		f.Few = true
		return
	}
	f.Shares[smallest].N, f.Shares[smallest].Held = 0, true
}

// A Balance is what is needed and what is offered of the same thing. What a side does not ask
// about has no Share there.
type Balance struct {
	Label       Text
	Need, Offer *Share
}

// Pairs draw what people need against what they offer: first what both sides know, the
// most needed first. None when the campaign does not compare, or too few answered.
func (p Poll) Pairs(s Survey) []Balance {
	need, ok := s.question(s.Need)
	offer, has := s.question(s.Offer)
	if !ok || !has || p.Shown.N < fewest {
		return nil
	}
	needs, offers := p.Finding(s, need).Shares, p.Finding(s, offer).Shares
	var out []Balance
	for i := range needs {
		pair := Balance{Label: needs[i].Cell.Label, Need: &needs[i]}
		if j := slices.IndexFunc(offers, func(o Share) bool { return o.Cell.ID == needs[i].Cell.ID }); j >= 0 {
			pair.Offer = &offers[j]
		}
		out = append(out, pair)
	}
	for i := range offers {
		if _, both := need.cell(offers[i].Cell.ID); !both {
			out = append(out, Balance{Label: offers[i].Cell.Label, Offer: &offers[i]})
		}
	}
	slices.SortStableFunc(out, func(a, b Balance) int { return a.rank() - b.rank() })
	return out
}

func (p Balance) rank() int {
	switch {
	case p.Need != nil && p.Offer != nil:
		return 0
	case p.Need != nil:
		return 1
	}
	return 2
}

// SurveyHead is what the desk reads above the results of a campaign.
func SurveyHead(s Survey, p Poll) []Text {
	if p.Shown.N < fewest {
		return []Text{say("desk.survey.head", word("title", s.Title)), say("desk.survey.few", number("min", fewest))}
	}
	out := []Text{say("desk.survey.head", word("title", s.Title)), say("desk.survey.count", number("n", p.Shown.N))}
	if p.Live.N > p.Shown.N {
		out = append(out, say("desk.survey.more"))
	}
	return append(out, say("desk.survey.hidden", number("min", fewest)))
}

// Said is a share in words; label is what its cell is called.
func (s Share) Said(label string) Text {
	switch {
	case s.Held:
		return say("desk.survey.held", named("what", label))
	case s.N == 0:
		return say("desk.survey.less", named("what", label), number("min", fewest))
	}
	return say("desk.survey.row", named("what", label), number("n", s.N))
}

// Short is a share as it stands in a table, or behind a bar.
func (s Share) Short() Text {
	switch {
	case s.Held:
		return say("desk.survey.held.short")
	case s.N == 0:
		return say("desk.survey.less.short", number("min", fewest))
	}
	return say("survey.cell.number", number("n", s.N))
}
