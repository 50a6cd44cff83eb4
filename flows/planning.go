package flows

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// A field is something of a meeting that the desk decides. All that is done with one
// (asking, reading, showing, comparing, undoing) goes by this table, so that a further
// field is one row.
type field struct {
	id    string
	emoji string
	// choices are what there is to choose; without any it is written.
	choices []choice
	// read puts what was replied into the meeting, or says what is wrong with it.
	read func(in PlanInput, m *Meeting) *Text
	show func(m Meeting) []Text
	// copy takes this field, and no other, from one meeting into another.
	copy func(to *Meeting, from Meeting)
	// count says that it is a number.
	count bool
	// desk says that people never see it: it needs no publishing.
	desk bool
	// over says that it can be said when the meeting is over, and not before.
	over bool
	// list says that its parts can be taken out one by one.
	list func(m *Meeting, i int)
}

// A choice is a value of a field that is chosen by a button.
type choice struct {
	id, emoji, key string
	put            func(*Meeting)
}

// planFields are the fields, in the order in which they are shown.
var planFields = []field{
	{id: "kind", emoji: "🏷", choices: kindChoices(), show: func(m Meeting) []Text { return value(kindKey(m.Kind)) },
		copy: func(to *Meeting, from Meeting) { to.Kind = from.Kind }},
	{id: "when", emoji: "🗓", read: readWhen, show: func(m Meeting) []Text { return []Text{whenText(m)} },
		copy: func(to *Meeting, from Meeting) { to.Start, to.End = from.Start, from.End }},
	{id: "title", emoji: "✏️", read: readWords("de", true), show: showTitle("de"), copy: copyTitle("de")},
	{id: "about", emoji: "📝", read: readWords("de", false), show: showAbout("de"), copy: copyAbout("de")},
	{id: "venue", emoji: "📍", read: readVenue, show: showVenue,
		copy: func(to *Meeting, from Meeting) { to.Venue = from.Venue }},
	{id: "online", emoji: "💻", read: readOnline, show: func(m Meeting) []Text { return written(m.Online) },
		copy: func(to *Meeting, from Meeting) { to.Online = from.Online }},
	{id: "stepfree", emoji: "♿", choices: yesNo(func(m *Meeting, y YesNo) { m.StepFree = y }),
		show: func(m Meeting) []Text { return []Text{stepFreeText(m)} },
		copy: func(to *Meeting, from Meeting) { to.StepFree = from.StepFree }},
	{id: "interpreters", emoji: "🗣", choices: interpreterChoices(), show: func(m Meeting) []Text { return interpreterLines(m.Help) },
		copy: func(to *Meeting, from Meeting) {
			to.Help.Interpreters, to.Help.OnRequest = slices.Clone(from.Help.Interpreters), from.Help.OnRequest
		}},
	{id: "childcare", emoji: "🧸", choices: yesNo(func(m *Meeting, y YesNo) { m.Help.Childcare = y }),
		show: func(m Meeting) []Text { return childcareLines(Help{Childcare: m.Help.Childcare}) },
		copy: func(to *Meeting, from Meeting) { to.Help.Childcare = from.Help.Childcare }},
	{id: "ages", emoji: "🎂", read: readAges, show: func(m Meeting) []Text { return written(m.Help.Ages) },
		copy: func(to *Meeting, from Meeting) { to.Help.Ages = from.Help.Ages }},
	{id: "until", emoji: "⏳", read: readUntil, show: showUntil,
		copy: func(to *Meeting, from Meeting) { to.Help.Until = from.Help.Until }},
	{id: "food", emoji: "🍽", choices: foodChoices(), show: func(m Meeting) []Text { return []Text{foodText(m.Help.Food)} },
		copy: func(to *Meeting, from Meeting) { to.Help.Food = from.Help.Food }},
	{id: "speaker", emoji: "🎤", read: readSpeaker, show: func(m Meeting) []Text { return written(m.Speaker) },
		copy: func(to *Meeting, from Meeting) { to.Speaker = from.Speaker }},
	{id: "tables", emoji: "💬", read: readTables, show: func(m Meeting) []Text { return orNone(pointLines("meeting.tables", m.Tables)) },
		copy: func(to *Meeting, from Meeting) { to.Tables = slices.Clone(from.Tables) },
		list: func(m *Meeting, i int) { m.Tables = without(m.Tables, i) }},
	{id: "agenda", emoji: "📋", read: readAgenda, show: func(m Meeting) []Text { return orNone(agendaLines(m.Agenda)) },
		copy: func(to *Meeting, from Meeting) { to.Agenda = slices.Clone(from.Agenda) },
		list: func(m *Meeting, i int) { m.Agenda = without(m.Agenda, i) }},
	{id: "capacity", emoji: "👥", read: readCapacity, show: showCapacity, count: true,
		copy: func(to *Meeting, from Meeting) { to.Capacity = from.Capacity }},
	{id: "papers", emoji: "📎", read: readPaper, show: func(m Meeting) []Text { return orNone(paperLines(m.Papers)) },
		copy: func(to *Meeting, from Meeting) { to.Papers = slices.Clone(from.Papers) },
		list: func(m *Meeting, i int) { m.Papers = without(m.Papers, i) }},
	{id: "attended", emoji: "🙋", read: readAttended, show: showAttended, count: true, desk: true, over: true,
		copy: func(to *Meeting, from Meeting) { to.Attended = from.Attended }},
	{id: cancelField, emoji: "❌", show: showCancelled, copy: func(to *Meeting, from Meeting) {
		to.Cancelled, to.Reason, to.ReplacedBy = from.Cancelled, from.Reason, from.ReplacedBy
	}},
}

