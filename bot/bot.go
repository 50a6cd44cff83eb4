package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"lotse/bot/board"
	"lotse/bot/chat"
	"lotse/bot/links"
	"lotse/bot/pace"
	"lotse/flows"
	"lotse/store"
	"lotse/store/seal"
)

// Config is what a Bot is made of.
type Config struct {
	DB      *seal.DB
	Content *Content // what is said and listed at first
	// Again reads the content anew for Reload; nil when nothing of it can be changed.
	Again     func() (*Content, error)
	Platforms []chat.Platform
	// Pacers keep what leaves for a platform within its limits; a platform that
	// has none is not paced.
	Pacers   map[string]*pace.Pacer
	Desks    []chat.Address    // the coordinators' rooms: one, or two on different networks
	DeskLang string            // language of the desk
	Who      flows.Responsible // of the privacy notice
	Undo     time.Duration     // how long a released answer can be taken back
	Idle     time.Duration     // after which an inquiry is free whose owner does nothing; 0 is never
	Journal  string            // file of erasures outside the database; "" keeps none
	// PublicURL is how the outside reaches what Public serves, without a slash at its end;
	// "" when it cannot.
	PublicURL string
	Now       func() time.Time
	Log       *slog.Logger
	// CheckLink looks at an address on the web; nil looks at none.
	CheckLink func(context.Context, string) links.Result
	// Lang, when set, is the language of everybody and everything: the
	// transcripts speak the pseudo language.
	Lang string
}

// Bot receives, remembers, sends and reminds. All its methods are safe for
// concurrent use.
type Bot struct {
	cfg       Config
	platforms map[string]chat.Platform
	content   atomic.Pointer[Content] // of now: edition
	reload    sync.Mutex              // held by who reads the content again
	pages     *board.Pages
	clock     clock
	lanes     *lanes
	poke      chan struct{} // the alarm clock looks again
	jobs      chan struct{} // the worker looks again
	running   atomic.Bool   // Run is at work and was not told to stop
	desks     []deskRoom
	parked    struct { // lanes that wait for their network's pace
		mu    sync.Mutex
		lanes map[string]*parking
	}
	typing typing
	carded sync.Map // IDs of events answered by cardWithoutStore and not received yet
}

// New checks the configuration. Nothing runs yet.
func New(cfg Config) (*Bot, error) {
	pages, err := board.New()
	if err != nil {
		return nil, err
	}
	b := &Bot{
		cfg: cfg, platforms: map[string]chat.Platform{}, pages: pages, lanes: newLanes(),
		poke: make(chan struct{}, 1), jobs: make(chan struct{}, 1),
	}
	b.parked.lanes = map[string]*parking{}
	b.typing.waits = map[chat.Address]*time.Timer{}
	b.clock.now = cfg.Now
	b.content.Store(cfg.Content)
	for _, p := range cfg.Platforms {
		b.platforms[p.Name()] = p
	}
	if err := b.open(cfg.Desks); err != nil {
		return nil, err
	}
	return b, nil
}

// open notes where the coordinators are.
func (b *Bot) open(desks []chat.Address) error {
	if len(desks) == 0 {
		return errors.New("there is no room for the desk")
	}
	for _, at := range desks {
		if b.platforms[at.Platform] == nil {
			return fmt.Errorf("the desk is on %q, which is not turned on", at.Platform)
		}
		if _, twice := b.deskOn(at.Platform); twice {
			return fmt.Errorf("two rooms of the desk are on %q", at.Platform)
		}
		b.desks = append(b.desks, deskRoom{at, new(atomic.Bool)})
	}
	return nil
}

// senders is how many lanes are served at once. A lane waits for its network,
// so this bounds requests in flight, not work.
const senders = 64

// grace is how long a request that is under way when the bot stops may still
// take; main ends the process after five seconds.
const grace = 3 * time.Second

// Run receives and sends until ctx ends, then lets what is under way finish.
// What is not finished by then is in the store and goes on at the next start.
func (b *Bot) Run(ctx context.Context) error {
	if err := b.begin(ctx); err != nil {
		return err
	}
	sending, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, stop) })()

	b.running.Store(true)
	defer context.AfterFunc(ctx, func() { b.running.Store(false) })()

	var all sync.WaitGroup
	for range senders {
		all.Go(func() { b.sendLanes(ctx, sending) })
	}
	all.Go(func() { b.ring(ctx) })
	all.Go(func() { b.work(ctx) })
	for _, p := range b.cfg.Platforms {
		all.Go(func() { b.listen(ctx, p) })
	}
	all.Wait()
	return nil
}

// listen keeps a platform running. One that fails is started again: the other
// platforms and the outbox go on meanwhile.
func (b *Bot) listen(ctx context.Context, p chat.Platform) {
	said := ""
	for failures := 0; ctx.Err() == nil; failures++ {
		started := b.cfg.Now()
		err := p.Run(ctx, b)
		if ctx.Err() != nil {
			return
		}
		if b.cfg.Now().Sub(started) > longestPause {
			failures, said = 0, ""
		}
		if why := fmt.Sprint(err); why != said { // the same every few minutes hides what is new
			b.cfg.Log.Error("platform stopped; it is started again and again", "platform", p.Name(), "err", err)
			said = why
		}
		if !b.pause(ctx, backoff(p.Name(), failures)) {
			return
		}
	}
}

// pause waits, and reports false when ctx ended first.
func (b *Bot) pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// Poke makes the alarm clock look again: after the clock was moved.
func (b *Bot) Poke() { signal(b.poke) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // somebody has already been told and has not looked yet
	}
}

// Resume is where a platform left off.
func (b *Bot) Resume(ctx context.Context, platform string) (string, error) {
	var cursor string
	err := b.cfg.DB.View(ctx, func(r store.Reader) error {
		raw, err := r.Get(keyOf("cursor", platform))
		cursor = string(raw)
		return err
	})
	return cursor, err
}

// Advance records that everything up to cursor was received.
func (b *Bot) Advance(ctx context.Context, platform, cursor string) error {
	return b.cfg.DB.Update(ctx, func(tx store.Tx) error {
		tx.Put(keyOf("cursor", platform), []byte(cursor))
		return nil
	})
}

// clock gives each transaction a time, and a stamp that is greater than every
// stamp before it even when the time stands still or goes back: the outbox is
// ordered by stamps.
type clock struct {
	now  func() time.Time
	mu   sync.Mutex
	last int64
}

func (c *clock) read() (now time.Time, stamp string) {
	now = c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = max(c.last+1, now.UnixMicro())
	return now, stampOf(time.UnixMicro(c.last))
}

// atLeast makes all further stamps greater than that of a place in a lane found
// in the store (outKey): behind the stamp stands the row's number in its turn.
func (c *clock) atLeast(place string) {
	n, err := strconv.ParseInt(place[:min(stampLength, len(place))], 16, 64)
	if err != nil {
		return // not a stamp: a row of another release, which orders by itself
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = max(c.last, n)
}

var _ chat.Inbox = (*Bot)(nil)
