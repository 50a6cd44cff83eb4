package flows

import (
	"slices"
	"strings"
	"testing"

	"lotse/bot/chat"
)

var testTemplates = []Template{
	{ID: "visit", Topic: "letter", Slots: []Slot{{Name: "day", Kind: "date"}, {Name: "office", Kind: "office"}},
		Checked: map[string]string{"de": "Fatma Öz, 01.12.2026", "ar": ""}},
	{ID: "more", Topic: "other", Checked: map[string]string{"de": ""}},
}

// templating reads a date as it is stored, and everything else as it is.
func templating() Templating {
	return Templating{
		Templates: testTemplates, Topics: testTopics, Contacts: testContacts,
		Read: func(kind, typed string) (string, string) {
			if kind == "date" && typed != "2027-02-01" || typed == "" {
				return "", kind
			}
			return typed, ""
		},
		Plain: func(t Text) string { return "[" + t.Key + "]" },
	}
}

// picks chooses something from a list.
func (r *room) picks(who, act, pick string) *room {
	r.t.Helper()
	how := templating()
	how.Pick = pick
	return r.in(DeskInput{Action: act, Event: chat.Event{From: who}, Templating: how})
}

// answers replies to the question for a slot, or to a preview.
func (r *room) answers(who, text string) *room {
	r.t.Helper()
	return r.in(DeskInput{Action: ActReply, Event: chat.Event{From: who, Text: text, Message: "m-" + who}, Templating: templating()})
}

var asked = []string{"desk.template", "template.visit"}

func TestTemplateIsFilled(t *testing.T) {
	r := newRoom(t, Claimed).picks("anna", ActUse, "visit").is(Claimed, "", Filling).says(append(asked, "desk.slot.ask.date")...)
	if tell, _ := one[Tell](r.last); !tell.ForceReply || tell.Post != "rewrite/new-anna/new-anna" || tell.Body[1].Args[0] != word("day", "desk.slot.date") {
		t.Errorf("asks %+v", tell)
	}
	r.answers("anna", "gestern").says(append([]string{"desk.slot.wrong.date"}, append(asked, "desk.slot.ask.date")...)...).is(Claimed, "", Filling)
	r.does("anna", ActSend).says("desk.old").is(Claimed, "", Filling) // there is nothing to send yet
	r.answers("anna", "2027-02-01").says(append(asked, "desk.slot.ask.office", "desk.slot.contact", "desk.slot.contact", "desk.slot.unconfirmed")...)
	r.answers("anna", "Amt").is(Claimed, "", Shown).says("desk.preview", "desk.by", "desk.template.unchecked",
		"answer.head", "template.visit", "answer.more", "desk.template.original", "template.visit", "desk.template.own")
	r.answers("ben", "Bitte pünktlich.").is(Claimed, "", Shown).says("desk.preview", "desk.by", "desk.template.unchecked",
		"answer.head", "template.visit", "answer.own", "quote", "answer.more", "desk.template.original", "template.visit", "desk.template.own")
	if r.draft.Text != "[template.visit]\nBitte pünktlich." || r.draft.Own() != "Bitte pünktlich." {
		t.Errorf("the draft is %q, own words %q", r.draft.Text, r.draft.Own())
	}
	r.answers("anna", strings.Repeat("x", MaxOwn+1)).says("wrong.long").is(Claimed, "", Shown)
	r.does("ben", ActSend).is(Claimed, "", Leaving)
}

// Own words stay when a template is put above them, is changed for another, and is
// filled anew.
func TestTemplateAboveWords(t *testing.T) {
	r := newRoom(t, Claimed).replies("anna", "Bis bald.").is(Claimed, "", Shown)
	id := r.draft.ID
	r.picks("ben", ActUse, "visit").answers("ben", "2027-02-01").answers("ben", "Amt").is(Claimed, "", Shown)
	if r.draft.ID != id || r.draft.Own() != "Bis bald." || r.draft.Text != "[template.visit]\nBis bald." {
		t.Errorf("became %+v", r.draft)
	}
	r.does("ben", ActChange).is(Claimed, "", Filling).says(append(asked, "desk.slot.ask.date")...)
	if r.draft.Own() != "Bis bald." {
		t.Errorf("own words %q", r.draft.Own())
	}
	r.draft.Status = Shown
	r.picks("ben", ActUse, "more").is(Claimed, "", Shown).says("desk.preview", "desk.by", "desk.template.lacking",
		"answer.head", "quote", "answer.foreign", "answer.more", "desk.template.own")
	r.does("ben", ActChange).is(Claimed, "", Shown).says("desk.rewrite") // it has no slots
	r.does("ben", ActDiscard).is(Claimed, "", Discarded)
	if r.draft.Filled != nil || r.draft.Text != "" {
		t.Errorf("kept %+v", r.draft)
	}
}

