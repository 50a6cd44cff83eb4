package bot

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/store"
)

// A purge is a job that forgets an inquiry's words, a whole
// inquiry, or a whole person, in pages. It holds no content. Between pages comes
// its work outside the database: the line in the journal of erasures.
type purge struct {
	ID  string `json:"id"`
	PID string `json:"p"`
	// IID is the inquiry, "" is everything about the person.
	IID string `json:"i,omitempty"`
	// Number is set when the whole inquiry goes, with its card and number.
	Number string `json:"number,omitempty"`
	// To and Lang are for the receipt, Index for the way that leads to the person.
	To    chat.Address `json:"to,omitzero"`
	Lang  string       `json:"lang,omitempty"`
	Index string       `json:"who,omitempty"`
	Page  int          `json:"n"`
	// After is the last message that was looked at, when not all of them go.
	After string `json:"after,omitempty"`
	// Before is set when consent was withdrawn: every inquiry begun until then
	// is withdrawn with it.
	Before time.Time `json:"before,omitzero"`
	// Away says that the person closed the chat: nothing is sent or deleted there.
	Away bool `json:"away,omitempty"`
	// Gone says that the person's key is destroyed: what is left is unreadable.
	Gone bool `json:"gone,omitempty"`
}

// newJob writes a job; a worker will take it.
func (t *turn) newJob(p purge) {
	p.ID = t.timed()
	save(t.tx, keyOf("job", p.ID), p)
	t.job = true
}

// work does jobs until ctx ends. One that fails waits until the others are done.
func (b *Bot) work(ctx context.Context) {
	after, fails := "", 0
	for ctx.Err() == nil {
		job, err := b.workOnce(ctx, after)
		switch {
		case err != nil:
			if ctx.Err() == nil {
				b.cfg.Log.Error("job waits", "err", err)
			}
			after = max(after, job)
			b.pause(ctx, backoff("job", fails))
			fails++
		case job != "":
			if after == "" {
				fails = 0
			}
		case after != "":
			after = "" // those that failed, once more
		default:
			select {
			case <-ctx.Done():
			case <-b.jobs:
			}
		}
	}
}

// workOnce does the outside part of the first job after the row after, and hands
// the result in as an event. It returns the job's row, "" when there is none.
func (b *Bot) workOnce(ctx context.Context, after string) (row string, err error) {
	var rows []store.Pair
	err = b.cfg.DB.View(ctx, func(r store.Reader) (err error) {
		rows, err = r.Scan("job/", after, 1)
		return err
	})
	if err != nil || len(rows) == 0 {
		return "", err
	}
	row = rows[0].Key
	if done, err := b.makeStatistics(ctx, rows[0]); done || err != nil {
		return row, err
	}
	var p purge
	if err := unpack(row, rows[0].Value, &p); err != nil {
		return row, err
	}
	if p.Page == 0 && p.Index != "" {
		if err := b.writeJournal(p.Index); err != nil {
			return row, err
		}
	}
	return row, b.Receive(ctx, chat.Event{
		ID: fmt.Sprintf("job/%s/%d", p.ID, p.Page), Kind: chat.Job, At: b.cfg.Now(), Text: p.ID,
	})
}

// writeJournal appends a line to the journal of erasures and makes it durable. A
// restored backup replays it (P-20). The line holds an HMAC and a time.
func (b *Bot) writeJournal(index string) error {
	if b.cfg.Journal == "" {
		return nil
	}
	f, err := os.OpenFile(b.cfg.Journal, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("journal of erasures: %w", err)
	}
	_, err = fmt.Fprintf(f, "%s %s\n", b.cfg.Now().UTC().Format(time.RFC3339), index)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("journal of erasures: %w", err)
	}
	return nil
}

// fromJob does the next page of a job.
func (t *turn) fromJob() error {
	key := keyOf("job", t.ev.Text)
	if done, err := t.tellStatistics(key); done || err != nil {
		return err
	}
	p, found, err := load[purge](t.tx, key)
	if !found || err != nil {
		return err
	}
	p.Page++
	done, err := t.purgePage(&p)
	if err != nil {
		return err
	}
	if done {
		t.tx.Delete(key)
	} else {
		save(t.tx, key, p)
	}
	t.job = true
	return nil
}

// purgePageSize is how many rows of one kind a page takes; each costs up to four
// writes (store.MaxWrites).
const purgePageSize = 20

// purgePage forgets one page, and reports whether nothing is left. Order: first
// what stands in rooms, as long as it can be read where; then the key; then the
// rest.
func (t *turn) purgePage(p *purge) (done bool, err error) {
	if !p.Before.IsZero() {
		return t.withdrawNext(p)
	}
	if !p.Gone {
		if more, err := t.purgePosts(p); more || err != nil {
			return false, err
		}
		if p.IID == "" {
			return false, t.destroy(p)
		}
	}
	for _, kind := range p.kinds() {
		prefix := keyOf(kind, p.PID)
		if p.IID != "" {
			prefix = keyOf(kind, p.PID, p.IID)
		}
		n, err := t.deletePage(prefix)
		if n > 0 || err != nil {
			return false, err
		}
	}
	if p.Number != "" {
		t.tx.Delete(keyOf("number", p.Number))
	}
	return true, t.receipt(p)
}

