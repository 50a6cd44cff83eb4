//go:build goolm

package matrix

import (
	"net/http"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
)

const (
	callTimeout = 30 * time.Second
	syncWait    = 30 * time.Second // the server waits so long for something to tell
	syncSlack   = time.Minute      // the first answer after a long pause takes its time
	maxAnswer   = 64 << 20         // bytes
)

// newClient makes a client without a user. It makes each request once: who repeats it
// is the outbox. It logs nothing: mautrix names people and rooms.
func newClient(homeserver string, transport http.RoundTripper) (*mautrix.Client, error) {
	client, err := mautrix.NewClient(homeserver, "", "")
	if err != nil {
		return nil, err
	}
	client.Log = zerolog.Nop()
	client.SyncPresence = event.PresenceOffline
	client.ResponseSizeLimit = maxAnswer
	client.Client = newHTTP(transport, callTimeout)
	return client, nil
}

// newHTTP is a client that stays with the server it was told.
func newHTTP(transport http.RoundTripper, patience time.Duration) *http.Client {
	return &http.Client{
		Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// newTransport notices a connection that died, and keeps those that are needed again.
func newTransport() http.RoundTripper {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second}
	if d, ok := http.DefaultTransport.(*http.Transport); ok {
		transport = d.Clone()
	}
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 0, 2*atOnce
	transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second}
	return transport
}
