package picture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// The markers of JPEG that are told apart (ITU-T T.81, table B.1).
const (
	tem    = 0x01
	sof0   = 0xc0
	dht    = 0xc4
	jpg    = 0xc8
	dac    = 0xcc
	sofEnd = 0xcf
	rst0   = 0xd0
	rst7   = 0xd7
	soi    = 0xd8
	eoi    = 0xd9
	sos    = 0xda
	dqt    = 0xdb
	exp    = 0xdf
	app0   = 0xe0
	app1   = 0xe1
	app2   = 0xe2
	app14  = 0xee
)

// jpeg keeps the segments that are needed to decode, of the others those of colours. It
// ends with the picture: what phones append is metadata.
func (c *cleaner) jpeg() error {
	if err := c.copy(2); err != nil { // the start of the image
		return err
	}
	sized := false
	for marker := byte(0); ; {
		var err error
		if marker == 0 {
			if marker, err = c.marker(); err != nil {
				return err
			}
		}
		switch {
		case marker == eoi:
			c.write([]byte{0xff, eoi})
			return nil
		case marker == tem, rst0 <= marker && marker <= rst7: // they have no length, and mean nothing here
			marker = 0
			continue
		case marker < sof0, marker == jpg, marker == soi: // reserved; a start within a picture is none
			return ErrBroken
		}
		body, err := c.segment()
		if err != nil {
			return err
		}
		if sof0 <= marker && marker <= sofEnd && marker != dht && marker != dac {
			if err := jpegSize(body); err != nil {
				return err
			}
			sized = true
		}
		c.writeSegment(marker, kept(marker, body))
		if marker == app1 && bytes.HasPrefix(body, []byte(exifHead)) && c.turning == 0 {
			if c.noteTurning(body); c.turning != 0 {
				c.writeSegment(app1, append([]byte(exifHead), onlyTurning(c.turning)...))
			}
		}
		if marker != sos {
			marker = 0
			continue
		}
		if !sized {
			return ErrBroken
		}
		if marker, err = c.scan(); errors.Is(err, io.EOF) { // cut off, as many are
			return nil
		} else if err != nil {
			return err
		}
	}
}

// jpegSize is an error when a frame is too large.
func jpegSize(frame []byte) error {
	if len(frame) < 6 {
		return ErrBroken
	}
	height, width := int(binary.BigEndian.Uint16(frame[1:])), int(binary.BigEndian.Uint16(frame[3:]))
	if height == 0 { // said later (T.81, B.2.5)
		height = 0xffff
	}
	return bounded(width, height)
}

// marker reads the next one. What stands before it is passed over, as all decoders do.
func (c *cleaner) marker() (byte, error) {
	for {
		b, err := c.r.ReadByte()
		for err == nil && b != 0xff {
			b, err = c.r.ReadByte()
		}
		for err == nil && b == 0xff {
			b, err = c.r.ReadByte()
		}
		if err != nil || b != 0 {
			return b, err
		}
	}
}

// segment reads what stands behind a marker.
func (c *cleaner) segment() ([]byte, error) {
	length, err := c.read(2)
	if err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(length))
	if n < 2 {
		return nil, ErrBroken
	}
	return c.read(n - 2)
}

// kept is what is left of a segment, nil when nothing is.
func kept(marker byte, body []byte) []byte {
	is := func(head string, n int) bool { return len(body) >= n && bytes.HasPrefix(body, []byte(head)) }
	switch {
	case marker >= sof0 && marker <= exp:
		return body
	case marker == app0 && is("JFIF\x00", 14): // without its small picture
		return append(bytes.Clone(body[:12]), 0, 0)
	case marker == app0 && is("JFIF\x00", 5):
		return []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
	case marker == app2 && is("ICC_PROFILE\x00", 14):
		return body
	case marker == app14 && is("Adobe", 12): // says how colours are stored
		return body[:12]
	}
	return nil
}

func (c *cleaner) writeSegment(marker byte, body []byte) {
	if body != nil {
		c.write([]byte{0xff, marker}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2)), body)
	}
}

// scan copies coded data, up to the next marker that is none of it.
func (c *cleaner) scan() (marker byte, err error) {
	for {
		data, err := c.r.ReadSlice(0xff)
		if errors.Is(err, bufio.ErrBufferFull) {
			c.write(data)
			continue
		}
		if err != nil {
			c.write(data)
			return 0, err
		}
		c.write(data[:len(data)-1])
		b := byte(0xff)
		for b == 0xff { // more than one fill the place
			if b, err = c.r.ReadByte(); err != nil {
				return 0, err
			}
		}
		if b != 0 && (b < rst0 || b > rst7) {
			return b, nil
		}
		_, _ = c.w.WriteByte(0xff), c.w.WriteByte(b) // kept until Flush
	}
}
