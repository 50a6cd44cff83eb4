package flows

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
)

// marker is what people say in the walk: where it ends up is who hears it.
const marker = "Wörter 4711 von mir, länger als ein Gruß"

// worlds are the facts the walk is done in, once each.
var worlds = map[string][]Inquiry{
	"none":       nil,
	"one open":   {inquiry("10001", Answered), inquiry("10002", Closed), inquiry("10003", Withdrawn)},
	"two open":   {inquiry("10001", Claimed), inquiry("10002", Waiting)},
	"three open": {inquiry("10001", Waiting), inquiry("10002", Claimed), inquiry("10003", Answered)},
}

// walk visits every state that buttons, words and files lead to, from the start
// and from the menu of somebody who consented before, and looks at everything
// that can happen in each. It returns how many states there are.
func walk(f Facts, look func(how string, s, next State, in Input, effects []Effect)) int {
	type visit struct {
		state State
		how   string
	}
	var all []visit
	seen := map[string]bool{}
	add := func(s State, how string) {
		s = simplified(s)
		if key := keyOf(s); !seen[key] {
			seen[key] = true
			all = append(all, visit{s, how})
		}
	}
	if len(f.Inquiries) == 0 {
		add(State{}, "") // nobody has inquiries without consent
	}
	add(agreed(), "")
	for i := 0; i < len(all); i++ {
		v := all[i]
		for _, in := range inputs(v.state, f) {
			next, effects := Handle(v.state, in)
			look(v.how, v.state, next, in, effects)
			if _, erased := one[Erase](effects); !erased { // else what is left is a start state
				add(next, v.how+asWords(in.Event)+"; ")
			}
		}
	}
	return len(all)
}

// keyOf tells simplified states apart.
func keyOf(s State) string {
	under := Place{}
	if s.Under != nil {
		under = *s.Under
	}
	return fmt.Sprint(s.Lang, s.At, s.Back, under, s.Role, s.Consent.Version, s.Answers.Data, s.Answers.Held != nil, s.Meeting, s.Kind, s.Page, s.Part, s.Found, s.Phrases, s.Themes)
}

// simplified makes states equal that differ in nothing that matters, so that
// the walk ends. Away from the question, what it was about matters least.
func simplified(s State) State {
	s = copyState(s)
	s.Misses, s.Back = 0, s.Back[max(len(s.Back)-1, 0):]
	if s.Lang != "" {
		s.Lang = "de"
	}
	away := s.At.Flow != "ask"
	if s.At.Flow != "meetings" { // where else one can be makes no difference to it
		s.Meeting, s.Kind = "", ""
	} else {
		s.Back = nil
		if s.Under != nil {
			s.Under = &Place{"ask", "question"}
		}
		maps.DeleteFunc(s.Answers.Data, func(key, _ string) bool { return key != "ask.question" })
	}
	if s.At.Flow != "info" { // where else one can be makes no difference to it
		s.Page, s.Part, s.Found, s.Phrases = "", 0, nil, ""
	} else {
		s.Back = nil
		if s.Under != nil {
			s.Under = &Place{"ask", "question"}
		}
		if s.At.Step == "list" || s.At.Step == "search" || s.At.Step == "found" {
			s.Page, s.Part = "", 0
		}
		if s.At.Step != "found" {
			s.Found = nil
		}
		s.Phrases = ""
		maps.DeleteFunc(s.Answers.Data, func(key, _ string) bool { return key != "ask.question" })
	}
	if f := s.At.Flow; f == "offer" || f == "topics" || f == "project" {
		s.Back, s.Themes = nil, 0
		if s.Under != nil {
			s.Under = &Place{"ask", "question"}
		}
		maps.DeleteFunc(s.Answers.Data, func(key, _ string) bool { return key != "ask.question" && sharing[key] == "" })
	}
	if s.At.Flow == "join" || s.At.Flow == "member" {
		if s.Back = nil; s.Under != nil && s.Under.Flow == "ask" {
			s.Under = &Place{"ask", "question"}
		}
		maps.DeleteFunc(s.Answers.Data, func(key, _ string) bool {
			return strings.HasPrefix(key, "ask.") && key != "ask.question" || key == "mine.pick"
		})
	}
	joining := s.At.Flow == "register" || s.At.Flow == "exchange"
	if joining {
		s.Back = nil
	}
	if under := s.Under; under != nil && (under.Flow == "register" || under.Flow == "exchange") {
		s.Back, s.Under = nil, &Place{"register", "who"}
	}
	data := map[string]string{}
	for key, value := range s.Answers.Data {
		switch flow, _, _ := strings.Cut(key, "."); {
		case sharing[key] != "" && (flow != s.At.Flow || sharing[key] == "-"):
			continue
		case sharing[key] != "":
			value = sharing[key]
		case strings.HasPrefix(key, "register.") || strings.HasPrefix(key, "exchange."):
			if !joining && key != "register.as" || joining && !strings.HasPrefix(key, s.At.Flow) {
				continue
			}
			switch key {
			case "register.as", "register.yes":
			case "register.org", "exchange.topics":
				value = "other"
			case "exchange.way":
				value = string(ByPhone)
			default:
				continue
			}
		case key == "ask.question":
			value = "Q"
		case key == "mine.pick" && (value == "" || s.At.Flow != "mine"), key == "ask.phone" && away:
			continue
		case key == "ask.role":
			value = simpleRole(value, away)
		case key == "ask.topic" && (away || value == "parents"):
			value = "other"
		}
		data[key] = value
	}
	if len(s.Answers.Files) > 0 {
		data["ask.question"], s.Answers.Files = "Q", nil
	}
	s.Answers.Data, s.Role = data, simpleRole(s.Role, away)
	if h := s.Answers.Held; h != nil {
		h.Text, h.Files, h.Late = "H", nil, false
	}
	s.Holds = !s.Answers.Empty()
	return s
}

