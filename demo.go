package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"lotse/bot"
	"lotse/bot/chat"
	"lotse/bot/web"
	"lotse/locales"
)

// The people of the demo are invented. The page has a line about each.
var (
	demoPeople = []web.Person{
		{ID: "rima", Name: "Rima", Lang: "ar"},
		{ID: "oksana", Name: "Oksana", Lang: "uk"},
		{ID: "lehmann", Name: "Frau Lehmann", Lang: "de"},
		{ID: "alex", Name: "Alex", Lang: "en"},
	}
	demoStaff = []web.Person{
		{ID: "berger", Name: "Frau Berger", Lang: "de"},
		{ID: "klein", Name: "Herr Klein", Lang: "de"},
	}
	demoDesk = chat.Address{Platform: web.Platform, Room: "desk"}
)

// demo is the product with a web page in the place of the networks. Without
// -data it forgets everything at the end.
func (p *program) demo(ctx context.Context, args []string) (err error) {
	set := flag.NewFlagSet("demo", flag.ContinueOnError)
	dir := set.String("data", "", "folder to keep everything in; without it everything is forgotten at the end")
	if err := p.flags(set, args, 0); err != nil {
		return err
	}
	from := origin("-data")
	if *dir == "" {
		if *dir, err = os.MkdirTemp("", "lotse-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(*dir)) }()
		from = "temporary folder"
	}
	c, content, err := p.settings(map[string]given{"DATA": {value: *dir, from: from}})
	if err != nil {
		return err
	}
	page, err := listen(c)
	if err != nil {
		return err
	}
	url := urlOf(page.Addr())
	if c.PublicURL == "" {
		c.PublicURL = url
	}
	d, err := openDemo(ctx, c, content, p.log(c))
	if err != nil {
		return errors.Join(err, page.Close())
	}
	defer func() { err = errors.Join(err, d.closers.close()) }()
	control, err := bot.ListenControl(c.Data)
	if err != nil {
		return errors.Join(err, page.Close())
	}
	fmt.Fprintf(p.stdout, "Die Demo läuft auf %s – beenden mit Strg+C.\nThe demo runs at %s – stop it with Ctrl+C.\n", url, url)
	d.log.Info("demo started", "data", c.Data, "listen", page.Addr().String(), "version", version())
	err = together(ctx, d.bot.Run, serve(page, d.handler(), d.log), serve(control, d.bot.Control(), d.log))
	d.log.Info("demo stopped")
	return err
}

// A demo is everything that is open while it runs.
type demo struct {
	bot     *bot.Bot
	web     *web.Web
	log     *slog.Logger
	closers closers
}

func openDemo(ctx context.Context, c config, content *bot.Content, log *slog.Logger) (d *demo, err error) {
	d = &demo{log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.closers.close())
		}
	}()
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return d, err
	}
	clock, err := openClock(filepath.Join(c.Data, "clock"))
	if err != nil {
		return d, err
	}
	db, err := openStore(ctx, c, clock.now)
	if err != nil {
		return d, err
	}
	d.closers = append(d.closers, db.Close)
	var b *bot.Bot // the page moves the clock only when it is served
	d.web, err = web.New(web.Options{
		Dir: filepath.Join(c.Data, "web"), Desk: demoDesk, People: demoPeople, Staff: demoStaff,
		Languages: phoneLanguages(content.Words()), Now: clock.now, Version: version(), Hosts: hosts(c.Listen),
		Advance: clock.mover(func() { b.Poke() }),
		Files:   func(ctx context.Context, f chat.File) (io.ReadCloser, error) { return b.Open(ctx, f) },
	})
	if err != nil {
		return d, err
	}
	d.closers = append(d.closers, d.web.Close)
	b, err = bot.New(bot.Config{
		DB: db, Content: content, Again: c.again(), Platforms: []chat.Platform{d.web}, Desks: []chat.Address{demoDesk}, DeskLang: c.DeskLang,
		PublicURL: c.PublicURL, Undo: c.DeskUndo, Idle: c.DeskRelease, Journal: c.Journal, Now: clock.now, Log: log,
	})
	if d.bot = b; err != nil {
		return d, err
	}
	return d, b.Plan(ctx, exampleMeetings(content.Words(), clock.now())...)
}

func phoneLanguages(words *locales.Words) []web.Language {
	var out []web.Language
	for _, l := range words.Languages() {
		out = append(out, web.Language{Tag: l.Tag, Name: l.Name, RTL: l.RTL})
	}
	return out
}

// handler is what the page's address serves.
func (d *demo) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", d.web.Handler())
	mux.HandleFunc("GET /healthz", d.bot.ServeHealth)
	mux.Handle(bot.PublicPath, d.bot.Public())
	mux.Handle(bot.PublicPath+"/", d.bot.Public())
	return mux
}

// nextPorts is how many ports are tried when nobody has chosen one.
const nextPorts = 100

// listen opens the address of the page: when nobody chose it and it is taken,
// one with a higher port.
func listen(c config) (net.Listener, error) {
	if c.Listen == "" {
		return nil, errors.New("LOTSE_LISTEN is off, but the demo is a page that must be served somewhere")
	}
	l, err := net.Listen("tcp", c.Listen)
	host, text, _ := net.SplitHostPort(c.Listen)
	port, _ := strconv.Atoi(text) // checked with the setting
	for next := port + 1; c.isNormal("LISTEN") && errors.Is(err, syscall.EADDRINUSE) && next < port+nextPorts; next++ {
		l, err = net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(next)))
	}
	if err != nil {
		return nil, fmt.Errorf("LOTSE_LISTEN: %w", err)
	}
	return l, nil
}

// urlOf is where a browser on this machine finds the page.
func urlOf(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// hosts are names that the page may be reached by: those of its address, unless
// that is every address of the machine.
func hosts(listen string) []string {
	host, _, err := net.SplitHostPort(listen)
	if err != nil || host == "" || net.ParseIP(host).IsUnspecified() {
		return nil
	}
	return []string{host}
}
