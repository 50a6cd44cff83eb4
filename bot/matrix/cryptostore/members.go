//go:build goolm

package cryptostore

import (
	"context"
	"maps"
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/store"
)

// A member of a room. Names and pictures are not kept: nothing here needs them.
// Who has left has no row.
type member struct {
	User       id.UserID        `json:"u"`
	Membership event.Membership `json:"m"`
}

func (s *Store) memberRows(room id.RoomID) string { return s.key("mxmember", s.room(room), "") }
func (s *Store) joinedRows(user id.UserID) string { return s.key("mxjoined", s.user(user), "") }

// putMember makes two writes.
func (s *Store) putMember(tx store.Tx, room id.RoomID, m member) error {
	row, joined := s.memberRows(room)+s.user(m.User), s.joinedRows(m.User)+s.room(room)
	raw, err := encode(m)
	if err != nil {
		return err
	}
	where, err := encode(room)
	if err != nil {
		return err
	}
	if m.Membership == event.MembershipLeave {
		tx.Delete(row)
	} else {
		tx.Put(row, raw)
	}
	if isHere(m.Membership) {
		tx.Put(joined, where)
	} else {
		tx.Delete(joined)
	}
	return nil
}

// isHere is whether somebody gets the keys of a room.
func isHere(m event.Membership) bool {
	return m == event.MembershipJoin || m == event.MembershipInvite
}

// SetMembership implements mautrix.StateStore.
func (s *Store) SetMembership(ctx context.Context, room id.RoomID, user id.UserID, membership event.Membership) error {
	if room == "" || user == "" {
		return errNoID
	}
	return s.write(ctx, func(tx store.Tx) error {
		return s.putMember(tx, room, member{user, membership})
	})
}

// SetMember implements mautrix.StateStore. Only the membership is kept.
func (s *Store) SetMember(ctx context.Context, room id.RoomID, user id.UserID, content *event.MemberEventContent) error {
	return s.SetMembership(ctx, room, user, content.Membership)
}

// TryGetMember implements mautrix.StateStore: nil when nothing is known, or the
// user has left.
func (s *Store) TryGetMember(ctx context.Context, room id.RoomID, user id.UserID) (*event.MemberEventContent, error) {
	m, found, err := get[member](ctx, s, s.memberRows(room)+s.user(user))
	if err != nil || !found {
		return nil, err
	}
	return &event.MemberEventContent{Membership: m.Membership}, nil
}

// GetMember implements mautrix.StateStore: whoever is not known has left.
func (s *Store) GetMember(ctx context.Context, room id.RoomID, user id.UserID) (*event.MemberEventContent, error) {
	m, err := s.TryGetMember(ctx, room, user)
	if m == nil && err == nil {
		m = &event.MemberEventContent{Membership: event.MembershipLeave}
	}
	return m, err
}

// IsInRoom implements mautrix.StateStore.
func (s *Store) IsInRoom(ctx context.Context, room id.RoomID, user id.UserID) bool {
	return s.IsMembership(ctx, room, user, event.MembershipJoin)
}

// IsInvited implements mautrix.StateStore: in the room, or invited.
func (s *Store) IsInvited(ctx context.Context, room id.RoomID, user id.UserID) bool {
	return s.IsMembership(ctx, room, user, event.MembershipJoin, event.MembershipInvite)
}

// IsMembership implements mautrix.StateStore. What cannot be read is a no.
func (s *Store) IsMembership(ctx context.Context, room id.RoomID, user id.UserID, allowed ...event.Membership) bool {
	m, err := s.GetMember(ctx, room, user)
	return err == nil && slices.Contains(allowed, m.Membership)
}

// IsConfusableName implements mautrix.StateStore: no names are kept.
func (s *Store) IsConfusableName(context.Context, id.RoomID, id.UserID, string) ([]id.UserID, error) {
	return nil, nil
}

// ClearCachedMembers implements mautrix.StateStore: of all memberships when none
// is given.
func (s *Store) ClearCachedMembers(ctx context.Context, room id.RoomID, memberships ...event.Membership) error {
	if err := s.remove(ctx, s.roomRow(room, membersPart)); err != nil {
		return err
	}
	return s.clearMembers(ctx, room, nil, memberships)
}

