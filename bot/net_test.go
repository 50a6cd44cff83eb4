package bot

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"lotse/bot/chat"
	"lotse/bot/links"
	"lotse/flows/data"
	"lotse/locales"
	"lotse/store"
	"lotse/store/seal"
	"lotse/store/storetest"
)

// network is a chat network in memory: rooms with messages that can be edited,
// deleted and reacted to, people who can block the bot, and failures on demand.
type network struct {
	mu     sync.Mutex
	name   string
	rooms  map[string]*room
	ids    map[string]string // request ID → message: a repeated request is the same message
	said   []string          // what happened, in the form of transcripts
	parts  int               // longest text in UTF-16 units
	fail   func(room string) error
	allOut []chat.Message // everything the bot ever sent or edited
	apart  bool           // each file of a message is a message of its own
	bad    string         // a file that the network does not take
	// refuseReactions says that no reaction is taken now.
	refuseReactions bool
	plain           bool     // it has no buttons, and threads grow below every message
	told            *network // whose transcript this one writes into, nil for its own
	now             func() time.Time
	// stays reports whether the network refuses to delete a message.
	stays func(bots bool, at time.Time) bool
}

type room struct {
	messages []chat.Message
	when     []time.Time
	bots     []bool // which are the bot's
	gone     []bool
	old      map[int][]chat.Message // what was replaced, still shown on slow phones
	blocked  bool
	refused  int // requests while it was blocked
}

func newNetwork() *network {
	return &network{name: "web", rooms: map[string]*room{}, ids: map[string]string{}, parts: 4096, now: time.Now}
}

func (n *network) Name() string { return n.name }

// at is a room of this network.
func (n *network) at(room string) chat.Address { return chat.Address{Platform: n.name, Room: room} }

func (n *network) Run(ctx context.Context, _ chat.Inbox) error { <-ctx.Done(); return nil }

func (n *network) ListsButtons() bool { return n.plain }

func (n *network) GrowsThreads() bool { return n.plain }

func (n *network) KeepsEdits() bool { return n.plain }

func (n *network) Parts(m chat.Message) []chat.Message { return []chat.Message{m} }

func (n *network) room(name string) *room {
	if n.rooms[name] == nil {
		n.rooms[name] = &room{}
	}
	return n.rooms[name]
}

// messages are what stands in a room, for tests in which the bot runs.
func (n *network) messages(room string) []chat.Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.room(room).messages
}

func (n *network) trouble(name string) error {
	if r := n.room(name); r.blocked {
		r.refused++
		return &chat.SendError{Gone: true, Err: errors.New("blocked")}
	}
	if n.fail != nil {
		return n.fail(name)
	}
	return nil
}

func (n *network) Send(_ context.Context, id string, to chat.Address, m chat.Message) (chat.Receipt, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.trouble(to.Room); err != nil {
		return chat.Receipt{}, err
	}
	if old, ok := n.ids[id]; ok {
		return chat.Receipt{Message: old}, nil
	}
	if slices.ContainsFunc(m.Files, func(f chat.File) bool { return n.bad != "" && f.Ref == n.bad }) {
		return chat.Receipt{}, &chat.SendError{Bad: true, Err: errors.New("no such file")}
	}
	msg := n.add(to.Room, m)
	r := n.room(to.Room)
	r.bots[len(r.bots)-1] = true
	n.ids[id] = msg
	n.say(to.Room+thread(to), "<", msg, m)
	receipt := chat.Receipt{Message: msg}
	for i := 1; n.apart && i < len(m.Files); i++ {
		receipt.Others = append(receipt.Others, n.add(to.Room, chat.Message{Files: m.Files[i : i+1]}))
		r.bots[len(r.bots)-1] = true
	}
	return receipt, nil
}

