package matrix

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"

	"lotse/bot/chat"
)

// attached is the file of a message; false when there is none that can be read. Its
// Ref is where the bytes lie and, of an encrypted one, how to read them.
func attached(c *event.MessageEventContent) (chat.File, bool) {
	at := &event.EncryptedFileInfo{URL: c.URL}
	if c.File != nil {
		at = c.File
	}
	if _, err := at.URL.Parse(); err != nil || at.URL == "" {
		return chat.File{}, false
	}
	ref, err := json.Marshal(at)
	if err != nil {
		return chat.File{}, false
	}
	f := chat.File{Kind: chat.Document, Platform: Platform, Ref: string(ref), Name: c.GetFileName()}
	switch c.MsgType {
	case event.MsgImage:
		f.Kind = chat.Photo
	case event.MsgVideo:
		f.Kind = chat.Video
	case event.MsgAudio:
		if c.MSC3245Voice != nil {
			f.Kind = chat.Voice
		}
	}
	if info := c.Info; info != nil {
		f.Type, f.Size, f.Length = info.MimeType, int64(info.Size), time.Duration(info.Duration)*time.Millisecond
	}
	return f, true
}

// fileAt is where the bytes of a file of this network lie. Its Key is empty when they
// are not encrypted.
func fileAt(f chat.File) (*event.EncryptedFileInfo, error) {
	at := &event.EncryptedFileInfo{}
	if f.Platform != Platform || json.Unmarshal([]byte(f.Ref), at) != nil || at.URL == "" {
		return nil, errors.New("matrix: the file does not lie on this network")
	}
	return at, nil
}

// msgTypes say how a kind of file is shown.
var msgTypes = map[chat.FileKind]event.MessageType{
	chat.Photo: event.MsgImage, chat.Voice: event.MsgAudio, chat.Video: event.MsgVideo, chat.Document: event.MsgFile,
}

// attach makes c the message of a file whose bytes lie at at. What c said becomes the
// words below it.
func attach(c *event.MessageEventContent, f chat.File, at *event.EncryptedFileInfo) {
	c.MsgType, c.FileName = msgTypes[f.Kind], fileName(f)
	if c.Body == "" {
		c.Body = c.FileName
	}
	c.Info = &event.FileInfo{MimeType: f.Type, Size: int(f.Size), Duration: int(f.Length / time.Millisecond)}
	if f.Kind == chat.Voice {
		c.MSC3245Voice = &event.MSC3245Voice{}
		c.MSC1767Audio = &event.MSC1767Audio{Duration: int(f.Length / time.Millisecond)}
	}
	if at.Key.Key == "" {
		c.URL = at.URL
		return
	}
	c.File = at
}

// fileName is the name of a file, for one that has none what it is.
func fileName(f chat.File) string {
	if name := strings.TrimSpace(f.Name); name != "" {
		return name
	}
	return string(f.Kind) + endings[f.Type]
}

// endings are those of what other networks send without a name.
var endings = map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "audio/ogg": ".ogg", "video/mp4": ".mp4", "application/pdf": ".pdf"}
