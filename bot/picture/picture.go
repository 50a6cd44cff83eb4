// Package picture takes out of pictures what they know beside what they show: where,
// when and with what they were taken, who edited them, smaller pictures of what was cut
// off. Nothing is decoded: the picture stays the same, bit by bit, and any size of file
// passes through a few kilobytes of memory.
package picture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// MaxPixels is how large a picture may be that is passed on: whoever opens it needs
// four bytes for each.
const MaxPixels = 25_000_000

// Why a picture is not passed on. Every other error is the reader's or the writer's.
var (
	ErrKind   = errors.New("picture: a kind that cannot be cleaned")
	ErrLarge  = errors.New("picture: more than 25 megapixels")
	ErrBroken = errors.New("picture: damaged")
)

// Refused reports whether an error is about the picture: trying again does not help.
func Refused(err error) bool {
	return errors.Is(err, ErrKind) || errors.Is(err, ErrLarge) || errors.Is(err, ErrBroken)
}

// Clean copies a file from r to w. A JPEG, PNG, WebP or GIF loses everything that is
// not needed to show it, except how it is to be turned. A picture of another kind is
// ErrKind; a file that is none is copied as it is, unless isPicture says that it should
// be one. What was written before an error must not be used.
func Clean(w io.Writer, r io.Reader, isPicture bool) error {
	c := &cleaner{r: bufio.NewReaderSize(r, 32<<10), w: bufio.NewWriterSize(w, 32<<10)}
	head, err := c.r.Peek(32)
	if err != nil && err != io.EOF {
		return err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xd8")):
		err = c.jpeg()
	case bytes.HasPrefix(head, []byte(pngHead)):
		err = c.png()
	case bytes.HasPrefix(head, []byte("GIF87a")), bytes.HasPrefix(head, []byte("GIF89a")):
		err = c.gif()
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		err = c.webp()
	case isPicture || otherPicture(head):
		err = ErrKind
	default:
		_, err = io.Copy(c.w, c.r)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("%w: it ends too early", ErrBroken)
	}
	if err != nil {
		return err
	}
	return c.w.Flush()
}

// otherPicture tells pictures that cannot be cleaned by how they begin.
func otherPicture(head []byte) bool {
	for _, magic := range []string{
		"II*\x00", "MM\x00*", "II+\x00", "MM\x00+", // TIFF, and the raw formats that are TIFF
		"\xff\x0a", "\x00\x00\x00\x0cJXL ", "\x00\x00\x00\x0cjP  ", "\xff\x4f\xff\x51", // JPEG XL, JPEG 2000
		"8BPS", "FUJIFILM", "IIU\x00", "IIRO", // Photoshop, raw formats
	} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	if len(head) < 12 || string(head[4:8]) != "ftyp" { // ISO/IEC 14496-12
		return false
	}
	switch string(head[8:12]) {
	case "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "mif2", "msf1", "avif", "avis", "crx ", "jxl ":
		return true
	}
	return false
}

// A cleaner reads one picture and writes what is left of it.
type cleaner struct {
	r       *bufio.Reader
	w       *bufio.Writer
	turning int // what a picture's metadata said about how it is to be turned, 0 when nothing
}

// read reads exactly n bytes.
func (c *cleaner) read(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(c.r, b)
	return b, err
}

// copy copies exactly n bytes.
func (c *cleaner) copy(n int64) error {
	_, err := io.CopyN(c.w, c.r, n)
	return err
}

// drop reads exactly n bytes and forgets them.
func (c *cleaner) drop(n int64) error {
	_, err := io.CopyN(io.Discard, c.r, n)
	return err
}

// write writes parts behind each other; an error shows at the end (bufio.Writer).
func (c *cleaner) write(parts ...[]byte) {
	for _, b := range parts {
		_, _ = c.w.Write(b) // kept until Flush
	}
}

func bounded(width, height int) error {
	if int64(width)*int64(height) > MaxPixels {
		return ErrLarge
	}
	return nil
}

// maxExif is how much of a piece of metadata is looked at: it says in the beginning how
// the picture is to be turned, and in JPEG it cannot be longer.
const maxExif = 64 << 10

// noteTurning notes what a piece of Exif says about how the picture is to be turned.
func (c *cleaner) noteTurning(exif []byte) {
	if turning := orientation(exif); turning != 0 && c.turning == 0 {
		c.turning = turning
	}
}

// orientation is the tag 274 of the first directory of a TIFF file (Exif 3.0, §4.6.2), 0
// when it says nothing or that nothing is to be done.
func orientation(tiff []byte) int {
	tiff = bytes.TrimPrefix(tiff, []byte(exifHead))
	if len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return 0
		}
		if order.Uint16(entries) == 274 {
			if value := order.Uint16(entries[8:]); order.Uint16(entries[2:]) == 3 && 2 <= value && value <= 8 {
				return int(value)
			}
			return 0
		}
		entries = entries[12:]
	}
	return 0
}

const exifHead = "Exif\x00\x00"

// onlyTurning is a TIFF file that holds nothing but how a picture is to be turned.
func onlyTurning(turning int) []byte {
	return []byte{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, byte(turning), 0, 0, 0, 0, 0, 0}
}