// clearMembers removes the members of a room that have one of the memberships,
// unless they are among those to keep.
func (s *Store) clearMembers(ctx context.Context, room id.RoomID, keep map[id.UserID]event.Membership, memberships []event.Membership) error {
	_, err := s.sweep(ctx, s.memberRows(room), func(tx store.Tx, row store.Pair) (bool, error) {
		m, err := decode[member](row.Key, row.Value)
		if err != nil {
			return false, err
		}
		_, stays := keep[m.User]
		if stays || len(memberships) > 0 && !slices.Contains(memberships, m.Membership) {
			return false, nil
		}
		tx.Delete(s.joinedRows(m.User) + s.room(room))
		return true, nil
	})
	return err
}

// ReplaceCachedMembers implements mautrix.StateStore. It takes several Updates for
// a large room; whoever is in it, old and new, is never missing in between,
// because somebody else may be about to share a key.
func (s *Store) ReplaceCachedMembers(ctx context.Context, room id.RoomID, evts []*event.Event, only ...event.Membership) error {
	if room == "" {
		return errNoID
	}
	if len(only) > 0 {
		if err := s.remove(ctx, s.roomRow(room, membersPart)); err != nil {
			return err
		}
	}
	now := map[id.UserID]event.Membership{}
	for _, evt := range evts {
		content, ok := evt.Content.Parsed.(*event.MemberEventContent)
		if user := evt.GetStateKey(); ok && user != "" {
			now[id.UserID(user)] = content.Membership
		}
	}
	for users := range slices.Chunk(slices.Sorted(maps.Keys(now)), page) {
		err := s.write(ctx, func(tx store.Tx) error {
			for _, user := range users {
				if err := s.putMember(tx, room, member{user, now[user]}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := s.clearMembers(ctx, room, now, only); err != nil || len(only) > 0 {
		return err
	}
	return s.MarkMembersFetched(ctx, room)
}

// HasFetchedMembers implements mautrix.StateStore.
func (s *Store) HasFetchedMembers(ctx context.Context, room id.RoomID) (bool, error) {
	fetched, _, err := get[bool](ctx, s, s.roomRow(room, membersPart))
	return fetched, err
}

// MarkMembersFetched implements mautrix.StateStore.
func (s *Store) MarkMembersFetched(ctx context.Context, room id.RoomID) error {
	return s.setPart(ctx, room, membersPart, true)
}

// GetAllMembers implements mautrix.StateStore. Who has left is not among them.
func (s *Store) GetAllMembers(ctx context.Context, room id.RoomID) (map[id.UserID]*event.MemberEventContent, error) {
	all := map[id.UserID]*event.MemberEventContent{}
	err := s.read(ctx, func(r store.Reader) error {
		return each(r, s.memberRows(room), func(row store.Pair) error {
			m, err := decode[member](row.Key, row.Value)
			all[m.User] = &event.MemberEventContent{Membership: m.Membership}
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// GetRoomJoinedOrInvitedMembers implements mautrix.StateStore.
func (s *Store) GetRoomJoinedOrInvitedMembers(ctx context.Context, room id.RoomID) ([]id.UserID, error) {
	all, err := s.GetAllMembers(ctx, room)
	maps.DeleteFunc(all, func(_ id.UserID, m *event.MemberEventContent) bool { return !isHere(m.Membership) })
	return slices.Sorted(maps.Keys(all)), err
}

// FindSharedRooms implements crypto.StateStore: the encrypted rooms somebody is in
// or invited to.
func (s *Store) FindSharedRooms(ctx context.Context, user id.UserID) (rooms []id.RoomID, err error) {
	err = s.read(ctx, func(r store.Reader) error {
		return each(r, s.joinedRows(user), func(row store.Pair) error {
			room, err := decode[id.RoomID](row.Key, row.Value)
			if err != nil {
				return err
			}
			encrypted, err := r.Get(s.roomRow(room, encryptionPart))
			if err == nil && encrypted != nil {
				rooms = append(rooms, room)
			}
			return err
		})
	})
	return rooms, err
}
