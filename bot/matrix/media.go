//go:build goolm

package matrix

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto/attachment"
	"maunium.net/go/mautrix/event"

	"lotse/bot/chat"
)

// MaxFile is the largest file that is passed on, in bytes: as much as Telegram lets a
// bot read. It is held in memory, one at a time.
const MaxFile = 20 << 20

// Open reads a file that a person sent, decrypted; more than MaxFile bytes are an
// error. The caller closes it.
func (m *Matrix) Open(ctx context.Context, f chat.File) (io.ReadCloser, error) {
	var data []byte
	err := m.use(ctx, func(ctx context.Context, s *session) (err error) {
		data, err = s.download(ctx, f)
		return err
	})
	if err != nil {
		return nil, outcome(err)
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// download reads a file of this network.
func (s *session) download(ctx context.Context, f chat.File) ([]byte, error) {
	at, err := fileAt(f)
	if err != nil {
		return nil, bad("the file is on another network")
	}
	where, err := at.URL.Parse()
	if err != nil {
		return nil, bad("the file has an impossible address")
	}
	answer, err := s.client.Download(ctx, where)
	if err = fault("file", err); says(err, "M_NOT_FOUND") {
		return nil, bad("the file is not there any more")
	} else if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	data, err := read(answer.Body, answer.ContentLength)
	if err != nil || at.Key.Key == "" {
		return data, err
	}
	if at.DecryptInPlace(data) != nil {
		return nil, bad("the file is not what its sender encrypted")
	}
	return data, nil
}

// read reads at most MaxFile bytes; more can never be passed on. How many there will be,
// as far as that is known, saves memory; nobody need believe it.
func read(r io.Reader, likely int64) ([]byte, error) {
	data := bytes.NewBuffer(make([]byte, 0, min(max(0, likely), MaxFile)+bytes.MinRead))
	_, err := data.ReadFrom(http.MaxBytesReader(nil, io.NopCloser(r), MaxFile))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, bad("the file is too large")
	}
	if err != nil {
		return nil, fmt.Errorf("matrix: file: %w", err)
	}
	return data.Bytes(), nil
}

// attachment is where the file of a message lies for the people of a room; nil when the
// message has none. One that came over this network is copied as well, under a key of its
// own: its address names the server of who sent it (P-08), which all readers' servers
// would ask for it, and where it can be deleted.
func (m *Matrix) attachment(ctx context.Context, s *session, r spot, msg *chat.Message) (*event.EncryptedFileInfo, error) {
	if len(msg.Files) == 0 || msg.Files[0].Kind == chat.Place {
		return nil, nil
	}
	f := msg.Files[0]
	select {
	case m.oneFile <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-m.oneFile }()
	data, err := m.fetch(ctx, s, f)
	if err != nil {
		return nil, err
	}
	f.Size = int64(len(data))
	msg.Files = []chat.File{f}
	at, kind := &event.EncryptedFileInfo{}, f.Type
	if r.encrypted {
		secret := attachment.NewEncryptedFile()
		secret.EncryptInPlace(data)
		at.EncryptedFile, kind = *secret, "application/octet-stream"
	}
	answer, err := s.client.UploadMedia(ctx, mautrix.ReqUploadMedia{ContentBytes: data, ContentType: kind})
	if err != nil {
		return nil, fault("upload", err)
	}
	at.URL = answer.ContentURI.CUString()
	return at, nil
}

// fetch reads a file, wherever it lies.
func (m *Matrix) fetch(ctx context.Context, s *session, f chat.File) ([]byte, error) {
	if f.Platform == Platform {
		return s.download(ctx, f)
	}
	if m.o.Files == nil {
		return nil, bad("the file is on another network")
	}
	file, err := m.o.Files(ctx, f)
	if err != nil {
		return nil, err
	}
	data, err := read(file, f.Size)
	return data, errors.Join(err, file.Close())
}
