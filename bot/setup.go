package bot

import (
	"slices"
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
)

// A setup is what is known of the desk's room, and what was last said about it there.
type setup struct {
	To   chat.Address  `json:"to"`
	Is   chat.Standing `json:"is"`
	Said []chat.Lack   `json:"said,omitempty"`
	At   time.Time     `json:"at,omitzero"`
}

// lackedFor is after how long the same is said again.
const lackedFor = 7 * 24 * time.Hour

// roomFound is a look at the desk's room: the desk is told once what is missing there
// and who can put it right. A room that took the place of another one is shown every
// open inquiry.
func (t *turn) roomFound() error {
	now := t.ev.Standing
	if now == nil {
		return nil
	}
	key := keyOf("setup", t.ev.In.Platform)
	was, found, err := load[setup](t.tx, key)
	if err != nil {
		return err
	}
	d := t.here()[0]
	is := setup{To: d.Address, Is: *now, Said: was.Said, At: was.At}
	d.noThreads.Store(!now.Threads) // a refusal says the same, once somebody asks
	switch {
	case !found: // it may be a second room, or the first that anybody looked at
		t.at(t.now, "newroom", d.Platform)
	case was.To != is.To || was.Is.Place != now.Place:
		is.Said = nil
		t.at(t.now, "cards", d.Platform)
	case !slices.Equal(was.Is.Lacks, now.Lacks): // perhaps that is what the room waited for
		if err := t.wakeDesk(d); err != nil {
			return err
		}
	}
	if err := t.sayLacks(&is); err != nil {
		return err
	}
	save(t.tx, key, is)
	return nil
}

// wakeDesk tries at once what could not be shown.
func (t *turn) wakeDesk(d deskRoom) error {
	lane := t.b.lane(d.Address)
	t.wake = append(t.wake, lane)
	return t.calm(lane)
}

// sayLacks says what is missing, unless that was said or cannot be.
func (t *turn) sayLacks(is *setup) error {
	lacks := is.Is.Lacks
	same := slices.Equal(lacks, is.Said) && (len(lacks) == 0 || t.now.Sub(is.At) < lackedFor)
	if same || slices.Contains(lacks, chat.LackWriting) {
		return nil
	}
	is.Said, is.At = lacks, t.now
	if len(lacks) == 0 {
		return t.tellHere(flows.Text{Key: "desk.room.fine"})
	}
	texts := []flows.Text{{Key: "desk.room.lacks"}}
	for _, l := range lacks {
		if text, ok := lackTexts[l]; ok {
			texts = append(texts, text)
		}
	}
	if slices.ContainsFunc(lacks, func(l chat.Lack) bool { return l != chat.LackRoom }) {
		texts = append(texts, flows.Text{Key: "desk.room.admin"})
	}
	if slices.Contains(lacks, chat.LackRoom) {
		texts = append(texts, flows.Text{Key: "desk.room.upgrade"})
	}
	return t.tellHere(append(texts, flows.Text{Key: "desk.room.who"})...)
}

// lackTexts say what each lack means for the team. That the bot may not write it
// cannot write.
var lackTexts = map[chat.Lack]flows.Text{
	chat.LackReading:  {Key: "desk.room.reading"},
	chat.LackThreads:  {Key: "desk.room.threads"},
	chat.LackDeleting: {Key: "desk.room.deleting"},
	chat.LackRoom:     {Key: "desk.room.simple"},
}

// cardsPage is how many inquiries are looked at for a new room in one transaction.
// Each that is open costs up to four writes and one for each file (store.MaxWrites).
const cardsPage = 5

// cardsAgain shows every open inquiry in a room of the desk as it does a new one, a page
// at a time: refs are the room's network and the row before. An alarm of kind "newroom"
// leaves out those that stand there already.
func (t *turn) cardsAgain(kind string, refs ...string) error {
	d, ok := t.b.deskOn(refs[0])
	if !ok {
		return nil
	}
	place := ""
	if after := refs[1:]; len(after) > 0 {
		place = keyOf(append([]string{"inquiry"}, after...)...)
	}
	rows, err := t.tx.Scan("inquiry/", place, cardsPage)
	if err != nil {
		return err
	}
	for _, row := range rows {
		var q flows.Inquiry
		if row.Value == nil { // somebody who was erased
			continue
		}
		if err := unpack(row.Key, row.Value, &q); err != nil { // the others are shown all the same
			t.warn("an inquiry cannot be shown again", "err", err)
			continue
		}
		if pid := strings.Split(row.Key, "/")[1]; q.Status.Open() {
			if err := t.cardAgain(d, pid, q, kind == "newroom"); err != nil {
				return err
			}
		}
	}
	if len(rows) == cardsPage {
		t.at(t.now, kind, append(refs[:1:1], strings.Split(rows[len(rows)-1].Key, "/")[1:]...)...)
	}
	return nil
}

func (t *turn) cardAgain(d deskRoom, pid string, q flows.Inquiry, missing bool) error {
	key := keyOf("post", pid, q.ID, d.in(cardPost))
	old, found, err := load[post](t.tx, key)
	if err != nil || found && missing && sameRoom(old.To, d.Address) {
		return err
	}
	if found && t.b.isDesk(old.To) { // else it can still be deleted one day, which tell sees to
		t.tx.Delete(key)
	}
	if err := t.forgetThread(d, pid, q.ID); err != nil {
		return err
	}
	if err := t.openThread(d, pid, q); err != nil {
		return err
	}
	if err := t.tellIn(d, pid, q, flows.Card(q), ""); err != nil {
		return err
	}
	return t.filesIn(d, pid, q, q.Files, questionFiles)
}
