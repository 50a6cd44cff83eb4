//go:build goolm

package matrix

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lotse/store"
)

const (
	bot      = "@lotse:fake"
	rima     = "@rima:fake"
	password = "CanaryPasswordThatNobodyMaySee"
)

// object is JSON.
type object = map[string]any

// A fake is a homeserver, as much of one as the bot needs. It forgets nothing: a token
// is a place in everything that ever happened.
type fake struct {
	t       testing.TB
	dir     string
	db      store.DB   // the bot's
	limit   int        // most events of a room in one answer
	single  bool       // an answer ends after the first event that is new
	held    []happened // what is not delivered yet
	holding bool
	past    bool                                            // what happens has happened long ago
	fail    func(r *http.Request) (status int, body object) // a status that is not 0 is the answer
	mu      sync.Mutex
	changed chan struct{}
	log     []happened
	state   map[string]map[string]object // room → "type/key" → event
	once    map[string]string            // transaction → event ID
	calls   []string
	logins  []object
	tokens  map[string]device            // by access token
	keys    map[string]map[string]object // user → device → its keys
	offers  map[device][]offer
	account map[string]json.RawMessage // the bot's account data
	signing object                     // what was published of the bot's cross-signing
}

// A device of a user.
type device struct{ user, id string }

// An offer is a one-time key, given away once.
type offer struct {
	id  string
	key any
}

// Something that happened: an event of a room, or one to a device.
type happened struct {
	room string
	to   device
	evt  object

	isNew bool
}

func newFake(t testing.TB) *fake {
	return &fake{
		t: t, dir: t.TempDir(), db: store.NewMem(), limit: 50, changed: make(chan struct{}), state: map[string]map[string]object{}, once: map[string]string{},
		tokens: map[string]device{}, keys: map[string]map[string]object{}, offers: map[device][]offer{}, account: map[string]json.RawMessage{},
	}
}

// plain stands for seal.DB.Index.
func plain(label string, parts ...string) string {
	return strings.NewReplacer("/", "_").Replace(label + "." + strings.Join(parts, "."))
}

// open is the adapter that talks to the fake.
func (f *fake) open(o Options) *Matrix {
	f.t.Helper()
	if o.User == "" && o.Token == "" {
		o.User, o.Password = bot, password
	}
	o.Homeserver, o.HTTP, o.DB, o.Index = "http://fake", f, f.db, plain
	o.RecoveryFile = filepath.Join(f.dir, "recovery.key")
	n, err := New(o)
	if err != nil {
		f.t.Fatal(err)
	}
	return n.(*Matrix)
}

// RoundTrip is the fake without a connection.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	answer := w.Result()
	answer.Request = r
	return answer, nil
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/_matrix/client/")
	var body object
	var raw []byte
	var err error
	if r.Body != nil {
		raw, err = io.ReadAll(r.Body)
	}
	if strings.HasSuffix(path, "/upload") && !strings.HasPrefix(path, "v3/") {
		raw = nil // a file
	}
	if err == nil && len(raw) > 0 {
		err = json.Unmarshal(raw, &body)
	}
	if err != nil {
		f.t.Errorf("%s: %v", path, err)
	}
	f.mu.Lock()
	f.calls = append(f.calls, r.Method+" "+unescape(path))
	fail := f.fail
	f.mu.Unlock()
	status, answer := 0, object(nil)
	if fail != nil {
		status, answer = fail(r)
	}
	if status == 0 && path == "v3/sync" {
		status, answer = f.sync(r)
	} else if status == 0 && strings.HasPrefix(path, "/_matrix/media/") {
		status, answer = 200, object{"content_uri": "mxc://fake/file"}
	} else if status == 0 && path == "versions" {
		status, answer = 200, object{"versions": []string{"v1.12"}}
	} else if status == 0 {
		f.mu.Lock()
		status, answer = f.answer(r, strings.Split(path, "/")[1:], body)
		f.mu.Unlock()
	}
	w.Header().Set("Content-Type", "application/json")
	if after, ok := answer["Retry-After"].(string); ok {
		w.Header().Set("Retry-After", after)
	}
	var out any = answer
	if list, ok := answer["list"]; ok {
		out = list
	}
	w.WriteHeader(status)
	f.mu.Lock() // what is told may change
	defer f.mu.Unlock()
	if err := json.NewEncoder(w).Encode(out); err != nil {
		f.t.Error(err)
	}
}

