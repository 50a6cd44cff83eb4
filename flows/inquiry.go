package flows

import (
	"time"

	"lotse/bot/chat"
)

// A Status is where an inquiry stands.
type Status string

// The statuses of an inquiry.
const (
	Waiting   Status = "waiting"   // nobody has it yet
	Claimed   Status = "claimed"   // somebody works on it
	Answered  Status = "answered"  // an answer was sent
	Closed    Status = "closed"    // the desk is done with it
	Withdrawn Status = "withdrawn" // the asker took it back; its words are gone
)

// Open reports whether more can be asked and answered.
func (s Status) Open() bool { return s == Waiting || s == Claimed || s == Answered }

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
	Told      bool      `json:"told,omitempty"` // the asker knows that somebody works on it
	Away      bool      `json:"away,omitempty"` // the asker closed the chat
	// Missed are the answers that could not be delivered, by their drafts.
	Missed []string `json:"missed,omitempty"`
}

// A DraftStatus is where an answer stands.
type DraftStatus string

// The statuses of a draft.
const (
	Shown     DraftStatus = "shown"     // previewed in the desk
	Leaving   DraftStatus = "leaving"   // released, can still be taken back
	Sent      DraftStatus = "sent"      // in the outbox
	Delivered DraftStatus = "delivered" // the network took it
	Failed    DraftStatus = "failed"    // it will not arrive
	Unsure    DraftStatus = "unsure"    // nobody knows whether it arrived
	Discarded DraftStatus = "discarded"
)

// A Draft is an answer on its way from a coordinator to the asker.
type Draft struct {
	ID      string      `json:"id"`
	Status  DraftStatus `json:"s"`
	Text    string      `json:"text,omitempty"`
	Files   []chat.File `json:"files,omitempty"`
	By      string      `json:"by"`
	ByName  string      `json:"by_name"`
	Message string      `json:"msg,omitempty"` // the coordinator's message, to be ticked
	Leaves  time.Time   `json:"leaves,omitzero"`
	Changed time.Time   `json:"changed"`
	Why     string      `json:"why,omitempty"` // key: why it failed
}
