package flows

import (
	"slices"
	"time"
)

// A Template is an answer that was written and translated beforehand (a
// Baustein). Its words are the key "template.ID", what it is called
// "template.ID.label".
type Template struct {
	ID    string
	Topic string
	Slots []Slot
	// Checked has every language the template is in: who read it there and when, ""
	// while nobody has.
	Checked map[string]string
}

// A Slot is a place in a template. Which kinds there are, and how their values are
// read and kept, is for package locales to say.
type Slot struct {
	Name  string `json:"n"`
	Kind  string `json:"k"`
	Value string `json:"v,omitempty"`
}

// Filled is the template of a draft. Its words are chosen when they are shown, so
// that it follows when the asker changes their language.
type Filled struct {
	ID      string            `json:"id"`
	Slots   []Slot            `json:"s,omitempty"`
	Checked map[string]string `json:"c,omitempty"`
	Own     string            `json:"own,omitempty"` // the coordinator's words, which stand below
}

// Templating is what the desk knows about templates.
type Templating struct {
	Templates []Template
	Topics    []Topic
	Contacts  []Contact // that a slot for an office offers
	Command   string    // what coordinators type to see them here
	// Pick is what was chosen: the ID of a template, or of the topic to look at.
	Pick string
	// Search is what was looked for, Found the IDs of the templates it finds.
	Search string
	Found  []string
	// Read reads what was typed for a slot of a kind: its value, or what is wrong.
	Read func(kind, typed string) (value, wrong string) `json:"-"`
	// Plain is a text in the desk's language.
	Plain func(Text) string `json:"-"`
}

// MaxOwn is how many UTF-16 units of their own a coordinator puts below a template: the
// preview shows it in two languages, and has to fit one message.
const MaxOwn = 1000

func templateKey(id string) string   { return "template." + id }
func templateTitle(id string) string { return "template." + id + ".label" }

// speaks reports whether there is a template, in this language.
func (f *Filled) speaks(lang string) bool {
	if f == nil {
		return false
	}
	_, ok := f.Checked[lang]
	return ok
}

// text is what it says in a language; "" is the reader's.
func (f *Filled) text(lang string) Text {
	t := Text{Key: templateKey(f.ID), Lang: lang}
	for _, s := range f.Slots {
		t.Args = append(t.Args, s.arg())
	}
	return t
}

// next is the first slot that is empty, or -1.
func (f *Filled) next() int {
	return slices.IndexFunc(f.Slots, func(s Slot) bool { return s.Value == "" })
}

// with is f with another value in a slot, or with none in any.
func (f *Filled) with(i int, value string) *Filled {
	out := *f
	out.Slots = slices.Clone(f.Slots)
	for j := range out.Slots {
		if i < 0 || i == j {
			out.Slots[j].Value = value
		}
	}
	return &out
}

// arg is the slot's value, or a gap with the name of what is missing.
func (s Slot) arg() Arg {
	switch {
	case s.Value == "":
		return word(s.Name, "desk.slot."+s.Kind)
	case s.Kind == "date":
		at, _ := time.Parse(time.DateOnly, s.Value)
		return day(s.Name, at.Add(12*time.Hour)) // at noon it is the same day in Berlin
	case s.Kind == "place" || s.Kind == "office":
		return named(s.Name, s.Value)
	}
	return code(s.Name, s.Value)
}

// Own are the words in a draft that the coordinator wrote.
func (d Draft) Own() string {
	if d.Filled == nil {
		return d.Text
	}
	return d.Filled.Own
}

// mostOwn is how long the coordinator's own words may be, in UTF-16 units.
func (d Draft) mostOwn() int {
	if d.Filled == nil {
		return MaxBody
	}
	return MaxOwn
}

// browse shows the templates of a topic, or those that were looked for.
func (d *desk) browse() {
	if !d.Inquiry.Status.Open() {
		d.tell(say("desk.closed", d.number()))
		return
	}
	draft := ""
	if d.Draft.Status == Shown {
		draft = d.Draft.ID
	}
	t := d.in.Templating
	if t.Pick == "" {
		t.Pick = d.Inquiry.Topic
	}
	d.do(t.list(d.Inquiry.Number, draft))
}

