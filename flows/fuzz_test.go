package flows

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
)

// dice makes choices out of bytes, so that the fuzzer decides them.
type dice []byte

func (d *dice) roll(n int) int {
	if len(*d) == 0 {
		return 0
	}
	b := (*d)[0]
	*d = (*d)[1:]
	return int(b) % n
}

func pick[T any](d *dice, from ...T) T { return from[d.roll(len(from))] }

// anywhere is a place of any flow, now and then one that is not there.
func (d *dice) anywhere() Place {
	f := pick(d, Flows()...)
	p := Place{f.ID, pick(d, f.Steps...).ID}
	return pick(d, p, p, p, Place{}, Place{f.ID, "gone"}, Place{"gone", "gone"}, Place{Step: "gone"}, Place{Flow: f.ID}, Place{"menu", "menu"})
}

func (d *dice) files() []chat.File {
	var files []chat.File
	for range d.roll(MaxFiles + 1) {
		files = append(files, chat.File{Kind: pick(d, chat.Photo, chat.Voice, chat.Video, chat.Document, "gone"),
			Ref: "ref", Size: pick[int64](d, 0, 1000, MaxFileBytes, MaxFileBytes+1, -1)})
	}
	return files
}

func (d *dice) state(text string) State {
	s := State{
		Lang: pick(d, "de", "", "ar", "gone"), At: d.anywhere(), Misses: d.roll(5),
		Role: pick(d, "", "private", "kita", "gone"), Asked: noon.Add(time.Duration(d.roll(200)-100) * time.Minute),
		Consent: pick(d, Consent{}, Consent{ConsentVersion, noon}, Consent{"0.1", noon}),
		Meeting: pick(d, "", "gone", pick(d, sampleDates()...).id), Kind: pick(d, "", CafeMeeting, "gone"), Survey: pick(d, "all", "all", "", "gone"),
	}
	if d.roll(2) == 1 {
		under := d.anywhere()
		s.Under = &under
	}
	for range d.roll(maxBack) {
		s.Back = append(s.Back, d.anywhere().Step)
	}
	if d.roll(3) > 0 {
		s.Answers.Data = map[string]string{}
		for _, key := range []string{"ask.role", "ask.topic", "ask.question", "ask.phone", "ask.link", "mine.pick",
			"offer.agreed", "offer.kinds", "offer.langs", "offer.times", "offer.detail", "offer.phone", "topics.write", "project.write"} {
			if value := pick(d, "", "private", "letter", "child", "10001", "gone", "interpreting,childcare,other", "ar,ku", Shorten(text, MaxBody)); value != "" {
				s.Answers.Data[key] = value
			}
		}
		maps.Copy(s.Answers.Data, pick(d, nil, map[string]string{"register.as": pick(d, "org", "person", "gone"), "register.yes": pick(d, JoinVersion, "0.1"), "register.org": pick(d, "", "Kita")},
			map[string]string{"exchange.topics": pick(d, "other", "other,gone"), "exchange.way": pick(d, "phone", "", "gone"), "exchange.at": pick(d, "", "0341 1")}))
		s.Answers.Files = d.files()
		s.Answers.Parts = Parts{{"m1", len(s.Answers.Data["ask.question"]), len(s.Answers.Files)}}
	}
	if d.roll(3) == 1 {
		s.Answers.Held = &Held{Text: Shorten(text, MaxBody), Files: d.files(), At: noon, Late: d.roll(2) == 1}
		s.Answers.Held.Parts = Parts{{"m2", len(s.Answers.Held.Text), len(s.Answers.Held.Files)}}
	}
	s.Holds = !s.Answers.Empty()
	s.Page, s.Part = pick(d, "", "gone", pick(d, testPages...).ID), d.roll(5)-1
	s.Found, s.Phrases = pick(d, nil, []string{"gone"}, []string{"housing", "gone"}), pick(d, "", "ar", "gone")
	return s
}

