//go:build botapi

package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// erasing is everything being deleted of somebody whose question was answered and talked
// about, while the program is ended again and again as a loss of power would. Afterwards
// nothing of it is found in the group, in the files or in the log.
func erasing(t *testing.T, p programs, desk kind) {
	const kills = 8
	words := []string{"Jobcenter", "Mittwoch", "Ausweis", "Kellerfenster"}
	if desk == forum { // elsewhere what replies to nothing is about nothing
		words = append(words, "Einladung")
	}
	b := startBotAPI(t, p, desk)
	b.do("users", fmt.Sprintf(`{"id":%d,"first_name":"Rima","language_code":"ar"}`, chatOfRima), nil)
	b.lotse.start()
	b.asksWithPhoto(`{"type":"photo","size":2000}`)
	card := b.hears(chatOfDesk, rimasQuestion)
	b.answers(card)
	b.hears(chatOfRima, bergersAnswer)
	b.deskSays("// Kellerfenster", card.Thread, card.ID)
	b.hears(chatOfDesk, "Notiz")
	b.says(chatOfRima, "/mydata")
	b.hears(chatOfRima, "يمكنك رؤية المحفوظ")
	b.press(chatOfRima, chatOfRima, "data", "privacy/data/delete")
	b.hears(chatOfRima, "ستُحذف كل أسئلتك")
	b.do("press", fmt.Sprintf(`{"chat":%d,"from":%d,"data":"privacy/delete/yes"}`, chatOfRima, chatOfRima), nil)
	for range kills {
		gone := make(chan struct{})
		time.AfterFunc(rand.N(150*time.Millisecond), func() {
			b.lotse.kill()
			close(gone)
		})
		<-gone
		b.lotse.start()
	}
	b.hears(chatOfDesk, "auf Wunsch gelöscht")
	b.hears(chatOfRima, "تم حذف بياناتك")
	b.quiet(3 * time.Second)
	b.lotse.stop()

	for _, s := range b.everything(chatOfDesk) {
		for _, word := range words {
			if text := s.Message.Text + s.Message.Caption; !s.Deleted && strings.Contains(text, word) {
				t.Errorf("the group still shows %q", text)
			}
		}
	}
	if n := b.count(chatOfDesk, "📎"); n > 0 {
		t.Errorf("%d files are left in the group", n)
	}
	files := map[string][]byte{"the log": []byte(b.lotse.said.String())}
	err := filepath.WalkDir(b.lotse.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files[path], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for name, raw := range files {
		for _, word := range words {
			if bytes.Contains(raw, []byte(word)) {
				t.Errorf("%q stands in %s", word, name)
			}
		}
	}
	b.isContent()
}

// everything is what anybody wrote in a chat.
func (b *botAPI) everything(chat int) []saying {
	b.t.Helper()
	var all []saying
	b.do(fmt.Sprintf("transcript?chat=%d", chat), "", &all)
	return all
}
