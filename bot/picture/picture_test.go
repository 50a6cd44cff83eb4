package picture

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/image/webp"
)

// secret stands in every piece of metadata of the tests.
const secret = "51.3154 N 12.2787 E, Stuttgarter Allee"

// exif is a TIFF file with how to turn the picture, and where it was taken.
func exif(turn int, order binary.AppendByteOrder) []byte {
	head := "MM\x00*"
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		head = "II*\x00"
	}
	b := order.AppendUint32([]byte(head), 8)
	b = order.AppendUint16(b, 3)
	entry := func(tag, kind uint16, count, value uint32) {
		b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, tag), kind), count)
		if kind == 3 {
			b = append(order.AppendUint16(b, uint16(value)), 0, 0)
			return
		}
		b = order.AppendUint32(b, value)
	}
	entry(271, 2, uint32(len(secret)), 8+2+3*12+4) // Make
	entry(274, 3, 1, uint32(turn))
	entry(34853, 4, 1, 8+2+3*12+4) // GPS
	return append(append(b, 0, 0, 0, 0), secret...)
}

func noise(width, height int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = byte(i*i>>3 ^ i)
		if i%4 == 3 {
			m.Pix[i] = 0xff
		}
	}
	return m
}

func segment(marker byte, body string) []byte {
	return slices.Concat([]byte{0xff, marker}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2)), []byte(body))
}

// withSegments is a JPEG with segments behind its start, and something behind its end.
func withSegments(t testing.TB, m image.Image, segments ...[]byte) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(segments...)
	return slices.Concat(b.Bytes()[:2], all, b.Bytes()[2:], []byte("\x00\x00\x00\x18ftypmp42"+secret))
}

func chunk(name, body string) []byte {
	named := name + body
	return slices.Concat(binary.BigEndian.AppendUint32(nil, uint32(len(body))), []byte(named), binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(named))))
}

// withChunks is a PNG with chunks in front of its data.
func withChunks(t testing.TB, m image.Image, chunks ...[]byte) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b.Bytes(), []byte("IDAT")) - 4
	return slices.Concat(b.Bytes()[:at], slices.Concat(chunks...), b.Bytes()[at:], []byte(secret))
}

func riff(chunks ...[]byte) []byte {
	body := slices.Concat(chunks...)
	return slices.Concat([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(body)+4)), []byte("WEBP"), body)
}

