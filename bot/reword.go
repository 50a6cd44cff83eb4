package bot

import "lotse/flows"

// reword says anew in the desk what a person changed in their chat: where the words
// stand, in the message that shows them (docs/adr/0021-changed-words.md).
func (t *turn) reword(sp *speaker, e flows.Reword) error {
	w, found, err := load[wrote](t.tx, t.wroteKey(sp, e.Inquiry, e.Message))
	q := find(sp.Inquiries, e.Inquiry)
	if err != nil || q == nil || !found {
		return err
	}
	if w.Said == "" {
		q.Parts, q.Body, _ = q.Parts.Reworded(e.Message, q.Body, q.Files, e.Text)
		q.Reworded = t.now
	}
	before := *q
	if q.Status.Open() { // other words do not open what is closed
		*q = flows.Added(*q, t.now)
	}
	t.saveInquiry(sp.PID, *q)
	t.watchOwner(sp.PID, before, *q)
	t.waits(sp.PID, before, *q)
	var shown []flows.Tell
	if w.Said == "" || q.Status != before.Status {
		shown = append(shown, flows.Card(*q))
	}
	if w.Said != "" {
		addition, err := t.rewordAddition(sp, *q, w.Said, e)
		if err != nil {
			return err
		}
		shown = append(shown, addition)
	}
	if q.Owner != "" && q.Status.Open() {
		shown = append(shown, flows.ToldReworded(*q))
	}
	for _, tell := range shown {
		if err := t.tell(sp.PID, *q, tell, ""); err != nil {
			return err
		}
	}
	return nil
}

// rewordAddition changes what was added to an inquiry, and gives what the desk is to
// be shown instead.
func (t *turn) rewordAddition(sp *speaker, q flows.Inquiry, said string, e flows.Reword) (flows.Tell, error) {
	key := keyOf("said", sp.PID, q.ID, said)
	was, _, err := load[entry](t.tx, key)
	if err != nil {
		return flows.Tell{}, err
	}
	was.Parts, was.Text, _ = was.Parts.Reworded(e.Message, was.Text, was.Files, e.Text)
	save(t.tx, key, was)
	shown := flows.Reworded(flows.FollowUp(q, was.Text, nil), t.now)
	shown.Post = addition + said
	return shown, nil
}
