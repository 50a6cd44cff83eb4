package flows

import (
	"fmt"
	"hash/fnv"
	"time"
)

// A Pair is two organisations that are asked whether they want to get to know each other.
// It names neither. Before both have said yes neither hears of the other more than the
// topic; of a no only that it does not come about.
type Pair struct {
	ID    string    `json:"id"`
	Topic string    `json:"t"`
	Sides [2]Side   `json:"s"`
	Stage PairStage `json:"st"`
	Made  time.Time `json:"at"`
	Asked time.Time `json:"asked,omitzero"`
}

// A Side is one of them.
type Side struct {
	PID    string   `json:"p"`
	Member string   `json:"m"` // ID of the registration
	Said   Decision `json:"d,omitempty"`
	Sign   string   `json:"sign,omitempty"` // of what they agreed to have shown
}

// A PairStage says how far a pair is.
type PairStage string

// The stages.
const (
	PairOpen       PairStage = "open"
	PairIntroduced PairStage = "introduced"
	PairOver       PairStage = "over"
)

// A Decision is what somebody says about a pair.
type Decision string

// The decisions. An end is one of a pair that was introduced.
const (
	PairYes Decision = "yes"
	PairNo  Decision = "no"
	PairEnd Decision = "end"
)

// PairPatience is how long both are waited for.
const PairPatience = 14 * 24 * time.Hour

// A Pairing is a pair as one of the two sees it.
type Pairing struct {
	ID, Topic string
	Stage     PairStage
	Said      Decision
}

// Side is the place of a registration in a pair, -1 when it has none.
func (p Pair) Side(member string) int {
	for i, s := range p.Sides {
		if s.Member == member {
			return i
		}
	}
	return -1
}

// Seen is the pair as the one at side i sees it.
func (p Pair) Seen(i int) Pairing { return Pairing{p.ID, p.Topic, p.Stage, p.Sides[i].Said} }

// Decided is the pair after side i decided, and whether that was still possible.
func (p Pair) Decided(i int, d Decision, sign string) (after Pair, ok bool) {
	switch {
	case p.Stage == PairOpen && d == PairYes:
		p.Sides[i].Said, p.Sides[i].Sign = PairYes, sign
	case p.Stage == PairOpen && d == PairNo, p.Stage == PairIntroduced && d == PairEnd:
		p.Sides[i].Said, p.Stage = d, PairOver
	default:
		return p, false
	}
	return p, true
}

// Agreed reports whether both said yes.
func (p Pair) Agreed() bool {
	return p.Stage == PairOpen && p.Sides[0].Said == PairYes && p.Sides[1].Said == PairYes
}

// Left is the pair after one of them ended their registration or their wish.
func (p Pair) Left() Pair {
	p.Stage = PairOver
	return p
}

// ShownSign tells whether what another organisation would see is still what was agreed to.
func (m Member) ShownSign() string {
	h := fnv.New32a()
	fmt.Fprintf(h, "%q %q", m.Org, m.Exchange.Reach)
	return fmt.Sprintf("%08x", h.Sum32())
}

// decides does what a button about a pair says.
func (c *Ctx) decides(id string, d Decision, sign string) {
	j := c.joined()
	var p Pairing
	for _, q := range j.Pairs {
		if q.ID == id {
			p = q
		}
	}
	switch {
	case p.ID == "" || p.Stage == PairOver:
		c.Do(Say{Body: []Text{say("exchange.past")}, Options: mineOption})
	case p.Stage == PairOpen && d == PairYes && sign != j.Member.ShownSign(): // it was changed since
		c.Do(AskPair(Pair{ID: p.ID, Topic: p.Topic}, j.Member))
	case p.Stage == PairOpen && d == PairYes:
		c.Do(Decide{p.ID, d, sign})
		c.Do(Say{Body: []Text{say("exchange.yes")}, Options: []Option{pairOption(p.ID, PairNo, "", "❌", "exchange.do.back")}})
	case p.Stage == PairOpen && d == PairNo:
		c.Do(Decide{p.ID, d, ""})
		c.Do(Say{Body: []Text{say("exchange.no")}, Options: mineOption})
	case p.Stage == PairIntroduced && d == PairEnd:
		c.Do(Decide{p.ID, d, ""})
		c.Do(Say{Body: []Text{say("exchange.ended")}, Options: mineOption})
	default:
		c.Do(Say{Body: []Text{say("exchange.past")}, Options: mineOption})
	}
}

func pairOption(id string, d Decision, sign, emoji, key string) Option {
	o := Option{ID: regButton + "pair/" + id + "/" + string(d), Emoji: emoji, Key: key}
	if sign != "" {
		o.ID += "/" + sign
	}
	return o
}

// AskPair asks one of the two, and says what the other would see.
func AskPair(p Pair, m Member) Say {
	return Say{
		Body: []Text{say("exchange.ask", word("topic", topicKey(p.Topic))), m.shown(), say("exchange.ask.free")}, Discreet: true,
		Options: []Option{
			pairOption(p.ID, PairYes, m.ShownSign(), "✅", "exchange.do.yes"),
			pairOption(p.ID, PairNo, "", "❌", "exchange.do.no"),
		},
	}
}

// IntroduceSay tells one of the two who the other is.
func IntroduceSay(p Pair, other Member) Say {
	return Say{
		Body: []Text{say("exchange.meet", word("topic", topicKey(p.Topic))), other.shown(), say("exchange.meet.hint")}, Discreet: true,
		Options: []Option{pairOption(p.ID, PairEnd, "", "🔚", "exchange.do.end")},
	}
}

// NotPairedSay tells one of the two that it does not come about; nothing of why.
func NotPairedSay(p Pair) Say {
	return Say{Body: []Text{say("exchange.not", word("topic", topicKey(p.Topic)))}, Options: mineOption}
}

// PairEndedSay tells one of the two that the other ended it.
func PairEndedSay(p Pair) Say {
	return Say{Body: []Text{say("exchange.end", word("topic", topicKey(p.Topic)))}, Options: mineOption}
}