func refusal(status int, code string) (int, object) {
	return status, object{"errcode": code, "error": "of @secret:fake"}
}

// answer is everything but sync. f.mu is held.
func (f *fake) answer(r *http.Request, path []string, body object) (int, object) {
	who, known := f.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if !known && path[0] != "login" && path[0] != "versions" {
		return refusal(401, "M_UNKNOWN_TOKEN")
	}
	for i := range path {
		path[i] = unescape(path[i])
	}
	switch path[0] {
	case "login":
		return f.login(r, body)
	case "account":
		return 200, object{"user_id": who.user, "device_id": who.id}
	case "keys":
		return f.key(who, path[1], body)
	case "user":
		return f.data(r, path[3], body)
	case "sendToDevice":
		for user, devices := range body["messages"].(object) {
			for id, content := range devices.(object) {
				f.happen(happened{to: device{user, id}, evt: object{"type": path[1], "sender": who.user, "content": content}})
			}
		}
		return 200, object{}
	case "join":
		return f.join(who, path[1])
	case "joined_rooms":
		rooms := []string{}
		for room := range f.state {
			if f.member(room, who.user) == "join" {
				rooms = append(rooms, room)
			}
		}
		return 200, object{"joined_rooms": rooms}
	case "directory":
		return 200, object{"room_id": "!team:fake"}
	case "rooms":
		return f.inRoom(r, who, path[1], path[2:], body)
	}
	f.t.Errorf("no such request: %s", path)
	return refusal(404, "M_UNRECOGNIZED")
}

func (f *fake) login(r *http.Request, body object) (int, object) {
	if r.Method == http.MethodGet {
		return 200, object{"flows": []object{{"type": "m.login.password"}}}
	}
	if body["password"] != password {
		return refusal(403, "M_FORBIDDEN")
	}
	f.logins = append(f.logins, body)
	d := device{bot, body["device_id"].(string)}
	token := fmt.Sprintf("token-%d", len(f.logins))
	f.tokens[token] = d
	return 200, object{"user_id": bot, "device_id": d.id, "access_token": token}
}

// key is about keys of devices.
func (f *fake) key(who device, what string, body object) (int, object) {
	switch what {
	case "upload":
		if keys, ok := body["device_keys"].(object); ok {
			if f.keys[who.user] == nil {
				f.keys[who.user] = map[string]object{}
			}
			f.keys[who.user][who.id] = keys
		}
		offers, _ := body["one_time_keys"].(object)
		for _, id := range slices.Sorted(maps.Keys(offers)) {
			f.offers[who] = append(f.offers[who], offer{id, offers[id]})
		}
		return 200, object{"one_time_key_counts": object{"signed_curve25519": len(f.offers[who])}}
	case "query":
		answer := object{"device_keys": object{}}
		for user := range body["device_keys"].(object) {
			answer["device_keys"].(object)[user] = f.keys[user]
			if user == bot && f.signing != nil {
				for kind, keys := range f.signing {
					answer[kind+"s"] = object{bot: keys}
				}
			}
		}
		return 200, answer
	case "claim":
		keys := object{}
		for user, devices := range body["one_time_keys"].(object) {
			for id := range devices.(object) {
				d := device{user, id}
				if all := f.offers[d]; len(all) > 0 {
					f.offers[d] = all[1:]
					keys[user] = object{id: object{all[0].id: all[0].key}}
				}
			}
		}
		return 200, object{"one_time_keys": keys}
	case "device_signing":
		if body["auth"] == nil {
			return 401, object{"session": "uia", "flows": []object{{"stages": []string{"m.login.password"}}}}
		}
		delete(body, "auth")
		f.signing = body
		return 200, object{}
	case "signatures":
		for id, signed := range body[bot].(object) {
			if keys := f.keys[bot][id]; keys != nil {
				for key, signature := range signed.(object)["signatures"].(object)[bot].(object) {
					keys["signatures"].(object)[bot].(object)[key] = signature
				}
			}
		}
		return 200, object{}
	}
	f.t.Errorf("no such request about keys: %s", what)
	return refusal(404, "M_UNRECOGNIZED")
}

