package bot

import (
	"slices"
	"testing"

	"lotse/bot/chat"
)

// album is what ann asks, or berger answers, with three photos.
func photos(p *player) (files []chat.File) {
	for _, ref := range []string{"one", "two", "three"} {
		files = append(files, chat.File{Kind: chat.Photo, Platform: p.net.name, Ref: ref, Size: 1000})
	}
	return files
}

func (p *player) asksWithAlbum() {
	p.t.Helper()
	p.play("ann /start", "ann ! de", "ann ! ask", "ann ! private", "ann ! housing", "ann ! yes")
	p.receive(chat.Event{Kind: chat.Media, From: "ann", In: p.net.at("ann"), Text: "My question.", Files: photos(p)})
	p.play("ann ! send")
}

func refs(messages []chat.Message) (all [][]string) {
	for _, m := range messages {
		var one []string
		for _, f := range m.Files {
			one = append(one, f.Ref)
		}
		if one != nil {
			all = append(all, one)
		}
	}
	return all
}

// An album is one request, and each of its messages is about the inquiry: replies
// find it, and its erasure deletes them all.
func TestAlbumIsOneRequest(t *testing.T) {
	p := newFaulty(t)
	p.net.apart = true
	p.asksWithAlbum()
	if got := refs(p.net.allOut); len(got) != 1 || !slices.Equal(got[0], []string{"one", "two", "three"}) {
		t.Fatalf("sent %v", got)
	}
	for i, on := range []string{"2", "3", "4"} {
		p.play("berger @desk re " + on + " > Answer.")
		if n := p.heard("(desk.preview "); n != i+1 {
			t.Errorf("a reply to message %s became %d drafts", on, n-i)
		}
	}
	p.play("ann /mydata", "ann ! data/delete", "ann ! delete/yes")
	if gone := p.net.room("desk").gone; slices.Contains(gone[:4], false) {
		t.Errorf("what is left after the erasure: %v", gone)
	}
}

// When one file is refused, the others arrive one by one, in order, and the answer
// says that it failed.
func TestAlbumWithABadFile(t *testing.T) {
	for bad, want := range map[string][]string{"one": {"two", "three"}, "two": {"one", "three"}, "three": {"one", "two"}} {
		t.Run(bad, func(t *testing.T) {
			p := newFaulty(t)
			p.ask("ann", "My question.")
			p.receive(chat.Event{Kind: chat.Media, From: "berger", Name: "Berger", In: theDesk, On: "1", Text: "Look.", Files: photos(p)})
			p.play("fail ann 1m", "berger @desk ! send", "wait 20s", "ann /menu")
			p.net.bad = bad
			p.play("wait 2h")
			var got []string
			for _, r := range refs(p.net.room("ann").messages) {
				got = append(got, r...)
			}
			if !slices.Equal(got, want) {
				t.Errorf("arrived: %v, want %v", got, want)
			}
			m := p.net.room("ann").messages
			if last := m[len(m)-1]; len(last.Files) > 0 || last.Text != "(menu.menu)" {
				t.Errorf("the last message is %+v", last)
			}
			if n := p.heard("(desk.undelivered"); n != 1 || p.heard("(desk.delivered") != 0 {
				t.Errorf("the desk was told %d times", n)
			}
			p.nothingLeft("out", "lane")
		})
	}
}
