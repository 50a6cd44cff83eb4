package bot

import (
	"context"
	"errors"
	"strings"
	"time"

	"lotse/flows"
	"lotse/store"
)

// ring is the alarm clock: it does what is due, in order, and sleeps until the
// next row is. Everything that waits is one row of one ordered index.
func (b *Bot) ring(ctx context.Context) {
	for ctx.Err() == nil {
		next, err := b.Tick(ctx)
		if err != nil {
			if ctx.Err() == nil {
				b.cfg.Log.Error("alarm clock", "err", err)
			}
			next = b.cfg.Now().Add(firstPause)
		}
		b.sleepUntil(ctx, next)
	}
}

// longestSleep bounds how long a clock that was set can go unnoticed.
const longestSleep = time.Minute

func (b *Bot) sleepUntil(ctx context.Context, next time.Time) {
	d := longestSleep
	if !next.IsZero() {
		d = min(d, next.Sub(b.cfg.Now()))
	}
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-b.poke:
	}
}

// Tick does everything that is due now. It returns when the next row is due, the
// zero time when there is none. What fails by itself rings again later.
func (b *Bot) Tick(ctx context.Context) (time.Time, error) {
	for {
		var rows []store.Pair
		err := b.cfg.DB.View(ctx, func(r store.Reader) (err error) {
			rows, err = r.Scan("due/", "", 1)
			return err
		})
		if err != nil || len(rows) == 0 {
			return time.Time{}, err
		}
		key := rows[0].Key
		when, what, refs := parseDue(key)
		if when.After(b.cfg.Now()) {
			return when, nil
		}
		err = b.transact(ctx, key, func(t *turn) error {
			raw, err := t.tx.Get(key)
			if raw == nil || err != nil {
				return err // somebody else did it
			}
			t.tx.Delete(key)
			return t.dueNow(what, refs)
		})
		if err == nil {
			continue
		}
		if postponed := b.postpone(ctx, key); postponed != nil { // the store fails, not the row
			return time.Time{}, errors.Join(err, postponed)
		}
		b.cfg.Log.Error("alarm postponed", "kind", what, "err", err)
	}
}

// postponedFor is how long an alarm rests that could not be carried out.
const postponedFor = time.Minute

// postpone rings an alarm again later, so that one row that is damaged does not
// keep all others from ringing.
func (b *Bot) postpone(ctx context.Context, key string) error {
	return b.transact(ctx, key, func(t *turn) error {
		_, what, refs := parseDue(key)
		raw, err := t.tx.Get(key)
		if raw == nil || err != nil {
			return err // it was carried out all the same
		}
		t.tx.Delete(key)
		t.at(t.now.Add(postponedFor), what, refs...)
		return nil
	})
}

// parseDue reads "due/TIME/KIND/REF…".
func parseDue(key string) (when time.Time, kind string, refs []string) {
	parts := strings.Split(key, "/")
	if len(parts) < 3 {
		return time.Time{}, "", nil
	}
	var micro int64
	for _, c := range parts[1] {
		micro = micro<<4 | int64(strings.IndexRune("0123456789abcdef", c))
	}
	return time.UnixMicro(micro), parts[2], parts[3:]
}

// dueNow does what a row of the alarm clock stands for. A kind that this release
// does not know is dropped: it was written by a newer one.
func (t *turn) dueNow(kind string, refs []string) error {
	switch {
	case kind == "lane" && len(refs) == 1:
		return t.rested(refs[0])
	case kind == "leave" && len(refs) == 3:
		return t.leave(ref{PID: refs[0], IID: refs[1], Draft: refs[2]})
	case kind == "answers" && len(refs) == 1:
		return t.unsent(refs[0])
	case kind == "idle" && len(refs) == 1:
		return t.idle(refs[0])
	case kind == "gone" && len(refs) == 1:
		return t.stayedAway(refs[0])
	case kind == "inquiry" && len(refs) == 2:
		return t.inquiryOver(refs[0], refs[1])
	case kind == "absent" && len(refs) == 2:
		return t.absent(refs[0], refs[1])
	case kind == "mute" && len(refs) == 1:
		return t.isMute(refs[0])
	case kind == "receipt" && len(refs) == 1:
		return t.receiptDue(refs[0])
	case kind == "nudge" && len(refs) == 2:
		return t.nudge(refs[0], refs[1])
	case kind == "meeting" && len(refs) == 1:
		return t.meetingOver(refs[0])
	case kind == "nodate" && len(refs) == 1:
		return t.noDate(refs[0])
	case kind == "owner" && len(refs) == 2:
		return t.ownerIdle(refs[0], refs[1])
	case kind == "silent" && len(refs) == 2:
		return t.silent(refs[0], refs[1])
	case kind == "promise" && len(refs) == 2:
		return t.promiseOver(refs[0], refs[1])
	case kind == "remind" && (len(refs) == 3 || len(refs) == 4):
		return t.remind(refs)
	case kind == "reminder" && len(refs) == 4:
		return t.remindOne(refs)
	case kind == "cast" && len(refs) == 2:
		return t.castDue(refs[0])
	case kind == "news" && len(refs) == 2:
		return t.newsDue(refs[0], refs[1])
	case kind == "castlook" && len(refs) == 1:
		return t.castLook(refs[0])
	case kind == "castlast" && len(refs) == 1:
		return t.castLast(refs[0])
	case kind == "castover" && len(refs) == 1:
		return t.castOver(refs[0])
	case kind == "reply" && len(refs) == 2:
		return t.replyOver(refs[0], refs[1])
	case kind == "surveyend" && len(refs) == 1:
		return t.surveyEnds(refs[0])
	case kind == "surveyover" && len(refs) == 1:
		return t.surveyOver(refs[0])
	case kind == "album" && (len(refs) == 1 || len(refs) == 2 && refs[0] == store.Nobody):
		return t.albumDue(refs)
	case (kind == "cards" || kind == "newroom") && len(refs) > 0:
		return t.cardsAgain(kind, refs...)
	case kind == "drafts" && len(refs) >= 3:
		return t.draftsAgain(refs[0], ref{PID: refs[1], IID: refs[2]}, refs[3:]...)
	case kind == "late" && len(refs) == 1:
		t.tx.Delete(keyOf("seen", "late", refs[0]))
	case kind == "import" && len(refs) == 1:
		t.tx.Delete(keyOf("import", refs[0]))
	case kind == "aside" && len(refs) == 1:
		t.tx.Delete(keyOf("aside", refs[0]))
	case kind == "damaged" && len(refs) == 2:
		t.tx.Delete(keyOf("damaged", refs[0], refs[1]))
	case kind == "member" && len(refs) == 1:
		return t.memberDue(refs[0])
	case kind == "welcome" && len(refs) == 1:
		return t.welcomeDue(refs[0])
	case kind == "pair" && len(refs) == 1:
		return t.pairDue(refs[0])
	case kind == "pages":
		return t.pagesDue()
	case kind == "links":
		return t.linksDue()
	case kind == "seen":
		return t.sweepSeen()
	case kind == "room" && (len(refs) == 2 || len(refs) == 4):
		return t.roomFree(refs[0], refs[2:])
	case kind == "attend" && len(refs) > 0:
		return t.attendOver(refs[0], refs[1:])
	case kind == "stopped" && len(refs) == 1:
		return t.stopped(refs[0])
	case kind == "guest" && len(refs) == 1:
		return t.guestQuiet(refs[0])
	case kind == "offer" && len(refs) == 2:
		return t.offerDue(refs[0], refs[1])
	case kind == "request" && len(refs) == 2:
		return t.requestDue(refs[0], refs[1])
	case kind == "asked" && len(refs) == 2:
		return t.requestOver(refs[0], refs[1])
	case kind == "idea" && len(refs) == 2:
		return t.ideaOver(refs[0], refs[1])
	case kind == "topic" && len(refs) == 1:
		return t.themeOver(refs[0])
	case kind == "job":
		t.job = true
	default:
		t.warn("unknown alarm", "kind", kind)
	}
	return nil
}