// surveys are campaigns with what somebody said, now and then to another file.
func (d *dice) surveys(text string) Surveys {
	cell := func() string { return pick(d, "kita", "rooms", "help", "1", "am.mo", "gone") }
	question := func() string { return pick(d, "who", "want", "have", "kids", "good", "talk", "when", "gone") }
	r := Reply{At: pick(d, question(), question(), surveyEnd, ""), Done: d.roll(6) == 1, Said: map[string][]string{}, Words: map[string]string{}}
	for range d.roll(6) {
		r.Past, r.Said[question()] = append(r.Past, question()), []string{cell()}
	}
	if d.roll(3) == 1 && text != "" {
		r.Words["talk"] = Shorten(text, maxOpinion)
	}
	other := testSurvey
	other.ID = "other"
	return Surveys{
		Open:    pick(d, []Survey{testSurvey}, []Survey{testSurvey, other}, nil),
		Replies: pick(d, map[string]Reply{"all": r}, map[string]Reply{"all": r, "other": r}, nil),
	}
}

// joined is no registration, or one with a pair.
func (d *dice) joined() func() Joined {
	var j Joined
	if d.roll(3) > 0 {
		j = sampleMember(d.roll(6), testTopics)()
		j.Member.Consent = Consent{JoinVersion, noon}
		j.Pairs = []Pairing{{"pair", "other", pick(d, PairOpen, PairIntroduced, PairOver), pick(d, "", PairYes)}}
	}
	return func() Joined { return j }
}

func (d *dice) inquiries(consent Consent) []Inquiry {
	var all []Inquiry
	for i := range d.roll(6) {
		q := inquiry(fmt.Sprint(10001+i), pick(d, statuses...))
		if consent.Version != "" { // words are kept with consent only
			q.Body, q.Parts = "words", Parts{{"m3", len("words"), 0}}
			q.Missed = pick(d, nil, nil, []string{"draft"})
		}
		all = append(all, q)
	}
	return all
}

