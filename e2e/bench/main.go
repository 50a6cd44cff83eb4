// Bench measures the program under load: many people walk through asking at once,
// each going on when the bot has answered, and everything is durable and sealed. In
// e2e/:
//
//	go run ./bench                        # 512 people, 10 s, latency 0 and 50 ms
//	go run ./bench -chats 2000 -seconds 20 -latency 0
//	go run ./bench -latency 0 -profile /tmp/lotse.pprof
//	go run ./bench -reminders 2000        # of a meeting, instead (reminders.go)
//
// It builds lotse and runs it against a Bot API server of its own (server.go) that
// does as little as it can, unpaced (LOTSE_TELEGRAM_RATE=0), with a data file in -dir.
// Both share the machine. For each latency it prints
//
//	updates/s        answered, which means by the right question
//	CPU s/1000       of lotse, user and system, for 1,000 updates; and of the server
//	peak RSS         of lotse (VmHWM), and what of it is no file (RssAnon) at the end
//	start → reply    from starting the process on the data that the load has left to its
//	                 first message, the slowest of five starts; and after a kill -9
//
// It fails when an update gets no answer or a wrong one, or a press is left without
// its acknowledgement. How fast it is it only prints.
//
// With -profile it writes a CPU profile of lotse during the load of the last latency:
// the program is built with one file more (profile.txt), which is no part of it.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	o := options{}
	flag.IntVar(&o.chats, "chats", 512, "how many people")
	flag.Float64Var(&o.seconds, "seconds", 10, "how long")
	flag.StringVar(&o.dir, "dir", "", "folder on the disk to measure on; a temporary one when empty")
	flag.StringVar(&o.profile, "profile", "", "file for a CPU profile of lotse")
	flag.IntVar(&o.reminders, "reminders", 0, "instead, remind so many people of a meeting")
	latencies := flag.String("latency", "0s,50ms", "how long the server takes to answer, separated by commas")
	flag.Parse()
	for word := range strings.SplitSeq(*latencies, ",") {
		d, err := time.ParseDuration(word)
		if err != nil {
			end(err)
		}
		o.latencies = append(o.latencies, d)
	}
	do := measure
	if o.reminders > 0 {
		do = remind
	}
	if err := do(o); err != nil {
		end(err)
	}
}

func end(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

type options struct {
	chats        int
	reminders    int
	seconds      float64
	latencies    []time.Duration
	dir, profile string
}

// A result is what one latency gave.
type result struct {
	rate, cpu, server float64
	peak, anon        int // MiB
	reply, afterCrash time.Duration
}

func measure(o options) error {
	dir, err := os.MkdirTemp(o.dir, "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "lotse")
	var more map[string][]byte
	if o.profile != "" {
		more = map[string][]byte{"bench_profile.go": profileSource}
	}
	if err := build(binary, more); err != nil {
		return err
	}
	fmt.Printf("%8s %10s %20s %16s %22s\n", "latency", "updates/s", "CPU s/1000 (server)", "peak RSS (anon)", "start → reply (crash)")
	for i, latency := range o.latencies {
		data := filepath.Join(dir, fmt.Sprint("data", i))
		if err := os.Mkdir(data, 0o700); err != nil {
			return err
		}
		r, err := load(o, latency, binary, data)
		if err != nil {
			return fmt.Errorf("latency %v: %w", latency, err)
		}
		fmt.Printf("%8v %10.0f %12.3f (%.3f) %9d MiB (%d) %13v (%v)\n", latency, r.rate, r.cpu, r.server, r.peak, r.anon,
			r.reply.Round(time.Millisecond), r.afterCrash.Round(time.Millisecond))
	}
	return nil
}

// load is one latency.
func load(o options, latency time.Duration, binary, data string) (result, error) {
	var r result
	s, err := serve(latency, o.chats)
	if err != nil {
		return r, err
	}
	defer s.close()
	p, err := start(binary, data, s.url())
	if err != nil {
		return r, err
	}
	defer p.kill()
	if err := s.walkIn(); err != nil {
		return r, fmt.Errorf("%w\n%s", err, p.log())
	}
	if o.profile != "" {
		if err := p.profile(true, o.profile); err != nil {
			return r, err
		}
	}
	before, own, began := p.cpu(), ownCPU(), time.Now()
	s.walk()
	time.Sleep(time.Duration(o.seconds * float64(time.Second))) // this is the measurement
	answered, used, served, took := s.answered(), p.cpu()-before, ownCPU()-own, time.Since(began)
	if o.profile != "" {
		if err := p.profile(false, o.profile); err != nil {
			return r, err
		}
	}
	if err := s.halt(); err != nil {
		return r, fmt.Errorf("%w\n%s", err, p.log())
	}
	thousands := float64(answered) / 1000
	r.rate, r.cpu, r.server = float64(answered)/took.Seconds(), used.Seconds()/thousands, served.Seconds()/thousands
	r.peak, r.anon = p.memory("VmHWM"), p.memory("RssAnon")
	for range 5 {
		if err := p.stop(); err != nil {
			return r, err
		}
		took, err := p.again(s)
		if err != nil {
			return r, err
		}
		r.reply = max(r.reply, took)
	}
	p.kill()
	r.afterCrash, err = p.again(s)
	return r, err
}
