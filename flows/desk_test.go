package flows

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
)

// A room is coordinators who work on one inquiry, with the answer that is
// looked at.
type room struct {
	t     *testing.T
	q     Inquiry
	draft Draft
	undo  time.Duration
	now   time.Time
	last  []Effect
}

func newRoom(t *testing.T, s Status) *room {
	return &room{t: t, q: inquiry("10001", s), undo: 20 * time.Second, now: noon}
}

func (r *room) in(in DeskInput) *room {
	r.t.Helper()
	in.Now, in.Undo, in.Draft, in.DeskLang, in.AskerLang = r.now, r.undo, r.draft, "de", "ar"
	in.NewDraft = "new-" + in.Event.From
	if in.Above == "" {
		in.Above = r.draft.sign()
	}
	in.Event.Name = strings.ToUpper(in.Event.From)
	r.q, r.draft, r.last = Desk(r.q, in)
	return r
}

func (r *room) does(who, act string) *room {
	r.t.Helper()
	return r.in(DeskInput{Action: act, Event: chat.Event{From: who}})
}

func (r *room) replies(who, text string, files ...chat.File) *room {
	r.t.Helper()
	return r.in(DeskInput{Action: ActReply, Event: chat.Event{From: who, Text: text, Files: files, Message: "m-" + who}})
}

func (r *room) says(keys ...string) *room {
	r.t.Helper()
	if got := said(r.last); !slices.Equal(got, keys) {
		r.t.Errorf("said %v, want %v", got, keys)
	}
	return r
}

// is wants the status of the inquiry, its owner and the status of the draft.
func (r *room) is(s Status, owner string, d DraftStatus) *room {
	r.t.Helper()
	if r.q.Status != s || r.q.Owner != owner || r.draft.Status != d {
		r.t.Errorf("is %q, of %q, draft %q; want %q, %q, %q", r.q.Status, r.q.Owner, r.draft.Status, s, owner, d)
	}
	return r
}

func (r *room) delivers(want bool) *room {
	r.t.Helper()
	if _, got := one[Deliver](r.last); got != want {
		r.t.Errorf("delivers: %v, want %v (%+v)", got, want, r.last)
	}
	return r
}

var preview = []string{"desk.preview", "desk.by", "answer.head", "quote", "answer.foreign", "answer.more"}

func TestDeskClaim(t *testing.T) {
	r := newRoom(t, Waiting).does("anna", ActClaim).is(Claimed, "anna", "").says("inquiry.claimed")
	r.does("anna", ActClaim).says("desk.claim.yours").is(Claimed, "anna", "")
	r.does("ben", ActClaim).says("desk.claim.taken").is(Claimed, "anna", "")
	r.does("ben", ActRelease).says("desk.release.notyours").is(Claimed, "anna", "")
	r.does("anna", ActRelease).is(Waiting, "", "").says()
	r.does("ben", ActClaim).is(Claimed, "ben", "").says() // the asker was told before
	newRoom(t, Answered).does("anna", ActClaim).is(Answered, "anna", "").does("anna", ActRelease).is(Answered, "", "")
	newRoom(t, Closed).does("anna", ActClaim).says("desk.closed").is(Closed, "", "")
}

// Who sends has read what leaves: a colleague may have changed the words meanwhile.
func TestDeskUnread(t *testing.T) {
	r := newRoom(t, Waiting)
	r.undo = 0
	r.replies("anna", "Am Montag")
	before := r.draft.sign()
	r.replies("ben", "Am Dienstag")
	for _, act := range []string{ActSend, ActSure, ActAddition} {
		r.in(DeskInput{Action: act, Above: before, Event: chat.Event{From: "anna"}}).delivers(false).is(Waiting, "", Shown).
			says(append([]string{"desk.unread"}, preview...)...)
	}
	if r.draft.Sure || r.draft.Kind != Answer {
		t.Errorf("the draft is %+v", r.draft)
	}
	r.does("anna", ActSend).delivers(true)
}

