package bot

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"slices"
	"strings"

	"lotse/bot/chat"
	"lotse/bot/picture"
	"lotse/flows"
)

// uncleaned stands before the network of a picture that is not sent on as it is: so every
// network takes it for a file of another one, and reads it through Open.
const uncleaned = "uncleaned/"

// ownFiles is the Platform of files that the bot made. Their Ref is what is in them, in base64.
const ownFiles = "lotse"

// ownPicture is a PNG that the bot drew.
func ownPicture(name string, png []byte) chat.File {
	return chat.File{Kind: chat.Photo, Platform: ownFiles, Ref: base64.StdEncoding.EncodeToString(png), Name: name, Type: "image/png", Size: int64(len(png)), Bare: true}
}

// OwnFile is a document that the program made, small enough to travel in its row.
func OwnFile(name, mime string, content []byte) chat.File {
	return chat.File{Kind: chat.Document, Platform: ownFiles, Ref: base64.StdEncoding.EncodeToString(content), Name: name, Type: mime, Size: int64(len(content))}
}

// passedOn are files on their way to somebody. Pictures lose what they know on it.
func passedOn(files []chat.File) []chat.File {
	files = slices.Clone(files)
	for i, f := range files {
		if flows.Picture(f) && !f.Bare && !strings.HasPrefix(f.Platform, uncleaned) {
			files[i].Platform = uncleaned + f.Platform
		}
	}
	return files
}

// Open reads a file where it lies, for a network that sends it on; a picture
// comes without what it knows. The caller closes it. A picture that cannot be cleaned is
// a *chat.SendError that is Bad, when it is read.
func (b *Bot) Open(ctx context.Context, f chat.File) (io.ReadCloser, error) {
	if f.Platform == ownFiles {
		return io.NopCloser(base64.NewDecoder(base64.StdEncoding, strings.NewReader(f.Ref))), nil
	}
	platform, dirty := strings.CutPrefix(f.Platform, uncleaned)
	f.Platform = platform
	p, ok := b.platforms[platform].(chat.Opener)
	if !ok {
		return nil, &chat.SendError{Bad: true, Err: errors.New("the file lies on a network that cannot be read")}
	}
	from, err := p.Open(ctx, f)
	if err != nil || !dirty {
		return from, err
	}
	return cleaned(from, f.Kind == chat.Photo || strings.HasPrefix(strings.ToLower(f.Type), "image/")), nil
}

// cleaned is a file without metadata, while it is read.
func cleaned(from io.ReadCloser, isPicture bool) io.ReadCloser {
	r, w := io.Pipe()
	go func() {
		err := picture.Clean(w, from, isPicture)
		if picture.Refused(err) {
			err = &chat.SendError{Bad: true, Err: err}
		}
		w.CloseWithError(errors.Join(err, from.Close()))
	}()
	return r
}

// pictureLost gives up a picture that turned out to be none that can be cleaned, and tells
// its asker.
func (t *turn) pictureLost(q *queued, raw []byte) error {
	if err := t.dead(q, raw, "why.bad"); err != nil {
		return err
	}
	it := q.item
	askers := strings.HasPrefix(it.Post, questionFiles) || strings.HasPrefix(it.Post, addition)
	if !askers || it.To.Platform != t.b.cfg.Desks[0].Platform { // told once, also when there are two rooms
		return nil
	}
	inquiry, found, err := load[flows.Inquiry](t.tx, keyOf("inquiry", it.Ref.PID, it.Ref.IID))
	if err != nil || !found || inquiry.Status == flows.Withdrawn {
		return err
	}
	asker, err := t.asker(it.Ref.PID)
	if err != nil || asker.Person.Erasing {
		return err
	}
	return t.tellAsker(asker, it.Ref.PID, inquiry, []flows.Text{sayNumber("inquiry.file.lost", inquiry)})
}
