package flows

import (
	"slices"
	"strings"
	"time"
)

// regButton is how the IDs of buttons about a registration begin that stand below no step:
// "reg/ACTION", of a pair "reg/pair/ID/DECISION" and "reg/pair/ID/yes/SIGN".
const regButton = "reg/"

// memberFlow shows somebody their registration. Whatever they do with it counts at once.
var memberFlow = Flow{
	ID: "member", Aside: true,
	Steps: []Step{
		{
			ID: "one", Kind: Choose, Page: true, Discreet: true, MoreTo: []string{"register/who", "exchange/topics", Stay},
			Body: mineIsBody, Keys: []string{"member.none", "member.one", "member.paused", "member.exchange"},
			Options: []Option{
				{ID: "change", Emoji: "✏️", Do: (*Ctx).toRegister, To: Stay, Hide: notMember},
				{ID: "exchange", Emoji: "🔁", Key: "join.list.exchange", Do: (*Ctx).toExchange, To: Stay, Hide: noOrg},
				{ID: "seek", Emoji: "🔎", Do: seek, To: Stay, Hide: wantsNobody},
				{ID: "pause", Emoji: "⏸", Do: pauses, To: Stay, Hide: pausedOrNone},
				{ID: "resume", Emoji: "▶️", Do: resumes, To: Stay, Hide: notPaused},
				{ID: "file", Emoji: "💾", Do: memberFile, To: Stay, Hide: notMember},
				{ID: "leave", Emoji: "🗑", To: "leave", Hide: notMember},
				{ID: "join", Emoji: "🤝", Key: "menu.menu.join", To: "join/list", Hide: isMember},
				{ID: "ok", Emoji: "👍", Key: "info.ok", To: Done},
			},
		},
		{
			ID: "leave", Kind: Confirm,
			Options: []Option{{ID: "yes", Emoji: "🗑", Do: (*Ctx).quits, To: Done}, {ID: "no", Emoji: "❌", To: "one"}},
		},
	},
}

func mineIsBody(c *Ctx) []Text {
	m := c.joined().Member
	if !m.Registered() {
		return []Text{say("member.none")}
	}
	out := append([]Text{say("member.one", code("number", m.Number), day("since", m.Since))}, memberLines(m)...)
	if m.Paused {
		out = append(out, say("member.paused"))
	}
	if len(m.Exchange.Topics) > 0 {
		out = append(out, say("member.exchange"))
	}
	return out
}

func noOrg(c *Ctx) bool        { return c.joined().Member.Org == "" }
func wantsNobody(c *Ctx) bool  { return !c.joined().Member.Wants() }
func notPaused(c *Ctx) bool    { return !c.joined().Member.Paused }
func pausedOrNone(c *Ctx) bool { return notMember(c) || c.joined().Member.Paused }

func pauses(c *Ctx)  { c.pauses(true) }
func resumes(c *Ctx) { c.pauses(false) }

func memberFile(c *Ctx) { c.Do(MemberFile{}) }

func (c *Ctx) pauses(on bool) {
	m := c.joined().Member
	m.Paused = on
	c.enrol(m)
	c.ask()
}

// quits ends the registration. There is nothing to wait for: it is gone at once.
func (c *Ctx) quits() {
	if isMember(c) {
		c.Do(Quit{})
	}
	c.member = &Member{}
	c.Say(say("member.left"))
}

// reg does what a button about a registration says that stands below no step.
func (c *Ctx) reg(button string) {
	parts := strings.Split(strings.TrimPrefix(button, regButton), "/")
	switch {
	case parts[0] == "pair" && len(parts) >= 3:
		c.decides(parts[1], Decision(parts[2]), strings.Join(parts[3:], "/"))
	case parts[0] == "mine" && len(parts) == 1:
		c.aside(Place{Flow: "member"})
	case notMember(c) || len(parts) != 1:
		c.ask(say("old"))
	case parts[0] == "keep":
		c.keepsOn()
	case parts[0] == "leave":
		c.aside(Place{"member", "leave"})
	default:
		c.ask(say("old"))
	}
}

// keepsOn is the answer to the question whether it is still right.
func (c *Ctx) keepsOn() {
	m := c.joined().Member
	m.Asked, m.Checked = time.Time{}, c.In.Now
	c.enrol(m)
	c.Do(Say{Body: []Text{say("member.kept")}, Options: mineOption})
}

var mineOption = []Option{{ID: regButton + "mine", Emoji: "🪪", Key: "join.list.mine"}}

// RightSay asks somebody whether their registration is still right.
func RightSay(m Member) Say {
	return Say{
		Body: append([]Text{say("member.right", day("since", m.Since))}, memberLines(m)...), Discreet: true,
		Options: []Option{
			{ID: regButton + "keep", Emoji: "✅", Key: "member.right.keep"},
			{ID: regButton + "mine", Emoji: "✏️", Key: "member.right.change"},
			{ID: regButton + "leave", Emoji: "🗑", Key: "member.one.leave"},
		},
	}
}

// ForgottenSay tells somebody that their registration is deleted, since they did not say
// that it was still right.
func ForgottenSay() Say {
	return Say{Body: []Text{say("member.forgotten")}, Options: []Option{{ID: "nav/join", Emoji: "🤝", Key: "menu.menu.join"}}}
}

// WelcomeSay tells somebody what the desk did about their registration.
func WelcomeSay(m Member) Say {
	if m.Welcome == NotReached {
		return Say{Body: []Text{say("member.unreached", code("number", m.Number)), reachText(m.Reach)}, Options: mineOption, Discreet: true}
	}
	return Say{
		Body: []Text{say("member.greeted", code("number", m.Number))}, Discreet: true,
		Options: append(slices.Clone(mineOption), Option{ID: "nav/ask", Emoji: "❓", Key: "menu.menu.ask"}),
	}
}
