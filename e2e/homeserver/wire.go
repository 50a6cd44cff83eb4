package homeserver

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
)

// An event is what stands in a room at the homeserver, as it stands there.
type event struct {
	ID       string         `json:"event_id"`
	Type     string         `json:"type"`
	Sender   string         `json:"sender"`
	StateKey *string        `json:"state_key"`
	Content  map[string]any `json:"content"`
	Unsigned struct {
		RedactedBecause json.RawMessage `json:"redacted_because"`
	} `json:"unsigned"`
}

// InClear says that a test has sent an event on purpose as it should not be.
func (s *Server) InClear(event string) { s.inClear[event] = true }

// Tells says which events tell something to the homeserver, in all rooms that are
// encrypted, from then on: anything but encrypted events, state, reactions that tell
// nothing, and redactions without a reason. It is asked when the test ends, so that no
// test can forget to.
func (s *Server) Tells() []string {
	s.t.Helper()
	ctx := context.WithoutCancel(s.t.Context()) // the test may be over
	complaints := map[string]string{}
	for _, a := range s.accounts {
		token, rooms, err := s.rooms(ctx, a)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, room := range rooms {
			events, err := s.secret(ctx, token, room)
			if err != nil {
				s.t.Fatal(err)
			}
			for _, e := range events {
				if what := e.tells(); what != "" && !s.inClear[e.ID] {
					complaints[e.ID] = fmt.Sprintf("%s, a %s of %s, tells its %s to the homeserver", e.ID, e.Type, e.Sender, what)
				}
			}
		}
	}
	return slices.Sorted(maps.Values(complaints))
}

var number = regexp.MustCompile(`\d+`)

// rooms are those somebody is or was in, and a token to read them with.
func (s *Server) rooms(ctx context.Context, a Account) (token string, all []string, err error) {
	var login struct {
		Token string `json:"access_token"`
	}
	err = s.ask(ctx, http.MethodPost, "v3/login", "", map[string]any{
		"type": "m.login.password", "password": a.Password, "identifier": map[string]string{"type": "m.id.user", "user": a.User},
	}, &login)
	if err != nil {
		return "", nil, err
	}
	var answer struct {
		Next  string `json:"next_batch"`
		Rooms struct {
			Join, Leave map[string]struct{}
		}
	}
	const little = `{"room":{"timeline":{"limit":1}}}`
	query := url.Values{"timeout": {"0"}, "filter": {little}}
	if err := s.ask(ctx, http.MethodGet, "v3/sync?"+query.Encode(), login.Token, nil, &answer); err != nil {
		return "", nil, err
	}
	// Dendrite tells of rooms that were left only to whom it told something before: so
	// this is the place after its very first event.
	query.Set("since", number.ReplaceAllString(answer.Next, "1"))
	if err := s.ask(ctx, http.MethodGet, "v3/sync?"+query.Encode(), login.Token, nil, &answer); err != nil {
		return "", nil, err
	}
	return login.Token, slices.Concat(slices.Collect(maps.Keys(answer.Rooms.Join)), slices.Collect(maps.Keys(answer.Rooms.Leave))), nil
}

// page is how many events are asked for at once.
const page = 1000

// secret are the events of a room since it is encrypted, as far as somebody may see
// them: whoever made the room sees all.
func (s *Server) secret(ctx context.Context, token, room string) ([]event, error) {
	var all []event
	known := map[string]bool{}
	query := url.Values{"dir": {"b"}, "limit": {strconv.Itoa(page)}} // from the end: Dendrite cannot begin at the start
	for from := "none"; from != ""; {
		var answer struct {
			Chunk []event
			End   string
		}
		if err := s.ask(ctx, http.MethodGet, "v3/rooms/"+url.PathEscape(room)+"/messages?"+query.Encode(), token, nil, &answer); err != nil {
			return nil, err
		}
		from = ""
		for _, e := range answer.Chunk {
			if !known[e.ID] {
				all, known[e.ID], from = append(all, e), true, answer.End
			}
		}
		// Of a room that was left Dendrite gives the first page again and again.
		if from == "" && answer.End != "" && len(answer.Chunk) == page {
			return nil, fmt.Errorf("%s was left and is too long to be read", room)
		}
		query.Set("from", from)
	}
	slices.Reverse(all)
	since := slices.IndexFunc(all, func(e event) bool { return e.Type == "m.room.encryption" && e.StateKey != nil })
	if since < 0 {
		return nil, nil
	}
	return all[since:], nil
}

// taps are the reactions that tell nothing: the numbers of options, and 👍.
var taps = []string{"0️⃣", "1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣", "8️⃣", "9️⃣", "🔟", "👍"}

// What stands in clear beside the ciphertext (Client-Server API, m.room.encrypted), and
// of what an event relates to.
var (
	envelope = []string{"algorithm", "ciphertext", "device_id", "sender_key", "session_id", "m.relates_to"}
	relation = []string{"rel_type", "event_id", "key", "is_falling_back", "m.in_reply_to"}
)

// tells names what an event tells to everybody, or "".
func (e event) tells() string {
	relates, _ := e.Content["m.relates_to"].(map[string]any)
	for key := range relates {
		if !slices.Contains(relation, key) {
			return key
		}
	}
	var allowed []string
	switch {
	case e.StateKey != nil:
		return ""
	case e.Type == "m.room.encrypted":
		allowed = envelope
	case e.Type == "m.reaction":
		key, _ := relates["key"].(string)
		if !slices.Contains(taps, key) && e.Unsigned.RedactedBecause == nil {
			return "key " + key
		}
		allowed = []string{"m.relates_to"}
	case e.Type == "m.room.redaction":
		allowed = []string{"redacts"}
	default:
		return "type"
	}
	for key, value := range e.Content {
		if value != "" && !slices.Contains(allowed, key) { // an empty reason is no reason
			return key
		}
	}
	return ""
}
