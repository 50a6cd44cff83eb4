//go:build matrix

package friend

import (
	"errors"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/attachment"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Room makes a room and invites people to it.
func (f *Friend) Room(encrypted bool, name string, people ...id.UserID) id.RoomID {
	f.t.Helper()
	return f.create(encrypted, &mautrix.ReqCreateRoom{Preset: "private_chat", Name: name, Invite: people})
}

// DM makes an encrypted room for two and invites the other.
func (f *Friend) DM(other id.UserID) id.RoomID {
	f.t.Helper()
	return f.create(true, &mautrix.ReqCreateRoom{Preset: "trusted_private_chat", IsDirect: true, Invite: []id.UserID{other}})
}

// PlainDM makes one that is not encrypted.
func (f *Friend) PlainDM(other id.UserID) id.RoomID {
	f.t.Helper()
	return f.create(false, &mautrix.ReqCreateRoom{Preset: "trusted_private_chat", IsDirect: true, Invite: []id.UserID{other}})
}

func (f *Friend) create(encrypted bool, r *mautrix.ReqCreateRoom) id.RoomID {
	f.t.Helper()
	if encrypted {
		r.InitialState = []*event.Event{{
			Type:    event.StateEncryption,
			Content: event.Content{Parsed: &event.EncryptionEventContent{Algorithm: id.AlgorithmMegolmV1}},
		}}
	}
	f.turn.Lock()
	defer f.turn.Unlock()
	made, err := f.Client.CreateRoom(f.t.Context(), r)
	if err != nil {
		f.t.Fatal(err)
	}
	return made.RoomID
}

// Join enters a room to which one was invited.
func (f *Friend) Join(room id.RoomID) {
	f.t.Helper()
	f.turn.Lock()
	defer f.turn.Unlock()
	_, err := f.Client.JoinRoomByID(f.t.Context(), room)
	if err == nil {
		_, err = f.Client.State(f.t.Context(), room) // who writes at once must know whether it is encrypted
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// Leave leaves a room, or declines an invitation.
func (f *Friend) Leave(room id.RoomID) {
	f.t.Helper()
	f.turn.Lock()
	defer f.turn.Unlock()
	if _, err := f.Client.LeaveRoom(f.t.Context(), room); err != nil {
		f.t.Fatal(err)
	}
}

// Send sends any event, encrypted if the room is and the event is not a reaction.
func (f *Friend) Send(room id.RoomID, kind event.Type, content any) id.EventID {
	f.t.Helper()
	if kind != event.EventReaction {
		kind, content = f.encrypt(room, kind, content)
	}
	return f.SendInClear(room, kind, content)
}

// SendInClear sends an event as it is, wherever it is.
func (f *Friend) SendInClear(room id.RoomID, kind event.Type, content any) id.EventID {
	f.t.Helper()
	sent, err := f.Client.SendMessageEvent(f.t.Context(), room, kind, content)
	if err != nil {
		f.t.Fatal(err)
	}
	return sent.EventID
}

// encrypt gives what to send instead; in a room without encryption, the same.
func (f *Friend) encrypt(room id.RoomID, kind event.Type, content any) (event.Type, any) {
	f.t.Helper()
	f.turn.Lock()
	defer f.turn.Unlock()
	ctx := f.t.Context()
	encrypted, err := f.Client.StateStore.IsEncrypted(ctx, room)
	if err != nil {
		f.t.Fatal(err)
	}
	if !encrypted {
		return kind, content
	}
	sealed, err := f.Machine.EncryptMegolmEvent(ctx, room, kind, content)
	if crypto.IsShareError(err) {
		people, members := f.Client.StateStore.GetRoomJoinedOrInvitedMembers(ctx, room)
		if err = errors.Join(members, f.Machine.ShareGroupSession(ctx, room, people)); err == nil {
			sealed, err = f.Machine.EncryptMegolmEvent(ctx, room, kind, content)
		}
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return event.EventEncrypted, sealed
}

// NewKey lets the next message be encrypted with another key.
func (f *Friend) NewKey(room id.RoomID) {
	f.t.Helper()
	f.turn.Lock()
	defer f.turn.Unlock()
	if err := f.Machine.CryptoStore.RemoveOutboundGroupSession(f.t.Context(), room); err != nil {
		f.t.Fatal(err)
	}
}

func text(words string) *event.MessageEventContent {
	return &event.MessageEventContent{MsgType: event.MsgText, Body: words}
}

// Say sends a text.
func (f *Friend) Say(room id.RoomID, words string) id.EventID {
	f.t.Helper()
	return f.Send(room, event.EventMessage, text(words))
}

// Reply quotes a message.
func (f *Friend) Reply(to Message, words string) id.EventID {
	f.t.Helper()
	content := text(words)
	content.RelatesTo = (&event.RelatesTo{}).SetReplyTo(to.ID)
	return f.Send(to.RoomID, event.EventMessage, content)
}

// InThread says something in the thread below a message.
func (f *Friend) InThread(root Message, words string) id.EventID {
	f.t.Helper()
	content := text(words)
	content.RelatesTo = (&event.RelatesTo{}).SetThread(root.ID, root.ID)
	return f.Send(root.RoomID, event.EventMessage, content)
}

// Edit says something else instead.
func (f *Friend) Edit(room id.RoomID, of id.EventID, words string) id.EventID {
	f.t.Helper()
	content := text(words)
	content.SetEdit(of)
	return f.Send(room, event.EventMessage, content)
}

// React taps an emoji below a message.
func (f *Friend) React(to Message, key string) id.EventID {
	f.t.Helper()
	return f.Send(to.RoomID, event.EventReaction, &event.ReactionEventContent{RelatesTo: *(&event.RelatesTo{}).SetAnnotation(to.ID, key)})
}

// Redact takes an event back.
func (f *Friend) Redact(room id.RoomID, which id.EventID) id.EventID {
	f.t.Helper()
	sent, err := f.Client.RedactEvent(f.t.Context(), room, which)
	if err != nil {
		f.t.Fatal(err)
	}
	return sent.EventID
}

// Sealed is an encrypted file that is on the homeserver, for a message.
func (f *Friend) Sealed(data []byte) *event.EncryptedFileInfo {
	f.t.Helper()
	file := attachment.NewEncryptedFile()
	sealed := append([]byte(nil), data...)
	file.EncryptInPlace(sealed)
	up, err := f.Client.UploadBytes(f.t.Context(), sealed, "application/octet-stream")
	if err != nil {
		f.t.Fatal(err)
	}
	return &event.EncryptedFileInfo{EncryptedFile: *file, URL: up.ContentURI.CUString()}
}

// File sends an encrypted file: a photo, a recording or a document, as kind and mime
// say.
func (f *Friend) File(room id.RoomID, kind event.MessageType, name, mime string, data []byte) id.EventID {
	f.t.Helper()
	return f.Send(room, event.EventMessage, &event.MessageEventContent{
		MsgType: kind, Body: name, Info: &event.FileInfo{MimeType: mime, Size: len(data)}, File: f.Sealed(data),
	})
}

// Open gives the encrypted file of a message.
func (f *Friend) Open(m Message) []byte {
	f.t.Helper()
	content, ok := m.Content.Parsed.(*event.MessageEventContent)
	if !ok || content.File == nil {
		f.t.Fatalf("%s has no encrypted file", m.ID)
	}
	where, err := content.File.URL.Parse()
	if err != nil {
		f.t.Fatal(err)
	}
	data, err := f.Client.DownloadBytes(f.t.Context(), where)
	if err == nil {
		err = content.File.DecryptInPlace(data)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return data
}
