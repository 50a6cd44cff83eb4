//go:build matrix

package echo

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"lotse/store"
)

// Steps are the moments before and after everything that outlives the process: each
// commit and each request. Whatever else it does happens in memory, so a kill at any
// other moment is one of these.
type steps struct {
	file   string          // where the step is noted at which it dies
	done   map[string]bool // at which it died before
	mortal bool

	mu     sync.Mutex
	passed map[string]int
}

// most is how many times the same step counts as another one: what follows the first of
// many may differ from what follows the second.
const most = 2

func (o order) steps() *steps {
	s := &steps{file: filepath.Join(o.Dir, "step"), done: map[string]bool{}, mortal: o.Mortal, passed: map[string]int{}}
	for _, name := range o.Died {
		s.done[name] = true
	}
	return s
}

// pass is called at a step. The process dies there if it never did.
func (s *steps) pass(step string) {
	if !s.mortal {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passed[step]++
	name := fmt.Sprintf("%s #%d", step, s.passed[step])
	if s.passed[step] > most || s.done[name] {
		return
	}
	if err := os.WriteFile(s.file, []byte(name), 0o600); err != nil {
		panic(err)
	}
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {}
}

// RoundTrip makes a request.
func (s *steps) RoundTrip(r *http.Request) (*http.Response, error) {
	what := r.Method + " " + shape(r.URL.Path)
	s.pass("before " + what)
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		s.pass("after " + what)
	}
	return answer, err
}

// shape is the path of a request without names.
func shape(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/_matrix/client/v3/"), "/")
	switch parts[0] {
	case "rooms":
		return strings.Join(append([]string{"rooms"}, parts[2:min(3, len(parts))]...), "/")
	case "user":
		return "account_data"
	case "keys":
		return strings.Join(parts, "/")
	}
	return parts[0]
}

// A watched database passes the steps of its commits.
type watched struct {
	store.DB
	steps *steps
}

func (d watched) Update(ctx context.Context, f func(store.Tx) error) error {
	var what string
	err := d.DB.Update(ctx, func(tx store.Tx) error {
		w := noted{tx, map[string]bool{}}
		err := f(w)
		what = strings.Join(slices.Sorted(maps.Keys(w.kinds)), " ")
		if err == nil && what != "" {
			d.steps.pass("before commit of " + what)
		}
		return err
	})
	if err == nil && what != "" {
		d.steps.pass("after commit of " + what)
	}
	return err
}

// A noted transaction notes which kinds of rows it writes.
type noted struct {
	store.Tx
	kinds map[string]bool
}

func (tx noted) Put(key string, value []byte) { tx.note("", key); tx.Tx.Put(key, value) }

func (tx noted) Delete(key string) { tx.note("-", key); tx.Tx.Delete(key) }

func (tx noted) note(sign, key string) {
	kind, _, _ := strings.Cut(key, "/")
	tx.kinds[sign+kind] = true
}
