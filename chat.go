package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"lotse/bot"
	"lotse/bot/chat"
	"lotse/bot/terminal"
	"lotse/locales"
	"lotse/store"
	"lotse/store/seal"
)

// reproStart is when every conversation begins that is written down, as in the
// transcripts of bot: a Monday, 10:00 in Leipzig.
var reproStart = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// chat is a conversation in this terminal that nobody remembers: everything is in
// memory, and one thing happens after the other, so that the same lines always
// come to the same answers.
func (p *program) chat(ctx context.Context, args []string) error {
	set := flag.NewFlagSet("chat", flag.ContinueOnError)
	lang := set.String("lang", "", "language the person's `TAG`-speaking client is set to; zxx is the pseudo language of transcripts")
	repro := set.Bool("repro", false, "print the conversation as a transcript at the end, begun at a fixed time")
	if err := p.flags(set, args, 0); err != nil {
		return err
	}
	c, content, err := p.settings(nil)
	if err != nil {
		return err
	}
	if *lang != "" && *lang != locales.Pseudo && content.Words().Tag(*lang) == "" {
		return usageError(fmt.Sprintf("lotse chat: -lang %s: there is no such language", *lang))
	}
	ctx, quit := context.WithCancel(ctx)
	defer quit()
	now := time.Now()
	if *repro {
		now = reproStart
	} else if isTerminal(p.stdout) {
		fmt.Fprint(p.stdout, terminal.Help)
	}
	options := terminal.Options{
		In: p.stdin, Out: p.stdout, Quit: quit,
		Now: func() time.Time { return now }, Advance: func(d time.Duration) { now = now.Add(d) },
	}
	spoken := ""
	if *lang == locales.Pseudo {
		spoken = locales.Pseudo
	} else {
		options.Lang = *lang
	}
	t := terminal.New(options)
	if err := p.talk(ctx, c, content, t, options.Now, spoken); err != nil {
		return err
	}
	if *repro {
		_, err = io.WriteString(p.stdout, "\n"+t.Repro(spoken == ""))
	}
	return err
}

// talk lets the lines of a terminal be answered until they end. spoken, when
// set, is the language of everything.
func (p *program) talk(ctx context.Context, c config, content *bot.Content, t *terminal.Terminal, now func() time.Time, spoken string) (err error) {
	dir, err := os.MkdirTemp("", "lotse-chat-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	key, err := seal.MasterFile(filepath.Join(dir, "master.key"))
	if err != nil {
		return err
	}
	db, err := seal.Open(ctx, store.NewMem(), bot.Table, key, now)
	if err != nil {
		return err
	}
	b, err := bot.New(bot.Config{
		DB: db, Content: content, Again: c.again(), Platforms: []chat.Platform{t},
		Desks:    []chat.Address{{Platform: terminal.Platform, Room: terminal.DeskRoom}},
		DeskLang: c.DeskLang, Undo: c.DeskUndo, Idle: c.DeskRelease, Now: now, Log: p.log(c), Lang: spoken,
	})
	if err != nil {
		return err
	}
	return t.Run(ctx, b)
}