// add puts a message into a room and gives its ID.
func (n *network) add(name string, m chat.Message) string {
	r := n.room(name)
	r.messages, r.gone = append(r.messages, m), append(r.gone, false)
	r.when, r.bots = append(r.when, n.now()), append(r.bots, false)
	return strconv.Itoa(len(r.messages))
}

func (n *network) Edit(_ context.Context, _ string, to chat.Address, msg string, m chat.Message) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.trouble(to.Room); err != nil {
		return err
	}
	i, err := n.find(to.Room, msg)
	if err != nil {
		return err
	}
	r := n.rooms[to.Room]
	if r.old == nil {
		r.old = map[int][]chat.Message{}
	}
	r.old[i] = append(r.old[i], r.messages[i])
	r.messages[i] = m
	n.say(to.Room, "~", msg, m)
	return nil
}

// unlisted begins the ID of a message that nobody replies to.
const unlisted = "unlisted-"

func (n *network) find(name, msg string) (int, error) {
	i, err := strconv.Atoi(msg)
	if r := n.room(name); err != nil || i < 1 || i > len(r.messages) || r.gone[i-1] {
		return 0, &chat.SendError{Bad: true, Err: errors.New("no such message")}
	}
	return i - 1, nil
}

func (n *network) Delete(_ context.Context, _ string, to chat.Address, msg string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.trouble(to.Room); err != nil {
		return err
	}
	i, err := strconv.Atoi(msg)
	r := n.room(to.Room)
	if strings.HasPrefix(msg, unlisted) {
		return nil
	}
	switch i--; {
	case err != nil || i < 0 || i >= len(r.gone):
		return &chat.SendError{Bad: true, Err: errors.New("no such message")}
	case r.gone[i]:
		return nil
	case n.stays != nil && n.isDesk(to) && n.stays(r.bots[i], r.when[i]):
		return &chat.SendError{Bad: true, Err: errors.New("it stays")}
	}
	r.gone[i] = true
	n.hear(fmt.Sprintf("\t%s x #%s", to.Room, msg))
	return nil
}

// isDesk reports whether an address is in the coordinators' room.
func (n *network) isDesk(a chat.Address) bool { return a.Room == theDesk.Room || a.Room == secondRoom }

func (n *network) React(_ context.Context, _ string, to chat.Address, msg, emoji string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.refuseReactions {
		return &chat.SendError{After: time.Hour, Err: errors.New("slow down")}
	}
	n.hear(fmt.Sprintf("\t%s ^ #%s %s", to.Room, msg, emoji))
	return n.trouble(to.Room)
}

// thread shows the thread of an address.
func thread(a chat.Address) string {
	if a.Thread == "" {
		return ""
	}
	return "/" + a.Thread
}

// say writes a message down as transcripts show it.
func (n *network) say(room, how, msg string, m chat.Message) {
	n.allOut = append(n.allOut, m)
	var b strings.Builder
	fmt.Fprintf(&b, "\t%s %s #%s", room, how, msg)
	if m.ReplyTo != "" {
		fmt.Fprintf(&b, " re #%s", m.ReplyTo)
	}
	for _, f := range m.Files {
		fmt.Fprintf(&b, " {%s %s}", f.Kind, cmp.Or(f.Name, f.Ref))
	}
	for line := range strings.Lines(m.Text) {
		b.WriteString("\n\t\t" + strings.TrimRight(line, "\n"))
	}
	if n.plain {
		for i, button := range m.Numbered() {
			fmt.Fprintf(&b, "\n\t\t%d %s", i+1, button.Label)
		}
		for _, button := range slices.Concat(m.Buttons...) {
			if button.Always {
				b.WriteString("\n\t\t- " + button.Label)
			}
		}
		m.Buttons = nil
	}
	for _, row := range m.Buttons {
		b.WriteString("\n\t\t")
		for i, button := range row {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString("[" + button.Label + "]")
		}
	}
	if m.ForceReply {
		b.WriteString("\n\t\t(reply)")
	}
	n.hear(b.String())
}

