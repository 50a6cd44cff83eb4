package flows

import (
	"slices"
	"strings"
	"time"
)

// A Request is what the team asks somebody who offered something.
type Request struct {
	ID     string        `json:"id"`
	Text   string        `json:"text"`
	Status RequestStatus `json:"status"`
	At     time.Time     `json:"at"`              // when that was last changed
	Leaves time.Time     `json:"leaves,omitzero"` // when it can no longer be taken back
}

// A RequestStatus is how far a request is.
type RequestStatus string

// The stations of a request.
const (
	RequestShown   RequestStatus = "shown"   // to the team, as it will arrive
	RequestLeaving RequestStatus = "leaving" // it can still be taken back
	RequestSent    RequestStatus = "sent"
	RequestYes     RequestStatus = "yes"
	RequestNo      RequestStatus = "no"
	RequestPause   RequestStatus = "pause" // no, and not to be asked for some weeks
	RequestDropped RequestStatus = "dropped"
)

// MaxRequest is how many UTF-16 units a request can have.
const MaxRequest = 400

// requestAnswers are what a button below a request can say.
var requestAnswers = map[string]RequestStatus{"yes": RequestYes, "no": RequestNo, "pause": RequestPause}

// Answered reports whether the volunteer said something.
func (s RequestStatus) Answered() bool { return s == RequestYes || s == RequestNo || s == RequestPause }

// RequestSay is a request as it arrives.
func RequestSay(r Request) Say {
	id := requestButton + r.ID + "/"
	body := append([]Text{say("offer.request")}, quoted(r.Text)...)
	return Say{Body: append(body, say("offer.request.how")), Options: []Option{
		{ID: id + "yes", Emoji: "✅", Key: "offer.request.yes"},
		{ID: id + "no", Emoji: "❌", Key: "offer.request.no"},
		{ID: id + "pause", Emoji: "⏸", Key: "offer.request.pause"},
	}}
}

// answerRequest takes "REQUEST/yes", "…/no" or "…/pause". Who changes their mind may say so.
func (c *Ctx) answerRequest(button string) {
	id, said, _ := strings.Cut(button, "/")
	answer, known := requestAnswers[said]
	var r Request
	found := false
	if get := c.In.Facts.Shares.Request; get != nil && known {
		r, found = get(id)
	}
	if !found || r.Status != RequestSent && !r.Status.Answered() || hasNoOffer(c) {
		c.ask(say("old"))
		return
	}
	if r.Status != answer {
		c.Do(Respond{Request: r.ID, Answer: answer})
		if answer == RequestPause {
			c.give(c.offer().Rests(c.In.Now), Say{})
		}
	}
	switch o := c.offer(); answer {
	case RequestYes:
		c.ask(say("offer.thanks.yes"), o.Reach())
	case RequestNo:
		c.ask(say("offer.thanks.no"))
	default:
		c.ask(say("offer.thanks.pause", day("day", o.Paused)))
	}
}

// What the desk reads about offers. Who they are and how to reach them is in none of it,
// but for RequestAnswered after a yes.

// MostOffers is how many offers a search shows.
const MostOffers = 6

// offerOption is a button about an offer: "offer/NUMBER/ACTION".
func offerOption(number, act, emoji string, args ...string) Option {
	return Option{ID: strings.Join(append([]string{"offer", number, act}, args...), "/"), Emoji: emoji, Key: "desk.offer.do." + act}
}

// OffersTell shows what a search has found; more are not shown. unknown are words that
// name nothing.
func OffersTell(found []Offer, more int, unknown []string) Tell {
	var body []Text
	for _, w := range unknown {
		body = append(body, say("desk.offer.unknown", named("word", w)))
	}
	if len(found) == 0 {
		return Tell{Where: Here, Body: append(body, say("desk.offer.none"))}
	}
	body = append(body, say("desk.offer.found"))
	var options []Option
	for _, o := range found {
		body = append(append(body, say("desk.offer.item", code("number", o.Number))), o.Lines()...)
		ask := offerOption(o.Number, "ask", "✉️")
		label := say("desk.offer.ask", code("number", o.Number))
		ask.Key, ask.Text = "", &label
		options = append(options, ask)
	}
	if more > 0 {
		body = append(body, say("desk.offer.more", number("n", more)))
	}
	return Tell{Where: Here, Body: body, Options: options, Columns: 2}
}

