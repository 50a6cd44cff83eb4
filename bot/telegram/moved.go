package telegram

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// A move is a group that became a supergroup, which has another ID.
type move struct{ from, to int64 }

// moves keeps the address of a group that moved the same for everybody else: what
// happens in the supergroup is told of the room it was, and what is for that room
// goes to the supergroup. There messages are counted anew, so that the IDs of its
// messages are written as "chat/number". The moves are part of the cursor.
type moves struct {
	desks []int64
	mu    sync.Mutex
	to    map[int64]int64
	from  map[int64]int64
	dirty bool // the cursor does not know yet
}

func newMoves(desks []int64) *moves {
	return &moves{desks: desks, to: map[int64]int64{}, from: map[int64]int64{}}
}

// add notes a move; false when it was known, or concerns nobody: groups that are no
// desk are none of ours, and a desk that is set to the supergroup itself needs no
// following. A supergroup never moves again.
func (m *moves) add(v move) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v.from == v.to || m.to[v.from] == v.to || !slices.Contains(m.desks, v.from) || slices.Contains(m.desks, v.to) {
		return false
	}
	m.to[v.from], m.from[v.to], m.dirty = v.to, v.from, true
	return true
}

// room is the address of a chat.
func (m *moves) room(chat int64) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, ok := m.from[chat]; ok {
		chat = old
	}
	return strconv.FormatInt(chat, 10)
}

// message is the ID of a message.
func (m *moves) message(chat, id int64) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.from[chat]; ok {
		return fmt.Sprintf("%d/%d", chat, id)
	}
	return strconv.FormatInt(id, 10)
}

// chat is where a room is now.
func (m *moves) chat(room string) (int64, bool) {
	id, err := strconv.ParseInt(room, 10, 64)
	return m.current(id), err == nil
}

// current is the ID that a chat has now.
func (m *moves) current(chat int64) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now, ok := m.to[chat]; ok {
		return now
	}
	return chat
}

// number is the number of a message in a chat; false when it is not from there.
func (m *moves) number(chat int64, id string) (string, bool) {
	m.mu.Lock()
	_, moved := m.from[chat]
	m.mu.Unlock()
	if moved {
		rest, here := strings.CutPrefix(id, strconv.FormatInt(chat, 10)+"/")
		if !here {
			return "", false
		}
		id = rest
	}
	n, err := strconv.ParseInt(id, 10, 64)
	return id, err == nil && n > 0
}

// cursor is where receiving goes on, with the moves: "next old>new …".
func (m *moves) cursor(next int64) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dirty = false
	words := []string{strconv.FormatInt(next, 10)}
	for _, from := range slices.Sorted(maps.Keys(m.to)) {
		words = append(words, fmt.Sprintf("%d>%d", from, m.to[from]))
	}
	return strings.Join(words, " ")
}

func (m *moves) changed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dirty
}

// resume takes a cursor apart.
func (m *moves) resume(cursor string) (next int64, err error) {
	words := strings.Fields(cursor)
	if len(words) == 0 {
		return 0, nil
	}
	next, err = strconv.ParseInt(words[0], 10, 64)
	for _, word := range words[1:] {
		from, to, _ := strings.Cut(word, ">")
		old, errOld := strconv.ParseInt(from, 10, 64)
		now, errNow := strconv.ParseInt(to, 10, 64)
		if err = cmp.Or(err, errOld, errNow); err == nil {
			m.add(move{old, now})
		}
	}
	if err != nil {
		return 0, errors.New("telegram: the cursor in the store is not one of Telegram's")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dirty = false
	return next, nil
}

// isDesk reports whether a chat is one of the desks, perhaps moved.
func (t *Telegram) isDesk(chat int64) bool {
	return slices.Contains(t.desks, chat) || slices.Contains(t.desks, t.moves.origin(chat))
}

func (m *moves) origin(chat int64) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, ok := m.from[chat]; ok {
		return old
	}
	return chat
}

// note notes the move of a desk.
func (t *Telegram) note(v move) {
	if t.moves.add(v) {
		t.log.Warn("the desk became a supergroup with another ID; the bot follows, LOTSE_DESKS should", "from", v.from, "to", v.to)
		t.lookAtDesks()
	}
}

// movedDesk reports whether a foreign group is a desk that moved and whose move
// was not told yet.
func (t *Telegram) movedDesk(ctx context.Context, chat int64) (bool, error) {
	for _, desk := range t.desks {
		if t.moves.current(desk) != desk || desk < firstSupergroup {
			continue
		}
		err := t.call(ctx, "sendChatAction", tgbotapi.Params{"chat_id": strconv.FormatInt(desk, 10), "action": "typing"}, nil)
		var e *apiError
		switch {
		case errors.As(err, &e) && e.movedTo != 0:
			t.note(move{desk, e.movedTo})
		case errors.As(err, &e) && !e.said:
			return false, err
		}
	}
	return t.isDesk(chat), nil
}

// firstSupergroup: below it are supergroups and channels, above it basic groups
// (Bot API, Chat: such IDs begin with -100).
const firstSupergroup = -1000000000000
