package telegram

import (
	"context"
	"errors"
	"strconv"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
	"github.com/tidwall/gjson"

	"lotse/bot/chat"
)

// Send sends one part. Telegram knows no request IDs: repeated, it is a second
// message, and whether a broken request arrived nobody can say (SendError.Unsure).
func (t *Telegram) Send(ctx context.Context, _ string, to chat.Address, m chat.Message) (chat.Receipt, error) {
	all := make([]sent, 1)
	var result any = &all[0]
	if len(m.Files) > 1 { // an album is as many messages
		result = &all
	}
	err := t.inRoom(to, func(now int64) error {
		reply, here := t.moves.number(now, m.ReplyTo)
		if !here { // nothing is answered, or what stayed in the group that moved
			reply = ""
		}
		method, p, err := sending(to, reply, m)
		if err != nil {
			return err
		}
		p["chat_id"] = strconv.FormatInt(now, 10)
		if len(m.Files) == 1 && m.Files[0].Platform != Platform && m.Files[0].Kind != chat.Place {
			return t.upload(ctx, p, m.Files[0], &all[0])
		}
		return t.call(ctx, method, p, result)
	})
	if err != nil {
		return chat.Receipt{}, err
	}
	var ids []string
	for _, s := range all {
		ids = append(ids, t.moves.message(s.Chat.ID, s.ID))
	}
	if len(ids) == 0 {
		return chat.Receipt{}, nil
	}
	return chat.Receipt{Message: ids[0], Others: ids[1:]}, nil
}

// sent is what Telegram says of a new message.
type sent struct {
	ID   int64 `json:"message_id"`
	Chat struct {
		ID int64 `json:"id"`
	} `json:"chat"`
}

// decode reads the answer to a request that succeeded; false when it does not say which
// message that made.
func (s *sent) decode(said []byte) bool {
	s.ID = gjson.GetBytes(said, "result.message_id").Int()
	s.Chat.ID = gjson.GetBytes(said, "result.chat.id").Int()
	return s.ID != 0
}

// Edit replaces text, marks and buttons of the bot's message msg; its file stays.
func (t *Telegram) Edit(ctx context.Context, _ string, to chat.Address, msg string, m chat.Message) error {
	method, p := changing(m, len(m.Files) > 0)
	err := t.onMessage(ctx, to, msg, method, p)
	if says(err, "there is no text in the message") {
		method, p = changing(m, true)
		err = t.onMessage(ctx, to, msg, method, p)
	}
	if says(err, "message is not modified") {
		return nil
	}
	return err
}

// Delete removes the bot's message msg. One that is gone already is no error, one
// that is older than 48 hours stays (Bot API, deleteMessage).
func (t *Telegram) Delete(ctx context.Context, _ string, to chat.Address, msg string) error {
	err := dispensable(t.onMessage(ctx, to, msg, "deleteMessage", tgbotapi.Params{}))
	if says(err, "message to delete not found") {
		return nil
	}
	return err
}

// React puts emoji, one of those Telegram has, on msg in place of the bot's last.
func (t *Telegram) React(ctx context.Context, _ string, to chat.Address, msg, e string) error {
	p := tgbotapi.Params{}
	set(p, "reaction", []emoji{{Type: "emoji", Emoji: e}})
	return dispensable(t.onMessage(ctx, to, msg, "setMessageReaction", p))
}

// Typing shows "typing …" for five seconds, or until the next message (Bot API,
// sendChatAction).
func (t *Telegram) Typing(ctx context.Context, to chat.Address) error {
	return t.inRoom(to, func(now int64) error {
		return t.call(ctx, "sendChatAction", tgbotapi.Params{"chat_id": strconv.FormatInt(now, 10), "action": "typing"}, nil)
	})
}

// onMessage makes a request about one message. It can be repeated: it is never unsure.
func (t *Telegram) onMessage(ctx context.Context, to chat.Address, msg, method string, p tgbotapi.Params) error {
	return repeatable(t.inRoom(to, func(now int64) error {
		number, here := t.moves.number(now, msg)
		if !here {
			return bad("there is no such message in this chat")
		}
		p["chat_id"], p["message_id"] = strconv.FormatInt(now, 10), number
		return t.call(ctx, method, p, nil)
	}))
}

// repeatable is the error of a request that changes nothing when it is made again.
func repeatable(err error) error {
	var no *chat.SendError
	if errors.As(err, &no) {
		no.Unsure = false
	}
	return err
}

// inRoom makes a request in a room, wherever that is now: of a group that became a
// supergroup the server says so.
func (t *Telegram) inRoom(to chat.Address, request func(chat int64) error) error {
	now, ok := t.moves.chat(to.Room)
	if !ok || to.Platform != Platform {
		return &chat.SendError{Gone: true, Err: errors.New("telegram: there is no such room")}
	}
	err := request(now)
	var e *apiError
	if errors.As(err, &e) && e.movedTo != 0 {
		t.note(move{now, e.movedTo})
		if there, _ := t.moves.chat(to.Room); there != now {
			err = request(there)
		}
	}
	if errors.As(err, &e) && (e.rights() || e.said && e.status == 403 && t.isDesk(now)) {
		t.lookAtDesks()
	}
	return outcome(err)
}

// says reports whether Telegram refused with these words.
func says(err error, words string) bool {
	var e *apiError
	return errors.As(err, &e) && e.said && e.has(words)
}
