package flows

import (
	"maps"
	"slices"
	"time"

	"lotse/bot/chat"
)

// A Meeting is a date of the network, about nobody. Times are instants; they are said
// and computed on the clock of Leipzig.
type Meeting struct {
	ID   string      `json:"id"` // for ever the same: it is the UID of its calendar entry
	Kind MeetingKind `json:"kind"`
	// Sequence counts changes of date, place and status since it was first published (RFC
	// 5545, 3.8.7.4).
	Sequence  int       `json:"seq,omitempty"`
	Cancelled bool      `json:"cancelled,omitempty"`
	Reason    Reason    `json:"reason,omitempty"` // why it is cancelled
	Start     time.Time `json:"start,omitzero"`
	End       time.Time `json:"end,omitzero"`
	// What it is about, by language. German is always there, the others are written by
	// people: no text is translated by a program.
	Words map[string]MeetingWords `json:"words,omitempty"`
	Venue Venue                   `json:"venue,omitzero"`
	// Online is a link that only those are told who said that they come.
	Online     string    `json:"online,omitempty"`
	StepFree   YesNo     `json:"stepfree,omitempty"`
	Help       Help      `json:"help,omitzero"`
	Speaker    string    `json:"speaker,omitempty"` // with organisation; named only if they agreed
	Tables     []string  `json:"tables,omitempty"`  // sub-topics, at most MaxTables
	Agenda     []Item    `json:"agenda,omitempty"`
	Papers     []Paper   `json:"papers,omitempty"`   // minutes and handouts
	Capacity   int       `json:"capacity,omitempty"` // people; 0 is without a limit
	Attended   int       `json:"came,omitempty"`     // people who were there; 0 is not known. Only the desk sees it
	Replaces   string    `json:"replaces,omitempty"` // ID of the cancelled one that this takes the place of
	ReplacedBy string    `json:"replaced,omitempty"`
	Published  time.Time `json:"published,omitzero"` // when people first saw it
	Changed    time.Time `json:"changed,omitzero"`   // when they last saw something new
	// Noted is when something was last changed that people are not told of by itself: the
	// next reminder mentions it.
	Noted time.Time `json:"noted,omitzero"`
}

// A MeetingKind says what sort of date it is.
type MeetingKind string

// The sorts of meetings (T-03).
const (
	NetworkMeeting MeetingKind = "network"
	ThemeMeeting   MeetingKind = "theme"
	CafeMeeting    MeetingKind = "cafe"
)

// MeetingKinds are all there are.
var MeetingKinds = []MeetingKind{NetworkMeeting, ThemeMeeting, CafeMeeting}

// A Reason is why a meeting was cancelled, as it can be said in every language.
type Reason string

// The reasons (domain D9).
const (
	ReasonIllness Reason = "illness"
	ReasonRoom    Reason = "room"
	ReasonWeather Reason = "weather"
	ReasonOther   Reason = "other"
)

// MeetingWords say what a meeting is about, in one language.
type MeetingWords struct {
	Title string `json:"t,omitempty"`
	About string `json:"a,omitempty"`
}

// A Venue is where a meeting is (flows/data/venues.toml has those that come again).
type Venue struct {
	Name   string `json:"n,omitempty" toml:"name"`
	Street string `json:"s,omitempty" toml:"street"` // with number, postcode and town
	Hint   string `json:"h,omitempty" toml:"hint"`   // how to get in, in German
	Stop   string `json:"o,omitempty" toml:"stop"`   // of tram, bus or train
	Geo    string `json:"g,omitempty" toml:"geo"`    // geo URI (chat.ParsePlace), "" when unknown
}

// YesNo is yes, no or not known: what is not known is said so, never left out.
type YesNo string

// The answers.
const (
	NotKnown YesNo = ""
	ItIs     YesNo = "yes"
	ItIsNot  YesNo = "no"
)

// Help is what makes it possible to come.
type Help struct {
	Interpreters []string `json:"i,omitempty"` // tags of languages that are interpreted for certain
	// OnRequest says that other languages can be asked for, until Until.
	OnRequest bool      `json:"r,omitempty"`
	Childcare YesNo     `json:"c,omitempty"`
	Ages      string    `json:"a,omitempty"` // of the childcare, like "3-10"
	Until     time.Time `json:"u,omitzero"`  // until when interpreters and childcare can be asked for; zero is until it begins
	Food      Food      `json:"f,omitempty"`
}

// Food is what there is to eat.
type Food string

