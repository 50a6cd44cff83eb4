//go:build goolm

package matrix

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot/chat"
)

// Check looks at how Matrix is set up: server, session, whether the account vouches
// for the device, and the desk's room with its rights. It changes nothing, takes no
// events and does not log in.
func (m *Matrix) Check(ctx context.Context) []chat.Finding {
	c, err := newClient(m.o.Homeserver, m.o.HTTP)
	if err != nil {
		return []chat.Finding{chat.Broken.Finding("server", err.Error())}
	}
	if _, err := c.Versions(ctx); err != nil {
		return []chat.Finding{unreachable(fault("versions", err), m.o.Homeserver)}
	}
	l, err := m.loadLogin(ctx)
	switch {
	case err != nil:
		return []chat.Finding{chat.Broken.Finding("login.row", err.Error())}
	case l.User != "" && m.o.User != "" && !sameUser(l.User, m.o.User):
		return []chat.Finding{chat.Broken.Finding("login.other", fmt.Sprintf("Die Datendatei gehört zum Konto %s, nicht zu LOTSE_MATRIX_USER: LOTSE_MATRIX_USER zurückstellen oder mit LOTSE_DATA einen anderen Ordner nehmen.", l.User))}
	case l.Token == "":
		return m.checkFirst(ctx, c, l)
	}
	c.UserID, c.DeviceID, c.AccessToken = l.User, l.Device, l.Token
	if _, err := c.Whoami(ctx); err != nil {
		if err = fault("session", err); says(err, "M_UNKNOWN_TOKEN") {
			return []chat.Finding{chat.Broken.Finding("login.ended", "Der Server hat die Anmeldung des Bots beendet: mit LOTSE_MATRIX_PASSWORD meldet Lotse sich beim nächsten Start als neues Gerät an. Was bis dahin geschrieben wird, kann es nicht lesen.")}
		}
		return []chat.Finding{unreachable(err, m.o.Homeserver)}
	}
	all := []chat.Finding{chat.Fine.Finding("login", fmt.Sprintf("Der Bot ist als %s angemeldet, Gerät %s.", l.User, l.Device))}
	all = append(all, m.checkKeys(ctx, c)...)
	if n := m.cut.Load(); n > 0 {
		all = append(all, chat.Warning.Finding("gap", fmt.Sprintf("Seit dem Start waren %d-mal in einem Raum mehr als %d neue Nachrichten auf einmal: ältere davon hat Lotse nicht gelesen. In den Räumen nachsehen, ob jemand auf Antwort wartet.", n, maxGap)))
	}
	for _, desk := range m.o.Desks {
		all = append(all, checkDesk(ctx, c, desk)...)
	}
	return all
}

// unreachable says why nothing answers as it should.
func unreachable(err error, server string) chat.Finding {
	return chat.Broken.Finding("server", fmt.Sprintf("Der Server %s antwortet nicht, wie er soll (%v): Netz, Firewall und LOTSE_MATRIX_HOMESERVER prüfen.", server, err))
}

// checkFirst looks at what the first login takes.
func (m *Matrix) checkFirst(ctx context.Context, c *mautrix.Client, l login) []chat.Finding {
	if l.User != "" && m.o.Password == "" && m.o.Token == "" {
		return []chat.Finding{chat.Broken.Finding("login.ended", "Der Server hat die Anmeldung des Bots beendet: LOTSE_MATRIX_PASSWORD setzen.")}
	}
	if m.o.Token != "" {
		c.AccessToken = m.o.Token
		if _, err := c.Whoami(ctx); says(fault("token", err), "M_UNKNOWN_TOKEN", "M_MISSING_TOKEN") {
			return []chat.Finding{chat.Broken.Finding("token", "Der Server kennt dieses Token nicht: LOTSE_MATRIX_TOKEN neu setzen, oder LOTSE_MATRIX_USER und LOTSE_MATRIX_PASSWORD.")}
		}
	} else if flows, err := c.GetLoginFlows(ctx); err == nil && !flows.HasFlow(mautrix.AuthTypePassword) {
		return []chat.Finding{chat.Broken.Finding("login.flow", "Dieser Server nimmt keine Passwörter: LOTSE_MATRIX_TOKEN setzen.")}
	}
	all := []chat.Finding{chat.Warning.Finding("login.none", "Der Bot ist noch nicht angemeldet, das tut der erste Start. War er es schon, ist die Datendatei verloren: er bekommt ein neues Gerät und kann nicht lesen, was davor geschrieben wurde.")}
	if m.o.RecoveryKey == "" && !m.hasRecoveryFile() {
		all = append(all, chat.Warning.Finding("recovery.none", fmt.Sprintf("Es gibt keinen Wiederherstellungsschlüssel (%s): ein neues Konto bekommt beim ersten Start einen. Hatte das Konto schon einen, LOTSE_MATRIX_RECOVERY_KEY setzen, sonst warnen die Apps der Leute vor dem Bot.", m.o.RecoveryFile)))
	}
	return all
}

