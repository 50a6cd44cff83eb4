package bot

import (
	"fmt"
	"strings"

	"lotse/bot/chat"
	"lotse/flows"
)

// fromDesk finds out which inquiry a coordinator means and lets flows decide.
// What is about no inquiry is talk among colleagues and goes nowhere.
func (t *turn) fromDesk() error {
	if done, err := t.deskChooses(); done || err != nil {
		return err
	}
	switch t.ev.Kind {
	case chat.Press:
		return t.deskPress()
	case chat.Command:
		if t.ev.Text == "hilfe" || t.ev.Text == "help" {
			return t.tellHelp()
		}
		if t.ev.Text == "statistik" || t.ev.Text == "stats" {
			return t.askStatistics()
		}
	case chat.Text, chat.Media:
		return t.deskReply()
	case chat.Setup:
		return t.roomFound()
	case chat.Doubtful:
		return t.deskDoubt()
	}
	return nil
}

// deskDoubts say what is wrong with a coordinator's message.
var deskDoubts = map[chat.Doubt]string{
	chat.DoubtKey: "desk.doubt.key", chat.DoubtDevice: "desk.doubt.device", chat.DoubtClear: "desk.doubt.clear",
}

// deskDoubt answers a message that could not be read or trusted.
func (t *turn) deskDoubt() error {
	key := deskDoubts[chat.Doubt(t.ev.Text)]
	if key == "" {
		return nil
	}
	m := t.b.body(t.b.deskLang(), []flows.Text{{Key: key}})
	m.ReplyTo = t.ev.Message
	return t.enqueue(item{To: t.ev.In, Message: m}, talk)
}

// tellDesk writes something into the desk that is about no inquiry.
func (t *turn) tellDesk(texts ...flows.Text) error {
	return t.enqueue(item{To: t.b.cfg.Desk, Message: t.b.body(t.b.deskLang(), texts)}, talk)
}

// tellHelp says what one can do in the room.
func (t *turn) tellHelp() error {
	help := []flows.Text{{Key: "desk.help"}}
	if t.b.listsButtons(t.b.cfg.Desk.Platform) {
		help = append(help, flows.Text{Key: "desk.help.numbers"})
	}
	return t.tellDesk(help...)
}

// deskPress is a button "desk/NUMBER/ACTION" or "desk/NUMBER/ACTION/DRAFT".
func (t *turn) deskPress() error {
	parts := strings.Split(t.ev.Press, "/")
	if len(parts) < 3 || parts[0] != "desk" || len(t.ev.Press) > chat.MaxButtonID {
		return nil
	}
	about, found, err := load[ref](t.tx, keyOf("number", parts[1]))
	if err != nil {
		return err
	}
	if !found { // deleted since
		return t.tellDesk(flows.Text{Key: "desk.gone", Args: []flows.Arg{{Name: "number", Kind: flows.Code, Text: parts[1]}}})
	}
	if len(parts) > 3 {
		about.Draft = parts[3]
	}
	if !pressable[parts[2]] {
		return nil
	}
	return t.deskEvent(about, flows.DeskInput{Action: parts[2]})
}

// pressable are the actions that have buttons; the others happen by themselves.
var pressable = map[string]bool{
	flows.ActClaim: true, flows.ActRelease: true, flows.ActAnswer: true, flows.ActClose: true, flows.ActReopen: true,
	flows.ActSend: true, flows.ActUndo: true, flows.ActChange: true, flows.ActDiscard: true, flows.ActResend: true,
}

// deskReply is a message: about an inquiry only if it explicitly replies to one
// of the bot's messages about it.
func (t *turn) deskReply() error {
	if t.ev.On == "" {
		return nil
	}
	about, err := t.about(t.ev.In, t.ev.On)
	if err != nil {
		return err
	}
	if about.IID == "" {
		if err := t.unsettled(); err != nil {
			return err
		}
		if about, err = t.secondCopy(); err != nil {
			return err
		}
	}
	if t.ev.Album != "" && (about.IID != "" || !t.ev.OnAt.IsZero()) {
		return t.deskPart()
	}
	if about.IID == "" {
		if t.ev.OnAt.IsZero() { // to a colleague
			return nil
		}
		return t.tellDesk(flows.Text{Key: "desk.unknown"})
	}
	if t.ev.Message != "" { // it goes with the inquiry
		save(t.tx, keyOf("post", about.PID, about.IID, "r-"+t.id()), post{To: t.ev.In, Message: t.ev.Message})
	}
	return t.deskEvent(about, flows.DeskInput{Action: flows.ActReply})
}