func (d *dice) input(s State, text, press string) Input {
	surveys := d.surveys(text)
	e := chat.Event{
		Kind: pick(d, chat.Text, chat.Press, chat.Media, chat.Command, chat.Edit, chat.Delete, chat.Reaction, chat.Left, chat.Back, chat.Job, "gone"),
		At:   noon.Add(time.Duration(d.roll(200)-100) * time.Minute), In: chat.Address{Platform: pick(d, "web", "", "gone")},
	}
	switch e.Kind {
	case chat.Delete:
		e.On = pick(d, "m1", "m2", "m3", "", "gone")
	case chat.Press:
		c := &Ctx{State: s, table: &table, In: inputOf(e, testFacts())}
		c.In.Facts.Surveys = func() Surveys { return surveys }
		survey := surveyButton + "all/" + pick(d, "who", "want", "kids", "talk", surveyEnd, "-", "gone", press) + "/" + pick(d, wayBegin, wayNext, wayBack, waySend, "kita", "-rooms", "rooms", press)
		date := dateButton + pick(d, sampleDates()...).id + "/" + pick(d, slices.Sorted(maps.Keys(dateActions))...)
		pair := regButton + "pair/" + pick(d, "pair", press) + "/" + pick(d, "yes", "no", "end", press) + pick(d, "", "/"+d.joined()().Member.ShownSign(), "/"+press)
		ids := []string{press, pair, regButton + pick(d, "mine", "keep", "leave", press), survey, surveyButton + press, date, date + "/" + pick(d, "1", "9", "0", "de", "none", press),
			dateButton + "-/" + pick(d, slices.Sorted(maps.Keys(anyDateActions))...) + "/" + pick(d, "7d", "", press), pageButton + pick(d, press, "gone", "-", pick(d, testPages...).ID) + pick(d, "", "/2", "/say/1", "/in/ar", "/"+press),
			"nav/" + press, "nav/" + pick(d, table.navigation...).name, d.anywhere().String() + "/" + pick(d, "yes", "ok", "ask", "send", "10001"), "menu/menu/ask", "language/pick/de",
			requestButton + pick(d, "request", "gone", press) + "/" + pick(d, "yes", "no", "pause", press), stillButton + pick(d, "yes", "no", press)}
		if st := c.step(); st != nil {
			for _, o := range c.options(st) {
				ids = append(ids, o.at(c.at().String()))
			}
		}
		e.Press = pick(d, ids...)
	case chat.Command:
		e.Text = pick(d, text, "start", pick(d, table.navigation...).name)
		e.Args = pick(d, press, "", "ar_ask_letter", pick(d, Links([]string{"de", "ar"}, testTopics, testPages)...), press+"_ask")
	default:
		e.Text = pick(d, text, text, "", "1", "menü", "ja", "✉️", Shorten(strings.Repeat(text, 50), 100_000))
		if e.Kind == chat.Media {
			e.Files = append(d.files(), d.files()...)
		}
	}
	in := inputOf(e, testFacts(d.inquiries(s.Consent)...))
	sample := pick(d, sampleDates()...)
	in.Facts.Dates = sample.get
	in.Facts.Surveys = func() Surveys { return surveys }
	if d.roll(2) == 1 {
		in.Facts.Shares = testShares()
	}
	in.Facts.Returned = d.roll(5) == 1
	in.Facts.Joined = d.joined()
	in.Facts.Inquiry = pick(d, "", "", "id-10001", "gone")
	in.Crisis = pick(d, "", "", "", "", "de", "ar")
	in.Number = pick(d, -1, in.Number, 0, 1, 7, 1<<31-1)
	in.Typed = pick(d, in.Number, -1, 3, 31)
	in.Forgotten = s.Holds && d.roll(4) == 1
	if in.Forgotten {
		in.Now = noon.Add(2 * time.Hour)
	}
	if d.roll(3) == 1 { // what was read from files is another thing now
		in.Facts.Pages, in.Facts.Topics = pick(d, nil, testPages[:1]), pick(d, nil, testTopics[:1])
		in.Facts.Contacts, in.Facts.Find = nil, nil
	}
	return in
}

// rolled are dice for the corpus that every run of the tests begins with.
func rolled(i, j int) []byte {
	var out []byte
	for k := range 8 {
		sum := sha256.Sum256(fmt.Append(nil, i, j, k))
		out = append(out, sum[:]...)
	}
	return out
}

// hostile are texts that have broken programs before.
var hostile = []string{
	"Was tun?", "", "\x00", "\xed\xa0\x80\xed\xb0\x80", "\xff\xfe", "\u202eevil\u202c", "\u2066\u2067", "/", "//", "nav/", "{{.text}}",
	strings.Repeat("ä", 50_000), strings.Repeat("🆘", 1501), "a/b/c/d/e", "\n\n\n", "+49 341 123456", "١٢٣٤٥٦",
}

// FuzzHandle: whatever is remembered and whatever happens, nothing breaks, and
// what is promised holds. Three events in a row, each through the store.
func FuzzHandle(f *testing.F) {
	for i, text := range hostile {
		for j := range 60 {
			f.Add(rolled(i, j), text, text)
		}
	}
	f.Fuzz(func(t *testing.T, bytes []byte, text, press string) {
		d := dice(bytes)
		s := d.state(text)
		for range 3 {
			in := d.input(s, text, press)
			if in.Forgotten {
				s.Answers = Answers{}
			}
			next, effects := handleTwice(t, s, in)
			for _, wrong := range promises(s, next, in, effects) {
				t.Errorf("%s\n%s\nin %s: %s (said %v)", asJSON(t, in.Event), asJSON(t, in.Facts.Inquiries), dump(t, s), wrong, said(effects))
			}
			s = stored(t, next)
		}
	})
}

