//go:build matrix

package friend

import (
	"fmt"
	"net/http"
	"slices"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Wire is everything that stands in a room at the homeserver, as it stands there, in
// order: at least what somebody has heard. What was only sent may come a little later.
func (f *Friend) Wire(room id.RoomID) []*event.Event {
	f.t.Helper()
	var all []*event.Event
	where := mautrix.ClientURLPath{"v3", "rooms", room, "messages"}
	query := map[string]string{"dir": "b", "limit": "500"} // from the end: Dendrite cannot begin at the start
	for {
		var page mautrix.RespMessages
		if _, err := f.Client.MakeRequest(f.t.Context(), http.MethodGet, f.Client.BuildURLWithQuery(where, query), nil, &page); err != nil {
			f.t.Fatal(err)
		}
		all = append(all, page.Chunk...)
		if page.End == "" || len(page.Chunk) == 0 {
			slices.Reverse(all)
			return all
		}
		query["from"] = page.End
	}
}

// taps are the reactions that tell nothing: the numbers of options, and 👍.
var taps = []string{"0️⃣", "1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣", "8️⃣", "9️⃣", "🔟", "👍"}

// What stands in clear beside the ciphertext (Client-Server API, m.room.encrypted), and
// of what an event relates to.
var (
	envelope = []string{"algorithm", "ciphertext", "device_id", "sender_key", "session_id", "m.relates_to"}
	relation = []string{"rel_type", "event_id", "key", "is_falling_back", "m.in_reply_to"}
)

// OnlySecrets fails the test unless a room holds nothing but encrypted events, state,
// reactions that tell nothing, and redactions without a reason.
func (f *Friend) OnlySecrets(room id.RoomID) {
	f.t.Helper()
	for _, complaint := range Tells(f.Wire(room)) {
		f.t.Error(complaint)
	}
}

// Tells says which events tell something to the homeserver, and what.
func Tells(wire []*event.Event) []string {
	var all []string
	for _, evt := range wire {
		if what := tells(evt); what != "" {
			all = append(all, fmt.Sprintf("%s, a %s of %s, tells its %s to the homeserver", evt.ID, evt.Type.Type, evt.Sender, what))
		}
	}
	return all
}

// tells names what an event tells to everybody, or "".
func tells(evt *event.Event) string {
	content := evt.Content.Raw
	relates, _ := content["m.relates_to"].(map[string]any)
	for key := range relates {
		if !slices.Contains(relation, key) {
			return key
		}
	}
	var allowed []string
	switch {
	case evt.StateKey != nil:
		return ""
	case evt.Type.Type == event.EventEncrypted.Type:
		allowed = envelope
	case evt.Type.Type == event.EventReaction.Type:
		key, _ := relates["key"].(string)
		if !slices.Contains(taps, key) && evt.Unsigned.RedactedBecause == nil {
			return "key " + key
		}
		allowed = []string{"m.relates_to"}
	case evt.Type.Type == event.EventRedaction.Type:
		allowed = []string{"redacts"}
	default:
		return "type"
	}
	for key, value := range content {
		if value != "" && !slices.Contains(allowed, key) { // an empty reason is no reason
			return key
		}
	}
	return ""
}