// cancelField is the status. It is not asked for like the others.
const cancelField = "cancelled"

// wordsField begins the field of what a meeting is called in a further language.
const wordsField = "lang."

// fieldOf is the field with an ID.
func fieldOf(id string) (field, bool) {
	if lang, ok := strings.CutPrefix(id, wordsField); ok {
		return translation(lang), true
	}
	i := slices.IndexFunc(planFields, func(f field) bool { return f.id == id })
	if i < 0 {
		return field{}, false
	}
	return planFields[i], true
}

// translation is the field of title and description in a further language: the title on
// the first line, what it is about below.
func translation(lang string) field {
	return field{
		id: wordsField + lang, emoji: "🌍", read: readTranslation(lang),
		show: func(m Meeting) []Text {
			w := m.Words[lang]
			return orNone(quoted(join(w.Title, w.About)))
		},
		copy: func(to *Meeting, from Meeting) { putWords(to, lang, from.Words[lang]) },
	}
}

// name is what a field is called.
func (f field) name() Arg {
	if lang, ok := strings.CutPrefix(f.id, wordsField); ok {
		return word("field", "language.name."+lang)
	}
	return word("field", "desk.meet.field."+f.id)
}

// only is a meeting with nothing but this field of another.
func (f field) only(m Meeting) (out Meeting) {
	f.copy(&out, m)
	return out
}

// same reports whether two meetings have the same there.
func (f field) same(a, b Meeting) bool {
	// What is stored is compared: nothing and an empty list are the same there.
	x, errX := json.Marshal(f.only(a))
	y, errY := json.Marshal(f.only(b))
	return errX == nil && errY == nil && string(x) == string(y)
}

// Bounds of what is kept of the work on a meeting.
const (
	mostWas  = 30
	mostHeld = 5
)

// change takes a field from another meeting, and notes what was there.
func (p Planning) change(f field, to Meeting, by Touch) Planning {
	if f.same(p.Work, to) {
		return p
	}
	p.Was = append(slices.Clone(p.Was), Was{f.id, f.only(p.Work.Clone())})
	p.Was = p.Was[max(0, len(p.Was)-mostWas):]
	return p.set(f, to, by)
}

func (p Planning) set(f field, to Meeting, by Touch) Planning {
	p.Work = p.Work.Clone()
	f.copy(&p.Work, to)
	if f.desk && p.Live != nil {
		live := p.Live.Clone()
		f.copy(&live, to)
		p.Live = &live
	}
	p.Version++
	by.Version = p.Version
	p.Touched = maps.Clone(p.Touched)
	if p.Touched == nil {
		p.Touched = map[string]Touch{}
	}
	p.Touched[f.id] = by
	return p
}

// undo takes back the last change. ok is false when there is none.
func (p Planning) undo(by Touch) (after Planning, f field, ok bool) {
	if len(p.Was) == 0 {
		return p, field{}, false
	}
	last := p.Was[len(p.Was)-1]
	if f, ok = fieldOf(last.Field); !ok { // a later release has no such field
		p.Was = p.Was[:len(p.Was)-1]
		return p, field{}, false
	}
	p = p.set(f, last.Old, by)
	p.Was = slices.Clone(p.Was[:len(p.Was)-1])
	return p, f, true
}

// hold keeps a change that has to be decided on.
func (p Planning) hold(id string, f field, to Meeting) Planning {
	p.Held = append(slices.Clone(p.Held), Clash{ID: id, Field: f.id, New: f.only(to.Clone()), Base: p.Version})
	p.Held = p.Held[max(0, len(p.Held)-mostHeld):]
	return p
}

