//go:build goolm

package cryptostore

import (
	"context"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"lotse/store"
)

// longestUse is more than any client uses a key (mautrix and the Rust SDK allow a year).
const longestUse = 366 * 24 * time.Hour

// Expire forgets keys that nobody uses any more, and what is known of keys that never
// came. Who has not yet read what was written with them reads it before.
func (s *Store) Expire(ctx context.Context) error {
	now := s.cfg.Now()
	old := func(v inbound) bool {
		use := time.Duration(min(max(v.MaxAge, 0), longestUse.Milliseconds())) * time.Millisecond
		return v.Received.Add(max(keyFor, 2*use)).Before(now)
	}
	if _, err := s.forgetAll(ctx, "", old); err != nil {
		return err
	}
	_, err := s.sweep(ctx, s.key("mxinbound", ""), func(_ store.Tx, row store.Pair) (bool, error) {
		v, err := decode[inbound](row.Key, row.Value)
		return err == nil && v.Withheld != nil && old(v), err
	})
	return err
}

// ForgetPast makes unreadable what was said in a room so far, as far as that hangs on
// what is kept here. What is said next is read as before: of each device the newest key
// stays, from the next message on.
func (s *Store) ForgetPast(ctx context.Context, room id.RoomID) error {
	newest := map[id.SenderKey]inbound{}
	var old []inbound
	err := s.eachInbound(ctx, room, func(_ string, v inbound) error {
		last, found := newest[v.Sender]
		switch {
		case found && last.Received.After(v.Received):
			old = append(old, v)
			return nil
		case found:
			old = append(old, last)
		}
		newest[v.Sender] = v
		return nil
	})
	if err != nil {
		return err
	}
	own, err := s.forgetOutbound(ctx, s.room(room))
	if err != nil {
		return err
	}
	for _, v := range newest {
		if v.Session == own {
			old = append(old, v)
		} else if err := s.forgetRead(ctx, v); err != nil {
			return err
		}
	}
	for _, v := range old {
		if err := s.forget(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

// forgetRead leaves of a key what is needed for messages that have not come yet.
func (s *Store) forgetRead(ctx context.Context, v inbound) error {
	row := s.inboundRow(v.Room, v.Session)
	g, err := v.open(row)
	if err != nil {
		return err
	}
	next := uint32(v.Safety.NextIndex)
	if next <= g.Internal.FirstKnownIndex() { // nothing was read with it
		return nil
	}
	if err := g.RatchetTo(next); err != nil {
		return badRecord(row)
	}
	pickle, err := g.Internal.Pickle([]byte(inboundKey))
	if err != nil {
		return badRecord(row)
	}
	v.Pickle, v.Safety.MissedIndices, v.Safety.LostIndices = string(pickle), nil, nil
	if err := s.put(ctx, row, v); err != nil {
		return err
	}
	_, err = s.sweep(ctx, s.key("mxindex", s.session(v.Session), ""), everything)
	return err
}

// ForgetRoom forgets a room that the device is not in any more, and everybody who is in
// no other room with it. That the room was encrypted stays: it tells nothing of anybody,
// and nobody can make the room an open one by putting the device out and in again.
func (s *Store) ForgetRoom(ctx context.Context, room id.RoomID) error {
	s.mu.Lock()
	delete(s.fetched, room)
	s.mu.Unlock()
	return s.forgetRoom(ctx, s.room(room))
}

// forgetRoom is ForgetRoom of what stands for the room in keys. Who is in the room goes
// last: when it is interrupted, the room is found again.
func (s *Store) forgetRoom(ctx context.Context, room string) error {
	if _, err := s.forgetOutbound(ctx, room); err != nil {
		return err
	}
	var keys []inbound
	var users []id.UserID
	err := s.read(ctx, func(r store.Reader) error {
		keys, users = nil, nil
		err := each(r, s.key("mxinbound", room, ""), func(row store.Pair) error {
			v, err := decode[inbound](row.Key, row.Value)
			keys = append(keys, v)
			return err
		})
		if err != nil {
			return err
		}
		return each(r, s.key("mxmember", room, ""), func(row store.Pair) error {
			m, err := decode[member](row.Key, row.Value)
			users = append(users, m.User)
			return err
		})
	})
	if err != nil {
		return err
	}
	for _, v := range keys {
		if err := s.forget(ctx, v); err != nil {
			return err
		}
	}
	for _, kind := range s.cfg.Beside {
		if err := s.remove(ctx, s.key(kind, room)); err != nil {
			return err
		}
	}
	_, err = s.sweep(ctx, s.key("mxroom", room, ""), func(_ store.Tx, row store.Pair) (bool, error) {
		return !strings.HasSuffix(row.Key, "/"+encryptionPart), nil
	})
	if err != nil {
		return err
	}
	for _, user := range users {
		if err := s.forgetMember(ctx, room, user); err != nil {
			return err
		}
	}
	return nil
}

// forgetOutbound forgets the key to what is sent to a room, and says which it was.
func (s *Store) forgetOutbound(ctx context.Context, room string) (id.SessionID, error) {
	row := s.key("mxoutbound", room)
	out, found, err := get[outbound](ctx, s, row)
	if err != nil || !found {
		return "", err
	}
	if _, err := s.sweep(ctx, s.key("mxshared", s.session(out.Session), ""), everything); err != nil {
		return "", err
	}
	return out.Session, s.remove(ctx, row)
}

// forgetMember forgets that somebody is in a room, and all about them if it was the last.
func (s *Store) forgetMember(ctx context.Context, room string, user id.UserID) error {
	if err := s.remove(ctx, s.joinedRows(user)+room); err != nil {
		return err
	}
	if _, err := s.forgetStranger(ctx, s.user(user)); err != nil {
		return err
	}
	return s.remove(ctx, s.key("mxmember", room, s.user(user)))
}

// strangerKinds are what is known of somebody wherever they are.
var strangerKinds = []string{"mxuser", "mxdevice", "mxcross", "mxsignature"}

// ForgetStranger forgets somebody who is in no room with the device, which it says.
func (s *Store) ForgetStranger(ctx context.Context, user id.UserID) (gone bool, err error) {
	return s.forgetStranger(ctx, s.user(user))
}

// forgetStranger forgets a user who is in no room with the device. That they are
// followed goes last.
func (s *Store) forgetStranger(ctx context.Context, user string) (gone bool, err error) {
	var list []device
	stays := user == s.user(s.cfg.User)
	err = s.read(ctx, func(r store.Reader) error {
		rooms, err := r.Scan(s.key("mxjoined", user, ""), "", 1)
		if stays = stays || len(rooms) > 0; err != nil || stays {
			return err
		}
		known := false
		for _, kind := range strangerKinds {
			rows, err := r.Scan(s.key(kind, user), "", 1)
			if known = known || len(rows) > 0; err != nil {
				return err
			}
		}
		if stays = !known; stays {
			return nil
		}
		list = nil
		return each(r, s.key("mxdevice", user, ""), func(row store.Pair) error {
			part, err := decode[[]device](row.Key, row.Value)
			list = append(list, part...)
			return err
		})
	})
	if err != nil || stays {
		return false, err
	}
	for _, d := range list {
		if err := s.forgetRatchets(ctx, s.olmRows(d.Identity)); err != nil {
			return false, err
		}
	}
	for _, kind := range []string{"mxsignature", "mxdevice"} {
		if _, err := s.sweep(ctx, s.key(kind, user, ""), everything); err != nil {
			return false, err
		}
	}
	if err := s.remove(ctx, s.key("mxcross", user)); err != nil {
		return false, err
	}
	return true, s.remove(ctx, s.key("mxuser", user))
}

// forgetRatchets forgets the Olm sessions with a device.
func (s *Store) forgetRatchets(ctx context.Context, prefix string) error {
	_, err := s.sweep(ctx, prefix, func(_ store.Tx, row store.Pair) (bool, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.live, row.Key)
		return true, nil
	})
	return err
}

// Keep forgets every room but these, and everybody who is in none of them. Nobody else
// may use the Store meanwhile: somebody could just come into a room. As long as it is not
// known of each room who is there, nobody is forgotten: a key can come, and the process
// die, before who sent it is known to be in a room.
func (s *Store) Keep(ctx context.Context, rooms []id.RoomID) error {
	stay := map[string]bool{}
	for _, room := range rooms {
		stay[s.room(room)] = true
	}
	for _, kind := range append([]string{"mxmember", "mxroom", "mxinbound", "mxoutbound"}, s.cfg.Beside...) {
		all, err := s.segments(ctx, s.key(kind, ""))
		if err != nil {
			return err
		}
		for _, room := range all {
			if stay[room] {
				continue
			}
			if err := s.forgetRoom(ctx, room); err != nil {
				return err
			}
		}
	}
	if known, err := s.knowsWhoIsIn(ctx, rooms); err != nil || !known {
		return err
	}
	for _, kind := range strangerKinds {
		users, err := s.segments(ctx, s.key(kind, ""))
		if err != nil {
			return err
		}
		for _, user := range users {
			if _, err := s.forgetStranger(ctx, user); err != nil {
				return err
			}
		}
	}
	return nil
}

// ForgetOthers forgets whatever other devices have left behind: nobody can use it.
func (s *Store) ForgetOthers(ctx context.Context, kinds ...string) error {
	for _, k := range Table {
		kinds = append(kinds, k.Name)
	}
	for _, kind := range kinds {
		accounts, err := s.segments(ctx, kind+"/")
		if err != nil {
			return err
		}
		for _, account := range accounts {
			if account == s.account {
				continue
			}
			if _, err := s.sweep(ctx, kind+"/"+account+"/", everything); err != nil {
				return err
			}
			if err := s.remove(ctx, kind+"/"+account); err != nil {
				return err
			}
		}
	}
	return nil
}

// knowsWhoIsIn reports whether somebody beside the bot is known of each room.
func (s *Store) knowsWhoIsIn(ctx context.Context, rooms []id.RoomID) (known bool, err error) {
	known = true
	for _, room := range rooms {
		err = s.read(ctx, func(r store.Reader) error {
			rows, err := r.Scan(s.key("mxmember", s.room(room), ""), "", 2)
			known = known && len(rows) == 2
			return err
		})
		if err != nil || !known {
			return false, err
		}
	}
	return known, nil
}

// segments are the different next segments of keys that begin with a prefix.
func (s *Store) segments(ctx context.Context, prefix string) (all []string, err error) {
	err = s.read(ctx, func(r store.Reader) error {
		all = nil
		for after := ""; ; {
			rows, err := r.Scan(prefix, after, 1)
			if err != nil || len(rows) == 0 {
				return err
			}
			segment, _, _ := strings.Cut(strings.TrimPrefix(rows[0].Key, prefix), "/")
			all = append(all, segment)
			after = prefix + segment + "/\xff" // behind whatever begins with it
		}
	})
	return all, err
}

// everything is what is swept when all of it goes.
func everything(store.Tx, store.Pair) (bool, error) { return true, nil }
