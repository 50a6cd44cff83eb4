package terminal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"lotse/bot/chat"
)

// Parts is m itself: a terminal has no limits.
func (t *Terminal) Parts(m chat.Message) []chat.Message { return []chat.Message{m} }

// Send shows a message with its number and its buttons. The same id is the same
// message.
func (t *Terminal) Send(ctx context.Context, id string, to chat.Address, m chat.Message) (chat.Receipt, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if number, again := t.sent[id]; again {
		return chat.Receipt{Message: number}, nil
	}
	r, err := t.room(ctx, to)
	if err != nil {
		return chat.Receipt{}, err
	}
	number := strconv.Itoa(len(r.messages) + 1)
	if err := t.print(shown(to.Room+" < #"+number, m)); err != nil {
		return chat.Receipt{}, err
	}
	r.add(message{Message: m, bot: true})
	t.sent[id] = number
	t.script.heard(to.Room, "<", number, m)
	return chat.Receipt{Message: number}, nil
}

// Edit shows the new state of a message.
func (t *Terminal) Edit(ctx context.Context, _ string, to chat.Address, msg string, m chat.Message) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	old, err := t.own(ctx, to, msg)
	if err != nil {
		return err
	}
	if err := t.print(shown(to.Room+" ~ #"+msg, m)); err != nil {
		return err
	}
	old.Message = m
	t.script.heard(to.Room, "~", msg, m)
	return nil
}

// Delete says that a message is gone.
func (t *Terminal) Delete(ctx context.Context, _ string, to chat.Address, msg string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, err := t.room(ctx, to)
	if err != nil {
		return err
	}
	old := r.find(msg)
	if old == nil {
		return noMessage
	}
	what := fmt.Sprintf("%s x #%s", to.Room, msg)
	if err := t.print(what + "\n"); err != nil {
		return err
	}
	old.deleted = true
	t.script.noted(what)
	return nil
}

// React shows an emoji on a message.
func (t *Terminal) React(ctx context.Context, _ string, to chat.Address, msg, emoji string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, err := t.room(ctx, to)
	if err != nil {
		return err
	}
	if r.find(msg) == nil {
		return noMessage
	}
	what := fmt.Sprintf("%s ^ #%s %s", to.Room, msg, emoji)
	if err := t.print(what + "\n"); err != nil {
		return err
	}
	t.script.noted(what)
	return nil
}

var noMessage = &chat.SendError{Bad: true, Err: errors.New("there is no such message of the bot")}

// own is a message of the bot that is there.
func (t *Terminal) own(ctx context.Context, to chat.Address, msg string) (*message, error) {
	r, err := t.room(ctx, to)
	if err != nil {
		return nil, err
	}
	m := r.find(msg)
	if m == nil || !m.bot {
		return nil, noMessage
	}
	return m, nil
}

func (t *Terminal) room(ctx context.Context, a chat.Address) (*room, error) {
	r := t.rooms[a.Room]
	if r == nil || a.Platform != Platform || a.Thread != "" {
		return nil, &chat.SendError{Gone: true, Err: errors.New("there is no such room")}
	}
	return r, ctx.Err()
}

// add puts a message into the room and gives its number.
func (r *room) add(m message) string {
	r.messages = append(r.messages, m)
	return strconv.Itoa(len(r.messages))
}

// find is a message that is there, by its number.
func (r *room) find(number string) *message {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(r.messages) || r.messages[n-1].deleted {
		return nil
	}
	return &r.messages[n-1]
}

// button finds the n-th button of a message, by default of the newest that has
// any, and the message's number.
func (r *room) button(on string, n int) (id, number string, err error) {
	if on == "" {
		for i := len(r.messages); i > 0 && on == ""; i-- {
			if m := r.find(strconv.Itoa(i)); m != nil && len(m.Buttons) > 0 {
				on = strconv.Itoa(i)
			}
		}
	}
	if m := r.find(on); m != nil {
		for _, row := range m.Buttons {
			if n >= 1 && n <= len(row) {
				return row[n-1].ID, on, nil
			}
			n -= len(row)
		}
	}
	return "", "", errors.New("there is no such button")
}

// shown is a message as it is read here.
func shown(head string, m chat.Message) string {
	var b strings.Builder
	b.WriteString(head)
	if m.ReplyTo != "" {
		b.WriteString(" re #" + m.ReplyTo)
	}
	for _, f := range m.Files {
		fmt.Fprintf(&b, " {%s %s}", f.Kind, cmp.Or(f.Name, f.Ref))
	}
	b.WriteByte('\n')
	for text := range strings.Lines(m.Text) {
		b.WriteString("  " + strings.TrimRight(text, "\n") + "\n")
	}
	n := 0
	for _, row := range m.Buttons {
		b.WriteByte(' ')
		for _, button := range row {
			n++
			fmt.Fprintf(&b, " [%d %s]", n, button.Label)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
