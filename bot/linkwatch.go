package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/bot/links"
	"lotse/flows"
	"lotse/store"
)

// Once a week every address that pages and documents of meetings link to is looked at, one
// after the other: the alarm clock rings, a job looks at one address outside of any
// transaction, its result comes in as an event and sets the next alarm. At the end of a
// round the desk hears what changed.

const (
	linksFirst = time.Hour          // after the first start
	linksWeek  = 7 * 24 * time.Hour // from the beginning of one round to the next
	linksAgain = 25 * time.Hour     // until what failed is looked at once more
	linksApart = 20 * time.Hour     // two failures closer than this count as one
	linksPause = 5 * time.Second    // between two addresses
	mostLinks  = 500                // that are looked at, so that the row stays small
)

// A linkWatch is what is known of all addresses.
type linkWatch struct {
	Full   time.Time               `json:"full,omitzero"`   // when the last round of all began
	Again  bool                    `json:"again,omitempty"` // the round is only about what failed
	Asked  string                  `json:"asked,omitempty"` // the address that a job looks at
	After  string                  `json:"after,omitempty"` // … or the last one that was looked at in this round
	Found  map[string]links.Result `json:"found,omitempty"` // in this round
	States map[string]linkState    `json:"states,omitempty"`
	Told   []string                `json:"told,omitempty"` // what the desk was told last
}

// A linkState is an address that is not as it should be.
type linkState struct {
	links.Result
	Since  time.Time `json:"since,omitzero"`   // of the first failure after it was reached
	Broken bool      `json:"broken,omitempty"` // it failed twice, on two days
}

// linksKey leads to the linkWatch; as long as there is none, no alarm is set.
var linksKey = keyOf("links", "state")

// watchLinks sets the alarm that looks after links, once.
func (t *turn) watchLinks() error {
	if t.b.cfg.CheckLink == nil {
		return nil
	}
	set, err := t.tx.Get(linksKey)
	if set != nil || err != nil {
		return err
	}
	save(t.tx, linksKey, linkWatch{})
	t.at(t.now.Add(linksFirst), "links")
	return nil
}

// linksDue looks at the next address, or ends the round.
func (t *turn) linksDue() error {
	w, _, err := load[linkWatch](t.tx, linksKey)
	if err != nil {
		return err
	}
	if t.b.cfg.CheckLink == nil { // turned off since: watchLinks begins anew
		t.tx.Delete(linksKey)
		return nil
	}
	if w.Found == nil { // a round begins, by day: its end is told
		if decent := t.b.lists.calendar.Decent(t.now); decent.After(t.now) {
			t.at(decent, "links")
			return nil
		}
		w.Found = map[string]links.Result{}
		if !w.Again {
			w.Full = t.now
		}
	}
	linked, err := t.linked()
	if err != nil {
		return err
	}
	working := w.working(linked)
	for _, address := range slices.Sorted(maps.Keys(linked)) {
		if address <= w.After || w.Again && address != working && w.States[address].Why == "" {
			continue
		}
		w.Asked = address
		save(t.tx, linksKey, w)
		save(t.tx, keyOf("job", t.timed()), linkJob{Kind: linkKind, Address: address})
		t.job = true
		return nil
	}
	return t.linksOver(w, linked)
}

// working is an address that was reached last time, "" when there is none. What failed is
// looked at once more together with it: so a machine without a way to the web is known.
func (w linkWatch) working(linked map[string][]flows.LinkPlace) string {
	for _, address := range slices.Sorted(maps.Keys(linked)) {
		if w.States[address].Why == "" {
			return address
		}
	}
	return ""
}

// linked are the addresses with where they stand.
func (t *turn) linked() (map[string][]flows.LinkPlace, error) {
	all := map[string][]flows.LinkPlace{}
	put := func(address string, at flows.LinkPlace) {
		if _, known := all[address]; known || len(all) < mostLinks {
			all[address] = append(all[address], at)
		}
	}
	for _, p := range t.b.lists.read("de") {
		for _, address := range p.Links {
			put(address, flows.LinkPlace{Page: p.Title})
		}
	}
	meetings, err := plannings(t.tx)
	if err != nil {
		return nil, err
	}
	for _, m := range published(meetings) {
		for _, paper := range m.Papers {
			if strings.HasPrefix(paper.Link, "https://") || strings.HasPrefix(paper.Link, "http://") {
				put(paper.Link, flows.LinkPlace{Paper: paper.Title, Meeting: m.Start})
			}
		}
	}
	return all, nil
}

// A linkJob looks at one address.
type linkJob struct {
	Kind    string `json:"k"` // linkKind: other jobs have none
	Address string `json:"a"`
}

const linkKind = "link"