// sharing are the answers of the flows in which people share something, each as good as
// every other; "-" is as good as none.
var sharing = map[string]string{
	"offer.agreed": "1", "offer.kinds": "interpreting,childcare,other", "offer.langs": "-", "offer.times": "-",
	"offer.detail": "-", "offer.phone": "-", "offer.mail": "-", "topics.write": "T", "project.write": "P",
}

func simpleRole(role string, away bool) string {
	switch {
	case role == "":
		return ""
	case away || role == "private":
		return "private"
	}
	return "kita"
}

// inputs are every kind of thing that can happen in a state.
func inputs(s State, f Facts) []Input {
	c := &Ctx{State: s, In: inputOf(chat.Event{}, f), table: &table}
	if s.Lang == "" {
		c.State.At = Place{"language", "pick"}
	}
	var events []chat.Event
	if st := c.step(); st != nil {
		for _, o := range c.options(st) {
			events = append(events, pressed(o.at(c.at().String())))
		}
	}
	for _, n := range table.navigation {
		events = append(events, pressed("nav/"+n.name))
	}
	late := typed(marker)
	late.At = noon.Add(-time.Hour)
	edit := typed(marker)
	edit.Kind = chat.Edit
	events = append(events,
		typed(marker), media(marker, chat.Photo), media("", chat.Voice), media("", chat.Video), late, edit,
		typed("1"), typed("9"), typed("wohnen"), typed("112"), typed("menü"), typed("zurück"), typed(""), typed("0341 123456"),
		command("start"), command("unknown"), pressed("menu/menu/ask"), pressed("ask/preview/send"), pressed("gone/gone/gone"),
		pressed("nav/gone"), pressed(""), pressed(requestButton+"request/yes"), pressed(requestButton+"request/pause"), pressed(requestButton+"gone/no"),
		pressed(stillButton+"yes"), pressed(stillButton+"no"), typed("a@example.org"))
	var all []Input
	for _, e := range events {
		all = append(all, inputOf(e, f))
	}
	for _, q := range f.Inquiries {
		in := inputOf(typed(marker), f)
		in.Facts.Inquiry = q.ID
		all = append(all, in)
	}
	crisis := inputOf(typed(marker), f)
	crisis.Crisis = "de"
	return append(all, crisis)
}

