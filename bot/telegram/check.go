package telegram

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lotse/bot/chat"
)

// Check looks at how Telegram is set up: server, token, webhook, and the desk's
// group with its rights. It changes nothing and takes no updates.
func (t *Telegram) Check(ctx context.Context) []chat.Finding {
	var me struct {
		Username string `json:"username"`
		Groups   bool   `json:"can_join_groups"`
	}
	if err := t.call(ctx, "getMe", nil, &me); err != nil {
		return []chat.Finding{unreachable(err, t.base)}
	}
	t.name.Store(me.Username)
	all := []chat.Finding{chat.Fine.Finding("token", "Telegram kennt den Bot @"+me.Username+".")}
	all = append(all, t.checkWebhook(ctx))
	if len(t.desks) > 0 && !me.Groups {
		all = append(all, chat.Broken.Finding("join", "Der Bot darf in keine Gruppe: bei @BotFather mit /setjoingroups erlauben."))
	}
	for _, desk := range t.desks {
		all = append(all, t.checkDesk(ctx, desk)...)
	}
	return all
}

// unreachable says why nothing answers as it should.
func unreachable(err error, server string) chat.Finding {
	if unknown(err) {
		return chat.Broken.Finding("token", "Telegram kennt dieses Token nicht: bei @BotFather mit /token nachsehen und LOTSE_TELEGRAM_TOKEN setzen.")
	}
	return chat.Broken.Finding("server", fmt.Sprintf("Der Server %s antwortet nicht, wie er soll (%v): Netz, Firewall und LOTSE_TELEGRAM_API prüfen.", server, err))
}

func (t *Telegram) checkWebhook(ctx context.Context) chat.Finding {
	var hook struct {
		URL     string `json:"url"`
		Pending int    `json:"pending_update_count"`
		Failed  int64  `json:"last_error_date"`
		Why     string `json:"last_error_message"`
	}
	if err := t.call(ctx, "getWebhookInfo", nil, &hook); err != nil {
		return unreachable(err, t.base)
	}
	waiting := fmt.Sprintf(" Es warten %d Nachrichten.", hook.Pending)
	switch {
	case t.webhook == nil && hook.URL != "":
		return chat.Warning.Finding("webhook.set", "Ein Webhook ist eingetragen, Lotse fragt aber selbst: beim Start entfernt Lotse ihn. Läuft anderswo ein Bot mit demselben Token, den anderen beenden."+waiting)
	case t.webhook == nil:
		return chat.Fine.Finding("polling", "Lotse fragt selbst nach Nachrichten."+waiting)
	case hook.URL != t.webhook.url:
		return chat.Warning.Finding("webhook.other", "Der Webhook zeigt nicht auf LOTSE_PUBLIC_URL: beim nächsten Start trägt Lotse ihn ein."+waiting)
	case hook.Failed != 0:
		return chat.Warning.Finding("webhook.failed", fmt.Sprintf("Telegram konnte zuletzt am %s nicht zustellen (%s): LOTSE_PUBLIC_URL von außen prüfen.%s",
			time.Unix(hook.Failed, 0).UTC().Format("02.01.2006, 15:04 UTC"), t.clean(hook.Why), waiting))
	}
	return chat.Fine.Finding("webhook", "Der Webhook ist eingetragen."+waiting)
}

// checkDesk looks at one group.
func (t *Telegram) checkDesk(ctx context.Context, desk int64) (all []chat.Finding) {
	found := func(level chat.Level, code, text string) {
		all = append(all, level.Finding(code, fmt.Sprintf("Gruppe %d: %s", desk, text)))
	}
	s, err := t.standing(ctx, desk)
	var e *apiError
	errors.As(err, &e)
	switch {
	case e != nil && e.movedTo != 0:
		found(chat.Warning, "desk.moved", movedText(e.movedTo))
		return all
	case e != nil && e.said && e.status < 429 && !unknown(err):
		found(chat.Broken, "desk.unknown", "der Bot ist nicht darin, oder es gibt sie nicht: ihn hinzufügen und LOTSE_DESKS prüfen.")
		return all
	case err != nil:
		return []chat.Finding{unreachable(err, t.base)}
	case s.kind != "group" && s.kind != "supergroup":
		found(chat.Broken, "desk.kind", "sie ist keine Gruppe: LOTSE_DESKS prüfen.")
		return all
	case !s.in:
		found(chat.Broken, "desk.out", "der Bot ist nicht mehr darin: ihn wieder hinzufügen und zum Admin machen.")
		return all
	}
	if s.id != desk {
		found(chat.Warning, "desk.moved", movedText(s.id))
	}
	for _, lack := range s.lacks() {
		what := lackTexts[lack]
		found(what.Level, what.Code, what.Text)
	}
	var members int
	if err := t.call(ctx, "getChatMemberCount", tgbotapi.Params{"chat_id": strconv.FormatInt(s.id, 10)}, &members); err != nil {
		return append(all, unreachable(err, t.base))
	}
	if members < 2 {
		found(chat.Warning, "desk.empty", "außer dem Bot ist niemand darin: die Koordinatorinnen und Koordinatoren hinzufügen.")
	}
	if !s.admin && s.reads {
		found(chat.Warning, "desk.member", "der Bot ist nur Mitglied und sieht keine Reaktionen: ihn zum Admin machen.")
	}
	switch {
	case len(all) > 0:
	case s.forum:
		found(chat.Fine, "desk", "in Ordnung, jede Anfrage bekommt ein Thema.")
	default:
		found(chat.Fine, "desk.plain", "in Ordnung. Mit eingeschalteten Themen bekommt jede Anfrage ihr eigenes.")
	}
	return all
}

func movedText(to int64) string {
	return fmt.Sprintf("sie hat eine neue Nummer; Lotse folgt ihr, aber in LOTSE_DESKS gehört telegram:%d.", to)
}

// lackTexts say what is missing and what to do about it.
var lackTexts = map[chat.Lack]chat.Finding{
	chat.LackWriting:  chat.Broken.Finding("desk.writing", "der Bot darf dort nicht schreiben: ihn zum Admin machen."),
	chat.LackReading:  chat.Warning.Finding("desk.privacy", "der Bot sieht nur Antworten auf seine Nachrichten: ihn zum Admin machen."),
	chat.LackThreads:  chat.Warning.Finding("desk.topics", "der Bot darf keine Themen anlegen: ihm als Admin das Recht „Themen verwalten“ geben."),
	chat.LackDeleting: chat.Warning.Finding("desk.deleting", "der Bot darf nichts löschen, auch wenn jemand seine Frage löschen lässt: ihm als Admin das Recht „Nachrichten löschen“ geben."),
	chat.LackRoom:     chat.Warning.Finding("desk.basic", "eine einfache Gruppe; Reaktionen und Themen gehen nur in einer Supergruppe: Themen einschalten oder den Verlauf für neue Mitglieder sichtbar machen."),
}
