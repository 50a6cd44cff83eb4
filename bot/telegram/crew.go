package telegram

import (
	"context"
	"sync"
)

// A crew does things beside each other, atOnce of them, in goroutines that stay: new
// ones would have to grow their stacks again each time.
type crew struct {
	work chan func()
	all  sync.WaitGroup
}

func newCrew() *crew {
	c := &crew{work: make(chan func())}
	for range atOnce {
		c.all.Go(func() {
			for f := range c.work {
				f()
			}
		})
	}
	return c
}

// do lets one of the crew do f. It waits until one is free; false when ctx ended before.
func (c *crew) do(ctx context.Context, f func()) bool {
	select {
	case c.work <- f:
		return true
	case <-ctx.Done():
		return false
	}
}

// end waits until everything is done. Nothing may be asked for any more.
func (c *crew) end() {
	close(c.work)
	c.all.Wait()
}
