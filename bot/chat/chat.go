// Package chat is the vocabulary every part of Lotse shares: what can happen on
// a network, what can be said there, and what a network must be able to do. It
// knows no network, no language and no rule. Everything here is plain data.
package chat

import (
	"strconv"
	"strings"
	"time"
)

// An Address is one place a message can go. The zero Thread is the room itself.
// Platform, Room and Thread are opaque: only the adapter named by Platform may
// look inside them.
type Address struct {
	Platform string `json:"p"`
	Room     string `json:"r"`
	Thread   string `json:"t,omitempty"`
}

// A Kind says what happened.
type Kind string

// The kinds of Event. A new kind is added here and in bot.Receive, nowhere else.
const (
	Text     Kind = "text"     // somebody wrote; a reply when On is set
	Command  Kind = "command"  // "/start poster": Text "start", Args "poster"
	Press    Kind = "press"    // a button: Press holds Button.ID, On the message it stood under
	Media    Kind = "media"    // Files, with Text as caption
	Edit     Kind = "edit"     // On was changed to Text
	Delete   Kind = "delete"   // On was deleted by its author
	Reaction Kind = "reaction" // Text is the emoji put on On
	Left     Kind = "left"     // the person blocked the bot or left the room
	Back     Kind = "back"     // the person unblocked the bot or came back
	Doubtful Kind = "doubtful" // something cannot be read, trusted or kept secret: Text is a Doubt
	Setup    Kind = "setup"    // how the desk's room is set up: looked at, and not told by anybody
	Job      Kind = "job"      // the result of work outside (bot/jobs.go); never from a network
)

// A Doubt is why the network cannot vouch for what somebody sends.
type Doubt string

// The doubts.
const (
	DoubtKey    Doubt = "key"    // the key to read it did not come
	DoubtDevice Doubt = "device" // its sender gives the key to verified devices only
	DoubtClear  Doubt = "clear"  // it was not encrypted, though the room is
	DoubtLost   Doubt = "lost"   // it was sent before the bot could read, and perhaps more was
	DoubtOpen   Doubt = "open"   // the room is not encrypted, and what is said there can be read by others
	DoubtVerify Doubt = "verify" // somebody's client wants to make sure who the bot is, and it cannot help with that
)

// An Event is something that happened on a network, told once in our words.
type Event struct {
	// ID is the same whenever the same thing is told again and never the same
	// for two things, across restarts of bot and network.
	ID   string    `json:"id"`
	Kind Kind      `json:"kind"`
	At   time.Time `json:"at"` // when it happened, by the network's clock; of a press at least when the message came
	In   Address   `json:"in"`
	// From is the network's stable ID of the author. Name is what the network
	// shows for them; it is used for coordinators only and dropped, unread, for
	// everybody else (P-07).
	From  string `json:"from"`
	Name  string `json:"name,omitempty"`
	Lang  string `json:"lang,omitempty"` // language of the client, a hint (BCP 47)
	Text  string `json:"text,omitempty"`
	Args  string `json:"args,omitempty"`
	Press string `json:"press,omitempty"`
	// On is the network's ID of the message that is pressed, answered, edited,
	// deleted or reacted to.
	On string `json:"on,omitempty"`
	// OnAt is set when a message answers one of the bot's own, where the network
	// shows that: when it was written. OnButton is then the ID of its first button.
	OnAt     time.Time `json:"on_at,omitzero"`
	OnButton string    `json:"on_button,omitempty"`
	// Below is set when a message answers none, where the network shows that: the
	// newest message its author saw above it.
	Below string `json:"below,omitempty"`
	// Calls is a colleague whom a message of a coordinator calls, where the network marks
	// that; the words alone may be nothing but a name.
	Calls string `json:"calls,omitempty"`
	// Open says that the network can read what is said there, although it could have
	// been encrypted.
	Open bool `json:"open,omitempty"`
	// Message is the network's own ID of what was sent, for reactions and replies.
	Message string `json:"message,omitempty"`
	Files   []File `json:"files,omitempty"`
	// Album is the same on all parts of what was sent as one thing; their receiver
	// joins them.
	Album    string    `json:"album,omitempty"`
	Standing *Standing `json:"standing,omitempty"` // of Setup
}

// A Standing is how the bot stands in the desk's room on its network.
type Standing struct {
	// Place is another one when the room was replaced under the same address, and
	// what stood in it is out of reach; "" while that is not known.
	Place   string `json:"place"`
	Threads bool   `json:"threads,omitempty"` // a thread can be opened for each inquiry
	Lacks   []Lack `json:"lacks,omitempty"`   // in the order in which they are best said
}