// kinds are the kinds of record that a purge deletes.
func (p *purge) kinds() []string {
	if p.IID != "" {
		kinds := []string{"draft", "said", "note", "wrote"}
		if p.Number != "" {
			kinds = append(kinds, "inquiry")
		}
		return kinds
	}
	var kinds []string
	for _, k := range Table {
		if k.At == 1 {
			kinds = append(kinds, k.Name)
		}
	}
	return kinds
}

// deletePage deletes the row prefix and up to a page of rows below it.
func (t *turn) deletePage(prefix string) (int, error) {
	rows, err := t.tx.Scan(prefix+"/", "", purgePageSize)
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		t.tx.Delete(row.Key)
	}
	t.tx.Delete(prefix)
	return len(rows), nil
}

// purgePosts takes a page of messages about inquiries out of their rooms, and
// reports whether there was any: what comes next has a page of its own. For an
// inquiry that was only withdrawn the card stays, to say so; what the asker was
// sent stays in their chat unless everything about them goes.
func (t *turn) purgePosts(p *purge) (more bool, err error) {
	prefix := keyOf("post", p.PID) + "/"
	if p.IID != "" {
		prefix += p.IID + "/"
	}
	rows, err := t.tx.Scan(prefix, p.After, purgePageSize)
	if err != nil {
		return false, err
	}
	stays := p.IID != "" && p.Number == ""
	for _, row := range rows {
		if stays { // otherwise the page begins anew: a message on its way may have come behind it
			p.After = row.Key
		}
		var at post
		if row.Value != nil {
			if err := unpack(row.Key, row.Value, &at); err != nil {
				return false, err
			}
		}
		inDesk := t.b.isDesk(at.To)
		if stays && (!inDesk || strings.HasSuffix(row.Key, "/card") || strings.HasSuffix(row.Key, "/"+threadPost)) {
			continue
		}
		t.tx.Delete(row.Key)
		parts := strings.SplitN(row.Key, "/", 4)
		t.tx.Delete(t.b.editKey(item{Ref: ref{PID: p.PID, IID: parts[2]}, Post: parts[3]}))
		if at.Message == "" {
			continue
		}
		t.tx.Delete(t.b.sentKey(at.To, at.Message))
		if !inDesk && (p.IID != "" || p.Away) {
			continue
		}
		// Nobody's key: the request must be readable when the person's is gone.
		if err := t.enqueue(item{Op: opDelete, To: at.To, On: at.Message}, push); err != nil {
			return false, err
		}
	}
	return len(rows) > 0, nil
}

// withdrawNext withdraws one of the inquiries for which there is no consent any
// more.
func (t *turn) withdrawNext(p *purge) (done bool, err error) {
	sp, err := t.known(p.PID)
	if err != nil {
		return false, err
	}
	for _, q := range sp.Inquiries {
		if q.Status != flows.Withdrawn && !q.Created.After(p.Before) {
			return false, t.withdraw(sp, q.ID)
		}
	}
	return true, nil
}

// destroy makes everything about the person unreadable, and cuts the ways that
// lead to it.
func (t *turn) destroy(p *purge) error {
	all, err := inquiries(t.tx, p.PID)
	if err != nil {
		return err
	}
	for _, q := range all {
		t.tx.Delete(keyOf("number", q.Number))
		key := "desk.erased"
		if p.Away {
			key = "desk.erased.away"
		}
		if p.To != (chat.Address{}) || p.Away {
			if err := t.tellDesk(sayNumber(key, q)); err != nil {
				return err
			}
		}
	}
	t.tx.Delete(t.b.editKey(item{Ref: ref{PID: p.PID}})) // of a page
	who := keyOf("who", p.Index)
	pid, err := t.tx.Get(who)
	if err != nil {
		return err
	}
	if string(pid) == p.PID { // else they came back since, as somebody new
		t.tx.Delete(who)
	}
	t.b.cfg.DB.Forget(t.tx, p.PID)
	p.Gone = true
	return nil
}

// receipt tells the person that everything is deleted; it is the last message,
// and nothing about them is kept for it.
func (t *turn) receipt(p *purge) error {
	if p.To == (chat.Address{}) {
		return nil
	}
	m := t.b.body(p.Lang, []flows.Text{{Key: "privacy.erased", Args: []flows.Arg{{Name: "at", Kind: flows.When, At: t.now}}}})
	return t.enqueue(item{To: p.To, Message: m}, push)
}
