package web

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"lotse/bot/chat"
)

// media keeps the bytes of files by Ref, as files in dir, or in memory when dir
// is "".
type media struct {
	dir string
	mem *sync.Map // Ref → []byte
}

// newRef is a name that nobody guesses: whoever knows it may see the file.
func newRef() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// openMedia drops the files that no record knows: a crash came between the two.
func openMedia(dir string, known map[string]chat.File) (media, error) {
	if dir == "" {
		return media{mem: &sync.Map{}}, nil
	}
	m := media{dir: filepath.Join(dir, "media")}
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return media{}, fmt.Errorf("make the folder of the files: %w", err)
	}
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		return media{}, fmt.Errorf("read the folder of the files: %w", err)
	}
	for _, e := range entries {
		if _, ok := known[e.Name()]; ok || !e.Type().IsRegular() {
			continue
		}
		if err := os.Remove(filepath.Join(m.dir, e.Name())); err != nil {
			return media{}, fmt.Errorf("drop a file that was never sent: %w", err)
		}
	}
	return m, nil
}

// put returns when the bytes are on disk.
func (m media) put(ref string, b []byte) error {
	if m.mem != nil {
		m.mem.Store(ref, b)
		return nil
	}
	f, err := os.OpenFile(filepath.Join(m.dir, ref), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("keep a file: %w", err)
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close(), syncDir(m.dir)); err != nil {
		return fmt.Errorf("keep a file: %w", err)
	}
	return nil
}

// drop forgets bytes that became no message.
func (m media) drop(ref string) error {
	if m.mem != nil {
		m.mem.Delete(ref)
		return nil
	}
	if err := os.Remove(filepath.Join(m.dir, ref)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("drop a file: %w", err)
	}
	return nil
}

// open is for a Ref that is known.
func (m media) open(ref string) (io.ReadSeekCloser, error) {
	if m.mem == nil {
		return os.Open(filepath.Join(m.dir, ref))
	}
	b, ok := m.mem.Load(ref)
	if !ok {
		return nil, os.ErrNotExist
	}
	return readCloser{bytes.NewReader(b.([]byte))}, nil
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// inline are the types a browser may show instead of saving them: none of them
// can hold a script.
var inline = map[string]chat.FileKind{
	"image/png":       chat.Photo,
	"image/jpeg":      chat.Photo,
	"image/gif":       chat.Photo,
	"image/webp":      chat.Photo,
	"audio/aac":       chat.Voice,
	"audio/mp4":       chat.Voice,
	"audio/mpeg":      chat.Voice,
	"audio/ogg":       chat.Voice,
	"audio/wav":       chat.Voice,
	"audio/webm":      chat.Voice,
	"video/mp4":       chat.Video,
	"video/webm":      chat.Video,
	"application/ogg": chat.Voice, // what net/http calls audio/ogg
	"audio/wave":      chat.Voice, // and audio/wav
}

// describe says what kind of file the bytes are. A picture is one when its bytes
// say so; for sound and film the sender is asked first, because a container
// looks the same with and without pictures.
func describe(claimed string, b []byte) (chat.FileKind, string) {
	claimed, _, err := mime.ParseMediaType(claimed)
	if err != nil {
		claimed = ""
	}
	found, _, err := mime.ParseMediaType(http.DetectContentType(b))
	if err != nil {
		found = ""
	}
	if claimed == "" || claimed == "application/octet-stream" {
		claimed = found
	}
	if kind := inline[found]; kind == chat.Photo {
		return kind, found
	}
	if kind := inline[claimed]; kind == chat.Voice || kind == chat.Video {
		return kind, claimed
	}
	if claimed == "" {
		claimed = "application/octet-stream"
	}
	return chat.Document, claimed
}

// serveMedia hands a file out so that it can do nothing: no script, no guessing
// of types, nothing shown but pictures, sound and film.
func (w *Web) serveMedia(rw http.ResponseWriter, r *http.Request) {
	ref := r.PathValue("ref")
	w.mu.Lock()
	file, ok := w.state.files[ref]
	w.mu.Unlock()
	if !ok {
		http.NotFound(rw, r)
		return
	}
	body, err := w.media.open(ref)
	if err != nil {
		http.NotFound(rw, r)
		return
	}
	defer body.Close()
	contentType, disposition := "application/octet-stream", "attachment"
	if kind := inline[file.Type]; kind != "" && kind == file.Kind {
		contentType, disposition = file.Type, "inline"
	}
	if file.Name != "" {
		if d := mime.FormatMediaType(disposition, map[string]string{"filename": file.Name}); d != "" {
			disposition = d
		}
	}
	h := rw.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", disposition)
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "private, max-age=86400, immutable")
	http.ServeContent(rw, r, "", time.Time{}, body)
}

// cleanName keeps the last element of what a client calls its file, without
// control characters.
func cleanName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if runes := []rune(name); len(runes) > 120 {
		name = string(runes[len(runes)-120:]) // the end, for the extension
	}
	return name
}
