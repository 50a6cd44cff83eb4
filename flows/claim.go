package flows

// claim makes the coordinator the only owner.
func (d *desk) claim() {
	q := &d.Inquiry
	switch {
	case d.closed():
		d.tell(say("desk.closed", d.number()))
	case q.Owner == d.me():
		d.tell(say("desk.claim.yours", d.number()))
	case q.Owner != "":
		d.do(Tell{Where: Here, Options: []Option{d.option(ActTakeover, "🔁")},
			Body: []Text{say("desk.claim.taken", d.number(), named("name", q.OwnerName), when("at", q.OwnedAt))}})
	default:
		q.own(d.me(), d.in.Event.Name, d.in.Now)
		if q.Status != Waiting {
			d.set(q.Status)
			return
		}
		if !q.Told {
			q.Told = true
			d.do(Notify{Body: []Text{say("inquiry.claimed", d.number())}})
		}
		d.set(Claimed)
	}
}

func (d *desk) release() {
	if d.Inquiry.Owner != d.me() {
		d.tell(say("desk.release.notyours", d.number()))
		return
	}
	d.free()
}

// free leaves the inquiry to whoever takes it.
func (d *desk) free() {
	q := &d.Inquiry
	q.own("", "", d.in.Now)
	if q.Status == Claimed {
		d.set(Waiting)
		return
	}
	d.set(q.Status)
}

// takeover asks the owner for the inquiry, in every room.
func (d *desk) takeover() {
	q := &d.Inquiry
	switch {
	case d.closed():
		d.tell(say("desk.closed", d.number()))
	case q.Owner == "":
		d.claim()
	case q.Owner == d.me():
		d.tell(say("desk.claim.yours", d.number()))
	default:
		q.Wants, q.WantsName = d.me(), d.in.Event.Name
		d.tellAll([]Option{d.option(ActHandover, "🤝")},
			say("desk.takeover", d.number(), named("name", q.WantsName), named("owner", q.OwnerName)))
	}
}

// handover gives the inquiry to who asked for it.
func (d *desk) handover() {
	q := &d.Inquiry
	switch {
	case d.closed():
		d.tell(say("desk.closed", d.number()))
	case q.Owner != d.me():
		d.tell(say("desk.release.notyours", d.number()))
	case q.Wants == "":
		d.old()
	default:
		q.own(q.Wants, q.WantsName, d.in.Now)
		d.tellAll(nil, say("desk.handover", d.number(), named("name", q.OwnerName)))
		d.set(q.Status)
	}
}

// idle frees an inquiry whose owner does nothing while somebody waits.
func (d *desk) idle() {
	q := &d.Inquiry
	if q.Status != Claimed || q.Owner == "" || d.in.Idle <= 0 || d.in.Now.Before(q.Active.Add(d.in.Idle)) {
		return
	}
	d.tellAll([]Option{d.option(ActClaim, "✋")},
		say("desk.idle", d.number(), named("name", q.OwnerName), clock("since", q.Active)))
	d.free()
}
