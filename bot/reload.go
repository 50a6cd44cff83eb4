package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/locales"
	"lotse/store"
)

// Reload reads the content again, puts it in the place of what was there if nothing is
// wrong with it, and tells the desk. The error says what is wrong, and that everything stays
// as it was; or else that the desk could not be told. What is answered at that moment is
// answered from one version.
func (b *Bot) Reload(ctx context.Context) error {
	r, wrong := b.again(ctx)
	if wrong != nil {
		wrong = fmt.Errorf("nothing changed: %w", wrong)
	}
	told := b.transact(ctx, "reload/"+stampOf(b.cfg.Now()), func(t *turn) error { return t.tellDesk(r.Body()...) })
	return errors.Join(wrong, told)
}

// ErrNoFolder says that there is nothing to read again.
var ErrNoFolder = errors.New("no folder of content is set (LOTSE_CONTENT): what is built in changes with the program only")

// again reads the content, one caller at a time: an older version must not take the place
// of a newer one. The operator's log says what became of it, too.
func (b *Bot) again(ctx context.Context) (flows.Reloaded, error) {
	if b.cfg.Again == nil {
		return flows.Reloaded{NoFolder: true}, ErrNoFolder
	}
	b.reload.Lock()
	defer b.reload.Unlock()
	c, err := b.cfg.Again()
	if err == nil {
		err = b.unfit(ctx, c)
	}
	if err != nil {
		b.cfg.Log.Error("the content is refused; that of before stays", "err", err)
		return flows.Refused(err.Error()), err
	}
	b.content.Store(c)
	b.cfg.Log.Info("the content was read again", "pages", len(c.words.Pages()))
	return flows.Reloaded{Pages: len(c.words.Pages()), Contacts: len(c.lists.contacts)}, nil
}

// unfit says why content cannot be that of this bot, although nothing is wrong with it in
// itself: it lacks what is needed here. It is asked at the start and before content takes
// the place of other content.
func (b *Bot) unfit(ctx context.Context, c *Content) error {
	if !c.words.Has(b.deskLang(), "desk.help") {
		return fmt.Errorf("there is no language %q, which is the desk's", b.cfg.DeskLang)
	}
	var said locales.Answered
	err := b.cfg.DB.View(ctx, func(r store.Reader) (err error) {
		said, err = answered(r)
		return err
	})
	if err != nil {
		return err
	}
	return c.words.CheckSurveys(said) // people have answered them
}

// A reloadJob reads the content again for a coordinator.
type reloadJob struct {
	Kind string `json:"k"` // reloadKind: other jobs have none
}

const reloadKind = "reload"

// askReload lets a worker read the content again.
func (t *turn) askReload() error {
	save(t.tx, keyOf("job", t.timed()), reloadJob{reloadKind})
	t.job = true
	return nil
}

// readAgain does the outside part of a job if it is one that reads the content, and hands
// in what became of it as an event.
func (b *Bot) readAgain(ctx context.Context, row store.Pair) (done bool, err error) {
	var j reloadJob
	if err := unpack(row.Key, row.Value, &j); err != nil || j.Kind != reloadKind {
		return false, err
	}
	r, _ := b.again(ctx) // it holds what is wrong
	said, err := json.Marshal(r)
	if err != nil {
		return true, err
	}
	id := strings.TrimPrefix(row.Key, "job/")
	return true, b.Receive(ctx, chat.Event{ID: "job/" + id + "/0", Kind: chat.Job, At: b.cfg.Now(), Text: id, Args: string(said)})
}

// tellReload tells every room of the desk what became of a reloadJob.
func (t *turn) tellReload(key string) (done bool, err error) {
	j, found, err := load[reloadJob](t.tx, key)
	if !found || err != nil || j.Kind != reloadKind {
		return false, err
	}
	var r flows.Reloaded
	if err := json.Unmarshal([]byte(t.ev.Args), &r); err != nil {
		return false, fmt.Errorf("reload: %w", err)
	}
	t.tx.Delete(key)
	t.job = true // there may be more
	return true, t.tellDesk(r.Body()...)
}
