package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"lotse/bot/chat"
	"lotse/bot/split"
)

// heartbeat keeps proxies from closing a silent stream, and clocks together.
const heartbeat = 20 * time.Second

// What the page is told. The JSON is described in the package comment.
type (
	stateView struct {
		Version   string     `json:"version"`
		Boot      string     `json:"boot"`
		Last      int64      `json:"last"`
		Now       time.Time  `json:"now"`
		Movable   bool       `json:"movable"`
		Desk      string     `json:"desk"`
		Staff     []Person   `json:"staff"`
		People    []Person   `json:"people"`
		Languages []Language `json:"languages"`
		Rooms     []roomView `json:"rooms"`
	}
	roomView struct {
		ID       string        `json:"id"`
		Blocked  bool          `json:"blocked"`
		Messages []messageView `json:"messages"`
	}
	messageView struct {
		ID        string          `json:"id"`
		Room      string          `json:"room"`
		From      string          `json:"from"`
		At        time.Time       `json:"at"`
		Text      string          `json:"text"`
		Marks     []chat.Mark     `json:"marks,omitempty"`
		Lang      string          `json:"lang,omitempty"`
		RTL       bool            `json:"rtl,omitempty"`
		Buttons   [][]chat.Button `json:"buttons,omitempty"`
		Files     []fileView      `json:"files,omitempty"`
		Reply     string          `json:"reply,omitempty"`
		Force     bool            `json:"force,omitempty"`
		Protect   bool            `json:"protect,omitempty"`
		Edited    bool            `json:"edited,omitempty"`
		Deleted   bool            `json:"deleted,omitempty"`
		Reactions []string        `json:"reactions,omitempty"`
		Pressed   string          `json:"pressed,omitempty"`
	}
	fileView struct {
		Kind    chat.FileKind `json:"kind"`
		Ref     string        `json:"ref"`
		Name    string        `json:"name,omitempty"`
		Type    string        `json:"type,omitempty"`
		Size    int64         `json:"size,omitempty"`
		Seconds float64       `json:"seconds,omitempty"`
	}
	changeView struct {
		Message *messageView `json:"message,omitempty"`
		Person  *Person      `json:"person,omitempty"`
		Room    string       `json:"room,omitempty"`
		Blocked bool         `json:"blocked,omitempty"`
	}
	clockView struct {
		Boot string    `json:"boot,omitempty"`
		Now  time.Time `json:"now"`
	}
)

func (w *Web) serveState(rw http.ResponseWriter, _ *http.Request) {
	w.mu.Lock()
	v := stateView{
		Version: w.opt.Version, Boot: w.boot, Last: w.last, Now: w.opt.Now(), Movable: w.opt.Advance != nil,
		Desk: w.opt.Desk.Room, Staff: w.opt.Staff,
		People: append([]Person{}, w.state.people...), Languages: append([]Language{}, w.opt.Languages...),
	}
	ids := []string{w.opt.Desk.Room}
	for _, p := range w.state.people {
		ids = append(ids, p.ID)
	}
	for _, id := range ids {
		in := w.state.rooms[id]
		r := roomView{ID: id, Blocked: in.blocked, Messages: []messageView{}}
		for _, m := range in.messages {
			if !m.deleted {
				r.Messages = append(r.Messages, view(id, m))
			}
		}
		v.Rooms = append(v.Rooms, r)
	}
	w.mu.Unlock()
	writeJSON(rw, http.StatusOK, v)
}

