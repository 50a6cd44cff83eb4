package flows

import (
	"time"

	"lotse/bot/chat"
)

// State is the position of one person in a conversation. It holds no words of
// theirs: those are in Answers, which is sealed differently before consent.
type State struct {
	V     int       `json:"v"`
	Lang  string    `json:"lang,omitempty"` // "" until chosen
	At    Place     `json:"at"`
	Back  []string  `json:"back,omitempty"`  // steps left behind in this flow, newest last
	Under *Place    `json:"under,omitempty"` // where to return when an aside ends
	Asked time.Time `json:"asked"`           // when the current question was asked
	Seen  time.Time `json:"seen"`            // when the person last did something
	// Misses counts texts in a row that were not understood.
	Misses  int     `json:"misses,omitempty"`
	Role    string  `json:"role,omitempty"` // remembered after consent
	Consent Consent `json:"consent,omitzero"`
	// Holds says that Answers are kept for this person. When they are gone all
	// the same, the bot must ask again.
	Holds bool `json:"holds,omitempty"`
	// Meeting is the one that they look at, Kind the sort that they want to see.
	Meeting string      `json:"m,omitempty"`
	Kind    MeetingKind `json:"k,omitempty"`
	// Page is the one that they read and Part which of its parts, from 1; Found are the
	// pages that were found last, Phrases the language in which they want phrases.
	Page    string   `json:"pg,omitempty"`
	Part    int      `json:"pt,omitempty"`
	Found   []string `json:"fd,omitempty"`
	Phrases string   `json:"ph,omitempty"`
	// Themes is how many topics stand before the page of them that they look at.
	Themes int `json:"th,omitempty"`

	// Survey is the campaign that they answer, or look at.
	Survey string `json:"sv,omitempty"`

	Answers Answers `json:"-"`
}

// A Place is a step of a flow. The zero Place is the menu.
type Place struct {
	Flow string `json:"f,omitempty"`
	Step string `json:"s,omitempty"`
}

// Answers is what a person said in the current flow.
type Answers struct {
	Data  map[string]string `json:"d,omitempty"`
	Files []chat.File       `json:"f,omitempty"`
	Parts Parts             `json:"p,omitempty"` // what the question was put together from
	// Held is what was sent without being asked for, until it is clear what it
	// belongs to.
	Held *Held `json:"h,omitempty"`
}

// Held is text and files that answered no question.
type Held struct {
	Text  string      `json:"t,omitempty"`
	Files []chat.File `json:"f,omitempty"`
	At    time.Time   `json:"at"`
	Late  bool        `json:"l,omitempty"` // it arrived long after it was written
	Parts Parts       `json:"p,omitempty"`
}

// Empty reports whether nothing was said.
func (a Answers) Empty() bool { return len(a.Data) == 0 && len(a.Files) == 0 && a.Held == nil }

// Consent is a yes to a version of the consent text; the zero Consent is none.
type Consent struct {
	Version string    `json:"v,omitempty"`
	At      time.Time `json:"at,omitzero"`
}

// Input is everything a handler can see.
type Input struct {
	Event chat.Event
	Now   time.Time
	Facts Facts
	// Means tells whether the event's text is a way to say key; Number is the
	// number it stands for, -1 when none.
	Means  func(key string) bool
	Number int
	// Typed is the number that the text is, -1 when it is none; Number is not where it could
	// mean no choice.
	Typed int
	// Crisis is the language in which the text holds words of somebody in
	// danger, "" when it does not.
	Crisis string
	// Forgotten says that the answers of this flow are gone: what precedes
	// consent does not survive an hour or a restart.
	Forgotten bool
}

// Facts is what a handler may know, read in the same transaction.
type Facts struct {
	Languages []Language // on offer, the client's own first
	Topics    []Topic
	Hotlines  []Hotline   // of the emergency card
	Inquiries []Inquiry   // the person's, oldest first, without the deleted
	Who       Responsible // of the privacy notice
	Inquiry   string      // the one the event replies to, or whose words it changes; "" when none
	Addition  *Held       // what was added to Inquiry with the message that is changed, nil when it is of the question
	Returned  bool        // they had closed the chat, and this is the first they do since
	Since     time.Time   // when the person's record began
	// Dates are the meetings, read when a handler asks for them: few events are about any.
	// Within one event it is the same answer every time; nil says that there are none.
	Dates  func() Dates `json:"-"`
	Shares Shares       `json:"-"` // what people offer, suggest and vote on
	// Checks are what the desk said about pages, read when a handler asks for it.
	Checks func() Checks `json:"-"`
	// Surveys are the campaigns that can be answered, read when a handler asks for them.
	Surveys func() Surveys `json:"-"`
	Pages   []Page         // to read, each before those that belong to it
	// Joined is the person's registration, read when a handler asks for it.
	Joined func() Joined `json:"-"`
	// Contacts are where people help without the bot, read when a handler asks for them.
	Contacts func() []Contact `json:"-"`
	// Find are the IDs of the pages that words typed by the person most likely ask for, the
	// best first.
	Find func(words string) []string `json:"-"`
	Feed string                      // address of the calendar in the person's language, "" when there is none
}

// Responsible says who stands behind the bot (Art. 13 GDPR), as the settings do.
type Responsible struct{ Controller, Contact, DPO, Hoster, Organisations string }

// A Language on offer, under its own name.
type Language struct{ Tag, Name string }

// A Topic of questions (flows/data/topics.toml).
type Topic struct {
	ID       string   `toml:"id"`
	Emoji    string   `toml:"emoji"`
	Roles    []string `toml:"roles"`
	Linked   bool     `toml:"linked"`   // never offered: a button or a link leads to it
	Deadline bool     `toml:"deadline"` // ask for the deadline in the letter
	Contacts bool     `toml:"contacts"` // shows contacts and sends nothing
}

// A Hotline is one line of the emergency card (flows/data/emergency.toml).
type Hotline struct {
	ID      string `toml:"id"`
	Number  string `toml:"number"`
	Child   bool   `toml:"child"` // also shown for child protection
	Source  string `toml:"source"`
	Checked string `toml:"checked"`
}

// A Contact is a place where people help (flows/data/contacts.toml).
type Contact struct {
	ID        string `toml:"id"`
	Name      string `toml:"name"`
	Street    string `toml:"street"`
	Phone     string `toml:"phone"`
	Child     bool   `toml:"child"`
	Source    string `toml:"source"`
	Checked   string `toml:"checked"`
	Confirmed bool   `toml:"confirmed"` // by the network; otherwise no person sees it
	// Shown in the directory only. Topics are what it helps with, Languages tags of those
	// that are spoken there.
	Mail      string   `toml:"mail"`
	Web       string   `toml:"web"`
	Topics    []string `toml:"topics"`
	Languages []string `toml:"languages"`
	// That the desk said it is not right, and when it was last looked at: by the desk, or on
	// the day Checked, as 01.12.2026.
	Wrong bool      `toml:"-"`
	Said  time.Time `toml:"-"`
}

// open are the inquiries a person can still add to.
func (f Facts) open() []Inquiry {
	var open []Inquiry
	for _, q := range f.Inquiries {
		if q.Status.Open() {
			open = append(open, q)
		}
	}
	return open
}

func (f Facts) inquiry(id string) (Inquiry, bool) {
	for _, q := range f.Inquiries {
		if q.ID == id {
			return q, true
		}
	}
	return Inquiry{}, false
}
