//go:build goolm

package matrix

import (
	"testing"
	"time"

	"lotse/bot/chat"
)

// TestLost: whoever nobody answered before the bot lost its memory is asked to write
// again, once; and nobody else.
func TestLost(t *testing.T) {
	f := newFake(t)
	for _, room := range []string{talk, "!answered:fake", "!old:fake"} {
		f.room(room, megolm, rima, bot)
	}
	f.room(team, megolm, eva, ali, bot)
	f.room("!crowd:fake", megolm, eva, ali, rima, bot)
	f.text(talk, rima, "eins")
	id := f.say(talk, rima, "m.room.encrypted", object{"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgA", "session_id": "lost"})
	f.say(talk, rima, "m.reaction", object{"m.relates_to": object{"rel_type": "m.annotation", "event_id": id, "key": "👍"}})
	f.text("!answered:fake", rima, "zwei")
	f.text("!answered:fake", bot, "Antwort")
	desk := f.text(team, eva, "vier")
	f.text("!old:fake", rima, "drei")
	f.text("!crowd:fake", rima, "fünf")
	for i, h := range f.log {
		age := time.Hour
		if h.room == "!old:fake" {
			age = replayed + time.Minute
		}
		h.evt["origin_server_ts"] = time.Now().Add(-age).UnixMilli() + int64(i)
	}
	in := newInbox(t)
	run(t, f.open(Options{Desks: []string{team}}), in)
	want := map[string]string{talk: id, team: desk}
	for range 2 {
		ev := in.said()
		if ev.Kind != chat.Doubtful || ev.Text != string(chat.DoubtLost) || ev.Message != want[ev.In.Room] {
			t.Errorf("told: %+v", ev)
		}
		delete(want, ev.In.Room)
	}
	f.say("!answered:fake", rima, "m.room.message", object{"msgtype": "m.text", "body": "danach"})
	if ev := in.said(); ev.Text != string(chat.DoubtClear) {
		t.Errorf("told: %+v", ev)
	}
}

// TestVerification: a client that wants to compare pictures gets an answer, in the talk
// with its user, whether it asks there or from device to device.
func TestVerification(t *testing.T) {
	f := newFake(t)
	f.room(talk, megolm, rima, bot)
	f.room(team, megolm, rima, eva, bot)
	f.tokens["given"] = device{bot, "GIVEN"}
	in := newInbox(t)
	run(t, f.open(Options{Desks: []string{team}, Token: "given"}), in)
	f.text(talk, rima, "now it knows the rooms")
	in.said()
	ask := func(at time.Time, from, transaction string) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.happen(happened{to: device{bot, "GIVEN"}, evt: object{"type": "m.key.verification.request", "sender": from, "content": object{
			"from_device": "PHONE", "methods": []string{"m.sas.v1"}, "timestamp": at.UnixMilli(), "transaction_id": transaction,
		}}})
	}
	ask(time.Now().Add(-time.Hour), rima, "too late")
	ask(time.Now(), "@nobody:fake", "a stranger")
	ask(time.Now(), rima, "one")
	ev := in.said()
	if ev.Kind != chat.Doubtful || ev.Text != string(chat.DoubtVerify) || ev.In != here || ev.From != rima {
		t.Errorf("told: %+v", ev)
	}
	plainly := f.say(talk, rima, "m.room.message", object{"msgtype": "m.key.verification.request", "body": "verify", "to": bot, "from_device": "PHONE"})
	if ev := in.said(); ev.Text != string(chat.DoubtVerify) || ev.Message != plainly {
		t.Errorf("told: %+v", ev)
	}
	f.say(talk, rima, "m.room.message", object{"msgtype": "m.key.verification.request", "body": "verify", "to": eva, "from_device": "PHONE"})
	p := newPerson(t, f)
	secret, send := p.secretly(object{"msgtype": "m.key.verification.request", "body": "verify", "to": bot, "from_device": "PHONE", "methods": []string{"m.sas.v1"}})
	send()
	id := f.say(talk, rima, "m.room.encrypted", secret)
	if ev := in.said(); ev.Kind != chat.Doubtful || ev.Text != string(chat.DoubtVerify) || ev.Message != id {
		t.Errorf("told: %+v", ev)
	}
}

// TestNotTheirs: what the server says somebody has sent, though another device has
// encrypted it, is not theirs; not when its key comes later, either, nor when the bot
// itself has encrypted it.
func TestNotTheirs(t *testing.T) {
	f := newFake(t)
	f.room(talk, megolm, rima, bot)
	m, in := f.open(Options{}), newInbox(t)
	run(t, m, in)
	f.text(talk, rima, "offen")
	in.said() // now the bot has a device
	p := newPerson(t, f)
	doubtful := func(id, from string) {
		t.Helper()
		if ev := in.said(); ev.Kind != chat.Doubtful || ev.Text != string(chat.DoubtKey) || ev.Message != id || ev.From != from {
			t.Errorf("told: %+v", ev)
		}
	}
	secret, send := p.secret("Senden")
	send()
	doubtful(f.say(talk, eva, "m.room.encrypted", secret), eva)
	late, send := p.secret("Senden")
	id := f.say(talk, eva, "m.room.encrypted", late)
	f.text(talk, rima, "offen")
	if ev := in.said(); ev.Text != string(chat.DoubtClear) {
		t.Errorf("told: %+v", ev)
	}
	send()
	doubtful(id, eva)
	theirs, send := p.secret("wirklich")
	send()
	f.say(talk, rima, "m.room.encrypted", theirs)
	if ev := in.said(); ev.Text != "wirklich" {
		t.Errorf("told: %+v", ev)
	}
	if _, err := m.Send(t.Context(), "row", here, chat.Message{Text: "vom Bot"}); err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	own := f.log[len(f.log)-1].evt["content"].(object)
	f.mu.Unlock()
	doubtful(f.say(talk, rima, "m.room.encrypted", own), rima)
}
