package bot

import (
	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
)

// kinds says how locales writes what flows names: the two packages do not know
// each other.
var kinds = map[flows.ArgKind]locales.ArgKind{
	flows.Word: locales.Word, flows.Count: locales.Count, flows.Number: locales.Number, flows.Code: locales.Code,
	flows.Name: locales.Name, flows.Quote: locales.Quote, flows.Day: locales.Day, flows.When: locales.When, flows.Clock: locales.Clock,
	flows.Date: locales.Date,
}

// text says one text in a language. Words that are missing in it come from the
// next language of the chain, and the operator's log says so.
func (b edition) text(lang string, t flows.Text) locales.Text {
	lang, args := b.say(lang, t)
	out, err := b.words.Text(lang, t.Key, args...)
	if err != nil {
		b.cfg.Log.Warn("text missing", "err", err)
	}
	return out
}

// label says one text on one line, for a button.
func (b edition) label(lang string, t flows.Text) string {
	lang, args := b.say(lang, t)
	out, err := b.words.Label(lang, t.Key, args...)
	if err != nil {
		b.cfg.Log.Warn("text missing", "err", err)
	}
	return out
}

// say is the language and the arguments in the words of locales.
func (b edition) say(lang string, t flows.Text) (string, []locales.Arg) {
	if t.Lang != "" && b.cfg.Lang == "" {
		lang = t.Lang
	}
	args := make([]locales.Arg, len(t.Args))
	for i, a := range t.Args {
		args[i] = locales.Arg{Name: a.Name, Kind: kinds[a.Kind], Text: a.Text, N: a.N, At: a.At}
	}
	return lang, args
}

// body renders paragraphs below each other, with their marks.
func (b edition) body(lang string, texts []flows.Text) chat.Message {
	m := chat.Message{Lang: lang, RTL: b.rtl[lang]}
	for _, t := range texts {
		p := b.text(lang, t)
		if m.Text != "" {
			m.Text += "\n"
		}
		for _, k := range p.Marks {
			m.Marks = append(m.Marks, chat.Mark{Style: chat.Style(k.Style), From: k.From + len(m.Text), To: k.To + len(m.Text)})
		}
		m.Text += p.Text
	}
	return m
}

// render makes a message to a person: with its ways on, and below them the row
// that is always there.
func (b edition) render(lang string, s flows.Say) chat.Message {
	m := b.body(lang, s.Body)
	m.Buttons = b.rows(lang, s.Options, s.Columns)
	var nav []flows.Option
	if s.Back {
		nav = append(nav, flows.Option{ID: "nav/back", Emoji: "↩️", Key: "nav.back"})
	}
	if !s.Bare {
		nav = append(nav, flows.Option{ID: "nav/menu", Emoji: "🏠", Key: "nav.menu"})
	}
	nav = append(nav, flows.Option{ID: "nav/sos", Emoji: "🆘", Key: "nav.sos"})
	always := b.rows(lang, nav, len(nav))
	for i := range always[0] {
		always[0][i].Always = true
	}
	m.Buttons = append(m.Buttons, always...)
	return m
}

// rows are the options as buttons, so many in a row.
func (b edition) rows(lang string, options []flows.Option, columns int) [][]chat.Button {
	columns = max(columns, 1)
	var out [][]chat.Button
	for i, o := range options {
		label := o.Label
		if o.Text != nil || o.Key != "" {
			t := flows.Text{Key: o.Key}
			if o.Text != nil {
				t = *o.Text
			}
			label = b.label(lang, t)
		}
		if o.Emoji != "" {
			label = o.Emoji + " " + label
		}
		if i%columns == 0 {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], chat.Button{ID: o.ID, Label: label, Always: o.Word})
	}
	return out
}
