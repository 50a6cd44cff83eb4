package bot

import (
	"fmt"
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/store"
)

// Table declares every kind of record. PID is a person's, IID an inquiry's and
// DID a draft's ID: ours, ordered in time, and never a network's. An INDEX is an
// HMAC, the only form in which a network's ID stands in a key.
//
//	meta/…                    schema number, key check, house key
//	key/PID                   the person's key, wrapped
//	who/INDEX                 network and user → PID
//	person/PID                where they are written to, and where the conversation stands
//	held/PID                  what was said before consent
//	album/PID, part/PID       parts of an album that may go on; part/ before consent
//	album/-/INDEX[/parts]     … of a coordinator's
//	page/PID                  the last page they were shown
//	choice/PID                what the last messages to them offer, where there are no buttons
//	wrote/PID/IID/INDEX       message of theirs → what of the inquiry it became
//	consent/PID/TIME          every yes and every withdrawal
//	inquiry/PID/IID           a question and what became of it
//	draft/PID/IID/DID         an answer on its way
//	said/PID/IID/TIME         what the asker added
//	note/PID/IID/TIME         what coordinators noted
//	post/PID/IID/NAME         where a message about the inquiry stands
//	post/-/MID/NAME           … about a meeting, in the desk
//	open/IID                  inquiry that is open → PID, IID
//	number/NNNNN              inquiry's number → PID, IID
//	sent/INDEX                message on a network → what it is about
//	seen/TIME/INDEX           events received
//	out/LANE/CLASS/STAMP/PID  the outbox: one row, one request
//	edit/INDEX                the unsent edit of a message → its row
//	lane/LANE                 a lane in trouble or closed: since when, until when
//	due/TIME/KIND/REF         the alarm clock
//	job/ID                    work outside
//	erasure/ID                what is still to be deleted in rooms, and what cannot be
//	count/MONTH/INDEX         one question, about nobody: topic, language, hours until the answer
//	took/last                 the hours that the last first answers needed
//	meeting/MID               a meeting, as the desk works on it and as people see it
//	guest/PID                 what a person wants of the meetings
//	follow/PID                who may be told something about meetings
//	seats/MID                 sums of what people said about a meeting, about nobody
//	wait/MID/STAMP/PID        the waiting list of a meeting, in its order
//	member/PID                a person's registration
//	joined/FACET/RID          registration with a facet (flows.Facet) → PID, number, facets; joined/count counts them
//	pair/ID                   two organisations that are asked about an exchange, or have one
//	cast/CID                  an announcement to many: what, to how many, how far it is
//	offer/PID                 what a person offers
//	offers/SHARD              offers as a search sees them: numbers, kinds, languages
//	asked/PID/ID              what the desk asked of a person who offers something
//	idea/PID/ID               what a person suggested: a topic, or a project
//	ideas/KIND/ID             suggestion that the desk can decide on → PID
//	topic/ID                  a topic that people vote on, about nobody
//	vote/ID/INDEX             a vote for it; it leads back to nobody
//	project/ID                an idea that everybody may read, about nobody
//	import/ID                 dates of a calendar file, until they are taken over
//	duty/last                 when somebody of the team last did something
//	confirmed/CONTACT         what the desk said about a place where people help
//	checked/pages             which pages somebody of the team stands for, since when
//	links/state               which addresses on pages could not be reached
//	reminded/pages            when the desk is reminded of pages to check
//	survey/CAMPAIGN           what the desk decided about it, and which cells somebody answered
//	reply/PID/CAMPAIGN        what a person said in it and did not send off; then only that they did
//	tally/CAMPAIGN            sums of what was sent off, about nobody
//	opinion/CAMPAIGN/QUESTION/CHANCE  what somebody said in words, of nobody
//	setup/PLATFORM            how the desk's room is set up
//	cursor/PLATFORM           where a network is read on
//	aside/PLATFORM-ID         what a network told and nobody understood
//	damaged/PID/STAMP         rows of the outbox that cannot be read
var Table = store.Table{
	{Name: "meta", Owner: store.Open, About: "Nummer des Schemas, Schlüsselprobe, eingepackter Hausschlüssel."},
	{Name: "key", Owner: store.Open, About: "Der eingepackte Schlüssel der Person. Ohne ihn ist alles andere unlesbar."},
	{Name: "who", Owner: store.House, About: "Von der Kennung im Netz (nur als HMAC) zur inneren Nummer der Person."},
	{Name: "person", Owner: store.Person, At: 1, Keep: idleAfter, Since: "letzter Nachricht, ohne Einwilligung", Export: "person", About: "Die Adresse des Chats, seit wann, ob er geschlossen ist; Sprache, Stelle im Ablauf; nach Einwilligung die Rolle und, einen Tag lang, eine noch nicht gesendete Frage."},
	{Name: "held", Owner: store.Memory, At: 1, Keep: heldFor, Since: "Eingang", About: "Was vor der Einwilligung gesagt wurde; nur im Arbeitsspeicher lesbar."},
	{Name: "part", Owner: store.Memory, At: 1, Keep: heldFor, Since: "Eingang", About: "Bilder, die zusammen gesendet wurden, bis das letzte da ist, vor der Einwilligung; nur im Arbeitsspeicher lesbar."},
	{Name: "album", Owner: store.Person, At: 1, Keep: albumPause, Since: "Eingang", About: "Bilder, die zusammen gesendet wurden, bis das letzte da ist."},
	{Name: "page", Owner: store.Person, At: 1, About: "Welche Nachricht des Menüs zuletzt kam, damit sie geändert und nicht wiederholt wird."},
	{Name: "choice", Owner: store.Person, At: 1, About: "Was die letzten Nachrichten zur Auswahl stellten, damit eine Zahl verstanden wird, wo es keine Knöpfe gibt."},
	{Name: "wrote", Owner: store.Person, At: 1, Keep: inquiryFor, Since: "Abschluss", About: "Zu welcher Frage eine Nachricht gehört, damit sie auch beim Team gelöscht wird, wenn die Person sie löscht."},
	{Name: "consent", Owner: store.Person, At: 1, Export: "consents", About: "Jede Einwilligung und jeder Widerruf: Fassung, Sprache, Zeit, Weg, Prüfsumme des Textes."},
	{Name: "inquiry", Owner: store.Person, At: 1, Keep: inquiryFor, Since: "Abschluss", Export: "inquiries", About: "Die Frage mit Nummer, Thema, Rolle, Text, Anhängen, Stand."},
	{Name: "draft", Owner: store.Person, At: 1, Keep: inquiryFor, Since: "Abschluss", Export: "answers_received", About: "Antworten des Teams."},
	{Name: "said", Owner: store.Person, At: 1, Keep: inquiryFor, Since: "Abschluss", Export: "additions", About: "Was zu einer Frage ergänzt wurde."},
	{Name: "note", Owner: store.Person, At: 1, Keep: inquiryFor, Since: "Abschluss", Export: "notes", About: "Notizen des Teams zu einer Frage."},
	{Name: "post", Owner: store.Person, At: 1, Keep: inquiryFor, Since: "Abschluss", About: "Wo Nachrichten zu einer Frage stehen, damit sie dort gelöscht werden können."},
	{Name: "open", Owner: store.House, About: "Welche Fragen offen sind oder auf der Tagesordnung stehen."},
	{Name: "number", Owner: store.House, About: "Von der Nummer einer Frage zur Frage."},
	{Name: "sent", Owner: store.House, About: "Von einer gesendeten Nachricht (nur als HMAC) zur Frage, um die es geht."},
	{Name: "seen", Owner: store.Open, Keep: seenFor, Since: "Eingang", About: "Welche Ereignisse schon da waren (nur als HMAC)."},
	{Name: "out", Owner: store.Person, At: 4, About: "Was noch zu senden ist."},
	{Name: "edit", Owner: store.House, About: "Von einer Nachricht zu ihrer noch nicht gesendeten Änderung."},
	{Name: "lane", Owner: store.House, About: "Ein Chat, der gerade nicht erreichbar ist."},
	{Name: "due", Owner: store.House, About: "Was wann zu tun ist."},
	{Name: "job", Owner: store.House, About: "Arbeit, die außerhalb der Datenbank getan wird, ohne Inhalte."},
	{Name: "erasure", Owner: store.House, About: "Was in Räumen noch zu löschen ist und wie viel sich nicht löschen lässt, ohne Inhalte; bis zur Bestätigung die Adresse dafür."},
	{Name: "count", Owner: store.House, About: "Für die Statistik, ohne Bezug zu einer Person: Monat, Thema und Sprache einer Frage, nach wie vielen Stunden die erste Antwort kam und ob rechtzeitig. Gezeigt wird nur, was fünfmal vorkommt."},
	{Name: "took", Owner: store.House, About: "Wie viele Stunden die letzten ersten Antworten brauchten, um neuen Fragen ein Datum nennen zu können."},
	{Name: "aside", Owner: store.Memory, At: 1, Keep: heldFor, Since: "Eingang", About: "Was ein Netz gemeldet hat und nicht zu lesen war; nur im Arbeitsspeicher lesbar."},
	{Name: "meeting", Owner: store.House, Keep: meetingFor, Since: "Ende des Treffens", About: "Ein Treffen: Zeit, Ort, Thema, Unterlagen; über niemanden."},
	{Name: "guest", Owner: store.Person, At: 1, Export: "meetings", About: "Erinnerungen und Zusagen: zu welchen Treffen, mit wie vielen Menschen, mit welchem Bedarf. Angaben zu einem Treffen bleiben bis 14 Tage danach."},
	{Name: "follow", Owner: store.House, About: "Wer an Treffen erinnert werden will."},
	{Name: "seats", Owner: store.House, Keep: meetingFor, Since: "Ende des Treffens", About: "Summen der Zusagen zu einem Treffen, ohne Personen."},
	{Name: "wait", Owner: store.House, About: "Die Warteliste eines Treffens."},
	{Name: "member", Owner: store.Person, At: 1, Export: "registration", About: "Die Anmeldung: als Person oder Name der Einrichtung, Kontaktweg, Themen, Sprachen, Pause, Wunsch nach Austausch; bis zur Abmeldung, mit Nachfrage einmal im Jahr."},
	{Name: "joined", Owner: store.House, About: "Womit das Team Anmeldungen findet: Thema, Sprache, Stand und Wörter aus dem Namen einer Einrichtung (nur als HMAC); und wie viele es sind."},
	{Name: "pair", Owner: store.House, About: "Zwei angemeldete Einrichtungen, die zu einem Austausch gefragt sind oder ihn haben, ohne Namen; bis eine ihn beendet."},
	{Name: "cast", Owner: store.House, Keep: castFor, Since: "Frage an das Team", About: "Eine Nachricht an viele: was, an wie viele, wie weit; über niemanden."},
	{Name: "offer", Owner: store.Person, At: 1, Keep: offerFor, Since: "Angabe oder Bestätigung", Export: "offer", About: "Was die Person anbietet: Art, Sprachen, Zeiten, ein Satz dazu; Telefon oder E-Mail nur, wenn sie es so will."},
	{Name: "offers", Owner: store.House, Keep: offerFor, Since: "Angabe oder Bestätigung", About: "Zum Suchen: Nummern der Angebote mit Art und Sprachen, ohne Personen."},
	{Name: "asked", Owner: store.Person, At: 1, Keep: requestFor, Since: "letzter Änderung", Export: "requests", About: "Womit das Team die Person angefragt hat, und ihre Antwort."},
	{Name: "idea", Owner: store.Person, At: 1, Keep: suggestFor, Since: "Vorschlag", Export: "suggestions", About: "Vorgeschlagene Themen und Projektideen mit ihrem Stand."},
	{Name: "ideas", Owner: store.House, Keep: suggestFor, Since: "Vorschlag", About: "Welche Vorschläge das Team entscheiden kann."},
	{Name: "topic", Owner: store.House, Keep: suggestFor, Since: "Aufnahme", About: "Ein Thema, über das abgestimmt wird, mit der Zahl der Stimmen; über niemanden."},
	{Name: "vote", Owner: store.House, Keep: suggestFor, Since: "Aufnahme des Themas", About: "Dass es eine Stimme gibt (nur als HMAC, je Thema ein anderer), damit niemand zweimal abstimmt; nicht, von wem."},
	{Name: "project", Owner: store.House, Keep: suggestFor, Since: "Vorschlag", About: "Eine Projektidee, die alle lesen können; ohne Person."},
	{Name: "import", Owner: store.House, Keep: importFor, Since: "Eingang", About: "Termine aus einer Kalenderdatei, die jemand vom Team in den Raum gesendet hat, bis sie übernommen sind; ohne die Personen, die darin stehen."},
	{Name: "duty", Owner: store.House, About: "Wann zuletzt jemand vom Team etwas getan hat, nicht wer."},
	{Name: "confirmed", Owner: store.House, About: "Ob das Team eine Anlaufstelle bestätigt hat und wann, nicht wer."},
	{Name: "checked", Owner: store.House, About: "Welche Seite jemand vom Team gelesen und bestätigt hat, in welcher Sprache, wann, und wie das Team die Person nennt."},
	{Name: "links", Owner: store.House, About: "Welche Adressen im Internet, auf die Seiten und Unterlagen verweisen, zuletzt nicht zu erreichen waren."},
	{Name: "reminded", Owner: store.House, About: "Wann das Team daran erinnert wird, Seiten zu prüfen."},
	{Name: "survey", Owner: store.House, Keep: opinionsFor, Since: "Ende der Befragung", About: "Ob das Team eine Befragung geöffnet hat, und welche Antworten schon jemand gewählt hat, nicht wer und wie oft."},
	{Name: "reply", Owner: store.Person, At: 1, Export: "questionnaires", About: "Antworten in einer Befragung, die noch nicht abgesendet sind; danach nur, dass die Person teilgenommen hat. Beides bis zum Ende der Befragung."},
	{Name: "tally", Owner: store.House, About: "Summen der abgesendeten Antworten einer Befragung, ohne Personen und ohne Zeiten. Gezeigt wird nur, was fünfmal vorkommt."},
	{Name: "opinion", Owner: store.House, Keep: opinionsFor, Since: "Ende der Befragung", About: "Was jemand in einer Befragung mit eigenen Worten geantwortet hat: ohne Person, ohne Zeit und ohne die anderen Antworten, unter einem zufälligen Schlüssel."},
	{Name: "setup", Owner: store.House, About: "Was dem Bot im Raum des Teams fehlt und wann er es dort gesagt hat."},
	{Name: "damaged", Owner: store.Person, At: 1, Keep: damagedFor, Since: "Fund", About: "Zeilen des Postausgangs, die nicht zu lesen sind, für die Fehlersuche."},
	{Name: "cursor", Owner: store.House, About: "Bis wohin ein Netz gelesen ist."},
}

