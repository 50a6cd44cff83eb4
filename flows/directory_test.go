package flows

import (
	"fmt"
	"slices"
	"testing"
)

// TestDirectory: every confirmed place stands on one part, with the day it was looked at;
// no other does. Parts that there are not lead to the nearest.
func TestDirectory(t *testing.T) {
	var all []Contact
	for i := range 2*placesAtOnce + 3 {
		all = append(all, Contact{ID: fmt.Sprint("c", i), Name: fmt.Sprint("Haus ", i), Street: "Weg", Confirmed: i%4 != 3, Said: noon, Topics: []string{"letter"}, Languages: []string{"ar"}, Mail: "a@b.example", Web: "https://b.example"})
	}
	f := testFacts()
	f.Contacts = func() []Contact { return all }
	p := newPerson(t, f).presses("language/pick/de", "menu/menu/info", "info/list/places").at("info/places")
	var seen []string
	for part := 1; ; part++ {
		s := sayings(p.last)[0]
		for _, text := range s.Body {
			switch text.Key {
			case "contact.place":
				seen = append(seen, text.Args[0].Text)
			case "contact.checked":
				if !text.Args[0].At.Equal(noon) {
					t.Errorf("looked at %v", text.Args[0].At)
				}
			}
		}
		for _, key := range []string{"contact.mail", "contact.web", "contact.topic", "contact.language", "contact.checked", "info.part"} {
			if !slices.Contains(said(p.last), key) {
				t.Errorf("part %d lacks %s", part, key)
			}
		}
		next := fmt.Sprintf("page/-/%d", part+1)
		if !slices.ContainsFunc(s.Options, func(o Option) bool { return o.ID == next }) {
			break
		}
		p.presses(next).at("info/places")
	}
	var want []string
	for _, c := range all {
		if c.Confirmed {
			want = append(want, c.Name)
		}
	}
	if !slices.Equal(seen, want) {
		t.Errorf("%q, want %q", seen, want)
	}
	for _, odd := range []string{"page/-/0", "page/-/99", "page/-/-1", "page/-/x", "page/-"} {
		p.presses(odd).at("info/places")
	}
	p.presses("info/places/ask").at("ask/role")
	f.Contacts = func() []Contact { return nil }
	newPerson(t, f).presses("language/pick/de", "menu/menu/info", "info/list/places").says("help.places.none").presses("info/places/list").at("info/list")
}

// TestFewPlaces: beside something else at most some are named.
func TestFewPlaces(t *testing.T) {
	all := slices.Repeat([]Contact{{Name: "QM", Street: "Weg", Confirmed: true}}, mostPlaces+3)
	if got := len(contacts(all, false)); got != mostPlaces {
		t.Errorf("%d are named", got)
	}
}
