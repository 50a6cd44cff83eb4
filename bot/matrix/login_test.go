//go:build goolm

package matrix

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"maunium.net/go/mautrix"

	"lotse/bot/chat"
)

// begin makes a session, or says why not.
func begin(m *Matrix) (*session, error) {
	var got *session
	err := m.use(context.Background(), func(_ context.Context, s *session) error {
		got = s
		return nil
	})
	return got, err
}

// TestOneLogin: the session lasts, whoever asks and however often the process starts.
func TestOneLogin(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	for range 3 {
		m := f.open(Options{})
		for range 2 {
			if _, err := begin(m); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(f.logins) != 1 {
		t.Errorf("it logged in %d times", len(f.logins))
	}
	if _, err := begin(f.open(Options{User: "@other:fake", Password: password})); !errors.Is(err, setting(otherUser)) {
		t.Errorf("another account: %v", err)
	}
}

// TestOneDevice: a process that dies while it logs in comes back as the same device.
func TestOneDevice(t *testing.T) {
	f := newFake(t)
	f.failing(func(r *http.Request) (int, object) {
		if strings.HasSuffix(r.URL.Path, "/login") {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.calls = append(f.calls, "lost")
			return 502, object{}
		}
		return 0, nil
	})
	if _, err := begin(f.open(Options{})); err == nil {
		t.Fatal("no error")
	}
	before, err := f.open(Options{}).loadLogin(t.Context())
	if err != nil || before.Device == "" || before.Token != "" {
		t.Fatalf("kept: %+v, %v", before, err)
	}
	f.failing(nil)
	s, err := begin(f.open(Options{}))
	if err != nil || s.client.DeviceID != before.Device {
		t.Errorf("device %s, then %v, %v", before.Device, s, err)
	}
}

// TestToken: the device of a token is taken over, if nobody else uses it.
func TestToken(t *testing.T) {
	f := newFake(t)
	f.tokens["given"] = device{bot, "GIVEN"}
	o := Options{Token: "given"}
	if s, err := begin(f.open(o)); err != nil || s.client.DeviceID != "GIVEN" {
		t.Fatalf("%v, %v", s, err)
	}
	other := newFake(t)
	other.tokens["given"] = device{bot, "GIVEN"}
	other.keys[bot] = map[string]object{"GIVEN": {"user_id": bot, "device_id": "GIVEN", "keys": object{"ed25519:GIVEN": "somebody else's"}}}
	if _, err := begin(other.open(o)); !errors.Is(err, setting(otherKeys)) {
		t.Errorf("a device with other keys: %v", err)
	}
	delete(other.tokens, "given")
	if _, err := begin(newFake(t).open(o)); !errors.Is(err, setting(noLogin)) {
		t.Errorf("an unknown token: %v", err)
	}
}

// TestWrongPassword: nobody is locked out by a bot that tries again and again.
func TestWrongPassword(t *testing.T) {
	f := newFake(t)
	now := time.Now()
	m := f.open(Options{User: bot, Password: "wrong", Now: func() time.Time { return now }})
	for range 5 {
		if _, err := m.Send(t.Context(), "row", here, chat.Message{Text: "Hallo"}); !errors.Is(err, setting(noLogin)) {
			t.Errorf("sending: %v", err)
		}
	}
	if n := len(f.made("POST v3/login")); n != 1 {
		t.Errorf("it tried %d times", n)
	}
	now = now.Add(beginLate)
	if _, err := begin(m); err == nil || len(f.made("POST v3/login")) != 2 {
		t.Errorf("later: %v", err)
	}
}

// TestLoggedOut: who ends the bot's session gets a new device, or the same if the
// TestForgetfulServer: a server that does not know the token for a moment has not ended
// the session: the device stays, with its keys.
func TestForgetfulServer(t *testing.T) {
	f := newFake(t)
	f.chatOfTwo()
	in := newInbox(t)
	m := f.open(Options{})
	run(t, m, in)
	f.text(talk, rima, "eins")
	in.next()
	before, _ := begin(m)
	var refused atomic.Int32
	f.failing(func(r *http.Request) (int, object) {
		if strings.HasSuffix(r.URL.Path, "/sync") && refused.Add(1) <= 2 {
			return refusal(401, "M_UNKNOWN_TOKEN")
		}
		return 0, nil
	})
	for _, words := range []string{"zwei", "drei"} { // the first may answer the last question
		f.text(talk, rima, words)
		if ev := in.next(); ev.Text != words {
			t.Errorf("told: %+v", ev)
		}
	}
	if after, err := begin(m); err != nil || after != before || len(f.logins) != 1 || refused.Load() < 2 {
		t.Errorf("%d logins after %d refusals, %v", len(f.logins), refused.Load(), err)
	}
}

// server says that it lives on.
func TestLoggedOut(t *testing.T) {
	for _, soft := range []bool{false, true} {
		f := newFake(t)
		f.chatOfTwo()
		in := newInbox(t)
		m := f.open(Options{})
		stop := run(t, m, in)
		f.text(talk, rima, "eins")
		in.next()
		before, _ := begin(m)
		f.mu.Lock()
		clear(f.tokens)
		f.mu.Unlock()
		f.failing(func(r *http.Request) (int, object) {
			if soft && r.Header.Get("Authorization") == "Bearer token-1" {
				return 401, object{"errcode": "M_UNKNOWN_TOKEN", "soft_logout": true}
			}
			return 0, nil
		})
		for _, words := range []string{"zwei", "drei"} { // the first may answer the last question
			f.text(talk, rima, words)
			if ev := in.next(); ev.Text != words {
				t.Errorf("told: %+v", ev)
			}
		}
		after, err := begin(m)
		if err != nil || (before.client.DeviceID == after.client.DeviceID) != soft || len(f.logins) != 2 {
			t.Errorf("soft %v: %s, then %s, %v", soft, before.client.DeviceID, after.client.DeviceID, err)
		}
		stop()
	}
}

// vouched reports whether the account confirms a device.
func (f *fake) vouched(device string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.keys[bot][device]["signatures"].(object)[bot].(object)) == 2
}

// TestIdentity: the account vouches for the device, and for the next one with the
// recovery key, which only its owner can read.
func TestIdentity(t *testing.T) {
	f := newFake(t)
	s, err := begin(f.open(Options{}))
	if err != nil || !f.vouched(string(s.client.DeviceID)) {
		t.Fatalf("the first device is not confirmed: %v", err)
	}
	master := f.signing["master_key"]
	info, err := os.Stat(s.o.RecoveryFile)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("recovery key: %v, %v", info, err)
	}
	again, err := begin(f.open(Options{}))
	if err != nil || again.mach.CrossSigningKeys == nil {
		t.Errorf("at the next start the account's keys are not there: %v", err)
	}
	lost := newFake(t)
	lost.tokens, lost.keys, lost.account, lost.signing = f.tokens, f.keys, f.account, f.signing
	lost.dir, lost.logins = f.dir, f.logins
	next, err := begin(lost.open(Options{}))
	if err != nil || next.client.DeviceID == s.client.DeviceID || !lost.vouched(string(next.client.DeviceID)) {
		t.Errorf("after the data were lost: %v", err)
	}
	if master == nil || lost.signing["master_key"].(object)["keys"] == nil {
		t.Error("the account has no keys")
	}
}

