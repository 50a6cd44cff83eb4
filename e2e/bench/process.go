package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

//go:embed profile.txt
var profileSource []byte

// build makes the program the way the README says; with more files, by their place in the
// module, which the compiler is shown and the repository does not have.
func build(binary string, more map[string][]byte) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	args := []string{"build", "-tags", "goolm", "-o", binary}
	if len(more) > 0 {
		overlay, files := binary+".overlay", map[string]string{}
		for name, source := range more {
			file := binary + "." + filepath.Base(filepath.Dir(name)) + "." + filepath.Base(name)
			files[filepath.Join(root, name)] = file
			if err := os.WriteFile(file, source, 0o600); err != nil {
				return err
			}
		}
		raw, err := json.Marshal(map[string]any{"Replace": files})
		if err != nil {
			return err
		}
		if err := os.WriteFile(overlay, raw, 0o600); err != nil {
			return err
		}
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.Command("go", append(args, ".")...)
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building lotse: %w\n%s", err, out)
	}
	return nil
}

// moduleRoot is the folder above this module.
func moduleRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	return filepath.Dir(filepath.Dir(strings.TrimSpace(string(out)))), err
}

// A process is lotse on one data folder.
type process struct {
	binary, data, api string
	env               []string // more of it
	cmd               *exec.Cmd
	said              *bytes.Buffer
}

func start(binary, data, api string, env ...string) (*process, error) {
	p := &process{binary: binary, data: data, api: api, env: env}
	return p, p.start()
}

func (p *process) start() error {
	p.cmd, p.said = exec.Command(p.binary, "run"), new(bytes.Buffer)
	p.cmd.Dir, p.cmd.Stderr = p.data, p.said
	ours := func(pair string) bool { return strings.HasPrefix(pair, "LOTSE_") }
	p.cmd.Env = append(slices.DeleteFunc(os.Environ(), ours), "LOTSE_DATA="+p.data, "LOTSE_TELEGRAM_TOKEN="+token, "LOTSE_TELEGRAM_API="+p.api,
		"LOTSE_TELEGRAM_RATE=0", "LOTSE_DESKS=telegram:-1001", "LOTSE_LISTEN=off", "LOTSE_TEST=1")
	p.cmd.Env = append(p.cmd.Env, p.env...)
	return p.cmd.Start()
}

// again starts it once more, with an update that waits, and returns how long it
// takes to the first message.
func (p *process) again(s *server) (time.Duration, error) {
	said, began := s.greet(), time.Now()
	if err := p.start(); err != nil {
		return 0, err
	}
	select {
	case <-said:
		return time.Since(began), nil
	case <-time.After(patience):
		return 0, fmt.Errorf("it does not answer after a start\n%s", p.log())
	}
}

// stop ends it as an operator does.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("it did not stop well: %w\n%s", err, p.log())
	}
	return nil
}

// kill ends it as a loss of power does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	_ = p.cmd.Wait()
}

// log is the end of what it said.
func (p *process) log() string {
	const most = 4000
	all := p.said.String()
	return all[max(0, len(all)-most):]
}

// tick is the unit of times in /proc: always a hundredth of a second (proc(5)).
const tick = 10 * time.Millisecond

// cpu is what the process has used, user and system.
func (p *process) cpu() time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(raw, []byte(") ")) // its name may hold blanks
	fields := strings.Fields(string(rest))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick
}

// ownCPU is what this process has used, its children not.
func ownCPU() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// memory is a value of /proc/PID/status, in MiB.
func (p *process) memory(name string) int {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	for line := range strings.Lines(string(raw)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			kib, _ := strconv.Atoi(strings.Fields(value)[0])
			return kib >> 10
		}
	}
	return 0
}

// profile begins a CPU profile, or ends it and keeps it (profile.txt).
func (p *process) profile(begin bool, file string) error {
	here := filepath.Join(p.data, "cpu.pprof")
	if begin {
		return p.cmd.Process.Signal(syscall.SIGUSR1)
	}
	if err := p.cmd.Process.Signal(syscall.SIGUSR2); err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if raw, err := os.ReadFile(here); err == nil {
			return os.WriteFile(file, raw, 0o600)
		}
	}
	return errors.New("lotse wrote no profile")
}
