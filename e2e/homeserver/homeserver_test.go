//go:build matrix

package homeserver

import (
	"os"
	"path/filepath"
	"testing"
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
