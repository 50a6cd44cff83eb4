//go:build goolm

package cryptostore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/olm"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/store"
)

// An inbound is a key to messages of a room, or why its owner withholds it.
type inbound struct {
	Withheld  *event.RoomKeyWithheldEventContent `json:"withheld,omitempty"`
	Room      id.RoomID                          `json:"room"`
	Session   id.SessionID                       `json:"id"`
	Pickle    string                             `json:"p,omitempty"`
	Signing   id.Ed25519                         `json:"signing,omitempty"`
	Sender    id.Curve25519                      `json:"sender,omitempty"`
	Chains    []string                           `json:"chains,omitempty"`
	Safety    crypto.RatchetSafety               `json:"safety"`
	Received  time.Time                          `json:"at,omitzero"`
	MaxAge    int64                              `json:"age,omitempty"` // milliseconds
	Messages  int                                `json:"max,omitempty"`
	Scheduled bool                               `json:"scheduled,omitempty"`
	Backup    id.KeyBackupVersion                `json:"backup,omitempty"`
	Source    id.KeySource                       `json:"source,omitempty"`
	First     uint32                             `json:"first,omitempty"` // the earliest message it reads
	Giver     string                             `json:"giver,omitempty"` // HMAC of whose device sent it; "" made here
}

func (s *Store) inboundRow(room id.RoomID, session id.SessionID) string {
	return s.key("mxinbound", s.room(room), s.session(session))
}

// PutGroupSession implements crypto.Store. It replaces what was withheld. What somebody
// gives while it is here already is taken from who gave it first only, and only if it
// reads more: mautrix would let anybody in a room, who has its keys, give them as their
// own or from a later message on.
func (s *Store) PutGroupSession(ctx context.Context, g *crypto.InboundGroupSession) error {
	pickle, err := g.Internal.Pickle([]byte(inboundKey))
	if err != nil {
		return fmt.Errorf("cryptostore: group session: %w", err)
	}
	row := s.inboundRow(g.RoomID, g.ID())
	now := inbound{
		Room: g.RoomID, Session: g.ID(), Pickle: string(pickle), Signing: g.SigningKey, Sender: g.SenderKey,
		Chains: g.ForwardingChains, Safety: g.RatchetSafety, Received: g.ReceivedAt, MaxAge: g.MaxAge,
		Messages: g.MaxMessages, Scheduled: g.IsScheduled, Backup: g.KeyBackupVersion, Source: g.KeySource,
		First: g.Internal.FirstKnownIndex(),
	}
	giver, given := ctx.Value(giverKey{}).(id.UserID)
	if given {
		now.Giver = s.user(giver)
	}
	if _, err := encode(now); err != nil { // what is too large stops nothing
		return err
	}
	return s.write(ctx, func(tx store.Tx) error {
		old, here, err := load[inbound](tx, row)
		if err != nil {
			return err
		}
		here = here && old.Withheld == nil
		if given && here && (old.Giver != now.Giver || old.First <= now.First) {
			return nil
		}
		if !given {
			now.Giver = old.Giver
		}
		raw, err := encode(now)
		if err == nil {
			tx.Put(row, raw)
		}
		return err
	})
}

// giverKey is where the context of an event to this device says who sent it.
type giverKey struct{}

// Gave reports whether a key came from a device of this user.
func (s *Store) Gave(ctx context.Context, user id.UserID, room id.RoomID, session id.SessionID) (bool, error) {
	v, _, err := get[inbound](ctx, s, s.inboundRow(room, session))
	return v.Giver == s.user(user), err
}

// GetGroupSession implements crypto.Store. A key that was withheld is an error
// that Is crypto.ErrGroupSessionWithheld.
func (s *Store) GetGroupSession(ctx context.Context, room id.RoomID, session id.SessionID) (*crypto.InboundGroupSession, error) {
	row := s.inboundRow(room, session)
	v, found, err := get[inbound](ctx, s, row)
	switch {
	case err != nil || !found:
		return nil, err
	case v.Withheld != nil:
		return nil, v.Withheld
	}
	return v.open(row)
}

