package bot

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
)

// templatesOf are the templates as flows knows them: the two packages do not know
// each other.
func templatesOf(from []locales.Template) []flows.Template {
	var out []flows.Template
	for _, t := range from {
		one := flows.Template{ID: t.ID, Topic: t.Topic, Checked: t.Checked}
		for _, s := range t.Slots {
			one.Slots = append(one.Slots, flows.Slot{Name: s.Name, Kind: string(s.Kind)})
		}
		out = append(out, one)
	}
	return out
}

// templating is what somebody asked of the templates, with what flows may know about
// them.
func (t *turn) templating(asked flows.Templating) flows.Templating {
	l := t.b.lists
	asked.Templates, asked.Topics, asked.Contacts, asked.Read = l.templates, l.topics, l.contacts, t.readSlot
	asked.Command = t.b.typed(t.ev.In.Platform, "bausteine")
	asked.Plain = func(text flows.Text) string { return t.b.text(t.b.deskLang(), text).Text }
	return asked
}

// readSlot reads what was typed for a slot. An office may be the number of one of the
// contacts.
func (t *turn) readSlot(kind, typed string) (value, wrong string) {
	contacts := t.b.lists.contacts
	if n, is := locales.ParseNumber(typed); is && kind == string(locales.OfficeSlot) && n >= 1 && n <= len(contacts) {
		typed = contacts[n-1].Name
	}
	return t.b.words.ReadSlot(t.b.cfg.DeskLang, locales.SlotKind(kind), typed, t.now)
}

// known is a draft's template with who has read it by now. One that this release does
// not have, or has with other slots, is none: its words in the desk's language stay.
func (l lists) known(f *flows.Filled) *flows.Filled {
	if f == nil {
		return nil
	}
	i := slices.IndexFunc(l.templates, func(t flows.Template) bool { return t.ID == f.ID })
	if i < 0 || !slices.EqualFunc(l.templates[i].Slots, f.Slots, func(a, b flows.Slot) bool { return a.Name == b.Name && a.Kind == b.Kind }) {
		return nil
	}
	if now := l.templates[i].Checked; !maps.Equal(now, f.Checked) {
		filled := *f
		filled.Checked = now
		return &filled
	}
	return f
}

// typed is what coordinators type for a command. Where there are no buttons, clients
// keep "/" for themselves (DESIGN §8).
func (b *Bot) typed(platform, command string) string {
	if b.listsButtons(platform) {
		return "!" + command
	}
	return "/" + command
}

// browse shows the templates, or those that the words behind the command find: for the
// inquiry that the command replies to or names first, or else to be read.
func (t *turn) browse() error {
	about, err := t.about(t.ev.In, t.ev.On)
	if err != nil {
		return err
	}
	search := locales.Clean(t.ev.Args)
	first, rest, _ := strings.Cut(search, " ")
	if n, is := locales.ParseNumber(first); is && about.IID == "" {
		number := strconv.Itoa(n)
		if about, _, err = load[ref](t.tx, keyOf("number", number)); err != nil {
			return err
		}
		if about.IID == "" {
			return t.tellHere(flows.Text{Key: "desk.gone", Args: []flows.Arg{{Name: "number", Kind: flows.Code, Text: number}}})
		}
		search = strings.TrimSpace(rest)
	}
	how := flows.Templating{Search: flows.Shorten(search, longestSearch)}
	for _, found := range t.b.words.FindTemplates(how.Search) {
		how.Found = append(how.Found, found.ID)
	}
	if about.IID != "" {
		return t.deskEvent(about, flows.DeskInput{Action: flows.ActBrowse, Templating: how})
	}
	return t.offerHere(t.templating(how).Browse())
}

// longestSearch is how many bytes of the words behind the command are looked for.
const longestSearch = 100

// leaf is a button "desk/-/ACTION//PICK" of a list that belongs to no inquiry.
func (t *turn) leaf(action string, asked flows.Templating) error {
	if action == flows.ActNext {
		n, _ := strconv.Atoi(asked.Pick) // of a button that nobody made it is 0
		return t.overviewFrom(n)
	}
	how := t.templating(asked)
	if action == flows.ActUse {
		return t.offerHere(how.Show())
	}
	return t.offerHere(how.Browse())
}

// offerHere writes something about no inquiry, with its buttons, into the room in which
// this turn's event happened.
func (t *turn) offerHere(e flows.Tell) error {
	for _, d := range t.here() {
		if err := t.offerAt(inThreadOf(d, t.ev.In), e); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) offerAt(to chat.Address, e flows.Tell) error {
	m := t.b.body(t.b.deskLang(), e.Body)
	m.Buttons = t.b.rows(t.b.deskLang(), e.Options, e.Columns)
	return t.enqueue(item{To: to, Message: m, Offers: len(e.Options) > 0, Taps: true}, talk)
}

// inThreadOf is the room, or the thread of it in which somebody wrote.
func inThreadOf(d deskRoom, at chat.Address) chat.Address {
	to := d.Address
	to.Thread = at.Thread
	return to
}