func riffChunk(name, body string) []byte {
	b := append([]byte(name), binary.LittleEndian.AppendUint32(nil, uint32(len(body)))...)
	b = append(b, body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// Pictures of one pixel, in both codings.
var (
	lossy    = mustDecode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")[12:]
	lossless = mustDecode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")[12:]
)

func mustDecode(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

const extended = "\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00" // Exif and XMP, 1 × 1

func gifWith(t testing.TB, extensions ...string) []byte {
	palette := color.Palette{color.Black, color.White, color.RGBA{200, 0, 0, 255}, color.RGBA{0, 200, 0, 255}}
	all := gif.GIF{LoopCount: 3}
	for frame := range 3 {
		m := image.NewPaletted(image.Rect(0, 0, 20, 10), palette)
		for i := range m.Pix {
			m.Pix[i] = byte((i + frame) % 4)
		}
		all.Image, all.Delay = append(all.Image, m), append(all.Delay, 7)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &all); err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b.Bytes(), []byte("!\xff\x0bNETSCAPE2.0"))
	return slices.Concat(b.Bytes()[:at], []byte(strings.Join(extensions, "")), b.Bytes()[at:], []byte(secret))
}

func sub(s string) string { return string(rune(len(s))) + s + "\x00" }

type fixture struct {
	data []byte
	turn int
}

// fixtures are pictures that know where they were taken.
func fixtures(t testing.TB) map[string]fixture {
	m := noise(33, 17)
	icc := "ICC_PROFILE\x00\x01\x01" + strings.Repeat("profile", 50)
	gray := image.NewGray(m.Bounds())
	copy(gray.Pix, m.Pix)
	app1 := segment(app1, exifHead+string(exif(6, binary.LittleEndian)))
	xmp := segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>"+secret)
	return map[string]fixture{
		"jpeg": {withSegments(t, m, segment(app0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x01\x01"+"rgb"), app1, xmp,
			segment(app2, icc), segment(app2, "MPF\x00"+secret), segment(0xed, "Photoshop 3.0\x00"+secret), segment(0xfe, secret),
			segment(app0, "JFXX\x00\x10"+secret), segment(0xeb, "JP"+secret)), 6},
		"gray jpeg":       {withSegments(t, gray, segment(0xe1, exifHead+string(exif(3, binary.BigEndian)))), 3},
		"upright jpeg":    {withSegments(t, m, segment(0xe1, exifHead+string(exif(1, binary.BigEndian)))), 0},
		"jpeg with junk":  {withSegments(t, m, []byte("junk"), segment(0xe1, exifHead+string(exif(8, binary.BigEndian))), []byte{0xff, 0xff}), 8},
		"two turns":       {withSegments(t, m, app1, segment(0xe1, exifHead+string(exif(3, binary.BigEndian)))), 6},
		"png":             {withChunks(t, m, chunk("eXIf", string(exif(8, binary.BigEndian))), chunk("tEXt", "Comment\x00"+secret), chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+secret), chunk("zTXt", "x\x00\x00"+secret), chunk("tIME", "\x07\xea\x0b\x17\x0a\x00\x00"), chunk("gAMA", "\x00\x00\xb1\x8f"), chunk("caBX", secret)), 8},
		"gray png":        {withChunks(t, gray, chunk("tEXt", "GPS\x00"+secret)), 0},
		"webp":            {riff(riffChunk("VP8X", extended), lossy, riffChunk("EXIF", string(exif(6, binary.LittleEndian))), riffChunk("XMP ", "<x>"+secret), riffChunk("what", secret)), 6},
		"lossless webp":   {riff(riffChunk("VP8X", extended), riffChunk("ICCP", "profile"), lossless, riffChunk("EXIF", exifHead+string(exif(1, binary.BigEndian)))), 1},
		"simple webp":     {append(riff(lossy), secret...), 0},
		"tiny exif":       {riff(riffChunk("VP8X", extended), lossless, riffChunk("EXIF", secret[:9])), 0},
		"gif":             {gifWith(t, "!\xfe"+sub(secret), "!\xff"+sub("XMP DataXMP")[:12]+sub(secret)), 0},
		"gif of one kind": {gifWith(t, "!\x01\x0c"+strings.Repeat("t", 12)+sub(secret)), 0},
	}
}

func clean(data []byte) ([]byte, error) {
	var out bytes.Buffer
	err := Clean(&out, iotest.OneByteReader(bytes.NewReader(data)), true)
	return out.Bytes(), err
}

func TestClean(t *testing.T) {
	for name, f := range fixtures(t) {
		out, err := clean(f.data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if bytes.Contains(out, []byte(secret)) || bytes.Contains(out, []byte("xmpmeta")) {
			t.Errorf("%s knows where it was taken", name)
		}
		if again, err := clean(out); err != nil || !bytes.Equal(again, out) {
			t.Errorf("%s: cleaned again it is another: %v", name, err)
		}
		before, err := pixels(f.data)
		if err != nil {
			t.Fatal(name, err)
		}
		after, err := pixels(out)
		if err != nil || !slices.Equal(before, after) {
			t.Errorf("%s looks different: %v", name, err)
		}
		if got := turned(out); got != f.turn {
			t.Errorf("%s is turned %d, want %d", name, got, f.turn)
		}
	}
}

// Colours stay what they are: the profile is there, and what JFIF and Adobe say.
func TestColoursStay(t *testing.T) {
	out, err := clean(fixtures(t)["jpeg"].data)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff", "ICC_PROFILE"} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("%q is gone", want)
		}
	}
	adobe := withSegments(t, noise(9, 9), segment(app14, "Adobe\x00\x64\x00\x00\x00\x00\x01"+secret))
	if out, err = clean(adobe); err != nil || !bytes.Contains(out, segment(app14, "Adobe\x00\x64\x00\x00\x00\x00\x01")) {
		t.Errorf("what Adobe says is gone: %v", err)
	}
	if out, err = clean(fixtures(t)["gif"].data); err != nil || !bytes.Contains(out, []byte("!\xff\x0bNETSCAPE2.0\x03\x01\x03\x00\x00")) {
		t.Errorf("it is not repeated any more: %v", err)
	}
}

// turned is how a cleaned picture says it is to be turned: the only metadata it may have.
func turned(out []byte) int {
	for turn := 1; turn <= 8; turn++ {
		if bytes.Contains(out, onlyTurning(turn)) {
			return turn
		}
	}
	return 0
}

// pixels are those of all frames.
func pixels(data []byte) (all []byte, err error) {
	var frames []image.Image
	switch {
	case bytes.HasPrefix(data, []byte("GIF")):
		g, err := gif.DecodeAll(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		for i, m := range g.Image {
			frames = append(frames, m)
			all = fmt.Append(all, g.Delay[i], g.LoopCount, g.Disposal[i], m.Rect)
		}
	case bytes.HasPrefix(data, []byte("RIFF")):
		m, err := webp.Decode(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		frames = append(frames, m)
	case bytes.HasPrefix(data, []byte(pngHead)):
		m, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		frames = append(frames, m)
	default:
		m, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		frames = append(frames, m)
	}
	for _, m := range frames {
		b := m.Bounds()
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				r, g, bl, a := m.At(x, y).RGBA()
				all = append(all, byte(r>>8), byte(g>>8), byte(bl>>8), byte(a>>8))
			}
		}
	}
	return all, nil
}

// What is no picture goes through as it is; a picture of a kind that nobody can clean
// does not, whatever it is said to be.
func TestKinds(t *testing.T) {
	for name, x := range map[string]struct {
		data      string
		isPicture bool
		want      error
	}{
		"pdf":               {"%PDF-1.7 …", false, nil},
		"nothing":           {"", false, nil},
		"short":             {"x", false, nil},
		"voice":             {"OggS\x00", false, nil},
		"video":             {"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00", false, nil},
		"pdf as a photo":    {"%PDF-1.7 …", true, ErrKind},
		"heic":              {"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", false, ErrKind},
		"avif":              {"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00", true, ErrKind},
		"tiff":              {"II*\x00\x08\x00\x00\x00", false, ErrKind},
		"jpeg xl":           {"\xff\x0a…", false, ErrKind},
		"apple png":         {pngHead + string(chunk("IHDR", "\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00")) + string(chunk("CgBI", "\x00\x00\x00\x00")), false, ErrKind},
		"a png cut off":     {pngHead + "\x00\x00", false, ErrBroken},
		"jpeg without data": {"\xff\xd8\xff\xd9", false, nil},
		"jpeg cut off":      {"\xff\xd8\xff\xe1\x00\x10Exif", false, ErrBroken},
		"huge gif":          {"GIF89a\xff\xff\xff\xff\x00\x00\x00;", false, ErrLarge},
		"huge png":          {pngHead + string(chunk("IHDR", "\x00\x00\x13\x89\x00\x00\x13\x88\x08\x02\x00\x00\x00")), false, ErrLarge},
		"large png":         {pngHead + string(chunk("IHDR", "\x00\x00\x13\x88\x00\x00\x13\x88\x08\x02\x00\x00\x00")) + string(chunk("IEND", "")), false, nil},
		"huge jpeg":         {"\xff\xd8" + string(segment(sof0, "\x08\xff\xff\xff\xff\x03")), false, ErrLarge},
		"jpeg without end":  {"\xff\xd8" + string(segment(sof0, "\x08\x00\x00\xff\xff\x03")), false, ErrLarge},
		"huge webp":         {string(riff(riffChunk("VP8X", "\x00\x00\x00\x00\xff\xff\x00\xff\xff\x00"))), false, ErrLarge},
		"huge lossless":     {string(riff(riffChunk("VP8L", "\x2f\xff\xff\xff\x0f\x00\x00\x00\x00\x00"))), false, ErrLarge},
	} {
		var out bytes.Buffer
		err := Clean(&out, strings.NewReader(x.data), x.isPicture)
		if !errors.Is(err, x.want) || err == nil && out.String() != x.data {
			t.Errorf("%s: %v, want %v; %q", name, err, x.want, out.String())
		}
		if err != nil && !Refused(err) {
			t.Errorf("%s: %v is not final", name, err)
		}
	}
}

// Whoever cannot read or write hears why, and may try again.
func TestErrors(t *testing.T) {
	data := fixtures(t)["jpeg"].data
	lost := errors.New("line lost")
	for n := 0; n < len(data)-50; n += 7 {
		r := io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(lost))
		if err := Clean(io.Discard, r, true); !errors.Is(err, lost) || Refused(err) {
			t.Fatalf("reading fails after %d bytes: %v", n, err)
		}
	}
	if err := Clean(iotest.TruncateWriter(io.Discard, 0), bytes.NewReader(data), true); err != nil {
		t.Fatal(err) // it takes everything and keeps nothing
	}
	r, w := io.Pipe()
	_ = r.CloseWithError(lost) // never fails
	if err := Clean(w, bytes.NewReader(data), true); !errors.Is(err, lost) {
		t.Errorf("writing fails: %v", err)
	}
}