func TestDeskCloseAndReopen(t *testing.T) {
	r := newRoom(t, Waiting).does("anna", ActClose).is(Closed, "", "").says("inquiry.closed")
	r.does("anna", ActClose).says("desk.closed").does("anna", ActAnswer).says("desk.closed")
	r.replies("anna", "Doch noch").says("desk.closed").is(Closed, "", "")
	r.does("anna", ActReopen).is(Waiting, "", "").says("inquiry.reopened").does("anna", ActReopen).says("desk.old")
	r = newRoom(t, Waiting).does("anna", ActClaim).does("anna", ActClose).does("ben", ActReopen).is(Claimed, "anna", "")
	r.does("", ActSilent).is(Claimed, "anna", "").says()
	newRoom(t, Answered).does("", ActSilent).is(Closed, "", "").says("inquiry.closed")
}

// TestDeskAnswer: nothing leaves but by send, and not before its time is over.
func TestDeskAnswer(t *testing.T) {
	r := newRoom(t, Waiting).does("anna", ActAnswer).says("desk.write").delivers(false)
	r.replies("anna", "Kommen Sie vorbei").says(preview...).is(Waiting, "", Shown).delivers(false)
	r.replies("anna", "Kommen Sie morgen vorbei").is(Waiting, "", Shown)
	if r.draft.Text != "Kommen Sie morgen vorbei" || r.draft.ID != "new-anna" {
		t.Errorf("the draft is %+v", r.draft)
	}
	r.does("anna", ActDue).delivers(false).is(Waiting, "", Shown)
	r.does("anna", ActSend).is(Waiting, "", Leaving).delivers(false).says("desk.leaving", "quote")
	r.does("anna", ActSend).says("desk.old").delivers(false)
	r.now = noon.Add(19 * time.Second)
	r.does("", ActDue).is(Waiting, "", Leaving).delivers(false)
	r.does("ben", ActUndo).is(Waiting, "", Shown).says(preview...)
	r.does("anna", ActSend).is(Waiting, "", Leaving)
	r.now = noon.Add(20 * time.Second) // the time of the first send, which was taken back
	r.does("", ActDue).is(Waiting, "", Leaving).delivers(false)
	r.now = noon.Add(39 * time.Second)
	r.does("", ActDue).is(Answered, "anna", Sent).delivers(true).says("desk.sent", "quote")
	r.does("", ActDue).delivers(false).does("ben", ActUndo).says("desk.toolate").delivers(false).is(Answered, "anna", Sent)
	r.does("", ActDelivered).is(Answered, "anna", Delivered).says("desk.delivered", "quote")
	if tick, ok := one[React](r.last); !ok || tick != (React{"", "m-anna", "👍"}) {
		t.Errorf("ticked %+v", r.last)
	}
	r.does("", ActDelivered).says()
}

func TestDeskWithoutUndo(t *testing.T) {
	r := newRoom(t, Claimed)
	r.undo = 0
	r.replies("anna", "Ja").does("anna", ActSend).delivers(true).is(Answered, "anna", Sent)
	r.in(DeskInput{Action: ActFailed, Why: "why.gone"}).is(Undelivered, "anna", Failed).says("desk.failed", "quote", "desk.undelivered")
	r.does("", ActFailed).says()

	r = newRoom(t, Claimed)
	r.undo = 0
	r.replies("anna", "Ja").does("anna", ActSend).does("anna", ActRelease).in(DeskInput{Action: ActFailed, Why: "why.bad"}).is(Waiting, "", Failed)
}

