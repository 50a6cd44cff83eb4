//go:build matrix

package e2e

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// An asker is somebody with a question, on any network.
type asker interface {
	// asks sends a question with a photo about a letter, in Arabic.
	asks(photo []byte)
	// says sends a text, and edits changes it.
	says(words string) (which string)
	edits(which, words string)
	// goes sends a place on the map: somewhere.
	goes()
	// hears waits for words of the bot, sees for a photo, finds for a place.
	hears(words string)
	sees(photo []byte)
	finds()
	// heard says whether the bot has said something by now.
	heard(words string) bool
}

// letter is D5 of the domain study, without templates and translation: the answer to a
// letter in German, for somebody who reads Arabic. Then they send each other what else
// can be sent.
func letter(t *testing.T, rima asker, team *talk) {
	photo := noise(1)
	rima.asks(photo)
	card := team.hears(rimasQuestion)
	shown := team.gets(event.MsgImage)
	if !bytes.Equal(team.Open(shown), photo) {
		t.Error("the photo has changed on its way to the team")
	}
	team.isBelow(card, shown)
	claim := team.React(card, "1️⃣")
	rima.hears("قيد المعالجة")
	team.hears("in Arbeit, bei cora")
	team.Until(team.room, "the tap taken off", redacts(claim, theBot))
	team.InThread(card, "Der Brief ist eine Einladung, oder? @Klein")
	team.Reply(card, "Antworten")
	prompt := team.hears("als Antwort auf diese Nachricht")
	team.Reply(prompt, bergersAnswer)
	draft := team.hears("So kommt die Antwort an")
	if rima.heard("09:30") || rima.heard("Einladung") {
		t.Error("it left the room before it was sent")
	}
	team.React(draft, "1️⃣")
	rima.hears(bergersAnswer)
	team.hears("zugestellt")

	unclear := rima.says("لم أفهم الجملة الثانية.")
	asked := team.hears("الجملة الثانية.")
	team.isBelow(card, asked)
	rima.edits(unclear, "لم أفهم الجملة الأولى.")
	rima.hears("تم التعديل")
	if changed := team.hears("الجملة الأولى."); changed.ID != asked.ID || !strings.Contains(changed.Text(), "Von der Person geändert") {
		t.Errorf("what was changed reads %q", changed.Text())
	}
	team.hears("für cora: Die Person hat ihren Text geändert")

	rima.goes()
	team.isPin(team.gets(event.MsgLocation))
	back := noise(2)
	team.photo(back, card.ID)
	team.Reply(team.hears("So kommt die Antwort an"), "1")
	rima.sees(back)
	team.place("Komm-Haus, Selliner Str. 17", card.ID)
	team.Reply(team.hears("So kommt die Antwort an"), "1")
	rima.finds()
}

// noise is a photo of 2 MB that says nothing about itself.
func noise(seed byte) []byte {
	picture := image.NewGray(image.Rect(0, 0, 1800, 1500))
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(picture.Pix) // never fails
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, &jpeg.Options{Quality: 90}); err != nil || b.Len() < 2_000_000 {
		panic(fmt.Sprint(b.Len(), " bytes: ", err))
	}
	return b.Bytes()
}

// inMatrix is an asker on Matrix.
type inMatrix struct{ *talk }

func (m inMatrix) asks(photo []byte) {
	m.t.Helper()
	m.room = m.DM(theBot)
	m.Until(m.room, "the bot", joins(theBot))
	for _, step := range [][2]string{
		{"مرحبًا", "3️⃣ العربية"}, {"٣", "القائمة"}, {"١", "لمن هذا السؤال"}, {"٤", "ما الموضوع"}, {"۱", "Matrix"}, {"✅", "الرجاء كتابة سؤالك"},
	} {
		m.talk.says(step[0], step[1])
	}
	m.photo(photo, "")
	m.talk.hears("📷")
	m.talk.says(rimasQuestion, "موعد نهائي")
	m.talk.says("١", "رقم السؤال")
}

func (m inMatrix) says(words string) string { m.t.Helper(); return string(m.Say(m.room, words)) }

func (m inMatrix) edits(which, words string) {
	m.t.Helper()
	m.Edit(m.room, id.EventID(which), words)
}

func (m inMatrix) goes() { m.t.Helper(); m.place("", "") }

func (m inMatrix) hears(words string) { m.t.Helper(); m.talk.hears(words) }

func (m inMatrix) sees(photo []byte) {
	m.t.Helper()
	if !bytes.Equal(m.Open(m.gets(event.MsgImage)), photo) {
		m.t.Error("the photo has changed on its way to the asker")
	}
}

func (m inMatrix) finds() { m.t.Helper(); m.isPin(m.gets(event.MsgLocation)) }

func (m inMatrix) heard(words string) bool {
	return strings.Contains(strings.Join(m.told(), "\n"), words)
}
