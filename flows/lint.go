package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Catalogue is what Lint needs to know about words. Tags are its languages.
type Catalogue interface {
	Tags() []string
	// Keys are those that tag itself has words for, not what it falls back to.
	Keys(tag string) []string
	// Label is t on one line, as on a button.
	Label(tag string, t Text) string
	// Means tells whether words that a person typed are a way to say key.
	Means(tag, key, typed string) bool
}

// A Problem is something that must not be shipped.
type Problem struct {
	Where string // "flow/step", "flow/step/option", a key with its language …
	What  string
}

// String is Where and What.
func (p Problem) String() string { return p.Where + ": " + p.What }

// Lint finds what is wrong with flows, with the words they say and with the
// lists they are filled from. shipped are the IDs of earlier releases. What is
// wrong with a text in itself is for the tests of locales to find.
func Lint(flows []Flow, c Catalogue, topics []Topic, hotlines []Hotline, shipped []string) []Problem {
	l := &linter{flows: flows, words: c, topics: topics, table: newTable(flows), seen: map[Problem]bool{}, has: map[string]map[string]bool{}}
	for _, tag := range c.Tags() {
		l.has[tag] = map[string]bool{}
		for _, key := range c.Keys(tag) {
			l.has[tag][key] = true
		}
	}
	l.ids()
	l.kinds()
	l.ways()
	l.loops()
	l.situations()
	l.desk()
	l.links()
	l.keys(Keys(flows, c.Tags(), topics, hotlines))
	l.vanished(shipped)
	return l.found
}

type linter struct {
	flows  []Flow
	words  Catalogue
	topics []Topic
	table  Table
	found  []Problem
	seen   map[Problem]bool
	has    map[string]map[string]bool // language → its keys
}

// hasKey reports whether a language has a key.
func (l *linter) hasKey(tag, key string) bool { return l.has[tag][key] }

// problem notes a problem, once.
func (l *linter) problem(where, format string, args ...any) {
	p := Problem{where, fmt.Sprintf(format, args...)}
	if !l.seen[p] {
		l.seen[p] = true
		l.found = append(l.found, p)
	}
}

func (l *linter) steps(f func(flow Flow, st Step, where string)) {
	for _, flow := range l.flows {
		for _, st := range flow.Steps {
			f(flow, st, flow.ID+"/"+st.ID)
		}
	}
}

// ids finds IDs that are there twice, or that cannot be told from others.
func (l *linter) ids() {
	seen := map[string]bool{}
	id := func(where, id string) {
		if seen[where] {
			l.problem(where, "there twice")
		}
		if seen[where] = true; id == "" || strings.Contains(id, "/") {
			l.problem(where, "an ID is not empty and has no slash")
		}
	}
	for _, f := range l.flows {
		id(f.ID, f.ID)
		if f.ID == "nav" || f.ID == "desk" || f.ID == "ical" || f.ID+"/" == pageButton || f.ID+"/" == surveyButton || f.ID+"/" == regButton {
			l.problem(f.ID, "the name is taken: other buttons begin with it")
		}
		if len(f.Steps) == 0 {
			l.problem(f.ID, "has no steps")
		}
	}
	l.steps(func(f Flow, st Step, where string) {
		id(where, st.ID)
		if ends[st.ID] && where != menuPlace.String() {
			l.problem(where, "the name is taken: it is an end")
		}
		for _, o := range st.Options {
			id(where+"/"+o.ID, o.ID)
		}
	})
}

// kinds finds steps that lack what their kind needs; such a step would crash or
// never go on.
func (l *linter) kinds() {
	l.steps(func(_ Flow, st Step, where string) {
		need := func(missing bool, what string) {
			if missing {
				l.problem(where, "%s", what)
			}
		}
		switch st.Kind {
		case Choose, Confirm, Show:
		case AskText:
			need(st.Accept == nil || st.Next == "", "asks for a text and lacks Accept or Next")
		case AskMedia:
			need(st.Take == nil, "asks for media and lacks Take")
		default:
			l.problem(where, "is of unknown kind %q", st.Kind)
		}
		need(st.Skip != nil && st.Next == "", "has Skip and no Next")
		need(st.More != nil && st.Pick == nil, "has More and no Pick")
		for _, o := range st.Options {
			need(o.To == "" && st.Pick == nil, fmt.Sprintf("option %q leads nowhere", o.ID))
		}
	})
}

// ways finds ways to steps that are not there, steps that no way leads to and
// steps from which no way leads out.
func (l *linter) ways() {
	var all []way
	l.steps(func(f Flow, st Step, where string) {
		for _, w := range ways(f.ID, st) {
			flow, step, _ := strings.Cut(w.to, "/")
			if !ends[w.to] && l.table.step(Place{flow, step}) == nil {
				l.problem(where, "leads to %s, which is not there", w.to)
			}
			all = append(all, w)
		}
	})
	reached, leaves := maps.Clone(doors), map[string]bool{}
	for range all { // no chain is longer
		for _, w := range all {
			if reached[w.from.String()] != "" {
				reached[w.to] = "a way"
			}
			if w.to == Done || w.to == Menu || leaves[w.to] {
				leaves[w.from.String()] = true
			}
		}
	}
	l.steps(func(_ Flow, _ Step, where string) {
		if reached[where] == "" {
			l.problem(where, "no way leads here")
		}
		if !leaves[where] {
			l.problem(where, "a dead end: no way leads to the end of a flow")
		}
	})
}

// loops finds circles of steps that are passed through without a word of anybody.
func (l *linter) loops() {
	next := map[string][]string{}
	l.steps(func(f Flow, st Step, where string) {
		for _, w := range ways(f.ID, st) {
			if w.auto {
				next[where] = append(next[where], w.to)
			}
		}
	})
	l.steps(func(_ Flow, _ Step, where string) {
		todo, done := slices.Clone(next[where]), map[string]bool{}
		for len(todo) > 0 {
			at := todo[0]
			if todo = todo[1:]; done[at] {
				continue
			}
			if done[at] = true; at == where {
				l.problem(where, "a loop without input")
				return
			}
			todo = append(todo, next[at]...)
		}
	})
}

// keys finds keys that a language lacks, and words that nobody says. The list of
// words for a key may be there and need not.
func (l *linter) keys(said []string) {
	for _, tag := range l.words.Tags() {
		for _, key := range said {
			if !l.hasKey(tag, key) {
				l.problem(key, "missing in %q", tag)
			}
		}
		for _, key := range l.words.Keys(tag) {
			if _, ok := slices.BinarySearch(said, strings.TrimSuffix(key, wordsSuffix)); !ok {
				l.problem(key, "nobody says it; it is in %q", tag)
			}
		}
	}
}

// vanished finds what was shipped and is gone.
func (l *linter) vanished(shipped []string) {
	now := IDs(l.flows)
	for _, id := range shipped {
		if _, moved := Moved[id]; !moved && !slices.Contains(now, id) {
			l.problem(id, "was shipped and is gone: bring it back, or write it into Moved")
		}
	}
	for _, id := range slices.Sorted(maps.Keys(Moved)) {
		if slices.Contains(now, id) {
			l.problem(id, "is in Moved and still there")
		}
	}
}