// promises says which of them were broken.
func promises(s, next State, in Input, effects []Effect) (wrong []string) {
	broken := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	silent := slices.Contains([]chat.Kind{chat.Left, chat.Back, chat.Reaction, chat.Delete}, in.Event.Kind) && in.Crisis == ""
	deleted := in.Event.Kind == chat.Delete && len(effects) > 0 // one of their own messages
	if silent != (len(effects) == 0) && !deleted {
		broken("%d effects", len(effects))
	}
	if len(effects) > 4 {
		broken("%d effects", len(effects))
	}
	answered := silent && !deleted
	for _, e := range effects {
		switch e := e.(type) {
		case Say:
			answered = true
		case Fetch:
			answered = true
			if q, ok := in.Facts.inquiry(e.Inquiry); !ok || len(q.Missed) == 0 {
				broken("fetched what is not there")
			}
		case Submit:
			answered = true
			if next.Consent.Version != ConsentVersion {
				broken("sent without consent")
			}
			if e.Body == "" && len(e.Files) == 0 {
				broken("sent nothing")
			}
		case Erase:
			answered = true
		case Unsay:
			if q, ok := in.Facts.inquiry(e.Inquiry); !ok || q.Status == Withdrawn || e.Message != in.Event.On {
				broken("took something out of what is not there")
			}
		case Reword:
			answered = true
			if q, ok := in.Facts.inquiry(e.Inquiry); !ok || q.Status == Withdrawn || e.Message != in.Event.On || units(e.Text) > MaxBody {
				broken("changed what is not there")
			}
		case Add:
			if q, ok := in.Facts.inquiry(e.Inquiry); !ok || !q.Status.Open() {
				broken("added to what is not open")
			}
			if e.Body == "" && len(e.Files) == 0 || units(e.Body) > MaxBody || len(e.Files) > MaxFiles {
				broken("added %d units, %d files", units(e.Body), len(e.Files))
			}
		case Withdraw:
			if _, ok := in.Facts.inquiry(e.Inquiry); !ok {
				broken("withdrew another's inquiry")
			}
		case Give:
			answered = answered || len(e.Confirm.Body) > 0
			if o := e.Offer; !o.Nothing() && (o.Version == "" || !o.Until.After(in.Now) || units(o.Words) > MaxOfferWords) {
				broken("offers %+v", o)
			}
		case Respond:
			if e.Request != "request" || !e.Answer.Answered() {
				broken("answers %q to %q", e.Answer, e.Request)
			}
		case Suggest:
			if e.Text == "" || units(e.Text) > MaxProjectText {
				broken("suggests %d units", units(e.Text))
			}
			if agree, ok := one[Agree](effects); !ok || agree.Version != SuggestVersion {
				broken("suggested without consent")
			}
		case Vote:
			if !slices.ContainsFunc(testShares().Themes(), func(t Theme) bool { return t.ID == e.Theme && t.Mine != e.For }) {
				broken("votes %+v", e)
			}
		case Unsuggest:
		case Agree:
			want := map[Purpose]string{ForAsking: ConsentVersion, ForJoining: JoinVersion, ForMeeting: JoinVersion, ForOffering: OfferVersion,
				ForAnswering: SurveyConsent, ForSuggesting: SuggestVersion}[e.For]
			if e.Version != want || e.For == ForAsking && next.Consent != (Consent{ConsentVersion, in.Now}) {
				broken("agreed to %q", next.Consent.Version)
			}
		case Revoke:
			if next.Consent != (Consent{}) || next.Role != "" || !next.Answers.Empty() {
				broken("revoked and kept %v", next)
			}
		case Come:
			answered = true
			if !e.Guest.Stopped.IsZero() && e.Guest.Reminded() || e.Guest.Nothing() && len(e.Guest.Leads) > 0 {
				broken("wants %+v", e.Guest)
			}
			for id, a := range e.Guest.At {
				if comes := a.Answer == AttendYes || a.Answer == AttendWaiting; comes != (a.People > 0) || a.People > MaxParty || !comes && (a.StepFree || a.Children > 0) {
					broken("says %+v of %s", a, id)
				}
			}
		case KeepReply:
			for id, cells := range e.Reply.Said {
				q, known := testSurvey.question(id)
				was := in.Facts.Surveys().Replies[e.Survey].Said[id]
				if known && !slices.Equal(cells, was) && slices.ContainsFunc(cells, func(c string) bool { _, ok := q.cell(c); return !ok }) || known && !q.several() && len(cells) > 1 {
					broken("said %q to %s", cells, id)
				}
			}
			for id, words := range e.Reply.Words {
				if units(words) > maxOpinion || words == "" {
					broken("said %d units to %s", units(words), id)
				}
			}
			if e.Reply.Done {
				broken("kept what was sent off")
			}
		case SendReply:
			if was := in.Facts.Surveys().Replies[e.Survey]; was.Done || was.At != surveyEnd || in.Event.Kind != chat.Press && in.Event.Kind != chat.Text {
				broken("sent off %+v", was)
			}
		case Hand, CalendarFile, MemberFile, Meet:
			answered = true
		case Enrol:
			answered = answered || e.Confirm != nil
			if m := e.Member; m.Org == "" && len(m.Exchange.Topics) > 0 || (m.Reach.Way == ByChat) != (m.Reach.At == "") || m.Consent.Version != JoinVersion {
				broken("registers %+v", m)
			}
		case Quit:
			if !in.Facts.Joined().Member.Registered() {
				broken("ends what is not there")
			}
		case Decide:
			if e.Decision == PairYes && e.Sign != in.Facts.Joined().Member.ShownSign() {
				broken("agrees to what was not shown")
			}
		default:
			broken("a wish of the desk: %T", e)
		}
	}
	if !answered {
		broken("no answer")
	}
	return append(wrong, promisesOfWords(s, next, in, effects)...)
}