// Browse is the list for nobody's inquiry, to be looked through; Show one of its
// templates.
func (t Templating) Browse() Tell { return t.list("", "") }

// Show is a template as it will be asked for, to be read.
func (t Templating) Show() Tell {
	i := t.index(t.Pick)
	if i < 0 {
		return t.Browse()
	}
	f := t.Templates[i].empty()
	return Tell{Where: Here, Body: []Text{say("desk.template.show", word("title", templateTitle(f.ID))), f.text(""), say("desk.template.how", code("command", t.Command))}}
}

func (t Templating) index(id string) int {
	return slices.IndexFunc(t.Templates, func(x Template) bool { return x.ID == id })
}

func (t Template) empty() *Filled {
	return &Filled{ID: t.ID, Slots: slices.Clone(t.Slots), Checked: t.Checked}
}

// list offers templates, and below them the other topics.
func (t Templating) list(number, draft string) Tell {
	button := func(act, pick string) string {
		if number == "" {
			return "desk/-/" + act + "//" + pick
		}
		return "desk/" + number + "/" + act + "/" + draft + "/" + pick
	}
	topic, ids := t.pick()
	body := []Text{say("desk.templates", word("topic", topicKey(topic)), code("command", t.Command+" …"))}
	if number != "" {
		body = []Text{say("desk.templates.for", word("topic", topicKey(topic)), code("number", number))}
	}
	switch {
	case t.Search != "" && len(ids) > 0:
		body = []Text{say("desk.templates.found", quote("search", t.Search))}
	case t.Search != "":
		body = []Text{say("desk.templates.none", quote("search", t.Search))}
	}
	var options []Option
	for _, id := range ids {
		options = append(options, Option{ID: button(ActUse, id), Emoji: "🧩", Key: templateTitle(id)})
	}
	for _, other := range t.Topics {
		if t.has(other.ID) && (other.ID != topic || t.Search != "") {
			options = append(options, Option{ID: button(ActBrowse, other.ID), Emoji: other.Emoji, Key: topicKey(other.ID)})
		}
	}
	return Tell{Where: Here, Body: body, Options: options, Columns: 2}
}

func (t Templating) has(topic string) bool {
	return slices.ContainsFunc(t.Templates, func(x Template) bool { return x.Topic == topic })
}

// pick are the templates to be listed, and their topic: the one that was chosen, else
// the first that has any.
func (t Templating) pick() (topic string, ids []string) {
	topic = t.Pick
	if !t.has(topic) {
		for _, other := range slices.Backward(t.Topics) {
			if t.has(other.ID) {
				topic = other.ID
			}
		}
	}
	if t.Search != "" {
		return topic, t.Found
	}
	for _, x := range t.Templates {
		if x.Topic == topic {
			ids = append(ids, x.ID)
		}
	}
	return topic, ids
}

// use puts a template into the draft that is shown, above its words, or makes a draft
// of it.
func (d *desk) use() {
	i := d.in.index(d.in.Pick)
	switch {
	case !d.Inquiry.Status.Open():
		d.tell(say("desk.closed", d.number()))
		return
	case i < 0:
		d.tell(say("desk.old", d.number()))
		return
	case d.Draft.Status != Shown:
		d.Draft = Draft{ID: d.in.NewDraft}
	case units(d.Draft.Own()) > MaxOwn:
		d.tell(say("wrong.long", number("max", MaxOwn)))
		return
	}
	f := d.in.Templates[i].empty()
	f.Own = d.Draft.Own()
	d.Draft.Filled = f
	d.Draft.By, d.Draft.ByName = d.me(), d.in.Event.Name
	d.nextSlot()
}

// refill asks for all slots of the draft's template anew.
func (d *desk) refill() {
	d.Draft.Filled = d.Draft.Filled.with(-1, "")
	d.nextSlot()
}

