package bot

import "lotse/bot/chat"

// What colleagues write about an inquiry is deleted with it (domain D7), so it is noted
// where that stands: what replies to a message about it, what stands in its thread, and
// what replies to either. What it says is not kept.

// noticed notes of whatever happens in the desk what must be known of it: that somebody
// is there, and what belongs to an inquiry.
func (t *turn) noticed() error {
	if err := t.onDuty(); err != nil {
		return err
	}
	return t.overheard()
}

// overheard notes this turn's message of a coordinator if it belongs to an inquiry.
func (t *turn) overheard() error {
	if t.ev.Message == "" || t.ev.Kind == chat.Edit {
		return nil
	}
	about, err := t.belongsTo()
	if _, id := about.home(); err == nil && id != "" && about.PID != "" {
		t.noteBeside(about)
	}
	return err
}

// belongsTo is the inquiry that a coordinator's message belongs to, or what else a person gave.
func (t *turn) belongsTo() (ref, error) {
	in := t.ev.In
	var keys []string
	if t.ev.On != "" {
		keys = append(keys, t.b.sentKey(in, t.ev.On), t.b.besideKey(in, t.ev.On))
	}
	if in.Thread != "" { // which may be named by the message it grows below
		keys = append(keys, t.b.threadKey(in), t.b.sentKey(in, in.Thread), t.b.besideKey(in, in.Thread))
	}
	for _, key := range keys {
		about, _, err := load[ref](t.tx, key)
		if err != nil || about.IID != "" || about.Given != "" || about.Member != "" {
			return about, err
		}
	}
	return ref{}, nil
}

// noteBeside notes where this turn's message stands, once however often it is told.
func (t *turn) noteBeside(about ref) {
	index := t.b.cfg.DB.Index("beside", t.ev.In.Platform, t.ev.In.Room, t.ev.Message)
	at := post{To: t.ev.In, Message: t.ev.Message, At: t.ev.At, Sign: t.ev.Kind == chat.Reaction, Desk: true}
	pid, id := about.home()
	save(t.tx, keyOf("post", pid, id, besidePost+index), at)
	save(t.tx, t.b.besideKey(t.ev.In, t.ev.Message), ref{PID: about.PID, IID: about.IID, Given: about.Given, Member: about.Member})
}

// besidePost begins the name of a colleague's message: every other post is the bot's.
const besidePost = "r-"

// besideKey leads from a colleague's message to the inquiry it belongs to. A reply to it
// is talk among colleagues, never an answer: so it is another key than sentKey.
func (b *Bot) besideKey(a chat.Address, message string) string {
	return keyOf("sent", b.cfg.DB.Index("beside", a.Platform, a.Room, message))
}

// threadKey leads from a thread that was opened for an inquiry to it.
func (b *Bot) threadKey(a chat.Address) string {
	return keyOf("sent", b.cfg.DB.Index("thread", a.Platform, a.Room, a.Thread))
}
