package flows

import (
	"encoding/json"
	"flag"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
)

var update = flag.Bool("update", false, "rewrite the golden files; testdata/steps.golden only grows")

var noon = time.Date(2027, 1, 14, 12, 0, 0, 0, time.UTC)

// testWords are what people type in these tests.
var testWords = map[string][]string{
	"nav.sos": {"112"}, "nav.menu": {"menü"}, "nav.back": {"zurück"}, "nav.cancel": {"abbrechen"}, "nav.hello": {"hallo"},
	"menu.menu.meetings": {"treffen"}, "nav.stop": {"stop"},
	"menu.menu.ask": {"fragen"}, "menu.menu.language": {"sprache"}, "menu.menu.help": {"hilfe"},
	"ask.role.kita": {"kita"}, "ask.consent.yes": {"ja"}, "ask.preview.send": {"senden"},
}

var testTopics = []Topic{
	{ID: "letter", Emoji: "✉️", Roles: []string{"private"}, Deadline: true},
	{ID: "parents", Emoji: "👪", Roles: []string{"kita", "school", "group"}},
	{ID: "child", Emoji: "🧒", Roles: roles, Contacts: true},
	{ID: "other", Emoji: "💬", Roles: roles},
	{ID: "speaker", Emoji: "🎤", Roles: roles, Linked: true},
}

var testHotlines = []Hotline{{ID: "police", Number: "110", Child: true}, {ID: "talk", Number: "0800 111 0 111"}}

// testPages are one with two parts and one below it, phrases, and one for Kitas.
var testPages = []Page{
	{Next: noon.AddDate(0, 6, 0), ID: "parents", Topic: "parents", Title: "page.parents.label", Parts: []string{"page.parents.1", "page.parents.2"}, Roles: []string{"kita"}, Helps: []string{"qm"}},
	{Next: noon.AddDate(0, 6, 0), ID: "evening", Topic: "parents", Title: "page.evening.label", Parts: []string{"page.evening.1"}, Parent: "parents"},
	{Next: noon.AddDate(0, 6, 0), ID: "phrases", Topic: "parents", Title: "page.phrases.label", Parts: []string{"page.phrases.1", "page.phrases.2"}, Parent: "parents", Phrases: true},
	{Next: noon.AddDate(0, 6, 0), ID: "housing", Topic: "other", Title: "page.housing.label", Parts: []string{"page.housing.1"}, Links: []string{"https://example.org"}},
	{Next: noon.AddDate(0, 6, 0), ID: "network", Topic: "other", Title: "page.network.label", Parts: []string{"page.network.1"}},
}

func testFind(words string) []string {
	if words == "wohnen" {
		return []string{"housing", "evening", "gone"}
	}
	return nil
}

func testFacts(inquiries ...Inquiry) Facts {
	return Facts{
		Languages: []Language{{"de", "Deutsch"}, {"ar", "العربية"}},
		Topics:    testTopics, Hotlines: testHotlines, Inquiries: inquiries, Since: noon, Pages: testPages, Find: testFind,
		Contacts: func() []Contact { return testContacts },
	}
}

var testContacts = []Contact{{ID: "qm", Name: "QM", Street: "Weg 1", Phone: "0341 1", Confirmed: true}, {ID: "kjn", Name: "KJN", Street: "Weg 2", Child: true}}

// inquiry is one whose ID, number and status are told by its name.
func inquiry(number string, s Status) Inquiry {
	return Inquiry{ID: "id-" + number, Number: number, Status: s, Lang: "de", Role: "private", Topic: "other", Created: noon}
}

func inputOf(e chat.Event, f Facts) Input {
	if e.At.IsZero() {
		e.At = noon
	}
	if e.In.Platform == "" {
		e.In.Platform = "web"
	}
	in := Input{Event: e, Now: noon, Facts: f, Number: -1}
	in.Means = func(key string) bool { return slices.Contains(testWords[key], strings.ToLower(e.Text)) }
	if len(e.Text) == 1 && e.Text[0] >= '0' && e.Text[0] <= '9' {
		in.Number = int(e.Text[0] - '0')
	}
	return in
}

func typed(s string) chat.Event   { return chat.Event{Kind: chat.Text, Text: s} }
func pressed(s string) chat.Event { return chat.Event{Kind: chat.Press, Press: s} }
func command(s string) chat.Event { return chat.Event{Kind: chat.Command, Text: s} }
func media(caption string, kinds ...chat.FileKind) chat.Event {
	e := chat.Event{Kind: chat.Media, Text: caption}
	for _, k := range kinds {
		e.Files = append(e.Files, chat.File{Kind: k, Ref: "ref", Size: 1000})
	}
	return e
}

// A person is somebody who talks to Handle. The state goes through JSON after
// every event, as it does in the store.
type person struct {
	t     testing.TB
	state State
	facts Facts
	last  []Effect
}

func newPerson(t testing.TB, f Facts) *person { return &person{t: t, facts: f} }

