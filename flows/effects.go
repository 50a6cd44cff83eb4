package flows

import "lotse/bot/chat"

// An Effect is a wish. bot/apply.go grants it, in the transaction that saves
// the state which wished it. The list is closed.
type Effect interface{ effect() }

// What the person's side wishes.
type (
	// Say is one message to the person. The paragraphs of Body stand below each other.
	Say struct {
		Body    []Text
		Options []Option
		// Columns is how many options stand in one row; 0 is 1.
		Columns int
		// Bare leaves out the row of menu and emergency.
		Bare bool
		// Back puts "back" into the last row.
		Back bool
		// Page may take the place of the page under whose button it was asked for,
		// and be replaced by the next: nothing on it has to be kept.
		Page bool
		// Discreet says that which choices there are, and that one was made, tells
		// something about the person: nothing of it is shown to the network.
		Discreet bool
	}
	// Submit sends a question to the desk. Confirm is said to the person, with
	// the new inquiry's number as the argument "number".
	Submit struct {
		Role, Topic, Deadline, Body, Phone string
		Files                              []chat.File
		Parts                              Parts
		Confirm                            Say
	}
	// Add gives the desk more about an inquiry.
	Add struct {
		Inquiry string
		Body    string
		Files   []chat.File
		Parts   Parts
	}
	// Unsay takes out of an inquiry what the person said in a message that they
	// deleted, a part of the question or an addition.
	Unsay struct{ Inquiry, Message string }
	// Rate says whether an inquiry that was closed helped.
	Rate struct{ Inquiry, Helped string }
	// Reword says anew in an inquiry what the person changed in a message, a part of the
	// question or an addition.
	Reword struct{ Inquiry, Message, Text string }
	// Settle moves an inquiry on its way to the meeting: a wish, a yes or a no.
	Settle struct {
		Inquiry string
		Agenda  Agenda
	}
	// Fetch sends the person what could not be delivered about an inquiry.
	Fetch struct{ Inquiry string }
	// Withdraw takes an inquiry back and deletes what was asked.
	Withdraw struct{ Inquiry string }
	// Come keeps what the person wants of the meetings now, with the sums that follow.
	Come struct{ Guest Guest }
	// Hand sends the person files that stand in a meeting: documents, or a place on the map.
	Hand struct {
		Body  []Text
		Files []chat.File
	}
	// CalendarFile sends the person a meeting as a file for their calendar, or all that are to
	// come when Meeting is "".
	CalendarFile struct{ Meeting string }
	// MemberFile sends the person what is registered of them, as a file (Art. 20 GDPR).
	MemberFile struct{}
	// KeepReply keeps what the person said in a campaign so far; the zero Reply forgets it.
	KeepReply struct {
		Survey string
		Reply  Reply
	}
	// SendReply counts what the person said in a campaign, and forgets that it was theirs.
	SendReply struct {
		Survey string
		Reply  Reply
	}
	// Give keeps what the person offers now, nothing when Offer has no kinds. Confirm, if it
	// says anything, is said with the offer's number as the argument "number".
	Give struct {
		Offer   Offer
		Confirm Say
	}
	// Respond keeps what a volunteer answers to a request, and tells the desk.
	Respond struct {
		Request string
		Answer  RequestStatus
	}
	// Suggest sends a suggestion to the desk.
	Suggest struct {
		Kind SuggestKind
		Text string
	}
	// Unsuggest forgets all that the person suggested.
	Unsuggest struct{}
	// Vote votes for a topic, or takes that back.
	Vote struct {
		Theme string
		For   bool
	}
	// Agree records consent to the text shown (Art. 7(1) GDPR).
	Agree struct {
		Version string
		For     Purpose
		Shown   Text
	}
	// Enrol keeps what is registered of the person now, and shows it to the desk. Confirm is
	// said to the person, with the registration's number as the argument "number".
	Enrol struct {
		Member  Member
		Confirm *Say
	}
	// Quit ends the registration and deletes it.
	Quit struct{}
	// Meet proposes an exchange with another organisation that wants one about the same.
	// Found is said when there is one, None when not.
	Meet struct{ Found, None Say }
	// Decide says what the person decided about a pair. Sign is that of what they were shown.
	Decide struct {
		Pair     string
		Decision Decision
		Sign     string
	}
	// Revoke withdraws consent: it ends and deletes every inquiry of the person.
	Revoke struct{}
	// Erase destroys everything about the person (Art. 17 GDPR).
	Erase struct{}
)

// What the desk's side wishes, always about the inquiry at hand.
type (
	// Tell writes into the desk. Post names the message so that a later Tell
	// with the same Post replaces it; "" is never replaced.
	Tell struct {
		Where      Where
		Body       []Text
		Options    []Option
		Columns    int
		Post       string
		Files      []chat.File
		ForceReply bool
	}
	// Redraw shows the card anew.
	Redraw struct{}
	// Notify tells the asker something about the inquiry.
	Notify struct {
		Body    []Text
		Options []Option
	}
	// Later sends the draft when its time has come, unless it is taken back.
	Later struct{ Draft string }
	// Deliver sends the draft to the asker now.
	Deliver struct{ Draft string }
	// Retract takes an answer that left out of the asker's chat.
	Retract struct{ Draft string }
	// React puts an emoji on a coordinator's message on a network.
	React struct{ Platform, Message, Emoji string }
	// Keep writes a note into the inquiry's record.
	Keep struct{ Note, By, Name string }
)

// A Purpose is what somebody agreed to.
type Purpose string

// The purposes.
const (
	ForAsking     Purpose = ""
	ForJoining    Purpose = "join"
	ForMeeting    Purpose = "exchange" // that another organisation is told how to reach them
	ForOffering   Purpose = "offer"
	ForAnswering  Purpose = "survey"
	ForSuggesting Purpose = "suggest"
)

// Where says in which of the desk's rooms something is told.
type Where int

// Without a coordinator who did something in a room, all of these are everywhere.
const (
	Everywhere Where = iota
	Here             // where the coordinator did it
	Elsewhere        // in the other rooms
)

func (Say) effect()          {}
func (Submit) effect()       {}
func (Add) effect()          {}
func (Unsay) effect()        {}
func (Rate) effect()         {}
func (Retract) effect()      {}
func (Reword) effect()       {}
func (Settle) effect()       {}
func (Fetch) effect()        {}
func (Withdraw) effect()     {}
func (Come) effect()         {}
func (Hand) effect()         {}
func (CalendarFile) effect() {}
func (MemberFile) effect()   {}
func (KeepReply) effect()    {}
func (SendReply) effect()    {}
func (Give) effect()         {}
func (Respond) effect()      {}
func (Suggest) effect()      {}
func (Unsuggest) effect()    {}
func (Vote) effect()         {}
func (Agree) effect()        {}
func (Enrol) effect()        {}
func (Quit) effect()         {}
func (Meet) effect()         {}
func (Decide) effect()       {}
func (Revoke) effect()       {}
func (Erase) effect()        {}
func (Tell) effect()         {}
func (Redraw) effect()       {}
func (Notify) effect()       {}
func (Later) effect()        {}
func (Deliver) effect()      {}
func (React) effect()        {}
func (Keep) effect()         {}