func asWords(e chat.Event) string { return string(e.Kind) + " " + e.Text + e.Press }

// TestEverywhere looks at everything that can happen in every state there is:
//
//   - exactly one hears what somebody says, or they are told that nobody did;
//   - there is always an answer, and a way on;
//   - nothing that was said is lost without a word;
//   - the menu can be reached; back keeps answers; visits and a change of
//     language come back with every answer and ask the question again.
func TestEverywhere(t *testing.T) {
	for name, inquiries := range worlds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, looked, failures := testFacts(inquiries...), map[string]bool{}, 0
			switch name {
			case "none":
				f.Dates = sampleDates()[0].get
			case "one open":
				f.Joined = sampleMember(1, testTopics)
			}
			if name == "one open" {
				f.Shares = testShares()
			}
			states := walk(f, func(how string, s, next State, in Input, effects []Effect) {
				wrong := slices.Concat(hears(s, next, in, effects), answered(next, in, effects), loses(s, next, effects))
				if key := keyOf(s); !looked[key] && s.Lang != "" {
					looked[key] = true
					wrong = append(wrong, alwaysWork(s, f)...)
				}
				for _, w := range wrong {
					if failures++; failures < 10 {
						t.Errorf("after %s in %s: %s: %s (said %v)", how, dump(t, s), asWords(in.Event), w, said(effects))
					}
				}
			})
			t.Logf("%d states", states)
			if states < 100 {
				t.Errorf("the walk found only %d states", states)
			}
		})
	}
}

// hears says what is wrong with who heard the event's words and files.
func hears(s, next State, in Input, effects []Effect) (wrong []string) {
	var heard []string
	add := func(who, text string, files []chat.File, before int) {
		if strings.Contains(text, marker) || in.Event.Kind == chat.Media && len(files) > before {
			heard = append(heard, who)
		}
	}
	for _, e := range effects {
		switch e := e.(type) {
		case Add:
			add("desk "+e.Inquiry, e.Body, e.Files, 0)
		case Submit:
			add("desk", e.Body, nil, 0)
		}
	}
	add("answer", strings.Join(slices.Sorted(maps.Values(next.Answers.Data)), " "), next.Answers.Files, len(s.Answers.Files))
	if h := next.Answers.Held; h != nil {
		before := 0
		if s.Answers.Held != nil {
			before = len(s.Answers.Held.Files)
		}
		add("held", h.Text, h.Files, before)
	}
	spoke := strings.Contains(in.Event.Text, marker) || in.Event.Kind == chat.Media
	if len(heard) > 1 || len(heard) > 0 && !spoke {
		wrong = append(wrong, "heard by "+strings.Join(heard, ", "))
	}
	if spoke && len(heard) == 0 && !slices.ContainsFunc(said(effects), saysUnheard) && in.Crisis == "" {
		wrong = append(wrong, "nobody heard it, and nobody says so")
	}
	if q, ok := in.Facts.inquiry(in.Facts.Inquiry); ok && s.Lang != "" && in.Crisis == "" {
		open := q.Status.Open() && s.Consent.Version != ""
		if want := "desk " + q.ID; open && !slices.Equal(heard, []string{want}) {
			wrong = append(wrong, "a reply went to "+strings.Join(heard, ", "))
		} else if !open && slices.ContainsFunc(heard, func(h string) bool { return strings.HasPrefix(h, "desk") }) {
			wrong = append(wrong, "a reply to what is closed went to "+strings.Join(heard, ", "))
		}
	}
	return wrong
}

// saysUnheard is true for keys that say that something was not taken.
func saysUnheard(key string) bool {
	return strings.HasPrefix(key, "miss.") || strings.HasPrefix(key, "wrong.") || key == "info.found" || key == "info.none" || strings.HasSuffix(key, ".wrong") || key == "forgotten"
}

