package telegram

import (
	"errors"
	"strings"

	"lotse/bot/chat"
)

// outcome says what the outbox should do about a failed request. What only the
// operator can put right, a token that is no longer valid or a right that the bot
// lacks, is temporary: nothing is lost until then.
func outcome(err error) error {
	var e *apiError
	if !errors.As(err, &e) {
		return err
	}
	out := &chat.SendError{After: e.after, Unsure: e.unsure, Err: e}
	if !e.said {
		return out
	}
	switch e.status {
	case 403:
		out.Gone = true
	case 400, 413:
		out.Gone = e.has("chat not found", "PEER_ID_INVALID")
		out.NoThread = e.has("message thread not found", "TOPIC_DELETED", "TOPIC_ID_INVALID")
		out.Bad = !out.Gone && !out.NoThread && !e.rights() && !e.has("TOPIC_CLOSED", "WRITE_FORBIDDEN")
	}
	return out
}

// rights reports whether the bot lacks a right for it.
func (e *apiError) rights() bool {
	return e.said && e.status == 400 && e.has("not enough rights", "have no rights", "need administrator rights", "CHAT_ADMIN_REQUIRED")
}

// dispensable is the error of a request that nobody waits for: what the bot has no
// right to do it leaves.
func dispensable(err error) error {
	var no *chat.SendError
	var e *apiError
	if errors.As(err, &no) && errors.As(err, &e) && e.rights() {
		no.Bad = true
	}
	return err
}

// has reports whether Telegram's words hold one of these.
func (e *apiError) has(words ...string) bool {
	for _, w := range words {
		if strings.Contains(e.reason, w) {
			return true
		}
	}
	return false
}

// bad is a request that need not be made: it can never succeed.
func bad(reason string) error {
	return &chat.SendError{Bad: true, Err: errors.New("telegram: " + reason)}
}
