//go:build matrix

package friend

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
)

// A post sends requests, and keeps back those with keys if it should.
type post struct {
	mu      sync.Mutex
	holding bool
	held    []letter
}

// A letter is a request with keys.
type letter struct {
	request *http.Request
	body    []byte
}

// WithoutKeys keeps back all keys while do says something, and believes that they are
// on their way. They are once give is called.
func (f *Friend) WithoutKeys(do func()) (give func()) {
	f.t.Helper()
	f.post.hold(true)
	do()
	held := f.post.hold(false)
	return func() {
		f.t.Helper()
		for _, l := range held {
			f.give(l)
		}
	}
}

func (f *Friend) give(l letter) {
	f.t.Helper()
	again := l.request.Clone(f.t.Context())
	again.Body = io.NopCloser(bytes.NewReader(l.body))
	answer, err := f.Client.Client.Do(again)
	if err != nil {
		f.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		f.t.Fatalf("the keys are not taken: %s", answer.Status)
	}
}

// hold begins or ends to keep keys back, and gives those that were.
func (p *post) hold(on bool) []letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	held := p.held
	p.held, p.holding = nil, on
	return held
}

// RoundTrip makes a request, or keeps it back.
func (p *post) RoundTrip(r *http.Request) (*http.Response, error) {
	kept, err := p.keep(r)
	if err != nil {
		return nil, err
	}
	if !kept {
		return http.DefaultTransport.RoundTrip(r)
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader("{}")), Request: r,
	}, nil
}

func (p *post) keep(r *http.Request) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.holding || !strings.Contains(r.URL.Path, "/sendToDevice/m.room.encrypted/") {
		return false, nil
	}
	body, err := io.ReadAll(r.Body)
	p.held = append(p.held, letter{r, body})
	return true, err
}
