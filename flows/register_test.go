package flows

import (
	"strings"
	"testing"
)

// TestRegisterInFiveTaps: from the menu, and how it works without the bot is said before
// anything is asked, with the address only once it is confirmed.
func TestRegisterInFiveTaps(t *testing.T) {
	taps := []string{"menu/menu/join", "join/list/register", "register/who/person", "register/consent/yes", "register/sum/save"}
	if len(taps) > 5 {
		t.Errorf("%d taps", len(taps))
	}
	f := testFacts()
	f.Contacts = func() []Contact { return testContacts }
	p := newPerson(t, f).does(command("start")).presses("language/pick/de").presses(taps[:2]...)
	p.says("register.without", "contact.place", "contact.phone", "register.who").presses(taps[2:4]...)
	if a, ok := one[Agree](p.last); !ok || a.For != ForJoining || a.Version != JoinVersion || a.Shown.Key != "register.consent" {
		t.Errorf("agreed to %+v", a)
	}
	if p.state.Consent != (Consent{}) {
		t.Error("who registers has not agreed to anything else")
	}
	p.presses(taps[4])
	e, ok := one[Enrol](p.last)
	if m := e.Member; !ok || m.Org != "" || m.Reach != (Route{Way: ByChat}) || len(m.Languages) != 1 || m.Consent.Version != JoinVersion || m.Since != noon {
		t.Errorf("registered %+v", m)
	}

	f.Contacts = nil
	newPerson(t, f).does(command("start")).presses("language/pick/de").presses(taps[:2]...).says("register.without", "register.who")
}

// TestNothingIsTypedBeforeConsent: the name of an organisation is asked for after it, and a
// state without it repeats nothing and saves nothing.
func TestNothingIsTypedBeforeConsent(t *testing.T) {
	p := newPerson(t, testFacts()).does(command("start")).presses("language/pick/de", "nav/join", "join/list/register", "register/who/org").at("register/consent")
	p.does(typed("Kita Regenbogen")).at("register/consent")
	if dump(t, p.state) != strings.ReplaceAll(dump(t, p.state), "Regenbogen", "") {
		t.Error("it is kept before consent")
	}
	p.state.At, p.state.Answers = Place{"register", "sum"}, Answers{Data: map[string]string{"register.as": "org", "register.org": "Kita", "register.yes": "0.1"}}
	p.state.Holds = true
	p.presses("nav/again").says("register.sum.hint").presses("register/sum/save").at("register/consent")
}

func TestReadMail(t *testing.T) {
	for text, want := range map[string]bool{
		"a@b.de": true, " kita.sonne+1@example.org ": true, "a@b": false, "@b.de": false, "a b@c.de": false, "a@@b.de": false, "a@b..": false, "a@b.c": false,
		"": false, "name at example.org": false, "ä@b.de": false, "a@b.de\nX": false, strings.Repeat("a", 100) + "@b.de": false,
	} {
		if got, ok := readMail(text); ok != want || ok && got != strings.TrimSpace(text) {
			t.Errorf("%q: %q, %v", text, got, ok)
		}
	}
}

func TestAcceptOrg(t *testing.T) {
	for text, want := range map[string]string{
		"Kita Regenbogen": "Kita Regenbogen", "  Kita\n am   See ": "Kita am See", "جمعية الجسر": "جمعية الجسر", "": "", "123": "", "…": "",
		strings.Repeat("ä", 60): strings.Repeat("ä", 60), strings.Repeat("ä", 61): "",
	} {
		if got, wrong := acceptOrg(nil, text); got != want || (wrong == "") != (want != "") {
			t.Errorf("%q: %q, %q", text, got, wrong)
		}
	}
}