func promisesOfWords(s, next State, in Input, effects []Effect) (wrong []string) {
	broken := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	for _, say := range sayings(effects) {
		if len(say.Body) == 0 {
			broken("an empty message")
		}
		if len(say.Options) == 0 && say.Bare {
			broken("no way on")
		}
		for _, o := range say.Options {
			if len(o.ID) > chat.MaxButtonID {
				broken("button %q has %d bytes", o.ID, len(o.ID))
			}
		}
		for _, text := range say.Body {
			if next.Consent.Version == "" && quotes(text) {
				broken("%s repeats words before consent", text.Key)
			}
		}
	}
	stays := next.At == s.At && reflect.DeepEqual(next.Answers, s.Answers)
	if table.step(placeOf(next)) == nil && !stays {
		broken("ends at %v", next.At)
	}
	if len(next.Back) > maxBack {
		broken("%d steps to go back", len(next.Back))
	}
	if units(next.Answers.Data["ask.question"]) > MaxBody {
		broken("a question of %d units", units(next.Answers.Data["ask.question"]))
	}
	if h := next.Answers.Held; h != nil && (units(h.Text) > MaxBody || len(h.Files) > MaxFiles) {
		broken("holds %d units, %d files", units(h.Text), len(h.Files))
	}
	if len(next.Answers.Files) > MaxFiles {
		broken("a question of %d files", len(next.Answers.Files))
	}
	if s.Lang != "" && next.Lang == "" {
		broken("the language is lost")
	}
	return wrong
}

func (d *dice) inquiry(text string) Inquiry {
	q := inquiry("10001", pick(d, statuses...))
	q.Body, q.Phone, q.Deadline, q.Away, q.Files = pick(d, "", text), pick(d, "", "0341 1"), pick(d, "", "soon", "later"), d.roll(2) == 1, d.files()
	if q.Owner = pick(d, "", "anna", "ben"); q.Owner != "" {
		q.OwnerName, q.OwnedAt, q.Active, q.Wants = strings.ToUpper(q.Owner), noon, noon, pick(d, "", "anna", "ben")
	}
	q.Sent, q.Agenda = d.roll(3), pick(d, NoAgenda, Wished, Proposed, Approved, Discussed)
	return q
}

