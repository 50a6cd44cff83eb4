package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A Migration brings every row from one schema to the next, page by page.
type Migration struct {
	Name string // for error messages
	// Page changes some rows and returns where the next page begins, "" after the
	// last. It is first called with after == "", and then with what it returned.
	// It shares the limits of its Update with two Gets and two writes of Migrate.
	// What it did is never undone or done again, a page that failed excepted.
	Page func(tx Tx, after string) (next string, err error)
}

// The rows Migrate keeps, of kind "meta".
const (
	schemaKey = "meta/schema"    // the schema number, as decimal text
	cursorKey = "meta/migration" // where the running migration goes on

	metaPrefix = "meta/"
	metaEnd    = metaPrefix + "\xff" // after every row of kind "meta"
)

// ErrNewer is a sentence for the operator.
var ErrNewer = errors.New("the data were written by a newer version of this program, which alone can read them")

// Migrate brings a store to the newest schema, number len(steps)+1: steps[0]
// leads from 1 to 2, so a step is never removed. A store with no rows but those
// of kind "meta" gets the newest number at once. Migrate may be interrupted at any point and called
// again, and goes on where it was: each page is one Update, and the last one
// raises the number.
func Migrate(ctx context.Context, db DB, steps []Migration) error {
	for {
		done := false
		err := db.Update(ctx, func(tx Tx) (err error) {
			done, err = migratePage(tx, steps)
			return err
		})
		if err != nil {
			return fmt.Errorf("store: migrate: %w", err)
		}
		if done {
			return nil
		}
	}
}

// migratePage does the next page of the next step; done when there is none.
func migratePage(tx Tx, steps []Migration) (done bool, err error) {
	newest := len(steps) + 1
	schema, err := schemaOf(tx)
	switch {
	case err != nil:
		return false, err
	case schema == 0:
		tx.Put(schemaKey, []byte(strconv.Itoa(newest)))
		return true, nil
	case schema > newest:
		return false, fmt.Errorf("%w (schema %d, known are up to %d)", ErrNewer, schema, newest)
	case schema == newest:
		return true, nil
	}
	step := steps[schema-1]
	after, err := tx.Get(cursorKey)
	if err != nil {
		return false, err
	}
	next, err := step.Page(tx, string(after))
	switch {
	case err != nil:
		return false, fmt.Errorf("to schema %d (%s): %w", schema+1, step.Name, err)
	case next == "":
		tx.Delete(cursorKey)
		tx.Put(schemaKey, []byte(strconv.Itoa(schema+1)))
	case next == string(after):
		return false, fmt.Errorf("to schema %d (%s): does not get on", schema+1, step.Name)
	default:
		tx.Put(cursorKey, []byte(next))
	}
	return false, nil
}

// schemaOf is 0 for a store without records. What a sealed store keeps about its
// keys is of kind "meta" and stands there before the schema number does.
func schemaOf(tx Tx) (int, error) {
	text, err := tx.Get(schemaKey)
	if err != nil {
		return 0, err
	}
	if text != nil {
		schema, err := strconv.Atoi(string(text))
		if err != nil || schema < 1 {
			return 0, fmt.Errorf("row %s is not a schema number: %q", schemaKey, text)
		}
		return schema, nil
	}
	for _, after := range []string{"", metaEnd} {
		rows, err := tx.Scan("", after, 1)
		if err != nil {
			return 0, err
		}
		if len(rows) > 0 && !strings.HasPrefix(rows[0].Key, metaPrefix) {
			return 0, fmt.Errorf("there are rows but no schema number in %s", schemaKey)
		}
	}
	return 0, nil
}
