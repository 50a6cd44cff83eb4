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
// bounded (store.MaxReads), and the oldest come first.
const openAtOnce = 45

// saveInquiry writes an inquiry, and whether it is among the open ones.
func (t *turn) saveInquiry(pid string, q flows.Inquiry) {
	save(t.tx, keyOf("inquiry", pid, q.ID), q)
	if q.Status.Open() || q.Agenda == flows.Approved {
		save(t.tx, keyOf("open", q.ID), ref{PID: pid, IID: q.ID})
	} else {
		t.tx.Delete(keyOf("open", q.ID))
	}
}

// overview lists the open inquiries for whoever asked.
func (t *turn) overview() error {
	all, more, err := t.current()
	if err != nil {
		return err
	}
	open := slices.DeleteFunc(all, func(q flows.Inquiry) bool { return !q.Status.Open() })
	return t.offerHere(flows.Overview(open, more, t.now))
}

// agendas lists what the next meeting is to talk about.
func (t *turn) agendas() error {
	all, _, err := t.current()
	if err != nil {
		return err
	}
	return t.offerHere(flows.Agendas(all))
}

// current are the inquiries that something is still to be done about, the oldest first;
// more says that there are others.
func (t *turn) current() (all []flows.Inquiry, more bool, err error) {
	rows, err := t.tx.Scan("open/", "", openAtOnce)
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
	return all, len(rows) == openAtOnce, nil
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
	if !found {
		return t.tellHere(flows.Text{Key: "desk.gone", Args: []flows.Arg{{Name: "number", Kind: flows.Code, Text: number}}})
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
