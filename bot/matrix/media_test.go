//go:build goolm

package matrix

import (
	"bytes"
	"context"
	"errors"
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

// TestFileLimits: a file is passed on up to MaxFile bytes, whatever was said of its size;
// one that is larger, or is not what its sender encrypted, never can be.
func TestFileLimits(t *testing.T) {
	for name, test := range map[string]struct {
		bytes int
		said  int64
		ref   string
		bad   bool
	}{
		"as large as can be":    {bytes: MaxFile, said: MaxFile, ref: `{"url":"mxc://fake/old"}`},
		"larger than was said":  {bytes: 10_000, said: 1, ref: `{"url":"mxc://fake/old"}`},
		"much less than said":   {bytes: 1, said: 1 << 62, ref: `{"url":"mxc://fake/old"}`},
		"too large, which lied": {bytes: MaxFile + 1, said: 1, ref: `{"url":"mxc://fake/old"}`, bad: true},
		"of another digest": {bytes: 10_000, said: 10_000, bad: true, ref: `{"url":"mxc://fake/old","v":"v2","iv":"AAAAAAAAAAAAAAAAAAAAAA",` +
			`"hashes":{"sha256":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"},` +
			`"key":{"alg":"A256CTR","ext":true,"k":"aWF6-32KGYaC3A_FEUCk1Bt0JA37zP0wrStgmdCaW-0","key_ops":["encrypt","decrypt"],"kty":"oct"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := &mediaServer{fake: newFake(t), file: strings.Repeat("x", test.bytes)}
			s.chatOfTwo()
			n, err := New(Options{Homeserver: "http://fake", User: bot, Password: password, HTTP: s, DB: s.db, Index: plain, RecoveryFile: filepath.Join(s.dir, "recovery.key")})
			if err != nil {
				t.Fatal(err)
			}
			_, err = n.Send(t.Context(), "row", here, chat.Message{Files: []chat.File{{Kind: chat.Document, Platform: Platform, Ref: test.ref, Size: test.said}}})
			var no *chat.SendError
			if is := errors.As(err, &no) && no.Bad; is != test.bad || is == (len(s.uploaded) > 0) {
				t.Errorf("%v, uploaded %d", err, len(s.uploaded))
			}
			if !test.bad && s.uploaded[0] != s.file {
				t.Error("the file has changed")
			}
		})
	}
}
