package chat

import (
	"errors"
	"fmt"
	"time"
)

// ErrNotYet is an Inbox that wants to be told again soon. Nothing is wrong.
var ErrNotYet = errors.New("it is too early to receive this")

// A SendError says what the outbox should do. Any other error is temporary.
// Err must hold no token and no personal data: it is logged.
type SendError struct {
	Gone  bool          // the person blocked us, or the room is no more
	Bad   bool          // this message can never be sent
	After time.Duration // wait at least this long; 0 when the network did not say
	// NoThread says that the room is there but To.Thread in it is not.
	NoThread bool
	// Unsure says that the network may have taken it: the connection broke after
	// the request, or the answer could not be understood.
	Unsure bool
	Err    error
}

// Error names the class first.
func (e *SendError) Error() string {
	switch {
	case e.Gone:
		return fmt.Sprintf("gone: %v", e.Err)
	case e.Bad:
		return fmt.Sprintf("cannot be sent: %v", e.Err)
	case e.NoThread:
		return fmt.Sprintf("no such thread: %v", e.Err)
	case e.Unsure:
		return fmt.Sprintf("unsure whether it arrived: %v", e.Err)
	case e.After > 0:
		return fmt.Sprintf("slow down for %v: %v", e.After, e.Err)
	}
	return fmt.Sprintf("temporary: %v", e.Err)
}

// Unwrap gives the network's own error.
func (e *SendError) Unwrap() error { return e.Err }
