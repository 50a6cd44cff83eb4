package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// Chats, and what the people in them say. The numbers are invented.
const (
	rima = "[data-testid=phone-rima]"
	alex = "[data-testid=phone-alex]"
	room = "[data-testid=room]"

	rimasQuestion = "وصلتني هذه الرسالة من Jobcenter ولا أفهمها. هل يجب أن أذهب؟"
	bergersAnswer = "Bitte gehen Sie am Mittwoch um 09:30 Uhr hin und nehmen Sie Ihren Ausweis mit. Wir kommen gern mit: +49 341 000 00 00."
)

// thumb says whether a message has got a thumbs up.
const thumb = `(m) => document.querySelector(m + ' .reactions')?.innerText.includes('👍')`

// button names the button of a choice under a bot's messages, like "role/private".
func button(chat, choice string) string {
	return fmt.Sprintf(`%s [data-testid=button]:is([data-button$="/%[2]s"], [data-button*="/%[2]s/"])`, chat, choice)
}

// TestArabicQuestion is the walk of the README: a question with a photo, in
// Arabic on one screen, is answered in German on another.
func TestArabicQuestion(t *testing.T) {
	d := startDemo(t)
	browser := openBrowser(t)
	desk := openPage(browser, t, d, "/?ui=de", desktop())
	phone := openPage(browser, t, d, "/?ui=ar", mobile())
	desk.shoot("01-before")
	phone.press("[data-testid=tab-rima]")
	phone.shoot("01-before")

	phone.press(rima + " [data-testid=start]")
	phone.hears(rima, "bot", "الرجاء اختيار اللغة")
	phone.shoot("02-language")
	phone.press(button(rima, "ar"))
	phone.hears(rima, "bot", "القائمة")
	phone.shoot("03-menu")
	toQuestion(phone, rima)
	phone.shoot("04-question")
	phone.write(rima, rimasQuestion)
	phone.hears(rima, "bot", rimasQuestion)
	photograph(phone, rima)
	phone.shoot("05-draft")
	desk.shoot("05-draft")

	phone.press(button(rima, "soon"))
	sent := phone.hears(rima, "bot", "رقم السؤال")
	number := find[string](phone, "there is a number", `(m) => /\d{5}/.exec(document.querySelector(m).innerText)?.[0]`, sent)
	card := desk.hears(room, "bot", "Sprache: Arabisch")
	desk.hears(room, "bot", "📎")
	desk.until("the photo is shown in the room", `(room) => document.querySelector(room + ' [data-from=bot] .photo img')?.naturalWidth > 0`, room)
	desk.shoot("06-card")
	phone.shoot("06-sent")

	desk.press(button(card, "claim"))
	phone.hears(rima, "bot", "👀")
	desk.until("the card says who has it", `(card) => document.querySelector(card).innerText.includes('Frau Berger')`, card)
	desk.shoot("07-claimed")
	desk.press(card + " [data-testid=reply]")
	desk.write(room, bergersAnswer)
	reply := desk.hears(room, "berger", bergersAnswer)
	preview := desk.hears(room, "bot", "Entwurf zu Fall "+number)
	desk.shoot("08-preview")
	desk.press(button(preview, "send"))
	desk.hears(room, "bot", "Bis dahin")
	desk.shoot("09-leaving")
	desk.press(button(preview, "undo"))
	desk.hears(room, "bot", "Noch nicht gesendet")
	if ask[bool](desk, `() => document.querySelector('`+rima+`').innerText.includes('09:30 Uhr hin')`) {
		t.Error("an answer that was taken back has arrived")
	}
	desk.press(button(preview, "send"))
	desk.press("[data-testid=clock-1m]")
	phone.hears(rima, "bot", "09:30 Uhr hin")
	desk.hears(room, "bot", "zugestellt")
	desk.until("the coordinator's message has a thumb", thumb, reply)
	answer := phone.hears(rima, "bot", bergersAnswer)
	phone.until("the answer reads from right to left", `(m) => {
	  const text = document.querySelector(m + ' .text');
	  return text.dir === 'rtl' && text.lang === 'ar' && getComputedStyle(text).direction === 'rtl';
	}`, answer)
	desk.shoot("10-answered")
	phone.shoot("10-answered")

	desk.resize(1440, 1080)
	oksana, lehmann := "[data-testid=phone-oksana]", "[data-testid=phone-lehmann]"
	desk.press(oksana + " [data-testid=start]")
	desk.press(button(oksana, "uk"))
	desk.press(lehmann + " [data-testid=start]")
	desk.press(button(lehmann, "de"))
	desk.press(button(lehmann, "menu/ask"))
	desk.hears(oksana, "bot", "Меню")
	desk.hears(lehmann, "bot", "Für wen")
	desk.shoot("13-all")
	phone.resize(390, 3200)
	phone.shoot("14-whole-conversation")
	phone.resize(390, 844)

	phone.press(button(rima, "sos"))
	phone.hears(rima, "bot", "116 111")
	phone.shoot("11-emergency")
	phone.press("[data-testid=tab-room]")
	phone.shoot("12-room")
	phone.press("[data-testid=tab-rima]")
	numbersReadLeftToRight(phone, rima, number, "116 016", "0800 111 0 111", "+49 341 000 00 00")
	numbersReadLeftToRight(desk, rima, number, "09:30")
}

