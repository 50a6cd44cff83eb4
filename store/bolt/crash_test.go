package bolt

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"lotse/store"
)

const (
	crashEnv = "LOTSE_TEST_CRASH" // data file of the process that is going to be killed
	writers  = 8
	kills    = 12
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashEnv); path != "" {
		fmt.Fprintln(os.Stderr, victim(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// victim writes until it is killed, and says on stdout what is durable.
func victim(path string) error {
	db, err := Open(context.Background(), path, Options{})
	if err != nil {
		return err
	}
	errs := make(chan error)
	for worker := range writers {
		go func() {
			for {
				n, err := advance(db, worker)
				if err == nil {
					_, err = fmt.Printf("%d %d\n", worker, n)
				}
				if err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	return <-errs
}

// advance makes one step of a worker: all its rows say n, and the sum of all
// workers is in a row that all of them fight for.
func advance(db store.DB, worker int) (n int, err error) {
	err = db.Update(context.Background(), func(tx store.Tx) error {
		if n, err = number(tx, fmt.Sprintf("w/%d/a", worker)); err != nil {
			return err
		}
		sum, err := number(tx, "sum")
		if err != nil {
			return err
		}
		n++
		text := []byte(strconv.Itoa(n))
		tx.Put(fmt.Sprintf("w/%d/a", worker), text)
		tx.Put(fmt.Sprintf("w/%d/b", worker), append(text, make([]byte, n*37%9000)...))
		tx.Put(fmt.Sprintf("log/%d/%08d", worker, n), text)
		tx.Delete(fmt.Sprintf("log/%d/%08d", worker, n-10))
		tx.Put("sum", []byte(strconv.Itoa(sum+1)))
		return nil
	})
	return n, err
}

func number(r store.Reader, key string) (int, error) {
	v, err := r.Get(key)
	if err != nil || v == nil {
		return 0, err
	}
	return strconv.Atoi(string(v))
}

// TestKill kills a process that writes, again and again, and finds every
// acknowledged write, and no half of any.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	var acked [writers]int
	for range kills {
		kill(t, filepath.Join(dir, "data"), random.IntN(300), &acked)
		db := openIn(t, dir)
		verify(t, db, acked)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// kill runs victim, kills it after so many acknowledged writes, and notes these.
func kill(t *testing.T, path string, after int, acked *[writers]int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashEnv+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	stop := func() { once.Do(func() { cmd.Process.Kill() }) }
	defer func() { stop(); cmd.Wait() }() // Wait reports the kill
	r := bufio.NewReader(out)
	for lines := 0; ; lines++ {
		if lines >= after {
			stop() // what it had said before is still in the pipe, and counts
		}
		line, err := r.ReadString('\n')
		if err == io.EOF {
			if lines < after {
				t.Fatalf("the process ended by itself after %d writes", lines)
			}
			return
		}
		var worker, n int
		if _, err := fmt.Sscanf(line, "%d %d", &worker, &n); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		acked[worker] = n
	}
}

func verify(t *testing.T, db store.DB, acked [writers]int) {
	t.Helper()
	total := 0
	for worker := range writers {
		err := db.View(t.Context(), func(r store.Reader) error {
			n, err := number(r, fmt.Sprintf("w/%d/a", worker))
			if err != nil {
				return err
			}
			total += n
			if n < acked[worker] {
				t.Errorf("worker %d: write %d was acknowledged, the last one found is %d", worker, acked[worker], n)
			}
			if n == 0 {
				return nil
			}
			b, err := r.Get(fmt.Sprintf("w/%d/b", worker))
			if want := strconv.Itoa(n); err != nil || len(b) != len(want)+n*37%9000 || string(b[:len(want)]) != want {
				t.Errorf("worker %d: row b is not of write %d: %d bytes, %v", worker, n, len(b), err)
			}
			log, err := r.Scan(fmt.Sprintf("log/%d/", worker), "", store.MaxScan)
			if len(log) != min(n, 10) || string(log[len(log)-1].Value) != strconv.Itoa(n) {
				t.Errorf("worker %d: %d rows in the log at write %d", worker, len(log), n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := db.View(t.Context(), func(r store.Reader) error {
		sum, err := number(r, "sum")
		if sum != total {
			t.Errorf("the sum says %d writes, the workers %d", sum, total)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
