//go:build goolm

package matrix

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"lotse/store"
)

// A login is the account and its session. The access token never changes as long as
// the server knows it: transaction IDs are counted by it (Client-Server API, transaction
// identifiers).
type login struct {
	User   id.UserID   `json:"user,omitempty"`
	Device id.DeviceID `json:"device"`
	Token  string      `json:"token,omitempty"`
	Since  time.Time   `json:"since,omitzero"`  // nothing from before concerns this device
	Given  string      `json:"given,omitempty"` // HMAC of the token in the settings that this began with
}

const loginRow = "mxlogin/me"

// ownDevice is what the names of devices begin with that were made here.
const ownDevice = "LOTSE"

func (m *Matrix) loadLogin(ctx context.Context) (l login, err error) {
	err = m.o.DB.View(ctx, func(r store.Reader) error {
		l = login{}
		raw, err := r.Get(loginRow)
		if err != nil || raw == nil {
			return err
		}
		if json.Unmarshal(raw, &l) != nil {
			return errors.New("matrix: the row of the login cannot be read")
		}
		return nil
	})
	return l, err
}

func (m *Matrix) saveLogin(ctx context.Context, l login) error {
	raw, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("matrix: login: %w", err)
	}
	return m.o.DB.Update(ctx, func(tx store.Tx) error {
		tx.Put(loginRow, raw)
		return nil
	})
}

// logIn gives the session, which is begun the first time and whenever the server has
// ended it.
func (m *Matrix) logIn(ctx context.Context) (login, error) {
	l, err := m.loadLogin(ctx)
	if err != nil {
		return l, err
	}
	if l.User != "" && m.o.User != "" && !sameUser(l.User, m.o.User) {
		return l, setting(otherUser)
	}
	if l.Token != "" {
		return l, nil
	}
	given := m.o.Index("matrix token", m.o.Token)
	switch {
	case m.o.Token != "" && l.Given != given:
		l, err = m.withToken(ctx)
		l.Given = given
	case m.o.Password != "":
		l, err = m.withPassword(ctx, l)
	default:
		err = setting(loggedOut)
	}
	if err != nil {
		return l, err
	}
	l.Since = m.o.Now().UTC()
	return l, m.saveLogin(ctx, l)
}

// sameUser compares an ID with what stands in the settings: an ID or its first part.
func sameUser(user id.UserID, said string) bool {
	return string(user) == said || user.Localpart() == said
}

// withToken takes over the device a token belongs to.
func (m *Matrix) withToken(ctx context.Context) (login, error) {
	client, err := newClient(m.o.Homeserver, m.o.HTTP)
	if err != nil {
		return login{}, err
	}
	client.AccessToken = m.o.Token
	me, err := client.Whoami(ctx)
	if err != nil {
		return login{}, refused(fault("token", err))
	}
	if me.DeviceID == "" || m.o.User != "" && !sameUser(me.UserID, m.o.User) {
		return login{}, setting(noLogin)
	}
	return login{User: me.UserID, Device: me.DeviceID, Token: m.o.Token}, nil
}

// withPassword begins a session on the device that l names, a new one if it names
// none. The name is durable before: whatever happens in between, it is one device.
func (m *Matrix) withPassword(ctx context.Context, l login) (login, error) {
	if l.Device == "" || l.User != "" {
		l = login{Device: id.DeviceID(ownDevice + strings.ToUpper(rand.Text()[:10])), Given: l.Given}
		if err := m.saveLogin(ctx, l); err != nil {
			return l, err
		}
	}
	client, err := newClient(m.o.Homeserver, m.o.HTTP)
	if err != nil {
		return l, err
	}
	answer, err := client.Login(ctx, &mautrix.ReqLogin{
		Type: mautrix.AuthTypePassword, Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: m.o.User},
		Password: m.o.Password, DeviceID: l.Device, InitialDeviceDisplayName: "Lotse",
	})
	if err != nil {
		return l, refused(fault("login", err))
	}
	l.User, l.Device, l.Token = answer.UserID, answer.DeviceID, answer.AccessToken
	return l, nil
}

// ended notes that the server knows the session no more. Unless the device lives on,
// the next one is another device.
func (m *Matrix) ended(ctx context.Context, l login, soft bool) error {
	if soft && m.o.Password != "" {
		again, err := m.withPassword(ctx, login{Device: l.Device, Given: l.Given})
		if err != nil {
			return err
		}
		l.Token = again.Token
		return m.saveLogin(ctx, l)
	}
	l.Token = ""
	return m.saveLogin(ctx, l)
}

// A setting is what only the operator can put right, in one sentence.
type setting string

func (s setting) Error() string { return "matrix: " + string(s) }

// refused is a login that failed: for good if the server says so.
func refused(err error) error {
	if says(err, "M_FORBIDDEN", "M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", "M_INVALID_USERNAME", "M_INVALID_PARAM") {
		return fmt.Errorf("%w (%w)", setting(noLogin), err)
	}
	return err
}