// A Lack is what the bot would need in the desk's room and does not have.
type Lack string

// The lacks of rooms.
const (
	LackWriting  Lack = "writing"  // it may not write there
	LackReading  Lack = "reading"  // it sees nothing but what replies to it
	LackThreads  Lack = "threads"  // it may not open threads, though the room can have them
	LackDeleting Lack = "deleting" // it may not delete messages
	LackRoom     Lack = "room"     // the room is of a simple kind, without threads and reactions
	LackEntry    Lack = "entry"    // it is not in the room, or nobody knows where that is
	LackSecrecy  Lack = "secrecy"  // what is said there is not encrypted
	LackDoor     Lack = "door"     // whoever wants to comes in, or reads along
	LackPast     Lack = "past"     // whoever comes later reads what was said before
	LackRank     Lack = "rank"     // it may delete nothing but its own messages
)

// A FileKind says how a file is shown.
type FileKind string

// The kinds of File.
const (
	Photo    FileKind = "photo"
	Voice    FileKind = "voice"
	Video    FileKind = "video"
	Document FileKind = "document"
	Place    FileKind = "place" // on the map: it has no bytes (NewPlace)
)

// A File is a reference to bytes that stay on the network which holds them.
type File struct {
	Kind     FileKind      `json:"kind"`
	Platform string        `json:"p"`
	Ref      string        `json:"ref"` // opaque to all but Platform
	Name     string        `json:"name,omitempty"`
	Type     string        `json:"type,omitempty"` // MIME, as the sender claims
	Size     int64         `json:"size,omitempty"` // bytes, as the sender claims
	Length   time.Duration `json:"len,omitempty"`  // of voice and video
	// Bare says that its network took out of a picture where and when it was taken.
	Bare bool `json:"bare,omitempty"`
}

// A Button is one choice under a message. ID is at most MaxButtonID bytes.
type Button struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	// Always says that its label can be written at any time: where there are no
	// buttons it needs no number.
	Always bool `json:"always,omitempty"`
}

// MaxButtonID is Telegram's limit for callback_data, in bytes (Bot API,
// InlineKeyboardButton); it binds all networks.
const MaxButtonID = 64

// A Style is how a Mark looks.
type Style string

// The styles every network has.
const (
	Bold   Style = "b"
	Italic Style = "i"
	Quote  Style = "q" // somebody else's words
)

// A Mark styles Text[From:To] of a Message, in bytes.
type Mark struct {
	Style Style `json:"s"`
	From  int   `json:"f"`
	To    int   `json:"t"`
}

// A Message is rendered and ready: no keys, no markup dialect. Adapters escape
// at the edge.
type Message struct {
	Text    string     `json:"text,omitempty"`
	Marks   []Mark     `json:"marks,omitempty"`
	Lang    string     `json:"lang,omitempty"` // language of Text, BCP 47
	RTL     bool       `json:"rtl,omitempty"`  // Text reads from right to left
	Buttons [][]Button `json:"buttons,omitempty"`
	Files   []File     `json:"files,omitempty"`
	ReplyTo string     `json:"reply,omitempty"` // network's message ID
	// ForceReply asks the reader's client to open a reply to this message.
	ForceReply bool `json:"force,omitempty"`
	// Protect asks the network to forbid forwarding and saving: what came from people.
	Protect bool `json:"protect,omitempty"`
}

// Numbered are the buttons that have a number where the network has no buttons, in
// the order in which they are read; the first is 1.
func (m Message) Numbered() []Button {
	var all []Button
	for _, row := range m.Buttons {
		for _, b := range row {
			if !b.Always {
				all = append(all, b)
			}
		}
	}
	return all
}

// Keycap is a number as it looks on a key, the same in every script: "3️⃣".
func Keycap(n int) string {
	if n == 10 {
		return "🔟"
	}
	var b strings.Builder
	for _, digit := range strconv.Itoa(n) {
		b.WriteRune(digit)
		b.WriteString("\ufe0f\u20e3") // in colour, on a key (Unicode Technical Standard 51, ED-14c)
	}
	return b.String()
}

// A Receipt says that a network took a message, and under which ID. Where each file
// of an album is a message, Message is the first and Others are the rest.
type Receipt struct {
	Message string
	Others  []string
}

// Messages are all IDs, none when there is none.
func (r Receipt) Messages() []string {
	if r.Message == "" {
		return nil
	}
	return append([]string{r.Message}, r.Others...)
}
