//go:build goolm

package matrix

import (
	"context"
	"errors"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/matrix/cryptostore"
)

// encrypted reports whether a room is. The whole state of a room is fetched once by
// each session, before anything is said or believed there; once encrypted, a room stays
// so, and what is not known is an error.
func (s *session) encrypted(ctx context.Context, room id.RoomID) (bool, error) {
	is, err := s.store.IsEncrypted(ctx, room)
	if !errors.Is(err, cryptostore.ErrUnknownEncryption) {
		return is, err
	}
	if err := s.look(ctx, room); err != nil {
		return false, err
	}
	return s.store.IsEncrypted(ctx, room)
}

// look fetches the state of a room, unless this session has.
func (s *session) look(ctx context.Context, room id.RoomID) error {
	one := s.looking(room)
	one.Lock()
	defer one.Unlock()
	s.mu.Lock()
	done := s.fetched[room]
	s.mu.Unlock()
	if done {
		return nil
	}
	if _, err := s.client.State(ctx, room); err != nil {
		return fault("state of a room", err)
	}
	if err := s.store.Err(); err != nil { // mautrix does not say whether it was written
		return err
	}
	s.store.StateFetched(room)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetched[room] = true
	return nil
}

// encrypt makes what only those can read who are in the room.
func (s *session) encrypt(ctx context.Context, room id.RoomID, users []id.UserID, kind event.Type, content any) (*event.EncryptedEventContent, error) {
	if err := s.refresh(ctx, users); err != nil { // else a new device could not read it
		return nil, err
	}
	secret, err := s.mach.EncryptMegolmEvent(ctx, room, kind, content)
	if crypto.IsShareError(err) {
		if err := s.mach.ShareGroupSession(ctx, room, users); err != nil {
			return nil, fault("sharing a key", err)
		}
		secret, err = s.mach.EncryptMegolmEvent(ctx, room, kind, content)
	}
	if err != nil {
		return nil, fault("encrypting", err)
	}
	return secret, s.store.Err()
}

// errNotTheirs is an event that was encrypted by somebody else than the server says.
var errNotTheirs = errors.New("matrix: the key of an event is not its sender's")

// decrypt makes an event readable. Its key must be its sender's: the server says who sent
// an event, and only the key says who wrote it (docs/adr/0035).
func (s *session) decrypt(ctx context.Context, evt *event.Event) (*event.Event, error) {
	clear, err := s.mach.DecryptMegolmEvent(ctx, evt)
	if err != nil {
		return nil, err
	}
	theirs, err := s.store.Gave(ctx, evt.Sender, evt.RoomID, evt.Content.AsEncrypted().SessionID)
	if err != nil {
		return nil, err
	}
	if evt.Sender == s.client.UserID { // what this device has encrypted nobody gave
		theirs = theirs || clear.Mautrix.TrustState == id.TrustStateVerified
	}
	if !theirs {
		return nil, errNotTheirs
	}
	return clear, nil
}
