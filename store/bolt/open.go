package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// What can be wrong with a data file. Each is a sentence for the operator.
var (
	ErrLocked    = errors.New("the data file is in use by another process")
	ErrTruncated = errors.New("the data file is incomplete: its end is missing")
	ErrForeign   = errors.New("this is not a Lotse data file")
	ErrDamaged   = errors.New("the data file is damaged")
)

// bucket holds all rows. Its name tells our files from other programs'.
var bucket = []byte("lotse")

// mapped is how much address space the file gets at once. Past it bbolt must
// remap, which waits for every View to end. It costs no memory; a machine with
// 32 bits does not have it.
const mapped = 4 << 30

// Options for Open.
type Options struct {
	// Timeout is how long to wait for another process that has the file open;
	// 0 is: not at all.
	Timeout time.Duration
}

// Open opens the data file at path, or creates it, readable by its owner only.
// A file it cannot use is left as it was and the error is one of the above.
// Damage deep inside the tree is not looked for: bbolt panics when it gets there,
// after a crash in a goroutine of its own.
//
// bbolt is told not to write its list of free pages with every commit, which
// would cost more than the rows. Close writes it. After a crash Open must look
// at every page, and reads the file from end to end first because that is many
// times faster than in the order of the tree. The context ends that reading.
func Open(ctx context.Context, path string, o Options) (*DB, error) {
	db, err := open(ctx, path, o)
	if err != nil {
		return nil, fmt.Errorf("store/bolt: open %s: %w", path, err)
	}
	return db, nil
}

func open(ctx context.Context, path string, o Options) (*DB, error) {
	found, err := inspect(path)
	if err != nil {
		return nil, err
	}
	if !found.fresh && !found.clean {
		if err := preread(ctx, path); err != nil {
			return nil, err
		}
	}
	b, err := openBolt(path, o)
	if err != nil {
		return nil, err
	}
	txid, err := prepare(b)
	if err == nil && found.fresh {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return start(b, txid), nil
}

func start(b *bbolt.DB, txid int) *DB {
	db := &DB{bolt: b, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
	db.close = sync.OnceValue(db.shut)
	db.durable.Store(int64(txid))
	w := &writer{db: db, ran: make(chan change), history: newHistory(txid)}
	go w.run()
	return db
}

func openBolt(path string, o Options) (b *bbolt.DB, err error) {
	var file *os.File
	defer func() {
		if p := recover(); p != nil { // bbolt panics on a page it cannot read
			err = errors.Join(fmt.Errorf("%w: %v", ErrDamaged, p), file.Close())
		}
	}()
	options := &bbolt.Options{
		Timeout:         max(o.Timeout, 1), // 0 is for ever in bbolt
		NoFreelistSync:  true,
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: mapped,
		NoStatistics:    true,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			var err error
			file, err = os.OpenFile(name, flag, mode)
			return file, err
		},
	}
	if runtime.GOOS == "windows" {
		options.InitialMmapSize = 0 // there the file would become that large
	}
	b, err = bbolt.Open(path, 0o600, options)
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, ErrLocked
	}
	return b, err
}

// prepare makes sure that the file is ours and returns the number of its last
// commit.
func prepare(b *bbolt.DB) (txid int, err error) {
	ours, empty := false, true
	err = b.View(func(tx *bbolt.Tx) error {
		txid = tx.ID()
		ours = tx.Bucket(bucket) != nil
		k, _ := tx.Cursor().First()
		empty = k == nil
		return nil
	})
	if err != nil || ours {
		return txid, err
	}
	if !empty {
		return 0, ErrForeign
	}
	err = b.Update(func(tx *bbolt.Tx) error {
		txid = tx.ID()
		_, err := tx.CreateBucket(bucket)
		return err
	})
	return txid, err
}

// preread brings the file into the page cache.
func preread(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() // read only: nothing to lose
	buf := make([]byte, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := f.Read(buf); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// syncDir makes a new file's name survive the death of the machine.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // keeps names safe by itself, and cannot open folders
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
