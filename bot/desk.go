package bot

import (
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
)

// fromDesk finds out which inquiry a coordinator means and lets flows decide.
// What is about no inquiry is talk among colleagues and goes nowhere.
func (t *turn) fromDesk() error {
	if err := t.noticed(); err != nil {
		return err
	}
	if done, err := t.deskChooses(); done || err != nil {
		return err
	}
	switch t.ev.Kind {
	case chat.Press:
		return t.deskPress()
	case chat.Command:
		if do := roomCommands[t.ev.Text]; do != nil {
			return do(t)
		}
	case chat.Text, chat.Media:
		if done, err := t.deskImports(); done || err != nil {
			return err
		}
		return t.deskReply()
	case chat.Edit:
		return t.deskChanged(flows.ActEdited)
	case chat.Delete:
		return t.deskChanged(flows.ActUnsaid)
	case chat.Setup:
		return t.roomFound()
	case chat.Doubtful:
		return t.deskDoubt()
	}
	return nil
}

// roomCommands are what coordinators can type, with their English names.
var roomCommands = map[string]func(*turn) error{
	"hilfe": (*turn).tellHelp, "help": (*turn).tellHelp,
	"offen": (*turn).overview, "open": (*turn).overview,
	"fall": (*turn).oneInquiry, "case": (*turn).oneInquiry,
	"themen": (*turn).showTopics, "topics": (*turn).showTopics,
	"ressourcen": (*turn).searchOffers, "offers": (*turn).searchOffers,
	"ideen": (*turn).showIdeas, "ideas": (*turn).showIdeas,
	"treffen": (*turn).meetings, "meetings": (*turn).meetings,
	"anmeldungen": (*turn).members, "members": (*turn).members,
	"kontakte": (*turn).showContacts, "contacts": (*turn).showContacts,
	"statistik": (*turn).askStatistics, "stats": (*turn).askStatistics,
	"fragebogen": (*turn).showSurveys, "survey": (*turn).showSurveys,
	"bausteine": (*turn).browse, "templates": (*turn).browse,
	"seiten": (*turn).listPages, "pages": (*turn).listPages,
	"neuladen": (*turn).askReload, "reload": (*turn).askReload,
}

// deskChanged is about a message of a coordinator that became a draft.
func (t *turn) deskChanged(action string) error {
	about, _, err := load[ref](t.tx, t.b.besideKey(t.ev.In, t.ev.On))
	if err != nil || about.Draft == "" {
		return err
	}
	return t.deskEvent(about, flows.DeskInput{Action: action})
}

