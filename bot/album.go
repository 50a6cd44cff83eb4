package bot

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/store"
)

// An album is several files sent as one thing, which networks tell part by part. The
// parts are kept until it is complete, or no more has come for a moment, and then are
// one event. Whatever its sender does meanwhile comes after it.

const (
	albumPause = 700 * time.Millisecond // parts follow each other as fast as they are acknowledged
	albumMost  = 10                     // parts (Bot API, sendMediaGroup)
)

// A heldAlbum is one that may go on.
type heldAlbum struct {
	ID    string    `json:"id"`
	Parts int       `json:"n"`
	Until time.Time `json:"until"`
}

// more counts one more part, and says when to look whether it was the last.
func (a *heldAlbum) more(t *turn, alarm ...string) {
	a.Parts++
	a.Until = t.now.Add(albumPause).Truncate(time.Microsecond) // as exact as the alarm clock, which must not ring before it
	t.at(a.Until, "album", alarm...)
}

// albumOf is where the parts of a person's album are kept: what precedes consent is
// readable in memory only.
func albumOf(sp *speaker) string {
	if sp.State.Consent.Version == "" {
		return keyOf("part", sp.PID)
	}
	return keyOf("album", sp.PID)
}

// withAlbum lets a person go on: a part of an album is kept, and anything else comes
// after the album that was kept.
func (t *turn) withAlbum(sp *speaker) error {
	held, ev := sp.Person.Album, t.ev
	if held != nil && ev.Album != held.ID {
		if err := t.endAlbum(sp); err != nil {
			return err
		}
		held = nil
	}
	if t.ev = ev; ev.Album == "" {
		return t.converse(sp, false)
	}
	if held == nil {
		held = &heldAlbum{ID: ev.Album}
	}
	held.more(t, sp.PID)
	sp.Person.Album = held
	if err := t.keepPart(albumOf(sp)); err != nil {
		return err
	}
	if held.Parts == albumMost {
		return t.endAlbum(sp)
	}
	t.remember(sp)
	return nil
}

// partsOf are the parts of an album so far. What is damaged is forgotten: it would keep
// its sender from going on.
func (t *turn) partsOf(key string) (album chat.Event, found bool, err error) {
	album, found, err = load[chat.Event](t.tx, key)
	if errors.Is(err, errRecord) {
		t.warn("an album is forgotten", "err", err)
		return chat.Event{}, false, nil
	}
	return album, found, err
}

// keepPart adds this turn's event to an album.
func (t *turn) keepPart(key string) error {
	album, found, err := t.partsOf(key)
	if err != nil {
		return err
	}
	if found {
		album.Files = append(album.Files, t.ev.Files...)
		album.Calls = cmp.Or(album.Calls, t.ev.Calls)
		album.Text = strings.TrimSpace(album.Text + "\n" + t.ev.Text) // the caption stands at any of them
	} else {
		album = t.ev
	}
	save(t.tx, key, album)
	return nil
}

// endAlbum is a person's album that has no more parts. What is left of it when the
// process ended before there was consent is that it was there.
func (t *turn) endAlbum(sp *speaker) error {
	sp.Person.Album = nil
	album, found, err := t.partsOf(albumOf(sp))
	if err != nil {
		return err
	}
	t.tx.Delete(albumOf(sp))
	if !found {
		album = chat.Event{Kind: chat.Media, At: t.now, In: sp.Person.Address}
	}
	t.ev = album
	return t.converse(sp, !found)
}

// albumDue is the end of an album after which nothing came, of a person or the desk.
func (t *turn) albumDue(refs []string) error {
	if refs[0] == store.Nobody {
		return t.deskAlbumDue(refs[1])
	}
	sp, err := t.known(refs[0])
	if err != nil || sp.Person.Erasing || sp.Person.Album == nil || sp.Person.Album.Until.After(t.now) {
		return err
	}
	return t.endAlbum(sp)
}

// deskPart keeps a part of an album of which it is known what it replies to. What
// else happens at the desk does not wait for it.
func (t *turn) deskPart() error {
	index := t.b.cfg.DB.Index("album", t.ev.From, t.ev.Album)
	held, _, err := load[heldAlbum](t.tx, keyOf("album", store.Nobody, index))
	if err != nil {
		return err
	}
	held.more(t, store.Nobody, index)
	save(t.tx, keyOf("album", store.Nobody, index), held)
	if err := t.keepPart(keyOf("album", store.Nobody, index, "parts")); err != nil {
		return err
	}
	if held.Parts == albumMost {
		return t.endDeskAlbum(index)
	}
	return nil
}

func (t *turn) deskAlbumDue(index string) error {
	held, found, err := load[heldAlbum](t.tx, keyOf("album", store.Nobody, index))
	if !found || err != nil || held.Until.After(t.now) {
		return err
	}
	return t.endDeskAlbum(index)
}

func (t *turn) endDeskAlbum(index string) error {
	album, found, err := t.partsOf(keyOf("album", store.Nobody, index, "parts"))
	if !found || err != nil {
		return err
	}
	t.tx.Delete(keyOf("album", store.Nobody, index))
	t.tx.Delete(keyOf("album", store.Nobody, index, "parts"))
	album.Album = ""
	t.ev = album
	return t.deskReply()
}
