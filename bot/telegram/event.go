package telegram

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"lotse/bot/chat"
)

// told is an update in our words: what to hand in, and what to do about it on the
// spot.
type told struct {
	room   int64 // what is about one room stays in order
	events []chat.Event
	bot    string // the command is for the bot of this name
	press  string // a callback query that waits for an answer
	leave  *room  // a group that is none of ours
	desk   string // what happened to our membership of the desk
	moved  move
}

// A reader translates updates. It is pure.
type reader struct {
	isDesk func(chat int64) bool
	moves  *moves
	bot    int64 // its own ID as a user
}

// The types of chats (Bot API, Chat).
const (
	private = "private"
	channel = "channel"
)

func (r reader) read(u *update) told {
	switch {
	case u.Message != nil:
		return r.message(u.Message)
	case u.Edited != nil:
		return r.edited(u.Edited)
	case u.Callback != nil:
		return r.callback(u.Callback)
	case u.Reaction != nil:
		return r.reaction(u.Reaction)
	case u.MyMember != nil:
		return r.member(u.MyMember)
	}
	return told{} // a kind that was not asked for
}

// ours reports whether the bot speaks in this chat: with a person, or at the desk.
func (r reader) ours(c room) bool {
	return c.Type == private || c.Type != channel && r.isDesk(c.ID)
}

func (r reader) message(m *message) told {
	t := told{room: m.Chat.ID}
	switch {
	case m.MigrateTo != 0:
		t.moved = move{m.Chat.ID, m.MigrateTo}
		return t
	case m.MigrateFrom != 0:
		t.moved = move{m.MigrateFrom, m.Chat.ID}
		return t
	case !r.ours(m.Chat):
		t.leave = &m.Chat
		return t
	}
	ev, ok := r.said(m)
	if !ok {
		return t
	}
	ev.ID = fmt.Sprintf("telegram/%d/%d", m.Chat.ID, m.ID)
	ev.At = time.Unix(m.Date, 0).UTC()
	if m.Reply != nil && m.Reply.Created == nil { // every message in a topic "replies" to the topic's creation
		ev.On = r.moves.message(m.Chat.ID, m.Reply.ID)
		if m.Reply.From != nil && m.Reply.From.ID == r.bot {
			ev.OnAt, ev.OnButton = time.Unix(m.Reply.Date, 0).UTC(), m.Reply.Markup.first()
		}
	}
	switch word, to, args, isCommand := command(m.Text); {
	case isCommand:
		ev.Kind, ev.Text, ev.Args, t.bot = chat.Command, word, args, to
	case m.Text != "":
		ev.Kind, ev.Text = chat.Text, m.Text
	default:
		var found bool
		if ev.Kind, ev.Text, ev.Files, found = content(m); !found || ev.Text == "" && len(ev.Files) == 0 && m.Chat.Type != private {
			return t // a service message, or a game among colleagues
		}
		ev.Album = m.Album
	}
	t.events = []chat.Event{ev}
	return t
}

// said is an event with who said it where; false when that was no person.
func (r reader) said(m *message) (chat.Event, bool) {
	ev := chat.Event{In: r.address(m), Message: r.moves.message(m.Chat.ID, m.ID)}
	switch {
	case m.Forward || m.From == nil:
		return ev, false
	case m.As != nil && m.As.ID == m.Chat.ID: // an administrator who stays anonymous
		ev.From, ev.Name = strconv.FormatInt(m.As.ID, 10), m.As.Title
		return ev, true
	case m.From.IsBot:
		return ev, false
	}
	r.by(&ev, m.From, m.Chat)
	if m.Chat.Type != private {
		ev.Calls = m.calls()
	}
	return ev, true
}

// by notes who did it. Names are known of colleagues only.
func (r reader) by(ev *chat.Event, u *user, c room) {
	ev.From, ev.Lang = strconv.FormatInt(u.ID, 10), u.Lang
	if c.Type != private {
		ev.Name = strings.TrimSpace(u.First + " " + u.Last)
	}
}

func (r reader) address(m *message) chat.Address {
	a := chat.Address{Platform: Platform, Room: r.moves.room(m.Chat.ID)}
	if m.IsTopic && m.Thread != general {
		a.Thread = strconv.FormatInt(m.Thread, 10)
	}
	return a
}

// edited is a text or caption that was changed. A live location moves by edits:
// that is nothing to read.
func (r reader) edited(m *message) told {
	t := told{room: m.Chat.ID}
	ev, ok := r.said(m)
	if !ok || !r.ours(m.Chat) || m.Location != nil {
		return t
	}
	ev.ID = fmt.Sprintf("telegram/%d/%d/%d", m.Chat.ID, m.ID, m.EditDate)
	ev.At = time.Unix(m.EditDate, 0).UTC()
	ev.Kind, ev.On, ev.Text = chat.Edit, ev.Message, cmp.Or(m.Text, m.Caption)
	t.events = []chat.Event{ev}
	return t
}

