//go:build goolm

package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
	"lotse/store"
)

// rooms knows by which names rooms are called: that of a desk is what the settings
// say, that of a room which took another's place is the other's.
type rooms struct {
	desks []string

	mu    sync.Mutex
	names map[id.RoomID]string // where it is not the ID
	where map[string]id.RoomID
	moves map[id.RoomID]move // by the new room
}

func newRooms(desks []string) *rooms {
	r := &rooms{desks: desks, names: map[id.RoomID]string{}, where: map[string]id.RoomID{}, moves: map[id.RoomID]move{}}
	for _, desk := range desks {
		if isRoomID(desk) {
			r.put(desk, id.RoomID(desk))
		}
	}
	return r
}

// put notes where the room of a name is.
func (r *rooms) put(name string, room id.RoomID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.names, r.where[name])
	r.names[room], r.where[name] = name, room
}

// name is what a room is called in addresses.
func (r *rooms) name(room id.RoomID) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if name, ok := r.names[room]; ok {
		return name
	}
	return string(room)
}

// room is where the room of a name is; "" for a desk that was not found.
func (r *rooms) room(name string) id.RoomID {
	r.mu.Lock()
	defer r.mu.Unlock()
	if room, ok := r.where[name]; ok {
		return room
	}
	if isRoomID(name) {
		return id.RoomID(name)
	}
	return ""
}

func (r *rooms) isDesk(room id.RoomID) bool { return slices.Contains(r.desks, r.name(room)) }

// lacksDesk reports whether it is not known where a desk is: any room could be it.
func (r *rooms) lacksDesk() bool {
	return slices.ContainsFunc(r.desks, func(desk string) bool { return r.room(desk) == "" })
}

func (m *Matrix) address(room id.RoomID) chat.Address {
	return chat.Address{Platform: Platform, Room: m.rooms.name(room)}
}

// loadRooms learns where the rooms were last: those that moved, and desks named by an
// alias.
func (m *Matrix) loadRooms(ctx context.Context) error {
	return m.o.DB.View(ctx, func(r store.Reader) error {
		for _, desk := range m.rooms.desks {
			room, err := r.Get(m.deskRow(desk))
			if err != nil {
				return err
			}
			if room != nil {
				m.rooms.put(desk, id.RoomID(room))
			}
		}
		for after := ""; ; {
			rows, err := r.Scan("mxmoved/", after, store.MaxScan)
			if err != nil {
				return err
			}
			for _, row := range rows {
				var to move
				if json.Unmarshal(row.Value, &to) != nil {
					return errors.New("matrix: the row of a move cannot be read")
				}
				m.rooms.moved(to)
				after = row.Key
			}
			if len(rows) < store.MaxScan {
				return nil
			}
		}
	})
}

// takeStates learns what an answer says of rooms, before anybody is told of their
// messages. The gap of a timeline is left out: the state is that after it.
func (p *poller) takeStates(ctx context.Context, s *session, answer *mautrix.RespSync) error {
	learn := func(room id.RoomID, events []*event.Event) {
		for _, evt := range events {
			if evt.StateKey == nil {
				continue
			}
			evt.RoomID, evt.Type.Class = room, event.StateEventType
			if evt.Content.ParseRaw(evt.Type) != nil {
				continue
			}
			if evt.Type == event.StateMember {
				s.mach.HandleMemberEvent(ctx, evt)
			}
			mautrix.UpdateStateStore(ctx, s.store, evt)
		}
	}
	for room, joined := range answer.Rooms.Join {
		learn(room, joined.State.Events)
		learn(room, joined.Timeline.Events)
	}
	for room, left := range answer.Rooms.Leave {
		learn(room, left.State.Events)
		learn(room, left.Timeline.Events)
	}
	return s.store.Err()
}

