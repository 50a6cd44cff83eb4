package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lotse/bot/chat"
)

func person() chat.Address { return chat.Address{Platform: Platform, Room: strconv.Itoa(rima)} }
func atDesk() chat.Address { return chat.Address{Platform: Platform, Room: strconv.Itoa(desk)} }

// flat is a request in one line, its parameters in order.
func flat(c made) string {
	var words []string
	for name := range c.form {
		words = append(words, name+"="+c.form.Get(name))
	}
	slices.Sort(words)
	return c.method + " " + strings.Join(words, " ")
}

func TestRequests(t *testing.T) {
	file := func(ref string) []chat.File { return []chat.File{{Platform: Platform, Ref: ref}} }
	topic := atDesk()
	topic.Thread = "70"
	inGeneral := atDesk()
	inGeneral.Thread = "1"
	const noPreview = ` link_preview_options={"is_disabled":true}`
	send := func(to chat.Address, m chat.Message) func(*Telegram) error {
		return func(tg *Telegram) error { _, err := tg.Send(t.Context(), "row", to, m); return err }
	}
	edit := func(m chat.Message) func(*Telegram) error {
		return func(tg *Telegram) error { return tg.Edit(t.Context(), "row", person(), "9", m) }
	}
	for name, c := range map[string]struct {
		do   func(*Telegram) error
		want string
	}{
		"text": {send(person(), chat.Message{Text: "<b>&*_`"}), `sendMessage chat_id=4711` + noPreview + ` text=<b>&*_` + "`"},
		"marks count UTF-16": {send(person(), chat.Message{Text: "😀ö fett", Marks: []chat.Mark{{Style: chat.Italic, From: 0, To: 99}, {Style: chat.Bold, From: 7, To: 11}, {Style: chat.Quote, From: 0, To: 6}, {Style: "?", From: 0, To: 1}, {Style: chat.Bold, From: 3, To: 3}}}),
			`sendMessage chat_id=4711 entities=[{"type":"italic","offset":0,"length":8},{"type":"blockquote","offset":0,"length":3},{"type":"bold","offset":4,"length":4}]` + noPreview + ` text=😀ö fett`},
		"buttons": {send(person(), chat.Message{Text: "?", ForceReply: true, Buttons: [][]chat.Button{{{ID: "a", Label: "A"}, {ID: "b", Label: "B"}}, {}, {{ID: "c", Label: "C"}}}}),
			`sendMessage chat_id=4711` + noPreview + ` reply_markup={"inline_keyboard":[[{"text":"A","callback_data":"a"},{"text":"B","callback_data":"b"}],[{"text":"C","callback_data":"c"}]]} text=?`},
		"force reply": {send(atDesk(), chat.Message{Text: "?", ForceReply: true}), `sendMessage chat_id=-1001234` + noPreview + ` reply_markup={"force_reply":true} text=?`},
		"reply, protected, in a topic": {send(topic, chat.Message{Text: "x", ReplyTo: "88", Protect: true}),
			`sendMessage chat_id=-1001234` + noPreview + ` message_thread_id=70 protect_content=true reply_parameters={"message_id":88,"allow_sending_without_reply":true} text=x`},
		"General has no number":    {send(inGeneral, chat.Message{Text: "x"}), `sendMessage chat_id=-1001234` + noPreview + ` text=x`},
		"reply to nothing we know": {send(person(), chat.Message{Text: "x", ReplyTo: "m12"}), `sendMessage chat_id=4711` + noPreview + ` text=x`},
		"photo":                    {send(person(), chat.Message{Text: "x", Marks: []chat.Mark{{Style: chat.Bold, To: 1}}, Files: file("photo:AgAD")}), `sendPhoto caption=x caption_entities=[{"type":"bold","offset":0,"length":1}] chat_id=4711 photo=AgAD`},
		"voice":                    {send(person(), chat.Message{Files: file("voice:AwAD")}), `sendVoice chat_id=4711 voice=AwAD`},
		"document":                 {send(person(), chat.Message{Files: file("document:BQAD"), Protect: true}), `sendDocument chat_id=4711 document=BQAD protect_content=true`},
		"audio stays audio":        {send(person(), chat.Message{Files: file("audio:CQAD")}), `sendAudio audio=CQAD chat_id=4711`},
		"round video":              {send(person(), chat.Message{Files: file("video_note:DQAD")}), `sendVideoNote chat_id=4711 video_note=DQAD`},
		"album": {send(topic, chat.Message{Text: "<x>", Marks: []chat.Mark{{Style: chat.Bold, From: 1, To: 2}}, Protect: true, ReplyTo: "88", Files: append(file("photo:AgAD"), file("video:BAAD")...)}),
			`sendMediaGroup chat_id=-1001234 media=[{"type":"photo","media":"AgAD","caption":"\u003cx\u003e","caption_entities":[{"type":"bold","offset":1,"length":1}]},{"type":"video","media":"BAAD"}] message_thread_id=70 protect_content=true reply_parameters={"message_id":88,"allow_sending_without_reply":true}`},
		"album of documents":         {send(person(), chat.Message{Files: append(file("document:a"), file("document:b")...)}), `sendMediaGroup chat_id=4711 media=[{"type":"document","media":"a"},{"type":"document","media":"b"}]`},
		"edit":                       {edit(chat.Message{Text: "neu", ForceReply: true}), `editMessageText chat_id=4711` + noPreview + ` message_id=9 text=neu`},
		"edit with buttons":          {edit(chat.Message{Text: "neu", Buttons: [][]chat.Button{{{ID: "a", Label: "A"}}}}), `editMessageText chat_id=4711` + noPreview + ` message_id=9 reply_markup={"inline_keyboard":[[{"text":"A","callback_data":"a"}]]} text=neu`},
		"edit of buttons only":       {edit(chat.Message{}), `editMessageReplyMarkup chat_id=4711 message_id=9`},
		"edit of what has a caption": {edit(chat.Message{Text: "neu", Files: file("photo:AgAD")}), `editMessageCaption caption=neu chat_id=4711 message_id=9`},
		"typing":                     {func(tg *Telegram) error { return tg.Typing(t.Context(), person()) }, `sendChatAction action=typing chat_id=4711`},
		"delete":                     {func(tg *Telegram) error { return tg.Delete(t.Context(), "row", person(), "9") }, `deleteMessage chat_id=4711 message_id=9`},
		"delete a topic":             {func(tg *Telegram) error { return tg.DeleteThread(t.Context(), topic) }, `deleteForumTopic chat_id=-1001234 message_thread_id=70`},
		"react":                      {func(tg *Telegram) error { return tg.React(t.Context(), "row", person(), "9", "👍") }, `setMessageReaction chat_id=4711 message_id=9 reaction=[{"type":"emoji","emoji":"👍"}]`},
	} {
		f := newFake(t)
		tg := f.open(Options{HTTP: &http.Client{Transport: f}})
		_ = c.do(tg) // the fake knows no message 9; the request counts
		if len(f.calls) != 1 || flat(f.calls[0]) != c.want {
			t.Errorf("%s: asked for %v\nwant %s", name, f.calls, c.want)
		}
	}
}

