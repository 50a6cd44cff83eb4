//go:build botapi

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The program against an emulator of the Bot API that checks every request and
// keeps Telegram's limits:
//
//	LOTSE_BOTAPI=path/to/emulator go test -tags botapi -run Telegram .
//
// Without the variable it is looked for beside the repository.

const (
	chatOfRima = 4711
	chatOfDesk = -1000000009001
	berger     = 99
)

func TestTelegram(t *testing.T) {
	p := buildPrograms(t)
	for _, test := range []struct {
		name string
		do   func(*testing.T, programs)
	}{
		// The longest first: most of the time they wait, for limits and for who tries again.
		{"faults", faults},
		{"faults around a topic", topicFaults},
		{"twenty kills", kills},
		{"a push beside a plain group", func(t *testing.T, p programs) { push(t, p, plain) }},
		{"a push beside a forum", func(t *testing.T, p programs) { push(t, p, forum) }},
		{"a burst in a plain group", func(t *testing.T, p programs) { burst(t, p, plain) }},
		{"a burst in a forum", func(t *testing.T, p programs) { burst(t, p, forum) }},
		{"a storm of faults", storm},
		{"a group that moves", migration},
		{"somebody who closes the chat", blocked},
		{"topics that are deleted", lostTopics},
		{"everything deleted in a plain group", func(t *testing.T, p programs) { erasing(t, p, plain) }},
		{"everything deleted in a forum", func(t *testing.T, p programs) { erasing(t, p, forum) }},
		{"a walk with a plain group", func(t *testing.T, p programs) { walk(t, p, plain) }},
		{"a walk with a forum", func(t *testing.T, p programs) { walk(t, p, forum) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.do(t, p)
		})
	}
}

// walk is a letter with a photo, asked in Arabic, claimed and answered in German, and
// an answer to somebody who has blocked the bot.
func walk(t *testing.T, p programs, desk kind) {
	b := startBotAPI(t, p, desk)
	b.do("users", fmt.Sprintf(`{"id":%d,"first_name":"Rima","language_code":"ar"}`, chatOfRima), nil)
	b.lotse.start()

	b.asksWithPhoto(`{"type":"photo","size":2000}`)
	card := b.hears(chatOfDesk, rimasQuestion)
	if (card.Thread != 0) != (desk == forum) {
		t.Errorf("the card is in topic %d", card.Thread)
	}
	b.answers(card)
	b.hears(chatOfRima, bergersAnswer)
	b.do("block", fmt.Sprintf(`{"user":%d}`, chatOfRima), nil)
	b.hears(chatOfDesk, "Die Person hat den Chat geschlossen")

	doctor, err := b.lotse.command("doctor").CombinedOutput()
	if err != nil {
		t.Errorf("the doctor: %v: %s", err, doctor)
	}
	b.quiet(2 * time.Second)
	b.lotse.stop()
	for _, said := range []string{b.lotse.said.String(), string(doctor)} {
		if _, secret, _ := strings.Cut(b.token, ":"); strings.Contains(said, secret) || strings.Contains(said, rimasQuestion) {
			t.Errorf("it tells what nobody may know: %s", said)
		}
	}
	var menus []struct{}
	if b.do("requests?method=setMyCommands", "", &menus); len(menus) != 6 {
		t.Errorf("%d menus are set, want those of four languages, of everybody else and of the room", len(menus))
	}
	b.isContent()
}

func (b *botAPI) asksWithPhoto(photo string) {
	b.t.Helper()
	b.do("send", fmt.Sprintf(`{"from":%d,"start":"poster"}`, chatOfRima), nil)
	for _, step := range [][2]string{
		{"الرجاء اختيار اللغة", "language/pick/ar"}, {"القائمة", "menu/menu/ask"}, {"لمن هذا السؤال", "ask/role/private"},
		{"ما الموضوع", "ask/topic/letter"}, {"تيليجرام ليس مشفرًا", "ask/consent/yes"},
	} {
		b.hears(chatOfRima, step[0])
		b.press(chatOfRima, chatOfRima, "data", step[1])
	}
	b.hears(chatOfRima, "الرجاء كتابة سؤالك")
	b.do("send", fmt.Sprintf(`{"from":%d,"media":%s,"caption":%q}`, chatOfRima, photo, rimasQuestion), nil)
	b.hears(chatOfRima, "📷")
	b.press(chatOfRima, chatOfRima, "data", "ask/preview/soon")
	b.hears(chatOfRima, "رقم السؤال")
}

// answers claims the question, talks about it, and answers.
func (b *botAPI) answers(card message) {
	b.t.Helper()
	b.hears(chatOfDesk, "📎 Anhang zu Fall")
	var photos []struct{ Params map[string]string }
	if b.do("requests?method=sendPhoto", "", &photos); len(photos) != 1 || photos[0].Params["protect_content"] != "true" {
		b.t.Errorf("the photo is shown as %+v", photos)
	}
	b.press(chatOfDesk, berger, "label", "Ich übernehme")
	b.deskSays("Der Brief ist eine Einladung, oder?", card.Thread, 0)
	b.deskSays(bergersAnswer, card.Thread, card.ID)
	b.hears(chatOfDesk, bergersAnswer)
	for _, s := range b.said(chatOfRima) {
		if strings.Contains(s.Message.Text, bergersAnswer) || strings.Contains(s.Message.Text, "Einladung") {
			b.t.Errorf("it left the room before it was sent: %q", s.Message.Text)
		}
	}
	b.press(chatOfDesk, berger, "label", "Senden")
}
