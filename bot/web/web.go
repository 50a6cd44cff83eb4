package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"sync"
	"time"

	"lotse/bot/chat"
)

// Platform is the Platform of every address on this network.
const Platform = "web"

// What this network takes. MaxText and MaxUpload bind people, the others the
// bot, like Telegram's (Bot API, sendMessage and sendPhoto) so that the demo
// shows messages cut as they will be.
const (
	MaxText    = 100 << 10 // bytes a person may write in one go
	MaxUpload  = 10 << 20  // bytes of one upload, all files together
	MaxFiles   = 10        // files of one upload
	MaxPeople  = 24
	MaxMessage = 4096 // UTF-16 units of the bot's text
	MaxCaption = 1024 // UTF-16 units of text that goes with a file
)

// A Person has a phone in the page, or a seat in the coordinators' room.
type Person struct {
	ID   string `json:"id"` // lower-case letters, digits and hyphens; also the name of the room
	Name string `json:"name"`
	Lang string `json:"lang"` // of the phone, BCP 47
}

// A Language is one that a phone can be set to.
type Language struct {
	Tag  string `json:"tag"`
	Name string `json:"name"` // in itself
	RTL  bool   `json:"rtl,omitempty"`
}

// Options are what a Web needs to know. Staff and Now are required.
type Options struct {
	Dir       string       // where the history is kept; "" keeps it in memory
	Desk      chat.Address // the coordinators' room; its zero value is room "desk"
	People    []Person
	Staff     []Person // who can speak in the coordinators' room
	Languages []Language
	Now       func() time.Time
	Advance   func(time.Duration) error // moves the clock behind Now, for good; nil when it cannot be moved
	// Files opens a file that lies elsewhere, to show it here. Without it such a file
	// cannot be sent.
	Files   func(context.Context, chat.File) (io.ReadCloser, error)
	Version string   // shown in the page
	Hosts   []string // names the page may be reached by, besides loopback
}

// Web is the network. All methods may be called concurrently.
type Web struct {
	opt   Options
	boot  string // differs in every process, so that a page notices a restart
	media media

	mu      sync.Mutex
	log     *journal
	last    int64 // number of the newest record
	state   state
	changed chan struct{} // closed and replaced when anything changes
	moved   int           // how often the clock was moved

	ended   chan struct{} // closed when Run has ended: streams hang up
	endOnce sync.Once
}

var (
	_ chat.Platform = (*Web)(nil)
	_ chat.Editor   = (*Web)(nil)
	_ chat.Deleter  = (*Web)(nil)
	_ chat.Reacter  = (*Web)(nil)
	_ chat.Opener   = (*Web)(nil)
)

var roomID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// New opens the history in opt.Dir, or begins one. A last line that a crash cut
// short was never acknowledged and is dropped; any other damage is an error.
func New(opt Options) (*Web, error) {
	if opt.Desk == (chat.Address{}) {
		opt.Desk = chat.Address{Platform: Platform, Room: "desk"}
	}
	if err := check(opt); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	w := &Web{
		opt:     opt,
		boot:    newRef(),
		state:   newState(opt),
		changed: make(chan struct{}),
		ended:   make(chan struct{}),
		// A fresh history starts to count at the time: should the folder be lost
		// while the bot's memory is kept, no number comes twice.
		last: opt.Now().UnixMilli(),
	}
	log, err := openJournal(opt.Dir, func(r record) {
		w.last = r.N
		w.state.apply(r)
	})
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	w.log = log
	if w.media, err = openMedia(opt.Dir, w.state.files); err != nil {
		return nil, errors.Join(fmt.Errorf("web: %w", err), log.close())
	}
	return w, nil
}

func check(opt Options) error {
	if opt.Now == nil {
		return errors.New("no clock")
	}
	if len(opt.Staff) == 0 {
		return errors.New("nobody in the coordinators' room")
	}
	if len(opt.People) > MaxPeople {
		return fmt.Errorf("more than %d people", MaxPeople)
	}
	if opt.Desk.Platform != Platform || opt.Desk.Thread != "" || !roomID.MatchString(opt.Desk.Room) {
		return fmt.Errorf("%+v cannot be the coordinators' room", opt.Desk)
	}
	seen := map[string]bool{opt.Desk.Room: true}
	for _, p := range append(append([]Person(nil), opt.People...), opt.Staff...) {
		if !roomID.MatchString(p.ID) {
			return fmt.Errorf("%q cannot be an ID", p.ID)
		}
		if seen[p.ID] {
			return fmt.Errorf("the ID %q is used twice", p.ID)
		}
		seen[p.ID] = true
	}
	return nil
}

// Name is "web".
func (w *Web) Name() string { return Platform }

// Close hangs up on the pages and closes the history. Nothing works afterwards.
func (w *Web) Close() error {
	w.end()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.log.close(); err != nil {
		return fmt.Errorf("web: %w", err)
	}
	return nil
}

func (w *Web) end() { w.endOnce.Do(func() { close(w.ended) }) }

// append makes r durable and true, in this order, and tells everybody who
// waits. The caller holds w.mu.
func (w *Web) append(r record) (record, error) {
	r.N = w.last + 1
	r.At = w.opt.Now().UTC().Round(0) // as it will be read back
	if err := w.log.append(r); err != nil {
		return record{}, fmt.Errorf("web: %w", err)
	}
	w.last = r.N
	w.state.apply(r)
	w.announce()
	return r, nil
}

// announce wakes everybody who waits for a change. The caller holds w.mu.
func (w *Web) announce() {
	close(w.changed)
	w.changed = make(chan struct{})
}

func messageID(n int64) string { return "m" + strconv.FormatInt(n, 10) }
func eventID(n int64) string   { return Platform + "/" + strconv.FormatInt(n, 10) }