func TestDeskDrafts(t *testing.T) {
	r := newRoom(t, Claimed).replies("anna", "Ja").does("anna", ActChange).says("desk.rewrite").is(Claimed, "", Shown)
	r.does("anna", ActDiscard).says("desk.discarded").is(Claimed, "", Discarded)
	if r.draft.Text != "" || r.draft.Files != nil {
		t.Errorf("kept %+v", r.draft)
	}
	for _, act := range []string{ActSend, ActChange, ActDiscard} {
		r.does("anna", act).says("desk.old").delivers(false)
	}
	r.does("anna", "gone").says("desk.old")

	// Words after the release are a draft of their own; what is released stays.
	r = newRoom(t, Claimed).replies("anna", "Ja").does("anna", ActSend)
	released := r.draft
	r.replies("ben", "Nein").is(Claimed, "", Shown)
	if r.draft.ID == released.ID || r.draft.By != "ben" {
		t.Errorf("the new draft is %+v", r.draft)
	}

	// An inquiry that was closed meanwhile is answered only when it is open again.
	r = newRoom(t, Claimed).replies("anna", "Ja").does("ben", ActClose).does("anna", ActSend).says("desk.closed").delivers(false)
	r.does("ben", ActReopen).does("anna", ActSend).is(Waiting, "", Leaving)
	// What was released before somebody closed it was meant to be sent.
	r.does("ben", ActClose)
	r.now = noon.Add(time.Minute)
	r.does("", ActDue).delivers(true).is(Closed, "anna", Sent)
}

func TestDeskRefuses(t *testing.T) {
	r := newRoom(t, Claimed).replies("anna", "").says("wrong.empty").is(Claimed, "", "")
	r.replies("anna", strings.Repeat("x", MaxBody+1)).says("wrong.long").is(Claimed, "", "")
	r.replies("anna", "", chat.File{Kind: chat.Video}).says("wrong.kind").is(Claimed, "", "")
	r.replies("anna", "", chat.File{Kind: chat.Photo, Size: MaxFileBytes + 1}).says("wrong.size").is(Claimed, "", "")
	r.replies("anna", "", chat.File{Kind: chat.Photo}).says("desk.preview", "desk.by", "answer.head", "file.photo", "answer.more").is(Claimed, "", Shown)
}

func TestDeskNotes(t *testing.T) {
	for _, s := range []Status{Waiting, Claimed, Answered, Closed} {
		r := newRoom(t, s).replies("anna", "// schon zweimal da gewesen").says("desk.noted", "desk.note", "quote").is(s, "", "")
		if k, ok := one[Keep](r.last); !ok || k != (Keep{"schon zweimal da gewesen", "anna", "ANNA"}) {
			t.Errorf("kept %+v", r.last)
		}
	}
}

// TestDeskWithdrawn: nothing is answered that was taken back, not even what was
// released before.
func TestDeskWithdrawn(t *testing.T) {
	r := newRoom(t, Claimed).replies("anna", "Ja").does("anna", ActSend)
	r.q.Status = Withdrawn
	r.now = noon.Add(time.Minute)
	r.does("", ActDue).says("desk.withdrawn").delivers(false).is(Withdrawn, "", Leaving)
	for _, act := range []string{ActClaim, ActAnswer, ActReopen, ActClose, ActSend} {
		r.does("anna", act).says("desk.withdrawn")
	}
	r.replies("anna", "// Notiz").says("desk.withdrawn").replies("anna", "Ja").says("desk.withdrawn")
	if buttons := Card(r.q).Options; len(buttons) > 0 {
		t.Errorf("the card has %+v", buttons)
	}
	r.draft.Status = Sent
	r.does("", ActDelivered).is(Withdrawn, "", Delivered)
}

func TestCard(t *testing.T) {
	q := inquiry("10001", Waiting)
	q.Owner, q.Body = "@anna:example.org", "Was tun?"
	q.OwnerName, q.Phone, q.Deadline, q.Away = "Anna", "0341 1", "soon", true
	q.Files = []chat.File{{Kind: chat.Photo, Ref: "secret-ref", Name: "secret-name"}}
	card := Card(q)
	want := []string{"desk.card.deadline.soon", "desk.card", "desk.card.when", "desk.card.owned", "desk.card.phone", "desk.card.away", "quote", "file.photo"}
	if got := said([]Effect{card}); !slices.Equal(got, want) {
		t.Errorf("shows %v, want %v", got, want)
	}
	if shown := asJSON(t, card.Body); strings.Contains(shown, "secret") || strings.Contains(shown, q.Owner) {
		t.Errorf("shows what nobody needs: %s", shown)
	}
	if got := said([]Effect{FollowUp(q, "", q.Files)}); !slices.Equal(got, []string{"desk.added", "file.photo"}) {
		t.Errorf("the addition shows %v", got)
	}
}