// takeState hands in what a change of a room means for people.
func (r receiver) takeState(ctx context.Context, s *session, evt *event.Event) error {
	switch {
	case evt.Type == event.StateTombstone:
		return r.follow(ctx, s, evt)
	case hasCome(evt, s.client.UserID):
		return r.settle(ctx, s, evt)
	case evt.Sender == s.client.UserID:
		return nil
	}
	return r.deliver(ctx, s, evt)
}

// hasCome reports whether an event says that the bot came into a room.
func hasCome(evt *event.Event, me id.UserID) bool {
	if evt.Type != event.StateMember || evt.GetStateKey() != string(me) || evt.Content.AsMember().Membership != event.MembershipJoin {
		return false
	}
	was := evt.Unsigned.PrevContent
	if was == nil {
		return true
	}
	err := was.ParseRaw(evt.Type)
	return err != nil && !errors.Is(err, event.ErrContentAlreadyParsed) || was.AsMember().Membership != event.MembershipJoin
}

// welcome reports whether the bot listens to somebody: at the desk to everybody, else
// to those of a server that is allowed. As long as nobody knows where the desk is, what
// is said among many may be said there.
func (r receiver) welcome(ctx context.Context, s *session, evt *event.Event) (bool, error) {
	if r.rooms.isDesk(evt.RoomID) {
		return true, nil
	}
	if !r.allows(evt.Sender) || !r.rooms.lacksDesk() {
		return r.allows(evt.Sender), nil
	}
	foreign, err := s.isForeign(ctx, r.Matrix, evt.RoomID)
	return !foreign, err
}

func (m *Matrix) allows(user id.UserID) bool {
	return len(m.o.Servers) == 0 || slices.Contains(m.o.Servers, user.Homeserver())
}

// moveRooms forgets rooms that the bot is not in any more, joins and leaves. What fails of
// that is tried again as long as the process lives: it is told once.
func (p *poller) moveRooms(ctx context.Context, s *session, answer *mautrix.RespSync) error {
	for room := range answer.Rooms.Leave {
		delete(p.invited, room)
		delete(p.foreign, room)
		if err := p.left(ctx, s, room); err != nil {
			return err
		}
	}
	for room, to := range answer.Rooms.Invite {
		next := time.Time{}
		if old := p.invited[room]; old != nil {
			next = old.next
		}
		p.invited[room] = &invited{to.State.Events, next}
	}
	for room, joined := range answer.Rooms.Join {
		if slices.ContainsFunc(joined.Timeline.Events, isSetup) && p.rooms.isDesk(room) {
			p.lookAtDesks()
		}
		_, known := p.foreign[room] // then nothing is hurried
		if !known && slices.ContainsFunc(slices.Concat(joined.State.Events, joined.Timeline.Events), isMembership) {
			p.foreign[room] = time.Time{}
		}
	}
	p.answerInvitations(ctx, s)
	p.leaveForeign(ctx, s)
	return s.forgetStrangers(ctx, answer)
}

// An invited room is one whose invitation was not answered yet.
type invited struct {
	state []*event.Event
	next  time.Time // when that is tried
}

func (p *poller) answerInvitations(ctx context.Context, s *session) {
	for room, to := range p.invited {
		if p.o.Now().Before(to.next) {
			continue
		}
		err := p.answer(ctx, s, room, to.state)
		if err == nil {
			delete(p.invited, room)
			continue
		}
		to.next = p.o.Now().Add(afterOf(err))
		if !errors.Is(err, setting(noDesk)) {
			p.log.Warn("an invitation could not be answered; it is tried again", "err", err)
		}
	}
}

// leaveForeign leaves rooms that are foreign. As long as nobody knows where the desk is,
// any could be it.
func (p *poller) leaveForeign(ctx context.Context, s *session) {
	for room, next := range p.foreign {
		if p.o.Now().Before(next) {
			continue
		}
		lost := p.rooms.lacksDesk() // asked first: it may be found meanwhile
		is, err := s.isForeign(ctx, p.Matrix, room)
		if err == nil && is && lost {
			continue
		}
		if err == nil && is {
			p.log.Warn("the bot leaves a room that is no desk and not a talk of two")
			err = s.leave(ctx, room)
		}
		if err == nil || isOut(err) {
			delete(p.foreign, room)
			continue
		}
		p.foreign[room] = p.o.Now().Add(afterOf(err))
		p.log.Warn("a room could not be left; it is tried again", "err", err)
	}
}

