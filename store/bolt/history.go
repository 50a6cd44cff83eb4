package bolt

import "lotse/store"

// A history knows which keys were written by the latest commits. It forgets in
// two generations, so its size is bounded; what it has forgotten counts as
// written. Rows of a commit that failed stay noted, which at worst makes a
// closure run again.
type history struct {
	now, before map[string]int // key to commit
	since       int            // every commit after this one is known
	turned      int            // the last commit noted in before
	last        int            // the last commit noted
}

const generation = 1 << 13 // keys: what some two thousand events write

// newHistory begins after commit txid.
func newHistory(txid int) history {
	return history{map[string]int{}, map[string]int{}, txid, txid, txid}
}

func (h *history) add(txid int, writes []store.Write) {
	if len(h.now) >= generation && txid > h.last {
		h.since, h.turned = h.turned, h.last
		h.before, h.now = h.now, h.before
		clear(h.now)
	}
	for _, w := range writes {
		h.now[w.Key] = txid
	}
	h.last = txid
}

// stale reports whether somebody wrote what r read, after r read it. Here is the
// current state.
func (h *history) stale(r *reads, here *snapshot) bool {
	if r.txid >= h.last {
		return false
	}
	if r.txid < h.since || h.written(r.keys, r.txid) {
		return true
	}
	for _, seen := range r.scans {
		if h.written(seen.keys, r.txid) || !here.same(seen) {
			return true
		}
	}
	return false
}

func (h *history) written(keys []string, after int) bool {
	for _, key := range keys {
		if h.now[key] > after || h.before[key] > after {
			return true
		}
	}
	return false
}