// secondCopy is what a message of the bot is about that nobody noted, because the
// process died while it was sent: then it stands there twice. Its text says nothing
// (people can write the same), its buttons do: only the bot can make them, and their
// IDs are the stored ones. From now on the copy is known, so that it is deleted with
// the others.
func (t *turn) secondCopy() (ref, error) {
	parts := strings.Split(t.ev.OnButton, "/")
	if t.ev.OnAt.IsZero() || len(parts) < 3 || parts[0] != "desk" || len(t.ev.OnButton) > chat.MaxButtonID {
		return ref{}, nil
	}
	about, _, err := load[ref](t.tx, keyOf("number", parts[1]))
	if err != nil || about.IID == "" {
		return ref{}, err
	}
	q, found, err := load[flows.Inquiry](t.tx, keyOf("inquiry", about.PID, about.IID))
	if err != nil || !found || q.Created.After(t.ev.OnAt.Add(clocksDiffer)) { // the number was given anew
		return ref{}, err
	}
	if len(parts) > 3 {
		about.Draft = parts[3]
	}
	if q.Status == flows.Withdrawn { // its words must not stay there
		return about, t.enqueue(item{Op: opDelete, To: t.ev.In, On: t.ev.On}, push)
	}
	save(t.tx, t.b.sentKey(t.ev.In, t.ev.On), sent{ref: about})
	save(t.tx, keyOf("post", about.PID, about.IID, "m-"+t.id()), post{To: t.ev.In, Message: t.ev.On})
	return about, nil
}

// unsettled is ErrNotYet while a message is on its way to the room that is older
// than the event: the network may show it already and it is not noted here which
// inquiry it is about, which takes long when the process died in between. Nobody
// replies to what a lane in trouble holds back.
func (t *turn) unsettled() error {
	lane := t.b.lane(t.b.cfg.Desk)
	trouble, err := t.tx.Get(keyOf("lane", lane))
	if trouble != nil || err != nil {
		return err
	}
	rows, err := t.tx.Scan(keyOf("out", lane, string(talk))+"/", "", 1) // what is pushed there is no message
	if err != nil || len(rows) == 0 {
		return err
	}
	if parts := strings.Split(rows[0].Key, "/"); len(parts) == 5 && parts[3] < stampOf(t.ev.At.Add(clocksDiffer)) {
		return chat.ErrNotYet
	}
	return nil
}

// deskEvent runs the desk's side of one inquiry and grants its wishes.
func (t *turn) deskEvent(about ref, in flows.DeskInput) error {
	q, found, err := load[flows.Inquiry](t.tx, keyOf("inquiry", about.PID, about.IID))
	if err != nil {
		return err
	}
	if !found {
		if in.Action == flows.ActReply {
			return t.tellDesk(flows.Text{Key: "desk.gone.some"})
		}
		return nil
	}
	asker, err := t.asker(about.PID)
	if err != nil || asker.Person.Erasing {
		return err
	}
	q.Away = asker.Person.Gone // it may have been closed when they left or came back
	if about.Draft != "" {
		if in.Draft, found, err = load[flows.Draft](t.tx, draftKey(about)); err != nil {
			return err
		}
		if !found { // a button of an answer that was discarded and forgotten
			about.Draft = ""
		}
	}
	in.Event, in.Now, in.Undo, in.NewDraft = t.ev, t.now, t.b.cfg.Undo, t.id()[:8]
	in.DeskLang, in.AskerLang = t.b.cfg.DeskLang, q.Lang
	if asker.State.Lang != "" {
		in.AskerLang = asker.State.Lang
	}
	after, draft, effects := flows.Desk(q, in)
	if err := t.firstAnswer(in.Action, &after); err != nil {
		return err
	}
	save(t.tx, keyOf("inquiry", about.PID, about.IID), after)
	if draft.ID != "" {
		about.Draft = draft.ID
		save(t.tx, draftKey(about), draft)
	}
	if after.Status == flows.Closed && q.Status != flows.Closed {
		t.at(t.now.Add(inquiryFor), "inquiry", about.PID, about.IID)
	}
	if err := t.followThread(about.PID, q, after); err != nil {
		return err
	}
	d := deskTurn{turn: t, asker: asker, about: about, inquiry: after, draft: draft, askerLang: in.AskerLang}
	said := asker.Person.Said
	for _, e := range effects {
		if err := d.apply(e); err != nil {
			return err
		}
	}
	if asker.Person.Said != said {
		t.remember(asker)
	}
	return nil
}