func (m *Matrix) hasRecoveryFile() bool {
	_, err := os.Stat(m.o.RecoveryFile)
	return !errors.Is(err, fs.ErrNotExist)
}

// checkKeys looks at what other people's apps make of the bot's device.
func (m *Matrix) checkKeys(ctx context.Context, c *mautrix.Client) (all []chat.Finding) {
	known, err := c.QueryKeys(ctx, &mautrix.ReqQueryKeys{DeviceKeys: mautrix.DeviceKeysRequest{c.UserID: nil}})
	if err != nil {
		return []chat.Finding{unreachable(fault("keys", err), m.o.Homeserver)}
	}
	devices, selves := known.DeviceKeys[c.UserID], known.SelfSigningKeys[c.UserID]
	mine, published := devices[c.DeviceID]
	_, vouched := mine.Signatures[c.UserID][id.NewKeyID(id.KeyAlgorithmEd25519, string(selves.FirstKey()))]
	switch {
	case !published:
		all = append(all, chat.Broken.Finding("keys", "Der Server hat keine Schlüssel des Bots: Lotse neu starten."))
	case !vouched:
		all = append(all, chat.Warning.Finding("vouch", "Das Konto bestätigt dieses Gerät nicht, deshalb warnen die Apps der Leute vor dem Bot: LOTSE_MATRIX_RECOVERY_KEY setzen, bei einem neuen Konto LOTSE_MATRIX_PASSWORD, und neu starten."))
	default:
		all = append(all, chat.Fine.Finding("vouch", "Das Konto bestätigt das Gerät des Bots."))
	}
	for _, device := range slices.Sorted(maps.Keys(devices)) {
		if device != c.DeviceID && strings.HasPrefix(string(device), ownDevice) {
			all = append(all, chat.Warning.Finding("device.old", fmt.Sprintf("Der Bot hatte schon ein Gerät (%s), von dem die Datendatei nichts weiß: er hat sich neu angemeldet und kann nicht lesen, was davor geschrieben wurde. Das alte Gerät im Konto abmelden.", device)))
		}
	}
	if m.o.RecoveryKey == "" && !m.hasRecoveryFile() {
		all = append(all, chat.Warning.Finding("recovery", fmt.Sprintf("Der Wiederherstellungsschlüssel %s fehlt: aus der Aufbewahrung zurückholen. Ohne ihn warnen nach einem Verlust der Daten alle Apps vor dem Bot.", m.o.RecoveryFile)))
	}
	return all
}

// A hygiene is what is known of a desk's room.
type hygiene struct {
	members    int
	encryption event.EncryptionEventContent
	visibility event.HistoryVisibilityEventContent
	guests     event.GuestAccessEventContent
	rules      event.JoinRulesEventContent
	power      *event.PowerLevelsEventContent
	is         event.Membership // of the bot
}

