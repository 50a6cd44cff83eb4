package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lotse/bot/calendar"
	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
	"lotse/store"
)

// An importJob reads a calendar file that a coordinator sent into the room.
type importJob struct {
	Kind string       `json:"k"` // importKind: other jobs have none
	To   chat.Address `json:"to"`
	File chat.File    `json:"f"`
	At   time.Time    `json:"at"`
}

const importKind = "import"

// importTries is how long a file is asked for that its network does not give.
const importTries = 10 * time.Minute

// importFor is how long the dates of a file wait to be taken over.
const importFor = 7 * 24 * time.Hour

// deskImports looks whether a coordinator sent a calendar file, and has it read. With a
// reply it would be an answer.
func (t *turn) deskImports() (done bool, err error) {
	if t.ev.Kind != chat.Media || t.ev.On != "" || len(t.ev.Files) != 1 || !isCalendar(t.ev.Files[0]) {
		return false, nil
	}
	if t.ev.Files[0].Size > calendar.MaxFile {
		return true, t.tellHere(flows.Text{Key: "desk.import.large"})
	}
	save(t.tx, keyOf("job", t.timed()), importJob{Kind: importKind, To: t.ev.In, File: t.ev.Files[0], At: t.now})
	t.job = true
	return true, nil
}

func isCalendar(f chat.File) bool {
	kind, _, _ := strings.Cut(strings.ToLower(f.Type), ";")
	return f.Kind == chat.Document && (strings.TrimSpace(kind) == calendarType || strings.HasSuffix(strings.ToLower(f.Name), ".ics"))
}

// A reading is the result of an importJob.
type reading struct {
	Found []flows.Imported `json:"f,omitempty"`
	// Wrong is why there are none: a key.
	Wrong string `json:"w,omitempty"`
}

// readImport does the outside part of a job if it is one that reads a calendar file, and
// hands the dates in as an event.
func (b *Bot) readImport(ctx context.Context, row store.Pair) (done bool, err error) {
	var j importJob
	if err := unpack(row.Key, row.Value, &j); err != nil || j.Kind != importKind {
		return false, err
	}
	r, err := b.reading(ctx, j)
	if err != nil {
		return true, err
	}
	said, err := json.Marshal(r)
	if err != nil {
		return true, err
	}
	id := strings.TrimPrefix(row.Key, "job/")
	return true, b.Receive(ctx, chat.Event{ID: "job/" + id + "/0", Kind: chat.Job, At: b.cfg.Now(), Text: id, Args: string(said)})
}

func (b *Bot) reading(ctx context.Context, j importJob) (reading, error) {
	found, err := b.openImport(ctx, j.File)
	var bad *chat.SendError
	switch {
	case errors.Is(err, calendar.ErrTooLarge):
		return reading{Wrong: "desk.import.large"}, nil
	case errors.Is(err, calendar.ErrNoFile), errors.As(err, &bad) && (bad.Bad || bad.Gone), err != nil && b.cfg.Now().Sub(j.At) > importTries:
		b.cfg.Log.Warn("a calendar file cannot be read", "err", err)
		return reading{Wrong: "desk.import.unreadable"}, nil
	case err != nil:
		return reading{}, err
	}
	var r reading
	for _, f := range found {
		r.Found = append(r.Found, imported(f))
	}
	return r, nil
}

func (b *Bot) openImport(ctx context.Context, f chat.File) ([]calendar.Found, error) {
	from, err := b.Open(ctx, f)
	if err != nil {
		return nil, err
	}
	found, err := calendar.Read(from)
	return found, errors.Join(err, from.Close())
}

// imported is an entry of a file in the words of flows, within its limits.
func imported(f calendar.Found) flows.Imported {
	i := flows.Imported{
		UID: f.UID, Title: within(locales.Clean(f.Summary), flows.MaxTitle), Place: within(locales.Clean(f.Location), maxPlace),
		Start: f.Start.UTC(), End: f.End.UTC(), Cancelled: f.Cancelled, Lack: string(f.Lack),
	}
	if mid, ours := strings.CutSuffix(f.UID, uidEnd); ours {
		i.Meeting = mid // its description is made of all of its fields
	} else {
		i.About = within(locales.Clean(f.Description), flows.MaxAbout)
	}
	return i
}

