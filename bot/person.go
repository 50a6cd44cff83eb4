package bot

import (
	"errors"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
)

// A speaker is the person of this turn, with what is remembered of them.
type speaker struct {
	PID       string
	Person    person
	State     flows.State
	Inquiries []flows.Inquiry // only when they ever asked
	erased    bool            // this turn began to erase them: nothing more is saved
}

// fromPerson lets flows decide about an event of somebody who is not the desk.
func (t *turn) fromPerson() error {
	sp, err := t.speaker()
	if err != nil || sp == nil {
		return err
	}
	if sp.Person.Erasing {
		return t.erasing(sp)
	}
	return t.withAlbum(sp)
}

// converse lets flows decide about an event of a person. Forgotten says that all that
// is known of it is that it happened.
func (t *turn) converse(sp *speaker, forgotten bool) error {
	t.sp = sp
	if err := t.chooses(sp); err != nil {
		return err
	}
	if err := t.presence(sp); err != nil {
		return err
	}
	in, err := t.input(sp)
	if err != nil {
		return err
	}
	in.Forgotten = in.Forgotten || forgotten
	var failed func() error
	in.Facts.Dates, failed = t.dates(sp.PID)
	var unread func() error
	in.Facts.Contacts, unread = t.places()
	var unmarked, unasked, unshared, unjoined func() error
	in.Facts.Checks, unmarked = t.lazyChecks()
	in.Facts.Surveys, unasked = t.surveys(sp.PID)
	in.Facts.Shares, unshared = t.shares(sp.PID)
	in.Facts.Joined, unjoined = t.joined(sp.PID)
	before := sp.State
	next, effects := flows.Handle(sp.State, in)
	if err := errors.Join(failed(), unread(), unmarked(), unasked(), unshared(), unjoined()); err != nil {
		return err
	}
	sp.State = next
	sp.Person.Back = sp.Person.Back && len(effects) == 0
	if err := t.applyAll(sp, effects); err != nil {
		return err
	}
	if sp.erased {
		return nil
	}
	t.saveState(sp, before)
	return nil
}

// speaker finds the person who did it, or makes a record for somebody new. It
// is nil when somebody unknown leaves or is back: there is nothing to remember.
func (t *turn) speaker() (*speaker, error) {
	index := t.b.cfg.DB.Index("who", t.ev.In.Platform, t.ev.From)
	raw, err := t.tx.Get(keyOf("who", index))
	if err != nil {
		return nil, err
	}
	if raw == nil {
		if flows.Silent(t.ev.Kind) {
			return nil, nil
		}
		return t.newSpeaker(index)
	}
	return t.known(string(raw))
}

func (t *turn) newSpeaker(index string) (*speaker, error) {
	sp := &speaker{PID: t.timed(), Person: person{Address: t.ev.In, Index: index, Since: t.now}}
	if err := t.b.cfg.DB.NewPerson(t.tx, sp.PID); err != nil {
		return nil, err
	}
	t.tx.Put(keyOf("who", index), []byte(sp.PID))
	t.at(t.now.Add(idleAfter), "idle", sp.PID)
	sp.State.V = stateVersion
	t.remember(sp)
	return sp, t.openLane(sp.Person.Address) // somebody who was here before may have closed it
}

// stateVersion is raised when what a State means changes.
const stateVersion = 1

// known loads what is remembered of a person.
func (t *turn) known(pid string) (*speaker, error) {
	r, _, err := load[remembered](t.tx, keyOf("person", pid))
	if err != nil {
		return nil, err
	}
	sp := r.speaker(pid)
	if sp.Person.Asked {
		sp.Inquiries, err = inquiries(t.tx, pid)
	}
	return sp, err
}

func (r remembered) speaker(pid string) *speaker {
	sp := &speaker{PID: pid, Person: r.Person, State: r.State}
	sp.State.Answers = r.Answers
	return sp
}

// remember writes down who a person is and where the conversation stands.
func (t *turn) remember(sp *speaker) {
	r := remembered{Person: sp.Person, State: sp.State}
	if sp.State.Consent.Version != "" && sp.State.Holds {
		r.Answers = sp.State.Answers
	}
	save(t.tx, keyOf("person", sp.PID), r)
}

