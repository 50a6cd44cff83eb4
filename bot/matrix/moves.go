//go:build goolm

package matrix

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/store"
)

// A move is a room that was upgraded (Client-Server API, m.room.tombstone). It counts
// when the new room says the same: else anybody could have a talk of others pass for
// theirs.
type move struct {
	From id.RoomID `json:"from"`
	To   id.RoomID `json:"to"`
	Done bool      `json:"done,omitempty"`
}

// now is where a room is, wherever it was moved.
func (r *rooms) now(room id.RoomID) id.RoomID {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := map[id.RoomID]id.RoomID{}
	for _, m := range r.moves {
		if m.Done {
			next[m.From] = m.To
		}
	}
	for range next { // there may be a circle
		room = cmp.Or(next[room], room)
	}
	return room
}

// movedTo is the move that led to a room.
func (r *rooms) movedTo(room id.RoomID) (move, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m, ok := r.moves[room]
	return m, ok
}

// moved notes that a room went elsewhere; when that is sure, it keeps its name.
func (r *rooms) moved(m move) {
	r.mu.Lock()
	r.moves[m.To] = m
	r.mu.Unlock()
	if m.Done {
		r.put(r.name(m.From), m.To)
	}
}

// follow goes where a room was moved to.
func (r receiver) follow(ctx context.Context, s *session, evt *event.Event) error {
	m := move{From: evt.RoomID, To: evt.Content.AsTombstone().ReplacementRoom}
	if _, known := r.rooms.movedTo(m.To); known || evt.GetStateKey() != "" || m.To == "" {
		return nil
	}
	if foreign, err := s.isForeign(ctx, r.Matrix, m.From); err != nil || foreign {
		return err
	}
	if err := r.noteMove(ctx, m); err != nil {
		return err
	}
	_, err := s.client.JoinRoom(ctx, string(m.To), &mautrix.ReqJoinRoom{Via: []string{evt.Sender.Homeserver()}})
	if err = fault("joining the new room", err); says(err, "M_FORBIDDEN", "M_NOT_FOUND", "M_UNKNOWN") {
		return nil // an invitation will come
	}
	return err
}

// arrive gives a room that took another's place its name, if it says itself whose place
// it took.
func (r receiver) arrive(ctx context.Context, s *session, room id.RoomID) error {
	m, moved := r.rooms.movedTo(room)
	if !moved || m.Done {
		return nil
	}
	if err := s.look(ctx, room); err != nil {
		return err
	}
	create, err := s.store.GetCreate(ctx, room)
	if err != nil || create == nil {
		return err
	}
	before := create.Content.AsCreate().Predecessor
	if before == nil || before.RoomID != m.From {
		return nil
	}
	if r.rooms.isDesk(m.From) {
		if err := s.keepSecret(ctx, m.From, room); err != nil {
			return err
		}
	}
	m.Done = true
	return r.noteMove(ctx, m)
}

// keepSecret has a room encrypted if the one was whose place it took. Where the bot may not
// switch it on, it encrypts all the same, and believes nothing that is not.
func (s *session) keepSecret(ctx context.Context, from, to id.RoomID) error {
	was, err := s.store.GetEncryptionEvent(ctx, from)
	if err != nil || was == nil {
		return err
	}
	is, err := s.store.GetEncryptionEvent(ctx, to)
	if err != nil || is != nil {
		return err
	}
	_, err = s.client.SendStateEvent(ctx, to, event.StateEncryption, "", &event.EncryptionEventContent{Algorithm: id.AlgorithmMegolmV1})
	if err = fault("encrypting a room", err); err != nil && !says(err, "M_FORBIDDEN") {
		return err
	}
	return s.store.SetEncryptionEvent(ctx, to, was)
}

func (r receiver) noteMove(ctx context.Context, m move) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("matrix: move: %w", err)
	}
	row := r.moveRow(m.To)
	if err := r.o.DB.Update(ctx, func(tx store.Tx) error {
		tx.Put(row, raw)
		return nil
	}); err != nil {
		return err
	}
	r.rooms.moved(m)
	return nil
}
