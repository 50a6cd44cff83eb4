package telegram

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lotse/bot/chat"
	"lotse/bot/retry"
)

// A standing is how the bot stands in a desk's group.
type standing struct {
	id      int64  // the group's own, which changes when it becomes a supergroup
	kind    string // the type of chat
	forum   bool
	in      bool // the bot is there
	admin   bool
	reads   bool // what does not reply to the bot
	writes  bool
	topics  bool // it may open them
	deletes bool
}

// rights are those that count here (Bot API, ChatPermissions, ChatMemberAdministrator
// and ChatMemberRestricted).
type rights struct {
	Send   bool `json:"can_send_messages"`
	Topics bool `json:"can_manage_topics"`
	Delete bool `json:"can_delete_messages"`
}

// standing looks at a desk's group, wherever that is now.
func (t *Telegram) standing(ctx context.Context, desk int64) (standing, error) {
	s := standing{id: t.moves.current(desk)}
	group := tgbotapi.Params{"chat_id": strconv.FormatInt(s.id, 10)}
	var found struct {
		Type        string `json:"type"`
		IsForum     bool   `json:"is_forum"`
		Permissions rights `json:"permissions"` // of ordinary members
	}
	if err := t.call(ctx, "getChat", group, &found); err != nil {
		return s, err
	}
	s.kind, s.forum = found.Type, found.IsForum
	if s.kind != "group" && s.kind != "supergroup" {
		return s, nil
	}
	var me struct {
		ReadsAll bool `json:"can_read_all_group_messages"`
	}
	if err := t.call(ctx, "getMe", nil, &me); err != nil {
		return s, err
	}
	var bot struct {
		membership
		rights
	}
	group["user_id"] = strconv.FormatInt(t.id, 10)
	if err := t.call(ctx, "getChatMember", group, &bot); err != nil {
		return s, err
	}
	s.in, s.admin = bot.in(), bot.Status == "administrator"
	s.reads = s.admin || me.ReadsAll
	s.writes, s.topics, s.deletes = s.admin || found.Permissions.Send, found.Permissions.Topics, false
	if s.admin || bot.Status == "restricted" {
		s.writes, s.topics, s.deletes = s.admin || bot.Send, bot.Topics, bot.Delete
	}
	return s, nil
}

// lacks are what the bot needs there and has not.
func (s standing) lacks() (all []chat.Lack) {
	for _, l := range []struct {
		lack chat.Lack
		is   bool
	}{
		{chat.LackWriting, !s.writes}, {chat.LackReading, !s.reads}, {chat.LackThreads, s.forum && !s.topics},
		{chat.LackDeleting, s.kind == "supergroup" && !s.deletes}, {chat.LackRoom, s.kind == "group"},
	} {
		if l.is {
			all = append(all, l.lack)
		}
	}
	return all
}

// When the desks are looked at again: what a group permits its members, and whether
// it has topics, is not told.
const (
	lookAgain = time.Hour
	lookSoon  = time.Minute // after a look that failed
	lookPause = time.Second // what changes comes in twos and threes
)

// watch looks at the desks until ctx ends: at the start, every now and then, and when
// a right was given, taken or found missing. What it sees goes in like everything that
// happens.
func (r receiver) watch(ctx context.Context) {
	for ctx.Err() == nil {
		wait := lookAgain
		for _, desk := range r.desks {
			if err := r.look(ctx, desk); err != nil {
				wait = lookSoon
			}
		}
		alarm := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-alarm.C:
		case <-r.lookNow:
			retry.Sleep(ctx, lookPause)
			select {
			case <-r.lookNow:
			default:
			}
		}
		alarm.Stop()
	}
}

// look tells how one desk's group is set up, or that the bot is not in it. Its error is
// one that may pass.
func (r receiver) look(ctx context.Context, desk int64) error {
	s, err := r.standing(ctx, desk)
	var e *apiError
	switch {
	case errors.As(err, &e) && e.movedTo != 0:
		r.note(move{desk, e.movedTo})
		return err
	case errors.As(err, &e) && e.said && e.status < 429 && !unknown(err):
		s.in = false
	case err != nil:
		return err
	}
	is := chat.Standing{Place: strconv.FormatInt(s.id, 10), Threads: s.forum && s.topics, Lacks: s.lacks()}
	if !s.in {
		is = chat.Standing{Lacks: []chat.Lack{chat.LackEntry}}
	}
	now := time.Now()
	ev := chat.Event{
		ID: fmt.Sprintf("telegram/desk/%d/%d", desk, now.UnixNano()), Kind: chat.Setup, At: now.UTC(),
		In:       chat.Address{Platform: Platform, Room: strconv.FormatInt(desk, 10)},
		Standing: &is,
	}
	return r.receive(ctx, ev)
}

// lookAtDesks asks for the desks to be looked at.
func (t *Telegram) lookAtDesks() {
	select {
	case t.lookNow <- struct{}{}:
	default: // it is going to be done
	}
}
