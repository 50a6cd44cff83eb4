package telegram

import (
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestTroubleIsSaidOnceAndPasses(t *testing.T) {
	for name, c := range map[string]struct {
		code         int
		reason, said string
		trouble      string
		asked        string // the method that puts it right
	}{
		"second instance": {409, "Conflict: terminated by other getUpdates request", "a second bot runs", secondBot, ""},
		"webhook":         {409, "Conflict: can't use getUpdates method while webhook is active", "is removed", "", "deleteWebhook"},
		"broken":          {500, "Internal Server Error", "does not answer", noAnswer, ""},
	} {
		t.Run(name, func(t *testing.T) {
			log := &book{}
			var works atomic.Bool
			err := bubble(t, Options{Log: slog.New(slog.NewTextHandler(log, nil))}, func(f *fake, in *memory) {
				f.fail = func(method string, _ url.Values) (int, string) {
					if method == "getUpdates" && !works.Load() && len(f.made("deleteWebhook")) == 0 {
						return c.code, refused(c.code, c.reason, "")
					}
					return 0, ""
				}
			}, func(t *testing.T, f *fake, in *memory, tg *Telegram) {
				pass(5 * time.Minute)
				if got := log.read(); strings.Count(got, c.said) != 1 {
					t.Errorf("the log says %s", got)
				}
				if c.trouble != tg.Trouble() {
					t.Errorf("its trouble is %q", tg.Trouble())
				}
				if asked := len(f.asked); asked > 30 {
					t.Errorf("it asked %d times in five minutes", asked)
				}
				if c.asked != "" && len(f.made(c.asked)) != 1 {
					t.Errorf("asked for %v", f.calls)
				}
				works.Store(true)
				f.say("wieder da")
				pass(pollMost)
				synctest.Wait()
				if in.texts() != "wieder da" {
					t.Errorf("told %q", in.texts())
				}
				pass(conflictOver + pollWait)
				if tg.Trouble() != "" || c.trouble != "" && strings.Count(log.read(), "answers again") != 1 {
					t.Errorf("later its trouble is %q: %s", tg.Trouble(), log.read())
				}
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestASecondBotIsSaidOnce(t *testing.T) {
	log := &book{}
	turns := 0
	err := bubble(t, Options{Log: slog.New(slog.NewTextHandler(log, nil))}, func(f *fake, in *memory) {
		f.fail = func(method string, _ url.Values) (int, string) {
			if turns++; method == "getUpdates" && turns%2 == 0 {
				return 409, refused(409, "Conflict: terminated by other getUpdates request", "")
			}
			return 0, ""
		}
	}, func(t *testing.T, f *fake, in *memory, tg *Telegram) {
		for range 50 {
			f.say("x")
			pass(time.Minute)
			if tg.Trouble() != secondBot {
				t.Fatalf("its trouble is %q", tg.Trouble())
			}
		}
		if n := strings.Count(log.read(), "\n"); n != 1 || len(in.taken) != 50 {
			t.Errorf("%d taken, the log says %s", len(in.taken), log.read())
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestUnknownTokenEndsRun(t *testing.T) {
	err := bubble(t, Options{}, func(f *fake, _ *memory) {
		f.fail = func(string, url.Values) (int, string) { return 401, refused(401, "Unauthorized", "") }
	}, func(t *testing.T, _ *fake, _ *memory, tg *Telegram) {
		if tg.Trouble() != unknownToken {
			t.Errorf("its trouble is %q", tg.Trouble())
		}
	})
	if err == nil || !strings.Contains(err.Error(), "LOTSE_TELEGRAM_TOKEN") {
		t.Errorf("Run says %v", err)
	}
}
