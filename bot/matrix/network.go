package matrix

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/bot/matrix/cryptostore"
	"lotse/store"
)

// Options say who the bot is and where it remembers.
type Options struct {
	Homeserver string // base URL of the Client-Server API
	// User and Password, or the access token of a device that nobody else uses, are
	// for the first login: then the session is kept in DB.
	User, Password, Token string
	// RecoveryKey unlocks the keys with which the account confirms its devices. One
	// that was made here is in RecoveryFile, which only its owner can read.
	RecoveryKey, RecoveryFile string
	// Desks are the IDs or aliases of the coordinators' rooms. In any other room of
	// more than two the bot does not stay.
	Desks []string
	// Servers are those whose people may write to the bot; none means all.
	Servers []string
	DB      store.DB // its table declares the kinds of Table
	// Index makes an HMAC of a label and parts: the form in which IDs stand in keys.
	Index func(label string, parts ...string) string
	// SetAside keeps an event that made the bot panic; nil once that is durable. It
	// may hold personal data. Without it such events are logged only.
	SetAside func(ctx context.Context, id int64, raw []byte) error
	// Files opens a file that lies on another network, to send it here. Without it
	// such a file cannot be sent.
	Files func(ctx context.Context, f chat.File) (io.ReadCloser, error)
	Now   func() time.Time // time.Now when nil
	Log   *slog.Logger
	HTTP  http.RoundTripper // for tests
}

// A Network is Matrix as the program uses it.
type Network interface {
	chat.Platform
	chat.Troubled
	// Check looks at how Matrix is set up. It changes nothing, takes no events and
	// does not log in.
	Check(ctx context.Context) []chat.Finding
}

// IsRoom reports whether s has the form of a room's ID or alias.
func IsRoom(s string) bool { return isRoomID(s) || isAlias(s) }

// isRoomID: since room version 12 the server is not part of it.
func isRoomID(s string) bool { return strings.HasPrefix(s, "!") && len(s) > 1 && len(s) < 256 }

func isAlias(s string) bool {
	local, server, _ := strings.Cut(s, ":")
	return strings.HasPrefix(local, "#") && len(local) > 1 && server != "" && len(s) < 256
}

// pendingFor is how long what cannot be read waits for its key.
const pendingFor = 7 * 24 * time.Hour

// Table declares the kinds of record that Matrix needs. ACCOUNT, ROOM and so on are
// HMACs.
//
//	mxlogin/me                                        the account and its session
//	mxlast/ACCOUNT/ROOM                               the last event of a room that was received
//	mxmoved/ROOM                                      whose place a room took
//	mxdesk/ALIAS                                      where the room of the desk is
//	mxpending/ACCOUNT/SESSION/TIME-EVENT              an event that cannot be read yet
var Table = slices.Concat(cryptostore.Table, store.Table{
	{Name: "mxlogin", Owner: store.House, About: "Matrix: das Konto des Bots und seine Anmeldung."},
	{Name: "mxlast", Owner: store.House, About: "Matrix: welches Ereignis eines Raums zuletzt verarbeitet ist, nur seine Nummer."},
	{Name: "mxmoved", Owner: store.House, About: "Matrix: wessen Platz ein Raum eingenommen hat."},
	{Name: "mxdesk", Owner: store.House, About: "Matrix: welcher Raum unter der Adresse des Teams zu finden war."},
	{Name: "mxpending", Owner: store.House, Keep: pendingFor, Since: "dem Empfang",
		About: "Matrix: Nachrichten, die der Bot noch nicht entschlüsseln kann, so wie sie beim Server liegen."},
})
