//go:build goolm

package matrix

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
	"lotse/store"
)

const (
	pageLimit = 100
	// maxGap is how many events of one room are fetched that came while nobody asked:
	// they are in memory until they are received. What is older is lost.
	maxGap = 2000
)

// gaps fetches what an answer leaves out of rooms in which much has happened, oldest
// first.
func (p *poller) gaps(ctx context.Context, s *session, answer *mautrix.RespSync, since string) (map[id.RoomID][]*event.Event, error) {
	gaps := map[id.RoomID][]*event.Event{}
	for room, joined := range answer.Rooms.Join {
		if !joined.Timeline.Limited || joined.Timeline.PrevBatch == "" {
			continue
		}
		events, err := p.gap(ctx, s, room, joined.Timeline, since)
		if err != nil {
			return nil, err
		}
		gaps[room] = events
	}
	return gaps, nil
}

// gap goes back from the timeline to the last event that was received, or to the
// beginning of what concerns the bot.
func (p *poller) gap(ctx context.Context, s *session, room id.RoomID, timeline mautrix.SyncTimeline, since string) (gap []*event.Event, err error) {
	last, err := s.last(ctx, room)
	if err != nil {
		return nil, err
	}
	here := map[id.EventID]bool{}
	for _, evt := range timeline.Events {
		here[evt.ID] = true
		if s.beganWith(evt) {
			return nil, nil
		}
	}
	horizon := p.horizon(s, since)
	for from := timeline.PrevBatch; from != "" && len(gap) < maxGap; {
		page, err := s.client.Messages(ctx, room, from, since, mautrix.DirectionBackward, nil, pageLimit)
		if err != nil {
			return nil, fault("messages", err)
		}
		for _, evt := range page.Chunk {
			if evt.ID == last || time.UnixMilli(evt.Timestamp).Before(horizon) {
				slices.Reverse(gap)
				return gap, nil
			}
			if !here[evt.ID] { // a server may begin anywhere
				gap = append(gap, evt)
			}
			if s.beganWith(evt) {
				slices.Reverse(gap)
				return gap, nil
			}
		}
		if len(page.Chunk) == 0 || page.End == from {
			break
		}
		from = page.End
	}
	if len(gap) >= maxGap {
		p.cut.Add(1)
		p.log.Warn("more has happened in a room than is fetched of it; what is older is not received", "fetched", len(gap))
	}
	slices.Reverse(gap)
	return gap, nil
}

// missed tells people whom nobody answered before this device came to be, which cannot
// read what they wrote, that they must write again (docs/adr/0016).
func (p *poller) missed(ctx context.Context, s *session, answer *mautrix.RespSync) error {
	for room, joined := range answer.Rooms.Join {
		evt := s.unanswered(joined.Timeline.Events)
		if evt == nil {
			continue
		}
		evt.RoomID = room
		yes, err := p.welcome(ctx, s, evt)
		if err == nil && yes {
			foreign, failed := s.isForeign(ctx, p.Matrix, room)
			yes, err = !foreign, failed
		}
		if err == nil && yes {
			err = p.doubt(ctx, evt, evt.Sender, chat.DoubtLost, string(evt.ID))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unanswered is the last message from before the login that was followed by nothing of
// the bot, nil when there is none.
func (s *session) unanswered(events []*event.Event) (last *event.Event) {
	for _, evt := range events {
		at := time.UnixMilli(evt.Timestamp)
		switch {
		case evt.StateKey != nil || evt.Unsigned.RedactedBecause != nil || evt.Type.Type != event.EventMessage.Type && evt.Type.Type != event.EventEncrypted.Type:
		case evt.Sender == s.client.UserID:
			last = nil
		case at.Before(s.login.Since) && !at.Before(s.login.Since.Add(-replayed)):
			last = evt
		}
	}
	return last
}

// beganWith reports whether an event is the one with which the bot came into the room.
func (s *session) beganWith(evt *event.Event) bool {
	if evt.StateKey == nil || evt.Type.Type != event.StateMember.Type {
		return false
	}
	evt.Type.Class = event.StateEventType
	err := evt.Content.ParseRaw(evt.Type)
	return (err == nil || errors.Is(err, event.ErrContentAlreadyParsed)) && hasCome(evt, s.client.UserID)
}

// last is the last event of a room that was received.
func (s *session) last(ctx context.Context, room id.RoomID) (evt id.EventID, err error) {
	err = s.o.DB.View(ctx, func(r store.Reader) error {
		raw, err := r.Get(s.row("mxlast", s.o.Index("matrix room", string(room))))
		evt = id.EventID(raw)
		return err
	})
	return evt, err
}

// row is the key of a row of this device.
func (s *session) row(kind string, parts ...string) string {
	account := s.o.Index("matrix account", string(s.client.UserID), string(s.client.DeviceID))
	return strings.Join(append([]string{kind, account}, parts...), "/")
}

// noteLast remembers where each room of an answer ended.
func (p *poller) noteLast(ctx context.Context, s *session, answer *mautrix.RespSync) error {
	var rooms []id.RoomID
	for room, joined := range answer.Rooms.Join {
		if len(joined.Timeline.Events) > 0 {
			rooms = append(rooms, room)
		}
	}
	for some := range slices.Chunk(rooms, store.MaxWrites) {
		err := p.o.DB.Update(ctx, func(tx store.Tx) error {
			for _, room := range some {
				events := answer.Rooms.Join[room].Timeline.Events
				tx.Put(s.row("mxlast", p.o.Index("matrix room", string(room))), []byte(events[len(events)-1].ID))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
