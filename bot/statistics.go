package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"lotse/bot/chart"
	"lotse/bot/chat"
	"lotse/flows"
	"lotse/store"
)

// A statisticsJob counts all questions and draws what can be shown of them.
type statisticsJob struct {
	Kind string       `json:"k"` // statisticsKind: other jobs have none
	To   chat.Address `json:"to"`
}

const statisticsKind = "statistics"

// askStatistics lets a worker make the statistics for the room in which they were asked
// for.
func (t *turn) askStatistics() error {
	save(t.tx, keyOf("job", t.timed()), statisticsJob{Kind: statisticsKind, To: t.ev.In})
	t.job = true
	return nil
}

// makeStatistics does the outside part of a job if it is one for statistics, and hands
// them in as an event.
func (b edition) makeStatistics(ctx context.Context, row store.Pair) (done bool, err error) {
	var j statisticsJob
	if err := unpack(row.Key, row.Value, &j); err != nil || j.Kind != statisticsKind {
		return false, err
	}
	s, err := b.statistics(ctx)
	if err != nil {
		return false, err
	}
	said, err := json.Marshal(s)
	if err != nil {
		return false, err
	}
	id := strings.TrimPrefix(row.Key, "job/")
	ev := chat.Event{ID: "job/" + id + "/0", Kind: chat.Job, At: b.cfg.Now(), Text: id, Args: string(said)}
	if len(s.Parts()) > 0 {
		lang := b.deskLang()
		if b.rtl[lang] { // whoever draws can write from left to right only
			lang = "en"
		}
		if png, err := b.draw(lang, s); err == nil {
			ev.Files = []chat.File{ownPicture("statistik.png", png)}
		} else { // the words say the same
			b.cfg.Log.Error("the statistics have no picture", "err", err)
		}
	}
	return true, b.Receive(ctx, ev)
}

// statistics counts, page by page. What is counted meanwhile may be in it or not.
func (b edition) statistics(ctx context.Context) (flows.Statistics, error) {
	from := flows.StatisticsFrom(b.lists.calendar, b.cfg.Now())
	var tally flows.Tally
	after := keyOf("count", b.lists.calendar.Month(from))
	for {
		var rows []store.Pair
		err := b.cfg.DB.View(ctx, func(r store.Reader) (err error) {
			rows, err = r.Scan("count/", after, store.MaxScan)
			return err
		})
		if err != nil {
			return flows.Statistics{}, err
		}
		for _, row := range rows {
			var c flows.Counted
			if err := unpack(row.Key, row.Value, &c); err != nil {
				return flows.Statistics{}, err
			}
			tally.Add(c)
			after = row.Key
		}
		if len(rows) < store.MaxScan {
			return tally.Statistics(from), nil
		}
	}
}

// draw is a picture of the statistics.
func (b edition) draw(lang string, s flows.Statistics) ([]byte, error) {
	var head []string
	for _, t := range s.Head()[1:] { // above the picture stands what it is about
		head = append(head, b.label(lang, t))
	}
	var all []chart.Bars
	for _, p := range s.Parts() {
		bars := chart.Bars{Title: b.label(lang, p.Title)}
		for _, bar := range p.Bars {
			if bar.N == 0 {
				continue
			}
			bars.Bars = append(bars.Bars, chart.Bar{Label: b.label(lang, bar.Said()), N: bar.N})
		}
		if len(bars.Bars) > 0 {
			all = append(all, bars)
		}
	}
	png, err := chart.Draw(head, all)
	if err == nil && len(png) > maxPicture {
		err = fmt.Errorf("the picture of the statistics has %d bytes", len(png))
	}
	return png, err
}

// maxPicture is how large a picture may be that waits in the outbox (store.MaxValue; it is
// a third longer there).
const maxPicture = store.MaxValue / 2

// tellStatistics shows the result of a job for statistics in the room that asked.
func (t *turn) tellStatistics(key string) (done bool, err error) {
	j, found, err := load[statisticsJob](t.tx, key)
	if !found || err != nil || j.Kind != statisticsKind {
		return false, err
	}
	var s flows.Statistics
	if err := json.Unmarshal([]byte(t.ev.Args), &s); err != nil {
		return false, fmt.Errorf("statistics: %w", err)
	}
	m := t.b.body(t.b.deskLang(), s.Body())
	m.Files = t.ev.Files
	t.tx.Delete(key)
	t.job = true // there may be more
	return true, t.enqueue(item{To: j.To, Message: m}, talk)
}
