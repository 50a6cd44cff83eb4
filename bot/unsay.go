package bot

import (
	"lotse/bot/chat"
	"lotse/flows"
)

// A person can delete what they wrote, on networks that tell. Then the desk's copy goes
// too: from the question, whose card is shown anew, or the whole addition.

// A wrote is what a message of a person became a part of: the question, or what was
// Said at a time.
type wrote struct {
	Said string `json:"s,omitempty"`
}

func (t *turn) wroteKey(sp *speaker, iid, message string) string {
	return keyOf("wrote", sp.PID, iid, t.b.cfg.DB.Index("wrote", sp.Person.Address.Platform, sp.Person.Address.Room, message))
}

// wrote remembers where the words of messages went: into the question of an inquiry, or
// what was said about it at a time.
func (t *turn) wrote(sp *speaker, iid, said string, parts flows.Parts) {
	for _, p := range parts {
		if p.Message != "" {
			save(t.tx, t.wroteKey(sp, iid, p.Message), wrote{Said: said})
		}
	}
}

// wroteTo is the inquiry that a message of a person became a part of, "" when none.
func (t *turn) wroteTo(sp *speaker, message string) (string, error) {
	for i := len(sp.Inquiries) - 1; i >= 0; i-- {
		iid := sp.Inquiries[i].ID
		if raw, err := t.tx.Get(t.wroteKey(sp, iid, message)); raw != nil || err != nil {
			return iid, err
		}
	}
	return "", nil
}

// unsay takes a message that was deleted out of the desk.
func (t *turn) unsay(sp *speaker, e flows.Unsay) error {
	key := t.wroteKey(sp, e.Inquiry, e.Message)
	w, found, err := load[wrote](t.tx, key)
	q := find(sp.Inquiries, e.Inquiry)
	if err != nil || q == nil || !found {
		return err
	}
	t.tx.Delete(key)
	if w.Said != "" {
		t.tx.Delete(keyOf("said", sp.PID, q.ID, w.Said))
		return t.dropPosts(sp.PID, q.ID, addition+w.Said)
	}
	parts, body, files, found := q.Parts.Without(e.Message, q.Body, q.Files)
	if !found {
		return nil
	}
	q.Parts, q.Body, q.Files, q.Cut = parts, body, files, t.now
	save(t.tx, keyOf("inquiry", sp.PID, q.ID), *q)
	if err := t.dropPosts(sp.PID, q.ID, questionFiles); err != nil {
		return err
	}
	if err := t.dropCard(sp.PID, q.ID); err != nil {
		return err
	}
	if err := t.redraw(sp.PID, *q); err != nil {
		return err
	}
	return t.tellFiles(sp.PID, *q, q.Files, questionFiles)
}

// dropPosts takes the messages whose names begin so out of the desk: the parts of one.
// Those that are on their way are not sent, or taken out when they arrive (withdrawn).
func (t *turn) dropPosts(pid, iid, name string) error {
	rows, err := t.tx.Scan(keyOf("post", pid, iid, name), "", 2*flows.MaxFiles*len(t.b.desks))
	if err != nil {
		return err
	}
	for _, row := range rows {
		var at post
		if err := unpack(row.Key, row.Value, &at); err != nil {
			return err
		}
		if err := t.dropPost(row.Key, at); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) dropPost(key string, at post) error {
	t.tx.Delete(key)
	if at.Message == "" {
		return nil
	}
	t.tx.Delete(t.b.sentKey(at.To, at.Message))
	at.To.Thread = ""
	return t.enqueue(item{Op: opDelete, To: at.To, On: at.Message, Trace: trace{Own: true, File: at.File}}, talk)
}

// keepsEdits reports whether a network shows what was there before an edit.
func (b *Bot) keepsEdits(platform string) bool {
	h, ok := b.platforms[platform].(chat.Historian)
	return ok && h.KeepsEdits()
}

// dropCard deletes the card where an edit would leave its words readable. The next one
// is a new message.
func (t *turn) dropCard(pid, iid string) error {
	for _, d := range t.b.desks {
		if !t.b.keepsEdits(d.Platform) {
			continue
		}
		key := keyOf("post", pid, iid, d.in(cardPost))
		at, found, err := load[post](t.tx, key)
		if err != nil {
			return err
		}
		if !found || !t.b.isDesk(at.To) {
			continue
		}
		t.tx.Delete(t.b.editKey(item{Ref: ref{PID: pid, IID: iid}, Post: d.in(cardPost)}))
		if err := t.dropPost(key, at); err != nil {
			return err
		}
	}
	return nil
}
