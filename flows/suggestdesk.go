package flows

import (
	"slices"
	"strings"
)

// What the desk reads about suggestions. Who made them is in none of it.

// suggestOption is a button about a suggestion: "topic/ID/ACTION…" or "idea/ID/ACTION…".
func suggestOption(prefix, id, act, emoji string, args ...string) Option {
	return Option{ID: strings.Join(append([]string{prefix, id, act}, args...), "/"), Emoji: emoji, Key: "desk.idea.do." + act}
}

// SuggestCard shows the desk a suggestion, with what can be done about it.
func SuggestCard(s Suggestion) Tell {
	if s.Kind == SuggestTopic {
		body := append([]Text{say("desk.idea.topic")}, quoted(s.Text)...)
		return Tell{Body: body, Columns: 2, Options: []Option{
			suggestOption("topic", s.ID, "yes", "✅"), suggestOption("topic", s.ID, "write", "✏️"),
			suggestOption("topic", s.ID, "merge", "🔗"), suggestOption("topic", s.ID, "no", "❌"),
		}}
	}
	body := append([]Text{say("desk.idea.project", word("status", "project.status."+string(s.Status)))}, quoted(s.Text)...)
	var options []Option
	for _, step := range projectSteps {
		if step != s.Status {
			options = append(options, suggestOption("idea", s.ID, string(step), stepSigns[step]))
		}
	}
	if s.Shown {
		body = append(body, say("desk.idea.shown"))
		return Tell{Body: body, Columns: 2, Options: append(options, suggestOption("idea", s.ID, "hide", "🔒"))}
	}
	return Tell{Body: body, Columns: 2, Options: append(options, suggestOption("idea", s.ID, "show", "📣"))}
}

var stepSigns = map[SuggestStatus]string{ProjectSeen: "👀", ProjectWork: "🔧", ProjectDone: "✅", SuggestNo: "❌"}

// TopicWrite asks for other words for a topic: people read it in all languages, and there may
// be names in it.
func TopicWrite(s Suggestion) Tell {
	return Tell{Where: Here, Body: append([]Text{say("desk.idea.write")}, quoted(s.Text)...), ForceReply: true}
}

// TopicWords are the words that were replied, or what is wrong with them.
func TopicWords(text string) (words string, bad *Text) {
	words = strings.Join(strings.Fields(text), " ")
	switch {
	case words == "":
		return "", wrong("wrong.empty")
	case units(words) > MaxTopicText:
		return "", wrong("wrong.long", number("max", MaxTopicText))
	}
	return words, nil
}

// Decided is a project after the desk pressed an action; ok is false when it is none.
func (s Suggestion) Decided(action string) (after Suggestion, ok bool) {
	switch {
	case action == "show", action == "hide":
		s.Shown = action == "show"
	case slices.Contains(projectSteps, SuggestStatus(action)):
		s.Status = SuggestStatus(action)
	default:
		return s, false
	}
	return s, true
}

// SuggestDecided says in the desk what became of a suggestion, and by whom.
func SuggestDecided(s Suggestion, by string) Tell {
	if s.Kind == SuggestTopic {
		return Tell{Body: append([]Text{say("desk.idea.topic."+string(s.Status), named("name", by))}, quoted(s.Text)...)}
	}
	card := SuggestCard(s)
	card.Body = append(card.Body, say("desk.by", named("name", by)))
	return card
}

// MergeTell offers the topics that a suggestion may be the same as.
func MergeTell(s Suggestion, open []Theme) Tell {
	if len(open) == 0 {
		return Tell{Where: Here, Body: []Text{say("desk.idea.open.none")}}
	}
	body := append([]Text{say("desk.idea.merge")}, quoted(s.Text)...)
	var options []Option
	for _, t := range open {
		label := say("desk.meet.item.title", named("title", short(t.Text)))
		o := suggestOption("topic", s.ID, "into", "🔗", t.ID)
		o.Key, o.Text = "", &label
		options = append(options, o)
	}
	return Tell{Where: Here, Body: body, Options: options}
}

// byVotes are topics with the most votes first; of as many the older one.
func byVotes(all []Theme) []Theme {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Theme) int {
		if a.Votes != b.Votes {
			return b.Votes - a.Votes
		}
		return a.Since.Compare(b.Since)
	})
	return all
}

// ThemesTell lists the topics that are open, with the most votes first.
func ThemesTell(open []Theme) Tell {
	if len(open) == 0 {
		return Tell{Where: Here, Body: []Text{say("desk.idea.open.none")}}
	}
	body := []Text{say("desk.idea.open")}
	var options []Option
	for i, t := range byVotes(open) {
		body = append(body, say("desk.idea.line", number("i", i+1), named("text", t.Text), Arg{Name: "n", Kind: Count, N: t.Votes}))
		o := suggestOption("topic", t.ID, "close", "✔️")
		label := say("desk.idea.close", number("i", i+1))
		o.Key, o.Text = "", &label
		options = append(options, o)
	}
	return Tell{Where: Here, Body: body, Options: options, Columns: 3}
}

// ThemeClosed says that nobody can vote on a topic any more.
func ThemeClosed(t Theme, by string) Tell {
	return Tell{Body: []Text{say("desk.idea.closed", named("text", t.Text), Arg{Name: "n", Kind: Count, N: t.Votes}, named("name", by))}}
}

// ideaKeys are those that people and the desk read about suggestions.
var ideaKeys = slices.Concat(statusKeys, []string{
	"topics.title", "topics.list.title", "topics.long", "topics.sent", "suggest.contact", "suggest.many", "suggest.forgotten",
	"suggest.topic.open", "suggest.topic.merged", "suggest.topic.no",
	"project.title", "project.list.title", "project.long", "project.sent",
	"suggest.project.seen", "suggest.project.work", "suggest.project.done", "suggest.project.no",
	"desk.idea.topic", "desk.idea.project", "desk.idea.shown", "desk.idea.topic.open", "desk.idea.topic.merged", "desk.idea.topic.no",
	"desk.idea.merge", "desk.idea.open", "desk.idea.open.none", "desk.idea.line", "desk.idea.close", "desk.idea.closed",
	"desk.idea.write", "desk.idea.do.write", "desk.idea.do.yes", "desk.idea.do.merge", "desk.idea.do.no", "desk.idea.do.seen", "desk.idea.do.work", "desk.idea.do.done",
	"desk.idea.do.show", "desk.idea.do.hide", "desk.idea.none", "desk.idea.more",
})

// IdeasMore goes on with the list of ideas.
func IdeasMore(last string) Tell {
	return Tell{Where: Here, Body: []Text{say("desk.idea.more")}, Options: []Option{{ID: "idea/" + last + "/more", Emoji: "▶️", Key: "desk.idea.more"}}}
}