// How long things are kept.
const (
	heldFor    = time.Hour            // what precedes consent (DESIGN §3)
	answersFor = 24 * time.Hour       // a question that was not sent (domain §5.2)
	idleAfter  = 30 * 24 * time.Hour  // a person without consent who does nothing
	inquiryFor = 30 * 24 * time.Hour  // an inquiry after its end: what consent promises
	silentFor  = 14 * 24 * time.Hour  // an answered inquiry stays open without a word (domain §5.2)
	seenFor    = 7 * 24 * time.Hour   // marks against receiving an event twice
	damagedFor = 30 * 24 * time.Hour  // what cannot be read
	deadAfter  = 24 * time.Hour       // of trying to reach a person
	meetingFor = 366 * 24 * time.Hour // a meeting after its end (domain §7.4)
	attendFor  = 14 * 24 * time.Hour  // what somebody said about a meeting, after its end (domain §5.2)
	quietFor   = 365 * 24 * time.Hour // reminders of somebody who does nothing, until they are asked (domain §5.2)
	undoFor    = 24 * time.Hour       // the end of all reminders can be taken back
	castFor    = 90 * 24 * time.Hour  // an announcement, after the desk was asked
	offerFor   = 366 * 24 * time.Hour // an offer, after it was made or confirmed (domain §5.2)
	suggestFor = 366 * 24 * time.Hour // a suggestion, and a topic that people vote on
	goneFor    = 30 * 24 * time.Hour  // everything about a person who closed the chat (domain D10)
)

