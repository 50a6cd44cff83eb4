package storetest

import (
	"context"
	"errors"

	"lotse/store"
)

// Twice runs every closure of Update once for nothing and then once for real:
// what the first run wrote and returned is forgotten. A closure that does
// anything but read and write its transaction shows.
func Twice(db store.DB) store.DB { return twice{db} }

type twice struct{ store.DB }

func (t twice) Update(ctx context.Context, f func(store.Tx) error) error {
	errForget := errors.New("storetest: first of two runs")
	// Whatever goes wrong here goes wrong again below, or does not matter.
	_ = t.DB.Update(ctx, func(tx store.Tx) error {
		_ = f(tx)
		return errForget
	})
	return t.DB.Update(ctx, f)
}

// The moments at which Flaky asks whether to fail.
const (
	OpView   = "view"   // before a View
	OpUpdate = "update" // before an Update: it does not take place
	OpCommit = "commit" // after a commit: it took place but the caller is told otherwise
)

// Flaky asks fail at each of the moments above and gives its error, if any, to
// the caller. fail must be safe for concurrent use.
func Flaky(db store.DB, fail func(op string) error) store.DB { return flaky{db, fail} }

type flaky struct {
	store.DB
	fail func(op string) error
}

func (d flaky) View(ctx context.Context, f func(store.Reader) error) error {
	if err := d.fail(OpView); err != nil {
		return err
	}
	return d.DB.View(ctx, f)
}

func (d flaky) Update(ctx context.Context, f func(store.Tx) error) error {
	if err := d.fail(OpUpdate); err != nil {
		return err
	}
	if err := d.DB.Update(ctx, f); err != nil {
		return err
	}
	return d.fail(OpCommit)
}
