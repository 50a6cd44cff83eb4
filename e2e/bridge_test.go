//go:build matrix && botapi

package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"

	"lotse/e2e/homeserver"
)

// TestBridge: people ask on one network, coordinators answer on the other.
func TestBridge(t *testing.T) {
	p := buildPrograms(t)
	start := func(t *testing.T) (*botAPI, *homeserver.Server) {
		t.Helper()
		s := homeserver.Start(t)
		a := s.Register("lotse")
		b := startBotAPI(t, p, plain)
		b.lotse.env = append(b.lotse.env, "LOTSE_MATRIX_HOMESERVER="+s.URL, "LOTSE_MATRIX_USER="+a.User, "LOTSE_MATRIX_PASSWORD="+a.Password)
		return b, s
	}

	for name, login := range map[string]func(*testing.T, *homeserver.Server, string) client{"a foreign client": withForeign, "a friend's": withFriend} {
		t.Run("asked on Telegram, answered with "+name, func(t *testing.T) {
			b, s := start(t)
			team := newTalk(t, login(t, s, "cora"))
			team.room = team.Team(theBot)
			b.lotse.env = append(b.lotse.env, "LOTSE_DESKS=matrix:"+string(team.room))
			b.do("users", `{"id":4711,"first_name":"Rima","language_code":"ar"}`, nil)
			b.lotse.start()
			team.Until(team.room, "the bot", joins(theBot))
			letter(t, inTelegram{b}, team)
			team.isEncrypted()
			b.lotse.stop()
			b.isContent()
		})
	}

	t.Run("asked on Matrix", func(t *testing.T) {
		b, s := start(t)
		rima := login(t, s, "rima")
		b.lotse.start()
		room := rima.DM(theBot)
		rima.Until(room, "the bot", joins(theBot))
		for _, step := range [][2]string{
			{"Hallo", "1️⃣ Deutsch"}, {"1", "Zum Auswählen"}, {"1", "Kita"}, {"4", "Wohnen"}, {"Wohnen", "Matrix-Server"}, {"1", "Bitte schreiben Sie Ihre Frage"},
		} {
			rima.Say(room, step[0])
			rima.Hears(room, step[1])
		}
		rima.File(room, event.MsgImage, "brief.jpg", "image/jpeg", located(t))
		rima.Say(room, rimasQuestion)
		rima.Hears(room, rimasQuestion)
		rima.Say(room, "1")
		rima.Hears(room, "Ihre Frage ist gesendet")
		card := b.hears(chatOfDesk, rimasQuestion)
		b.deskSays(bergersAnswer, card.Thread, card.ID)
		b.hears(chatOfDesk, "So kommt die Antwort an")
		b.press(chatOfDesk, berger, "label", "Senden")
		rima.Hears(room, bergersAnswer)
		b.lotse.stop()
		b.isContent()
	})
}

// located is a photo that knows where it was taken.
func located(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 60, 80)), nil); err != nil {
		t.Fatal(err)
	}
	exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x0051.3154 N 12.2787 E"
	return slices.Concat(b.Bytes()[:2], []byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, []byte(exif), b.Bytes()[2:])
}

// inTelegram is an asker on Telegram.
type inTelegram struct{ *botAPI }

func (b inTelegram) asks(photo []byte) {
	b.t.Helper()
	b.asksWithPhoto(fmt.Sprintf(`{"type":"photo","base64":%q}`, base64.StdEncoding.EncodeToString(photo)))
}

func (b inTelegram) says(words string) string {
	b.t.Helper()
	var sent struct {
		ID int64 `json:"message_id"`
	}
	b.do("send", fmt.Sprintf(`{"from":%d,"text":%q}`, chatOfRima, words), &sent)
	return fmt.Sprint(sent.ID)
}

func (b inTelegram) edits(which, words string) {
	b.t.Helper()
	b.do("edit", fmt.Sprintf(`{"chat":%d,"message_id":%s,"text":%q}`, chatOfRima, which, words), nil)
}

func (b inTelegram) goes() {
	b.t.Helper()
	b.do("send", fmt.Sprintf(`{"from":%d,"location":{"latitude":51.31,"longitude":12.28}}`, chatOfRima), nil)
}

func (b inTelegram) hears(words string) { b.t.Helper(); b.botAPI.hears(chatOfRima, words) }

func (b inTelegram) sees(photo []byte) {
	b.t.Helper()
	b.botAPI.hears(chatOfRima, "📎")
	var all []struct {
		Message struct {
			Photo []struct {
				ID string `json:"file_id"`
			}
		}
	}
	b.do(fmt.Sprintf("transcript?chat=%d&by=bot", chatOfRima), "", &all)
	for _, s := range all {
		if sizes := s.Message.Photo; len(sizes) > 0 {
			r, err := b.control.Get(b.url + "/control/file?file_id=" + query(sizes[len(sizes)-1].ID))
			if err != nil {
				b.t.Fatal(err)
			}
			defer r.Body.Close()
			if data, err := io.ReadAll(r.Body); err != nil || r.StatusCode != http.StatusOK || !bytes.Equal(data, photo) {
				b.t.Errorf("the photo has changed on its way: %d bytes, %v", len(data), err)
			}
			return
		}
	}
	b.t.Error("there is no photo")
}

func (b inTelegram) finds() {
	b.t.Helper()
	b.botAPI.hears(chatOfRima, "📍 مكان")
	var made []request
	if b.do("requests?method=sendVenue", "", &made); len(made) != 1 {
		b.t.Fatalf("%d places", len(made))
	}
	p := made[0].Params
	if p["latitude"] != "51.310000" || p["longitude"] != "12.280000" || p["title"] != "Komm-Haus" || p["address"] != "Selliner Str. 17" {
		b.t.Errorf("the place is %v", p)
	}
}

func (b inTelegram) heard(words string) bool {
	b.t.Helper()
	raw, err := json.Marshal(b.said(chatOfRima))
	if err != nil {
		b.t.Fatal(err)
	}
	return strings.Contains(string(raw), words)
}
