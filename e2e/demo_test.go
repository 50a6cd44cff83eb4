package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long anything may take on a busy machine before a test gives
// up on it. Nothing waits that long when all is well.
const patience = 10 * time.Second

// build makes the program the way the README says.
func build(t testing.TB) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "lotse")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "goolm", "-o", binary, ".")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building lotse: %v\n%s", err, out)
	}
	return binary
}

// A demo is a running "lotse demo".
type demo struct {
	t      *testing.T
	binary string
	data   string
	url    string // where its page is
	cmd    *exec.Cmd
	ended  chan error // gets what Wait said
	log    *bytes.Buffer
}

// startDemo starts a demo that keeps everything in a folder of the test.
func startDemo(t *testing.T) *demo {
	t.Helper()
	d := &demo{t: t, binary: build(t), data: t.TempDir()}
	d.start("127.0.0.1:0")
	t.Cleanup(func() {
		if d.cmd != nil {
			d.stop()
		}
	})
	return d
}

func (d *demo) start(listen string) {
	d.t.Helper()
	d.log = new(bytes.Buffer)
	d.cmd = exec.Command(d.binary, "demo", "-data", d.data)
	d.cmd.Dir = d.data // no lotse.toml of somebody else
	d.cmd.Env = append(os.Environ(), "LOTSE_LISTEN="+listen)
	d.cmd.Stderr = d.log
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	url, read := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			for word := range strings.FieldsSeq(lines.Text()) {
				if strings.HasPrefix(word, "http://") {
					select {
					case url <- word:
					default:
					}
				}
			}
		}
	}()
	d.ended = make(chan error, 1)
	go func(cmd *exec.Cmd, ended chan error) {
		<-read
		ended <- cmd.Wait()
	}(d.cmd, d.ended)
	select {
	case d.url = <-url:
	case err := <-d.ended:
		d.cmd = nil
		d.t.Fatalf("the demo ended: %v\n%s", err, d.log)
	case <-time.After(patience):
		d.kill()
		d.t.Fatalf("the demo has not said where it is\n%s", d.log)
	}
}

// kill ends the demo as a loss of power would.
func (d *demo) kill() {
	d.t.Helper()
	if err := d.cmd.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	<-d.ended
	d.cmd = nil
}

// restart starts the demo again where it was, with what it has kept.
func (d *demo) restart() {
	d.t.Helper()
	d.start(strings.TrimPrefix(d.url, "http://"))
}

// stop ends the demo as Ctrl+C does, which must take less than five seconds.
func (d *demo) stop() {
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		d.t.Error(err)
	}
	select {
	case err := <-d.ended:
		if err != nil {
			d.t.Errorf("the demo did not stop well: %v\n%s", err, d.log)
		}
	case <-time.After(5 * time.Second):
		d.t.Errorf("the demo did not stop in five seconds: %v", d.cmd.Process.Kill())
		<-d.ended
	}
	if d.t.Failed() {
		d.t.Logf("what the demo logged:\n%s", d.log)
	}
}

// run runs the program with input until it ends, and returns what it printed.
func run(t *testing.T, binary, input string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir = t.TempDir()
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%w\n%s", err, exit.Stderr)
	}
	return string(out), err
}
