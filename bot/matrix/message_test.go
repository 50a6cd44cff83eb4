package matrix

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"

	"lotse/bot/chat"
)

// written is what the bot says, and the content it becomes: new, and as an edit of
// the message "$old".
type written struct {
	To      chat.Address
	Message chat.Message
	At      *event.EncryptedFileInfo `json:",omitempty"` // where the file lies
	Content *event.MessageEventContent
	Edited  *event.MessageEventContent `json:",omitempty"`
}

func TestGoldenMessages(t *testing.T) {
	const file = "testdata/messages.json"
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]written{}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	for name, c := range cases {
		c.Content, c.Edited = content(c.To, c.Message, c.At), nil
		if strings.HasPrefix(name, "edit") {
			c.Edited = edited("$old", c.Message, c.At)
		}
		cases[name] = c
	}
	compare(t, file, raw, cases)
}

// A place is a pin, not where the bot is.
func TestPin(t *testing.T) {
	m := chat.Message{Files: []chat.File{chat.NewPlace(51.31, 12.28, "Komm-Haus")}}
	c := content(chat.Address{Thread: "$root"}, m, nil)
	raw, err := json.Marshal(&event.Content{Parsed: c, Raw: besides(c)})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Asset struct{ Type string } `json:"org.matrix.msc3488.asset"`
		At    struct{ URI string }  `json:"org.matrix.msc3488.location"`
		event.MessageEventContent
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if got.Asset.Type != "m.pin" || got.At.URI != m.Files[0].Ref || got.GeoURI != m.Files[0].Ref || got.MsgType != event.MsgLocation || got.RelatesTo.GetThreadParent() != "$root" {
		t.Errorf("got %s", raw)
	}
	m.RTL = true
	if c := content(chat.Address{}, m, nil); c.Body != "\u200f\u2068Komm-Haus\u2069\n\u200f📍 \u206651.310000, 12.280000\u2069" {
		t.Errorf("in Arabic it reads %q", c.Body)
	}
	if more := besides(content(chat.Address{}, chat.Message{Text: "x"}, nil)); len(more) != 0 {
		t.Errorf("words say %v", more)
	}
}

func TestReaction(t *testing.T) {
	raw, err := json.Marshal(reaction("$q", chat.Keycap(2)))
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"m.relates_to":{"rel_type":"m.annotation","event_id":"$q","key":"2️⃣"}}`; string(raw) != want {
		t.Errorf("got %s", raw)
	}
}

// Whatever is said, each part fits into one event, new or as an edit, and nothing of it
// is lost.
func TestEveryPartFits(t *testing.T) {
	for _, sign := range []string{"a", "<", "ش", "\x01", "👩🏽‍🏫", "\u2068ب\u2069 "} {
		text := strings.Repeat(sign, 4*maxUnits)
		m := chat.Message{Text: text, Marks: []chat.Mark{{Style: chat.Bold, From: 0, To: len(text)}}}
		for i := range 30 {
			m.Buttons = append(m.Buttons, []chat.Button{{ID: "x", Label: strings.Repeat("ش", 60)}})
			m.Marks = append(m.Marks, chat.Mark{Style: chat.Italic, From: i * len(sign), To: (i + 1) * len(sign)})
		}
		for _, part := range parts(m) {
			if n := size(content(chat.Address{Thread: "$root"}, part, nil)); n > maxContent {
				t.Errorf("%q: a part has %d bytes", sign, n)
			}
			if n := size(edited("$old", part, nil)); n > maxContent+300 {
				t.Errorf("%q: an edit has %d bytes", sign, n)
			}
		}
	}
}

func TestFormatted(t *testing.T) {
	for _, c := range []struct {
		name, text string
		marks      []chat.Mark
		want       string
	}{
		{"nothing marked", "a < b", nil, ""},
		{"escaped", "<b>&amp;\"", []chat.Mark{{Style: chat.Bold, From: 0, To: 3}}, "<strong>&lt;b&gt;</strong>&amp;amp;&#34;"},
		{"lines", "a\nb", []chat.Mark{{Style: chat.Italic, From: 2, To: 3}}, "a<br><em>b</em>"},
		{"quotation on its own", "a\nb\nc", []chat.Mark{{Style: chat.Quote, From: 2, To: 3}}, "a<blockquote>b</blockquote>c"},
		{"nested", "abc", []chat.Mark{{Style: chat.Bold, From: 1, To: 2}, {Style: chat.Quote, From: 0, To: 3}}, "<blockquote>a<strong>b</strong>c</blockquote>"},
		{"crossing", "abc", []chat.Mark{{Style: chat.Bold, From: 0, To: 2}, {Style: chat.Italic, From: 1, To: 3}}, "<strong>a<em>b</em></strong>c"},
		{"beside", "ab", []chat.Mark{{Style: chat.Bold, From: 0, To: 1}, {Style: chat.Bold, From: 1, To: 2}}, "<strong>a</strong><strong>b</strong>"},
		{"nowhere", "ab", []chat.Mark{{Style: chat.Bold, From: 1, To: 1}, {Style: "x", From: 0, To: 2}, {Style: chat.Bold, From: 5, To: 9}, {Style: chat.Bold, From: -3, To: -1}}, ""},
	} {
		if got := formatted(c.text, c.marks); got != c.want {
			t.Errorf("%s: got %s", c.name, got)
		}
	}
}
