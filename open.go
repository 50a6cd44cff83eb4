package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"lotse/bot"
	"lotse/bot/matrix"
	"lotse/store"
	"lotse/store/bolt"
	"lotse/store/seal"
)

// closers close what was opened, in the opposite order.
type closers []func() error

func (all closers) close() error {
	var errs []error
	for i := len(all) - 1; i >= 0; i-- {
		errs = append(errs, all[i]())
	}
	return errors.Join(errs...)
}

// records declares every kind of record there is in the data file.
func records() store.Table { return slices.Concat(bot.Table, matrix.Table) }

// migrations lead from schema 1 to the newest.
var migrations []store.Migration

// openStore opens the sealed data file, and makes sure that what is erased can be
// written down.
func openStore(ctx context.Context, c config, now func() time.Time) (*seal.DB, error) {
	key, err := seal.MasterFile(c.KeyFile)
	if err != nil {
		return nil, err
	}
	journal, err := os.OpenFile(c.Journal, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal of erasures: %w", err)
	}
	if err := journal.Close(); err != nil {
		return nil, fmt.Errorf("journal of erasures: %w", err)
	}
	file, err := bolt.Open(ctx, filepath.Join(c.Data, dataFile), bolt.Options{})
	if err != nil {
		return nil, err
	}
	db, err := seal.Open(ctx, file, records(), key, now)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err := store.Migrate(ctx, db, migrations); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
