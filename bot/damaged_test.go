package bot

import (
	"strings"
	"testing"

	"lotse/bot/chat"
	"lotse/store"
)

// damageRow changes a row of a room's lane, 0 the first: as it is read, or as it lies
// on disk.
func (p *player) damageRow(room string, at int, onDisk bool, change func(string) string) {
	p.t.Helper()
	prefix := keyOf("out", p.bot.lane(p.net.at(room))) + "/"
	f := func(tx store.Tx) error {
		rows, err := tx.Scan(prefix, "", at+1)
		if err != nil || len(rows) <= at {
			p.t.Fatalf("%d rows, %v", len(rows), err)
		}
		tx.Put(rows[at].Key, []byte(change(string(rows[at].Value))))
		return nil
	}
	update := p.bot.cfg.DB.Update
	if onDisk {
		update = p.bot.cfg.DB.Raw().Update
	}
	if err := update(p.t.Context(), f); err != nil {
		p.t.Fatal(err)
	}
}

// A row that cannot be read is put away and counted, those behind it are sent, and
// the desk is told when it was about an inquiry.
func TestDamagedRow(t *testing.T) {
	cut := func(s string) string { return s[:len(s)/2] }
	flip := func(s string) string { return s[:len(s)-1] + string(s[len(s)-1]^1) }
	otherType := func(s string) string { return strings.Replace(s, "bopdsend", "bop\x1a\x00\x00\x00\x07", 1) } // a number for a text
	for name, tt := range map[string]struct {
		room   string
		queue  []string // while the room is out of reach; the first is damaged, or the one behind it
		onDisk bool
		change func(string) string
		told   string // in the desk
		behind string // what still comes
	}{
		"menu of a newer release":   {"ann", []string{"ann /menu", "ann /help"}, false, otherType, "", "(help.about)"},
		"menu, cut off":             {"ann", []string{"ann /menu", "ann /help"}, false, cut, "(desk.damaged", "(help.about)"},
		"menu, broken on disk":      {"ann", []string{"ann /menu", "ann /help"}, true, flip, "(desk.damaged", "(help.about)"},
		"notice of a newer release": {"ann", []string{"berger @desk ! claim", "ann /help"}, false, otherType, "(desk.damaged", "(help.about)"},
		"answer of a newer release": {"ann", []string{"berger @desk re 1 > Answer.", "berger @desk ! send", "wait 20s", "ann /help"}, false, otherType, "why=why.damaged", "(help.about)"},
		"addition for the desk":     {"desk", []string{"ann > More.", "ann > Even more."}, false, otherType, "(desk.damaged", "Even more."},
		"addition, cut off":         {"desk", []string{"ann > More.", "ann > Even more."}, false, cut, "(desk.damaged", "Even more."},
		"addition, broken on disk":  {"desk", []string{"ann > More.", "ann > Even more."}, true, flip, "(desk.damaged", "Even more."},
		"nobody's notice, cut off":  {"desk", []string{"berger @desk /hilfe", "ann > Even more."}, false, cut, "", "Even more."},
		"nobody's, broken on disk":  {"desk", []string{"berger @desk /hilfe", "ann > Even more."}, true, flip, "", "Even more."},
		"emptied":                   {"ann", []string{"ann /menu", "ann /help"}, false, func(string) string { return "" }, "(desk.damaged", "(help.about)"},
		"second, broken on disk":    {"ann", []string{"ann /privacy", "ann /menu", "ann /help"}, true, flip, "(desk.damaged", "(help.about)"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newFaulty(t)
			p.ask("ann", "My question.")
			p.play("fail " + tt.room + " 1m")
			p.play(tt.queue...)
			at := 0
			if strings.HasPrefix(name, "second") {
				at = 1
			}
			p.damageRow(tt.room, at, tt.onDisk, tt.change)
			p.play("wait 2h")
			p.nothingLeft("out", "lane")
			if p.heard(tt.behind) == 0 {
				t.Error("the row behind it was not sent")
			}
			if n := p.heard("(desk.damaged") + p.heard("(desk.undelivered"); n > 1 || (n == 1) != (tt.told != "") || p.heard(tt.told) == 0 {
				t.Errorf("the desk was told %d times; it heard %v", n, p.net.said)
			}
			if h, err := p.bot.Health(t.Context()); err != nil || h.Damaged != 1 {
				t.Errorf("health says %+v, %v", h, err)
			}
			p.play("wait 721h")
			p.nothingLeft("damaged")
		})
	}
}

// What a row refers to may be damaged as well: the lane goes on.
func TestDamagedInquiry(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	p.play("fail desk 1m", "ann > More.")
	err := p.bot.cfg.DB.Update(t.Context(), func(tx store.Tx) error {
		tx.Put(p.rowsOf("inquiry")[0], []byte("{"))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p.play("wait 2h")
	p.nothingLeft("out", "lane")
	if err := p.bot.Receive(t.Context(), chat.Event{ID: "h", Kind: chat.Command, Text: "hilfe", At: p.now, From: "berger", In: theDesk}); err != nil {
		t.Fatal(err)
	}
	p.settle()
	if p.heard("(desk.help)") != 1 {
		t.Error("the desk hears nothing any more")
	}
}

// Who is erased takes along what was put away.
func TestDamagedIsErased(t *testing.T) {
	p := newFaulty(t)
	p.ask("ann", "My question.")
	p.play("fail ann 1m", "ann /menu", "ann /help")
	p.damageRow("ann", 0, false, func(s string) string { return s[:len(s)/2] })
	p.play("wait 2h", "ann /mydata", "ann ! data/delete", "ann ! delete/yes")
	p.nothingLeft("damaged")
	p.nothingLeft(ofPeople...)
}
