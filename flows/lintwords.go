package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"lotse/bot/chat"
)

// MaxLabel is how many characters fit a button of half a phone's width, with
// its emoji and the space after it.
const MaxLabel = 24

// situations looks at the options of every step in every situation that makes a
// difference to them.
func (l *linter) situations() {
	l.roles()
	looked := map[string]bool{}
	for _, s := range samples(l.topics, l.words.Tags()) {
		l.steps(func(f Flow, st Step, where string) {
			c := &Ctx{State: s.State, In: s.Input, table: &l.table}
			c.State.At = Place{f.ID, st.ID}
			options := c.options(&st)
			situation := ""
			for i := range options {
				options[i].ID = options[i].at(where)
				situation += options[i].ID + " "
			}
			if looked[situation] {
				return
			}
			looked[situation] = true
			l.buttons(where, options)
			l.heardElsewhere(options)
		})
	}
}

// roles finds roles that no topic is offered to: their people could ask nothing.
func (l *linter) roles() {
	for _, role := range roles {
		has := func(t Topic) bool { return slices.Contains(t.Roles, role) && !t.Linked }
		if !slices.ContainsFunc(l.topics, has) {
			l.problem("topics", "none is for the role %q", role)
		}
	}
	for _, t := range l.topics {
		for _, role := range t.Roles {
			if !slices.Contains(roles, role) {
				l.problem("topic "+t.ID, "is for the unknown role %q", role)
			}
		}
	}
}

var roles = []string{"kita", "school", "group", "private"}

// A sample is a situation.
type sample struct {
	State State
	Input Input
}

// samples are enough situations to see every option of every step: nothing said
// yet, and all said, for every topic and role.
func samples(topics []Topic, tags []string) []sample {
	in := Input{Now: time.Unix(0, 0), Number: -1, Means: func(string) bool { return false }}
	in.Facts.Topics = topics
	dates := append(sampleDates(), sampleDate{})
	for _, tag := range tags {
		in.Facts.Languages = append(in.Facts.Languages, Language{tag, tag})
	}
	some := in
	for i, status := range statuses {
		number := fmt.Sprint(10000 + i)
		some.Facts.Inquiries = append(some.Facts.Inquiries, Inquiry{ID: number, Number: number, Status: status, Missed: []string{"draft"}})
	}
	out := []sample{{State{}, in}}
	for _, t := range topics {
		for _, role := range t.Roles {
			data := map[string]string{"ask.role": role, "ask.topic": t.ID}
			out = append(out, sample{State{Lang: "de", Answers: Answers{Data: data}}, in})
			all := maps.Clone(data)
			all["ask.phone"], all["mine.pick"] = "0341 123456", "10000"
			all["register.as"], all["register.topics"], all["exchange.topics"] = "org", t.ID, t.ID
			at := dates[len(out)/2%len(dates)]
			some.Facts.Dates, some.Facts.Joined = at.get, sampleMember(len(out), topics)
			if len(out)%4 < 2 {
				some.Facts.Shares = sampleShares(in.Now)
				all["offer.kinds"], all["offer.langs"], all["offer.times"] = strings.Join(OfferKinds, ","), strings.Join(OfferLangs, ","), strings.Join(OfferTimes, ",")
			}
			out = append(out, sample{State{
				Lang: "de", Role: role, Under: &Place{"ask", "preview"}, Answers: Answers{Data: all}, Meeting: at.id,
				Consent: Consent{Version: ConsentVersion, At: time.Unix(0, 0)},
			}, some})
		}
	}
	return out
}

// sampleShares are of somebody who shares all that one can, at a time.
func sampleShares(now time.Time) Shares {
	offer := Offer{Number: "12345", Kinds: OfferKinds, Langs: OfferLangs, Words: "1", Phone: "0341 1", Version: OfferVersion}.Holds(now)
	var themes []Theme
	for i := range themesOnPage + 1 {
		themes = append(themes, Theme{ID: strings.Repeat(string(rune('a'+i)), 22), Text: "1", Votes: i, Since: now, Mine: i == 1})
	}
	return Shares{
		Offer: func() Offer { return offer },
		Request: func(id string) (Request, bool) {
			return Request{ID: id, Text: "1", Status: RequestSent}, id == "request"
		},
		Themes: func() []Theme { return themes },
		Own: func() []Suggestion {
			return []Suggestion{{ID: "s1", Kind: SuggestTopic, Text: "1", Status: TopicOpen}, {ID: "s2", Kind: SuggestProject, Text: "2", Status: ProjectWork}}
		},
		Projects: func() []Project { return []Project{{ID: "s2", Text: "2", Status: ProjectWork}} },
	}
}

