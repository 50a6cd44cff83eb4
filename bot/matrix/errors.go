//go:build goolm

package matrix

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"maunium.net/go/mautrix"

	"lotse/bot/chat"
)

// An apiError is a request that did not succeed, without the words of the server:
// these name people and rooms.
type apiError struct {
	what   string // what was to be done
	status int    // of HTTP; 0 without an answer
	code   string // errcode (Client-Server API, standard error response); "" when somebody else answered
	soft   bool   // of M_UNKNOWN_TOKEN: the device lives on
	after  time.Duration
	cause  error // what happened to the connection, or to what is remembered
}

func (e *apiError) Error() string {
	switch {
	case e.code != "":
		return fmt.Sprintf("matrix: %s: %s (HTTP status %d)", e.what, e.code, e.status)
	case e.cause != nil:
		return fmt.Sprintf("matrix: %s: %v", e.what, e.cause)
	}
	return fmt.Sprintf("matrix: %s: HTTP status %d", e.what, e.status)
}

// Unwrap gives what happened to the connection, or to what is remembered.
func (e *apiError) Unwrap() error { return e.cause }

// fault is an error of mautrix in our words; nil of nil.
func fault(what string, err error) error {
	if err == nil {
		return nil
	}
	e := &apiError{what: what}
	var answer mautrix.HTTPError
	if !errors.As(err, &answer) {
		e.cause = innermost(err)
		return e
	}
	if answer.Response != nil {
		e.status, e.after = answer.Response.StatusCode, retryAfter(answer.Response.Header.Get("Retry-After"))
	}
	if said := answer.RespError; said != nil {
		e.code = said.ErrCode
		e.soft, _ = said.ExtraData["soft_logout"].(bool)
		if ms, ok := said.ExtraData["retry_after_ms"].(float64); ok && ms > 0 {
			e.after = max(e.after, time.Duration(ms)*time.Millisecond)
		}
	}
	if e.code == "" {
		e.cause = bare(answer.WrappedError)
	}
	return e
}

// innermost is what went wrong, without what mautrix says around it: that names people
// and rooms.
func innermost(err error) error {
	for {
		within := errors.Unwrap(err)
		if within == nil {
			return err
		}
		err = within
	}
}

// afterOf is how long the server wants to be left alone.
func afterOf(err error) time.Duration {
	var e *apiError
	if errors.As(err, &e) {
		return e.after
	}
	return 0
}

// retryAfter reads the header of that name: seconds or a date (RFC 9110, 10.2.3).
func retryAfter(header string) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 16); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(0, time.Until(date))
	}
	return 0
}

// bare is an error of net/http without the URL it was about.
func bare(err error) error {
	var about *url.Error
	if errors.As(err, &about) {
		return about.Err
	}
	return err
}

// says reports whether the server refused with one of these codes.
func says(err error, codes ...string) bool {
	var e *apiError
	if !errors.As(err, &e) {
		return false
	}
	for _, code := range codes {
		if e.code == code {
			return true
		}
	}
	return false
}

// outcome says what the outbox should do about a failed request. A request that is
// made again is the same message, so none is unsure. What only the operator can put
// right is temporary: nothing is lost until then.
func outcome(err error) error {
	var e *apiError
	var out *chat.SendError
	if err == nil || errors.As(err, &out) || !errors.As(err, &e) {
		return err
	}
	out = &chat.SendError{After: e.after, Err: err}
	out.Bad = e.status == http.StatusRequestEntityTooLarge || says(e, "M_TOO_LARGE", "M_BAD_JSON", "M_NOT_JSON", "M_INVALID_PARAM")
	return out
}

// bad is a request that need not be made: it can never succeed.
func bad(reason string) error {
	return &chat.SendError{Bad: true, Err: errors.New("matrix: " + reason)}
}

// gone is a room that nobody can be reached in.
func gone(reason string) error {
	return &chat.SendError{Gone: true, Err: errors.New("matrix: " + reason)}
}