// held takes out a change that was decided on.
func (p Planning) held(id string) (after Planning, h Clash, ok bool) {
	i := slices.IndexFunc(p.Held, func(h Clash) bool { return h.ID == id })
	if i < 0 {
		return p, Clash{}, false
	}
	h = p.Held[i]
	p.Held = slices.Delete(slices.Clone(p.Held), i, i+1)
	return p, h, true
}

// fieldsOf are the IDs of all fields that one of the meetings can have.
func fieldsOf(a, b Meeting) []string {
	var ids []string
	for _, f := range planFields {
		ids = append(ids, f.id)
	}
	langs := maps.Clone(a.Words)
	if langs == nil {
		langs = map[string]MeetingWords{}
	}
	maps.Copy(langs, b.Words)
	for _, lang := range slices.Sorted(maps.Keys(langs)) {
		if lang != "de" { // which are title and about
			ids = append(ids, wordsField+lang)
		}
	}
	return ids
}

// different are the fields that two meetings do not have in common.
func different(a, b Meeting) (out []field) {
	for _, id := range fieldsOf(a, b) {
		if f, ok := fieldOf(id); ok && !f.same(a, b) {
			out = append(out, f)
		}
	}
	return out
}

// putWords sets what a meeting is called in a language. The map is a new one: the caller's
// is not ours to change.
func putWords(m *Meeting, lang string, w MeetingWords) {
	words := maps.Clone(m.Words)
	if words == nil {
		words = map[string]MeetingWords{}
	}
	if words[lang] = w; w == (MeetingWords{}) {
		delete(words, lang)
	}
	if m.Words = words; len(words) == 0 {
		m.Words = nil
	}
}

func copyTitle(lang string) func(*Meeting, Meeting) {
	return func(to *Meeting, from Meeting) {
		putWords(to, lang, MeetingWords{from.Words[lang].Title, to.Words[lang].About})
	}
}

func copyAbout(lang string) func(*Meeting, Meeting) {
	return func(to *Meeting, from Meeting) {
		putWords(to, lang, MeetingWords{to.Words[lang].Title, from.Words[lang].About})
	}
}

// without is a list without one of its parts; nil when nothing is left.
func without[T any](list []T, i int) []T {
	if i < 0 || i >= len(list) {
		return list
	}
	list = slices.Delete(slices.Clone(list), i, i+1)
	if len(list) == 0 {
		return nil
	}
	return list
}

func kindChoices() (out []choice) {
	for _, k := range MeetingKinds {
		out = append(out, choice{string(k), kindEmoji[k], kindKey(k), func(m *Meeting) { m.Kind = k }})
	}
	return out
}

var kindEmoji = map[MeetingKind]string{NetworkMeeting: "🤝", ThemeMeeting: "💡", CafeMeeting: "☕"}

func yesNo(put func(*Meeting, YesNo)) []choice {
	return []choice{
		{"yes", "✅", "desk.meet.yes", func(m *Meeting) { put(m, ItIs) }},
		{"no", "❌", "desk.meet.no", func(m *Meeting) { put(m, ItIsNot) }},
		{"unknown", "❔", "desk.meet.unknown", func(m *Meeting) { put(m, NotKnown) }},
	}
}

func foodChoices() (out []choice) {
	emoji := map[Food]string{FoodNone: "❌", FoodVegetarian: "🥕", FoodHalal: "🌙", FoodUnknown: "❔"}
	for _, f := range []Food{FoodVegetarian, FoodHalal, FoodNone, FoodUnknown} {
		id := string(f)
		if f == FoodUnknown {
			id = "unknown"
		}
		out = append(out, choice{id, emoji[f], "desk.meet.food." + id, func(m *Meeting) { m.Help.Food = f }})
	}
	return out
}

// interpreterChoices turn languages on and off.
func interpreterChoices() (out []choice) {
	for _, tag := range Interpreted {
		out = append(out, choice{tag, "", "language.name." + tag, func(m *Meeting) {
			have := m.Help.Interpreters
			if i := slices.Index(have, tag); i >= 0 {
				m.Help.Interpreters = without(have, i)
			} else {
				m.Help.Interpreters = append(slices.Clone(have), tag)
			}
		}})
	}
	return append(out, choice{onRequest, "", "desk.meet.request", func(m *Meeting) { m.Help.OnRequest = !m.Help.OnRequest }})
}

const onRequest = "request"

// has reports whether a choice that can be turned on and off is on.
func (c choice) has(m Meeting) bool {
	if c.id == onRequest {
		return m.Help.OnRequest
	}
	return slices.Contains(m.Help.Interpreters, c.id)
}
