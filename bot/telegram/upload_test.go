package telegram

import (
	"context"
	"errors"
	"io"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"lotse/bot/chat"
)

// A stream is a file of so many bytes that are nowhere, and that breaks behind them
// if err is set.
type stream struct {
	left   int64
	err    error
	closed *atomic.Int64
}

func (s *stream) Read(p []byte) (int, error) {
	if s.left == 0 {
		if s.err != nil {
			return 0, s.err
		}
		return 0, io.EOF
	}
	n := min(int64(len(p)), s.left)
	s.left -= n
	return int(n), nil
}

func (s *stream) Close() error { s.closed.Add(1); return nil }

func TestUploads(t *testing.T) {
	const size = 3000
	file := func(kind chat.FileKind, is, name string) chat.File {
		return chat.File{Kind: kind, Platform: "matrix", Ref: "mxc", Type: is, Name: name, Size: size}
	}
	large := file(chat.Photo, "image/jpeg", "gross.jpg")
	large.Size = MaxPhoto + 1
	voice := file(chat.Voice, "audio/ogg", "")
	voice.Length = 12e9
	broken := errors.New("the other network broke")
	type is struct{ gone, bad, unsure bool }
	for name, c := range map[string]struct {
		file    chat.File
		holds   int64 // bytes, when not size
		breaks  error
		opens   error
		refuses func(method string) (int, string)
		want    []string // requests
		fails   *is
	}{
		"photo":                      {file: file(chat.Photo, "image/png", "a b.png"), want: []string{"sendPhoto caption=x chat_id=4711 photo=a b.png(3000) protect_content=true"}},
		"photo of an unknown type":   {file: file(chat.Photo, "image/heic", "a.heic"), want: []string{"sendDocument caption=x chat_id=4711 document=a.heic(3000) protect_content=true"}},
		"large photo":                {file: large, want: []string{"sendDocument caption=x chat_id=4711 document=gross.jpg(3000) protect_content=true"}},
		"voice":                      {file: voice, want: []string{"sendVoice caption=x chat_id=4711 duration=12 protect_content=true voice=voice.ogg(3000)"}},
		"video":                      {file: file(chat.Video, "video/mp4", ""), want: []string{"sendVideo caption=x chat_id=4711 protect_content=true video=video.mp4(3000)"}},
		"video of another type":      {file: file(chat.Video, "video/webm", ""), want: []string{"sendDocument caption=x chat_id=4711 document=file(3000) protect_content=true"}},
		"document":                   {file: file(chat.Document, "application/pdf", "Brief \"1\".pdf"), want: []string{`sendDocument caption=x chat_id=4711 document=Brief "1".pdf(3000) protect_content=true`}},
		"larger than it says":        {file: file(chat.Document, "", "a"), holds: MaxUpload + 1, fails: &is{bad: true}},
		"too large":                  {file: chat.File{Platform: "matrix", Size: MaxUpload + 1}, fails: &is{bad: true}},
		"cannot be opened":           {file: file(chat.Document, "", "a"), opens: &chat.SendError{Bad: true, Err: broken}, fails: &is{bad: true}},
		"breaks":                     {file: file(chat.Document, "", "a"), breaks: broken, fails: &is{}},
		"blocked":                    {file: voice, refuses: func(string) (int, string) { return 403, refused(403, "Forbidden: bot was blocked by the user", "") }, want: []string{"sendVoice"}, fails: &is{gone: true}},
		"a gateway":                  {file: voice, refuses: func(string) (int, string) { return 502, "<html>" }, want: []string{"sendVoice"}, fails: &is{unsure: true}},
		"what is no photo":           {file: file(chat.Photo, "image/png", "a.png"), refuses: notAPhoto, want: []string{"sendPhoto", "sendDocument caption=x chat_id=4711 document=a.png(3000) protect_content=true"}},
		"what nobody can understand": {file: file(chat.Document, "", "a"), refuses: func(string) (int, string) { return 400, refused(400, "Bad Request: no", "") }, want: []string{"sendDocument"}, fails: &is{bad: true}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			var opened, closed atomic.Int64
			tg := f.serve(Options{Files: func(context.Context, chat.File) (io.ReadCloser, error) {
				if c.opens != nil {
					return nil, c.opens
				}
				opened.Add(1)
				s := &stream{left: size, err: c.breaks, closed: &closed}
				if c.holds > 0 {
					s.left = c.holds
				}
				return s, nil
			}})
			if c.refuses != nil {
				f.fail = func(method string, _ url.Values) (int, string) { return c.refuses(method) }
			}
			_, err := tg.Send(t.Context(), "row", person(), chat.Message{Text: "x", Protect: true, Files: []chat.File{c.file}})
			var no *chat.SendError
			if errors.As(err, &no); (err != nil) != (c.fails != nil) || no != nil && (is{no.Gone, no.Bad, no.Unsure}) != *c.fails {
				t.Errorf("it ends with %v", err)
			}
			var got []string
			for i, call := range f.calls {
				words := flat(call)
				if i < len(c.want) && !strings.Contains(c.want[i], " ") {
					words = call.method
				}
				got = append(got, words)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("asked for %q\nwant %q", got, c.want)
			}
			if opened.Load() != closed.Load() {
				t.Errorf("opened %d times, closed %d times", opened.Load(), closed.Load())
			}
		})
	}
}

func notAPhoto(method string) (int, string) {
	if method == "sendPhoto" {
		return 400, refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS", "")
	}
	return 0, ""
}

// A file is never held as a whole.
func TestUploadsAreNotKept(t *testing.T) {
	f := newFake(t)
	var closed atomic.Int64
	tg := f.serve(Options{Files: func(context.Context, chat.File) (io.ReadCloser, error) {
		return &stream{left: MaxUpload, closed: &closed}, nil
	}})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := tg.Send(t.Context(), "row", person(), chat.Message{Files: []chat.File{{Kind: chat.Document, Platform: "matrix", Name: "a"}}})
	if err != nil || f.calls[0].form.Get("document") != "a(52428800)" {
		t.Fatal(err, f.calls)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > MaxUpload/10 {
		t.Errorf("it took %d bytes to pass on %d", took, MaxUpload)
	}
}