// serveEvents streams what changes until the client or the program goes.
func (w *Web) serveEvents(rw http.ResponseWriter, r *http.Request) {
	after, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64)
	if err != nil {
		if after, err = strconv.ParseInt(r.URL.Query().Get("last"), 10, 64); err != nil {
			w.mu.Lock()
			after = w.last
			w.mu.Unlock()
		}
	}
	rw.Header().Set("Content-Type", "text/event-stream")
	rw.Header().Set("Cache-Control", "no-store")
	s := stream{rw: rw, control: http.NewResponseController(rw)}
	s.tell("retry: 1000\n")
	s.event("hello", 0, clockView{Boot: w.boot, Now: w.opt.Now()})
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	w.mu.Lock()
	moved := w.moved
	w.mu.Unlock()
	for s.err == nil {
		w.mu.Lock()
		changes, last := w.changes(after)
		changed, clock := w.changed, w.moved
		w.mu.Unlock()
		for i, c := range changes {
			id := int64(0) // the number counts only when everything before it has arrived
			if i == len(changes)-1 {
				id = last
			}
			s.event("change", id, c)
		}
		after = last
		if clock != moved {
			moved = clock
			s.event("clock", 0, clockView{Now: w.opt.Now()})
		}
		s.flush()
		select {
		case <-changed:
		case <-beat.C:
			s.event("clock", 0, clockView{Now: w.opt.Now()})
		case <-w.ended:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// changes is how everything looks now that changed after a record, each thing
// once. The caller holds w.mu.
func (w *Web) changes(after int64) ([]changeView, int64) {
	type thing struct{ room, message string }
	seen := map[thing]bool{}
	var list []changeView
	for _, t := range w.state.touched[w.state.since(after):] {
		is := thing{t.room, t.message}
		if seen[is] {
			continue
		}
		seen[is] = true
		in := w.state.rooms[t.room]
		if t.message != "" {
			m := view(t.room, in.byID[t.message])
			list = append(list, changeView{Message: &m})
			continue
		}
		c := changeView{Room: t.room, Blocked: in.blocked}
		if p := w.state.person(t.room); p != nil {
			copied := *p
			c.Person = &copied
		}
		list = append(list, c)
	}
	return list, w.last
}

// view shows a message to the page.
func view(room string, m *message) messageView {
	if m.deleted {
		return messageView{ID: m.id, Room: room, From: m.from, At: m.at, Deleted: true}
	}
	v := messageView{
		ID: m.id, Room: room, From: m.from, At: m.at, Text: m.said.Text, Marks: wide(m.said.Text, m.said.Marks),
		Lang: m.said.Lang, RTL: m.said.RTL, Buttons: m.said.Buttons, Reply: m.said.ReplyTo,
		Force: m.said.ForceReply, Protect: m.said.Protect, Edited: m.edited,
		Reactions: slices.Clone(m.reactions), Pressed: m.pressed,
	}
	for _, f := range m.said.Files {
		v.Files = append(v.Files, fileView{f.Kind, f.Ref, f.Name, f.Type, f.Size, f.Length.Seconds()})
	}
	return v
}

// wide counts marks in UTF-16 units, as scripts do, and keeps them inside text.
func wide(text string, marks []chat.Mark) []chat.Mark {
	var list []chat.Mark
	for _, m := range marks {
		from, to := min(max(m.From, 0), len(text)), min(max(m.To, 0), len(text))
		if from >= to {
			continue
		}
		for from > 0 && !utf8.RuneStart(text[from]) {
			from--
		}
		for to < len(text) && !utf8.RuneStart(text[to]) {
			to++
		}
		at := split.Units(text[:from])
		list = append(list, chat.Mark{Style: m.Style, From: at, To: at + split.Units(text[from:to])})
	}
	return list
}

// A stream writes server-sent events (WHATWG HTML, 9.2.6) and remembers its
// first error.
type stream struct {
	rw      http.ResponseWriter
	control *http.ResponseController
	err     error
}

func (s *stream) tell(lines string) {
	if s.err == nil {
		_, s.err = fmt.Fprint(s.rw, lines)
	}
}

func (s *stream) event(name string, id int64, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		s.err = err
		return
	}
	if id > 0 {
		s.tell("id: " + strconv.FormatInt(id, 10) + "\n")
	}
	s.tell("event: " + name + "\ndata: " + string(data) + "\n\n")
}

func (s *stream) flush() {
	if s.err == nil {
		s.err = s.control.Flush()
	}
}
