package bot

import (
	"slices"
	"strings"

	"lotse/flows"
)

// Pairs of organisations that are asked whether they want to get to know each other. Of a
// pair that is over nothing is kept but that the two were asked once (flows.Met).

// partnersLooked is how many rows of the index are looked at for partners (store.MaxReads).
const partnersLooked = 40

// partners are organisations with a topic in common that were not asked about each other,
// so many at most.
func (t *turn) partners(m flows.Member, most int) ([]flows.Listed, error) {
	if !m.Wants() {
		return nil, nil
	}
	var all []flows.Listed
	looked := 0
	for _, topic := range m.Exchange.Topics {
		prefix := keyOf("joined", flows.FacetExchange+topic) + "/"
		for after := ""; looked < partnersLooked && len(all) < most; {
			rows, err := t.tx.Scan(prefix, after, 10)
			if err != nil {
				return nil, err
			}
			for _, row := range rows {
				id := strings.TrimPrefix(row.Key, prefix)
				known := id == m.ID || m.Knows(id) || slices.ContainsFunc(all, func(l flows.Listed) bool { return l.ID == id })
				if after = row.Key; known || len(all) == most {
					continue
				}
				var x indexed
				if err := unpack(row.Key, row.Value, &x); err != nil {
					return nil, err
				}
				all = append(all, x.listed(id))
			}
			if looked += len(rows); len(rows) < 10 {
				break
			}
		}
	}
	return all, nil
}

// meet proposes an exchange with the first organisation that there is.
func (t *turn) meet(sp *speaker, e flows.Meet) error {
	m, err := memberOf(t.tx, sp.PID)
	if err != nil {
		return err
	}
	all, err := t.partners(m, flows.MaxPairs)
	if err != nil {
		return err
	}
	for _, l := range all {
		done, err := t.propose(sp.PID, m, l.ID)
		if err != nil {
			return err
		}
		if done {
			return t.sayTo(sp, e.Found)
		}
	}
	return t.sayTo(sp, e.None)
}

// pairPress proposes an exchange for the desk.
func (t *turn) pairPress(pid string, m flows.Member, other string) error {
	done, err := t.propose(pid, m, other)
	if err != nil || done {
		return err
	}
	return t.tellHere(flows.Text{Key: "desk.member.pair.known"})
}

// propose makes a pair of two organisations, if both can be asked. They are asked at a
// decent hour.
func (t *turn) propose(pid string, a flows.Member, id string) (done bool, err error) {
	other, b, err := t.byID(id)
	if err != nil {
		return false, err
	}
	topic := common(a, b)
	if a.ID == b.ID || !a.Wants() || !b.Wants() || topic == "" || a.Knows(b.ID) || b.Knows(a.ID) ||
		len(a.Pairs()) >= flows.MaxPairs || len(b.Pairs()) >= flows.MaxPairs {
		return false, nil
	}
	p := flows.Pair{ID: t.timed(), Topic: topic, Stage: flows.PairOpen, Made: t.now, Sides: [2]flows.Side{{PID: pid, Member: a.ID}, {PID: other, Member: b.ID}}}
	save(t.tx, keyOf("pair", p.ID), p)
	save(t.tx, keyOf("member", pid), a.Asking(p, b.ID))
	save(t.tx, keyOf("member", other), b.Asking(p, a.ID))
	t.at(t.b.lists.calendar.Decent(t.now), "pair", p.ID)
	return true, t.tellPair("desk.member.pair.asked", a, b)
}

// common is the first topic that both want to exchange about.
func common(a, b flows.Member) string {
	for _, topic := range a.Exchange.Topics {
		if slices.Contains(b.Exchange.Topics, topic) {
			return topic
		}
	}
	return ""
}

// tellPair tells the desk about a pair, by numbers only.
func (t *turn) tellPair(key string, a, b flows.Member) error {
	return t.tellDesk(flows.Text{Key: key, Args: []flows.Arg{{Name: "a", Kind: flows.Code, Text: a.Number}, {Name: "b", Kind: flows.Code, Text: b.Number}}})
}

// pairDue asks both of a pair, and after some time waits no longer.
func (t *turn) pairDue(id string) error {
	p, found, err := load[flows.Pair](t.tx, keyOf("pair", id))
	if err != nil || !found || p.Stage != flows.PairOpen {
		return err
	}
	if p.Asked.IsZero() {
		p.Asked = t.now
		save(t.tx, keyOf("pair", id), p)
		t.at(t.now.Add(flows.PairPatience), "pair", id)
		for i := range p.Sides {
			if err := t.askSide(p, i); err != nil {
				return err
			}
		}
		return nil
	}
	return t.endPair(p, "desk.member.pair.not", func(int) *flows.Say { return sayIt(flows.NotPairedSay(p)) })
}

