package flows

import (
	"time"

	"lotse/bot/chat"
)

// Card is the message that stands for an inquiry in the desk: never a name, a
// username or a platform's ID (P-08).
func Card(q Inquiry) Tell {
	var body []Text
	if q.Deadline == "soon" && q.Status.Open() { // above everything else
		body = append(body, say("desk.card.deadline.soon"))
	}
	body = append(body,
		say("desk.card", code("number", q.Number), word("language", "language.name."+q.Lang), word("role", roleKey(q.Role)), word("topic", topicKey(q.Topic))),
		say("desk.card.when", when("when", q.Created)),
		cardStatus(q),
	)
	if q.Deadline != "" && q.Deadline != "soon" {
		body = append(body, say("desk.card.deadline."+q.Deadline))
	}
	if q.Phone != "" {
		body = append(body, say("desk.card.phone", code("phone", q.Phone)))
	}
	if q.Away {
		body = append(body, say("desk.card.away"))
	}
	if q.Agenda != NoAgenda {
		body = append(body, say("desk.card.agenda."+string(q.Agenda)))
	}
	if q.Helped != "" {
		body = append(body, say("desk.card.helped."+q.Helped))
	}
	body = append(body, quoted(q.Body)...)
	if !q.Reworded.IsZero() && q.Status != Withdrawn {
		body = append(body, say("desk.card.reworded", when("when", q.Reworded)))
	}
	return Tell{Body: append(body, fileLines(q.Files)...), Options: cardOptions(q), Columns: 2, Post: "card"}
}

func cardStatus(q Inquiry) Text {
	if q.Owner != "" && q.Status.Open() {
		return say("desk.card.owned", word("status", "desk.status."+string(q.Status)), named("name", q.OwnerName), when("at", q.OwnedAt))
	}
	return say("desk.card.status", word("status", "desk.status."+string(q.Status)))
}

func cardOptions(q Inquiry) []Option {
	options := statusOptions(q)
	if q.Agenda == Wished && q.Status.Open() {
		options = append(options, DeskOption(q, ActPropose, "🗓"))
	}
	return options
}

func statusOptions(q Inquiry) []Option {
	switch {
	case q.Status == Withdrawn:
		return nil
	case q.Status == Closed:
		return []Option{DeskOption(q, ActReopen, "🔓")}
	case q.Owner == "":
		return []Option{DeskOption(q, ActClaim, "✋"), DeskOption(q, ActAnswer, "✉️"), DeskOption(q, ActClose, "✔️"), DeskOption(q, ActBrowse, "🧩")}
	}
	return []Option{DeskOption(q, ActAnswer, "✉️"), DeskOption(q, ActTakeover, "🔁"), DeskOption(q, ActRelease, "🔓"), DeskOption(q, ActClose, "✔️"), DeskOption(q, ActBrowse, "🧩")}
}

// FollowUp is what the desk reads when an asker adds something.
func FollowUp(q Inquiry, body string, files []chat.File) Tell {
	t := Tell{Body: []Text{say("desk.added", code("number", q.Number))}, Options: []Option{DeskOption(q, ActAnswer, "✉️")}, Files: files}
	t.Body = append(t.Body, quoted(body)...)
	t.Body = append(t.Body, fileLines(files)...)
	return t
}

// Reworded is a message with the asker's words after they changed them.
func Reworded(t Tell, at time.Time) Tell {
	t.Body = append(t.Body, say("desk.card.reworded", when("when", at)))
	return t
}

// ToldReworded tells whoever works on an inquiry that its words are others now: an edit
// rings no bell.
func ToldReworded(q Inquiry) Tell {
	return Tell{Body: []Text{say("desk.reworded", code("number", q.Number), named("name", q.OwnerName))}}
}

// AnswerBody is an answer in the frame of the asker's language. The words stay
// the coordinator's; a reader of another language is told which one they are in.
func AnswerBody(q Inquiry, d Draft, deskLang, askerLang string) []Text {
	head := "answer.head"
	if d.Kind != Answer {
		head = "answer." + string(d.Kind)
	}
	out := []Text{{Key: head, Lang: askerLang, Args: []Arg{code("number", q.Number)}}}
	out = append(out, answerWords(d, deskLang, askerLang)...)
	for _, t := range fileLines(d.Files) {
		t.Lang = askerLang
		out = append(out, t)
	}
	if deskLang != askerLang && d.Text != "" && !d.Filled.speaks(askerLang) {
		out = append(out, Text{Key: "answer.foreign", Lang: askerLang, Args: []Arg{word("language", "language.name."+deskLang)}})
	}
	if d.Kind == Proposal {
		return append(out, Text{Key: "agenda.agree", Lang: askerLang})
	}
	return append(out, Text{Key: "answer.more", Lang: askerLang})
}