// What there can be to eat.
const (
	FoodUnknown    Food = ""
	FoodNone       Food = "none"
	FoodVegetarian Food = "vegetarian"
	FoodHalal      Food = "halal"
)

// An Item is a point of the agenda.
type Item struct {
	Text   string `json:"t,omitempty"`
	Source string `json:"s,omitempty"` // where it comes from, in German
	// Case is the number of the inquiry whose agreed text it is. The text is not copied: it
	// goes when its asker wants it to.
	Case string `json:"c,omitempty"`
	// Theme is the topic that people voted for when it was put here, Votes how many did.
	Theme  string `json:"th,omitempty"`
	Votes  int    `json:"v,omitempty"`
	Public bool   `json:"p,omitempty"` // people see it; else only the desk
}

// A Paper is a document of a meeting: a file or a link.
type Paper struct {
	Title string    `json:"t"`
	File  chat.File `json:"f,omitzero"`
	Link  string    `json:"l,omitempty"`
}

// Limits of a meeting.
const (
	MaxTitle    = 60  // UTF-16 units
	MaxAbout    = 400 // UTF-16 units
	MaxTables   = 6
	MaxAgenda   = 10
	MaxPapers   = 10
	MaxMeetings = 40 // meetings that are kept at once: all are read together (store.MaxReads)
	MaxParty    = 9  // people whom one person says that they bring, themselves included
	MaxAttend   = 10 // meetings that one person answers: all can change together (store.MaxReads)
)

// Over reports whether it has ended.
func (m Meeting) Over(now time.Time) bool { return !m.End.After(now) }

// Coming reports whether it is still to come and is not cancelled.
func (m Meeting) Coming(now time.Time) bool { return !m.Cancelled && !m.Over(now) }

// In are its words in a language, else the German ones; foreign says which they are.
func (m Meeting) In(lang string) (w MeetingWords, foreign bool) {
	if w := m.Words[lang]; w.Title != "" {
		return w, false
	}
	return m.Words["de"], lang != "de"
}

// Clone is a copy that shares nothing which can be changed.
func (m Meeting) Clone() Meeting {
	m.Words = maps.Clone(m.Words)
	m.Help.Interpreters = slices.Clone(m.Help.Interpreters)
	m.Tables, m.Agenda, m.Papers = slices.Clone(m.Tables), slices.Clone(m.Agenda), slices.Clone(m.Papers)
	return m
}

// A Planning is a meeting as the desk works on it, beside what people see of it.
type Planning struct {
	Work Meeting  `json:"w"`
	Live *Meeting `json:"l,omitempty"` // nil until it is published
	// Version counts changes of Work; Touched says at which a field was last changed, and
	// by whom (E-13).
	Version int              `json:"v"`
	Touched map[string]Touch `json:"t,omitempty"`
	Cast    string           `json:"c,omitempty"` // its last announcement
	// Source is the UID of the entry in a foreign calendar that it was taken over from.
	Source string `json:"src,omitempty"`
	// Was are the last changes since it was published, the newest at the end: so they can be
	// undone. Held are changes that somebody made of what had changed meanwhile.
	Was  []Was   `json:"u,omitempty"`
	Held []Clash `json:"h,omitempty"`
	// Guide says that it is being asked for field by field.
	Guide bool `json:"g,omitempty"`
}

// A Touch is the last change of a field.
type Touch struct {
	Version int    `json:"v"`
	By      string `json:"b,omitempty"` // what colleagues call them
	Who     string `json:"w,omitempty"` // the network's ID
}

// A Was is a field before it was changed.
type Was struct {
	Field string  `json:"f"`
	Old   Meeting `json:"o"` // nothing but this field of it
}

// A Clash is a change that waits for a decision: the field had changed since it was asked
// for.
type Clash struct {
	ID    string  `json:"id"`
	Field string  `json:"f"`
	New   Meeting `json:"n"` // nothing but this field of it
	Base  int     `json:"b"` // the version at which the difference was shown
}

// News is what a publication says to people.
type News string

// What can be new.
const (
	NewsNone      News = ""          // nothing that anybody is told by itself: a note in the next reminder
	NewsNew       News = "new"       // a date that nobody knew
	NewsMoved     News = "moved"     // another time or place
	NewsCancelled News = "cancelled" // it does not take place
	NewsPapers    News = "papers"    // documents for those who came
)

