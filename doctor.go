package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lotse/bot"
	"lotse/bot/chat"
	"lotse/bot/matrix"
	"lotse/bot/telegram"
	"lotse/store"
	"lotse/store/seal"
)

// doctorTimeout is how long the doctor waits for the network altogether.
const doctorTimeout = 30 * time.Second

// doctor says what is set up wrongly and what to do about it, one line each, in
// German. It changes nothing and takes no updates, so that it may be asked while
// another process runs.
func (p *program) doctor(ctx context.Context, args []string) error {
	if err := p.plain("doctor", args, 0); err != nil {
		return err
	}
	c, _, err := p.settings(nil)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	findings := append(checkData(c), checkResponsible(c))
	findings = append(findings, p.checkNetworksOf(ctx, c)...)
	broken := 0
	for _, f := range findings {
		if f.Level == chat.Broken {
			broken++
		}
		if _, err := fmt.Fprintf(p.stdout, "%-5s  %s\n", f.Level, f.Text); err != nil {
			return err
		}
	}
	if broken > 0 {
		return fmt.Errorf("it does not work like this: %d of these lines begin with error", broken)
	}
	return nil
}

// checkNetworksOf looks at the networks that are configured.
func (p *program) checkNetworksOf(ctx context.Context, c config) (found []chat.Finding) {
	if c.Telegram.Token == "" && c.Matrix.Homeserver == "" {
		return []chat.Finding{chat.Broken.Finding("network", "Es ist kein Netz eingerichtet: bei @BotFather mit /newbot ein Token holen und LOTSE_TELEGRAM_TOKEN setzen, oder LOTSE_MATRIX_HOMESERVER und ein Konto dort.")}
	}
	if len(c.Desks) == 0 {
		found = append(found, chat.Broken.Finding("desk.none", "Es gibt keinen Raum für das Team: eine Gruppe anlegen, den Bot hinzufügen und zum Admin machen, dann LOTSE_DESKS=telegram:NUMMER setzen. Die Nummer steht in der Adresse der Gruppe auf web.telegram.org/a hinter dem #. Auf Matrix ist es LOTSE_DESKS=matrix:RAUM, die Adresse oder ID eines verschlüsselten Raums."))
	}
	if c.Telegram.Token != "" {
		found = append(found, p.checkTelegram(ctx, c)...)
	}
	if c.Matrix.Homeserver != "" {
		found = append(found, p.checkMatrix(ctx, c)...)
	}
	return found
}

func (p *program) checkTelegram(ctx context.Context, c config) (found []chat.Finding) {
	if c.Telegram.Webhook && (c.PublicURL == "" || c.Listen == "") {
		found = append(found, chat.Broken.Finding("webhook.address", "LOTSE_TELEGRAM_WEBHOOK ist on, aber Telegram findet Lotse nicht: LOTSE_PUBLIC_URL und LOTSE_LISTEN setzen."))
		c.Telegram.Webhook = false
	}
	tg, err := newTelegram(c, telegram.Options{})
	if err != nil {
		return append(found, chat.Broken.Finding("settings", err.Error()))
	}
	return append(found, tg.Check(ctx)...)
}

// checkMatrix asks the process that has the data file open, for the session is in
// there, or else opens it.
func (p *program) checkMatrix(ctx context.Context, c config) (all []chat.Finding) {
	found, err := askMatrix(ctx, c)
	if errors.Is(err, bot.ErrNotRunning) {
		found, err = lookAtMatrix(ctx, c)
	}
	if err != nil {
		return []chat.Finding{chat.Broken.Finding("matrix", fmt.Sprintf("Matrix: %v", err))}
	}
	for _, f := range found {
		all = append(all, f.Level.Finding(f.Code, "Matrix: "+f.Text))
	}
	return all
}

func askMatrix(ctx context.Context, c config) (found []chat.Finding, err error) {
	answer, err := bot.AskControl(ctx, c.Data, http.MethodGet, checkPath)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, errors.New("the program that runs on LOTSE_DATA does not use it: start it again")
	}
	return found, json.NewDecoder(answer.Body).Decode(&found)
}

// lookAtMatrix makes nothing that was not there.
func lookAtMatrix(ctx context.Context, c config) (found []chat.Finding, err error) {
	for _, path := range []string{filepath.Join(c.Data, dataFile), c.KeyFile} {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return checkNewMatrix(ctx, c)
		}
	}
	db, err := openStore(ctx, c, time.Now)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	mx, err := newMatrix(c, matrix.Options{DB: db, Index: db.Index})
	if err != nil {
		return nil, err
	}
	return mx.Check(ctx), nil
}

func checkNewMatrix(ctx context.Context, c config) ([]chat.Finding, error) {
	mx, err := newMatrix(c, matrix.Options{DB: store.NewMem()})
	if err != nil {
		return nil, err
	}
	return mx.Check(ctx), nil
}

func checkResponsible(c config) chat.Finding {
	names := strings.Join(c.missing(), ", ")
	switch {
	case names == "":
		return chat.Fine.Finding("responsible", "Es ist eingetragen, wer verantwortlich ist.")
	case c.Test:
		return chat.Warning.Finding("responsible.test", "Nur zum Ausprobieren (LOTSE_TEST=1). Bevor Menschen fragen, eintragen: "+names+".")
	}
	return chat.Broken.Finding("responsible.missing", "Es fehlt, wer verantwortlich ist, ohne das startet Lotse nicht: "+names+" setzen, zum Ausprobieren LOTSE_TEST=1.")
}

// checkData looks for the data file and the key to it. Neither is made here.
func checkData(c config) []chat.Finding {
	data := filepath.Join(c.Data, dataFile)
	_, errData := os.Stat(data)
	_, errKey := os.Stat(c.KeyFile)
	noData, noKey := errors.Is(errData, fs.ErrNotExist), errors.Is(errKey, fs.ErrNotExist)
	found := func(level chat.Level, code, text string) []chat.Finding {
		return []chat.Finding{level.Finding(code, text)}
	}
	switch {
	case noData && noKey:
		return found(chat.Warning, "data.new", fmt.Sprintf("Es gibt noch keine Daten (%s): der erste Start legt sie an. Läuft Lotse schon, LOTSE_DATA prüfen.", data))
	case noKey:
		return found(chat.Broken, "key.gone", fmt.Sprintf("Der Schlüssel %s fehlt, ohne ihn ist die Datendatei unlesbar: aus der Aufbewahrung zurückholen oder LOTSE_KEY_FILE prüfen.", c.KeyFile))
	case errKey == nil:
		if _, err := seal.MasterFile(c.KeyFile); err != nil {
			return found(chat.Broken, "key", fmt.Sprintf("Der Schlüssel ist nicht brauchbar (%v).", err))
		}
	}
	for _, err := range []error{errKey, errData} {
		if err != nil && !noData {
			return found(chat.Broken, "data", fmt.Sprintf("Die Daten sind nicht zu erreichen (%v): Rechte des Ordners prüfen.", err))
		}
	}
	if noData {
		return found(chat.Warning, "data.gone", fmt.Sprintf("Der Schlüssel ist da, die Datendatei %s noch nicht: der nächste Start legt sie an. Gab es sie schon, LOTSE_DATA prüfen.", data))
	}
	return found(chat.Fine, "data", "Datendatei und Schlüssel sind da.")
}
