package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"lotse/bot"
	"lotse/bot/chat"
	"lotse/bot/pace"
	"lotse/bot/telegram"
	"lotse/flows"
)

// webhookPath is where Telegram delivers, below LOTSE_PUBLIC_URL.
const webhookPath = "/telegram"

// runNetworks serves the networks that are configured.
func (p *program) runNetworks(ctx context.Context, args []string) (err error) {
	if err := p.plain("run", args, 0); err != nil {
		return err
	}
	c, words, err := p.settings(nil)
	if err != nil {
		return err
	}
	log := p.log(c)
	var b *bot.Bot // nothing is told before it runs
	o := telegramOptions(c)
	o.Log = log
	o.SetAside = func(ctx context.Context, id int64, raw []byte) error {
		return b.SetAside(ctx, telegram.Platform, id, raw)
	}
	o.Files = func(ctx context.Context, f chat.File) (io.ReadCloser, error) { return b.Open(ctx, f) }
	tg, err := openTelegram(c, o)
	if err != nil {
		return err
	}
	if missing := c.missing(); len(missing) > 0 && !c.Test {
		return fmt.Errorf("nobody is responsible for what people write: set %s, or LOTSE_TEST=1 while it is only tried out", strings.Join(missing, ", "))
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	var open closers
	defer func() { err = errors.Join(err, open.close()) }()
	db, err := openStore(ctx, c, time.Now)
	if err != nil {
		return err
	}
	open = append(open, db.Close)
	b, err = bot.New(bot.Config{
		DB: db, Words: words, Platforms: []chat.Platform{tg}, Desk: c.Desks[0], DeskLang: c.DeskLang,
		Who:  flows.Responsible{Controller: c.Controller, Contact: c.Contact, DPO: c.DPO, Hoster: c.Hoster, Organisations: c.Organisations},
		Undo: c.DeskUndo, Journal: c.Journal, Now: time.Now, Log: log,
		Pacers: map[string]*pace.Pacer{telegram.Platform: pace.New(pace.Telegram(c.Telegram.Rate), time.Now)},
	})
	if err != nil {
		return err
	}
	parts := []func(context.Context) error{b.Run, introduce(tg, profileOf(words, c.DeskLang), log)}
	listen := "off"
	if c.Listen != "" {
		l, err := net.Listen("tcp", c.Listen)
		if err != nil {
			return fmt.Errorf("LOTSE_LISTEN: %w", err)
		}
		listen = l.Addr().String()
		open = append(open, quietly(l))
		parts = append(parts, serve(l, outside(b, tg), log))
	}
	control, err := bot.ListenControl(c.Data)
	if err != nil {
		return err
	}
	log.Info("started", "data", c.Data, "listen", listen, "version", version())
	err = together(ctx, append(parts, serve(control, b.Control(), log))...)
	log.Info("stopped")
	return err
}

// openTelegram makes the network Telegram. It makes no request yet.
func openTelegram(c config, o telegram.Options) (*telegram.Telegram, error) {
	switch {
	case c.Telegram.Token == "":
		return nil, errors.New("no network is configured, so there is nobody to talk to; lotse demo shows the product without one")
	case len(c.Desks) == 0:
		return nil, errors.New("there are no coordinators to pass questions to: LOTSE_DESKS must be their group, like telegram:-1001234567890; lotse doctor says how to find its number")
	case c.Telegram.Webhook && (c.PublicURL == "" || c.Listen == ""):
		return nil, errors.New("LOTSE_TELEGRAM_WEBHOOK is on, so Telegram must find Lotse: set LOTSE_PUBLIC_URL, and LOTSE_LISTEN to an address that it leads to")
	}
	return telegram.New(o)
}

func telegramOptions(c config) telegram.Options {
	o := telegram.Options{Token: c.Telegram.Token, API: c.Telegram.API}
	for _, desk := range c.Desks {
		o.Desks = append(o.Desks, desk.Room)
	}
	if c.Telegram.Webhook {
		o.Webhook = &telegram.WebhookOptions{URL: c.PublicURL + webhookPath}
	}
	return o
}

// outside is what is served to the outside.
func outside(b *bot.Bot, tg *telegram.Telegram) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", b.ServeHealth)
	mux.Handle(webhookPath, tg.Handler())
	return mux
}

// quietly closes a listener that may be closed already.
func quietly(l net.Listener) func() error {
	return func() error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}
