package flows

import (
	"strings"
	"testing"
)

// What the desk reads before anybody said yes holds nothing by which they can be reached.
func TestOfferWords(t *testing.T) {
	for text, wrong := range map[string]string{
		"Ich spiele  Gitarre\nmit Kindern": "", "20 Plätze, 2. Stock, 16-18 Uhr": "", "Haus 12, 04209 Leipzig": "",
		"": "wrong.empty", " \n": "wrong.empty", strings.Repeat("x", MaxOfferWords+1): "offer.detail.long",
		"0341 7654321": "offer.detail.contact", "Tel. ٠٣٤١/٧٦٥٤٣٢١": "offer.detail.contact", "a@example.org": "offer.detail.contact",
		"siehe https://example.org": "offer.detail.contact", "t.me/+49 (0) 151-1234567": "offer.detail.contact",
	} {
		answer, got := acceptOfferWords(nil, text)
		if got != wrong || got == "" && (answer == "" || strings.ContainsAny(answer, "\n")) {
			t.Errorf("%q: %q, %q, want %q", text, answer, got, wrong)
		}
	}
}

func TestAcceptMail(t *testing.T) {
	for text, ok := range map[string]bool{
		"a@example.org": true, " anna.b+c@sub.example.org\n": true, "ü@exämple.de": true,
		"": false, "a": false, "a@b": false, "@example.org": false, "a@.": false, "a b@example.org": false, "a@b@example.org": false,
		"<a@example.org>": false, "a@example.org\x00": false, strings.Repeat("a", 250) + "@example.org": false,
	} {
		c := newPerson(t, testFacts())
		ctx := &Ctx{State: c.state, table: &table}
		if _, wrong := acceptMail(ctx, text); (wrong == "") != ok {
			t.Errorf("%q: %q", text, wrong)
		}
	}
}

// A request can be answered as often as somebody changes their mind, and only one that was
// sent to them.
func TestRequestAnswers(t *testing.T) {
	f := testFacts()
	f.Shares = testShares()
	p := newPerson(t, f)
	p.state = agreed()
	for answer, want := range map[string]RequestStatus{"yes": RequestYes, "no": RequestNo, "pause": RequestPause} {
		p.presses(requestButton + "request/" + answer)
		if reply, ok := one[Respond](p.last); !ok || reply != (Respond{"request", want}) {
			t.Errorf("%s: %v", answer, p.last)
		}
		if give, ok := one[Give](p.last); ok != (answer == "pause") || ok && !give.Offer.Paused.Equal(noon.AddDate(0, 0, 7*PauseWeeks)) {
			t.Errorf("%s: gives %v", answer, give)
		}
	}
	p.presses(requestButton+"request/perhaps").says("old", "menu.menu")
	p.presses(requestButton+"other/yes").says("old", "menu.menu")
	p.facts.Shares.Offer = func() Offer { return Offer{} }
	p.presses(requestButton+"request/yes").says("old", "menu.menu")
}