func TestTemplateOfAReader(t *testing.T) {
	r := newRoom(t, Claimed)
	how := templating()
	how.Pick = "visit"
	in := DeskInput{Action: ActUse, Now: noon, NewDraft: "d", DeskLang: "de", AskerLang: "de", Templating: how, Event: chat.Event{From: "anna"}}
	_, draft, _ := Desk(r.q, in)
	in.Action, in.Draft, in.Event.Text = ActReply, draft, "2027-02-01"
	_, draft, _ = Desk(r.q, in)
	in.Draft, in.Event.Text = draft, "Amt"
	_, draft, effects := Desk(r.q, in)
	want := []string{"desk.preview", "desk.by", "desk.template.checked", "answer.head", "template.visit", "answer.more", "desk.template.own"}
	if !slices.Equal(said(effects), want) || draft.Status != Shown {
		t.Errorf("said %v, want %v", said(effects), want)
	}
}

func TestTemplatesAreListed(t *testing.T) {
	ids := func(r *room) (all []string) {
		tell, _ := one[Tell](r.last)
		for _, o := range tell.Options {
			all = append(all, o.ID)
		}
		return all
	}
	r := newRoom(t, Claimed).picks("anna", ActBrowse, "").says("desk.templates.for")
	if want := []string{"desk/10001/use//more", "desk/10001/browse//letter"}; !slices.Equal(ids(r), want) {
		t.Errorf("lists %v, want %v", ids(r), want)
	}
	r.picks("anna", ActBrowse, "letter")
	if want := []string{"desk/10001/use//visit", "desk/10001/browse//other"}; !slices.Equal(ids(r), want) {
		t.Errorf("lists %v, want %v", ids(r), want)
	}
	r.replies("anna", "Bis bald.").picks("anna", ActBrowse, "parents") // no template is about that
	if want := []string{"desk/10001/use/new-anna/visit", "desk/10001/browse/new-anna/other"}; !slices.Equal(ids(r), want) {
		t.Errorf("lists %v, want %v", ids(r), want)
	}
	how := templating()
	how.Search, how.Found = "visum", nil
	if got := said([]Effect{how.Browse()}); !slices.Equal(got, []string{"desk.templates.none"}) {
		t.Errorf("said %v", got)
	}
	how.Found = []string{"visit"}
	if tell := how.Browse(); tell.Body[0].Key != "desk.templates.found" || tell.Options[0].ID != "desk/-/use//visit" || len(tell.Options) != 3 {
		t.Errorf("found %+v", tell)
	}
	how.Pick = "visit"
	if got := said([]Effect{how.Show()}); !slices.Equal(got, []string{"desk.template.show", "template.visit", "desk.template.how"}) {
		t.Errorf("said %v", got)
	}
}

func TestTemplatesAreRefused(t *testing.T) {
	newRoom(t, Closed).picks("anna", ActBrowse, "").says("desk.closed")
	newRoom(t, Closed).picks("anna", ActUse, "visit").says("desk.closed").is(Closed, "", "")
	newRoom(t, Claimed).picks("anna", ActUse, "gone").says("desk.old").is(Claimed, "", "")
	newRoom(t, Claimed).replies("anna", strings.Repeat("x", MaxOwn+1)).picks("anna", ActUse, "visit").says("wrong.long").is(Claimed, "", Shown)
	r := newRoom(t, Claimed).picks("anna", ActUse, "visit")
	r.draft.Filled = nil // of a release that does not have it
	r.answers("anna", "2027-02-01").says("desk.old").is(Claimed, "", Filling)
	r = newRoom(t, Claimed).picks("anna", ActUse, "visit")
	r.q.Status = Closed
	r.answers("anna", "2027-02-01").says("desk.closed")
}

// A correction can be a template, and so can what is being filled with another one.
func TestTemplateBecomesACorrection(t *testing.T) {
	r := delivered(t)
	first := r.draft.ID
	r.does("ben", ActCorrect).is(Answered, "anna", Writing)
	id := r.draft.ID
	r.picks("ben", ActBrowse, "letter")
	if tell, _ := one[Tell](r.last); tell.Options[0].ID != "desk/10001/use/"+id+"/visit" {
		t.Errorf("lists %+v", tell.Options)
	}
	r.picks("ben", ActUse, "visit").is(Answered, "anna", Filling).picks("ben", ActUse, "more").is(Answered, "anna", Shown)
	if r.draft.ID != id || r.draft.Kind != Correction || r.draft.Of != first || r.draft.Filled.ID != "more" {
		t.Errorf("became %+v", r.draft)
	}
}

// Who changes their message below a template changes their words and not the template,
// before it leaves and afterwards.
func TestTemplateStaysWhenWordsAreEdited(t *testing.T) {
	r := newRoom(t, Claimed).picks("anna", ActUse, "more").answers("anna", "Bis Montag")
	edit := func(text string) {
		t.Helper()
		r.in(DeskInput{Action: ActEdited, Event: chat.Event{From: "anna", Text: text, On: "m-anna"}, Templating: templating()})
		if r.draft.Filled == nil || r.draft.Own() != text || r.draft.Text != "[template.more]\n"+text {
			t.Errorf("became %+v", r.draft)
		}
	}
	edit("Bis Dienstag")
	r.undo = 0
	r.does("anna", ActSend).delivers(true)
	edit("Bis Mittwoch")
	if r.draft.Kind != Correction {
		t.Errorf("it is %q", r.draft.Kind)
	}
}
