//go:build matrix

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/e2e/friend"
	"lotse/e2e/homeserver"
)

// TestNumbers asks and answers without buttons, in encrypted rooms: by numbers in every
// script, words and taps, and then the asker deletes what she wrote.
func TestNumbers(t *testing.T) {
	server := homeserver.Start(t)
	lotse := server.Register("lotse")
	rima, cora := login(t, server, "rima"), login(t, server, "cora")
	bot := id.UserID("@lotse:localhost")
	desk := cora.Room(true, "Team", bot)
	mayRedact(t, cora, desk, bot)
	runMatrix(t, server.URL, lotse, desk)
	cora.Until(desk, "the bot", joins(bot))

	room := rima.DM(bot)
	rima.Until(room, "the bot", joins(bot))
	rima.Say(room, "Hallo")
	rima.Hears(room, "1️⃣ Deutsch")
	rima.Say(room, "١")
	menu := rima.Hears(room, "Zum Auswählen")
	rima.Sees(room, menu.ID, "1️⃣")
	rima.React(menu, "1️⃣")
	rima.Hears(room, "Kita")
	rima.Say(room, "۴")
	rima.Hears(room, "Wohnen")
	rima.Say(room, "Wohnen")
	consent := rima.Hears(room, "Matrix-Server")
	server.InClear(string(rima.React(consent, "✅"))) // what people tap is their own affair
	rima.Hears(room, "Bitte schreiben Sie Ihre Frage")
	question := rima.Say(room, "Darf der Vermieter einfach hereinkommen?")
	preview := rima.Hears(room, "Darf der Vermieter")
	rima.Sees(room, preview.ID, "1️⃣")
	rima.React(preview, "1️⃣")
	rima.Hears(room, "Ihre Frage ist gesendet")

	card := cora.Hears(desk, "Darf der Vermieter")
	tap := cora.Sees(desk, card.ID, "1️⃣")
	if tap.Wire != event.EventReaction {
		t.Errorf("a tap is a %v", tap.Wire)
	}
	claim := cora.React(card, "1️⃣")
	cora.Hears(desk, "in Arbeit, bei")
	cora.Until(desk, "the tap taken off", redacts(claim, bot))
	cora.Reply(card, "Nein, er muss vorher fragen.")
	draft := cora.Hears(desk, "So kommt die Antwort an")
	if root := draft.Content.AsMessage().RelatesTo.GetThreadParent(); root != card.ID {
		t.Errorf("the draft stands below %q, not below the card", root)
	}
	cora.Send(desk, event.EventMessage, &event.MessageEventContent{
		MsgType: event.MsgText, Body: "1", RelatesTo: (&event.RelatesTo{}).SetThread(card.ID, draft.ID),
	})
	rima.Hears(room, "er muss vorher fragen")
	cora.Hears(desk, "zugestellt")

	rima.Redact(room, question)
	rima.Hears(room, "zurückgezogen")
	cora.Until(desk, "the card deleted", redacts(card.ID, bot))
	cora.Hears(desk, "auf Wunsch gelöscht")
	for _, m := range cora.Messages(desk) {
		if m.Sender == bot && m.Type == event.EventMessage && m.Wire != event.EventEncrypted {
			t.Errorf("in the clear: %s", m.ID)
		}
	}
	left := wordsLeft(t, cora, desk, regexp.MustCompile("Vermieter|vorher fragen"))
	for _, which := range left {
		cora.Until(desk, "words deleted", redacts(which, bot))
	}
}

func login(t testing.TB, s *homeserver.Server, name string) *friend.Friend {
	t.Helper()
	a := s.Register(name)
	return friend.New(t, s.URL, a.User, a.Password)
}

// mayRedact lets the bot delete what others wrote.
func mayRedact(t *testing.T, by *friend.Friend, room id.RoomID, who id.UserID) {
	t.Helper()
	var levels event.PowerLevelsEventContent
	err := by.Client.StateEvent(t.Context(), room, event.StatePowerLevels, "", &levels)
	if err == nil {
		levels.SetUserLevel(who, 50)
		_, err = by.Client.SendStateEvent(t.Context(), room, event.StatePowerLevels, "", &levels)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// runMatrix runs the program until the test is over.
func runMatrix(t testing.TB, url string, as homeserver.Account, desk id.RoomID) *os.Process {
	t.Helper()
	cmd := exec.Command(build(t), "run")
	cmd.Env = append(os.Environ(), "LOTSE_TEST=1", "LOTSE_DATA="+t.TempDir(), "LOTSE_LISTEN=off", "LOTSE_DESK_UNDO=0",
		"LOTSE_MATRIX_HOMESERVER="+url, "LOTSE_MATRIX_USER="+as.User, "LOTSE_MATRIX_PASSWORD="+as.Password, "LOTSE_DESKS=matrix:"+string(desk))
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := cmd.Process.Signal(syscall.SIGTERM)
		if waited := cmd.Wait(); err != nil || waited != nil {
			t.Errorf("the program ended with %v, %v", err, waited)
		}
		if found := identities.FindString(log.String()); found != "" || strings.Contains(log.String(), rimasQuestion) || strings.Contains(log.String(), bergersAnswer) {
			t.Errorf("the log tells what nobody may know: %s", found)
		}
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return cmd.Process
}

// identities are people, rooms and events.
var identities = regexp.MustCompile(`[@!#$][^\s":]+:localhost|\$[\w-]{43}`)

func joins(who id.UserID) func(friend.Message) bool {
	return func(m friend.Message) bool {
		return m.Type == event.StateMember && m.GetStateKey() == string(who) && m.Content.AsMember().Membership == event.MembershipJoin
	}
}

func redacts(which id.EventID, by id.UserID) func(friend.Message) bool {
	return func(m friend.Message) bool {
		return m.Type == event.EventRedaction && m.Sender == by && (m.Redacts == which || m.Content.AsRedaction().Redacts == which)
	}
}

// wordsLeft are the events in a room that said something once.
func wordsLeft(t *testing.T, f *friend.Friend, room id.RoomID, words *regexp.Regexp) (all []id.EventID) {
	t.Helper()
	for _, m := range f.Messages(room) {
		content, ok := m.Content.Parsed.(*event.MessageEventContent)
		if ok && words.MatchString(strings.Join([]string{content.Body, m.Text()}, "\n")) {
			all = append(all, m.ID)
		}
	}
	if len(all) == 0 {
		t.Fatal("nothing was said")
	}
	return all
}