// lookAtLink does the outside part of a job if it is one that looks at an address, and
// hands in what it found as an event.
func (b *Bot) lookAtLink(ctx context.Context, row store.Pair) (done bool, err error) {
	var j linkJob
	if err := unpack(row.Key, row.Value, &j); err != nil || j.Kind != linkKind {
		return false, err
	}
	var r links.Result
	if b.cfg.CheckLink != nil { // else it was turned off since, which linksDue finds
		r = b.cfg.CheckLink(ctx, j.Address)
	}
	if ctx.Err() != nil {
		return true, ctx.Err()
	}
	r.Moved = flows.Shorten(r.Moved, longestLink)
	said, err := json.Marshal(r)
	if err != nil {
		return true, err
	}
	id := strings.TrimPrefix(row.Key, "job/")
	return true, b.Receive(ctx, chat.Event{ID: "job/" + id + "/0", Kind: chat.Job, At: b.cfg.Now(), Text: id, Args: string(said)})
}

// longestLink is how many bytes are kept of the address that another one leads to.
const longestLink = 300

// linkSeen keeps what was found of an address, and has the next one looked at.
func (t *turn) linkSeen(key string) (done bool, err error) {
	j, found, err := load[linkJob](t.tx, key)
	if !found || err != nil || j.Kind != linkKind {
		return false, err
	}
	var r links.Result
	if err := json.Unmarshal([]byte(t.ev.Args), &r); err != nil {
		return false, fmt.Errorf("link: %w", err)
	}
	t.tx.Delete(key)
	t.job = true // there may be more
	w, found, err := load[linkWatch](t.tx, linksKey)
	if !found || err != nil || w.Asked != j.Address {
		return true, err // of a round that is over
	}
	w.Asked, w.After = "", j.Address
	if w.Found == nil {
		w.Found = map[string]links.Result{}
	}
	w.Found[j.Address] = r
	save(t.tx, linksKey, w)
	t.at(t.now.Add(linksPause), "links")
	return true, nil
}

// linksOver ends a round: what it found becomes what is known, and the desk hears what
// changed, once what failed was looked at a second time. When nothing at all was reached it is the way out that is broken, and the round
// does not count.
func (t *turn) linksOver(w linkWatch, linked map[string][]flows.LinkPlace) error {
	lost := len(w.Found) > 1
	for _, r := range w.Found {
		lost = lost && r.Why != ""
	}
	if lost {
		t.warn("no link could be reached: has this machine a way to the web?", "links", len(w.Found))
		w.Found, w.After = nil, ""
		save(t.tx, linksKey, w)
		t.at(t.now.Add(linksAgain), "links")
		return nil
	}
	w.States = merged(w.States, w.Found, linked, t.now)
	w.Found, w.After, w.Again = nil, "", false
	for _, s := range w.States {
		w.Again = w.Again || s.Why != "" && !s.Broken
	}
	if w.Again { // then all is told at once
		save(t.tx, linksKey, w)
		t.at(t.now.Add(linksAgain), "links")
		return nil
	}
	wrong := wrongLinks(w.States, linked)
	told := flows.LinkMarks(wrong)
	news := !slices.Equal(told, w.Told)
	w.Told = told
	save(t.tx, linksKey, w)
	t.at(w.Full.Add(linksWeek), "links")
	if !news {
		return nil
	}
	return t.tellDesk(flows.WrongLinks(wrong)...)
}

// merged is what is known after a round: addresses that work, and those that nothing leads
// to any more, are not among it.
func merged(before map[string]linkState, found map[string]links.Result, linked map[string][]flows.LinkPlace, now time.Time) map[string]linkState {
	after := map[string]linkState{}
	for address := range linked {
		s, r := before[address], found[address]
		if _, seen := found[address]; !seen {
			if s != (linkState{}) {
				after[address] = s
			}
			continue
		}
		switch {
		case r.Why == "" && r.Moved == "":
			continue
		case r.Why == "":
			after[address] = linkState{Result: r}
			continue
		case s.Since.IsZero():
			s = linkState{Since: now}
		case now.Sub(s.Since) >= linksApart:
			s.Broken = true
		}
		s.Result = r
		after[address] = s
	}
	return after
}

// wrongLinks are those that the desk is told of, in the order of their addresses.
func wrongLinks(states map[string]linkState, linked map[string][]flows.LinkPlace) []flows.WrongLink {
	var out []flows.WrongLink
	for _, address := range slices.Sorted(maps.Keys(states)) {
		s := states[address]
		link := flows.WrongLink{Address: address, At: linked[address]}
		switch {
		case s.Broken:
			link.Why = string(s.Why)
		case s.Why == "" && s.Moved != "":
			link.To = s.Moved
		default:
			continue
		}
		out = append(out, link)
	}
	return out
}
