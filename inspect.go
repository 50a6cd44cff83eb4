package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"lotse/bot"
	"lotse/store/bolt"
)

// dataFile holds everything, in the data folder.
const dataFile = "lotse.db"

// dump asks the process that has the data file open, or else opens it.
func (p *program) dump(ctx context.Context, args []string) (err error) {
	if err := p.plain("dump", args, 1); err != nil {
		return err
	}
	c, _, err := p.settings(nil)
	if err != nil {
		return err
	}
	rows := ""
	if len(args) > 0 {
		rows = args[0]
	}
	answer, err := bot.AskControl(ctx, c.Data, http.MethodGet, "/dump?prefix="+url.QueryEscape(rows))
	if err == nil {
		defer answer.Body.Close()
		if _, err := io.Copy(p.stdout, answer.Body); err != nil {
			return fmt.Errorf("the dump is not whole: %w", err)
		}
		return nil
	}
	if !errors.Is(err, bot.ErrNotRunning) {
		return err
	}
	path := filepath.Join(c.Data, dataFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no data file %s; LOTSE_DATA names its folder", path)
	}
	db, err := bolt.Open(ctx, path, bolt.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return bot.Dump(ctx, db, records(), rows, p.stdout)
}

// healthTimeout is how long a process may take to say how it is.
const healthTimeout = 3 * time.Second

// healthy asks through the control socket, which is there whatever LOTSE_LISTEN
// says. It writes nothing but its answer.
func (p *program) healthy(ctx context.Context, args []string) error {
	if err := p.plain("healthy", args, 0); err != nil {
		return err
	}
	c, _, err := p.settings(nil)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	answer, err := bot.AskControl(ctx, c.Data, http.MethodGet, "/healthz")
	if errors.Is(err, bot.ErrNotRunning) {
		return fmt.Errorf("%w, %s", bot.ErrNotRunning, c.Data)
	}
	if err != nil {
		return fmt.Errorf("it does not say how it is: %w", err)
	}
	defer answer.Body.Close()
	var health struct{ Why string }
	if err := json.NewDecoder(answer.Body).Decode(&health); err != nil {
		return fmt.Errorf("it does not say how it is: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("it does not work: %s", health.Why)
	}
	_, err = fmt.Fprintln(p.stdout, "It works.")
	return err
}
