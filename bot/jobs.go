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
	// To and Lang are for the receipt, Index for the way that leads to the person. Chat is
	// where its adapter forgets what was said.
	To    chat.Address `json:"to,omitzero"`
	Chat  chat.Address `json:"chat,omitzero"`
	Lang  string       `json:"lang,omitempty"`
	Index string       `json:"who,omitempty"`
	Page  int          `json:"n"`
	// After is the last message that was looked at, when not all of them go.
	After string `json:"after,omitempty"`
	// Named is the number by which the desk knows an offer that goes.
	Named string `json:"named,omitempty"`
	// Tell says that the person took the inquiry back, and hears what could not be deleted.
	Tell bool `json:"tell,omitempty"`
	// Before is set when consent was withdrawn: every inquiry begun until then
	// is withdrawn with it.
	Before time.Time `json:"before,omitzero"`
	// Away says that the person closed the chat: nothing is sent or deleted there.
	Away bool `json:"away,omitempty"`
	// Shares says that what the person offers and suggested is forgotten.
	Shares bool `json:"shares,omitempty"`
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
	if done, err := b.edition().makeStatistics(ctx, rows[0]); done || err != nil {
		return row, err
	}
	if done, err := b.readImport(ctx, rows[0]); done || err != nil {
		return row, err
	}
	if done, err := b.makeCount(ctx, rows[0]); done || err != nil {
		return row, err
	}
	if done, err := b.readAgain(ctx, rows[0]); done || err != nil {
		return row, err
	}
	if done, err := b.lookAtLink(ctx, rows[0]); done || err != nil {
		return row, err
	}
	if done, err := b.edition().makeSurvey(ctx, rows[0]); done || err != nil {
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
	if done, err := t.tellImport(key); done || err != nil {
		return err
	}
	if done, err := t.counted(key); done || err != nil {
		return err
	}
	if done, err := t.tellReload(key); done || err != nil {
		return err
	}
	if done, err := t.linkSeen(key); done || err != nil {
		return err
	}
	if done, err := t.tellSurvey(key); done || err != nil {
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

// Rows of one kind that a page takes. Each post costs up to four writes, and one more of
// its thread; any other row one (store.MaxWrites).
const (
	purgePageSize = 20
	postsPageSize = 15
)

// purgePage forgets one page, and reports whether nothing is left. Order: of a person
// first what stands in rooms, as long as it can be read where, then the key, then the
// rest; of an inquiry first its words, so that none are shown any more.
func (t *turn) purgePage(p *purge) (done bool, err error) {
	if !p.Before.IsZero() {
		return t.withdrawNext(p)
	}
	e, err := t.erasureOf(p)
	if err != nil {
		return false, err
	}
	if more, err := t.purgeNext(p, e); more || err != nil {
		save(t.tx, erasureKey(e.ID), e)
		return false, err
	}
	if p.Number != "" {
		t.tx.Delete(keyOf("inquiry", p.PID, p.IID))
		t.tx.Delete(keyOf("number", p.Number))
	}
	e.Queued = true
	return true, t.settleErasure(e)
}

// purgeNext forgets the next rows, and reports whether there were any.
func (t *turn) purgeNext(p *purge, e *erasure) (more bool, err error) {
	if p.IID == "" && !p.Gone {
		if more, err := t.purgePosts(p, e); more || err != nil {
			return true, err
		}
		if !p.Shares { // on a page of its own: a transaction is bounded
			p.Shares = true
			if some, err := t.forgetShares(p.PID); some || err != nil {
				return true, err
			}
		}
		if m, err := t.forgetMember(p.PID); m.Registered() || err != nil && !damage(err) {
			t.tx.Delete(keyOf("number", m.Number))
			return true, err
		}
		return true, t.destroy(p)
	}
	for _, kind := range p.kinds() {
		prefix := keyOf(kind, p.PID)
		if p.IID != "" {
			prefix = keyOf(kind, p.PID, p.IID)
		}
		n, err := t.deletePage(prefix)
		if n > 0 || err != nil {
			return true, err
		}
	}
	if p.IID == "" {
		return false, nil
	}
	return t.purgePosts(p, e)
}

// kinds are the kinds of record that a purge deletes, but for what stands in rooms.
func (p *purge) kinds() []string {
	if p.IID != "" {
		return []string{"draft", "said", "note", "wrote"}
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

// purgePosts has a page of messages about inquiries deleted, and reports whether there
// was any: what comes next has a page of its own. What the asker was sent stays in their
// chat unless everything about them goes.
func (t *turn) purgePosts(p *purge, e *erasure) (more bool, err error) {
	prefix := keyOf("post", p.PID) + "/"
	if p.IID != "" {
		prefix += p.IID + "/"
	}
	rows, err := t.tx.Scan(prefix, p.After, postsPageSize)
	if err != nil {
		return false, err
	}
	last := ""
	for _, row := range rows {
		parts := strings.SplitN(row.Key, "/", 4)
		iid, name := parts[2], parts[3]
		for _, d := range t.b.desks {
			if iid == last {
				break
			}
			if err := t.eraseThread(e, d, p.PID, iid); err != nil {
				return false, err
			}
		}
		last = iid
		var at post
		if row.Value != nil {
			if err := unpack(row.Key, row.Value, &at); err != nil {
				return false, err
			}
		}
		asked := t.place(at) == askersChat
		if asked && p.IID != "" && p.Number == "" { // everything about them may go one day
			p.After = row.Key
			continue
		}
		t.tx.Delete(row.Key)
		own := !strings.HasPrefix(name, besidePost)
		if own {
			t.tx.Delete(t.b.editKey(item{Ref: ref{PID: p.PID, IID: iid}, Post: name}))
		}
		t.forgetPost(at, own)
		if at.Message == "" || asked && (p.IID != "" || p.Away) {
			continue
		}
		if err := t.eraseMessage(e, at, own); err != nil {
			return false, err
		}
	}
	return len(rows) > 0, nil
}

// forgetPost forgets which inquiry a message, or a thread, is about.
func (t *turn) forgetPost(at post, own bool) {
	switch {
	case at.Message != "":
		t.tx.Delete(t.b.sentKey(at.To, at.Message))
		if !own {
			t.tx.Delete(t.b.besideKey(at.To, at.Message))
		}
	case at.To.Thread != "":
		t.tx.Delete(t.b.threadKey(at.To))
	}
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
	var told []string
	for _, q := range all {
		t.tx.Delete(keyOf("number", q.Number))
		for _, list := range openLists(q) {
			t.tx.Delete(keyOf("open", list, q.ID))
		}
		if q.Status != flows.Withdrawn {
			told = append(told, q.Number)
		}
	}
	if len(told) > 0 && (p.To != (chat.Address{}) || p.Away) { // in one message: a transaction is bounded (store.MaxWrites)
		key := "desk.erased"
		if p.Away {
			key = "desk.erased.away"
		}
		if err := t.tellDesk(sayNumber(key, flows.Inquiry{Number: strings.Join(told, ", ")})); err != nil {
			return err
		}
	}
	if err := t.forgetGuest(p.PID); err != nil {
		return err
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