func (d *dice) deskInput(text string) DeskInput {
	in := DeskInput{
		Action: pick(d, ActClaim, ActRelease, ActAnswer, ActClose, ActReopen, ActSend, ActUndo, ActChange, ActDiscard,
			ActReply, ActDue, ActDelivered, ActFailed, ActFetch, ActAgain, ActSure, ActAddition, ActTakeover, ActHandover, ActCorrect, ActRecall,
			ActRecalled, ActEdited, ActUnsaid, ActUnsure, ActResend, ActSilent, ActIdle, ActBrowse, ActUse, ActShow, ActPropose, ActResult, ActNudge, "", text),
		Now: noon.Add(time.Duration(d.roll(60)-30) * time.Second), Undo: pick(d, 20*time.Second, 0, -time.Second, time.Microsecond),
		Idle: pick(d, 0, 10*time.Second), Others: pick(d, nil, []string{"10002"}), Last: Draft{By: pick(d, "anna", "ben"), Text: text},
		NewDraft: "0123456789abcdef012345", DeskLang: "de", AskerLang: pick(d, "de", "ar", ""), Why: "why.gone",
		Event: chat.Event{From: pick(d, "anna", "ben", ""), Name: "A", Text: pick(d, text, text, "//"+text, ""), Message: pick(d, "", "m1"), Files: d.files()},
	}
	if d.roll(6) > 0 {
		in.Draft = Draft{ID: "0123456789abcdef01234x", Status: pick(d, Writing, Filling, Shown, Leaving, Sent, Delivered, Failed, Discarded, Unsure, Recalled), Kind: pick(d, Answer, Addition, Correction, Proposal, Result), Seen: d.roll(3), Sure: d.roll(2) == 0,
			Text: text, Files: d.files(), By: "anna", ByName: "A", Message: pick(d, "", "m0"), Leaves: noon}
		if in.Draft.Filled = d.filled(); in.Draft.Filled != nil {
			in.Draft.Filled.Own = pick(d, text, "")
		}
	}
	in.Above = pick(d, in.Draft.sign(), in.Draft.sign(), text)
	in.Templating = templating()
	in.Pick, in.Search = pick(d, "", "visit", "more", "letter", text), pick(d, "", text)
	return in
}

// filled is a template with as many of its slots filled as there are, or none.
func (d *dice) filled() *Filled {
	switch d.roll(4) {
	case 0:
		return testTemplates[0].empty()
	case 1:
		return testTemplates[0].empty().with(0, "2027-02-01")
	case 2:
		return testTemplates[1].empty()
	}
	return nil
}

// FuzzDesk: whatever happens in the desk, an answer leaves exactly when somebody
// released it and its time is over.
func FuzzDesk(f *testing.F) {
	for i, text := range hostile {
		for j := range 60 {
			f.Add(rolled(i, j), text)
		}
	}
	f.Fuzz(func(t *testing.T, bytes []byte, text string) {
		d := dice(bytes)
		q, in := d.inquiry(text), d.deskInput(text)
		before := asJSON(t, q) + asJSON(t, in)
		next, draft, effects := Desk(q, in)
		if asJSON(t, q)+asJSON(t, in) != before {
			t.Fatalf("Desk changed its input")
		}
		again, draftAgain, effectsAgain := Desk(q, in)
		if !reflect.DeepEqual(again, next) || !reflect.DeepEqual(draftAgain, draft) || !reflect.DeepEqual(kindsOf(effectsAgain), kindsOf(effects)) {
			t.Fatalf("Desk did another thing the second time")
		}
		for _, wrong := range deskPromises(q, next, in, draft, effects) {
			t.Errorf("%s\n%s: %s (said %v)", asJSON(t, q), asJSON(t, in), wrong, said(effects))
		}
	})
}

