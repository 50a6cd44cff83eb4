package bot

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
	"lotse/store"
)

// offers lets somebody offer to interpret into a language, reached by telephone as well.
func (w *world) offers(who, kind, lang, phone string) {
	w.t.Helper()
	lines := []string{"/start", "! de", "/angebot", "! consent/yes", "! kinds/" + kind}
	switch lines = append(lines, "! kinds/next"); kind {
	case "interpreting":
		lines = append(lines, "! langs/"+lang, "! langs/next")
	case "room":
		lines = append(lines, "! skip")
	}
	for _, line := range append(lines, "! times/next", "! contact/phone", "> "+phone, "! check/save") {
		w.do(who + " " + line)
	}
}

// in counts the words in what a room was told.
func (w *world) in(room, words string) (n int) {
	for _, m := range w.net.room(room).messages {
		n += strings.Count(m.Text, words)
	}
	return n
}

// Nothing that tells who offers something, or how to reach them, is seen in the desk before
// they said yes, and after it only what they allowed; nothing of it can be read in the store.
func TestOffersShowNobody(t *testing.T) {
	w := newWorld(t, "")
	w.offers("rima-4711", "interpreting", "ku", "0341 555 777")
	w.offers("samir-4712", "interpreting", "ku", "0341 555 888")
	w.do("cora @desk /ressourcen", "cora @desk /ressourcen dolmetschen kurmancî", "cora @desk ! ask")
	for _, secret := range []string{"rima", "samir", "Rima", "Samir", "555"} {
		if n := w.in(theDesk.Room, secret); n > 0 {
			t.Errorf("the desk reads %q", secret)
		}
	}
	w.leaks()
	on := len(w.net.room(theDesk.Room).messages)
	w.do(fmt.Sprintf("cora @desk re %d > canary-request", on), "cora @desk ! send", "wait 20s")
	asked := "rima-4711"
	if w.in(asked, "canary-request") == 0 {
		asked = "samir-4712"
	}
	if w.in(asked, "canary-request") != 1 || w.in("rima-4711", "canary-request")+w.in("samir-4712", "canary-request") != 1 {
		t.Fatal("the request did not reach one of them")
	}
	w.do(asked + " ! no")
	if w.in(theDesk.Room, "555") > 0 {
		t.Error("the desk reads how to reach them after a no")
	}
	w.do(asked + " ! yes")
	if w.in(theDesk.Room, "0341 555") != 1 {
		t.Error("the desk does not read how to reach them after a yes")
	}
	rows := w.raw()
	for _, c := range []string{"rima", "samir", "0341 555", "canary-request"} {
		if bytes.Contains(rows, []byte(c)) {
			t.Errorf("the store shows %q", c)
		}
	}
	w.leaks()
}

// An offer holds for twelve months. After eleven its person is asked once, at a decent hour;
// who says yes offers it for twelve more, who says nothing for thirty days is asked nothing.
func TestOffersExpire(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.offers("ann", "room", "", "0341 1234567")
	w.offers("bea", "repair", "", "0341 1234567")
	end := w.now.AddDate(0, 11, 0)
	until := func(at time.Time) {
		for w.now.Before(at) {
			w.now = w.now.Add(min(at.Sub(w.now), 6*time.Hour))
			w.settle()
		}
	}
	until(end.Add(-time.Hour))
	if n := w.heard("(offer.still number"); n != 0 {
		t.Fatalf("%d were asked too early", n)
	}
	until(end.AddDate(0, 0, 3))
	if n := w.heard("(offer.still number"); n != 2 {
		t.Fatalf("%d were asked, want 2", n)
	}
	w.do("ann ! still/yes")
	until(end.AddDate(0, 0, 29))
	w.do("cora @desk /ressourcen raum", "cora @desk /ressourcen reparieren")
	if n := w.heard("(desk.offer.item"); n != 2 {
		t.Errorf("%d offers are found after 29 days, want 2", n)
	}
	until(end.AddDate(0, 0, 34))
	w.do("cora @desk /ressourcen raum", "cora @desk /ressourcen reparieren")
	if n := w.heard("(desk.offer.item"); n != 3 {
		t.Errorf("%d offers are found after 34 days, want one", n-2)
	}
	if n := w.heard("(offer.over)"); n != 1 {
		t.Errorf("%d were told that it is over", n)
	}
	if left := w.keyCount(); left["offer"] != 1 || left["offers"] != 1 || left["number"] != 1 {
		t.Errorf("left are %v", left)
	}
	until(end.AddDate(0, 11, 3))
	if n := w.heard("(offer.still number"); n != 3 {
		t.Errorf("%d were asked in the second year, want 1", n-2)
	}
}

