package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"lotse/bot/chat"
)

// An act is what a record tells. The words are in files: never reuse one.
type act string

const (
	say    act = "say"    // a person wrote or uploaded
	press  act = "press"  // a person pressed the button Text under On
	block  act = "block"  // a person blocked the bot
	back   act = "back"   // a person unblocked it
	join   act = "join"   // a person was added
	speak  act = "lang"   // a phone was set to Lang
	send   act = "send"   // the bot said Message
	edit   act = "edit"   // the bot replaced On by Message
	remove act = "delete" // the bot deleted On
	react  act = "react"  // the bot put the emoji Text on On
)

// A record is one line of the journal, everything that happened once. Name and
// Lang are kept as they were then: an event told again is the same event.
type record struct {
	N       int64         `json:"n"`
	At      time.Time     `json:"at"`
	Act     act           `json:"act"`
	Room    string        `json:"room,omitempty"`
	From    string        `json:"from,omitempty"`
	Name    string        `json:"name,omitempty"`
	Lang    string        `json:"lang,omitempty"`
	ID      string        `json:"id,omitempty"` // the client's or the outbox's, by which repetition is known
	On      string        `json:"on,omitempty"`
	Text    string        `json:"text,omitempty"`
	Files   []chat.File   `json:"files,omitempty"`
	Message *chat.Message `json:"message,omitempty"`
}

// A journal is an append-only file of records, one JSON object a line. The zero
// file keeps nothing.
type journal struct {
	file *os.File
	size int64 // bytes known to be good
}

// openJournal replays the records in dir and makes ready to append.
func openJournal(dir string, replay func(record)) (*journal, error) {
	if dir == "" {
		return &journal{}, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the history: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "history.jsonl"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the history: %w", err)
	}
	j := &journal{file: f}
	if err := j.read(replay); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := j.cut(); err != nil {
		return nil, errors.Join(fmt.Errorf("mend the history: %w", err), f.Close())
	}
	if err := syncDir(dir); err != nil {
		return nil, errors.Join(fmt.Errorf("open the history: %w", err), f.Close())
	}
	return j, nil
}

// read leaves j.size behind the last good record. Only the last line may be
// damaged: a crash cut it short before anybody was told that it is kept.
func (j *journal) read(replay func(record)) error {
	all, err := io.ReadAll(j.file)
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	var last int64
	for line := 1; len(all) > 0; line++ {
		text, rest, whole := bytes.Cut(all, []byte("\n"))
		var r record
		err := json.Unmarshal(text, &r)
		if err == nil && whole && r.N <= last {
			return fmt.Errorf("line %d of the history is out of order", line)
		}
		if err != nil || !whole {
			if len(rest) > 0 {
				return fmt.Errorf("line %d of the history is damaged", line)
			}
			return nil
		}
		replay(r)
		last = r.N
		j.size += int64(len(text)) + 1
		all = rest
	}
	return nil
}

// append returns when r is on disk.
func (j *journal) append(r record) error {
	if j.file == nil {
		return nil
	}
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	line = append(line, '\n')
	_, err = j.file.WriteAt(line, j.size)
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		// What was half written must not stand before the next line.
		return errors.Join(fmt.Errorf("write the history: %w", err), j.cut())
	}
	j.size += int64(len(line))
	return nil
}

// cut drops what stands behind the last good record.
func (j *journal) cut() error {
	if err := j.file.Truncate(j.size); err != nil {
		return err
	}
	return j.file.Sync()
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}

// syncDir makes new names in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
