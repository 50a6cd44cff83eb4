package bot

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"lotse/store"
)

// socketName is the control socket in the data folder.
const socketName = "lotse.sock"

// ListenControl opens the control socket in the data folder, for its owner only.
// The caller must have the data file open: nobody else can then serve the socket,
// so one that is there is what a killed process left. Closing removes it.
func ListenControl(dir string) (net.Listener, error) {
	path := filepath.Join(dir, socketName)
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSocket == 0 {
		return nil, fmt.Errorf("control socket: %s is there and is no socket", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w (its path may have about 100 bytes)", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("control socket: %w", err), l.Close())
	}
	return l, nil
}

// Control answers what comes in on the control socket:
//
//	GET /healthz       see ServeHealth
//	GET /dump?prefix=  see Dump
//	POST /reload       see Reload; 422 and what is wrong when it is refused
func (b *Bot) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", b.ServeHealth)
	mux.HandleFunc("GET /dump", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if err := Dump(r.Context(), b.cfg.DB.Raw(), b.cfg.DB.Table(), r.FormValue("prefix"), w); err != nil {
			b.cfg.Log.Error("dump", "err", err)
			panic(http.ErrAbortHandler) // the answer has begun: only its end can tell that it is not whole
		}
	})
	mux.HandleFunc("POST /reload", func(w http.ResponseWriter, r *http.Request) {
		if err := b.Reload(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		}
	})
	return mux
}

// AskControl sends a request to the process that serves the data folder. An
// error that is ErrNotRunning says that there is none.
func AskControl(ctx context.Context, dir, method, path string) (*http.Response, error) {
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, socketName))
			if err != nil {
				return nil, errors.Join(ErrNotRunning, err)
			}
			return c, nil
		},
	}}
	req, err := http.NewRequestWithContext(ctx, method, "http://lotse"+path, nil)
	if err != nil {
		return nil, err
	}
	return client.Do(req)
}

// ErrNotRunning is a sentence for the operator.
var ErrNotRunning = errors.New("no Lotse is running on this data folder")

// Dump writes one line for every row whose key begins with prefix, separated by
// tabs: key, kind, bytes as stored, and the value where its kind is open and it
// is text. Everything else stays sealed: db is the store as it lies on disk, table
// declares its kinds.
func Dump(ctx context.Context, db store.DB, table store.Table, prefix string, to io.Writer) error {
	w := bufio.NewWriter(to)
	for after := ""; ; {
		var rows []store.Pair
		err := db.View(ctx, func(r store.Reader) (err error) {
			rows, err = r.Scan(prefix, after, store.MaxScan)
			return err
		})
		if err != nil {
			return err
		}
		for _, row := range rows {
			kind, declared := table.Kind(row.Key)
			name, value := kind.Name, "sealed"
			if !declared {
				name = "?"
			}
			if declared && kind.Owner == store.Open && printable(row.Value) {
				value = strconv.Quote(string(row.Value))
			}
			if _, err := fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", row.Key, name, len(row.Value), value); err != nil {
				return err
			}
			after = row.Key
		}
		if len(rows) < store.MaxScan {
			return w.Flush()
		}
	}
}

// printable tells text from wrapped keys, which are nobody's rows but no reading.
func printable(value []byte) bool {
	return utf8.Valid(value) && !strings.ContainsFunc(string(value), func(r rune) bool { return !unicode.IsPrint(r) })
}
