package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"lotse/bot/chat"
	"lotse/bot/split"
)

// Parts splits m at MaxMessage, or MaxCaption under a file.
func (w *Web) Parts(m chat.Message) []chat.Message { return split.Parts(m, MaxMessage, MaxCaption) }

// Send shows one part in a room. The same id is the same message, also after a
// restart. A person who blocked the bot is *chat.SendError Gone.
func (w *Web) Send(ctx context.Context, id string, to chat.Address, m chat.Message) (chat.Receipt, error) {
	r := record{Act: send, ID: id, Message: &m}
	brought, err := w.bring(ctx, r)
	var n int64
	if err == nil {
		n, err = w.act(ctx, to, r)
	}
	if err != nil {
		return chat.Receipt{}, errors.Join(err, w.leave(brought))
	}
	return chat.Receipt{Message: messageID(n)}, nil
}

// bring makes files that lie elsewhere files of this network, unless r is a repetition.
// It returns their Refs.
func (w *Web) bring(ctx context.Context, r record) (refs []string, err error) {
	w.mu.Lock()
	_, done := w.state.done[r.key()]
	w.mu.Unlock()
	if done && r.ID != "" || w.opt.Files == nil {
		return nil, nil
	}
	r.Message.Files = slices.Clone(r.Message.Files)
	for i, f := range r.Message.Files {
		if f.Platform == Platform {
			continue
		}
		b, err := w.fetch(ctx, f)
		if err != nil {
			return refs, err
		}
		f.Platform, f.Ref, f.Size = Platform, newRef(), int64(len(b))
		if err := w.media.put(f.Ref, b); err != nil {
			return refs, fmt.Errorf("web: %w", err)
		}
		refs, r.Message.Files[i] = append(refs, f.Ref), f
		w.mu.Lock()
		w.state.files[f.Ref] = f
		w.mu.Unlock()
	}
	return refs, nil
}

// fetch reads a file that lies elsewhere.
func (w *Web) fetch(ctx context.Context, f chat.File) ([]byte, error) {
	from, err := w.opt.Files(ctx, f)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(from, MaxUpload+1))
	if err = errors.Join(err, from.Close()); err == nil && len(b) > MaxUpload {
		err = &chat.SendError{Bad: true, Err: errors.New("the file is too large")}
	}
	return b, err
}

// leave forgets files that became no message.
func (w *Web) leave(refs []string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var errs []error
	for _, ref := range refs {
		delete(w.state.files, ref)
		errs = append(errs, w.media.drop(ref))
	}
	return errors.Join(errs...)
}

// Open reads a file of this network. The caller closes it.
func (w *Web) Open(_ context.Context, f chat.File) (io.ReadCloser, error) {
	w.mu.Lock()
	_, known := w.state.files[f.Ref]
	w.mu.Unlock()
	if f.Platform != Platform || !known {
		return nil, &chat.SendError{Bad: true, Err: errors.New("the file is not on this network")}
	}
	return w.media.open(f.Ref)
}

// Edit replaces the bot's message msg by m, files and buttons included; what it
// answers stays.
func (w *Web) Edit(ctx context.Context, id string, to chat.Address, msg string, m chat.Message) error {
	_, err := w.act(ctx, to, record{Act: edit, ID: id, On: msg, Message: &m})
	return err
}

// Delete removes message msg. One that is gone already is no error.
func (w *Web) Delete(ctx context.Context, id string, to chat.Address, msg string) error {
	_, err := w.act(ctx, to, record{Act: remove, ID: id, On: msg})
	return err
}

// React puts emoji on msg, once.
func (w *Web) React(ctx context.Context, id string, to chat.Address, msg, emoji string) error {
	_, err := w.act(ctx, to, record{Act: react, ID: id, On: msg, Text: emoji})
	return err
}

// act does what the bot wants unless it was done before, and returns the number
// of the record that did it.
func (w *Web) act(ctx context.Context, to chat.Address, r record) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("web: %w", err)
	}
	r.Room = to.Room
	w.mu.Lock()
	defer w.mu.Unlock()
	if n, ok := w.state.done[r.key()]; ok && r.ID != "" {
		return n, nil
	}
	in := w.state.rooms[to.Room]
	if in == nil || to.Platform != Platform || to.Thread != "" {
		return 0, &chat.SendError{Gone: true, Err: errors.New("there is no such room")}
	}
	if in.blocked {
		return 0, &chat.SendError{Gone: true, Err: errors.New("the person blocked the bot")}
	}
	if err := w.possible(in, r); err != nil {
		return 0, &chat.SendError{Bad: true, Err: err}
	}
	if r.Message != nil {
		r.Message = clone(*r.Message)
	}
	done, err := w.append(r)
	return done.N, err
}

// possible is nil when r can be done in the room.
func (w *Web) possible(in *room, r record) error {
	if r.Message != nil {
		if err := w.fits(*r.Message); err != nil {
			return err
		}
	}
	if r.Act == send {
		return nil
	}
	m := in.byID[r.On]
	switch {
	case m == nil:
		return errors.New("there is no such message")
	case r.Act == react && (r.Text == "" || len(r.Text) > 64):
		return errors.New("this is no emoji")
	case r.Act == edit && m.from != "":
		return errors.New("the message is not the bot's")
	case r.Act != remove && m.deleted:
		return errors.New("the message is deleted")
	}
	return nil
}

// fits is nil when m is within the limits that Parts promises to keep.
func (w *Web) fits(m chat.Message) error {
	limit := MaxMessage
	if len(m.Files) > 0 {
		limit = MaxCaption
	}
	switch {
	case m.Text == "" && len(m.Files) == 0:
		return errors.New("the message is empty")
	case split.Units(m.Text) > limit:
		return fmt.Errorf("the text is longer than %d UTF-16 units", limit)
	case len(m.Files) > 1:
		return errors.New("more than one file in a message")
	}
	for _, f := range m.Files {
		if _, known := w.state.files[f.Ref]; f.Platform != Platform || !known {
			return errors.New("the file is not on this network")
		}
	}
	for _, b := range slices.Concat(m.Buttons...) {
		if b.ID == "" || len(b.ID) > chat.MaxButtonID || b.Label == "" || !utf8.ValidString(b.ID) {
			return fmt.Errorf("a button has no label, no ID, or one over %d bytes", chat.MaxButtonID)
		}
	}
	return nil
}

// clone copies what the caller could change later.
func clone(m chat.Message) *chat.Message {
	m.Marks, m.Files = slices.Clone(m.Marks), slices.Clone(m.Files)
	rows := make([][]chat.Button, 0, len(m.Buttons))
	for _, row := range m.Buttons {
		rows = append(rows, slices.Clone(row))
	}
	m.Buttons = rows
	return &m
}
