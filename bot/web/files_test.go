package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"lotse/bot/chat"
)

// A file that lies elsewhere is brought here once, and is there after a restart; one that
// cannot be read leaves nothing behind.
func TestFilesFromElsewhere(t *testing.T) {
	opt := options(t.TempDir())
	opens := 0
	opt.Files = func(_ context.Context, f chat.File) (io.ReadCloser, error) {
		opens++
		switch f.Ref {
		case "picture":
			return io.NopCloser(strings.NewReader("\x89PNG")), nil
		case "large":
			return io.NopCloser(strings.NewReader(strings.Repeat("x", MaxUpload+1))), nil
		}
		return nil, &chat.SendError{Bad: true, Err: errors.New("it is gone")}
	}
	w := open(t, opt)
	send := func(id, ref string) error {
		_, err := w.Send(t.Context(), id, at("desk"), chat.Message{Files: []chat.File{{Kind: chat.Photo, Platform: "lotse", Ref: ref, Type: "image/png"}}})
		return err
	}
	for range 2 {
		if err := send("1", "picture"); err != nil {
			t.Fatal(err)
		}
	}
	var no *chat.SendError
	for _, ref := range []string{"large", "gone"} {
		if err := send(ref, ref); !errors.As(err, &no) || !no.Bad {
			t.Errorf("%s: %v", ref, err)
		}
	}
	if opens != 3 || len(w.state.files) != 1 {
		t.Errorf("opened %d times, %d files", opens, len(w.state.files))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w = open(t, opt)
	for _, f := range w.state.files {
		got, err := w.Open(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(got)
		if err := errors.Join(err, got.Close()); err != nil || string(b) != "\x89PNG" || f.Platform != Platform {
			t.Errorf("%+v: %q, %v", f, b, err)
		}
		c := browse(t, w)
		if status, head, _ := c.do(c.request("GET", "/media/"+f.Ref, "", nil)); status != http.StatusOK || head.Get("Content-Type") != "image/png" {
			t.Errorf("it is shown with status %d, %v", status, head)
		}
	}
	if _, err := w.Open(t.Context(), chat.File{Platform: Platform, Ref: "x"}); !errors.As(err, &no) || !no.Bad {
		t.Errorf("an unknown file: %v", err)
	}
}