// givesUp reports whether an owner may lose the inquiry by this: who gives it back or
// on, and who does nothing for too long.
func givesUp(q Inquiry, in DeskInput) bool {
	switch in.Action {
	case ActRelease, ActHandover:
		return in.Event.From == q.Owner
	case ActIdle:
		return in.Idle > 0 && q.Status == Claimed && !in.Now.Before(q.Active.Add(in.Idle))
	}
	return false
}

func deskPromises(q, next Inquiry, in DeskInput, draft Draft, effects []Effect) (wrong []string) {
	broken := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if len(effects) > 4 {
		broken("%d effects", len(effects))
	}
	delivered := 0
	for _, e := range effects {
		switch e := e.(type) {
		case Deliver:
			if delivered++; e.Draft != in.Draft.ID || draft.Status != Sent {
				broken("delivers %q, which is %q", e.Draft, draft.Status)
			}
		case Later:
			if !(in.Action == ActSend || in.Action == ActSure || in.Action == ActAddition) || in.Undo <= 0 || draft.Status != Leaving || draft.Leaves.After(in.Now.Add(in.Undo)) {
				broken("%q leaves later, at %v", draft.Status, draft.Leaves)
			}
		case Retract:
			if e.Draft != in.Draft.ID || draft.Status != Recalled {
				broken("takes back %q, which is %q", e.Draft, draft.Status)
			}
		case Notify:
			if slices.ContainsFunc(e.Body, quotes) {
				broken("words of the desk in a notice")
			}
		case Tell:
			for _, o := range e.Options {
				if len(o.ID) > chat.MaxButtonID {
					broken("button %q has %d bytes", o.ID, len(o.ID))
				}
			}
			if len(e.Body) == 0 {
				broken("an empty message")
			}
		case Redraw, React, Keep:
		default:
			broken("a wish of the person: %T", e)
		}
	}
	overtaken := in.Draft.Kind == Answer && q.Sent > in.Draft.Seen && in.Last.By != in.Draft.By && in.Action != ActAddition
	odd := !in.Draft.Sure && in.Action != ActSure && (mention(in.Draft.Text) != "" || len(in.Others) > 0)
	presses := in.Action == ActSend || in.Action == ActSure || in.Action == ActAddition
	sendsNow := presses && !overtaken && !odd && (in.Undo <= 0 || q.Away) && in.Draft.Status == Shown && q.Status.Open() && in.Above == in.Draft.sign()
	timeIsOver := in.Action == ActDue && !overtaken && in.Draft.Status == Leaving && !in.Now.Before(in.Draft.Leaves) && q.Status != Withdrawn
	resent := in.Action == ActResend && in.Draft.Status == Unsure && q.Status != Withdrawn
	fetched := in.Action == ActFetch && in.Draft.Status == Failed && q.Status != Withdrawn
	if released := (sendsNow || timeIsOver || fetched || resent) && !q.Away; released != (delivered == 1) || delivered > 1 {
		broken("delivered %d times", delivered)
	}
	if draft.Status == Sent && in.Draft.Status != Sent && delivered == 0 {
		broken("says sent and delivers nothing")
	}
	if q.Owner != "" && next.Owner != q.Owner && !givesUp(q, in) {
		broken("the owner changed from %q to %q", q.Owner, next.Owner)
	}
	if next.Status == Claimed && next.Owner == "" && q.Status != Claimed {
		broken("claimed by nobody")
	}
	if q.Status == Withdrawn && !reflect.DeepEqual(q, next) {
		broken("a withdrawn inquiry changed")
	}
	if !slices.Contains(statuses, next.Status) || next.ID != q.ID || next.Number != q.Number || next.Body != q.Body {
		broken("became %v", next)
	}
	if next.Status != q.Status && !slices.ContainsFunc(effects, func(e Effect) bool { return e == Effect(Redraw{}) }) {
		broken("the card does not show %q", next.Status)
	}
	return wrong
}