// data is the bot's account data.
func (f *fake) data(r *http.Request, name string, body object) (int, object) {
	if r.Method == http.MethodPut {
		f.account[name], _ = json.Marshal(body)
		return 200, object{}
	}
	var answer object
	if json.Unmarshal(f.account[name], &answer) != nil {
		return refusal(404, "M_NOT_FOUND")
	}
	return 200, answer
}

func (f *fake) join(who device, room string) (int, object) {
	if f.member(room, who.user) == "" {
		return refusal(403, "M_FORBIDDEN")
	}
	f.set(room, who.user, "m.room.member", who.user, object{"membership": "join"})
	return 200, object{"room_id": room}
}

// inRoom is what is done in a room.
func (f *fake) inRoom(r *http.Request, who device, room string, path []string, body object) (int, object) {
	if f.state[room] == nil || f.member(room, who.user) == "" {
		return refusal(403, "M_FORBIDDEN")
	}
	if path[0] == "join" {
		return f.join(who, room)
	}
	if path[0] == "leave" {
		f.set(room, who.user, "m.room.member", who.user, object{"membership": "leave"})
		return 200, object{}
	}
	joined := f.member(room, who.user) == "join"
	switch {
	case path[0] == "state" && len(path) == 1:
		return 200, object{"list": slices.Collect(maps.Values(f.state[room]))}
	case path[0] == "state" && r.Method == http.MethodGet:
		return 200, f.state[room][path[1]+"/"+path[2]]["content"].(object)
	case path[0] == "event":
		for _, h := range f.log {
			if h.room == room && h.evt["event_id"] == path[1] {
				return 200, h.evt
			}
		}
		return refusal(404, "M_NOT_FOUND")
	case path[0] == "messages":
		return f.messages(r, room)
	case path[0] == "relations":
		return 200, f.relations(r, room, path[1], path[2])
	case !joined:
		return refusal(403, "M_FORBIDDEN")
	case path[0] == "receipt":
		close(f.changed)
		f.changed = make(chan struct{})
		return 200, object{}
	case path[0] == "typing":
		return 200, object{}
	case path[0] == "state":
		if f.state[room]["m.room.power_levels/"] != nil {
			return refusal(403, "M_FORBIDDEN")
		}
		return 200, object{"event_id": f.set(room, who.user, path[1], "", body)}
	case path[0] == "send", path[0] == "redact":
		transaction := strings.Join(append(path, who.id), "/")
		id, done := f.once[transaction]
		if !done {
			evt := object{"type": path[1], "sender": who.user, "content": body}
			if path[0] == "redact" {
				evt["type"], evt["redacts"] = "m.room.redaction", path[1]
			}
			if who.user == bot {
				evt["unsigned"] = object{"transaction_id": path[2]}
			}
			id = f.happen(happened{room: room, evt: evt})
			f.once[transaction] = id
		}
		return 200, object{"event_id": id}
	}
	f.t.Errorf("no such request in a room: %s", path)
	return refusal(404, "M_UNRECOGNIZED")
}

