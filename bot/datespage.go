package bot

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"lotse/bot/board"
	"lotse/bot/chat"
	"lotse/flows"
)

// datesPage is the page of all dates.
func (b edition) datesPage(v visit) board.Dates {
	say := func(key string) string { return b.label(v.lang, flows.Text{Key: key}) }
	coming := board.Section{ID: "coming", Title: say("board.coming"), None: say("board.none")}
	past := board.Section{ID: "past", Title: say("board.past")}
	for _, m := range public(v.all, v.kind, v.now) {
		if m.Over(v.now) {
			past.Dates = append(past.Dates, b.date(v, m))
		} else {
			coming.Dates = append(coming.Dates, b.date(v, m))
		}
	}
	slices.Reverse(past.Dates)
	page := board.Dates{
		Frame: b.frame(v.lang, "board.title"), Lead: say("board.lead"),
		Languages: board.Menu{Name: say("board.languages")}, Kinds: board.Menu{Name: say("board.kinds")},
		Sections: []board.Section{coming, past}, Calendar: b.calendarBox(v), Chat: b.chatBox(v.lang),
	}
	for _, l := range b.words.Languages() {
		page.Languages.Links = append(page.Languages.Links, board.Link{
			Tongue: b.tongue(l.Tag), Label: l.Name, Address: b.below() + v.of(l.Tag, v.kind), Here: l.Tag == v.lang,
		})
	}
	if kinds := kindsOf(v); len(kinds) > 1 {
		page.Kinds.Links = append(page.Kinds.Links, board.Link{Label: say("board.all"), Address: b.below() + v.of(v.lang, ""), Here: v.kind == ""})
		for _, k := range kinds {
			page.Kinds.Links = append(page.Kinds.Links, board.Link{
				Label: b.label(v.lang, kindOf(flows.Meeting{Kind: k})), Address: b.below() + v.of(v.lang, k), Here: v.kind == k,
			})
		}
	}
	return page
}

// of is the page of dates of a kind in a language.
func (v visit) of(lang string, kind flows.MeetingKind) string { return local("", lang) + query(kind) }

func query(kind flows.MeetingKind) string {
	if kind == "" {
		return ""
	}
	return "&kind=" + url.QueryEscape(string(kind))
}

// kindsOf are the kinds of the meetings that are shown.
func kindsOf(v visit) (out []flows.MeetingKind) {
	for _, k := range flows.MeetingKinds {
		if len(public(v.all, k, v.now)) > 0 || k == v.kind {
			out = append(out, k)
		}
	}
	return out
}

func (b edition) frame(lang, title string) board.Frame {
	return board.Frame{
		Tongue: b.tongue(lang), Title: b.label(lang, flows.Text{Key: title}), Skip: b.label(lang, flows.Text{Key: "board.skip"}),
		Style: b.below() + PublicPath + "/stil.css",
	}
}

// tongue is a language as HTML names it.
func (b edition) tongue(lang string) board.Tongue {
	t := board.Tongue{Lang: lang, Dir: "ltr"}
	if base, simple := strings.CutSuffix(lang, "-simple"); simple {
		t.Lang = base + "-x-simple" // private use (BCP 47, 2.2.7)
	}
	if b.rtl[lang] {
		t.Dir = "rtl"
	}
	return t
}

// date is a meeting on the page of dates.
func (b edition) date(v visit, m flows.Meeting) board.Date {
	d := b.dateBody(v.lang, m, slices.Concat(flows.MeetingBody(m, v.seats[m.ID], v.lang, v.now), instead(m, v.all)))
	say := func(key string) string { return b.label(v.lang, flows.Text{Key: key}) }
	if at := mapOf(m.Venue); at != "" {
		d.Links = append(d.Links, board.Link{Label: say("board.map"), Address: at})
	}
	d.Links = append(d.Links, board.Link{Label: say("board.file"), Address: b.below() + local("/"+m.ID+".ics", v.lang), File: true})
	if m.Coming(v.now) {
		d.Links = append(d.Links, board.Link{Label: say("board.notice"), Address: b.below() + local("/"+m.ID+"/aushang", v.lang)})
	}
	d.Papers.Name = say("board.papers")
	for _, p := range m.Papers {
		link := board.Link{Label: p.Title}
		if u, err := url.Parse(p.Link); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
			link.Address = p.Link
		} else {
			link.Label = b.label(v.lang, flows.Text{Key: "board.paper", Args: []flows.Arg{{Name: "title", Kind: flows.Name, Text: p.Title}}})
		}
		d.Papers.Links = append(d.Papers.Links, link)
	}
	return d
}

// dateBody is what is said about a meeting, in a language.
func (b edition) dateBody(lang string, m flows.Meeting, body []flows.Text) board.Date {
	words, foreign := m.In(lang)
	own := board.Tongue{}
	if foreign {
		own = b.tongue("de")
	}
	d := board.Date{
		ID: m.ID, Title: board.Line{Tongue: own, Text: words.Title}, Kind: b.label(lang, kindOf(m)), Gone: m.Cancelled,
		Machine: m.Start.In(b.lists.berlin).Format(time.RFC3339),
	}
	for _, t := range body {
		switch t.Key {
		case "meeting.head":
		case "meeting.when":
			d.When = b.lines(lang, t)[0]
		case "quote":
			for _, l := range b.lines(lang, t) {
				l.Tongue = own
				d.Lines = append(d.Lines, l)
			}
		default:
			d.Lines = append(d.Lines, b.lines(lang, t)...)
		}
	}
	return d
}

