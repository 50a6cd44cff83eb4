package bot

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"lotse/flows"
	"lotse/locales"
)

// openAtOnce is how many open inquiries are looked at for a list: a transaction is
// bounded (store.MaxReads), and each is a row, an inquiry and the key of a person.
const openAtOnce = 25

// The lists of what is open. Their order is that in which they are looked at: whatever
// does not fit is less urgent.
const (
	openSoon    = "0" // it is the desk's turn, and there is a deadline of days
	openWaiting = "1" // it is the desk's turn
	openRest    = "2"
	openMeeting = "m" // it is on its way to the meeting, or there; beside one of the others
)

// openLists are the lists on which an inquiry stands.
func openLists(q flows.Inquiry) (lists []string) {
	switch {
	case q.Status.Waits() && q.Deadline == "soon":
		lists = append(lists, openSoon)
	case q.Status.Waits():
		lists = append(lists, openWaiting)
	case q.Status.Open():
		lists = append(lists, openRest)
	}
	if q.Agenda == flows.Approved || q.Status.Open() && (q.Agenda == flows.Wished || q.Agenda == flows.Proposed) {
		lists = append(lists, openMeeting)
	}
	return lists
}

// saveInquiry writes an inquiry, and on which lists it stands.
func (t *turn) saveInquiry(pid string, q flows.Inquiry) {
	save(t.tx, keyOf("inquiry", pid, q.ID), q)
	on := openLists(q)
	for _, list := range []string{openSoon, openWaiting, openRest, openMeeting} {
		if slices.Contains(on, list) {
			save(t.tx, keyOf("open", list, q.ID), ref{PID: pid, IID: q.ID})
		} else {
			t.tx.Delete(keyOf("open", list, q.ID))
		}
	}
}

// overview lists the open inquiries for whoever asked.
func (t *turn) overview() error { return t.overviewFrom(0) }

// overviewFrom goes on with that list, after so many.
func (t *turn) overviewFrom(n int) error {
	var all []flows.Inquiry
	more := false
	for _, list := range []string{openSoon, openWaiting, openRest} {
		some, others, err := t.listed(list, openAtOnce-len(all))
		if err != nil {
			return err
		}
		all, more = append(all, some...), more || others
	}
	return t.offerHere(flows.Overview(all, n, more, t.now))
}

// agendas lists what the next meeting is to talk about.
func (t *turn) agendas() error {
	all, _, err := t.listed(openMeeting, openAtOnce)
	if err != nil {
		return err
	}
	return t.offerHere(flows.Agendas(all))
}

// listed are the inquiries on a list, the oldest first and so many at most; more says
// that there can be others.
func (t *turn) listed(list string, most int) (all []flows.Inquiry, more bool, err error) {
	if most <= 0 {
		return nil, true, nil
	}
	rows, err := t.tx.Scan(keyOf("open", list)+"/", "", most)
	if err != nil {
		return nil, false, err
	}
	for _, row := range rows {
		var about ref
		if err := unpack(row.Key, row.Value, &about); err != nil {
			return nil, false, err
		}
		q, found, err := load[flows.Inquiry](t.tx, keyOf("inquiry", about.PID, about.IID))
		if err != nil {
			return nil, false, err
		}
		if !found { // its asker was erased
			t.tx.Delete(row.Key)
			continue
		}
		all = append(all, q)
	}
	return all, len(rows) == most, nil
}

// oneInquiry shows the inquiry whose number stands behind the command, or all.
func (t *turn) oneInquiry() error {
	word, _, _ := strings.Cut(strings.TrimSpace(t.ev.Args), " ")
	n, ok := locales.ParseNumber(word)
	if !ok {
		return t.overview()
	}
	number := strconv.Itoa(n)
	about, found, err := load[ref](t.tx, keyOf("number", number))
	if err != nil {
		return err
	}
	if about.Given == offerID {
		_, o, err := t.offerNumbered(number)
		if err != nil {
			return err
		}
		return t.offerHere(flows.OffersTell([]flows.Offer{o}, 0, nil))
	}
	if !found {
		return t.tellHere(flows.Text{Key: "desk.gone", Args: []flows.Arg{{Name: "number", Kind: flows.Code, Text: number}}})
	}
	if about.Member != "" {
		return t.showHere(about)
	}
	return t.deskEvent(about, flows.DeskInput{Action: flows.ActShow})
}

// storyOfEach is how many rows of a kind a story tells.
const storyOfEach = 20

// story is what was said about an inquiry, oldest first.
func (t *turn) story(about ref) (all []flows.Told, err error) {
	err = eachOf(t, about, "said", func(e entry) {
		all = append(all, flows.Told{At: e.At, Kind: flows.ToldAdded, Text: e.Text, Files: len(e.Files)})
	})
	if err == nil {
		err = eachOf(t, about, "note", func(e entry) {
			all = append(all, flows.Told{At: e.At, Kind: flows.ToldNote, Name: e.Name, Text: e.Text})
		})
	}
	if err == nil {
		err = eachOf(t, about, "draft", func(d flows.Draft) {
			if d.Kind != flows.Proposal && (d.Status == flows.Sent || d.Status == flows.Delivered) { // what is proposed is no answer
				all = append(all, flows.Told{At: d.Changed, Kind: flows.ToldAnswer, Name: d.ByName, Text: d.Text, Files: len(d.Files)})
			}
		})
	}
	slices.SortStableFunc(all, func(a, b flows.Told) int { return a.At.Compare(b.At) })
	return all, err
}

// eachOf reads the first rows of a kind about an inquiry.
func eachOf[T any](t *turn, about ref, kind string, f func(T)) error {
	rows, err := t.tx.Scan(keyOf(kind, about.PID, about.IID)+"/", "", storyOfEach)
	if err != nil {
		return err
	}
	for _, row := range rows {
		var v T
		if row.Value == nil {
			continue
		}
		if err := unpack(row.Key, row.Value, &v); err != nil {
			return err
		}
		f(v)
	}
	return nil
}

// waits sets the alarm that reminds the desk of an inquiry that it is their turn with:
// the first working morning after it, or after the day that was announced.
func (t *turn) waits(pid string, before, after flows.Inquiry) {
	if !after.Status.Waits() || before.Status.Waits() {
		return
	}
	from := t.now
	if after.Deadline != "soon" && after.Promised.After(from) {
		from = after.Promised
	}
	t.nudgeAfter(from, pid, after.ID)
}

func (t *turn) nudgeAfter(from time.Time, pid, iid string) {
	if next, ok := t.b.lists.calendar.NextMorning(from); ok {
		t.at(next, "nudge", pid, iid)
	}
}

// nudge reminds the desk each working morning of who waits.
func (t *turn) nudge(pid, iid string) error {
	q, found, err := load[flows.Inquiry](t.tx, keyOf("inquiry", pid, iid))
	if err != nil || !found || !q.Status.Waits() {
		return err
	}
	if decent := t.b.lists.calendar.Decent(t.now); decent.After(t.now) { // the bot was not there in time
		t.at(decent, "nudge", pid, iid)
		return nil
	}
	t.nudgeAfter(t.now, pid, iid)
	return t.deskEvent(ref{PID: pid, IID: iid}, flows.DeskInput{Action: flows.ActNudge})
}
