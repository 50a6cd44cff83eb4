package bot

import "lotse/bot/chat"

// show queues a page: in the place of the page whose button was pressed, if that is
// the newest message the person has, else as a new message: so also where there are no
// buttons, and the list of choices is looked for at the end.
func (t *turn) show(sp *speaker, it item) error {
	parts := 1
	p := t.b.platforms[sp.Person.Address.Platform]
	if p != nil {
		parts = len(p.Parts(it.Message))
	}
	if parts > 1 { // its parts could not be replaced by one message
		return t.write(sp, it)
	}
	_, edits := p.(chat.Editor)
	if edits && !t.b.listsButtons(p.Name()) && t.ev.Kind == chat.Press && t.ev.On != "" {
		last, _, err := load[page](t.tx, keyOf("page", sp.PID))
		if err != nil {
			return err
		}
		if last.Said == sp.Person.Said && last.post == (post{To: sp.Person.Address, Message: t.ev.On}) {
			it.Op, it.On, it.Page, it.To = opEdit, t.ev.On, last.Said, sp.Person.Address
			return t.enqueue(it, talk)
		}
	}
	it.Page = sp.Person.Said + 1
	return t.write(sp, it)
}

// sendAnew makes a new message of a page that could not take the place of another:
// that is deleted, or too old for the network.
func (t *turn) sendAnew(q *queued) {
	it := q.item
	t.tx.Delete(t.b.editKey(it))
	it.ID, it.Op, it.On = t.id(), opSend, ""
	save(t.tx, q.key, it)
}