// Whoever was asked longest ago, or never, stands first, and who rests is not found.
func TestOffersTakeTurns(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	for i := range flows.MostOffers + 2 {
		w.offers(fmt.Sprint("p", i), "interpreting", "ar", "0341 1234567")
	}
	asked := map[string]bool{}
	for range flows.MostOffers + 2 {
		w.do("cora @desk /ressourcen arabisch")
		room := w.net.room(theDesk.Room)
		first := room.messages[len(room.messages)-1].Buttons[0][0].ID
		if asked[first] {
			t.Fatalf("%s is offered first again", first)
		}
		asked[first] = true
		w.now = w.now.Add(time.Hour)
		w.do("cora @desk ! "+strings.TrimPrefix(first, "offer/"), fmt.Sprintf("cora @desk re %d > Morgen?", len(room.messages)+1), "cora @desk ! send", "wait 20s")
	}
	if n := w.heard("(desk.offer.more n=2)"); n != flows.MostOffers+2 {
		t.Errorf("%d times more were announced", n)
	}
}

// After "delete everything" nothing is left of an offer, of what was asked, or of suggestions;
// what stood in the desk is deleted. The sums of votes stay, and lead to nobody.
func TestSharesAreErased(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.offers("ann", "room", "", "0341 555777")
	for _, line := range []string{
		"ann /thema", "ann ! list/write", "ann > canary-topic", "ann ! send/yes", "cora @desk ! /yes",
		"ann /idee", "ann ! list/write", "ann > canary-idea", "ann ! send/yes", "cora @desk ! show",
		"bea /start", "bea ! de", "bea /thema", "bea ! list",
		"cora @desk /ressourcen raum", "cora @desk ! ask",
	} {
		w.do(strings.Replace(line, "! /yes", "! yes", 1))
	}
	w.do(fmt.Sprintf("cora @desk re %d > canary-request", len(w.net.room(theDesk.Room).messages)), "cora @desk ! send", "wait 20s", "ann ! yes")
	if w.in(theDesk.Room, "555777") != 1 {
		t.Fatal("the desk was not told")
	}
	w.do("ann /mydata", "ann ! data/delete", "ann ! delete/yes", "wait 1h")
	for kind, n := range w.keyCount() {
		switch kind {
		case "offer", "offers", "asked", "idea", "ideas", "project", "number", "post":
			t.Errorf("%d rows of kind %s are left", n, kind)
		case "vote":
			if n != 2 {
				t.Errorf("%d votes are left, want 2", n)
			}
		}
	}
	room := w.net.room(theDesk.Room)
	for i, m := range room.messages {
		if !room.gone[i] && room.bots[i] && (strings.Contains(m.Text, "canary") || strings.Contains(m.Text, "555777")) {
			t.Errorf("the desk still reads %s", m.Text)
		}
	}
	w.do("bea /thema")
	if n := w.heard("n=2 text=\"canary-topic\""); n == 0 {
		t.Error("the sum of the votes did not stay")
	}
}

// TestVotes: whatever people press, each topic's sum is the number of its votes, nobody has
// two, no row of one topic is found in another, and no row holds who voted.
func TestVotes(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	for i := range 3 {
		who := fmt.Sprint("s", i)
		w.do(who+" /start", who+" ! de", who+" /thema", who+" ! list/write", who+" > Worum es geht", who+" ! send/yes", "cora @desk ! yes")
	}
	var ids []string
	w.view(func(r store.Reader) error {
		all, err := themes(r)
		for _, theme := range all {
			ids = append(ids, theme.ID)
		}
		return err
	})
	want := map[string]map[string]bool{}
	for i, id := range ids {
		want[id] = map[string]bool{fmt.Sprint("s", i): true}
	}
	rnd := rand.New(rand.NewPCG(8, 1))
	for n := range 8 {
		w.do(fmt.Sprintf("s%d /start de", n))
	}
	for range 400 {
		who, id := fmt.Sprint("s", rnd.IntN(8)), ids[rnd.IntN(3)]
		w.receive(chat.Event{Kind: chat.Command, Text: "thema", From: who, In: w.net.at(who)})
		w.receive(chat.Event{Kind: chat.Press, Press: "topics/list/" + id, From: who, In: w.net.at(who)})
		want[id][who] = !want[id][who]
	}
	var rows []string
	w.view(func(r store.Reader) error {
		all, err := themes(r)
		for _, theme := range all {
			votes, e := r.Scan(keyOf("vote", theme.ID)+"/", "", store.MaxScan)
			if e != nil {
				err = e
			}
			n := 0
			for _, voted := range want[theme.ID] {
				if voted {
					n++
				}
			}
			if theme.Votes != len(votes) || theme.Votes != n {
				t.Errorf("the sum is %d, there are %d rows, and %d voted", theme.Votes, len(votes), n)
			}
			for _, v := range votes {
				index := v.Key[strings.LastIndex(v.Key, "/"):]
				if slices.Contains(rows, index) {
					t.Error("the same index in two topics")
				}
				rows = append(rows, index)
				if len(v.Value) > 0 {
					t.Errorf("a vote holds %q", v.Value)
				}
			}
		}
		return err
	})
	if len(rows) == 0 {
		t.Error("nobody voted")
	}
}