// Each file of an album is a message, and all of them are told.
func TestAlbumReceipt(t *testing.T) {
	f := newFake(t)
	tg := f.open(Options{HTTP: &http.Client{Transport: f}})
	f.results["sendMediaGroup"] = func(form url.Values) any {
		return json.RawMessage(`[{"message_id":7,"chat":{"id":4711}},{"message_id":8,"chat":{"id":4711}},{"message_id":9,"chat":{"id":4711}}]`)
	}
	pictures := chat.Message{Text: "x", Files: []chat.File{{Platform: Platform, Ref: "photo:a"}, {Platform: Platform, Ref: "photo:b"}, {Platform: Platform, Ref: "video:c"}}}
	parts := tg.Parts(pictures)
	if len(parts) != 1 {
		t.Fatalf("%d requests", len(parts))
	}
	r, err := tg.Send(t.Context(), "row", person(), parts[0])
	if err != nil || !slices.Equal(r.Messages(), []string{"7", "8", "9"}) {
		t.Errorf("sent as %v, %v", r, err)
	}
	f.results["sendMediaGroup"] = func(url.Values) any { return json.RawMessage(`{"message_id":7}`) }
	var no *chat.SendError
	if _, err := tg.Send(t.Context(), "row", person(), parts[0]); !errors.As(err, &no) || !no.Unsure {
		t.Errorf("an answer of no sense: %v", err)
	}
}