// deskDoubts say what is wrong with a coordinator's message.
var deskDoubts = map[chat.Doubt]string{
	chat.DoubtKey: "desk.doubt.key", chat.DoubtDevice: "desk.doubt.device", chat.DoubtClear: "desk.doubt.clear",
	chat.DoubtLost: "desk.doubt.lost",
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

// tellDesk writes something into every room of the desk that is about no inquiry.
func (t *turn) tellDesk(texts ...flows.Text) error { return t.tellRooms(t.b.desks, texts) }

// tellHere writes into the room of the desk in which this turn's event happened.
func (t *turn) tellHere(texts ...flows.Text) error { return t.tellRooms(t.here(), texts) }

func (t *turn) tellRooms(rooms []deskRoom, texts []flows.Text) error {
	for _, d := range rooms {
		if err := t.enqueue(item{To: d.Address, Message: t.b.body(t.b.deskLang(), texts)}, talk); err != nil {
			return err
		}
	}
	return nil
}

// tellHelp says what one can do in the room.
func (t *turn) tellHelp() error {
	help := []flows.Text{
		{Key: "desk.help"},
		{Key: "desk.help.templates", Args: []flows.Arg{{Name: "command", Kind: flows.Code, Text: t.b.typed(t.ev.In.Platform, "bausteine")}}},
		{Key: "desk.help.lists", Args: []flows.Arg{
			{Name: "open", Kind: flows.Code, Text: t.b.typed(t.ev.In.Platform, "offen")},
			{Name: "case", Kind: flows.Code, Text: t.b.typed(t.ev.In.Platform, "fall")},
			{Name: "topics", Kind: flows.Code, Text: t.b.typed(t.ev.In.Platform, "themen")},
		}},
		{Key: "desk.help.meetings", Args: []flows.Arg{{Name: "command", Kind: flows.Code, Text: t.b.typed(t.ev.In.Platform, "treffen")}}},
		{Key: "desk.help.contacts", Args: []flows.Arg{{Name: "command", Kind: flows.Code, Text: t.b.typed(t.ev.In.Platform, "kontakte")}}},
		{Key: "desk.help.pages", Args: []flows.Arg{{Name: "command", Kind: flows.Code, Text: t.b.typed(t.ev.In.Platform, "seiten")}}},
		{Key: "desk.help.reload", Args: []flows.Arg{{Name: "command", Kind: flows.Code, Text: t.b.typed(t.ev.In.Platform, "neuladen")}}},
		{Key: "desk.help.surveys", Args: []flows.Arg{{Name: "command", Kind: flows.Code, Text: t.b.typed(t.ev.In.Platform, "fragebogen")}}},
		{Key: "desk.help.offers", Args: []flows.Arg{
			{Name: "offers", Kind: flows.Code, Text: t.b.typed(t.ev.In.Platform, "ressourcen")},
			{Name: "ideas", Kind: flows.Code, Text: t.b.typed(t.ev.In.Platform, "ideen")},
		}},
		{Key: "desk.help.members", Args: []flows.Arg{{Name: "command", Kind: flows.Code, Text: t.b.typed(t.ev.In.Platform, "anmeldungen")}}},
		{Key: "desk.help.statistics", Args: []flows.Arg{{Name: "command", Kind: flows.Code, Text: t.b.typed(t.ev.In.Platform, "statistik")}}},
	}
	if t.b.listsButtons(t.ev.In.Platform) {
		help = append(help, flows.Text{Key: "desk.help.numbers"})
	}
	return t.tellHere(help...)
}

// deskPress is a button "desk/NUMBER/ACTION", "desk/NUMBER/ACTION/DRAFT" or
// "desk/NUMBER/ACTION/DRAFT/PICK", where PICK is what is chosen, or which words are
// sent; about no inquiry it is "desk/-/ACTION//PICK".
func (t *turn) deskPress() error {
	if button, ok := strings.CutPrefix(t.ev.Press, "ical/"); ok {
		return t.takeImport(button)
	}
	parts := strings.Split(t.ev.Press, "/")
	if len(parts) < 3 || len(t.ev.Press) > chat.MaxButtonID {
		return nil
	}
	switch parts[0] {
	case "cast":
		return t.castPress(parts)
	case "contact":
		return t.contactPress(parts)
	case "page":
		return t.pagePress(parts)
	case "meet":
		return t.planPress(parts)
	case "survey":
		return t.surveyPress(parts)
	case "offer":
		return t.offerPress(parts)
	case "topic", "idea":
		return t.suggestPress(parts)
	case "member":
		return t.memberPress(parts)
	case "desk":
	default:
		return nil
	}
	how := flows.Templating{Pick: strings.Join(parts[min(4, len(parts)):], "/")}
	if parts[1] == "-" {
		return t.leaf(parts[2], how)
	}
	about, found, err := load[ref](t.tx, keyOf("number", parts[1]))
	if err != nil {
		return err
	}
	if !found || about.Given != "" { // deleted since
		return t.tellHere(flows.Text{Key: "desk.gone", Args: []flows.Arg{{Name: "number", Kind: flows.Code, Text: parts[1]}}})
	}
	if len(parts) > 3 {
		about.Draft = parts[3]
	}
	if !pressable[parts[2]] {
		return nil
	}
	return t.deskEvent(about, flows.DeskInput{Action: parts[2], Templating: how, Above: how.Pick})
}

// pressable are the actions that have buttons; the others happen by themselves.
var pressable = map[string]bool{
	flows.ActClaim: true, flows.ActRelease: true, flows.ActAnswer: true, flows.ActClose: true, flows.ActReopen: true,
	flows.ActSend: true, flows.ActUndo: true, flows.ActChange: true, flows.ActDiscard: true, flows.ActResend: true,
	flows.ActBrowse: true, flows.ActUse: true,
	flows.ActTakeover: true, flows.ActHandover: true, flows.ActSure: true, flows.ActAddition: true,
	flows.ActShow: true, flows.ActPropose: true, flows.ActResult: true, flows.ActCorrect: true, flows.ActRecall: true, flows.ActRecalled: true,
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
	if about.IID == "" && about.Meeting == "" && about.Given == "" && about.Member == "" {
		if err := t.unsettled(); err != nil {
			return err
		}
		if about, err = t.secondCopy(); err != nil {
			return err
		}
	}
	switch {
	case about.Meeting != "":
		return t.planReply(about)
	case about.Member != "":
		return t.memberReply()
	}
	if about.Given != "" {
		return t.givenReply(about)
	}
	if t.ev.Album != "" && (about.IID != "" || !t.ev.OnAt.IsZero()) {
		return t.deskPart()
	}
	if about.IID == "" {
		if t.ev.OnAt.IsZero() { // to a colleague
			return nil
		}
		return t.tellHere(flows.Text{Key: "desk.unknown"})
	}
	if t.ev.Message != "" { // it goes with the inquiry
		t.noteBeside(about)
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
	if t.ev.OnAt.IsZero() || len(parts) < 3 || len(t.ev.OnButton) > chat.MaxButtonID {
		return ref{}, nil
	}
	switch parts[0] {
	case "meet":
		return planCopy(parts), nil
	case "member":
		return t.memberCopy(parts[1])
	case "desk":
	default:
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
		return about, t.enqueue(item{Op: opDelete, To: t.ev.In, On: t.ev.On, Trace: trace{Own: true}}, push)
	}
	save(t.tx, t.b.sentKey(t.ev.In, t.ev.On), sent{ref: about})
	save(t.tx, keyOf("post", about.PID, about.IID, "m-"+t.id()), post{To: t.ev.In, Message: t.ev.On, At: t.ev.OnAt, Desk: true})
	return about, nil
}

// unsettled is ErrNotYet while a message is on its way to the room that is older
// than the event: the network may show it already and it is not noted here which
// inquiry it is about, which takes long when the process died in between. Nobody
// replies to what a lane in trouble holds back.
func (t *turn) unsettled() error {
	lane := t.b.lane(t.here()[0].Address)
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
			return t.tellHere(flows.Text{Key: "desk.gone.some"})
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
	in.Event, in.Now, in.Undo, in.Idle, in.NewDraft = t.ev, t.now, t.b.cfg.Undo, t.b.cfg.Idle, t.id()[:8]
	if in.Action == flows.ActShow {
		if in.Story, err = t.story(about); err != nil {
			return err
		}
	}
	if releases[in.Action] {
		if err := t.lookUp(&in, about, q); err != nil {
			return err
		}
	}
	in.DeskLang, in.AskerLang = t.b.cfg.DeskLang, q.Lang
	if asker.State.Lang != "" {
		in.AskerLang = asker.State.Lang
	}
	in.Templating, in.Draft.Filled = t.templating(in.Templating), t.b.lists.known(in.Draft.Filled)
	if in.Contacts, err = t.b.contactsOf(t.tx); err != nil {
		return err
	}
	after, draft, effects := flows.Desk(q, in)
	if err := t.firstAnswer(in, &after); err != nil {
		return err
	}
	t.saveInquiry(about.PID, after)
	if draft.ID != "" {
		about.Draft = draft.ID
		save(t.tx, draftKey(about), draft)
		t.follow(in, about, draft)
	}
	t.watchOwner(about.PID, q, after)
	t.waits(about.PID, q, after)
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

// releases are the actions by which an answer may leave.
var releases = map[string]bool{flows.ActSend: true, flows.ActSure: true, flows.ActAddition: true, flows.ActDue: true}

// lookUp finds what may speak against sending a draft.
func (t *turn) lookUp(in *flows.DeskInput, about ref, q flows.Inquiry) (err error) {
	if q.Last != "" {
		if in.Last, _, err = load[flows.Draft](t.tx, draftKey(ref{PID: about.PID, IID: about.IID, Draft: q.Last})); err != nil {
			return err
		}
	}
	for _, number := range flows.NumbersIn(in.Draft.Text) {
		other, err := t.tx.Get(keyOf("number", number))
		if err != nil {
			return err
		}
		if other != nil && number != q.Number {
			in.Others = append(in.Others, number)
		}
	}
	return nil
}

// follow notes which draft a coordinator's message became, for the day they change or
// delete it.
func (t *turn) follow(in flows.DeskInput, about ref, draft flows.Draft) {
	if draft.Message != "" && draft.Message != in.Draft.Message || draft.ID != in.Draft.ID {
		if d, ok := t.b.deskOn(draft.On); ok && draft.Message != "" {
			save(t.tx, t.b.besideKey(d.Address, draft.Message), about)
		}
	}
}

// watchOwner sets the alarm that frees an inquiry whose owner does nothing.
func (t *turn) watchOwner(pid string, before, after flows.Inquiry) {
	if t.b.cfg.Idle <= 0 || after.Status != flows.Claimed || after.Owner == "" {
		return
	}
	if before.Status != flows.Claimed || before.Owner != after.Owner {
		t.at(after.Active.Add(t.b.cfg.Idle).Truncate(time.Microsecond).Add(time.Microsecond), "owner", pid, after.ID)
	}
}

// ownerIdle frees an inquiry, or looks again when its owner could have been idle for
// long enough.
func (t *turn) ownerIdle(pid, iid string) error {
	q, found, err := load[flows.Inquiry](t.tx, keyOf("inquiry", pid, iid))
	if err != nil || !found || q.Status != flows.Claimed || q.Owner == "" {
		return err
	}
	if again := q.Active.Add(t.b.cfg.Idle); again.After(t.now) {
		t.at(again.Truncate(time.Microsecond).Add(time.Microsecond), "owner", pid, iid)
		return nil
	}
	return t.deskEvent(ref{PID: pid, IID: iid}, flows.DeskInput{Action: flows.ActIdle})
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

// leave is the end of the time in which an answer could be taken back.
func (t *turn) leave(about ref) error {
	return t.deskEvent(about, flows.DeskInput{Action: flows.ActDue})
}
