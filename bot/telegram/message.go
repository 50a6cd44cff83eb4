package telegram

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lotse/bot/chat"
	"lotse/bot/split"
)

// An entity styles a part of a text, in UTF-16 units (Bot API, MessageEntity).
// Entities are used instead of a parse mode: with them no text can be wrong.
type entity struct {
	Type   string `json:"type"`
	Offset int    `json:"offset"`
	Length int    `json:"length"`
}

var entityTypes = map[chat.Style]string{chat.Bold: "bold", chat.Italic: "italic", chat.Quote: "blockquote"}

// entities are the marks of a text. One of an unknown style, or that styles
// nothing, is left out.
func entities(text string, marks []chat.Mark) []entity {
	var all []entity
	for _, m := range marks {
		from, to := min(max(m.From, 0), len(text)), min(m.To, len(text))
		if is := entityTypes[m.Style]; is != "" && from < to {
			all = append(all, entity{is, split.Units(text[:from]), split.Units(text[from:to])})
		}
	}
	slices.SortStableFunc(all, func(a, b entity) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(b.Length, a.Length))
	})
	return all
}

// An inlineKeyboard is an InlineKeyboardMarkup.
type inlineKeyboard struct {
	Rows [][]inlineButton `json:"inline_keyboard"`
}

type inlineButton struct {
	Text string `json:"text"`
	Data string `json:"callback_data"`
}

// first is what the first button says when it is pressed.
func (k inlineKeyboard) first() string {
	for _, row := range k.Rows {
		for _, b := range row {
			return b.Data
		}
	}
	return ""
}

// set adds a value as JSON. What is added here can always be written so.
func set(p tgbotapi.Params, name string, value any) {
	raw, err := json.Marshal(value)
	if err != nil {
		panic("telegram: " + name + " has no form in JSON")
	}
	p[name] = string(raw)
}

// addText adds a text with its marks: as "text" with "entities", or as "caption"
// with "caption_entities".
func addText(p tgbotapi.Params, name, marks string, m chat.Message) {
	if m.Text == "" {
		return
	}
	p[name] = m.Text
	if all := entities(m.Text, m.Marks); len(all) > 0 {
		set(p, marks, all)
	}
}

// addButtons adds the buttons; without any the message has none, or loses them.
func addButtons(p tgbotapi.Params, m chat.Message) {
	k := inlineKeyboard{}
	for _, row := range m.Buttons {
		var line []inlineButton
		for _, b := range row {
			line = append(line, inlineButton{b.Label, b.ID})
		}
		if len(line) > 0 {
			k.Rows = append(k.Rows, line)
		}
	}
	switch {
	case len(k.Rows) > 0:
		set(p, "reply_markup", k)
	case m.ForceReply:
		p["reply_markup"] = `{"force_reply":true}`
	}
}

// sending is the request for a new message. reply is the number of the message it
// answers, or "".
func sending(to chat.Address, reply string, m chat.Message) (method string, p tgbotapi.Params, err error) {
	p = tgbotapi.Params{}
	switch len(m.Files) {
	case 0:
		method = "sendMessage"
		p["text"] = m.Text
		addText(p, "text", "entities", m)
		p["link_preview_options"] = `{"is_disabled":true}`
	case 1:
		f := m.Files[0]
		if f.Kind == chat.Place {
			if method, err = addPlace(p, f); err != nil {
				return "", nil, err
			}
			break
		}
		if f.Platform != Platform {
			method = uploadAs(f).method
			addLength(p, f)
		} else if media, id, ok := mediaOf(f); ok {
			method, p[media.param] = media.method, id
		} else {
			return "", nil, bad("the file has no type")
		}
		if method == "sendVideoNote" { // it has no caption
			if m.Text != "" {
				return "", nil, bad("a round video cannot have words")
			}
			break
		}
		addText(p, "caption", "caption_entities", m)
	default:
		if err := addAlbum(p, m); err != nil {
			return "", nil, err
		}
		method = "sendMediaGroup"
	}
	if method != "sendMediaGroup" { // an album has no buttons
		addButtons(p, m)
	}
	if to.Thread != "" && to.Thread != strconv.Itoa(general) {
		p["message_thread_id"] = to.Thread
	}
	if reply != "" {
		p["reply_parameters"] = `{"message_id":` + reply + `,"allow_sending_without_reply":true}`
	}
	p.AddBool("protect_content", m.Protect)
	return method, p, nil
}

// between stands between the title of a venue and its address, where they are one name.
const between = ", "

// addPlace is a place on the map: a venue when it has a name. One without an address is
// at its coordinates, as Telegram wants some (Bot API, sendVenue).
func addPlace(p tgbotapi.Params, f chat.File) (method string, err error) {
	north, east, ok := f.Where()
	if !ok {
		return "", bad("the place is nowhere")
	}
	p["latitude"], p["longitude"] = north, east
	if strings.TrimSpace(f.Name) == "" {
		return "sendLocation", nil
	}
	title, address, _ := strings.Cut(f.Name, between)
	p["title"], p["address"] = title, cmp.Or(address, north+between+east)
	return "sendVenue", nil
}

// An inputMedia is one file of an album (Bot API, InputMedia).
type inputMedia struct {
	Type     string   `json:"type"`
	Media    string   `json:"media"`
	Caption  string   `json:"caption,omitempty"`
	Entities []entity `json:"caption_entities,omitempty"`
}

// addAlbum adds the files of an album. Telegram shows the caption of the first as
// that of the album.
func addAlbum(p tgbotapi.Params, m chat.Message) error {
	var all []inputMedia
	for _, f := range m.Files {
		media, id, ok := mediaOf(f)
		if kind := albumOf(f); !ok || kind == "" || kind != albumOf(m.Files[0]) {
			return bad("the files cannot be one album")
		}
		all = append(all, inputMedia{Type: media.param, Media: id})
	}
	all[0].Caption, all[0].Entities = m.Text, entities(m.Text, m.Marks)
	set(p, "media", all)
	return nil
}

// changing is the request that makes a message look like m. Whether it is a text
// or the caption of a file only Telegram knows.
func changing(m chat.Message, caption bool) (method string, p tgbotapi.Params) {
	p = tgbotapi.Params{}
	addButtons(p, chat.Message{Buttons: m.Buttons}) // one cannot be forced to answer an old message
	switch {
	case caption:
		addText(p, "caption", "caption_entities", m)
		return "editMessageCaption", p
	case strings.TrimSpace(m.Text) == "":
		return "editMessageReplyMarkup", p
	}
	addText(p, "text", "entities", m)
	p["link_preview_options"] = `{"is_disabled":true}`
	return "editMessageText", p
}
