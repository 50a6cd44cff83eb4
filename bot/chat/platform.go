package chat

import (
	"context"
	"io"
)

// A Platform is one network. It translates in both directions and decides
// nothing.
type Platform interface {
	// Name is the Platform of all its addresses.
	Name() string
	// Run feeds the inbox until ctx ends. It returns nil only when ctx ended.
	// Events of different rooms may be received concurrently, those of one room
	// must be received in order.
	Run(ctx context.Context, in Inbox) error
	// Parts splits a message into requests of this network, each within its
	// limits. It is pure, and never returns an empty slice.
	Parts(m Message) []Message
	// Send delivers one part. Where the network lets it, a repeated id is the
	// same message. An error is a *SendError or temporary.
	Send(ctx context.Context, id string, to Address, m Message) (Receipt, error)
}

// More abilities are optional, found by type assertion. A platform that lacks
// one simply does not do it: an edit becomes a new message, a reaction and a
// deletion do not happen.
type (
	// An Editor replaces the message with ID msg.
	Editor interface {
		Edit(ctx context.Context, id string, to Address, msg string, m Message) error
	}
	// A Deleter removes the bot's message msg, in the desk also somebody else's, as far
	// as the bot may.
	Deleter interface {
		Delete(ctx context.Context, id string, to Address, msg string) error
	}
	// A Threader has rooms in which a thread can be opened for each inquiry. An
	// error that is Bad means that this room is none of them.
	Threader interface {
		OpenThread(ctx context.Context, room Address, name string) (Address, error)
		CloseThread(ctx context.Context, at Address) error
		ReopenThread(ctx context.Context, at Address) error
	}
	// A ThreadDeleter can delete a thread with everything in it. One that is gone already
	// is no error; one that is Bad means that it may not.
	ThreadDeleter interface {
		DeleteThread(ctx context.Context, at Address) error
	}
	// A Grower lets a thread grow below any message: the thread's ID is the message's.
	Grower interface{ GrowsThreads() bool }
	// A Lister may have no buttons. Then it lists those of a message below its text:
	// first Message.Numbered, each with its number, then the others.
	Lister interface{ ListsButtons() bool }
	// A Historian shows what was there before an edit to whoever looks for it. What must
	// go is deleted there.
	Historian interface{ KeepsEdits() bool }
	// An Opener reads files that lie on its network. The caller closes them.
	Opener interface {
		Open(ctx context.Context, f File) (io.ReadCloser, error)
	}
	// A Linker has addresses that open a chat with the bot. What begins there is the
	// command start with these arguments, where the network can do that. "" is not known yet.
	Linker interface{ Link(start string) string }
	// A Typer shows for a moment that an answer is being written. It may fail and
	// need not be repeated.
	Typer interface {
		Typing(ctx context.Context, to Address) error
	}
	// A Troubled says to the operator, in one sentence without personal data, what
	// keeps it from receiving; "" when nothing does.
	Troubled interface{ Trouble() string }
	// A Forgetter remembers something itself of what is said in a room. After Forget
	// it cannot be read with that what was said there before.
	Forgetter interface {
		Forget(ctx context.Context, room Address) error
	}
	// A Reacter puts emoji on somebody's message msg.
	Reacter interface {
		React(ctx context.Context, id string, to Address, msg, emoji string) error
	}
)

// An Inbox takes what a network tells. It is safe for concurrent use.
type Inbox interface {
	// Resume is where the platform left off: the cursor of the last Advance, or "".
	Resume(ctx context.Context, platform string) (cursor string, err error)
	// Receive returns nil once the event is durable. Until then the platform
	// must tell it again, soon if the error is ErrNotYet.
	Receive(ctx context.Context, ev Event) error
	// Advance records that everything up to cursor was received.
	Advance(ctx context.Context, platform, cursor string) error
}