// unsent forgets answers that were not sent in time; those of a later question
// have an alarm of their own.
func (t *turn) unsent(pid string) error {
	r, _, err := load[remembered](t.tx, keyOf("person", pid))
	if err != nil || r.Person.Until.After(t.now) {
		return err
	}
	t.tx.Delete(keyOf("held", pid))
	if !r.Answers.Empty() {
		r.Answers = flows.Answers{}
		save(t.tx, keyOf("person", pid), r)
	}
	return nil
}

// idle forgets a person who never said yes, did nothing for a month, follows no meeting,
// neither offers nor suggested anything, and is not registered.
func (t *turn) idle(pid string) error {
	sp, err := t.known(pid)
	if err != nil || sp.Person.Index == "" || sp.Person.Erasing {
		return err
	}
	if sp.State.Consent.Version != "" {
		return nil
	}
	g, err := guestOf(t.tx, pid)
	if err != nil {
		return err
	}
	shares, err := t.sharesSomething(pid)
	if err != nil {
		return err
	}
	m, err := memberOf(t.tx, pid)
	if err != nil {
		return err
	}
	again := sp.State.Seen.Add(idleAfter)
	if (!g.Nothing() || shares || m.Registered()) && !again.After(t.now) { // they wait to hear of it (guestQuiet, offerDue, ideaOver), or are asked once a year (memberDue)
		again = t.now.Add(idleAfter)
	}
	if again.After(t.now) {
		t.at(again, "idle", pid)
		return nil
	}
	t.eraseQuietly(sp)
	return nil
}

// silent closes an answered inquiry about which nobody said anything for a while.
func (t *turn) silent(pid, iid string) error {
	q, found, err := load[flows.Inquiry](t.tx, keyOf("inquiry", pid, iid))
	if err != nil || !found || !q.Status.Open() {
		return err
	}
	over := q.Changed.Add(silentFor)
	if q.Status == flows.Answered && q.Agenda != flows.Approved && !over.After(t.now) { // what the meeting talks about waits for it
		return t.deskEvent(ref{PID: pid, IID: iid}, flows.DeskInput{Action: flows.ActSilent})
	}
	if !over.After(t.now) {
		over = t.now.Add(silentFor)
	}
	t.at(over, "silent", pid, iid)
	return nil
}

// inquiryOver deletes an inquiry whose time is over, unless it was opened again.
func (t *turn) inquiryOver(pid, iid string) error {
	q, found, err := load[flows.Inquiry](t.tx, keyOf("inquiry", pid, iid))
	if err != nil || !found || q.Status.Open() {
		return err
	}
	if over := q.Changed.Add(inquiryFor); over.After(t.now) {
		t.at(over, "inquiry", pid, iid)
		return nil
	}
	t.newJob(purge{PID: pid, IID: iid, Number: q.Number})
	return nil
}

// sweepSeen drops marks of events that no network tells again, some at a time.
func (t *turn) sweepSeen() error {
	const page = 80 // deletions, below store.MaxWrites
	rows, err := t.tx.Scan("seen/", "", page)
	if err != nil {
		return err
	}
	oldest := "seen/" + stampOf(t.now.Add(-seenFor))
	n := 0
	for _, row := range rows {
		if row.Key < oldest {
			t.tx.Delete(row.Key)
			n++
		}
	}
	pause := time.Hour
	if n == page {
		pause = 0
	}
	t.at(t.now.Add(pause), "seen")
	return nil
}
