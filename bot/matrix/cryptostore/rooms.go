//go:build goolm

package cryptostore

import (
	"context"
	"errors"
	"fmt"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/store"
)

// What is known of a room: the last segments of its rows.
const (
	encryptionPart = "encryption"
	powerPart      = "power"
	createPart     = "create"
	joinPart       = "join"
	membersPart    = "members" // there when all members were fetched
)

func (s *Store) roomRow(room id.RoomID, part string) string {
	return s.key("mxroom", s.room(room), part)
}

// setPart writes what is known of a room. A room has an ID.
func (s *Store) setPart(ctx context.Context, room id.RoomID, part string, v any) error {
	if room == "" {
		return errNoID
	}
	return s.put(ctx, s.roomRow(room, part), v)
}

var errNoID = errors.New("cryptostore: a room or user without ID")

// part reads what is known of a room; nil when nothing is.
func part[T any](ctx context.Context, s *Store, room id.RoomID, name string) (*T, error) {
	v, found, err := get[T](ctx, s, s.roomRow(room, name))
	if err != nil || !found {
		return nil, err
	}
	return &v, nil
}

// SetEncryptionEvent implements mautrix.StateStore. What was once encrypted stays
// so, whatever the server says afterwards: only how often keys change can change.
func (s *Store) SetEncryptionEvent(ctx context.Context, room id.RoomID, content *event.EncryptionEventContent) error {
	if room == "" {
		return errNoID
	}
	if content == nil {
		return nil // it tells nothing
	}
	row := s.roomRow(room, encryptionPart)
	raw, err := encode(content)
	if errors.Is(err, ErrTooLarge) { // no algorithm that anybody knows is that long
		raw, err = encode(event.EncryptionEventContent{Algorithm: "too long"})
	}
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx store.Tx) error {
		old, _, err := load[event.EncryptionEventContent](tx, row)
		if err == nil && (old.Algorithm != id.AlgorithmMegolmV1 || content.Algorithm == id.AlgorithmMegolmV1) {
			tx.Put(row, raw)
		}
		return err
	})
}

// GetEncryptionEvent implements crypto.StateStore: nil when none is known, which
// does not mean that there is none.
func (s *Store) GetEncryptionEvent(ctx context.Context, room id.RoomID) (*event.EncryptionEventContent, error) {
	return part[event.EncryptionEventContent](ctx, s, room, encryptionPart)
}

// IsEncrypted implements mautrix.StateStore and crypto.StateStore. It says no only
// of a room whose whole state this process has fetched (StateFetched) and where
// nothing about encryption was ever seen. What is not known, or encrypted in a way
// that nobody here can write, is ErrUnknownEncryption.
func (s *Store) IsEncrypted(ctx context.Context, room id.RoomID) (bool, error) {
	content, err := s.GetEncryptionEvent(ctx, room)
	if err != nil {
		return false, err
	}
	if content != nil {
		if content.Algorithm != id.AlgorithmMegolmV1 {
			return false, fmt.Errorf("%w: its algorithm is foreign", ErrUnknownEncryption)
		}
		return true, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.fetched[room] {
		return false, ErrUnknownEncryption
	}
	return false, nil
}

// StateFetched says that the whole state of a room was fetched and given to the
// Store (mautrix.Client.State does both), in this process: it may have changed
// while no process ran.
func (s *Store) StateFetched(room id.RoomID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetched[room] = true
}

// SetPowerLevels implements mautrix.StateStore.
func (s *Store) SetPowerLevels(ctx context.Context, room id.RoomID, levels *event.PowerLevelsEventContent) error {
	return s.setPart(ctx, room, powerPart, levels)
}

// GetPowerLevels implements mautrix.StateStore, with who created the room; nil
// when they are not known.
func (s *Store) GetPowerLevels(ctx context.Context, room id.RoomID) (*event.PowerLevelsEventContent, error) {
	levels, err := part[*event.PowerLevelsEventContent](ctx, s, room, powerPart)
	if err != nil || levels == nil || *levels == nil {
		return nil, err
	}
	(*levels).CreateEvent, err = s.GetCreate(ctx, room)
	if err != nil {
		return nil, err
	}
	return *levels, nil
}

// SetCreate implements mautrix.StateStore.
func (s *Store) SetCreate(ctx context.Context, evt *event.Event) error {
	if evt.Type != event.StateCreate {
		return errors.New("cryptostore: not the creation of a room")
	}
	return s.setPart(ctx, evt.RoomID, createPart, evt)
}

// GetCreate implements mautrix.StateStore; nil when it is not known.
func (s *Store) GetCreate(ctx context.Context, room id.RoomID) (*event.Event, error) {
	evt, err := part[event.Event](ctx, s, room, createPart)
	if err != nil || evt == nil {
		return nil, err
	}
	evt.Type = event.StateCreate
	if evt.Content.ParseRaw(event.StateCreate) != nil {
		return nil, badRecord(s.roomRow(room, createPart))
	}
	return evt, nil
}

// SetJoinRules implements mautrix.StateStore.
func (s *Store) SetJoinRules(ctx context.Context, room id.RoomID, rules *event.JoinRulesEventContent) error {
	return s.setPart(ctx, room, joinPart, rules)
}

// GetJoinRules implements mautrix.StateStore; nil when they are not known.
func (s *Store) GetJoinRules(ctx context.Context, room id.RoomID) (*event.JoinRulesEventContent, error) {
	rules, err := part[*event.JoinRulesEventContent](ctx, s, room, joinPart)
	if err != nil || rules == nil {
		return nil, err
	}
	return *rules, nil
}