// A person is somebody who writes to the bot.
type person struct {
	Address chat.Address `json:"to"`
	Index   string       `json:"who"` // of the row that leads here
	Hint    string       `json:"hint,omitempty"`
	Since   time.Time    `json:"since"`
	Gone    bool         `json:"gone,omitempty"`    // closed the chat
	Left    time.Time    `json:"left,omitzero"`     // when they did
	Back    bool         `json:"back,omitempty"`    // opened it again, and did nothing since
	Erasing bool         `json:"erasing,omitempty"` // asked for everything to be deleted
	Asked   bool         `json:"asked,omitempty"`   // there may be inquiries
	Until   time.Time    `json:"until,omitzero"`    // when answers that are not sent are forgotten
	Album   *heldAlbum   `json:"album,omitempty"`   // whose parts are kept
	Said    int          `json:"said,omitempty"`    // messages queued for them so far
}

// remembered is the row of a person.
type remembered struct {
	Person person      `json:"p"`
	State  flows.State `json:"s"`
	// Answers are those of a question that was not sent yet, once there is consent.
	Answers flows.Answers `json:"a,omitzero"`
}

// A consentRecord proves what was agreed to (Art. 7(1) GDPR).
type consentRecord struct {
	Version string        `json:"v"`
	For     flows.Purpose `json:"for,omitempty"`
	Given   bool          `json:"given"` // false: withdrawn
	Lang    string        `json:"lang"`
	Channel string        `json:"channel"`
	At      time.Time     `json:"at"`
	Hash    string        `json:"sha256,omitempty"` // of the text as shown
}