// OffersCounted says how many offers there are of each kind, and how to look for them.
func OffersCounted(count map[string]int, command string) Tell {
	body := []Text{say("desk.offer.list")}
	for _, k := range OfferKinds {
		if count[k] > 0 {
			body = append(body, say("desk.offer.count", word("kind", "offer.kind."+k), number("n", count[k])))
		}
	}
	if len(body) == 1 {
		body = []Text{say("desk.offer.empty")}
	}
	return Tell{Where: Here, Body: append(body, say("desk.offer.how", code("command", command)))}
}

// RequestWrite asks a coordinator what is needed, and when.
func RequestWrite(o Offer) Tell {
	return Tell{Where: Here, Body: []Text{say("desk.offer.write", code("number", o.Number))}, ForceReply: true}
}

// RequestWrong says what is wrong with what they wrote, nil when nothing is.
func RequestWrong(text string, files int) *Text {
	switch {
	case files > 0:
		return wrong("desk.meet.wrong.text")
	case strings.TrimSpace(text) == "":
		return wrong("wrong.empty")
	case units(text) > MaxRequest:
		return wrong("wrong.long", number("max", MaxRequest))
	}
	return nil
}

// RequestPreview shows a request before it leaves.
func RequestPreview(o Offer, r Request) Tell {
	body := append([]Text{say("desk.offer.preview", code("number", o.Number))}, quoted(r.Text)...)
	return Tell{Where: Here, Body: body, Columns: 2, Options: []Option{
		offerOption(o.Number, "send", "📤", r.ID), offerOption(o.Number, "drop", "🗑", r.ID),
	}}
}

// RequestTold says in the desk how far a request is.
func RequestTold(o Offer, r Request, undo time.Duration) Tell {
	n := code("number", o.Number)
	switch r.Status {
	case RequestLeaving:
		return Tell{Body: []Text{say("desk.offer.leaving", n, number("seconds", int(undo.Seconds())))}, Options: []Option{offerOption(o.Number, "undo", "↩️", r.ID)}}
	case RequestDropped:
		return Tell{Body: []Text{say("desk.offer.dropped", n)}}
	}
	return Tell{Body: []Text{say("desk.offer.sent", n)}}
}

// RequestAnswered tells the desk what the volunteer said: after a yes with how to reach
// them, as far as they allowed.
func RequestAnswered(o Offer, r Request) Tell {
	body := append([]Text{say("desk.offer."+string(r.Status), code("number", o.Number))}, quoted(r.Text)...)
	if r.Status != RequestYes {
		return Tell{Body: body}
	}
	again := offerOption(o.Number, "ask", "✉️")
	again.Key = "desk.offer.do.again"
	return Tell{Body: append(body, o.Reach()), Options: []Option{again}}
}

// offerDeskKeys are those that the desk reads about offers, and of messages that come by
// themselves.
var offerDeskKeys = slices.Concat([]string{
	"offer.title", "offer.title.mine", "offer.saved", "offer.saved.how", "offer.deleted", "offer.renewed", "offer.over",
	"offer.still", "offer.still.until", "offer.still.yes", "offer.still.no", "offer.detail.long", "offer.detail.contact", "offer.mail.wrong",
	"offer.request", "offer.request.how", "offer.request.yes", "offer.request.no", "offer.request.pause",
	"offer.thanks.yes", "offer.thanks.no", "offer.thanks.pause",
	"desk.offer.unknown", "desk.offer.none", "desk.offer.found", "desk.offer.item", "desk.offer.ask", "desk.offer.more",
	"desk.offer.list", "desk.offer.count", "desk.offer.empty", "desk.offer.how", "desk.offer.write", "desk.offer.preview",
	"desk.offer.leaving", "desk.offer.dropped", "desk.offer.sent", "desk.offer.yes", "desk.offer.no", "desk.offer.pause",
	"desk.offer.do.send", "desk.offer.do.drop", "desk.offer.do.undo", "desk.offer.do.again",
}, offerLineKeys)