// hear writes a line into the transcript.
func (n *network) hear(line string) {
	if n.told == nil {
		n.said = append(n.said, line)
		return
	}
	n.told.mu.Lock()
	defer n.told.mu.Unlock()
	n.told.hear(line)
}

// world is a bot on a network in memory, with a clock that only moves when told.
type world struct {
	t   testing.TB
	net *network
	// second is the network of the desk's second room, nil without one.
	second *network
	// forum is net when the desk has threads.
	forum *forum
	// courier is net when files have bytes.
	courier *courier
	mem     store.DB
	bot     *Bot
	now     time.Time
	lang    string
	n       int // events so far
	undo    time.Duration
	keys    seal.Master
	// words are those of the bot, nil for the shipped ones.
	words *locales.Words
	// log is everything the bot logged, journal its file of erasures.
	log     bytes.Buffer
	journal string
	// aliases are the numbers of inquiries, which differ in every run, as the
	// transcripts know them: 11111, 22222, …
	aliases map[string]string
	// askers are the names and IDs of people who did something in a chat of their own.
	askers map[string]bool
	ids    bool // theirs are other words than the names of their chats
	// folder holds content that takes the place of what is built in; nil when there is none.
	folder fstest.MapFS
	// look looks at addresses on the web; nil looks at none.
	look func(context.Context, string) links.Result
}

// asker is who does something in a chat of their own, with a name and an ID that can be
// found again wherever they stand.
func (w *world) asker(ev chat.Event, who string) chat.Event {
	if w.ids {
		ev.From = "id-of-" + who
	}
	ev.Name = "Name of " + who
	w.askers[ev.From], w.askers[ev.Name], w.askers[ev.In.Room] = true, true, true
	return ev
}

// leaks fails the test if anything the desk was ever told holds the name of somebody who
// asks, or the ID of them or of their chat (P-07).
func (w *world) leaks() {
	for who := range w.askers {
		is := regexp.MustCompile(`\b` + regexp.QuoteMeta(who) + `\b`)
		for _, said := range w.net.said {
			room, said, _ := strings.Cut(strings.TrimPrefix(said, "\t"), " ")
			if room, _, _ = strings.Cut(room, "/"); (room == theDesk.Room || room == secondRoom) && is.MatchString(said) {
				w.t.Errorf("the desk reads %q in %q", who, said)
			}
		}
	}
}

