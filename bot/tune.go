package bot

import (
	"os"
	"runtime"
	"runtime/debug"
)

// Tune suits the Go runtime to a Bot, and returns the way back. What a Bot keeps in
// memory is a few megabytes: at Go's own pace the garbage collector would run after
// every few hundred messages, at a much slower one its memory would not stay below
// 64 MiB under load (debug.SetGCPercent). And one thread nearly always waits in the
// kernel for the disk, which the scheduler notices late: with one processor more
// than there are, somebody works meanwhile (runtime.GOMAXPROCS). An environment
// that sets GOGC or GOMAXPROCS knows better.
func Tune() (undo func()) {
	var undos []func()
	if os.Getenv("GOGC") == "" {
		before := debug.SetGCPercent(135)
		undos = append(undos, func() { debug.SetGCPercent(before) })
	}
	if os.Getenv("GOMAXPROCS") == "" {
		before := runtime.GOMAXPROCS(0)
		runtime.GOMAXPROCS(before + 1)
		undos = append(undos, func() { runtime.GOMAXPROCS(before) })
	}
	return func() {
		for _, f := range undos {
			f()
		}
	}
}
