package flows

import "lotse/bot/chat"

// Card is the message that stands for an inquiry in the desk: never a name, a
// username or a platform's ID (P-08).
func Card(q Inquiry) Tell {
	body := []Text{
		say("desk.card", code("number", q.Number), word("language", "language.name."+q.Lang), word("role", roleKey(q.Role)), word("topic", topicKey(q.Topic))),
		say("desk.card.when", when("when", q.Created)),
		cardStatus(q),
	}
	if q.Deadline != "" {
		body = append(body, say("desk.card.deadline."+q.Deadline))
	}
	if q.Phone != "" {
		body = append(body, say("desk.card.phone", code("phone", q.Phone)))
	}
	if q.Away {
		body = append(body, say("desk.card.away"))
	}
	if q.Helped != "" {
		body = append(body, say("desk.card.helped."+q.Helped))
	}
	body = append(body, quoted(q.Body)...)
	return Tell{Body: append(body, fileLines(q.Files)...), Options: cardOptions(q), Columns: 2, Post: "card"}
}

func cardStatus(q Inquiry) Text {
	if q.Owner != "" && q.Status.Open() {
		return say("desk.card.owned", word("status", "desk.status."+string(q.Status)), named("name", q.OwnerName), when("at", q.OwnedAt))
	}
	return say("desk.card.status", word("status", "desk.status."+string(q.Status)))
}

func cardOptions(q Inquiry) []Option {
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
	return append(out, Text{Key: "answer.more", Lang: askerLang})
}