func TestImpossibleRequestsAreNotMade(t *testing.T) {
	f := newFake(t)
	tg := f.open(Options{HTTP: &http.Client{Transport: f}})
	for name, m := range map[string]chat.Message{
		"file of another network": {Files: []chat.File{{Platform: "matrix", Ref: "photo:x"}}},
		"file of no type":         {Files: []chat.File{{Platform: Platform, Ref: "x"}}},
		"an album of all sorts":   {Files: []chat.File{{Platform: Platform, Ref: "photo:x"}, {Platform: Platform, Ref: "document:y"}}},
		"an album of voices":      {Files: []chat.File{{Platform: Platform, Ref: "voice:x"}, {Platform: Platform, Ref: "voice:y"}}},
		"an album from elsewhere": {Files: []chat.File{{Platform: Platform, Ref: "photo:x"}, {Platform: "matrix", Ref: "photo:y"}}},
		"words on a round video":  {Text: "x", Files: []chat.File{{Platform: Platform, Ref: "video_note:x"}}},
	} {
		var no *chat.SendError
		if _, err := tg.Send(t.Context(), "row", person(), m); !errors.As(err, &no) || !no.Bad {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, to := range []chat.Address{{Platform: Platform, Room: "!x:y"}, {Platform: "matrix", Room: "1"}} {
		var no *chat.SendError
		if _, err := tg.Send(t.Context(), "row", to, chat.Message{Text: "x"}); !errors.As(err, &no) || !no.Gone {
			t.Errorf("%v: %v", to, err)
		}
	}
	if len(f.calls) != 0 {
		t.Errorf("asked for %v", f.calls)
	}
}

// answered is the fake giving one answer to everything but updates.
func answered(t *testing.T, status int, body string) (*fake, *Telegram) {
	f := newFake(t)
	f.fail = func(string, url.Values) (int, string) { return status, body }
	return f, f.open(Options{HTTP: &http.Client{Transport: f}, Desks: []string{strconv.Itoa(desk)}})
}

func refused(code int, reason, more string) string {
	return `{"ok":false,"error_code":` + strconv.Itoa(code) + `,"description":"` + reason + `"` + more + `}`
}

func TestOutcomes(t *testing.T) {
	type is struct {
		gone, bad, noThread, unsure bool
		after                       time.Duration
	}
	for name, c := range map[string]struct {
		status int
		body   string
		want   is
	}{
		"blocked":              {403, refused(403, "Forbidden: bot was blocked by the user", ""), is{gone: true}},
		"no such chat":         {400, refused(400, "Bad Request: chat not found", ""), is{gone: true}},
		"a page forbids":       {403, "<html>", is{}},
		"too long":             {400, refused(400, "Bad Request: message is too long", ""), is{bad: true}},
		"topic was deleted":    {400, refused(400, "Bad Request: message thread not found", ""), is{noThread: true}},
		"no rights":            {400, refused(400, "Bad Request: not enough rights to send text messages to the chat", ""), is{}},
		"token is not valid":   {401, refused(401, "Unauthorized", ""), is{}},
		"slow down":            {429, refused(429, "Too Many Requests: retry after 7", `,"parameters":{"retry_after":7}`), is{after: 7 * time.Second}},
		"server is broken":     {500, refused(500, "Internal Server Error", ""), is{unsure: true}},
		"gateway":              {502, "<html>Bad Gateway</html>", is{unsure: true}},
		"cut off":              {200, `{"ok":true,"resu`, is{unsure: true}},
		"a result of no sense": {200, `{"ok":true,"result":[]}`, is{unsure: true}},
		"no reason":            {200, `{"ok":false}`, is{unsure: true}},
		"another server":       {302, ``, is{}},
	} {
		_, tg := answered(t, c.status, c.body)
		_, err := tg.Send(t.Context(), "row", person(), chat.Message{Text: "x"})
		var no *chat.SendError
		if !errors.As(err, &no) {
			t.Fatalf("%s: %v", name, err)
		}
		if got := (is{no.Gone, no.Bad, no.NoThread, no.Unsure, no.After}); got != c.want {
			t.Errorf("%s: %+v, want %+v (%v)", name, got, c.want, err)
		}
		err = tg.Edit(t.Context(), "row", person(), "9", chat.Message{Text: "x"})
		if errors.As(err, &no) && no.Unsure {
			t.Errorf("%s: an edit can be repeated, but is unsure", name)
		}
	}
}

func TestRepeatedChangesSucceed(t *testing.T) {
	_, tg := answered(t, 400, refused(400, "Bad Request: message is not modified: specified new message content", ""))
	if err := tg.Edit(t.Context(), "row", person(), "9", chat.Message{Text: "x"}); err != nil {
		t.Errorf("an edit that changes nothing: %v", err)
	}
	_, tg = answered(t, 400, refused(400, "Bad Request: message to delete not found", ""))
	if err := tg.Delete(t.Context(), "row", person(), "9"); err != nil {
		t.Errorf("the deletion of nothing: %v", err)
	}
	topic := atDesk()
	topic.Thread = "70"
	for _, gone := range []string{"message thread not found", "TOPIC_ID_INVALID"} {
		_, tg = answered(t, 400, refused(400, "Bad Request: "+gone, ""))
		if err := tg.DeleteThread(t.Context(), topic); err != nil {
			t.Errorf("a topic that is gone: %v", err)
		}
	}
	var no *chat.SendError
	for _, why := range []string{"not enough rights to delete a topic", "the chat is not a forum"} {
		_, tg = answered(t, 400, refused(400, "Bad Request: "+why, ""))
		if err := tg.DeleteThread(t.Context(), topic); !errors.As(err, &no) || !no.Bad {
			t.Errorf("%s: %v", why, err)
		}
	}
	_, tg = answered(t, 400, refused(400, "Bad Request: message can't be deleted for everyone", ""))
	if err := tg.Delete(t.Context(), "row", person(), "9"); !errors.As(err, &no) || !no.Bad {
		t.Errorf("a deletion after 48 hours: %v", err)
	}
}

func TestEditOfAPhotoEditsItsCaption(t *testing.T) {
	f := newFake(t)
	tg := f.open(Options{HTTP: &http.Client{Transport: f}})
	f.results["editMessageText"] = func(url.Values) any {
		return refusal{400, "Bad Request: there is no text in the message to edit"}
	}
	f.results["editMessageCaption"] = func(url.Values) any { return true }
	if err := tg.Edit(t.Context(), "row", person(), "9", chat.Message{Text: "neu"}); err != nil {
		t.Fatal(err)
	}
	if got := f.made("editMessageCaption"); len(got) != 1 || got[0].Get("caption") != "neu" {
		t.Errorf("asked for %v", f.calls)
	}
}

// The desk becomes a supergroup: its address stays, and messages that stayed behind
// are neither changed nor answered.
func TestSendingFollowsAMovedDesk(t *testing.T) {
	const old, now = "-55", "-1005555"
	f := newFake(t)
	tg := f.open(Options{HTTP: &http.Client{Transport: f}, Desks: []string{old}})
	f.fail = func(method string, form url.Values) (int, string) {
		switch form.Get("chat_id") {
		case old:
			return 400, refused(400, "Bad Request: group chat was upgraded to a supergroup chat", `,"parameters":{"migrate_to_chat_id":`+now+`}`)
		case now:
			return 200, `{"ok":true,"result":{"message_id":3,"chat":{"id":` + now + `}}}`
		}
		return 0, ""
	}
	to := chat.Address{Platform: Platform, Room: old}
	got, err := tg.Send(context.Background(), "row", to, chat.Message{Text: "x", ReplyTo: "3"})
	if err != nil || got.Message != now+"/3" {
		t.Fatalf("sent as %+v, %v", got, err)
	}
	if _, err := tg.Send(context.Background(), "row", to, chat.Message{Text: "y", ReplyTo: got.Message}); err != nil {
		t.Fatal(err)
	}
	all := f.made("sendMessage")
	if len(all) != 3 || all[1].Get("chat_id") != now || all[1].Has("reply_parameters") || !strings.Contains(all[2].Get("reply_parameters"), `"message_id":3,`) {
		t.Errorf("asked for %v", f.calls)
	}
	var no *chat.SendError
	if err := tg.Edit(context.Background(), "row", to, "3", chat.Message{Text: "z"}); !errors.As(err, &no) || !no.Bad {
		t.Errorf("an edit of what stayed behind: %v", err)
	}
	if err := tg.Edit(context.Background(), "row", to, got.Message, chat.Message{Text: "z"}); err != nil {
		t.Error(err)
	}
	if it := tg.read([]byte(`{"update_id":1,"message":{"message_id":4,"date":1,"chat":{"id":` + now + `,"type":"supergroup"},"from":{"id":9},"text":"x","reply_to_message":{"message_id":3}}}`)); len(it.told.events) != 1 ||
		it.told.events[0].In != to || it.told.events[0].On != got.Message || it.told.events[0].ID != "telegram/"+now+"/4" {
		t.Errorf("told as %+v", it.told)
	}
	cursor := tg.moves.cursor(12)
	again := newMoves(tg.desks)
	if next, err := again.resume(cursor); err != nil || next != 12 || again.room(-1005555) != old {
		t.Errorf("%q is resumed as %d, %v", cursor, next, err)
	}
}