// checkDesk looks at one room: who may come in, what they see (P-26), and what the bot
// may do there (P-18).
func checkDesk(ctx context.Context, c *mautrix.Client, desk string) (all []chat.Finding) {
	found := func(level chat.Level, code, text string) {
		all = append(all, level.Finding(code, fmt.Sprintf("Raum %s: %s", desk, text)))
	}
	room := id.RoomID(desk)
	if isAlias(desk) {
		answer, err := c.ResolveAlias(ctx, id.RoomAlias(desk))
		if err != nil {
			found(chat.Broken, "desk.unknown", "diese Adresse gibt es nicht: LOTSE_DESKS prüfen.")
			return all
		}
		room = answer.RoomID
	}
	h, err := hygieneOf(ctx, c, room)
	if err != nil || h.is != event.MembershipJoin {
		found(chat.Broken, "desk.out", "der Bot ist nicht darin, oder es gibt ihn nicht: den Bot einladen und LOTSE_DESKS prüfen.")
		return all
	}
	for _, wrong := range []struct {
		is         bool
		level      chat.Level
		code, text string
	}{
		{h.encryption.Algorithm != id.AlgorithmMegolmV1, chat.Broken, "desk.open", "er ist nicht verschlüsselt: in den Einstellungen die Verschlüsselung einschalten."},
		{h.visibility.HistoryVisibility == event.HistoryVisibilityWorldReadable, chat.Broken, "desk.world", "alle Welt kann ihn lesen: in den Einstellungen die Sichtbarkeit des Verlaufs einschränken."},
		{h.visibility.HistoryVisibility == event.HistoryVisibilityShared || h.visibility.HistoryVisibility == "", chat.Warning, "desk.history", "wer neu dazukommt, sieht alte Fragen: die Sichtbarkeit des Verlaufs auf „nur Mitglieder (ab ihrem Beitritt)“ stellen."},
		{h.rules.JoinRule == event.JoinRulePublic, chat.Broken, "desk.public", "jeder kann ihn betreten: auf „nur eingeladene Personen“ stellen."},
		{h.guests.GuestAccess == event.GuestAccessCanJoin && h.rules.JoinRule != event.JoinRuleInvite, chat.Warning, "desk.guests", "Gäste dürfen hinein: das abschalten."},
		{h.power.GetUserLevel(c.UserID) < h.power.GetEventLevel(event.EventEncrypted), chat.Broken, "desk.writing", "der Bot darf dort nicht schreiben: ihm ein höheres Recht geben."},
		{h.power.GetUserLevel(c.UserID) < h.power.Redact(), chat.Warning, "desk.deleting", "der Bot darf keine Nachrichten anderer löschen, auch wenn jemand seine Frage löschen lässt: ihn zum Moderator machen."},
		{h.members < 2, chat.Warning, "desk.empty", "außer dem Bot ist niemand darin: die Koordinatorinnen und Koordinatoren einladen."},
	} {
		if wrong.is {
			found(wrong.level, wrong.code, wrong.text)
		}
	}
	if len(all) == 0 {
		found(chat.Fine, "desk", "in Ordnung, jede Anfrage bekommt einen Thread.")
	}
	return all
}

// hygieneOf reads the state of a room.
func hygieneOf(ctx context.Context, c *mautrix.Client, room id.RoomID) (h hygiene, err error) {
	state, err := c.State(ctx, room)
	if err != nil {
		return h, fault("state of the desk", err)
	}
	get := func(kind event.Type) *event.Content {
		if evt := state[kind][""]; evt != nil {
			return &evt.Content
		}
		return &event.Content{}
	}
	h.encryption, h.visibility = *get(event.StateEncryption).AsEncryption(), *get(event.StateHistoryVisibility).AsHistoryVisibility()
	h.guests, h.rules, h.power = *get(event.StateGuestAccess).AsGuestAccess(), *get(event.StateJoinRules).AsJoinRules(), get(event.StatePowerLevels).AsPowerLevels()
	for user, evt := range state[event.StateMember] {
		is := evt.Content.AsMember().Membership
		if is == event.MembershipJoin {
			h.members++
		}
		if user == string(c.UserID) {
			h.is = is
		}
	}
	return h, nil
}
