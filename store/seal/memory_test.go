package seal

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"lotse/store"
)

// A prefix stands for a row that was sealed: it opens while its key lives.
type sealedAt struct {
	prefix *[memoryPrefix]byte
	at     time.Time
	way    time.Duration // the clock's way until then
}

func walk(t *testing.T, step func() time.Duration, check func(now, sealed sealedAt, readable bool)) {
	now := sealedAt{at: time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)}
	r := &ring{now: func() time.Time { return now.at }}
	var rows []sealedAt
	for range 3000 {
		d := step()
		now.at, now.way = now.at.Add(d), now.way+d.Abs()
		_, prefix, err := r.sealer()
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, sealedAt{prefix, now.at, now.way})
		rows = rows[max(0, len(rows)-200):]
		for _, row := range rows {
			key, err := r.opener(row.prefix[:])
			if err != nil {
				t.Fatal(err)
			}
			check(now, row, key != nil)
		}
		if n := r.held(); n > int(memoryLife/memoryFill) {
			t.Fatalf("%d memory keys", n)
		}
	}
}

func TestMemoryAges(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	t.Run("clock goes on", func(t *testing.T) {
		most := map[bool]time.Duration{}
		least := map[bool]time.Duration{false: time.Hour}
		walk(t, func() time.Duration {
			if rnd.IntN(50) == 0 {
				return time.Duration(rnd.Int64N(int64(5 * time.Hour)))
			}
			return time.Duration(rnd.Int64N(int64(3 * time.Minute)))
		}, func(now, sealed sealedAt, readable bool) {
			age := now.at.Sub(sealed.at)
			if age <= 50*time.Minute && !readable {
				t.Fatalf("not readable after %v", age)
			}
			if age >= 60*time.Minute && readable {
				t.Fatalf("readable after %v", age)
			}
			most[readable] = max(most[readable], age)
			least[readable] = min(least[readable], age)
		})
		if most[true] < 59*time.Minute || least[false] > 51*time.Minute {
			t.Errorf("the walk came near neither end: %v, %v", most[true], least[false])
		}
	})
	t.Run("clock jumps", func(t *testing.T) {
		back := 0
		walk(t, func() time.Duration {
			if rnd.IntN(20) == 0 {
				return -time.Duration(rnd.Int64N(int64(30 * 24 * time.Hour)))
			}
			return time.Duration(rnd.Int64N(int64(20*time.Minute))) - 9*time.Minute
		}, func(now, sealed sealedAt, readable bool) {
			age := now.at.Sub(sealed.at)
			if (age.Abs() >= 60*time.Minute || now.way-sealed.way >= 60*time.Minute) && readable {
				t.Fatalf("readable after %v, a way of %v", age, now.way-sealed.way)
			}
			if age < 0 && readable {
				back++
			}
		})
		if back == 0 {
			t.Error("no small step back was survived")
		}
	})
	t.Run("clock leaps by centuries", func(t *testing.T) {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		r := &ring{now: func() time.Time { return now }}
		for _, year := range []int{1, 9999, 1677, 2026} {
			_, prefix, err := r.sealer()
			if err != nil {
				t.Fatal(err)
			}
			now = time.Date(year, 1, 1, 0, 0, 0, 1, time.UTC)
			if key, err := r.opener(prefix[:]); key != nil || err != nil {
				t.Errorf("readable in the year %d, %v", year, err)
			}
		}
	})
}

// held is how many keys there are, asked as the timers ask.
func (r *ring) held() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.slots)
}

func TestMemoryKeyIsZeroed(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	r := &ring{now: func() time.Time { return now }}
	ends := map[string]func(){
		"time":  func() { now = now.Add(memoryLife); r.opener(make([]byte, memoryPrefix)) },
		"clear": func() { r.clear() },
		"drop":  func() { r.drop(r.slots[0]) },
	}
	for name, end := range ends {
		if _, _, err := r.sealer(); err != nil {
			t.Fatal(err)
		}
		s := r.slots[0]
		if s.key == [keySize]byte{} {
			t.Fatal("no key to begin with")
		}
		end()
		if s.key != [keySize]byte{} || len(r.slots) != 0 {
			t.Errorf("key left after %s", name)
		}
	}
}

// Nobody reads or writes for an hour: the keys go all the same.
func TestMemoryEndsUnasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDB(t)
		put(t, d, "draft/ada/1", "x")
		time.Sleep(50 * time.Minute)
		put(t, d, "draft/ada/2", "x")
		if got := mustGet(t, d, "draft/ada/1"); string(got) != "x" {
			t.Errorf("after 50 minutes: %q", got)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := d.memory.held(); n != 1 {
			t.Errorf("%d keys after 60 minutes", n)
		}
		time.Sleep(50 * time.Minute)
		synctest.Wait()
		if n := d.memory.held(); n != 0 {
			t.Errorf("%d keys after 110 minutes", n)
		}
		if got := mustGet(t, d, "draft/ada/2"); got != nil {
			t.Errorf("after 60 minutes: %q", got)
		}
	})
}

func TestMemoryOfAnotherProcess(t *testing.T) {
	d := newDB(t)
	put(t, d, "draft/ada/1", "x")
	update(t, d.Raw(), func(tx store.Tx) error {
		sealed, err := tx.Get("draft/ada/1")
		sealed[0] ^= 1
		tx.Put("draft/ada/1", sealed)
		return err
	})
	if got := mustGet(t, d, "draft/ada/1"); got != nil {
		t.Errorf("opened without its key: %q", got)
	}
}