// A picture of any size passes through little memory.
func BenchmarkClean(b *testing.B) {
	data := withSegments(b, noise(4000, 3000), segment(app1, exifHead+string(exif(6, binary.LittleEndian))))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if err := Clean(io.Discard, bytes.NewReader(data), true); err != nil {
			b.Fatal(err)
		}
	}
}

// Whatever it is given, what comes out is clean: cleaned again it is the same, it knows
// nothing, and who could see the picture sees the same.
func FuzzClean(f *testing.F) {
	for _, x := range fixtures(f) {
		f.Add(x.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := clean(data)
		if err != nil {
			if !Refused(err) {
				t.Fatalf("%v, and it could be read to its end", err)
			}
			return
		}
		again, err := clean(out)
		if err != nil || !bytes.Equal(again, out) {
			t.Fatalf("cleaned again it is another: %v", err)
		}
		if what := metadata(out); what != "" {
			t.Fatalf("there is %s", what)
		}
		size, _, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil || size.Width*size.Height > 1<<16 { // takes too long to look at
			return
		}
		if before, err := pixels(data); err == nil {
			if after, err := pixels(out); err != nil || !slices.Equal(before, after) {
				t.Fatalf("it looks different: %v", err)
			}
		}
	})
}

// metadata names a piece of metadata in the headers of a picture, read in the plainest way.
func metadata(out []byte) string {
	switch {
	case bytes.HasPrefix(out, []byte(pngHead)):
		for at := 8; at+8 <= len(out); at += 12 + int(binary.BigEndian.Uint32(out[at:])) {
			name, n := string(out[at+4:at+8]), int(binary.BigEndian.Uint32(out[at:]))
			if !pngKept[name] && !(name == "eXIf" && n == 26) {
				return name
			}
		}
	case bytes.HasPrefix(out, []byte("RIFF")):
		for at := 12; at+8 <= len(out); {
			name, n := string(out[at:at+4]), int(binary.LittleEndian.Uint32(out[at+4:]))
			if body := out[at+8 : at+8+n]; name == "JUNK" && len(bytes.Trim(body, "\x00")) > 0 || name == "EXIF" && len(bytes.Trim(body[26:], "\x00")) > 0 {
				return name
			} else if !webpKept[name] && name != "JUNK" && name != "EXIF" {
				return name
			}
			at += 8 + n + n%2
		}
	case bytes.HasPrefix(out, []byte("\xff\xd8")):
		for at := 2; at+4 <= len(out) && out[at] == 0xff && out[at+1] != eoi && out[at+1] != sos; {
			marker, n := out[at+1], int(binary.BigEndian.Uint16(out[at+2:]))
			body := string(out[at+4 : at+2+n])
			fine := marker < app0 || marker == app0 && n == 16 || marker == app1 && n == 34 && strings.HasPrefix(body, exifHead) ||
				marker == app2 && strings.HasPrefix(body, "ICC_PROFILE") || marker == app14 && n == 14
			if !fine {
				return fmt.Sprintf("segment %x", marker)
			}
			at += 2 + n
		}
	}
	return ""
}