// TestInterruptedIdentity: wherever the process dies, the next start goes on.
func TestInterruptedIdentity(t *testing.T) {
	for _, part := range []string{"/account_data/m.secret_storage.key", "/account_data/m.cross_signing.self", "/account_data/m.secret_storage.default", "/device_signing/", "/signatures/", "/keys/upload"} {
		f := newFake(t)
		f.refuse(part, 500, "M_UNKNOWN")
		_, _ = begin(f.open(Options{}))
		f.failing(nil)
		s, err := begin(f.open(Options{}))
		if err != nil || !f.vouched(string(s.client.DeviceID)) {
			t.Errorf("%s: the device is not confirmed: %v", part, err)
		}
	}
}

// TestHalfPublished: the keys are at the server, and the process died before it noted so.
func TestHalfPublished(t *testing.T) {
	f := newFake(t)
	s, err := begin(f.open(Options{}))
	if err != nil {
		t.Fatal(err)
	}
	account := s.mach.GetAccount()
	account.Shared = false
	if err := s.store.PutAccount(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	s, err = begin(f.open(Options{}))
	if err != nil || !s.mach.GetAccount().Shared {
		t.Errorf("%v", err)
	}
}

// TestFaults: what the outbox learns of a failed request, and that it learns no names.
func TestFaults(t *testing.T) {
	answer := func(status int, header string, body string) error {
		r := &http.Response{StatusCode: status, Header: http.Header{}}
		r.Header.Set("Retry-After", header)
		e := mautrix.HTTPError{Response: r, Message: "of @secret:fake"}
		if body != "" {
			e.RespError = &mautrix.RespError{}
			if err := e.RespError.UnmarshalJSON([]byte(body)); err != nil {
				t.Fatal(err)
			}
		}
		return e
	}
	for name, test := range map[string]struct {
		err   error
		want  chat.SendError
		nobad bool
	}{
		"too much, in the header":  {err: answer(429, "7", `{"errcode":"M_LIMIT_EXCEEDED","error":"@secret:fake"}`), want: chat.SendError{After: 7 * time.Second}},
		"too much, in the body":    {err: answer(429, "", `{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":1500}`), want: chat.SendError{After: 1500 * time.Millisecond}},
		"too much, in both":        {err: answer(429, "1", `{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":1500}`), want: chat.SendError{After: 1500 * time.Millisecond}},
		"too much, says the proxy": {err: answer(429, "3", ""), want: chat.SendError{After: 3 * time.Second}},
		"too long":                 {err: answer(413, "", `{"errcode":"M_TOO_LARGE"}`), want: chat.SendError{Bad: true}},
		"too long, as it was seen": {err: answer(413, "", `{"errcode":"M_BAD_JSON"}`), want: chat.SendError{Bad: true}},
		"broken":                   {err: answer(502, "", ""), want: chat.SendError{}},
		"logged out":               {err: answer(401, "", `{"errcode":"M_UNKNOWN_TOKEN"}`), want: chat.SendError{}},
		"no connection":            {err: mautrix.HTTPError{WrappedError: errors.New("refused")}, want: chat.SendError{}},
	} {
		err := outcome(fault("sending", test.err))
		var got *chat.SendError
		if !errors.As(err, &got) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.After != test.want.After || got.Bad != test.want.Bad || got.Gone || got.Unsure {
			t.Errorf("%s: %+v", name, got)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: it names people: %v", name, err)
		}
	}
}

// TestSomebodyElsesKeys: what somebody else has locked is not replaced.
func TestSomebodyElsesKeys(t *testing.T) {
	f := newFake(t)
	f.account["m.secret_storage.default_key"] = []byte(`{"key":"theirs"}`)
	if _, err := begin(f.open(Options{})); err != nil {
		t.Fatal(err)
	}
	if got := string(f.account["m.secret_storage.default_key"]); got != `{"key":"theirs"}` || f.signing != nil {
		t.Errorf("now there are %s and %v", got, f.signing)
	}
}
