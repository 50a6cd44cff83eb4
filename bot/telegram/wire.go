package telegram

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// A wire makes small requests to a Bot API server of one's own, over plain HTTP/1.1
// (RFC 9112), in the goroutine of the caller (docs/adr/0018-wire.md).
type wire struct {
	addr string // host and port
	mu   sync.Mutex
	idle []*line // the one that was used last stands last
}

// A line is one connection, with one request at a time.
type line struct {
	conn net.Conn
	from io.LimitedReader // conn, as much as one answer may be
	r    *bufio.Reader
	w    *bufio.Writer
	free time.Time // since when it is idle
}

const (
	lineBuffer  = 2 << 10          // bytes: most requests and answers fit, and there are hundreds of them
	dialTimeout = 30 * time.Second // as net/http has it, for both
	idleTimeout = 90 * time.Second
)

// newWire is nil for a server that is reached by TLS or through a proxy, or that
// wants a password.
func newWire(base string) *wire {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" || u.User != nil {
		return nil
	}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u}); proxy != nil || err != nil {
		return nil
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	return &wire{addr: net.JoinHostPort(u.Hostname(), port)}
}

// do makes a request. The head of the answer comes with all of its body. It sets
// written when the server may have the request.
func (w *wire) do(ctx context.Context, req *http.Request, written *atomic.Bool) (head *http.Response, said []byte, err error) {
	l, err := w.take(ctx)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = l.conn.SetDeadline(time.Unix(1, 0)) }) // it fails on one that is closed
	head, said, err = l.exchange(req, written)
	if inTime := stop(); inTime && err == nil && !head.Close && l.r.Buffered() == 0 {
		w.put(l)
	} else {
		l.conn.Close()
	}
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return head, said, err
}

// take is a connection that the server has not closed. One that it had closed would
// take the request, and nobody could say whether the server did.
func (w *wire) take(ctx context.Context) (*line, error) {
	for {
		w.mu.Lock()
		n := len(w.idle)
		if n == 0 {
			w.mu.Unlock()
			return w.dial(ctx)
		}
		l := w.idle[n-1]
		w.idle = w.idle[:n-1]
		w.mu.Unlock()
		if time.Since(l.free) < idleTimeout && silent(l.conn) {
			return l, nil
		}
		l.conn.Close()
	}
}

func (w *wire) dial(ctx context.Context) (*line, error) {
	d := net.Dialer{Timeout: dialTimeout}
	conn, err := d.DialContext(ctx, "tcp", w.addr)
	if err != nil {
		return nil, err
	}
	l := &line{conn: conn, from: io.LimitedReader{R: conn}, w: bufio.NewWriterSize(conn, lineBuffer)}
	l.r = bufio.NewReaderSize(&l.from, lineBuffer)
	return l, nil
}

// put keeps a connection for the next request, and closes one that nobody needed for
// long.
func (w *wire) put(l *line) {
	l.free = time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.idle) > 0 && l.free.Sub(w.idle[0].free) > idleTimeout {
		w.idle[0].conn.Close()
		w.idle = w.idle[1:]
	}
	w.idle = append(w.idle, l)
}

func (l *line) exchange(req *http.Request, written *atomic.Bool) (*http.Response, []byte, error) {
	if err := l.write(req); err != nil {
		return nil, nil, err
	}
	written.Store(true)
	l.from.N = maxAnswer
	for {
		head, err := http.ReadResponse(l.r, req)
		if err != nil {
			return nil, nil, err
		}
		if head.StatusCode >= 200 { // else the answer is still to come (RFC 9110 §15.2)
			said, err := readAll(head)
			return head, said, err
		}
	}
}

// write writes a request whose length is known, with the one header that the library
// sets. (Request.Write of net/http says more than a Bot API server reads, and takes four
// times as long for it.)
func (l *line) write(req *http.Request) error {
	for _, s := range []string{
		req.Method, " ", req.URL.RequestURI(), " HTTP/1.1\r\nHost: ", req.URL.Host,
		"\r\nContent-Type: ", req.Header.Get("Content-Type"), "\r\nContent-Length: ", strconv.FormatInt(req.ContentLength, 10), "\r\n\r\n",
	} {
		_, _ = l.w.WriteString(s) // Flush says whether that succeeded
	}
	if _, err := io.Copy(l.w, req.Body); err != nil {
		return err
	}
	return l.w.Flush()
}
