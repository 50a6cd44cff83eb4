package flows

import (
	"testing"

	"lotse/bot/chat"
)

// delivered is a room whose one answer has arrived.
func delivered(t *testing.T) *room {
	r := newRoom(t, Claimed)
	r.undo = 0
	return r.replies("anna", "Am Montag").does("anna", ActSend).does("", ActDelivered).is(Answered, "anna", Delivered)
}

func (r *room) edits(who, text string) *room {
	r.t.Helper()
	return r.in(DeskInput{Action: ActEdited, Event: chat.Event{From: who, Text: text, On: "m-" + who}})
}

// A message that is edited changes its draft; what has left is not changed but corrected.
func TestDeskEdited(t *testing.T) {
	r := newRoom(t, Claimed).replies("anna", "Am Montag").edits("anna", "Am Dienstag").says(preview...).is(Claimed, "", Shown)
	r.edits("anna", "Am Dienstag").says() // told again for a preview of a link
	r.does("anna", ActSend).is(Claimed, "", Leaving).edits("anna", "Am Mittwoch").is(Claimed, "", Shown).delivers(false)
	if r.draft.Text != "Am Mittwoch" || r.draft.Message != "m-anna" {
		t.Errorf("the draft is %+v", r.draft)
	}

	r = delivered(t)
	first := r.draft.ID
	r.edits("anna", "Am Freitag").delivers(false).is(Answered, "anna", Shown)
	if r.draft.ID == first && r.draft.Of == "" || r.draft.Kind != Correction || r.draft.Text != "Am Freitag" {
		t.Errorf("the correction is %+v", r.draft)
	}
	r.does("anna", ActSend).delivers(true)
}

func TestDeskCorrects(t *testing.T) {
	r := delivered(t)
	r.does("ben", ActCorrect).says("desk.correct").is(Answered, "anna", Writing)
	r.replies("ben", "Am Freitag").is(Answered, "anna", Shown).does("ben", ActSend).delivers(true)
	if r.draft.Kind != Correction || r.draft.Of == "" {
		t.Errorf("the correction is %+v", r.draft)
	}
	newRoom(t, Claimed).replies("anna", "Ja").does("anna", ActCorrect).says("desk.old")
}

// An answer that left is taken back by a button that asks, or with its message.
func TestDeskRecalls(t *testing.T) {
	retracts := func(r *room) {
		t.Helper()
		if e, ok := one[Retract](r.last); !ok || e.Draft != r.draft.ID {
			t.Errorf("did %+v", r.last)
		}
	}
	r := delivered(t).does("ben", ActRecall).says("desk.recall.sure").is(Answered, "anna", Delivered)
	r.does("ben", ActRecalled).says("inquiry.recalled", "desk.recalled", "quote").is(Claimed, "anna", Recalled)
	retracts(r)
	r.does("ben", ActRecalled).says("desk.old").does("ben", ActRecall).says("desk.old").does("", ActDelivered).is(Claimed, "anna", Recalled)
	r = delivered(t).does("anna", ActUnsaid).is(Claimed, "anna", Recalled)
	retracts(r)
	newRoom(t, Claimed).replies("anna", "Ja").does("anna", ActUnsaid).is(Claimed, "", Discarded).
		does("anna", ActUnsaid).is(Claimed, "", Discarded).says()
	newRoom(t, Claimed).replies("anna", "Ja").does("anna", ActSend).does("anna", ActUnsaid).is(Claimed, "", Discarded).delivers(false)
}
