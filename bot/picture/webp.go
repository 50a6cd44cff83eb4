package picture

import (
	"encoding/binary"
	"io"
)

// webpKept are the chunks that say how the picture looks (WebP Container Specification,
// Extended File Format).
var webpKept = map[string]bool{"VP8 ": true, "VP8L": true, "VP8X": true, "ALPH": true, "ANIM": true, "ANMF": true, "ICCP": true}

// webp keeps those chunks. Its first bytes say how long it is, before it is known what
// goes: so what goes is filled with zeros in its place, under a name that means nothing.
func (c *cleaner) webp() error {
	head, err := c.read(12)
	if err != nil {
		return err
	}
	size := int64(binary.LittleEndian.Uint32(head[4:]))
	if size < 4 {
		return ErrBroken
	}
	c.write(head)
	return c.webpChunks(size-4, false)
}

// webpChunks reads chunks of so many bytes in all, of a picture or of one frame.
func (c *cleaner) webpChunks(left int64, frame bool) error {
	for left >= 8 {
		head, err := c.read(8)
		if err != nil {
			return err
		}
		length := int64(binary.LittleEndian.Uint32(head[4:]))
		whole := length + length&1
		if left -= 8 + whole; left < 0 {
			return ErrBroken
		}
		switch name := string(head[:4]); {
		case name == "VP8X" && !frame:
			err = c.webpExtended(head, length)
		case name == "ANMF" && !frame:
			err = c.webpFrame(head, whole)
		case name == "VP8 ", name == "VP8L":
			err = c.webpImage(head, name, whole)
		case webpKept[name]:
			c.write(head)
			err = c.copy(whole)
		case name == "EXIF" && !frame && length >= int64(len(onlyTurning(1))):
			err = c.webpExif(head, length, whole)
		default:
			c.write([]byte("JUNK"), head[4:])
			err = c.webpZeros(whole)
		}
		if err != nil {
			return err
		}
	}
	return c.webpZeros(left)
}

// webpZeros writes zeros instead of what is read.
func (c *cleaner) webpZeros(n int64) error {
	if err := c.drop(n); err != nil {
		return err
	}
	_, err := io.CopyN(c.w, zeros{}, n)
	return err
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// webpExtended copies what the picture consists of, and that it has no XMP.
func (c *cleaner) webpExtended(head []byte, length int64) error {
	if length != 10 {
		return ErrBroken
	}
	body, err := c.read(10)
	if err != nil {
		return err
	}
	if err := bounded(1+low24(body[4:]), 1+low24(body[7:])); err != nil {
		return err
	}
	body[0] &^= 0x04
	c.write(head, body)
	return nil
}

func low24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

func (c *cleaner) webpFrame(head []byte, whole int64) error {
	if whole < 16 {
		return ErrBroken
	}
	body, err := c.read(16)
	if err != nil {
		return err
	}
	if err := bounded(1+low24(body[6:]), 1+low24(body[9:])); err != nil {
		return err
	}
	c.write(head, body)
	return c.webpChunks(whole-16, true)
}

// webpImage copies coded data that is not too large (RFC 6386 §9.1, RFC 9649 §3.4).
func (c *cleaner) webpImage(head []byte, name string, whole int64) error {
	if whole < 10 {
		return ErrBroken
	}
	start, err := c.r.Peek(10)
	if err != nil {
		return err
	}
	width, height := int(binary.LittleEndian.Uint16(start[6:]))&0x3fff, int(binary.LittleEndian.Uint16(start[8:]))&0x3fff
	if name == "VP8L" {
		bits := binary.LittleEndian.Uint32(start[1:])
		width, height = 1+int(bits&0x3fff), 1+int(bits>>14&0x3fff)
	}
	if err := bounded(width, height); err != nil {
		return err
	}
	c.write(head)
	return c.copy(whole)
}

// webpExif leaves of metadata how the picture is to be turned: that there are some was
// said before.
func (c *cleaner) webpExif(head []byte, length, whole int64) error {
	exif, err := c.read(int(min(length, maxExif)))
	if err != nil {
		return err
	}
	c.noteTurning(exif)
	only := onlyTurning(max(c.turning, 1))
	c.write(head, only)
	if err := c.drop(whole - int64(len(exif))); err != nil {
		return err
	}
	_, err = io.CopyN(c.w, zeros{}, whole-int64(len(only)))
	return err
}
