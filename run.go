package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"lotse/bot"
	"lotse/bot/matrix"
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
	asked, quiet := hangups()
	defer quiet()
	c, content, err := p.settings(nil)
	if err != nil {
		return err
	}
	if err := checkNetworks(c); err != nil {
		return err
	}
	log := p.log(c)
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
	var b *bot.Bot // nothing is told before it runs
	nets, err := openNetworks(c, db, log, func() *bot.Bot { return b })
	if err != nil {
		return err
	}
	b, err = bot.New(bot.Config{
		DB: db, Content: content, Again: c.again(), CheckLink: c.checkLink(), Platforms: nets.all(), Desks: c.Desks, DeskLang: c.DeskLang,
		Who:       flows.Responsible{Controller: c.Controller, Contact: c.Contact, DPO: c.DPO, Hoster: c.Hoster, Organisations: c.Organisations},
		PublicURL: c.PublicURL, Undo: c.DeskUndo, Idle: c.DeskRelease, Journal: c.Journal, Now: time.Now, Log: log,
		Pacers: map[string]*pace.Pacer{telegram.Platform: pace.New(pace.Telegram(c.Telegram.Rate), time.Now)},
	})
	if err != nil {
		return err
	}
	parts := []func(context.Context) error{b.Run, onHangup(asked, b)}
	if nets.telegram != nil {
		parts = append(parts, introduce(nets.telegram, profileOf(content.Words(), c.DeskLang), log))
	}
	listen := "off"
	if c.Listen != "" {
		l, err := net.Listen("tcp", c.Listen)
		if err != nil {
			return fmt.Errorf("LOTSE_LISTEN: %w", err)
		}
		listen = l.Addr().String()
		open = append(open, quietly(l))
		parts = append(parts, serve(l, outside(b, nets.telegram), log))
	}
	metrics, err := listenMetrics(c, log)
	if err != nil {
		return err
	}
	if metrics != nil {
		open = append(open, quietly(metrics))
		parts = append(parts, serve(metrics, b.Metrics(), log))
	}
	control, err := bot.ListenControl(c.Data)
	if err != nil {
		return err
	}
	log.Info("started", "data", c.Data, "listen", listen, "version", version())
	err = together(ctx, append(parts, serve(control, inside(b, nets.matrix), log))...)
	log.Info("stopped")
	return err
}

// listenMetrics is nil when they are off. Nobody misses them who chose no address: then a
// taken one only costs a line of the log.
func listenMetrics(c config, log *slog.Logger) (net.Listener, error) {
	if c.Metrics == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", c.Metrics)
	switch {
	case err == nil:
		log.Info("metrics are served", "at", l.Addr().String())
	case c.isNormal("METRICS"):
		log.Warn("there are no metrics: the address is taken; LOTSE_METRICS can be another one, or off", "at", c.Metrics)
		return nil, nil
	default:
		return nil, fmt.Errorf("LOTSE_METRICS: %w", err)
	}
	return l, nil
}

// outside is what is served to the outside.
func outside(b *bot.Bot, tg *telegram.Telegram) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", b.ServeHealth)
	mux.Handle(bot.PublicPath, b.Public())
	mux.Handle(bot.PublicPath+"/", b.Public())
	if tg != nil {
		mux.Handle(webhookPath, tg.Handler())
	}
	return mux
}

// checkPath answers on the control socket how Matrix is set up.
const checkPath = "/matrix"

// inside is what is served on the control socket.
func inside(b *bot.Bot, mx matrix.Network) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", b.Control())
	if mx != nil {
		mux.HandleFunc("GET "+checkPath, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(mx.Check(r.Context())) // who went away asks again
		})
	}
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