// lines are those of a text, for a page: what its clients need of signs is done there by
// HTML.
func (b edition) lines(lang string, t flows.Text) (out []board.Line) {
	for line := range strings.SplitSeq(b.text(lang, t).Text, "\n") {
		line = strings.TrimPrefix(line, "\u200f")
		l := board.Line{Text: line, Strong: strings.HasPrefix(t.Key, "meeting.cancelled"), Item: t.Key == "meeting.point"}
		if sign, rest, found := strings.Cut(line, " "); found && !strings.ContainsFunc(sign, isWordRune) {
			l.Emoji, l.Text = sign, rest
		}
		if l.Item {
			l.Emoji = "" // lists have points of their own
		}
		out = append(out, l)
	}
	return out
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsPunct(r) && r != '•' || unicode.Is(unicode.Cf, r) && r != '\u200d'
}

// mapOf is a link to a place on a map: nothing of the map is on the page (P-30).
func mapOf(v flows.Venue) string {
	place, ok := chat.ParsePlace(v.Geo, "")
	if !ok {
		return ""
	}
	north, east, ok := place.Where()
	if !ok {
		return ""
	}
	return "https://www.openstreetmap.org/?mlat=" + north + "&mlon=" + east + "#map=18/" + north + "/" + east
}

// calendarBox says how to have the dates in one's own calendar (domain D8).
func (b edition) calendarBox(v visit) board.Box {
	box := board.Box{Title: b.label(v.lang, flows.Text{Key: "feed.title"})}
	at := b.feedAddress(v.lang, v.kind)
	for _, t := range flows.FeedBody(at) {
		box.Lines = append(box.Lines, b.lines(v.lang, t)...)
	}
	if at != "" {
		box.Links = append(box.Links, board.Link{Label: b.label(v.lang, flows.Text{Key: "feed.subscribe"}), Address: flows.Webcal(at), Calendar: true})
	}
	box.Links = append(box.Links, board.Link{
		Label: b.label(v.lang, flows.Text{Key: "feed.once"}), Address: b.below() + local("/netzwerk.ics", v.lang) + query(v.kind), File: true,
	})
	return box
}

func (b *Bot) feedAddress(lang string, kind flows.MeetingKind) string {
	at := b.address("/netzwerk.ics", lang)
	if at == "" {
		return ""
	}
	return at + query(kind)
}

// chatBox leads to the bot.
func (b edition) chatBox(lang string) board.Box {
	links := b.chats(lang)
	if len(links) == 0 {
		return board.Box{}
	}
	return board.Box{
		Title: b.label(lang, flows.Text{Key: "board.chat"}), Lines: b.lines(lang, flows.Text{Key: "board.chat.why"}), Links: links,
	}
}

// chats are the addresses that open a chat with the bot about meetings, in a language.
func (b *Bot) chats(lang string) (out []board.Link) {
	for _, p := range b.cfg.Platforms {
		if l, ok := p.(chat.Linker); ok {
			if at := l.Link(lang + "_meetings"); at != "" {
				name := p.Name()
				out = append(out, board.Link{Label: strings.ToUpper(name[:1]) + name[1:], Address: at})
			}
		}
	}
	return out
}

// noticePage is a meeting on a sheet of paper in several languages, the first of which is
// read by most.
func (b edition) noticePage(v visit, m flows.Meeting, tags []string) (board.Notice, error) {
	lang := tags[len(tags)-1] // of whoever came from the page of dates
	say := func(key string) string { return b.label(lang, flows.Text{Key: key}) }
	n := board.Notice{
		Frame: b.frame(lang, "board.notice"), Back: board.Link{Label: say("board.back"), Address: b.below() + local("", lang)}, How: say("board.print"),
		Pick: board.Pick{Name: say("board.pick"), Do: say("board.show"), Field: "lang"},
	}
	for _, l := range b.words.Languages() {
		if l.Tag != "de" {
			n.Pick.Choices = append(n.Pick.Choices, board.Choice{
				Link: board.Link{Tongue: b.tongue(l.Tag), Label: l.Name}, Value: l.Tag, Checked: slices.Contains(tags, l.Tag),
			})
		}
	}
	for i, tag := range tags {
		p, err := b.noticePart(v, m, tag, i == 0, len(tags))
		if err != nil {
			return n, err
		}
		n.Parts = append(n.Parts, p)
	}
	return n, nil
}

// besides are lines that a further language on the sheet does without: the room is for
// large letters.
var besides = []string{"quote", "meeting.foreign", "meeting.hint", "meeting.stop", "meeting.speaker", "meeting.food.none",
	"meeting.food.vegetarian", "meeting.food.halal", "meeting.food.ask", "meeting.free"}

// noticePart is a meeting in one of the sheet's languages. Paper cannot change: free seats
// are not on it.
func (b edition) noticePart(v visit, m flows.Meeting, tag string, first bool, langs int) (board.Part, error) {
	m.Capacity, m.Online = 0, ""
	if langs > 1 {
		m.Agenda, m.Tables = nil, nil
	}
	body := slices.Concat(flows.MeetingBody(m, flows.Seats{}, tag, v.now), instead(m, v.all))
	body = slices.DeleteFunc(body, func(t flows.Text) bool {
		return !first && slices.Contains(besides, t.Key) || langs > 3 && t.Key == "quote"
	})
	p := board.Part{
		Tongue: b.tongue(tag), First: first, Scan: b.label(tag, flows.Text{Key: "board.scan"}), Date: b.dateBody(tag, m, body),
	}
	to := b.address("", tag)
	if links := b.chats(tag); len(links) > 0 {
		to = links[0].Address
	}
	if to == "" {
		return p, nil
	}
	var err error
	p.Code, err = board.NewCode(to, b.label(tag, flows.Text{Key: "board.code"}))
	return p, err
}