// relations are the events of a kind that are about another, one to a page.
func (f *fake) relations(r *http.Request, room, to, kind string) object {
	var found []object
	for _, h := range f.log {
		content, _ := h.evt["content"].(object)
		about, _ := content["m.relates_to"].(object)
		if h.room == room && about["event_id"] == to && about["rel_type"] == kind {
			found = append(found, h.evt)
		}
	}
	at, _ := strconv.Atoi(r.FormValue("from")) // "" is the first
	if at >= len(found) {
		return object{"chunk": []object{}}
	}
	answer := object{"chunk": found[at : at+1]}
	if at+1 < len(found) {
		answer["next_batch"] = strconv.Itoa(at + 1)
	}
	return answer
}

// messages goes back from a place, beyond the one it should end at, as servers do; and
// as some do, it does not tell whose transactions the events were.
func (f *fake) messages(r *http.Request, room string) (int, object) {
	at, err := strconv.Atoi(strings.TrimPrefix(r.FormValue("from"), "t"))
	limit, err2 := strconv.Atoi(r.FormValue("limit"))
	if err != nil || err2 != nil || r.FormValue("dir") != "b" {
		f.t.Errorf("what messages? %s", r.URL.RawQuery)
	}
	chunk := []object{}
	for at > 0 && len(chunk) < limit {
		at--
		if h := f.log[at]; h.room == room {
			evt := maps.Clone(h.evt)
			delete(evt, "unsigned")
			chunk = append(chunk, evt)
		}
	}
	answer := object{"chunk": chunk, "start": r.FormValue("from")}
	if at > 0 {
		answer["end"] = fmt.Sprint("t", at)
	}
	return 200, answer
}

// member is somebody's membership of a room, "" when they are out.
func (f *fake) member(room, user string) string {
	evt := f.state[room]["m.room.member/"+user]
	if evt == nil || evt["content"].(object)["membership"] == "leave" {
		return ""
	}
	return evt["content"].(object)["membership"].(string)
}

// happen notes an event. f.mu is held.
func (f *fake) happen(h happened) string {
	id := fmt.Sprintf("$event%d", len(f.log))
	if h.room != "" {
		h.evt["event_id"] = id
		// A server whose clock is a little ahead: who writes at once is not from before.
		h.evt["origin_server_ts"] = time.Now().Add(time.Minute).UnixMilli() + int64(len(f.log))
		if h.isNew = !f.past; f.past {
			h.evt["origin_server_ts"] = len(f.log)
		}
	}
	if redacts := h.evt["redacts"]; redacts != nil {
		for i, old := range f.log {
			if old.evt["event_id"] == redacts {
				was := maps.Clone(old.evt)
				was["content"], was["unsigned"] = object{}, object{"redacted_because": h.evt}
				f.log[i].evt = was
			}
		}
	}
	if f.holding && h.room == "" {
		f.held = append(f.held, h)
		return ""
	}
	f.log = append(f.log, h)
	close(f.changed)
	f.changed = make(chan struct{})
	return id
}

// hold keeps what goes to devices, until release.
func (f *fake) hold() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.holding = true
}

func (f *fake) release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.holding = false
	held := f.held
	f.held = nil
	for _, h := range held {
		f.happen(h)
	}
}

// set changes the state of a room. f.mu is held.
func (f *fake) set(room, who, kind, key string, content object) string {
	if f.state[room] == nil {
		f.state[room] = map[string]object{}
	}
	evt := object{"type": kind, "state_key": key, "sender": who, "content": content}
	if old := f.state[room][kind+"/"+key]; old != nil {
		evt["unsigned"] = object{"prev_content": old["content"]}
	}
	f.state[room][kind+"/"+key] = evt
	return f.happen(happened{room: room, evt: evt})
}

// room makes a room with people in it, long ago. If there are power levels, the bot
// may not change it.
func (f *fake) room(room string, state map[string]object, people ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.past = true
	defer func() { f.past = false }()
	if state["m.room.create"] == nil {
		f.set(room, people[0], "m.room.create", "", object{"room_version": "11"})
	}
	for _, kind := range slices.Sorted(maps.Keys(state)) {
		f.set(room, people[0], kind, "", state[kind])
	}
	for _, who := range people {
		f.set(room, who, "m.room.member", who, object{"membership": "join"})
	}
}

