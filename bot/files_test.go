package bot

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"strings"
	"testing"

	"lotse/bot/chat"
	"lotse/locales"
)

// A courier is a network that reads the files it is given, as real ones do with what lies
// elsewhere.
type courier struct {
	*network
	open    func(context.Context, chat.File) (io.ReadCloser, error)
	there   map[string][]byte // what lies here, by Ref
	arrived map[string][]byte
	asIs    []string // Refs that were sent on without being read
}

func (c *courier) Open(_ context.Context, f chat.File) (io.ReadCloser, error) {
	if f.Platform != c.name {
		return nil, errors.New("it lies elsewhere")
	}
	return io.NopCloser(bytes.NewReader(c.there[f.Ref])), nil
}

func (c *courier) Send(ctx context.Context, id string, to chat.Address, m chat.Message) (chat.Receipt, error) {
	for _, f := range m.Files {
		if f.Platform == c.name {
			c.asIs = append(c.asIs, f.Ref)
			continue
		}
		from, err := c.open(ctx, f)
		if err != nil {
			return chat.Receipt{}, err
		}
		b, err := io.ReadAll(from)
		if err := errors.Join(err, from.Close()); err != nil {
			return chat.Receipt{}, err
		}
		c.arrived[f.Ref] = b
	}
	return c.network.Send(ctx, id, to, m)
}

// couriers is a world in which files have bytes.
func couriers(t *testing.T) (*world, *courier) {
	w := newWorld(t, locales.Pseudo)
	c := &courier{network: w.net, there: map[string][]byte{}, arrived: map[string][]byte{}}
	w.courier = c
	w.start()
	c.open = func(ctx context.Context, f chat.File) (io.ReadCloser, error) { return w.bot.Open(ctx, f) }
	return w, c
}

// sends lets somebody send a file with these bytes, and gives its Ref.
func (w *world) sends(c *courier, who, words string, f chat.File, data []byte) {
	w.t.Helper()
	f.Platform, f.Size = c.name, int64(len(data))
	c.there[f.Ref] = data
	ev := chat.Event{Kind: chat.Media, From: who, Text: words, In: c.at(who), Files: []chat.File{f}}
	if who == "cora" {
		ev.In, ev.Name, ev.On = theDesk, "Cora", "1"
	}
	ev.Message = c.add(ev.In.Room, chat.Message{Text: words})
	w.receive(ev)
}

const whereTaken = "51.3154 N 12.2787 E"

// photographed is a JPEG that knows where it was taken.
func photographed(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	exif := append([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00"), whereTaken...)
	segment := append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2)), exif...)
	return append(append(bytes.Clone(b.Bytes()[:2]), segment...), b.Bytes()[2:]...)
}

// Pictures lose what they know, in both directions, also where asker and desk are on the
// same network; other files stay as they are and where they are.
func TestPicturesAreCleaned(t *testing.T) {
	w, c := couriers(t)
	picture := photographed(t)
	w.ask("ann", "My question.")
	w.sends(c, "ann", "A letter.", chat.File{Kind: chat.Document, Ref: "a", Type: "image/jpeg", Name: "IMG_1.jpg"}, picture)
	w.sends(c, "ann", "A letter.", chat.File{Kind: chat.Photo, Ref: "b"}, picture)
	w.sends(c, "ann", "A letter.", chat.File{Kind: chat.Document, Ref: "c", Name: "unknown"}, picture)
	w.sends(c, "ann", "A letter.", chat.File{Kind: chat.Document, Ref: "pdf", Type: "application/pdf"}, []byte("%PDF "+whereTaken))
	w.sends(c, "ann", "A letter.", chat.File{Kind: chat.Photo, Ref: "bare", Bare: true}, picture)
	w.sends(c, "cora", "An answer.", chat.File{Kind: chat.Photo, Ref: "d", Type: "image/jpeg"}, picture)
	w.do("cora @desk ! send", "wait 20s")
	for _, ref := range []string{"a", "b", "c", "d"} {
		got := c.arrived[ref]
		if bytes.Contains(got, []byte(whereTaken)) || bytes.Contains(got, []byte("Exif")) {
			t.Errorf("%s knows where it was taken", ref)
		}
		if _, err := jpeg.Decode(bytes.NewReader(got)); err != nil {
			t.Errorf("%s: %v", ref, err)
		}
	}
	if got := strings.Join(c.asIs, " "); got != "pdf bare" {
		t.Errorf("sent on as they are: %s", got)
	}
}

// A picture that is not what it was said to be reaches nobody, and both sides are told.
func TestPictureThatCannotBeCleaned(t *testing.T) {
	w, c := couriers(t)
	w.ask("ann", "My question.")
	w.sends(c, "ann", "A letter.", chat.File{Kind: chat.Document, Ref: "a", Type: "image/jpeg"}, []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"+whereTaken))
	if len(c.arrived) != 0 || w.heard("(desk.unshown") != 1 || w.heard("(inquiry.file.lost") != 1 {
		t.Errorf("arrived: %d; said: %s", len(c.arrived), strings.Join(w.net.said[len(w.net.said)-3:], "\n"))
	}
	w.sends(c, "cora", "An answer.", chat.File{Kind: chat.Photo, Ref: "d"}, []byte("no picture"))
	w.do("cora @desk ! send", "wait 20s")
	if len(c.arrived) != 0 || w.heard("(desk.failed") != 1 || w.heard("(inquiry.file.lost") != 1 {
		t.Errorf("arrived: %d; said: %s", len(c.arrived), strings.Join(w.net.said[len(w.net.said)-3:], "\n"))
	}
}

// What is said of a picture is enough to refuse some at once.
func TestPictureRefusedAtOnce(t *testing.T) {
	w, c := couriers(t)
	w.ask("ann", "My question.")
	before := w.heard("desk <")
	w.sends(c, "ann", "", chat.File{Kind: chat.Document, Ref: "a", Type: "image/heic"}, []byte("x"))
	w.sends(c, "ann", "", chat.File{Kind: chat.Document, Ref: "b", Name: "IMG_1.HEIC"}, []byte("x"))
	w.sends(c, "cora", "", chat.File{Kind: chat.Document, Ref: "c", Name: "Foto.tif", Type: "application/octet-stream"}, []byte("x"))
	if got := w.heard("(wrong.picture"); got != 3 || w.heard("desk <") != before+1 {
		t.Errorf("%d of 3 were refused; the desk heard %d", got, w.heard("desk <")-before)
	}
}

// Half of a picture that breaks off is not taken for all of it.
func TestPictureBreaksOff(t *testing.T) {
	lost := errors.New("line lost")
	from := cleaned(io.NopCloser(io.MultiReader(bytes.NewReader(photographed(t)[:100]), errReader{lost})), true)
	_, err := io.ReadAll(from)
	var no *chat.SendError
	if !errors.Is(err, lost) || errors.As(err, &no) {
		t.Errorf("%v", err)
	}
	from = cleaned(io.NopCloser(bytes.NewReader(photographed(t))), true)
	if err := from.Close(); err != nil { // nobody wants it any more
		t.Error(err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }
