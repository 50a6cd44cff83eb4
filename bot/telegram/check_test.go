package telegram

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"lotse/bot/chat"
)

func TestCheck(t *testing.T) {
	type object = map[string]any
	const admin = "administrator"
	for name, c := range map[string]struct {
		me, hook, group, bot, count any
		webhook                     bool
		want                        string // codes of all findings but "token"
	}{
		"fine":             {want: "polling desk"},
		"webhook is set":   {hook: object{"url": "https://x"}, want: "webhook.set desk"},
		"webhook":          {webhook: true, hook: object{"url": "https://lotse.invalid/t"}, want: "webhook desk"},
		"another webhook":  {webhook: true, hook: object{"url": "https://x"}, want: "webhook.other desk"},
		"webhook fails":    {webhook: true, hook: object{"url": "https://lotse.invalid/t", "last_error_date": 1790000000, "last_error_message": "no route to " + testSecret}, want: "webhook.failed desk"},
		"no groups":        {me: object{"username": "b"}, want: "polling join desk"},
		"no such group":    {group: refusal{400, "Bad Request: chat not found"}, want: "polling desk.unknown"},
		"kicked":           {group: refusal{403, "Forbidden: bot was kicked from the supergroup chat"}, want: "polling desk.unknown"},
		"a person":         {group: object{"type": "private"}, want: "polling desk.kind"},
		"left":             {bot: object{"status": "left"}, want: "polling desk.out"},
		"privacy mode":     {bot: object{"status": "member"}, group: object{"type": "supergroup", "permissions": object{"can_send_messages": true}}, want: "polling desk.privacy desk.deleting"},
		"reads all":        {me: object{"username": "b", "can_join_groups": true, "can_read_all_group_messages": true}, bot: object{"status": "member"}, group: object{"type": "supergroup", "permissions": object{"can_send_messages": true}}, want: "polling desk.deleting desk.member"},
		"no rights":        {bot: object{"status": admin}, want: "polling desk.topics desk.deleting"},
		"muted":            {bot: object{"status": "restricted", "is_member": true, "can_manage_topics": true}, want: "polling desk.writing desk.privacy desk.deleting"},
		"nobody writes":    {bot: object{"status": "member"}, group: object{"type": "group"}, want: "polling desk.writing desk.privacy desk.basic"},
		"basic group":      {group: object{"type": "group"}, bot: object{"status": admin}, want: "polling desk.basic"},
		"alone":            {count: 1, want: "polling desk.empty"},
		"plain supergroup": {group: object{"type": "supergroup"}, want: "polling desk.plain"},
		"unknown token":    {me: refusal{401, "Unauthorized"}, want: ""},
	} {
		f := newFake(t)
		answers := func(method string, given, normal any) {
			if given == nil {
				given = normal
			}
			f.results[method] = func(url.Values) any { return given }
		}
		answers("getMe", c.me, object{"username": "lotse_bot", "can_join_groups": true})
		answers("getWebhookInfo", c.hook, object{"url": "", "pending_update_count": 2})
		answers("getChat", c.group, object{"type": "supergroup", "is_forum": true})
		answers("getChatMember", c.bot, object{"status": admin, "can_manage_topics": true, "can_delete_messages": true})
		answers("getChatMemberCount", c.count, 3)
		o := Options{HTTP: &http.Client{Transport: f}, Desks: []string{"-1001234"}}
		if c.webhook {
			o.Webhook = &WebhookOptions{URL: "https://lotse.invalid/t"}
		}
		all := f.open(o).Check(t.Context())
		var codes []string
		for _, found := range all[1:] {
			codes = append(codes, found.Code)
		}
		if got := strings.Join(codes, " "); got != c.want || all[0].Code != "token" || (all[0].Level == chat.Fine) != (c.want != "") {
			t.Errorf("%s: found %+v", name, all)
		}
		for _, found := range all {
			if found.Level != chat.Fine && !strings.Contains(found.Text, ":") {
				t.Errorf("%s: what is to be done? %s", name, found.Text)
			}
			if strings.Contains(found.Text, testSecret) {
				t.Errorf("%s: the token is said: %s", name, found.Text)
			}
		}
		if i := slices.IndexFunc(f.calls, func(c made) bool { return !strings.HasPrefix(c.method, "get") }); i >= 0 || len(f.made("getUpdates")) > 0 {
			t.Errorf("%s: the check changes something: %v", name, f.calls)
		}
	}
}

func TestProfileIsSetWhereItDiffers(t *testing.T) {
	f := newFake(t)
	f.results["getMyName"] = func(form url.Values) any { return map[string]string{"name": "Lotse"} }
	f.results["getMyCommands"] = func(form url.Values) any {
		if form.Get("language_code") == "ar" {
			return []MenuCommand{{"start", "ابدأ"}}
		}
		return []MenuCommand{}
	}
	tg := f.open(Options{HTTP: &http.Client{Transport: f}, Desks: []string{"-1001234", "-5"}})
	err := tg.SetProfile(t.Context(), Profile{
		Name: map[string]string{"": "Lotse", "ar": "مرشد"},
		Menus: []Menu{
			{Scope: InPrivate, Commands: []MenuCommand{{"start", "Anfang"}}}, {Scope: InPrivate, Lang: "ar", Commands: []MenuCommand{{"start", "ابدأ"}}},
			{Scope: AtDesk, Commands: []MenuCommand{{"offen", "Offene"}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range f.calls {
		if strings.HasPrefix(c.method, "set") {
			got = append(got, flat(c))
		}
	}
	want := []string{
		"setMyName language_code=ar name=مرشد",
		`setMyCommands commands=[{"command":"start","description":"Anfang"}] scope={"type":"all_private_chats"}`,
		`setMyCommands commands=[{"command":"offen","description":"Offene"}] scope={"chat_id":-1001234,"type":"chat"}`,
		`setMyCommands commands=[{"command":"offen","description":"Offene"}] scope={"chat_id":-5,"type":"chat"}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("asked for\n%s", strings.Join(got, "\n"))
	}
	if err := tg.SetProfile(t.Context(), Profile{Name: map[string]string{"de-simple": "x"}}); err == nil {
		t.Error("a language that Telegram does not know is no error")
	}
}

func TestTopics(t *testing.T) {
	f := newFake(t)
	f.results["createForumTopic"] = func(url.Values) any { return map[string]any{"message_thread_id": 70, "name": "x"} }
	f.results["closeForumTopic"] = func(url.Values) any { return refusal{400, "Bad Request: TOPIC_NOT_MODIFIED"} }
	tg := f.open(Options{HTTP: &http.Client{Transport: f}})
	at, err := tg.OpenThread(t.Context(), atDesk(), strings.Repeat("ä", 129))
	if err != nil || at.Thread != "70" || at.Room != atDesk().Room {
		t.Fatal(at, err)
	}
	if got := f.made("createForumTopic")[0].Get("name"); got != strings.Repeat("ä", 127)+"…" {
		t.Errorf("named %q", got)
	}
	if err := tg.CloseThread(t.Context(), at); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	if err := tg.CloseThread(t.Context(), atDesk()); err == nil {
		t.Error("General was closed")
	}
}
