package bot

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"lotse/bot/chat"
	"lotse/store"
	"lotse/store/bolt"
	"lotse/store/seal"
)

// BenchmarkStep measures the main job against what the disk allows. In slices
// that take turns in one run it drives
//
//	engine  Receive: event → flow → words → sealing → state and outbox, durable
//	raw     the same rows written by a bare bbolt group commit: no flow, no
//	        words, no sealing, no reading
//	batch   the same rows through bbolt's own db.Batch
//
// for 1, 64 and 512 chats at once, and reports steps per second of each, the
// medians of the ratios, slice by slice, and allocations per engine step.
//
//	go test -tags goolm -run '^$' -bench Step ./bot
func BenchmarkStep(b *testing.B) {
	for _, chats := range []int{1, 64, 512} {
		b.Run(fmt.Sprintf("chats=%d", chats), func(b *testing.B) { compare(b, chats) })
	}
}

// perSlice is how many steps a chat does in one slice. Between the slices the
// outbox is emptied, outside the measurement; in the product the senders do this all
// the time, so slices are short.
func perSlice(chats int) int {
	if chats == 1 {
		return 200
	}
	return 2 * len(cycle)
}

// batchEvery is in which slices db.Batch takes its turn: it makes callers wait for
// 10 ms, so in all of them it would take nearly all the time.
const batchEvery = 4