// answered says what is wrong with the answer.
func answered(next State, in Input, effects []Effect) (wrong []string) {
	if come, ok := one[Come](effects); ok { // what is offered now follows from that
		var dates Dates
		if in.Facts.Dates != nil {
			dates = in.Facts.Dates()
		}
		dates.Guest = come.Guest
		in.Facts.Dates = func() Dates { return dates }
	}
	for _, e := range effects {
		if give, ok := e.(Give); ok {
			in.Facts.Shares.Offer = func() Offer { return give.Offer }
		}
	}
	if e, ok := one[Enrol](effects); ok {
		in.Facts.Joined = func() Joined { return Joined{Member: e.Member} }
	}
	if _, ok := one[Quit](effects); ok {
		in.Facts.Joined = nil
	}
	says := sayings(effects)
	if _, erased := one[Erase](effects); len(says) == 0 && !erased {
		wrong = append(wrong, "no answer")
	}
	for _, s := range says {
		if len(s.Options) == 0 && s.Bare {
			wrong = append(wrong, "no way on")
		}
		for _, o := range s.Options {
			if !understood(next, in.Facts, o.ID) {
				wrong = append(wrong, "nobody understands the button "+o.ID)
			}
		}
		for _, text := range s.Body {
			if next.Consent.Version == "" && quotes(text) {
				wrong = append(wrong, "words are repeated before consent")
			}
		}
	}
	if table.step(placeOf(next)) == nil {
		wrong = append(wrong, "ends nowhere")
	}
	if _, sent := one[Submit](effects); sent && next.Consent.Version != ConsentVersion {
		wrong = append(wrong, "sent without consent")
	}
	return wrong
}

func sayings(effects []Effect) []Say {
	var all []Say
	for _, e := range effects {
		switch e := e.(type) {
		case Say:
			all = append(all, e)
		case Submit:
			all = append(all, e.Confirm)
		case Give:
			if len(e.Confirm.Body) > 0 {
				all = append(all, e.Confirm)
			}
		case Hand:
			all = append(all, Say{Body: e.Body})
		case Enrol:
			if e.Confirm != nil {
				all = append(all, *e.Confirm)
			}
		case Meet:
			all = append(all, e.Found, e.None)
		case CalendarFile, MemberFile: // says with the file what it is
			all = append(all, Say{Body: []Text{say("feed.file")}})
		}
	}
	return all
}

func quotes(t Text) bool {
	return slices.ContainsFunc(t.Args, func(a Arg) bool { return a.Kind == Quote })
}

func placeOf(s State) Place { return (&Ctx{State: s}).at() }

// understood tells whether a button that was just shown leads somewhere.
func understood(s State, f Facts, id string) bool {
	if name, ok := strings.CutPrefix(id, "nav/"); ok {
		return slices.ContainsFunc(table.navigation, func(n nav) bool { return n.name == name })
	}
	if button, ok := strings.CutPrefix(id, dateButton); ok {
		parts := strings.Split(button, "/")
		return dateActions[parts[1]] != nil || parts[0] == "-" && anyDateActions[parts[1]] != nil
	}
	if action, ok := strings.CutPrefix(id, regButton); ok {
		return slices.Contains([]string{"mine", "keep", "leave"}, action) || strings.HasPrefix(action, "pair/")
	}
	if strings.HasPrefix(id, pageButton) {
		_, ok := f.sheet(strings.Split(id, "/")[1])
		return ok
	}
	c := &Ctx{State: s, In: inputOf(chat.Event{}, f), table: &table}
	option, ok := strings.CutPrefix(id, c.at().String()+"/")
	return ok && slices.ContainsFunc(c.options(c.step()), func(o Option) bool { return o.ID == option })
}

