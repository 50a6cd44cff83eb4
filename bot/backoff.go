package bot

import (
	"hash/fnv"
	"time"
)

// Back-off after failures: it doubles from the first to the longest pause.
const (
	firstPause   = time.Second
	longestPause = 10 * time.Minute
)

// backoff is the pause after so many failures, spread by up to a half so that
// not all try again at the same moment. The spread derives from who waits, so
// that a transaction that runs again comes to the same time.
func backoff(who string, fails int) time.Duration {
	d := longestPause
	if fails < 10 {
		d = min(firstPause<<fails, longestPause)
	}
	h := fnv.New32a()
	h.Write([]byte(who))
	h.Write([]byte{byte(fails)})
	return d/2 + time.Duration(uint64(d/2)*uint64(h.Sum32())>>32)
}
