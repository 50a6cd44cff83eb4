package links

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// loopback allows the servers of these tests.
func loopback(at netip.AddrPort) bool { return at.Addr().IsLoopback() }

// TestCheck: what servers answer, and what it means for who wants to read.
func TestCheck(t *testing.T) {
	var mu sync.Mutex
	asked := map[string][]string{}
	mux := http.NewServeMux()
	serve := func(path string, f http.HandlerFunc) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			asked[path] = append(asked[path], r.Method)
			mu.Unlock()
			if agent := r.UserAgent(); agent != userAgent || r.Referer() != "" || r.Header.Get("Cookie") != "" {
				t.Errorf("%s: agent %q, referer %q", path, agent, r.Referer())
			}
			f(w, r)
		})
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	to := func(code int, where string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			http.Redirect(w, r, where, code)
		}
	}
	serve("/there", status(200))
	serve("/nohead", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.WriteHeader(404)
		}
	})
	serve("/gone", status(410))
	serve("/forbidden", status(403))
	serve("/busy", status(429))
	serve("/down", status(503))
	serve("/hangup", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	serve("/moved", to(301, "/there"))
	serve("/movedtwice", to(308, "/moved"))
	serve("/elsewhere", to(302, "/there"))
	serve("/mixed", to(301, "/elsewhere"))
	serve("/movedaway", to(301, "/gone"))
	serve("/circle", to(302, "/circle"))
	serve("/file", to(302, "file:///etc/passwd"))
	serve("/large", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("A", strings.Repeat("a", 2*mostHead)) })
	server := httptest.NewServer(mux)
	defer server.Close()
	server.Config.ErrorLog = nil
	c := New(loopback)
	for path, want := range map[string]Result{
		"/there": {}, "/nohead": {}, "/gone": {Why: Gone}, "/forbidden": {}, "/busy": {}, "/down": {Why: Failing}, "/hangup": {Why: Failing},
		"/moved": {Moved: "/there"}, "/movedtwice": {Moved: "/there"}, "/elsewhere": {}, "/mixed": {Moved: "/elsewhere"},
		"/movedaway": {Why: Gone, Moved: "/gone"}, "/circle": {Why: Circle}, "/file": {Why: Private}, "/large": {Why: Failing}, "/nothing": {Why: Gone},
	} {
		if want.Moved != "" {
			want.Moved = server.URL + want.Moved
		}
		if got := c.Check(t.Context(), server.URL+path); got != want {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
	if got := asked["/there"]; got[0] != http.MethodHead {
		t.Errorf("asked with %v", got)
	}
	if n := len(asked["/circle"]); n > 2*(mostHops+1) {
		t.Errorf("followed %d times", n)
	}
}

// TestCheckWithoutAnswer: nothing there, a certificate that nobody knows, an address that is
// none.
func TestCheckWithoutAnswer(t *testing.T) {
	secret := httptest.NewTLSServer(http.NotFoundHandler())
	defer secret.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]Why{closed: Silent, secret.URL: Unsafe, "https://a b/": Gone, "gopher://127.0.0.1/": Failing} {
		if got := New(loopback).Check(t.Context(), address); got.Why != want {
			t.Errorf("%s: %q, want %q", address, got.Why, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := New(loopback).Check(ctx, secret.URL); got.Why == "" {
		t.Error("who was stopped has seen it work")
	}
}

// TestNobodyKnocksInside: neither a page nor what it leads to makes the server connect to
// itself or to its own network.
func TestNobodyKnocksInside(t *testing.T) {
	knocked := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { knocked = true }))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{server.URL, "http://localhost:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://0.0.0.0:" + port} {
		if got := New(Public).Check(t.Context(), address); got.Why == "" {
			t.Errorf("%s can be reached", address)
		}
	}
	if knocked {
		t.Error("it knocked")
	}
	for at, want := range map[string]bool{
		"93.184.215.14:443": true, "93.184.215.14:80": true, "93.184.215.14:22": false, "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:443": true,
		"127.0.0.1:80": false, "10.1.2.3:443": false, "172.16.0.1:443": false, "192.168.0.1:443": false, "169.254.169.254:80": false, "100.64.0.1:443": false,
		"0.0.0.0:80": false, "0.1.2.3:80": false, "224.0.0.1:80": false, "255.255.255.255:80": false, "240.0.0.1:80": false, "198.18.0.1:443": false,
		"[::1]:80": false, "[::]:80": false, "[fe80::1]:80": false, "[fc00::1]:443": false, "[::ffff:127.0.0.1]:80": false, "[::ffff:10.0.0.1]:80": false,
		"[64:ff9b::7f00:1]:80": false, "[2002:7f00:1::]:80": false, "[2001:db8::1]:80": false, "[ff02::1]:80": false,
	} {
		if got := Public(netip.MustParseAddrPort(at)); got != want {
			t.Errorf("%s: %v", at, got)
		}
	}
}
