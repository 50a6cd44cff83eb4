package telegram

import (
	"net/url"
	"strconv"
	"testing"

	"lotse/bot/chat"
	"lotse/bot/platformtest"
)

func TestPlatform(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) platformtest.Network {
		f := newFake(t)
		f.atOnce = 1
		person := `"from":{"id":` + strconv.Itoa(rima) + `},"chat":{"id":` + strconv.Itoa(rima) + `,"type":"private"}`
		return platformtest.Network{
			Platform: f.serve(Options{}), Room: chat.Address{Platform: Platform, Room: strconv.Itoa(rima)}, Units: MaxText,
			Speak: f.say,
			Press: func(on, b string) {
				f.tell(`"callback_query":{"id":"press-%s","from":{"id":%d},"data":%q,"message":{"message_id":%s,"date":1790000000,%s}}`, b, rima, b, on, person)
			},
			Block: func() {
				f.blocked = true
				f.tell(`"my_chat_member":{%s,"date":1790000001,"old_chat_member":{"status":"member"},"new_chat_member":{"status":"kicked"}}`, person)
			},
			Break: func() {
				f.fail = func(string, url.Values) (int, string) { return 502, "<html>Bad Gateway</html>" }
			},
			Restart: func() chat.Platform { return f.serve(Options{}) },
			Shown: func() []platformtest.Shown {
				var all []platformtest.Shown
				for _, p := range f.posts {
					if !p.deleted {
						all = append(all, p.Shown)
					}
				}
				return all
			},
		}
	})
}