// say lets somebody send an event.
func (f *fake) say(room, who, kind string, content object) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.happen(happened{room: room, evt: object{"type": kind, "sender": who, "content": content}})
}

func (f *fake) text(room, who, words string) string {
	return f.say(room, who, "m.room.message", object{"msgtype": "m.text", "body": words})
}

// sync waits for something that happened after since.
func (f *fake) sync(r *http.Request) (int, object) {
	f.mu.Lock()
	defer f.mu.Unlock()
	who, known := f.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if !known {
		return refusal(401, "M_UNKNOWN_TOKEN")
	}
	since, first := 0, r.FormValue("since") == ""
	if !first {
		since, _ = strconv.Atoi(r.FormValue("since"))
	}
	for r.FormValue("timeout") != "0" && since == len(f.log) && !first {
		changed := f.changed
		f.mu.Unlock()
		select {
		case <-changed:
		case <-r.Context().Done():
		}
		f.mu.Lock()
		if r.Context().Err() != nil {
			break
		}
	}
	return 200, f.news(who, since, first)
}

// news is what happened after since.
func (f *fake) news(who device, since int, first bool) object {
	log := f.log
	if f.single {
		if i := slices.IndexFunc(log[since:], func(h happened) bool { return h.isNew }); i >= 0 {
			log = log[:since+i+1]
		}
	}
	join, invite, leave := object{}, object{}, object{}
	for room := range f.state {
		is := f.member(room, who.user)
		var timeline []object
		from := len(log)
		for i := len(log) - 1; i >= since && len(timeline) < f.limit; i-- {
			if log[i].room == room {
				timeline, from = append(timeline, log[i].evt), i
			}
		}
		slices.Reverse(timeline)
		limited := slices.ContainsFunc(log[since:from], func(h happened) bool { return h.room == room })
		told := object{"timeline": object{"events": timeline, "limited": limited, "prev_batch": fmt.Sprint("t", from)}}
		switch {
		case is == "invite" && len(timeline) > 0:
			invite[room] = object{"invite_state": object{"events": []object{f.state[room]["m.room.member/"+who.user]}}}
		case is == "join" && (first || len(timeline) > 0):
			told["state"] = object{"events": slices.Collect(maps.Values(f.state[room]))}
			join[room] = told
		case is == "" && f.state[room]["m.room.member/"+who.user] != nil && len(timeline) > 0:
			leave[room] = told
		}
	}
	var mail []object
	for _, h := range log[since:] {
		if h.room == "" && h.to == who {
			mail = append(mail, h.evt)
		}
	}
	answer := object{"next_batch": strconv.Itoa(len(log)), "rooms": object{"join": join, "invite": invite, "leave": leave}, "to_device": object{"events": mail}}
	if !first { // as Dendrite
		answer["device_one_time_keys_count"] = object{"signed_curve25519": len(f.offers[who])}
	}
	return answer
}

// made are the requests that begin so.
func (f *fake) made(prefix string) (all []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, call := range f.calls {
		if strings.HasPrefix(call, prefix) {
			all = append(all, call)
		}
	}
	return all
}

// refuse fails requests whose path holds part.
func (f *fake) refuse(part string, status int, code string) {
	f.failing(func(r *http.Request) (int, object) {
		if strings.Contains(r.URL.Path, part) {
			return refusal(status, code)
		}
		return 0, nil
	})
}

// failing lets fail answer where its status is not 0.
func (f *fake) failing(fail func(*http.Request) (int, object)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = fail
}

// awaits waits until is, which looks at the fake.
func (f *fake) awaits(t *testing.T, is func() bool) {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		f.mu.Lock()
		done, changed := is(), f.changed
		f.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-late:
			t.Fatal("it does not happen")
		}
	}
}
