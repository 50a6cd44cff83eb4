package telegram

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lotse/bot/chat"
	"lotse/bot/retry"
)

// A receiver hands in what it is told, each until it is taken.
type receiver struct {
	*Telegram
	in      chat.Inbox
	spot    *crew           // for what is done on the spot: answers to presses, leaving groups
	running context.Context // of Run
}

// An item is one update on its way in.
type item struct {
	id     int64
	update *update
	raw    json.RawMessage // where it cannot be read: update is nil then
	told   told
}

// read translates raw. What cannot be read has no room: it keeps nobody waiting.
func (t *Telegram) read(raw json.RawMessage) item {
	var u update
	if json.Unmarshal(raw, &u) == nil {
		return t.understood(&u)
	}
	var only struct {
		ID int64 `json:"update_id"`
	}
	_ = json.Unmarshal(raw, &only) // a field of another form does not hide the number
	return item{id: cmp.Or(only.ID, u.ID), raw: raw}
}

func (t *Telegram) understood(u *update) item {
	return item{id: u.ID, update: u, told: t.reader.read(u)}
}

// take hands in one item. It returns nil when that is durable.
func (r receiver) take(ctx context.Context, it item) error {
	if it.update == nil {
		return r.keep(ctx, it.id, it.raw)
	}
	r.note(it.told.moved)
	if bot := it.told.bot; bot != "" {
		name, err := r.username(ctx)
		if err != nil {
			return err
		}
		if !strings.EqualFold(bot, name) {
			return nil
		}
	}
	for _, ev := range it.told.events {
		err := r.receive(ctx, ev)
		if errors.Is(err, errPanic) {
			return r.keepUsed(ctx, it)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

var errPanic = errors.New("panic")

// receive hands in one event. An event that makes the bot panic would do so for ever.
func (r receiver) receive(ctx context.Context, ev chat.Event) (err error) {
	defer func() {
		if p := recover(); p != nil { // its words may be somebody's
			r.log.Error("panic while receiving", "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			err = errPanic
		}
	}()
	return r.in.Receive(ctx, ev)
}

// keepUsed sets aside what was used of an update: that is what the bot could not bear.
func (r receiver) keepUsed(ctx context.Context, it item) error {
	raw, err := json.Marshal(it.update)
	if err != nil {
		return fmt.Errorf("an update to be set aside: %w", err)
	}
	return r.keep(ctx, it.id, raw)
}

// keep sets an update aside, so that the others flow.
func (r receiver) keep(ctx context.Context, id int64, raw json.RawMessage) error {
	if r.setAside != nil {
		if err := r.setAside(ctx, id, raw); err != nil {
			return err
		}
	}
	r.aside.Add(1)
	r.log.Error("an update cannot be understood and is set aside", "update", id)
	return nil
}

// insist takes an item until that succeeds; false when ctx ended before.
func (r receiver) insist(ctx context.Context, it item) bool {
	r.atSpot(ctx, it.told)
	warned := false
	return retry.Until(ctx, func() error {
		err := r.take(ctx, it)
		if err != nil && !errors.Is(err, chat.ErrNotYet) && !warned && ctx.Err() == nil {
			r.log.Warn("an update cannot be received yet", "update", it.id, "err", err)
			warned = true
		}
		return err
	})
}

// atSpot does what is allowed to be lost: it stops the button's clock, and leaves
// groups that are none of ours. It waits only when atOnce of these are under way.
func (r receiver) atSpot(ctx context.Context, t told) {
	if t.desk != "" {
		r.log.Warn("the bot's membership of the desk changed", "status", t.desk)
		r.lookAtDesks()
	}
	if t.press == "" && t.leave == nil {
		return
	}
	r.spot.do(ctx, func() {
		if t.press != "" {
			r.acknowledge(t.press)
		}
		if t.leave != nil {
			r.leaveGroup(r.running, *t.leave)
		}
	})
}

// How often a press is acknowledged, and how long to wait after the first time.
const (
	acknowledgeTimes = 3
	acknowledgePause = 300 * time.Millisecond
)

// acknowledge stops the button's clock. Repeated, it changes nothing; what the server
// refuses, perhaps because it is too late, it would refuse again.
func (r receiver) acknowledge(press string) {
	for n := range acknowledgeTimes {
		err := r.call(r.running, "answerCallbackQuery", tgbotapi.Params{"callback_query_id": press}, nil)
		var e *apiError
		if !errors.As(err, &e) || e.said && e.after == 0 && e.status < 500 {
			return
		}
		if n == acknowledgeTimes-1 || !retry.Sleep(r.running, max(e.after, acknowledgePause<<n)) {
			return
		}
	}
}

// leaveGroup leaves a group unless it is a desk that moved.
func (r receiver) leaveGroup(ctx context.Context, c room) {
	if moved, err := r.movedDesk(ctx, c.ID); moved || err != nil {
		return
	}
	err := r.call(ctx, "leaveChat", tgbotapi.Params{"chat_id": strconv.FormatInt(c.ID, 10)}, nil)
	if err == nil { // its number is what whoever sets up a desk looks for
		r.log.Warn("the bot left a group that is no desk", "chat", c.ID)
	}
}
