package bot

import (
	"errors"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
)

// presence notes who closed the chat and who came back, and tells the desk.
func (t *turn) presence(sp *speaker) error {
	gone := t.ev.Kind == chat.Left
	if t.ev.In != sp.Person.Address { // the chat moved
		if gone { // it had moved before: the old one was closed
			return nil
		}
		sp.Person.Address = t.ev.In // saved with the state
	}
	if gone == sp.Person.Gone {
		return nil
	}
	return t.setGone(sp, gone)
}

// goneAtOnce is how many inquiries say at once who closed the chat. A person has
// opened fewer (flows.MaxOpen); the desk can open more again, but a transaction
// is bounded (store.MaxReads), and those say so when they are next touched.
const goneAtOnce = 10

func (t *turn) setGone(sp *speaker, gone bool) error {
	sp.Person.Gone, sp.Person.Back = gone, !gone
	if gone {
		sp.Person.Left = t.now.Truncate(time.Microsecond) // as exact as the alarm clock
		t.at(sp.Person.Left.Add(goneFor), "gone", sp.PID)
		t.closeLane(sp.Person.Address)
	} else if err := t.openLane(sp.Person.Address); err != nil {
		return err
	}
	t.remember(sp)
	said := 0
	for i := range sp.Inquiries {
		q := &sp.Inquiries[i]
		if !q.Status.Open() || q.Away == gone || said == goneAtOnce {
			continue
		}
		said++
		q.Away = gone
		save(t.tx, keyOf("inquiry", sp.PID, q.ID), q)
		if err := t.redraw(sp.PID, *q); err != nil {
			return err
		}
		if gone {
			if err := t.tell(sp.PID, *q, flows.Tell{Body: []flows.Text{sayNumber("desk.left", *q)}}, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// closeLane gives up what is queued for a chat that its person closed, and what
// will be: a closed chat is not tried again (domain D10).
func (t *turn) closeLane(to chat.Address) {
	lane, until := t.b.lane(to), t.now.Add(goneFor).Truncate(time.Microsecond)
	save(t.tx, keyOf("lane", lane), laneTrouble{Since: t.now, Until: until, Closed: true})
	t.at(until, "lane", lane)
	t.wake = append(t.wake, lane)
}

// openLane lets messages through again.
func (t *turn) openLane(to chat.Address) error {
	key := keyOf("lane", t.b.lane(to))
	trouble, _, err := load[laneTrouble](t.tx, key)
	if trouble.Closed {
		t.tx.Delete(key)
	}
	return err
}

// errClosed is what the network would say.
var errClosed = &chat.SendError{Gone: true, Err: errors.New("the person closed the chat")}

// stayedAway erases somebody who closed the chat and did not come back.
func (t *turn) stayedAway(pid string) error {
	sp, err := t.known(pid)
	if err != nil || sp.Person.Index == "" || sp.Person.Erasing || !sp.Person.Gone {
		return err
	}
	if sp.Person.Left.Add(goneFor).After(t.now) { // they were back in between: there is another alarm
		return nil
	}
	t.eraseQuietly(sp)
	return nil
}

// eraseQuietly erases somebody who did not ask for it and is not told.
func (t *turn) eraseQuietly(sp *speaker) {
	sp.Person.Erasing = true
	t.remember(sp)
	t.newJob(purge{PID: sp.PID, Index: sp.Person.Index, Chat: sp.Person.Address, Away: sp.Person.Gone})
}
