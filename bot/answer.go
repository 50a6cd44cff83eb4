package bot

import (
	"slices"
	"strings"

	"lotse/bot/chat"
	"lotse/flows"
)

// deliverDraft queues the answer for the asker. When its last request is
// settled the draft has arrived.
func (d deskTurn) deliverDraft() error {
	lang := d.lang(d.asker)
	files := d.draft.Files
	if d.draft.Kind == flows.Correction {
		if err := d.supersede(d.draft.Of, "answer.corrected"); err != nil {
			return err
		}
	}
	it := d.saying(d.asker, flows.Say{
		Body: flows.AnswerBody(d.inquiry, d.draft, d.b.cfg.DeskLang, d.askerLang), Options: flows.AnswerOptions(d.inquiry, d.draft),
	})
	it.Message.Protect, it.Ref, it.Post, it.Last = true, d.about, answerPost+d.draft.ID, len(files) == 0
	if err := d.write(d.asker, it); err != nil {
		return err
	}
	if len(files) == 0 {
		return nil
	}
	key := "answer.file"
	if !slices.ContainsFunc(files, func(f chat.File) bool { return f.Kind != chat.Place }) {
		key = "answer.place"
	}
	m := d.b.body(lang, []flows.Text{sayNumber(key, d.inquiry)})
	m.Files, m.Protect = files, true
	return d.write(d.asker, item{Message: m, Ref: d.about, Post: answerFiles + d.draft.ID, Last: true})
}

// supersede says in the place of an answer that it is not valid, where the network lets
// messages be changed.
func (d deskTurn) supersede(draft, key string) error {
	to := d.asker.Person.Address
	if _, ok := d.b.platforms[to.Platform].(chat.Editor); !ok {
		return nil
	}
	m := d.b.body(d.lang(d.asker), []flows.Text{sayNumber(key, d.inquiry)})
	return d.enqueue(item{Op: opEdit, To: to, Message: m, Ref: ref{PID: d.about.PID, IID: d.about.IID}, Post: answerPost + draft}, talk)
}

// retract takes an answer out of the asker's chat: its files and further parts are
// deleted, its words as well where an edit would leave them readable. What is still
// on its way is not sent (withdrawn).
func (d deskTurn) retract(draft string) error {
	to := d.asker.Person.Address
	_, edits := d.b.platforms[to.Platform].(chat.Editor)
	edits = edits && !d.b.keepsEdits(to.Platform)
	for _, name := range []string{answerPost, answerFiles} {
		rows, err := d.tx.Scan(keyOf("post", d.about.PID, d.about.IID, name+draft), "", 2*flows.MaxFiles)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if edits && strings.HasSuffix(row.Key, answerPost+draft) {
				continue
			}
			var at post
			if err := unpack(row.Key, row.Value, &at); err != nil {
				return err
			}
			if err := d.dropPost(row.Key, at); err != nil {
				return err
			}
		}
	}
	if edits {
		return d.supersede(draft, "answer.recalled")
	}
	return nil
}
