package telegram

import "slices"

// An update is what Telegram tells; only what is used of it.
type update struct {
	ID       int64             `json:"update_id"`
	Message  *message          `json:"message"`
	Edited   *message          `json:"edited_message"`
	Callback *callback         `json:"callback_query"`
	Reaction *reaction         `json:"message_reaction"`
	MyMember *membershipChange `json:"my_chat_member"`
}

// wanted are the updates to ask for. The server remembers the list, so it is sent
// each time; reactions come only when they are named.
const wanted = `["message","edited_message","callback_query","message_reaction","my_chat_member"]`

type message struct {
	ID       int64 `json:"message_id"`
	Thread   int64 `json:"message_thread_id"`
	IsTopic  bool  `json:"is_topic_message"` // else Thread is a chain of replies
	From     *user `json:"from"`
	As       *room `json:"sender_chat"` // an anonymous administrator, or a channel
	Chat     room  `json:"chat"`
	Date     int64 `json:"date"`
	EditDate int64 `json:"edit_date"`
	Forward  bool  `json:"is_automatic_forward"` // of the channel that belongs to the group
	Reply    *struct {
		ID      int64          `json:"message_id"`
		Date    int64          `json:"date"`
		From    *user          `json:"from"`
		Markup  inlineKeyboard `json:"reply_markup"`
		Created *any           `json:"forum_topic_created"`
	} `json:"reply_to_message"`
	Album string `json:"media_group_id"`

	Text    string `json:"text"`
	Caption string `json:"caption"`
	// Where people are mentioned who have no username: the words show only their name.
	Entities        []mention `json:"entities"`
	CaptionEntities []mention `json:"caption_entities"`

	Photo     []photo `json:"photo"`
	Voice     *file   `json:"voice"`
	Video     *file   `json:"video"`
	VideoNote *file   `json:"video_note"`
	Animation *file   `json:"animation"` // comes with a Document too
	Audio     *file   `json:"audio"`
	Document  *file   `json:"document"`
	Sticker   *struct {
		Emoji string `json:"emoji"`
	} `json:"sticker"`
	Location *struct {
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
	} `json:"location"`
	Venue *struct { // comes with a Location
		Title   string `json:"title"`
		Address string `json:"address"`
	} `json:"venue"`
	Contact *struct {
		Phone string `json:"phone_number"`
		First string `json:"first_name"`
		Last  string `json:"last_name"`
	} `json:"contact"`
	Dice *struct {
		Emoji string `json:"emoji"`
	} `json:"dice"`

	// What a person says by these has no words of ours.
	Poll      *any `json:"poll"`
	Game      *any `json:"game"`
	Story     *any `json:"story"`
	Checklist *any `json:"checklist"`
	PaidMedia *any `json:"paid_media"`

	MigrateTo   int64 `json:"migrate_to_chat_id"`
	MigrateFrom int64 `json:"migrate_from_chat_id"`
}

type user struct {
	ID    int64  `json:"id"`
	IsBot bool   `json:"is_bot"`
	First string `json:"first_name"`
	Last  string `json:"last_name"`
	Lang  string `json:"language_code"`
}

// A mention is what is told of a MessageEntity of the type text_mention.
type mention struct {
	User *user `json:"user"`
}

// calls is the first person who is mentioned by name.
func (m *message) calls() string {
	for _, e := range slices.Concat(m.Entities, m.CaptionEntities) {
		if e.User != nil && !e.User.IsBot {
			return e.User.First
		}
	}
	return ""
}

// A room is any chat; a private one has its person's ID.
type room struct {
	ID    int64  `json:"id"`
	Type  string `json:"type"` // private, group, supergroup or channel
	Title string `json:"title"`
}

// A file is a voice, video, animation, audio or document.
type file struct {
	ID       string `json:"file_id"`
	Name     string `json:"file_name"`
	Type     string `json:"mime_type"`
	Size     int64  `json:"file_size"`
	Duration int64  `json:"duration"` // seconds
}

// A photo is one size of one.
type photo struct {
	ID     string `json:"file_id"`
	Width  int64  `json:"width"`
	Height int64  `json:"height"`
	Size   int64  `json:"file_size"`
}

type callback struct {
	ID      string   `json:"id"`
	From    *user    `json:"from"`
	Message *message `json:"message"` // an inaccessible one has ID, chat and date 0 only
	Data    string   `json:"data"`
}

type reaction struct {
	Chat room    `json:"chat"`
	ID   int64   `json:"message_id"`
	User *user   `json:"user"`
	Date int64   `json:"date"`
	Old  []emoji `json:"old_reaction"`
	New  []emoji `json:"new_reaction"`
}

type emoji struct {
	Type  string `json:"type"`
	Emoji string `json:"emoji"`
}

type membershipChange struct {
	Chat room       `json:"chat"`
	From *user      `json:"from"`
	Date int64      `json:"date"`
	Old  membership `json:"old_chat_member"`
	New  membership `json:"new_chat_member"`
}

type membership struct {
	Status   string `json:"status"`
	IsMember bool   `json:"is_member"` // of somebody restricted
}

// in reports whether that is somebody who is there.
func (m membership) in() bool {
	switch m.Status {
	case "creator", "administrator", "member":
		return true
	}
	return m.Status == "restricted" && m.IsMember
}