// open makes the session of a record that is not withheld.
func (v inbound) open(row string) (*crypto.InboundGroupSession, error) {
	internal := olm.NewBlankInboundGroupSession()
	if internal.Unpickle([]byte(v.Pickle), []byte(inboundKey)) != nil {
		return nil, badRecord(row)
	}
	if v.Chains == nil {
		v.Chains = []string{}
	}
	return &crypto.InboundGroupSession{
		Internal: internal, SigningKey: v.Signing, SenderKey: v.Sender, RoomID: v.Room,
		ForwardingChains: v.Chains, RatchetSafety: v.Safety, ReceivedAt: v.Received, MaxAge: v.MaxAge,
		MaxMessages: v.Messages, IsScheduled: v.Scheduled, KeyBackupVersion: v.Backup, KeySource: v.Source,
	}, nil
}

// PutWithheldGroupSession implements crypto.Store. It does not replace a key.
func (s *Store) PutWithheldGroupSession(ctx context.Context, w event.RoomKeyWithheldEventContent) error {
	row := s.inboundRow(w.RoomID, w.SessionID)
	raw, err := encode(inbound{Withheld: &w, Room: w.RoomID, Session: w.SessionID, Received: s.cfg.Now()})
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx store.Tx) error {
		old, found, err := load[inbound](tx, row)
		if err == nil && (!found || old.Withheld != nil) {
			tx.Put(row, raw)
		}
		return err
	})
}

// GetWithheldGroupSession implements crypto.Store; nil when there is none.
func (s *Store) GetWithheldGroupSession(ctx context.Context, room id.RoomID, session id.SessionID) (*event.RoomKeyWithheldEventContent, error) {
	v, _, err := get[inbound](ctx, s, s.inboundRow(room, session))
	return v.Withheld, err
}

// RedactGroupSession implements crypto.Store. Nothing of the key is left, nor of
// how it was used; the reason is not kept.
func (s *Store) RedactGroupSession(ctx context.Context, room id.RoomID, session id.SessionID, _ string) error {
	return s.forget(ctx, inbound{Room: room, Session: session})
}

// forget removes a key, last of all that hangs on it: when it is interrupted, the
// key is found again.
func (s *Store) forget(ctx context.Context, v inbound) error {
	_, err := s.sweep(ctx, s.key("mxindex", s.session(v.Session), ""), everything)
	if err == nil {
		_, err = s.sweep(ctx, s.key("mxshared", s.session(v.Session), ""), everything)
	}
	if err != nil {
		return err
	}
	return s.remove(ctx, s.inboundRow(v.Room, v.Session))
}

// RedactGroupSessions implements crypto.Store.
func (s *Store) RedactGroupSessions(ctx context.Context, room id.RoomID, sender id.SenderKey, _ string) ([]id.SessionID, error) {
	if room == "" && sender == "" {
		return nil, errors.New("cryptostore: keys of no room and no device to redact")
	}
	return s.forgetAll(ctx, room, func(v inbound) bool { return sender == "" || v.Sender == sender })
}

// RedactExpiredGroupSessions implements crypto.Store: a key is expired after
// twice its time, because messages may be late.
func (s *Store) RedactExpiredGroupSessions(ctx context.Context) ([]id.SessionID, error) {
	now := s.cfg.Now()
	return s.forgetAll(ctx, "", func(v inbound) bool {
		return !v.Scheduled && !v.Received.IsZero() && v.MaxAge > 0 &&
			v.Received.Add(2*time.Duration(v.MaxAge)*time.Millisecond).Before(now)
	})
}