// NewsOf is what publishing Work would say.
func (p Planning) NewsOf() News {
	switch {
	case p.Live == nil:
		return NewsNew
	case p.Work.Cancelled && !p.Live.Cancelled:
		return NewsCancelled
	case p.Work.Cancelled:
		return NewsNone
	case p.Live.Cancelled: // takes place after all
		return NewsNew
	case !p.Work.Start.Equal(p.Live.Start) || !p.Work.End.Equal(p.Live.End) || p.Work.Venue != p.Live.Venue:
		return NewsMoved
	case len(p.Work.Papers) > len(p.Live.Papers):
		return NewsPapers
	}
	return NewsNone
}

// Publish shows people what the desk has worked on. Only date, place and status raise the
// sequence.
func (p Planning) Publish(now time.Time) Planning {
	if p.Live == nil {
		p.Work.Sequence, p.Work.Published = 0, now
	} else {
		p.Work.Sequence, p.Work.Published = p.Live.Sequence, p.Live.Published
		if n := p.NewsOf(); n == NewsMoved || n == NewsCancelled || n == NewsNew {
			p.Work.Sequence++
		}
	}
	if p.Live != nil && p.NewsOf() == NewsNone {
		p.Work.Noted = now
	}
	p.Work.Changed = now
	live := p.Work.Clone()
	p.Live, p.Was, p.Held, p.Guide = &live, nil, nil, false
	return p
}

// A Guest is what somebody wants of the meetings.
type Guest struct {
	All   bool              `json:"all,omitempty"` // every meeting, the ones to come as well
	Leads []Lead            `json:"leads,omitempty"`
	At    map[string]Attend `json:"at,omitempty"` // by meeting
	Since time.Time         `json:"since,omitzero"`
	// Stopped is when they ended all reminders. Until it is carried out (Ended), it can be
	// taken back and everything is as it was.
	Stopped time.Time `json:"stopped,omitzero"`
	Asked   time.Time `json:"asked,omitzero"` // when they were last asked whether they still want reminders
}

// Follows reports whether a meeting's reminders and news are for this guest.
func (g Guest) Follows(meeting string) bool {
	a := g.At[meeting]
	wants := g.All || a.Follow || a.Answer == AttendYes || a.Answer == AttendMaybe || a.Answer == AttendWaiting
	return g.Stopped.IsZero() && wants && !a.Mute && a.Answer != AttendNo
}

// Nothing reports whether there is nothing to be remembered.
func (g Guest) Nothing() bool { return !g.All && len(g.At) == 0 }

// Attend is what somebody said about one meeting.
type Attend struct {
	Follow      bool      `json:"f,omitempty"` // of this one only
	Mute        bool      `json:"m,omitempty"` // they are told nothing of this one, whatever else they want
	Answer      Coming    `json:"a,omitempty"`
	People      int       `json:"n,omitempty"` // themselves included
	Interpreter string    `json:"i,omitempty"` // tag of a language
	Children    int       `json:"c,omitempty"` // for the childcare
	StepFree    bool      `json:"s,omitempty"`
	Sequence    int       `json:"q,omitempty"` // of the meeting as they knew it
	At          time.Time `json:"t,omitzero"`
	Told        string    `json:"k,omitempty"` // the announcement that they got before others
}

// Coming is an answer to an invitation.
type Coming string

// The answers; "" is none.
const (
	AttendYes     Coming = "yes"
	AttendMaybe   Coming = "maybe"
	AttendNo      Coming = "no"
	AttendWaiting Coming = "waiting" // yes, when there is room
)

// A Lead is how long before a meeting somebody is reminded.
type Lead string

// The leads that can be chosen.
const (
	LeadWeek  Lead = "7d"
	LeadDay   Lead = "1d"
	LeadHours Lead = "2h" // only who said that they come
)

// Leads are all of them, the longest first; DefaultLeads are those of whoever chose none.
var (
	Leads        = []Lead{LeadWeek, LeadDay, LeadHours}
	DefaultLeads = []Lead{LeadWeek, LeadDay}
)

// Seats are the sums of what people said about one meeting. They stay when the people
// are forgotten.
type Seats struct {
	Yes, Maybe, No int            // answers
	People         int            // who come
	Waiting        int            // people on the waiting list
	Interpreters   map[string]int // answers by language
	Children       int
	StepFree       int
}

// Dates is what a handler may know about meetings.
type Dates struct {
	Meetings []Meeting // that people may see, in the order of their start: past, to come and cancelled
	Guest    Guest
	Seats    map[string]Seats // of those to come that have a capacity
}
