package main

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"lotse/bot/platformtest"
	"lotse/locales"
)

func TestRun(t *testing.T) {
	platformtest.Loopback(t)
	inFolder(t, nil)
	a := newAPI(t)
	_, stop := a.start(a.settings())
	a.say(asker, "/start", 0)
	a.until(asker, "the choice of languages or the menu", func(p posted) bool { return len(p.buttons) > 2 })
	for _, id := range []string{"language/pick/ar", "menu/menu/ask", "ask/role/private", "ask/topic/housing"} {
		a.press(asker, id)
	}
	a.until(asker, "what Telegram means for consent", hasText("تيليجرام"))
	a.press(asker, "ask/consent/yes")
	a.until(asker, "the question", func(p posted) bool { return slices.Contains(p.buttons, "nav/back") && len(p.buttons) == 3 })
	a.say(asker, question, 0)
	a.press(asker, "ask/preview/send")
	card := a.until(team, "the card", hasText(question))
	if strings.Contains(card.text, "Rima") || strings.Contains(card.text, "4711004711") {
		t.Errorf("the card tells who asks: %q", card.text)
	}
	a.say(team, reply, card.id)
	a.press(team, "send")
	last := a.until(asker, "the answer", hasText(reply))
	a.wait("the profile", func() bool { return a.set["Commands"+`{"chat_id":-1001234,"type":"chat"}`] != nil })
	if got := stop(); strings.Contains(got, canary) || strings.Contains(got, question) || strings.Contains(got, "4711004711") {
		t.Errorf("the log tells what nobody may know: %s", got)
	}

	// The next start finds the profile as it is, and goes on where it was.
	set := len(a.made("setMy"))
	if set < 3*5+5+1 {
		t.Errorf("the profile took only %d requests", set)
	}
	asked := len(a.made("getMyCommands"))
	_, stop = a.start(a.settings(), "run")
	a.wait("the profile again", func() bool { return len(a.begins("getMyCommands")) == 2*asked })
	a.say(asker, "/mine", 0)
	a.until(asker, "another answer", func(p posted) bool { return p.id > last.id })
	stop()
	if now := len(a.made("setMy")); now != set {
		t.Errorf("the same profile is set again: %d times", now-set)
	}
}