func isMembership(evt *event.Event) bool { return evt.StateKey != nil && evt.Type == event.StateMember }

// isForeign reports whether a room is no desk, and more than two are in it or nobody
// but the bot. Servers were seen to tell of a room the bot came into without saying who
// else is there.
func (s *session) isForeign(ctx context.Context, m *Matrix, room id.RoomID) (bool, error) {
	if m.rooms.isDesk(room) {
		return false, nil
	}
	if err := s.look(ctx, room); err != nil {
		return false, err
	}
	users, err := s.store.GetRoomJoinedOrInvitedMembers(ctx, room)
	return err == nil && len(users) != 2, err
}

func (s *session) leave(ctx context.Context, room id.RoomID) error {
	_, err := s.client.LeaveRoom(ctx, room)
	return fault("leaving", err)
}

// answer takes an invitation to a desk, to a room that took the place of one, and to
// a talk of two by somebody of a server that is allowed. Others are declined.
func (p *poller) answer(ctx context.Context, s *session, room id.RoomID, state []*event.Event) error {
	by, direct := invitation(state, s.client.UserID)
	if by == "" {
		return nil // it is told again
	}
	lost := p.rooms.lacksDesk() // asked first: it may be found meanwhile
	_, moved := p.rooms.movedTo(room)
	if !p.rooms.isDesk(room) && !moved && !(direct && p.allows(by)) {
		if lost {
			return setting(noDesk)
		}
		p.log.Warn("an invitation to a room that is no desk was declined")
		return s.leave(ctx, room)
	}
	_, err := s.client.JoinRoomByID(ctx, room)
	if err = fault("joining", err); says(err, "M_FORBIDDEN", "M_NOT_FOUND") { // it was taken back
		return s.leave(ctx, room)
	}
	return err
}

// invitation is who invited the bot, and whether to a talk of two.
func invitation(state []*event.Event, me id.UserID) (by id.UserID, direct bool) {
	for _, evt := range state {
		evt.Type.Class = event.StateEventType
		if evt.Type != event.StateMember || evt.GetStateKey() != string(me) {
			continue
		}
		if err := evt.Content.ParseRaw(evt.Type); err != nil && !errors.Is(err, event.ErrContentAlreadyParsed) {
			continue
		}
		if m := evt.Content.AsMember(); m.Membership == event.MembershipInvite {
			by, direct = evt.Sender, m.IsDirect
		}
	}
	return by, direct
}

// settle looks at a room the bot came into. A talk of two that is not encrypted it
// encrypts; where it may not, the person is told (docs/adr/0015).
func (r receiver) settle(ctx context.Context, s *session, came *event.Event) error {
	room := came.RoomID
	if err := r.arrive(ctx, s, room); err != nil {
		return err
	}
	foreign, err := s.isForeign(ctx, r.Matrix, room)
	if err != nil || foreign || r.rooms.isDesk(room) {
		return err
	}
	encrypted, err := s.encrypted(ctx, room)
	if err != nil || encrypted {
		return err
	}
	_, err = s.client.SendStateEvent(ctx, room, event.StateEncryption, "", &event.EncryptionEventContent{Algorithm: id.AlgorithmMegolmV1})
	if err = fault("encrypting a room", err); !says(err, "M_FORBIDDEN") {
		return errors.Join(err, s.store.Err())
	}
	users, err := s.store.GetRoomJoinedOrInvitedMembers(ctx, room)
	if err != nil {
		return err
	}
	for _, user := range users {
		if user != s.client.UserID {
			err = errors.Join(err, r.doubt(ctx, came, user, chat.DoubtOpen, string(came.ID)))
		}
	}
	return err
}