// A ref says what a message is about; the zero ref is about nothing.
type ref struct {
	PID   string `json:"p,omitempty"`
	IID   string `json:"i,omitempty"`
	Draft string `json:"d,omitempty"`
	// Of a message about a meeting: which, and which of its fields a reply is for, as it
	// was at Base (flows.Planning.Version).
	Meeting string `json:"m,omitempty"`
	Field   string `json:"f,omitempty"`
	Base    int    `json:"b,omitempty"`
	Cast    string `json:"c,omitempty"` // the announcement that it belongs to
	Given   string `json:"g,omitempty"` // what the person gave: offerID, or the ID of a suggestion
	Member  string `json:"r,omitempty"` // the registration that it is about, as inquiries are by IID
}

// home is where it is noted where messages about it stand: with a person's inquiry or what
// else they gave, with their registration, or with a meeting, which is nobody's.
func (r ref) home() (pid, id string) {
	switch {
	case r.Given != "":
		return r.PID, r.Given
	case r.IID == "" && r.Meeting != "":
		return store.Nobody, r.Meeting
	case r.IID == "":
		return r.PID, r.Member
	}
	return r.PID, r.IID
}

// A post is where a message about an inquiry or a meeting stands. Message is "" until the
// network has taken it.
type post struct {
	To      chat.Address `json:"to"`
	Message string       `json:"m,omitempty"`
	At      time.Time    `json:"at,omitzero"` // when it was written
	// File says that it is more than words, Sign that it is a reaction, Desk that it stands
	// in a room of the desk, perhaps one that is none any more.
	File bool `json:"file,omitempty"`
	Sign bool `json:"sign,omitempty"`
	Desk bool `json:"desk,omitempty"`
}

