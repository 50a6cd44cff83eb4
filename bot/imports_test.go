package bot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lotse/bot/calendar"
	"lotse/bot/chat"
	"lotse/flows"
)

// sendsCalendar lets a coordinator send a calendar file into the room.
func (w *world) sendsCalendar(c *courier, raw string) {
	w.t.Helper()
	name := fmt.Sprint("calendar-", len(c.there))
	c.there[name] = []byte(raw)
	ev := chat.Event{Kind: chat.Media, From: "cora", Name: "Cora", In: theDesk, Files: []chat.File{{
		Kind: chat.Document, Platform: c.name, Ref: name, Name: "Kalender.ICS", Size: int64(len(raw)),
	}}}
	ev.Message = c.add(theDesk.Room, chat.Message{})
	w.receive(ev)
	w.settle()
}

// lastInDesk is the newest message in the room.
func (w *world) lastInDesk() chat.Message {
	m := w.net.rooms["desk"].messages
	return m[len(m)-1]
}

func event(lines ...string) string {
	return "BEGIN:VEVENT\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\n"
}

func file(events ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n" + strings.Join(events, "") + "END:VCALENDAR\r\n"
}

// A file is compared, and what is taken over changes the draft only.
func TestImport(t *testing.T) {
	w, c := couriers(t)
	w.bot.cfg.Lang = "" // real words
	one := event("UID:u1@office", "SUMMARY:Netzwerk im März", "DTSTART:20270311T150000Z", "DTEND:20270311T170000Z",
		"LOCATION:Stadtteilladen\\, Beispielweg 2", "DESCRIPTION:Worum es geht", "ORGANIZER;CN=Erika Muster:mailto:erika@example.org", "ATTENDEE:mailto:max@example.org")
	w.sendsCalendar(c, file(one,
		event("UID:u2", "SUMMARY:Jede Woche", "DTSTART:20270311T150000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY"),
		event("UID:u3", "SUMMARY:Lange her", "DTSTART:20200311T150000Z", "DURATION:PT1H"),
		event("UID:u4", "SUMMARY:Abgesagt und unbekannt", "DTSTART:20270311T150000Z", "DURATION:PT1H", "STATUS:CANCELLED")))
	said := w.lastInDesk()
	for _, want := range []string{"2 Termine", "🆕 Netzwerk im März", "Donnerstag, 11.03.2027, 16:00", "Stadtteilladen, Beispielweg 2", "Worum es geht", "Jede Woche (Serientermin)"} {
		if !strings.Contains(said.Text, want) {
			t.Errorf("the room does not read %q in\n%s", want, said.Text)
		}
	}
	for _, not := range []string{"Lange her", "unbekannt", "Muster", "example.org"} {
		if strings.Contains(said.Text, not) {
			t.Errorf("the room reads %q", not)
		}
	}
	if n := len(said.Buttons); n != 1 {
		t.Fatalf("%d buttons", n)
	}
	if len(w.rowsOf("meeting")) != 0 || len(w.rowsOf("job")) != 0 {
		t.Error("something was done that nobody asked for")
	}
	button := said.Buttons[0][0].ID
	if len(button) > chat.MaxButtonID {
		t.Errorf("%d bytes", len(button))
	}
	w.do("cora @desk ! 1")
	all := w.meetings()
	if len(all) != 1 || all[0].Live != nil {
		t.Fatalf("%+v", all)
	}
	p := all[0]
	if p.Work.Words["de"].Title != "Netzwerk im März" || p.Work.Words["de"].About != "Worum es geht" || p.Work.Venue.Name != "Stadtteilladen" || p.Work.Venue.Street != "Beispielweg 2" ||
		!p.Work.Start.Equal(time.Date(2027, 3, 11, 15, 0, 0, 0, time.UTC)) || p.Version != len(p.Was) || len(p.Was) != 4 || // each field can be undone
		p.Touched["when"].By != "Cora" || p.Source != "u1@office" {
		t.Errorf("%+v", p)
	}
	if got := w.get("/termine").Body.String(); strings.Contains(got, "Netzwerk im März") {
		t.Error("it is published by itself")
	}
	w.do("cora @desk ! 1") // the same button again
	if len(w.meetings()) != 1 || !strings.Contains(w.lastInDesk().Text, "schon übernommen") {
		t.Errorf("taken twice: %s", w.lastInDesk().Text)
	}

	w.sendsCalendar(c, file(one))
	if said := w.lastInDesk(); !strings.Contains(said.Text, "Unverändert") || len(said.Buttons) > 0 {
		t.Errorf("the same file: %s", said.Text)
	}
	moved := strings.NewReplacer("20270311", "20270312", "Stadtteilladen", "Bibliothek", "im März", "im Frühling", "Worum es geht", "Worum es jetzt geht").Replace(one)
	w.sendsCalendar(c, file(moved))
	for _, want := range []string{"Geändert: Netzwerk im Frühling", "Bisher: Donnerstag, 11.03.2027, 16:00", "Neu: Freitag, 12.03.2027, 16:00", "Titel bisher: Netzwerk im März", "Ort bisher: Stadtteilladen", "Ort neu: Bibliothek", "Worum es jetzt geht"} {
		if said := w.lastInDesk().Text; !strings.Contains(said, want) {
			t.Errorf("the room does not read %q in\n%s", want, said)
		}
	}

	// A colleague edits it meanwhile: nothing is overwritten.
	p.Work.Speaker, p.Version = "Frau Beispiel", p.Version+1
	w.keeps(p)
	w.do("cora @desk ! 1")
	if got := w.meetings()[0]; !strings.Contains(w.lastInDesk().Text, "seit dem Vergleich geändert") || got.Work.Venue.Name != "Stadtteilladen" {
		t.Errorf("%s\n%+v", w.lastInDesk().Text, got)
	}
	w.sendsCalendar(c, file(moved, strings.Replace(moved, "u1@office", "u9", 1)))
	w.do("cora @desk ! 1")
	if got := w.meetings(); len(got) != 1 || got[0].Work.Venue.Name != "Bibliothek" || got[0].Work.Speaker != "Frau Beispiel" || got[0].Version != p.Version+4 || got[0].Touched["venue"].Version <= p.Version {
		t.Errorf("%+v", got)
	}
	w.do("wait 169h")
	if left := w.rowsOf("import"); len(left) > 0 {
		t.Errorf("kept for ever: %v", left)
	}
}