// input gathers what flows may see.
func (t *turn) input(sp *speaker) (flows.Input, error) {
	in := flows.Input{Event: t.ev, Now: t.now, Number: -1, Typed: -1}
	hint := t.b.words.Tag(t.ev.Lang)
	in.Facts = flows.Facts{
		Languages: t.b.lists.sorted(hint), Topics: t.b.lists.topics, Hotlines: t.b.lists.hotlines,
		Who: t.b.cfg.Who, Inquiries: sp.Inquiries, Since: sp.Person.Since,
		Pages: t.b.lists.read(t.lang(sp)), Find: t.finder(sp),
		Returned: sp.Person.Back, Feed: t.b.feedAddress(t.lang(sp), ""),
	}
	if hint != "" {
		sp.Person.Hint = hint
	}
	switch t.ev.Kind {
	case chat.Text, chat.Edit, chat.Media:
		t.understand(&in, sp)
	}
	if t.ev.Kind == chat.Delete || t.ev.Kind == chat.Edit {
		if err := t.wroteTo(sp, &in.Facts); err != nil {
			return in, err
		}
	} else if t.ev.On != "" && t.ev.Kind != chat.Press {
		about, err := t.about(t.ev.In, t.ev.On)
		if err != nil {
			return in, err
		}
		if about.PID == sp.PID {
			in.Facts.Inquiry = about.IID
		}
	}
	return in, t.loadAnswers(sp, &in)
}

// wordsAtMost is how long a text may be and still be a word that means an
// option: longer ones are not compared.
const wordsAtMost = 80

// understand says what a text can mean: a number, a word, danger.
func (t *turn) understand(in *flows.Input, sp *speaker) {
	in.Crisis = t.b.lists.danger(t.ev.Text)
	in.Means = func(string) bool { return false }
	if len(t.ev.Text) == 0 || len(t.ev.Text) > wordsAtMost {
		return
	}
	if n, ok := locales.ParseNumber(t.ev.Text); ok {
		if in.Typed = n; !t.unlisted {
			in.Number = n
		}
	}
	in.Means = func(key string) bool { return t.b.means(sp.State.Lang, key, t.ev.Text) }
}

// means tells whether a typed text says key: in the person's language, or in
// any as long as none is chosen.
func (b edition) means(lang, key, text string) bool {
	if lang != "" {
		return b.words.Means(lang, key, text)
	}
	for _, l := range b.lists.languages {
		if b.words.Means(l.Tag, key, text) {
			return true
		}
	}
	return false
}

// loadAnswers finds a person's unfinished answers. Until they said yes these are in
// a row of their own, sealed with a key held only in memory; then they are part of
// what is remembered.
func (t *turn) loadAnswers(sp *speaker, in *flows.Input) error {
	if !sp.State.Holds {
		return nil
	}
	if sp.State.Consent.Version != "" {
		in.Forgotten = sp.State.Answers.Empty()
		return nil
	}
	answers, found, err := load[flows.Answers](t.tx, keyOf("held", sp.PID))
	sp.State.Answers, in.Forgotten = answers, !found
	return err
}

// saveState writes the state, and the answers where consent says they belong.
func (t *turn) saveState(sp *speaker, before flows.State) {
	held, holds := before.Consent.Version == "" && before.Holds, sp.State.Consent.Version == "" && sp.State.Holds
	if held && !holds {
		t.tx.Delete(keyOf("held", sp.PID))
	}
	if sp.State.Holds && (!before.Holds || held != holds) {
		keep := answersFor
		if holds {
			keep = heldFor
		}
		sp.Person.Until = t.now.Add(keep).Truncate(time.Microsecond) // as exact as the alarm clock, which must not ring before it
		t.at(sp.Person.Until, "answers", sp.PID)
	}
	t.remember(sp)
	if holds && !sp.State.Answers.Empty() { // empty: they are gone, and that was not said yet
		save(t.tx, keyOf("held", sp.PID), sp.State.Answers)
	}
}

// lang is the language a person reads: chosen, else the client's, else German.
func (t *turn) lang(sp *speaker) string {
	switch {
	case t.b.cfg.Lang != "":
		return t.b.cfg.Lang
	case sp.State.Lang != "":
		return sp.State.Lang
	case sp.Person.Hint != "":
		return sp.Person.Hint
	}
	return "de"
}
