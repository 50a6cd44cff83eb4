package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"lotse/bot"
	"lotse/bot/chat"
	"lotse/bot/matrix"
	"lotse/bot/telegram"
	"lotse/store/seal"
)

// recoveryFile holds the recovery key of the Matrix account, in the data folder.
const recoveryFile = "matrix-recovery.key"

// networks are those that are configured; the others are nil.
type networks struct {
	telegram *telegram.Telegram
	matrix   matrix.Network
}

func (n networks) all() (all []chat.Platform) {
	if n.telegram != nil {
		all = append(all, n.telegram)
	}
	if n.matrix != nil {
		all = append(all, n.matrix)
	}
	return all
}

// checkNetworks says what is missing before anything is opened.
func checkNetworks(c config) error {
	on := map[string]bool{telegram.Platform: c.Telegram.Token != "", matrix.Platform: c.Matrix.Homeserver != ""}
	switch {
	case !on[telegram.Platform] && !on[matrix.Platform]:
		return errors.New("no network is configured, so there is nobody to talk to; lotse demo shows the product without one")
	case len(c.Desks) == 0:
		return errors.New("there are no coordinators to pass questions to: LOTSE_DESKS must be their group, like telegram:-1001234567890, or their room, like matrix:#lotse:matrix.example; lotse doctor says how to find its number")
	case c.Telegram.Webhook && (c.PublicURL == "" || c.Listen == ""):
		return errors.New("LOTSE_TELEGRAM_WEBHOOK is on, so Telegram must find Lotse: set LOTSE_PUBLIC_URL, and LOTSE_LISTEN to an address that it leads to")
	}
	for _, desk := range c.Desks {
		if !on[desk.Platform] {
			return fmt.Errorf("the coordinators are on %s, which is not turned on: set LOTSE_TELEGRAM_TOKEN or LOTSE_MATRIX_HOMESERVER, or another room in LOTSE_DESKS", desk.Platform)
		}
	}
	_, err := newTelegram(c, telegram.Options{})
	if err == nil {
		_, err = newMatrix(c, matrix.Options{})
	}
	return err
}

// openNetworks makes the networks. They make no request yet. What they need of the bot
// they take from it when it runs.
func openNetworks(c config, db *seal.DB, log *slog.Logger, b func() *bot.Bot) (n networks, err error) {
	files := func(ctx context.Context, f chat.File) (io.ReadCloser, error) { return b().Open(ctx, f) }
	aside := func(platform string) func(context.Context, int64, []byte) error {
		return func(ctx context.Context, id int64, raw []byte) error { return b().SetAside(ctx, platform, id, raw) }
	}
	n.telegram, err = newTelegram(c, telegram.Options{SetAside: aside(telegram.Platform), Files: files, Log: log})
	if err != nil {
		return n, err
	}
	n.matrix, err = newMatrix(c, matrix.Options{DB: db, Index: db.Index, SetAside: aside(matrix.Platform), Files: files, Log: log})
	return n, err
}

// newTelegram is nil when Telegram is off.
func newTelegram(c config, o telegram.Options) (*telegram.Telegram, error) {
	if c.Telegram.Token == "" {
		return nil, nil
	}
	o.Token, o.API, o.Desks = c.Telegram.Token, c.Telegram.API, c.desksOn(telegram.Platform)
	if c.Telegram.Webhook {
		o.Webhook = &telegram.WebhookOptions{URL: c.PublicURL + webhookPath}
	}
	return telegram.New(o)
}

// newMatrix is nil when Matrix is off.
func newMatrix(c config, o matrix.Options) (matrix.Network, error) {
	if c.Matrix.Homeserver == "" {
		return nil, nil
	}
	o.Homeserver, o.Desks, o.Servers = c.Matrix.Homeserver, c.desksOn(matrix.Platform), c.Matrix.Servers
	o.User, o.Password, o.Token = c.Matrix.User, c.Matrix.Password, c.Matrix.Token
	o.RecoveryKey, o.RecoveryFile = c.Matrix.RecoveryKey, filepath.Join(c.Data, recoveryFile)
	return matrix.New(o)
}

// desksOn are the coordinators' rooms of one network.
func (c config) desksOn(platform string) (rooms []string) {
	for _, desk := range c.Desks {
		if desk.Platform == platform {
			rooms = append(rooms, desk.Room)
		}
	}
	return rooms
}
