package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A clock runs ahead of the time by as much as it was moved. That is kept in a
// file before it counts, so that the time never goes back, whatever kills the
// process.
type clock struct {
	path  string
	mu    sync.Mutex
	ahead time.Duration
}

func openClock(path string) (*clock, error) {
	c := &clock{path: path}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the demo's clock: %w", err)
	}
	if c.ahead, err = time.ParseDuration(strings.TrimSpace(string(text))); err != nil || c.ahead < 0 {
		return nil, fmt.Errorf("the demo's clock: %s must hold how far it is ahead, like 36h0m0s", path)
	}
	return c, nil
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// mover moves the clock and then calls told.
func (c *clock) mover(told func()) func(time.Duration) error {
	return func(d time.Duration) error {
		if err := c.move(d); err != nil {
			return fmt.Errorf("the demo's clock: %w", err)
		}
		told()
		return nil
	}
}

func (c *clock) move(d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	ahead := c.ahead + d
	if d < 0 || ahead < c.ahead || ahead > maxAhead {
		return errors.New("it is too far ahead already")
	}
	if err := replaceFile(c.path, ahead.String()+"\n"); err != nil {
		return err
	}
	c.ahead = ahead
	return nil
}

// maxAhead keeps the clock far from where dates stop to make sense.
const maxAhead = 100 * 366 * 24 * time.Hour

// replaceFile puts text into a file, at once and for good.
func replaceFile(path, text string) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
