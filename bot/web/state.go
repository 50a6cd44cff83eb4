package web

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"lotse/bot/chat"
)

// state is what the journal adds up to.
type state struct {
	desk   string
	people []Person // in the order they are shown; staff is not among them
	rooms  map[string]*room
	done   map[string]int64     // repetition key → record that answered it
	files  map[string]chat.File // by Ref
	events []happening          // what people did, in order
	// touched is, for every record, what the page must be shown again.
	touched []touch
}

type room struct {
	blocked  bool
	messages []*message // in order; deleted ones keep their place
	byID     map[string]*message
}

type message struct {
	id        string
	from      string // "" is the bot
	at        time.Time
	said      chat.Message
	edited    bool
	deleted   bool
	pressed   string
	reactions []string
}

// A happening is an event with the number of its record.
type happening struct {
	n  int64
	ev chat.Event
}

// A touch says which thing record n changed: a message when message is set,
// else what is known about the room and its person.
type touch struct {
	n             int64
	room, message string
}

func newState(opt Options) state {
	s := state{
		desk:   opt.Desk.Room,
		people: slices.Clone(opt.People),
		rooms:  map[string]*room{},
		done:   map[string]int64{},
		files:  map[string]chat.File{},
	}
	s.room(opt.Desk.Room)
	for _, p := range opt.People {
		s.room(p.ID)
	}
	return s
}

// room makes the room when there is none: a history may know people whom the
// program no longer names.
func (s *state) room(id string) *room {
	r := s.rooms[id]
	if r == nil {
		r = &room{byID: map[string]*message{}}
		s.rooms[id] = r
	}
	return r
}

func (s *state) person(id string) *Person {
	i := slices.IndexFunc(s.people, func(p Person) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return &s.people[i]
}

// key tells a repetition: IDs are chosen by clients per room and by the outbox
// for the whole network.
func (r record) key() string {
	switch r.Act {
	case send, edit, remove, react:
		return "bot/" + string(r.Act) + "/" + r.ID
	case back:
		return string(block) + "/" + r.Room + "/" + r.ID
	case join:
		return string(join) + "/" + r.ID
	}
	return string(r.Act) + "/" + r.Room + "/" + r.ID
}

// apply makes r true. It never fails: a record that points at nothing, which
// only another version of the program can have written, changes nothing.
func (s *state) apply(r record) {
	if r.ID != "" {
		s.done[r.key()] = r.N
	}
	if ev, ok := event(r); ok {
		s.events = append(s.events, happening{r.N, ev})
	}
	t := touch{n: r.N, room: r.Room}
	in := s.room(r.Room)
	switch r.Act {
	case say:
		t.message = messageID(r.N)
		s.add(in, &message{id: t.message, from: r.From, at: r.At,
			said: chat.Message{Text: r.Text, Lang: r.Lang, Files: r.Files, ReplyTo: r.On}})
	case send:
		if r.Message != nil {
			t.message = messageID(r.N)
			s.add(in, &message{id: t.message, at: r.At, said: *r.Message})
		}
	case press, edit, remove, react:
		if m := in.byID[r.On]; m != nil {
			t.message = m.id
			m.change(r)
		}
	case block, back:
		in.blocked = r.Act == block
	case join:
		if s.person(r.Room) == nil { // unless the program has come to name somebody so
			s.people = append(s.people, Person{ID: r.Room, Name: r.Name, Lang: r.Lang})
		}
	case speak:
		if p := s.person(r.Room); p != nil {
			p.Lang = r.Lang
		}
	}
	s.touched = append(s.touched, t)
}

// since is the index in touched of the first record after number n.
func (s *state) since(n int64) int {
	i, _ := slices.BinarySearchFunc(s.touched, n+1, func(t touch, n int64) int { return cmp.Compare(t.n, n) })
	return i
}

func (s *state) add(in *room, m *message) {
	in.messages = append(in.messages, m)
	in.byID[m.id] = m
	for _, f := range m.said.Files {
		s.files[f.Ref] = f
	}
}

func (m *message) change(r record) {
	switch r.Act {
	case press:
		m.pressed = r.Text
	case edit:
		if r.Message != nil {
			reply := m.said.ReplyTo
			m.said, m.edited, m.pressed = *r.Message, true, ""
			m.said.ReplyTo = reply // an edit cannot change what a message answers
		}
	case remove:
		m.deleted, m.said = true, chat.Message{}
	case react:
		if !slices.Contains(m.reactions, r.Text) {
			m.reactions = append(m.reactions, r.Text)
		}
	}
}

// event says in the bot's words what a person did.
func event(r record) (chat.Event, bool) {
	ev := chat.Event{
		ID:   eventID(r.N),
		At:   r.At,
		In:   chat.Address{Platform: Platform, Room: r.Room},
		From: r.From,
		Name: r.Name,
		Lang: r.Lang,
		On:   r.On,
	}
	switch r.Act {
	case say:
		ev.Message = messageID(r.N)
		ev.Kind, ev.Text, ev.Files = chat.Text, r.Text, r.Files
		if len(r.Files) > 0 {
			ev.Kind = chat.Media
		} else if word, args, ok := command(r.Text); ok {
			ev.Kind, ev.Text, ev.Args = chat.Command, word, args
		}
	case press:
		ev.Kind, ev.Press = chat.Press, r.Text
	case block:
		ev.Kind = chat.Left
	case back:
		ev.Kind = chat.Back
	default:
		return chat.Event{}, false
	}
	return ev, true
}

var commandWord = regexp.MustCompile(`^/([\p{L}\p{N}][\p{L}\p{M}\p{N}_-]*)(?:\s|$)`)

// command takes "/Start poster" apart. "//" and "/ " are text.
func command(text string) (word, args string, ok bool) {
	m := commandWord.FindStringSubmatch(text)
	if m == nil {
		return "", "", false
	}
	return strings.ToLower(m[1]), strings.TrimSpace(text[len(m[0]):]), true
}
