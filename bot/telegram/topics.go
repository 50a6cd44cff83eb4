package telegram

import (
	"context"
	"errors"
	"strconv"
	"unicode/utf8"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lotse/bot/chat"
)

// maxTopic is the longest name of a topic, in characters (Bot API, createForumTopic).
const maxTopic = 128

// OpenThread makes a topic in a forum, and returns its address. A longer name than
// a topic can have is cut. Repeated, it makes a second one.
func (t *Telegram) OpenThread(ctx context.Context, room chat.Address, name string) (chat.Address, error) {
	var made struct {
		Thread int64 `json:"message_thread_id"`
	}
	err := t.inRoom(room, func(now int64) error {
		return t.call(ctx, "createForumTopic", tgbotapi.Params{"chat_id": strconv.FormatInt(now, 10), "name": topicName(name)}, &made)
	})
	if err != nil {
		return chat.Address{}, dispensable(err)
	}
	room.Thread = strconv.FormatInt(made.Thread, 10)
	return room, nil
}

// NameThread gives a topic another name.
func (t *Telegram) NameThread(ctx context.Context, at chat.Address, name string) error {
	return t.onThread(ctx, at, "editForumTopic", tgbotapi.Params{"name": topicName(name)})
}

// CloseThread closes a topic: only administrators can write there. It is no error
// when it is closed already, nor ReopenThread when it is open.
func (t *Telegram) CloseThread(ctx context.Context, at chat.Address) error {
	return t.onThread(ctx, at, "closeForumTopic", tgbotapi.Params{})
}

// ReopenThread opens a topic that was closed.
func (t *Telegram) ReopenThread(ctx context.Context, at chat.Address) error {
	return t.onThread(ctx, at, "reopenForumTopic", tgbotapi.Params{})
}

// DeleteThread deletes a topic with all its messages, however old (Bot API,
// deleteForumTopic; the bot needs can_delete_messages).
func (t *Telegram) DeleteThread(ctx context.Context, at chat.Address) error {
	err := t.onThread(ctx, at, "deleteForumTopic", tgbotapi.Params{})
	var no *chat.SendError
	if errors.As(err, &no) && no.NoThread {
		return nil
	}
	return err
}

// onThread makes a request about a topic that can be repeated. A topic that was
// deleted is SendError.NoThread.
func (t *Telegram) onThread(ctx context.Context, at chat.Address, method string, p tgbotapi.Params) error {
	if at.Thread == "" {
		return bad("General is no topic of its own")
	}
	err := dispensable(repeatable(t.inRoom(at, func(now int64) error {
		p["chat_id"], p["message_thread_id"] = strconv.FormatInt(now, 10), at.Thread
		return t.call(ctx, method, p, nil)
	})))
	if says(err, "TOPIC_NOT_MODIFIED") {
		return nil
	}
	return err
}

func topicName(name string) string {
	if utf8.RuneCountInString(name) > maxTopic {
		return string([]rune(name)[:maxTopic-1]) + "…"
	}
	return name
}