// asker is who asked: perhaps the speaker of this turn, who is not saved yet.
func (t *turn) asker(pid string) (*speaker, error) {
	if t.sp != nil && t.sp.PID == pid {
		return t.sp, nil
	}
	r, _, err := load[remembered](t.tx, keyOf("person", pid))
	return r.speaker(pid), err
}

func draftKey(about ref) string { return keyOf("draft", about.PID, about.IID, about.Draft) }

// A deskTurn grants the wishes of the desk's side.
type deskTurn struct {
	*turn
	asker   *speaker
	about   ref
	inquiry flows.Inquiry
	draft   flows.Draft
	// askerLang is the language the asker reads.
	askerLang string
}

func (d deskTurn) apply(e flows.Effect) error {
	switch e := e.(type) {
	case flows.Tell:
		draft := ""
		if strings.HasPrefix(e.Post, "draft/") || strings.HasPrefix(e.Post, "rewrite/") {
			draft = d.about.Draft
		}
		e.Post = strings.ReplaceAll(e.Post, "/", "-")
		return d.tell(d.about.PID, d.inquiry, e, draft)
	case flows.Redraw:
		return d.redraw(d.about.PID, d.inquiry)
	case flows.Notify:
		return d.notify(e)
	case flows.Later:
		d.at(d.draft.Leaves, "leave", d.about.PID, d.about.IID, e.Draft)
		return nil
	case flows.Deliver:
		return d.deliverDraft()
	case flows.React:
		return d.enqueue(item{Op: opReact, To: d.b.cfg.Desk, On: e.Message, Emoji: e.Emoji, Ref: ref{PID: d.about.PID, IID: d.about.IID}}, talk)
	case flows.Keep:
		save(d.tx, keyOf("note", d.about.PID, d.about.IID, d.timed()), entry{At: d.now, By: e.By, Text: e.Note})
		return nil
	}
	panic(fmt.Sprintf("bot: effect %T is not granted in the desk", e)) // unreachable: the list is closed, and a test feeds one of each
}

// notify tells the asker what became of the inquiry.
func (d deskTurn) notify(e flows.Notify) error {
	if d.asker.Person.Gone { // closed the chat, and finds it among their questions
		return nil
	}
	m := d.b.render(d.lang(d.asker), flows.Say{Body: e.Body})
	return d.write(d.asker, item{Message: m, Ref: ref{PID: d.about.PID, IID: d.about.IID}})
}

// deliverDraft queues the answer for the asker. When its last request is
// settled the draft has arrived.
func (d deskTurn) deliverDraft() error {
	lang := d.lang(d.asker)
	files := d.draft.Files
	m := d.b.render(lang, flows.Say{Body: flows.AnswerBody(d.inquiry, d.draft, d.b.cfg.DeskLang, d.askerLang)})
	m.Protect = true
	if err := d.write(d.asker, item{Message: m, Ref: d.about, Last: len(files) == 0, Offers: true}); err != nil {
		return err
	}
	if len(files) == 0 {
		return nil
	}
	m = d.b.body(lang, []flows.Text{sayNumber("answer.file", d.inquiry)})
	m.Files, m.Protect = files, true
	return d.write(d.asker, item{Message: m, Ref: d.about, Last: true})
}

// leave is the end of the time in which an answer could be taken back.
func (t *turn) leave(about ref) error {
	return t.deskEvent(about, flows.DeskInput{Action: flows.ActDue})
}
