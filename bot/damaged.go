package bot

import (
	"context"
	"errors"
	"strings"

	"lotse/flows"
	"lotse/store"
	"lotse/store/seal"
)

// damage reports whether an error says that a record cannot be read, however often
// it is tried.
func damage(err error) bool { return errors.Is(err, errRecord) || errors.Is(err, seal.ErrTampered) }

// sealedShut is the head of a lane that does not open with its key; cause when it is
// another row that does not.
func (b *Bot) sealedShut(ctx context.Context, lane string, cause error) (*queued, error) {
	var rows []store.Pair
	err := b.cfg.DB.Raw().View(ctx, func(r store.Reader) (err error) {
		rows, err = r.Scan(keyOf("out", lane)+"/", "", 1)
		return err
	})
	if err != nil || len(rows) == 0 {
		return nil, errors.Join(cause, err)
	}
	err = b.cfg.DB.View(ctx, func(r store.Reader) error {
		_, err := r.Get(rows[0].Key)
		return err
	})
	if !errors.Is(err, seal.ErrTampered) {
		return nil, errors.Join(cause, err)
	}
	q := newQueued(rows[0])
	q.damaged = err
	return q, nil
}

// putAway takes a row that cannot be read out of its lane, so that the others flow,
// and keeps it. The desk is told what it was about, as far as that can be told.
func (b *Bot) putAway(ctx context.Context, q *queued) error {
	tell := (*turn).tellDamaged
	err := b.transact(ctx, q.key, func(t *turn) error { return t.putAway(q, tell) })
	if damage(err) { // what it was about cannot be read either: the log has it
		err = b.transact(ctx, q.key, func(t *turn) error { return t.putAway(q, nil) })
	}
	return err
}

func (t *turn) putAway(q *queued, tell func(*turn, *queued) error) error {
	whose := owner(q.pid)
	if errors.Is(q.damaged, seal.ErrTampered) { // its key may be damaged too, and what is kept is still sealed
		whose = store.Nobody
	}
	parts := strings.Split(q.key, "/")
	save(t.tx, keyOf("damaged", whose, parts[3]), damagedRow{Key: q.key, Raw: q.raw})
	t.at(t.now.Add(damagedFor), "damaged", whose, parts[3])
	t.tx.Delete(q.key)
	t.at(t.now, "lane", parts[1]) // it may have been the last of a lane in trouble
	t.warn("a message cannot be read and is put away", "err", q.damaged)
	if tell == nil {
		return nil
	}
	return tell(t, q)
}

// A damagedRow is a row of the outbox as it was found: opened, or as it lies on disk.
type damagedRow struct {
	Key string `json:"key"`
	Raw []byte `json:"raw"`
}

// tellDamaged tells the desk of what was put away. An answer failed, and can still
// be fetched; otherwise the inquiry is named, or, when that cannot be read, every
// open one of the person.
func (t *turn) tellDamaged(q *queued) error {
	about := q.item.Ref
	switch {
	case about.Draft != "" && !t.b.isDesk(q.item.To):
		return t.deskEvent(about, flows.DeskInput{Action: flows.ActFailed, Why: "why.damaged"})
	case q.pid == "" || q.pid == store.Nobody || about.PID != "" && about.IID == "":
		return nil
	}
	all, err := inquiries(t.tx, q.pid)
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.ID == about.IID || about.IID == "" && one.Status.Open() {
			if err := t.tellDesk(sayNumber("desk.damaged", one)); err != nil {
				return err
			}
		}
	}
	return nil
}