func compare(b *testing.B, chats int) {
	defer Tune()()
	log := &writeLog{}
	engine := newEngine(b, chats, log)
	steps := log.recorded(b, engine, perSlice(chats))
	raw, batch := newRaw(b), newBatch(b)

	var toRaw, toBatch, perEngine, perRaw, perBatch []float64
	var allocs uint64
	done := 0
	b.ResetTimer()
	for round := 0; done < b.N || round < 3; round++ {
		slice := func(do func(chat, step int) error) float64 {
			start := time.Now()
			inParallel(b, chats, func(c int) error {
				for s := range perSlice(chats) {
					if err := do(c, s); err != nil {
						return err
					}
				}
				return nil
			})
			return float64(chats*perSlice(chats)) / time.Since(start).Seconds()
		}
		r := slice(func(c, s int) error { return raw.step(c, round, steps[c][s]) })
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		e := slice(engine.step)
		runtime.ReadMemStats(&after)
		allocs += after.Mallocs - before.Mallocs
		done += chats * perSlice(chats)
		b.StopTimer()
		engine.emptyOutbox(b)
		raw.forget(b)
		b.StartTimer()
		perRaw, perEngine, toRaw = append(perRaw, r), append(perEngine, e), append(toRaw, e/r)
		if round%batchEvery == 0 {
			n := slice(func(c, s int) error {
				if chats == 1 && s >= 20 {
					return nil
				}
				return batch.step(c, round, steps[c][s])
			})
			b.StopTimer()
			batch.forget(b)
			b.StartTimer()
			if chats == 1 {
				n /= float64(perSlice(1)) / 20
			}
			perBatch, toBatch = append(perBatch, n), append(toBatch, e/n)
		}
	}
	b.StopTimer()
	b.ReportMetric(median(perEngine), "engine/s")
	b.ReportMetric(median(perRaw), "raw/s")
	b.ReportMetric(median(perBatch), "batch/s")
	b.ReportMetric(median(toRaw), "engine/raw")
	b.ReportMetric(median(toBatch), "engine/batch")
	b.ReportMetric(float64(allocs)/float64(done), "allocs/step")
	b.ReportMetric(0, "ns/op") // a mix of three things: it says nothing
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

func inParallel(b *testing.B, n int, f func(int) error) {
	var all sync.WaitGroup
	errs := make(chan error, n)
	for c := range n {
		all.Go(func() {
			if err := f(c); err != nil {
				errs <- err
			}
		})
	}
	all.Wait()
	select {
	case err := <-errs:
		b.Fatal(err)
	default:
	}
}

// cycle is what a person does again and again: a question is begun, written,
// changed and given up. Consent was given before.
var cycle = []chat.Event{
	{Kind: chat.Press, Press: "nav/ask"},
	{Kind: chat.Press, Press: "ask/topic/housing"},
	{Kind: chat.Text, Text: "Die Hausverwaltung hat geschrieben, dass wir bis Ende des Monats ausziehen sollen. Was können wir tun?"},
	{Kind: chat.Press, Press: "ask/preview/change"},
	{Kind: chat.Press, Press: "nav/cancel"},
}

type engine struct {
	bot  *Bot
	next []int // events of each chat so far
}

func newEngine(b *testing.B, chats int, log *writeLog) *engine {
	dir := b.TempDir()
	file, err := bolt.Open(b.Context(), filepath.Join(dir, "engine.db"), bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := file.Close(); err != nil {
			b.Error(err)
		}
	})
	master, err := seal.MasterFile(filepath.Join(dir, "master.key"))
	if err != nil {
		b.Fatal(err)
	}
	log.DB = file
	db, err := seal.Open(b.Context(), log, Table, master, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	words, err := testWords()
	if err != nil {
		b.Fatal(err)
	}
	bot, err := New(Config{
		DB: db, Content: holding(words), Platforms: []chat.Platform{newNetwork()}, Desks: []chat.Address{theDesk}, DeskLang: "de",
		Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		b.Fatal(err)
	}
	e := &engine{bot: bot, next: make([]int, chats)}
	inParallel(b, chats, func(c int) error {
		for _, press := range []string{"nav/start", "language/pick/de", "nav/ask", "ask/role/private", "ask/topic/housing", "ask/consent/yes", "nav/cancel"} {
			if err := e.receive(c, chat.Event{Kind: chat.Press, Press: press}); err != nil {
				return err
			}
		}
		return nil
	})
	return e
}

func (e *engine) receive(c int, ev chat.Event) error {
	e.next[c]++
	who := fmt.Sprintf("person-%d", c)
	ev.ID, ev.At, ev.From = fmt.Sprintf("%s/%d", who, e.next[c]), time.Now(), who
	ev.In = chat.Address{Platform: "web", Room: who}
	return e.bot.Receive(context.Background(), ev)
}

func (e *engine) step(c, s int) error { return e.receive(c, cycle[s%len(cycle)]) }

// emptyOutbox sends what was queued into the void, between the slices, as the
// senders do in the product.
func (e *engine) emptyOutbox(b *testing.B) {
	inParallel(b, 64, func(int) error {
		for {
			lane, ok := e.bot.lanes.now()
			if !ok {
				return nil
			}
			for e.bot.lanes.serve(lane) {
				if err := e.bot.empty(b.Context(), b.Context(), lane); err != nil {
					return err
				}
			}
		}
	})
}

// now is next without waiting.
func (l *lanes) now() (string, bool) {
	if !l.waiting() {
		return "", false
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	lane, _ := l.next(ctx)
	return lane, lane != ""
}

// writeLog keeps what Updates write, while it is told to.
type writeLog struct {
	store.DB
	mu    sync.Mutex
	on    bool
	steps [][]store.Pair // a nil value is a deletion
}

type loggedTx struct {
	store.Tx
	writes []store.Pair
}

func (t *loggedTx) Put(key string, value []byte) {
	t.writes = append(t.writes, store.Pair{Key: key, Value: slices.Clone(value)})
	t.Tx.Put(key, value)
}

func (t *loggedTx) Delete(key string) {
	t.writes = append(t.writes, store.Pair{Key: key})
	t.Tx.Delete(key)
}

func (l *writeLog) Update(ctx context.Context, f func(store.Tx) error) error {
	if !l.on {
		return l.DB.Update(ctx, f)
	}
	var last *loggedTx
	err := l.DB.Update(ctx, func(tx store.Tx) error {
		last = &loggedTx{Tx: tx}
		return f(last)
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.steps = append(l.steps, last.writes)
	return err
}

// recorded are the rows that the engine writes in a slice, step by step, for
// each chat.
func (l *writeLog) recorded(b *testing.B, e *engine, n int) [][][]store.Pair {
	l.on = true
	defer func() { l.on = false }()
	out := make([][][]store.Pair, len(e.next))
	for c := range out {
		l.steps = nil
		for s := range n {
			if err := e.step(c, s); err != nil {
				b.Fatal(err)
			}
		}
		if len(l.steps) != n || len(l.steps[0]) < 3 {
			b.Fatalf("recorded %d steps for %d events, %d writes in the first", len(l.steps), n, len(l.steps[0]))
		}
		out[c] = l.steps
	}
	return out
}

// anew is a key as the next round would have written it: what is new in every
// step has a later stamp, what belongs to a person stays.
func anew(key string, round int) []byte {
	k := []byte(key)
	at := 0
	switch {
	case strings.HasPrefix(key, "seen/"), strings.HasPrefix(key, "due/"):
		at = strings.IndexByte(key, '/') + 2
	case strings.HasPrefix(key, "out/"):
		at = strings.LastIndexByte(key, '/') - len("00060f2c4d5e6f000") + 2
	default:
		return k
	}
	copy(k[at:], fmt.Sprintf("%03x", round&0xfff))
	return k
}

var bucket = []byte("rows")

// plain are the options of the product's own store, for a bare bbolt.
func plain(b *testing.B, name string) *bbolt.DB {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), name), 0o600, &bbolt.Options{
		NoFreelistSync: true, FreelistType: bbolt.FreelistMapType, InitialMmapSize: 1 << 30,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	if err := db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket(bucket); return err }); err != nil {
		b.Fatal(err)
	}
	return db
}

func write(tx *bbolt.Tx, round int, rows []store.Pair) error {
	rowsOf := tx.Bucket(bucket)
	for _, p := range rows {
		key := anew(p.Key, round)
		var err error
		if p.Value == nil {
			err = rowsOf.Delete(key)
		} else {
			err = rowsOf.Put(key, p.Value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// raw is a group commit: one goroutine takes what waits, and commits it.
type raw struct {
	db *bbolt.DB
	in chan rawStep
}

type rawStep struct {
	round int
	rows  []store.Pair
	done  chan error
}

func newRaw(b *testing.B) *raw {
	db := plain(b, "raw.db")
	r := &raw{db: db, in: make(chan rawStep, 1024)}
	go func() {
		for first := range r.in {
			group := []rawStep{first}
			for waiting := true; waiting && len(group) < 1024; {
				select {
				case s, ok := <-r.in:
					if waiting = ok; ok {
						group = append(group, s)
					}
				default:
					waiting = false
				}
			}
			err := db.Update(func(tx *bbolt.Tx) error {
				for _, s := range group {
					if err := write(tx, s.round, s.rows); err != nil {
						return err
					}
				}
				return nil
			})
			for _, s := range group {
				s.done <- err
			}
		}
	}()
	b.Cleanup(func() { close(r.in) })
	return r
}

func (r *raw) forget(b *testing.B)  { forgetOutbox(b, r.db) }
func (n batch) forget(b *testing.B) { forgetOutbox(b, n.db) }

// forgetOutbox deletes the outbox rows, as emptyOutbox does.
func forgetOutbox(b *testing.B, db *bbolt.DB) {
	err := db.Update(func(tx *bbolt.Tx) error {
		rows := tx.Bucket(bucket)
		c := rows.Cursor()
		var old [][]byte
		for k, _ := c.Seek([]byte("out/")); strings.HasPrefix(string(k), "out/"); k, _ = c.Next() {
			old = append(old, slices.Clone(k))
		}
		for _, k := range old {
			if err := rows.Delete(k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

func (r *raw) step(_, round int, rows []store.Pair) error {
	s := rawStep{round, rows, make(chan error, 1)}
	r.in <- s
	return <-s.done
}

type batch struct{ db *bbolt.DB }

func newBatch(b *testing.B) batch { return batch{plain(b, "batch.db")} }

func (n batch) step(_, round int, rows []store.Pair) error {
	return n.db.Batch(func(tx *bbolt.Tx) error { return write(tx, round, rows) })
}

// BenchmarkReceive is the step without a disk: what deciding, wording and sealing
// cost one core.
func BenchmarkReceive(b *testing.B) {
	defer Tune()()
	w := newWorld(b, "")
	w.bot.cfg.DB = plainSeal(b, w)
	e := &engine{bot: w.bot, next: make([]int, 1)}
	for _, press := range []string{"nav/start", "language/pick/de", "nav/ask", "ask/role/private", "ask/topic/housing", "ask/consent/yes", "nav/cancel"} {
		if err := e.receive(0, chat.Event{Kind: chat.Press, Press: press}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for s := 0; b.Loop(); s++ {
		if err := e.step(0, s); err != nil {
			b.Fatal(err)
		}
		if s%100 == 99 {
			b.StopTimer()
			e.emptyOutbox(b)
			b.StartTimer()
		}
	}
}

// plainSeal is a sealed store in memory that runs each transaction once.
func plainSeal(b *testing.B, w *world) *seal.DB {
	db, err := seal.Open(b.Context(), forgetful{store.NewMem()}, Table, w.keys, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	return db
}

// forgetful drops marks and alarms, so that the store stays small.
type forgetful struct{ store.DB }

type forgetfulTx struct{ store.Tx }

func (f forgetful) Update(ctx context.Context, fn func(store.Tx) error) error {
	return f.DB.Update(ctx, func(tx store.Tx) error { return fn(forgetfulTx{tx}) })
}

func (t forgetfulTx) Put(key string, value []byte) {
	if !strings.HasPrefix(key, "seen/") && !strings.HasPrefix(key, "due/") {
		t.Tx.Put(key, value)
	}
}
