package flows

import (
	"strings"
	"testing"

	"lotse/bot/chat"
)

func started(payload string) chat.Event {
	return chat.Event{Kind: chat.Command, Text: "start", Args: payload}
}

func TestReadLink(t *testing.T) {
	for payload, want := range map[string]link{
		"":                                      {},
		"ar":                                    {Lang: "ar"},
		"AR_Ask_LETTER":                         {Lang: "ar", To: "ask", Topic: "letter"},
		"info":                                  {To: "info"},
		"uk_info_Housing":                       {},
		"ar_info_Housing":                       {Lang: "ar", To: "info", Page: "housing"},
		"info_gone":                             {To: "info"},
		"ask":                                   {To: "ask"},
		"ask_letter":                            {To: "ask", Topic: "letter"},
		"ar_sos":                                {Lang: "ar", To: "sos"},
		"ar_ask_gone":                           {Lang: "ar", To: "ask"},
		"ar_gone_ask":                           {Lang: "ar"},
		"gone_ask":                              {},
		"de_help_letter":                        {Lang: "de", To: "help"},
		"letter":                                {},
		"ask_letter_and":                        {To: "ask", Topic: "letter"},
		"_ask":                                  {},
		"ar ask":                                {},
		"ar_ask/preview":                        {Lang: "ar"},
		"../../etc/passwd":                      {},
		"ar_ask_\x00":                           {Lang: "ar", To: "ask"},
		"\u202ear":                              {},
		"ar_nav/cancel":                         {Lang: "ar"},
		"ask_letter" + strings.Repeat("_x", 28): {},
	} {
		if got := readLink(payload, testFacts()); got != want {
			t.Errorf("%q is read as %+v, want %+v", payload, got, want)
		}
	}
}

// TestLinks: a poster's link presets language and flow for somebody new, changes
// nothing that was chosen or begun, and leads to nobody's desk without consent.
func TestLinks(t *testing.T) {
	p := newPerson(t, testFacts()).does(started("ar_ask_letter")).says("start.link", "ask.role").at("ask/role")
	if p.state.Lang != "ar" {
		t.Errorf("the language is %q", p.state.Lang)
	}
	p.presses("ask/role/private").at("ask/consent").presses("nav/back").says("ask.topic").presses("ask/topic/other").at("ask/consent")
	p.presses("nav/back", "nav/back").at("ask/role").presses("ask/role/private").at("ask/topic")

	p = newPerson(t, testFacts()).does(started("ask_letter")).says("start.hello", "start.hello").at("language/pick")
	p.presses("language/pick/de").says("language.set", "ask.role").presses("ask/role/private").at("ask/consent")
	newPerson(t, testFacts()).does(started("ask_letter"), command("cancel")).at("language/pick").presses("language/pick/de").at("ask/role")
	newPerson(t, testFacts()).does(started("ask_letter")).presses("language/pick/de", "ask/role/kita").at("ask/topic")
	newPerson(t, testFacts()).does(started("ask"), started("")).presses("language/pick/de").at("")
	newPerson(t, testFacts()).does(started("ar")).says("start.link", "menu.menu").at("")
	newPerson(t, testFacts()).does(started("help")).presses("language/pick/de").at("help/about").presses("help/about/ok").at("")

	p = newPerson(t, testFacts()).does(typed("Mein Vermieter hat mir gekündigt"), started("de_ask_other")).says("start.link", "held.what")
	p.presses("held/what/ask", "ask/role/private", "ask/consent/yes").at("ask/preview")

	p = newPerson(t, testFacts()).presses("language/pick/de").does(started("ar_ask_letter")).says("ask.role")
	if p.state.Lang != "de" {
		t.Errorf("a link changed the language to %q", p.state.Lang)
	}
	p.presses("ask/role/private", "ask/consent/yes").does(typed("Was tun?")).at("ask/preview")
	p.does(started("ask_other")).says("ask.preview", "quote", "ask.preview.deadline").at("ask/preview")
	p.does(started("privacy")).at("privacy/notice").presses("privacy/notice/ok").at("ask/preview")
	p.does(started("gone")).says("start.again", "menu.menu")

	newPerson(t, testFacts()).does(started("ar_info_housing")).says("start.link", "page.housing.1", "info.link", "info.source", "info.draft").at("info/page")
	newPerson(t, testFacts()).does(started("info_evening")).presses("language/pick/de").at("info/sub").presses("info/sub/ok").at("")

	p = newPerson(t, testFacts()).does(started("sos"))
	if len(p.last) != 2 {
		t.Errorf("a new person in danger is told %v", said(p.last))
	}
}

func TestLintFindsInLinks(t *testing.T) {
	topics := []Topic{{ID: "two_words", Roles: roles}, {ID: strings.Repeat("x", 60), Roles: roles}}
	var found []string
	for _, p := range Lint(Flows(), fullCatalogue(Keys(Flows(), []string{"de"}, topics, testHotlines)), topics, testHotlines, Shipped()) {
		found = append(found, p.String())
	}
	all := strings.Join(found, "\n")
	for _, want := range []string{
		`link ask_two_words: is understood as "ask"`,
		"link de_ask_" + strings.Repeat("x", 60) + ": is not 1 to 64 of A-Z a-z 0-9 _ -",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("not found: %s\nin %s", want, all)
		}
	}
}
