package picture

import (
	"encoding/binary"
	"hash/crc32"
)

const pngHead = "\x89PNG\r\n\x1a\n"

// pngKept are the chunks that say how the picture looks (Portable Network Graphics,
// third edition, §11), animations included.
var pngKept = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true, "tRNS": true,
	"cHRM": true, "gAMA": true, "iCCP": true, "sBIT": true, "sRGB": true, "cICP": true, "mDCV": true, "cLLI": true,
	"bKGD": true, "pHYs": true, "acTL": true, "fcTL": true, "fdAT": true,
}

// png keeps those chunks, up to the end of the picture.
func (c *cleaner) png() error {
	if err := c.copy(int64(len(pngHead))); err != nil {
		return err
	}
	for first := true; ; first = false {
		head, err := c.read(8)
		if err != nil {
			return err
		}
		length, name := int64(binary.BigEndian.Uint32(head)), string(head[4:])
		if length > 1<<31-1 || first != (name == "IHDR") {
			return ErrBroken
		}
		switch {
		case name == "IHDR":
			err = c.pngSize(head, length)
		case pngKept[name]:
			c.write(head)
			err = c.copy(length + 4)
		case name == "eXIf":
			err = c.pngExif(length)
		case name[0]&0x20 == 0: // without it the picture cannot be shown, and what it is nobody knows
			return ErrKind
		default:
			err = c.drop(length + 4)
		}
		if err != nil || name == "IEND" {
			return err
		}
	}
}

// pngSize copies the first chunk of a picture that is not too large.
func (c *cleaner) pngSize(head []byte, length int64) error {
	if length != 13 {
		return ErrBroken
	}
	body, err := c.read(13 + 4)
	if err != nil {
		return err
	}
	width, height := binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:])
	if width > 1<<31-1 || height > 1<<31-1 {
		return ErrBroken
	}
	if err := bounded(int(width), int(height)); err != nil {
		return err
	}
	c.write(head, body)
	return nil
}

// pngExif leaves of metadata how the picture is to be turned.
func (c *cleaner) pngExif(length int64) error {
	exif, err := c.read(int(min(length, maxExif)))
	if err != nil {
		return err
	}
	if c.turning == 0 {
		if c.noteTurning(exif); c.turning != 0 {
			body := append([]byte("eXIf"), onlyTurning(c.turning)...)
			c.write(binary.BigEndian.AppendUint32(nil, uint32(len(body)-4)), body, binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(body)))
		}
	}
	return c.drop(length - int64(len(exif)) + 4)
}
