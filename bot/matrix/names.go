//go:build goolm

package matrix

import (
	"cmp"
	"context"
	"sync"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// names are what colleagues are called in the coordinators' room. They are asked for
// once, and kept nowhere.
type names struct {
	mu    sync.Mutex
	known map[inRoom]string
}

type inRoom struct {
	room id.RoomID
	user id.UserID
}

// forget lets a name be asked for again: it may be another one now.
func (n *names) forget(room id.RoomID, user id.UserID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.known, inRoom{room, user})
}

// name is what somebody is called in a room: without a name, or while it is not to be
// had, by their account.
func (s *session) name(ctx context.Context, room id.RoomID, user id.UserID) string {
	who := inRoom{room, user}
	s.names.mu.Lock()
	name, known := s.names.known[who]
	s.names.mu.Unlock()
	if known {
		return name
	}
	var is event.MemberEventContent
	where := s.client.BuildClientURL("v3", "rooms", room, "state", event.StateMember.Type, string(user))
	_, err := s.client.MakeRequest(ctx, "GET", where, nil, &is) // mautrix's own would write it into the memory
	if name = cmp.Or(is.Displayname, user.Localpart(), string(user)); err == nil {
		s.names.mu.Lock()
		defer s.names.mu.Unlock()
		s.names.known[who] = name
	}
	return name
}