// sampleMember are registrations in all states.
func sampleMember(i int, topics []Topic) func() Joined {
	m := Member{ID: strings.Repeat("e", 22), Number: "10000", Reach: Route{Way: ByPhone, At: "1"}, Paused: i%2 == 0}
	if i%3 > 0 {
		m.Org, m.Exchange = "1", Exchange{[]string{topics[0].ID}, m.Reach}
	}
	return func() Joined { return Joined{Member: m} }
}

// A sampleDate is a meeting that is looked at, among all others.
type sampleDate struct {
	id    string
	dates Dates
}

func (s sampleDate) get() Dates { return s.dates }

// sampleDates are meetings in all states, and people who want all that one can want.
func sampleDates() []sampleDate {
	day := func(n int) time.Time { return time.Unix(0, 0).AddDate(0, 0, n) }
	meeting := func(id string, kind MeetingKind, from int) Meeting {
		m := Meeting{
			ID: strings.Repeat(id, 22), Kind: kind, Start: day(from), End: day(from).Add(time.Hour), Venue: Venue{Street: "1", Geo: "geo:1,1"},
			Help: Help{OnRequest: true, Childcare: ItIs}, Papers: []Paper{{Title: "1", Link: "1"}},
		}
		return m
	}
	off := meeting("c", NetworkMeeting, 30002)
	off.Cancelled, off.ReplacedBy = true, strings.Repeat("b", 22)
	all := []Meeting{meeting("a", NetworkMeeting, -3), meeting("b", CafeMeeting, 30001), off}
	var out []sampleDate
	for _, m := range all {
		for _, a := range []Attend{{}, {Answer: AttendYes, People: 2, StepFree: true}, {Answer: AttendMaybe, Mute: true}} {
			for _, g := range []Guest{{All: true}, {}} {
				out = append(out, sampleDate{m.ID, Dates{Meetings: all, Guest: g.with(m.ID, a)}})
			}
		}
	}
	return out
}

var statuses = []Status{Waiting, Claimed, Answered, Undelivered, Closed, Withdrawn}

// buttons finds options of one message that have too long an ID or label, or
// that cannot be told from each other by a word.
func (l *linter) buttons(where string, options []Option) {
	for i, o := range options {
		if n := len(o.ID); n > chat.MaxButtonID {
			l.problem(o.ID, "%d bytes are too long for a button: at most %d", n, chat.MaxButtonID)
		}
		for _, tag := range l.words.Tags() {
			label := l.label(tag, o)
			if n := perceived(o.Emoji + " " + label); n > MaxLabel {
				l.problem(o.ID, "the label %q has %d characters in %q: at most %d", label, n, tag, MaxLabel)
			}
			for _, other := range options[:i] {
				l.twins(where, tag, other, o)
			}
		}
		for _, other := range options[:i] {
			if o.ID == other.ID {
				l.problem(o.ID, "there twice")
			}
		}
	}
}

// twins finds two options that one word means.
func (l *linter) twins(where, tag string, a, b Option) {
	if l.label(tag, a) == l.label(tag, b) {
		l.problem(where, "%s and %s have the same label in %q", a.ID, b.ID, tag)
		return
	}
	if a.Emoji != "" && plainEmoji(a.Emoji) == plainEmoji(b.Emoji) && a.Key != "" && b.Key != "" {
		l.problem(where, "%s and %s have the same emoji", a.ID, b.ID)
	}
	for _, word := range l.typed(tag, a) {
		if b.Key != "" && l.words.Means(tag, b.Key, word) {
			l.problem(where, "%q means both %s and %s in %q", word, a.ID, b.ID, tag)
		}
	}
	for _, word := range l.typed(tag, b) {
		if a.Key != "" && l.words.Means(tag, a.Key, word) {
			l.problem(where, "%q means both %s and %s in %q", word, a.ID, b.ID, tag)
		}
	}
}

// heardElsewhere finds options whose word works everywhere, for something else:
// it is never heard as the option.
func (l *linter) heardElsewhere(options []Option) {
	for _, tag := range l.words.Tags() {
		for _, o := range options {
			for _, n := range l.table.navigation {
				if n.key == "" || n.key == o.Key {
					continue
				}
				for _, word := range l.typed(tag, o) {
					if l.words.Means(tag, n.key, word) {
						l.problem(o.ID, "%q is heard as %s in %q", word, n.key, tag)
					}
				}
			}
		}
	}
}

