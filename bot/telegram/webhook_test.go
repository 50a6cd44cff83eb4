package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lotse/bot/chat"
)

func TestWebhook(t *testing.T) {
	const text = `{"update_id":7,"message":{"message_id":9,"date":1,"chat":{"id":4711,"type":"private"},"from":{"id":4711},"text":"x"}}`
	full := false
	o := Options{Desks: []string{"-55"}, Webhook: &WebhookOptions{URL: "https://lotse.invalid/telegram"}}
	err := bubble(t, o, func(_ *fake, in *memory) {
		in.refuse = func(chat.Event) error {
			if full {
				return errors.New("the store is full")
			}
			return nil
		}
	}, func(t *testing.T, f *fake, in *memory, tg *Telegram) {
		set := f.made("setWebhook")
		if len(set) != 1 || set[0].Get("url") != o.Webhook.URL || !json.Valid([]byte(set[0].Get("allowed_updates"))) {
			t.Fatalf("asked for %v", f.calls)
		}
		secret := set[0].Get("secret_token")
		post := func(method, secret, body string) int {
			r := httptest.NewRequest(method, "/telegram", strings.NewReader(body))
			r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
			w := httptest.NewRecorder()
			tg.Handler().ServeHTTP(w, r)
			return w.Code
		}
		for _, c := range []struct {
			name, method, secret, body string
			full                       bool
			want, taken                int
		}{
			{"a stranger", "POST", "guess", text, false, 403, 0},
			{"no secret", "POST", "", text, false, 403, 0},
			{"a browser", "GET", secret, "", false, 403, 0},
			{"too large", "POST", secret, strings.Repeat("x", maxUpdate+1), false, 413, 0},
			{"not durable", "POST", secret, text, true, 503, 0},
			{"durable", "POST", secret, text, false, 200, 1},
			{"cannot be read", "POST", secret, `{"update_id":8,"message":7}`, false, 200, 1},
			{"the desk moved", "POST", secret, `{"update_id":9,"message":{"message_id":1,"date":1,"chat":{"id":-55,"type":"group"},"migrate_to_chat_id":-1005555}}`, false, 200, 1},
		} {
			full = c.full
			if got := post(c.method, c.secret, c.body); got != c.want || len(in.taken) != c.taken {
				t.Errorf("%s: answered %d, want %d; %d events", c.name, got, c.want, len(in.taken))
			}
		}
		if tg.SetAside() != 1 || in.last() != "0 -55>-1005555" {
			t.Errorf("%d set aside, the cursor is %q", tg.SetAside(), in.last())
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// A delivery does not wait for the answer to its press, and does not end it.
func TestPressByWebhookIsAnswered(t *testing.T) {
	const press = `{"update_id":7,"callback_query":{"id":"1","from":{"id":4711},"data":"a","message":{"message_id":9,"date":1,"chat":{"id":4711,"type":"private"}}}}`
	err := bubble(t, Options{Webhook: &WebhookOptions{URL: "https://lotse.invalid/telegram"}}, func(f *fake, _ *memory) {
		f.results["answerCallbackQuery"] = func(url.Values) any { time.Sleep(time.Second); return true }
	}, func(t *testing.T, f *fake, in *memory, tg *Telegram) {
		r := httptest.NewRequest("POST", "/telegram", strings.NewReader(press))
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", f.made("setWebhook")[0].Get("secret_token"))
		began := time.Now()
		tg.Handler().ServeHTTP(httptest.NewRecorder(), r)
		if took := time.Since(began); took > 0 || len(in.taken) != 1 {
			t.Errorf("%d events after %v", len(in.taken), took)
		}
		pass(2 * time.Second)
		if answered := len(f.made("answerCallbackQuery")); answered != 1 || f.cut.Load() != 0 {
			t.Errorf("%d answers, %d given up", answered, f.cut.Load())
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestTheWebhookIsTakenAway(t *testing.T) {
	const own = "https://lotse.invalid/telegram"
	log := &book{}
	var other atomic.Bool
	o := Options{Webhook: &WebhookOptions{URL: own}, Log: slog.New(slog.NewTextHandler(log, nil))}
	err := bubble(t, o, func(f *fake, _ *memory) {
		f.results["getWebhookInfo"] = func(url.Values) any {
			if other.Load() {
				return map[string]string{"url": ""}
			}
			return map[string]string{"url": own}
		}
	}, func(t *testing.T, f *fake, _ *memory, tg *Telegram) {
		for _, c := range []struct {
			other   bool
			set     int
			trouble string
			said    int
		}{{false, 1, "", 0}, {true, 2, secondBot, 1}, {true, 3, secondBot, 1}, {false, 3, secondBot, 1}, {false, 3, "", 2}} {
			other.Store(c.other)
			pass(webhookLook)
			if set, said := len(f.made("setWebhook")), strings.Count(log.read(), "\n"); set != c.set || tg.Trouble() != c.trouble || said != c.said {
				t.Errorf("%+v: set %d times, its trouble is %q, the log says %s", c, set, tg.Trouble(), log.read())
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWebhookTakesTurns(t *testing.T) {
	log := &book{}
	var begun chan string
	var goOn chan bool
	early := true
	o := Options{Webhook: &WebhookOptions{URL: "https://lotse.invalid/telegram"}, Log: slog.New(slog.NewTextHandler(log, nil))}
	err := bubble(t, o, func(_ *fake, in *memory) {
		begun, goOn = make(chan string, 10), make(chan bool)
		in.refuse = func(ev chat.Event) error {
			if ev.Text == "early" && early {
				early = false
				return chat.ErrNotYet
			}
			begun <- ev.Text
			<-goOn
			return nil
		}
	}, func(t *testing.T, f *fake, in *memory, tg *Telegram) {
		answered := make(chan int, 10)
		post := func(room int, text string) {
			body := fmt.Sprintf(`{"update_id":7,"message":{"message_id":9,"date":1,"chat":{"id":%d,"type":"private"},"from":{"id":%d},"text":%q}}`, room, room, text)
			r := httptest.NewRequest("POST", "/telegram", strings.NewReader(body))
			r.Header.Set("X-Telegram-Bot-Api-Secret-Token", f.made("setWebhook")[0].Get("secret_token"))
			go func() {
				w := httptest.NewRecorder()
				tg.Handler().ServeHTTP(w, r)
				answered <- w.Code
			}()
			synctest.Wait()
		}
		post(1, "one")
		post(1, "then")
		post(2, "beside")
		if len(begun) != 2 || <-begun != "one" || <-begun != "beside" || len(answered) != 0 {
			t.Fatal("not beside each other, or not in turn")
		}
		goOn <- true
		goOn <- true
		if <-begun != "then" || <-answered+<-answered != 400 {
			t.Error("nobody is next")
		}
		goOn <- true
		post(3, "early")
		goOn <- true
		if <-answered+<-answered != 400 || log.read() != "" {
			t.Errorf("the log says %s", log.read())
		}
	})
	if err != nil {
		t.Error(err)
	}
}
