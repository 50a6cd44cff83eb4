package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
)

// found is what a look at the file says before bbolt opens it.
type found struct {
	fresh bool // there is none, or an empty one
	clean bool // the last stop was clean: the list of free pages was written
}

// inspect refuses what would make bbolt panic. It needs no lock: bbolt writes one
// of two meta pages at a time, after the pages it speaks of, and never shortens
// a file.
func inspect(path string) (found, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return found{fresh: true}, nil
	}
	if err != nil {
		return found{}, err
	}
	if !info.Mode().IsRegular() {
		return found{}, fmt.Errorf("%w: not a regular file", ErrForeign)
	}
	f, err := os.Open(path)
	if err != nil {
		return found{}, err
	}
	defer f.Close() // read only: nothing to lose
	m, err := newestMeta(f)
	if err != nil {
		return found{}, err
	}
	if info, err = f.Stat(); err != nil { // after the meta page, see above
		return found{}, err
	}
	switch size := uint64(info.Size()); {
	case size == 0:
		return found{fresh: true}, nil
	case m == nil:
		return found{}, ErrForeign
	case size/uint64(m.pageSize) < m.pages:
		return found{}, fmt.Errorf("%w (%d of %d bytes are there)", ErrTruncated, size, m.pages*uint64(m.pageSize))
	}
	return found{clean: m.freelist != noFreelist}, nil
}

// A meta is bbolt's page 0 or 1: a page header of 16 bytes, then this, in the
// byte order of the machine (go.etcd.io/bbolt/internal/common/meta.go).
type meta struct {
	pageSize uint32
	root     uint64 // page of the tree
	freelist uint64 // page of the list of free pages, or noFreelist
	pages    uint64 // in use or free
	txid     uint64
}

const (
	metaAt      = 16
	metaSize    = 64
	metaSum     = 56 // where FNV-64a of what precedes it stands
	metaMagic   = 0xED0CDAED
	metaVersion = 2
	noFreelist  = 1<<64 - 1
	minPage     = 1 << 10
	maxPage     = 16 << 20
)

// newestMeta is the meta page that bbolt will use; nil when this is no bbolt file.
func newestMeta(r io.ReaderAt) (*meta, error) {
	first, marked, err := readMeta(r, 0)
	if err != nil {
		return nil, err
	}
	if first != nil {
		second, _, err := readMeta(r, int64(first.pageSize))
		if err != nil {
			return nil, err
		}
		if second != nil && second.txid > first.txid {
			return second, nil
		}
		return first, nil
	}
	// Page 0 is bad, so the page size is not known, and where page 1 is neither.
	for size := int64(minPage); size <= maxPage; size *= 2 {
		m, magic, err := readMeta(r, size)
		if err != nil {
			return nil, err
		}
		marked = marked || magic
		if m != nil && int64(m.pageSize) == size {
			return m, nil
		}
	}
	if marked {
		return nil, fmt.Errorf("%w: neither of its two meta pages is valid", ErrDamaged)
	}
	return nil, nil
}

// readMeta reads the meta page at off; m is nil when it is not valid, and marked
// says whether it has bbolt's mark nevertheless.
func readMeta(r io.ReaderAt, off int64) (m *meta, marked bool, err error) {
	var b [metaSize]byte
	n, err := r.ReadAt(b[:], off+metaAt)
	if err != nil && err != io.EOF {
		return nil, false, err
	}
	ne := binary.NativeEndian
	marked = n >= 4 && ne.Uint32(b[:]) == metaMagic
	if n < metaSize || !marked || ne.Uint32(b[4:]) != metaVersion {
		return nil, marked, nil
	}
	sum := fnv.New64a()
	sum.Write(b[:metaSum])
	m = &meta{
		pageSize: ne.Uint32(b[8:]),
		root:     ne.Uint64(b[16:]),
		freelist: ne.Uint64(b[32:]),
		pages:    ne.Uint64(b[40:]),
		txid:     ne.Uint64(b[48:]),
	}
	if sum.Sum64() != ne.Uint64(b[metaSum:]) || !m.sound() {
		return nil, marked, nil
	}
	return m, marked, nil
}

func (m *meta) sound() bool {
	p := m.pageSize
	return p >= minPage && p <= maxPage && p&(p-1) == 0 &&
		m.pages > 2 && m.root < m.pages && (m.freelist < m.pages || m.freelist == noFreelist)
}
