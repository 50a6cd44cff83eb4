package flows

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
)

func TestAcceptPhone(t *testing.T) {
	for in, want := range map[string]string{
		"0341 412 97 31": "0341 412 97 31", "+49 (341) 123-456": "+49 (341) 123-456", "(+49) 341/123456": "(+49) 341/123456",
		" +49341123456\n": "+49341123456", "٠٣٤١ ١٢٣٤٥": "0341 12345", "۰۳۴۱۱۲۳۴۵": "034112345", "0341\u00a0123456": "0341 123456",
		"12345": "12345", "123456789012345": "123456789012345",
		"": "", "1234": "", "1234567890123456": "", "ruf an": "", "0341 123456 abends": "", "0341+123456": "",
		"\u202e0341123456": "", "0341\x00123456": "", "12345" + strings.Repeat(" ", 30) + "6": "",
	} {
		got, wrong := acceptPhone(nil, in)
		if got != want || (wrong == "") != (want != "") {
			t.Errorf("acceptPhone(%q) = %q, %q; want %q", in, got, wrong, want)
		}
	}
}

func TestUnits(t *testing.T) {
	for in, want := range map[string]int{"": 0, "ab": 2, "ä": 1, "ب": 1, "🆘": 2, "a🆘": 3, "\xff\xfe": 2} {
		if got := units(in); got != want {
			t.Errorf("units(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, tt := range []struct {
		in   string
		max  int
		want string
	}{{"", 0, ""}, {"abc", 3, "abc"}, {"abc", 2, "ab"}, {"äö", 3, "ä"}, {"äö", 1, ""}, {"🆘x", 3, ""}, {"🆘x", 4, "🆘"}, {"\xbf\xbf\xbf", 2, ""}} {
		if got := Shorten(tt.in, tt.max); got != tt.want {
			t.Errorf("Shorten(%q, %d) = %q, want %q", tt.in, tt.max, got, tt.want)
		}
	}
}

func TestWrongFile(t *testing.T) {
	file := func(k chat.FileKind, size int64) chat.File { return chat.File{Kind: k, Size: size} }
	for _, tt := range []struct {
		files []chat.File
		want  string
	}{
		{nil, ""},
		{[]chat.File{file(chat.Photo, MaxFileBytes), file(chat.Voice, 1), file(chat.Document, 0)}, ""},
		{[]chat.File{file(chat.Photo, 1), file(chat.Document, MaxFileBytes+1)}, "wrong.size"},
		{[]chat.File{file(chat.Video, 1)}, "wrong.kind"},
	} {
		got := wrongFile(tt.files)
		if got == nil && tt.want != "" || got != nil && got.Key != tt.want {
			t.Errorf("wrongFile(%v) = %v, want %q", tt.files, got, tt.want)
		}
	}
}

// asking is somebody who is asked for their question.
func asking(t *testing.T, inquiries ...Inquiry) *person {
	p := newPerson(t, testFacts(inquiries...))
	p.state = agreed()
	return p.presses("menu/menu/ask", "ask/topic/other").at("ask/question")
}

func TestLimitsOfAQuestion(t *testing.T) {
	long := strings.Repeat("x", MaxBody)
	asking(t).does(typed(long+"x")).says("wrong.long", "ask.question").does(typed(long)).at("ask/preview").
		does(typed("x")).at("ask/preview").says("wrong.long", "ask.preview", "quote", "ask.preview.ready")
	asking(t).does(typed("")).says("wrong.empty", "ask.question")
	six := []chat.FileKind{chat.Photo, chat.Photo, chat.Photo, chat.Photo, chat.Photo, chat.Photo}
	asking(t).does(media("", six...)).says("wrong.files", "ask.question").does(media("", six[:5]...)).at("ask/preview").
		does(media("", chat.Voice)).says("wrong.files", "ask.preview", "file.photo", "ask.preview.ready")
	asking(t).does(media("", chat.Video)).says("wrong.kind", "ask.question")
}

// TestLateWords: what was written long before the question that stands open is
// never its answer.
func TestLateWords(t *testing.T) {
	late := typed("Ich heiße Ann")
	late.At = noon.Add(-2 * time.Minute)
	p := asking(t).does(late).at("held/what").says("held.late")
	if p.state.Answers.Data["ask.question"] != "" || p.state.Answers.Held.Text != late.Text {
		t.Errorf("kept %+v", p.state.Answers)
	}
	p.presses("held/what/drop").says("held.dropped", "ask.question").at("ask/question")
	p.does(late).presses("held/what/ask").at("ask/question").presses("nav/cancel")

	justLate := typed("Ich heiße Ann")
	justLate.At = noon.Add(-lateAfter)
	asking(t).does(justLate).at("ask/preview")

	menu := command("menu")
	menu.At = late.At
	asking(t).does(menu).at("")
}

func TestOldButtons(t *testing.T) {
	asking(t).presses("ask/consent/no").says("old", "ask.question").at("ask/question")
	asking(t).presses("gone/gone/gone").says("old", "ask.question").presses("").says("old", "ask.question")
	asking(t).presses("nav/gone").says("old", "ask.question")
	asking(t).presses("menu/menu/help").at("help/about") // the menu's buttons work wherever they stand
	p := newPerson(t, testFacts())
	p.does(command("start")).says("start.hello", "start.hello")
	// After everything was deleted the old menu still stands in the chat.
	p.presses("menu/menu/ask").says("start.hello", "start.hello").presses("menu/menu/language", "nav/mine", "ask/preview/send").
		says("start.hello", "start.hello").presses("language/pick/ar").says("language.set", "menu.menu").at("")
	p = newPerson(t, testFacts())
	p.presses("language/pick/de").says("language.set", "menu.menu")
}

func TestPressedTwice(t *testing.T) {
	p := asking(t).does(typed("Was tun?")).presses("ask/preview/send")
	if _, ok := one[Submit](p.last); !ok {
		t.Fatalf("not submitted: %v", p.last)
	}
	p.presses("ask/preview/send").says("old", "menu.menu").at("")

	p = asking(t).presses("nav/cancel").says("cancelled", "menu.menu").presses("nav/cancel").says("menu.menu")
	open := inquiry("10001", Waiting)
	p.facts = testFacts(open)
	p.presses("menu/menu/mine", "mine/list/10001", "mine/one/withdraw", "mine/sure/yes").says("mine.withdrawn", "menu.menu")
	if w, ok := one[Withdraw](p.last); !ok || w.Inquiry != open.ID {
		t.Errorf("withdrew %+v", p.last)
	}
	p.presses("mine/sure/yes").says("old", "menu.menu")
}

// TestForgotten: what precedes consent lives only in memory; after a restart
// the bot says so and asks again, whatever happens first.
func TestForgotten(t *testing.T) {
	for _, tt := range []struct {
		e    chat.Event
		says []string
		at   string
	}{
		{typed("hm"), []string{"forgotten", "ask.role"}, "ask/role"},
		{pressed("ask/consent/yes"), []string{"forgotten", "ask.role"}, "ask/role"},
		{pressed("nav/menu"), []string{"forgotten", "menu.menu"}, ""},
		{pressed("nav/again"), []string{"forgotten", "ask.role"}, "ask/role"},
		{pressed("nav/language"), []string{"forgotten", "language.pick"}, "language/pick"},
	} {
		p := newPerson(t, testFacts()).presses("language/pick/de", "menu/menu/ask", "ask/role/kita", "ask/topic/parents").at("ask/consent")
		crisis := inputOf(typed("ich will sterben"), p.facts)
		crisis.Crisis, crisis.Forgotten = "de", true
		p.state.Answers = Answers{}
		p.in(crisis)
		if !p.state.Holds {
			t.Error("the card made the bot forget that it forgot")
		}
		in := inputOf(tt.e, p.facts)
		in.Forgotten = true
		p.in(in).says(tt.says...).at(tt.at)
		if p.state.Holds || !p.state.Answers.Empty() {
			t.Errorf("holds %+v", p.state.Answers)
		}
	}
	p := newPerson(t, testFacts())
	p.does(typed("Mein Vermieter hat mir gekündigt"))
	p.state.Answers = Answers{}
	in := inputOf(pressed("language/pick/de"), p.facts)
	in.Forgotten = true
	p.in(in).says("forgotten", "language.set", "menu.menu").at("")
}

// TestFirstWordsAreKept: a question in the first message is asked about as soon
// as there is a language, and needs no more words.
func TestFirstWordsAreKept(t *testing.T) {
	p := newPerson(t, testFacts()).does(typed("Mein Vermieter hat mir gekündigt")).says("start.hello", "start.hello")
	p.presses("language/pick/de").says("language.set", "held.what").at("held/what")
	p.presses("held/what/ask", "ask/role/private", "ask/topic/housing").says("old", "ask.topic")
	p.presses("ask/topic/other", "ask/consent/yes").at("ask/preview").presses("ask/preview/send")
	if s, ok := one[Submit](p.last); !ok || s.Body != "Mein Vermieter hat mir gekündigt" {
		t.Errorf("submitted %+v", p.last)
	}
	newPerson(t, testFacts()).does(typed("Здравствуйте!")).presses("language/pick/de").at("")
	p = newPerson(t, testFacts()).does(media("", chat.Photo)).presses("language/pick/ar").says("language.set", "held.file")
	p.does(media("", chat.Voice))
	if files := p.state.Answers.Held.Files; len(files) != 2 || files[0].Kind != chat.Photo || files[1].Kind != chat.Voice {
		t.Errorf("holds %+v", files)
	}
	p.presses("nav/menu").says("held.dropped", "menu.menu")
	newPerson(t, testFacts()).does(media("", chat.Video)).says("wrong.kind", "start.hello", "start.hello")
}

func TestMaxOpen(t *testing.T) {
	three := []Inquiry{inquiry("10001", Waiting), inquiry("10002", Claimed), inquiry("10003", Answered)}
	p := newPerson(t, testFacts(append(three, inquiry("10004", Closed))...))
	p.state = agreed()
	p.presses("menu/menu/ask").says("ask.toomany", "mine.list").at("mine/list")
	p.presses("mine/list/ok").at("")
	p.does(typed("noch etwas")).at("held/what").presses("held/what/ask").says("ask.toomany", "held.what").at("held/what")
	p.presses("held/what/10003").says("heard.inquiry", "menu.menu")
	if a, ok := one[Add](p.last); !ok || a.Inquiry != "id-10003" || a.Body != "noch etwas" {
		t.Errorf("added %+v", p.last)
	}
	p.facts = testFacts(three[0], three[1], inquiry("10003", Closed))
	p.presses("menu/menu/ask").at("ask/topic")

	var kept []Inquiry
	for range MaxKept {
		kept = append(kept, inquiry("10001", Closed))
	}
	p = newPerson(t, testFacts(kept...))
	p.state = agreed()
	p.presses("menu/menu/ask").says("ask.toomany.month", "mine.list")
}

func TestReplies(t *testing.T) {
	reply := func(p *person, number string) *person {
		in := inputOf(typed("dazu noch"), p.facts)
		in.Facts.Inquiry = "id-" + number
		return p.in(in)
	}
	both := []Inquiry{inquiry("10001", Waiting), inquiry("10002", Closed), inquiry("10003", Withdrawn)}
	for _, from := range []string{"", "ask/question", "ask/phone"} {
		p := asking(t, both...)
		if p.state.At.Step = strings.TrimPrefix(from, "ask/"); from == "" {
			p.state = agreed()
		}
		reply(p, "10001").says("heard.inquiry").at(from)
		if a, ok := one[Add](p.last); !ok || a.Inquiry != "id-10001" || p.state.Answers.Data["ask.question"] != "" {
			t.Errorf("from %q: %+v", from, p.last)
		}
	}
	for _, number := range []string{"10002", "10003", "gone"} { // not about the one that is open
		p := newPerson(t, testFacts(both...))
		p.state = agreed()
		reply(p, number).says("held.what").at("held/what")
	}
	p := newPerson(t, testFacts(both...))
	p.state = agreed()
	p.does(typed("ohne Bezug")).says("heard.inquiry")
}

func TestRevoke(t *testing.T) {
	p := newPerson(t, testFacts(inquiry("10001", Waiting)))
	p.state = agreed()
	p.presses("nav/mydata", "privacy/data/revoke", "privacy/revoke/no").at("privacy/data")
	p.presses("privacy/data/revoke", "privacy/revoke/yes").says("privacy.revoked", "menu.menu").at("")
	if _, ok := one[Revoke](p.last); !ok || p.state.Consent != (Consent{}) || p.state.Role != "" {
		t.Errorf("%+v, %+v", p.last, p.state)
	}
	p.facts = testFacts()
	p.presses("nav/mydata", "privacy/data/revoke").says("old", "privacy.data")
	p.presses("menu/menu/ask").at("ask/role")
}

func TestErase(t *testing.T) {
	p := newPerson(t, testFacts())
	p.state = agreed()
	p.presses("nav/mydata", "privacy/data/delete", "privacy/delete/no").at("privacy/data").presses("privacy/data/delete", "privacy/delete/yes")
	if !reflect.DeepEqual(p.last, []Effect{Erase{}}) {
		t.Errorf("wished %+v", p.last)
	}
}

// TestConsent: a no is final until it is asked again, a yes cannot be taken
// back by a button that withdraws nothing, and a new text is asked anew.
func TestConsent(t *testing.T) {
	to := func() *person {
		return newPerson(t, testFacts()).presses("language/pick/de", "menu/menu/ask", "ask/role/kita", "ask/topic/parents").says("ask.consent.work")
	}
	p := to().presses("ask/consent/no").says("ask.refused", "help.places", "contact.place", "contact.phone").at("ask/refused")
	p.presses("nav/back").at("").presses("menu/menu/ask").at("ask/role")
	to().presses("ask/consent/young").at("ask/young").presses("ask/young/ok").at("")
	to().presses("ask/consent/more").at("privacy/notice").presses("privacy/notice/ok").at("ask/consent")

	p = to().presses("ask/consent/yes").at("ask/question")
	a, ok := one[Agree](p.last)
	if !ok || a.Version != ConsentVersion || a.Shown.Key != "ask.consent.work" || p.state.Role != "kita" {
		t.Errorf("%+v", p.last)
	}
	p.presses("nav/back").at("ask/topic")

	p = asking(t).does(typed("Was tun?"))
	p.state.Consent.Version = "0.9" // a release later
	p.presses("nav/again").says("ask.question").presses("ask/preview/send").says("ask.consent").at("ask/consent")
	p.presses("ask/consent/yes").at("ask/preview").presses("ask/preview/send")
	if s, ok := one[Submit](p.last); !ok || s.Body != "Was tun?" {
		t.Errorf("submitted %+v", p.last)
	}
}

// TestAnotherRelease: what a state says of steps and flows that are gone.
func TestAnotherRelease(t *testing.T) {
	p := asking(t).does(typed("Was tun?"))
	p.state.At.Step = "gone"
	p.does(typed("hm")).says("moved", "ask.role").at("ask/role")
	if p.state.Answers.Data["ask.question"] != "Was tun?" {
		t.Errorf("answers are lost: %+v", p.state.Answers)
	}
	p.state.At = Place{"gone", "gone"}
	p.presses("gone/gone/yes").says("moved", "menu.menu").at("")
}

func TestTypedAnswers(t *testing.T) {
	p := newPerson(t, testFacts()).does(typed("Deutsch")).says("language.set", "menu.menu")
	p.does(typed("Fragen")).at("ask/role").does(typed("KITA")).at("ask/topic").does(typed("1")).at("ask/consent")
	if p.state.Answers.Data["ask.topic"] != "parents" {
		t.Errorf("chose %v", p.state.Answers.Data)
	}
	p.does(typed("✅")).at("ask/question").does(typed("2")).at("ask/preview").does(typed("senden"))
	if s, ok := one[Submit](p.last); !ok || s.Body != "2" {
		t.Errorf("submitted %+v", p.last)
	}
	p = newPerson(t, testFacts())
	p.state = agreed()
	p.presses("menu/menu/ask").does(typed("hm")).says("miss.first", "ask.topic").does(typed("hm")).says("miss.human", "ask.topic").
		does(typed("hm")).says("miss.again", "ask.topic").does(command("unknown")).says("miss.human", "ask.topic").does(typed("✉")).at("ask/question")
}

// TestDanger: the card comes first, whatever else is going on, and changes nothing.
func TestDanger(t *testing.T) {
	p := asking(t)
	in := inputOf(typed("ich will sterben"), p.facts)
	in.Crisis = "de"
	want := p.state
	p.in(in).says("sos.unsent", "sos.card", "sos.line", "sos.line", "sos.say").at("ask/question")
	if !equalState(t, p.state, want) {
		t.Errorf("the state became %s", dump(t, p.state))
	}
	p.presses("nav/sos").at("ask/question").presses("nav/again").says("ask.question")

	p = newPerson(t, testFacts())
	in.Crisis = "ar"
	p.in(in)
	s, _ := one[Say](p.last)
	if slices.ContainsFunc(s.Body, func(t Text) bool { return t.Lang != "ar" }) {
		t.Errorf("not in the language of the words: %+v", s.Body)
	}
	in.Event.Kind = chat.Left
	in.Crisis = ""
	if p.in(in); len(p.last) > 0 {
		t.Errorf("answered who left: %+v", p.last)
	}
}