// meetings are all that are kept.
func (w *world) meetings() (all []flows.Planning) {
	w.t.Helper()
	err := w.bot.transact(w.t.Context(), "look", func(t *turn) (err error) {
		all, err = plannings(t.tx)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// Our own calendar comes back as it left, in every state.
func TestImportOfOurOwn(t *testing.T) {
	w, c := couriers(t)
	w.bot.cfg.Lang = "" // real words
	live := w.plans(planned("0006481e15bd40001a2b3c", w.now.AddDate(0, 0, 14)))
	w.sendsCalendar(c, w.get("/termine/netzwerk.ics?lang=de").Body.String())
	if said := w.lastInDesk(); !strings.Contains(said.Text, "Unverändert: Wohnen") || len(said.Buttons) > 0 {
		t.Errorf("%s", said.Text)
	}
	w.sendsCalendar(c, strings.Replace(w.get("/termine/netzwerk.ics?lang=de").Body.String(), "STATUS:CONFIRMED", "STATUS:CANCELLED", 1))
	if said := w.lastInDesk(); !strings.Contains(said.Text, "Fällt nach der Datei aus") || len(said.Buttons) != 1 {
		t.Fatalf("%s", said.Text)
	}
	w.do("cora @desk ! 1")
	got := w.meetings()[0]
	if !got.Work.Cancelled || got.Live.Cancelled || got.Work.Venue != live.Work.Venue || got.NewsOf() != flows.NewsCancelled {
		t.Errorf("%+v", got)
	}
	w.plans(got)
	w.sendsCalendar(c, w.get("/termine/netzwerk.ics?lang=de").Body.String())
	if said := w.lastInDesk(); !strings.Contains(said.Text, "Unverändert: Wohnen") {
		t.Errorf("%s", said.Text)
	}
}

func TestBadImports(t *testing.T) {
	w, c := couriers(t)
	w.bot.cfg.Lang = "" // real words
	for raw, want := range map[string]string{
		"hello":                                 "nicht zu lesen",
		file():                                  "kein Termin",
		strings.Repeat("x", calendar.MaxFile+1): "zu groß",
		file(strings.Repeat(event("UID:x", "SUMMARY:x"), 501)): "zu groß",
	} {
		w.sendsCalendar(c, raw)
		if said := w.lastInDesk().Text; !strings.Contains(said, want) {
			t.Errorf("%.40q: %s", raw, said)
		}
	}
	var many []string
	for i := range 30 {
		many = append(many, event(fmt.Sprint("UID:", i), fmt.Sprint("SUMMARY:Nummer ", i), fmt.Sprintf("DTSTART:202703%02dT150000Z", i%28+1), "DURATION:PT1H"))
	}
	w.sendsCalendar(c, file(many...))
	if said := w.lastInDesk(); !strings.Contains(said.Text, "20 weitere Termine") || len(said.Buttons) != 10 {
		t.Errorf("%d buttons: %s", len(said.Buttons), said.Text)
	}
	for _, press := range []string{"ical/x/1", "ical//", "ical/" + strings.Repeat("9", 22) + "/-1", "ical/"} {
		w.receive(chat.Event{Kind: chat.Press, From: "cora", Name: "Cora", In: theDesk, Press: press, On: "1"})
		w.settle()
	}
	if len(w.meetings()) != 0 {
		t.Error("a button that is none made a meeting")
	}
	for i := range flows.MaxMeetings {
		w.keeps(planned(fmt.Sprintf("%022d", i), w.now.AddDate(0, 0, 7)))
	}
	w.do("cora @desk ! 1")
	if said := w.lastInDesk().Text; !strings.Contains(said, "40 Treffen") {
		t.Error(said)
	}
	// A file that answers a question is an answer.
	w.ask("ann", "My question.")
	before := len(w.net.rooms["desk"].messages)
	w.sends(c, "cora", "An answer.", chat.File{Kind: chat.Document, Ref: "a", Name: "termin.ics"}, []byte(file()))
	if said := w.lastInDesk().Text; len(w.net.rooms["desk"].messages) == before || strings.Contains(said, "Kalenderdatei") {
		t.Error(said)
	}
	// People send files to ask something.
	w.sends(c, "ann", "My file.", chat.File{Kind: chat.Document, Ref: "b", Name: "termin.ics"}, []byte(file(many...)))
	for _, m := range w.net.rooms["desk"].messages[before:] {
		if strings.Contains(m.Text, "Kalenderdatei") {
			t.Errorf("ann imports: %s", m.Text)
		}
	}
}
