//go:build goolm

package matrix

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
	"lotse/bot/retry"
	"lotse/store"
)

// When the desks are looked at again.
const (
	lookAgain = time.Hour
	lookSoon  = time.Minute     // after a look that failed
	lookLater = 5 * time.Minute // where somebody must do something first
	lookPause = time.Second     // what changes comes in twos and threes
)

// watchDesks looks at the desks until ctx ends: at the start, every now and then, and
// when something about them changed or was found missing. What it sees goes in like
// everything that happens. Whoever asks is served meanwhile.
func (r receiver) watchDesks(ctx context.Context) {
	for ctx.Err() == nil {
		wait := lookAgain
		for _, desk := range r.rooms.desks {
			again, err := r.lookAtDesk(ctx, desk)
			if err != nil {
				again = lookSoon
			}
			wait = min(wait, again)
		}
		alarm := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-alarm.C:
		case <-r.lookNow:
			retry.Sleep(ctx, lookPause)
			select {
			case <-r.lookNow:
			default:
			}
		}
		alarm.Stop()
	}
}

// lookAtDesks asks for the desks to be looked at.
func (m *Matrix) lookAtDesks() {
	select {
	case m.lookNow <- struct{}{}:
	default: // it is going to be done
	}
}

// isSetup reports whether an event changes how a room is set up, or that the bot is in it.
func isSetup(evt *event.Event) bool {
	return evt.StateKey != nil && slices.Contains([]string{
		event.StatePowerLevels.Type, event.StateJoinRules.Type, event.StateHistoryVisibility.Type,
		event.StateGuestAccess.Type, event.StateEncryption.Type, event.StateMember.Type,
	}, evt.Type.Type)
}

// lookAtDesk tells how one desk's room is set up, and says when to look again. Its error
// is one that may pass.
func (r receiver) lookAtDesk(ctx context.Context, desk string) (again time.Duration, err error) {
	var is chat.Standing
	failed := r.use(ctx, func(ctx context.Context, s *session) (err error) {
		is, err = r.standing(ctx, s, desk)
		return err
	})
	var only setting
	again = lookAgain
	switch {
	case failed == nil:
		r.trouble.deskIs("")
	case errors.As(failed, &only) && (only == noDesk || only == outOfDesk):
		r.trouble.deskIs(string(only))
		is = chat.Standing{Lacks: []chat.Lack{chat.LackEntry}}
		again = lookLater
	default: // whoever receives says why
		return again, failed
	}
	now := r.o.Now()
	return again, r.receive(ctx, chat.Event{
		ID: fmt.Sprintf("matrix/desk/%s/%d", desk, now.UnixNano()), Kind: chat.Setup, At: now.UTC(),
		In: chat.Address{Platform: Platform, Room: desk}, Standing: &is,
	})
}

// standing is how the bot stands in a desk's room, which it enters if it may.
func (m *Matrix) standing(ctx context.Context, s *session, desk string) (chat.Standing, error) {
	room, err := m.findDesk(ctx, s, desk)
	if err != nil {
		return chat.Standing{}, err
	}
	c, err := newClient(m.o.Homeserver, m.o.HTTP) // it keeps nothing of what it sees
	if err != nil {
		return chat.Standing{}, err
	}
	c.UserID, c.DeviceID, c.AccessToken = s.client.UserID, s.client.DeviceID, s.client.AccessToken
	h, err := hygieneOf(ctx, c, room)
	if isOut(err) || err == nil && h.is != event.MembershipJoin {
		_, err = c.JoinRoom(ctx, string(room), &mautrix.ReqJoinRoom{Via: servers(desk)})
		if err = fault("joining the desk", err); isOut(err) || says(err, "M_UNKNOWN") {
			return chat.Standing{}, setting(outOfDesk)
		}
		if err == nil {
			h, err = hygieneOf(ctx, c, room)
		}
	}
	if err != nil {
		return chat.Standing{}, err
	}
	return chat.Standing{Place: string(room), Threads: true, Lacks: h.lacks(c.UserID)}, nil
}

// isOut reports whether the server refuses because the bot is not in a room.
func isOut(err error) bool { return says(err, "M_FORBIDDEN", "M_NOT_FOUND", "M_INVALID_PARAM") }

// servers are those that know a room, as far as its name says.
func servers(name string) []string {
	_, server, known := strings.Cut(name, ":")
	if !known { // since room version 12
		return nil
	}
	return []string{server}
}

// findDesk is where a desk is. An alias may lead elsewhere one day; one that leads
// nowhere any more is the room it led to last.
func (m *Matrix) findDesk(ctx context.Context, s *session, desk string) (id.RoomID, error) {
	last := m.rooms.room(desk)
	if !isAlias(desk) {
		return last, nil
	}
	found, err := s.client.ResolveAlias(ctx, id.RoomAlias(desk))
	switch err = fault("alias of the desk", err); {
	case says(err, "M_NOT_FOUND", "M_INVALID_PARAM") && last != "":
		return last, nil
	case says(err, "M_NOT_FOUND", "M_INVALID_PARAM"):
		return "", setting(noDesk)
	case err != nil:
		return "", err
	}
	room := m.rooms.now(found.RoomID)
	if room == last {
		return room, nil
	}
	err = m.o.DB.Update(ctx, func(tx store.Tx) error {
		tx.Put(m.deskRow(desk), []byte(room))
		return nil
	})
	if err == nil {
		m.rooms.put(desk, room)
	}
	return room, err
}

func (m *Matrix) deskRow(desk string) string {
	return "mxdesk/" + m.o.Index("matrix alias", desk)
}

// lacks are what the bot needs in a desk's room and has not, and who can read along.
func (h hygiene) lacks(me id.UserID) (all []chat.Lack) {
	seen := h.visibility.HistoryVisibility
	for _, l := range []struct {
		lack chat.Lack
		is   bool
	}{
		{chat.LackWriting, h.power.GetUserLevel(me) < h.power.GetEventLevel(event.EventEncrypted)},
		{chat.LackSecrecy, h.encryption.Algorithm != id.AlgorithmMegolmV1},
		{chat.LackDoor, h.rules.JoinRule == event.JoinRulePublic || h.guests.GuestAccess == event.GuestAccessCanJoin && h.rules.JoinRule != event.JoinRuleInvite || seen == event.HistoryVisibilityWorldReadable},
		{chat.LackPast, seen == event.HistoryVisibilityShared || seen == ""},
		{chat.LackRank, h.power.GetUserLevel(me) < h.power.Redact()},
	} {
		if l.is {
			all = append(all, l.lack)
		}
	}
	return all
}
