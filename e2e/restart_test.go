package e2e

import (
	"testing"
)

// TestRestart ends the demo as a loss of power would, twice while people talk: the
// page finds back by itself, and nothing is lost or said twice.
func TestRestart(t *testing.T) {
	d := startDemo(t)
	browser := openBrowser(t)
	desk := openPage(browser, t, d, "/?ui=de", desktop())
	phone := openPage(browser, t, d, "/?ui=ar", mobile())
	desk.serverMayGo()
	phone.serverMayGo()
	crash := func(name string) {
		t.Helper()
		d.kill()
		for _, p := range []*page{desk, phone} {
			p.until("the page says that nobody is there", `() => document.querySelector('[data-testid=offline]').textContent !== ''`)
			p.shoot(name)
		}
		d.restart()
		for _, p := range []*page{desk, phone} {
			p.until("the page is back", `() => document.querySelector('[data-testid=offline]').textContent === ''`)
		}
	}

	phone.press("[data-testid=tab-rima]")
	phone.press(rima + " [data-testid=start]")
	phone.press(button(rima, "ar"))
	toQuestion(phone, rima)
	phone.write(rima, rimasQuestion)
	phone.hears(rima, "bot", rimasQuestion)
	crash("30-gone")
	phone.press(button(rima, "soon"))
	phone.hears(rima, "bot", "رقم السؤال")
	reply := answerFromDesk(desk)
	crash("31-gone-before-the-answer")
	desk.press("[data-testid=clock-1m]")
	phone.hears(rima, "bot", bergersAnswer)
	desk.until("the coordinator's message has a thumb", thumb, reply)
	for _, said := range []struct {
		p          *page
		chat, text string
	}{
		{phone, rima, rimasQuestion}, {phone, rima, bergersAnswer}, {desk, room, "Sprache: Arabisch"}, {desk, room, "zugestellt"},
	} {
		n := find[int](said.p, "messages are counted", `(chat, text) =>
		  [...document.querySelectorAll(chat + ' [data-from=bot]')].filter((m) => m.querySelector('.text')?.innerText.includes(text)).length`, said.chat, said.text)
		if n != 1 {
			t.Errorf("%q was said %d times", said.text, n)
		}
	}
}
