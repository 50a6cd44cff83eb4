//go:build goolm

package matrix

import (
	"net/http"
	"net/url"
	"testing"

	"lotse/bot/chat"
	"lotse/bot/platformtest"
)

const talk = "!talk:fake"

func unescape(s string) string {
	out, err := url.PathUnescape(s)
	if err != nil {
		return s
	}
	return out
}

// chatOfTwo is a room of Rima and the bot that is not encrypted, and that the bot may
// not encrypt.
func (f *fake) chatOfTwo() {
	f.room(talk, map[string]object{"m.room.power_levels": {}}, rima, bot)
}

func TestPlatform(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) platformtest.Network {
		f := newFake(t)
		f.single = true
		f.chatOfTwo()
		return platformtest.Network{
			Platform: f.open(Options{}), Room: chat.Address{Platform: Platform, Room: talk}, Units: maxUnits, Once: true,
			Speak: func(words string) { f.text(talk, rima, words) },
			Block: func() {
				f.mu.Lock()
				defer f.mu.Unlock()
				f.set(talk, rima, "m.room.member", rima, object{"membership": "leave"})
			},
			Break: func() {
				f.failing(func(*http.Request) (int, object) { return 502, object{} })
			},
			Restart: func() chat.Platform { return f.open(Options{}) },
			Shown:   f.shown,
		}
	})
}

// shown are the bot's messages as their reader sees them.
func (f *fake) shown() (all []platformtest.Shown) {
	f.mu.Lock()
	defer f.mu.Unlock()
	find := func(id any) *platformtest.Shown {
		for i := range all {
			if all[i].ID == id {
				return &all[i]
			}
		}
		return &platformtest.Shown{}
	}
	for _, h := range f.log {
		content, _ := h.evt["content"].(object)
		to, _ := content["m.relates_to"].(object)
		switch {
		case h.evt["sender"] != bot || len(content) == 0:
		case h.evt["type"] == "m.reaction":
			m := find(to["event_id"])
			m.Reactions = append(m.Reactions, to["key"].(string))
		case to["rel_type"] == "m.replace":
			find(to["event_id"]).Text = content["m.new_content"].(object)["body"].(string)
		case h.evt["type"] == "m.room.message":
			m := platformtest.Shown{ID: h.evt["event_id"].(string), Text: content["body"].(string)}
			if reply, ok := to["m.in_reply_to"].(object); ok {
				m.Reply = reply["event_id"].(string)
			}
			all = append(all, m)
		}
	}
	return all
}
