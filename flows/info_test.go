package flows

import (
	"slices"
	"testing"
)

// TestPagesForRoles: what is for the person's role comes first, what is for others last.
func TestPagesForRoles(t *testing.T) {
	for role, want := range map[string][]string{
		"": {"page/parents", "page/housing", "page/network"}, "kita": {"page/parents", "page/housing", "page/network"}, "private": {"page/housing", "page/network", "page/parents"},
	} {
		c := &Ctx{State: State{Role: role}, In: Input{Facts: testFacts()}}
		var got []string
		for _, o := range topPages(c) {
			got = append(got, o.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", role, got, want)
		}
	}
}

// TestTwoTapsToPages: from the menu every page of the first level is two taps away, and it
// says where its facts are from, who helps and whom to ask.
func TestTwoTapsToPages(t *testing.T) {
	for _, page := range testPages {
		if page.Parent == "" {
			p := newPerson(t, testFacts()).presses("language/pick/de", "menu/menu/info", "page/"+page.ID).at("info/page")
			if keys := said(p.last); !slices.Contains(keys, "info.source") || !slices.Contains(keys, "info.draft") {
				t.Errorf("%s: said %v", page.ID, keys)
			}
			p.presses("info/page/ask").at("ask/role")
		}
	}
}

// TestOpenPage: old buttons, parts that there are not, and a phrase that there is not.
func TestOpenPage(t *testing.T) {
	p := newPerson(t, testFacts()).presses("language/pick/de", "page/parents/2").at("info/page")
	p.says("page.parents.2", "info.part", "info.helps", "contact.place", "contact.phone", "info.source", "info.draft")
	p.presses("page/parents/99", "page/parents/-1").at("info/page")
	p.presses("page/gone").says("old", "page.parents.1", "info.part", "info.source", "info.draft")
	p.presses("page/phrases/say/1").says("page.phrases.1").presses("page/phrases/say/3", "page/phrases/say/x", "page/phrases/in/xx", "page/").at("info/phrases")
	p.presses("page/phrases/in/ar", "page/phrases/say/2")
	if hand, ok := one[Hand](p.last); !ok || hand.Body[0].Lang != "ar" {
		t.Errorf("sent %+v", p.last)
	}
}

// TestCheckedPages: a page that somebody read says when, and one that is long overdue that
// it is being checked.
func TestCheckedPages(t *testing.T) {
	f := testFacts()
	f.Pages = slices.Clone(f.Pages)
	f.Pages[3].Checked = noon
	for days, late := range map[int]bool{-1: false, 59: false, 61: true} {
		f.Pages[3].Next = noon.AddDate(0, 0, -days)
		p := newPerson(t, f).presses("language/pick/de", "page/housing")
		keys := said(p.last)
		if slices.Contains(keys, "info.checking") != late || !slices.Contains(keys, "info.checked") {
			t.Errorf("%d days: said %v", days, keys)
		}
		if got := OverduePages(f.Pages, noon); (got != nil) != (days > 0) {
			t.Errorf("%d days: the desk is told %v", days, got)
		}
	}
}

// TestContactsShown: nobody sees a place that is not confirmed.
func TestContactsShown(t *testing.T) {
	f := testFacts()
	f.Contacts = func() []Contact {
		return []Contact{{ID: "qm", Name: "QM", Wrong: true}, {ID: "kjn", Name: "KJN", Child: true}}
	}
	newPerson(t, f).presses("language/pick/de", "menu/menu/help").says("help.about", "help.places.none")
	newPerson(t, f).presses("language/pick/de", "page/parents/2").says("page.parents.2", "info.part", "info.source", "info.draft")
	f.Contacts = nil
	newPerson(t, f).presses("language/pick/de", "menu/menu/help").says("help.about", "help.places.none")
}
