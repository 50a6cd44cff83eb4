package bot

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
)

// How the desk searches what people offer, and asks them.

// mostWanted is how many words of a search are looked at.
const mostWanted = 8

// searchOffers shows the offers that have all the kinds and languages behind the command,
// or how many there are.
func (t *turn) searchOffers() error {
	wanted, unknown := t.wanted(t.ev.Args)
	if len(wanted)+len(unknown) == 0 {
		count := map[string]int{}
		err := eachListing(t.tx, nil, func(line string) {
			for _, kind := range flows.OfferKinds {
				if listedWith(line, []string{kind}) {
					count[kind]++
				}
			}
		})
		if err != nil {
			return err
		}
		return t.offerHere(flows.OffersCounted(count, t.b.typed(t.ev.In.Platform, "ressourcen")))
	}
	var found []flows.Offer
	more := 0
	if len(wanted) > 0 {
		var err error
		if found, more, err = t.findOffers(wanted); err != nil {
			return err
		}
	}
	return t.offerHere(flows.OffersTell(found, more, unknown))
}

// wanted are the kinds and languages that words name, in the desk's language or German, or
// in their own; unknown are the words that name none.
func (t *turn) wanted(words string) (wanted, unknown []string) {
	keys := map[string]string{} // of the catalogue → as offers have it
	for _, k := range flows.OfferKinds {
		keys["offer.kind."+k] = k
	}
	for _, l := range flows.OfferLangs {
		keys["language.name."+l] = l
	}
	fields := strings.FieldsFunc(locales.Clean(words), func(r rune) bool { return strings.ContainsRune(" \n\t,;+/", r) })
	for _, w := range fields[:min(len(fields), mostWanted)] {
		key := t.b.words.FindKey([]string{"de", t.b.cfg.DeskLang}, keys, w)
		switch has := keys[key]; {
		case key == "":
			unknown = append(unknown, flows.Shorten(w, longestSearch))
		case !slices.Contains(wanted, has):
			wanted = append(wanted, has)
		}
	}
	return wanted, unknown
}

