package bot

import (
	"strings"
	"sync/atomic"

	"lotse/bot/chat"
	"lotse/flows"
)

// The coordinators sit in one room, or in two on different networks. Both show the
// same; each has its own lane, so that one network that is down does not hold up the
// other (DESIGN §5).

// A deskRoom is one of the coordinators' rooms.
type deskRoom struct {
	chat.Address
	noThreads *atomic.Bool // it has said that it cannot have threads
}

// deskOn is the coordinators' room on a network.
func (b *Bot) deskOn(platform string) (deskRoom, bool) {
	for _, d := range b.desks {
		if d.Platform == platform {
			return d, true
		}
	}
	return deskRoom{}, false
}

func (b *Bot) isDesk(a chat.Address) bool {
	d, ok := b.deskOn(a.Platform)
	return ok && d.Room == a.Room
}

// here is the desk's room in which this turn's event happened, itself and not a thread
// in it.
func (t *turn) here() []deskRoom {
	if !t.b.isDesk(t.ev.In) {
		return nil
	}
	d, _ := t.b.deskOn(t.ev.In.Platform)
	return []deskRoom{d}
}

// rooms are those in which something is shown. What nobody did in a room concerns all.
func (t *turn) rooms(where flows.Where) (rooms []deskRoom) {
	here := t.here()
	if where == flows.Everywhere || here == nil {
		return t.b.desks
	}
	if where == flows.Here {
		return here
	}
	for _, d := range t.b.desks {
		if d != here[0] {
			rooms = append(rooms, d)
		}
	}
	return rooms
}

// Names of posts: those of which there is one in each room end in the room's network.
const (
	cardPost      = "card"
	threadPost    = "thread" // which thread belongs to an inquiry
	questionFiles = "files"
	addition      = "said-" // what was added at a time

	answerPost  = "answer-"      // in the asker's chat: an answer …
	answerFiles = "answerfiles-" // … and its files
)

// in names a post in a room.
func (d deskRoom) in(post string) string { return post + "@" + d.Platform }

// isPost reports whether a name is that of a post, in whichever room.
func isPost(name, post string) bool { return strings.HasPrefix(name, post+"@") }