// alias finds new numbers of inquiries.
func (w *world) alias() {
	w.t.Helper()
	err := w.mem.View(context.Background(), func(r store.Reader) error {
		rows, err := r.Scan("number/", "", store.MaxScan)
		for _, row := range rows {
			number := strings.TrimPrefix(row.Key, "number/")
			if w.aliases[number] == "" {
				w.aliases[number] = strings.Repeat(strconv.Itoa(len(w.aliases)+1), 5)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

var theDesk = chat.Address{Platform: "web", Room: "desk"}

func newWorld(t testing.TB, lang string) *world { return newWorldOn(t, "web", lang) }

// newWorldOn is a world whose network calls itself so.
func newWorldOn(t testing.TB, network, lang string) *world {
	t.Helper()
	w := &world{t: t, net: newNetwork(), mem: store.NewMem(), lang: lang, undo: 20 * time.Second, aliases: map[string]string{}, askers: map[string]bool{}}
	t.Cleanup(w.leaks)
	w.net.name, w.net.now = network, func() time.Time { return w.now }
	w.now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) // a Monday, 10:00 in Leipzig
	var err error
	if w.keys, err = seal.MasterFile(t.TempDir() + "/master.key"); err != nil {
		t.Fatal(err)
	}
	w.journal = t.TempDir() + "/erasures.log"
	w.start()
	return w
}

// platforms are the networks, with threads when the world has some.
func (w *world) platforms() (all []chat.Platform) {
	all = append(all, w.net)
	if w.forum != nil {
		all[0] = w.forum
	}
	if w.courier != nil {
		all[0] = w.courier
	}
	if w.second != nil {
		all = append(all, w.second)
	}
	return all
}

// desks are the coordinators' rooms.
func (w *world) desks() (all []chat.Address) {
	all = append(all, w.net.at(theDesk.Room))
	if w.second != nil {
		all = append(all, w.second.at(secondRoom))
	}
	return all
}

// secondRoom is the desk's room on the second network.
const secondRoom = "raum"

// openSecond gives the desk a second room, on a network without buttons.
func (w *world) openSecond() {
	w.second = newNetwork()
	w.second.name, w.second.plain, w.second.told, w.second.now = "second", true, w.net, w.net.now
	w.second.fail = func(room string) error {
		if w.net.fail == nil {
			return nil
		}
		return w.net.fail(room)
	}
	w.start()
}

var testWords = sync.OnceValues(func() (*locales.Words, error) { return locales.Load(locales.Embedded()) })

// holding is content with these words and the lists that are built in.
func holding(words *locales.Words) *Content {
	c, err := newContent(words, nil)
	if err != nil {
		panic(err) // TestTheShippedFlowsHaveNoMistakes says why
	}
	return c
}

// again reads the folder, if there is one.
func (w *world) again() func() (*Content, error) {
	if w.folder == nil {
		return nil
	}
	return func() (*Content, error) {
		var key strings.Builder
		for _, name := range slices.Sorted(maps.Keys(w.folder)) {
			fmt.Fprintf(&key, "%s\x00%s\x00", name, w.folder[name].Data)
		}
		read, _ := folders.LoadOrStore(key.String(), sync.OnceValues(func() (*Content, error) { return ReadContent(maps.Clone(w.folder)) }))
		return read.(func() (*Content, error))()
	}
}

// folders are those that were read before: reading takes longer than a whole transcript,
// and what was read never changes.
var folders sync.Map

// write puts a built-in file with other words into the folder.
func (w *world) write(name, words, others string) {
	w.t.Helper()
	raw, err := fs.ReadFile(locales.Embedded(), name)
	if err != nil {
		raw, err = fs.ReadFile(data.Files, name)
	}
	if err != nil || !strings.Contains(string(raw), words) {
		w.t.Fatalf("%s does not say %q: %v", name, words, err)
	}
	w.folder[name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(string(raw), words, others))}
}

// start starts the bot on what the store has: after a crash, what was held in
// memory is lost.
func (w *world) start() {
	w.t.Helper()
	words, err := testWords()
	if err != nil {
		w.t.Fatal(err)
	}
	if w.words != nil {
		words = w.words
	}
	clock := func() time.Time { return w.now }
	db, err := seal.Open(context.Background(), storetest.Twice(w.mem), Table, w.keys, clock)
	if err != nil {
		w.t.Fatal(err)
	}
	w.bot, err = New(Config{
		DB: db, Content: holding(words), Platforms: w.platforms(), Desks: w.desks(), DeskLang: "de",
		Undo: w.undo, Idle: 30 * time.Minute, Now: clock, Log: slog.New(slog.NewTextHandler(&w.log, nil)), Lang: w.lang, Journal: w.journal,
		Again: w.again(), CheckLink: w.look,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.bot.begin(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

// receive delivers an event twice, as networks do, and lets everything follow
// from it.
func (w *world) receive(ev chat.Event) {
	w.t.Helper()
	w.n++
	ev.ID, ev.At = fmt.Sprintf("event-%d", w.n), w.now
	for range 2 {
		if err := w.bot.Receive(context.Background(), ev); err != nil {
			w.t.Fatalf("receive: %v", err)
		}
		w.settle()
	}
}

// settle lets everything follow that can be done now.
func (w *world) settle() {
	w.t.Helper()
	if err := w.bot.Settle(context.Background()); err != nil {
		w.t.Fatalf("settle: %v", err)
	}
}
