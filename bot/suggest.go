package bot

import (
	"cmp"
	"slices"
	"strings"

	"lotse/flows"
	"lotse/store"
)

// What people suggest: topics, which they vote on once the desk has taken them up, and
// projects. A suggestion is a row of its person until then; what everybody may read is about
// nobody (docs/adr/0080-suggestions.md, 0081-votes.md).

// suggestions are a person's, oldest first.
func suggestions(r store.Reader, pid string) ([]flows.Suggestion, error) {
	return rowsBelow[flows.Suggestion](r, keyOf("idea", pid), flows.MaxSuggestions)
}

func projects(r store.Reader) ([]flows.Project, error) {
	return rowsBelow[flows.Project](r, "project", flows.MaxProjects)
}

// themes are the topics that are open, the oldest first.
func themes(r store.Reader) ([]flows.Theme, error) {
	return rowsBelow[flows.Theme](r, "topic", flows.MaxThemes)
}

// rowsBelow are the first rows below a prefix, in their order.
func rowsBelow[T any](r store.Reader, prefix string, most int) ([]T, error) {
	rows, err := r.Scan(prefix+"/", "", most)
	if err != nil {
		return nil, err
	}
	var out []T
	for _, row := range rows {
		var v T
		if row.Value == nil {
			continue
		}
		if err := unpack(row.Key, row.Value, &v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// themesFor are the topics that are open, the newest first, with what a person voted.
func (t *turn) themesFor(pid string) ([]flows.Theme, error) {
	all, err := themes(t.tx)
	if err != nil {
		return nil, err
	}
	for i, theme := range all {
		vote, err := t.tx.Get(t.voteKey(theme.ID, pid))
		if err != nil {
			return nil, err
		}
		all[i].Mine = vote != nil
	}
	slices.Reverse(all)
	return all, nil
}

// voteKey is where a person's vote for a topic stands. It leads from the person to the vote
// and not back, and in each topic it is another: nobody can tell what one person voted for.
func (t *turn) voteKey(theme, pid string) string {
	return keyOf("vote", theme, t.b.cfg.DB.Index("vote", theme, pid))
}

// vote gives a person's vote to a topic, or takes it back. The sum is always that of the
// votes.
func (t *turn) vote(pid string, v flows.Vote) error {
	theme, found, err := load[flows.Theme](t.tx, keyOf("topic", v.Theme))
	if err != nil || !found {
		return err
	}
	key := t.voteKey(v.Theme, pid)
	row, err := t.tx.Get(key)
	if err != nil {
		return err
	}
	theme.Mine = row != nil
	theme = theme.Voted(v.For)
	if v.For {
		t.tx.Put(key, []byte{})
	} else {
		t.tx.Delete(key)
	}
	save(t.tx, keyOf("topic", v.Theme), theme)
	return nil
}

// ideasKey is where the desk finds a suggestion: House, of whom it is.
func ideasKey(s flows.Suggestion) string { return keyOf("ideas", string(s.Kind), s.ID) }

// suggest keeps a suggestion and shows it to the desk.
func (t *turn) suggest(sp *speaker, e flows.Suggest) error {
	s := flows.Suggestion{ID: t.timed(), Kind: e.Kind, Text: e.Text, Status: flows.SuggestNew, At: t.now}
	save(t.tx, keyOf("idea", sp.PID, s.ID), s)
	save(t.tx, ideasKey(s), ref{PID: sp.PID, Given: s.ID})
	t.at(t.now.AddDate(0, flows.SuggestMonths, 0), "idea", sp.PID, s.ID)
	return t.tellGiven(sp.PID, s.ID, flows.SuggestCard(s))
}

// forgetSuggestion forgets a suggestion. A topic that people vote on stays; a project that
// everybody may read goes with it.
func (t *turn) forgetSuggestion(pid string, s flows.Suggestion) {
	t.tx.Delete(keyOf("idea", pid, s.ID))
	t.tx.Delete(ideasKey(s))
	t.tx.Delete(keyOf("project", s.ID))
}

// unsuggest forgets all that a person suggested, also in the rooms of the desk.
func (t *turn) unsuggest(pid string) error {
	all, err := suggestions(t.tx, pid)
	if err != nil {
		return err
	}
	for _, s := range all {
		t.forgetSuggestion(pid, s)
		t.newJob(purge{PID: pid, IID: s.ID})
	}
	return nil
}

// ideaOver forgets a suggestion whose time is over.
func (t *turn) ideaOver(pid, id string) error {
	s, found, err := load[flows.Suggestion](t.tx, keyOf("idea", pid, id))
	if err != nil || !found {
		return err
	}
	t.forgetSuggestion(pid, s)
	t.newJob(purge{PID: pid, IID: id})
	return nil
}

// forgetShares forgets what somebody offers and suggested, before their key is destroyed; some
// says that there was anything.
func (t *turn) forgetShares(pid string) (some bool, err error) {
	if some, err = t.sharesSomething(pid); !some && err == nil {
		return false, nil
	}
	all, err := suggestions(t.tx, pid)
	if err != nil && !damage(err) {
		return true, err
	}
	for _, s := range all {
		t.forgetSuggestion(pid, s)
	}
	return true, t.forgetOffer(pid)
}

// showTopics lists what the next meeting is to talk about, the topics that people vote on,
// and those that wait for a decision.
func (t *turn) showTopics() error {
	if err := t.agendas(); err != nil {
		return err
	}
	open, err := themes(t.tx)
	if err != nil {
		return err
	}
	waiting, err := t.waitingSuggestions(flows.SuggestTopic, "")
	if err != nil || len(open)+len(waiting) == 0 {
		return err
	}
	if err := t.offerHere(flows.ThemesTell(open)); err != nil {
		return err
	}
	return t.showSuggestions(waiting)
}

// cardsAtOnce is how many suggestions a list shows.
const cardsAtOnce = 8

// A given is a suggestion and whose it is.
type given struct {
	pid string
	flows.Suggestion
}

// waitingSuggestions are the first suggestions of a kind behind one, the oldest first.
func (t *turn) waitingSuggestions(kind flows.SuggestKind, after string) (out []given, err error) {
	prefix := keyOf("ideas", string(kind))
	if after != "" {
		after = keyOf(prefix, after)
	}
	rows, err := t.tx.Scan(prefix+"/", after, cardsAtOnce)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		var about ref
		if err := unpack(row.Key, row.Value, &about); err != nil {
			return nil, err
		}
		s, found, err := load[flows.Suggestion](t.tx, keyOf("idea", about.PID, about.Given))
		if err != nil {
			return nil, err
		}
		if found {
			out = append(out, given{about.PID, s})
		}
	}
	return out, nil
}

func (t *turn) showSuggestions(all []given) error {
	for _, g := range all {
		card := flows.SuggestCard(g.Suggestion)
		card.Where = flows.Here
		if err := t.tellGiven(g.pid, g.ID, card); err != nil {
			return err
		}
	}
	return nil
}

// showIdeas lists ideas for projects.
func (t *turn) showIdeas() error { return t.showIdeasAfter("") }

func (t *turn) showIdeasAfter(after string) error {
	all, err := t.waitingSuggestions(flows.SuggestProject, after)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return t.tellHere(flows.Text{Key: "desk.idea.none"})
	}
	if err := t.showSuggestions(all); err != nil || len(all) < cardsAtOnce {
		return err
	}
	return t.offerHere(flows.IdeasMore(all[len(all)-1].ID))
}

// suggestPress is a button "topic/ID/ACTION…" or "idea/ID/ACTION…".
func (t *turn) suggestPress(parts []string) error {
	kind := flows.SuggestTopic
	if parts[0] == "idea" {
		kind = flows.SuggestProject
	}
	switch parts[2] {
	case "close":
		return t.closeTheme(parts[1])
	case "more":
		return t.showIdeasAfter(parts[1])
	}
	about, found, err := load[ref](t.tx, keyOf("ideas", string(kind), parts[1]))
	if err != nil {
		return err
	}
	s, here, err := load[flows.Suggestion](t.tx, keyOf("idea", about.PID, parts[1]))
	if err != nil {
		return err
	}
	if !found || !here {
		return t.tellHere(flows.Text{Key: "desk.idea.gone"})
	}
	if kind == flows.SuggestProject {
		return t.decideProject(about.PID, s, parts[2])
	}
	if parts[2] == "yes" {
		parts = parts[:3]
	}
	return t.decideTopic(about.PID, s, parts[2], strings.Join(parts[3:], "/"))
}

// topicWords is what a reply to the question for a topic's words is for (ref.Field).
const topicWords = "words"

// topicReply takes a topic up under the words that a coordinator replied.
func (t *turn) topicReply(about ref) error {
	words, bad := flows.TopicWords(t.ev.Text)
	if bad != nil {
		return t.tellHere(*bad)
	}
	waits, err := t.tx.Get(keyOf("ideas", string(flows.SuggestTopic), about.Given))
	if err != nil {
		return err
	}
	s, found, err := load[flows.Suggestion](t.tx, keyOf("idea", about.PID, about.Given))
	if err != nil {
		return err
	}
	if waits == nil || !found {
		return t.tellHere(flows.Text{Key: "desk.idea.gone"})
	}
	return t.decideTopic(about.PID, s, "yes", words)
}

// decideTopic takes a topic up, puts it with another, or refuses it.
//
// arg is the topic that it is put with, or the words under which it is taken up, "" its own.
func (t *turn) decideTopic(pid string, s flows.Suggestion, action, arg string) error {
	open, err := themes(t.tx)
	if err != nil {
		return err
	}
	switch action {
	case "write":
		return t.askGiven(ref{PID: pid, Given: s.ID, Field: topicWords}, flows.TopicWrite(s))
	case "merge":
		return t.tellGiven(pid, s.ID, flows.MergeTell(s, open))
	case "no":
		s.Status = flows.SuggestNo
	case "into":
		if !slices.ContainsFunc(open, func(o flows.Theme) bool { return o.ID == arg }) {
			return t.tellHere(flows.Text{Key: "desk.idea.gone"})
		}
		s.Status, s.Theme = flows.TopicMerged, arg
	case "yes":
		if len(open) >= flows.MaxThemes {
			return t.tellHere(full(flows.MaxThemes))
		}
		s.Status, s.Theme = flows.TopicOpen, t.timed()
		save(t.tx, keyOf("topic", s.Theme), flows.Theme{ID: s.Theme, Text: cmp.Or(arg, s.Text), Since: t.now})
		t.at(t.now.AddDate(0, flows.SuggestMonths, 0), "topic", s.Theme)
	default:
		return t.tellHere(flows.Text{Key: "desk.offer.old"})
	}
	if s.Theme != "" { // who suggests it is for it
		if err := t.vote(pid, flows.Vote{Theme: s.Theme, For: true}); err != nil {
			return err
		}
	}
	t.tx.Delete(ideasKey(s))
	return t.decided(pid, s)
}

// decideProject says how far a project is, and shows it to everybody or not.
func (t *turn) decideProject(pid string, before flows.Suggestion, action string) error {
	s, ok := before.Decided(action)
	if !ok || s == before {
		return t.tellHere(flows.Text{Key: "desk.offer.old"})
	}
	if s.Shown && !before.Shown {
		all, err := projects(t.tx)
		if err != nil {
			return err
		}
		if len(all) >= flows.MaxProjects {
			return t.tellHere(full(flows.MaxProjects))
		}
	}
	if s.Shown {
		save(t.tx, keyOf("project", s.ID), flows.Project{ID: s.ID, Text: s.Text, Status: s.Status})
	} else {
		t.tx.Delete(keyOf("project", s.ID))
	}
	if s.Status == before.Status { // whoever suggested it is told of nothing else
		save(t.tx, keyOf("idea", pid, s.ID), s)
		return t.tellGiven(pid, s.ID, flows.SuggestDecided(s, t.ev.Name))
	}
	return t.decided(pid, s)
}

func full(most int) flows.Text {
	return flows.Text{Key: "desk.idea.full", Args: []flows.Arg{{Name: "max", Kind: flows.Number, N: most}}}
}

// decided keeps what became of a suggestion, and tells the desk and whoever suggested it.
func (t *turn) decided(pid string, s flows.Suggestion) error {
	save(t.tx, keyOf("idea", pid, s.ID), s)
	if err := t.tellGiven(pid, s.ID, flows.SuggestDecided(s, t.ev.Name)); err != nil {
		return err
	}
	sp, why, err := t.reachable(pid)
	if err != nil || why != "" {
		return err
	}
	return t.push(sp, t.saying(sp, flows.SuggestSay(s)))
}

// closeTheme ends the votes on a topic.
func (t *turn) closeTheme(id string) error {
	theme, found, err := load[flows.Theme](t.tx, keyOf("topic", id))
	if err != nil {
		return err
	}
	if !found {
		return t.tellHere(flows.Text{Key: "desk.idea.gone"})
	}
	t.tx.Delete(keyOf("topic", id))
	t.at(t.now, "topic", id)
	it := flows.ThemeClosed(theme, t.ev.Name)
	return t.tellDesk(it.Body...)
}

// themeOver forgets a topic whose time is over, and the votes for it, page by page.
func (t *turn) themeOver(id string) error {
	t.tx.Delete(keyOf("topic", id))
	n, err := t.deletePage(keyOf("vote", id))
	if n == purgePageSize {
		t.at(t.now, "topic", id)
	}
	return err
}

// sharesSomething reports whether a person offers something, or is to be told what becomes of
// what they suggested.
func (t *turn) sharesSomething(pid string) (bool, error) {
	o, err := offerOf(t.tx, pid)
	if err != nil || !o.Nothing() {
		return true, err
	}
	all, err := suggestions(t.tx, pid)
	return len(all) > 0, err
}