// findOffers are the first of the offers that have all that is wanted and do not rest, with
// how many more there are. Who was asked longest ago comes first: so the same people are
// not asked again and again.
func (t *turn) findOffers(wanted []string) (found []flows.Offer, more int, err error) {
	var all []listing
	now := t.now.Unix()
	err = eachListing(t.tx, wanted, func(line string) {
		if l := readListing(line); l.Paused <= now {
			all = append(all, l)
		}
	})
	if err != nil {
		return nil, 0, err
	}
	slices.SortFunc(all, func(a, b listing) int {
		return cmp.Or(cmp.Compare(a.Asked, b.Asked), cmp.Compare(a.Number, b.Number))
	})
	shown := all[:min(len(all), flows.MostOffers)]
	for _, l := range shown {
		_, o, err := t.offerNumbered(l.Number)
		if damage(err) {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		if !o.Nothing() {
			found = append(found, o)
		}
	}
	return found, len(all) - len(shown), nil
}

// offerNumbered is the offer with a number and whose it is; it has nothing when there is none.
func (t *turn) offerNumbered(number string) (pid string, o flows.Offer, err error) {
	about, _, err := load[ref](t.tx, keyOf("number", number))
	if err != nil || about.Given != offerID {
		return "", o, err
	}
	o, err = offerOf(t.tx, about.PID)
	return about.PID, o, err
}

// offerPress is a button "offer/NUMBER/ACTION" or "offer/NUMBER/ACTION/REQUEST".
func (t *turn) offerPress(parts []string) error {
	pid, o, err := t.offerNumbered(parts[1])
	if err != nil {
		return err
	}
	if o.Nothing() {
		return t.tellHere(offerText("desk.offer.gone", flows.Offer{Number: parts[1]}))
	}
	if parts[2] == "ask" {
		return t.tellGiven(pid, offerID, flows.RequestWrite(o))
	}
	if len(parts) < 4 {
		return t.tellHere(flows.Text{Key: "desk.offer.old"})
	}
	r, found, err := load[flows.Request](t.tx, keyOf("asked", pid, parts[3]))
	if err != nil {
		return err
	}
	switch {
	case found && parts[2] == "send" && r.Status == flows.RequestShown:
		return t.release(pid, o, r)
	case found && parts[2] == "drop" && r.Status == flows.RequestShown, found && parts[2] == "undo" && r.Status == flows.RequestLeaving:
		r.Status = flows.RequestDropped
		t.saveRequest(pid, r)
		return t.tellGiven(pid, offerID, flows.RequestTold(o, r, 0))
	}
	return t.tellHere(flows.Text{Key: "desk.offer.old"})
}

// requestReply makes a request of what a coordinator replied, and shows how it will arrive.
func (t *turn) requestReply(pid string) error {
	o, err := offerOf(t.tx, pid)
	if err != nil {
		return err
	}
	if o.Nothing() {
		return t.tellHere(flows.Text{Key: "desk.offer.old"})
	}
	if bad := flows.RequestWrong(t.ev.Text, len(t.ev.Files)); bad != nil {
		return t.tellHere(*bad)
	}
	r := flows.Request{ID: t.timed(), Text: strings.TrimSpace(t.ev.Text), Status: flows.RequestShown}
	t.saveRequest(pid, r)
	t.at(t.now.Add(requestFor), "asked", pid, r.ID)
	return t.tellGiven(pid, offerID, flows.RequestPreview(o, r))
}

// release lets a request leave, after the time in which it can be taken back.
func (t *turn) release(pid string, o flows.Offer, r flows.Request) error {
	if t.b.cfg.Undo <= 0 {
		r.Status = flows.RequestLeaving
		return t.sendRequest(pid, o, r)
	}
	r.Status, r.Leaves = flows.RequestLeaving, t.now.Add(t.b.cfg.Undo).Truncate(time.Microsecond)
	t.saveRequest(pid, r)
	t.at(r.Leaves, "request", pid, r.ID)
	return t.tellGiven(pid, offerID, flows.RequestTold(o, r, t.b.cfg.Undo))
}

// requestDue sends a request that nobody took back.
func (t *turn) requestDue(pid, id string) error {
	r, found, err := load[flows.Request](t.tx, keyOf("asked", pid, id))
	if err != nil || !found || r.Status != flows.RequestLeaving || r.Leaves.After(t.now) {
		return err
	}
	o, err := offerOf(t.tx, pid)
	if err != nil || o.Nothing() {
		return err
	}
	return t.sendRequest(pid, o, r)
}

func (t *turn) sendRequest(pid string, o flows.Offer, r flows.Request) error {
	sp, why, err := t.reachable(pid)
	if err != nil {
		return err
	}
	if why != "" {
		r.Status = flows.RequestDropped
		t.saveRequest(pid, r)
		return t.tellGiven(pid, offerID, flows.Tell{Body: []flows.Text{offerText("desk.offer.away", o)}})
	}
	r.Status = flows.RequestSent
	t.saveRequest(pid, r)
	if err := t.list(o, true); err != nil {
		return err
	}
	it := t.saying(sp, flows.RequestSay(r))
	it.Ref.Given, it.Message.Protect = offerID, true
	if err := t.write(sp, it); err != nil {
		return err
	}
	t.remember(sp)
	return t.tellGiven(pid, offerID, flows.RequestTold(o, r, 0))
}

// tellGiven writes into the desk about something that a person gave: their offer, or a
// suggestion. It is noted where that stands, so that it can be deleted with it.
func (t *turn) tellGiven(pid, given string, e flows.Tell) error {
	return t.askGiven(ref{PID: pid, Given: given}, e)
}

// askGiven is tellGiven; about says what a reply is for.
func (t *turn) askGiven(about ref, e flows.Tell) error {
	for _, d := range t.rooms(e.Where) {
		it := t.planItem(e, "")
		it.To, it.Ref, it.Message.Protect = d.Address, about, true
		if e.Where == flows.Here {
			it.To = inThreadOf(d, t.ev.In)
		}
		if err := t.enqueue(it, talk); err != nil {
			return err
		}
	}
	return nil
}

// givenSaid notes where a message about something that a person gave stands.
func (t *turn) givenSaid(it item, receipt chat.Receipt) {
	for i, message := range receipt.Messages() {
		save(t.tx, t.b.sentKey(it.To, message), sent{ref: it.Ref})
		name := "m-" + it.ID + strings.Repeat("-", i)
		save(t.tx, keyOf("post", it.Ref.PID, it.Ref.Given, name), post{To: it.To, Message: message, At: t.now, Desk: true})
	}
}

// givenLost tells the desk that a request did not arrive.
func (t *turn) givenLost(it item) error {
	o, err := offerOf(t.tx, it.Ref.PID)
	if err != nil || o.Nothing() || it.Ref.Given != offerID {
		return err
	}
	return t.tellDesk(offerText("desk.offer.undelivered", o))
}

// givenReply is what somebody replied to a message about something that a person gave: to
// one about an offer it is a request, to the one that asks for a topic's words it is these, to
// any other talk among colleagues.
func (t *turn) givenReply(about ref) error {
	switch {
	case about.Given == offerID:
		return t.requestReply(about.PID)
	case about.Field == topicWords:
		return t.topicReply(about)
	}
	return nil
}
