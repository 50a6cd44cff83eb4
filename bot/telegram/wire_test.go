package telegram

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// A peer is a server that speaks as a test wants. Every connection is told its number,
// from 1.
func peer(t *testing.T, talk func(n int, c net.Conn, requests *bufio.Reader)) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(all.Wait)
	t.Cleanup(func() { l.Close() })
	all.Go(func() {
		for n := 1; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { defer c.Close(); talk(n, c, bufio.NewReader(c)) })
		}
	})
	w := newWire("http://" + l.Addr().String())
	t.Cleanup(func() {
		for _, l := range w.idle {
			l.conn.Close()
		}
	})
	return w
}

// heard reads one request, and returns its body.
func heard(requests *bufio.Reader) (string, error) {
	req, err := http.ReadRequest(requests)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(req.Body)
	return string(body), err
}

func answer(c net.Conn, words string) {
	fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(words), words)
}

func ask(ctx context.Context, w *wire, words string) (said string, written bool, err error) {
	req, err := http.NewRequest(http.MethodPost, "http://"+w.addr+"/", strings.NewReader(words))
	if err != nil {
		return "", false, err
	}
	var sent atomic.Bool
	_, all, err := w.do(ctx, req, &sent)
	return string(all), sent.Load(), err
}

// Which answers leave a connection that can be used again.
func TestWireKeepsConnections(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for name, c := range map[string]struct {
		answer, want string
		fails, kept  bool
	}{
		"length":           {answer: ok + "Content-Length: 2\r\n\r\nhi", want: "hi", kept: true},
		"chunks":           {answer: ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n", want: "hi", kept: true},
		"nothing":          {answer: "HTTP/1.1 204 No Content\r\n\r\n", kept: true},
		"first another":    {answer: "HTTP/1.1 103 Early Hints\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nhi", want: "hi", kept: true},
		"closes":           {answer: ok + "Content-Length: 2\r\nConnection: close\r\n\r\nhi", want: "hi"},
		"older HTTP":       {answer: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", want: "hi"},
		"says more":        {answer: ok + "Content-Length: 2\r\n\r\nhiHTTP/1.1", want: "hi"},
		"without a length": {answer: ok + "\r\nhi", want: "hi"},
		"too short":        {answer: ok + "Content-Length: 3\r\n\r\nhi", want: "hi", fails: true},
		"no HTTP":          {answer: "hi", fails: true},
	} {
		var last atomic.Int64
		w := peer(t, func(n int, conn net.Conn, requests *bufio.Reader) {
			last.Store(int64(n))
			for {
				if _, err := heard(requests); err != nil {
					return
				}
				fmt.Fprint(conn, c.answer)
				if !c.kept {
					return
				}
			}
		})
		for i := range 2 {
			if said, written, err := ask(t.Context(), w, "x"); said != c.want || !written || (err != nil) != c.fails {
				t.Errorf("%s, request %d: %q, written %t, %v", name, i, said, written, err)
			}
		}
		if kept := last.Load() == 1; kept != c.kept {
			t.Errorf("%s: the connection was used again: %t", name, kept)
		}
	}
}

// A server that closed an idle connection never gets a request over it: nobody
// could say what became of that.
func TestWireLeavesClosedConnections(t *testing.T) {
	w := peer(t, func(n int, c net.Conn, requests *bufio.Reader) {
		if _, err := heard(requests); err == nil {
			answer(c, fmt.Sprint(n)) // and it hangs up
		}
	})
	for n := 1; n <= 3; n++ {
		said, _, err := ask(t.Context(), w, "x")
		if err != nil || said != fmt.Sprint(n) {
			t.Fatalf("request %d: %q, %v", n, said, err)
		}
		for silent(w.idle[0].conn) { // its end is on the way
		}
	}
}

// Who gives up is told so, and that the server may have the request. The connection
// is not used again.
func TestWireGivesUp(t *testing.T) {
	asked := make(chan bool, 1)
	w := peer(t, func(n int, c net.Conn, requests *bufio.Reader) {
		for {
			words, err := heard(requests)
			if err != nil {
				return
			}
			if words == "wait" {
				asked <- true
				continue
			}
			answer(c, fmt.Sprint(n))
		}
	})
	first, _, err := ask(t.Context(), w, "x")
	if err != nil || first != "1" {
		t.Fatalf("%q, %v", first, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	if _, written, err := ask(ctx, w, "wait"); !errors.Is(err, context.Canceled) || !written {
		t.Errorf("cancelled: written %t, %v", written, err)
	}
	if next, _, err := ask(t.Context(), w, "x"); err != nil || next == first {
		t.Errorf("afterwards: %q, %v", next, err)
	}
}

// Hundreds ask, some give up: everybody gets their own answer.
func TestWireMixesNothingUp(t *testing.T) {
	w := peer(t, func(_ int, c net.Conn, requests *bufio.Reader) {
		for {
			words, err := heard(requests)
			if err != nil {
				return
			}
			answer(c, words)
		}
	})
	var all sync.WaitGroup
	for who := range 16 {
		all.Go(func() {
			for i := range 20 {
				ctx, cancel := context.WithCancel(t.Context())
				if i%3 == 0 {
					go cancel()
				}
				words := fmt.Sprintf("%d/%d", who, i)
				said, _, err := ask(ctx, w, words)
				if err == nil && said != words || err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("asked %q, heard %q, %v", words, said, err)
				}
				cancel()
			}
		})
	}
	all.Wait()
}

func TestWhereWireReaches(t *testing.T) {
	for base, want := range map[string]string{
		"http://127.0.0.1:8081": "127.0.0.1:8081", "http://localhost": "localhost:80", "http://[::1]:8081/x": "[::1]:8081",
		"https://127.0.0.1:8081": "", "http://user:word@127.0.0.1:8081": "",
	} {
		got := ""
		if w := newWire(base); w != nil {
			got = w.addr
		}
		if got != want {
			t.Errorf("%s: %q, want %q", base, got, want)
		}
	}
}
