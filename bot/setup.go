package bot

import (
	"cmp"
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
	// Out is what the other room was told of: that the bot is out of this one, or may not
	// write there. Mute is since when nothing arrives there, once that was told.
	Out  chat.Lack `json:"out,omitempty"`
	Mute time.Time `json:"mute,omitzero"`
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
	is := was
	is.To, is.Is = d.Address, *now
	is.Is.Place = cmp.Or(now.Place, was.Is.Place)
	if !slices.Contains(now.Lacks, chat.LackEntry) { // from outside nobody sees it
		d.noThreads.Store(!now.Threads) // a refusal says the same, once somebody asks
	}
	if !slices.Equal(was.Is.Lacks, now.Lacks) {
		t.warn("how the desk's room is set up has changed", "platform", d.Platform, "lacks", now.Lacks)
	}
	switch {
	case !found: // it may be a second room, or the first that anybody looked at
		t.at(t.now, "newroom", d.Platform)
	case was.To != is.To || was.Is.Place != "" && was.Is.Place != is.Is.Place:
		is.Said = nil
		t.at(t.now, "cards", d.Platform)
		if was.To == is.To {
			if err := t.tellHere(flows.Text{Key: "desk.room.moved"}); err != nil {
				return err
			}
		}
	case !slices.Equal(was.Is.Lacks, now.Lacks): // perhaps that is what the room waited for
		if err := t.wakeDesk(d); err != nil {
			return err
		}
	}
	if err := t.sayLacks(&is); err != nil {
		return err
	}
	if err := t.sayOut(d, &is); err != nil {
		return err
	}
	save(t.tx, key, is)
	return nil
}

// wakeDesk tries at once what could not be shown.
func (t *turn) wakeDesk(d deskRoom) error {
	lane := t.b.lane(d.Address)
	t.wake = append(t.wake, lane)
	key := keyOf("lane", lane)
	trouble, found, err := load[laneTrouble](t.tx, key)
	if found {
		trouble.Until = time.Time{}
		save(t.tx, key, trouble)
	}
	return err
}

// sayLacks says what is missing, unless that was said or cannot be.
func (t *turn) sayLacks(is *setup) error {
	lacks := is.Is.Lacks
	same := slices.Equal(lacks, is.Said) && (len(lacks) == 0 || t.now.Sub(is.At) < lackedFor)
	if same || slices.Contains(lacks, chat.LackWriting) || slices.Contains(lacks, chat.LackEntry) {
		return nil
	}
	is.Said, is.At = lacks, t.now
	if len(lacks) == 0 {
		return t.tellHere(flows.Text{Key: "desk.room.fine"})
	}
	texts, remedies := []flows.Text{{Key: "desk.room.lacks"}}, []flows.Text{}
	for _, l := range lacks {
		about := lackTexts[l]
		if about.what != "" {
			texts = append(texts, flows.Text{Key: about.what})
		}
		remedy := flows.Text{Key: cmp.Or(about.remedy, "desk.room.admin")}
		if !slices.ContainsFunc(remedies, func(r flows.Text) bool { return r.Key == remedy.Key }) {
			remedies = append(remedies, remedy)
		}
	}
	texts = append(texts, remedies...)
	return t.tellHere(append(texts, flows.Text{Key: "desk.room.who"})...)
}

// lackTexts say what each lack means for the team, and what to do about it if that is
// not to make the bot an administrator. That the bot may not write it cannot write.
var lackTexts = map[chat.Lack]struct{ what, remedy string }{
	chat.LackReading:  {what: "desk.room.reading"},
	chat.LackThreads:  {what: "desk.room.threads"},
	chat.LackDeleting: {what: "desk.room.deleting"},
	chat.LackRoom:     {"desk.room.simple", "desk.room.upgrade"},
	chat.LackSecrecy:  {"desk.room.secrecy", "desk.room.settings"},
	chat.LackDoor:     {"desk.room.door", "desk.room.settings"},
	chat.LackPast:     {"desk.room.past", "desk.room.settings"},
	chat.LackRank:     {"desk.room.rank", "desk.room.settings"},
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
	t.at(t.now, "drafts", d.Platform, pid, q.ID)
	return t.filesIn(d, pid, q, q.Files, questionFiles)
}

// draftsPage is how many drafts of an inquiry are looked at in one transaction.
const draftsPage = 5

// draftsAgain shows in a room of the desk, below the card that was shown again, the
// answers to the inquiry of which somebody has to decide; after is the draft before.
func (t *turn) draftsAgain(network string, about ref, after ...string) error {
	d, ok := t.b.deskOn(network)
	if !ok {
		return nil
	}
	prefix, place := keyOf("draft", about.PID, about.IID)+"/", ""
	if len(after) > 0 {
		place = prefix + after[0]
	}
	rows, err := t.tx.Scan(prefix, place, draftsPage)
	if err != nil {
		return err
	}
	for _, row := range rows {
		about.Draft = strings.TrimPrefix(row.Key, prefix)
		if err := t.draftAgain(d, about); damage(err) { // the others are shown all the same
			t.warn("a draft cannot be shown again", "err", err)
		} else if err != nil {
			return err
		}
	}
	if len(rows) == draftsPage {
		t.at(t.now, "drafts", network, about.PID, about.IID, about.Draft)
	}
	return nil
}

func (t *turn) draftAgain(d deskRoom, about ref) error {
	draft, _, err := load[flows.Draft](t.tx, draftKey(about))
	if err != nil || !draft.Undecided() {
		return err
	}
	key := keyOf("post", about.PID, about.IID, d.in("draft-"+about.Draft))
	old, found, err := load[post](t.tx, key)
	if err != nil {
		return err
	}
	if found && t.b.isDesk(old.To) { // what stands where the room was cannot be changed
		t.tx.Delete(key)
	}
	return t.deskEvent(about, flows.DeskInput{Action: flows.ActAgain})
}
