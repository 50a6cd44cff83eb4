package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"lotse/bot"
	"lotse/bot/links"
)

// hangups are the signals that ask for the content to be read again. Until stop is called
// they do not end the process, not even while it starts.
func hangups() (asked <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1) // of several at once one is enough
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}

// onHangup reads the content again whenever it is asked for. What became of it the bot says
// in the log and at the desk.
func onHangup(asked <-chan os.Signal, b *bot.Bot) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-asked:
				_ = b.Reload(ctx) // it said so
			}
		}
	}
}

// reload asks the process that runs to read its content again.
func (p *program) reload(ctx context.Context, args []string) error {
	if err := p.plain("reload", args, 0); err != nil {
		return err
	}
	c, _, err := p.given(nil) // what is wrong with the content, the process says
	if err != nil {
		return err
	}
	answer, err := bot.AskControl(ctx, c.Data, http.MethodPost, "/reload")
	if errors.Is(err, bot.ErrNotRunning) {
		return fmt.Errorf("%w, %s", bot.ErrNotRunning, c.Data)
	}
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return errors.New(strings.TrimSpace(string(said)))
	}
	_, err = fmt.Fprintln(p.stdout, "The content was read again.")
	return err
}

// again reads the content anew, for bot.Config; nil when no folder is set.
func (c config) again() func() (*bot.Content, error) {
	if c.Content == "" {
		return nil
	}
	return c.readContent
}

// checkLink looks at addresses of the public web, for bot.Config; nil when it is turned off.
func (c config) checkLink() func(context.Context, string) links.Result {
	if !c.Links {
		return nil
	}
	return links.New(links.Public).Check
}