func (p *person) does(events ...chat.Event) *person {
	p.t.Helper()
	for _, e := range events {
		p.in(inputOf(e, p.facts))
	}
	return p
}

func (p *person) in(in Input) *person {
	p.t.Helper()
	next, effects := handleTwice(p.t, p.state, in)
	p.state, p.last = stored(p.t, next), effects
	return p
}

func (p *person) presses(ids ...string) *person {
	p.t.Helper()
	for _, id := range ids {
		p.does(pressed(id))
	}
	return p
}

// handleTwice does what a store does that runs a transaction again: nothing may
// differ, and nothing of the input may be changed.
func handleTwice(t testing.TB, s State, in Input) (State, []Effect) {
	t.Helper()
	before := copyState(s)
	inBefore := asJSON(t, struct {
		E chat.Event
		F Facts
	}{in.Event, in.Facts})
	first, effects := Handle(s, in)
	if !equalState(t, s, before) {
		t.Fatalf("Handle changed the state it was given:\n%s\n%s", dump(t, s), dump(t, before))
	}
	second, again := Handle(s, in)
	if !equalState(t, first, second) || !reflect.DeepEqual(kindsOf(effects), kindsOf(again)) {
		t.Fatalf("Handle did another thing the second time")
	}
	if got := asJSON(t, struct {
		E chat.Event
		F Facts
	}{in.Event, in.Facts}); got != inBefore {
		t.Fatalf("Handle changed its input:\n%s\n%s", got, inBefore)
	}
	return first, effects
}

func copyState(s State) State {
	s.Back = slices.Clone(s.Back)
	if s.Under != nil {
		under := *s.Under
		s.Under = &under
	}
	s.Answers.Data = maps.Clone(s.Answers.Data)
	s.Answers.Files = slices.Clone(s.Answers.Files)
	if h := s.Answers.Held; h != nil {
		held := *h
		held.Files = slices.Clone(h.Files)
		s.Answers.Held = &held
	}
	return s
}

// stored is the state as the store gives it back.
func stored(t testing.TB, s State) State {
	t.Helper()
	var out State
	if err := json.Unmarshal([]byte(asJSON(t, s)), &out); err != nil {
		t.Fatal(err)
	}
	if s.Holds != !s.Answers.Empty() && s.Holds == false {
		t.Fatalf("answers are kept that Holds does not know of: %s", dump(t, s))
	}
	if s.Holds {
		if err := json.Unmarshal([]byte(asJSON(t, s.Answers)), &out.Answers); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func dump(t testing.TB, s State) string { return asJSON(t, s) + asJSON(t, s.Answers) }

func equalState(t testing.TB, a, b State) bool { return dump(t, a) == dump(t, b) }

// kindsOf are effects without the functions in their options, which compare to nothing.
func kindsOf(effects []Effect) []Effect {
	plain := func(options []Option) []Option {
		options = slices.Clone(options)
		for i := range options {
			options[i].Do, options[i].Hide = nil, nil
		}
		return options
	}
	out := make([]Effect, len(effects))
	for i, e := range effects {
		switch e := e.(type) {
		case Say:
			e.Options = plain(e.Options)
			out[i] = e
		case Tell:
			e.Options = plain(e.Options)
			out[i] = e
		case Submit:
			e.Confirm.Options = plain(e.Confirm.Options)
			out[i] = e
		default:
			out[i] = e
		}
	}
	return out
}

// said are the keys of all messages among effects, those of Submit included.
func said(effects []Effect) []string {
	var keys []string
	for _, e := range effects {
		var body []Text
		switch e := e.(type) {
		case Say:
			body = e.Body
		case Submit:
			body = e.Confirm.Body
		case Tell:
			body = e.Body
		case Hand:
			body = e.Body
		case Notify:
			body = e.Body
		}
		for _, t := range body {
			keys = append(keys, t.Key)
		}
	}
	return keys
}

func one[E Effect](effects []Effect) (E, bool) {
	var found E
	n := 0
	for _, e := range effects {
		if e, ok := e.(E); ok {
			found = e
			n++
		}
	}
	return found, n == 1
}

// says wants the keys of everything that was said last, in order.
func (p *person) says(keys ...string) *person {
	p.t.Helper()
	if got := said(p.last); !slices.Equal(got, keys) {
		p.t.Errorf("said %v, want %v", got, keys)
	}
	return p
}

// at wants a place, "" for the menu.
func (p *person) at(place string) *person {
	p.t.Helper()
	got := p.state.At.String()
	if p.state.At == (Place{}) {
		got = ""
	}
	if got != place {
		p.t.Errorf("at %q, want %q (said %v)", got, place, said(p.last))
	}
	return p
}

// agreed is somebody at the menu who asked before.
func agreed() State {
	return State{Lang: "de", Role: "private", Consent: Consent{ConsentVersion, noon}, Asked: noon}
}