// label is what stands on the button after the emoji.
func (l *linter) label(tag string, o Option) string {
	switch {
	case o.Text != nil:
		return l.words.Label(tag, *o.Text)
	case o.Key != "":
		return l.words.Label(tag, say(o.Key))
	}
	return o.Label
}

// typed are the words a person may type for an option.
func (l *linter) typed(tag string, o Option) []string {
	words := []string{l.label(tag, o)}
	if o.Key != "" && l.hasKey(tag, o.Key+wordsSuffix) {
		list := l.words.Label(tag, say(o.Key+wordsSuffix))
		words = append(words, strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == '،' })...)
	}
	return words
}

// wordsSuffix ends the keys that list what people may type for another key.
const wordsSuffix = ".words"

// perceived is roughly how many characters a reader sees.
func perceived(s string) int {
	return utf8.RuneCountInString(strings.NewReplacer("\ufe0f", "", "\u200f", "", "\u2066", "", "\u2068", "", "\u2069", "").Replace(s))
}

// desk looks at the buttons of the coordinators and of the row of navigation.
func (l *linter) desk() {
	id := strings.Repeat("d", 32) // a draft's is 22 bytes; some room
	for _, status := range statuses {
		for _, owner := range []string{"", "somebody"} {
			q := Inquiry{Number: "10000", Status: status, Owner: owner}
			l.buttons("desk/card", cardOptions(q))
			for _, draft := range []DraftStatus{Shown, Leaving, Sent, Delivered, Unsure} {
				for _, act := range slices.Sorted(maps.Keys(deskActions)) {
					a := Draft{ID: id, Status: draft}
					in := DeskInput{Action: act, Draft: a, Above: a.sign(), NewDraft: id, Undo: time.Second, Event: chat.Event{Text: "x"}}
					_, _, effects := Desk(q, in)
					for _, e := range effects {
						if t, ok := e.(Tell); ok {
							l.buttons("desk/"+act, t.Options)
						}
					}
				}
			}
		}
	}
	id = strings.Repeat("d", 22)
	offer, request := Offer{Number: "10000", Kinds: OfferKinds}, Request{ID: id}
	for _, status := range []RequestStatus{RequestShown, RequestLeaving, RequestYes} {
		request.Status = status
		l.buttons("offer/request", RequestSay(request).Options)
		for _, t := range []Tell{RequestPreview(offer, request), RequestTold(offer, request, time.Second), RequestAnswered(offer, request), OffersTell([]Offer{offer}, 1, nil)} {
			l.buttons("desk/offer", t.Options)
		}
	}
	l.buttons("offer/still", StillOfferSay(offer).Options)
	for _, s := range []Suggestion{{ID: id, Kind: SuggestTopic}, {ID: id, Kind: SuggestProject, Status: SuggestNew}, {ID: id, Kind: SuggestProject, Status: ProjectDone, Shown: true}} {
		themes := []Theme{{ID: id, Text: strings.Repeat("w", MaxTopicText)}}
		for _, t := range []Tell{SuggestCard(s), MergeTell(s, themes), ThemesTell(themes), IdeasMore(id)} {
			l.buttons("desk/idea", t.Options)
		}
	}
	m := Member{ID: strings.Repeat("e", 22), Number: "10000", Org: "1", Exchange: Exchange{Topics: []string{"1"}}}
	for _, m.Welcome = range []Welcome{WelcomeOpen, Welcomed, NotReached} {
		l.buttons("desk/member", memberOptions(m))
	}
	l.buttons("desk/member", PartnersTell(m, []Listed{m.Listed()}).Options)
	l.buttons("desk/member", MemberList(Roster{}, []Listed{m.Listed()}, true, memberButton+"-/next/"+m.ID, "").Options)
	p := Pair{ID: m.ID}
	l.buttons("member", AskPair(p, m).Options)
	l.buttons("member", IntroduceSay(p, m).Options)
	l.buttons("member", RightSay(m).Options)
	l.buttons("nav", []Option{
		{ID: "nav/back", Emoji: "↩️", Key: "nav.back"},
		{ID: "nav/menu", Emoji: "🏠", Key: "nav.menu"},
		{ID: "nav/sos", Emoji: "🆘", Key: "nav.sos"},
	})
}