// callback is a press. Telegram does not say when it happened, and every telling
// must say the same: so it is as old as what it stood under. Only the person a
// private chat is with can press in it; who says otherwise is ignored.
func (r reader) callback(c *callback) told {
	t := told{press: c.ID}
	m := c.Message
	if m == nil || c.From == nil || c.Data == "" || c.ID == "" || c.From.IsBot {
		return t
	}
	t.room = m.Chat.ID
	if m.Chat.Type == private && m.Chat.ID != c.From.ID || !r.ours(m.Chat) {
		return t
	}
	ev := chat.Event{
		ID: "telegram/callback/" + c.ID, Kind: chat.Press, At: time.Unix(max(m.Date, m.EditDate), 0).UTC(),
		In: r.address(m), Press: c.Data, On: r.moves.message(m.Chat.ID, m.ID),
	}
	r.by(&ev, c.From, m.Chat)
	t.events = []chat.Event{ev}
	return t
}

// reaction is every emoji that was not there before.
func (r reader) reaction(x *reaction) told {
	t := told{room: x.Chat.ID}
	if x.User == nil || x.User.IsBot || !r.ours(x.Chat) {
		return t
	}
	for _, e := range x.New {
		if e.Type != "emoji" || slices.Contains(x.Old, e) {
			continue
		}
		ev := chat.Event{
			ID:   fmt.Sprintf("telegram/%d/%d/reaction/%d/%d/%s", x.Chat.ID, x.ID, x.User.ID, x.Date, e.Emoji),
			Kind: chat.Reaction, At: time.Unix(x.Date, 0).UTC(), Text: e.Emoji,
			In: chat.Address{Platform: Platform, Room: r.moves.room(x.Chat.ID)}, On: r.moves.message(x.Chat.ID, x.ID),
		}
		r.by(&ev, x.User, x.Chat)
		t.events = append(t.events, ev)
	}
	return t
}

// member is what became of the bot in a chat: blocked, unblocked, added, removed.
func (r reader) member(c *membershipChange) told {
	t := told{room: c.Chat.ID}
	was, is := c.Old.in(), c.New.in()
	switch {
	case c.Chat.Type != private && r.isDesk(c.Chat.ID):
		t.desk = c.New.Status
	case c.Chat.Type != private && is:
		t.leave = &c.Chat
	case c.Chat.Type != private || was == is || is && c.Old.Status != "kicked" || c.From == nil:
	default:
		ev := chat.Event{
			ID:   fmt.Sprintf("telegram/%d/member/%d/%s", c.Chat.ID, c.Date, c.New.Status),
			Kind: chat.Left, At: time.Unix(c.Date, 0).UTC(),
			In: chat.Address{Platform: Platform, Room: r.moves.room(c.Chat.ID)},
		}
		if is {
			ev.Kind = chat.Back
		}
		r.by(&ev, c.From, c.Chat)
		t.events = []chat.Event{ev}
	}
	return t
}

var commandWord = regexp.MustCompile(`^/([\p{L}\p{N}][\p{L}\p{M}\p{N}_-]*)(?:@(\w+))?(?:[\s\p{Z}]|$)`)

// command takes "/Start@lotse_bot poster" apart. "//" and "/ " are text. Words in
// other scripts are commands too: Telegram itself marks only ASCII.
func command(text string) (word, bot, args string, ok bool) {
	m := commandWord.FindStringSubmatch(text)
	if m == nil {
		return "", "", "", false
	}
	return strings.ToLower(m[1]), m[2], strings.TrimSpace(text[len(m[0]):]), true
}

// content is what a message holds that is not text. A business card is told in words,
// as nobody can pass on what a program would not show.
func content(m *message) (kind chat.Kind, text string, files []chat.File, ok bool) {
	if f, found := attachment(m); found {
		return chat.Media, m.Caption, []chat.File{f}, true
	}
	switch {
	case m.Location != nil:
		name := ""
		if m.Venue != nil {
			name = m.Venue.Title + between + m.Venue.Address
		}
		return chat.Media, "", []chat.File{chat.NewPlace(m.Location.Latitude, m.Location.Longitude, name)}, true
	case m.Contact != nil:
		return chat.Text, strings.TrimSpace("👤 "+m.Contact.First+" "+m.Contact.Last) + "\n" + m.Contact.Phone, nil, true
	case m.Sticker != nil:
		return chat.Text, m.Sticker.Emoji, nil, true
	case m.Dice != nil:
		return chat.Text, m.Dice.Emoji, nil, true
	case m.Poll != nil, m.Game != nil, m.Story != nil, m.Checklist != nil, m.PaidMedia != nil:
		return chat.Text, "", nil, true // it is answered, as a person waits, but says nothing
	}
	return "", "", nil, false
}
