package bot

import (
	"errors"
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/bot/pace"
)

// A parking is a lane that waits for its network's pace, with its place in the
// line. It is in memory only: after a restart everybody lines up anew.
type parking struct {
	push  bool
	place pace.Place
	timer *time.Timer
}

// allowed asks the pacer whether the request may leave now. If not, the lane is
// parked, and rung for when its turn has come; no sender waits for it.
func (b *Bot) allowed(lane string, q *queued) bool {
	pacer := b.pacer(q)
	if pacer == nil {
		return true
	}
	b.parked.mu.Lock()
	defer b.parked.mu.Unlock()
	p := b.parked.lanes[lane]
	push := strings.Contains(q.key, "/"+string(push)+"/")
	if p == nil || p.push != push { // what is talked about now does not wait in the line of what is pushed
		p = &parking{push: push}
	}
	room := b.paceRoom(q.item.To)
	room.More = max(len(q.item.Message.Files)-1, 0)
	wait := pacer.Reserve(room, push, &p.place)
	if old := b.parked.lanes[lane]; old != nil {
		old.timer.Stop()
		delete(b.parked.lanes, lane)
	}
	if wait <= 0 {
		return true
	}
	p.timer = time.AfterFunc(wait, func() { b.lanes.wake(lane) })
	b.parked.lanes[lane] = p
	return false
}

// pacer is what a request has to ask: nil for what is not counted.
func (b *Bot) pacer(q *queued) *pace.Pacer {
	if q.raw == nil || q.withdrawn || q.night || q.closed || q.item.Op != opSend && q.item.Op != opEdit && q.item.Tap == 0 {
		return nil
	}
	return b.cfg.Pacers[q.item.To.Platform]
}

func (b *Bot) paceRoom(to chat.Address) pace.Room {
	return pace.Room{ID: to.Room, Group: b.isDesk(to)}
}

// paced tells the pacer what became of a request.
func (b *Bot) paced(q *queued, took time.Duration, err error) {
	pacer := b.pacer(q)
	if pacer == nil {
		return
	}
	var e *chat.SendError
	switch {
	case err == nil:
		pacer.Done(took)
	case errors.As(err, &e) && e.After > 0:
		pacer.SlowDown(b.paceRoom(q.item.To), e.After)
	}
}
