package flows

import (
	"fmt"
	"hash/fnv"
	"time"

	"lotse/bot/chat"
)

// An Inquiry is one question with what became of it.
type Inquiry struct {
	ID       string      `json:"id"`
	Number   string      `json:"n"` // five digits, shown to both sides
	Status   Status      `json:"s"`
	Lang     string      `json:"lang"`
	Role     string      `json:"role,omitempty"`
	Topic    string      `json:"topic"`
	Deadline string      `json:"deadline,omitempty"`
	Phone    string      `json:"phone,omitempty"` // asks to be called back
	Body     string      `json:"body,omitempty"`
	Files    []chat.File `json:"files,omitempty"`
	Parts    Parts       `json:"parts,omitempty"`
	Cut      time.Time   `json:"cut,omitzero"`      // when the asker last deleted a part
	Reworded time.Time   `json:"reworded,omitzero"` // when the asker last changed a part
	Created  time.Time   `json:"created"`
	Changed  time.Time   `json:"changed"`
	// Owner is the coordinator who works on it, by the desk's network ID;
	// OwnerName is what colleagues call them.
	Owner     string    `json:"owner,omitempty"`
	OwnerName string    `json:"owner_name,omitempty"`
	OwnedAt   time.Time `json:"owned,omitzero"`
	Active    time.Time `json:"active,omitzero"` // when the owner last did something about it
	// Wants is the coordinator who asked the owner to hand it over.
	Wants     string `json:"wants,omitempty"`
	WantsName string `json:"wants_name,omitempty"`
	// Version counts the changes of status; Past are the newest of them.
	Version int       `json:"v,omitempty"`
	Past    []Passage `json:"past,omitempty"`
	// Sent is how many answers left so far, Last the draft of the newest.
	Sent   int    `json:"sent,omitempty"`
	Last   string `json:"last,omitempty"`
	Helped string `json:"helped,omitempty"` // what the asker said in the end: HelpedYes, HelpedNo
	Told   bool   `json:"told,omitempty"`   // the asker knows that somebody works on it
	Away   bool   `json:"away,omitempty"`   // the asker closed the chat
	// Promised is until when the asker was told to expect an answer, Late how often they
	// were told that there is none yet, First when the first one was delivered.
	Promised time.Time `json:"promised,omitzero"`
	Late     int       `json:"late,omitempty"`
	First    time.Time `json:"first,omitzero"`
	Alone    time.Time `json:"alone,omitzero"`    // when the asker was told that nobody is there
	Counted  string    `json:"counted,omitempty"` // the row about nobody that counts it
	// Agenda is how far it is on its way to the meeting, with which text, of which draft.
	Agenda      Agenda `json:"agenda,omitempty"`
	AgendaText  string `json:"agenda_text,omitempty"`
	AgendaDraft string `json:"agenda_draft,omitempty"`
	// Missed are the answers that could not be delivered, by their drafts.
	Missed []string `json:"missed,omitempty"`
}

// A DraftStatus is where an answer stands.
type DraftStatus string

// The statuses of a draft.
const (
	Writing   DraftStatus = "writing"   // asked for, without words yet
	Filling   DraftStatus = "filling"   // slots of its template are empty
	Shown     DraftStatus = "shown"     // previewed in the desk
	Leaving   DraftStatus = "leaving"   // released, can still be taken back
	Sent      DraftStatus = "sent"      // in the outbox
	Delivered DraftStatus = "delivered" // the network took it
	Failed    DraftStatus = "failed"    // it will not arrive
	Unsure    DraftStatus = "unsure"    // nobody knows whether it arrived
	Discarded DraftStatus = "discarded"
	Recalled  DraftStatus = "recalled" // it left, and is not valid any more
)

// left reports whether the asker has it, may have it or is about to.
func (s DraftStatus) left() bool { return s == Sent || s == Delivered || s == Unsure }

// here reports whether nothing of it was released yet.
func (s DraftStatus) here() bool { return s == Writing || s == Filling || s == Shown }

// A DraftKind is what an answer is to the asker.
type DraftKind string

// The kinds of answers.
const (
	Answer     DraftKind = ""
	Addition   DraftKind = "addition"   // to an answer that they have
	Correction DraftKind = "correction" // instead of an answer that they have
	Proposal   DraftKind = "proposal"   // the text for the meeting, to be agreed to
	Result     DraftKind = "result"     // what the meeting said
)

// A Draft is an answer on its way from a coordinator to the asker.
type Draft struct {
	ID     string      `json:"id"`
	Status DraftStatus `json:"s"`
	Kind   DraftKind   `json:"kind,omitempty"`
	Of     string      `json:"of,omitempty"` // the draft that a correction takes the place of
	// Text is all of it in the coordinators' language, that of a template included.
	Text    string      `json:"text,omitempty"`
	Filled  *Filled     `json:"tpl,omitempty"` // the template above the coordinator's words
	Files   []chat.File `json:"files,omitempty"`
	By      string      `json:"by"`
	ByName  string      `json:"by_name"`
	Message string      `json:"msg,omitempty"` // the coordinator's message, to be ticked …
	On      string      `json:"on,omitempty"`  // … on this network
	// Seen is how many answers had left when it was written: if there are more, its
	// author may not know of them.
	Seen    int       `json:"seen,omitempty"`
	Sure    bool      `json:"sure,omitempty"`  // what looked odd in it is meant so
	Calls   string    `json:"calls,omitempty"` // the colleague whom its message calls
	Leaves  time.Time `json:"leaves,omitzero"`
	Changed time.Time `json:"changed"`
	Why     string    `json:"why,omitempty"` // key: why it failed
}

// sign tells the words and files of a draft from others of it.
func (a Draft) sign() string {
	h := fnv.New32a()
	fmt.Fprintf(h, "%q %v", a.Text, a.Files)
	return fmt.Sprintf("%08x", h.Sum32())
}
