package picture

import "encoding/binary"

// gif keeps images with their timing and how often they are repeated (GIF89a, §18–§27),
// up to the end of the picture.
func (c *cleaner) gif() error {
	head, err := c.read(13)
	if err != nil {
		return err
	}
	if err := bounded(int(binary.LittleEndian.Uint16(head[6:])), int(binary.LittleEndian.Uint16(head[8:]))); err != nil {
		return err
	}
	c.write(head)
	if err := c.copy(colours(head[10])); err != nil {
		return err
	}
	for {
		kind, err := c.r.ReadByte()
		if err != nil {
			return err
		}
		switch kind {
		case ';':
			c.write([]byte{kind})
			return nil
		case ',':
			err = c.gifImage()
		case '!':
			err = c.gifExtension()
		default:
			return ErrBroken
		}
		if err != nil {
			return err
		}
	}
}

// colours is how many bytes a table of colours has, by the flags in front of it.
func colours(flags byte) int64 {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

func (c *cleaner) gifImage() error {
	head, err := c.read(9)
	if err != nil {
		return err
	}
	if err := bounded(int(binary.LittleEndian.Uint16(head[4:])), int(binary.LittleEndian.Uint16(head[6:]))); err != nil {
		return err
	}
	c.write([]byte{','}, head)
	if err := c.copy(colours(head[8]) + 1); err != nil {
		return err
	}
	return c.gifBlocks(true)
}

// gifExtension keeps timing, and of what applications write how often to repeat.
func (c *cleaner) gifExtension() error {
	label, err := c.r.ReadByte()
	if err != nil {
		return err
	}
	switch label {
	case 0xf9:
		c.write([]byte{'!', label})
		return c.gifBlocks(true)
	case 0xff:
		name, err := c.r.Peek(12)
		if err == nil && (string(name) == "\x0bNETSCAPE2.0" || string(name) == "\x0bANIMEXTS1.0") {
			c.write([]byte{'!', label})
			return c.gifLoop()
		}
	}
	return c.gifBlocks(false)
}

// gifLoop keeps the one block that says how often to repeat.
func (c *cleaner) gifLoop() error {
	if err := c.copy(12); err != nil {
		return err
	}
	n, err := c.r.ReadByte()
	if err != nil {
		return err
	}
	loop, err := c.read(int(n))
	if err != nil {
		return err
	}
	if n == 3 && loop[0] == 1 {
		c.write([]byte{n}, loop)
	}
	c.write([]byte{0})
	if n == 0 {
		return nil
	}
	return c.gifBlocks(false)
}

// gifBlocks reads blocks up to the empty one, and copies them or not.
func (c *cleaner) gifBlocks(keep bool) error {
	for {
		n, err := c.r.ReadByte()
		if err != nil {
			return err
		}
		if keep {
			c.write([]byte{n})
			err = c.copy(int64(n))
		} else {
			err = c.drop(int64(n))
		}
		if err != nil || n == 0 {
			return err
		}
	}
}
