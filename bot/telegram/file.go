package telegram

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lotse/bot/chat"
)

// A media says how one type of file is sent again: Telegram does not let a file
// change its type. A Ref is the type, a colon and Telegram's file ID.
type media struct {
	method, param string
	kind          chat.FileKind
}

var medias = map[string]media{
	"photo":      {"sendPhoto", "photo", chat.Photo},
	"voice":      {"sendVoice", "voice", chat.Voice},
	"audio":      {"sendAudio", "audio", chat.Document},
	"video":      {"sendVideo", "video", chat.Video},
	"video_note": {"sendVideoNote", "video_note", chat.Video},
	"animation":  {"sendAnimation", "animation", chat.Video},
	"document":   {"sendDocument", "document", chat.Document},
}

// albumOf says which files can stand in one: photos with videos, documents among
// themselves, music among itself (Bot API, sendMediaGroup); others stay alone.
func albumOf(f chat.File) string {
	if f.Platform != Platform { // it is uploaded by itself
		return ""
	}
	switch is, _, _ := strings.Cut(f.Ref, ":"); is {
	case "photo", "video":
		return "pictures"
	case "document", "audio":
		return is
	}
	return ""
}

// attachment is the file of a message; of a photo the largest size.
func attachment(m *message) (chat.File, bool) {
	if len(m.Photo) > 0 {
		p := slices.MaxFunc(m.Photo, func(a, b photo) int {
			return cmp.Or(cmp.Compare(a.Width*a.Height, b.Width*b.Height), cmp.Compare(a.Size, b.Size))
		})
		return chat.File{Kind: chat.Photo, Platform: Platform, Ref: "photo:" + p.ID, Type: "image/jpeg", Size: p.Size, Bare: true}, true
	}
	for _, f := range []struct {
		is string
		*file
	}{
		{"voice", m.Voice}, {"video", m.Video}, {"video_note", m.VideoNote}, {"animation", m.Animation}, {"audio", m.Audio}, {"document", m.Document},
	} {
		if f.file != nil {
			return chat.File{
				Kind: medias[f.is].kind, Platform: Platform, Ref: f.is + ":" + f.ID, Name: f.Name, Type: f.Type,
				Size: f.Size, Length: time.Duration(f.Duration) * time.Second,
			}, true
		}
	}
	return chat.File{}, false
}

// mediaOf is how a file of this network is sent again, and its file ID.
func mediaOf(f chat.File) (media, string, bool) {
	is, id, _ := strings.Cut(f.Ref, ":")
	m, known := medias[is]
	return m, id, known && f.Platform == Platform && id != ""
}

// MaxFetch is the largest file a bot can read over the public server, in bytes
// (Bot API, getFile).
const MaxFetch = 20 << 20

// Open reads a file that a person sent, at most MaxFetch bytes of it; more is an
// error. The caller closes it.
func (t *Telegram) Open(ctx context.Context, f chat.File) (io.ReadCloser, error) {
	_, id, ok := mediaOf(f)
	if !ok {
		return nil, bad("the file is on another network")
	}
	var got struct {
		Path string `json:"file_path"`
	}
	if err := t.call(ctx, "getFile", tgbotapi.Params{"file_id": id}, &got); err != nil {
		return nil, outcome(err)
	}
	path := (&url.URL{Path: got.Path}).EscapedPath()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.base+"/file/bot"+t.token+"/"+strings.TrimPrefix(path, "/"), nil)
	if err != nil {
		return nil, bad("the file has an impossible path")
	}
	resp, err := t.http.Do(req)
	if err != nil {
		return nil, &chat.SendError{Err: fmt.Errorf("telegram: file: %w", t.safe(bare(err)))}
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, &chat.SendError{Bad: resp.StatusCode == http.StatusNotFound, Err: fmt.Errorf("telegram: file: HTTP status %d", resp.StatusCode)}
	}
	return http.MaxBytesReader(nil, resp.Body, MaxFetch), nil
}