// loses says which words were lost without anybody saying so.
func loses(s, next State, effects []Effect) (wrong []string) {
	told := slices.ContainsFunc(said(effects), func(key string) bool {
		switch key {
		case "held.dropped", "cancelled", "ask.refused", "ask.young", "register.young", "join.dropped", "ask.contacts", "privacy.revoked", "heard.inquiry", "forgotten":
			return true
		}
		return strings.HasPrefix(key, "wrong.")
	})
	if _, sent := one[Submit](effects); sent || told {
		return nil
	}
	if _, erased := one[Erase](effects); erased || s.At == (Place{"ask", "contacts"}) { // whose text says that nothing is sent
		return nil
	}
	question := func(s State) bool { return s.Answers.Data["ask.question"] != "" || len(s.Answers.Files) > 0 }
	asked := slices.ContainsFunc(said(effects), func(key string) bool { return strings.HasPrefix(key, "ask.question") })
	if question(s) && !question(next) && !asked {
		wrong = append(wrong, "the question is lost")
	}
	if s.Answers.Held != nil && next.Answers.Held == nil && !question(next) {
		wrong = append(wrong, "what was held is lost")
	}
	return wrong
}

// alwaysWork says what is wrong with menu, back and visits.
func alwaysWork(s State, f Facts) (wrong []string) {
	for _, e := range []chat.Event{pressed("nav/menu"), typed("menü"), command("menu"), command("start")} {
		if next, _ := Handle(s, inputOf(e, f)); next.At != (Place{}) {
			wrong = append(wrong, asWords(e)+" does not lead to the menu")
		}
	}
	back, _ := Handle(s, inputOf(pressed("nav/back"), f))
	if len(s.Back) > 0 && !reflect.DeepEqual(back.Answers, s.Answers) {
		wrong = append(wrong, "back lost an answer")
	}
	if at := table.flow(s.At.Flow); at.Aside || s.At == (Place{}) {
		return wrong
	}
	_, question := Handle(s, inputOf(pressed("nav/again"), f))
	for visit, leave := range map[string]string{
		"nav/language": "language/pick/ar", "nav/mine": "mine/list/ok", "nav/mydata": "privacy/data/ok",
		"nav/meetings": "meetings/list/ok", "nav/privacy": "privacy/notice/ok", "nav/info": "info/list/ok", "nav/join": "join/list/ok", "nav/help": "help/about/ok",
	} {
		away, _ := Handle(s, inputOf(pressed(visit), f))
		back, effects := Handle(away, inputOf(pressed(leave), f))
		if back.At != s.At || !reflect.DeepEqual(back.Answers, s.Answers) {
			wrong = append(wrong, visit+" does not come back with every answer")
		}
		again := slices.DeleteFunc(said(effects), func(key string) bool { return key == "language.set" })
		if !slices.Equal(again, said(question)) {
			wrong = append(wrong, visit+" does not ask the question again")
		}
		if visit == "nav/language" && back.Lang != "ar" {
			wrong = append(wrong, "the language was not changed")
		}
	}
	return wrong
}

// TestFiveTaps: a first question takes at most five taps, whatever it is about.
func TestFiveTaps(t *testing.T) {
	sends := map[bool][]string{false: {"send"}, true: {"soon", "later", "none"}}
	for _, role := range []string{"kita", "school", "group", "private", "skip"} {
		for _, topic := range testTopics {
			offered := role
			if role == "skip" {
				offered = "private"
			}
			if topic.Contacts || topic.Linked || !slices.Contains(topic.Roles, offered) {
				continue
			}
			for _, send := range sends[topic.Deadline] {
				p := newPerson(t, testFacts()).does(command("start")).presses("language/pick/de").at("")
				taps := []string{"menu/menu/ask", "ask/role/" + role, "ask/topic/" + topic.ID, "ask/consent/yes", "ask/preview/" + send}
				if len(taps) > 5 {
					t.Errorf("%d taps", len(taps))
				}
				p.presses(taps[:4]...).at("ask/question").does(typed("Was tun?")).at("ask/preview").presses(taps[4])
				s, ok := one[Submit](p.last)
				deadline := map[string]string{"soon": "soon", "later": "later"}[send]
				if !ok || s.Role != offered || s.Topic != topic.ID || s.Deadline != deadline || s.Body != "Was tun?" {
					t.Errorf("%v: submitted %+v", taps, s)
				}
			}
		}
	}
}
