package flows

import (
	"testing"
	"time"

	"lotse/bot/chat"
)

// Who does not have an inquiry can ask for it; only its owner gives it on.
func TestDeskTakeover(t *testing.T) {
	r := newRoom(t, Waiting).does("anna", ActClaim).does("ben", ActClaim).says("desk.claim.taken")
	r.does("anna", ActHandover).says("desk.old") // nobody asked
	r.does("ben", ActTakeover).says("desk.takeover").is(Claimed, "anna", "")
	r.does("ben", ActHandover).says("desk.release.notyours").does("carla", ActHandover).is(Claimed, "anna", "")
	r.does("anna", ActTakeover).says("desk.claim.yours")
	r.does("anna", ActHandover).says("desk.handover").is(Claimed, "ben", "")
	if r.q.OwnerName != "BEN" {
		t.Errorf("is called %q", r.q.OwnerName)
	}
	r.does("anna", ActHandover).says("desk.release.notyours").is(Claimed, "ben", "")
	newRoom(t, Waiting).does("ben", ActTakeover).is(Claimed, "ben", "").says("inquiry.claimed")
	newRoom(t, Closed).does("ben", ActTakeover).says("desk.closed")
}

// An owner who does nothing while somebody waits loses the inquiry, not one who works.
func TestDeskIdle(t *testing.T) {
	r := newRoom(t, Waiting).does("anna", ActClaim)
	idle := func() *room {
		return r.in(DeskInput{Action: ActIdle, Idle: 30 * time.Minute})
	}
	r.now = noon.Add(29 * time.Minute)
	r.replies("anna", "// rufe an").does("ben", ActClaim)
	r.now = noon.Add(58 * time.Minute)
	idle().is(Claimed, "anna", "").says()
	r.now = noon.Add(59 * time.Minute)
	idle().is(Waiting, "", "").says("desk.idle")
	r = newRoom(t, Answered).does("anna", ActClaim)
	r.now = noon.Add(time.Hour)
	idle().is(Answered, "anna", "")
}

// What left the room cannot be doubled by a colleague who did not see it.
func TestDeskOvertaken(t *testing.T) {
	r := newRoom(t, Waiting)
	r.undo = 0
	r.replies("ben", "Am Montag")
	bens := r.draft
	r.draft = Draft{}
	r.replies("anna", "Am Dienstag").does("anna", ActSend).delivers(true)
	annas := r.draft
	r.draft = bens
	send := func(act string) *room {
		return r.in(DeskInput{Action: act, Event: chat.Event{From: "ben"}, Last: annas})
	}
	send(ActSend).delivers(false).says("desk.overtaken", "quote").is(Answered, "anna", Shown)
	send(ActSend).delivers(false)
	send(ActAddition).delivers(true).is(Answered, "anna", Sent)
	if r.draft.Kind != Addition {
		t.Errorf("it is %q to the asker", r.draft.Kind)
	}

	r.draft, r.undo = Draft{}, 20*time.Second // both are released, and wait
	r.replies("ben", "Am Mittwoch")
	send(ActSend).is(Answered, "anna", Leaving)
	r.q.Sent, annas.Changed = r.q.Sent+1, r.now
	r.now = r.now.Add(20 * time.Second)
	send(ActDue)
	if r.draft.Kind == Answer && r.draft.Status == Sent {
		t.Error("two answers")
	}
}

// What calls a colleague or names another inquiry is asked about.
func TestDeskOdd(t *testing.T) {
	for text, want := range map[string]bool{
		"@Klein, ist das so?": true, "Der Brief ist eine Einladung, oder? (@Klein)": true,
		"Schreiben Sie an info@qm-gruenau.de": false, "12 @ 3": false, "Kommen Sie": false, "„@Klein“": true, "und/oder@klein": false, "@_klein": true, "@Klein:example.org": true, "Fall 10002": true, "PLZ 04209": false,
	} {
		r := newRoom(t, Waiting)
		r.undo = 0
		in := DeskInput{Action: ActSend, Event: chat.Event{From: "anna"}}
		for _, n := range NumbersIn(text) {
			if n == "10002" {
				in.Others = []string{n}
			}
		}
		r.replies("anna", text).in(in).delivers(!want)
		if !want {
			continue
		}
		in.Action = ActSure
		r.in(in).delivers(true)
	}
}

// A network marks who is called where the words show only a name.
func TestDeskCalls(t *testing.T) {
	r := newRoom(t, Waiting)
	r.undo = 0
	calls := func(who string) *room {
		return r.in(DeskInput{Action: ActReply, NewDraft: "d", Event: chat.Event{From: "anna", Text: "Klein: stimmt das?", Calls: who, Message: "m"}})
	}
	calls("@klein")
	r.does("anna", ActSend).delivers(false).says("desk.odd.mention", "quote")
	calls("") // the message was replaced by one that calls nobody
	r.does("anna", ActSend).delivers(true)
}

func TestNumbersIn(t *testing.T) {
	got := NumbersIn("10001, 10002;10001 123456 1234 20001 30001 40001 50001")
	if len(got) != 5 || got[0] != "10001" || got[1] != "10002" || got[2] != "20001" {
		t.Errorf("%v", got)
	}
}
