package flows

import (
	"strings"
	"time"
)

// What an asker says when an inquiry was closed.
const (
	HelpedYes = "yes"
	HelpedNo  = "no"
)

// helpedOptions ask whether it helped.
func helpedOptions(q Inquiry) []Option {
	id := helpedButton + q.Number + "/"
	return []Option{{ID: id + HelpedYes, Emoji: "👍", Key: "helped.yes"}, {ID: id + HelpedNo, Emoji: "👎", Key: "helped.no"}}
}

// helpedButton is how the IDs of these buttons begin. They are below a message that
// comes by itself, so they are of no step.
const helpedButton = "helped/"

// helped takes the answer; who was not helped is heard again.
func (c *Ctx) helped(button string) {
	number, how, _ := strings.Cut(button, "/")
	for _, q := range c.In.Facts.Inquiries {
		if q.Number != number || noConsent(c) || !q.Status.Open() && !q.Reopens(c.In.Now) || how != HelpedYes && how != HelpedNo {
			continue
		}
		c.Do(Rate{Inquiry: q.ID, Helped: how})
		c.ask(say("helped.thanks."+how, code("number", q.Number)))
		return
	}
	c.ask(say("old"))
}

// Rated is an inquiry after its asker said whether it helped. If it did not, it is
// open again.
func Rated(q Inquiry, helped string, now time.Time) Inquiry {
	if helped == HelpedNo {
		q = Added(q, now)
	}
	q.Helped = helped
	return q
}

// NotHelped is what the desk reads then.
func NotHelped(q Inquiry) Tell {
	return Tell{Body: []Text{say("desk.helped.no", code("number", q.Number))}, Options: []Option{DeskOption(q, ActAnswer, "✉️")}}
}
