package bot

import (
	"context"
	"strings"

	"lotse/locales"
	"lotse/store"
)

// begin finds what the last run left: lanes with something to send, stamps that
// new ones must be greater than, and the sweeping of old marks.
func (b *Bot) begin(ctx context.Context) error {
	after := ""
	for {
		var rows []store.Pair
		err := b.cfg.DB.Raw().View(ctx, func(r store.Reader) (err error) {
			rows, err = r.Scan("out/", after, store.MaxScan)
			return err
		})
		if err != nil {
			return err
		}
		for _, row := range rows {
			if parts := strings.Split(row.Key, "/"); len(parts) == 5 {
				b.clock.atLeast(parts[3])
				b.lanes.wake(parts[1])
			}
			after = row.Key
		}
		if len(rows) < store.MaxScan {
			break
		}
	}
	if err := b.checkSurveys(ctx); err != nil {
		return err
	}
	return b.transact(ctx, "start", func(t *turn) error {
		rows, err := t.tx.Scan("due/", "", 1)
		if err != nil {
			return err
		}
		if len(rows) == 0 { // the sweep is always due some time: an empty clock is a new one
			t.at(t.now.Add(seenFor), "seen")
		}
		t.due, t.job = true, true
		return t.watchPages()
	})
}

// checkSurveys refuses campaigns that lack what people have answered.
func (b *Bot) checkSurveys(ctx context.Context) error {
	var said locales.Answered
	err := b.cfg.DB.View(ctx, func(r store.Reader) (err error) {
		said, err = answered(r)
		return err
	})
	if err != nil {
		return err
	}
	return b.cfg.Words.CheckSurveys(said)
}