func sayIt(s flows.Say) *flows.Say { return &s }

// askSide asks one of a pair.
func (t *turn) askSide(p flows.Pair, i int) error {
	m, err := memberOf(t.tx, p.Sides[i].PID)
	if err != nil {
		return err
	}
	return t.tellSide(p.Sides[i], flows.AskPair(p, m))
}

// tellSide tells one of a pair something, if they can be told.
func (t *turn) tellSide(s flows.Side, what flows.Say) error {
	sp, why, err := t.reachable(s.PID)
	if err != nil || why != "" {
		return err
	}
	return t.push(sp, t.saying(sp, what))
}

// decide carries out what somebody decided about a pair.
func (t *turn) decide(sp *speaker, e flows.Decide) error {
	p, found, err := load[flows.Pair](t.tx, keyOf("pair", e.Pair))
	if err != nil || !found {
		return err
	}
	m, err := memberOf(t.tx, sp.PID)
	if err != nil {
		return err
	}
	i := p.Side(m.ID)
	if i < 0 {
		return nil
	}
	after, ok := p.Decided(i, e.Decision, e.Sign)
	switch {
	case !ok:
		return nil
	case e.Decision == flows.PairNo:
		return t.endPair(after, "desk.member.pair.not", others(i, flows.NotPairedSay(p)))
	case e.Decision == flows.PairEnd:
		return t.endPair(after, "", others(i, flows.PairEndedSay(p)))
	}
	if after.Agreed() {
		return t.introduce(after, i)
	}
	save(t.tx, keyOf("pair", p.ID), after)
	return nil
}

// others tells the one that is not at side i.
func others(i int, what flows.Say) func(int) *flows.Say {
	return func(side int) *flows.Say {
		if side == i {
			return nil
		}
		return &what
	}
}

// introduce tells each of a pair who the other is. What would be shown of the one who said
// yes first may have changed since: then they are asked again.
func (t *turn) introduce(p flows.Pair, last int) error {
	var both [2]flows.Member
	for i, s := range p.Sides {
		var err error
		if both[i], err = memberOf(t.tx, s.PID); err != nil {
			return err
		}
	}
	first := 1 - last
	if both[first].ShownSign() != p.Sides[first].Sign {
		p.Sides[first].Said, p.Sides[first].Sign = "", ""
		save(t.tx, keyOf("pair", p.ID), p)
		return t.askSide(p, first)
	}
	p.Stage = flows.PairIntroduced
	save(t.tx, keyOf("pair", p.ID), p)
	for i, s := range p.Sides {
		if err := t.tellSide(s, flows.IntroduceSay(p, both[1-i])); err != nil {
			return err
		}
	}
	return t.tellPair("desk.member.pair.made", both[0], both[1])
}

// endPairs ends all pairs of somebody who wants none any more, or is gone.
func (t *turn) endPairs(m flows.Member) error {
	for _, id := range m.Pairs() {
		p, found, err := load[flows.Pair](t.tx, keyOf("pair", id))
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		what, key := flows.NotPairedSay(p), "desk.member.pair.not"
		if p.Stage == flows.PairIntroduced {
			what, key = flows.PairEndedSay(p), ""
		}
		if err := t.endPair(p, key, others(p.Side(m.ID), what)); err != nil {
			return err
		}
	}
	return nil
}

// endPair forgets a pair. What says what each of the two is told, nil is nothing; key what
// the desk is told. Of an end of those who know each other it is told nothing.
func (t *turn) endPair(p flows.Pair, key string, what func(side int) *flows.Say) error {
	t.tx.Delete(keyOf("pair", p.ID))
	var both [2]flows.Member
	for i, s := range p.Sides {
		m, err := memberOf(t.tx, s.PID)
		if err != nil {
			return err
		}
		if both[i] = m; m.Registered() {
			save(t.tx, keyOf("member", s.PID), m.Left(p.ID))
		}
		if say := what(i); say != nil && (p.Stage != flows.PairOpen || !p.Asked.IsZero()) {
			if err := t.tellSide(s, *say); err != nil {
				return err
			}
		}
	}
	if key == "" {
		return nil
	}
	return t.tellPair(key, both[0], both[1])
}