// RedactOutdatedGroupSessions implements crypto.Store.
func (s *Store) RedactOutdatedGroupSessions(ctx context.Context) ([]id.SessionID, error) {
	return s.forgetAll(ctx, "", func(v inbound) bool { return v.Received.IsZero() })
}

// forgetAll removes keys, of one room or of all, and says which.
func (s *Store) forgetAll(ctx context.Context, room id.RoomID, which func(inbound) bool) ([]id.SessionID, error) {
	var keys []inbound
	err := s.eachInbound(ctx, room, func(_ string, v inbound) error {
		if which(v) {
			keys = append(keys, v)
		}
		return nil
	})
	var gone []id.SessionID
	for _, v := range keys {
		if err == nil {
			err = s.forget(ctx, v)
		}
		if err == nil {
			gone = append(gone, v.Session)
		}
	}
	return gone, err
}

// eachInbound goes through the keys, of one room or of all, without those withheld.
func (s *Store) eachInbound(ctx context.Context, room id.RoomID, f func(row string, v inbound) error) error {
	prefix := s.key("mxinbound", "")
	if room != "" {
		prefix = s.key("mxinbound", s.room(room), "")
	}
	return s.read(ctx, func(r store.Reader) error {
		return each(r, prefix, func(row store.Pair) error {
			v, err := decode[inbound](row.Key, row.Value)
			if err != nil || v.Withheld != nil {
				return err
			}
			return f(row.Key, v)
		})
	})
}

// GetGroupSessionsForRoom implements crypto.Store.
func (s *Store) GetGroupSessionsForRoom(ctx context.Context, room id.RoomID) dbutil.RowIter[*crypto.InboundGroupSession] {
	return s.groupSessions(ctx, room, func(inbound) bool { return true })
}

// GetAllGroupSessions implements crypto.Store.
func (s *Store) GetAllGroupSessions(ctx context.Context) dbutil.RowIter[*crypto.InboundGroupSession] {
	return s.groupSessions(ctx, "", func(inbound) bool { return true })
}

// GetGroupSessionsWithoutKeyBackupVersion implements crypto.Store.
func (s *Store) GetGroupSessionsWithoutKeyBackupVersion(ctx context.Context, version id.KeyBackupVersion) dbutil.RowIter[*crypto.InboundGroupSession] {
	return s.groupSessions(ctx, "", func(v inbound) bool { return v.Backup != version })
}

func (s *Store) groupSessions(ctx context.Context, room id.RoomID, which func(inbound) bool) dbutil.RowIter[*crypto.InboundGroupSession] {
	var all []*crypto.InboundGroupSession
	err := s.eachInbound(ctx, room, func(row string, v inbound) error {
		if !which(v) {
			return nil
		}
		g, err := v.open(row)
		all = append(all, g)
		return err
	})
	return dbutil.NewSliceIterWithError(all, err)
}

// An indexed is the message that used a number of a key.
type indexed struct {
	Event id.EventID `json:"e"`
	At    int64      `json:"t"` // milliseconds, says the server
}

// ValidateMessageIndex implements crypto.Store. Whoever knows neither event nor
// time asks only.
func (s *Store) ValidateMessageIndex(ctx context.Context, session id.SessionID, evt id.EventID, index uint, at int64) (valid bool, err error) {
	row := s.key("mxindex", s.session(session), strconv.FormatUint(uint64(index), 16))
	used := indexed{evt, at}
	if used == (indexed{}) {
		_, found, err := get[indexed](ctx, s, row)
		return !found, err
	}
	raw, err := encode(used)
	if err != nil {
		return false, err
	}
	err = s.write(ctx, func(tx store.Tx) error {
		old, found, err := load[indexed](tx, row)
		if err == nil && !found {
			tx.Put(row, raw)
		}
		valid = err == nil && (!found || old == used)
		return err
	})
	return valid && err == nil, err
}