// maxPlace is how long a place may be, in UTF-16 units.
const maxPlace = 150

// within is the beginning of s that has at most n UTF-16 units.
func within(s string, n int) string {
	units := 0
	for i, r := range s {
		if units++; r > 0xffff {
			units++
		}
		if units > n {
			return strings.TrimSpace(s[:i])
		}
	}
	return s
}

// An importRow holds the dates of a file until they are taken over.
type importRow struct {
	Found []flows.Imported `json:"f"`
}

// tellImport shows what a calendar file would change, in the room that it came from.
func (t *turn) tellImport(key string) (done bool, err error) {
	j, found, err := load[importJob](t.tx, key)
	if !found || err != nil || j.Kind != importKind {
		return false, err
	}
	var r reading
	if err := json.Unmarshal([]byte(t.ev.Args), &r); err != nil {
		return false, fmt.Errorf("import: %w", err)
	}
	t.tx.Delete(key)
	t.job = true // there may be more
	tell := flows.Tell{Body: []flows.Text{{Key: r.Wrong}}}
	if r.Wrong == "" {
		all, err := plannings(t.tx)
		if err != nil {
			return false, err
		}
		for i := range r.Found {
			r.Found[i].Title = t.b.ownTitle(r.Found[i], all)
		}
		id := strings.TrimPrefix(key, "job/")
		var shown []flows.Imported
		shown, tell = flows.Import(id, r.Found, all, t.now)
		if len(tell.Options) > 0 {
			save(t.tx, keyOf("import", id), importRow{shown})
			t.at(t.now.Add(importFor), "import", id)
		}
	}
	return true, t.offerAt(j.To, tell)
}

// ownTitle is what a date of a file is called, without what our calendar puts before it.
func (t edition) ownTitle(i flows.Imported, all []flows.Planning) string {
	at := i.Of(all)
	if i.Meeting == "" || at < 0 {
		return i.Title
	}
	for _, m := range []*flows.Meeting{&all[at].Work, all[at].Live} {
		if m == nil {
			continue
		}
		for _, cancelled := range []bool{false, true} {
			named := *m
			named.Cancelled = cancelled
			if within(t.summary("de", named), flows.MaxTitle) == i.Title {
				return m.Words["de"].Title
			}
		}
	}
	return strings.TrimPrefix(i.Title, t.label("de", kindOf(all[at].Work))+": ")
}

// takeImport is a button "ical/ID/N": the date N of a file becomes what the desk works on.
// Nobody else sees it before it is published.
func (t *turn) takeImport(button string) error {
	id, which, _ := strings.Cut(button, "/")
	row, found, err := load[importRow](t.tx, keyOf("import", id))
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(which)
	if !found || err != nil || n < 1 || n > len(row.Found) || row.Found[n-1].Lack != "" {
		return t.tellHere(flows.Text{Key: "desk.import.gone"})
	}
	i := row.Found[n-1]
	all, err := plannings(t.tx)
	if err != nil {
		return err
	}
	p := flows.Planning{Work: flows.Meeting{Kind: flows.NetworkMeeting}, Source: i.UID}
	switch at := i.Of(all); {
	case at >= 0 && all[at].Version != i.Version: // also when it was taken over meanwhile
		return t.tellHere(flows.Text{Key: "desk.import.changed.since"})
	case at >= 0:
		p = all[at]
	case len(all) >= flows.MaxMeetings:
		return t.tellHere(flows.Text{Key: "desk.import.full"})
	case i.Version != 0: // it was deleted meanwhile
		return t.tellHere(flows.Text{Key: "desk.import.changed.since"})
	default:
		p.Work.ID = t.timed()
		if i.Meeting != "" { // ours, and forgotten since: its UID is not given anew
			p.Source = ""
		}
	}
	p = i.Taken(p, flows.Touch{By: t.ev.Name, Who: t.ev.From})
	save(t.tx, keyOf("meeting", p.Work.ID), p)
	row.Found = slices.Clone(row.Found)
	row.Found[n-1].Version = -1 // no version is: it is taken over once
	save(t.tx, keyOf("import", id), row)
	return t.tellDesk(flows.Text{Key: "desk.import.taken", Args: []flows.Arg{
		{Name: "title", Kind: flows.Name, Text: i.Title}, {Name: "start", Kind: flows.When, At: i.Start},
	}})
}
