package bot

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
	"lotse/store"
)

// Receive is the one inbound transaction: when it returns nil the event is
// remembered, answered and queued, all or nothing. An event that was received
// before changes nothing.
//
// If the store fails, somebody in danger still gets the emergency card.
func (b *Bot) Receive(ctx context.Context, ev chat.Event) error {
	ev = b.cleaned(ev)
	b.expect(ev)
	silent := false
	err := b.transact(ctx, ev.ID, func(t *turn) error {
		t.ev = ev
		err := t.received()
		silent = len(t.wake) == 0
		return err
	})
	if silent {
		b.answered(ev.In)
	}
	switch {
	case err == nil:
		b.carded.Delete(ev.ID)
	case !b.isDesk(ev.In):
		b.edition().cardWithoutStore(ctx, ev)
	}
	return err
}

// received is what follows from this turn's event.
func (t *turn) received() error {
	if seen, err := t.mark(); seen || err != nil {
		return err
	}
	switch {
	case t.ev.Kind == chat.Job:
		return t.fromJob()
	case t.b.isDesk(t.ev.In):
		return t.fromDesk()
	case t.ev.Kind == chat.Setup: // of a room that is no desk any more
		return nil
	}
	return t.fromPerson()
}

// markLength is how much of an event's HMAC its mark keeps, in characters of
// five bits. The mark begins with the time of the event, which every telling
// repeats: so marks lie in order, and only those of one microsecond can collide.
const markLength = 16

// mark notes that the event was received, and reports whether it had been. The
// mark of an event that was written days ago (a message that could not be read
// until now) would be swept too early: it has an alarm of its own.
func (t *turn) mark() (seen bool, err error) {
	index := t.b.cfg.DB.Index("seen", t.ev.ID)[:markLength]
	key := keyOf("seen", stampOf(t.ev.At), index)
	if mark, err := t.tx.Get(key); mark != nil || err != nil {
		return mark != nil, err
	}
	if t.now.Sub(t.ev.At) > seenFor/2 {
		key = keyOf("seen", "late", index) // behind all times
		if mark, err := t.tx.Get(key); mark != nil || err != nil {
			return mark != nil, err
		}
		t.at(t.now.Add(seenFor), "late", index)
	}
	t.tx.Put(key, []byte{})
	return false, nil
}

// cleaned is the event with its text made safe to keep and show. Names are for
// colleagues; of everybody else they are not even looked at.
func (b *Bot) cleaned(ev chat.Event) chat.Event {
	if ev.Kind == chat.Text || ev.Kind == chat.Media || ev.Kind == chat.Edit {
		ev.Text = locales.Clean(ev.Text)
	}
	if b.isDesk(ev.In) {
		ev.Name = flows.Shorten(locales.Clean(ev.Name), longestName)
	} else {
		ev.Name = ""
	}
	ev.Files = slices.Clone(ev.Files)
	for i := range ev.Files {
		ev.Files[i].Name = flows.Shorten(locales.Clean(ev.Files[i].Name), longestName)
		ev.Files[i].Type = flows.Shorten(ev.Files[i].Type, longestName)
	}
	return ev
}

// longestName is how many bytes of a name are kept. Names have no limit on some
// networks, rows do (store.MaxValue), and an event that cannot be stored would be
// told again for ever.
const longestName = 255

// A turn is one transaction: what happened, the time it happens at, and what
// must be woken once it is committed.
type turn struct {
	b      edition
	tx     store.Tx
	ev     chat.Event
	sp     *speaker // whose event it is, nil for those of the desk and of the clock
	now    time.Time
	stamp  string // orders this turn's rows
	secret string // drawn by chance, the same when the turn runs again (chance)
	seed   string // what this turn's IDs derive from
	n      int    // IDs made so far
	// unlisted says that a number means no choice: the newest message has none.
	unlisted bool
	rows     int    // outbox rows made so far
	ahead    string // the place before which they are put, "" at the end
	wake     []string
	due      bool
	job      bool
	log      []logged
}

// logged is a line for the operator, written once the transaction is committed:
// before, it may run again.
type logged struct {
	text string
	args []any
}

func (t *turn) warn(text string, args ...any) { t.log = append(t.log, logged{text, args}) }

// transact runs f in one transaction, and after its commit wakes those who have
// work. f may run more than once, each time on a fresh turn.
func (b *Bot) transact(ctx context.Context, seed string, f func(*turn) error) error {
	now, stamp := b.clock.read()
	edition := b.edition() // the same for every run
	var last *turn
	secret := rand.Text()
	err := b.cfg.DB.Update(ctx, func(tx store.Tx) error {
		last = &turn{b: edition, tx: tx, now: now, stamp: stamp, seed: seed, secret: secret}
		return f(last)
	})
	if err != nil {
		return err
	}
	for _, lane := range last.wake {
		b.lanes.wake(lane)
	}
	for _, l := range last.log {
		b.cfg.Log.Warn(l.text, l.args...)
	}
	if last.due {
		signal(b.poke)
	}
	if last.job {
		signal(b.jobs)
	}
	return nil
}

// id is a new ID, the same when the turn runs again for the same cause.
func (t *turn) id() string {
	t.n++
	sum := sha256.Sum256([]byte(t.seed + "#" + strconv.Itoa(t.n)))
	return hex.EncodeToString(sum[:8])
}

// timed is a new ID that is ordered in time.
func (t *turn) timed() string { return stampOf(t.now) + t.id()[:8] }

// at writes a row into the alarm clock.
func (t *turn) at(when time.Time, kind string, parts ...string) {
	t.tx.Put(keyOf(append([]string{"due", stampOf(when), kind}, parts...)...), []byte{})
	t.due = true
}
