//go:build goolm

package matrix

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
)

// A mediaServer is the fake with one file, and what was uploaded.
type mediaServer struct {
	*fake
	file     string
	uploaded []string
}

func (s *mediaServer) RoundTrip(r *http.Request) (*http.Response, error) {
	said := ""
	switch {
	case strings.Contains(r.URL.Path, "/media/download/"):
		said = s.file
	case strings.Contains(r.URL.Path, "/media/v3/upload"):
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		s.uploaded = append(s.uploaded, string(b))
		said = `{"content_uri":"mxc://fake/new"}`
	default:
		return s.fake.RoundTrip(r)
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(said)), Request: r}, nil
}

// A picture of this network that must not be sent on as it is comes back through whoever
// changes it, while the session is in use and somebody waits to renew it.
func TestOwnFileComesBack(t *testing.T) {
	s := &mediaServer{fake: newFake(t), file: "where it was taken"}
	s.chatOfTwo()
	var m *Matrix
	n, err := New(Options{
		Homeserver: "http://fake", User: bot, Password: password, HTTP: s, DB: s.db, Index: plain, RecoveryFile: filepath.Join(s.dir, "recovery.key"),
		Files: func(ctx context.Context, f chat.File) (io.ReadCloser, error) {
			go func() {
				m.using.Lock()
				defer m.using.Unlock()
			}()
			for m.using.TryRLock() { // until it does
				m.using.RUnlock()
				runtime.Gosched()
			}
			f.Platform = Platform
			from, err := m.Open(ctx, f)
			if err != nil {
				return nil, err
			}
			b, err := io.ReadAll(from)
			return io.NopCloser(bytes.NewReader(b[:5])), err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	m = n.(*Matrix)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err = m.Send(ctx, "row", here, chat.Message{Files: []chat.File{{Kind: chat.Photo, Platform: "uncleaned/" + Platform, Ref: `{"url":"mxc://fake/old"}`}}})
	if err != nil || len(s.uploaded) != 1 || s.uploaded[0] != "where" {
		t.Errorf("uploaded: %q, %v", s.uploaded, err)
	}
}