// Thirty people vote at once, each told twice: the sum is that of the votes.
func TestManyVoteAtOnce(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.do("ann /start de", "ann /thema", "ann ! list/write", "ann > Worum es geht", "ann ! send/yes", "cora @desk ! yes")
	var id string
	w.view(func(r store.Reader) error {
		all, err := themes(r)
		id = all[0].ID
		return err
	})
	const many = 30
	for i := range many {
		w.do(fmt.Sprintf("p%d /start de_join", i))
		who := fmt.Sprint("p", i)
		w.receive(chat.Event{Kind: chat.Command, Text: "thema", From: who, In: w.net.at(who)})
	}
	var all sync.WaitGroup
	for i := range 2 * many {
		all.Go(func() {
			who := fmt.Sprint("p", i%many)
			err := w.bot.Receive(t.Context(), chat.Event{ID: "vote-" + who, Kind: chat.Press, At: w.now, In: w.net.at(who), From: who, Press: "topics/list/" + id})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.view(func(r store.Reader) error {
		theme, _, err := load[flows.Theme](r, keyOf("topic", id))
		if theme.Votes != many+1 {
			t.Errorf("%d votes, want %d", theme.Votes, many+1)
		}
		return err
	})
}

// crowdOffers fills the store with offers, as people who said so would.
func crowdOffers(b testing.TB, db store.DB, bot *Bot, n int) {
	b.Helper()
	kinds, langs := flows.OfferKinds, flows.OfferLangs
	for from := 0; from < n; from += 20 {
		err := bot.transact(context.Background(), fmt.Sprint("crowd", from), func(t *turn) error {
			for i := from; i < min(from+20, n); i++ {
				o := flows.Offer{
					Number: fmt.Sprint(10000 + i), Kinds: []string{kinds[i%len(kinds)], "interpreting"}, Langs: []string{langs[i%len(langs)], langs[(i+1)%len(langs)]},
					Words: "Was ich gern tue", Times: []string{"evening"}, Version: flows.OfferVersion,
				}.Holds(t.now)
				pid := stampOf(time.Unix(1780000000, 0)) + fmt.Sprintf("%08x", i)
				if err := bot.cfg.DB.NewPerson(t.tx, pid); err != nil {
					return err
				}
				save(t.tx, keyOf("number", o.Number), ref{PID: pid, Given: offerID})
				save(t.tx, keyOf("offer", pid), o)
				if err := t.list(o, false); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOffers measures a search of the desk among 10,000 offers, from the command to
// the message in the outbox.
//
//	go test -tags goolm -run '^$' -bench 'Offers|Topics' ./bot
func BenchmarkOffers(b *testing.B) {
	e := newEngine(b, 1, &writeLog{})
	crowdOffers(b, e.bot.cfg.DB, e.bot, 10_000)
	for _, search := range []string{"dolmetschen kurmancî", "dolmetschen", "hausaufgaben türkisch", ""} {
		b.Run(strings.ReplaceAll(search, " ", "-"), func(b *testing.B) {
			for i := range b.N {
				ev := chat.Event{ID: fmt.Sprint(b.Name(), b.N, i), Kind: chat.Command, Text: "ressourcen", Args: search, At: time.Now(), In: theDesk, From: "cora", Name: "Cora"}
				if err := e.bot.Receive(b.Context(), ev); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkTopics measures the list of topics for a person, with as many as there can be,
// and a vote.
func BenchmarkTopics(b *testing.B) {
	e := newEngine(b, 1, &writeLog{})
	err := e.bot.transact(b.Context(), "topics", func(t *turn) error {
		for i := range flows.MaxThemes {
			id := fmt.Sprintf("%022d", i)
			save(t.tx, keyOf("topic", id), flows.Theme{ID: id, Text: strings.Repeat("Thema ", 30), Votes: 100, Since: t.now})
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for i := range b.N {
		press := "nav/topics"
		if i%2 == 1 {
			press = fmt.Sprintf("topics/list/%022d", flows.MaxThemes-1)
		}
		if err := e.receive(0, chat.Event{Kind: chat.Press, Press: press}); err != nil {
			b.Fatal(err)
		}
	}
}

// What coordinators type for kinds and languages, in German and in the languages' own names,
// with and without accents, with typing errors.
func TestWanted(t *testing.T) {
	w := newWorld(t, "")
	for typed, want := range map[string]string{
		"dolmetschen kurmancî": "interpreting ku", "Dolmetschen Kurmanci": "interpreting ku", "dolmetscherin arabisch": "interpreting ar",
		"übersetzen, türkçe": "interpreting tr", "dolmetscen turkce": "interpreting tr", "Sprachmittlung Tiếng Việt": "interpreting vi",
		"dolmetschen farsi": "interpreting fa", "dolmetschen dari": "interpreting fa", "dolmetschen українська": "interpreting uk",
		"dolmetschen العربية": "interpreting ar", "dolmetschen ukrainsch": "interpreting uk", "gebärdensprache": "gsg",
		"hausaufgaben": "homework", "nachhilfe": "homework", "kinderbetreuung": "childcare", "babysitten": "childcare",
		"raum": "room", "räume": "room", "fahrrad reparieren": "repair", "begleitung amt": "office", "möbel": "things",
		"fachwissen": "knowledge", "sonstiges": "other", "dolmetschen dolmetschen": "interpreting",
		"xylofon": "! xylofon", "dolmetschen klingonisch": "interpreting ! klingonisch", "": "",
	} {
		w.inTurn(func(turn *turn) error {
			has, unknown := turn.wanted(typed)
			for _, u := range unknown {
				has = append(has, "! "+u)
			}
			if got := strings.Join(has, " "); got != want {
				t.Errorf("%q: %q, want %q", typed, got, want)
			}
			return nil
		})
	}
}

// Who has asked and suggested as much as is kept can still see as many topics as there can be,
// vote, and suggest one more: a transaction is bounded (store.MaxReads).
func TestTopicsOfSomebodyWithMuch(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.ask("ann", "My question.")
	pid := w.pid("ann")
	w.inTurn(func(turn *turn) error {
		for i := range flows.MaxKept - 1 {
			q := flows.Inquiry{ID: turn.timed(), Number: fmt.Sprint(20000 + i), Status: flows.Closed, Topic: "other", Changed: turn.now, Created: turn.now}
			save(turn.tx, keyOf("inquiry", pid, q.ID), q)
		}
		for range flows.MaxSuggestions - 1 {
			s := flows.Suggestion{ID: turn.timed(), Kind: flows.SuggestProject, Text: "x", Status: flows.SuggestNew}
			save(turn.tx, keyOf("idea", pid, s.ID), s)
		}
		for i := range flows.MaxThemes {
			id := fmt.Sprintf("%022d", i)
			save(turn.tx, keyOf("topic", id), flows.Theme{ID: id, Text: "x", Since: turn.now})
		}
		return nil
	})
	w.do("ann /thema", "ann ! list", "ann ! list/more", "ann ! list/write", "ann > Worum es geht", "ann ! send/yes", "ann ! list/write", "ann > Noch eines", "ann ! send/yes",
		"cora @desk ! yes", "cora @desk /themen", "ann /mydata", "ann ! data/stored")
	if w.heard("(topics.sent)") != 1 || w.heard("(suggest.many") != 1 || w.heard("(desk.idea.full") != 1 || w.heard("(privacy.stored.idea text") != flows.MaxSuggestions {
		t.Errorf("heard %d, %d, %d, %d", w.heard("(topics.sent)"), w.heard("(suggest.many"), w.heard("(desk.idea.full"), w.heard("(privacy.stored.idea text"))
	}
}
