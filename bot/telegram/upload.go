package telegram

import (
	"cmp"
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lotse/bot/chat"
)

// The largest files a bot can send over the public server, in bytes (Bot API, Sending
// files).
const (
	MaxUpload = 50 << 20
	MaxPhoto  = 10 << 20
)

// uploadPatience is how long an upload may take: MaxUpload over a slow line.
const uploadPatience = 10 * time.Minute

// shownAs are the types of files that Telegram shows as what they are (Bot API,
// sendPhoto, sendVoice, sendVideo). All others are documents.
var shownAs = map[chat.FileKind]struct {
	as    string
	types []string
}{
	chat.Photo: {"photo", []string{"image/jpeg", "image/png", "image/webp"}},
	chat.Voice: {"voice", []string{"audio/ogg", "audio/mpeg", "audio/mp4"}},
	chat.Video: {"video", []string{"video/mp4"}},
}

// uploadAs is how a file of another network is sent here.
func uploadAs(f chat.File) media {
	for _, is := range shownAs[f.Kind].types {
		if f.Type == is && (f.Kind != chat.Photo || 0 < f.Size && f.Size <= MaxPhoto) {
			return medias[shownAs[f.Kind].as]
		}
	}
	return medias["document"]
}

// addLength says how long a voice or video is.
func addLength(p tgbotapi.Params, f chat.File) {
	if as := uploadAs(f); f.Length > 0 && (as == medias["voice"] || as == medias["video"]) {
		p["duration"] = strconv.Itoa(int(f.Length / time.Second))
	}
}

// upload sends a file that lies on another network, from there to here without keeping
// it. What Telegram refuses to show as what it says it is becomes a document.
func (t *Telegram) upload(ctx context.Context, p tgbotapi.Params, f chat.File, result *sent) error {
	as, document := uploadAs(f), medias["document"]
	err := t.uploadAs(ctx, as, p, f, result)
	var e *apiError
	if as == document || !errors.As(err, &e) || e.movedTo != 0 || !isBad(outcome(err)) {
		return err
	}
	delete(p, "duration")
	return t.uploadAs(ctx, document, p, f, result)
}

func isBad(err error) bool {
	var no *chat.SendError
	return errors.As(err, &no) && no.Bad
}

func (t *Telegram) uploadAs(ctx context.Context, as media, p tgbotapi.Params, f chat.File, result *sent) error {
	if t.files == nil {
		return bad("the file is on another network")
	}
	if f.Size > MaxUpload {
		return bad("the file is too large")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	from, err := t.files(ctx, f)
	if err != nil {
		return err
	}
	s := &source{from: from, left: MaxUpload}
	defer s.close(cancel)
	err = t.exchange(ctx, uploadPatience, as.method, result, func(api *tgbotapi.BotAPI) (*tgbotapi.APIResponse, error) {
		return api.UploadFiles(as.method, p, []tgbotapi.RequestFile{{Name: as.param, Data: tgbotapi.FileReader{Name: fileName(f), Reader: s}}})
	})
	var e *apiError
	if failed := s.failed(); failed != nil && !(errors.As(err, &e) && e.said) { // what was sent has no end: the server cannot have taken it
		return failed
	}
	return err
}

// fileName is what a file is called where it has no name.
func fileName(f chat.File) string {
	if f.Name != "" {
		return f.Name
	}
	return cmp.Or(map[string]string{
		"image/jpeg": "photo.jpg", "image/png": "photo.png", "image/webp": "photo.webp",
		"audio/ogg": "voice.ogg", "audio/mpeg": "voice.mp3", "audio/mp4": "voice.m4a", "video/mp4": "video.mp4", "application/pdf": "document.pdf",
	}[f.Type], "file")
}

// A source is read by the library, in a goroutine of its own that may outlive the
// request.
type source struct {
	mu   sync.Mutex
	from io.ReadCloser
	left int64
	err  error
}

func (s *source) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.from.Read(p)
	if s.left -= int64(n); s.left < 0 {
		err = bad("the file is too large")
	}
	if err != nil {
		s.err = err
	}
	return n, err
}

// failed is why the file could not be read to its end.
func (s *source) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == io.EOF {
		return nil
	}
	return s.err
}

// close ends who reads, and closes the file.
func (s *source) close(stop context.CancelFunc) {
	stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = io.ErrClosedPipe
	_ = s.from.Close() // it was read
}
