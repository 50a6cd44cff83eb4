package main

import (
	"archive/zip"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed remindseed.txt
var remindSeed []byte

//go:embed remindmain.txt
var remindMain []byte

// remind lets lotse remind so many people of a meeting, and prints how fast it was. It
// fails when somebody is reminded twice or not at all, also after a kill -9 in the middle
// of it, but for those to whom a message was on its way then.
func remind(o options) error {
	dir, err := os.MkdirTemp(o.dir, "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary, seeder, data := filepath.Join(dir, "lotse"), filepath.Join(dir, "seeder"), filepath.Join(dir, "data")
	files := map[string][]byte{"bot/bench_remind.go": remindSeed, "bench_remind.go": remindMain}
	if err := errors.Join(build(binary, nil), build(seeder, files), os.Mkdir(data, 0o700), noon(dir)); err != nil {
		return err
	}
	seed := exec.Command(seeder, fmt.Sprint(o.reminders), fmt.Sprint(firstChat))
	seed.Env = append(os.Environ(), "LOTSE_DATA="+data)
	if out, err := seed.CombinedOutput(); err != nil {
		return fmt.Errorf("writing down the people: %w\n%s", err, out)
	}
	s, err := serve(0, o.reminders)
	if err != nil {
		return err
	}
	defer s.close()
	s.phase.Store(reminding)
	p, err := start(binary, data, s.url(), "ZONEINFO="+dir)
	if err != nil {
		return err
	}
	defer func() { p.kill() }()
	if err := s.reminded(o.reminders / 2); err != nil {
		return fmt.Errorf("%w\n%s", err, p.log())
	}
	half, cpu := time.Since(s.began()), p.cpu()
	before := s.steps.Load()
	p.kill()
	if err := p.start(); err != nil {
		return err
	}
	if err := s.reminded(o.reminders); err != nil {
		return fmt.Errorf("%w\n%s", err, p.log())
	}
	if err := p.stop(); err != nil {
		return err
	}
	if again := s.uncalled.Load(); again > senders {
		return fmt.Errorf("%d are reminded twice: a kill may repeat %d", again, senders)
	}
	fmt.Printf("%d reminders: %.0f a second until a kill -9 in the middle, %.3f s of CPU for 1,000; %d were told twice by it, all were told\n",
		o.reminders, float64(before)/half.Seconds(), cpu.Seconds()*1000/float64(before), s.uncalled.Load())
	return nil
}

// senders is how many requests lotse has under way at once, at most.
const senders = 64

// reminded waits until so many people have been.
func (p *people) reminded(n int) error {
	before := int64(-1)
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		now := p.steps.Load()
		switch {
		case now >= int64(n):
			return nil
		case now != before:
			before, deadline = now, time.Now().Add(patience)
		case time.Now().After(deadline):
			return fmt.Errorf("%d of %d are reminded", now, n)
		}
	}
}

// remind notes that somebody was reminded. They are locked.
func (p *people) remind(one *person) {
	p.first.CompareAndSwap(0, time.Now().UnixNano())
	if one.heard {
		p.uncalled.Add(1)
		return
	}
	one.heard = true
	p.steps.Add(1)
}

// began is when the first was reminded.
func (p *people) began() time.Time { return time.Unix(0, p.first.Load()) }

// noon gives Berlin, in a folder of zone files, a zone in which it is between 11 and 12 now:
// nobody is reminded at night.
func noon(dir string) error {
	ahead := 11 - time.Now().UTC().Hour()
	name := fmt.Sprintf("Etc/GMT%+d", -ahead) // whose signs are those of POSIX
	if ahead == 0 {
		name = "Etc/GMT"
	}
	zones, err := zip.OpenReader(filepath.Join(goroot(), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return err
	}
	defer zones.Close()
	in, err := zones.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	raw, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(filepath.Join(dir, "Europe"), 0o700), os.WriteFile(filepath.Join(dir, "Europe", "Berlin"), raw, 0o600))
}

func goroot() string {
	out, _ := exec.Command("go", "env", "GOROOT").Output() // without it there is no such file
	return strings.TrimSpace(string(out))
}
