package flows

// correct asks for words that take the place of an answer.
func (d *desk) correct() {
	if !d.Draft.Status.left() {
		d.old()
		return
	}
	d.Draft = d.correction()
	d.do(Tell{Where: Here, Body: []Text{say("desk.correct", d.number())}, ForceReply: true, Post: "rewrite/" + d.Draft.ID})
}

// correction is a new draft in the place of this one.
func (d *desk) correction() Draft {
	c := Draft{
		ID: d.in.NewDraft, Kind: Correction, Of: d.Draft.ID, Status: Writing,
		By: d.me(), ByName: d.in.Event.Name, Changed: d.in.Now,
	}
	if d.Draft.Kind == Proposal { // agreed to is only what was read
		c.Kind, c.Of = Proposal, ""
	}
	return c
}

// edited is a coordinator changing the message that became a draft: as long as it is
// here the draft changes, afterwards a correction is offered.
func (d *desk) edited() {
	d.in.Event.Message = d.in.Event.On
	if len(d.in.Event.Files) == 0 && !d.Draft.Status.left() {
		d.in.Event.Files = d.Draft.Files
	}
	if d.in.Event.Text == d.Draft.Own() { // networks tell an edit for a preview of a link
		return
	}
	if d.Draft.Status == Leaving { // the old words are not to go, whatever the new ones are
		d.undo()
		d.tell(say("desk.edited.back", d.number()))
	}
	if wrong := d.wrong(); wrong != nil {
		d.tell(*wrong)
		return
	}
	switch s := d.Draft.Status; {
	case s == Shown:
		d.write()
	case s.left():
		filled := d.Draft.Filled // only the words below it were changed
		d.Draft = d.correction()
		d.Draft.Filled = filled
		d.write()
	default:
		d.old()
	}
}

// unsaid is a coordinator deleting the message that became a draft.
func (d *desk) unsaid() {
	switch s := d.Draft.Status; {
	case s == Shown || s == Leaving:
		d.Draft.Status = Shown
		d.discard()
	case s.left():
		d.recall()
	}
}

// askRecall makes sure: the asker will be told.
func (d *desk) askRecall() {
	if !d.Draft.Status.left() {
		d.old()
		return
	}
	d.do(Tell{Where: Here, Body: []Text{say("desk.recall.sure", d.number())}, Options: []Option{d.draftOption(ActRecalled, "🗑")}})
}

// recall takes an answer out of the asker's chat, as far as the network allows, and
// tells them that it is not valid.
func (d *desk) recall() {
	q := &d.Inquiry
	if !d.Draft.Status.left() {
		d.old()
		return
	}
	came := d.Draft.Status != Sent
	d.Draft.Status, d.Draft.Changed = Recalled, d.in.Now
	d.do(Retract{Draft: d.Draft.ID})
	if came { // else it is stopped on the way, and nobody need hear of it
		d.do(Notify{Body: []Text{say("inquiry.recalled", d.number())}})
	}
	d.draftWords(say("desk.recalled", d.number(), clock("at", d.in.Now)))
	if q.AgendaDraft == d.Draft.ID && q.Agenda == Proposed {
		*q = Settled(*q, Wished, d.in.Now)
	}
	if q.Status == Answered && q.Last == d.Draft.ID {
		d.set(q.unanswered())
	}
}