// fill puts what was replied into the slot that was asked for.
func (d *desk) fill() {
	f, i := d.Draft.Filled, -1
	if f != nil {
		i = f.next()
	}
	if i < 0 { // a later release no longer knows the template
		d.tell(say("desk.old", d.number()))
		return
	}
	value, wrong := d.in.Read(f.Slots[i].Kind, d.in.Event.Text)
	if wrong != "" {
		d.nextSlot(say("desk.slot.wrong." + wrong))
		return
	}
	d.Draft.Filled = f.with(i, value)
	d.nextSlot()
}

// nextSlot asks for the first slot that is empty, as a reply to the question; when
// there is none the draft is ready.
func (d *desk) nextSlot(above ...Text) {
	f := d.Draft.Filled
	d.Draft.Changed = d.in.Now
	i := f.next()
	if i < 0 {
		d.Draft.Status, d.Draft.Sure, d.Draft.Seen = Shown, false, d.Inquiry.Sent
		d.words(f.Own)
		d.preview()
		return
	}
	d.Draft.Status = Filling
	kind := f.Slots[i].Kind
	body := append(above, say("desk.template", word("title", templateTitle(f.ID)), d.number()), f.text(""))
	body = append(body, say("desk.slot.ask."+kind))
	if kind == "office" {
		body = append(body, contactLines(d.in.Contacts)...)
	}
	d.do(Tell{Where: Here, Body: body, ForceReply: true, Post: "rewrite/" + d.Draft.ID + "/" + d.in.NewDraft})
}

// contactLines are the places that can be chosen by their number.
func contactLines(all []Contact) (out []Text) {
	sure := true
	for n, c := range all {
		out = append(out, say("desk.slot.contact", number("n", n+1), named("name", c.Name)))
		sure = sure && c.Confirmed
	}
	if !sure {
		out = append(out, say("desk.slot.unconfirmed"))
	}
	return out
}

// words makes the coordinator's own words those of the draft. Below a template they
// stand under its text in the desk's language.
func (d *desk) words(own string) {
	d.Draft.Text = own
	if f := d.Draft.Filled; f != nil {
		filled := *f
		filled.Own = own
		d.Draft.Filled, d.Draft.Text = &filled, join(d.in.Plain(filled.text("")), own)
	}
}

// templateNote says above the preview whether people have read the template in the
// asker's language.
func (d *desk) templateNote() []Text {
	f, lang := d.Draft.Filled, word("language", "language.name."+d.in.AskerLang)
	switch {
	case f == nil:
		return nil
	case !f.speaks(d.in.AskerLang):
		return []Text{say("desk.template.lacking", lang)}
	case f.Checked[d.in.AskerLang] == "":
		return []Text{say("desk.template.unchecked", lang)}
	}
	return []Text{say("desk.template.checked", lang, named("who", f.Checked[d.in.AskerLang]))}
}

// templateBelow says below the preview what the template says in the desk's language,
// and how words are added.
func (d *desk) templateBelow() []Text {
	f := d.Draft.Filled
	if f == nil {
		return nil
	}
	var out []Text
	if f.speaks(d.in.AskerLang) && d.in.AskerLang != d.in.DeskLang {
		out = append(out, say("desk.template.original", word("language", "language.name."+d.in.DeskLang)), f.text(""))
	}
	return append(out, say("desk.template.own"))
}

// answerWords are what an answer says: the template in the asker's language with the
// coordinator's own words below it, or just those. Words in another language than
// the asker's are named as such.
func answerWords(d Draft, deskLang, askerLang string) []Text {
	f := d.Filled
	if !f.speaks(askerLang) {
		return quoted(d.Text)
	}
	out := []Text{f.text(askerLang)}
	if f.Own != "" && deskLang != askerLang {
		out = append(out, Text{Key: "answer.own", Lang: askerLang, Args: []Arg{word("language", "language.name."+deskLang)}})
	}
	return append(out, quoted(f.Own)...)
}
