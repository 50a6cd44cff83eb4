package telegram

import (
	"errors"
	"log/slog"
	"sync"
	"time"
)

// A trouble is why nothing is received at the moment. It is told to the operator
// once, however often it shows.
type trouble struct {
	log *slog.Logger

	mu   sync.Mutex
	what string // "" when there is none
	at   time.Time
}

// What keeps updates from coming.
const (
	unknownToken = "the server does not know this token; get the valid one from @BotFather and set LOTSE_TELEGRAM_TOKEN"
	secondBot    = "a second bot runs with the same token: stop one of them, each takes the other's updates"
	noAnswer     = "Telegram does not answer"
)

// conflictOver is how long nothing must be heard of a second bot until it is
// believed to be gone. Both get updates in between, so that one does not say so: but
// the other asks at least every pollWait.
const conflictOver = 2 * pollWait

// is notes a failure, and says whether it is another one than before.
func (t *trouble) is(what string) (news bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	news, t.what, t.at = t.what != what, what, time.Now()
	return news
}

// passed is a question that was answered.
func (t *trouble) passed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.what == "" || t.what == secondBot && time.Since(t.at) < conflictOver {
		return
	}
	t.what = ""
	t.log.Info("Telegram answers again")
}

// Trouble says to the operator why nothing is received, "" when nothing is wrong.
func (t *Telegram) Trouble() string {
	t.trouble.mu.Lock()
	defer t.trouble.mu.Unlock()
	return t.trouble.what
}

// unknown reports whether the server knows no such token: it says 404 to one that
// does not even look like one.
func unknown(err error) bool {
	var e *apiError
	return errors.As(err, &e) && e.said && (e.status == 401 || e.status == 404)
}