// A page is a message that another page may replace, as long as nothing else was
// said to the person: then Said is still theirs.
type page struct {
	post
	Said int `json:"said"`
}

// An entry is something said or noted about an inquiry.
type entry struct {
	At    time.Time   `json:"at"`
	By    string      `json:"by,omitempty"`
	Name  string      `json:"name,omitempty"` // what colleagues call them
	Text  string      `json:"text,omitempty"`
	Files []chat.File `json:"files,omitempty"`
	Parts flows.Parts `json:"parts,omitempty"`
}

func keyOf(parts ...string) string { return strings.Join(parts, "/") }

// stampOf is a time in a key: microseconds, ordered as text until the year 10889.
func stampOf(t time.Time) string { return fmt.Sprintf("%0*x", stampLength, t.UnixMicro()) }

const stampLength = 14

// inquiries are a person's, oldest first.
func inquiries(r store.Reader, pid string) ([]flows.Inquiry, error) {
	rows, err := r.Scan(keyOf("inquiry", pid)+"/", "", maxInquiries)
	if err != nil {
		return nil, err
	}
	out := make([]flows.Inquiry, 0, len(rows))
	for _, row := range rows {
		var q flows.Inquiry
		if row.Value == nil {
			continue
		}
		if err := unpack(row.Key, row.Value, &q); err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

// maxInquiries is how many inquiries of one person are looked at: three can be
// open at once, and ended ones are gone after a month.
const maxInquiries = 30
