package bolt

import (
	"context"
	"sync/atomic"

	"lotse/store"
)

// A call is one Update on its way through the writer.
type call struct {
	reads  reads
	writes []store.Write
	taken  atomic.Bool // by the writer, or by the caller who gives up
	answer chan answer // never blocks the writer
}

// An answer is the outcome, or the turn to run again.
type answer struct {
	err  error
	turn *turn
}

// A turn lends the writer's transaction to a caller, who must send to done
// exactly once and not use the transaction afterwards.
type turn struct {
	base store.Reader
	done chan<- change
}

// A change is what came of a turn.
type change struct {
	writes []store.Write
	ok     bool // false: the closure failed or panicked, and the caller knows
}

// wait gives up when ctx ends before the writer has taken c.
func (c *call) wait(ctx context.Context) (answer, error) {
	select {
	case a := <-c.answer:
		return a, nil
	case <-ctx.Done():
		if c.taken.CompareAndSwap(false, true) {
			return answer{}, ctx.Err()
		}
		return <-c.answer, nil
	}
}

// rerun runs f in the caller's goroutine, so that its panic, or its
// runtime.Goexit, is the caller's and the writer goes on.
func rerun(t *turn, f func(store.Tx) error) error {
	var c change
	defer func() { t.done <- c }()
	over := store.Over(t.base)
	if err := f(over); err != nil {
		return err
	}
	writes, err := over.Changes()
	if err != nil {
		return err
	}
	c = change{writes, true}
	return nil
}
