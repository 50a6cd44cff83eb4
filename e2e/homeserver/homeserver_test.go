//go:build matrix

package homeserver

import (
	"context"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestServer stops a homeserver in every way and looks whether it remembers.
func TestServer(t *testing.T) {
	s := Start(t)
	rima := s.Register("rima")
	if rima.User != "@rima:localhost" {
		t.Errorf("the account is %s", rima.User)
	}
	for _, name := range []string{"accounts", "keys", "rooms", "sync"} { // it opens the others when it needs them
		if _, err := os.Stat(filepath.Join(s.dir, name+".db-wal")); err != nil {
			t.Errorf("a database is not in WAL mode: %v", err)
		}
	}
	for _, end := range []func(){s.Stop, s.Kill} {
		end()
		if s.known(t, rima) {
			t.Error("a homeserver that was ended answers")
		}
		s.Resume()
		if !s.known(t, rima) {
			t.Error("the homeserver has forgotten an account")
		}
	}
}

// known reports whether the homeserver lets somebody log in.
func (s *Server) known(t *testing.T, a Account) bool {
	return s.ask(t.Context(), "POST", "v3/login", "", map[string]any{
		"type": "m.login.password", "password": a.Password, "identifier": map[string]string{"type": "m.id.user", "user": a.User},
	}, nil) == nil
}

// TestGivenUp: requests that are given up while they are read, as every phone's is that
// goes offline, spoil nothing for the next. With the SQLite driver that Dendrite asks for
// (modernc.org/sqlite v1.34.5) one that was given up while its row was read left its
// connection in the past, for ever: it did not know new tokens (401), and could not write
// ("database is locked (517)"). So the module in dendrite/ takes a newer one.
func TestGivenUp(t *testing.T) {
	s := Start(t)
	rima := s.Register("rima")
	token, _, err := s.rooms(t.Context(), rima)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	const tries, rounds = 50, 200
	for range tries {
		s.giveUp(t, token, time.Minute)
	}
	takes := time.Since(begun) / tries
	for range rounds {
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				for range 10 {
					s.giveUp(t, token, takes/4+rand.N(2*takes))
				}
			})
		}
		all.Wait()
		if _, _, err := s.rooms(t.Context(), rima); err != nil {
			t.Fatal(err)
		}
	}
}

// giveUp makes a request that reads the database, and does not wait for its answer
// longer than so long. It has no body: until that is read a server does not notice.
func (s *Server) giveUp(t *testing.T, token string, after time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), after)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/_matrix/client/v3/account/whoami", nil)
	if err != nil {
		t.Error(err)
		return
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if answer, err := http.DefaultClient.Do(r); err == nil { // else it was given up
		_ = answer.Body.Close()
	}
}