func TestWebhook(t *testing.T) {
	platformtest.Loopback(t)
	inFolder(t, nil)
	a := newAPI(t)
	out, stop := a.start(a.settings("LOTSE_TELEGRAM_WEBHOOK=on", "LOTSE_PUBLIC_URL=https://lotse.example/"), "run")
	a.wait("the webhook", func() bool { return a.hook != nil })
	if got := a.hook.Get("url"); got != "https://lotse.example/telegram" {
		t.Errorf("the webhook is at %q", got)
	}
	base := "http://" + regexp.MustCompile(`"listen":"([^"]*)"`).FindStringSubmatch(out.text())[1]
	deliver := func(secret string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+webhookPath, strings.NewReader(a.say(asker, "/start", 0)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
		r, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		return r.StatusCode
	}
	if code := deliver("wrong"); code != http.StatusForbidden {
		t.Errorf("a stranger is answered with %d", code)
	}
	if code := deliver(a.hook.Get("secret_token")); code != http.StatusOK {
		t.Errorf("Telegram is answered with %d", code)
	}
	a.until(asker, "an answer", func(p posted) bool { return len(p.buttons) > 0 })
	r, err := http.Get(base + "/healthz")
	if err != nil || r.StatusCode != http.StatusOK {
		t.Errorf("health: %v %v", r, err)
	}
	r.Body.Close()
	if got := stop(); strings.Contains(got, a.hook.Get("secret_token")) {
		t.Error("the log tells the webhook's secret")
	}
	if n := len(a.made("getUpdates")); n != 0 {
		t.Errorf("it asks all the same, %d times", n)
	}
}

func TestTroubleIsSaid(t *testing.T) {
	platformtest.Loopback(t)
	for name, c := range map[string]struct {
		begins, ends func(*api)
		says         string
	}{
		"a second bot":     {func(a *api) { a.rival = true }, func(a *api) { a.rival = false }, "a second bot runs with the same token: stop one of them"},
		"an unknown token": {func(a *api) { a.deaf = true }, func(a *api) { a.deaf = false }, "get the valid one from @BotFather and set LOTSE_TELEGRAM_TOKEN"},
	} {
		t.Run(name, func(t *testing.T) {
			inFolder(t, nil)
			a := newAPI(t)
			c.begins(a)
			out, stop := a.start(a.settings(), "run")
			out.until(t, c.says)
			health := func() (int, string) {
				r, err := http.Get("http://" + regexp.MustCompile(`"listen":"([^"]*)"`).FindStringSubmatch(out.until(t, `"listen"`))[1] + "/healthz")
				if err != nil {
					t.Fatal(err)
				}
				defer r.Body.Close()
				said, err := io.ReadAll(r.Body)
				if err != nil {
					t.Fatal(err)
				}
				return r.StatusCode, string(said)
			}
			if code, said := health(); code != http.StatusServiceUnavailable || !strings.Contains(said, c.says) {
				t.Errorf("/healthz says %d %s", code, said)
			}
			a.mu.Lock()
			c.ends(a)
			a.mu.Unlock()
			a.say(asker, "/start", 0)
			a.until(asker, "an answer", func(p posted) bool { return len(p.buttons) > 0 })
			if got := stop(); strings.Count(got, c.says) != 1 || strings.Contains(got, canary) {
				t.Errorf("the log says %s", got)
			}
		})
	}
}

func TestRightsAreExplained(t *testing.T) {
	platformtest.Loopback(t)
	inFolder(t, nil)
	a := newAPI(t)
	a.member = true
	_, stop := a.start(a.settings(), "run")
	said := a.until(team, "what is missing", hasText("In dieser Gruppe fehlt Lotse etwas."))
	for _, words := range []string{"auf seine Nachrichten antwortet", "darf nichts löschen", "„Administratoren“", "wer die Gruppe verwaltet"} {
		if !strings.Contains(said.text, words) {
			t.Errorf("it does not say %q: %s", words, said.text)
		}
	}
	stop()
	_, stop = a.start(a.settings(), "run") // does not say it again
	a.mu.Lock()
	a.member = false
	a.mu.Unlock()
	a.tell(`"my_chat_member":{"chat":{"id":-1001234,"type":"supergroup"},"from":{"id":99},"date":%d,"old_chat_member":{"status":"member"},"new_chat_member":{"status":"administrator"}}`, time.Now().Unix())
	a.until(team, "thanks", hasText("Jetzt fehlt Lotse hier nichts mehr."))
	stop()
	if len(a.posts) != 2 {
		t.Errorf("it says %+v", a.posts)
	}
}

func TestDoctor(t *testing.T) {
	platformtest.Loopback(t)
	inFolder(t, nil)
	a := newAPI(t)
	check := func(code int, environ []string, says ...string) {
		t.Helper()
		got := lotse(t, "", environ, "doctor")
		if got.code != code || strings.Contains(got.out+got.err, canary) || (strings.Contains("\n"+got.out, "\nerror ") != (code == 1)) {
			t.Errorf("%+v", got)
		}
		for _, words := range says {
			if !strings.Contains(got.out, words) {
				t.Errorf("it does not say %q: %s", words, got.out)
			}
		}
	}
	check(0, a.settings(), "warn   Es gibt noch keine Daten", "warn   Nur zum Ausprobieren", "ok     Telegram kennt den Bot @lotse_bot.", "ok     Gruppe -1001234: in Ordnung")
	check(1, nil, "error  Es ist kein Netz eingerichtet")
	check(1, a.settings("LOTSE_TEST=0"), "LOTSE_CONTROLLER, LOTSE_CONTACT, LOTSE_DPO, LOTSE_HOSTER, LOTSE_ORGANISATIONS")
	check(1, a.settings("LOTSE_DESKS="), "error  Es gibt keinen Raum für das Team", "ok     Telegram kennt")
	check(1, a.settings("LOTSE_TELEGRAM_WEBHOOK=on"), "error  LOTSE_TELEGRAM_WEBHOOK ist on")
	check(1, a.settings("LOTSE_TELEGRAM_API=http://127.0.0.1:1"), "error  Der Server http://127.0.0.1:1 antwortet nicht")
	a.deaf = true
	check(1, a.settings(), "error  Telegram kennt dieses Token nicht")
	if n := len(a.made("getUpdates")) + len(a.made("set")); n != 0 {
		t.Errorf("it is not only looked: %v", a.calls)
	}
}

func TestRunRefuses(t *testing.T) {
	platformtest.Loopback(t)
	inFolder(t, nil)
	a := newAPI(t)
	for _, test := range []struct {
		environ []string
		says    string
	}{
		{a.settings("LOTSE_TEST=0", "LOTSE_DPO=Frau Weber"), "set LOTSE_CONTROLLER, LOTSE_CONTACT, LOTSE_HOSTER, LOTSE_ORGANISATIONS, or LOTSE_TEST=1"},
		{a.settings("LOTSE_DESKS="), "LOTSE_DESKS"},
		{a.settings("LOTSE_TELEGRAM_WEBHOOK=on"), "LOTSE_PUBLIC_URL"},
	} {
		got := lotse(t, "", test.environ, "run")
		if got.code != 1 || !strings.Contains(got.err, test.says) || strings.Count(got.err, "\n") != 1 || strings.Contains(got.err, canary) {
			t.Errorf("%+v, want %q", got, test.says)
		}
	}
	if got := lotse(t, "", a.settings(), "config"); !strings.Contains(got.out, "LOTSE_TELEGRAM_TOKEN       (hidden)") || strings.Contains(got.out, canary) {
		t.Errorf("%+v", got)
	}
	if len(a.calls) != 0 {
		t.Errorf("it asks Telegram all the same: %v", a.calls)
	}
}

func TestProfile(t *testing.T) {
	words, err := locales.Load(locales.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	p := profileOf(words, "de")
	for limit, texts := range map[int]map[string]string{64: p.Name, 120: p.Short, 512: p.About} {
		if len(texts) != 1+len(tags) {
			t.Errorf("languages: %v", texts)
		}
		for lang, text := range texts {
			if n := len(utf16.Encode([]rune(text))); n == 0 || n > limit {
				t.Errorf("%q has %d, at most %d: %s", lang, n, limit, text)
			}
		}
	}
	for _, m := range p.Menus {
		for _, c := range m.Commands {
			if c.About == "" || len([]rune(c.About)) > 60 {
				t.Errorf("%q /%s: %q", m.Lang, c.Word, c.About)
			}
		}
	}
	if p.About[""] != p.About["en"] || p.About["ar"] == p.About["en"] || len(p.Menus) != 2+len(tags) {
		t.Errorf("%+v", p)
	}
}
