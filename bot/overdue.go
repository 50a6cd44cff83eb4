package bot

import (
	"time"

	"lotse/flows"
)

// remindEvery is how often the desk is reminded of pages that somebody should check again.
const remindEvery = 30 * 24 * time.Hour

// remindedKey leads to when the desk is reminded of pages next; as long as there is none,
// no alarm is set.
var remindedKey = keyOf("reminded", "pages")

// watchPages sets the alarm that looks after pages, once.
func (t *turn) watchPages() error {
	set, err := t.tx.Get(remindedKey)
	if set != nil || err != nil {
		return err
	}
	t.pagesLater(t.now.Add(remindEvery))
	return nil
}

func (t *turn) pagesLater(at time.Time) {
	save(t.tx, remindedKey, at)
	t.at(at, "pages")
}

// pagesDue tells the desk which pages should have been checked again, and rings again in a
// month.
func (t *turn) pagesDue() error {
	if decent := t.b.lists.calendar.Decent(t.now); decent.After(t.now) {
		t.pagesLater(decent)
		return nil
	}
	t.pagesLater(t.now.Add(remindEvery))
	all, err := t.pages()
	if err != nil {
		return err
	}
	for _, d := range t.b.desks {
		if body := flows.OverduePages(all, t.b.typed(d.Platform, "seiten"), t.now); body != nil {
			if err := t.tellRooms([]deskRoom{d}, body); err != nil {
				return err
			}
		}
	}
	return nil
}
