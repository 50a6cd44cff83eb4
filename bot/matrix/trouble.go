//go:build goolm

package matrix

import (
	"cmp"
	"log/slog"
	"sync"
)

// A trouble is why nothing is received at the moment, or nothing from the desk. It is
// told to the operator once, however often it shows.
type trouble struct {
	log *slog.Logger

	mu   sync.Mutex
	what string // "" when there is none
	desk string // why the room of the desk is out of reach, "" when it is not
}

// What keeps events from coming.
const (
	noAnswer   = "the Matrix homeserver does not answer"
	noLogin    = "the Matrix homeserver does not take user and password, or the token; lotse doctor says more"
	loggedOut  = "the Matrix homeserver has ended this device's session; give LOTSE_MATRIX_PASSWORD or a new LOTSE_MATRIX_TOKEN"
	otherKeys  = "another program has used this Matrix device with keys of its own; give LOTSE_MATRIX_PASSWORD, or the LOTSE_MATRIX_TOKEN of a device that nobody has used"
	otherUser  = "the data file belongs to another Matrix account than LOTSE_MATRIX_USER; give LOTSE_DATA another folder, or the user back"
	noDesk     = "the room of LOTSE_DESKS is not to be found on Matrix; lotse doctor says more"
	outOfDesk  = "the bot is not in the room of LOTSE_DESKS on Matrix: invite it there"
	notWritten = "what the encryption of Matrix must remember could not be written or read; it begins anew from what is stored"
)

// is notes a failure, and complains about it if it is another one than before.
func (t *trouble) is(what string, err error) {
	t.mu.Lock()
	news := t.what != what
	t.what = what
	t.mu.Unlock()
	if news {
		t.log.Error(what, "err", err)
	}
}

// passed is a question that was answered.
func (t *trouble) passed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.what != "" {
		t.what = ""
		t.log.Info("Matrix answers again")
	}
}

// deskIs notes why the room of the desk is out of reach, "" when it is not.
func (t *trouble) deskIs(what string) {
	t.mu.Lock()
	was := t.desk
	t.desk = what
	t.mu.Unlock()
	switch {
	case was == what:
	case what == "":
		t.log.Info("the room of LOTSE_DESKS on Matrix is there")
	default:
		t.log.Error(what)
	}
}

// Trouble says to the operator why nothing is received, or nothing from the desk, ""
// when nothing is wrong.
func (m *Matrix) Trouble() string {
	m.trouble.mu.Lock()
	defer m.trouble.mu.Unlock()
	return cmp.Or(m.trouble.what, m.trouble.desk)
}