// toQuestion goes from the menu to where the question can be written.
func toQuestion(p *page, chat string) {
	p.t.Helper()
	p.press(button(chat, "menu/ask"))
	p.press(button(chat, "role/private"))
	p.press(button(chat, "topic/letter"))
	p.press(button(chat, "consent/yes"))
	p.hears(chat, "bot", "الرجاء كتابة سؤالك")
}

// photograph adds the demo's letter to the question.
func photograph(p *page, chat string) {
	p.t.Helper()
	p.press(chat + " [data-testid=letter]")
	p.hears(chat, "bot", "📷")
}

// answerFromDesk has Frau Berger answer Rima and send that, and returns her message.
func answerFromDesk(desk *page) string {
	desk.t.Helper()
	desk.press(desk.hears(room, "bot", "Sprache: Arabisch") + " [data-testid=reply]")
	desk.until("the answer is a reply", `(s) => document.querySelector(s).checkVisibility()`, room+" .replybar")
	desk.write(room, bergersAnswer)
	desk.press(button(room, "send"))
	desk.hears(room, "bot", "Bis dahin")
	return desk.hears(room, "berger", bergersAnswer)
}

// numbersReadLeftToRight looks where the browser draws every digit in a chat: in
// numbers, times and dates each must stand right of the one before it, whatever
// direction the words around them have. Quotations are other people's words.
func numbersReadLeftToRight(p *page, chat string, want ...string) {
	p.t.Helper()
	type run struct {
		Text  string
		Right bool // in the right order
	}
	runs := ask[[]run](p, `() => {
	  const out = [];
	  for (const text of document.querySelectorAll('`+chat+` [data-from=bot] .text, `+chat+` [data-from=bot] .buttons')) {
	    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
	    while (walker.nextNode()) {
	      const node = walker.currentNode;
	      for (const match of node.data.matchAll(/\+?\d(?:[ .:\/-]?\d)+/g)) {
	        let right = true;
	        let before;
	        for (let i = match.index; i < match.index + match[0].length; i++) {
	          if (node.data[i] === ' ') continue;
	          const range = document.createRange();
	          range.setStart(node, i);
	          range.setEnd(node, i + 1);
	          const box = range.getBoundingClientRect();
	          if (before && box.top === before.top && box.left < before.right - 1) right = false;
	          before = box;
	        }
	        out.push({ Text: match[0], Right: right });
	      }
	    }
	  }
	  return out;
	}`)
	seen := map[string]bool{}
	for _, r := range runs {
		seen[r.Text] = true
		if !r.Right {
			p.t.Errorf("%s: %q is not drawn from left to right", p.screen.name, r.Text)
		}
	}
	for _, text := range want {
		if !seen[text] {
			p.t.Errorf("%s: %q is nowhere in %s; there are %v", p.screen.name, text, chat, runs)
		}
	}
	p.t.Logf("%s: %d numbers looked at", p.screen.name, len(runs))
}

// TestTerminal asks in Arabic through a pipe and gets an answer.
func TestTerminal(t *testing.T) {
	out, err := run(t, build(t), strings.Join([]string{
		"/start",
		"!1", // العربية stands first for somebody who speaks it
		"!1", // ask
		"!4", // for myself
		"!1", // a letter
		"!1", // consent
		"+ photo " + rimasQuestion,
		"!1", // there is a deadline: send
		"desk: !1",
		"desk: re 1 " + bergersAnswer,
		"desk: !1",
		"wait 20s",
		"/quit",
	}, "\n"), "chat", "-lang", "ar")
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, want := range []string{
		"ann < ", "القائمة", rimasQuestion, "desk < ", "Sprache: Arabisch", "{photo ", "ann < ", "✅", "ann < ", "👀",
		"Entwurf zu Fall", "ann < ", "الرد على سؤالك", bergersAnswer, "zugestellt", "desk ^ #3 👍",
	} {
		i := strings.Index(out[at:], want)
		if i < 0 {
			t.Fatalf("no %q after\n%s\nin\n%s", want, out[:at], out)
		}
		at += i
	}
}
