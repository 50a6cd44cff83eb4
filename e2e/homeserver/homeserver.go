package homeserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// patience is how long a start or a stop may take, on a machine that is busy.
const patience = 30 * time.Second

// A Server is a homeserver that ends with its test. Its methods end the test when they
// fail; they are for one goroutine.
type Server struct {
	URL string // the same after a restart

	t       testing.TB
	program string
	dir     string
	log     *os.File
	cmd     *exec.Cmd
	ended   chan error // tells how the process ended, once

	accounts []Account
	inClear  map[string]bool // events
}

// An Account is a user without a device.
type Account struct{ User, Password string }

// Start builds the homeserver if need be, and gives one that answers. If the test
// fails, what it logged is shown; else it fails if the homeserver was told what it
// should not know (see Tells).
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, program: build(t), dir: t.TempDir(), inClear: map[string]bool{}}
	err := furnish(s.dir)
	if err == nil {
		s.log, err = os.Create(filepath.Join(s.dir, "log"))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.clean)
	s.URL = "http://" + freeAddress(t)
	s.Resume()
	return s
}

// freeAddress is one nobody listens on: Dendrite cannot say which it chose.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (s *Server) clean() {
	if !s.t.Failed() {
		s.onlySecrets()
	}
	if s.cmd != nil {
		s.end(syscall.SIGKILL)
	}
	_ = s.log.Close()
	if !s.t.Failed() {
		return
	}
	logged, err := os.ReadFile(s.log.Name())
	const most = 16 << 10
	s.t.Logf("what the homeserver logged last: %s %v", logged[max(0, len(logged)-most):], err)
}

// onlySecrets fails the test if the homeserver was told something.
func (s *Server) onlySecrets() {
	if s.cmd == nil {
		s.Resume()
	}
	for _, complaint := range s.Tells() {
		s.t.Error(complaint)
	}
}

// Resume starts it again after Stop or Kill, with everything it knew.
func (s *Server) Resume() {
	s.t.Helper()
	s.cmd = exec.Command(s.program, "-config", "config.yaml", "-http-bind-address", s.URL[len("http://"):], "-really-enable-open-registration")
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = s.dir, s.log, s.log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.ended = make(chan error, 1)
	go func(cmd *exec.Cmd, ended chan<- error) { ended <- cmd.Wait() }(s.cmd, s.ended)
	s.untilItAnswers()
}

func (s *Server) untilItAnswers() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), patience)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := s.ask(ctx, http.MethodGet, "versions", "", nil, nil)
		if err == nil {
			return
		}
		select {
		case how := <-s.ended:
			s.cmd = nil
			s.t.Fatalf("the homeserver did not start: %v", how)
		case <-ctx.Done():
			s.t.Fatalf("the homeserver does not answer: %v", err)
		case <-again.C:
		}
	}
}

// Stop ends it as an operator does.
func (s *Server) Stop() { s.t.Helper(); s.end(syscall.SIGTERM) }

// Kill ends it as a loss of power would.
func (s *Server) Kill() { s.t.Helper(); s.end(syscall.SIGKILL) }

// Restart is Stop and Resume.
func (s *Server) Restart() { s.t.Helper(); s.Stop(); s.Resume() }

// end sends a signal to the process and waits for its end.
func (s *Server) end(signal syscall.Signal) {
	s.t.Helper()
	cmd := s.cmd
	s.cmd = nil
	if err := cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Errorf("ending the homeserver: %v", err)
	}
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.t.Errorf("the homeserver lives on after %v", signal)
		_ = cmd.Process.Kill()
		<-s.ended
	}
}

// Named is the account that Register makes for @name:localhost.
func Named(name string) Account {
	return Account{User: fmt.Sprintf("@%s:localhost", name), Password: "password of " + name}
}

// Register makes an account for @name:localhost.
func (s *Server) Register(name string) Account {
	s.t.Helper()
	a := Named(name)
	err := s.ask(s.t.Context(), http.MethodPost, "v3/register", "", map[string]any{
		"username": name, "password": a.Password, "inhibit_login": true, "auth": map[string]string{"type": "m.login.dummy"},
	}, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.accounts = append(s.accounts, a)
	return a
}

// ask makes a request of the Client-Server API; into is nil when its answer says nothing
// of interest.
func (s *Server) ask(ctx context.Context, method, path, token string, body, into any) error {
	in, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, s.URL+"/_matrix/client/"+path, bytes.NewReader(in))
	if err != nil {
		return err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	out, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return err
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %s: %s", path, answer.Status, out)
	case into != nil:
		return json.Unmarshal(out, into)
	}
	return nil
}