// An outbound is the key to what is sent to a room. Which devices got it is not
// in it: that is asked only until it is shared, and what is stored is shared.
type outbound struct {
	Session   id.SessionID  `json:"id"`
	Room      id.RoomID     `json:"room"`
	Pickle    string        `json:"p"`
	Shared    bool          `json:"shared,omitempty"`
	Max       int           `json:"max"`
	Count     int           `json:"n"`
	MaxAge    time.Duration `json:"age"`
	Created   time.Time     `json:"c"`
	Encrypted time.Time     `json:"e"`
}

func (s *Store) outboundRow(room id.RoomID) string { return s.key("mxoutbound", s.room(room)) }

func encodeOutbound(g *crypto.OutboundGroupSession) ([]byte, error) {
	pickle, err := g.Internal.Pickle([]byte(outboundKey))
	if err != nil {
		return nil, fmt.Errorf("cryptostore: outbound session: %w", err)
	}
	return encode(outbound{g.ID(), g.RoomID, string(pickle), g.Shared, g.MaxMessages, g.MessageCount, g.MaxAge, g.CreationTime, g.LastEncryptedTime})
}

// AddOutboundGroupSession implements crypto.Store.
func (s *Store) AddOutboundGroupSession(ctx context.Context, g *crypto.OutboundGroupSession) error {
	raw, err := encodeOutbound(g)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx store.Tx) error {
		tx.Put(s.outboundRow(g.RoomID), raw)
		return nil
	})
}

// UpdateOutboundGroupSession implements crypto.Store. A session that was removed
// or replaced in the meantime does not come back: somebody left the room.
func (s *Store) UpdateOutboundGroupSession(ctx context.Context, g *crypto.OutboundGroupSession) error {
	row, session := s.outboundRow(g.RoomID), g.ID()
	raw, err := encodeOutbound(g)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx store.Tx) error {
		old, found, err := load[outbound](tx, row)
		if err == nil && found && old.Session == session {
			tx.Put(row, raw)
		}
		return err
	})
}

// GetOutboundGroupSession implements crypto.Store.
func (s *Store) GetOutboundGroupSession(ctx context.Context, room id.RoomID) (*crypto.OutboundGroupSession, error) {
	row := s.outboundRow(room)
	v, found, err := get[outbound](ctx, s, row)
	if err != nil || !found {
		return nil, err
	}
	internal := olm.NewBlankOutboundGroupSession()
	if internal.Unpickle([]byte(v.Pickle), []byte(outboundKey)) != nil {
		return nil, badRecord(row)
	}
	g := &crypto.OutboundGroupSession{
		Internal: internal, RoomID: v.Room, Shared: v.Shared, MaxMessages: v.Max, MessageCount: v.Count,
		Users: map[crypto.UserDevice]crypto.OGSState{},
	}
	g.MaxAge, g.CreationTime, g.LastEncryptedTime = v.MaxAge, v.Created, v.Encrypted
	return g, nil
}

// RemoveOutboundGroupSession implements crypto.Store.
func (s *Store) RemoveOutboundGroupSession(ctx context.Context, room id.RoomID) error {
	return s.remove(ctx, s.outboundRow(room))
}

func (s *Store) sharedRow(user id.UserID, key id.IdentityKey, session id.SessionID) string {
	return s.key("mxshared", s.session(session), s.cfg.Index("matrix device of user", string(user), string(key)))
}

// MarkOutboundGroupSessionShared implements crypto.Store.
func (s *Store) MarkOutboundGroupSessionShared(ctx context.Context, user id.UserID, key id.IdentityKey, session id.SessionID) error {
	return s.put(ctx, s.sharedRow(user, key, session), true)
}

// IsOutboundGroupSessionShared implements crypto.Store.
func (s *Store) IsOutboundGroupSessionShared(ctx context.Context, user id.UserID, key id.IdentityKey, session id.SessionID) (bool, error) {
	shared, _, err := get[bool](ctx, s, s.sharedRow(user, key, session))
	return shared, err
}
